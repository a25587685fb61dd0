//! One resolution: which layer to ask next, and what to do with what comes back (ZDNS architecture 7.1, 11, 16).
//!
//! [`Resolution`] is a machine without sockets, caches or zones. It says whom to ask; the caller asks, verifies what comes, keeps
//! the records under a [`Handle`], and tells what they were. In the end it says which handles to serve, and with what.
//!
//! | rule | source |
//! |---|---|
//! | memory, disk, local zones, mesh, DHT, Internet, in this order | 7.1 |
//! | nothing is sent on without a [`Forwarding`](crate::policy::scope::Forwarding) | 16.1 |
//! | of several authorities, one owner's answers are settled by rules 1 to 5, those of several owners are all served | 11.1, 11.2 |
//! | a denial without a proof is an opinion: others are asked, and presence wins | 12.1, 12.2 rule 5 |
//! | stale data is served if nothing fresher can be had, or does not come in time | 11.3, RFC 8767 |
//! | aliases are followed, at most 16 of them | |
//! | all work of one resolution comes out of one [`Budget`]; a limit is a failure, never a success | 15.1 |
//!
//! Nothing here waits, infers, or looks at a chain: there is nothing to do it with.

mod budget;
mod layers;
mod resolution;

pub use budget::Budget;
pub use layers::{Ask, Handle, Layer, MAX_ALIASES, MAX_AUTHORITIES, Reply};
pub use resolution::{Resolution, ResolveSettings, Resolved, Served, Step, Told};

#[cfg(test)]
mod tests;

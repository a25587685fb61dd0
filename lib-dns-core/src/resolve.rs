//! One resolution: which layer to ask next, and what to do with what comes back (ZDNS architecture 7.1, 11, 16).
//!
//! [`Resolution`] is a machine without sockets, caches or zones. It says whom to ask; the caller asks, verifies what comes, keeps
//! the records under a [`Handle`], and tells what they were. In the end it says which handles to serve, and with what.
//!
//! | rule | source |
//! |---|---|
//! | memory, disk, local zones, mesh, DHT, federated meshes, Internet, in this order | 7.1, 16.1 |
//! | nothing is sent on without a [`Forwarding`](crate::policy::scope::Forwarding) | 16.1 |
//! | of several authorities, one owner's answers are settled by rules 1 to 5, those of several owners are all served | 11.1, 11.2 |
//! | a denial without a proof is an opinion: others are asked, and presence wins | 12.1, 12.2 rule 5 |
//! | stale data is served if nothing fresher can be had, or does not come in time | 11.3, RFC 8767 |
//! | aliases are followed, at most 16 of them: CNAME, DNAME, and SVCB and HTTPS in alias mode | |
//! | what is said of an earlier name of a chain of aliases is not heard | [`AskId`] |
//! | of another mesh, only what that mesh has signed is heard, and only what was verified here again is believed | 16.2 |
//! | every NXDOMAIN says who did not find it, and after asking how many | 12.2 rule 4 |
//! | all work of one resolution comes out of one [`Budget`], within one time; a limit is a failure, never a success | 15.1 |
//! | what is valid and has come when a limit is reached is served; what is not served is told | 11.2 |
//!
//! Nothing here waits, infers, or looks at a chain: there is nothing to do it with.

mod alias;
mod budget;
mod denial;
mod layers;
mod resolution;
mod resolved;
mod settings;

pub use alias::{AliasTooLong, alias_of};
pub use budget::Budget;
pub use denial::Denial;
pub use layers::{Ask, AskId, Handle, Layer, MAX_ALIASES, MAX_AUTHORITIES, MAX_FEDERATIONS, Reply};
pub use resolution::{Resolution, Step};
pub use resolved::{Resolved, Served, Told};
pub use settings::ResolveSettings;

#[cfg(test)]
mod tests;

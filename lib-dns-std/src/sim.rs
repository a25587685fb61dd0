//! Meshes in virtual time: thousands of nodes that run the core's own machines, with seeds instead of chance.
//!
//! A [`Scenario`] says what the mesh is, what happens to it and what must hold in the end; [`run`] gives the
//! [`Outcome`](measure::Outcome). Some stand in `examples/sim`, each with what it shows at its head.
//!
//! No rule of the mesh stands here. A node holds the machines of [`lib_dns_core::policy`], [`lib_dns_core::cache`] and
//! [`lib_dns_core::resolve`]; what is here is the world around them: time, links, the radio, what a copy of a zone holds, and
//! from what a machine wants to what happens.
//!
//! # The world
//!
//! - Each island is a ring with random links across; bridges lead from one to the next. What is lost on a link is sent again,
//!   as TCP and QUIC do.
//! - When the mesh changes, the ends of a bridge notice it, and all others hear it from their neighbours within some hundred
//!   milliseconds, as the transport's membership gossip tells it. Who has a *new neighbour* asks it for serials; who only
//!   hears of a change flushes negative answers.
//! - News of a zone goes to whoever hears the radio, and from neighbour to neighbour. A node that follows it asks who told,
//!   and so does one that leaves the telling to another.
//! - What was fetched is joined with what is here; that is what was fetched, if ours went into it. If it is neither of
//!   them, it has the serial after both, as others know both by theirs. A version that holds
//!   something from the future, by the clock of who fetches, is refused as a whole and asked for again later.
//! - A node works without delay, and as much as it likes: a load that a device could not bear is seen in the figures only.
//!
//! | to | use |
//! |---|---|
//! | read what a run is made of | [`Scenario`] |
//! | run it | [`run`], [`run_with`] |
//! | know what came of a run | [`measure`] |
//! | share one LoRa channel among many nodes | [`channel`] |
//! | show what came of a run, to people and to programs | [`report`] |
//! | draw what happened over time | [`chart`] |

mod air;
mod beginning;
pub mod channel;
pub mod chart;
mod clients;
mod exchange;
pub mod measure;
mod network;
mod node;
mod queue;
mod record;
pub mod report;
pub mod scenario;
mod spreading;
mod versions;
mod world;

pub use scenario::Scenario;
pub use world::{run, run_with};

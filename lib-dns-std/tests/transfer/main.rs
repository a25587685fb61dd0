//! Transfers within one process, and both ways with BIND, Knot and NSD.
//!
//! `ours.rs` is a small primary around the sending side of the library; `peers.rs` starts the others, as
//! primaries with zones from files, or as secondaries of ours. After each transfer both zones are compared
//! record by record.

mod by_ourselves;
mod certificates;
mod content;
mod from_peers;
#[path = "../peers/harness.rs"]
mod harness;
mod keys;
mod ours;
mod peers;
mod tls;
mod to_peers;

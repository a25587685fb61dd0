//! `zdns serve --config` as primary and as secondary, of itself and of BIND, Knot and NSD, with TSIG.

#[path = "../peers/harness.rs"]
mod harness;

mod catalogs;
mod chain;
mod cut_macs;
mod examples;
mod forwards;
mod hints;
mod parents;
mod peers;
mod refusals;
mod restarts;
mod server;
mod sig0;
mod signing;
mod tls;
mod updates;
mod zone;

use harness::{KEY, SECRET};

/// The zone that travels.
const ZONE: &str = "mesh.example.";

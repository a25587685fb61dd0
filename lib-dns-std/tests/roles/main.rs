//! `zdns serve --config` as primary and as secondary, of itself and of BIND, Knot and NSD, with TSIG.

#[path = "../peers/process.rs"]
mod process;

mod chain;
mod examples;
mod peers;
mod refusals;
mod restarts;
mod server;
mod signing;
mod tls;
mod updates;
mod zone;

/// The name of the key, and its secret.
const KEY: &str = "mesh-transfer.";
const SECRET: &str = "bm90IGEgc2VjcmV0LCBmb3IgYWxsIHRoZSB3b3JsZCA=";

/// The zone that travels.
const ZONE: &str = "mesh.example.";

//! Servers that are killed, and disks that are full: what was acknowledged is there after, and what is there is a
//! version of the zone that existed.
//!
//! Each kill is a SIGKILL at a moment drawn from a fixed seed. CI makes a few of them;
//! `ZDNS_KILLS=100 cargo test -p lib-dns-std --test crashes` makes a hundred in each test.

mod catalogs;
#[path = "../signed_zones/checkers.rs"]
#[allow(dead_code, reason = "all must be good here, without an excuse")]
mod checkers;
mod client;
#[path = "../seeded/dice.rs"]
mod dice;
mod disk;
#[path = "../peers/harness.rs"]
mod harness;
mod in_process;
mod server;
mod sign_command;
mod signing;
mod transfers;
mod updates;
mod zone;

/// How many kills each test makes.
fn kills() -> usize {
    match std::env::var("ZDNS_KILLS") {
        Ok(number) => number.parse().expect("ZDNS_KILLS is a number"),
        Err(_) => 10,
    }
}

//! Programs that tests start and run, ours and others: one harness for all tests.
//!
//! | file | what |
//! |---|---|
//! | `ports` | ports that no other test takes |
//! | `programs` | where programs are, and what to do without one |
//! | `process` | a program that runs in a folder until it is dropped, killed or ends |
//! | `configurations` | what the configurations of BIND, Knot, NSD and ours begin with |
//! | `radio` | simulated radios behind TCP ports |
//! | `server` | a server with its folder, address and configuration |
//!
//! A test takes it in by `#[path = "../peers/harness.rs"] mod harness;`.

#![allow(dead_code, reason = "no test needs all of it")]
#![allow(unused_imports, reason = "no test needs all of it")]

pub(crate) mod configurations;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod radio;
pub(crate) mod server;

pub(crate) use configurations::{KEY, Program, SECRET};
pub(crate) use ports::free_port;
pub(crate) use process::{Home, Process};
pub(crate) use programs::{find, find_or_skip, output_or_skip, output_with, skip};
pub(crate) use server::Server;

use std::time::Duration;

/// How long a program may take for what it does at once on a machine that has nothing else to do. Nobody waits
/// that long for what goes well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something holds; `false` if it never does.
pub(crate) fn comes_true(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !holds() {
        if std::time::Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

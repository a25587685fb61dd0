//! Our configurations of the zone, and programs that ask about it.

pub(crate) use crate::harness::Server;

use crate::harness::output_with;
use crate::{KEY, ZONE};
use std::net::SocketAddr;
use std::process::Command;

/// Our configuration of the zone from a file.
pub(crate) fn primary(notified: &[SocketAddr]) -> String {
    let targets: Vec<String> = notified
        .iter()
        .map(|address| format!("{{ address = \"{address}\", key = \"{KEY}\" }}"))
        .collect();
    format!(
        "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\nallow-transfer = [{{ key = \"{KEY}\" }}]\n\
         notify = [{}]\n",
        targets.join(", ")
    )
}

/// Our configuration of the zone from another server.
pub(crate) fn secondary(of: SocketAddr, notified: &[SocketAddr]) -> String {
    primary(notified).replace(
        "file = \"mesh.zone\"",
        &format!("min-retry = 1\nprimaries = [{{ address = \"{of}\", key = \"{KEY}\" }}]"),
    )
}

/// What a program prints that reads this; `None` if it is missing, which CI does not let pass.
#[track_caller]
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let output = output_with(Command::new(program).args(arguments), input)?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

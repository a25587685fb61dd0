//! `zdns`: the lib-dns program.

use clap::{Parser, Subcommand};
use lib_dns_std::program::zone::ZoneArguments;
use std::process::ExitCode;

/// DNS zones and servers
#[derive(Parser, Debug)]
#[command(name = "zdns", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Zone(ZoneArguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Zone(arguments) => arguments.run(),
    }
}

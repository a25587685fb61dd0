//! The `zdns` program: one module a verb.
//!
//! Exit statuses are those of sysexits.h, except for verbs that stand in for a well-known program and
//! take its statuses over, as `query` does with dig's and `update` with nsupdate's.

mod client;
mod config;
mod hint;
mod journal;
mod key;
mod load_bar;
mod query;
mod serve;
#[cfg(feature = "sim")]
mod sim;
mod update;
mod zone;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// All went well.
const EX_OK: u8 = 0;
/// The command line is wrong; as in most programs, and diff among them, not the 64 of sysexits.h.
const USAGE: u8 = 2;

/// The files given are wrong.
const EX_DATAERR: u8 = 65;
/// What is needed cannot be had, for example because another program has it.
const EX_UNAVAILABLE: u8 = 69;
/// The system failed.
const EX_OSERR: u8 = 71;
/// It is not allowed.
const EX_NOPERM: u8 = 77;

const EXAMPLES: &str = "\
Examples:
  zdns serve examples/zones/sovereign.zone
  zdns zone check examples/zones/sovereign.zone
  zdns zone sign examples/zones/sovereign.zone --keys /etc/zdns/keys --output sovereign.signed
  zdns query @127.0.0.1 -p 5300 alice.sovereign ANY +tcp";

/// DNS for meshes and the Internet.
#[derive(Parser)]
#[command(name = "zdns", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
enum Verb {
    Serve(serve::Arguments),
    Config(config::ConfigArguments),
    Query(query::Arguments),
    Update(update::Arguments),
    Key(key::KeyArguments),
    Zone(zone::ZoneArguments),
    Journal(journal::JournalArguments),
    Hint(hint::HintArguments),
    #[cfg(feature = "sim")]
    Sim(sim::SimArguments),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => EX_OK,
                _ => USAGE,
            });
        }
    };
    match arguments.verb {
        Verb::Serve(arguments) => ExitCode::from(serve::run(&arguments)),
        Verb::Config(arguments) => arguments.run(),
        Verb::Query(arguments) => ExitCode::from(query::run(&arguments)),
        Verb::Update(arguments) => ExitCode::from(update::run(&arguments)),
        Verb::Zone(arguments) => arguments.run(),
        Verb::Journal(arguments) => arguments.run(),
        Verb::Key(arguments) => arguments.run(),
        Verb::Hint(arguments) => arguments.run(),
        #[cfg(feature = "sim")]
        Verb::Sim(arguments) => arguments.run(),
    }
}

/// Tells people something. Where nobody listens any more the program goes on all the same.
fn tell(line: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "zdns: {line}");
}

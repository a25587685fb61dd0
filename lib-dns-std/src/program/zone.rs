//! `zdns zone`: work on zone files, without a server.

mod check;
mod compile;
mod diff;
mod digest;
mod format;
mod sign;
mod verify;

use crate::zone::{Findings, Loader, Zone};
use clap::{Args, Subcommand};
use lib_dns_core::name::NameBuf;
use std::path::Path;
use std::process::ExitCode;

/// Work on zone files.
#[derive(Args, Debug)]
pub(super) struct ZoneArguments {
    #[command(subcommand)]
    command: ZoneCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
enum ZoneCommand {
    Check(check::CheckArguments),
    Format(format::FormatArguments),
    Diff(diff::DiffArguments),
    Sign(sign::SignArguments),
    Verify(verify::VerifyArguments),
    Compile(compile::CompileArguments),
    Digest(digest::DigestArguments),
}

impl ZoneArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        match &self.command {
            ZoneCommand::Check(arguments) => arguments.run(),
            ZoneCommand::Format(arguments) => arguments.run(),
            ZoneCommand::Diff(arguments) => arguments.run(),
            ZoneCommand::Sign(arguments) => arguments.run(),
            ZoneCommand::Verify(arguments) => arguments.run(),
            ZoneCommand::Compile(arguments) => arguments.run(),
            ZoneCommand::Digest(arguments) => arguments.run(),
        }
    }
}

/// Loads a zone, whose name comes from its SOA record unless `origin` says it.
fn load(file: &Path, origin: Option<&NameBuf>) -> Result<(Zone, Findings), Findings> {
    let loaded = loader(origin).load(file)?;
    Ok((loaded.zone, loaded.warnings))
}

fn loader(origin: Option<&NameBuf>) -> Loader<'static> {
    let loader = Loader::new().includes_outside(true);
    match origin {
        Some(origin) => loader.origin(&origin.as_name()),
        None => loader,
    }
}

/// The time to sign or judge by, in seconds since 1970: what was asked for, or now.
fn now(asked: Option<u64>) -> u64 {
    asked.unwrap_or_else(super::client::now)
}

//! `zdns zone`: work on zone files, without a server.

mod check;
mod diff;
mod format;

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
enum ZoneCommand {
    Check(check::CheckArguments),
    Format(format::FormatArguments),
    Diff(diff::DiffArguments),
}

impl ZoneArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        match &self.command {
            ZoneCommand::Check(arguments) => arguments.run(),
            ZoneCommand::Format(arguments) => arguments.run(),
            ZoneCommand::Diff(arguments) => arguments.run(),
        }
    }
}

/// Loads a zone, whose name comes from its SOA record unless `origin` says it.
fn load(file: &Path, origin: Option<&NameBuf>) -> Result<(Zone, Findings), Findings> {
    let mut loader = Loader::new().includes_outside(true);
    if let Some(origin) = origin {
        loader = loader.origin(&origin.as_name());
    }
    let loaded = loader.load(file)?;
    Ok((loaded.zone, loaded.warnings))
}

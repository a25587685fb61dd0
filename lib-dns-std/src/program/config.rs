//! `zdns config`: work on configurations, without a server.

use super::EX_DATAERR;
use crate::config::{Config, Secrets};
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Work on configuration files.
#[derive(Args, Debug)]
pub(super) struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    Check(CheckArguments),
}

/// Check a configuration, and print what it comes to
///
/// All that is wrong is told on standard error, a line each: file, line, column, and what to do. What is
/// printed has defaults, templates and lists spelled out, and no secrets unless they are asked for. Zones
/// are not loaded. Ends with status 0 if nothing is wrong, else 65.
#[derive(Args, Debug)]
struct CheckArguments {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON and not TOML
    #[arg(long)]
    json: bool,
    /// Print secrets too, so that what is printed can be read again
    #[arg(long)]
    show_secrets: bool,
    /// Print nothing if nothing is wrong
    #[arg(long, short)]
    quiet: bool,
}

impl ConfigArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        let ConfigCommand::Check(arguments) = &self.command;
        arguments.run()
    }
}

impl CheckArguments {
    fn run(&self) -> ExitCode {
        let config = match Config::read(&self.file) {
            Ok(config) => config,
            Err(faults) => {
                let _ = write!(io::stderr(), "{faults}");
                return ExitCode::from(EX_DATAERR);
            }
        };
        for warning in config.warnings.iter().filter(|_| !self.quiet) {
            let _ = writeln!(io::stderr(), "{}: warning: {warning}", self.file.display());
        }
        let secrets = if self.show_secrets {
            Secrets::Shown
        } else {
            Secrets::Hidden
        };
        let text = match (self.quiet, self.json) {
            (true, _) => return ExitCode::SUCCESS,
            (false, true) => config.to_json(secrets) + "\n",
            (false, false) => config.to_toml(secrets),
        };
        // Whoever closed the pipe does not want the rest.
        let _ = io::stdout().write_all(text.as_bytes());
        ExitCode::SUCCESS
    }
}

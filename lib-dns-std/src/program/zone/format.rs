//! `zdns zone format`.

use super::load;
use crate::zone::Output;
use clap::Args;
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::ZoneLayout;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

/// Print a zone in canonical order, in one form for all ways to write it
///
/// Includes and generated records are written out. Ends with status 1 if the zone has an error; then
/// nothing is printed.
#[derive(Args, Debug)]
pub(super) struct FormatArguments {
    /// The zone file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The zone's name, if the file does not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// One complete record a line, to be sorted and searched
    #[arg(long)]
    one_line: bool,
}

impl FormatArguments {
    pub(super) fn run(&self) -> ExitCode {
        let zone = match load(&self.file, self.origin.as_ref()) {
            Ok((zone, warnings)) => {
                eprint!("{warnings}");
                zone
            }
            Err(findings) => {
                eprint!("{findings}");
                return ExitCode::from(1);
            }
        };
        let mut output = Output::new(BufWriter::new(io::stdout().lock()));
        let layout = if self.one_line {
            ZoneLayout::OneLine
        } else {
            ZoneLayout::Tidy
        };
        // Why printing failed is kept in the output.
        let _ = zone.write_text(layout, &mut output);
        match output.finish() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("zdns: {error}");
                ExitCode::from(1)
            }
            _ => ExitCode::SUCCESS,
        }
    }
}

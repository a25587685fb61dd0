//! `zdns journal`.

use super::{EX_DATAERR, EX_OSERR, tell};
use crate::journal::{JournalError, JournalReader};
use crate::zone::Output;
use clap::{Args, Subcommand};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::{Difference, StoredRecord, ZoneLayout, ZonePrinter};
use serde_json::json;
use std::fmt::{self, Write as _};
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look into journals: what happened to zones
///
/// A journal is the state folder of a server, its file zones.redb, or a journal of BIND 9 (.jnl). It may be
/// in use by its server.
#[derive(Args, Debug)]
pub(super) struct JournalArguments {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Subcommand, Debug)]
enum JournalCommand {
    Show(ShowArguments),
    Verify(VerifyArguments),
}

/// Print changes, oldest first
///
/// Each change is a line with `;`, the zone and the serials before and after it; then come the records that
/// go, each behind `-`, and those that come, each behind `+`, the SOA record first.
#[derive(Args, Debug)]
struct ShowArguments {
    /// The journal
    #[arg(value_name = "FILE|DIR")]
    journal: PathBuf,
    /// Only the changes of this zone
    #[arg(value_name = "ZONE")]
    zone: Option<NameBuf>,
    /// Print a JSON object a line for each change
    #[arg(long)]
    json: bool,
}

/// Check that journals are whole
///
/// Each change must be whole and start where the one before it led; in a journal of ours checksums are
/// verified, and each zone is brought back. Prints a line for each zone. Ends with status 0 if all is well,
/// and 65 if not.
#[derive(Args, Debug)]
struct VerifyArguments {
    /// The journal
    #[arg(value_name = "FILE|DIR")]
    journal: PathBuf,
    /// Only this zone
    #[arg(value_name = "ZONE")]
    zone: Option<NameBuf>,
    /// Print a JSON object a line for each zone
    #[arg(long)]
    json: bool,
}

impl JournalArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        let result = match &self.command {
            JournalCommand::Show(arguments) => arguments.run(),
            JournalCommand::Verify(arguments) => arguments.run(),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Journal(error)) => {
                tell(&error);
                ExitCode::from(if error.is_io() { EX_OSERR } else { EX_DATAERR })
            }
            Err(Failure::Told) => ExitCode::from(EX_DATAERR),
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                ExitCode::SUCCESS
            }
            Err(Failure::Output(error)) => {
                tell(error);
                ExitCode::from(EX_OSERR)
            }
        }
    }
}

/// Why a command ends early.
enum Failure {
    Journal(JournalError),
    Output(io::Error),
    /// What was wrong has been printed.
    Told,
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<fmt::Error> for Failure {
    fn from(_: fmt::Error) -> Self {
        // The output keeps why, and tells it at the end.
        Self::Told
    }
}

impl ShowArguments {
    fn run(&self) -> Result<(), Failure> {
        let mut journal = JournalReader::open(&self.journal)?;
        let mut output = Output::new(BufWriter::new(io::stdout().lock()));
        let zone = self.zone.as_ref().map(NameBuf::as_name);
        let shown = journal.read(zone.as_ref(), |apex, difference| {
            if self.json {
                show_json(&mut output, apex, difference)
            } else {
                show(&mut output, apex, difference)
            }
        });
        output.finish().map(drop).map_err(Failure::Output)?;
        shown
    }
}

fn show(
    out: &mut impl fmt::Write,
    apex: &NameBuf,
    difference: &Difference<'_>,
) -> Result<(), Failure> {
    let (from, to) = (difference.from_serial(), difference.to_serial());
    writeln!(out, "; {apex} {from} {to}")?;
    for (sign, records) in halves(difference) {
        for record in records {
            write!(out, "{sign} {}", line_of(&record)?)?;
        }
    }
    Ok(())
}

fn show_json(
    out: &mut impl fmt::Write,
    apex: &NameBuf,
    difference: &Difference<'_>,
) -> Result<(), Failure> {
    let [deleted, added] = halves(difference).map(|(_, records)| {
        let lines = records.iter().map(line_of);
        let lines = lines.map(|line| line.map(|line| line.trim_end().to_owned()));
        lines.collect::<Result<Vec<_>, _>>()
    });
    let change = json!({
        "zone": apex.to_string(),
        "from": difference.from_serial().0,
        "to": difference.to_serial().0,
        "deleted": deleted?,
        "added": added?,
    });
    Ok(writeln!(out, "{change}")?)
}

/// What goes and what comes, the SOA record first.
fn halves<'d>(difference: &Difference<'d>) -> [(char, Vec<StoredRecord<'d>>); 2] {
    let gone = std::iter::once(difference.old_soa()).chain(difference.deleted().iter());
    let come = std::iter::once(difference.new_soa()).chain(difference.added().iter());
    [('-', gone.collect()), ('+', come.collect())]
}

fn line_of(record: &StoredRecord<'_>) -> Result<String, fmt::Error> {
    let mut line = String::new();
    let StoredRecord {
        owner, ttl, class, ..
    } = record;
    ZonePrinter::new(&mut line, ZoneLayout::OneLine).record(
        owner,
        *ttl,
        *class,
        record.rtype,
        record.data,
    )?;
    Ok(line)
}

impl VerifyArguments {
    fn run(&self) -> Result<(), Failure> {
        let mut journal = JournalReader::open(&self.journal)?;
        let zones = match self.zone {
            Some(zone) => vec![zone],
            None => journal.zones()?,
        };
        let mut output = Output::new(io::stdout().lock());
        let mut is_well = true;
        for zone in zones {
            let verified = journal.verify(&zone.as_name());
            is_well &= verified.is_ok();
            let line = match (verified, self.json) {
                (Ok(found), false) => format!(
                    "{zone} {} changes, serial {} to {}: well",
                    found.changes, found.first, found.last
                ),
                (Ok(found), true) => json!({
                    "zone": zone.to_string(),
                    "changes": found.changes,
                    "from": found.first.0,
                    "to": found.last.0,
                })
                .to_string(),
                (Err(error), false) => error.to_string(),
                (Err(error), true) => {
                    json!({ "zone": zone.to_string(), "error": error.to_string() }).to_string()
                }
            };
            // Why printing failed is kept in the output.
            let _ = writeln!(output, "{line}");
        }
        output.finish().map(drop).map_err(Failure::Output)?;
        if is_well { Ok(()) } else { Err(Failure::Told) }
    }
}

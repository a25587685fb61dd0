//! `zdns zone format`.

use super::load;
use crate::zone::{Node, Zone};
use clap::Args;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, ZoneLayout, ZoneLookup, ZoneNode, ZonePrinter};
use std::fmt;
use std::io::{self, BufWriter, Write};
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
        let _ = print(&zone, layout, &mut output);
        match output.finish() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("zdns: {error}");
                ExitCode::from(1)
            }
            _ => ExitCode::SUCCESS,
        }
    }
}

/// Prints a whole zone: its SOA first, then name by name in canonical order.
fn print(zone: &Zone, layout: ZoneLayout, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut printer = ZonePrinter::new(out, layout);
    let apex = zone.apex();
    if layout == ZoneLayout::Tidy {
        printer.origin(&apex)?;
        if let Some(soa) = zone.get(&apex).and_then(|node| node.rrset(Type::SOA)) {
            printer.default_ttl(soa.ttl)?;
        }
    }
    for node in zone.nodes().chain(zone.hashed_nodes()) {
        print_node(&mut printer, zone, node)?;
    }
    Ok(())
}

fn print_node(printer: &mut ZonePrinter<'_>, zone: &Zone, node: Node<'_>) -> fmt::Result {
    let owner = node.owner();
    let mut print_set = |set: &RrSet<'_>| {
        let mut records: Vec<_> = set.records().collect();
        records.sort_unstable();
        let mut records = records.into_iter();
        records.try_for_each(|data| {
            let owner: &Name<'_> = &owner;
            printer.record(owner, set.ttl, zone.class(), set.rtype, data)
        })
    };
    let mut sets: Vec<_> = node.rrsets().collect();
    sets.sort_by_key(|set| (set.rtype != Type::SOA, set.rtype));
    for set in sets {
        print_set(&set)?;
        if let Some(signatures) = node.signatures(set.rtype) {
            print_set(&signatures)?;
        }
    }
    for (covered, signatures) in node.all_signatures() {
        if node.rrset(covered).is_none() {
            print_set(&signatures)?;
        }
    }
    Ok(())
}

/// Takes text for a byte stream, and keeps the error that ended it.
pub(super) struct Output<W: Write> {
    stream: W,
    error: Option<io::Error>,
}

impl<W: Write> Output<W> {
    pub(super) fn new(stream: W) -> Self {
        Self {
            stream,
            error: None,
        }
    }

    /// Sends what is left, or tells what went wrong.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match self.error {
            Some(error) => Err(error),
            None => self.stream.flush(),
        }
    }
}

impl<W: Write> fmt::Write for Output<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.stream.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

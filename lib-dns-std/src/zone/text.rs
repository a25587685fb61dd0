//! A zone as text again.

use super::file::replace;
use super::memory::Zone;
use super::page::Node;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, ZoneLayout, ZoneLookup, ZoneNode, ZonePrinter};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

impl Zone {
    /// Writes the zone as text: its SOA record first, then name by name in canonical order.
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn write_text(&self, layout: ZoneLayout, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut printer = ZonePrinter::new(out, layout);
        if layout == ZoneLayout::Tidy {
            printer.origin(&self.apex())?;
            if let Some(soa) = self.soa() {
                printer.default_ttl(soa.ttl)?;
            }
        }
        for node in self.nodes().chain(self.hashed_nodes()) {
            print_node(&mut printer, self, node)?;
        }
        Ok(())
    }

    /// Writes the zone to a file, in the place of the one that is there: first to another file in its folder,
    /// which takes its name when it is whole and on disk.
    ///
    /// # Errors
    /// If that cannot be done. What was there is still there then.
    pub fn write_file(&self, path: &Path) -> io::Result<()> {
        replace(path, |stream| {
            let mut output = Output::new(stream);
            // Why printing failed is kept in the output.
            let _ = self.write_text(ZoneLayout::Tidy, &mut output);
            output.finish().map(|_| ())
        })
    }
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
pub(crate) struct Output<W: Write> {
    stream: W,
    error: Option<io::Error>,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(stream: W) -> Self {
        Self {
            stream,
            error: None,
        }
    }

    /// Sends what is left and gives the stream back, or tells what went wrong.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        match self.error {
            Some(error) => Err(error),
            None => self.stream.flush().map(|()| self.stream),
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

//! `zdns zone diff`.

use super::load;
use crate::zone::{Node, Output, Zone};
use clap::Args;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{ZoneLayout, ZoneLookup, ZoneNode, ZonePrinter};
use std::cmp::Ordering;
use std::fmt;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

/// As diff(1) has it: the question could not be answered.
const TROUBLE: u8 = 2;

/// Compare two zones record by record
///
/// A line with `-` is a record of the first zone only, one with `+` of the second only. As with diff(1),
/// the status is 0 if they are the same, 1 if they differ, and 2 if one cannot be read.
#[derive(Args, Debug)]
pub(super) struct DiffArguments {
    /// The first zone file
    #[arg(value_name = "A")]
    old: PathBuf,
    /// The second zone file
    #[arg(value_name = "B")]
    new: PathBuf,
    /// The zone's name, if the files do not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// Pass over what a signer adds: RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY, CDS and CDNSKEY
    #[arg(long)]
    ignore_dnssec: bool,
    /// Pass over the SOA record
    #[arg(long)]
    ignore_soa: bool,
}

impl DiffArguments {
    pub(super) fn run(&self) -> ExitCode {
        let load = |file| load(file, self.origin.as_ref()).map(|(zone, _)| zone);
        let (old, new) = match (load(&self.old), load(&self.new)) {
            (Ok(old), Ok(new)) => (old, new),
            (old, new) => {
                for findings in [old.err(), new.err()].into_iter().flatten() {
                    eprint!("{findings}");
                }
                return ExitCode::from(TROUBLE);
            }
        };
        let mut output = Output::new(BufWriter::new(io::stdout().lock()));
        let mut difference = Difference {
            out: &mut output,
            ignored: self.ignored(),
            found: false,
        };
        // Why printing failed is kept in the output.
        let _ = difference.zones(&old, &new);
        let found = difference.found;
        match output.finish() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("zdns: {error}");
                ExitCode::from(TROUBLE)
            }
            _ => ExitCode::from(u8::from(found)),
        }
    }

    fn ignored(&self) -> Vec<Type> {
        let mut ignored = Vec::new();
        if self.ignore_dnssec {
            ignored.extend([
                Type::RRSIG,
                Type::NSEC,
                Type::DNSKEY,
                Type::NSEC3,
                Type::NSEC3PARAM,
                Type::CDS,
                Type::CDNSKEY,
            ]);
        }
        if self.ignore_soa {
            ignored.push(Type::SOA);
        }
        ignored
    }
}

/// A record at some name; in the order of the fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record<'z> {
    rtype: Type,
    data: &'z [u8],
    ttl: u32,
}

struct Difference<'o> {
    out: &'o mut dyn fmt::Write,
    ignored: Vec<Type>,
    found: bool,
}

impl Difference<'_> {
    fn zones(&mut self, old: &Zone, new: &Zone) -> fmt::Result {
        let classes = (old.class(), new.class());
        self.nodes(old.nodes(), new.nodes(), classes)?;
        self.nodes(old.hashed_nodes(), new.hashed_nodes(), classes)
    }

    /// Walks the names of both zones side by side; each comes in canonical order.
    fn nodes<'z>(
        &mut self,
        old: impl Iterator<Item = Node<'z>>,
        new: impl Iterator<Item = Node<'z>>,
        (old_class, new_class): (Class, Class),
    ) -> fmt::Result {
        let (mut old, mut new) = (old.peekable(), new.peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.owner().cmp(&new.owner()),
            };
            let old = old.next_if(|_| order.is_le());
            let new = new.next_if(|_| order.is_ge());
            let (gone, come) = (self.records(old), self.records(new));
            for record in &gone {
                if come.binary_search(record).is_err() {
                    self.tell('-', old, old_class, record)?;
                }
            }
            for record in &come {
                if gone.binary_search(record).is_err() {
                    self.tell('+', new, new_class, record)?;
                }
            }
        }
    }

    /// The records of a node in order.
    fn records<'z>(&self, node: Option<Node<'z>>) -> Vec<Record<'z>> {
        let Some(node) = node else {
            return Vec::new();
        };
        let signatures = node.all_signatures().map(|(_, set)| set);
        let mut records = Vec::new();
        for set in node.rrsets().chain(signatures) {
            if self.ignored.contains(&set.rtype) {
                continue;
            }
            records.extend(set.records().map(|data| Record {
                rtype: set.rtype,
                data,
                ttl: set.ttl,
            }));
        }
        records.sort_unstable();
        records
    }

    fn tell(
        &mut self,
        sign: char,
        node: Option<Node<'_>>,
        class: Class,
        record: &Record<'_>,
    ) -> fmt::Result {
        self.found = true;
        let owner = node.map_or(Name::ROOT, |node| node.owner());
        write!(self.out, "{sign} ")?;
        let mut printer = ZonePrinter::new(self.out, ZoneLayout::OneLine);
        printer.record(&owner, record.ttl, class, record.rtype, record.data)
    }
}

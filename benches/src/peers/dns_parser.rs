//! `dns-parser`: eager, with names as views; knows the types of RFC 1035, AAAA and SRV.

use std::fmt::{self, Write};

use dns_parser::{Name, Packet, RData};

use super::{Build, Peer};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: "dns-parser",
    parse,
    prepare_build,
    scan: None,
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let packet = Packet::parse(octets)?;
    for question in &packet.questions {
        work.question();
        walk(&question.qname, &mut work)?;
    }
    let sections = [&packet.answers, &packet.nameservers, &packet.additional];
    for record in sections.into_iter().flatten() {
        walk(&record.name, &mut work)?;
        work.ttl(record.ttl);
        read(&record.data, &mut work);
    }
    // It keeps the OPT record apart from the others, and its data as raw octets.
    if let Some(opt) = &packet.opt {
        read(&opt.data, &mut work);
    }
    Ok(work)
}

fn read(data: &RData<'_>, work: &mut Work) {
    work.record(data);
    match data {
        RData::A(a) => work.octets(&a.0.octets()),
        // An OPT record without options has nothing left to read.
        RData::Unknown([]) => {}
        RData::Unknown(octets) => {
            work.opaque();
            work.octets(octets);
        }
        _ => {}
    }
}

/// Its names show their labels only as text, so that is how they are walked.
fn walk(name: &Name<'_>, work: &mut Work) -> fmt::Result {
    let mut labels = LabelSink { work, inside: 0 };
    write!(labels, "{name}")?;
    labels.end();
    Ok(())
}

/// Counts the labels of a name that is written to it, without keeping them.
struct LabelSink<'a> {
    work: &'a mut Work,
    /// Octets of the label that is being written.
    inside: usize,
}

impl LabelSink<'_> {
    fn end(&mut self) {
        if self.inside > 0 {
            self.work.label(self.inside);
            self.inside = 0;
        }
    }
}

impl Write for LabelSink<'_> {
    // It writes labels whole and dots alone, so a dot inside a label is no end of it.
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if part == "." {
            self.end();
        } else {
            self.inside += part.len();
        }
        Ok(())
    }
}

fn prepare_build() -> Result<Build, WorkError> {
    Err("builds queries only".into())
}

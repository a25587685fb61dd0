//! What zones say, to be compared, and zones to begin with.

use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{RData, Type};
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::{StoredRecord, ZoneLayout, ZonePrinter};
use lib_dns_std::zone::Zone;
use std::fs;
use std::path::PathBuf;

/// Every record in canonical form (RFC 4034 6.2) as a line of text, sorted: some servers write names as they came,
/// others in lower case.
pub(crate) fn lines(zone: &Zone) -> Vec<String> {
    let mut lines = zone
        .records()
        .map(|record| line(&record))
        .collect::<Vec<_>>();
    lines.sort();
    lines
}

fn line(record: &StoredRecord<'_>) -> String {
    let StoredRecord {
        owner,
        ttl,
        class,
        rtype,
        data,
    } = *record;
    let mut canonical = vec![0; data.len()];
    let mut writer = Writer::<0>::new(&mut canonical, Form::Canonical);
    RData::write_stored(class, rtype, data, &mut writer).unwrap();
    let owner = NameBuf::from(owner).to_lowercase();
    let mut line = String::new();
    let mut printer = ZonePrinter::new(&mut line, ZoneLayout::OneLine);
    let printed = printer.record(&owner.as_name(), ttl, class, rtype, &canonical);
    printed.unwrap();
    line
}

/// Fails with the records that only one of two zones has.
#[track_caller]
pub(crate) fn assert_same(ours: &Zone, theirs: &Zone, what: &str) {
    let (ours, theirs) = (lines(ours), lines(theirs));
    if ours != theirs {
        let missing = theirs.iter().filter(|line| !ours.contains(line));
        let more = ours.iter().filter(|line| !theirs.contains(line));
        let missing = missing.map(|line| format!("- {line}")).collect::<String>();
        let more = more.map(|line| format!("+ {line}")).collect::<String>();
        panic!("{what}: the zones differ\n{missing}{more}");
    }
}

/// A zone of all sorts.
pub(crate) fn text_of(name: &str) -> String {
    let many = (0..300)
        .map(|number| {
            format!(
                "host{number} A 10.1.{}.{}\n",
                number / 250,
                number % 250 + 1
            )
        })
        .collect::<String>();
    format!(
        "$ORIGIN {name}\n$TTL 300\n\
         @ SOA ns1 admin 2026010100 3600 900 604800 300\n\
         @ NS ns1\n@ NS NS2\n@ MX 10 mail\n@ TXT \"a zone to be copied\"\n\
         ns1 A 10.42.0.1\nns1 AAAA fd00:6d65:7368:1::5\nNS2 A 10.42.0.2\nmail A 10.42.0.3\n\
         www CNAME Web\nweb A 10.42.0.4\n*.wild TXT wild\n_zhtp._tcp SRV 1 2 3 web\n\
         deep.er.and.deeper TYPE65400 \\# 3 010203\ncut NS ns.cut\nns.cut A 10.42.0.5\n{many}"
    )
}

/// An example zone's text.
pub(crate) fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/zones");
    fs::read_to_string(path.join(name)).unwrap()
}

/// An address record.
pub(crate) fn address<'r>(owner: &'r Name<'r>, data: &'r [u8; 4]) -> StoredRecord<'r> {
    StoredRecord {
        owner: *owner,
        rtype: Type::A,
        class: Class::IN,
        ttl: 300,
        data,
    }
}

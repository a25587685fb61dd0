//! Random updates of a small zone, so that they meet: few names, few records, every operation.

use super::dice::Dice;
use super::model::{Model, lower};
use super::primary::Primary;
use super::script::{Line, encode};
use lib_dns_core::code_points::Rcode;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const START: &str = "\
$ORIGIN example.
$TTL 300
@ SOA ns1 admin 4294967200 3600 900 604800 60
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
a A 192.0.2.10
a TXT one
b CNAME a
b.c A 192.0.2.11
d DNAME a
e NS ns1
f WKS 192.0.2.9 6 25
";

const NAMES: &[&str] = &[
    "@", "a", "A", "b", "c", "b.c", "x.b.c", "d", "x.d", "e", "x.e", "f", "*.a", "g", "x.g", "h",
    "y.h",
];
const TTLS: &[&str] = &["0", "60", "300", "300", "86400"];
const DATA: &[&str] = &[
    "A 192.0.2.10",
    "A 192.0.2.11",
    "A 192.0.2.12",
    "AAAA 2001:db8::1",
    "TXT one",
    "TXT one two",
    "CNAME a",
    "CNAME B.c",
    "DNAME a",
    "DNAME c",
    "NS ns1",
    "NS NS2",
    "NS a",
    "MX 10 a",
    "MX 10 A",
    "MX 20 b",
    "SRV 0 0 53 a",
    "PTR a",
    "TYPE65500 \\# 2 cafe",
];

fn pick<'a>(dice: &mut Dice, from: &[&'a str]) -> &'a str {
    from[dice.below(from.len())]
}

/// A line that has the right form.
fn line(dice: &mut Dice) -> String {
    let (owner, ttl, data) = (pick(dice, NAMES), pick(dice, TTLS), pick(dice, DATA));
    let rtype = data.split(' ').next().unwrap_or_default();
    match dice.below(20) {
        0 => format!("need {owner} 0 ANY ANY"),
        1 => format!("need {owner} 0 NONE ANY"),
        2 => format!("need {owner} 0 ANY {rtype}"),
        3 => format!("need {owner} 0 NONE {rtype}"),
        4 => format!("need {owner} 0 IN {data}"),
        5..8 => format!("do {owner} 0 ANY ANY"),
        8 => format!("do {owner} 0 ANY {rtype}"),
        9..12 => format!("do {owner} 0 NONE {data}"),
        12 => {
            let serial = match dice.below(4) {
                0 => dice.roll() as u32,
                _ => 4_294_967_200_u32.wrapping_add(dice.below(3000) as u32),
            };
            format!("do @ {ttl} IN SOA ns1 admin {serial} 3600 900 604800 60")
        }
        _ => format!("do {owner} {ttl} IN {data}"),
    }
}

/// A message as lines; half have no prerequisite, so that most are carried out.
pub(crate) fn lines(dice: &mut Dice) -> Vec<String> {
    let (count, bare) = (1 + dice.below(6), dice.below(2) > 0);
    let lines = (0..count).map(|_| line(dice));
    lines
        .filter(|line| !bare || line.starts_with("do"))
        .collect()
}

#[test]
fn random_updates_do_what_the_pseudocode_says() {
    let mut rcodes = BTreeMap::new();
    for seed in 0..20 {
        let mut dice = Dice(0x2136 + seed);
        let mut primary = Primary::new(START);
        let mut model = Model::new(&primary.records());
        for step in 0..60 {
            let text = lines(&mut dice);
            let records: Vec<Line> = text.iter().map(|line| Line::read(line)).collect();
            let ours = primary.update(&encode(step, &records));
            let theirs = model.update(&records);
            assert_eq!(ours, theirs, "seed {seed}, step {step}: {text:#?}");
            let held: BTreeSet<(NameBuf, Type, u32, Vec<u8>)> = primary
                .records()
                .into_iter()
                .map(|record| {
                    let data = lower(record.rtype, &record.data);
                    (record.owner.to_lowercase(), record.rtype, record.ttl, data)
                })
                .collect();
            assert_eq!(held, model.records(), "seed {seed}, step {step}: {text:#?}");
            *rcodes.entry(ours).or_insert(0) += 1;
        }
    }
    // Each outcome is met often enough to mean something.
    for rcode in [
        Rcode::NOERROR,
        Rcode::NXDOMAIN,
        Rcode::YXDOMAIN,
        Rcode::NXRRSET,
        Rcode::YXRRSET,
    ] {
        assert!(
            rcodes.get(&rcode).is_some_and(|count| *count >= 10),
            "{rcodes:?}"
        );
    }
}

//! Lookups in random zones against a naive reading of the same records.

use super::*;
use crate::zone::{Node, Zone};
use lib_dns_core::name::{Name, NameBuilder};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Found, ZoneLookup, ZoneNode};
use std::collections::{BTreeMap, BTreeSet};

/// A small generator, the same on each run (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// A name of few labels from a small alphabet, so that names often meet.
    fn name(&mut self, suffix: &str) -> NameBuf {
        let mut builder = NameBuilder::new();
        let labels: [&[u8]; 9] = [
            b"a",
            b"A",
            b"b",
            b"*",
            b"ab",
            b"\0",
            b"\x01a",
            b"zzzzzzzzzzzz",
            b"\xff",
        ];
        for _ in 0..self.below(5) {
            builder.push_label(self.of(&labels)).unwrap();
        }
        builder.finish(&name(suffix).as_name()).unwrap()
    }
}

/// The names of a zone with the types that they have, in canonical order.
#[derive(Default)]
struct Naive {
    names: BTreeMap<NameBuf, BTreeSet<u16>>,
}

impl Naive {
    fn exists(&self, name: &Name<'_>) -> bool {
        self.names
            .keys()
            .any(|owner| owner.as_name().is_at_or_below(name))
    }

    fn types(&self, name: &Name<'_>) -> BTreeSet<u16> {
        self.names
            .get(&NameBuf::from(*name))
            .cloned()
            .unwrap_or_default()
    }

    /// The last name at or before another that has an NSEC record, going round.
    fn nsec(&self, name: &Name<'_>) -> Option<NameBuf> {
        let has_nsec = self.names.iter().filter(|(_, types)| types.contains(&47));
        let owners = has_nsec.map(|(owner, _)| *owner).collect::<Vec<_>>();
        let before = owners.iter().rfind(|owner| owner.as_name() <= *name);
        before.or(owners.last()).copied()
    }
}

/// The zone with the search that the trait does by itself.
struct StepByStep<'z>(&'z Zone);

impl ZoneLookup for StepByStep<'_> {
    type Node<'n>
        = Node<'n>
    where
        Self: 'n;

    fn apex(&self) -> Name<'_> {
        self.0.apex()
    }

    fn get(&self, name: &Name<'_>) -> Option<Node<'_>> {
        self.0.get(name)
    }

    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<Node<'_>> {
        self.0.nsec_at_or_before(name)
    }

    fn nsec3_at_or_before(&self, hash: &[u8; 20]) -> Option<Node<'_>> {
        self.0.nsec3_at_or_before(hash)
    }
}

fn random_zone(random: &mut Random, size: usize) -> (Naive, Zone) {
    let mut naive = Naive::default();
    let mut text = HEAD.to_owned();
    naive.names.insert(name("example."), BTreeSet::from([2, 6]));
    for _ in 0..random.below(size) {
        let owner = random.name("example.");
        let (rtype, data) = random.of(&[
            (1, "A 192.0.2.1"),
            (16, "TXT x"),
            (2, "NS a"),
            (39, "DNAME b"),
            (47, r"TYPE47 \# 9 00 0006 400000000003"),
        ]);
        let (rtype, data) = match rtype {
            2 | 39 if random.below(3) != 0 => (1, "A 192.0.2.1"),
            _ => (rtype, data),
        };
        naive.names.entry(owner).or_default().insert(rtype);
        text += &format!("{owner} {data}\n");
    }
    let loaded = load(&text).unwrap_or_else(|findings| panic!("{findings}\n{text}"));
    (naive, loaded.zone)
}

fn show(found: &Option<Found<Node<'_>>>) -> String {
    format!("{found:?}")
}

#[test]
fn lookups_agree_with_a_naive_reading() {
    let mut random = Random(0x5eed_0001);
    for round in 0..300 {
        let size = if round % 10 == 0 { 800 } else { 20 };
        let (naive, zone) = random_zone(&mut random, size);
        let slow = StepByStep(&zone);
        for _ in 0..200 {
            let suffix = random.of(&["example.", "example.", "example.", "test.", "."]);
            let asked = random.name(suffix);
            let asked = &asked.as_name();
            let inside = asked.is_at_or_below(&zone.apex());
            let node = zone.get(asked);
            assert_eq!(node.is_some(), inside && naive.exists(asked), "{asked}");
            if let Some(node) = node {
                assert_eq!(node.owner(), *asked);
                let types = node
                    .rrsets()
                    .map(|set| set.rtype.0)
                    .collect::<BTreeSet<_>>();
                assert_eq!(types, naive.types(asked), "{asked}");
                for rtype in [1, 2, 5, 6, 16, 39, 47] {
                    assert_eq!(node.rrset(Type(rtype)).is_some(), types.contains(&rtype));
                }
            }
            assert_eq!(show(&zone.find(asked)), show(&slow.find(asked)), "{asked}");
            if inside {
                let nsec = zone
                    .nsec_at_or_before(asked)
                    .map(|node| node.owner().into());
                assert_eq!(nsec, naive.nsec(asked), "{asked}");
            }
        }
    }
}

#[test]
fn nodes_come_in_canonical_order_with_empty_non_terminals() {
    let mut random = Random(0x5eed_0002);
    for _ in 0..50 {
        let (naive, zone) = random_zone(&mut random, 400);
        let mut wanted = BTreeSet::new();
        for owner in naive.names.keys() {
            for labels in 1..=owner.as_name().label_count() {
                wanted.insert(NameBuf::from(owner.as_name().ancestor(labels)));
            }
        }
        let found = zone
            .nodes()
            .map(|node| node.owner().into())
            .collect::<Vec<NameBuf>>();
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn hashes_are_found_going_round() {
    let label = |octet: u8| -> [u8; 20] { [octet; 20] };
    let mut text = HEAD.to_owned();
    // Base 32 of 20 octets 0x00, 0x42 and 0xff.
    for hash in [
        "00000000000000000000000000000000",
        "891444G8H248891444G8H248891444G8",
        "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
    ] {
        text += &format!(
            "{hash} TYPE50 \\# 34 01000000 00 14 {} 0006 400000000002\n",
            "00".repeat(20)
        );
    }
    let Ok(loaded) = load(&text) else {
        panic!("{}", findings(&text));
    };
    let zone = loaded.zone;
    let at = |octet: u8| {
        zone.nsec3_at_or_before(&label(octet))
            .unwrap()
            .owner()
            .to_string()
    };
    assert!(at(0).starts_with("0000"));
    assert!(at(0x41).starts_with("0000"));
    assert!(at(0x42).starts_with("891444G8"));
    assert!(at(0x43).starts_with("891444G8"));
    assert!(at(0xfe).starts_with("891444G8"));
    assert!(at(0xff).starts_with("vvvv"));
    // The owner of an NSEC3 record is no name of the zone.
    assert!(
        zone.get(&name("vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv.example.").as_name())
            .is_none()
    );
    assert_eq!(zone.hashed_nodes().count(), 3);
    assert_eq!(zone.record_count(), 5);
}

#[test]
fn a_signature_alone_is_no_proof() {
    let hash = "0".repeat(32);
    let rrsig = r"TYPE46 \# 20 00320d02 0000012c 00000000 00000000 0000 00 78";
    let zone = load(&format!("{HEAD}{hash} {rrsig}\n")).unwrap().zone;
    assert!(zone.nsec3_at_or_before(&[0; 20]).is_none());
    assert!(
        zone.get(&name(&format!("{hash}.example.")).as_name())
            .is_some()
    );
}

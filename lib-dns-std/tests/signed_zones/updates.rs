//! Zones that stay signed through updates: what is signed step by step is what is signed at once.

use super::checkers::assert_verified;
use super::dice::Dice;
use super::world::{EVERYTHING, load, print};
use super::{all_denials, now, two_keys};
use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::ZoneHash;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, StoredRecord, ZoneLookup, ZoneNode};
use lib_dns_std::signing::{DenialPolicy, SigningPolicy, ZoneSigner, check_zone_digest};
use lib_dns_std::zone::{Change, Zone};
use std::collections::BTreeSet;

/// Changes to each zone.
const ROUNDS: usize = 100;

/// Names that updates are about: some exist, some come, and they stand above and below one another.
const NAMES: [&str; 22] = [
    "example.",
    "a.example.",
    "b.a.example.",
    "c.b.a.example.",
    "*.a.example.",
    "Host.example.",
    "x.host.example.",
    "insecure.example.",
    "ns1.insecure.example.",
    "secure.example.",
    "ns1.secure.example.",
    "empty.example.",
    "below.empty.example.",
    "a.b.below.empty.example.",
    "old.example.",
    "x.old.example.",
    "cut.a.example.",
    "only.a.cut.example.",
    "mixed.example.",
    "both.a.mixed.example.",
    "zzz.example.",
    "www.example.",
];

/// Some data of a type that may stand below the apex.
fn some_data(dice: &mut Dice) -> (Type, Vec<u8>) {
    let number = dice.below(3) as u8;
    match dice.below(8) {
        0 | 1 => (Type::A, vec![10, 0, 0, number]),
        2 => (Type::TXT, vec![1, b'a' + number]),
        3 => (
            Type::NS,
            vec![
                3,
                b'n',
                b's',
                b'1' + number,
                7,
                b'e',
                b'x',
                b'a',
                b'm',
                b'p',
                b'l',
                b'e',
                0,
            ],
        ),
        4 => (Type::DS, [&[0, number, 13, 2][..], &[number; 32]].concat()),
        5 => (Type::DNAME, b"\x03new\x07example\0".to_vec()),
        6 => (Type::CNAME, b"\x04host\x07example\0".to_vec()),
        _ => (Type(65_300), vec![number; usize::from(number)]),
    }
}

pub(crate) fn record<'a>(
    owner: &'a NameBuf,
    rtype: Type,
    ttl: u32,
    data: &'a [u8],
) -> StoredRecord<'a> {
    StoredRecord {
        owner: owner.as_name(),
        rtype,
        class: Class::IN,
        ttl,
        data,
    }
}

/// What is no signing's own.
fn is_data(rtype: Type) -> bool {
    ![
        Type::NSEC,
        Type::NSEC3,
        Type::NSEC3PARAM,
        Type::RRSIG,
        Type::DNSKEY,
        Type::CDS,
        Type::CDNSKEY,
        Type::ZONEMD,
        Type::SOA,
    ]
    .contains(&rtype)
}

/// Adds one random step to a change.
fn step(zone: &Zone, dice: &mut Dice, change: &mut Change) {
    let owner = NameBuf::from_text(NAMES[dice.below(NAMES.len())]).unwrap();
    let node = zone.get(&owner.as_name());
    let sets: Vec<_> = node.iter().flat_map(|node| node.rrsets()).collect();
    let sets: Vec<_> = sets.into_iter().filter(|set| is_data(set.rtype)).collect();
    let delete = |change: &mut Change, set: &RrSet<'_>| {
        for data in set.records() {
            change
                .delete(&record(&owner, set.rtype, set.ttl, data))
                .unwrap();
        }
    };
    let at_apex = owner.as_name() == zone.apex();
    if dice.below(3) == 0 {
        // All of the name goes.
        for set in sets
            .iter()
            .filter(|set| !(at_apex && set.rtype == Type::NS))
        {
            delete(change, set);
        }
        return;
    }
    let (rtype, data) = some_data(dice);
    let is_alias = |rtype| matches!(rtype, Type::CNAME | Type::DNAME);
    // Not everybody loads a wildcard that is a cut.
    if rtype == Type::NS && owner.as_name().is_wildcard() {
        return;
    }
    if at_apex && (is_alias(rtype) || rtype == Type::NS || rtype == Type::DS) {
        return;
    }
    for set in &sets {
        // An alias stands alone, and there is one of a kind.
        if is_alias(rtype) || set.rtype == Type::CNAME || set.rtype == rtype && dice.below(2) == 0 {
            delete(change, set);
        }
    }
    let ttl = sets
        .iter()
        .find(|set| set.rtype == rtype)
        .map_or(60, |set| set.ttl);
    let stands = sets
        .iter()
        .any(|set| set.rtype == rtype && set.records().any(|has| has == data));
    let gone = change
        .deleted()
        .any(|gone| gone.owner == owner.as_name() && gone.rtype == rtype && gone.data == data);
    if !stands || gone {
        change.add(&record(&owner, rtype, ttl, &data)).unwrap();
    }
}

/// The records of a zone as text, one a line, sorted; owners in lower case.
fn lines(zone: &Zone) -> BTreeSet<String> {
    let text = print(zone);
    let lines = text.lines().map(|line| match line.split_once(' ') {
        Some((owner, rest)) => format!("{} {rest}", owner.to_lowercase()),
        None => line.to_owned(),
    });
    lines.collect()
}

/// The zone without what signing adds.
fn stripped(zone: &Zone) -> Zone {
    let text = print(zone);
    let data = text.lines().filter(|line| {
        let rtype = line.split(' ').nth(3).unwrap();
        let rtype = Type::from_mnemonic(rtype.as_bytes()).unwrap();
        is_data(rtype) || rtype == Type::SOA
    });
    load(&data.map(|line| format!("{line}\n")).collect::<String>())
}

fn policy(denial: &DenialPolicy) -> SigningPolicy {
    SigningPolicy {
        denial: denial.clone(),
        ..SigningPolicy::default()
    }
}

pub(crate) fn apply(zone: &Zone, change: &Change) -> Zone {
    let mut octets = Vec::new();
    zone.apply(&change.difference(&mut octets).unwrap())
        .unwrap()
}

/// One time, one spread of ends, and Ed25519, which makes the same signature each time: so whatever way a
/// zone is signed, it is the same, octet for octet.
#[test]
fn step_by_step_is_as_at_once() {
    for (name, denial) in all_denials() {
        let signer = ZoneSigner::new(two_keys(), policy(&denial)).unwrap();
        let once = SigningPolicy {
            serial: None,
            ..policy(&denial)
        };
        let once = ZoneSigner::new(two_keys(), once).unwrap();
        let now = now();
        let mut zone = signer.sign(&load(EVERYTHING), now).unwrap();
        let mut dice = Dice(7);
        let mut done = 0;
        for round in 0..ROUNDS {
            let mut change = Change::new();
            for _ in 0..=dice.below(3) {
                step(&zone, &mut dice, &mut change);
            }
            let wanted = change.clone();
            let mut completed = change;
            match signer.complete(&zone, &mut completed, now) {
                Ok(()) => {}
                // Several steps of one change may not go together.
                Err(error) => {
                    assert!(
                        error.to_string().contains("CNAME")
                            || error.to_string().contains("DNAME")
                            || error.to_string().contains("not there")
                            || error.to_string().contains("TTL"),
                        "{error}"
                    );
                    continue;
                }
            }
            done += 1;
            let next = apply(&zone, &completed);
            let scratch = once.sign(&stripped(&next), now).unwrap();
            let (ours, theirs) = (lines(&next), lines(&scratch));
            let differ: Vec<_> = ours.symmetric_difference(&theirs).collect();
            assert!(
                differ.is_empty(),
                "{name}, round {round}: {wanted:?} to {completed:?}: {differ:#?}"
            );
            assert_eq!(next.record_count(), scratch.record_count());
            zone = next;
            if round % 25 == 24 {
                assert_verified(&format!("{name}, round {round}"), &print(&zone));
            }
        }
        assert!(done > ROUNDS / 2, "only {done} changes fitted");
    }
}

/// An update of one RRset touches that RRset and the SOA record, and their signatures.
#[test]
fn only_what_an_update_touches_is_signed_anew() {
    let mut text = String::from(
        "$ORIGIN example.\n$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\nns1 A 10.0.0.1\n",
    );
    for n in 0..500 {
        text.push_str(&format!("n{n} A 10.1.{}.{}\n", n / 250, n % 250));
    }
    for (name, denial) in all_denials() {
        let signer = ZoneSigner::new(two_keys(), policy(&denial)).unwrap();
        let zone = signer.sign(&load(&text), now()).unwrap();
        let owner = |text: &str| NameBuf::from_text(text).unwrap();
        let touched = |build: &dyn Fn(&mut Change)| {
            let mut change = Change::new();
            build(&mut change);
            signer.complete(&zone, &mut change, now() + 1).unwrap();
            (change.deleted().count(), change.added().count())
        };
        // The SOA record and its signature.
        assert_eq!(touched(&|_| {}), (2, 2), "{name}");
        // And the address with its signature.
        let one = owner("n7.example.");
        let other = |change: &mut Change| {
            change
                .delete(&record(&one, Type::A, 300, &[10, 1, 0, 7]))
                .unwrap();
            change
                .add(&record(&one, Type::A, 300, &[10, 9, 9, 9]))
                .unwrap();
        };
        assert_eq!(touched(&other), (4, 4), "{name}");
        // A new name: an address, its signature, a record of the chain and its, and the one before it.
        let new = owner("new.example.");
        let come = |change: &mut Change| {
            change
                .add(&record(&new, Type::A, 300, &[10, 9, 9, 9]))
                .unwrap();
        };
        assert_eq!(touched(&come), (4, 8), "{name}");
        let go = |change: &mut Change| {
            change
                .delete(&record(&one, Type::A, 300, &[10, 1, 0, 7]))
                .unwrap();
        };
        assert_eq!(touched(&go), (8, 4), "{name}");
        // Another type: the bitmap changes, and nobody's next name.
        let more = |change: &mut Change| {
            change.add(&record(&one, Type::TXT, 300, b"\x01a")).unwrap();
        };
        assert_eq!(touched(&more), (4, 6), "{name}");
    }
}

#[test]
fn what_the_signer_makes_is_its_own() {
    let signer = ZoneSigner::new(two_keys(), policy(&DenialPolicy::Nsec)).unwrap();
    let zone = signer.sign(&load(EVERYTHING), now()).unwrap();
    let apex = NameBuf::from_text("example.").unwrap();
    let host = NameBuf::from_text("host.example.").unwrap();
    let mut change = Change::new();
    change
        .add(&record(
            &apex,
            Type::DNSKEY,
            3600,
            b"\x01\0\x03\x0fno key of ours",
        ))
        .unwrap();
    change
        .add(&record(&host, Type::NSEC, 200, b"\0\0\x01\x40"))
        .unwrap();
    let node = zone.get(&host.as_name()).unwrap();
    for (_, set) in node.all_signatures() {
        for data in set.records() {
            change
                .delete(&record(&host, Type::RRSIG, set.ttl, data))
                .unwrap();
        }
    }
    signer.complete(&zone, &mut change, now()).unwrap();
    assert_eq!((change.deleted().count(), change.added().count()), (2, 2));
}

#[test]
fn an_unsigned_zone_or_another_chain_is_signed_as_a_whole() {
    let mut zone = load(EVERYTHING);
    for (name, denial) in all_denials() {
        let signer = ZoneSigner::new(two_keys(), policy(&denial)).unwrap();
        let mut change = Change::new();
        signer.complete(&zone, &mut change, now()).unwrap();
        let next = apply(&zone, &change);
        assert_eq!(next.serial(), zone.serial().next());
        assert_verified(&format!("to {name}"), &print(&next));
        zone = next;
    }
}

#[test]
fn the_ttl_of_the_chain_follows_the_soa_record() {
    for (name, denial) in all_denials() {
        let now = now();
        let signer = ZoneSigner::new(two_keys(), policy(&denial)).unwrap();
        let zone = signer.sign(&load(EVERYTHING), now).unwrap();
        let node = zone.get(&zone.apex()).unwrap();
        let soa = node.rrset(Type::SOA).unwrap();
        let apex = NameBuf::from(zone.apex());
        let mut change = Change::new();
        let mut data = soa.first().unwrap().to_vec();
        change
            .delete(&record(&apex, Type::SOA, soa.ttl, &data))
            .unwrap();
        let serial = data.len() - 20;
        data[serial + 3] += 1;
        *data.last_mut().unwrap() = 100;
        change
            .add(&record(&apex, Type::SOA, soa.ttl, &data))
            .unwrap();
        signer.complete(&zone, &mut change, now).unwrap();
        let next = apply(&zone, &change);
        let once = SigningPolicy {
            serial: None,
            ..policy(&denial)
        };
        let once = ZoneSigner::new(two_keys(), once).unwrap();
        let scratch = once.sign(&stripped(&next), now).unwrap();
        assert_eq!(lines(&next), lines(&scratch), "{name}");
    }
}

#[test]
fn the_digest_follows_each_change() {
    for (name, denial) in all_denials() {
        let policy = SigningPolicy {
            zonemd: vec![ZoneHash::Sha384],
            ..policy(&denial)
        };
        let without = SigningPolicy {
            zonemd: Vec::new(),
            ..policy.clone()
        };
        let without = ZoneSigner::new(two_keys(), without).unwrap();
        let signer = ZoneSigner::new(two_keys(), policy).unwrap();
        // It comes, it stays right, and it goes.
        let mut zone = without.sign(&load(EVERYTHING), now()).unwrap();
        let host = NameBuf::from_text("host.example.").unwrap();
        for number in 0..3 {
            let mut change = Change::new();
            change
                .add(&record(&host, Type::TXT, 300, &[1, b'a' + number]))
                .unwrap();
            signer.complete(&zone, &mut change, now()).unwrap();
            zone = apply(&zone, &change);
            assert_eq!(check_zone_digest(&zone), Ok(ZoneHash::Sha384), "{name}");
            assert_verified(name, &print(&zone));
        }
        let mut change = Change::new();
        without.complete(&zone, &mut change, now()).unwrap();
        zone = apply(&zone, &change);
        assert!(
            zone.get(&zone.apex())
                .unwrap()
                .rrset(Type::ZONEMD)
                .is_none()
        );
        assert_verified(name, &print(&zone));
    }
}

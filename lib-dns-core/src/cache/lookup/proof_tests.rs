//! Answers that follow from NSEC and NSEC3 records.

use super::*;
use crate::cache::{NoSha1, Rank};
use crate::dnssec::{Denial, HashLabel, Nsec3Parameters, Standing, write_nsec, write_nsec3};
use crate::name::NameBuf;
use crate::policy::NodeId;
use crate::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use crate::wire::{Form, Writer};
use crate::zone::{RrSet, Serial};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

type Proving<H> = Cache<
    Vec<PositiveSlot>,
    Vec<u8>,
    Vec<NegativeSlot<255>>,
    Vec<WitnessSlot>,
    255,
    Proofs<Vec<ProofSlot<128>>, 128, H>,
>;

const NOW: Timestamp = Timestamp::from_secs(100);
const VERSION: Serial = Serial(7);
const METADATA: NegativeMetadata = NegativeMetadata {
    responding_node: NodeId([7; 32]),
    partition: None,
    coverage: AuthorityCoverage::NONE,
};
/// An address that says which wildcard it is of.
const PACKED: [u8; 6] = [0, 4, 192, 0, 2, 9];

/// Spreads names well, which is all that denial asks of a hash.
#[derive(Clone, Copy, Debug)]
struct Spread;

impl Sha1 for Spread {
    fn digest(&self, parts: &[&[u8]]) -> [u8; 20] {
        let mut word = 0xcbf2_9ce4_8422_2325_u64;
        for octet in parts.iter().flat_map(|part| part.iter()) {
            word = (word ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
        core::array::from_fn(|_| {
            word = (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (word >> 56) as u8
        })
    }
}

fn storage() -> Storage<Vec<PositiveSlot>, Vec<u8>, Vec<NegativeSlot<255>>, Vec<WitnessSlot>> {
    Storage {
        positive: std::vec![PositiveSlot::EMPTY; 256],
        octets: std::vec![0; 16_384],
        negative: std::vec![NegativeSlot::EMPTY; 64],
        witnesses: std::vec![WitnessSlot::EMPTY; 4],
    }
}

fn cache_of(slots: usize) -> Proving<NoSha1> {
    let proofs = Proofs::new(std::vec![ProofSlot::EMPTY; slots]);
    Cache::with_proofs(storage(), proofs, HashKey([1, 2]), CacheSettings::default())
}

fn hashing() -> Proving<Spread> {
    let proofs = Proofs::with_sha1(std::vec![ProofSlot::EMPTY; 128], Spread);
    Cache::with_proofs(storage(), proofs, HashKey([1, 2]), CacheSettings::default())
}

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

/// A record of a chain, ready to be put in.
#[derive(Clone, Debug)]
struct Link {
    owner: NameBuf,
    rtype: Type,
    packed: Vec<u8>,
}

impl Link {
    fn new(
        owner: NameBuf,
        rtype: Type,
        write: impl FnOnce(&mut Writer<'_, 0>) -> Result<(), crate::wire::WriteError>,
    ) -> Self {
        let mut octets = [0; 300];
        let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
        write(&mut writer).unwrap();
        let data = writer.written();
        let packed = [&(data.len() as u16).to_be_bytes()[..], data].concat();
        Self {
            owner,
            rtype,
            packed,
        }
    }

    fn nsec(owner: &str, next: &str, types: &[Type]) -> Self {
        let next = name(next);
        Self::new(name(owner), Type::NSEC, |writer| {
            write_nsec(&next.as_name(), types.iter().copied(), writer)
        })
    }

    /// As validated, of the zone `z.`.
    fn proof<'a>(&'a self, zone: &'a NameBuf) -> NewProof<'a> {
        NewProof {
            owner: self.owner.as_name(),
            class: Class::IN,
            rrset: RrSet::new(self.rtype, 3600, &self.packed),
            zone: zone.as_name(),
            version: VERSION,
            signature_until: Timestamp::from_secs(100_000),
            soa_minimum: 3600,
            soa_ttl: 3600,
            metadata: &METADATA,
        }
    }
}

/// What a lookup comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    NoName,
    NoData,
    /// Records of the wildcard.
    Wildcard,
    Miss,
}

fn ask<H: Sha1>(cache: &mut Proving<H>, now: Timestamp, asked: &NameBuf, rtype: Type) -> Said {
    match cache.lookup(now, &asked.as_name(), rtype) {
        Lookup::Negative(denial) => {
            assert!(denial.is_signed() && denial.is_synthesized() && denial.ttl() <= 60);
            assert_eq!(denial.metadata(), METADATA);
            assert_eq!(denial.zone(), name("z.").as_name());
            match denial.missing() {
                Missing::Name => Said::NoName,
                Missing::Type(missing) => {
                    assert_eq!(missing, rtype);
                    Said::NoData
                }
            }
        }
        Lookup::Expanded(expansion) => {
            match cache.expand(now, &asked.as_name(), Class::IN, rtype, expansion) {
                Some((held, ttl)) => {
                    assert!(ttl <= 60 && held.first().name().is_wildcard());
                    Said::Wildcard
                }
                None => Said::Miss,
            }
        }
        Lookup::Hit(_) | Lookup::Miss { .. } => Said::Miss,
        other => panic!("{other:?}"),
    }
}

/// The zone `z.` as a list of names and types, and what is so in it.
#[derive(Clone, Debug, Default)]
struct Zone(BTreeMap<NameBuf, Vec<Type>>);

/// The truth of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Truth {
    Present,
    NoData,
    NoName,
    Wildcard,
    /// It is for a zone below to say, or a DNAME leads elsewhere.
    Beyond,
}

impl Zone {
    fn has(&self, at: &Name<'_>, rtype: Type) -> bool {
        self.0
            .get(&NameBuf::from(*at))
            .is_some_and(|types| types.contains(&rtype))
    }

    /// Are there records at the name, or below it?
    fn exists(&self, at: &Name<'_>) -> bool {
        self.0
            .keys()
            .any(|owner| owner.as_name().is_at_or_below(at))
    }

    fn is_hidden(&self, at: &Name<'_>) -> bool {
        let above = (2..at.label_count()).map(|labels| at.ancestor(labels));
        let mut above = above.chain([at.ancestor(1)]);
        above.any(|above| {
            let is_above = at.is_below(&above);
            let is_cut = above.label_count() > 1 && self.has(&above, Type::NS);
            is_above && (is_cut || self.has(&above, Type::DNAME))
        })
    }

    fn truth(&self, asked: &Name<'_>, rtype: Type) -> Truth {
        let at = |at: &Name<'_>| -> Option<Truth> {
            let types = self.0.get(&NameBuf::from(*at));
            let is_cut = at.label_count() > 1 && self.has(at, Type::NS);
            match types {
                Some(types) if types.contains(&rtype) || types.contains(&Type::CNAME) => {
                    Some(Truth::Present)
                }
                Some(_) if is_cut && rtype != Type::DS => Some(Truth::Beyond),
                Some(_) => Some(Truth::NoData),
                None if self.exists(at) => Some(Truth::NoData),
                None => None,
            }
        };
        if self.is_hidden(asked) {
            return Truth::Beyond;
        }
        at(asked).unwrap_or_else(|| {
            let above = (1..asked.label_count())
                .rev()
                .map(|labels| asked.ancestor(labels));
            let encloser = above.into_iter().find(|above| self.exists(above)).unwrap();
            let wildcard = encloser.wildcard_below().unwrap();
            let is_alias = self.has(&wildcard.as_name(), Type::DNAME);
            let is_cut = self.has(&wildcard.as_name(), Type::NS);
            match at(&wildcard.as_name()) {
                Some(Truth::Present) if is_alias || is_cut => Truth::Beyond,
                Some(Truth::Present) => Truth::Wildcard,
                Some(other) => other,
                None => Truth::NoName,
            }
        })
    }

    fn standing(&self, at: &Name<'_>) -> Standing {
        match at.label_count() > 1 && self.has(at, Type::NS) {
            _ if self.is_hidden(at) => Standing::Occluded,
            true => Standing::Delegation,
            false => Standing::Authoritative,
        }
    }

    fn nsec(&self) -> Vec<Link> {
        let listed: Vec<_> = self
            .0
            .iter()
            .filter_map(|(owner, types)| {
                let standing = self.standing(&owner.as_name());
                let types = Denial::Nsec.types(standing, types.iter().copied())?;
                Some((*owner, types.collect::<Vec<_>>()))
            })
            .collect();
        let next = listed.iter().skip(1).chain(listed.first());
        let links = listed.iter().zip(next);
        let link = |((owner, types), (next, _)): (&(NameBuf, Vec<Type>), &(NameBuf, _))| {
            Link::new(*owner, Type::NSEC, |writer| {
                write_nsec(&next.as_name(), types.iter().copied(), writer)
            })
        };
        links.map(link).collect()
    }

    fn nsec3(&self, parameters: &Nsec3Parameters<'_>) -> Vec<Link> {
        let mut all = BTreeMap::new();
        for owner in self.0.keys() {
            for labels in 1..=owner.as_name().label_count() {
                let at = owner.as_name().ancestor(labels);
                let types = self.0.get(&NameBuf::from(at)).cloned().unwrap_or_default();
                let denial = Denial::Nsec3 { opt_out: false };
                if let Some(types) = denial.types(self.standing(&at), types.into_iter()) {
                    let types: Vec<_> = types.collect();
                    all.insert(parameters.hash(&at, &Spread), types);
                }
            }
        }
        let next = all.keys().skip(1).chain(all.keys().take(1));
        let links = all.iter().zip(next);
        let link = |((hash, types), next): ((&[u8; 20], &Vec<Type>), &[u8; 20])| {
            let owner = HashLabel::encode(hash).owner(&name("z.").as_name());
            let owner = owner.unwrap();
            Link::new(owner, Type::NSEC3, |writer| {
                write_nsec3(parameters, false, next, types.iter().copied(), writer)
            })
        };
        links.map(link).collect()
    }

    /// Puts the records of wildcards in.
    fn put_wildcards<H: Sha1>(&self, cache: &mut Proving<H>) {
        let zone = name("z.");
        let wildcards = self.0.iter().filter(|(owner, types)| {
            let owner = owner.as_name();
            owner.is_wildcard() && !self.is_hidden(&owner) && types.contains(&Type::A)
        });
        for (owner, _) in wildcards {
            let address = RrSet::new(Type::A, 3600, &PACKED);
            let rank = Rank::AuthoritativeAnswer;
            let new = NewRrset {
                signature_until: Some(Timestamp::from_secs(100_000)),
                origin: Presence {
                    version: Some(VERSION),
                    signed_at: None,
                },
                ..NewRrset::new(owner.as_name(), address, rank, zone.as_name())
            };
            cache.insert(NOW, &new);
        }
    }
}

const LABELS: [&str; 3] = ["*", "a", "b"];

/// All names of up to three of the labels below `z.`, and the apex.
fn universe() -> Vec<NameBuf> {
    let mut texts = std::vec![String::from("z.")];
    let mut from = 0;
    for _ in 0..3 {
        let to = texts.len();
        for at in from..to {
            for label in LABELS {
                texts.push(std::format!("{label}.{}", texts[at]));
            }
        }
        from = to;
    }
    texts.iter().map(|text| name(text)).collect()
}

fn zones() -> impl Strategy<Value = Zone> {
    const KINDS: [&[Type]; 8] = [
        &[Type::A],
        &[Type::TXT],
        &[Type::A, Type::TXT],
        &[Type::CNAME],
        &[Type::NS],
        &[Type::NS, Type::DS],
        &[Type::DNAME],
        &[Type::A, Type::DNAME],
    ];
    let names = universe();
    let some = proptest::collection::vec((1..names.len(), 0..KINDS.len()), 0..10);
    some.prop_map(move |some| {
        let mut zone = Zone::default();
        zone.0.insert(names[0], std::vec![Type::SOA, Type::NS]);
        for (at, kind) in some {
            zone.0.insert(names[at], KINDS[kind].to_vec());
        }
        zone
    })
}

/// Asks for everything: nothing is denied that is there, and with the whole chain nothing is left open that is not.
fn check<H: Sha1>(
    zone: &Zone,
    cache: &mut Proving<H>,
    is_whole: bool,
) -> Result<(), TestCaseError> {
    for asked in universe() {
        for rtype in [Type::A, Type::TXT, Type::DS, Type::ANY] {
            let said = ask(cache, NOW, &asked, rtype);
            let truth = match (zone.truth(&asked.as_name(), rtype), rtype) {
                // No name lacks it; of the apex the parent says if it has DS.
                (Truth::NoData, Type::ANY) => Truth::Beyond,
                (_, Type::DS) if asked.as_name().label_count() == 1 => Truth::Beyond,
                (truth, _) => truth,
            };
            let is_true = match said {
                Said::NoName => truth == Truth::NoName,
                Said::NoData => truth == Truth::NoData,
                Said::Wildcard => truth == Truth::Wildcard && rtype == Type::A,
                Said::Miss => {
                    let is_held = truth == Truth::Wildcard && rtype == Type::A;
                    let is_open = is_held && zone.is_address(&asked);
                    !is_whole || !(matches!(truth, Truth::NoName | Truth::NoData) || is_open)
                }
            };
            prop_assert!(is_true, "{asked} {rtype}: {said:?}, and it is {truth:?}");
        }
    }
    Ok(())
}

impl Zone {
    /// Is it an address that a wildcard has for the name, and no alias?
    fn is_address(&self, asked: &NameBuf) -> bool {
        let asked = asked.as_name();
        let mut above = (1..asked.label_count())
            .rev()
            .map(|labels| asked.ancestor(labels));
        let encloser = above.find(|above| self.exists(above)).unwrap();
        let wildcard = encloser.wildcard_below().unwrap();
        self.has(&wildcard.as_name(), Type::A)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// With any records of the chain, or all.
    #[test]
    fn rfc_8198_nothing_is_denied_that_is_in_the_zone(zone in zones(), held: u32) {
        let apex = name("z.");
        let mut cache = cache_of(128);
        zone.put_wildcards(&mut cache);
        for (at, link) in zone.nsec().iter().enumerate() {
            if held >> (at % 32) & 1 != 0 {
                prop_assert_eq!(cache.prove(NOW, &link.proof(&apex)), Proved::Kept { ttl: 60 });
            }
        }
        check(&zone, &mut cache, false)?;
        for link in zone.nsec().iter().rev() {
            prop_assert_eq!(cache.prove(NOW, &link.proof(&apex)), Proved::Kept { ttl: 60 });
        }
        check(&zone, &mut cache, true)?;
    }

    #[test]
    fn rfc_8198_nothing_is_denied_by_hashes_that_is_in_the_zone(
        zone in zones(),
        held: u32,
        iterations in 0..3_u16,
    ) {
        let apex = name("z.");
        let mut cache = hashing();
        let parameters = Nsec3Parameters { iterations, salt: &[1, 2, 3] };
        zone.put_wildcards(&mut cache);
        for (at, link) in zone.nsec3(&parameters).iter().enumerate() {
            if held >> (at % 32) & 1 != 0 {
                prop_assert_eq!(cache.prove(NOW, &link.proof(&apex)), Proved::Kept { ttl: 60 });
            }
        }
        check(&zone, &mut cache, false)?;
        for link in zone.nsec3(&parameters) {
            prop_assert_eq!(cache.prove(NOW, &link.proof(&apex)), Proved::Kept { ttl: 60 });
        }
        check(&zone, &mut cache, true)?;
    }
}

/// A cache that knows that there is nothing between `a.z.` and `d.z.`, and no wildcard.
fn proving() -> Proving<NoSha1> {
    let zone = name("z.");
    let mut cache = cache_of(16);
    for link in [
        Link::nsec("z.", "a.z.", &[Type::SOA, Type::NS]),
        Link::nsec("a.z.", "d.z.", &[Type::A]),
    ] {
        let kept = cache.prove(NOW, &link.proof(&zone));
        assert_eq!(kept, Proved::Kept { ttl: 60 });
    }
    assert_eq!(ask(&mut cache, NOW, &name("c.z."), Type::A), Said::NoName);
    cache
}

fn denies(cache: &mut Proving<NoSha1>) -> bool {
    ask(cache, NOW, &name("c.z."), Type::A) == Said::NoName
}

/// That there is no such name in a zone.
fn denial_of<'a>(
    asked: &'a NameBuf,
    zone: &'a NameBuf,
    absence: Absence,
    metadata: &'a NegativeMetadata,
) -> NewDenial<'a> {
    NewDenial {
        name: asked.as_name(),
        class: Class::IN,
        missing: Missing::Name,
        zone: zone.as_name(),
        soa_minimum: 3600,
        soa_ttl: 3600,
        positive_ttl: None,
        bailiwick: zone.as_name(),
        absence,
        owner: None,
        in_class_a_zone: false,
        metadata,
        source: Source(0),
    }
}

#[test]
fn rule_12_2_3_proofs_go_when_connections_or_the_zone_change() {
    let (zone, other) = (name("z."), name("other."));
    let mut cache = proving();
    cache.zone_updated(&other.as_name());
    assert!(denies(&mut cache));
    cache.zone_updated(&zone.as_name());
    assert!(!denies(&mut cache));
    let mut cache = proving();
    cache.topology_changed();
    assert!(!denies(&mut cache));
    let mut cache = proving();
    cache.peer_discovered();
    assert!(!denies(&mut cache));
    let mut cache = proving();
    cache.clear();
    assert!(!denies(&mut cache));
    let mut cache = proving();
    cache.forget_tree(&name("x.c.z.").as_name());
    assert!(!denies(&mut cache));
}

#[test]
fn note_18_proofs_are_of_one_version_and_go_with_it() {
    let zone = name("z.");
    let link = Link::nsec("d.z.", "z.", &[Type::A]);
    let of = |version| NewProof {
        version,
        ..link.proof(&zone)
    };
    let mut cache = proving();
    let older = Proved::Refused(ProofRefusal::OlderVersion);
    assert_eq!(cache.prove(NOW, &of(Serial(6))), older);
    assert!(denies(&mut cache));
    // The newer one denies what it spans itself; what the older one said of other names is gone.
    assert_eq!(cache.prove(NOW, &of(Serial(8))), Proved::Kept { ttl: 60 });
    assert!(!denies(&mut cache));
    // So does a denial of its own of another version; whoever proves nothing tells of none.
    let asked = name("e.z.");
    for (absence, is_dropped) in [
        (Absence::Opinion, false),
        (Absence::Denied { version: VERSION }, false),
        (Absence::Denied { version: Serial(8) }, true),
    ] {
        let mut cache = proving();
        cache.deny(NOW, &denial_of(&asked, &zone, absence, &METADATA));
        assert_eq!(denies(&mut cache), !is_dropped, "{absence:?}");
    }
    // Records and the SOA record tell of a version, too.
    let soa = [
        &[0, 28][..],
        b"\x01m\x01z\x00\x01h\x01z\x00",
        &8_u32.to_be_bytes(),
        &[0; 14],
    ];
    let soa = soa.concat();
    let records = [
        (name("z."), RrSet::new(Type::SOA, 300, &soa), None),
        (
            name("x.z."),
            RrSet::new(Type::A, 300, &PACKED),
            Some(Serial(8)),
        ),
    ];
    for (owner, rrset, version) in records {
        let mut cache = proving();
        let origin = Presence {
            version,
            signed_at: None,
        };
        let new = NewRrset {
            origin,
            ..NewRrset::new(
                owner.as_name(),
                rrset,
                Rank::AuthoritativeAnswer,
                zone.as_name(),
            )
        };
        cache.insert(NOW, &new);
        assert!(!denies(&mut cache), "{owner}");
    }
}

#[test]
fn rule_12_2_5_a_proof_never_hides_what_is_found() {
    let (zone, owner) = (name("z."), name("c.z."));
    let mut cache = proving();
    let new = NewRrset::new(
        owner.as_name(),
        RrSet::new(Type::A, 5, &PACKED),
        Rank::AuthoritativeAnswer,
        zone.as_name(),
    );
    cache.insert(NOW, &new);
    assert!(matches!(
        cache.lookup(NOW, &owner.as_name(), Type::A),
        Lookup::Hit(_)
    ));
    // Nor when it has ended.
    let later = Timestamp::from_secs(110);
    assert_eq!(ask(&mut cache, later, &owner, Type::A), Said::Miss);
}

#[test]
fn rule_12_2_1_proofs_hold_for_60_seconds_at_most() {
    let zone = name("z.");
    let link = Link::nsec("a.z.", "d.z.", &[Type::A]);
    let proof = link.proof(&zone);
    let at = Timestamp::from_secs;
    for (new, ttl) in [
        (proof, 60),
        (
            NewProof {
                rrset: RrSet::new(Type::NSEC, 9, &link.packed),
                ..proof
            },
            9,
        ),
        (
            NewProof {
                soa_minimum: 8,
                ..proof
            },
            8,
        ),
        (
            NewProof {
                soa_ttl: 70,
                ..proof
            },
            7,
        ),
        (
            NewProof {
                signature_until: at(106),
                ..proof
            },
            6,
        ),
    ] {
        let mut cache = cache_of(4);
        assert_eq!(cache.prove(NOW, &new), Proved::Kept { ttl });
        let a = name("a.z.");
        let end = 100 + u64::from(ttl);
        assert_eq!(ask(&mut cache, at(end - 1), &a, Type::TXT), Said::NoData);
        assert_eq!(ask(&mut cache, at(end), &a, Type::TXT), Said::Miss);
    }
    let ended = NewProof {
        signature_until: NOW,
        ..proof
    };
    let refused = Proved::Refused(ProofRefusal::NotForCaching);
    assert_eq!(cache_of(4).prove(NOW, &ended), refused);
}

#[test]
fn rule_12_2_4_a_proof_without_its_witness_denies_nothing() {
    let mut cache = proving();
    for node in 0..4 {
        let metadata = NegativeMetadata {
            responding_node: NodeId([100 + node; 32]),
            ..METADATA
        };
        let (zone, owner) = (name("y."), name("n.y."));
        let new = denial_of(&owner, &zone, Absence::Opinion, &metadata);
        cache.deny(NOW, &new);
    }
    assert!(!denies(&mut cache));
}

#[test]
fn what_is_no_usable_proof_is_refused() {
    let zone = name("z.");
    let refused = |link: &Link, zone: &NameBuf| match hashing().prove(NOW, &link.proof(zone)) {
        Proved::Refused(refusal) => Some(refusal),
        Proved::Kept { .. } => None,
    };
    let nsec = Link::nsec("a.z.", "d.z.", &[Type::A]);
    assert_eq!(refused(&nsec, &zone), None);
    let malformed = Some(ProofRefusal::Malformed);
    assert_eq!(refused(&nsec, &name("y.")), malformed);
    let twice = Link {
        packed: [&nsec.packed[..], &nsec.packed].concat(),
        ..nsec.clone()
    };
    assert_eq!(refused(&twice, &zone), malformed);
    let address = Link {
        rtype: Type::A,
        packed: PACKED.to_vec(),
        ..nsec.clone()
    };
    assert_eq!(refused(&address, &zone), malformed);
    let long = Link::nsec(
        &std::format!("{}.z.", "a".repeat(60)),
        &std::format!("{}.z.", "d".repeat(63)),
        &[Type::A],
    );
    assert_eq!(refused(&long, &zone), Some(ProofRefusal::TooLong));

    let hashed = |iterations, opt_out, algorithm| {
        let parameters = Nsec3Parameters {
            iterations,
            salt: &[],
        };
        let owner = name("0000000000000000000000000000000g.z.");
        let mut link = Link::new(owner, Type::NSEC3, |writer| {
            let types = [Type::A].into_iter();
            write_nsec3(&parameters, opt_out, &[9; 20], types, writer)
        });
        link.packed[2] = algorithm;
        link
    };
    assert_eq!(refused(&hashed(10, false, 1), &zone), None);
    let opt_out = Some(ProofRefusal::OptOut);
    assert_eq!(refused(&hashed(0, true, 1), &zone), opt_out);
    let not_hashed = Some(ProofRefusal::NotHashed);
    assert_eq!(refused(&hashed(11, false, 1), &zone), not_hashed);
    assert_eq!(refused(&hashed(0, false, 2), &zone), not_hashed);
    let unlent = cache_of(4).prove(NOW, &hashed(0, false, 1).proof(&zone));
    assert_eq!(unlent, Proved::Refused(ProofRefusal::NotHashed));
}

#[test]
fn the_proof_that_ends_first_makes_room() {
    let zone = name("z.");
    let mut cache = cache_of(2);
    for (owner, next, soa_minimum) in [
        ("a.z.", "b.z.", 50),
        ("b.z.", "c.z.", 20),
        ("c.z.", "d.z.", 30),
    ] {
        let link = Link::nsec(owner, next, &[Type::A]);
        let new = NewProof {
            soa_minimum,
            ..link.proof(&zone)
        };
        assert!(matches!(cache.prove(NOW, &new), Proved::Kept { .. }));
    }
    let said = ["a.z.", "b.z.", "c.z."].map(|text| ask(&mut cache, NOW, &name(text), Type::TXT));
    assert_eq!(said, [Said::NoData, Said::Miss, Said::NoData]);
    // Without slots nothing is kept, and nothing breaks.
    let link = Link::nsec("a.z.", "b.z.", &[Type::A]);
    let refused = cache_of(0).prove(NOW, &link.proof(&zone));
    assert!(matches!(refused, Proved::Refused(_)));
}

#[test]
fn a_zone_below_answers_for_itself() {
    let (zone, below) = (name("z."), name("c.z."));
    let mut cache = cache_of(8);
    for (owner, next, types) in [
        ("z.", "c.z.", &[Type::SOA, Type::NS][..]),
        ("c.z.", "z.", &[Type::NS]),
    ] {
        let link = Link::nsec(owner, next, types);
        cache.prove(NOW, &link.proof(&zone));
    }
    let missing = |cache: &mut Proving<NoSha1>, text, rtype| {
        let asked = name(text);
        match cache.lookup(NOW, &asked.as_name(), rtype) {
            Lookup::Negative(denial) => Some((denial.missing(), NameBuf::from(denial.zone()))),
            _ => None,
        }
    };
    assert_eq!(missing(&mut cache, "x.c.z.", Type::A), None);
    assert_eq!(missing(&mut cache, "c.z.", Type::A), None);
    let ds = Missing::Type(Type::DS);
    assert_eq!(missing(&mut cache, "c.z.", Type::DS), Some((ds, zone)));
    let link = Link::nsec("c.z.", "d.c.z.", &[Type::SOA, Type::NS]);
    let kept = cache.prove(NOW, &link.proof(&below));
    assert_eq!(kept, Proved::Kept { ttl: 60 });
    let a = Missing::Type(Type::A);
    assert_eq!(missing(&mut cache, "c.z.", Type::A), Some((a, below)));
    let none = Some((Missing::Name, below));
    assert_eq!(missing(&mut cache, "b.c.z.", Type::A), none);
    assert_eq!(
        missing(&mut cache, "a.z.", Type::A),
        Some((Missing::Name, zone))
    );
}

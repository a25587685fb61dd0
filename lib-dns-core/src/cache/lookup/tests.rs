use super::*;
use crate::cache::{CachedRrset, Missing, Rank, Refusal};
use crate::name::NameBuf;
use crate::policy::NodeId;
use crate::policy::negative::{
    Absence, AuthorityCoverage, NEGATIVE_CACHE_ENTRIES, NegativeMetadata, PartitionId, Presence,
};
use crate::policy::outcome::{SoftFailure, SoftFailures};
use crate::zone::{RrSet, Serial};
use std::vec::Vec;

type Owned = Cache<Vec<PositiveSlot>, Vec<u8>, Vec<NegativeSlot<255>>, Vec<WitnessSlot>, 255>;

const DAY: u64 = 86_400;
const ONE: &[u8] = &[0, 4, 192, 0, 2, 1];
const TWO: &[u8] = &[0, 4, 192, 0, 2, 2];

fn cache_of(positive: usize, octets: usize, negative: usize) -> Owned {
    let storage = Storage {
        positive: std::vec![PositiveSlot::EMPTY; positive],
        octets: std::vec![0; octets],
        negative: std::vec![NegativeSlot::EMPTY; negative],
        witnesses: std::vec![WitnessSlot::EMPTY; 4],
    };
    Cache::new(storage, HashKey([11, 22]), CacheSettings::default())
}

fn cache() -> Owned {
    cache_of(64, 8192, 64)
}

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// Authoritative data of `sovereign.`, signed for a month.
fn signed<'a>(owner: &'a NameBuf, ttl: u32, packed: &'a [u8]) -> NewRrset<'a> {
    NewRrset {
        signature_until: Some(at(30 * DAY)),
        ..plain(owner, ttl, packed)
    }
}

fn plain<'a>(owner: &'a NameBuf, ttl: u32, packed: &'a [u8]) -> NewRrset<'a> {
    const ZONE: &[u8] = b"\x09sovereign\x00";
    NewRrset::new(
        owner.as_name(),
        RrSet::new(Type::A, ttl, packed),
        Rank::AuthoritativeAnswer,
        Name::from_wire(ZONE).unwrap(),
    )
}

const METADATA: NegativeMetadata = NegativeMetadata {
    responding_node: NodeId([7; 32]),
    partition: None,
    coverage: AuthorityCoverage::NONE,
};

/// An opinion on `sovereign.`, whose SOA record allows an hour.
fn opinion<'a>(owner: &'a NameBuf, missing: Missing) -> NewDenial<'a> {
    let zone = Name::from_wire(b"\x09sovereign\x00").unwrap();
    NewDenial {
        name: owner.as_name(),
        class: Class::IN,
        missing,
        zone,
        soa_minimum: 3600,
        soa_ttl: 3600,
        positive_ttl: None,
        bailiwick: zone,
        absence: Absence::Opinion,
        owner: None,
        in_class_a_zone: false,
        metadata: &METADATA,
        source: Source(0),
    }
}

fn hit<'c>(lookup: &Lookup<'c>) -> CachedRrset<'c> {
    match lookup {
        Lookup::Hit(held) => held.first(),
        other => panic!("{other:?}"),
    }
}

fn stale<'c>(lookup: &Lookup<'c>) -> CachedRrset<'c> {
    match lookup {
        Lookup::Stale(held) => held.first(),
        other => panic!("{other:?}"),
    }
}

fn is_miss(lookup: &Lookup<'_>) -> bool {
    matches!(lookup, Lookup::Miss { .. })
}

/// What ended, of a miss.
fn ended(lookup: &Lookup<'_>) -> Option<End> {
    match lookup {
        Lookup::Miss { ended } => *ended,
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_name_type_and_class_in_any_case() {
    let mut cache = cache();
    let (alice, upper, bob) = (
        name("alice.sovereign."),
        name("ALICE.Sovereign."),
        name("bob.sovereign."),
    );
    assert_eq!(
        cache.insert(at(0), &signed(&alice, 300, ONE)),
        Inserted::Kept
    );
    assert_eq!(
        hit(&cache.lookup(at(1), &upper.as_name(), Type::A))
            .rrset()
            .packed(),
        ONE
    );
    assert!(is_miss(&cache.lookup(at(1), &bob.as_name(), Type::A)));
    assert!(is_miss(&cache.lookup(at(1), &alice.as_name(), Type::AAAA)));
    assert!(is_miss(&cache.lookup_in(
        at(1),
        &alice.as_name(),
        Class::CH,
        Type::A
    )));
}

#[test]
fn data_signatures_owner_and_ttl_come_back() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let signature = [0, 3, 9, 9, 9];
    let new = NewRrset {
        signatures: Some(RrSet::new(Type::RRSIG, 300, &signature)),
        owner: Some(&[5; 32]),
        origin: Presence {
            version: Some(Serial(7)),
            signed_at: Some(at(3)),
        },
        soft_failures: SoftFailures::NONE.with(SoftFailure::WeakAlgorithm),
        ..signed(&alice, 300, ONE)
    };
    assert_eq!(cache.insert(at(0), &new), Inserted::Kept);
    let lookup = cache.lookup(at(100), &alice.as_name(), Type::A);
    let held = hit(&lookup);
    assert_eq!(held.rrset(), RrSet::new(Type::A, 200, ONE));
    assert_eq!(
        held.signatures(),
        Some(RrSet::new(Type::RRSIG, 200, &signature))
    );
    assert_eq!(held.owner(), Some(&[5; 32]));
    assert_eq!(held.origin(), new.origin);
    assert_eq!(held.soft_failures(), new.soft_failures);
    assert_eq!(held.name(), alice.as_name());
    assert_eq!(held.rank(), Rank::AuthoritativeAnswer);
    assert!(held.is_signed() && !held.is_stale() && !held.is_contested());
}

#[test]
fn an_alias_answers_for_every_type() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let alias = NewRrset {
        rrset: RrSet::new(Type::CNAME, 300, &[0, 1, 0]),
        ..signed(&alice, 300, ONE)
    };
    assert_eq!(cache.insert(at(0), &alias), Inserted::Kept);
    assert_eq!(
        hit(&cache.lookup(at(1), &alice.as_name(), Type::TXT)).rtype(),
        Type::CNAME
    );
}

#[test]
fn rfc_2181_8_ttl_of_zero_or_with_the_highest_bit_is_not_cached() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    for ttl in [0, 0x8000_0000, u32::MAX] {
        assert_eq!(
            cache.insert(at(0), &signed(&alice, ttl, ONE)),
            Inserted::Refused(Refusal::NotForCaching)
        );
    }
    assert!(is_miss(&cache.lookup(at(0), &alice.as_name(), Type::A)));
}

#[test]
fn ttls_are_clamped() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    cache.insert(at(0), &signed(&alice, 0x7fff_ffff, ONE));
    assert_eq!(
        hit(&cache.lookup(at(0), &alice.as_name(), Type::A)).ttl(),
        86_400
    );
    // And by the end of the signature.
    let short = NewRrset {
        signature_until: Some(at(50)),
        ..signed(&alice, 300, ONE)
    };
    cache.insert(at(0), &short);
    assert_eq!(
        hit(&cache.lookup(at(0), &alice.as_name(), Type::A)).ttl(),
        50
    );
}

#[test]
fn rfc_2181_5_4_1_worse_data_does_not_replace_better() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let glue = NewRrset {
        rank: Rank::Additional,
        ..plain(&alice, 600, TWO)
    };
    assert_eq!(
        cache.insert(at(0), &plain(&alice, 300, ONE)),
        Inserted::Kept
    );
    assert_eq!(
        cache.insert(at(1), &glue),
        Inserted::Refused(Refusal::LowerRank)
    );
    assert_eq!(
        hit(&cache.lookup(at(2), &alice.as_name(), Type::A))
            .rrset()
            .packed(),
        ONE
    );
    // What has ended protects nothing.
    assert_eq!(cache.insert(at(300), &glue), Inserted::Kept);
    assert_eq!(
        cache.insert(at(301), &plain(&alice, 300, ONE)),
        Inserted::Kept
    );
}

#[test]
fn rule_11_2_c_a_valid_signature_wins() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    assert_eq!(
        cache.insert(at(0), &plain(&alice, 300, TWO)),
        Inserted::Kept
    );
    let low = NewRrset {
        rank: Rank::Additional,
        ..signed(&alice, 300, ONE)
    };
    assert_eq!(cache.insert(at(0), &low), Inserted::Kept);
    assert_eq!(
        cache.insert(at(0), &plain(&alice, 300, TWO)),
        Inserted::Refused(Refusal::NotSigned)
    );
    // Stale data with a signature is still better than data without.
    assert_eq!(
        cache.insert(at(1000), &plain(&alice, 300, TWO)),
        Inserted::Refused(Refusal::NotSigned)
    );
}

#[test]
fn rule_11_1_1_an_older_version_does_not_replace_a_newer() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let of_version = |version, packed| NewRrset {
        origin: Presence {
            version: Some(Serial(version)),
            signed_at: None,
        },
        ..signed(&alice, 300, packed)
    };
    assert_eq!(
        cache.insert(at(0), &of_version(0xffff_ffff, ONE)),
        Inserted::Kept
    );
    assert_eq!(cache.insert(at(0), &of_version(2, TWO)), Inserted::Kept);
    let older = of_version(0xffff_ffff, ONE);
    assert_eq!(
        cache.insert(at(0), &older),
        Inserted::Refused(Refusal::OlderVersion)
    );
}

#[test]
fn a_server_is_believed_about_its_own_zone_only() {
    let mut cache = cache();
    let outside = name("alice.elsewhere.");
    assert_eq!(
        cache.insert(at(0), &signed(&outside, 300, ONE)),
        Inserted::Refused(Refusal::OutOfBailiwick)
    );
    assert_eq!(
        cache.deny(at(0), &opinion(&outside, Missing::Name)),
        Denied::OutOfBailiwick
    );
    let alice = name("alice.sovereign.");
    let above = NewDenial {
        zone: Name::ROOT,
        ..opinion(&alice, Missing::Name)
    };
    assert_eq!(cache.deny(at(0), &above), Denied::OutOfBailiwick);
}

#[test]
fn rule_11_2_b_both_claims_are_kept_and_flagged() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let claim = |owner, packed| NewRrset {
        owner: Some(owner),
        ..signed(&alice, 3600, packed)
    };
    assert_eq!(cache.insert(at(0), &claim(&[1; 32], ONE)), Inserted::Kept);
    assert_eq!(
        cache.insert(at(10), &claim(&[2; 32], TWO)),
        Inserted::Disputed { claims: 2 }
    );
    {
        let lookup = cache.lookup(at(10), &alice.as_name(), Type::A);
        let Lookup::Hit(held) = lookup else {
            panic!("{lookup:?}")
        };
        assert!(held.is_disputed());
        assert!(held.soft_failures().contains(SoftFailure::Disputed));
        let claims: Vec<_> = held
            .claims()
            .map(|claim| (claim.rrset().packed(), claim.ttl()))
            .collect();
        assert_eq!(claims.len(), 2);
        assert!(claims.contains(&(ONE, 60)) && claims.contains(&(TWO, 60)));
    }
    // Each owner replaces its own claim; who proves nothing replaces none.
    assert_eq!(
        cache.insert(at(20), &claim(&[1; 32], TWO)),
        Inserted::Disputed { claims: 2 }
    );
    assert_eq!(
        cache.insert(at(20), &signed(&alice, 300, ONE)),
        Inserted::Refused(Refusal::NotSigned)
    );
    for (owner, claims) in &[([3; 32], 3), ([4; 32], 4)] {
        let inserted = cache.insert(at(20), &claim(owner, ONE));
        assert_eq!(inserted, Inserted::Disputed { claims: *claims });
    }
    assert_eq!(
        cache.insert(at(20), &claim(&[9; 32], ONE)),
        Inserted::Refused(Refusal::TooManyClaims)
    );
}

#[test]
fn rule_11_2_claims_are_never_dropped_by_halves() {
    // One set, which other names fill again and again.
    let mut cache = cache_of(8, 600, 8);
    let alice = name("alice.sovereign.");
    let claim = |owner, packed| NewRrset {
        owner: Some(owner),
        ..signed(&alice, 3600, packed)
    };
    for round in 0..200_u64 {
        cache.insert(at(round), &claim(&[1; 32], ONE));
        cache.insert(at(round), &claim(&[2; 32], TWO));
        for number in 0..round % 11 {
            let other = name(&std::format!("n{number}.sovereign."));
            cache.insert(at(round), &signed(&other, 300, &[0; 40]));
        }
        match cache.lookup(at(round), &alice.as_name(), Type::A) {
            Lookup::Hit(held) => {
                // Alone it can only stand if it came alone, and then it is flagged all the same.
                assert!(held.claims().count() == 2 || held.is_disputed());
            }
            Lookup::Miss { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The data of the claims that a cache holds of a name, and whether all of them are contested.
fn claimed(cache: &mut Owned, now: Timestamp, owner: &NameBuf) -> (Vec<Vec<u8>>, bool) {
    match cache.lookup(now, &owner.as_name(), Type::A) {
        Lookup::Hit(held) => {
            let data = held.claims().map(|claim| claim.rrset().packed().to_vec());
            let is_contested = held.claims().all(|claim| claim.is_contested());
            (data.collect(), is_contested)
        }
        _ => (Vec::new(), false),
    }
}

#[test]
fn rule_11_2_b_one_owners_deletion_removes_no_other_claim() {
    let alice = name("alice.sovereign.");
    let (one, two) = ([1; 32], [2; 32]);
    let disputed = || {
        let mut cache = cache();
        for (owner, packed) in [(&one, ONE), (&two, TWO)] {
            let claim = NewRrset {
                owner: Some(owner),
                ..signed(&alice, 3600, packed)
            };
            cache.insert(at(0), &claim);
        }
        cache
    };
    let undisputed = || {
        let mut cache = cache();
        let claim = NewRrset {
            owner: Some(&one),
            ..signed(&alice, 3600, ONE)
        };
        cache.insert(at(0), &claim);
        cache
    };
    for missing in [Missing::Name, Missing::Type(Type::A)] {
        let deletion = |owner| NewDenial {
            absence: Absence::Deleted { at: at(9) },
            owner,
            ..opinion(&alice, missing)
        };
        // Whoever signed it may be one of them: it is an opinion to both.
        let mut cache = disputed();
        assert_eq!(cache.deny(at(10), &deletion(None)), Denied::Contested);
        let (mut claims, is_contested) = claimed(&mut cache, at(10), &alice);
        claims.sort();
        assert_eq!(
            (claims, is_contested),
            (std::vec![ONE.into(), TWO.into()], true)
        );
        // An owner's own claim goes, and only that.
        let mut cache = disputed();
        assert_eq!(cache.deny(at(10), &deletion(Some(&one))), Denied::Contested);
        let left = claimed(&mut cache, at(10), &alice);
        assert_eq!(left, (std::vec![TWO.into()], true));
        // It stays a dispute for whoever does not say who he is.
        assert_eq!(cache.deny(at(11), &deletion(None)), Denied::Contested);
        assert_eq!(
            cache.deny(at(11), &deletion(Some(&two))),
            Denied::Kept { ttl: 60 }
        );
        // Nor does a stranger remove what nobody disputes; its owner does.
        let mut cache = undisputed();
        assert_eq!(cache.deny(at(10), &deletion(Some(&two))), Denied::Contested);
        assert_eq!(
            cache.deny(at(10), &deletion(Some(&one))),
            Denied::Kept { ttl: 60 }
        );
        // What the zone proves counts against all.
        let mut cache = disputed();
        let revoked = NewDenial {
            absence: Absence::Revoked,
            ..opinion(&alice, missing)
        };
        assert_eq!(cache.deny(at(10), &revoked), Denied::Kept { ttl: 60 });
    }
}

#[test]
fn rule_11_3_signed_data_is_served_stale_for_seven_days() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    cache.insert(at(0), &signed(&alice, 300, ONE));
    {
        let lookup = cache.lookup(at(300), &alice.as_name(), Type::A);
        let held = stale(&lookup);
        assert_eq!(held.ttl(), 30);
        assert!(held.soft_failures().contains(SoftFailure::StaleData));
    }
    stale(&cache.lookup(at(7 * DAY + 299), &alice.as_name(), Type::A));
    let lookup = cache.lookup(at(7 * DAY + 300), &alice.as_name(), Type::A);
    assert_eq!(ended(&lookup), Some(End::Age));
}

#[test]
fn note_19_a_doubtful_clock_serves_past_the_signature() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let new = NewRrset {
        signature_until: Some(at(DAY)),
        ..signed(&alice, 300, ONE)
    };
    cache.insert(at(0), &new);
    assert_eq!(
        ended(&cache.lookup(at(DAY), &alice.as_name(), Type::A)),
        Some(End::Signature)
    );
    cache.settings_mut().clock_is_doubtful = true;
    let lookup = cache.lookup(at(DAY), &alice.as_name(), Type::A);
    assert!(
        stale(&lookup)
            .soft_failures()
            .contains(SoftFailure::ExpiredByDoubtfulClock)
    );
}

/// "Ghost domain names": a delegation that the parent withdrew does not live on by what the child says.
#[test]
fn a_child_cannot_prolong_its_delegation() {
    let mut cache = cache();
    let zone = name("sovereign.");
    let child = name("evil.sovereign.");
    let host = name("www.evil.sovereign.");
    let ns = RrSet::new(Type::NS, 600, &[0, 1, 0]);
    let referral = NewRrset {
        is_delegation: true,
        ..NewRrset::new(child.as_name(), ns, Rank::Additional, zone.as_name())
    };
    assert_eq!(cache.insert(at(0), &referral), Inserted::Kept);
    // The child says its own NS records with a long TTL, again and again.
    let own_ns = RrSet::new(Type::NS, 86_400, &[0, 1, 0]);
    let own = NewRrset {
        signature_until: Some(at(30 * DAY)),
        ..NewRrset::new(
            child.as_name(),
            own_ns,
            Rank::AuthoritativeAnswer,
            child.as_name(),
        )
    };
    for second in [1, 100, 580] {
        assert_eq!(cache.insert(at(second), &own), Inserted::Kept);
        let left = hit(&cache.lookup(at(second), &child.as_name(), Type::NS)).ttl();
        assert_eq!(u64::from(left), 600 - second);
    }
    let below = NewRrset {
        bailiwick: child.as_name(),
        ..signed(&host, 86_400, ONE)
    };
    assert_eq!(cache.insert(at(590), &below), Inserted::Kept);
    assert_eq!(
        hit(&cache.lookup(at(590), &host.as_name(), Type::A)).ttl(),
        10
    );
    // At the end of the lease all of it ends, stale service included.
    for at_end in [600, 601, 5000] {
        assert_eq!(
            ended(&cache.lookup(at(at_end), &host.as_name(), Type::A)),
            Some(End::Lease)
        );
        assert_eq!(
            ended(&cache.lookup(at(at_end), &child.as_name(), Type::NS)),
            Some(End::Lease)
        );
        assert_eq!(
            cache.insert(at(at_end), &own),
            Inserted::Refused(Refusal::NotForCaching)
        );
        assert_eq!(
            cache.insert(at(at_end), &below),
            Inserted::Refused(Refusal::NotForCaching)
        );
    }
    // The parent delegates anew.
    assert_eq!(cache.insert(at(5000), &referral), Inserted::Kept);
    assert_eq!(cache.insert(at(5000), &below), Inserted::Kept);
    assert_eq!(
        hit(&cache.lookup(at(5000), &host.as_name(), Type::A)).ttl(),
        600
    );
}

#[test]
fn the_parent_renews_a_lease_also_where_the_childs_data_stays() {
    let mut cache = cache();
    let (zone, child) = (name("sovereign."), name("sub.sovereign."));
    let ns = |ttl| RrSet::new(Type::NS, ttl, &[0, 1, 0]);
    let referral = |ttl| NewRrset {
        is_delegation: true,
        ..NewRrset::new(child.as_name(), ns(ttl), Rank::Additional, zone.as_name())
    };
    let own = NewRrset::new(
        child.as_name(),
        ns(9000),
        Rank::AuthoritativeAnswer,
        child.as_name(),
    );
    cache.insert(at(0), &referral(600));
    cache.insert(at(0), &own);
    assert_eq!(
        cache.insert(at(500), &referral(600)),
        Inserted::Refused(Refusal::LowerRank)
    );
    assert_eq!(cache.insert(at(500), &own), Inserted::Kept);
    assert_eq!(
        hit(&cache.lookup(at(500), &child.as_name(), Type::NS)).ttl(),
        600
    );
    // DS records belong to the parent, and are bound by what is above.
    let ds = NewRrset::new(
        child.as_name(),
        RrSet::new(Type::DS, 9000, &[0, 0]),
        Rank::AuthoritativeAnswer,
        zone.as_name(),
    );
    cache.insert(at(500), &ds);
    assert_eq!(
        hit(&cache.lookup(at(500), &child.as_name(), Type::DS)).ttl(),
        9000
    );
}

#[test]
fn rule_12_2_1_negative_answers_live_for_60_seconds_at_most() {
    let mut cache = cache();
    let bob = name("bob.sovereign.");
    assert_eq!(
        cache.deny(at(100), &opinion(&bob, Missing::Name)),
        Denied::Kept { ttl: 60 }
    );
    assert!(matches!(
        cache.lookup(at(159), &bob.as_name(), Type::A),
        Lookup::Negative(_)
    ));
    assert!(is_miss(&cache.lookup(at(160), &bob.as_name(), Type::A)));
    let none = NewDenial {
        positive_ttl: Some(9),
        ..opinion(&bob, Missing::Name)
    };
    assert_eq!(cache.deny(at(200), &none), Denied::NotForCaching);
}

#[test]
fn rfc_2308_nodata_is_not_nxdomain() {
    let mut cache = cache();
    let (alice, bob) = (name("alice.sovereign."), name("bob.sovereign."));
    cache.deny(at(0), &opinion(&alice, Missing::Type(Type::AAAA)));
    cache.deny(at(0), &opinion(&bob, Missing::Name));
    let missing = |lookup: &Lookup<'_>| match lookup {
        Lookup::Negative(denial) => Some(denial.missing()),
        _ => None,
    };
    let aaaa = cache.lookup(at(1), &alice.as_name(), Type::AAAA);
    assert_eq!(missing(&aaaa), Some(Missing::Type(Type::AAAA)));
    assert_eq!(
        missing(&cache.lookup(at(1), &alice.as_name(), Type::A)),
        None
    );
    assert_eq!(
        missing(&cache.lookup(at(1), &bob.as_name(), Type::A)),
        Some(Missing::Name)
    );
}

#[test]
fn rule_12_2_3_what_flushes_negative_answers() {
    let (alice, other) = (name("alice.sovereign."), name("bob.sub.sovereign."));
    let sub = name("sub.sovereign.");
    let filled = || {
        let mut cache = cache();
        cache.deny(at(0), &opinion(&alice, Missing::Name));
        let below = NewDenial {
            zone: sub.as_name(),
            ..opinion(&other, Missing::Name)
        };
        cache.deny(at(0), &below);
        assert_eq!(cache.negative_len(at(0)), 2);
        cache
    };
    let mut cache = filled();
    cache.topology_changed();
    assert_eq!(cache.negative_len(at(0)), 0);
    let mut cache = filled();
    cache.peer_discovered();
    assert_eq!(cache.negative_len(at(0)), 0);
    // A zone's update flushes that zone, and no zone below it.
    let mut cache = filled();
    cache.zone_updated(&name("SOVEREIGN.").as_name());
    assert!(is_miss(&cache.lookup(at(0), &alice.as_name(), Type::A)));
    assert!(matches!(
        cache.lookup(at(0), &other.as_name(), Type::A),
        Lookup::Negative(_)
    ));
}

#[test]
fn note_12_a_revocation_outlives_the_present_view_and_60_seconds_no_more_than_others() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let revoked = NewDenial {
        absence: Absence::Revoked,
        ..opinion(&alice, Missing::Name)
    };
    cache.insert(at(0), &signed(&alice, 300, ONE));
    assert_eq!(cache.deny(at(0), &revoked), Denied::Kept { ttl: 60 });
    cache.topology_changed();
    assert!(matches!(
        cache.lookup(at(59), &alice.as_name(), Type::A),
        Lookup::Negative(_)
    ));
    assert!(is_miss(&cache.lookup(at(60), &alice.as_name(), Type::A)));
}

#[test]
fn rule_12_2_4_metadata_comes_with_the_answer() {
    let mut cache = cache();
    let bob = name("bob.sovereign.");
    let metadata = NegativeMetadata {
        responding_node: NodeId([9; 32]),
        partition: PartitionId::new(b"east"),
        coverage: AuthorityCoverage::new(2, 3).unwrap(),
    };
    let new = NewDenial {
        metadata: &metadata,
        ..opinion(&bob, Missing::Name)
    };
    cache.deny(at(0), &new);
    let Lookup::Negative(denial) = cache.lookup(at(1), &bob.as_name(), Type::A) else {
        panic!("it is remembered");
    };
    assert_eq!(denial.metadata(), metadata);
    assert_eq!(denial.ttl(), 59);
    assert_eq!(denial.zone(), name("sovereign.").as_name());
    assert!(!denial.is_signed() && !denial.is_synthesized());
}

#[test]
fn rule_12_2_4_no_answer_names_the_wrong_node() {
    // Four places for witnesses, and seven nodes that speak in turn.
    let mut cache = cache();
    for round in 0..50_u8 {
        let metadata = NegativeMetadata {
            responding_node: NodeId([round % 7; 32]),
            ..METADATA
        };
        let owner = name(&std::format!("n{round}.sovereign."));
        let new = NewDenial {
            metadata: &metadata,
            ..opinion(&owner, Missing::Name)
        };
        cache.deny(at(0), &new);
        for past in 0..=round {
            let owner = name(&std::format!("n{past}.sovereign."));
            if let Lookup::Negative(denial) = cache.lookup(at(0), &owner.as_name(), Type::A) {
                assert_eq!(denial.metadata().responding_node, NodeId([past % 7; 32]));
            }
        }
    }
}

#[test]
fn rule_12_2_5_absence_never_overwrites_presence() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    cache.insert(at(0), &signed(&alice, 3600, ONE));
    assert_eq!(
        cache.deny(at(10), &opinion(&alice, Missing::Name)),
        Denied::Contested
    );
    {
        let lookup = cache.lookup(at(10), &alice.as_name(), Type::A);
        let held = hit(&lookup);
        assert_eq!(held.rrset(), RrSet::new(Type::A, 60, ONE));
        assert!(held.soft_failures().contains(SoftFailure::Contested));
    }
    // Another opinion neither prolongs nor shortens it.
    assert_eq!(
        cache.deny(at(40), &opinion(&alice, Missing::Type(Type::A))),
        Denied::Contested
    );
    assert_eq!(
        hit(&cache.lookup(at(40), &alice.as_name(), Type::A)).ttl(),
        30
    );
    assert_eq!(
        cache.insert(at(50), &signed(&alice, 3600, ONE)),
        Inserted::Confirmed
    );
    let lookup = cache.lookup(at(50), &alice.as_name(), Type::A);
    assert_eq!(hit(&lookup).ttl(), 3600);
    assert!(!hit(&lookup).is_contested());
}

#[test]
fn note_16_contested_records_are_asked_for_three_times_and_end() {
    let mut cache = cache();
    let (alice, bob) = (name("alice.sovereign."), name("bob.sovereign."));
    cache.insert(at(0), &signed(&alice, 3600, ONE));
    cache.insert(at(0), &signed(&bob, 3600, ONE));
    assert_eq!(cache.next_deadline(), None);
    cache.deny(at(0), &opinion(&alice, Missing::Name));
    let mut asked = Vec::new();
    for second in 0..1000 {
        while let Some(requery) = cache.poll(at(second)) {
            assert_eq!((requery.name, requery.rtype), (alice.as_name(), Type::A));
            asked.push(second);
        }
        assert!(cache.next_deadline().is_none_or(|next| next > at(second)));
    }
    assert_eq!(asked, [10, 30, 70]);
    assert_eq!(cache.next_deadline(), None);
    hit(&cache.lookup(at(1000), &bob.as_name(), Type::A));
    assert_eq!(
        ended(&cache.lookup(at(1000), &alice.as_name(), Type::A)),
        Some(End::Contest)
    );
    // Now absence may be remembered.
    assert_eq!(
        cache.deny(at(1000), &opinion(&alice, Missing::Name)),
        Denied::Kept { ttl: 60 }
    );
}

#[test]
fn note_16_a_denial_of_a_newer_version_removes() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let held = NewRrset {
        origin: Presence {
            version: Some(Serial(7)),
            signed_at: None,
        },
        ..signed(&alice, 3600, ONE)
    };
    cache.insert(at(0), &held);
    let denied = |version| NewDenial {
        absence: Absence::Denied {
            version: Serial(version),
        },
        ..opinion(&alice, Missing::Name)
    };
    assert_eq!(cache.deny(at(1), &denied(6)), Denied::Outdated);
    assert_eq!(cache.deny(at(1), &denied(7)), Denied::Contested);
    assert_eq!(cache.deny(at(1), &denied(8)), Denied::Kept { ttl: 60 });
    assert!(matches!(
        cache.lookup(at(1), &alice.as_name(), Type::A),
        Lookup::Negative(_)
    ));
}

#[test]
fn what_is_found_clears_what_denied_it() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    cache.deny(at(0), &opinion(&alice, Missing::Name));
    cache.deny(at(0), &opinion(&alice, Missing::Type(Type::A)));
    cache.insert(at(1), &signed(&alice, 5, ONE));
    cache.settings_mut().stale.max_stale = 0;
    assert_eq!(
        ended(&cache.lookup(at(10), &alice.as_name(), Type::A)),
        Some(End::Age)
    );
    assert!(is_miss(&cache.lookup(at(10), &alice.as_name(), Type::AAAA)));
}

#[test]
fn rfc_8020_cuts_only_where_they_may() {
    let (mid, deep) = (name("a.sovereign."), name("x.y.a.sovereign."));
    let denied = Absence::Denied { version: Serial(1) };
    for (absence, in_class_a_zone, cuts) in [
        (Absence::Opinion, false, false),
        (Absence::Opinion, true, true),
        (denied, false, true),
    ] {
        let mut cache = cache();
        let new = NewDenial {
            absence,
            in_class_a_zone,
            ..opinion(&mid, Missing::Name)
        };
        cache.deny(at(0), &new);
        match cache.lookup(at(1), &deep.as_name(), Type::A) {
            Lookup::Negative(denial) => {
                assert!(cuts && denial.is_synthesized());
                assert_eq!(denial.missing(), Missing::Name);
            }
            other => assert!(!cuts && is_miss(&other)),
        }
        assert!(is_miss(&cache.lookup(at(60), &deep.as_name(), Type::A)));
    }
    // NODATA cuts nothing.
    let mut cache = cache();
    let new = NewDenial {
        absence: denied,
        ..opinion(&mid, Missing::Type(Type::A))
    };
    cache.deny(at(0), &new);
    assert!(is_miss(&cache.lookup(at(1), &deep.as_name(), Type::A)));
}

#[test]
fn note_18_a_cut_holds_within_one_version_and_never_hides_what_is_found() {
    let (mid, deep, beside) = (
        name("a.sovereign."),
        name("x.a.sovereign."),
        name("b.sovereign."),
    );
    let filled = || {
        let mut cache = cache();
        let new = NewDenial {
            absence: Absence::Denied { version: Serial(1) },
            ..opinion(&mid, Missing::Name)
        };
        cache.deny(at(0), &new);
        cache
    };
    let of_version = |owner, version| NewRrset {
        origin: Presence {
            version: Some(Serial(version)),
            signed_at: None,
        },
        ..signed(owner, 300, ONE)
    };
    // Another name of the same version says nothing, one of another version ends the cut.
    let mut cache = filled();
    cache.insert(at(0), &of_version(&beside, 1));
    assert!(matches!(
        cache.lookup(at(0), &deep.as_name(), Type::A),
        Lookup::Negative(_)
    ));
    cache.insert(at(0), &of_version(&beside, 2));
    assert!(is_miss(&cache.lookup(at(0), &deep.as_name(), Type::A)));
    // What is found below the cut shows that the cut is wrong.
    let mut cache = filled();
    cache.insert(at(0), &of_version(&deep, 1));
    hit(&cache.lookup(at(0), &deep.as_name(), Type::A));
    assert!(is_miss(&cache.lookup(at(0), &mid.as_name(), Type::A)));
}

#[test]
fn rfc_9520_failures_are_remembered_for_longer_and_longer() {
    let mut cache = cache();
    let alice = name("alice.sovereign.");
    let mut now = 0;
    for ttl in [5, 10, 20, 40, 60, 60] {
        assert_eq!(
            cache.fail(at(now), &alice.as_name(), Class::IN, Type::A, Source(0)),
            Some(ttl)
        );
        let Lookup::Failed { ttl: left } = cache.lookup(at(now), &alice.as_name(), Type::A) else {
            panic!("it is remembered");
        };
        // Ends are kept in units of 64 ms.
        assert!(left == ttl || left + 1 == ttl);
        assert!(is_miss(&cache.lookup(at(now), &alice.as_name(), Type::TXT)));
        now += u64::from(ttl);
        assert!(is_miss(&cache.lookup(at(now), &alice.as_name(), Type::A)));
    }
    // A failure is no absence: it hides nothing that is held.
    cache.insert(at(now), &signed(&alice, 300, ONE));
    cache.fail(at(now), &alice.as_name(), Class::IN, Type::A, Source(0));
    hit(&cache.lookup(at(now), &alice.as_name(), Type::A));
}

#[test]
fn rule_12_2_2_the_least_recently_used_makes_room() {
    // One set of eight.
    let mut cache = cache_of(8, 4096, 8);
    let names: Vec<_> = (0..9)
        .map(|number| name(&std::format!("n{number}.sovereign.")))
        .collect();
    for name in &names[..8] {
        cache.insert(at(0), &signed(name, 300, ONE));
        cache.deny(
            at(0),
            &opinion(
                &NameBuf::from_text(&std::format!("x{name}")).unwrap(),
                Missing::Name,
            ),
        );
    }
    for name in &names[1..8] {
        hit(&cache.lookup(at(1), &name.as_name(), Type::A));
    }
    cache.insert(at(1), &signed(&names[8], 300, ONE));
    assert!(is_miss(&cache.lookup(at(1), &names[0].as_name(), Type::A)));
    for name in &names[1..] {
        hit(&cache.lookup(at(1), &name.as_name(), Type::A));
    }
    assert_eq!(cache.positive_len(), 8);
    assert_eq!(cache.negative_len(at(1)), 8);
    let more = name("more.sovereign.");
    cache.lookup(at(1), &name("xn0.sovereign.").as_name(), Type::A);
    cache.deny(at(1), &opinion(&more, Missing::Name));
    assert_eq!(cache.negative_len(at(1)), 8);
    assert!(matches!(
        cache.lookup(at(1), &name("xn0.sovereign.").as_name(), Type::A),
        Lookup::Negative(_)
    ));
    assert!(is_miss(&cache.lookup(
        at(1),
        &name("xn1.sovereign.").as_name(),
        Type::A
    )));
}

#[test]
fn note_20_one_source_cannot_flush_what_others_asked() {
    let mut cache = cache_of(8, 4096, 1000);
    let kept = |cache: &mut Owned| {
        (0..400)
            .map(|number| name(&std::format!("honest{number}.sovereign.")))
            .filter(|name| {
                matches!(
                    cache.lookup(at(1), &name.as_name(), Type::A),
                    Lookup::Negative(_)
                )
            })
            .count()
    };
    for number in 0..400 {
        let owner = name(&std::format!("honest{number}.sovereign."));
        let new = NewDenial {
            source: Source(1),
            ..opinion(&owner, Missing::Name)
        };
        cache.deny(at(0), &new);
    }
    let before = kept(&mut cache);
    assert!(before > 390);
    for number in 0..50_000 {
        let owner = name(&std::format!("sweep{number}.sovereign."));
        let new = NewDenial {
            source: Source(2),
            ..opinion(&owner, Missing::Name)
        };
        assert_eq!(cache.deny(at(1), &new), Denied::Kept { ttl: 60 });
    }
    // 400 names stand in 125 sets of eight. Only where there are more than four did they give way, down to four.
    let after = kept(&mut cache);
    assert!(after >= before * 8 / 10, "{after} of {before}");
    assert_eq!(cache.negative_len(at(1)), 1000);
}

#[test]
fn names_that_are_too_long_for_the_slots_are_not_kept() {
    let storage = Storage {
        positive: [PositiveSlot::EMPTY; 8],
        octets: [0; 64],
        negative: [NegativeSlot::<16>::EMPTY; 8],
        witnesses: [WitnessSlot::EMPTY; 1],
    };
    let mut cache = Cache::new(storage, HashKey([1, 2]), CacheSettings::default());
    let alice = name("alice.sovereign.");
    assert_eq!(
        cache.deny(at(0), &opinion(&alice, Missing::Name)),
        Denied::NotForCaching
    );
    assert_eq!(
        cache.fail(at(0), &alice.as_name(), Class::IN, Type::A, Source(0)),
        None
    );
    let long = [0; 64];
    assert_eq!(
        cache.insert(at(0), &signed(&alice, 300, &long)),
        Inserted::Refused(Refusal::TooLong)
    );
    // A refusal costs nothing that is held.
    assert_eq!(
        cache.insert(at(0), &signed(&alice, 300, ONE)),
        Inserted::Kept
    );
    cache.insert(at(0), &signed(&alice, 300, &long));
    hit(&cache.lookup(at(0), &alice.as_name(), Type::A));
}

#[test]
fn without_slots_everything_misses() {
    let storage = Storage {
        positive: [],
        octets: [],
        negative: [NegativeSlot::<32>::EMPTY; 0],
        witnesses: [],
    };
    let mut cache = Cache::new(storage, HashKey([1, 2]), CacheSettings::default());
    let alice = name("alice.sovereign.");
    assert!(matches!(
        cache.insert(at(0), &signed(&alice, 300, ONE)),
        Inserted::Refused(_)
    ));
    assert_eq!(
        cache.deny(at(0), &opinion(&alice, Missing::Name)),
        Denied::NotForCaching
    );
    assert!(is_miss(&cache.lookup(at(0), &alice.as_name(), Type::A)));
    assert_eq!(cache.poll(at(0)), None);
}

#[test]
fn a_clock_that_is_set_back_prolongs_nothing() {
    let mut cache = cache();
    let (alice, bob) = (name("alice.sovereign."), name("bob.sovereign."));
    cache.insert(at(10_000), &signed(&alice, 300, ONE));
    cache.deny(at(10_000), &opinion(&bob, Missing::Name));
    // A second or less is no more than a thread that is late.
    assert_eq!(
        hit(&cache.lookup(at(9_999), &alice.as_name(), Type::A)).ttl(),
        300
    );
    assert!(matches!(
        cache.lookup(at(9_999), &bob.as_name(), Type::A),
        Lookup::Negative(_)
    ));
    // Back by an hour: 100 seconds of life have passed, and 200 are left.
    cache.lookup(at(10_100), &alice.as_name(), Type::A);
    assert_eq!(
        hit(&cache.lookup(at(6_500), &alice.as_name(), Type::A)).ttl(),
        200
    );
    assert!(is_miss(&cache.lookup(at(6_500), &bob.as_name(), Type::A)));
    assert_eq!(
        hit(&cache.lookup(at(6_699), &alice.as_name(), Type::A)).ttl(),
        1
    );
    stale(&cache.lookup(at(6_700), &alice.as_name(), Type::A));
}

#[test]
fn an_operator_forgets_a_tree() {
    let mut cache = cache();
    let (alice, below, bob) = (
        name("alice.sovereign."),
        name("x.alice.sovereign."),
        name("bob.sovereign."),
    );
    for owner in [&alice, &below, &bob] {
        cache.insert(at(0), &signed(owner, 300, ONE));
    }
    cache.deny(at(0), &opinion(&name("y.alice.sovereign."), Missing::Name));
    cache.forget_tree(&alice.as_name());
    assert_eq!((cache.positive_len(), cache.negative_len(at(0))), (1, 0));
    hit(&cache.lookup(at(0), &bob.as_name(), Type::A));
    cache.clear();
    assert_eq!(cache.positive_len(), 0);
}

#[test]
fn rule_12_2_2_a_thousand_short_negative_answers_fit_64_kib() {
    assert_eq!(NEGATIVE_CACHE_ENTRIES, 1000);
    let slots = size_of::<[NegativeSlot<32>; NEGATIVE_CACHE_ENTRIES]>();
    let witnesses = size_of::<[WitnessSlot; 16]>();
    type Bare = Cache<[PositiveSlot; 0], [u8; 0], [NegativeSlot<32>; 0], [WitnessSlot; 0], 32>;
    let own = size_of::<Bare>();
    assert!(
        slots + witnesses + own <= 65_536,
        "{slots} + {witnesses} + {own}"
    );
}

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::vec::Vec;

const NOW: u64 = 1_768_608_000;
const SETTINGS: MergeSettings = MergeSettings {
    max_life: 1000,
    clock_skew: 60,
};

fn version(owner: u8, signed: u64, digest: u8) -> Version {
    Version {
        owner: OwnerId([owner; 32]),
        signed,
        expires: signed + 500,
        content: match digest {
            0 => Content::Deleted,
            digest => Content::Present([digest; 32]),
        },
    }
}

fn claims(versions: &[Version]) -> Claims<[Option<Version>; 4]> {
    let mut claims = Claims::new([None; 4]);
    for version in versions {
        let _ = claims.merge(*version);
    }
    claims
}

#[test]
fn rule_7_2_1_the_later_signature_of_one_owner_wins() {
    let (old, new) = (version(1, NOW - 1, 1), version(1, NOW, 2));
    let mut here = claims(&[old]);
    assert_eq!(here.merge(new), Merged::Replaces(old, Rule::Timestamp));
    assert_eq!(here.merge(old), Merged::Superseded(Rule::Timestamp));
    assert_eq!(here.merge(new), Merged::Known);
    assert_eq!(here.iter().collect::<Vec<_>>(), [&new]);
}

#[test]
fn in_one_second_the_lower_digest_wins_and_presence_stays() {
    let (low, high, gone) = (version(1, NOW, 1), version(1, NOW, 2), version(1, NOW, 0));
    let mut here = claims(&[gone]);
    assert_eq!(here.merge(high), Merged::Replaces(gone, Rule::Digest));
    assert_eq!(here.merge(low), Merged::Replaces(high, Rule::Digest));
    assert_eq!(here.merge(gone), Merged::Superseded(Rule::Digest));
}

#[test]
fn rule_7_2_3_of_two_owners_both_are_kept_and_contested() {
    let (alice, mallory) = (version(1, NOW, 1), version(2, NOW - 9, 2));
    let mut here = claims(&[mallory, alice]);
    assert!(here.is_contested(NOW, SETTINGS));
    assert_eq!(here.served(NOW, SETTINGS).count(), 2);
    assert_eq!(here.ttl(3600, NOW, SETTINGS), 60);
    assert_eq!(here.ttl(5, NOW, SETTINGS), 5);
    // It is settled when one of them gives up.
    assert!(matches!(
        here.merge(version(2, NOW, 0)),
        Merged::Replaces(..)
    ));
    assert!(!here.is_contested(NOW, SETTINGS));
    assert_eq!(here.ttl(3600, NOW, SETTINGS), 3600);
    assert_eq!(here.served(NOW, SETTINGS).collect::<Vec<_>>(), [&alice]);
}

#[test]
fn rule_7_2_4_what_has_expired_is_not_served() {
    let here = claims(&[version(1, NOW, 1)]);
    assert_eq!(here.served(NOW + 500, SETTINGS).count(), 1);
    assert_eq!(here.served(NOW + 501, SETTINGS).count(), 0);
}

#[test]
fn a_deletion_lives_as_long_as_what_it_deletes_might() {
    let deletion = version(1, NOW, 0);
    let mut deleted = version(1, NOW - 1, 1);
    deleted.expires = u64::MAX;
    let mut here = claims(&[deleted, deletion]);
    assert_eq!(here.served(NOW, SETTINGS).count(), 0);
    let end = NOW + u64::from(SETTINGS.max_life);
    assert_eq!(here.forget(end, SETTINGS), 0);
    assert_eq!(here.forget(end + 1, SETTINGS), 1);
    // Nobody remembers, and still it does not come back.
    assert!(!deleted.is_admissible(end + 1, SETTINGS));
    assert!(!deleted.is_served(end + 1, SETTINGS));
    assert_eq!(here, claims(&[]));
}

#[test]
fn what_is_signed_in_the_future_is_not_taken() {
    assert!(version(1, NOW + 60, 1).is_admissible(NOW, SETTINGS));
    assert!(!version(1, NOW + 61, 1).is_admissible(NOW, SETTINGS));
    let defaults = MergeSettings::default();
    assert_eq!((defaults.max_life, defaults.clock_skew), (31_622_400, 60));
}

#[test]
fn more_owners_than_slots_are_told_of() {
    let mut here = claims(&[2, 4, 6, 8].map(|owner| version(owner, NOW, 1)));
    let late = version(9, NOW, 1);
    assert_eq!(here.merge(late), Merged::Crowded(late));
    assert_eq!(
        here.merge(version(5, NOW, 1)),
        Merged::Crowded(version(8, NOW, 1))
    );
    let owners: Vec<_> = here.iter().map(|version| version.owner.0[0]).collect();
    assert_eq!(owners, [2, 4, 5, 6]);
    assert_eq!(here.join(&claims(&[version(1, NOW, 1), late])), 2);
    let mut none: Claims<[Option<Version>; 0]> = Claims::new([]);
    assert_eq!(none.merge(late), Merged::Crowded(late));
}

#[test]
fn the_merged_serial_goes_round_with_the_circle() {
    let here = Lineage::published(Serial(u32::MAX), [1; 32]);
    let there = Lineage::published(Serial(u32::MAX - 5), [2; 32]);
    assert_eq!(here.join(there).serial(&[3; 32]), Serial(0));
}

#[test]
fn equal_serials_with_different_contents_are_a_fork_and_get_a_new_serial() {
    let here = Lineage::published(Serial(7), [1; 32]);
    let there = Lineage::published(Serial(7), [2; 32]);
    let both = here.join(there);
    assert!(both.is_fork() && !here.is_fork());
    // Even if one has all that the other has: who has the other would never fetch it under the old serial.
    assert_eq!(both.serial(&[1; 32]), Serial(8));
    assert_eq!(both.join(here), both);
    assert!(!both.join(Lineage::published(Serial(8), [1; 32])).is_fork());
}

/// A replica of a zone with a few RRsets, and what it serves.
#[derive(Clone, PartialEq, Debug)]
struct Replica {
    rrsets: BTreeMap<u8, Claims<[Option<Version>; 4]>>,
    lineage: Lineage,
}

impl Replica {
    fn digest(&self) -> [u8; 32] {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        for (rrset, claims) in &self.rrsets {
            for version in claims.served(NOW, SETTINGS) {
                let Content::Present(digest) = version.content else {
                    continue;
                };
                let octets = [*rrset, version.owner.0[0], digest[0]];
                for octet in octets.into_iter().chain(version.signed.to_be_bytes()) {
                    sum = (sum ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&sum.to_be_bytes());
        digest
    }

    fn serial(&self) -> Serial {
        self.lineage.serial(&self.digest())
    }

    fn join(mut self, other: &Self) -> Self {
        for (rrset, claims) in &other.rrsets {
            let here = self.rrsets.entry(*rrset).or_insert(Claims::new([None; 4]));
            here.join(claims);
        }
        self.lineage = self.lineage.join(other.lineage);
        self
    }

    /// As a transfer carries it: from which versions it was merged is not part of it.
    fn publish(mut self) -> Self {
        self.lineage = Lineage::published(self.serial(), self.digest());
        self
    }
}

fn versions() -> impl Strategy<Value = (u8, Version)> {
    (0..3u8, 0..6u8, 0..4u64, 0..3u8)
        .prop_map(|(rrset, owner, age, digest)| (rrset, version(owner, NOW - age, digest)))
}

/// Replicas that have moved on from the same zone, with serials around the wrap of the circle.
fn forks() -> impl Strategy<Value = Vec<Replica>> {
    let ancestor = prop::collection::vec(versions(), 0..4);
    let own = (prop::collection::vec(versions(), 0..4), 0..3u32);
    (ancestor, prop::collection::vec(own, 3..6)).prop_map(|(ancestor, forks)| {
        let replica = |(own, step): (Vec<_>, u32)| {
            let mut rrsets = BTreeMap::new();
            for (rrset, version) in ancestor.iter().chain(&own) {
                let claims = rrsets.entry(*rrset).or_insert(Claims::new([None; 4]));
                let _ = claims.merge(*version);
            }
            let serial = Serial(u32::MAX.wrapping_add(step));
            let lineage = Lineage::published(serial, [0; 32]);
            let mut replica = Replica { rrsets, lineage };
            replica.lineage = Lineage::published(serial, replica.digest());
            replica
        };
        forks.into_iter().map(replica).collect()
    })
}

proptest! {
    #[test]
    fn merging_is_commutative_associative_and_idempotent(forks in forks()) {
        let [a, b, c, ..] = &forks[..] else { unreachable!() };
        prop_assert_eq!(a.clone().join(b), b.clone().join(a));
        prop_assert_eq!(a.clone().join(b).join(c), a.clone().join(&b.clone().join(c)));
        prop_assert_eq!(&a.clone().join(a), a);
        let all = a.clone().join(b);
        prop_assert_eq!(all.clone().join(b), all.clone());
        prop_assert_eq!(all.clone().join(a).serial(), all.serial());
    }

    /// Whatever the order, repetition and grouping of what is delivered.
    #[test]
    fn all_replicas_end_equal(
        forks in forks(),
        deliveries in prop::collection::vec((0..6usize, 0..6usize), 0..40),
    ) {
        let mut all = forks[0].clone();
        for fork in &forks {
            all = all.join(fork);
        }
        let mut replicas = forks;
        let len = replicas.len();
        for (from, to) in deliveries {
            replicas[to % len] = replicas[to % len].clone().join(&replicas[from % len]);
        }
        // Everybody hears of everybody in the end.
        for _ in 0..2 {
            for at in 0..len {
                replicas[at] = replicas[at].clone().join(&replicas[(at + 1) % len]);
                replicas[(at + 1) % len] = replicas[(at + 1) % len].clone().join(&replicas[at]);
            }
        }
        for replica in &replicas {
            prop_assert_eq!(replica, &all);
            prop_assert_eq!(replica.serial(), all.serial());
        }
    }

    /// The same when only whole zones travel, which do not say what they were merged from: serials may take detours, but
    /// end alike, and are never older than what went before.
    #[test]
    fn replicas_end_equal_by_published_versions_alone(
        forks in forks(),
        deliveries in prop::collection::vec((0..6usize, 0..6usize), 0..40),
    ) {
        let mut replicas = forks;
        let len = replicas.len();
        let rounds = (0..3).flat_map(|_| (0..len).flat_map(move |a| (0..len).map(move |b| (a, b))));
        for (from, to) in deliveries.into_iter().chain(rounds) {
            let before = replicas[to % len].serial();
            let published = replicas[from % len].clone().publish();
            replicas[to % len] = replicas[to % len].clone().join(&published).publish();
            prop_assert!(!before.is_newer_than(replicas[to % len].serial()));
        }
        for replica in &replicas {
            prop_assert_eq!(&replica.rrsets, &replicas[0].rrsets);
            prop_assert_eq!(replica.serial(), replicas[0].serial());
        }
    }

    /// Forgetting before a merge or after it is the same: nothing comes back.
    #[test]
    fn forgetting_brings_nothing_back(
        here in prop::collection::vec(versions(), 0..8),
        there in prop::collection::vec(versions(), 0..8),
        later in 996..1006u64,
    ) {
        // Few enough owners for the slots: who is crowded out may come back.
        let only_four = |versions: Vec<(u8, Version)>| {
            let few: Vec<_> = versions.into_iter().map(|(_, version)| version).collect();
            claims(&few.into_iter().filter(|version| version.owner.0[0] < 4).collect::<Vec<_>>())
        };
        let (mut here, mut there) = (only_four(here), only_four(there));
        let mut joined = here;
        joined.join(&there);
        joined.forget(NOW + later, SETTINGS);
        here.forget(NOW + later, SETTINGS);
        there.forget(NOW + later, SETTINGS);
        here.join(&there);
        here.forget(NOW + later, SETTINGS);
        prop_assert_eq!(here, joined);
    }
}

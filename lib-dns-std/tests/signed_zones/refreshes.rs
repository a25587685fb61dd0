//! Signatures made anew in time, and keys that come and go.

use super::checkers::assert_verified;
use super::world::{EVERYTHING, Ed25519, load, print};
use super::{all_denials, now, two_keys};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::ZoneHash;
use lib_dns_core::name::NameBuf;
use lib_dns_std::keyring::{KeyRole, SystemVerifier, ZoneKey};
use lib_dns_std::signing::{
    KeyUses, SigningKey, SigningKeys, SigningPolicy, ZoneSigner, verify_zone,
};
use lib_dns_std::zone::Zone;
use std::sync::Arc;

const DAY: u64 = 86_400;

fn policy() -> SigningPolicy {
    SigningPolicy {
        zonemd: vec![ZoneHash::Sha384],
        ..SigningPolicy::default()
    }
}

/// Refreshes until nothing is due any more; how many versions it took.
pub(crate) fn refresh(signer: &ZoneSigner, zone: &mut Zone, now: u64, most: usize) -> usize {
    for version in 0..100 {
        let refresh = signer.refresh(zone, now, most).unwrap();
        let Some(change) = refresh.change else {
            assert!(!refresh.more && refresh.next > now);
            return version;
        };
        let mut octets = Vec::new();
        *zone = zone
            .apply(&change.difference(&mut octets).unwrap())
            .unwrap();
        let report = verify_zone(zone, &SystemVerifier::default(), now);
        let faults: Vec<_> = report.faults().map(ToString::to_string).collect();
        assert!(report.is_good(), "{faults:#?}");
    }
    panic!("it never ends");
}

#[test]
fn signatures_are_made_anew_before_they_end() {
    for (name, denial) in all_denials() {
        let policy = SigningPolicy { denial, ..policy() };
        let signer = ZoneSigner::new(two_keys(), policy).unwrap();
        let start = now();
        let mut zone = signer.sign(&load(EVERYTHING), start).unwrap();
        let fresh = signer.refresh(&zone, start, 1000).unwrap();
        assert!(fresh.change.is_none(), "{name}");
        // Signatures last 14 days less half a day at most, and are due 7 days before their end.
        assert!(
            (start + 6 * DAY..=start + 7 * DAY).contains(&fresh.next),
            "{name}"
        );
        let before = signer.refresh(&zone, fresh.next - 1, 1000).unwrap();
        assert!(before.change.is_none(), "{name}");
        // One is due, and with it the SOA record and the digest.
        let due = signer.refresh(&zone, fresh.next, 1000).unwrap();
        let change = due.change.unwrap();
        assert!(
            (4..=8).contains(&change.added().count()),
            "{name}: {change:?}"
        );
        // All of them, some at a time.
        let versions = refresh(&signer, &mut zone, start + 8 * DAY, 20);
        assert!((3..10).contains(&versions), "{name}: {versions}");
        // And after they have ended.
        assert_eq!(refresh(&signer, &mut zone, start + 40 * DAY, 1000), 1);
    }
}

/// The keys as a rollover has them one after the other; others verify each version between.
#[test]
fn every_version_of_a_rollover_verifies() {
    let key = |flags, seed, published, signs_keys, signs_zone| {
        let uses = KeyUses {
            published,
            signs_keys,
            signs_zone,
            synced: published && signs_keys,
        };
        SigningKey::new(flags, Arc::new(Ed25519::new(seed)), uses)
    };
    // Of another algorithm, a KSK and a ZSK: not every program takes one key for all beside others.
    let others = |published| {
        [(KeyRole::Ksk, 7), (KeyRole::Zsk, 8)].map(|(role, seed)| {
            let apex = NameBuf::from_text("example.").unwrap();
            let algorithm = SecurityAlgorithm::ECDSAP256SHA256;
            let pair = ZoneKey::from_seed(&apex.as_name(), algorithm, role, &[seed; 32]);
            let uses = KeyUses {
                published,
                signs_keys: role.signs_keys(),
                signs_zone: role.signs_zone(),
                synced: published && role.signs_keys(),
            };
            SigningKey::new(role.flags(), Arc::new(pair.unwrap()), uses)
        })
    };
    let ksk = || key(257, 1, true, true, false);
    let states = [
        vec![ksk(), key(256, 2, true, false, true)],
        // Another ZSK: published, then it signs, then the old one goes.
        vec![
            ksk(),
            key(256, 2, true, false, true),
            key(256, 3, true, false, false),
        ],
        vec![
            ksk(),
            key(256, 2, true, false, false),
            key(256, 3, true, false, true),
        ],
        vec![ksk(), key(256, 3, true, false, true)],
        // Another KSK: both sign the keys.
        vec![
            ksk(),
            key(257, 4, true, true, false),
            key(256, 3, true, false, true),
        ],
        vec![
            key(257, 4, true, true, false),
            key(256, 3, true, false, true),
        ],
        // Another algorithm: it signs before it is published, and the old one still when it is not any more.
        [
            vec![
                key(257, 4, true, true, false),
                key(256, 3, true, false, true),
            ],
            others(false).into(),
        ]
        .concat(),
        [
            vec![
                key(257, 4, true, true, false),
                key(256, 3, true, false, true),
            ],
            others(true).into(),
        ]
        .concat(),
        [
            vec![
                key(257, 4, false, true, false),
                key(256, 3, false, false, true),
            ],
            others(true).into(),
        ]
        .concat(),
        others(true).into(),
    ];
    for (name, denial) in all_denials() {
        let policy = SigningPolicy { denial, ..policy() };
        let now = now();
        let mut zone = load(EVERYTHING);
        for (index, keys) in states.iter().enumerate() {
            let keys = SigningKeys::new(keys.clone());
            let signer = ZoneSigner::new(keys, policy.clone()).unwrap();
            let serial = zone.serial();
            // The zone is signed as a whole at first, and then in steps of a few RRsets.
            assert!(
                refresh(&signer, &mut zone, now, 40) > 0,
                "{name}, state {index}"
            );
            assert!(zone.serial().is_newer_than(serial));
            if name.starts_with("NSEC3 with") {
                continue;
            }
            assert_verified(&format!("{name}, state {index}"), &print(&zone));
        }
    }
}

//! Zones signed in the middle of each rollover: other programs verify them at every step.

use super::checkers::assert_verified_but_for;
use super::refreshes::refresh;
use super::world::{load, print};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::{KeyEvent, KeyRole, Rollover, RolloverKind, RolloverTerms};
use lib_dns_core::name::NameBuf;
use lib_dns_std::keyring::{Keyring, ZoneKey};
use lib_dns_std::signing::{SigningKeys, SigningPolicy, ZoneSigner};
use lib_dns_std::zone::Zone;

/// Short, so that the whole rollover is at hand: checkers look at the clock.
const TERMS: RolloverTerms = RolloverTerms {
    dnskey_ttl: 60,
    max_zone_ttl: 60,
    ds_ttl: 60,
    propagation: 10,
    parent_propagation: 10,
    signing: 10,
};

const SMALL: &str = "$ORIGIN example.
$TTL 60
@ SOA ns admin 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
* TXT x
";

const PAIR: &[KeyRole] = &[KeyRole::Ksk, KeyRole::Zsk];
const SINGLE: &[KeyRole] = &[KeyRole::Csk];

#[test]
fn others_verify_the_zone_in_the_middle_of_each_rollover() {
    for (kind, roles) in [
        (RolloverKind::Zsk, PAIR),
        (RolloverKind::KskDoubleSignature, PAIR),
        (RolloverKind::KskDoubleDs, PAIR),
        (RolloverKind::Csk, SINGLE),
        (RolloverKind::Algorithm, PAIR),
        (RolloverKind::Algorithm, SINGLE),
    ] {
        let apex = NameBuf::from_text("example.").unwrap();
        let apex = apex.as_name();
        let start = super::now() - 600;
        let mut keyring = Keyring::new();
        for role in roles {
            let prepare = |key: &mut ZoneKey| {
                for event in [KeyEvent::Publish, KeyEvent::Activate, KeyEvent::SyncPublish] {
                    let wanted = event != KeyEvent::SyncPublish || role.signs_keys();
                    key.timing_mut().set(event, Some(start).filter(|_| wanted));
                }
            };
            let algorithm = SecurityAlgorithm::ED25519;
            keyring
                .generate(&apex, algorithm, *role, None, prepare)
                .unwrap();
        }
        let rollover = Rollover { kind, terms: TERMS };
        let algorithm =
            (kind == RolloverKind::Algorithm).then_some(SecurityAlgorithm::ECDSAP256SHA256);
        keyring
            .start_rollover(&apex, &rollover, algorithm, start)
            .unwrap();
        let mut zone = None;
        let mut steps = verify_steps(&mut zone, &keyring, start, kind);
        if kind.waits_for_parent() {
            // After all that was planned until then.
            let seen = start + 300;
            keyring.end_rollover(&apex, TERMS, seen, seen).unwrap();
            steps += verify_steps(&mut zone, &keyring, seen, kind);
        }
        assert!(steps >= 3, "{kind:?}: {steps}");
    }
}

/// Signs and verifies the zone at every time at which something happens.
fn verify_steps(
    zone: &mut Option<Zone>,
    keyring: &Keyring,
    since: u64,
    kind: RolloverKind,
) -> usize {
    let mut now = since;
    let mut steps = 0;
    loop {
        let keys = SigningKeys::at(keyring.all_zone_keys(), now);
        let signer = ZoneSigner::new(keys, SigningPolicy::default()).unwrap();
        // At the first step as a whole, and then only what the keys have changed.
        match zone {
            Some(zone) => {
                refresh(&signer, zone, now, 1000);
            }
            None => *zone = Some(signer.sign(&load(SMALL), now).unwrap()),
        }
        let signed = zone.as_ref().unwrap();
        let name = format!("{kind:?} after {}", now - since);
        assert_verified_but_for(&name, &print(signed), |told| {
            is_knots_own(kind, keyring, told)
        });
        steps += 1;
        let next = keyring.all_zone_keys();
        let next = next.filter_map(|key| Some(key.timing().next_change(now)?.1));
        match next.min() {
            Some(next) => now = next,
            None => return steps,
        }
    }
}

/// What Knot's checker alone wants, and no RFC: each key that the parent is asked for stands in the zone
/// already, which cannot be when the DS comes first (RFC 7583 3.3.2); and where no key has the flags 256, each
/// key signs all data, though one of an algorithm is enough (RFC 4035 2.2). The others still check all of it.
fn is_knots_own(kind: RolloverKind, keyring: &Keyring, told: &str) -> bool {
    let wants = match kind {
        RolloverKind::KskDoubleDs => "not match DNSKEY",
        _ if keyring.all_zone_keys().all(|key| key.flags() == 257) => {
            "no valid signature for a record"
        }
        _ => return false,
    };
    let mut faults = told.lines().filter(|line| line.starts_with('[')).peekable();
    faults.peek().is_some() && faults.all(|fault| fault.contains(wants))
}

//! Zones that we sign, as other programs and our own check see them.

mod algorithms;
mod checkers;
mod delv;
#[path = "../seeded/dice.rs"]
mod dice;
#[path = "../peers/harness.rs"]
mod harness;
mod refreshes;
mod rollovers;
mod updates;
mod verify;
mod world;

use checkers::assert_verified;
use lib_dns_core::dnssec::ZoneHash;
use lib_dns_std::signing::{
    DenialPolicy, KeyUses, SigningKey, SigningKeys, SigningPolicy, ZoneSigner, check_zone_digest,
};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use world::{EVERYTHING, Ed25519, load, print};

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// A KSK and a ZSK.
fn two_keys() -> SigningKeys {
    let key = |flags, seed, uses| SigningKey::new(flags, Arc::new(Ed25519::new(seed)), uses);
    let ksk = KeyUses {
        published: true,
        signs_keys: true,
        synced: true,
        ..KeyUses::default()
    };
    let zsk = KeyUses {
        published: true,
        signs_zone: true,
        ..KeyUses::default()
    };
    SigningKeys::new(vec![key(257, 1, ksk), key(256, 2, zsk)])
}

fn one_key() -> SigningKeys {
    SigningKeys::new(vec![SigningKey::csk(Arc::new(Ed25519::new(3)))])
}

fn opt_out() -> DenialPolicy {
    DenialPolicy::Nsec3 {
        iterations: 0,
        salt: Vec::new(),
        opt_out: true,
    }
}

fn salted() -> DenialPolicy {
    DenialPolicy::Nsec3 {
        iterations: 3,
        salt: vec![0xaa, 0xbb],
        opt_out: false,
    }
}

fn all_denials() -> [(&'static str, DenialPolicy); 4] {
    [
        ("NSEC", DenialPolicy::Nsec),
        ("NSEC3", DenialPolicy::NSEC3),
        ("NSEC3 with opt-out", opt_out()),
        ("NSEC3 with salt", salted()),
    ]
}

#[test]
fn others_verify_what_we_sign() {
    let zone = load(EVERYTHING);
    for (name, denial) in all_denials() {
        for keys in [two_keys(), one_key()] {
            let policy = SigningPolicy {
                denial: denial.clone(),
                zonemd: vec![ZoneHash::Sha384, ZoneHash::Sha512],
                ..SigningPolicy::default()
            };
            let signer = ZoneSigner::new(keys, policy).unwrap();
            let signed = signer.sign(&zone, now()).unwrap();
            assert!(check_zone_digest(&signed).is_ok());
            let text = print(&signed);
            assert_eq!(text.lines().count() as u64, signed.record_count());
            assert_verified(name, &text);
            // What was signed once can be signed again.
            let again = signer.sign(&load(&text), now()).unwrap();
            assert_eq!(again.record_count(), signed.record_count(), "{name}");
            assert_verified(name, &print(&again));
        }
    }
}

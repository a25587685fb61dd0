//! A zone signed with each algorithm.

use super::checkers::assert_verified;
use super::now;
use super::world::{EVERYTHING, load, print};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::name::NameBuf;
use lib_dns_std::keyring::{KeyEvent, KeyRole, SystemVerifier, ZoneKey};
use lib_dns_std::signing::{DenialPolicy, SigningKeys, SigningPolicy, ZoneSigner, verify_zone};

#[test]
fn others_verify_each_algorithm() {
    let apex = NameBuf::from_text("example.").unwrap();
    for algorithm in [
        SecurityAlgorithm::ED25519,
        SecurityAlgorithm::ECDSAP256SHA256,
        SecurityAlgorithm::ECDSAP384SHA384,
        SecurityAlgorithm::RSASHA256,
        SecurityAlgorithm::MLDSA44,
    ] {
        let key = |role| {
            let key = ZoneKey::generate(&apex.as_name(), algorithm, role, None);
            let mut key = key.unwrap();
            let timing = key.timing_mut();
            for event in [KeyEvent::Publish, KeyEvent::Activate, KeyEvent::SyncPublish] {
                timing.set(event, Some(now() - 10));
            }
            key
        };
        let keys = [key(KeyRole::Ksk), key(KeyRole::Zsk)];
        for denial in [DenialPolicy::Nsec, DenialPolicy::NSEC3] {
            let policy = SigningPolicy {
                denial,
                ..SigningPolicy::default()
            };
            let signer = ZoneSigner::new(SigningKeys::at(&keys, now()), policy).unwrap();
            let zone = signer.sign(&load(EVERYTHING), now()).unwrap();
            let report = verify_zone(&zone, &SystemVerifier::default(), now());
            let faults: Vec<_> = report.faults().map(ToString::to_string).collect();
            assert!(report.is_good(), "{algorithm}: {faults:#?}");
            // Debian's tools do not know ML-DSA yet.
            if algorithm != SecurityAlgorithm::MLDSA44 {
                assert_verified(&algorithm.to_string(), &print(&zone));
            }
        }
    }
}

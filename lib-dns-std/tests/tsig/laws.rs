//! What must hold for any message.

use crate::vectors::{Key, NOW, key};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::{Stamp, TsigFault, sign_request, verify_request};
use proptest::prelude::*;
use std::slice::from_ref;

/// A query with any id, flags and name.
fn query() -> impl Strategy<Value = Vec<u8>> {
    let label = proptest::collection::vec(any::<u8>(), 1..20);
    let labels = proptest::collection::vec(label, 0..6);
    (any::<u32>(), labels, any::<u32>()).prop_map(|(id_and_flags, labels, asked)| {
        let mut octets = id_and_flags.to_be_bytes().to_vec();
        octets.extend(b"\0\x01\0\0\0\0\0\0");
        for label in labels {
            octets.push(label.len() as u8);
            octets.extend(label);
        }
        octets.push(0);
        octets.extend(asked.to_be_bytes());
        octets
    })
}

fn any_key() -> impl Strategy<Value = Key> {
    let algorithms = MacAlgorithm::ALL.iter().copied();
    let algorithms = algorithms
        .filter(|algorithm| !matches!(algorithm, MacAlgorithm::GssTsig | MacAlgorithm::HmacMd5));
    let algorithm = proptest::sample::select(algorithms.collect::<Vec<_>>());
    let secret = proptest::collection::vec(any::<u8>(), 1..200);
    (algorithm, secret, "[a-z]{1,10}\\.[a-z]{1,20}\\.")
        .prop_map(|(algorithm, secret, name)| key(&name, algorithm, &secret))
}

fn signed(key: &Key, message: &[u8], stamp: &Stamp) -> Vec<u8> {
    let mut buffer = message.to_vec();
    buffer.resize(message.len() + key.record_len(), 0);
    let (len, _) = sign_request(key, &mut buffer, message.len(), stamp).unwrap();
    assert_eq!(len, buffer.len());
    buffer
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        key in any_key(),
        query in query(),
        time in 0..1_u64 << 48,
        fudge in any::<u16>(),
        off in any::<u16>(),
    ) {
        let stamp = Stamp::at(time).with_fudge(fudge);
        let octets = signed(&key, &query, &stamp);
        let message = Message::from_bytes(&octets).unwrap();
        for now in [time.saturating_sub(u64::from(off)), time + u64::from(off)] {
            let verified = verify_request(&message, from_ref(&key), now);
            if now.abs_diff(time) <= u64::from(fudge) {
                prop_assert!(matches!(verified, Ok(Some(_))));
            } else {
                prop_assert_eq!(verified.unwrap_err().fault(), TsigFault::BadTime);
            }
        }
    }

    #[test]
    fn another_secret_does_not_verify(key in any_key(), query in query(), secret in "[ -~]{1,80}") {
        let octets = signed(&key, &query, &Stamp::at(NOW));
        let other = super::vectors::key(&key.name().to_string(), key.algorithm(), secret.as_bytes());
        let message = Message::from_bytes(&octets).unwrap();
        let verified = verify_request(&message, from_ref(&other), NOW);
        prop_assert_eq!(verified.unwrap_err().fault(), TsigFault::BadMac);
    }
}

/// Any flipped bit: no such message is believed. Some are no messages any more, and the case of the names in
/// the record is not signed.
#[test]
fn no_bit_can_be_flipped() {
    let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\0\0\x01\0\x01";
    for algorithm in [MacAlgorithm::HmacSha256, MacAlgorithm::HmacSha512Cut256] {
        let key = key("k1.example.", algorithm, &[7; 32]);
        let octets = signed(&key, query, &Stamp::at(NOW));
        let names = [
            query.len()..query.len() + key.name().wire_len(),
            octets.len() - 16 - key.mac_len() - algorithm.wire_name().len()
                ..octets.len() - 16 - key.mac_len(),
        ];
        let (mut refused, mut unsigned) = (0, 0);
        for at in 0..octets.len() {
            for bit in 0..8 {
                let mut tampered = octets.clone();
                tampered[at] ^= 1 << bit;
                // The header's id is not signed: the original id is.
                if at < 2 {
                    continue;
                }
                let case = names.iter().any(|name| name.contains(&at))
                    && tampered[at].eq_ignore_ascii_case(&octets[at]);
                let Ok(message) = Message::from_bytes(&tampered) else {
                    continue;
                };
                match verify_request(&message, from_ref(&key), NOW) {
                    Ok(Some(_)) => assert!(case, "octet {at}, bit {bit}"),
                    // It has no TSIG record any more: no signature, no rights.
                    Ok(None) => unsigned += 1,
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > 8 * 60 && unsigned < 8 * 4, "{refused} {unsigned}");
    }
}

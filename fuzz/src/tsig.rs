//! TSIG: what was not signed with the key is never believed, whatever the octets; what was signed is, until a
//! bit of it is changed.

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{
    Proof, ResponseVerifier, Stamp, TsigFault, TsigKey, sign_request, verify_request,
};
use lib_dns_core::messages::{Header, Message, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};
use std::slice::from_ref;
use std::sync::OnceLock;

/// When the seeds were signed.
const NOW: u64 = 1_767_225_600;
/// The name of the keys, one of each algorithm.
const NAME: &str = "key.example.";

type Key = TsigKey<RunningMac>;

/// Runs the target. The first two octets say what is done with the others, which are a message.
pub fn run(octets: &[u8]) {
    let Some(([which, flip], octets)) = octets.split_first_chunk() else {
        return;
    };
    static KEYS: OnceLock<(Vec<Key>, Vec<Key>)> = OnceLock::new();
    let (keys, foreign) = KEYS.get_or_init(|| (keys(b"fuzz"), keys(b"another secret")));
    arbitrary(octets, keys, foreign);
    signed(octets, &keys[usize::from(*which) % keys.len()], *flip);
}

fn keys(secret: &[u8]) -> Vec<Key> {
    let name = NameBuf::from_text(NAME).unwrap();
    let algorithms = MacAlgorithm::ALL.iter();
    let keys = algorithms.filter_map(|algorithm| {
        TsigKey::new(RustCryptoMac, &name.as_name(), *algorithm, secret).ok()
    });
    keys.collect()
}

/// Octets from anywhere, as a request and as a response.
fn arbitrary(octets: &[u8], keys: &[Key], foreign: &[Key]) {
    let Ok(message) = Message::from_bytes(octets) else {
        return;
    };
    let mut room = vec![0; 65_535];
    // Who does not have the secret signs nothing that we believe.
    let believed = verify_request(&message, foreign, NOW);
    assert!(!matches!(believed, Ok(Some(_))));
    for keys in [keys, foreign] {
        let Err(refusal) = verify_request(&message, keys, NOW) else {
            continue;
        };
        let Ok(len) = refusal.respond(&message, NOW, &mut room) else {
            continue;
        };
        let answer = Message::from_bytes(&room[..len]).unwrap();
        assert_eq!(answer.rcode(), refusal.rcode());
        assert_eq!(answer.id(), message.id());
        let last = answer.section(Section::Additional).last();
        let told = last.is_some_and(|record| record.unwrap().rtype() == Type::TSIG);
        let silent = matches!(
            refusal.fault(),
            TsigFault::Malformed(_) | TsigFault::MacLength
        );
        assert_eq!(told, !silent);
        // With less room it is whole, or an error.
        let mut little = vec![0; octets.len() % 200];
        let _ = refusal.respond(&message, NOW, &mut little);
    }
    let (_, verifier) = request(&keys[0]);
    assert!(verifier.verify(&message, NOW).is_err());
    let mut stream = verifier.into_stream();
    assert!(stream.verify(&message, NOW).is_err());
    assert!(stream.finish().is_err());
}

fn request(key: &Key) -> (Vec<u8>, ResponseVerifier<&Key>) {
    let mut buffer = vec![0; 512];
    let (len, verifier) = sign_request(key, &mut buffer, 12, &Stamp::at(NOW)).unwrap();
    buffer.truncate(len);
    (buffer, verifier)
}

/// The same octets, signed as a request and as a stream of responses.
fn signed(octets: &[u8], key: &Key, flip: u8) {
    let Ok(plain) = Message::from_bytes(octets) else {
        return;
    };
    let records: Result<Vec<_>, _> = plain.section(Section::Additional).collect();
    let Ok(records) = records else {
        return;
    };
    let last = records.last().map(|record| record.rtype());
    if matches!(last, Some(Type::TSIG | Type::SIG)) {
        // Signed once is enough.
        return;
    }
    let mut buffer = octets.to_vec();
    buffer.resize(octets.len() + key.record_len(), 0);
    let Ok((len, _)) = sign_request(key, &mut buffer, octets.len(), &Stamp::at(NOW)) else {
        assert!(buffer.len() > 65_535 || Header::read(octets).unwrap().counts[3] == u16::MAX);
        return;
    };
    assert_eq!(len, buffer.len());
    let message = Message::from_bytes(&buffer).unwrap();
    assert!(matches!(
        verify_request(&message, from_ref(key), NOW),
        Ok(Some(_))
    ));

    // The id in the header is not signed, nor the case of the names in the record.
    let at = 2 + (usize::from(flip) * 257) % (len - 2);
    let mut tampered = buffer.clone();
    tampered[at] ^= 1 << (flip % 8);
    let case = at >= octets.len() && tampered[at].eq_ignore_ascii_case(&buffer[at]);
    if let Ok(message) = Message::from_bytes(&tampered) {
        let verified = verify_request(&message, from_ref(key), NOW);
        assert!(case || !matches!(verified, Ok(Some(_))), "octet {at}");
    }

    // As a stream: signed, as it is, signed.
    let (asked, verifier) = request(key);
    let asked = Message::from_bytes(&asked).unwrap();
    let signer = verify_request(&asked, from_ref(key), NOW).unwrap().unwrap();
    let (mut signer, mut verifier) = (signer.into_stream(), verifier.into_stream());
    for proof in [Proof::Signed, Proof::Pending, Proof::Signed] {
        let mut buffer = octets.to_vec();
        if proof == Proof::Signed {
            buffer.resize(octets.len() + key.record_len(), 0);
            signer
                .sign(&mut buffer, octets.len(), &Stamp::at(NOW))
                .unwrap();
        } else {
            signer.leave_unsigned(&buffer).unwrap();
        }
        let message = Message::from_bytes(&buffer).unwrap();
        assert_eq!(verifier.verify(&message, NOW), Ok(proof));
    }
    verifier.finish().unwrap();
}

/// Messages for the target: signed with each key, and every kind of wrong.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\0\0\x01\0\x01";
    let mut seeds = vec![("unsigned".to_owned(), [&[3, 77], &query[..]].concat())];
    for (secret, words) in [(&b"fuzz"[..], ""), (b"wrong", "-wrong")] {
        for key in keys(secret) {
            for (stamp, when) in [(NOW, ""), (NOW - 4000, "-late")] {
                let mut buffer = query.to_vec();
                buffer.resize(query.len() + key.record_len(), 0);
                sign_request(&key, &mut buffer, query.len(), &Stamp::at(stamp)).unwrap();
                let name = format!("{}{words}{when}", key.algorithm());
                seeds.push((name, [&[0, 9], &buffer[..]].concat()));
            }
        }
    }
    seeds
}

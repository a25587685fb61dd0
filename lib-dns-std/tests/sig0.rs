//! SIG(0) (RFC 2931): against what nsupdate signed, and rule by rule.

use lib_dns_core::code_points::{Class, SecurityAlgorithm};
use lib_dns_core::crypto::{SignatureVerifier, Signer, Verdict};
use lib_dns_core::messages::sig0::{
    MAX_KEYS, Sig0, Sig0Fault, Sig0SignError, Sig0Terms, record_len, sign,
};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{A, Type, key_tag};
use lib_dns_core::wire::WriteError;
use lib_dns_std::keyring::{KeyRole, SystemVerifier, ZoneKey};
use std::cell::Cell;
use std::path::Path;

const NOW: u64 = 1_767_225_600;

const ALGORITHMS: [SecurityAlgorithm; 2] = [
    SecurityAlgorithm::ED25519,
    SecurityAlgorithm::ECDSAP256SHA256,
];

fn key(algorithm: SecurityAlgorithm) -> ZoneKey {
    let owner = NameBuf::from_text("Host.Example.").unwrap();
    ZoneKey::generate(&owner.as_name(), algorithm, KeyRole::Zsk, None).unwrap()
}

/// A message in a buffer with room for a signature.
fn message(flags: Flags) -> (Vec<u8>, usize) {
    let mut buffer = vec![0; 512];
    let name = NameBuf::from_text("www.example.").unwrap();
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 0x1234, flags).unwrap();
    builder
        .question(&name.as_name(), Type::A, Class::IN)
        .unwrap();
    let data = A {
        address: [192, 0, 2, 1].into(),
    };
    let section = Section::Additional;
    builder
        .record(section, &name.as_name(), Class::IN, 300, &data)
        .unwrap();
    let len = builder.finish().len();
    (buffer, len)
}

fn signed(key: &ZoneKey, flags: Flags, request: Option<&[u8]>) -> Vec<u8> {
    let (mut buffer, len) = message(flags);
    let terms = Sig0Terms::around(key.owner(), NOW, 300);
    let end = sign(key, key.tag(), &terms, request, &mut buffer, len).unwrap();
    assert_eq!(end, len + record_len(key, &key.owner()));
    buffer.truncate(end);
    buffer
}

fn verify<'k>(
    octets: &[u8],
    keys: &[&'k [u8]],
    request: Option<&[u8]>,
    now: u64,
) -> Result<&'k [u8], Sig0Fault> {
    let message = Message::from_bytes(octets).unwrap();
    let signature = Sig0::of(&message).unwrap().expect("a signature");
    signature.verify(
        &SystemVerifier::default(),
        keys.iter().copied(),
        request,
        now,
    )
}

#[test]
fn what_nsupdate_signed_verifies() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sig0/vectors.txt");
    let octets = |hexadecimal: &str| -> Vec<u8> {
        let digits = hexadecimal.as_bytes().chunks(2);
        let text = digits.map(|pair| std::str::from_utf8(pair).unwrap());
        text.map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    };
    let mut verified = 0;
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let [algorithm, owner, data, time, message] =
            line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (data, octets) = (octets(data), octets(message));
        let now = time.parse().unwrap();
        let message = Message::from_bytes(&octets).unwrap();
        let signature = Sig0::of(&message).unwrap().expect("a signature");
        assert_eq!(signature.signer().to_string(), owner);
        assert_eq!(
            signature.algorithm().to_string(),
            SecurityAlgorithm(algorithm.parse().unwrap()).to_string()
        );
        assert_eq!(signature.key_tag(), key_tag(&data));
        assert_eq!(verify(&octets, &[&data], None, now), Ok(&data[..]));
        for late in [now - 1000, now + 1000] {
            assert_eq!(
                verify(&octets, &[&data], None, late),
                Err(Sig0Fault::BadTime)
            );
        }
        verified += 1;
    }
    assert_eq!(verified, ALGORITHMS.len());
}

#[test]
fn what_is_signed_verifies_until_a_bit_is_changed() {
    for algorithm in ALGORITHMS {
        let key = key(algorithm);
        let octets = signed(&key, Flags::default(), None);
        let keys = [key.dnskey_data()];
        assert_eq!(verify(&octets, &keys, None, NOW), Ok(key.dnskey_data()));
        let mut refused = 0;
        // Every octet of the message, and of the record but for its owner, type, class and TTL.
        let record = octets.len() - record_len(&key, &key.owner());
        for at in (0..octets.len()).filter(|at| !(record..record + 11).contains(at)) {
            let mut tampered = octets.clone();
            tampered[at] ^= 1;
            let Ok(message) = Message::from_bytes(&tampered) else {
                continue;
            };
            let Ok(Some(signature)) = Sig0::of(&message) else {
                continue;
            };
            let verifier = SystemVerifier::default();
            let verified = signature.verify(&verifier, keys, None, NOW);
            assert!(verified.is_err(), "octet {at}");
            refused += 1;
        }
        assert!(refused > 100, "{refused}");
    }
}

/// A response is signed over the whole request.
#[test]
fn a_response_belongs_to_its_request() {
    let (client, server) = (key(ALGORITHMS[0]), key(ALGORITHMS[1]));
    let request = signed(&client, Flags::default(), None);
    let other = signed(&key(ALGORITHMS[0]), Flags::default(), None);
    let response = signed(
        &server,
        Flags::default().with_response(true),
        Some(&request),
    );
    let keys = [server.dnskey_data()];
    assert!(verify(&response, &keys, Some(&request), NOW).is_ok());
    for wrong in [Some(&other[..]), None] {
        let verified = verify(&response, &keys, wrong, NOW);
        assert_eq!(verified, Err(Sig0Fault::BadSignature));
    }
}

#[test]
fn only_keys_for_this_are_used() {
    let key = key(ALGORITHMS[0]);
    let octets = signed(&key, Flags::default(), None);
    let right = key.dnskey_data().to_vec();
    let other = self::key(ALGORITHMS[0]);
    assert_eq!(verify(&octets, &[], None, NOW), Err(Sig0Fault::UnknownKey));
    assert_eq!(
        verify(&octets, &[other.dnskey_data()], None, NOW),
        Err(Sig0Fault::UnknownKey)
    );
    // Among others, in any order.
    let keys = [other.dnskey_data(), &right[..], b"", b"\x01\0"];
    assert_eq!(verify(&octets, &keys, None, NOW), Ok(&right[..]));
    // Flags that forbid it, and another protocol; the tag is another then as well, so both are signed anew.
    for (at, value) in [(0, 0x81), (0, 0xc1), (2, 2)] {
        let mut data = right.clone();
        data[at] = value;
        let (mut buffer, len) = message(Flags::default());
        let terms = Sig0Terms::around(key.owner(), NOW, 300);
        let end = sign(&key, key_tag(&data), &terms, None, &mut buffer, len).unwrap();
        let verified = verify(&buffer[..end], &[&data], None, NOW);
        assert_eq!(verified, Err(Sig0Fault::UnknownKey), "{at} {value}");
    }
}

/// Says no, and counts how often it was asked.
struct Counting(Cell<usize>, Verdict);

impl SignatureVerifier for Counting {
    fn verify(&self, _: SecurityAlgorithm, _: &[u8], _: &[&[u8]], _: &[u8]) -> Verdict {
        self.0.set(self.0.get() + 1);
        self.1
    }
}

/// Reaching the limit is an error, and no key beyond it is looked at.
#[test]
fn a_message_costs_at_most_so_many_verifications() {
    let key = key(ALGORITHMS[0]);
    let octets = signed(&key, Flags::default(), None);
    let message = Message::from_bytes(&octets).unwrap();
    let signature = Sig0::of(&message).unwrap().unwrap();
    let ask = |number: usize, verdict| {
        let counting = Counting(Cell::new(0), verdict);
        let keys = std::iter::repeat_n(key.dnskey_data(), number);
        let verified = signature.verify(&counting, keys, None, NOW);
        (verified.err(), counting.0.get())
    };
    let bad = Some(Sig0Fault::BadSignature);
    assert_eq!(ask(MAX_KEYS, Verdict::Invalid), (bad, MAX_KEYS));
    let too_many = Some(Sig0Fault::TooManyKeys);
    assert_eq!(ask(MAX_KEYS + 1, Verdict::Invalid), (too_many, MAX_KEYS));
    assert_eq!(ask(1000, Verdict::Invalid), (too_many, MAX_KEYS));
    let unverifiable = Some(Sig0Fault::Unverifiable);
    assert_eq!(ask(2, Verdict::Unverifiable), (unverifiable, 2));
    // The time is asked first: it costs nothing.
    let counting = Counting(Cell::new(0), Verdict::Valid);
    let late = signature.verify(&counting, [key.dnskey_data()], None, NOW + 301);
    assert_eq!(
        (late.err(), counting.0.get()),
        (Some(Sig0Fault::BadTime), 0)
    );
}

#[test]
fn other_records_are_no_such_signature() {
    let (buffer, len) = message(Flags::default());
    let unsigned = Message::from_bytes(&buffer[..len]).unwrap();
    assert!(Sig0::of(&unsigned).unwrap().is_none());
    // A SIG that covers a type is a record like any other; one of another class is FORMERR.
    let key = key(ALGORITHMS[0]);
    let octets = signed(&key, Flags::default(), None);
    let record = octets.len() - record_len(&key, &key.owner());
    let mut covering = octets.clone();
    covering[record + 12] = 1;
    let message = Message::from_bytes(&covering).unwrap();
    assert!(Sig0::of(&message).unwrap().is_none());
    let mut classed = octets.clone();
    classed[record + 4] = 1;
    assert!(Sig0::of(&Message::from_bytes(&classed).unwrap()).is_err());
    let mut cut = octets;
    cut.truncate(record + 11 + 10);
    cut[record + 10] = 10;
    cut[record + 9] = 0;
    assert!(Sig0::of(&Message::from_bytes(&cut).unwrap()).is_err());
}

#[test]
fn without_room_the_message_stays_as_it_was() {
    let key = key(ALGORITHMS[1]);
    let (buffer, len) = message(Flags::default());
    let terms = Sig0Terms::around(key.owner(), NOW, 300);
    for room in 0..record_len(&key, &key.owner()) {
        let mut short = buffer[..len + room].to_vec();
        let signed = sign(&key, key.tag(), &terms, None, &mut short, len);
        assert!(signed.is_err(), "{room}");
        assert_eq!(short[..len], buffer[..len]);
    }
    let nothing = sign(&key, 0, &terms, None, &mut [0; 8], 8);
    assert_eq!(nothing, Err(Sig0SignError::Write(WriteError::NoRoom)));
    assert_eq!(key.signature_len(), 64);
}

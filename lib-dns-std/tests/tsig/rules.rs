//! The rules of RFC 8945, one by one.

use crate::vectors::{Key, NOW, key};
use lib_dns_core::code_points::{Class, Opcode, Rcode};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{
    KeyError, MAX_UNSIGNED, MustBeSigned, Proof, ResponseVerifier, SignRequestError, Stamp,
    TsigError, TsigFault, TsigKey, sign_request, verify_request,
};
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RData, Tsig, Type};
use lib_dns_core::wire::WriteError;
use lib_dns_std::mac::RustCryptoMac;
use std::slice::from_ref;

const SECRET: &[u8] = &[0x5a; 32];

fn our_key() -> Key {
    key("key.example.", MacAlgorithm::HmacSha256, SECRET)
}

/// A query, or its response, in a buffer with room for a signature.
fn message(flags: Flags, edns: bool) -> (Vec<u8>, usize) {
    let mut buffer = vec![0; 512];
    let name = NameBuf::from_text("www.example.").unwrap();
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 0x1234, flags).unwrap();
    builder
        .question(&name.as_name(), Type::A, Class::IN)
        .unwrap();
    if edns {
        builder.edns(&EdnsHeader::default(), &[]).unwrap();
    }
    let len = builder.finish().len();
    (buffer, len)
}

fn response() -> (Vec<u8>, usize) {
    message(Flags::default().with_response(true), false)
}

fn signed(key: &Key) -> (Vec<u8>, ResponseVerifier<&Key>) {
    let (mut buffer, len) = message(Flags::default(), true);
    let (len, verifier) = sign_request(key, &mut buffer, len, &Stamp::at(NOW)).unwrap();
    buffer.truncate(len);
    (buffer, verifier)
}

fn fault(octets: &[u8], key: &Key, now: u64) -> TsigFault {
    let message = Message::from_bytes(octets).unwrap();
    let verified = verify_request(&message, from_ref(key), now);
    verified.expect_err("a fault").fault()
}

fn tsig<'m>(message: &Message<'m>) -> Option<Tsig<'m>> {
    let record = message.section(Section::Additional).last()?.unwrap();
    match record.data().unwrap() {
        RData::Tsig(tsig) => Some(tsig),
        _ => None,
    }
}

/// The answer that the server gives to a request that it refuses, and the request's verifier's word on it.
fn refusal(octets: &[u8], keys: &[Key], now: u64) -> Vec<u8> {
    let request = Message::from_bytes(octets).unwrap();
    let refusal = verify_request(&request, keys, now).expect_err("a refusal");
    let mut out = vec![0; 1232];
    let len = refusal.respond(&request, now, &mut out).unwrap();
    out.truncate(len);
    out
}

#[test]
fn a_request_without_a_signature_is_just_that() {
    let key = our_key();
    for edns in [false, true] {
        let (buffer, len) = message(Flags::default(), edns);
        let message = Message::from_bytes(&buffer[..len]).unwrap();
        let verified = verify_request(&message, from_ref(&key), NOW);
        assert!(matches!(verified, Ok(None)));
    }
}

/// The field in the record selects the algorithm: the same key under another one is another key.
#[test]
fn the_algorithm_field_selects_the_algorithm() {
    let ours = our_key();
    for algorithm in MacAlgorithm::ALL {
        if matches!(algorithm, MacAlgorithm::GssTsig | MacAlgorithm::HmacMd5) {
            continue;
        }
        let theirs = key("key.example.", *algorithm, SECRET);
        let (octets, _) = signed(&theirs);
        let request = Message::from_bytes(&octets).unwrap();
        let mac = tsig(&request).unwrap().mac;
        assert_eq!(mac.len(), algorithm.mac_len(), "{algorithm}");
        if *algorithm != ours.algorithm() {
            assert_eq!(fault(&octets, &ours, NOW), TsigFault::UnknownKey);
        }
        // Of several keys of one name it is the one with the algorithm.
        let keys = [ours.clone(), theirs];
        let verified = verify_request(&request, &keys[..], NOW).unwrap();
        assert_eq!(verified.unwrap().key().algorithm(), *algorithm);
    }
}

/// The predecessor of this library signed with SHA-256 here.
#[test]
fn hmac_sha512_makes_a_mac_of_sha512() {
    let (octets, _) = signed(&key("key.example.", MacAlgorithm::HmacSha512, SECRET));
    let sha256 = key("key.example.", MacAlgorithm::HmacSha256, SECRET);
    let (other, _) = signed(&sha256);
    let request = Message::from_bytes(&octets).unwrap();
    let other = Message::from_bytes(&other).unwrap();
    let (long, short) = (tsig(&request).unwrap().mac, tsig(&other).unwrap().mac);
    assert_eq!((long.len(), short.len()), (64, 32));
    assert_ne!(long[..32], *short);
}

#[test]
fn time_and_fudge_are_checked() {
    let key = our_key();
    let (mut buffer, len) = message(Flags::default(), false);
    let stamp = Stamp::at(NOW).with_fudge(10);
    let (len, _) = sign_request(&key, &mut buffer, len, &stamp).unwrap();
    let request = Message::from_bytes(&buffer[..len]).unwrap();
    for now in [NOW - 10, NOW, NOW + 10] {
        assert!(verify_request(&request, from_ref(&key), now).is_ok());
    }
    for now in [0, NOW - 11, NOW + 11, u64::MAX] {
        assert_eq!(fault(&buffer[..len], &key, now), TsigFault::BadTime);
    }
}

/// A wrong MAC is told before a wrong time: who does not have the key learns nothing of the clock.
#[test]
fn the_mac_is_checked_before_the_time() {
    let (octets, _) = signed(&our_key());
    let other = key("key.example.", MacAlgorithm::HmacSha256, b"another");
    assert_eq!(fault(&octets, &other, NOW + 1000), TsigFault::BadMac);
    let answer = refusal(&octets, &[other], NOW + 1000);
    let answer = Message::from_bytes(&answer).unwrap();
    let tsig = tsig(&answer).unwrap();
    assert_eq!((tsig.error, tsig.other), (Rcode::BADSIG, &[][..]));
}

#[test]
fn unknown_keys_and_wrong_macs_are_answered_unsigned() {
    let ours = our_key();
    let other = key("key.example.", MacAlgorithm::HmacSha256, b"another");
    let named = key("other.example.", MacAlgorithm::HmacSha256, SECRET);
    for (keys, error) in [
        (vec![], Rcode::BADKEY),
        (vec![named], Rcode::BADKEY),
        (vec![other], Rcode::BADSIG),
    ] {
        let (octets, verifier) = signed(&ours);
        let answer = refusal(&octets, &keys, NOW);
        let answer = Message::from_bytes(&answer).unwrap();
        assert_eq!(answer.rcode(), Rcode::NOTAUTH);
        assert_eq!((answer.id(), answer.flags().response()), (0x1234, true));
        assert_eq!(answer.question().unwrap().to_string(), "www.example. IN A");
        assert!(answer.edns().is_some(), "the request has OPT");
        let record = answer.section(Section::Additional).last().unwrap();
        assert_eq!(record.unwrap().owner(), ours.name());
        let tsig = tsig(&answer).unwrap();
        assert_eq!((tsig.mac, tsig.error), (&[][..], error));
        assert_eq!(tsig.algorithm.to_string(), "hmac-sha256.");

        let Err(TsigError::Refused(refused)) = verifier.verify(&answer, NOW) else {
            panic!("that is a refusal");
        };
        assert_eq!((refused.rcode, refused.error), (Rcode::NOTAUTH, error));
        assert!(!refused.authentic && refused.server_time.is_none());
        let words = refused.to_string();
        let expected = format!(
            "NOTAUTH, {}",
            if error == Rcode::BADSIG {
                "BADSIG"
            } else {
                "BADKEY"
            }
        );
        assert!(words.ends_with(&expected), "{words}");
    }
}

/// An algorithm that nobody knows is a key that nobody knows; its name comes back.
#[test]
fn an_unknown_algorithm_is_an_unknown_key() {
    let (mut octets, _) = signed(&our_key());
    let at = octets
        .windows(11)
        .position(|part| part == b"hmac-sha256")
        .unwrap();
    octets[at..at + 11].copy_from_slice(b"hmac-sha999");
    assert_eq!(fault(&octets, &our_key(), NOW), TsigFault::UnknownKey);
    let answer = refusal(&octets, &[our_key()], NOW);
    let answer = Message::from_bytes(&answer).unwrap();
    let tsig = tsig(&answer).unwrap();
    assert_eq!(tsig.algorithm.to_string(), "hmac-sha999.");
    assert_eq!((tsig.error, tsig.mac), (Rcode::BADKEY, &[][..]));
}

#[test]
fn badtime_is_signed_and_tells_our_time() {
    let key = our_key();
    let (octets, verifier) = signed(&key);
    let now = NOW + 86_400;
    let answer = refusal(&octets, from_ref(&key), now);
    let answer = Message::from_bytes(&answer).unwrap();
    let record = tsig(&answer).unwrap();
    assert_eq!((record.time_signed, record.fudge), (NOW, 300));
    assert_eq!(record.mac.len(), 32);
    let Err(TsigError::Refused(refused)) = verifier.verify(&answer, NOW) else {
        panic!("that is a refusal");
    };
    assert_eq!(refused.server_time, Some(now));
    assert!(refused.authentic);
    let words = "the server refuses the signature: NOTAUTH, BADTIME; its clock says 1767312000";
    assert_eq!(refused.to_string(), words);
}

/// RFC 8945 5.2.2.1 and 5.2.4.
#[test]
fn cut_macs_obey_the_policy() {
    for algorithm in MacAlgorithm::ALL {
        if *algorithm == MacAlgorithm::GssTsig {
            continue;
        }
        let full = key("key.example.", *algorithm, SECRET);
        let (least, most) = (algorithm.least_mac_len(), algorithm.mac_len());
        assert!(least >= 10 || least == most);
        let error = Err(KeyError::MacLength { least, most });
        for wrong in [0, least - 1, most + 1, 65, 256, usize::MAX] {
            assert_eq!(full.clone().with_mac_len(wrong).map(|_| ()), error);
        }
        if *algorithm == MacAlgorithm::HmacMd5 {
            continue;
        }
        for len in least..=most {
            let cut = full.clone().with_mac_len(len).unwrap();
            let (octets, verifier) = signed(&cut);
            assert!(octets.len() >= cut.record_len());
            let request = Message::from_bytes(&octets).unwrap();
            assert_eq!(tsig(&request).unwrap().mac.len(), len);
            // Who allows it believes it; the response is over the MAC as it was sent.
            let signer = verify_request(&request, from_ref(&cut), NOW).unwrap();
            let (mut buffer, end) = response();
            let end = signer
                .unwrap()
                .sign(&mut buffer, end, &Stamp::at(NOW))
                .unwrap();
            let answer = Message::from_bytes(&buffer[..end]).unwrap();
            assert_eq!(verifier.verify(&answer, NOW), Ok(()));
            // Who wants more says BADTRUNC, signed.
            if len < most {
                assert_eq!(fault(&octets, &full, NOW), TsigFault::ShortMac);
                let answer = refusal(&octets, from_ref(&full), NOW);
                let answer = Message::from_bytes(&answer).unwrap();
                let Err(TsigError::Refused(refused)) = verifier.verify(&answer, NOW) else {
                    panic!("that is a refusal");
                };
                assert_eq!(refused.error, Rcode::BADTRUNC);
                assert!(refused.authentic);
            }
        }
    }
}

/// A MAC that is too long, or shorter than any policy may allow, is FORMERR, and the answer has no TSIG.
#[test]
fn impossible_macs_are_format_errors() {
    let key = our_key();
    let (mut buffer, len) = message(Flags::default(), false);
    for mac_len in [0, 1, 9, 15, 33, 64, 200] {
        let mac = vec![0x11; mac_len];
        let octets = with_tsig(&mut buffer.clone(), len, Class::ANY, 0, &mac);
        assert_eq!(fault(&octets, &key, NOW), TsigFault::MacLength, "{mac_len}");
        let answer = refusal(&octets, from_ref(&key), NOW);
        let answer = Message::from_bytes(&answer).unwrap();
        assert_eq!(answer.rcode(), Rcode::FORMERR);
        assert!(tsig(&answer).is_none());
    }
    // One that is right in length but not the MAC is BADSIG, cut or not.
    for mac_len in [16, 31, 32] {
        let octets = with_tsig(
            &mut buffer.clone(),
            len,
            Class::ANY,
            0,
            &vec![0x11; mac_len],
        );
        assert_eq!(fault(&octets, &key, NOW), TsigFault::BadMac, "{mac_len}");
    }
    // Class and TTL are fixed.
    for (class, ttl) in [(Class::IN, 0), (Class::ANY, 1), (Class::ANY, u32::MAX)] {
        let octets = with_tsig(&mut buffer, len, class, ttl, &[0x11; 32]);
        let fault = fault(&octets, &key, NOW);
        assert!(matches!(fault, TsigFault::Malformed(_)), "{fault}");
        assert_eq!(fault.rcode(), Rcode::FORMERR);
        let answer = refusal(&octets, from_ref(&key), NOW);
        assert!(tsig(&Message::from_bytes(&answer).unwrap()).is_none());
    }
}

/// A message with a TSIG record of the caller's choice.
fn with_tsig(buffer: &mut [u8], len: usize, class: Class, ttl: u32, mac: &[u8]) -> Vec<u8> {
    let mut octets = buffer[..len].to_vec();
    octets[11] += 1;
    let mut data = MacAlgorithm::HmacSha256.wire_name().to_vec();
    data.extend(&NOW.to_be_bytes()[2..]);
    data.extend([1, 44]);
    data.extend((mac.len() as u16).to_be_bytes());
    data.extend(mac);
    data.extend([0x12, 0x34, 0, 0, 0, 0]);
    octets.extend(our_key().name().as_flat().unwrap());
    octets.extend(Type::TSIG.0.to_be_bytes());
    octets.extend(class.0.to_be_bytes());
    octets.extend(ttl.to_be_bytes());
    octets.extend((data.len() as u16).to_be_bytes());
    octets.extend(data);
    octets
}

/// Twice, or before another record, or in another section: not even a message.
#[test]
fn a_misplaced_record_is_a_format_error() {
    let (buffer, len) = message(Flags::default(), false);
    let once = with_tsig(&mut buffer.clone(), len, Class::ANY, 0, &[0; 32]);
    let len = once.len();
    let twice = with_tsig(&mut once.clone(), len, Class::ANY, 0, &[0; 32]);
    assert!(Message::from_bytes(&once).is_ok());
    assert!(Message::from_bytes(&twice).is_err());
    let mut misplaced = once;
    misplaced.swap(9, 11);
    assert!(Message::from_bytes(&misplaced).is_err());
}

/// What is signed is the original id, so a forwarder may change the one in the header.
#[test]
fn the_original_id_is_what_is_signed() {
    let key = our_key();
    let (mut octets, _) = signed(&key);
    octets[0] ^= 0xff;
    let request = Message::from_bytes(&octets).unwrap();
    assert!(matches!(
        verify_request(&request, from_ref(&key), NOW),
        Ok(Some(_))
    ));
    // But not the one in the record.
    let at = octets.len() - 6;
    octets[at] ^= 0xff;
    assert_eq!(fault(&octets, &key, NOW), TsigFault::BadMac);
}

#[test]
fn responses_are_verified_over_the_mac_of_the_request() {
    let key = our_key();
    let (request, verifier) = signed(&key);
    let (mut other, len) = message(Flags::default(), false);
    let (len, other_verifier) = sign_request(&key, &mut other, len, &Stamp::at(NOW)).unwrap();
    other.truncate(len);
    for (octets, right, wrong) in [
        (&request, &verifier, &other_verifier),
        (&other, &other_verifier, &verifier),
    ] {
        let request = Message::from_bytes(octets).unwrap();
        let signer = verify_request(&request, from_ref(&key), NOW)
            .unwrap()
            .unwrap();
        let (mut buffer, len) = response();
        let len = signer.sign(&mut buffer, len, &Stamp::at(NOW)).unwrap();
        let answer = Message::from_bytes(&buffer[..len]).unwrap();
        assert_eq!(right.verify(&answer, NOW), Ok(()));
        let bad = TsigError::Fault(TsigFault::BadMac);
        assert_eq!(wrong.verify(&answer, NOW), Err(bad));
        let late = TsigError::Fault(TsigFault::BadTime);
        assert_eq!(right.verify(&answer, NOW + 301), Err(late));
    }
}

#[test]
fn unsigned_and_foreign_responses_are_not_believed() {
    let ours = our_key();
    let (_, verifier) = signed(&ours);
    let (buffer, len) = response();
    let answer = Message::from_bytes(&buffer[..len]).unwrap();
    assert_eq!(verifier.verify(&answer, NOW), Err(TsigError::Unsigned));
    assert_eq!(
        verifier.clone().into_stream().verify(&answer, NOW),
        Err(TsigError::Unsigned)
    );
    for name_and_algorithm in [
        ("key2.example.", MacAlgorithm::HmacSha256),
        ("key.example.", MacAlgorithm::HmacSha384),
    ] {
        let other = key(name_and_algorithm.0, name_and_algorithm.1, SECRET);
        let (octets, _) = signed(&other);
        let request = Message::from_bytes(&octets).unwrap();
        let signer = verify_request(&request, from_ref(&other), NOW)
            .unwrap()
            .unwrap();
        let (mut buffer, len) = response();
        let len = signer.sign(&mut buffer, len, &Stamp::at(NOW)).unwrap();
        let answer = Message::from_bytes(&buffer[..len]).unwrap();
        let unknown = TsigError::Fault(TsigFault::UnknownKey);
        assert_eq!(verifier.verify(&answer, NOW), Err(unknown));
    }
}

#[test]
fn md5_verifies_where_it_is_allowed_and_signs_no_request() {
    let name = NameBuf::from_text("key.example.").unwrap();
    let refused = TsigKey::new(
        RustCryptoMac,
        &name.as_name(),
        MacAlgorithm::HmacMd5,
        SECRET,
    );
    assert_eq!(refused.err(), Some(KeyError::Md5));
    let gss = TsigKey::new(
        RustCryptoMac,
        &name.as_name(),
        MacAlgorithm::GssTsig,
        SECRET,
    );
    assert_eq!(
        gss.err(),
        Some(KeyError::NotAvailable(MacAlgorithm::GssTsig))
    );
    let empty = TsigKey::new(
        RustCryptoMac,
        &name.as_name(),
        MacAlgorithm::HmacSha256,
        b"",
    );
    assert_eq!(empty.err(), Some(KeyError::EmptySecret));

    let allowed = key("key.example.", MacAlgorithm::HmacMd5, SECRET);
    let (mut buffer, len) = message(Flags::default(), false);
    let before = buffer.clone();
    let signed = sign_request(&allowed, &mut buffer, len, &Stamp::at(NOW));
    assert_eq!(signed.err(), Some(SignRequestError::Md5));
    assert_eq!(buffer, before, "nothing is changed");
}

#[test]
fn without_room_nothing_is_changed() {
    let key = our_key();
    let (buffer, len) = message(Flags::default(), true);
    for room in 0..key.record_len() {
        let mut short = buffer[..len + room].to_vec();
        let before = short.clone();
        let signed = sign_request(&key, &mut short, len, &Stamp::at(NOW));
        let no_room = SignRequestError::Write(WriteError::NoRoom);
        assert_eq!(signed.err(), Some(no_room));
        assert_eq!(short[..len], before[..len]);
    }
    let mut enough = buffer[..len + key.record_len()].to_vec();
    assert!(sign_request(&key, &mut enough, len, &Stamp::at(NOW)).is_ok());
    // No message at all, and one that is longer than its buffer.
    assert!(sign_request(&key, &mut [0; 300], 11, &Stamp::at(NOW)).is_err());
    assert!(sign_request(&key, &mut [0; 300], 301, &Stamp::at(NOW)).is_err());
    // 65,535 octets are the end, whatever the buffer has.
    let mut large = vec![0; 70_000];
    let most = 65_535 - key.record_len();
    assert!(sign_request(&key, &mut large, most, &Stamp::at(NOW)).is_ok());
    let mut large = vec![0; 70_000];
    assert!(sign_request(&key, &mut large, most + 1, &Stamp::at(NOW)).is_err());
    assert!(large[..=most].iter().all(|octet| *octet == 0));
}

#[test]
fn refusals_keep_the_opcode_and_any_question() {
    let key = our_key();
    let (mut buffer, len) = message(Flags::default().with_opcode(Opcode::UPDATE), false);
    let (len, _) = sign_request(&key, &mut buffer, len, &Stamp::at(NOW)).unwrap();
    let answer = refusal(&buffer[..len], &[], NOW);
    let answer = Message::from_bytes(&answer).unwrap();
    assert_eq!(answer.flags().opcode(), Opcode::UPDATE);
    assert_eq!(answer.header().counts, [1, 0, 0, 1]);
}

/// RFC 8945 5.3.1: at most 99 messages between two signatures, the first and the last signed.
#[test]
fn streams_have_short_gaps_and_signed_ends() {
    let key = our_key();
    for gap in [0, 1, 98, 99, 100, 101] {
        let (octets, verifier) = signed(&key);
        let mut verifier = verifier.into_stream();
        let request = Message::from_bytes(&octets).unwrap();
        let signer = verify_request(&request, from_ref(&key), NOW).unwrap();
        let mut signer = signer.unwrap().into_stream();
        let (plain, plain_len) = response();
        assert_eq!(
            signer.leave_unsigned(&plain[..plain_len]),
            Err(MustBeSigned)
        );
        let mut send = |signer: &mut lib_dns_core::messages::tsig::StreamSigner<_, _>, now| {
            let (mut buffer, len) = response();
            let len = signer.sign(&mut buffer, len, &Stamp::at(now)).unwrap();
            verifier.verify(&Message::from_bytes(&buffer[..len]).unwrap(), now)
        };
        assert_eq!(send(&mut signer, NOW), Ok(Proof::Signed));
        assert_eq!(send(&mut signer, NOW + 1), Ok(Proof::Signed));
        for number in 1..=gap {
            let message = Message::from_bytes(&plain[..plain_len]).unwrap();
            let proof = verifier_next(&mut verifier, &message);
            if number <= usize::from(MAX_UNSIGNED) {
                assert_eq!(signer.leave_unsigned(&plain[..plain_len]), Ok(()));
                assert_eq!(proof, Ok(Proof::Pending));
            } else {
                assert_eq!(
                    signer.leave_unsigned(&plain[..plain_len]),
                    Err(MustBeSigned)
                );
                assert_eq!(proof, Err(TsigError::LongGap));
            }
        }
        let early = verifier.clone().finish();
        let mut send = |now| {
            let (mut buffer, len) = response();
            let len = signer.sign(&mut buffer, len, &Stamp::at(now)).unwrap();
            verifier.verify(&Message::from_bytes(&buffer[..len]).unwrap(), now)
        };
        match gap {
            0 => assert_eq!(early, Ok(())),
            1..=99 => {
                assert_eq!(early, Err(TsigError::UnsignedEnd));
                assert_eq!(send(NOW + 2), Ok(Proof::Signed));
                assert_eq!(verifier.finish(), Ok(()));
            }
            _ => {
                assert_eq!(early, Err(TsigError::LongGap));
                // Once wrong, it stays so.
                assert_eq!(send(NOW + 2), Err(TsigError::LongGap));
            }
        }
    }
}

fn verifier_next(
    verifier: &mut lib_dns_core::messages::tsig::StreamVerifier<&Key, lib_dns_std::mac::RunningMac>,
    message: &Message<'_>,
) -> Result<Proof, TsigError> {
    verifier.verify(message, NOW)
}

/// Messages left out, doubled, swapped or changed between two signatures.
#[test]
fn a_stream_that_was_tampered_with_is_not_believed() {
    let key = our_key();
    let (octets, verifier) = signed(&key);
    let request = Message::from_bytes(&octets).unwrap();
    let signer = verify_request(&request, from_ref(&key), NOW).unwrap();
    let mut signer = signer.unwrap().into_stream();
    let messages: Vec<Vec<u8>> = (0..6_u16)
        .map(|number| {
            let (mut buffer, len) = response();
            buffer[0..2].copy_from_slice(&number.to_be_bytes());
            let len = if [0, 2, 5].contains(&number) {
                signer.sign(&mut buffer, len, &Stamp::at(NOW)).unwrap()
            } else {
                signer.leave_unsigned(&buffer[..len]).unwrap();
                len
            };
            buffer.truncate(len);
            buffer
        })
        .collect();
    let believed = |order: &[usize]| {
        let mut verifier = verifier.clone().into_stream();
        for number in order {
            let message = Message::from_bytes(&messages[*number]).unwrap();
            let _ = verifier.verify(&message, NOW);
        }
        verifier.finish().is_ok()
    };
    assert!(believed(&[0, 1, 2, 3, 4, 5]));
    for order in [
        &[0, 1, 2, 3, 5][..],
        &[0, 2, 3, 4, 5],
        &[0, 1, 2, 4, 3, 5],
        &[0, 1, 1, 2, 3, 4, 5],
        &[2, 1, 0, 3, 4, 5],
        &[0, 1, 2, 3, 4],
        &[1, 2, 3, 4, 5],
        &[0, 0, 1, 2, 3, 4, 5],
        &[],
    ] {
        assert!(!believed(order), "{order:?}");
    }
    // A stream may well stop after any signature: that it is complete, its last SOA record says.
    assert!(believed(&[0]) && believed(&[0, 1, 2]));
}

#[test]
fn keys_and_signers_do_not_tell_their_secrets() {
    let key = key("Key.Example.", MacAlgorithm::HmacSha256, b"hunter2hunter2");
    assert_eq!(format!("{key:?}"), "TsigKey(hmac-sha256 key.example.)");
    let (_, verifier) = signed(&key);
    let words = format!("{verifier:?} {:?}", verifier.clone().into_stream());
    assert!(
        !words.contains("hunter2") && !words.contains("104, 117"),
        "{words}"
    );
}

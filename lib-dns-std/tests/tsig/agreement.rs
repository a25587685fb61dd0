//! The other implementation and ours sign alike, and each believes the other.

use crate::vectors::{NOW, Vector, titled};
use lib_dns_core::code_points::Rcode;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{
    Proof, ResponseVerifier, SignRequestError, Stamp, TsigError, TsigKey, sign_request,
    verify_request,
};
use lib_dns_core::messages::{Flags, Header, Message};
use lib_dns_std::mac::RunningMac;
use std::slice::from_ref;

/// A message of theirs as we write it: the names in the record in lower case.
fn as_ours(vector: &Vector, unsigned: usize, theirs: &[u8]) -> Vec<u8> {
    let mut octets = theirs.to_vec();
    let owner = vector.key.name().wire_len();
    octets[unsigned..unsigned + owner].make_ascii_lowercase();
    let algorithm = unsigned + owner + 10;
    let len = vector.key.algorithm().wire_name().len();
    octets[algorithm..algorithm + len].make_ascii_lowercase();
    octets
}

/// Signs a request as the vector has it, but for HMAC-MD5, with which we sign none.
fn sign<'k>(
    vector: &'k Vector,
    unsigned: &[u8],
) -> Option<(Vec<u8>, ResponseVerifier<&'k TsigKey<RunningMac>>)> {
    let mut buffer = vec![0; unsigned.len() + vector.key.record_len()];
    buffer[..unsigned.len()].copy_from_slice(unsigned);
    let signed = sign_request(&vector.key, &mut buffer, unsigned.len(), &Stamp::at(NOW));
    if vector.key.algorithm() == MacAlgorithm::HmacMd5 {
        assert_eq!(signed.err(), Some(SignRequestError::Md5));
        return None;
    }
    let (len, verifier) = signed.unwrap();
    assert_eq!(len, buffer.len(), "the record is as long as was said");
    Some((buffer, verifier))
}

#[test]
fn requests_and_responses() {
    let mut seen = Vec::new();
    for vector in titled("exchange") {
        println!("{:?} {}", vector.key, vector.key.mac_len());
        seen.push(vector.key.algorithm());
        let theirs = vector.get("signed_request");
        let request = Message::from_bytes(theirs).unwrap();
        let signer = verify_request(&request, from_ref(&vector.key), NOW + 299);
        let signer = signer.unwrap().expect("a signature");

        let unsigned = vector.get("response");
        let mut buffer = vec![0; unsigned.len() + signer.record_len()];
        buffer[..unsigned.len()].copy_from_slice(unsigned);
        let stamp = Stamp::at(NOW + 7);
        let len = signer.sign(&mut buffer, unsigned.len(), &stamp).unwrap();
        let answer = vector.get("signed_response");
        assert_eq!(buffer[..len], as_ours(&vector, unsigned.len(), answer));

        let unsigned = vector.get("request");
        let Some((ours, verifier)) = sign(&vector, unsigned) else {
            continue;
        };
        assert_eq!(ours, as_ours(&vector, unsigned.len(), theirs));
        let response = Message::from_bytes(answer).unwrap();
        assert_eq!(verifier.verify(&response, NOW), Ok(()));
    }
    // All but GSS-TSIG, some of them cut to several lengths.
    for algorithm in MacAlgorithm::ALL {
        let expected = *algorithm != MacAlgorithm::GssTsig;
        assert_eq!(seen.contains(algorithm), expected, "{algorithm}");
    }
}

#[test]
fn streams_with_unsigned_messages() {
    for vector in titled("stream") {
        println!("{:?} {}", vector.key, vector.key.mac_len());
        let request = Message::from_bytes(vector.get("signed_request")).unwrap();
        let signer = verify_request(&request, from_ref(&vector.key), NOW);
        let mut signer = signer.unwrap().expect("a signature").into_stream();
        // The request without its record, to have a verifier.
        let mut unsigned = vector.get("signed_request").to_vec();
        unsigned.truncate(unsigned.len() - vector.key.record_len());
        unsigned[11] -= 1;
        let mut verifier = sign(&vector, &unsigned).map(|(_, verifier)| verifier.into_stream());

        let (mut signed, mut pending) = (0, 0);
        for (number, theirs) in vector.all("message").enumerate() {
            let message = Message::from_bytes(theirs).unwrap();
            let is_signed = message.header().counts[3] == 2;
            if let Some(verifier) = &mut verifier {
                let proof = verifier.verify(&message, NOW).unwrap();
                assert_eq!(proof == Proof::Signed, is_signed);
            }
            if is_signed {
                signed += 1;
                let stamp = Stamp::at(NOW + number as u64);
                let len = theirs.len() - vector.key.record_len();
                let mut buffer = theirs.to_vec();
                buffer[len..].fill(0);
                buffer[11] -= 1;
                let whole = signer.sign(&mut buffer, len, &stamp).unwrap();
                assert_eq!(whole, theirs.len());
                assert_eq!(buffer, as_ours(&vector, len, theirs), "message {number}");
            } else {
                pending += 1;
                signer.leave_unsigned(theirs).unwrap();
            }
        }
        assert!(signed >= 3 && pending >= 3);
        assert_eq!(
            verifier.map_or(Ok(()), |verifier| verifier.finish()),
            Ok(())
        );
    }
}

#[test]
fn a_request_under_another_id() {
    for vector in titled("forwarded") {
        let theirs = vector.get("signed_request");
        let request = Message::from_bytes(theirs).unwrap();
        assert_eq!(request.id(), 0x4321);
        let verified = verify_request(&request, from_ref(&vector.key), NOW);
        assert!(matches!(verified, Ok(Some(_))));

        let len = theirs.len() - vector.key.record_len();
        let mut buffer = theirs.to_vec();
        buffer[11] -= 1;
        let stamp = Stamp::at(NOW).with_original_id(0x1234);
        sign_request(&vector.key, &mut buffer, len, &stamp).unwrap();
        assert_eq!(buffer, as_ours(&vector, len, theirs));
    }
}

/// BADTIME and BADTRUNC: signed, over the request's MAC as it was sent.
#[test]
fn signed_refusals() {
    for (title, error, now) in [
        ("badtime", Rcode::BADTIME, NOW + 1000),
        ("badtrunc", Rcode::BADTRUNC, NOW),
    ] {
        for vector in titled(title) {
            let request = Message::from_bytes(vector.get("signed_request")).unwrap();
            let refusal = verify_request(&request, from_ref(&vector.key), now);
            let refusal = refusal.expect_err("a refusal");
            assert_eq!(
                (refusal.rcode(), refusal.fault().error()),
                (Rcode::NOTAUTH, error)
            );

            let unsigned = vector.get("response");
            let mut buffer = [0; 512];
            buffer[..unsigned.len()].copy_from_slice(unsigned);
            let len = refusal.sign(&mut buffer, unsigned.len(), now).unwrap();
            let theirs = vector.get("signed_response");
            assert_eq!(buffer[..len], as_ours(&vector, unsigned.len(), theirs));

            let len = refusal.respond(&request, now, &mut buffer).unwrap();
            let header = Header::read(&buffer[..len]).unwrap();
            let flags = Flags::default().with_response(true);
            let flags = flags
                .with_recursion_desired(true)
                .with_rcode(Rcode::NOTAUTH);
            assert_eq!((header.id, header.flags), (0x1234, flags));
            let request_mac = request_mac(&request);

            // The client, whose clock is behind.
            let full = vector.key.clone().with_mac_len(32).unwrap();
            let key = vector.key.clone().with_mac_len(request_mac).unwrap_or(full);
            let mut unsigned = request.as_bytes().to_vec();
            unsigned.truncate(unsigned.len() - key.record_len());
            unsigned[11] -= 1;
            let unsigned_len = unsigned.len();
            unsigned.resize(unsigned_len + 200, 0);
            let (_, verifier) =
                sign_request(&key, &mut unsigned, unsigned_len, &Stamp::at(NOW)).unwrap();
            for answer in [theirs, &buffer[..len]] {
                let answer = Message::from_bytes(answer).unwrap();
                let Err(TsigError::Refused(refused)) = verifier.verify(&answer, NOW) else {
                    panic!("a refusal was believed");
                };
                assert_eq!((refused.rcode, refused.error), (Rcode::NOTAUTH, error));
                assert!(refused.authentic);
                let time = (error == Rcode::BADTIME).then_some(now);
                assert_eq!(refused.server_time, time);
            }
        }
    }
}

/// Octets of the MAC of a request.
fn request_mac(request: &Message<'_>) -> usize {
    let checked = request.check().unwrap();
    let mut records = checked.section(lib_dns_core::messages::Section::Additional);
    records
        .find_map(|(_, data)| match data {
            lib_dns_core::rr_data::RData::Tsig(tsig) => Some(tsig.mac.len()),
            _ => None,
        })
        .expect("a TSIG record")
}

//! How an update went, as a message (RFC 2136 3.8).

use crate::code_points::Rcode;
use crate::messages::{EdnsHeader, Flags, Header, Message, MessageBuilder};

/// Writes the response to a request to the front of `out`, and says how long it is: the header, the zone
/// section as it came, and OPT if the request has one (RFC 6891 6.1.1).
///
/// The request may be anything. `None`: it is a response itself or too short to be answered, or `out` has no
/// room.
///
/// ```
/// use lib_dns_core::code_points::Rcode;
/// use lib_dns_core::messages::Message;
/// use lib_dns_core::transfer::update::respond;
/// let request = b"\x12\x34\x28\0\0\x01\0\0\0\0\0\0\x09sovereign\0\0\x06\0\x01";
/// let mut out = [0; 512];
/// let len = respond(request, Rcode::NOTAUTH, &mut out).ok_or("no response")?;
/// let response = Message::from_bytes(&out[..len])?;
/// assert_eq!((response.id(), response.rcode()), (0x1234, Rcode::NOTAUTH));
/// assert_eq!(response.header().counts, [1, 0, 0, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn respond(request: &[u8], rcode: Rcode, out: &mut [u8]) -> Option<usize> {
    let header = Header::read(request).ok()?;
    if header.flags.response() {
        return None;
    }
    // All other flags are zero (RFC 2136 2.2).
    let flags = Flags::default()
        .with_response(true)
        .with_opcode(header.flags.opcode())
        .with_rcode(rcode);
    let mut builder = MessageBuilder::<0>::new(out, header.id, flags).ok()?;
    if let Ok(message) = Message::from_bytes(request) {
        if let (Some(zone), [1, ..]) = (message.question(), message.header().counts) {
            builder.question(&zone.name, zone.qtype, zone.qclass).ok()?;
        }
        if message.edns().is_some() {
            let header = EdnsHeader {
                rcode,
                ..EdnsHeader::default()
            };
            builder.edns(&header, &[]).ok()?;
        }
    }
    Some(builder.finish().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn anything_but_a_response_is_answered() {
        let mut out = [0; 64];
        let answer = |request: &[u8], out: &mut [u8]| {
            respond(request, Rcode::FORMERR, out).map(|len| out[..len].to_vec())
        };
        let header = [0, 7, 0x28, 0, 0, 9, 0, 9, 0, 0, 0, 0];
        // The counts are wrong: the header alone is answered.
        let expected: Vec<u8> = [&[0, 7, 0xa8, 1][..], &[0; 8]].concat();
        assert_eq!(answer(&header, &mut out), Some(expected));
        assert_eq!(answer(&header[..11], &mut out), None);
        assert_eq!(
            answer(&[0, 7, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0], &mut out),
            None
        );
        assert_eq!(answer(&header, &mut out[..11]), None);
    }

    #[test]
    fn opt_answers_opt() {
        let request = b"\0\x07\x28\0\0\0\0\0\0\0\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0";
        let mut out = [0; 64];
        let len = respond(request, Rcode::REFUSED, &mut out).unwrap();
        let response = Message::from_bytes(&out[..len]).unwrap();
        assert!(response.edns().is_some());
        assert_eq!(response.rcode(), Rcode::REFUSED);
    }
}

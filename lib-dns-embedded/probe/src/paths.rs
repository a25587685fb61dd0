//! What a small device does with the core. Each path is a function of its own, so that the symbol table of the
//! linked program names it and tells its size; each answers with a number that `main` knows beforehand.

use crate::flash_zone::FlashZone;
use lib_dns_core::answer::{Settings, Transport, respond};
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag};
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use lib_dns_core::messages::options::Nsid;
use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
use lib_dns_core::messages::{EdnsHeader, EdnsOption, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{A, Mx, RData, Type};
use lib_dns_core::wire::WireError;
use lib_dns_core::zone::{Scanner, Step};

/// Reads a name from the wire and from text, and compares the two.
#[inline(never)]
pub fn name(wire: &[u8], text: &str) -> usize {
    match (Name::from_wire(wire), NameBuf::from_text(text)) {
        (Ok(wire), Ok(text)) if text == wire => wire.wire_len(),
        _ => 0,
    }
}

/// Reads zone text, whole and in two pieces, and adds up the lengths of owners and data.
#[inline(never)]
pub fn zone_text(text: &[u8], scratch: &mut [u8]) -> usize {
    let mut sum = 0usize;
    for piece in [text.len(), text.len() / 2] {
        let mut scanner = Scanner::new(Class::IN, None);
        let mut end = piece;
        let mut rest = text.get(..end).unwrap_or_default();
        loop {
            match scanner.next(&mut rest, end == text.len(), scratch) {
                Ok(Step::Record(record)) => {
                    sum = sum
                        .wrapping_add(record.owner.wire_len())
                        .wrapping_add(record.data.len());
                }
                Ok(Step::More) => {
                    let start = end.wrapping_sub(rest.len());
                    end = text.len();
                    rest = text.get(start..).unwrap_or_default();
                }
                Ok(_) => break,
                Err(_) => return 0,
            }
        }
    }
    sum
}

/// Answers queries from a zone in flash, and adds up for each response its rcode and the records of its sections, a
/// decimal digit each.
#[inline(never)]
pub fn answer(zone: &FlashZone, queries: &[&[u8]], buffer: &mut [u8]) -> usize {
    let mut sum = 0usize;
    for query in queries {
        let settings = Settings {
            identity: Some(b"node7"),
            ..Settings::default()
        };
        let written = respond(zone, &settings, &NotSha1, query, Transport::Udp, buffer);
        let response = written.and_then(|len| Message::from_bytes(buffer.get(..len)?).ok());
        let Some(response) = response else {
            return 0;
        };
        let [_, counts @ ..] = response.header().counts;
        let digits = counts
            .into_iter()
            .fold(response.rcode().0, |digits, count| {
                digits.wrapping_mul(10).wrapping_add(count)
            });
        sum = sum.wrapping_add(usize::from(digits));
    }
    sum
}

/// Some function of the octets: the probe has no zone that was signed with the right one.
struct NotSha1;

impl Sha1 for NotSha1 {
    fn digest(&self, parts: &[&[u8]]) -> [u8; HASH_LEN] {
        let mut digest = [0x5a_u8; HASH_LEN];
        for (slot, octet) in (0..HASH_LEN).cycle().zip(parts.iter().copied().flatten()) {
            if let Some(slot) = digest.get_mut(slot) {
                *slot = slot.rotate_left(3) ^ octet;
            }
        }
        digest
    }
}

/// Signs a query with a shared key, verifies that, signs the response and verifies it: the octets of both. The MAC
/// is no MAC, since it is the rest that is looked at.
#[inline(never)]
pub fn tsig(query: &[u8], buffer: &mut [u8]) -> usize {
    let Some(name) = Name::from_wire(b"\x03key\x00").ok() else {
        return 0;
    };
    let Ok(key) = TsigKey::new(NotMac, &name, MacAlgorithm::HmacSha256, b"secret") else {
        return 0;
    };
    exchange(&key, query, buffer).unwrap_or(0)
}

fn exchange(key: &TsigKey<NotMac>, query: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let stamp = Stamp::at(1_767_225_600);
    buffer.get_mut(..query.len())?.copy_from_slice(query);
    let (asked, verifier) = sign_request(key, buffer, query.len(), &stamp).ok()?;
    let request = Message::from_bytes(buffer.get(..asked)?).ok()?;
    let signer = verify_request(&request, core::slice::from_ref(key), stamp.time).ok()??;
    buffer.get_mut(..query.len())?.copy_from_slice(query);
    let mut signer = signer.into_stream();
    let answered = signer.sign(buffer, query.len(), &stamp).ok()?;
    let response = Message::from_bytes(buffer.get(..answered)?).ok()?;
    let mut verifier = verifier.into_stream();
    verifier.verify(&response, stamp.time).ok()?;
    verifier.finish().ok()?;
    Some(asked.wrapping_add(answered))
}

/// Looks at octets, and forgets them.
#[derive(Clone)]
struct NotMac;

impl MacProvider for NotMac {
    type Context = Self;

    fn keyed(&self, _: MacAlgorithm, _: &[u8]) -> Option<Self> {
        Some(Self)
    }
}

impl MacContext for NotMac {
    fn update(&mut self, octets: &[u8]) {
        core::hint::black_box(octets);
    }

    fn finish(self) -> MacTag {
        MacTag::new(&core::hint::black_box([7; 32]))
    }
}

/// Builds a response to a question that was read, and reads it again: the octets, the labels of its owners and what
/// the options hold.
#[inline(never)]
pub fn message(query: &[u8], buffer: &mut [u8]) -> usize {
    let Some(len) = build(query, buffer) else {
        return 0;
    };
    match buffer.get(..len).map(read) {
        Some(Ok(sum)) => sum.wrapping_add(len),
        _ => 0,
    }
}

fn build(query: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let query = Message::from_bytes(query).ok()?;
    let question = query.question()?;
    let flags = query.flags().with_response(true);
    let mut builder = MessageBuilder::<16>::new(buffer, query.id(), flags).ok()?;
    builder
        .question(&question.name, question.qtype, question.qclass)
        .ok()?;
    let address = A {
        address: [10, 42, 1, 5].into(),
    };
    let mail = Mx {
        preference: 10,
        exchange: question.name,
    };
    let owner = question.name;
    builder
        .record(Section::Answer, &owner, Class::IN, 300, &address)
        .ok()?;
    let mark = builder.mark();
    builder
        .record(Section::Authority, &owner, Class::IN, 300, &mail)
        .ok()?;
    builder.rewind(mark);
    builder
        .stored_record(
            Section::Authority,
            &owner.parent()?,
            Type::NS,
            Class::IN,
            300,
            b"\x02ns\x09sovereign\x00",
        )
        .ok()?;
    builder
        .edns(&EdnsHeader::default(), &[Nsid { id: b"node7" }.into()])
        .ok()?;
    Some(builder.finish().len())
}

fn read(octets: &[u8]) -> Result<usize, WireError> {
    let message = Message::from_bytes(octets)?;
    message.check()?;
    let mut sum = 0usize;
    for section in Section::ALL {
        for record in message.section(section) {
            let record = record?;
            sum = sum.wrapping_add(record.owner().label_count());
            if let RData::Ns(ns) = record.data()? {
                sum = sum.wrapping_add(ns.server.labels().count());
            }
        }
    }
    if let Some(edns) = message.edns() {
        for option in edns.options() {
            if let EdnsOption::Nsid(Nsid { id }) = option.read()? {
                sum = sum.wrapping_add(id.len());
            }
        }
    }
    Ok(sum)
}

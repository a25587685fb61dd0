//! A zone in flash, and what clients are answered from it: as `dig +short` shows it, and what is refused.
#![no_std]
#![no_main]

use firmware::console;
use firmware::console::Part::{Number, Text};
use firmware::short::Short;
use lib_dns_core::cache::HashKey;
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, OptionCode, Section};
use lib_dns_core::name::Name;
use lib_dns_core::policy::NodeId;
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::RrSet;
use lib_dns_embedded::node::{Answer, Answers, CacheStorage};
use lib_dns_embedded::rustcrypto::RustCryptoDigest;

/// `zdns zone compile examples/zones/sovereign.zone --output examples/firmware/zones/sovereign.image`
static ZONE: &[u8] = include_bytes!("../../zones/sovereign.image");
/// What that prints: the device is shipped with it.
const ROOT_ZONE_HASH: [u8; 32] = [
    0xc6, 0x40, 0xed, 0xb5, 0x58, 0xa1, 0x2a, 0x32, 0x15, 0x69, 0xae, 0x65, 0x9c, 0xf7, 0x23, 0xce,
    0x68, 0x43, 0xd9, 0x75, 0xc9, 0x29, 0x2b, 0x17, 0xb0, 0x9d, 0xfb, 0x7b, 0x4c, 0x19, 0x0c, 0xc7,
];

const APEX: &[u8] = b"\x09sovereign\0";
/// Another zone of the mesh, of which a node is asked that can be reached.
const OTHERS: &[u8] = b"\x06garden\0";

/// What clients ask.
const QUESTIONS: &[(&[u8], Type, &str)] = &[
    (b"\x05alice\x09sovereign\0", Type::A, "A"),
    (b"\x05alice\x09sovereign\0", Type::AAAA, "AAAA"),
    (b"\x05alice\x09sovereign\0", Type::TXT, "TXT"),
    (
        b"\x05_zhtp\x05_quic\x05alice\x09sovereign\0",
        Type::SRV,
        "SRV",
    ),
    (b"\x09sovereign\0", Type::SOA, "SOA"),
    (b"\x09sovereign\0", Type::NS, "NS"),
    (b"\x0calice-backup\x09sovereign\0", Type::A, "A"),
    (b"\x05alice\x09sovereign\0", Type::MX, "MX"),
    (b"\x06nobody\x09sovereign\0", Type::A, "A"),
    (b"\x07example\x03org\0", Type::A, "A"),
    (b"\x09sovereign\0", Type::AXFR, "AXFR"),
    // Nobody has told this yet, then it is known.
    (b"\x04pump\x06garden\0", Type::A, "A"),
    (b"\x04pump\x06garden\0", Type::A, "A"),
    (b"\x04tree\x06garden\0", Type::A, "A"),
    (b"\x04tree\x06garden\0", Type::A, "A"),
];

#[cortex_m_rt::entry]
fn main() -> ! {
    // All zeros, so that flash does not hold what RAM has to begin with.
    static mut STORAGE: CacheStorage = CacheStorage::EMPTY;
    static mut BUFFERS: [[u8; 512]; 3] = [[0; 512]; 3];
    console::end(run(STORAGE, BUFFERS).is_some())
}

/// Tells what clients see; `None` if it is not what it should be. Each step is a function of its own: what it takes of the stack,
/// it gives back.
fn run(storage: &mut CacheStorage, buffers: &mut [[u8; 512]; 3]) -> Option<()> {
    let [apex, others] = [APEX, OTHERS].map(|name| Name::from_wire(name).ok());
    let answers = &mut start(apex?, others?, storage);
    load(answers)?;
    for (seconds, (owner, rtype, word)) in (0..).zip(QUESTIONS) {
        let owner = Name::from_wire(owner).ok()?;
        tell(&owner, word);
        answer(
            answers,
            Timestamp::from_secs(seconds),
            &owner,
            *rtype,
            buffers,
        )?;
    }
    Some(())
}

#[inline(never)]
fn start<'s>(apex: Name<'s>, others: Name<'s>, storage: &'s mut CacheStorage) -> Answers<'s> {
    // A real node asks its chip for random words.
    let mut answers = Answers::new(NodeId([7; 32]), apex, HashKey([1, 2]), storage);
    answers.set_upstream(others);
    answers
}

#[inline(never)]
fn load(answers: &mut Answers<'_>) -> Option<()> {
    let forged = answers.set_image(ZONE, &[0; 32], &RustCryptoDigest);
    if forged.is_ok() {
        return None;
    }
    console::line(&[Text("an image with another hash: refused")]);
    let serial = answers.set_image(ZONE, &ROOT_ZONE_HASH, &RustCryptoDigest);
    console::line(&[
        Text("sovereign. serial "),
        Number(serial.ok()?.0.into()),
        Text(", "),
        Number(ZONE.len() as u64),
        Text(" octets in flash"),
    ]);
    Some(())
}

#[inline(never)]
fn tell(owner: &Name<'_>, word: &str) {
    console::line(&[Text(Short::of_name(owner).as_str()), Text(" "), Text(word)]);
}

#[inline(never)]
fn query<'b>(owner: &Name<'_>, rtype: Type, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let mut builder = <MessageBuilder<'_>>::new(buffer, 7, Flags::default()).ok()?;
    builder.question(owner, rtype, Class::IN).ok()?;
    builder.edns(&EdnsHeader::default(), &[]).ok()?;
    Some(builder.finish())
}

/// Answers a client, and shows what it gets.
#[inline(never)]
fn answer(
    answers: &mut Answers<'_>,
    now: Timestamp,
    owner: &Name<'_>,
    rtype: Type,
    [asked, out, response]: &mut [[u8; 512]; 3],
) -> Option<()> {
    let query = query(owner, rtype, asked)?;
    match answers.answer(now, 0x5eed, query, out) {
        Answer::Send(response) => return show(response),
        Answer::Nothing => return None,
        Answer::Ask(sent) => ask(answers, now, sent, response)?,
    }
    show(answers.settle(now, query, out)?)
}

#[inline(never)]
fn ask(answers: &mut Answers<'_>, now: Timestamp, sent: &[u8], buffer: &mut [u8]) -> Option<()> {
    console::line(&[Text("  (the garden's node is asked)")]);
    let heard = reply(sent, buffer)?;
    let mut scratch = [0; 64];
    answers.heard(now, sent, heard, &mut scratch).ok()?;
    Some(())
}

/// What the garden's node says: it knows the pump.
#[inline(never)]
fn reply<'b>(sent: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let sent = Message::from_bytes(sent).ok()?;
    let question = sent.question()?;
    let is_known = question.name.first_label() == Some(b"pump");
    let rcode = if is_known {
        Rcode::NOERROR
    } else {
        Rcode::NXDOMAIN
    };
    let flags = Flags::default().with_response(true).with_rcode(rcode);
    let mut builder = <MessageBuilder<'_>>::new(buffer, sent.id(), flags).ok()?;
    builder
        .question(&question.name, question.qtype, Class::IN)
        .ok()?;
    let garden = Name::from_wire(OTHERS).ok()?;
    let soa = b"\0\x16\0\0\0\0\0\x01\0\0\x0e\x10\0\0\x0e\x10\0\0\x0e\x10\0\0\0\x3c";
    let (section, owner, rtype, packed): (_, _, _, &[u8]) = if is_known {
        (
            Section::Answer,
            question.name,
            Type::A,
            b"\0\x04\x0a\x2a\x07\x01",
        )
    } else {
        (Section::Authority, garden, Type::SOA, soa)
    };
    RrSet::new(rtype, 600, packed)
        .write_to(&mut builder, section, &owner, Class::IN)
        .ok()?;
    Some(builder.finish())
}

/// The data of the answers, or why there are none.
#[inline(never)]
fn show(response: &[u8]) -> Option<()> {
    let message = Message::from_bytes(response).ok()?;
    let rcode = match message.rcode() {
        Rcode::NOERROR => "",
        Rcode::NXDOMAIN => "NXDOMAIN",
        Rcode::REFUSED => "REFUSED",
        Rcode::SERVFAIL => "SERVFAIL",
        _ => return None,
    };
    let mut records = 0;
    for record in message.section(Section::Answer) {
        let data = Short::of(&record.ok()?)?;
        console::line(&[Text("  "), Text(data.as_str())]);
        records += 1;
    }
    let option = message.edns().and_then(|edns| edns.option(OptionCode::EDE));
    let code = option.and_then(|option| option.octets().first_chunk());
    let reason = code.map(|code| u16::from_be_bytes(*code));
    match (records, reason) {
        (0, Some(reason)) => console::line(&[
            Text("  "),
            Text(rcode),
            Text(", extended error "),
            Number(reason.into()),
        ]),
        (0, None) if rcode.is_empty() => console::line(&[Text("  no such records")]),
        (0, None) => console::line(&[Text("  "), Text(rcode)]),
        _ => {}
    }
    Some(())
}

//! What a small device does with the core. Each path is a function of its own, so that the symbol table of the
//! linked program names it and tells its size; each answers with a number that `main` knows beforehand.

use crate::flash_zone::FlashZone;
use lib_dns_core::answer::{Settings, Transport, respond};
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag, Verdict};
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use lib_dns_core::messages::options::Nsid;
use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
use lib_dns_core::messages::{EdnsHeader, EdnsOption, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::conflict::{Claim, ConflictSettings, Contender, Fate, settle};
use lib_dns_core::policy::contract::QueryRates;
use lib_dns_core::policy::merge::{Claims, Content, MergeSettings, Merged, Version};
use lib_dns_core::policy::recovery::{Recovery, RecoveryPeer, RecoverySettings, RecoveryZone};
use lib_dns_core::policy::scope::{InternetAccess, Layer, ScopePattern, Scopes, ZoneClass};
use lib_dns_core::policy::update_control::{
    BroadcastSlot, Change, Heard, SeenSlot, UpdateControlConfig, UpdateReceiver, UpdateSender,
    WatchedZone,
};
use lib_dns_core::policy::{NodeId, OwnerId, RateSlot, Relation, ZoneVersion};
use lib_dns_core::rr_data::{A, Mx, RData, Type};
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::WireError;
use lib_dns_core::zone::{Scanner, Serial, Step};

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

/// Takes a script of three octets a step through the mesh's rules: an operation, whom it is about, and a number. Adds up
/// what they decide.
#[inline(never)]
pub fn mesh_rules(script: &[u8], asked: &[u8]) -> usize {
    let config = UpdateControlConfig::default();
    let mut sender = UpdateSender::new([BroadcastSlot::default(); 2], config);
    let slots = ([WatchedZone::default(); 2], [SeenSlot::default(); 4]);
    let mut receiver = UpdateReceiver::new(slots.0, slots.1, config);
    let (zones, peers) = ([RecoveryZone::default(); 2], [RecoveryPeer::default(); 2]);
    let mut recovery = Recovery::new(zones, peers, RecoverySettings::default());
    let mut claims = Claims::new([None; 2]);
    let mut rates = QueryRates::new([RateSlot::default(); 2]);
    let mut now = Timestamp::ZERO;
    let mut sum = 0usize;
    for step in script.chunks_exact(3) {
        let &[operation, who, number] = step else {
            return 0;
        };
        let (node, owner, serial) = (NodeId([who; 32]), OwnerId([who; 32]), Serial(number.into()));
        let version = ZoneVersion {
            serial,
            signed: 0,
            digest: [number; 8],
        };
        now = now.add_millis(50);
        let decided = match operation {
            b'c' => usize::from(sender.changed(now, who, serial) != Change::NoRoom),
            b'w' => usize::from(receiver.watch(who, Some(serial))),
            b'h' => match receiver.hear(now, u32::from(number) << 24, who, serial) {
                Heard::Accepted(at) => at.millis_since(now) as usize,
                Heard::StormBegins => 100_000,
                _ => 0,
            },
            b'f' => {
                receiver.failed(now, who);
                0
            }
            b'r' => {
                receiver.refreshed(who, serial);
                0
            }
            b'z' => {
                recovery.set_zone(who.into(), Some(version), number & 1 == 0);
                0
            }
            b'p' => usize::from(recovery.peer_found(now, node)),
            b'a' => match recovery.answered(0, node, &version, None) {
                Some(Relation::Newer) => 1,
                Some(Relation::Fork) => 2,
                _ => 0,
            },
            b'q' => usize::from(rates.check_query_rate(now, (who, number)).is_err()),
            b'm' => {
                let version = Version {
                    owner,
                    signed: number.into(),
                    expires: 9_000,
                    content: Content::Present([number; 32]),
                };
                usize::from(claims.merge(version) == Merged::Added)
            }
            b's' => contended(who, number),
            _ => {
                now = now.add_millis(u64::from(number).wrapping_mul(1_000));
                0
            }
        };
        sum = sum.wrapping_add(decided);
        while let Some(broadcast) = sender.poll(now) {
            sender.sent(now, &broadcast);
            sum = sum.wrapping_add(10);
        }
        while let Some(due) = receiver.poll(now) {
            sum = sum.wrapping_add(due.announced.map_or(20, |serial| serial.0 as usize));
        }
        while recovery.poll(now).is_some() {
            sum = sum.wrapping_add(1_000);
        }
    }
    sum = sum.wrapping_add(claims.served(0, MergeSettings::default()).count());
    sum.wrapping_add(permitted(asked).unwrap_or_default())
}

/// Settles two answers, of which one is a node's and the other another node's.
fn contended(who: u8, number: u8) -> usize {
    let contender = |octet: u8, verdict| Contender {
        claim: Claim {
            serial: Serial(number.into()),
            signature: None,
            latency: octet.into(),
            reputation: 0,
            node: NodeId([octet; 32]),
        },
        owner: OwnerId([number; 32]),
        verdict,
        digest: [octet; 32],
    };
    let (first, second) = (
        contender(who, Verdict::Valid),
        contender(number, Verdict::Valid),
    );
    let settled = settle(&first, &second, 0, ConflictSettings::default());
    match settled.second {
        Fate::Superseded(rule) => rule as usize,
        _ => 7,
    }
}

/// How long a question is that may go to the Internet.
fn permitted(asked: &[u8]) -> Option<usize> {
    let mesh = Name::from_wire(b"\x09sovereign\0").ok()?;
    let bridge = Name::from_wire(b"\x06bridge\x09sovereign\0").ok()?;
    let patterns = [ScopePattern {
        suffix: bridge,
        class: ZoneClass::External,
    }];
    let mesh_names = [mesh];
    let scopes = Scopes {
        mesh_names: &mesh_names,
        patterns: &patterns,
        federations: &[],
        internet: InternetAccess::Available,
    };
    let asked = Name::from_wire(asked).ok()?;
    let forwarding = scopes.permit(asked, None, Layer::Internet).ok()?;
    Some(forwarding.question().wire_len())
}

//! What a small device does that answers from its zone, and from what it was told. See `paths.rs`.

use lib_dns_core::answer::{MAX_LINKS, Settings, Transport, respond};
use lib_dns_core::cache::{Denied, Inserted, Lookup, Missing, NewDenial, NewRrset, Rank, Source};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Question, Record, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata};
use lib_dns_core::rr_data::{A, Aaaa, Cname, Ns, RecordType, Soa, Srv, Txt, Type, WriteData};
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::{Form, Part, Writer};
use lib_dns_core::zone::RrSet;
use lib_dns_core::zone::image::PlainImage;

#[path = "small_cache.rs"]
mod small_cache;

pub use small_cache::{Small, empty};

/// Answers queries from an image, and adds up for each response its rcode and the records of its sections, a decimal
/// digit each.
#[inline(never)]
pub fn answer(octets: &[u8], queries: &[&[u8]], buffer: &mut [u8]) -> usize {
    let Ok(image) = PlainImage::from_octets(octets) else {
        return 0;
    };
    let mut sum = 0usize;
    for query in queries {
        let settings = Settings::default();
        let written = respond(&image, &settings, &NotSha1, query, Transport::Udp, buffer);
        sum = sum.wrapping_add(digits(buffer, written));
    }
    sum
}

/// Keeps what responses from the zone `west.` say: a thousand for each RRset, and for a name that is not there the
/// seconds for which that is remembered.
#[inline(never)]
pub fn hear(cache: &mut Small<'_>, now: u64, responses: &[&[u8]], scratch: &mut [u8]) -> usize {
    let kept = responses
        .iter()
        .map(|response| keep(cache, Timestamp::from_secs(now), response, scratch).unwrap_or(0));
    kept.fold(0, usize::wrapping_add)
}

/// Answers queries from what was heard, as [`answer`] does; with SERVFAIL what is not known.
#[inline(never)]
pub fn recall(cache: &mut Small<'_>, now: u64, queries: &[&[u8]], buffer: &mut [u8]) -> usize {
    let mut sum = 0usize;
    for query in queries {
        let written = response(cache, Timestamp::from_secs(now), query, buffer);
        sum = sum.wrapping_add(digits(buffer, written));
    }
    sum
}

/// The zone is not signed: nothing is hashed.
struct NotSha1;

impl Sha1 for NotSha1 {
    fn digest(&self, _: &[&[u8]]) -> [u8; HASH_LEN] {
        [0; HASH_LEN]
    }
}

/// The rcode and the records of the sections of a response, a decimal digit each.
fn digits(buffer: &[u8], written: Option<usize>) -> usize {
    let response = written.and_then(|len| Message::from_bytes(buffer.get(..len)?).ok());
    let Some(response) = response else {
        return 0;
    };
    let [_, counts @ ..] = response.header().counts;
    let rcode = usize::from(response.rcode().0);
    counts.into_iter().fold(rcode, |digits, count| {
        digits.wrapping_mul(10).wrapping_add(usize::from(count))
    })
}

fn keep(
    cache: &mut Small<'_>,
    now: Timestamp,
    response: &[u8],
    scratch: &mut [u8],
) -> Option<usize> {
    let zone = Name::from_wire(b"\x04west\0").ok()?;
    let message = Message::from_bytes(response).ok()?;
    let Question { name, qtype, .. } = message.question()?;
    let rank = |section| Rank::of(section, message.flags().authoritative());
    let mut kept = 0usize;
    for section in [Section::Answer, Section::Authority] {
        let mut last = None;
        for record in message.section(section) {
            let record = record.ok()?;
            let key = (record.owner(), record.rtype());
            // The records of an RRset stand one behind the other.
            if last == Some(key) {
                continue;
            }
            last = Some(key);
            let Some(rrset) = gather(&message, section, &record, scratch) else {
                continue;
            };
            let new = NewRrset::new(record.owner(), rrset, rank(section), zone);
            if !matches!(cache.insert(now, &new), Inserted::Refused(_)) {
                kept = kept.wrapping_add(1_000);
            }
        }
    }
    let [_, answers, ..] = message.header().counts;
    if answers > 0 {
        return Some(kept);
    }
    let missing = match message.rcode() {
        Rcode::NXDOMAIN => Missing::Name,
        _ => Missing::Type(qtype),
    };
    let mut authority = message.section(Section::Authority).filter_map(Result::ok);
    let soa = authority.find(|record| record.rtype() == Type::SOA)?;
    let denied = cache.deny(
        now,
        &NewDenial {
            name,
            class: Class::IN,
            missing,
            zone: soa.owner(),
            soa_minimum: Soa::read(&mut soa.reader()).ok()?.minimum,
            soa_ttl: soa.ttl(),
            positive_ttl: None,
            bailiwick: zone,
            absence: Absence::Opinion,
            owner: None,
            in_class_a_zone: false,
            metadata: &NegativeMetadata {
                responding_node: NodeId([7; 32]),
                partition: None,
                coverage: AuthorityCoverage::NONE,
            },
            source: Source::default(),
        },
    );
    match denied {
        Denied::Kept { ttl } => Some(kept.wrapping_add(ttl as usize)),
        _ => Some(kept),
    }
}

/// The RRset that a record belongs to, in the form that the cache takes.
fn gather<'s>(
    message: &Message<'_>,
    section: Section,
    first: &Record<'_>,
    scratch: &'s mut [u8],
) -> Option<RrSet<'s>> {
    let mut writer = Writer::<0>::new(scratch, Form::Plain);
    for record in message.section(section).filter_map(Result::ok) {
        if record.rtype() == first.rtype() && record.owner() == first.owner() {
            let length = writer.open_length().ok()?;
            write_plain(&record, &mut writer)?;
            writer.close_length(length, Part::RecordData).ok()?;
        }
    }
    Some(RrSet::new(
        first.rtype(),
        first.ttl(),
        writer.into_written(),
    ))
}

/// Writes the data of a record of the profile's types without compression.
fn write_plain(record: &Record<'_>, writer: &mut Writer<'_, 0>) -> Option<()> {
    let mut reader = record.reader();
    let names = match record.rtype() {
        Type::A => A::NAMES,
        Type::NS => Ns::NAMES,
        Type::CNAME => Cname::NAMES,
        Type::SOA => Soa::NAMES,
        Type::AAAA => Aaaa::NAMES,
        Type::SRV => Srv::NAMES,
        Type::TXT => return Txt::read(&mut reader).ok()?.write(writer).ok(),
        _ => None,
    };
    names?.copy(&mut reader, writer).ok()
}

fn response(
    cache: &mut Small<'_>,
    now: Timestamp,
    query: &[u8],
    buffer: &mut [u8],
) -> Option<usize> {
    let query = Message::from_bytes(query).ok()?;
    let question = query.question()?;
    let flags = Flags::default().with_response(true);
    let mut builder = MessageBuilder::new(buffer, query.id(), flags).ok()?;
    builder
        .question(&question.name, question.qtype, question.qclass)
        .ok()?;
    let rcode = follow(cache, now, &question, &mut builder)?;
    builder.set_flags(flags.with_rcode(rcode));
    Some(builder.finish().len())
}

/// Writes what is known, alias by alias.
fn follow(
    cache: &mut Small<'_>,
    now: Timestamp,
    question: &Question<'_>,
    builder: &mut MessageBuilder<'_>,
) -> Option<Rcode> {
    let mut name = NameBuf::from(question.name);
    for _ in 0..=MAX_LINKS {
        let owner = name.as_name();
        match cache.lookup(now, &owner, question.qtype) {
            Lookup::Hit(held) => {
                let rrset = held.first().rrset();
                rrset
                    .write_to(builder, Section::Answer, &owner, Class::IN)
                    .ok()?;
                if rrset.rtype == question.qtype {
                    return Some(Rcode::NOERROR);
                }
                let (target, _) = Name::split_flat(rrset.first()?).ok()?;
                name = target.into();
            }
            Lookup::Negative(denial) => {
                let rcode = match denial.missing() {
                    Missing::Name => Rcode::NXDOMAIN,
                    Missing::Type(_) => Rcode::NOERROR,
                };
                let (ttl, labels) = (denial.ttl(), denial.zone().label_count());
                let zone = owner.ancestor(labels);
                if let Lookup::Hit(soa) = cache.lookup(now, &zone, Type::SOA) {
                    let soa = soa.first().rrset();
                    RrSet::new(soa.rtype, soa.ttl.min(ttl), soa.packed())
                        .write_to(builder, Section::Authority, &zone, Class::IN)
                        .ok()?;
                }
                return Some(rcode);
            }
            _ => break,
        }
    }
    Some(Rcode::SERVFAIL)
}

//! What the upstream says, on its way into the cache.

use core::fmt;

use lib_dns_core::answer::MAX_LINKS;
use lib_dns_core::cache::{Denied, Inserted, Missing, NewDenial, NewRrset, Rank, Source};
use lib_dns_core::code_points::{Class, Opcode, Rcode};
use lib_dns_core::messages::options::ZdnsItems;
use lib_dns_core::messages::{Message, OptionCode, Question, Record, Section};
use lib_dns_core::name::Name;
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata};
use lib_dns_core::rr_data::{
    A, Aaaa, Cname, Mx, Ns, Ptr, RecordType, Soa, Srv, Txt, Type, WriteData,
};
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::{Form, Part, Writer};
use lib_dns_core::zone::RrSet;

use super::answers::Answers;

/// What a response was good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Heard {
    /// It is kept: [`Answers::settle`] answers with it.
    Kept,
    /// It did not help: an error, a referral, or nothing that may be kept. The question is left alone for some seconds.
    Useless,
}

/// What is known now that was not, or is to be told in other ways.
pub(super) enum Learned<'r> {
    /// Records, or that those which are held are contested.
    Records,
    /// That something is missing in a zone.
    AbsenceIn(Name<'r>),
}

/// Why octets are no answer to a query. Wait on: it may be forged, and the answer may still come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NotHeard {
    /// They are no response to this query, or what was sent is no query of [`Answer::Ask`](super::Answer::Ask).
    Foreign,
    /// The response is cut off: ask over a stream.
    Truncated,
}

impl fmt::Display for NotHeard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "not the answer to the query",
            Self::Truncated => "the answer is cut off: ask over a stream",
        })
    }
}

impl core::error::Error for NotHeard {}

impl Answers<'_> {
    /// The upstream answered. What it says is kept under the cache's rules: it is believed about what is at or below its
    /// zone, never about what the image has, and absence never overwrites presence. Records pass through `scratch`; those of
    /// an RRset that is longer are not kept, nor those of some old types: of those up to OPT, A, NS, CNAME, SOA, PTR, MX, TXT,
    /// AAAA and SRV are.
    ///
    /// A TTL of 0 counts as one second: long enough to answer who asked.
    ///
    /// # Errors
    /// If it is no answer to what was sent.
    pub fn heard(
        &mut self,
        now: Timestamp,
        sent: &[u8],
        response: &[u8],
        scratch: &mut [u8],
    ) -> Result<Heard, NotHeard> {
        let learned = self.learn(now, sent, response, scratch)?;
        Ok(learned.map_or(Heard::Useless, |_| Heard::Kept))
    }

    /// The same; says what was kept, if anything.
    pub(super) fn learn<'r>(
        &mut self,
        now: Timestamp,
        sent: &[u8],
        response: &'r [u8],
        scratch: &mut [u8],
    ) -> Result<Option<Learned<'r>>, NotHeard> {
        let (message, question) = pair(sent, response).ok_or(NotHeard::Foreign)?;
        let upstream = self.upstream.as_ref().ok_or(NotHeard::Foreign)?;
        let zone = upstream.zone;
        if !self.is_of_others(&question.name, question.qtype) {
            return Err(NotHeard::Foreign);
        }
        if message.flags().truncated() {
            return Err(NotHeard::Truncated);
        }
        self.is_answered();
        let kept = match message.rcode() {
            Rcode::NOERROR | Rcode::NXDOMAIN => self.keep(now, &message, &question, &zone, scratch),
            _ => None,
        };
        if kept.is_some() {
            return Ok(kept);
        }
        let (name, source) = (&question.name, Source::default());
        // A name that is too long for the slots is asked again.
        let _ = self
            .cache
            .fail(now, name, Class::IN, question.qtype, source);
        Ok(None)
    }

    /// Keeps what answers the question; says if anything did.
    fn keep<'r>(
        &mut self,
        now: Timestamp,
        message: &Message<'r>,
        question: &Question<'_>,
        zone: &Name<'_>,
        scratch: &mut [u8],
    ) -> Option<Learned<'r>> {
        let mut name = question.name;
        let mut rank = Rank::of(Section::Answer, message.flags().authoritative());
        for _ in 0..=MAX_LINKS {
            for rtype in [question.qtype, Type::CNAME] {
                let Some(rrset) = gather(message, Section::Answer, &name, rtype, scratch) else {
                    continue;
                };
                let new = NewRrset::new(name, rrset, rank, *zone);
                let inserted = self.cache.insert(now, &new);
                if rtype == question.qtype {
                    let is_kept = !matches!(inserted, Inserted::Refused(_));
                    return is_kept.then_some(Learned::Records);
                }
            }
            let Some(target) = alias(message, &name) else {
                return self.deny(now, message, question, name, zone, scratch);
            };
            if !self.is_of_others(&target, question.qtype) {
                return Some(Learned::Records);
            }
            // AA speaks for the first name only.
            (name, rank) = (target, Rank::Answer);
        }
        None
    }

    /// Keeps that something is missing, if an SOA record stands for it (RFC 2308 5).
    fn deny<'r>(
        &mut self,
        now: Timestamp,
        message: &Message<'r>,
        question: &Question<'_>,
        name: Name<'_>,
        bailiwick: &Name<'_>,
        scratch: &mut [u8],
    ) -> Option<Learned<'r>> {
        let mut records = message.section(Section::Authority).filter_map(Result::ok);
        let soa = records.find(|record| {
            record.rtype() == Type::SOA
                && record.class() == Class::IN
                && name.is_at_or_below(&record.owner())
        });
        let soa = soa?;
        let data = Soa::read(&mut soa.reader()).ok()?;
        let missing = match message.rcode() {
            Rcode::NXDOMAIN => Missing::Name,
            _ => Missing::Type(question.qtype),
        };
        let metadata = self.metadata(message);
        let denied = self.cache.deny(
            now,
            &NewDenial {
                name,
                class: Class::IN,
                missing,
                zone: soa.owner(),
                soa_minimum: data.minimum,
                soa_ttl: soa.ttl(),
                positive_ttl: None,
                bailiwick: *bailiwick,
                absence: Absence::Opinion,
                owner: None,
                in_class_a_zone: false,
                metadata: &metadata,
                source: Source::default(),
            },
        );
        if let Denied::Kept { .. } = denied
            && let Some(rrset) = gather(
                message,
                Section::Authority,
                &soa.owner(),
                Type::SOA,
                scratch,
            )
        {
            let rank = Rank::of(Section::Authority, message.flags().authoritative());
            // It goes along with the denial, which holds without it too.
            let _ = self
                .cache
                .insert(now, &NewRrset::new(soa.owner(), rrset, rank, *bailiwick));
        }
        match denied {
            Denied::Kept { .. } => Some(Learned::AbsenceIn(soa.owner())),
            Denied::Contested | Denied::Outdated => Some(Learned::Records),
            Denied::NotForCaching | Denied::OutOfBailiwick => None,
        }
    }

    /// Who did not find it: who says so in the ZDNS option, else nobody but us.
    fn metadata(&self, message: &Message<'_>) -> NegativeMetadata {
        let option = message
            .edns()
            .and_then(|edns| edns.option(OptionCode::ZDNS));
        let items = option.and_then(|option| ZdnsItems::from_bytes(option.octets()).ok());
        let told = items.and_then(|items| NegativeMetadata::from_items(&items));
        told.unwrap_or(NegativeMetadata {
            responding_node: self.node,
            partition: None,
            coverage: AuthorityCoverage::NONE,
        })
    }
}

/// The response and the question, if they belong together.
fn pair<'r>(sent: &[u8], response: &'r [u8]) -> Option<(Message<'r>, Question<'r>)> {
    let sent = Message::from_bytes(sent).ok()?;
    let message = Message::from_bytes(response).ok()?;
    let (asked, question) = (sent.question()?, message.question()?);
    let is_ours = message.id() == sent.id()
        && !sent.flags().response()
        && message.flags().response()
        && message.flags().opcode() == Opcode::QUERY
        && (question.qtype, question.qclass) == (asked.qtype, Class::IN)
        && asked.qclass == Class::IN
        && question.name == asked.name;
    is_ours.then_some((message, question))
}

/// The RRset of a name and type, in the form that the cache takes.
fn gather<'s>(
    message: &Message<'_>,
    section: Section,
    owner: &Name<'_>,
    rtype: Type,
    scratch: &'s mut [u8],
) -> Option<RrSet<'s>> {
    let mut writer = Writer::<0>::new(scratch, Form::Plain);
    let mut ttl = u32::MAX;
    for record in message.section(section).filter_map(Result::ok) {
        if !is_of(&record, owner, rtype) {
            continue;
        }
        let length = writer.open_length().ok()?;
        write_plain(&record, &mut writer)?;
        writer.close_length(length, Part::RecordData).ok()?;
        ttl = ttl.min(record.ttl());
    }
    let packed = writer.into_written();
    (!packed.is_empty()).then(|| RrSet::new(rtype, ttl.max(1), packed))
}

/// Writes the data of a record without compression.
///
/// Of the types whose data may be compressed those are kept that a device is asked for; the codecs of all would take a
/// hundred kilobytes. What is younger than OPT is never compressed (RFC 3597 4), and kept as it stands.
fn write_plain(record: &Record<'_>, writer: &mut Writer<'_, 0>) -> Option<()> {
    let mut reader = record.reader();
    let names = match record.rtype() {
        Type::A => A::NAMES,
        Type::NS => Ns::NAMES,
        Type::CNAME => Cname::NAMES,
        Type::SOA => Soa::NAMES,
        Type::PTR => Ptr::NAMES,
        Type::MX => Mx::NAMES,
        Type::AAAA => Aaaa::NAMES,
        Type::SRV => Srv::NAMES,
        Type::TXT => return Txt::read(&mut reader).ok()?.write(writer).ok(),
        rtype if rtype > Type::OPT => return writer.put(record.data_octets()).ok(),
        _ => None,
    };
    names?.copy(&mut reader, writer).ok()
}

/// Where a name leads.
fn alias<'m>(message: &Message<'m>, owner: &Name<'_>) -> Option<Name<'m>> {
    let mut records = message.section(Section::Answer).filter_map(Result::ok);
    let record = records.find(|record| is_of(record, owner, Type::CNAME))?;
    let cname = Cname::read(&mut record.reader()).ok()?;
    Some(cname.target)
}

fn is_of(record: &Record<'_>, owner: &Name<'_>, rtype: Type) -> bool {
    record.rtype() == rtype && record.class() == Class::IN && record.owner() == *owner
}

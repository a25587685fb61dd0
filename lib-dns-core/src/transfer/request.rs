//! What asks for a zone.

use crate::code_points::{Class, Opcode, Rcode};
use crate::messages::options::Expire;
use crate::messages::{
    Edns, EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, OptionCode, Question, Record,
    Section,
};
use crate::name::Name;
use crate::rr_data::{RData, Soa, Type};
use crate::wire::{WireError, WriteError};
use crate::zone::Serial;

/// What of a zone is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// All of it: AXFR.
    Whole,
    /// What changed since a version: IXFR.
    Since(Serial),
}

impl Wanted {
    /// The type of the question.
    #[inline]
    pub fn qtype(self) -> Type {
        match self {
            Self::Whole => Type::AXFR,
            Self::Since(_) => Type::IXFR,
        }
    }

    /// The version that the asker has, if it told one.
    #[inline]
    pub fn since(self) -> Option<Serial> {
        match self {
            Self::Whole => None,
            Self::Since(serial) => Some(serial),
        }
    }
}

/// A request for a zone, or for what changed in it.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::messages::Message;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::transfer::{TransferRequest, Wanted};
/// use lib_dns_core::zone::Serial;
/// let zone = NameBuf::from_text("sovereign.")?;
/// let wanted = Wanted::Since(Serial(7));
/// let mut buffer = [0; 512];
/// let octets = TransferRequest::write(&mut buffer, 4711, &zone.as_name(), Class::IN, wanted)?;
/// let request = TransferRequest::read(&Message::from_bytes(octets)?).map_err(|rcode| rcode.to_string())?;
/// assert_eq!(request.map(|request| request.wanted), Some(wanted));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TransferRequest<'m> {
    /// Ties the answer to it.
    pub id: u16,
    /// The flags of the request.
    pub flags: Flags,
    /// The apex of the zone.
    pub zone: Name<'m>,
    /// The class of the zone.
    pub class: Class,
    /// What is wanted.
    pub wanted: Wanted,
    /// What its OPT record says, if there is one.
    pub edns: Option<Edns<'m>>,
}

impl<'m> TransferRequest<'m> {
    /// Does the asker want to know when the zone expires (RFC 7314)?
    pub fn asks_expire(&self) -> bool {
        let asked = self.edns.and_then(|edns| edns.option(OptionCode::EXPIRE));
        asked.is_some()
    }

    /// Reads a request. `None`: the message asks for no transfer, and something else must see to it.
    ///
    /// # Errors
    /// The rcode to answer with: FORMERR if IXFR does not tell the version that the asker has
    /// (RFC 1995 3), or there are several questions.
    pub fn read(message: &Message<'m>) -> Result<Option<Self>, Rcode> {
        let flags = message.flags();
        if flags.response() || flags.opcode() != Opcode::QUERY {
            return Ok(None);
        }
        let Some(question) = message.question() else {
            return Ok(None);
        };
        let wanted = match question.qtype {
            Type::AXFR => Wanted::Whole,
            Type::IXFR => {
                let version = version_of(message, &question.name, question.qclass);
                Wanted::Since(version.ok_or(Rcode::FORMERR)?)
            }
            _ => return Ok(None),
        };
        let [questions, ..] = message.header().counts;
        if questions != 1 {
            return Err(Rcode::FORMERR);
        }
        Ok(Some(Self {
            id: message.id(),
            flags,
            zone: question.name,
            class: question.qclass,
            wanted,
            edns: message.edns(),
        }))
    }

    /// Writes a request to the front of `buffer`. For IXFR the SOA record of the authority section tells the
    /// serial; nothing else in it is looked at by anyone, so it is left empty.
    ///
    /// # Errors
    /// If there is no room: 12 octets, the name, and 43 more do.
    pub fn write<'b>(
        buffer: &'b mut [u8],
        id: u16,
        zone: &Name<'_>,
        class: Class,
        wanted: Wanted,
    ) -> Result<&'b mut [u8], WriteError> {
        Ok(Self::begin(buffer, id, zone, class, wanted)?.finish())
    }

    /// The same, and asks when the zone expires (RFC 7314), which [`told_expire`](super::told_expire) reads from
    /// the first message of the answer.
    ///
    /// # Errors
    /// If there is no room: 15 octets more than for [`Self::write`] do.
    pub fn write_asking_expire<'b>(
        buffer: &'b mut [u8],
        id: u16,
        zone: &Name<'_>,
        class: Class,
        wanted: Wanted,
    ) -> Result<&'b mut [u8], WriteError> {
        let mut builder = Self::begin(buffer, id, zone, class, wanted)?;
        let expire = EdnsOption::from(Expire { seconds: None });
        builder.edns(&EdnsHeader::default(), &[expire])?;
        Ok(builder.finish())
    }

    fn begin<'b>(
        buffer: &'b mut [u8],
        id: u16,
        zone: &Name<'_>,
        class: Class,
        wanted: Wanted,
    ) -> Result<MessageBuilder<'b, 8>, WriteError> {
        let mut builder = MessageBuilder::<8>::new(buffer, id, Flags::default())?;
        builder.question(zone, wanted.qtype(), class)?;
        if let Wanted::Since(serial) = wanted {
            let version = Soa {
                primary: Name::ROOT,
                responsible: Name::ROOT,
                serial: serial.0,
                refresh: 0,
                retry: 0,
                expire: 0,
                minimum: 0,
            };
            builder.record(Section::Authority, zone, class, 0, &version)?;
        }
        Ok(builder)
    }
}

/// The version that the asker of IXFR has: the SOA record of the authority section (RFC 1995 3).
fn version_of(message: &Message<'_>, zone: &Name<'_>, class: Class) -> Option<Serial> {
    let record = message.section(Section::Authority).next()?.ok()?;
    told_version(&record, zone, class)?.ok()
}

/// The version that a record tells, if it is the SOA record of the zone.
pub(super) fn told_version(
    record: &Record<'_>,
    zone: &Name<'_>,
    class: Class,
) -> Option<Result<Serial, WireError>> {
    if record.rtype() != Type::SOA || record.owner() != *zone || record.class() != class {
        return None;
    }
    match record.data() {
        Ok(RData::Soa(soa)) => Some(Ok(Serial(soa.serial))),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// Is it a question for this type of the zone's apex?
pub(super) fn asks(question: &Question<'_>, qtype: Type, zone: &Name<'_>, class: Class) -> bool {
    question.qtype == qtype && question.qclass == class && question.name == *zone
}

/// In which form a request is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// All records of the zone; this is also an answer to IXFR (RFC 1995 4).
    Whole,
    /// The differences since the asker's version.
    Incremental,
    /// The SOA record alone: the asker has nothing to catch up with (RFC 1995 2).
    UpToDate,
}

impl Reply {
    /// The form for a zone that has this serial. `history` is how many octets the differences from the asker's
    /// version to this one have in plain form, `None` if they are not all known; `whole` is the same of
    /// the zone. A history that is longer than the zone is not worth sending.
    ///
    /// ```
    /// use lib_dns_core::transfer::{Reply, Wanted};
    /// use lib_dns_core::zone::Serial;
    /// let since = |serial| Wanted::Since(Serial(serial));
    /// assert_eq!(Reply::choose(since(7), Serial(7), None, 9000), Reply::UpToDate);
    /// assert_eq!(Reply::choose(since(5), Serial(7), Some(300), 9000), Reply::Incremental);
    /// assert_eq!(Reply::choose(since(5), Serial(7), Some(9999), 9000), Reply::Whole);
    /// assert_eq!(Reply::choose(since(5), Serial(7), None, 9000), Reply::Whole);
    /// assert_eq!(Reply::choose(Wanted::Whole, Serial(7), Some(300), 9000), Reply::Whole);
    /// ```
    pub fn choose(wanted: Wanted, current: Serial, history: Option<u64>, whole: u64) -> Self {
        match (wanted, history) {
            (Wanted::Since(has), _) if !current.is_newer_than(has) => Self::UpToDate,
            (Wanted::Since(_), Some(octets)) if octets <= whole => Self::Incremental,
            _ => Self::Whole,
        }
    }
}

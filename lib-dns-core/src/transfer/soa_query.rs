//! Asking for the version that a server has.

use super::request::{asks, told_version};
use crate::code_points::{Class, Opcode, Rcode};
use crate::messages::options::Expire;
use crate::messages::{
    EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, OptionCode, Section,
};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{WireError, WriteError};
use crate::zone::Serial;
use core::fmt;

/// Writes a query for the SOA record of a zone to the front of `buffer`. With it goes the question how long the
/// version may be served (RFC 7314): a primary that is itself a secondary knows better than its SOA record.
///
/// # Errors
/// If there is no room: 12 octets, the name, and 19 more do.
pub fn write_soa_query<'b>(
    buffer: &'b mut [u8],
    id: u16,
    zone: &Name<'_>,
    class: Class,
) -> Result<&'b mut [u8], WriteError> {
    let mut builder = MessageBuilder::<1>::new(buffer, id, Flags::default())?;
    builder.question(zone, Type::SOA, class)?;
    let expire = EdnsOption::Expire(Expire { seconds: None });
    builder.edns(&EdnsHeader::default(), &[expire])?;
    Ok(builder.finish())
}

/// What a server says of its version of a zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SoaAnswer {
    /// The version.
    pub serial: Serial,
    /// Seconds for which the server may still serve it, if it says so (RFC 7314).
    pub expire: Option<u32>,
}

/// Reads the answer to [`write_soa_query`].
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::messages::{Flags, MessageBuilder, Section};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::transfer::read_soa_answer;
/// use lib_dns_core::zone::Serial;
/// let zone = NameBuf::from_text("sovereign.")?;
/// let flags = Flags::default().with_response(true).with_authoritative(true);
/// let mut buffer = [0; 128];
/// let mut answer = MessageBuilder::<8>::new(&mut buffer, 7, flags)?;
/// let data = b"\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// answer.question(&zone.as_name(), Type::SOA, Class::IN)?;
/// answer.stored_record(Section::Answer, &zone.as_name(), Type::SOA, Class::IN, 60, data)?;
/// let answer = read_soa_answer(answer.finish(), 7, &zone.as_name(), Class::IN)?;
/// assert_eq!(answer.serial, Serial(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If it is not the answer to this query, or brings no SOA record. One that [is foreign](SoaAnswerError::is_foreign)
/// is no answer at all: wait on.
pub fn read_soa_answer(
    octets: &[u8],
    id: u16,
    zone: &Name<'_>,
    class: Class,
) -> Result<SoaAnswer, SoaAnswerError> {
    let message = Message::from_bytes(octets)?;
    let flags = message.flags();
    let is_ours = message.id() == id && flags.response() && flags.opcode() == Opcode::QUERY;
    let question = message.question();
    let is_asked = question.is_none_or(|question| asks(&question, Type::SOA, zone, class));
    if !is_ours || !is_asked {
        return Err(SoaAnswerError::Foreign);
    }
    if message.rcode() != Rcode::NOERROR {
        return Err(SoaAnswerError::Refused(message.rcode()));
    }
    if flags.truncated() {
        return Err(SoaAnswerError::NeedsStream);
    }
    // A server without the zone says what it heard, which is not what it has.
    if !flags.authoritative() {
        return Err(SoaAnswerError::NotAuthoritative);
    }
    for record in message.section(Section::Answer) {
        if let Some(serial) = told_version(&record?, zone, class) {
            return Ok(SoaAnswer {
                serial: serial?,
                expire: told_expire(&message),
            });
        }
    }
    Err(SoaAnswerError::NoSoa)
}

/// In how many seconds the zone expires where an answer came from, if it says so (RFC 7314): the answer to an SOA
/// query, or the first message of a transfer.
pub fn told_expire(message: &Message<'_>) -> Option<u32> {
    let option = message.edns()?.option(OptionCode::EXPIRE)?;
    match option.read() {
        Ok(EdnsOption::Expire(expire)) => expire.seconds,
        _ => None,
    }
}

/// Why an answer tells no version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SoaAnswerError {
    /// It is malformed.
    Wire(WireError),
    /// It does not answer our query.
    Foreign,
    /// The server says that it will not, or cannot.
    Refused(Rcode),
    /// It did not fit into a datagram.
    NeedsStream,
    /// The server is no authority for the zone: it may have expired there.
    NotAuthoritative,
    /// It has no SOA record of the zone.
    NoSoa,
}

impl SoaAnswerError {
    /// Was it something else than an answer? It may be forged, and the answer may still come.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::Wire(_) | Self::Foreign)
    }
}

impl From<WireError> for SoaAnswerError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl fmt::Display for SoaAnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(error) => write!(f, "malformed message: {error}"),
            Self::Foreign => f.write_str("a message that does not answer the query"),
            Self::Refused(rcode) => write!(f, "the server says {rcode}"),
            Self::NeedsStream => f.write_str("the answer does not fit into a datagram"),
            Self::NotAuthoritative => f.write_str("the server is no authority for the zone"),
            Self::NoSoa => f.write_str("the answer has no SOA record of the zone"),
        }
    }
}

impl core::error::Error for SoaAnswerError {}

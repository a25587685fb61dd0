//! What can be wrong with an answer that should bring a zone, and what to try then.

use super::{BrokenChain, Wanted};
use crate::answer::Transport;
use crate::code_points::{Class, Opcode, Rcode};
use crate::rr_data::Type;
use crate::wire::WireError;
use crate::zone::Serial;
use core::fmt;

/// Why an answer was not taken. Nothing that came before it may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConsumerError {
    /// A message is malformed, or a record in it.
    Wire(WireError),
    /// A message has another id than the request.
    WrongId(u16),
    /// A message is no response.
    NotAResponse,
    /// A message has another opcode than QUERY.
    WrongOpcode(Opcode),
    /// A message repeats another question than ours.
    WrongQuestion,
    /// The server says that it will not, or cannot.
    Refused(Rcode),
    /// A message has no record, and so the answer might never end.
    EmptyMessage,
    /// The first record is not the zone's SOA record.
    NoSoa(Type),
    /// A record's owner is not in the zone, or an SOA record stands below the apex.
    OutOfZone(Type),
    /// A record is not of the zone's class.
    WrongClass(Class),
    /// A record of a type that no zone can hold.
    MetaType(Type),
    /// The SOA record at the end is not the one at the front: the zone changed in between, or two answers were
    /// mixed.
    OtherEnd,
    /// Records follow the end.
    RecordsAfterEnd,
    /// A difference does not start at the version that it must start at.
    BrokenChain(BrokenChain),
    /// A difference leads to a version that is not newer than the one that it starts from.
    NotNewer {
        /// From where.
        from: Serial,
        /// To where.
        to: Serial,
    },
    /// The answer does not fit into a datagram: ask again over a stream.
    NeedsStream,
    /// A record's data does not fit into the scratch that was lent.
    ScratchTooSmall,
    /// There are more records than the limit.
    TooManyRecords,
    /// There are more octets than the limit.
    TooManyOctets,
    /// The answer ended before its end was there.
    CutOff,
    /// It was ended, or failed, before.
    Over,
}

/// What to try when an answer was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NextStep {
    /// The same over a stream.
    Stream,
    /// The whole zone from the same server, by AXFR: it does not know IXFR, or its differences are of no use.
    Whole,
    /// Another server, or later.
    GiveUp,
}

impl ConsumerError {
    /// What to try next, having asked for this over that.
    ///
    /// A server that does not know IXFR says FORMERR, NOTIMP or REFUSED (RFC 1995 3), or sends something that
    /// is none. A limit that was met, or an answer that was cut off, would only be met again.
    pub fn next_step(self, wanted: Wanted, transport: Transport) -> NextStep {
        match self {
            Self::NeedsStream if transport == Transport::Udp => NextStep::Stream,
            Self::Refused(rcode) => match (wanted, rcode) {
                (Wanted::Since(_), Rcode::FORMERR | Rcode::NOTIMP | Rcode::REFUSED) => {
                    NextStep::Whole
                }
                _ => NextStep::GiveUp,
            },
            Self::TooManyRecords | Self::TooManyOctets | Self::CutOff | Self::Over => {
                NextStep::GiveUp
            }
            _ => match wanted {
                Wanted::Since(_) => NextStep::Whole,
                Wanted::Whole => NextStep::GiveUp,
            },
        }
    }
}

impl From<WireError> for ConsumerError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl fmt::Display for ConsumerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(error) => write!(f, "malformed message: {error}"),
            Self::WrongId(id) => write!(f, "a message with id {id}, which is not ours"),
            Self::NotAResponse => f.write_str("a message that is no response"),
            Self::WrongOpcode(opcode) => write!(f, "a message of opcode {opcode}"),
            Self::WrongQuestion => f.write_str("a message with another question than ours"),
            Self::Refused(rcode) => write!(f, "the server says {rcode}"),
            Self::EmptyMessage => f.write_str("a message without records"),
            Self::NoSoa(rtype) => {
                write!(f, "the first record is {rtype} and not the zone's SOA")
            }
            Self::OutOfZone(rtype) => write!(f, "a record of type {rtype} outside the zone"),
            Self::WrongClass(class) => write!(f, "a record of class {class}"),
            Self::MetaType(rtype) => {
                write!(f, "a record of type {rtype}, which no zone can hold")
            }
            Self::OtherEnd => f.write_str("the SOA record at the end is not the one at the front"),
            Self::RecordsAfterEnd => f.write_str("records after the end"),
            Self::BrokenChain(error) => fmt::Display::fmt(error, f),
            Self::NotNewer { from, to } => {
                write!(
                    f,
                    "version {to} is not newer than {from}, which it should follow"
                )
            }
            Self::NeedsStream => f.write_str("the answer does not fit into a datagram"),
            Self::ScratchTooSmall => f.write_str("a record is longer than there is room for"),
            Self::TooManyRecords => f.write_str("more records than the limit allows"),
            Self::TooManyOctets => f.write_str("more octets than the limit allows"),
            Self::CutOff => f.write_str("the answer ends before its last SOA record"),
            Self::Over => f.write_str("a message after the end, or after an error"),
        }
    }
}

impl core::error::Error for ConsumerError {}

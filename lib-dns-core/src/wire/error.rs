//! What can be wrong with octets, and where.

use crate::name::{NameError, NameErrorKind};
use core::fmt;

/// What was wrong with a message, and at which offset. 4 bytes, `Copy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WireError {
    /// What was wrong.
    pub kind: WireErrorKind,
    /// The offset in octets, in the message or, for data that is not in a message, in the data.
    pub at: u16,
}

impl WireError {
    /// An error at an offset; offsets beyond any message are cut to the largest.
    #[cold]
    pub fn new(kind: WireErrorKind, at: usize) -> Self {
        Self {
            kind,
            at: u16::try_from(at).unwrap_or(u16::MAX),
        }
    }
}

/// What can be wrong with octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WireErrorKind {
    /// The octets end inside this part.
    Truncated(Part),
    /// This part is complete, but octets are left over in it.
    Leftover(Part),
    /// A name breaks a rule.
    Name(NameErrorKind),
    /// A value in this part is out of its range.
    BadValue(Part),
    /// The items of this part are not in their order, or stand twice.
    BadOrder(Part),
    /// This part must not be empty.
    Empty(Part),
    /// A message longer than 65,535 octets.
    MessageTooLong,
    /// More than one OPT record (RFC 6891 6.1.1).
    DuplicateOpt,
    /// An OPT record outside the additional section, or not at the root (RFC 6891 6.1.1, 6.1.2).
    MisplacedOpt,
    /// A TSIG or SIG(0) record that is not the last of the additional section (RFC 8945 5.1).
    MisplacedSignature,
}

/// Which part of a message an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Part {
    /// The message as a whole.
    Message,
    /// The header.
    Header,
    /// A question.
    Question,
    /// A record's fixed fields.
    Record,
    /// A record's data.
    RecordData,
    /// A character string.
    CharacterString,
    /// A field with a length of its own.
    Field,
    /// A type bitmap (RFC 4034 4.1.2).
    TypeBitmap,
    /// A service parameter (RFC 9460 2.2).
    ServiceParameter,
    /// An address prefix (RFC 3123 4).
    AddressPrefix,
    /// An EDNS option.
    Option,
    /// An item of a mesh record or of the ZDNS option.
    Item,
    /// A packed zone.
    Zone,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "message",
            Self::Header => "header",
            Self::Question => "question",
            Self::Record => "record",
            Self::RecordData => "record data",
            Self::CharacterString => "character string",
            Self::Field => "field",
            Self::TypeBitmap => "type bitmap",
            Self::ServiceParameter => "service parameter",
            Self::AddressPrefix => "address prefix",
            Self::Option => "EDNS option",
            Self::Item => "item",
            Self::Zone => "zone",
        })
    }
}

impl fmt::Display for WireErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(part) => write!(f, "{part} is cut off"),
            Self::Leftover(part) => write!(f, "octets left over in {part}"),
            Self::Name(kind) => fmt::Display::fmt(kind, f),
            Self::BadValue(part) => write!(f, "bad value in {part}"),
            Self::BadOrder(part) => write!(f, "items out of order in {part}"),
            Self::Empty(part) => write!(f, "empty {part}"),
            Self::MessageTooLong => f.write_str("message longer than 65535 octets"),
            Self::DuplicateOpt => f.write_str("more than one OPT record"),
            Self::MisplacedOpt => f.write_str("OPT record out of place"),
            Self::MisplacedSignature => f.write_str("TSIG or SIG(0) is not the last record"),
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (octet {})", self.kind, self.at)
    }
}

impl core::error::Error for WireError {}

impl From<NameError> for WireError {
    fn from(error: NameError) -> Self {
        Self {
            kind: WireErrorKind::Name(error.kind),
            at: error.at,
        }
    }
}

/// Why something could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteError {
    /// The buffer, or the limit set on it, is full.
    NoRoom,
    /// A part is longer than its length field can say.
    TooLong(Part),
    /// A section was written after a later one.
    OutOfOrder,
    /// The value to write holds octets that are no value of its type.
    Malformed(WireErrorKind),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom => f.write_str("no room in the buffer"),
            Self::TooLong(part) => write!(f, "{part} too long for its length field"),
            Self::OutOfOrder => f.write_str("section written after a later one"),
            Self::Malformed(kind) => write!(f, "value to write is malformed: {kind}"),
        }
    }
}

impl core::error::Error for WriteError {}

impl From<WireError> for WriteError {
    #[inline]
    fn from(error: WireError) -> Self {
        Self::Malformed(error.kind)
    }
}

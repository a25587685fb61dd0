//! What can be wrong with a name in wire form.

use core::fmt;

/// A name that breaks a rule, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NameError {
    /// Which rule.
    pub kind: NameErrorKind,
    /// The offset in the message or buffer, in octets.
    pub at: u16,
}

impl NameError {
    #[cold]
    pub(crate) fn at(kind: NameErrorKind, at: usize) -> Self {
        Self {
            kind,
            at: u16::try_from(at).unwrap_or(u16::MAX),
        }
    }
}

/// The rules that a name in wire form can break (RFC 1035 3.1, 4.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NameErrorKind {
    /// The octets end inside the name.
    Truncated,
    /// Longer than 255 octets.
    TooLong,
    /// A label longer than 63 octets.
    LabelTooLong,
    /// A length octet that starts with bits 01 or 10.
    BadLabelType,
    /// A pointer into the header, forward, into its own run, or one of too many.
    BadPointer,
    /// A pointer where the format forbids compression.
    Compressed,
    /// Octets follow a name that should fill its buffer.
    TrailingOctets,
    /// The name starts beyond the 65,535 octets that a message can have.
    BeyondMessage,
    /// The buffer lent for the name is too small.
    NoRoom,
}

impl NameErrorKind {
    pub(crate) fn of_label_octet(octet: u8) -> Self {
        if octet >= super::POINTER_MARK {
            Self::Compressed
        } else {
            Self::BadLabelType
        }
    }
}

impl fmt::Display for NameErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "name is cut off",
            Self::TooLong => "name longer than 255 octets",
            Self::LabelTooLong => "label longer than 63 octets",
            Self::BadLabelType => "unknown label type",
            Self::BadPointer => "bad compression pointer",
            Self::Compressed => "compressed name where none is allowed",
            Self::TrailingOctets => "octets after the name",
            Self::BeyondMessage => "name starts beyond 65535 octets",
            Self::NoRoom => "no room for the name",
        })
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (octet {})", self.kind, self.at)
    }
}

impl core::error::Error for NameError {}

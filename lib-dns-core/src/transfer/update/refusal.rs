//! Why an update is not made.

use crate::code_points::Rcode;
use crate::rr_data::Type;
use crate::wire::WireError;
use core::fmt;

/// Why an update is not made. Each stands for an rcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal {
    /// FORMERR: a record cannot be read, or holds no data of its type.
    Malformed(WireError),
    /// FORMERR: the message is a response, or of another opcode.
    NoUpdate,
    /// FORMERR: the zone section is not one SOA question (RFC 2136 3.1.1).
    ZoneSection,
    /// FORMERR: a TTL that must be zero is not (RFC 2136 3.2, 3.4.1).
    Ttl,
    /// FORMERR: a record has data where it must not (RFC 2136 3.2, 3.4.1).
    Data,
    /// FORMERR: a class that means nothing here (RFC 2136 3.2, 3.4.1).
    Class,
    /// FORMERR: a type that no record of a zone has (RFC 2136 3.4.1).
    MetaType(Type),
    /// NOTAUTH: the zone is not one of ours (RFC 2136 3.1.2).
    NotAuthoritative,
    /// NOTZONE: a record's owner is outside the zone (RFC 2136 3.2, 3.4.1.3).
    OutOfZone,
    /// NXDOMAIN: a name that should be in use is not (RFC 2136 3.2.4).
    NameMissing,
    /// YXDOMAIN: a name that should not be in use is (RFC 2136 3.2.5).
    NameExists,
    /// NXRRSET: an RRset that should exist does not, or has other records (RFC 2136 3.2.1, 3.2.3).
    RrsetMissing,
    /// YXRRSET: an RRset that should not exist does (RFC 2136 3.2.2).
    RrsetExists,
    /// REFUSED: no grant allows it (RFC 2136 3.3).
    NotGranted,
    /// REFUSED: an RRset would have more records than the grant allows.
    TooManyRecords(Type),
    /// REFUSED: records of this type are the signer's alone.
    Signers(Type),
    /// SERVFAIL: the scratch space is too small for a record.
    NoRoom,
    /// SERVFAIL: the zone has no SOA record that can be read.
    NoSoa,
}

impl Refusal {
    /// What the requester is told.
    pub fn rcode(self) -> Rcode {
        match self {
            Self::Malformed(_)
            | Self::NoUpdate
            | Self::ZoneSection
            | Self::Ttl
            | Self::Data
            | Self::Class
            | Self::MetaType(_) => Rcode::FORMERR,
            Self::NotAuthoritative => Rcode::NOTAUTH,
            Self::OutOfZone => Rcode::NOTZONE,
            Self::NameMissing => Rcode::NXDOMAIN,
            Self::NameExists => Rcode::YXDOMAIN,
            Self::RrsetMissing => Rcode::NXRRSET,
            Self::RrsetExists => Rcode::YXRRSET,
            Self::NotGranted | Self::TooManyRecords(_) | Self::Signers(_) => Rcode::REFUSED,
            Self::NoRoom | Self::NoSoa => Rcode::SERVFAIL,
        }
    }
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Malformed(error) => return write!(f, "malformed: {error}"),
            Self::MetaType(rtype) => return write!(f, "{rtype} is no type of a record"),
            Self::TooManyRecords(rtype) => {
                return write!(f, "more {rtype} records than the grant allows");
            }
            Self::Signers(rtype) => {
                return write!(f, "{rtype} records are made by the zone's signer only");
            }
            Self::NoUpdate => "not an UPDATE request",
            Self::ZoneSection => "the zone section is not one SOA question",
            Self::Ttl => "a TTL that must be zero is not",
            Self::Data => "a record has data where none may be",
            Self::Class => "a class that means nothing in an update of this zone",
            Self::NotAuthoritative => "not authoritative for the zone",
            Self::OutOfZone => "a name outside the zone",
            Self::NameMissing => "a name that should be in use is not",
            Self::NameExists => "a name that should not be in use is",
            Self::RrsetMissing => "an RRset that should exist does not, or differs",
            Self::RrsetExists => "an RRset that should not exist does",
            Self::NotGranted => "no grant allows it",
            Self::NoRoom => "no room to hold a record",
            Self::NoSoa => "the zone has no readable SOA record",
        };
        f.write_str(words)
    }
}

impl core::error::Error for Refusal {}

/// Why [`Update::apply`](super::Update::apply) made no change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpdateError<E> {
    /// The update is not to be made.
    Refused(Refusal),
    /// The change could not be written down: SERVFAIL.
    Changes(E),
}

impl<E> UpdateError<E> {
    /// What the requester is told.
    pub fn rcode(&self) -> Rcode {
        match self {
            Self::Refused(refusal) => refusal.rcode(),
            Self::Changes(_) => Rcode::SERVFAIL,
        }
    }
}

impl<E> From<Refusal> for UpdateError<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: fmt::Display> fmt::Display for UpdateError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Changes(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for UpdateError<E> {}

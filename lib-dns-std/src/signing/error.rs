//! Why a zone could not be signed.

use crate::zone::{ApplyError, ChangeError};
use lib_dns_core::dnssec::SigningError;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use std::fmt;

/// Why a zone could not be signed. The zone stays as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SignError {
    /// No key signs.
    NoKeys,
    /// The policy contradicts itself: signatures would end before they are made anew, or NSEC3 has more
    /// iterations or salt than can be.
    Policy,
    /// The zone has no SOA record that could be read.
    NoSoa,
    /// An RRset could not be signed.
    RrSet {
        /// The owner.
        owner: Box<NameBuf>,
        /// The type.
        rtype: Type,
        /// Why.
        error: SigningError,
    },
    /// Two names have the same hash: another salt is needed (RFC 5155 7.1).
    HashCollision,
    /// A hash function is not to be had.
    NoHash,
    /// The change cannot be put together.
    Change(ChangeError),
    /// The change does not fit the zone.
    Apply(Box<ApplyError>),
    /// A record is too long.
    TooLong(Box<NameBuf>, Type),
}

impl SignError {
    pub(super) fn rrset(owner: &Name<'_>, rtype: Type, error: SigningError) -> Self {
        Self::RrSet {
            owner: Box::new((*owner).into()),
            rtype,
            error,
        }
    }

    pub(super) fn too_long(owner: &Name<'_>, rtype: Type) -> Self {
        Self::TooLong(Box::new((*owner).into()), rtype)
    }
}

impl From<ChangeError> for SignError {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl From<ApplyError> for SignError {
    fn from(error: ApplyError) -> Self {
        Self::Apply(Box::new(error))
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str(
                "no key signs: an active key with its private half is needed, see `zdns key generate`",
            ),
            Self::Policy => f.write_str(
                "the signing policy contradicts itself: the lifetime must be longer than the jitter \
                 and the refresh together, and NSEC3 has at most 500 iterations and 255 octets of salt",
            ),
            Self::NoSoa => f.write_str("the zone has no SOA record"),
            Self::RrSet {
                owner,
                rtype,
                error,
            } => write!(f, "{owner} {rtype} could not be signed: {error}"),
            Self::HashCollision => {
                f.write_str("two names have the same NSEC3 hash: take another salt")
            }
            Self::NoHash => f.write_str("a hash function is not available"),
            Self::Change(error) => error.fmt(f),
            Self::Apply(error) => error.fmt(f),
            Self::TooLong(owner, rtype) => write!(f, "{owner} {rtype}: the record is too long"),
        }
    }
}

impl std::error::Error for SignError {}

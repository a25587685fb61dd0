//! What is wrong with a signed zone.

use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::{SignatureFault, ZonemdFault};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::Serial;
use std::fmt;

/// Faults that are kept; the others are counted.
const MAX_FAULTS: usize = 1000;

/// What [`verify_zone`](super::verify_zone) found.
#[derive(Clone, Default, Debug)]
pub struct SignedZoneReport {
    faults: Vec<SignedZoneFault>,
    fault_count: u64,
    signatures: u64,
    first_expiration: Option<Serial>,
}

impl SignedZoneReport {
    /// Is nothing wrong?
    pub fn is_good(&self) -> bool {
        self.fault_count == 0
    }

    /// The first 1000 faults.
    pub fn faults(&self) -> impl Iterator<Item = &SignedZoneFault> {
        self.faults.iter()
    }

    /// How many faults there are, kept or not.
    pub fn fault_count(&self) -> u64 {
        self.fault_count
    }

    /// How many signatures hold.
    pub fn signature_count(&self) -> u64 {
        self.signatures
    }

    /// When the first of these ends, in seconds since 1970, modulo 2^32.
    pub fn first_expiration(&self) -> Option<u32> {
        self.first_expiration.map(|serial| serial.0)
    }

    pub(super) fn add(
        &mut self,
        owner: &Name<'_>,
        rtype: Option<Type>,
        problem: SignedZoneProblem,
    ) {
        self.fault_count += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(SignedZoneFault {
                owner: Box::new((*owner).into()),
                rtype,
                problem,
            });
        }
    }

    /// Counts a signature that holds.
    pub(super) fn signature(&mut self, expiration: u32) {
        self.signatures += 1;
        let expiration = Serial(expiration);
        if self.first_expiration.is_none_or(|first| expiration < first) {
            self.first_expiration = Some(expiration);
        }
    }

    /// Adds what was found in another part of the zone.
    pub(super) fn append(&mut self, other: Self) {
        self.fault_count += other.fault_count;
        let room = MAX_FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(other.faults.into_iter().take(room));
        let signatures = self.signatures + other.signatures;
        if let Some(expiration) = other.first_expiration {
            self.signature(expiration.0);
        }
        self.signatures = signatures;
    }
}

/// Something wrong with a signed zone, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedZoneFault {
    /// The owner.
    pub owner: Box<NameBuf>,
    /// The type of the RRset, if it is about one.
    pub rtype: Option<Type>,
    /// What is wrong.
    pub problem: SignedZoneProblem,
}

impl fmt::Display for SignedZoneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rtype {
            Some(rtype) => write!(f, "{} {rtype}: {}", self.owner, self.problem),
            None => write!(f, "{}: {}", self.owner, self.problem),
        }
    }
}

/// What can be wrong with a signed zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SignedZoneProblem {
    /// The zone has no keys.
    NoKeys,
    /// A signature is missing, or does not hold.
    Signature(SignatureFault),
    /// An algorithm of the zone's keys has not signed the RRset (RFC 4035 2.2).
    AlgorithmMissing(SecurityAlgorithm),
    /// The signatures have another TTL than what they sign (RFC 4035 2.2).
    SignatureTtl,
    /// There are more signatures than a validator looks at.
    TooManySignatures,
    /// What is signed is not there, or is not the zone's to sign.
    SignatureOfNothing,
    /// There is no NSEC or NSEC3 record where one must be.
    DenialMissing,
    /// There is an NSEC or NSEC3 record of a name that has none.
    DenialOfNothing,
    /// There are several NSEC or NSEC3 records at one name.
    SeveralDenials,
    /// The data of an NSEC or NSEC3 record is broken.
    DenialMalformed,
    /// An NSEC or NSEC3 record leads to another name than the next.
    DenialNext,
    /// An NSEC or NSEC3 record lists other types than the name has.
    DenialTypes,
    /// There is no NSEC3PARAM record that can be used, or an NSEC3 record says something else.
    Nsec3Parameters,
    /// The zone has both NSEC and NSEC3 records.
    TwoChains,
    /// The digest of the zone does not match.
    Digest(ZonemdFault),
}

impl fmt::Display for SignedZoneProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str("the zone has no keys that could sign it"),
            Self::Signature(fault) => fault.fmt(f),
            Self::AlgorithmMissing(algorithm) => write!(
                f,
                "not signed with {algorithm}, which the zone has a key of (RFC 4035 2.2)"
            ),
            Self::SignatureTtl => f.write_str("the signature has another TTL than what it signs"),
            Self::TooManySignatures => f.write_str("more signatures than a validator looks at"),
            Self::SignatureOfNothing => {
                f.write_str("a signature of what is not there or not the zone's to sign")
            }
            Self::DenialMissing => f.write_str("no NSEC or NSEC3 record for the name"),
            Self::DenialOfNothing => f.write_str("a record of the chain for no name of the zone"),
            Self::SeveralDenials => f.write_str("not exactly one record of the chain"),
            Self::DenialMalformed => f.write_str("malformed data"),
            Self::DenialNext => f.write_str("leads to another name than the next"),
            Self::DenialTypes => f.write_str("lists other types than the name has"),
            Self::Nsec3Parameters => {
                f.write_str("no NSEC3PARAM record that can be used, or one that says otherwise")
            }
            Self::TwoChains => f.write_str("both NSEC and NSEC3 records"),
            Self::Digest(fault) => fault.fmt(f),
        }
    }
}

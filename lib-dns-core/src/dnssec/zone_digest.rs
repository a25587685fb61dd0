//! The digest of a whole zone (RFC 8976), by the SIMPLE scheme.

use super::{CanonicalError, CanonicalRrset};
use crate::crypto::{Digest, DigestAlgorithm, DigestValue, RunningDigest};
use crate::name::Name;
use crate::rr_data::{RecordType, Type, WriteData, Zonemd};
use crate::wire::{Form, Reader, Writer};
use crate::zone::Serial;
use core::fmt;

/// The SIMPLE scheme: the zone as one row of records (RFC 8976 3.3.1).
const SIMPLE: u8 = 1;

/// How a zone's digest is computed (RFC 8976 5.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ZoneHash {
    /// 1: SHA-384, 48 octets; the one that all must know.
    Sha384,
    /// 2: SHA-512, 64 octets.
    Sha512,
}

impl ZoneHash {
    /// The hash with a number; `None` if it is not one of these.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Sha384),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::Sha384 => 1,
            Self::Sha512 => 2,
        }
    }

    /// The hash function.
    pub fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Sha384 => DigestAlgorithm::Sha384,
            Self::Sha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// Digests a zone, RRset by RRset, all of them: what is below a cut is part of the zone's data too.
///
/// RRsets come in canonical order: owners as in RFC 4034 6.1, those of one owner by the number of their
/// types, signatures by the type that they cover. What the digest leaves out (RFC 8976 3.3.1.2) it
/// leaves out by itself: the ZONEMD records of the apex and their signatures.
pub struct ZoneHasher<'a, R> {
    apex: Name<'a>,
    hash: ZoneHash,
    running: R,
}

impl<'a, R: RunningDigest> ZoneHasher<'a, R> {
    /// Starts a digest; `None` if the hash function is not to be had.
    pub fn new<D: Digest<Running = R>>(hashes: &D, hash: ZoneHash, apex: Name<'a>) -> Option<Self> {
        let running = hashes.start(hash.algorithm())?;
        Some(Self {
            apex,
            hash,
            running,
        })
    }

    /// Takes the next RRset.
    ///
    /// # Errors
    /// None that depends on what is taken; see [`CanonicalError`].
    pub fn take(&mut self, rrset: &CanonicalRrset<'_>) -> Result<(), CanonicalError> {
        let at_apex = rrset.owner() == self.apex;
        if at_apex && rrset.rtype() == Type::ZONEMD {
            return Ok(());
        }
        let of_signatures = at_apex && rrset.rtype() == Type::RRSIG;
        let zonemd = Type::ZONEMD.0.to_be_bytes();
        let running = &mut self.running;
        rrset.each_record(
            |data| !(of_signatures && data.first_chunk() == Some(&zonemd)),
            |head, data| {
                running.update(head);
                running.update(data);
            },
        )
    }

    /// The digest of all that was taken.
    pub fn finish(self) -> DigestValue {
        self.running.finish()
    }

    /// The hash that is computed.
    pub fn hash(&self) -> ZoneHash {
        self.hash
    }
}

/// Writes the data of a ZONEMD record (RFC 8976 2.2) to the front of `out`, and says how long it is;
/// `None` if there is no room. While the digest is not known, one of zeros keeps the place.
pub fn zonemd_data(serial: Serial, hash: ZoneHash, digest: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut writer = Writer::<0>::new(out, Form::Plain);
    let zonemd = Zonemd {
        serial: serial.0,
        scheme: SIMPLE,
        hash_algorithm: hash.number(),
        digest,
    };
    zonemd.write(&mut writer).ok()?;
    Some(writer.len())
}

/// Why a zone's ZONEMD records do not vouch for it. Faults that say more stand later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ZonemdFault {
    /// The zone has none.
    Missing,
    /// The data of a record is broken.
    Malformed,
    /// They use schemes that are not known.
    UnknownScheme,
    /// They use hashes that are not known, or not to be had.
    UnknownHash,
    /// Several have the same scheme and hash.
    Repeated,
    /// They are for another serial than the SOA record's.
    OtherSerial,
    /// A digest has another length than its hash.
    BadLength,
    /// The digest is that of another zone.
    Mismatch,
}

impl fmt::Display for ZonemdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the zone has no ZONEMD record",
            Self::Malformed => "malformed ZONEMD data",
            Self::UnknownScheme => "no ZONEMD record has a known scheme",
            Self::UnknownHash => "no ZONEMD record has a known hash",
            Self::Repeated => "several ZONEMD records have the same scheme and hash",
            Self::OtherSerial => "the ZONEMD record is for another serial than the SOA record's",
            Self::BadLength => "the ZONEMD digest has another length than its hash",
            Self::Mismatch => "the ZONEMD digest is that of another zone",
        })
    }
}

impl core::error::Error for ZonemdFault {}

/// Checks a zone by the ZONEMD records of its apex (RFC 8976 4): one that matches is enough.
///
/// `records` are their data, `serial` is the SOA record's, and `digest` computes the zone's digest; it is
/// called at most once for each hash. Whether the records themselves are to be believed is the caller's
/// to know: where the zone is signed, their signature must hold.
///
/// # Errors
/// What of all records says most about why none matches.
pub fn verify_zonemd<'r>(
    records: impl Iterator<Item = &'r [u8]> + Clone,
    serial: Serial,
    mut digest: impl FnMut(ZoneHash) -> Option<DigestValue>,
) -> Result<ZoneHash, ZonemdFault> {
    let read = |data: &'r [u8]| Zonemd::read(&mut Reader::new(data));
    let mut worst = ZonemdFault::Missing;
    for data in records.clone() {
        let Ok(zonemd) = read(data) else {
            worst = worst.max(ZonemdFault::Malformed);
            continue;
        };
        let same = records.clone().filter_map(|other| read(other).ok());
        let same = same.filter(|other| {
            (other.scheme, other.hash_algorithm) == (zonemd.scheme, zonemd.hash_algorithm)
        });
        let hash = ZoneHash::from_number(zonemd.hash_algorithm);
        let fault = match hash {
            _ if zonemd.scheme != SIMPLE => ZonemdFault::UnknownScheme,
            None => ZonemdFault::UnknownHash,
            Some(_) if same.count() > 1 => ZonemdFault::Repeated,
            Some(_) if zonemd.serial != serial.0 => ZonemdFault::OtherSerial,
            Some(hash) if zonemd.digest.len() != hash.algorithm().output_len() => {
                ZonemdFault::BadLength
            }
            Some(hash) => match digest(hash) {
                Some(value) if value.as_bytes() == zonemd.digest => return Ok(hash),
                Some(_) => ZonemdFault::Mismatch,
                None => ZonemdFault::UnknownHash,
            },
        };
        worst = worst.max(fault);
    }
    Err(worst)
}

//! What a version of a zone holds, as one short value.

use super::memory::Zone;
use super::records::canonical;
use lib_dns_core::name::MAX_NAME_LEN;
use lib_dns_core::zone::{Difference, StoredRecord};
use sha2::{Digest, Sha256};
use std::fmt;

/// Octets of a [`ContentDigest`].
pub const CONTENT_DIGEST_LEN: usize = 32;

/// What a version of a zone holds, as one short value: the sum of the hashes (SHA-256) of its records, in
/// four lanes of 64 bits.
///
/// Since it is a sum, a change costs what it changes. It tells that a file or a journal is not what it was;
/// it is no proof against somebody who makes records so that sums meet, as ZONEMD (RFC 8976) is. The order
/// of records makes no difference, nor the case of owners and of names in data.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ContentDigest([u64; 4]);

impl ContentDigest {
    /// The digest of a whole zone.
    pub fn of(zone: &Zone) -> Self {
        let mut digest = Self::default();
        for record in zone.records() {
            digest.add(&record);
        }
        digest
    }

    /// The digest of the version that a difference leads to from this one.
    #[must_use]
    pub fn after(mut self, difference: &Difference<'_>) -> Self {
        self.remove(&difference.old_soa());
        for record in difference.deleted().iter() {
            self.remove(&record);
        }
        self.add(&difference.new_soa());
        for record in difference.added().iter() {
            self.add(&record);
        }
        self
    }

    /// Reads what [`Self::to_bytes`] gave.
    pub fn from_bytes(octets: &[u8; CONTENT_DIGEST_LEN]) -> Self {
        let (lanes, _) = octets.as_chunks::<8>();
        let mut digest = Self::default();
        for (lane, octets) in digest.0.iter_mut().zip(lanes) {
            *lane = u64::from_be_bytes(*octets);
        }
        digest
    }

    /// The octets of the digest.
    pub fn to_bytes(self) -> [u8; CONTENT_DIGEST_LEN] {
        let mut octets = [0; CONTENT_DIGEST_LEN];
        let (lanes, _) = octets.as_chunks_mut::<8>();
        for (octets, lane) in lanes.iter_mut().zip(self.0) {
            *octets = lane.to_be_bytes();
        }
        octets
    }

    fn add(&mut self, record: &StoredRecord<'_>) {
        let lanes = self.0.iter_mut().zip(hash(record).0);
        lanes.for_each(|(sum, lane)| *sum = sum.wrapping_add(lane));
    }

    fn remove(&mut self, record: &StoredRecord<'_>) {
        let lanes = self.0.iter_mut().zip(hash(record).0);
        lanes.for_each(|(sum, lane)| *sum = sum.wrapping_sub(lane));
    }
}

/// The first half of the digest; the whole is for machines.
impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0[0], self.0[1])
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

fn hash(record: &StoredRecord<'_>) -> ContentDigest {
    let mut owner = [0; MAX_NAME_LEN];
    let owner = record.owner.copy_flat(&mut owner).unwrap_or_default();
    owner.make_ascii_lowercase();
    let mut sha = Sha256::new();
    sha.update(owner);
    sha.update(record.rtype.0.to_be_bytes());
    sha.update(record.class.0.to_be_bytes());
    sha.update(record.ttl.to_be_bytes());
    sha.update(canonical(record.rtype, record.data));
    ContentDigest::from_bytes(&sha.finalize().into())
}

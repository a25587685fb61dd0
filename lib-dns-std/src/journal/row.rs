//! What the tables of a journal hold, in octets.

use crate::zone::{CONTENT_DIGEST_LEN, ContentDigest, Zone};
use lib_dns_core::code_points::Class;
use lib_dns_core::zone::Serial;
use sha2::{Digest, Sha256};
use std::fmt;

/// Octets of a [`Version`].
const VERSION_LEN: usize = 4 + CONTENT_DIGEST_LEN;
/// Octets of a checksum.
pub(super) const CHECKSUM_LEN: usize = 16;
/// Octets of a change before its difference.
pub(super) const CHANGE_HEADER_LEN: usize = 2 * VERSION_LEN + 8 + CHECKSUM_LEN;
/// Versions of zone files that are known: the one that stands, and one that is being written.
pub(super) const MAX_FILES: usize = 2;

/// A version of a zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version {
    /// Its serial.
    pub serial: Serial,
    /// What it holds.
    pub content: ContentDigest,
}

impl Version {
    /// The version that a zone is; it looks at all records.
    pub fn of(zone: &Zone) -> Self {
        Self {
            serial: zone.serial(),
            content: ContentDigest::of(zone),
        }
    }

    fn write(&self, octets: &mut Vec<u8>) {
        octets.extend_from_slice(&self.serial.0.to_be_bytes());
        octets.extend_from_slice(&self.content.to_bytes());
    }

    fn read(octets: &mut &[u8]) -> Option<Self> {
        Some(Self {
            serial: Serial(u32::from_be_bytes(*take(octets)?)),
            content: ContentDigest::from_bytes(take(octets)?),
        })
    }
}

/// `serial:digest`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.serial, self.content)
    }
}

/// Takes so many octets from the front.
fn take<'a, const N: usize>(octets: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = octets.split_first_chunk::<N>()?;
    *octets = rest;
    Some(head)
}

/// What the journal knows of one zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ZoneRow {
    pub(super) id: u64,
    pub(super) class: Class,
    /// The sequence number of the oldest change.
    pub(super) first: u64,
    /// The sequence number of the next change.
    pub(super) next: u64,
    /// Octets of all changes.
    pub(super) octets: u64,
    pub(super) newest: Version,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) files: Vec<Version>,
}

/// A version that is kept whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Snapshot {
    pub(super) version: Version,
    /// The sequence number of the change that follows it.
    pub(super) at: u64,
    pub(super) parts: u32,
}

impl ZoneRow {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(256);
        octets.extend_from_slice(&self.id.to_be_bytes());
        octets.extend_from_slice(&self.class.0.to_be_bytes());
        for number in [self.first, self.next, self.octets] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        self.newest.write(&mut octets);
        octets.push(u8::from(self.snapshot.is_some()));
        if let Some(snapshot) = &self.snapshot {
            snapshot.version.write(&mut octets);
            octets.extend_from_slice(&snapshot.at.to_be_bytes());
            octets.extend_from_slice(&snapshot.parts.to_be_bytes());
        }
        octets.push(self.files.len() as u8);
        for file in &self.files {
            file.write(&mut octets);
        }
        octets
    }

    pub(super) fn from_bytes(mut octets: &[u8]) -> Option<Self> {
        let octets = &mut octets;
        let mut row = Self {
            id: u64::from_be_bytes(*take(octets)?),
            class: Class(u16::from_be_bytes(*take(octets)?)),
            first: u64::from_be_bytes(*take(octets)?),
            next: u64::from_be_bytes(*take(octets)?),
            octets: u64::from_be_bytes(*take(octets)?),
            newest: Version::read(octets)?,
            snapshot: None,
            files: Vec::new(),
        };
        if *take(octets)? == [1] {
            row.snapshot = Some(Snapshot {
                version: Version::read(octets)?,
                at: u64::from_be_bytes(*take(octets)?),
                parts: u32::from_be_bytes(*take(octets)?),
            });
        }
        let [files] = *take(octets)?;
        for _ in 0..files {
            row.files.push(Version::read(octets)?);
        }
        let has_order = row.first <= row.next
            && row.files.len() <= MAX_FILES
            && row
                .snapshot
                .is_none_or(|snapshot| (row.first..=row.next).contains(&snapshot.at));
        (octets.is_empty() && has_order).then_some(row)
    }
}

/// What stands before a difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ChangeHeader {
    pub(super) from: Version,
    pub(super) to: Version,
    pub(super) len: u64,
    checksum: [u8; CHECKSUM_LEN],
}

impl ChangeHeader {
    pub(super) fn new(from: Version, to: Version, difference: &[u8]) -> Self {
        let mut header = Self {
            from,
            to,
            len: difference.len() as u64,
            checksum: [0; CHECKSUM_LEN],
        };
        header.checksum = header.checksum_of(difference);
        header
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut octets = self.before_checksum();
        octets.extend_from_slice(&self.checksum);
        octets
    }

    fn before_checksum(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(CHANGE_HEADER_LEN);
        self.from.write(&mut octets);
        self.to.write(&mut octets);
        octets.extend_from_slice(&self.len.to_be_bytes());
        octets
    }

    /// Reads the header of a change; also gives what follows it.
    pub(super) fn read(mut octets: &[u8]) -> Option<(Self, &[u8])> {
        let header = Self {
            from: Version::read(&mut octets)?,
            to: Version::read(&mut octets)?,
            len: u64::from_be_bytes(*take(&mut octets)?),
            checksum: *take(&mut octets)?,
        };
        Some((header, octets))
    }

    /// Is it the header of this difference?
    pub(super) fn is_of(&self, difference: &[u8]) -> bool {
        self.len == difference.len() as u64 && self.checksum == self.checksum_of(difference)
    }

    fn checksum_of(&self, difference: &[u8]) -> [u8; CHECKSUM_LEN] {
        checksum(&[&self.before_checksum(), difference])
    }
}

/// The checksum of some octets.
pub(super) fn checksum(parts: &[&[u8]]) -> [u8; CHECKSUM_LEN] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part);
    }
    let whole: [u8; 32] = sha.finalize().into();
    let mut sum = [0; CHECKSUM_LEN];
    sum.copy_from_slice(&whole[..CHECKSUM_LEN]);
    sum
}

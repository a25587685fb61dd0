//! The head of a zone image.

use super::page::ENTRY_LEN;
use super::{DIGEST_LEN, ImageError, ImagePart};
use crate::code_points::Class;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::zone::{Marks, Serial};

/// What every image starts with.
pub const MAGIC: [u8; 8] = *b"\x89ZONE\r\n\x1a";
/// The version of the layout that is read and written.
pub const VERSION: u16 = 1;
/// Octets of the head, without the zone's name.
pub const HEAD_LEN: usize = DIGEST_AT + DIGEST_LEN;

/// Where the digest stands, which covers what is before and behind it.
const DIGEST_AT: usize = 42;

/// The head of a zone image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageHead {
    /// The class of all records.
    pub class: Class,
    /// The serial of the SOA record.
    pub serial: Serial,
    /// Octets of the whole image.
    pub len: u64,
    /// Records, signatures included.
    pub records: u64,
    /// Pages with names.
    pub name_pages: u32,
    /// Pages with the owners of NSEC3 records.
    pub hash_pages: u32,
    /// The marks of all names together.
    pub marks: Marks,
    /// Octets of the zone's name.
    pub apex_len: u8,
    /// SHA-256 of the head without this, the zone's name and the index.
    pub digest: [u8; DIGEST_LEN],
}

impl ImageHead {
    /// Reads the head from the front of an image.
    ///
    /// # Errors
    /// If it is none, or what it says cannot be.
    pub fn from_octets(octets: &[u8]) -> Result<Self, ImageError> {
        let magic = octets.get(..MAGIC.len()).unwrap_or(octets);
        if magic.is_empty() || !MAGIC.starts_with(magic) {
            return Err(ImageError::NotAnImage);
        }
        let Some((head, _)) = octets.split_first_chunk::<HEAD_LEN>() else {
            let found = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            let needed = HEAD_LEN as u64;
            return Err(ImageError::Cut { needed, found });
        };
        let mut fields = Fields(head.get(MAGIC.len()..).unwrap_or_default());
        let version = u16::from_be_bytes(fields.take());
        if version != VERSION {
            return Err(ImageError::Version(version));
        }
        let head = Self {
            class: Class(u16::from_be_bytes(fields.take())),
            serial: Serial(u32::from_be_bytes(fields.take())),
            len: u64::from_be_bytes(fields.take()),
            records: u64::from_be_bytes(fields.take()),
            name_pages: u32::from_be_bytes(fields.take()),
            hash_pages: u32::from_be_bytes(fields.take()),
            marks: {
                let bits = u8::from_be_bytes(fields.take());
                let marks = Marks::from_bits(bits);
                if marks.bits() != bits {
                    return Err(ImageError::Head);
                }
                marks
            },
            apex_len: u8::from_be_bytes(fields.take()),
            digest: fields.take(),
        };
        if head.apex_len == 0 || head.name_pages == 0 || head.len < head.pages_at() {
            return Err(ImageError::Head);
        }
        Ok(head)
    }

    /// The octets of the head.
    pub fn to_octets(&self) -> [u8; HEAD_LEN] {
        let mut octets = [0; HEAD_LEN];
        let parts: [&[u8]; 10] = [
            &MAGIC,
            &VERSION.to_be_bytes(),
            &self.class.0.to_be_bytes(),
            &self.serial.0.to_be_bytes(),
            &self.len.to_be_bytes(),
            &self.records.to_be_bytes(),
            &self.name_pages.to_be_bytes(),
            &self.hash_pages.to_be_bytes(),
            &[self.marks.bits(), self.apex_len],
            &self.digest,
        ];
        let all = parts.into_iter().flatten();
        for (slot, octet) in octets.iter_mut().zip(all) {
            *slot = *octet;
        }
        octets
    }

    /// Pages of both kinds.
    pub fn pages(&self) -> u64 {
        u64::from(self.name_pages).saturating_add(u64::from(self.hash_pages))
    }

    /// Octets of the zone's name and the index, which follow the head.
    pub fn index_len(&self) -> u64 {
        let entries = self.pages().saturating_mul(ENTRY_LEN as u64);
        entries.saturating_add(u64::from(self.apex_len))
    }

    /// Where the first page starts in the image.
    pub fn pages_at(&self) -> u64 {
        self.index_len().saturating_add(HEAD_LEN as u64)
    }

    /// The digest that the head should have, for the zone's name and the index that follow it.
    ///
    /// # Errors
    /// If there is no SHA-256.
    pub fn digest_with(
        &self,
        index: &[u8],
        sha256: &impl Digest,
    ) -> Result<[u8; DIGEST_LEN], ImageError> {
        let octets = self.to_octets();
        let before = octets.get(..DIGEST_AT).unwrap_or_default();
        digest_of(&[before, index], sha256)
    }

    /// Are the head, and the zone's name and the index that follow it, as they were written?
    ///
    /// # Errors
    /// If they are not, or there is no SHA-256.
    pub fn verify(&self, index: &[u8], sha256: &impl Digest) -> Result<(), ImageError> {
        match self.digest_with(index, sha256)? == self.digest {
            true => Ok(()),
            false => Err(ImageError::Digest(ImagePart::Head)),
        }
    }
}

/// SHA-256 of some parts.
pub(super) fn digest_of(
    parts: &[&[u8]],
    sha256: &impl Digest,
) -> Result<[u8; DIGEST_LEN], ImageError> {
    let value = sha256.digest(DigestAlgorithm::Sha256, parts);
    let digest = value
        .as_ref()
        .and_then(|value| value.as_bytes().first_chunk());
    digest.copied().ok_or(ImageError::NoSha256)
}

/// Fields of a fixed width, one behind the other.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    /// The next field; zeros where nothing is left.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((field, rest)) => {
                self.0 = rest;
                *field
            }
            None => [0; N],
        }
    }
}

//! The index of a zone image, and its pages.

use super::head::{Fields, digest_of};
use super::key::NameKey;
use super::{DIGEST_LEN, ImageError, ImageNode, ImagePart};
use crate::crypto::Digest;
use crate::zone::Marks;
use core::cmp::Ordering;

/// Octets of an entry of the index.
pub const ENTRY_LEN: usize = 24 + DIGEST_LEN;
/// Octets of a name's slot in its page.
pub const SLOT_LEN: usize = 20;

/// What the index says of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageEntry {
    /// [`key_prefix`](crate::zone::key_prefix) of the first name.
    pub prefix: u64,
    /// Where the page starts in the image.
    pub at: u64,
    /// Its octets.
    pub len: u32,
    /// Its names.
    pub names: u16,
    /// The marks of its names together.
    pub marks: Marks,
    /// SHA-256 of the page.
    pub digest: [u8; DIGEST_LEN],
}

impl PageEntry {
    /// Reads an entry.
    pub fn from_octets(octets: &[u8; ENTRY_LEN]) -> Self {
        let mut fields = Fields(octets);
        Self {
            prefix: u64::from_be_bytes(fields.take()),
            at: u64::from_be_bytes(fields.take()),
            len: u32::from_be_bytes(fields.take()),
            names: u16::from_be_bytes(fields.take()),
            marks: {
                let [marks, _] = fields.take();
                Marks::from_bits(marks)
            },
            digest: fields.take(),
        }
    }

    /// The prefix alone.
    #[inline]
    pub(super) fn prefix_of(octets: &[u8; ENTRY_LEN]) -> u64 {
        u64::from_be_bytes(Fields(octets).take())
    }

    /// The octets of the entry.
    pub fn to_octets(&self) -> [u8; ENTRY_LEN] {
        let mut octets = [0; ENTRY_LEN];
        let parts: [&[u8]; 6] = [
            &self.prefix.to_be_bytes(),
            &self.at.to_be_bytes(),
            &self.len.to_be_bytes(),
            &self.names.to_be_bytes(),
            &[self.marks.bits(), 0],
            &self.digest,
        ];
        let all = parts.into_iter().flatten();
        for (slot, octet) in octets.iter_mut().zip(all) {
            *slot = *octet;
        }
        octets
    }

    /// The digest that a page should have in its entry.
    ///
    /// # Errors
    /// If there is no SHA-256.
    pub fn digest_of(page: &[&[u8]], sha256: &impl Digest) -> Result<[u8; DIGEST_LEN], ImageError> {
        digest_of(page, sha256)
    }

    /// Is a page, which is the one with this number, as it was written?
    ///
    /// # Errors
    /// If it is not, or there is no SHA-256.
    pub fn verify(&self, number: u32, page: &[u8], sha256: &impl Digest) -> Result<(), ImageError> {
        match Self::digest_of(&[page], sha256)? == self.digest {
            true => Ok(()),
            false => Err(ImageError::Digest(ImagePart::Page(number))),
        }
    }
}

/// Where a name and its records stand in a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameSlot {
    /// [`key_prefix`](crate::zone::key_prefix) of the name.
    pub prefix: u64,
    /// Where its data starts: the key, then the owner in wire form, then the RRsets in the order of their types.
    pub at: u32,
    /// Where the signatures start, in the order of what they cover. They end where the next name starts.
    pub signatures: u32,
    /// Octets of the key.
    pub key_len: u16,
    /// Octets of the owner.
    pub owner_len: u8,
    /// What a search must know of the name.
    pub marks: Marks,
}

impl NameSlot {
    /// Reads a slot.
    #[inline]
    pub fn from_octets(octets: &[u8; SLOT_LEN]) -> Self {
        let mut fields = Fields(octets);
        Self {
            prefix: u64::from_be_bytes(fields.take()),
            at: u32::from_be_bytes(fields.take()),
            signatures: u32::from_be_bytes(fields.take()),
            key_len: u16::from_be_bytes(fields.take()),
            owner_len: u8::from_be_bytes(fields.take()),
            marks: Marks::from_bits(u8::from_be_bytes(fields.take())),
        }
    }

    /// The octets of the slot.
    pub fn to_octets(&self) -> [u8; SLOT_LEN] {
        let mut octets = [0; SLOT_LEN];
        let parts: [&[u8]; 5] = [
            &self.prefix.to_be_bytes(),
            &self.at.to_be_bytes(),
            &self.signatures.to_be_bytes(),
            &self.key_len.to_be_bytes(),
            &[self.owner_len, self.marks.bits()],
        ];
        let all = parts.into_iter().flatten();
        for (slot, octet) in octets.iter_mut().zip(all) {
            *slot = *octet;
        }
        octets
    }
}

/// A page, read in place.
#[derive(Clone, Copy, Default)]
pub(super) struct Page<'i> {
    slots: &'i [[u8; SLOT_LEN]],
    data: &'i [u8],
}

impl<'i> Page<'i> {
    /// The page of an entry; empty if the image does not have it.
    pub(super) fn of_entry(image: &'i [u8], entry: &PageEntry) -> Self {
        let page = || {
            let at = usize::try_from(entry.at).ok()?;
            let page = image.get(at..)?.get(..usize::try_from(entry.len).ok()?)?;
            Self::new(page, entry.names)
        };
        page().unwrap_or_default()
    }

    /// Views a page with so many names; `None` if it is too short for their slots.
    #[inline]
    pub(super) fn new(page: &'i [u8], names: u16) -> Option<Self> {
        let slots = usize::from(names).checked_mul(SLOT_LEN)?;
        let (slots, data) = page.split_at_checked(slots)?;
        let (slots, _) = slots.as_chunks();
        Some(Self { slots, data })
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The last name at or before a key, and whether it is at the key.
    #[inline]
    pub(super) fn position(&self, prefix: u64, key: NameKey<'_>) -> (usize, bool) {
        let found = self.slots.binary_search_by(|octets| {
            match u64::from_be_bytes(Fields(octets).take()).cmp(&prefix) {
                Ordering::Equal => key.order_of(self.key(&NameSlot::from_octets(octets))),
                unequal => unequal,
            }
        });
        match found {
            Ok(index) => (index, true),
            // The page's first key is not after the key.
            Err(index) => (index.saturating_sub(1), false),
        }
    }

    /// The key of the first name.
    pub(super) fn first_key(&self) -> &'i [u8] {
        let first = self.slots.first().map(NameSlot::from_octets);
        first.map_or(&[], |slot| self.key(&slot))
    }

    #[inline]
    fn key(&self, slot: &NameSlot) -> &'i [u8] {
        let key = || {
            let data = self.data.get(usize::try_from(slot.at).ok()?..)?;
            data.get(..usize::from(slot.key_len))
        };
        key().unwrap_or_default()
    }

    /// A name of the page; `None` if there is none, or its slot contradicts itself.
    #[inline]
    pub(super) fn node(&self, index: usize) -> Option<ImageNode<'i>> {
        let slot = NameSlot::from_octets(self.slots.get(index)?);
        let at = usize::try_from(slot.at).ok()?;
        let end = match self.slots.get(index.saturating_add(1)) {
            Some(next) => usize::try_from(NameSlot::from_octets(next).at).ok()?,
            None => self.data.len(),
        };
        ImageNode::new(self.data.get(at..end)?, &slot)
    }

    /// Has one of the names signatures?
    pub(super) fn has_signatures(&self) -> bool {
        let mut end = self.data.len();
        self.slots.iter().rev().any(|octets| {
            let slot = NameSlot::from_octets(octets);
            let behind = core::mem::replace(&mut end, slot.at as usize);
            slot.signatures as usize != behind
        })
    }

    /// The last name at or before `index` that has one of the marks.
    pub(super) fn marked_at_or_before(&self, index: usize, marks: Marks) -> Option<ImageNode<'i>> {
        let above = self.len().min(index.saturating_add(1));
        let slots = self.slots.get(..above)?;
        let marked = |octets: &[u8; SLOT_LEN]| NameSlot::from_octets(octets).marks.any(marks);
        self.node(slots.iter().rposition(marked)?)
    }
}

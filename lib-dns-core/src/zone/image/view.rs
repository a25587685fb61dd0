//! A zone that is answered from where it stands.

use super::head::digest_of;
use super::key::NameKey;
use super::page::{ENTRY_LEN, Page, PageEntry};
use super::{DIGEST_LEN, HEAD_LEN, ImageError, ImageHead, ImageNode, ImagePart};
use crate::code_points::Class;
use crate::crypto::Digest;
use crate::name::Name;
use crate::text::hash_digits;
use crate::zone::{Found, Marks, Serial, ZoneLookup, ZoneSet, find_by_key};
use core::cmp::Ordering;

/// A zone image, read in place.
///
/// ```
/// # fn sha256() -> impl lib_dns_core::crypto::Digest { NoDigest }
/// # struct NoDigest;
/// # impl lib_dns_core::crypto::Digest for NoDigest {
/// #     type Running = NoDigest;
/// #     fn start(&self, _: lib_dns_core::crypto::DigestAlgorithm) -> Option<NoDigest> { None }
/// # }
/// # impl lib_dns_core::crypto::RunningDigest for NoDigest {
/// #     fn update(&mut self, _: &[u8]) {}
/// #     fn finish(self) -> lib_dns_core::crypto::DigestValue { lib_dns_core::crypto::DigestValue::new(&[]) }
/// # }
/// use lib_dns_core::zone::image::{ImageError, ZoneImage};
///
/// /// What a device does at its start: it takes the zone in its flash if that is the one it was shipped with.
/// fn zone_in(flash: &[u8], root_zone_hash: [u8; 32]) -> Result<ZoneImage<'_>, ImageError> {
///     let image = ZoneImage::from_octets(flash)?;
///     image.verify_file(&root_zone_hash, &sha256())?;
///     Ok(image)
/// }
/// assert_eq!(zone_in(b"erased", [0; 32]).err(), Some(ImageError::NotAnImage));
/// ```
#[derive(Clone, Copy)]
pub struct ZoneImage<'i> {
    head: ImageHead,
    apex: Name<'i>,
    names: &'i [[u8; ENTRY_LEN]],
    hashes: &'i [[u8; ENTRY_LEN]],
    /// The whole, and nothing behind it.
    octets: &'i [u8],
}

impl<'i> ZoneImage<'i> {
    /// Views an image, which starts with the octets; what is behind it does not matter, so that all of a
    /// partition can be given. Only the head is looked at: it takes as long for a million records as for one.
    ///
    /// # Errors
    /// If it is no image, or not a whole one.
    pub fn from_octets(octets: &'i [u8]) -> Result<Self, ImageError> {
        let head = ImageHead::from_octets(octets)?;
        let len = usize::try_from(head.len).ok();
        let Some(octets) = len.and_then(|len| octets.get(..len)) else {
            let found = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            let needed = head.len;
            return Err(ImageError::Cut { needed, found });
        };
        let parts = || {
            let (apex, rest) = octets
                .get(HEAD_LEN..)?
                .split_at_checked(usize::from(head.apex_len))?;
            let names = usize::try_from(head.name_pages).ok()?;
            let pages = usize::try_from(head.pages()).ok()?;
            let (entries, _) = rest.as_chunks();
            let (names, hashes) = entries.get(..pages)?.split_at_checked(names)?;
            Some((Name::from_wire(apex).ok()?, names, hashes))
        };
        let (apex, names, hashes) = parts().ok_or(ImageError::Head)?;
        Ok(Self {
            head,
            apex,
            names,
            hashes,
            octets,
        })
    }

    /// What the head says.
    pub fn head(&self) -> &ImageHead {
        &self.head
    }

    /// The serial of the zone.
    pub fn serial(&self) -> Serial {
        self.head.serial
    }

    /// The octets of the image.
    pub fn octets(&self) -> &'i [u8] {
        self.octets
    }

    /// A digest of the whole content: it covers the index, which has the digest of each page. It says what the
    /// image says that it is; whether that is true, [`Self::verify`] knows.
    pub fn digest(&self) -> &[u8; DIGEST_LEN] {
        &self.head.digest
    }

    /// Is all of it as it was written? Reads every octet once.
    ///
    /// # Errors
    /// The first part that is not.
    pub fn verify(&self, sha256: &impl Digest) -> Result<(), ImageError> {
        let pages_at = usize::try_from(self.head.pages_at()).map_err(|_| ImageError::Head)?;
        let index = self.octets.get(HEAD_LEN..pages_at);
        self.head.verify(index.ok_or(ImageError::Head)?, sha256)?;
        let mut rest = self.octets.get(pages_at..).ok_or(ImageError::Head)?;
        let mut at = self.head.pages_at();
        for (number, entry) in (0u32..).zip(self.names.iter().chain(self.hashes)) {
            let entry = PageEntry::from_octets(entry);
            let len = usize::try_from(entry.len).ok();
            // They stand one behind the other, so nothing is left out.
            let page = len.filter(|_| entry.at == at);
            let page = page.and_then(|len| rest.split_at_checked(len));
            let (page, behind) = page.ok_or(ImageError::Page(number))?;
            entry.verify(number, page, sha256)?;
            rest = behind;
            at = at.saturating_add(u64::from(entry.len));
        }
        match rest {
            [] => Ok(()),
            _ => Err(ImageError::Head),
        }
    }

    /// Is it the image with this SHA-256, such as `sha256sum` prints it? Reads every octet once.
    ///
    /// # Errors
    /// If it is another, or there is no SHA-256.
    pub fn verify_file(
        &self,
        hash: &[u8; DIGEST_LEN],
        sha256: &impl Digest,
    ) -> Result<(), ImageError> {
        match digest_of(&[self.octets], sha256)? == *hash {
            true => Ok(()),
            false => Err(ImageError::Digest(ImagePart::Whole)),
        }
    }

    /// Has it signatures, or the owners of NSEC3 records? Looks at the place of each name.
    pub(super) fn is_signed(&self) -> bool {
        let mut pages = self.names.iter();
        !self.hashes.is_empty() || pages.any(|entry| self.page(entry).has_signatures())
    }

    /// Every name in canonical order, empty non-terminals included, but no owners of NSEC3 records.
    pub fn nodes(&self) -> impl Iterator<Item = ImageNode<'i>> + use<'i> {
        nodes(self.octets, self.names)
    }

    /// The nodes of NSEC3 records, by hash.
    pub fn hashed_nodes(&self) -> impl Iterator<Item = ImageNode<'i>> + use<'i> {
        nodes(self.octets, self.hashes)
    }

    /// The key of a name; `None` if it is not at or below the apex.
    fn key<'n>(&self, name: &Name<'n>) -> Option<NameKey<'n>> {
        let is_ours = name.is_at_or_below(&self.apex);
        is_ours.then(|| NameKey::below(name, self.apex.label_count()))
    }

    fn page(&self, entry: &[u8; ENTRY_LEN]) -> Page<'i> {
        Page::of_entry(self.octets, &PageEntry::from_octets(entry))
    }

    /// The last page of an index whose first key is at or before a key.
    fn page_at_or_before(
        &self,
        index: &[[u8; ENTRY_LEN]],
        prefix: u64,
        key: NameKey<'_>,
    ) -> Option<usize> {
        let above = index.partition_point(|entry| {
            let order = match PageEntry::prefix_of(entry).cmp(&prefix) {
                Ordering::Equal => key.order_of(self.page(entry).first_key()),
                unequal => unequal,
            };
            order != Ordering::Greater
        });
        above.checked_sub(1)
    }

    /// The last node at or before a key, and whether it is at the key.
    fn at_or_before(
        &self,
        index: &[[u8; ENTRY_LEN]],
        key: NameKey<'_>,
    ) -> Option<(ImageNode<'i>, bool)> {
        let prefix = key.prefix();
        let number = self.page_at_or_before(index, prefix, key)?;
        let page = self.page(index.get(number)?);
        let (position, exact) = page.position(prefix, key);
        Some((page.node(position)?, exact))
    }

    /// The last node of all, or of those before a page, that has one of the marks.
    fn last_marked(&self, before: &[[u8; ENTRY_LEN]], marks: Marks) -> Option<ImageNode<'i>> {
        let marked = |entry: &&[u8; ENTRY_LEN]| PageEntry::from_octets(entry).marks.any(marks);
        let page = self.page(before.iter().rfind(marked)?);
        page.marked_at_or_before(page.len(), marks)
    }
}

fn nodes<'i>(
    octets: &'i [u8],
    index: &'i [[u8; ENTRY_LEN]],
) -> impl Iterator<Item = ImageNode<'i>> + use<'i> {
    index.iter().flat_map(move |entry| {
        let page = Page::of_entry(octets, &PageEntry::from_octets(entry));
        (0..page.len()).filter_map(move |index| page.node(index))
    })
}

impl ZoneLookup for ZoneImage<'_> {
    type Node<'z>
        = ImageNode<'z>
    where
        Self: 'z;

    fn apex(&self) -> Name<'_> {
        self.apex
    }

    fn class(&self) -> Class {
        self.head.class
    }

    fn get(&self, name: &Name<'_>) -> Option<ImageNode<'_>> {
        let (node, exact) = self.at_or_before(self.names, self.key(name)?)?;
        exact.then_some(node)
    }

    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<ImageNode<'_>> {
        if !self.head.marks.any(Marks::NSEC) {
            return None;
        }
        let before = || {
            let key = self.key(name)?;
            let prefix = key.prefix();
            let number = self.page_at_or_before(self.names, prefix, key)?;
            let page = self.page(self.names.get(number)?);
            let (position, _) = page.position(prefix, key);
            let marked = page.marked_at_or_before(position, Marks::NSEC);
            marked.or_else(|| self.last_marked(self.names.get(..number)?, Marks::NSEC))
        };
        // A name elsewhere is before the apex or after all: either way, the last one is before it.
        before().or_else(|| self.last_marked(self.names, Marks::NSEC))
    }

    fn nsec3_at_or_before(&self, hash: &[u8; 20]) -> Option<ImageNode<'_>> {
        // The label that a hash makes (RFC 5155 1.3), which sorts like the hash, as a name.
        let mut name = [0; 1 + 32 + 1];
        for (slot, octet) in name
            .iter_mut()
            .zip(core::iter::once(32).chain(hash_digits(hash)))
        {
            *slot = octet;
        }
        let key = NameKey::below(&Name::from_wire(&name).ok()?, 0);
        if let Some((node, _)) = self.at_or_before(self.hashes, key) {
            return Some(node);
        }
        let page = self.page(self.hashes.last()?);
        page.node(page.len().checked_sub(1)?)
    }

    fn find(&self, name: &Name<'_>) -> Option<Found<ImageNode<'_>>> {
        let key = self.key(name)?;
        find_by_key(key, |key| self.at_or_before(self.names, key))
    }
}

/// A device that has one zone.
impl ZoneSet for ZoneImage<'_> {
    type Zone = Self;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Self> {
        (class == self.head.class && name.is_at_or_below(&self.apex)).then_some(self)
    }
}

impl core::fmt::Debug for ZoneImage<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ZoneImage({}, serial {})", self.apex, self.head.serial)
    }
}

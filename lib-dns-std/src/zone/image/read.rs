//! A zone from an image.
//!
//! The pages of an image become pages in memory as they stand, read and checked by all cores at once. The file is
//! read and not mapped: a file that shrinks under a mapping kills the process (SIGBUS), and one that changes
//! changes a zone that nobody looked at; and what the checks found is true of what is served.
//!
//! All pages lie in one piece of memory, which is given back when the last of them is: a change replaces some of
//! them and keeps it.
//!
//! An image is a tree of digests, so that a page can be checked without the others: until all are read, answers are
//! made from pages that are read when they are asked for ([`OpenImage::unread`]).

use super::unread::UnreadPage;
use crate::hash::RustCryptoDigest;
use crate::parallel::in_pieces;
use crate::zone::page::Page;
use crate::zone::tree::{Leaf, Tree};
use crate::zone::{Problem, Zone};
use bytes::Bytes;
use lib_dns_core::name::{CanonicalKey, MAX_LABEL_LEN, Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{
    ENTRY_LEN, HEAD_LEN, ImageError, ImageHead, MAGIC, NameSlot, PageEntry, SLOT_LEN,
};
use lib_dns_core::zone::{Marks, PackedSets, ZoneLookup, key_prefix, soa_serial};
#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::MmapMut;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Pages that a thread takes at once; not so many that they leave the processor's cache before they are checked.
const PAGES_A_PIECE: usize = 32;

/// From so many octets on, memory is asked for in large pages.
const LARGE: usize = 4 * 1024 * 1024;

/// Why an image is not loaded.
#[derive(Debug)]
pub(in crate::zone) enum ImageFault {
    /// The file cannot be read.
    Io(io::Error),
    /// It is no image, or not as it was written.
    Image(ImageError),
}

impl From<ImageFault> for Problem {
    fn from(fault: ImageFault) -> Self {
        match fault {
            ImageFault::Io(error) => Self::Unreadable(error.to_string()),
            ImageFault::Image(error) => Self::Image(error),
        }
    }
}

impl From<io::Error> for ImageFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ImageError> for ImageFault {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

/// Does the file start as an image does?
pub(in crate::zone) fn is_image(file: &File) -> bool {
    let mut start = [0; MAGIC.len()];
    file.read_exact_at(&mut start, 0).is_ok() && start == MAGIC
}

/// An image whose head and index are as they were written.
#[derive(Debug)]
pub(in crate::zone) struct OpenImage {
    file: File,
    path: PathBuf,
    head: ImageHead,
    apex: NameBuf,
    entries: Vec<PageEntry>,
}

impl OpenImage {
    /// Reads the head and the index of a file of `len` octets, and checks them.
    pub(in crate::zone) fn open(file: File, path: &Path, len: u64) -> Result<Self, ImageFault> {
        let mut start = vec![0; HEAD_LEN.min(usize::try_from(len).unwrap_or(HEAD_LEN))];
        file.read_exact_at(&mut start, 0)?;
        let head = ImageHead::from_octets(&start)?;
        if head.len != len {
            let (needed, found) = (head.len, len);
            return Err(ImageError::Cut { needed, found }.into());
        }
        // No longer than the file, since the head holds together.
        let index_len = usize::try_from(head.index_len()).map_err(|_| ImageError::Head)?;
        let mut index = vec![0; index_len];
        file.read_exact_at(&mut index, HEAD_LEN as u64)?;
        head.verify(&index, &RustCryptoDigest)?;
        let (apex, entries) = index
            .split_at_checked(usize::from(head.apex_len))
            .ok_or(ImageError::Head)?;
        let apex = Name::from_wire(apex).map_err(|_| ImageError::Head)?;
        let apex = NameBuf::from(apex);
        let entries: Vec<_> = entries
            .as_chunks::<ENTRY_LEN>()
            .0
            .iter()
            .map(PageEntry::from_octets)
            .collect();
        check_order(&head, &entries)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            head,
            apex,
            entries,
        })
    }

    /// The file.
    pub(in crate::zone) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all pages.
    pub(in crate::zone) fn load(&self) -> Result<Zone, ImageFault> {
        let (head, entries) = (&self.head, &self.entries);
        // No longer than the file either, and all of it.
        let len = usize::try_from(head.len - head.pages_at()).map_err(|_| ImageError::Head)?;
        let read = |octets: &mut [u8]| read_pages(&self.file, &self.apex, entries, octets);
        let (mut octets, records) = in_memory(len, read)?;
        if records != head.records {
            return Err(ImageError::Head.into());
        }
        let zone = self.zone_of(|_, entry| {
            let page = octets.split_to(entry.len as usize);
            Page::new(entry.names.into(), page)
        });
        self.check_apex(&zone)?;
        check_keys(&zone)?;
        Ok(zone)
    }

    /// The zone with pages that are read when they are first asked for. What stands at its apex is known to be there.
    pub(in crate::zone) fn unread(self: &Arc<Self>) -> Result<Zone, ImageFault> {
        // It has the apex, and whatever is wrong with it is told as such.
        self.read_page(0)?;
        let zone = self.zone_of(|number, entry| {
            let page = UnreadPage::new(Arc::clone(self), number);
            Page::unread(entry.names.into(), page)
        });
        self.check_apex(&zone)?;
        Ok(zone)
    }

    /// Reads one page, and checks it by itself.
    pub(super) fn read_page(&self, number: u32) -> Result<Page, ImageFault> {
        let wrong = ImageError::Page(number);
        let at = usize::try_from(number).map_err(|_| wrong)?;
        let entry = self.entries.get(at).ok_or(wrong)?;
        let mut octets = vec![0; entry.len as usize];
        self.file.read_exact_at(&mut octets, entry.at)?;
        check_page(number, &octets, entry, &self.apex)?;
        Ok(Page::new(entry.names.into(), octets.into()))
    }

    /// The zone of pages, which are made one after the other.
    fn zone_of(&self, mut page: impl FnMut(u32, &PageEntry) -> Page) -> Zone {
        let leaves = self.entries.iter().zip(0..);
        let leaves = leaves
            .map(|(entry, number)| Leaf::with(entry.prefix, entry.marks, page(number, entry)));
        let mut leaves: Vec<_> = leaves.collect();
        let hashes = leaves.split_off(leaves.len().min(self.head.name_pages as usize));
        let names = Tree::of_leaves(&leaves);
        Zone {
            apex: self.apex,
            class: self.head.class,
            has_nsec: names.has_marked(Marks::NSEC),
            names,
            hashes: Tree::of_leaves(&hashes),
            records: self.head.records,
        }
    }

    /// Is it a zone, and the version that the head says?
    fn check_apex(&self, zone: &Zone) -> Result<(), ImageError> {
        let soa = zone.soa().and_then(|soa| soa_serial(soa.data));
        let has_servers = zone.get(&zone.apex()).is_some_and(|apex| {
            let mut types = apex.data_sets().map(|set| set.rtype);
            types.any(|rtype| rtype == Type::NS)
        });
        match soa == Some(self.head.serial) && has_servers {
            true => Ok(()),
            false => Err(ImageError::Head),
        }
    }
}

/// Do the pages stand one behind the other, up to the end?
fn check_order(head: &ImageHead, entries: &[PageEntry]) -> Result<(), ImageError> {
    let mut at = head.pages_at();
    for (entry, number) in entries.iter().zip(0..) {
        if entry.at != at || entry.names == 0 {
            return Err(ImageError::Page(number));
        }
        at = at.saturating_add(u64::from(entry.len));
    }
    match at == head.len {
        true => Ok(()),
        false => Err(ImageError::Head),
    }
}

/// Fills so many octets of memory.
fn in_memory<T>(
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<T, ImageFault>,
) -> Result<(Bytes, T), ImageFault> {
    if len < LARGE {
        let mut octets = vec![0; len];
        let made = fill(&mut octets)?;
        return Ok((octets.into(), made));
    }
    let mut octets = MmapMut::map_anon(len)?;
    // In small pages it takes longer to get the memory than to read the image. A system without large ones gives those.
    #[cfg(target_os = "linux")]
    let _ = octets.advise(Advice::HugePage);
    let made = fill(&mut octets)?;
    Ok((Bytes::from_owner(octets), made))
}

/// Some pages that stand one behind the other, and where they go.
struct Piece<'a> {
    /// The number of the first.
    start: u32,
    entries: &'a [PageEntry],
    octets: &'a mut [u8],
}

/// Reads all pages and checks them; says how many records they have.
fn read_pages(
    file: &File,
    apex: &NameBuf,
    entries: &[PageEntry],
    octets: &mut [u8],
) -> Result<u64, ImageFault> {
    let mut rest = octets;
    let mut pieces = Vec::new();
    for (entries, start) in entries
        .chunks(PAGES_A_PIECE)
        .zip((0..).step_by(PAGES_A_PIECE))
    {
        let len = entries.iter().map(|entry| entry.len as usize).sum();
        let (octets, behind) = rest.split_at_mut_checked(len).ok_or(ImageError::Head)?;
        rest = behind;
        // Each is taken once.
        pieces.push(Mutex::new(Piece {
            start,
            entries,
            octets,
        }));
    }
    let records = in_pieces(&pieces, 1, |_, pieces| {
        let mut records = 0;
        for piece in pieces {
            let mut piece = piece.lock().unwrap_or_else(PoisonError::into_inner);
            records += piece.read(file, apex)?;
        }
        Ok::<u64, ImageFault>(records)
    })?;
    Ok(records.into_iter().sum())
}

impl Piece<'_> {
    /// Reads the pages and checks them; says how many records they have.
    fn read(&mut self, file: &File, apex: &NameBuf) -> Result<u64, ImageFault> {
        let first = self.entries.first().map_or(0, |entry| entry.at);
        file.read_exact_at(self.octets, first)?;
        let (mut rest, mut records) = (&*self.octets, 0);
        for (entry, number) in self.entries.iter().zip(self.start..) {
            let wrong = ImageError::Page(number);
            let (page, behind) = rest.split_at_checked(entry.len as usize).ok_or(wrong)?;
            rest = behind;
            records += check_page(number, page, entry, apex)?;
        }
        Ok(records)
    }
}

/// Is a page as it was written, and does it hold together? Says how many records it has.
fn check_page(
    number: u32,
    octets: &[u8],
    entry: &PageEntry,
    apex: &NameBuf,
) -> Result<u64, ImageError> {
    entry.verify(number, octets, &RustCryptoDigest)?;
    count_page(octets, entry, apex).ok_or(ImageError::Page(number))
}

/// How many records a page has; `None` if it does not hold together, or is not what its entry says.
fn count_page(octets: &[u8], entry: &PageEntry, apex: &NameBuf) -> Option<u64> {
    let (slots, data) = octets.split_at_checked(usize::from(entry.names) * SLOT_LEN)?;
    let (slots, _) = slots.as_chunks::<SLOT_LEN>();
    let (mut records, mut marks, mut at) = (0, Marks::NONE, 0);
    let mut last: Option<(u64, &[u8])> = None;
    for (index, octets) in slots.iter().enumerate() {
        let slot = NameSlot::from_octets(octets);
        let end = match slots.get(index + 1) {
            Some(next) => NameSlot::from_octets(next).at as usize,
            None => data.len(),
        };
        if slot.at as usize != at {
            return None;
        }
        let (key, inside) = name_of(data.get(at..end)?, &slot, apex)?;
        // The prefixes alone tell most names apart.
        if last.is_some_and(|last| last >= (slot.prefix, key)) {
            return None;
        }
        (at, last) = (end, Some((slot.prefix, key)));
        marks |= slot.marks;
        records += inside;
    }
    let prefix = NameSlot::from_octets(slots.first()?).prefix;
    (marks == entry.marks && prefix == entry.prefix).then_some(records)
}

/// The key of a name, and how many records it has; `None` if what stands there contradicts itself.
fn name_of<'p>(data: &'p [u8], slot: &NameSlot, apex: &NameBuf) -> Option<(&'p [u8], u64)> {
    let (key, rest) = data.split_at_checked(usize::from(slot.key_len))?;
    let (owner, sets) = rest.split_at_checked(usize::from(slot.owner_len))?;
    if slot.prefix != key_prefix(key) || !is_key_of(key, owner, apex) {
        return None;
    }
    let signatures = slot.signatures.checked_sub(slot.at)? as usize;
    let signatures = signatures.checked_sub(data.len() - sets.len())?;
    let (sets, signatures) = sets.split_at_checked(signatures)?;
    Some((key, count_records(sets)? + count_records(signatures)?))
}

/// Is it a name at or below the apex, and that its key? In one pass over both, and without making that key, where no
/// octet is escaped: there are as many names as there are.
fn is_key_of(key: &[u8], owner: &[u8], apex: &NameBuf) -> bool {
    let (mut key_rest, mut rest, apex_octets) = (key, owner, apex.as_bytes());
    while rest.len() > apex_octets.len() {
        let Some((label, others)) = rest
            .split_first()
            .filter(|(len, _)| (1..=MAX_LABEL_LEN).contains(&usize::from(**len)))
            .and_then(|(len, others)| others.split_at_checked(usize::from(*len)))
        else {
            return false;
        };
        let Some((0, labels)) = key_rest.split_last() else {
            return false;
        };
        let at = labels.len().checked_sub(label.len());
        let Some((before, last)) = at.and_then(|at| labels.split_at_checked(at)) else {
            return is_escaped_key_of(key, owner, apex);
        };
        if last != label || !is_plain(label) {
            if label.iter().any(|octet| *octet <= 1) {
                return is_escaped_key_of(key, owner, apex);
            }
            let folded = label.iter().map(u8::to_ascii_lowercase);
            if !folded.eq(last.iter().copied()) {
                return false;
            }
        }
        (key_rest, rest) = (before, others);
    }
    // The lengths of labels are no letters.
    key_rest.is_empty() && (rest == apex_octets || rest.eq_ignore_ascii_case(apex_octets))
}

/// Does a label stand in a key as it is, without being folded or escaped?
fn is_plain(label: &[u8]) -> bool {
    // All of them, without a branch: labels are short.
    let plain = label
        .iter()
        .map(|octet| octet.wrapping_sub(b'A') >= 26 && *octet > 1);
    plain.fold(true, |all, is| all & is)
}

/// The same with the key made.
fn is_escaped_key_of(key: &[u8], owner: &[u8], apex: &NameBuf) -> bool {
    let apex = apex.as_name();
    Name::from_wire(owner).is_ok_and(|owner| {
        owner.is_at_or_below(&apex)
            && CanonicalKey::below(&owner, apex.label_count()).as_bytes() == key
    })
}

/// How many records some RRsets have; `None` if they do not hold together or are out of order.
fn count_records(octets: &[u8]) -> Option<u64> {
    let (mut sets, mut last, mut count) = (PackedSets::new(octets), None, 0);
    for set in sets.by_ref() {
        let mut packed = 0;
        for data in set.records() {
            packed += 2 + data.len();
            count += 1;
        }
        if packed == 0 || packed != set.packed().len() || last >= Some(set.rtype) {
            return None;
        }
        last = Some(set.rtype);
    }
    sets.rest().is_empty().then_some(count)
}

/// Are the pages in order?
fn check_keys(zone: &Zone) -> Result<(), ImageError> {
    for tree in [&zone.names, &zone.hashes] {
        let mut number = 0;
        let mut leaves = tree.leaves().peekable();
        while let (Some(leaf), Some(next)) = (leaves.next(), leaves.peek()) {
            number += 1;
            if leaf.page.last_key() >= next.page.first_key() {
                return Err(ImageError::Page(number));
            }
        }
    }
    Ok(())
}

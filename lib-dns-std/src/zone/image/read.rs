//! A zone from an image.
//!
//! The pages of an image become pages in memory as they stand, read, checked and taken over by all cores at
//! once. The file is read and not mapped: a file that shrinks under a mapping kills the process (SIGBUS), and
//! one that changes changes a zone that nobody looked at; and what the checks found is true of what is served.

use crate::hash::RustCryptoDigest;
use crate::parallel::in_pieces;
use crate::zone::Zone;
use crate::zone::page::Page;
use crate::zone::tree::{Leaf, Tree};
use lib_dns_core::name::{CanonicalKey, Name};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{
    ENTRY_LEN, HEAD_LEN, ImageError, ImageHead, MAGIC, NameSlot, PageEntry, SLOT_LEN,
};
use lib_dns_core::zone::{Marks, PackedSets, Serial, ZoneLookup, key_prefix, soa_serial};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Pages that a thread takes at once.
const PAGES_A_PIECE: usize = 64;

/// Why an image is not loaded.
#[derive(Debug)]
pub(in crate::zone) enum ImageFault {
    /// The file cannot be read.
    Io(io::Error),
    /// It is no image, or not as it was written.
    Image(ImageError),
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

/// Loads the zone of an image that has `len` octets.
pub(in crate::zone) fn load(file: &File, len: u64) -> Result<Zone, ImageFault> {
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
    let entries: Vec<_> = entries
        .as_chunks::<ENTRY_LEN>()
        .0
        .iter()
        .map(PageEntry::from_octets)
        .collect();
    check_order(&head, &entries)?;

    let read = |start: usize, piece: &[PageEntry]| read_pages(file, &apex, start, piece);
    let pages = in_pieces(&entries, PAGES_A_PIECE, read)?;
    let records = pages.iter().map(|(_, records)| records).sum::<u64>();
    let mut leaves: Vec<_> = pages.into_iter().flat_map(|(leaves, _)| leaves).collect();
    let hashes = leaves.split_off(leaves.len().min(head.name_pages as usize));
    if records != head.records {
        return Err(ImageError::Head.into());
    }
    let names = Tree::of_leaves(&leaves);
    let zone = Zone {
        apex: apex.into(),
        class: head.class,
        has_nsec: names.has_marked(Marks::NSEC),
        names,
        hashes: Tree::of_leaves(&hashes),
        records,
    };
    check_zone(&zone, head.serial)?;
    Ok(zone)
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

/// Reads pages that stand one behind the other; also says how many records they have.
fn read_pages(
    file: &File,
    apex: &Name<'_>,
    start: usize,
    entries: &[PageEntry],
) -> Result<(Vec<Leaf>, u64), ImageFault> {
    let first = entries.first().map_or(0, |entry| entry.at);
    let len = entries.iter().map(|entry| entry.len as usize).sum();
    let mut octets = vec![0; len];
    file.read_exact_at(&mut octets, first)?;
    let (mut rest, mut records) = (&octets[..], 0);
    let mut leaves = Vec::with_capacity(entries.len());
    for (entry, number) in entries.iter().zip(start..) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let wrong = ImageError::Page(number);
        let (page, behind) = rest.split_at_checked(entry.len as usize).ok_or(wrong)?;
        rest = behind;
        entry.verify(number, page, &RustCryptoDigest)?;
        let (page, inside) = page_of(page, entry, apex).ok_or(wrong)?;
        leaves.push(Leaf::new(page));
        records += inside;
    }
    Ok((leaves, records))
}

/// A page of an image as one in memory, with the number of its records; `None` if it does not hold together.
fn page_of(octets: &[u8], entry: &PageEntry, apex: &Name<'_>) -> Option<(Page, u64)> {
    let (slots, data) = octets.split_at_checked(usize::from(entry.names) * SLOT_LEN)?;
    let (slots, _) = slots.as_chunks::<SLOT_LEN>();
    let slots: Box<[_]> = slots.iter().map(NameSlot::from_octets).collect();
    let (mut records, mut at, mut last) = (0, 0, None);
    for (index, slot) in slots.iter().enumerate() {
        let end = match slots.get(index + 1) {
            Some(next) => next.at as usize,
            None => data.len(),
        };
        if slot.at as usize != at {
            return None;
        }
        let (key, inside) = name_of(data.get(at..end)?, slot, apex)?;
        if last.is_some_and(|last| last >= key) {
            return None;
        }
        (at, last) = (end, Some(key));
        records += inside;
    }
    let page = Page::new(slots, data.into());
    let is_as_told = page.marks() == entry.marks && key_prefix(page.first_key()) == entry.prefix;
    is_as_told.then_some((page, records))
}

/// The key of a name, and how many records it has; `None` if what stands there contradicts itself.
fn name_of<'p>(data: &'p [u8], slot: &NameSlot, apex: &Name<'_>) -> Option<(&'p [u8], u64)> {
    let (key, rest) = data.split_at_checked(usize::from(slot.key_len))?;
    let (owner, sets) = rest.split_at_checked(usize::from(slot.owner_len))?;
    let owner = Name::from_wire(owner).ok()?;
    if slot.prefix != key_prefix(key)
        || !owner.is_at_or_below(apex)
        || !is_key_of(key, &owner, apex.label_count())
    {
        return None;
    }
    let signatures = slot.signatures.checked_sub(slot.at)? as usize;
    let signatures = signatures.checked_sub(data.len() - sets.len())?;
    let (sets, signatures) = sets.split_at_checked(signatures)?;
    Some((key, count_records(sets)? + count_records(signatures)?))
}

/// Is it the key of a name? Without making that key, where no octet is escaped: there are as many names as there
/// are.
fn is_key_of(key: &[u8], owner: &Name<'_>, apex_labels: usize) -> bool {
    let mut rest = key;
    for label in owner.labels().take(owner.label_count() - apex_labels) {
        if label.iter().any(|octet| *octet <= 1) {
            return CanonicalKey::below(owner, apex_labels).as_bytes() == key;
        }
        let Some((0, labels)) = rest.split_last() else {
            return false;
        };
        let Some((before, last)) = labels
            .len()
            .checked_sub(label.len())
            .and_then(|at| labels.split_at_checked(at))
        else {
            return false;
        };
        let folded = label.iter().map(u8::to_ascii_lowercase);
        if !folded.eq(last.iter().copied()) {
            return false;
        }
        rest = before;
    }
    rest.is_empty()
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

/// Is it a zone, and the version that the head says? Are the pages in order?
fn check_zone(zone: &Zone, serial: Serial) -> Result<(), ImageError> {
    let soa = zone.soa().and_then(|soa| soa_serial(soa.data));
    let has_servers = zone.get(&zone.apex()).is_some_and(|apex| {
        let mut types = apex.data_sets().map(|set| set.rtype);
        types.any(|rtype| rtype == Type::NS)
    });
    if soa != Some(serial) || !has_servers {
        return Err(ImageError::Head);
    }
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

//! Which names a message already holds.
//!
//! Each slot stands for one suffix that was written: its hash, and the offset where it starts. The
//! suffixes of a name are hashed from the root on, each from the one before it, and looked up from the
//! longest on; the first that is found is compared octet for octet with what stands in the message. Slots
//! are found with linear probing and undone in the reverse order of their insertion, which leaves no gap
//! in any probe sequence.

use crate::name::{MAX_LABELS, POINTER, pointer_target};

/// What a pointer's 14 bits can hold.
const MAX_POINTER: usize = !POINTER as usize;

/// A suffix looks at no more slots than this.
const MAX_PROBES: usize = 8;

/// The suffixes of a name, the root excluded, the name itself first.
pub(super) struct Suffixes<'n> {
    /// The name in wire form, without compression.
    name: &'n [u8],
    starts: [u8; MAX_LABELS],
    hashes: [u16; MAX_LABELS],
    count: usize,
}

impl<'n> Suffixes<'n> {
    #[inline]
    pub(super) fn of(name: &'n [u8]) -> Self {
        let mut starts = [0; MAX_LABELS];
        let mut count = 0usize;
        let mut at = 0usize;
        for slot in &mut starts {
            let Some(len @ 1..) = name.get(at).copied() else {
                break;
            };
            *slot = at as u8;
            count = count.wrapping_add(1);
            at = at.wrapping_add(1).wrapping_add(usize::from(len));
        }
        let mut hashes = [0; MAX_LABELS];
        let mut hash = 0u32;
        let mut end = at;
        let filled = starts.get(..count).unwrap_or_default();
        let slots = hashes.get_mut(..count).unwrap_or_default();
        for (start, slot) in filled.iter().zip(slots).rev() {
            let start = usize::from(*start);
            hash = chain(hash, name.get(start..end).unwrap_or_default());
            *slot = (hash >> 16) as u16;
            end = start;
        }
        Self {
            name,
            starts,
            hashes,
            count,
        }
    }

    /// Where each suffix starts in the name, and its hash.
    #[inline]
    fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, u16)> + ExactSizeIterator + use<'_> {
        let starts = self.starts.get(..self.count).unwrap_or_default();
        let hashes = self.hashes.get(..self.count).unwrap_or_default();
        let pairs = starts.iter().zip(hashes);
        pairs.map(|(start, hash)| (usize::from(*start), *hash))
    }
}

/// The hash of a label, its length octet included, before a suffix with this hash.
#[inline]
fn chain(suffix: u32, label: &[u8]) -> u32 {
    let word = match (label.first_chunk(), label.last_chunk()) {
        (Some(first), Some(last)) => {
            u32::from_le_bytes(*first) ^ u32::from_le_bytes(*last).rotate_left(15)
        }
        // A label of one or two octets.
        _ => label
            .iter()
            .fold(0, |word, octet| word << 8 | u32::from(*octet)),
    };
    (suffix.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b1)
}

/// Is this name, in the same case, what stands at an offset of what was written?
#[inline]
pub(super) fn stands_at(name: &[u8], written: &[u8], at: usize) -> bool {
    let whole = written.get(at..).and_then(|rest| rest.get(..name.len()));
    whole == Some(name) || stands_in_parts(name, written, at)
}

/// The same for what was itself written with a pointer.
fn stands_in_parts(mut name: &[u8], written: &[u8], mut at: usize) -> bool {
    while let Some(len) = name.first().map(|len| usize::from(*len)) {
        at = after_pointers(written, at);
        let Some((label, rest)) = name.split_at_checked(len.wrapping_add(1)) else {
            return false;
        };
        let held = written.get(at..).and_then(|held| held.get(..label.len()));
        if held != Some(label) {
            return false;
        }
        at = at.wrapping_add(label.len());
        name = rest;
    }
    true
}

/// Where the label is that stands at an offset, or that a pointer there leads to.
#[inline]
fn after_pointers(written: &[u8], mut at: usize) -> usize {
    while let Some(octets) = written.get(at..).and_then(<[u8]>::first_chunk) {
        let target = pointer_target(*octets);
        // A pointer that was written leads back; this keeps the loop bounded whatever happens.
        if u16::from_be_bytes(*octets) < POINTER || target >= at {
            break;
        }
        at = target;
    }
    at
}

#[derive(Clone, Copy)]
struct Slot {
    /// Where the suffix stands in the message; 0, which lies in the header, marks a free slot.
    offset: u16,
    hash: u16,
}

/// The table; `N` is at most 255.
pub(super) struct Compression<const N: usize> {
    slots: [Slot; N],
    /// The slots in the order in which they were filled.
    order: [u8; N],
    filled: u8,
}

impl<const N: usize> Compression<N> {
    pub(super) fn new() -> Self {
        const { assert!(N <= 255, "a compression table has at most 255 slots") };
        Self {
            slots: [Slot { offset: 0, hash: 0 }; N],
            order: [0; N],
            filled: 0,
        }
    }

    /// How many slots are filled; give it to [`Self::truncate`] to come back here.
    pub(super) fn filled(&self) -> u8 {
        self.filled
    }

    /// Forgets what was inserted since `filled` slots were filled.
    pub(super) fn truncate(&mut self, filled: u8) {
        while self.filled > filled {
            self.filled = self.filled.wrapping_sub(1);
            let slot = self
                .order
                .get(usize::from(self.filled))
                .copied()
                .unwrap_or_default();
            if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
                slot.offset = 0;
            }
        }
    }

    /// The longest suffix that the message holds: where it starts in the name and in the message.
    #[inline]
    pub(super) fn find(&self, written: &[u8], suffixes: &Suffixes<'_>) -> Option<(usize, u16)> {
        suffixes.iter().find_map(|(start, hash)| {
            let mut index = Self::home(hash);
            for _ in 0..MAX_PROBES {
                let slot = self.slots.get(index)?;
                if slot.offset == 0 {
                    return None;
                }
                if slot.hash == hash {
                    let suffix = suffixes.name.get(start..)?;
                    // Case is data: only the very same octets will do.
                    if stands_at(suffix, written, usize::from(slot.offset)) {
                        return Some((start, slot.offset));
                    }
                }
                index = Self::after(index);
            }
            None
        })
    }

    /// Remembers the suffixes that start before `known` in a name that was written at `offset`, the
    /// shortest first, as far as there is room.
    #[inline]
    pub(super) fn insert(&mut self, suffixes: &Suffixes<'_>, known: usize, offset: usize) {
        for (start, hash) in suffixes.iter().rev() {
            let offset = offset.wrapping_add(start);
            if start < known && (1..=MAX_POINTER).contains(&offset) {
                self.fill(hash, offset as u16);
            }
        }
    }

    #[inline]
    fn fill(&mut self, hash: u16, offset: u16) {
        let Some(order) = self.order.get_mut(usize::from(self.filled)) else {
            return;
        };
        let mut index = Self::home(hash);
        for _ in 0..MAX_PROBES {
            let Some(slot) = self.slots.get_mut(index) else {
                return;
            };
            if slot.offset == 0 {
                *slot = Slot { offset, hash };
                *order = index as u8;
                self.filled = self.filled.wrapping_add(1);
                return;
            }
            index = Self::after(index);
        }
    }

    /// Where the search for a hash starts.
    #[inline]
    fn home(hash: u16) -> usize {
        ((u32::from(hash)).wrapping_mul(N as u32) >> 16) as usize
    }

    #[inline]
    fn after(index: usize) -> usize {
        let next = index.wrapping_add(1);
        if next < N { next } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The claim of the documentation, at its edge: nine suffixes with one hash want nine slots in a row, of which
    /// the ninth is neither taken nor looked at.
    #[test]
    fn eight_slots_are_looked_at_and_no_more() {
        assert_eq!(MAX_PROBES, 8);
        // Labels of one octet, each written at its own offset.
        let mut written = [0; 64];
        for (number, place) in written.chunks_exact_mut(4).enumerate() {
            place[..3].copy_from_slice(&[1, b'a' + number as u8, 0]);
        }
        let name = |number: usize| [1, b'a' + number as u8, 0];
        let hash = Suffixes::of(&name(9)).hashes[0];
        let mut table = Compression::<32>::new();
        let home = Compression::<32>::home(hash);
        for number in 1..=9 {
            table.fill(hash, 4 * number);
        }
        assert_eq!(table.filled(), 8, "the ninth is not remembered");
        assert_eq!(table.find(&written, &Suffixes::of(&name(9))), None);

        // As the last of the eight it is found; as a ninth, though it stands there, it is not.
        let last = (home + 7) % 32;
        table.slots[last].offset = 4 * 9;
        assert_eq!(
            table.find(&written, &Suffixes::of(&name(9))),
            Some((0, 4 * 9))
        );
        table.slots[last].offset = 4 * 8;
        table.slots[(last + 1) % 32] = Slot {
            offset: 4 * 9,
            hash,
        };
        assert_eq!(table.find(&written, &Suffixes::of(&name(9))), None);
    }
}

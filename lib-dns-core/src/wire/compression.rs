//! Which names a message already holds.
//!
//! Each slot stands for one suffix that was written: its hash, and the offset where it starts. The
//! suffixes of a name are looked up from the longest on; the first that is found is compared octet for octet
//! with what stands in the message. Slots are found with linear probing, and those are undone that were filled
//! last, which leaves no gap in any probe sequence.

use crate::name::{POINTER, pointer_target};

/// What a pointer's 14 bits can hold.
const MAX_POINTER: usize = !POINTER as usize;

/// A suffix looks at no more slots than this.
const MAX_PROBES: usize = 8;

/// The suffixes of a name, the root excluded, the name itself first: where each starts, and its hash.
///
/// A suffix is hashed as a polynomial of its labels, so that each hash follows from the one before it.
#[derive(Clone)]
pub(super) struct Suffixes<'n> {
    /// The name in wire form, without compression.
    name: &'n [u8],
    /// Where the next suffix starts, and its hash.
    start: usize,
    hash: u32,
    /// What its first label is multiplied by.
    power: u32,
}

/// What a label is multiplied by for each that follows it, and the inverse of that modulo 2^32.
const BASE: u32 = 0x9e37_79b1;
const INVERSE: u32 = {
    // Each step of Newton's doubles the bits that are right; three are to begin with.
    let (mut inverse, mut bits) = (BASE, 3);
    while bits < u32::BITS {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(BASE.wrapping_mul(inverse)));
        bits = bits.wrapping_mul(2);
    }
    inverse
};

impl<'n> Suffixes<'n> {
    #[inline]
    pub(super) fn of(name: &'n [u8]) -> Self {
        let mut suffixes = Self {
            name,
            start: 0,
            hash: 0,
            power: INVERSE,
        };
        let mut at = 0;
        while let Some(label) = suffixes.label(at) {
            suffixes.hash = suffixes.hash.wrapping_mul(BASE).wrapping_add(number(label));
            suffixes.power = suffixes.power.wrapping_mul(BASE);
            at = at.wrapping_add(label.len());
        }
        suffixes
    }

    /// The label at an offset, its length octet included, unless it is the root's.
    #[inline]
    fn label(&self, at: usize) -> Option<&'n [u8]> {
        let rest = self.name.get(at..)?;
        match rest.first() {
            None | Some(0) => None,
            Some(len) => rest.get(..usize::from(*len).wrapping_add(1)),
        }
    }
}

impl Iterator for Suffixes<'_> {
    type Item = (usize, u16);

    #[inline]
    fn next(&mut self) -> Option<(usize, u16)> {
        let label = self.label(self.start)?;
        // The last label alone is not mixed yet.
        let suffix = (self.start, (self.hash.wrapping_mul(BASE) >> 16) as u16);
        self.start = self.start.wrapping_add(label.len());
        let first = number(label).wrapping_mul(self.power);
        self.hash = self.hash.wrapping_sub(first);
        self.power = self.power.wrapping_mul(INVERSE);
        Some(suffix)
    }
}

/// A label as a number, its length octet included.
#[inline]
fn number(label: &[u8]) -> u32 {
    match (label.first_chunk(), label.last_chunk()) {
        (Some(first), Some(last)) => {
            u32::from_le_bytes(*first) ^ u32::from_le_bytes(*last).rotate_left(15)
        }
        // A label of one or two octets.
        _ => label
            .iter()
            .fold(0, |word, octet| word << 8 | u32::from(*octet)),
    }
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
}

impl<const N: usize> Compression<N> {
    pub(super) fn new() -> Self {
        const { assert!(N <= 255, "a compression table has at most 255 slots") };
        Self {
            slots: [Slot { offset: 0, hash: 0 }; N],
        }
    }

    /// Forgets the suffixes that start at an offset or behind it.
    pub(super) fn truncate(&mut self, offset: usize) {
        for slot in &mut self.slots {
            if usize::from(slot.offset) >= offset {
                slot.offset = 0;
            }
        }
    }

    /// The longest suffix that the message holds: where it starts in the name and in the message.
    #[inline]
    pub(super) fn find(&self, written: &[u8], suffixes: &Suffixes<'_>) -> Option<(usize, u16)> {
        suffixes.clone().find_map(|(start, hash)| {
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

    /// Remembers the suffixes that start before `known` in a name that was written at `offset`, as far as there is
    /// room.
    #[inline]
    pub(super) fn insert(&mut self, suffixes: Suffixes<'_>, known: usize, offset: usize) {
        for (start, hash) in suffixes {
            let offset = offset.wrapping_add(start);
            if start >= known || offset > MAX_POINTER {
                return;
            }
            self.fill(hash, offset as u16);
        }
    }

    #[inline]
    fn fill(&mut self, hash: u16, offset: u16) {
        let mut index = Self::home(hash);
        for _ in 0..MAX_PROBES {
            let Some(slot) = self.slots.get_mut(index) else {
                return;
            };
            if slot.offset == 0 {
                *slot = Slot { offset, hash };
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
        let (_, hash) = Suffixes::of(&name(9)).next().unwrap();
        let mut table = Compression::<32>::new();
        let home = Compression::<32>::home(hash);
        for number in 1..=9 {
            table.fill(hash, 4 * number);
        }
        let filled = table.slots.iter().filter(|slot| slot.offset != 0);
        assert_eq!(filled.count(), 8, "the ninth is not remembered");
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

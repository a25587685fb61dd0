//! Which names a message already holds.
//!
//! Each slot stands for one suffix that was written: its first label (at an offset in the message) and
//! the slot of what follows that label. A name is looked up label by label from the root, so finding its
//! longest known suffix compares each label once. Slots are found by a small hash with linear probing;
//! they are undone in the reverse order of their insertion, which leaves no gap in any probe sequence.

/// A label looks at no more slots than this.
const MAX_PROBES: usize = 8;

/// A pointer has 14 bits.
const MAX_OFFSET: usize = 0x3fff;

/// Which suffix: 0 is the root, otherwise the slot's index plus one.
pub(super) type Suffix = u8;

/// The root, which needs no slot.
pub(super) const ROOT: Suffix = 0;

#[derive(Clone, Copy)]
struct Slot {
    /// Where the label stands in the message; 0, which lies in the header, marks a free slot.
    offset: u16,
    /// What follows the label.
    parent: Suffix,
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
            slots: [Slot {
                offset: 0,
                parent: ROOT,
            }; N],
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

    /// Where the search for a label starts.
    #[inline]
    fn home(label: &[u8], parent: Suffix) -> usize {
        let (first, last) = match label {
            [first, .., last] => (u32::from(*first), u32::from(*last)),
            [only] => (u32::from(*only), 0),
            [] => (0, 0),
        };
        let hash = (label.len() as u32) << 4 ^ first << 9 ^ last ^ u32::from(parent) << 7;
        let spread = hash.wrapping_mul(0x9e37_79b1) >> 16;
        (spread.wrapping_mul(N as u32) >> 16) as usize
    }

    #[inline]
    fn after(index: usize) -> usize {
        let next = index.wrapping_add(1);
        if next < N { next } else { 0 }
    }

    /// The suffix that is this label before `parent`, and its offset, if the message holds it.
    #[inline]
    pub(super) fn find(
        &self,
        written: &[u8],
        label: &[u8],
        parent: Suffix,
    ) -> Option<(Suffix, u16)> {
        let mut index = Self::home(label, parent);
        for _ in 0..MAX_PROBES {
            let slot = self.slots.get(index)?;
            if slot.offset == 0 {
                return None;
            }
            if slot.parent == parent {
                let at = usize::from(slot.offset);
                let held = written.get(at..)?;
                let (len, held) = held.split_first()?;
                // Case is data: only the very same octets will do.
                if usize::from(*len) == label.len() && held.get(..label.len()) == Some(label) {
                    return Some((index.wrapping_add(1) as Suffix, slot.offset));
                }
            }
            index = Self::after(index);
        }
        None
    }

    /// Remembers that this label stands at `offset`, followed by `parent`. `None` if there is no room.
    #[inline]
    pub(super) fn insert(&mut self, label: &[u8], parent: Suffix, offset: usize) -> Option<Suffix> {
        if offset > MAX_OFFSET || offset == 0 {
            return None;
        }
        let order = self.order.get_mut(usize::from(self.filled))?;
        let mut index = Self::home(label, parent);
        for _ in 0..MAX_PROBES {
            let slot = self.slots.get_mut(index)?;
            if slot.offset == 0 {
                *slot = Slot {
                    offset: offset as u16,
                    parent,
                };
                *order = index as u8;
                self.filled = self.filled.wrapping_add(1);
                return Some(index.wrapping_add(1) as Suffix);
            }
            index = Self::after(index);
        }
        None
    }
}

//! Finding a type by its name: zone text has one in every record.

use super::{RData, TypeInfo};

/// A slot that holds no type.
const EMPTY: u8 = u8::MAX;

/// Where each row of the table stands in it, by the hash of its mnemonic; a row whose slot is taken
/// stands in the next free one.
static SLOTS: [u8; 256] = slots();

/// Finds the row of a mnemonic in any case.
#[inline]
pub(super) fn find(text: &[u8]) -> Option<&'static TypeInfo> {
    let mut slot = hash(text);
    loop {
        let row = SLOTS.get(usize::from(slot)).copied()?;
        let info = RData::TYPES.get(usize::from(row))?;
        if info.mnemonic.as_bytes().eq_ignore_ascii_case(text) {
            return Some(info);
        }
        slot = slot.wrapping_add(1);
    }
}

/// Mixes length, the first two letters and the last; it is the same for any case.
#[inline]
const fn hash(text: &[u8]) -> u8 {
    let (first, second, last) = match text {
        [] => (0, 0, 0),
        [only] => (*only, 0, *only),
        [first, second, .., last] => (*first, *second, *last),
        [first, second] => (*first, *second, *second),
    };
    let first = (first | 0x20).wrapping_mul(7);
    let second = (second | 0x20).wrapping_mul(29);
    let last = (last | 0x20).wrapping_mul(67);
    let len = (text.len() as u8).wrapping_mul(13);
    len.wrapping_add(first)
        .wrapping_add(second)
        .wrapping_add(last)
}

/// Fills the slots; only the compiler runs it.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a fault here stops the build, not the program"
)]
const fn slots() -> [u8; 256] {
    let count = RData::TYPES.len();
    assert!(count < 200, "the search ends at an empty slot: keep some");
    let mut slots = [EMPTY; 256];
    let mut row = 0;
    while row < count {
        let mut slot = hash(RData::TYPES[row].mnemonic.as_bytes());
        while slots[slot as usize] != EMPTY {
            slot = slot.wrapping_add(1);
        }
        slots[slot as usize] = row as u8;
        row += 1;
    }
    slots
}

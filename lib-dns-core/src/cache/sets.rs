//! Where an entry may stand: slots in sets of eight, chosen by the hash of the name.
//!
//! All entries of a name are in one set, whatever their type, so that one hash finds them all, and a lookup or an eviction
//! looks at eight slots at most. What is least recently used goes first, within its set.

use super::folded::Folded;
use core::ops::Range;

/// Slots of a set.
pub(super) const WAYS: usize = 8;

/// The tag of an entry; never 0.
#[inline]
pub(super) fn tag(name: &Folded) -> u32 {
    (name.hash as u32).max(1)
}

/// The set of a name among `slots` slots. Of a table that is no whole number of sets, up to seven slots stay unused, unless
/// it is smaller than one set.
#[inline]
pub(super) fn set_of(name: &Folded, slots: usize) -> Range<usize> {
    let sets = slots / WAYS;
    if sets == 0 {
        return 0..slots;
    }
    // The upper half of the hash, scaled to the number of sets.
    let sets = u64::try_from(sets).unwrap_or(u64::MAX);
    let set = (name.hash >> 32).wrapping_mul(sets) >> 32;
    let start = (set as usize).wrapping_mul(WAYS);
    start..start.wrapping_add(WAYS)
}

/// The slots of the set in which slot `index` of `slots` stands.
pub(super) fn set_around(index: usize, slots: usize) -> Range<usize> {
    if slots < WAYS {
        return 0..slots;
    }
    let start = index & !(WAYS.wrapping_sub(1));
    start..start.wrapping_add(WAYS)
}

/// How long ago a slot was used, in ticks; they go round.
#[inline]
pub(super) fn age(used: u32, tick: u32) -> u32 {
    tick.wrapping_sub(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::HashKey;
    use crate::code_points::Class;
    use crate::name::NameBuf;

    #[test]
    fn names_spread_over_all_sets_and_stay_inside() {
        for slots in [0, 1, 7, 8, 9, 16, 1000, 1001] {
            let mut hits = std::vec![0; slots];
            for number in 0..5000 {
                let name = NameBuf::from_text(&std::format!("n{number}.example.")).unwrap();
                let folded = Folded::new(HashKey([3, 4]), &name.as_name(), Class::IN);
                let set = set_of(&folded, slots);
                assert!(set.end <= slots && set.len() <= WAYS);
                if slots > 0 {
                    hits[set.start] += 1;
                    assert_eq!(set_around(set.start, slots), set);
                    assert_eq!(set_around(set.end - 1, slots), set);
                }
            }
            let sets = slots / WAYS;
            if sets > 1 {
                let used = hits.iter().filter(|hits| **hits > 0).count();
                assert_eq!(used, sets);
            }
        }
    }
}

//! Where an entry may stand: slots in sets of eight, chosen by the hash of the name.
//!
//! All entries of a name are in one set, whatever their type, so that one hash finds them all, and a lookup or an eviction
//! looks at eight slots at most. What is least recently used goes first, within its set.

use super::sought::Sought;
use core::ops::Range;

/// Slots of a set.
pub(super) const WAYS: usize = 8;

/// The tag of an entry; never 0.
#[inline]
pub(super) fn tag(name: &Sought<'_>) -> u32 {
    name.hash as u32 | 1
}

/// The set of a name among `slots` slots. Of a table that is no whole number of sets, up to seven slots stay unused, unless
/// it is smaller than one set.
#[inline]
pub(super) fn set_of(name: &Sought<'_>, slots: usize) -> Range<usize> {
    let sets = slots / WAYS;
    if sets == 0 {
        return 0..slots;
    }
    let start = scaled(name, sets).wrapping_mul(WAYS);
    start..start.wrapping_add(WAYS)
}

/// The upper half of the hash, scaled to the number of sets.
#[inline]
fn scaled(name: &Sought<'_>, sets: usize) -> usize {
    ((name.hash >> 32).wrapping_mul(sets as u64) >> 32) as usize
}

/// The same as [`set_of`], as slots; or what slots there are, if they are fewer than a set.
#[inline]
pub(super) fn set_mut<'s, S>(
    slots: &'s mut [S],
    name: &Sought<'_>,
) -> Result<&'s mut [S; WAYS], &'s mut [S]> {
    let (sets, rest) = slots.as_chunks_mut();
    match sets.get_mut(scaled(name, sets.len())) {
        Some(set) => Ok(set),
        None => Err(rest),
    }
}

/// The slots of the set in which slot `index` of `slots` stands.
pub(super) fn set_around(index: usize, slots: usize) -> Range<usize> {
    if slots < WAYS {
        return 0..slots;
    }
    let start = index & !(WAYS.wrapping_sub(1));
    start..start.wrapping_add(WAYS)
}

/// Some of the slots of a set.
#[derive(Clone, Copy)]
pub(super) struct Ways(u8);

impl Ways {
    pub(super) const NONE: Self = Self(0);

    fn only(way: usize) -> u8 {
        1u8.wrapping_shl(way as u32)
    }

    pub(super) fn add(&mut self, way: usize) {
        self.0 |= Self::only(way);
    }

    pub(super) fn contains(self, way: usize) -> bool {
        self.0 & Self::only(way) != 0
    }

    pub(super) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The slots themselves, with their places in the set.
    pub(super) fn of<S>(self, set: &mut [S]) -> impl Iterator<Item = (usize, &mut S)> {
        let all = set.iter_mut().enumerate();
        all.filter(move |(way, _)| self.contains(*way))
    }
}

/// The slot that makes room: of the highest class, and of those the one that was used the longest time ago.
pub(super) fn outdone(ways: impl Iterator<Item = (usize, u8, u32)>) -> Option<usize> {
    let mut most: Option<(usize, u8, u32)> = None;
    for (way, class, age) in ways {
        if most.is_none_or(|(_, held, eldest)| class > held || class == held && age > eldest) {
            most = Some((way, class, age));
        }
    }
    most.map(|(way, ..)| way)
}

/// How long ago a slot was used, in ticks; they go round.
#[inline]
pub(super) fn age(used: u32, tick: u32) -> u32 {
    tick.wrapping_sub(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::hash::{HashKey, Hasher};
    use crate::cache::sought::Room;
    use crate::code_points::Class;
    use crate::name::NameBuf;

    #[test]
    fn names_spread_over_all_sets_and_stay_inside() {
        let hasher = Hasher::new(HashKey([3, 4]));
        for slots in [0, 1, 7, 8, 9, 16, 1000, 1001] {
            let mut hits = std::vec![0; slots];
            for number in 0..5000 {
                let name = NameBuf::from_text(&std::format!("n{number}.example.")).unwrap();
                let mut room = Room::new();
                let sought = Sought::new(&hasher, &name.as_name(), Class::IN, &mut room);
                let set = set_of(&sought, slots);
                assert!(set.end <= slots && set.len() <= WAYS);
                if slots > 0 {
                    hits[set.start] += 1;
                    assert_eq!(set_around(set.start, slots), set);
                    assert_eq!(set_around(set.end - 1, slots), set);
                    let mut numbers: std::vec::Vec<_> = (0..slots).collect();
                    let numbers = match set_mut(&mut numbers, &sought) {
                        Ok(set) => &set[..],
                        Err(few) => few,
                    };
                    assert_eq!((numbers[0], numbers.len()), (set.start, set.len()));
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

//! Octets of any length in one lent block: a ring, in which the oldest makes room for the newest.
//!
//! Each piece stands in one run behind a head of eight octets (whose it is, how long it is), so that it can be viewed in
//! place. Who is about to lose its piece is asked: a piece that was used since it was written moves to the front
//! instead, up to [`MAX_MOVES`] for one allocation. So the work is bounded, nothing is ever compacted, and what is used
//! outlives what is not.

/// Pieces that one allocation moves at most.
const MAX_MOVES: u8 = 4;
/// Every piece starts at a multiple of this, and its head is as long.
const UNIT: usize = 8;
/// The owner of what is left over at the end of the block.
const NOBODY: u32 = u32::MAX;

/// What is to become of a piece whose place is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes; its owner knows by now.
    Goes,
    /// It is moved to the front if that can be done; the owner is told the new place, or that it goes after all.
    Moves,
}

/// Who owns pieces: asked and told by the arena.
pub(super) trait Owners {
    /// The piece of `owner` at `at` stands in the way. A piece that `owner` does not know is forgotten.
    fn fate(&mut self, owner: u32, at: u32) -> Fate;
    /// The piece of `owner` stands at `at` now.
    fn moved(&mut self, owner: u32, at: u32);
    /// The piece of `owner` is gone.
    fn gone(&mut self, owner: u32);
}

#[derive(Clone, Debug)]
pub(super) struct Arena<B> {
    bytes: B,
    /// Where the next piece goes, where the oldest starts, and how many octets are taken.
    head: usize,
    tail: usize,
    taken: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Arena<B> {
    pub(super) fn new(bytes: B) -> Self {
        Self {
            bytes,
            head: 0,
            tail: 0,
            taken: 0,
        }
    }

    /// Octets that pieces can stand in: offsets have 32 bits.
    fn capacity(&self) -> usize {
        let len = self.bytes.as_ref().len();
        len.min(u32::MAX as usize) & !(UNIT.wrapping_sub(1))
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Forgets all pieces.
    pub(super) fn clear(&mut self) {
        self.head = 0;
        self.tail = 0;
        self.taken = 0;
    }

    /// Could a piece made of `parts` stand here at all?
    pub(super) fn has_room_for(&self, parts: &[&[u8]]) -> bool {
        size_of_piece(parts).is_some_and(|need| need <= self.capacity())
    }

    /// Writes a piece made of `parts` for `owner`; says where it stands, or `None` if it is larger than the block.
    pub(super) fn put(
        &mut self,
        owner: u32,
        parts: &[&[u8]],
        owners: &mut impl Owners,
    ) -> Option<u32> {
        let need = size_of_piece(parts).filter(|need| *need <= self.capacity())?;
        let mut moves = MAX_MOVES;
        while self.room() < need {
            if self.head >= self.tail && self.taken < self.capacity() {
                self.wrap();
            } else {
                self.pop(owners, &mut moves);
            }
        }
        let at = self.take(owner, need)?;
        let start = (at as usize).checked_add(UNIT)?;
        let mut rest = self.bytes.as_mut().get_mut(start..)?;
        for part in parts {
            let (place, behind) = rest.split_at_mut_checked(part.len())?;
            place.copy_from_slice(part);
            rest = behind;
        }
        Some(at)
    }

    /// Octets that are free in one run at the head.
    fn room(&mut self) -> usize {
        if self.taken == 0 {
            self.clear();
        }
        let end = if self.taken == self.capacity() {
            self.head
        } else if self.head >= self.tail {
            self.capacity()
        } else {
            self.tail
        };
        end.saturating_sub(self.head)
    }

    /// Gives up what is free behind the head, and goes on at the start of the block.
    fn wrap(&mut self) {
        let rest = self.capacity().saturating_sub(self.head);
        if rest > 0 {
            self.take(NOBODY, rest);
        }
        self.head = 0;
    }

    /// Takes `size` octets at the head, of which there is room.
    fn take(&mut self, owner: u32, size: usize) -> Option<u32> {
        let at = self.head;
        let head = self
            .bytes
            .as_mut()
            .get_mut(at..)?
            .first_chunk_mut::<UNIT>()?;
        let size_field = u32::try_from(size).ok()?;
        *head = (u64::from(owner) << 32 | u64::from(size_field)).to_le_bytes();
        self.head = at.saturating_add(size);
        self.taken = self.taken.saturating_add(size);
        if self.head >= self.capacity() {
            self.head = 0;
        }
        u32::try_from(at).ok()
    }

    /// Frees the oldest piece, or moves it to the front.
    fn pop(&mut self, owners: &mut impl Owners, moves: &mut u8) {
        let at = self.tail;
        let head = self
            .bytes
            .as_ref()
            .get(at..)
            .and_then(<[u8]>::first_chunk::<UNIT>);
        let head = head.map_or(0, |head| u64::from_le_bytes(*head));
        let (owner, size) = ((head >> 32) as u32, head as u32 as usize);
        if size == 0 || size > self.taken {
            // Heads are ours alone, so this cannot be; but a loop must end whatever is lent.
            self.clear();
            return;
        }
        self.tail = at.saturating_add(size);
        if self.tail >= self.capacity() {
            self.tail = 0;
        }
        self.taken = self.taken.saturating_sub(size);
        if owner == NOBODY || owners.fate(owner, at as u32) == Fate::Goes {
            return;
        }
        if *moves == 0 || self.room_without_reset() < size {
            owners.gone(owner);
            return;
        }
        *moves = moves.saturating_sub(1);
        let to = self.head;
        move_units(self.bytes.as_mut(), at, to, size);
        match self.take(owner, size) {
            Some(to) => owners.moved(owner, to),
            None => owners.gone(owner),
        }
    }

    /// As [`Self::room`], but the octets of what was just freed are still needed.
    fn room_without_reset(&self) -> usize {
        let end = if self.head >= self.tail {
            self.capacity()
        } else {
            self.tail
        };
        end.saturating_sub(self.head)
    }
}

/// Moves a piece, from the first unit on: where both places overlap, the new one is in front. `copy_within` would do it, but
/// can panic.
fn move_units(bytes: &mut [u8], from: usize, to: usize, size: usize) {
    let (units, _) = bytes.as_chunks_mut::<UNIT>();
    let places = (from / UNIT..).zip(to / UNIT..);
    for (from, to) in places.take(size / UNIT) {
        if let Some(unit) = units.get(from).copied()
            && let Some(place) = units.get_mut(to)
        {
            *place = unit;
        }
    }
}

/// Octets that a piece takes, with its head and what it is filled up with.
fn size_of_piece(parts: &[&[u8]]) -> Option<usize> {
    let len = parts
        .iter()
        .try_fold(UNIT, |sum, part| sum.checked_add(part.len()));
    len?.checked_next_multiple_of(UNIT)
}

/// A view of `len` octets of a piece in a block, from `from` octets behind its start; of none if the block ends before.
#[inline]
pub(super) fn view(bytes: &[u8], at: u32, from: usize, len: usize) -> &[u8] {
    find(bytes, at, from, len).unwrap_or_default()
}

/// The same, but `None` if the block ends before.
#[inline]
pub(super) fn find(bytes: &[u8], at: u32, from: usize, len: usize) -> Option<&[u8]> {
    let start = (at as usize).wrapping_add(UNIT).wrapping_add(from);
    bytes.get(start..start.wrapping_add(len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    /// Where each piece stands, and whether it wants to stay.
    #[derive(Default)]
    struct Ledger {
        places: BTreeMap<u32, (u32, bool)>,
        moves: usize,
        asked: usize,
    }

    impl Owners for Ledger {
        fn fate(&mut self, owner: u32, at: u32) -> Fate {
            self.asked += 1;
            match self.places.get(&owner) {
                Some((place, true)) if *place == at => Fate::Moves,
                Some((place, false)) if *place == at => {
                    self.places.remove(&owner);
                    Fate::Goes
                }
                _ => Fate::Goes,
            }
        }
        fn moved(&mut self, owner: u32, at: u32) {
            self.moves += 1;
            self.places.insert(owner, (at, false));
        }
        fn gone(&mut self, owner: u32) {
            self.places.remove(&owner);
        }
    }

    fn octets_of(owner: u32, len: usize) -> Vec<u8> {
        (0..len)
            .map(|at| (owner as usize * 31 + at) as u8)
            .collect()
    }

    /// Whatever is written, moved and dropped: what the owners still know reads back, and pieces do not overlap.
    #[test]
    fn pieces_read_back_until_their_owner_is_told() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for capacity in [64, 100, 256, 1000, 4096] {
            let mut arena = Arena::new(std::vec![0; capacity]);
            let mut ledger = Ledger::default();
            let mut lengths = BTreeMap::new();
            for owner in 0..2000 {
                let len = next() as usize % (capacity / 4);
                let octets = octets_of(owner, len);
                let (one, two) = octets.split_at(len / 2);
                let before = ledger.moves;
                let at = arena.put(owner, &[one, two], &mut ledger).unwrap();
                assert!(ledger.moves - before <= usize::from(MAX_MOVES));
                ledger.places.insert(owner, (at, next() % 3 == 0));
                lengths.insert(owner, len);
                let mut ends = BTreeMap::new();
                for (owner, (at, _)) in &ledger.places {
                    let len = lengths[owner];
                    assert_eq!(
                        view(arena.bytes(), *at, 0, len),
                        octets_of(*owner, len),
                        "{owner}"
                    );
                    ends.insert(*at as usize, *at as usize + UNIT + len);
                }
                for ((_, end), (start, _)) in ends.iter().zip(ends.iter().skip(1)) {
                    assert!(end <= start);
                }
            }
            assert!(ledger.moves > 0 || capacity < 100);
        }
    }

    #[test]
    fn what_is_larger_than_the_block_is_refused() {
        let mut arena = Arena::new([0; 64]);
        let mut ledger = Ledger::default();
        assert_eq!(arena.put(1, &[&[0; 56]], &mut ledger), Some(0));
        assert_eq!(arena.put(2, &[&[0; 57]], &mut ledger), None);
        assert_eq!(arena.put(3, &[&[7; 56]], &mut ledger), Some(0));
        assert_eq!(view(arena.bytes(), 0, 0, 56), [7; 56]);
        assert_eq!(Arena::new([0; 7]).put(1, &[&[]], &mut ledger), None);
        assert_eq!(Arena::new([]).put(1, &[], &mut ledger), None);
    }
}

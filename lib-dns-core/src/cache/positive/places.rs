//! Which slot and which octets new records take, and what makes room for them.

use super::{MAX_CLAIMS, Positive, is_of};
use crate::cache::arena::{Fate, Owners};
use crate::cache::held::key_of;
use crate::cache::rrset::PositiveSlot;
use crate::cache::sets::{age, set_around, set_of};
use crate::cache::settings::CacheSettings;
use crate::cache::sought::Sought;
use crate::rr_data::Type;
use crate::time::Timestamp;
use core::ops::Range;

impl<P, B> Positive<P, B>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// A slot of the name's set that is free, or becomes so: one that has ended, else the least recently used. Claims to
    /// one name and type go together, and those of the name itself stay.
    pub(super) fn free_slot(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
        claims: &[Option<usize>; MAX_CLAIMS],
    ) -> Option<usize> {
        let tick = self.tick;
        let slots = self.slots.as_mut();
        let set = set_of(name, slots.len());
        let mut best: Option<(u8, u32, usize)> = None;
        for index in set {
            let slot = slots.get(index)?;
            if claims.contains(&Some(index)) {
                continue;
            }
            let class = if slot.tag == 0 {
                2
            } else {
                u8::from(settings.has_ended(now, slot))
            };
            let candidate = (class, age(slot.used, tick), index);
            let is_better = best.is_none_or(|best| (candidate.0, candidate.1) > (best.0, best.1));
            if is_better {
                best = Some(candidate);
            }
        }
        let (_, _, index) = best?;
        forget_claims(slots, index);
        Some(index)
    }

    /// Forgets what has ended at a name and type: an old lease must not bound what a new one allows.
    pub(super) fn drop_ended(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
        rtype: Type,
    ) {
        let slots = self.slots.as_mut();
        let set = set_of(name, slots.len());
        let octets = self.arena.bytes();
        for slot in slots.get_mut(set).unwrap_or_default() {
            let mine = slot.rtype == rtype && is_of(slot, octets, name);
            if mine && settings.has_ended(now, slot) {
                *slot = PositiveSlot::EMPTY;
            }
        }
    }

    /// Writes an entry, whatever its slot held before.
    pub(super) fn write(&mut self, place: usize, mut slot: PositiveSlot, parts: &[&[u8]]) {
        self.tick = self.tick.wrapping_add(1);
        let slots = self.slots.as_mut();
        if let Some(held) = slots.get_mut(place) {
            // So that its octets are known to be nobody's.
            *held = PositiveSlot::EMPTY;
        }
        let owner = place as u32;
        let Some(at) = self.arena.put(owner, parts, &mut SlotOwners(slots)) else {
            return;
        };
        slot.at = at;
        slot.used = self.tick;
        if let Some(held) = slots.get_mut(place) {
            *held = slot;
        }
    }
}

/// Empties a slot, and those with other claims to the same name and type: what contradicts each other is not
/// dropped by halves (11.2). Another name with the same tag may go with them, which costs no more than a question.
fn forget_claims(slots: &mut [PositiveSlot], index: usize) {
    let Some(key) = slots.get(index).map(key_of) else {
        return;
    };
    let set: Range<usize> = set_around(index, slots.len());
    if key.0 != 0 {
        for slot in slots.get_mut(set).unwrap_or_default() {
            if key_of(slot) == key {
                *slot = PositiveSlot::EMPTY;
            }
        }
    }
}

/// The slots as owners of the octets in the arena.
struct SlotOwners<'s>(&'s mut [PositiveSlot]);

impl Owners for SlotOwners<'_> {
    fn fate(&mut self, owner: u32, at: u32) -> Fate {
        let Some(slot) = self.0.get_mut(owner as usize) else {
            return Fate::Goes;
        };
        if slot.tag == 0 || slot.at != at {
            return Fate::Goes;
        }
        if slot.is(PositiveSlot::TOUCHED) {
            slot.marks &= !PositiveSlot::TOUCHED;
            return Fate::Moves;
        }
        self.gone(owner);
        Fate::Goes
    }

    fn moved(&mut self, owner: u32, at: u32) {
        if let Some(slot) = self.0.get_mut(owner as usize) {
            slot.at = at;
        }
    }

    fn gone(&mut self, owner: u32) {
        forget_claims(self.0, owner as usize);
    }
}

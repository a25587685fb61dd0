//! Which slot and which octets new records take, and what makes room for them.

use super::Positive;
use crate::cache::arena::{Fate, Owners};
use crate::cache::held::key_of;
use crate::cache::rrset::PositiveSlot;
use crate::cache::sets::{Ways, age, outdone, set_around};
use crate::cache::settings::CacheSettings;
use crate::time::Timestamp;

impl<P, B> Positive<P, B>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// Writes an entry, whatever its slot held before.
    pub(super) fn write(&mut self, place: usize, slot: &mut PositiveSlot, parts: &[&[u8]]) {
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
            *held = *slot;
        }
    }
}

/// A slot of a set that is free, or becomes so: one that has ended, else the least recently used. Claims to one name and type go
/// together, and those of the name itself stay.
pub(super) fn free(
    now: Timestamp,
    settings: &CacheSettings,
    tick: u32,
    claims: Ways,
    set: &mut [PositiveSlot],
) -> Option<usize> {
    let others = set.iter().enumerate();
    let others = others.filter(|(way, _)| !claims.contains(*way));
    let way = outdone(others.map(|(way, slot)| {
        let class = match slot.tag {
            0 => 2,
            _ => u8::from(settings.has_ended(now, slot)),
        };
        (way, class, age(slot.used, tick))
    }))?;
    forget_claims(set, way);
    Some(way)
}

/// Empties a slot of a set, and those with other claims to the same name and type: what contradicts each other is not
/// dropped by halves (11.2). Another name with the same tag may go with them, which costs no more than a question.
fn forget_claims(set: &mut [PositiveSlot], way: usize) {
    let Some(key) = set.get(way).map(key_of).filter(|key| key.0 != 0) else {
        return;
    };
    for slot in set {
        if key_of(slot) == key {
            *slot = PositiveSlot::EMPTY;
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
        let set = set_around(owner as usize, self.0.len());
        let way = (owner as usize).saturating_sub(set.start);
        forget_claims(self.0.get_mut(set).unwrap_or_default(), way);
    }
}

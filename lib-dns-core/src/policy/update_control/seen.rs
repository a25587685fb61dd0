//! What was heard lately: each (zone, serial) once.

use super::UpdateControlConfig;
use crate::time::Timestamp;
use crate::zone::Serial;

/// What the caller lends for each (zone, serial) that is remembered: more than the storm's threshold, or fewer updates
/// than that are a storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeenSlot<Z> {
    zone: Option<Z>,
    serial: Serial,
    /// When it was last heard and was no duplicate: it counts once (level 5), however often that is. The lower half of the
    /// milliseconds is enough, for [`Seen`] forgets it long before they go round.
    counted: u32,
    /// Is it a duplicate if it is heard again (level 2)? No more, once a refresh did not find it.
    is_heard: bool,
}

/// Milliseconds, 24 days, up to which the lower halves of two times tell which is the later one.
const HALF: u32 = 1 << 31;

impl<Z> SeenSlot<Z> {
    pub(crate) const FREE: Self = Self {
        zone: None,
        serial: Serial(0),
        counted: 0,
        is_heard: false,
    };
}

impl<Z> Default for SeenSlot<Z> {
    fn default() -> Self {
        Self::FREE
    }
}

/// What was heard within the longer of the two windows, and when that was looked at last.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Seen<S> {
    looked: Option<Timestamp>,
    slots: S,
}

impl<S> Seen<S> {
    /// With nothing heard, if the slots say so.
    pub(super) const fn new(slots: S) -> Self {
        Self {
            slots,
            looked: None,
        }
    }

    /// Notes that a (zone, serial) was heard; `None` if it is a duplicate, else whether that makes a storm.
    #[inline(never)]
    pub(super) fn remember<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        zone: Z,
        serial: Serial,
        config: &UpdateControlConfig,
    ) -> Option<bool>
    where
        S: AsMut<[SeenSlot<Z>]>,
    {
        let slots = self.slots.as_mut();
        // What does not fit cannot be counted.
        let most = slots.len().saturating_sub(1).max(1);
        let most = most.min(usize::try_from(config.storm_threshold).unwrap_or(usize::MAX));
        let longer = config.dedup_window.max(config.storm_window).min(HALF);
        // If nobody has looked for that long, all is older, and by how much is not to be seen from it.
        let is_long_ago = |looked| now.millis_since(looked) >= longer.into();
        let forgets_all = self.looked.replace(now).is_some_and(is_long_ago);
        let clock = now.as_millis() as u32;
        let mut recent = 1usize;
        let mut is_duplicate = false;
        // The one that is free or the oldest, and its age.
        let mut place: Option<(u32, &mut SeenSlot<Z>)> = None;
        // To the end, so that none goes by for so long that its age cannot be told any more.
        for slot in slots {
            let mut age = clock.wrapping_sub(slot.counted);
            if forgets_all || age >= longer {
                slot.zone = None;
            }
            if slot.zone == Some(zone) && slot.serial == serial {
                if slot.is_heard && age < config.dedup_window {
                    is_duplicate = true;
                } else {
                    slot.zone = None;
                }
            } else if slot.zone.is_some() && age < config.storm_window {
                recent = recent.saturating_add(1);
            }
            if slot.zone.is_none() {
                age = u32::MAX;
            }
            if place.as_ref().is_none_or(|(oldest, _)| age > *oldest) {
                place = Some((age, slot));
            }
        }
        if is_duplicate {
            return None;
        }
        if let Some((_, slot)) = place {
            *slot = SeenSlot {
                zone: Some(zone),
                serial,
                counted: clock,
                is_heard: true,
            };
        }
        Some(recent > most)
    }

    /// What a refresh that began at `asked` did not find may be heard again. It still counts towards a storm.
    pub(super) fn unhear<Z: Copy + PartialEq>(&mut self, zone: Z, asked: Timestamp, found: Serial)
    where
        S: AsMut<[SeenSlot<Z>]>,
    {
        let asked = asked.as_millis() as u32;
        for slot in self.slots.as_mut() {
            if slot.zone == Some(zone) && slot.serial.is_newer_than(found) {
                // What was heard after the refresh had begun makes another one.
                slot.is_heard &= matches!(slot.counted.wrapping_sub(asked), 1..HALF);
            }
        }
    }
}

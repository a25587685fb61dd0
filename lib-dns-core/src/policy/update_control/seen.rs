//! What was heard lately: each (zone, serial) once.

use super::UpdateControlConfig;
use crate::time::Timestamp;
use crate::zone::Serial;

/// What the caller lends for each (zone, serial) that is remembered: more than the storm's threshold, or fewer updates
/// than that are a storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeenSlot<Z> {
    seen: Option<Seen<Z>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen<Z> {
    zone: Z,
    serial: Serial,
    /// Since when it is a duplicate (level 2); `None` once a refresh did not find it.
    heard: Option<Timestamp>,
    /// When it was last heard and was no duplicate (level 5): it counts once, however often that is.
    counted: Timestamp,
}

impl<Z> Default for SeenSlot<Z> {
    fn default() -> Self {
        Self { seen: None }
    }
}

/// Notes that a (zone, serial) was heard; says if it is no duplicate.
pub(super) fn remember<Z: Copy + PartialEq>(
    slots: &mut [SeenSlot<Z>],
    now: Timestamp,
    zone: Z,
    serial: Serial,
    config: &UpdateControlConfig,
) -> bool {
    let since = |time: Timestamp| now.millis_since(time);
    let mut oldest: Option<(Option<Timestamp>, &mut SeenSlot<Z>)> = None;
    for slot in slots {
        let latest = match &mut slot.seen {
            Some(seen) if seen.zone == zone && seen.serial == serial => {
                let window = u64::from(config.dedup_window);
                if seen.heard.is_some_and(|heard| since(heard) < window) {
                    return false;
                }
                (seen.heard, seen.counted) = (Some(now), now);
                return true;
            }
            Some(seen) => Some(seen.counted),
            None => None,
        };
        if oldest.as_ref().is_none_or(|(oldest, _)| latest < *oldest) {
            oldest = Some((latest, slot));
        }
    }
    if let Some((_, slot)) = oldest {
        slot.seen = Some(Seen {
            zone,
            serial,
            heard: Some(now),
            counted: now,
        });
    }
    true
}

/// How many were heard within so many milliseconds.
pub(super) fn count_within<Z>(slots: &[SeenSlot<Z>], now: Timestamp, window: u64) -> usize {
    let counted = slots.iter().filter_map(|slot| slot.seen.as_ref());
    counted
        .filter(|seen| now.millis_since(seen.counted) < window)
        .count()
}

/// What a refresh that began at `asked` did not find may be heard again. It still counts towards a storm.
pub(super) fn unhear<Z: Copy + PartialEq>(
    slots: &mut [SeenSlot<Z>],
    zone: Z,
    asked: Timestamp,
    found: Option<Serial>,
) {
    for seen in slots.iter_mut().filter_map(|slot| slot.seen.as_mut()) {
        let is_missing = found.is_none_or(|found| seen.serial.is_newer_than(found));
        if seen.zone == zone && is_missing {
            // What was heard after the refresh had begun makes another one.
            seen.heard = seen.heard.filter(|heard| *heard > asked);
        }
    }
}

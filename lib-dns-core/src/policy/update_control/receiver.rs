//! Hearing of changes: levels 2 to 5 of 17.1.

use super::UpdateControlConfig;
use crate::policy::conflict::serial_order;
use crate::time::Timestamp;
use crate::zone::Serial;

/// What to log when a storm begins.
pub const STORM_LOG: &str = "zdns_update_storm_detected, suppressing";

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

/// What the caller lends for each zone that it keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WatchedZone<Z> {
    zone: Option<Z>,
    /// The serial that is here, if any.
    serial: Option<Serial>,
    /// The newest serial heard of that no refresh has looked for.
    announced: Option<Serial>,
    /// When to refresh.
    due: Option<Timestamp>,
    /// Is that because of an update alone, and not of a TTL or a failure?
    by_update: bool,
    /// Since when a refresh is under way.
    asked: Option<Timestamp>,
    /// The wait after the last failure, in milliseconds; 0 after a success.
    backoff: u32,
    /// When that wait ends.
    backs_off_until: Timestamp,
}

impl<Z> Default for WatchedZone<Z> {
    fn default() -> Self {
        Self {
            zone: None,
            serial: None,
            announced: None,
            due: None,
            by_update: false,
            asked: None,
            backoff: 0,
            backs_off_until: Timestamp::ZERO,
        }
    }
}

/// What became of an update that was heard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Heard {
    /// There is a storm: ignored (level 5).
    Suppressed,
    /// No such zone is kept here.
    UnknownZone,
    /// That serial, or a newer one, is here.
    NotNewer,
    /// It was heard already (level 2).
    Duplicate,
    /// With this one a storm begins (level 5): log [`STORM_LOG`]. It is ignored, as are all until the storm ends.
    StormBegins,
    /// Flush what is cached of the zone's negative answers (12.2, rule 3). It will be refreshed at this time, or when the
    /// refresh that is under way has ended.
    Accepted(Timestamp),
}

/// How often each exit was taken; the numbers stop at their end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UpdateCounts {
    /// [`Heard::Suppressed`].
    pub suppressed: u32,
    /// [`Heard::UnknownZone`].
    pub unknown_zones: u32,
    /// [`Heard::NotNewer`].
    pub not_newer: u32,
    /// [`Heard::Duplicate`].
    pub duplicates: u32,
    /// [`Heard::StormBegins`].
    pub storms: u32,
    /// [`Heard::Accepted`].
    pub accepted: u32,
}

/// A zone to refresh now. Report by [`UpdateReceiver::refreshed`] or [`UpdateReceiver::failed`]; before, nothing more is
/// asked for of this zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RefreshDue<Z> {
    /// The zone.
    pub zone: Z,
    /// The serial that was announced, if that is why.
    pub announced: Option<Serial>,
}

/// Says when a zone is refreshed, and which updates are heard: levels 2 to 5 of 17.1.
///
/// An update is only advice to look. It is handed to [`UpdateReceiver::hear`] once whatever carried it has been found
/// authentic and fresh and its sender not too loud; the receiver then looks, in this order, whether there is a storm,
/// whether it keeps the zone, whether the serial is newer, and whether it has heard of it. Only what passes all of that counts
/// towards a storm, so that neither relays nor repetitions make one.
///
/// A refresh that does not find what was announced makes the receiver forget that it has heard of it: a forged update must
/// not hide the real one.
///
/// ```
/// use lib_dns_core::policy::update_control::{
///     Heard, RefreshDue, SeenSlot, UpdateControlConfig, UpdateReceiver, WatchedZone,
/// };
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_core::zone::Serial;
/// let at = Timestamp::from_secs;
/// let (zones, seen) = ([WatchedZone::default(); 4], [SeenSlot::default(); 16]);
/// let mut receiver = UpdateReceiver::new(zones, seen, UpdateControlConfig::default());
/// receiver.watch('z', Some(Serial(7)));
/// let half_of_all = 1 << 31;
/// let heard = receiver.hear(at(0), half_of_all, 'z', Serial(8));
/// assert_eq!(heard, Heard::Accepted(at(5)));
/// assert_eq!(receiver.hear(at(1), 0, 'z', Serial(8)), Heard::Duplicate);
/// let due = RefreshDue { zone: 'z', announced: Some(Serial(8)) };
/// assert_eq!((receiver.poll(at(4)), receiver.poll(at(5))), (None, Some(due)));
/// receiver.failed(at(6), 'z');
/// assert_eq!(receiver.next_deadline(), Some(at(36)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UpdateReceiver<W, S> {
    zones: W,
    seen: S,
    config: UpdateControlConfig,
    /// When the storm ends, if there is one.
    storm_until: Option<Timestamp>,
    counts: UpdateCounts,
    /// The zone whose turn it is.
    turn: usize,
}

impl<W, S> UpdateReceiver<W, S> {
    /// With slots for zones, and for what is remembered of updates.
    pub fn new(zones: W, seen: S, config: UpdateControlConfig) -> Self {
        Self {
            zones,
            seen,
            config,
            storm_until: None,
            counts: UpdateCounts::default(),
            turn: 0,
        }
    }

    /// How often each exit was taken.
    pub fn counts(&self) -> UpdateCounts {
        self.counts
    }

    /// Is there a storm, in which only TTLs make zones refresh (level 5)?
    pub fn is_storm(&self, now: Timestamp) -> bool {
        self.storm_until.is_some_and(|until| now < until)
    }

    /// Keeps a zone from now on, with the serial that is here, or tells that it has changed in another way. Says if there
    /// was room.
    pub fn watch<Z: Copy + PartialEq>(&mut self, zone: Z, serial: Option<Serial>) -> bool
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        let zones = self.zones.as_mut();
        let known = zones.iter().position(|slot| slot.zone == Some(zone));
        let place = known.or_else(|| zones.iter().position(|slot| slot.zone.is_none()));
        let Some(slot) = place.and_then(|place| zones.get_mut(place)) else {
            return false;
        };
        slot.zone = Some(zone);
        slot.serial = serial;
        slot.drop_what_is_here();
        true
    }

    /// Keeps a zone no longer.
    pub fn forget<Z: Copy + PartialEq>(&mut self, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        if let Some(slot) = find(self.zones.as_mut(), zone) {
            *slot = WatchedZone::default();
        }
    }

    /// An authentic, fresh update was heard; the random word decides when it is followed.
    pub fn hear<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        random: u32,
        zone: Z,
        serial: Serial,
    ) -> Heard
    where
        W: AsMut<[WatchedZone<Z>]>,
        S: AsMut<[SeenSlot<Z>]>,
    {
        let heard = self.judge(now, random, zone, serial);
        let count = match heard {
            Heard::Suppressed => &mut self.counts.suppressed,
            Heard::UnknownZone => &mut self.counts.unknown_zones,
            Heard::NotNewer => &mut self.counts.not_newer,
            Heard::Duplicate => &mut self.counts.duplicates,
            Heard::StormBegins => &mut self.counts.storms,
            Heard::Accepted(_) => &mut self.counts.accepted,
        };
        *count = count.saturating_add(1);
        heard
    }

    fn judge<Z: Copy + PartialEq>(
        &mut self,
        now: Timestamp,
        random: u32,
        zone: Z,
        serial: Serial,
    ) -> Heard
    where
        W: AsMut<[WatchedZone<Z>]>,
        S: AsMut<[SeenSlot<Z>]>,
    {
        if self.is_storm(now) {
            return Heard::Suppressed;
        }
        self.storm_until = None;
        let Some(slot) = find(self.zones.as_mut(), zone) else {
            return Heard::UnknownZone;
        };
        if slot.serial.is_some_and(|here| !serial.is_newer_than(here)) {
            return Heard::NotNewer;
        }
        let seen = self.seen.as_mut();
        if !remember(seen, now, zone, serial, &self.config) {
            return Heard::Duplicate;
        }
        let window = u64::from(self.config.storm_window);
        let counted = seen.iter().filter_map(|slot| slot.seen.as_ref());
        let recent = counted.filter(|seen| now.millis_since(seen.counted) < window);
        // What does not fit cannot be counted.
        let most = seen.len().saturating_sub(1).max(1);
        let most = most.min(usize::try_from(self.config.storm_threshold).unwrap_or(usize::MAX));
        if recent.count() > most {
            self.storm_until = Some(now.add_millis(self.config.storm_suppression.into()));
            // From here on TTLs alone make zones refresh.
            for slot in self.zones.as_mut() {
                slot.announced = None;
                slot.due = slot.due.filter(|_| !slot.by_update);
            }
            return Heard::StormBegins;
        }
        Heard::Accepted(slot.announce(now, random, serial, &self.config))
    }

    /// A zone's TTL has ended: refresh it, in a storm too.
    pub fn ttl_ended<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        if let Some(slot) = find(self.zones.as_mut(), zone) {
            slot.refresh_at(now);
            slot.by_update = false;
        }
    }

    /// A zone to refresh now, if there is one; call it again until `None`. Zones take turns.
    pub fn poll<Z: Copy>(&mut self, now: Timestamp) -> Option<RefreshDue<Z>>
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        let zones = self.zones.as_mut();
        let is_due = |slot: &WatchedZone<Z>| slot.deadline().is_some_and(|due| due <= now);
        let after = zones.iter().skip(self.turn).position(is_due);
        let place = match after {
            Some(place) => place.saturating_add(self.turn),
            None => zones.iter().position(is_due)?,
        };
        let slot = zones.get_mut(place)?;
        self.turn = place.saturating_add(1);
        slot.due = None;
        slot.by_update = false;
        slot.asked = Some(now);
        Some(RefreshDue {
            zone: slot.zone?,
            announced: slot.announced.take(),
        })
    }

    /// When to ask [`UpdateReceiver::poll`] again; `None` if nothing is to be refreshed. Every other method may change it.
    pub fn next_deadline<Z: Copy>(&self) -> Option<Timestamp>
    where
        W: AsRef<[WatchedZone<Z>]>,
    {
        let zones = self.zones.as_ref().iter();
        zones.filter_map(WatchedZone::deadline).min()
    }

    /// A zone was refreshed, and this serial is here now, be it new or not.
    pub fn refreshed<Z: Copy + PartialEq>(&mut self, zone: Z, found: Serial)
    where
        W: AsMut<[WatchedZone<Z>]>,
        S: AsMut<[SeenSlot<Z>]>,
    {
        let Some(slot) = find(self.zones.as_mut(), zone) else {
            return;
        };
        slot.serial = Some(found);
        slot.backoff = 0;
        slot.backs_off_until = Timestamp::ZERO;
        slot.drop_what_is_here();
        if let Some(asked) = slot.asked.take() {
            unhear(self.seen.as_mut(), zone, asked, Some(found));
        }
    }

    /// A zone could not be refreshed: level 4.
    pub fn failed<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
        S: AsMut<[SeenSlot<Z>]>,
    {
        let Some(slot) = find(self.zones.as_mut(), zone) else {
            return;
        };
        slot.backoff = self.config.backoff_after(slot.backoff);
        slot.backs_off_until = now.add_millis(slot.backoff.into());
        slot.due = Some(slot.backs_off_until);
        slot.by_update = false;
        if let Some(asked) = slot.asked.take() {
            unhear(self.seen.as_mut(), zone, asked, slot.serial);
        }
    }
}

impl<Z> WatchedZone<Z> {
    /// When to refresh, unless that is under way.
    fn deadline(&self) -> Option<Timestamp> {
        self.due.filter(|_| self.asked.is_none())
    }

    /// Schedules a refresh; gives when.
    fn announce(
        &mut self,
        now: Timestamp,
        random: u32,
        serial: Serial,
        config: &UpdateControlConfig,
    ) -> Timestamp {
        let newer = |known| serial_order(serial, known).is_gt();
        if self.announced.is_none_or(newer) {
            self.announced = Some(serial);
        }
        self.by_update |= self.due.is_none();
        self.refresh_at(now.add_millis(config.jitter(random).into()))
    }

    /// At the earlier of this time and the one that is set, but not before the wait after a failure has ended.
    fn refresh_at(&mut self, time: Timestamp) -> Timestamp {
        let time = time.max(self.backs_off_until);
        let due = self.due.map_or(time, |due| due.min(time));
        self.due = Some(due);
        due
    }

    /// What is here need not be looked for.
    fn drop_what_is_here(&mut self) {
        let here = self.serial;
        let is_missing = |serial: &Serial| here.is_none_or(|here| serial.is_newer_than(here));
        if self.announced.is_some() {
            self.announced = self.announced.filter(is_missing);
            let is_needed = self.announced.is_some() || !self.by_update;
            self.due = self.due.filter(|_| is_needed);
        }
    }
}

fn find<Z: Copy + PartialEq>(zones: &mut [WatchedZone<Z>], zone: Z) -> Option<&mut WatchedZone<Z>> {
    zones.iter_mut().find(|slot| slot.zone == Some(zone))
}

/// Notes that a (zone, serial) was heard; says if it is no duplicate.
fn remember<Z: Copy + PartialEq>(
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

/// What a refresh that began at `asked` did not find may be heard again. It still counts towards a storm.
fn unhear<Z: Copy + PartialEq>(
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

//! Hearing of changes: levels 2 to 5 of 17.1.

use super::UpdateControlConfig;
use super::seen::{Seen, SeenSlot};
use crate::policy::conflict::serial_order;
use crate::policy::negative::NEGATIVE_TTL_MAX;
use crate::time::Timestamp;
use crate::zone::Serial;

/// What to log when a storm begins.
pub const STORM_LOG: &str = "zdns_update_storm_detected, suppressing";

/// For how many milliseconds a negative answer may be cached (12.2, rule 1).
const DENIED_FOR: u64 = NEGATIVE_TTL_MAX as u64 * 1000;

/// What the caller lends for each zone that it keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WatchedZone<Z> {
    zone: Option<Z>,
    /// The serial that is here, if any. Of a zone that is not kept, the one that was heard last.
    serial: Option<Serial>,
    /// Since when the zone is here only because of what is cached of its negative answers; `None` of one that is kept.
    denied: Option<Timestamp>,
    /// The newest serial heard of that no refresh has looked for.
    announced: Option<Serial>,
    /// The same, of the refresh that is under way.
    sought: Option<Serial>,
    /// When to refresh.
    due: Option<Timestamp>,
    /// Is that because of an update alone, and not of a TTL or a failure?
    by_update: bool,
    /// Since when a refresh is under way.
    asked: Option<Timestamp>,
    /// The wait after the last failure, in milliseconds; 0 after a success.
    backoff: u32,
    /// When that wait ends.
    backs_off_until: Option<Timestamp>,
}

impl<Z> Default for WatchedZone<Z> {
    fn default() -> Self {
        Self::FREE
    }
}

/// What became of an update that was heard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Heard {
    /// There is a storm: ignored (level 5).
    Suppressed,
    /// No such zone is kept here, nor anything cached of its negative answers.
    UnknownZone,
    /// The zone is not kept here, but something is cached of its negative answers: flush that (12.2, rule 3). There is
    /// nothing to refresh, and it does not count towards a storm.
    OnlyDenied,
    /// That serial, or a newer one, is here.
    NotNewer,
    /// It was heard already (level 2). If whoever refreshes asks those who told of a serial, this one is to be asked as well:
    /// after a partition, two may tell of one serial and have two versions.
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
    /// [`Heard::OnlyDenied`].
    pub only_denied: u32,
    /// [`Heard::NotNewer`].
    pub not_newer: u32,
    /// [`Heard::Duplicate`].
    pub duplicates: u32,
    /// [`Heard::StormBegins`].
    pub storms: u32,
    /// [`Heard::Accepted`].
    pub accepted: u32,
}

impl UpdateCounts {
    const NONE: Self = Self {
        suppressed: 0,
        unknown_zones: 0,
        only_denied: 0,
        not_newer: 0,
        duplicates: 0,
        storms: 0,
        accepted: 0,
    };
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
/// A refresh that finds something else than what was announced makes the receiver forget that it has heard of it: a forged
/// update must not hide the real one. One that has failed has found nothing: what was announced is still to be looked
/// for when the wait after the failure has ended, and need not be told again before.
///
/// A resolver that does not keep a zone may have negative answers of it cached, which an update flushes:
/// [`UpdateReceiver::denied`] tells of them. Such zones take the slots that no kept zone wants.
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
#[repr(C)]
pub struct UpdateReceiver<W, S> {
    /// When the storm ends, if there is one.
    storm_until: Option<Timestamp>,
    /// When waits were ended last.
    waits_ended: Option<Timestamp>,
    /// The zone whose turn it is.
    turn: usize,
    counts: UpdateCounts,
    config: UpdateControlConfig,
    zones: W,
    seen: Seen<S>,
}

impl<W, S> UpdateReceiver<W, S> {
    /// With slots for zones, and for what is remembered of updates.
    pub const fn new(zones: W, seen: S, config: UpdateControlConfig) -> Self {
        Self {
            zones,
            seen: Seen::new(seen),
            config,
            storm_until: None,
            waits_ended: None,
            counts: UpdateCounts::NONE,
            turn: 0,
        }
    }

    pub(crate) fn set(&mut self, config: &UpdateControlConfig) {
        self.config = *config;
    }

    /// Counts an update that names its zone in a way that whoever keeps this does not know, so that it cannot be handed on.
    pub(crate) fn hear_of_unknown(&mut self) {
        self.count(Heard::UnknownZone);
    }

    fn count(&mut self, heard: Heard) {
        let count = match heard {
            Heard::Suppressed => &mut self.counts.suppressed,
            Heard::UnknownZone => &mut self.counts.unknown_zones,
            Heard::OnlyDenied => &mut self.counts.only_denied,
            Heard::NotNewer => &mut self.counts.not_newer,
            Heard::Duplicate => &mut self.counts.duplicates,
            Heard::StormBegins => &mut self.counts.storms,
            Heard::Accepted(_) => &mut self.counts.accepted,
        };
        *count = count.saturating_add(1);
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
        let place = known
            .or_else(|| zones.iter().position(|slot| slot.zone.is_none()))
            .or_else(|| zones.iter().position(|slot| slot.denied.is_some()));
        let Some(slot) = place.and_then(|place| zones.get_mut(place)) else {
            return false;
        };
        if slot.denied.is_some() {
            *slot = WatchedZone::FREE;
        }
        slot.zone = Some(zone);
        slot.serial = serial;
        slot.drop_what_is_here();
        true
    }

    /// A negative answer of a zone has been cached now: for as long as one may be, updates of the zone are heard so that it can
    /// be flushed ([`Heard::OnlyDenied`]), though the zone is not kept here. Says if there was room; those that were cached
    /// longest ago make some.
    pub fn denied<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z) -> bool
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        let zones = self.zones.as_mut();
        let known = zones.iter().position(|slot| slot.zone == Some(zone));
        let place = known.or_else(|| {
            let places = zones.iter().enumerate();
            let free = places.filter(|(_, slot)| slot.zone.is_none() || slot.denied.is_some());
            // A free slot has no time, and comes first.
            free.min_by_key(|(_, slot)| slot.denied)
                .map(|(place, _)| place)
        });
        let Some(slot) = place.and_then(|place| zones.get_mut(place)) else {
            return false;
        };
        if known.is_none() {
            *slot = WatchedZone {
                zone: Some(zone),
                denied: Some(now),
                ..WatchedZone::FREE
            };
        }
        slot.denied = slot.denied.map(|_| now);
        true
    }

    /// Are updates of this zone heard, because it is kept here or something of it is denied?
    pub fn knows<Z: Copy + PartialEq>(&self, zone: Z) -> bool
    where
        W: AsRef<[WatchedZone<Z>]>,
    {
        let mut zones = self.zones.as_ref().iter();
        zones.any(|slot| slot.zone == Some(zone))
    }

    /// Keeps a zone no longer.
    pub fn forget<Z: Copy + PartialEq>(&mut self, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        if let Some(slot) = find(self.zones.as_mut(), zone) {
            *slot = WatchedZone::FREE;
        }
    }

    /// An authentic, fresh update was heard; the random word decides when it is followed.
    #[inline(never)]
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
        self.count(heard);
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
        if let Some(denied) = slot.denied {
            return match slot.serial.replace(serial) {
                _ if now.millis_since(denied) >= DENIED_FOR => Heard::UnknownZone,
                // It may be old: what the zone's serial is, nobody here knows.
                Some(before) if before == serial => Heard::Duplicate,
                _ => Heard::OnlyDenied,
            };
        }
        if slot.serial.is_some_and(|here| !serial.is_newer_than(here)) {
            return Heard::NotNewer;
        }
        let Some(is_storm) = self.seen.remember(now, zone, serial, &self.config) else {
            return Heard::Duplicate;
        };
        if is_storm {
            self.storm_until = Some(now.add_millis(self.config.storm_suppression.into()));
            // From here on TTLs alone make zones refresh.
            for slot in self.zones.as_mut() {
                (slot.announced, slot.sought) = (None, None);
                slot.due = slot.due.filter(|_| !slot.by_update);
            }
            return Heard::StormBegins;
        }
        Heard::Accepted(slot.announce(now, random, serial, &self.config))
    }

    /// A zone's TTL has ended: refresh it, in a storm too.
    #[inline(never)]
    pub fn ttl_ended<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        if let Some(slot) = find_kept(self.zones.as_mut(), zone) {
            slot.refresh_at(now);
            slot.by_update = false;
        }
    }

    /// The mesh looks different, or there is a new peer: who was out of reach may be there again. So the waits after failures
    /// end (level 4), and what waited is refreshed as if an update had been heard, after a time that the random word
    /// decides (level 3). A mesh that changes all the time ends them at most once in the time of the first wait.
    pub fn topology_changed<Z: Copy>(&mut self, now: Timestamp, random: u32)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        let least = u64::from(self.config.initial_backoff);
        let ended = self.waits_ended;
        if ended.is_some_and(|ended| now.millis_since(ended) < least) {
            return;
        }
        let mut random = random;
        for slot in self.zones.as_mut() {
            // Of a refresh that is under way, too: should it fail, the wait is the first one.
            slot.backoff = 0;
            if slot.backs_off_until.take_if(|until| *until > now).is_none() {
                continue;
            }
            self.waits_ended = Some(now);
            let jitter = self.config.jitter(random);
            // Each zone its own: steps of the golden ratio spread evenly.
            random = random.wrapping_add(0x9e37_79b9);
            slot.refresh_at(now.add_millis(jitter.into()));
        }
    }

    /// A zone to refresh now, if there is one; call it again until `None`. Zones take turns.
    #[inline(never)]
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
        slot.sought = slot.announced.take();
        Some(RefreshDue {
            zone: slot.zone?,
            announced: slot.sought,
        })
    }

    /// When to ask [`UpdateReceiver::poll`] again; `None` if nothing is to be refreshed. Every other method may change it.
    #[inline(never)]
    pub fn next_deadline<Z: Copy>(&self) -> Option<Timestamp>
    where
        W: AsRef<[WatchedZone<Z>]>,
    {
        let zones = self.zones.as_ref().iter();
        zones.filter_map(WatchedZone::deadline).min()
    }

    /// A zone was refreshed, and this serial is here now, be it new or not.
    #[inline(never)]
    pub fn refreshed<Z: Copy + PartialEq>(&mut self, zone: Z, found: Serial)
    where
        W: AsMut<[WatchedZone<Z>]>,
        S: AsMut<[SeenSlot<Z>]>,
    {
        let Some(slot) = find_kept(self.zones.as_mut(), zone) else {
            return;
        };
        slot.serial = Some(found);
        slot.backoff = 0;
        slot.backs_off_until = None;
        slot.sought = None;
        slot.drop_what_is_here();
        if let Some(asked) = slot.asked.take() {
            self.seen.unhear(zone, asked, found);
        }
    }

    /// A zone could not be refreshed, because nobody has answered: level 4. What was announced is still to be looked for.
    pub fn failed<Z: Copy + PartialEq>(&mut self, now: Timestamp, zone: Z)
    where
        W: AsMut<[WatchedZone<Z>]>,
    {
        let Some(slot) = find_kept(self.zones.as_mut(), zone) else {
            return;
        };
        slot.backoff = self.config.backoff_after(slot.backoff);
        slot.backs_off_until = Some(now.add_millis(slot.backoff.into()));
        slot.due = slot.backs_off_until;
        slot.by_update = false;
        slot.asked = None;
        // It was not found, nor found missing.
        if let Some(sought) = slot.sought.take() {
            slot.look_for(sought);
        }
    }
}

impl<Z> WatchedZone<Z> {
    pub(crate) const FREE: Self = Self {
        zone: None,
        serial: None,
        denied: None,
        announced: None,
        sought: None,
        due: None,
        by_update: false,
        asked: None,
        backoff: 0,
        backs_off_until: None,
    };

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
        self.look_for(serial);
        self.by_update |= self.due.is_none();
        self.refresh_at(now.add_millis(config.jitter(random).into()))
    }

    /// The newest serial counts.
    fn look_for(&mut self, serial: Serial) {
        let newer = |known| serial_order(serial, known).is_gt();
        if self.announced.is_none_or(newer) {
            self.announced = Some(serial);
        }
    }

    /// At the earlier of this time and the one that is set, but not before the wait after a failure has ended.
    #[inline(never)]
    fn refresh_at(&mut self, time: Timestamp) -> Timestamp {
        let time = self.backs_off_until.map_or(time, |until| until.max(time));
        let due = self.due.map_or(time, |due| due.min(time));
        self.due = Some(due);
        due
    }

    /// What is here need not be looked for.
    fn drop_what_is_here(&mut self) {
        let here = self.serial;
        let is_missing = |serial: &Serial| here.is_none_or(|here| serial.is_newer_than(here));
        self.sought = self.sought.filter(is_missing);
        if self.announced.is_some() {
            self.announced = self.announced.filter(is_missing);
            let is_needed = self.announced.is_some() || !self.by_update;
            self.due = self.due.filter(|_| is_needed);
        }
    }
}

#[inline(never)]
fn find<Z: Copy + PartialEq>(zones: &mut [WatchedZone<Z>], zone: Z) -> Option<&mut WatchedZone<Z>> {
    zones.iter_mut().find(|slot| slot.zone == Some(zone))
}

fn find_kept<Z: Copy + PartialEq>(
    zones: &mut [WatchedZone<Z>],
    zone: Z,
) -> Option<&mut WatchedZone<Z>> {
    find(zones, zone).filter(|slot| slot.denied.is_none())
}

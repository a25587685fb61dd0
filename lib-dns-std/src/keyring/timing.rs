//! When a key is to be published, to sign, and to go.

use super::KeyError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;

/// Something that happens to a key once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyEvent {
    /// It is made.
    Created,
    /// It comes into the DNSKEY RRset.
    Publish,
    /// It begins to sign.
    Activate,
    /// Its REVOKE flag is set (RFC 5011 2.1).
    Revoke,
    /// It ceases to sign.
    Inactive,
    /// It leaves the DNSKEY RRset.
    Delete,
    /// Its DS record was first seen at all of the parent's servers.
    DsPublish,
    /// CDS and CDNSKEY records for it appear (RFC 7344).
    SyncPublish,
    /// These records go.
    SyncDelete,
}

impl KeyEvent {
    /// All events, in the order in which files have them.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Publish,
        Self::Activate,
        Self::Revoke,
        Self::Inactive,
        Self::Delete,
        Self::DsPublish,
        Self::SyncPublish,
        Self::SyncDelete,
    ];

    /// Its name in BIND's files.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Publish => "Publish",
            Self::Activate => "Activate",
            Self::Revoke => "Revoke",
            Self::Inactive => "Inactive",
            Self::Delete => "Delete",
            Self::DsPublish => "DSPublish",
            Self::SyncPublish => "SyncPublish",
            Self::SyncDelete => "SyncDelete",
        }
    }

    /// The event that a tag of BIND's files names.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.tag() == tag)
    }
}

/// The times of a key's life, in seconds since 1970 (UTC); each may be unknown.
///
/// ```
/// use lib_dns_std::keyring::{KeyEvent, KeyTiming};
/// let mut timing = KeyTiming::default();
/// assert!(timing.is_active(0), "a key that says no times is always in use");
/// timing.set(KeyEvent::Publish, Some(1_000));
/// timing.set(KeyEvent::Activate, Some(2_000));
/// assert!(timing.is_published(1_500) && !timing.is_active(1_500));
/// assert!(timing.is_active(2_000));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct KeyTiming {
    times: [Option<u64>; KeyEvent::ALL.len()],
}

impl KeyTiming {
    /// When an event happens, in seconds since 1970.
    pub fn get(&self, event: KeyEvent) -> Option<u64> {
        self.times[event as usize]
    }

    /// Sets when an event happens; `None` for never.
    pub fn set(&mut self, event: KeyEvent, time: Option<u64>) {
        self.times[event as usize] = time;
    }

    /// Has the event happened at this time?
    pub fn has(&self, event: KeyEvent, now: u64) -> bool {
        self.get(event).is_some_and(|time| time <= now)
    }

    /// Should the key stand in the DNSKEY RRset at this time?
    pub fn is_published(&self, now: u64) -> bool {
        (self.has(KeyEvent::Publish, now) || self.is_timeless()) && !self.has(KeyEvent::Delete, now)
    }

    /// Should the key sign at this time?
    pub fn is_active(&self, now: u64) -> bool {
        (self.has(KeyEvent::Activate, now) || self.is_timeless())
            && !self.has(KeyEvent::Inactive, now)
            && !self.has(KeyEvent::Delete, now)
    }

    /// Should CDS and CDNSKEY records for the key stand in the zone at this time (RFC 7344)?
    pub fn is_synced(&self, now: u64) -> bool {
        self.has(KeyEvent::SyncPublish, now) && !self.has(KeyEvent::SyncDelete, now)
    }

    /// A word for what the key is doing at this time.
    pub fn state(&self, now: u64) -> &'static str {
        match () {
            () if self.has(KeyEvent::Delete, now) => "removed",
            () if self.has(KeyEvent::Revoke, now) => "revoked",
            () if self.is_active(now) => "active",
            () if self.has(KeyEvent::Inactive, now) => "retired",
            () if self.is_published(now) => "published",
            () => "hidden",
        }
    }

    /// The next event after this time, of those that change the zone.
    pub fn next_change(&self, now: u64) -> Option<(KeyEvent, u64)> {
        let events = KeyEvent::ALL.into_iter();
        events
            .filter(|event| !matches!(event, KeyEvent::Created | KeyEvent::DsPublish))
            .filter_map(|event| Some((event, self.get(event)?)))
            .filter(|(_, time)| *time > now)
            .min_by_key(|(_, time)| *time)
    }

    /// Is nothing said of when to publish and to sign? Then the key is in use, as those are that were
    /// made before keys had times.
    fn is_timeless(&self) -> bool {
        self.get(KeyEvent::Publish).is_none() && self.get(KeyEvent::Activate).is_none()
    }
}

/// The last time that the calendar below can tell, in the year 9999.
const MAX_TIME: u64 = 253_402_207_200;

/// A time as key files have it, `YYYYMMDDHHmmSS` in UTC.
///
/// # Errors
/// If it is none.
pub(crate) fn time_from_text(text: &str) -> Result<u64, KeyError> {
    let wrong = || KeyError::invalid("a time has fourteen digits: YYYYMMDDHHmmSS");
    if text.len() != 14 || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(wrong());
    }
    let time = DateTime::strptime("%Y%m%d%H%M%S", text).map_err(|_| wrong())?;
    let time = time.to_zoned_datetime(TimeZone::UTC).map_err(|_| wrong())?;
    u64::try_from(time.timestamp().as_second()).map_err(|_| wrong())
}

/// A time as key files have it, `YYYYMMDDHHmmSS` in UTC.
pub(crate) fn time_to_text(time: u64) -> String {
    let for_people = false;
    TimeText { time, for_people }.to_string()
}

/// Prints a time as key files have it; with `for_people`, once more in words.
pub(super) struct TimeText {
    pub(super) time: u64,
    pub(super) for_people: bool,
}

impl fmt::Display for TimeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.min(MAX_TIME) as i64;
        let time = Timestamp::from_second(seconds).map_err(|_| fmt::Error)?;
        let time = time.to_zoned_datetime(TimeZone::UTC);
        write!(f, "{}", time.strftime("%Y%m%d%H%M%S"))?;
        if self.for_people {
            write!(f, " ({})", time.strftime("%a %b %e %H:%M:%S %Y"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_and_bad_ones_are_refused() {
        for time in [0, 951_782_400, 1_795_650_000, u64::from(u32::MAX), MAX_TIME] {
            assert_eq!(time_from_text(&time_to_text(time)).unwrap(), time);
        }
        let text = TimeText {
            time: 1_793_663_182,
            for_people: true,
        };
        assert_eq!(
            text.to_string(),
            "20261102234622 (Mon Nov  2 23:46:22 2026)"
        );
        for bad in [
            "",
            "2026",
            "20261301000000",
            "20260230000000",
            "19691231235959",
            "+0260101000000",
        ] {
            assert!(time_from_text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn states_follow_the_times() {
        let mut timing = KeyTiming::default();
        for (event, time) in [
            (KeyEvent::Publish, 10),
            (KeyEvent::Activate, 20),
            (KeyEvent::Inactive, 30),
            (KeyEvent::Delete, 40),
        ] {
            timing.set(event, Some(time));
        }
        let states = [9, 10, 20, 30, 40].map(|now| timing.state(now));
        assert_eq!(
            states,
            ["hidden", "published", "active", "retired", "removed"]
        );
        let next = [0, 10, 39, 40].map(|now| timing.next_change(now).map(|(_, time)| time));
        assert_eq!(next, [Some(10), Some(20), Some(40), None]);
        let published = [9, 10, 30, 40].map(|now| timing.is_published(now));
        assert_eq!(published, [false, true, true, false]);
    }
}

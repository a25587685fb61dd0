//! What a key of a zone does, and when.

use super::{DNSKEY_SEP, DNSKEY_ZONE};

/// What a key signs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum KeyRole {
    /// The DNSKEY RRset, as the parent's DS says (key-signing key).
    Ksk,
    /// All other RRsets (zone-signing key).
    Zsk,
    /// Both (combined signing key).
    Csk,
}

impl KeyRole {
    /// `KSK`, `ZSK` or `CSK`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ksk => "KSK",
            Self::Zsk => "ZSK",
            Self::Csk => "CSK",
        }
    }

    /// The flags of such a key's DNSKEY record.
    pub const fn flags(self) -> u16 {
        match self {
            Self::Zsk => DNSKEY_ZONE,
            Self::Ksk | Self::Csk => DNSKEY_ZONE | DNSKEY_SEP,
        }
    }

    /// The role that flags tell: a key with the flag "secure entry point" is a KSK, since a CSK looks the
    /// same.
    pub const fn of_flags(flags: u16) -> Self {
        if flags & DNSKEY_SEP != 0 {
            Self::Ksk
        } else {
            Self::Zsk
        }
    }

    /// Does it sign the DNSKEY RRset?
    pub const fn signs_keys(self) -> bool {
        matches!(self, Self::Ksk | Self::Csk)
    }

    /// Does it sign the zone's data?
    pub const fn signs_zone(self) -> bool {
        matches!(self, Self::Zsk | Self::Csk)
    }
}

/// Defines the events of a key's life, each with its name in BIND's files.
macro_rules! key_events {
    ($($(#[$meta:meta])+ $event:ident = $tag:literal,)+) => {
        /// Something that happens to a key once.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum KeyEvent {
            $($(#[$meta])+ $event,)+
        }

        impl KeyEvent {
            /// All events, in the order in which files have them.
            pub const ALL: [Self; [$(Self::$event),+].len()] = [$(Self::$event),+];

            /// Its name in BIND's files.
            pub const fn tag(self) -> &'static str {
                match self {
                    $(Self::$event => $tag,)+
                }
            }
        }
    };
}

key_events! {
    /// It is made.
    Created = "Created",
    /// It comes into the DNSKEY RRset.
    Publish = "Publish",
    /// It begins to sign.
    Activate = "Activate",
    /// Its REVOKE flag is set (RFC 5011 2.1).
    Revoke = "Revoke",
    /// It ceases to sign.
    Inactive = "Inactive",
    /// It leaves the DNSKEY RRset.
    Delete = "Delete",
    /// Its DS record was first seen at the parent.
    DsPublish = "DSPublish",
    /// CDS and CDNSKEY records for it appear (RFC 7344).
    SyncPublish = "SyncPublish",
    /// These records go.
    SyncDelete = "SyncDelete",
}

impl KeyEvent {
    /// The event that a tag of BIND's files names.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.tag() == tag)
    }
}

/// What a key does at some time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyUses {
    /// It stands in the DNSKEY RRset.
    pub published: bool,
    /// It signs the DNSKEY, CDS and CDNSKEY RRsets: a KSK, or a CSK.
    pub signs_keys: bool,
    /// It signs all other RRsets: a ZSK, or a CSK.
    pub signs_zone: bool,
    /// The parent is asked, by CDS and CDNSKEY records, to point to it (RFC 7344).
    pub synced: bool,
}

/// The times of a key's life, in seconds since 1970 (UTC); each may be unknown.
///
/// ```
/// use lib_dns_core::dnssec::{KeyEvent, KeyTiming};
/// let mut timing = KeyTiming::default();
/// assert!(timing.is_active(0), "a key that says no times is always in use");
/// timing.set(KeyEvent::Publish, Some(1_000));
/// timing.set(KeyEvent::Activate, Some(2_000));
/// assert!(timing.is_published(1_500) && !timing.is_active(1_500));
/// assert!(timing.is_active(2_000));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyTiming {
    times: [Option<u64>; KeyEvent::ALL.len()],
}

impl KeyTiming {
    /// When an event happens, in seconds since 1970.
    pub fn get(&self, event: KeyEvent) -> Option<u64> {
        self.times.get(event as usize).copied().flatten()
    }

    /// Sets when an event happens; `None` for never.
    pub fn set(&mut self, event: KeyEvent, time: Option<u64>) {
        if let Some(slot) = self.times.get_mut(event as usize) {
            *slot = time;
        }
    }

    /// Has the event happened at this time?
    pub fn has(&self, event: KeyEvent, now: u64) -> bool {
        self.get(event).is_some_and(|time| time <= now)
    }

    /// What a key of this role does at this time.
    ///
    /// A key signs from `Activate` to `Inactive`, or to `Delete` where it says no `Inactive`: when an
    /// algorithm goes, its signatures outlive its keys (RFC 6781 4.1.4). The DNSKEY RRset is signed only by
    /// keys that stand in it, and by a CSK as long as it does: its times of signing are about the zone's
    /// data.
    pub fn uses(&self, role: KeyRole, now: u64) -> KeyUses {
        let published = self.is_published(now);
        let active = self.is_active(now);
        KeyUses {
            published,
            signs_keys: match role {
                KeyRole::Ksk => published && active,
                KeyRole::Csk => published,
                KeyRole::Zsk => false,
            },
            signs_zone: active && role.signs_zone(),
            synced: self.is_synced(now),
        }
    }

    /// Should the key stand in the DNSKEY RRset at this time?
    pub fn is_published(&self, now: u64) -> bool {
        (self.has(KeyEvent::Publish, now) || self.is_timeless()) && !self.has(KeyEvent::Delete, now)
    }

    /// Should the key sign at this time?
    pub fn is_active(&self, now: u64) -> bool {
        let end = match self.get(KeyEvent::Inactive) {
            Some(_) => KeyEvent::Inactive,
            None => KeyEvent::Delete,
        };
        (self.has(KeyEvent::Activate, now) || self.is_timeless()) && !self.has(end, now)
    }

    /// Should CDS and CDNSKEY records for the key stand in the zone at this time (RFC 7344)?
    pub fn is_synced(&self, now: u64) -> bool {
        self.has(KeyEvent::SyncPublish, now) && !self.has(KeyEvent::SyncDelete, now)
    }

    /// A word for what the key is doing at this time: `hidden`, `published`, `active`, `retired`, `removed`
    /// or `revoked`.
    pub fn state(&self, now: u64) -> &'static str {
        match () {
            () if self.has(KeyEvent::Revoke, now) && self.is_published(now) => "revoked",
            () if self.is_active(now) => "active",
            () if self.has(KeyEvent::Delete, now) => "removed",
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
    /// made before keys had times. One that only waits to be asked for (`SyncPublish`) is not.
    fn is_timeless(&self) -> bool {
        let starts = [KeyEvent::Publish, KeyEvent::Activate, KeyEvent::SyncPublish];
        starts.iter().all(|event| self.get(*event).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_role_tells_what_the_times_are_about() {
        let mut timing = KeyTiming::default();
        timing.set(KeyEvent::Publish, Some(10));
        timing.set(KeyEvent::Activate, Some(20));
        timing.set(KeyEvent::Delete, Some(30));
        let uses = |role| {
            [10, 20, 30].map(|now| {
                let uses = timing.uses(role, now);
                (uses.signs_keys, uses.signs_zone)
            })
        };
        let (no, keys, zone, both) = ((false, false), (true, false), (false, true), (true, true));
        assert_eq!(uses(KeyRole::Ksk), [no, keys, no]);
        assert_eq!(uses(KeyRole::Zsk), [no, zone, no]);
        assert_eq!(uses(KeyRole::Csk), [keys, both, no]);
        timing.set(KeyEvent::Inactive, Some(40));
        assert!(
            timing.uses(KeyRole::Zsk, 30).signs_zone,
            "signatures outlive the key"
        );
    }
}

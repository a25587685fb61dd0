//! What to do when a partition heals (ZDNS architecture 12.3).
//!
//! | step | when | what | action |
//! |---|---|---|---|
//! | 1 | at once, within 1 second | flush all negative answers; log | [`RecoveryAction::FlushNegative`], [`RecoveryAction::Log`] |
//! | 2 | within 10 seconds | ask the new peers for the SOA of every zone; queue a transfer of what is newer | [`RecoveryAction::AskSoa`], [`RecoveryAction::QueueTransfer`] |
//! | 3 | within 30 seconds | merge what both sides have changed; tell all by broadcast what came of it, and the new peers one by one | [`RecoveryAction::Settle`], [`RecoveryAction::Tell`], [`RecoveryAction::Notify`] |
//! | 4 | after 30 seconds | resolve as ever; what is contested stays so until its owners settle it | [`RecoveryAction::Steady`] |
//!
//! Nothing waits for a step to end: what an answer shows is dealt with when it comes. The times are the latest.
//!
//! # News that comes later
//!
//! Where several partitions in a row become one, a node exchanges serials with its new peers before news from the far end is
//! here. So a zone that changes while recovery lasts, in whatever way, is *notified* to the new peers: one message to each,
//! not a broadcast, as level 1 of 17.1 lets a node tell of a zone once in 30 seconds only, which may be over already.
//! A peer that finds it newer, or a fork, fetches it, tells of it in its turn if it may, and notifies its own new peers. So
//! news walks along the row. A peer that has it already does nothing, and changes of a zone that come before a peer was
//! notified are one; a zone is notified [`MAX_NOTIFICATIONS`] times in a recovery at most.
//!
//! # Many zones at a time
//!
//! More than ten distinct updates within 60 seconds are a storm (17.1, level 5), after a partition too, and who is in a storm
//! hears none for five minutes. Exchanges, notifications and transfers are no updates: neither are they counted, nor does a
//! storm end them. What they have brought is not newer when its broadcast comes, and is not counted either. So
//! nodes with new peers enter no storm for what they have exchanged, and are alike in the 30 seconds, however many zones
//! have changed. The nodes behind them follow the first ten zones that they hear of, at most six a minute of one sender;
//! if they hear of more, they find those when their refresh timers end.

mod action;

pub use action::{RecoveryAction, RecoveryStep};

use super::{NodeId, Relation, ZoneVersion};
use crate::time::Timestamp;
use crate::zone::Serial;

/// What to log in step 1, before the peers.
pub const RECOVERY_LOG: &str = "partition_recovery, new_peers=";

/// How many peers can be asked at a time, whatever is lent for them.
pub const MAX_PEERS: usize = 64;

/// How often the new peers are notified of a zone in one recovery: changes beyond that are told by broadcast only.
pub const MAX_NOTIFICATIONS: u8 = 4;

/// What can be set. Times are milliseconds after the last new peer was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RecoverySettings {
    /// By when step 1 has been done. 1 s.
    pub flush_within: u32,
    /// Until when peers are asked for serials. 10 s.
    pub ask_within: u32,
    /// Until when conflicts are looked for. 30 s.
    pub settle_within: u32,
    /// How many SOA queries may be under way at a time. 32.
    pub max_outstanding: u16,
    /// By how much a serial may rise at once: see [`ZoneVersion::relation_to`]. [`Serial::MAX_STEP`].
    pub max_step: u32,
}

impl Default for RecoverySettings {
    /// The times of 12.3.
    fn default() -> Self {
        Self {
            flush_within: 1_000,
            ask_within: 10_000,
            settle_within: 30_000,
            max_outstanding: 32,
            max_step: Serial::MAX_STEP,
        }
    }
}

/// What the caller lends for each zone that it keeps. A zone is called by its place among these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RecoveryZone {
    /// What is here; `None` if the place is free.
    version: Option<ZoneVersion>,
    /// Was it changed here, and not only fetched from others?
    is_written_here: bool,
    /// A newer version to fetch, and the place of the peer that has it.
    wanted: Option<(Serial, u8)>,
    /// Who offered that, and the digest of it: if that is here, this peer knows it.
    offered: Option<(u8, [u8; 8])>,
    /// The newest version that a transfer was queued for.
    queued: Option<Serial>,
    /// Peers whose version has another history: a bit for each place.
    forks: u64,
    /// Has what is here changed since the partition healed?
    is_news: bool,
    /// Peers to notify of that: a bit for each place.
    unnotified: u64,
    /// How often peers were notified in this recovery.
    notified: u8,
}

/// What the caller lends for each peer that may be found at a time, up to [`MAX_PEERS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RecoveryPeer {
    found: Option<Found>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Found {
    node: NodeId,
    at: Timestamp,
    /// The zone to ask for next.
    next_zone: usize,
    logged: Logged,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Logged {
    No,
    /// By the last action.
    Now,
    Yes,
}

/// Leads a node through the recovery from a partition (12.3), over lists of zones and peers that the caller lends.
///
/// ```
/// use lib_dns_core::policy::recovery::{Recovery, RecoveryAction, RecoveryPeer, RecoverySettings, RecoveryZone};
/// use lib_dns_core::policy::{NodeId, Relation, ZoneVersion};
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_core::zone::Serial;
/// let (zones, peers) = ([RecoveryZone::default(); 8], [RecoveryPeer::default(); 4]);
/// let mut recovery = Recovery::new(zones, peers, RecoverySettings::default());
/// let ours = ZoneVersion { serial: Serial(7), signed: 0, digest: [7; 8] };
/// recovery.set_zone(0, Some(ours), false);
/// let (peer, now) = (NodeId([1; 32]), Timestamp::from_secs(100));
/// assert!(recovery.peer_found(now, peer));
/// assert_eq!(recovery.poll(now), Some(RecoveryAction::FlushNegative));
/// assert_eq!(recovery.poll(now), Some(RecoveryAction::Log));
/// assert!(recovery.new_peers().eq([peer]));
/// assert_eq!(recovery.poll(now), Some(RecoveryAction::AskSoa { zone: 0, peer }));
/// let theirs = ZoneVersion { serial: Serial(8), ..ours };
/// assert_eq!(recovery.answered(0, peer, &theirs, None), Some(Relation::Newer));
/// let serial = Serial(8);
/// assert_eq!(recovery.poll(now), Some(RecoveryAction::QueueTransfer { zone: 0, peer, serial }));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Recovery<W, P> {
    zones: W,
    peers: P,
    settings: RecoverySettings,
    /// When the last new peer was found, while recovery lasts.
    began: Option<Timestamp>,
    must_flush: Option<Timestamp>,
    outstanding: u16,
    /// May some zone have something to be done, other than asking?
    has_marks: bool,
    /// Where to look for it.
    turn: usize,
}

impl<W, P> Recovery<W, P>
where
    W: AsRef<[RecoveryZone]> + AsMut<[RecoveryZone]>,
    P: AsRef<[RecoveryPeer]> + AsMut<[RecoveryPeer]>,
{
    /// In steady state. Slots are free, whatever stands in them.
    pub fn new(mut zones: W, mut peers: P, settings: RecoverySettings) -> Self {
        zones.as_mut().fill(RecoveryZone::default());
        peers.as_mut().fill(RecoveryPeer::default());
        Self {
            zones,
            peers,
            settings,
            began: None,
            must_flush: None,
            outstanding: 0,
            has_marks: false,
            turn: 0,
        }
    }

    /// Keeps a zone at this place from now on, or none. `is_written_here` says if this node changes it by itself: then what
    /// others have is merged, even if it is newer, unless their history holds what is here.
    pub fn set_zone(&mut self, zone: usize, version: Option<ZoneVersion>, is_written_here: bool) {
        if let Some(slot) = self.zones.as_mut().get_mut(zone) {
            *slot = RecoveryZone {
                version,
                is_written_here,
                ..RecoveryZone::default()
            };
        }
    }

    /// The mesh looks different, but there is nobody new: negative answers are flushed (12.2, rule 3).
    pub fn topology_changed(&mut self, now: Timestamp) {
        self.must_flush.get_or_insert(now);
    }

    /// A new peer was found. Says if it will be asked: not if as many as there is room for were found within the last
    /// seconds; then tell of it again later. Negative answers are flushed in any case.
    pub fn peer_found(&mut self, now: Timestamp, node: NodeId) -> bool {
        self.topology_changed(now);
        let settle_within = u64::from(self.settings.settle_within);
        let peers = self.peers.as_mut();
        let is_same = |slot: &RecoveryPeer| slot.found.is_some_and(|found| found.node == node);
        let is_done = |slot: &RecoveryPeer| {
            let found = slot.found;
            found.is_some_and(|found| now.millis_since(found.at) >= settle_within)
        };
        let place =
            |is_it: &dyn Fn(&RecoveryPeer) -> bool| peers.iter().take(MAX_PEERS).position(is_it);
        let known = place(&is_same);
        let place = known
            .or_else(|| place(&|slot| slot.found.is_none()))
            .or_else(|| place(&is_done));
        let Some((place, slot)) = place.and_then(|place| Some((place, peers.get_mut(place)?)))
        else {
            return false;
        };
        slot.found = Some(Found {
            node,
            at: now,
            next_zone: 0,
            logged: Logged::No,
        });
        self.began = Some(now);
        if known.is_none() {
            // What was said of this place meant somebody else.
            for zone in self.zones.as_mut() {
                zone.forks &= !bit(place);
                zone.unnotified &= !bit(place);
                zone.wanted = zone.wanted.filter(|(_, peer)| usize::from(*peer) != place);
                zone.offered = zone.offered.filter(|(peer, _)| usize::from(*peer) != place);
            }
        }
        true
    }

    /// Where recovery stands.
    pub fn step(&self, now: Timestamp) -> RecoveryStep {
        let Some(began) = self.began else {
            return RecoveryStep::Steady;
        };
        let since = now.millis_since(began);
        match since {
            _ if since < self.settings.flush_within.into() => RecoveryStep::Immediate,
            _ if since < self.settings.ask_within.into() => RecoveryStep::SerialExchange,
            _ if since < self.settings.settle_within.into() => RecoveryStep::ConflictDetection,
            _ => RecoveryStep::Steady,
        }
    }

    /// The peers that [`RecoveryAction::Log`] is about, until the next poll.
    pub fn new_peers(&self) -> impl Iterator<Item = NodeId> {
        let found = self.peers.as_ref().iter().filter_map(|slot| slot.found);
        found
            .filter(|found| found.logged == Logged::Now)
            .map(|found| found.node)
    }

    /// The peer's version of a zone, and if it is known, the digest of its version with our serial. Gives what that is to
    /// ours, for the log; `None` if there is no such zone or peer (any more).
    pub fn answered(
        &mut self,
        zone: usize,
        peer: NodeId,
        theirs: &ZoneVersion,
        theirs_then: Option<[u8; 8]>,
    ) -> Option<Relation> {
        self.outstanding = self.outstanding.saturating_sub(1);
        self.notified(zone, peer, theirs, theirs_then)
    }

    /// A peer has told that its version of a zone is another one now. What it is to ours is dealt with as if it had been
    /// asked. `None` if there is no such zone, or if the peer is none that was found lately: then it is an ordinary NOTIFY.
    pub fn notified(
        &mut self,
        zone: usize,
        peer: NodeId,
        theirs: &ZoneVersion,
        theirs_then: Option<[u8; 8]>,
    ) -> Option<Relation> {
        let is_same = |slot: &RecoveryPeer| slot.found.is_some_and(|found| found.node == peer);
        let place = self
            .peers
            .as_ref()
            .iter()
            .take(MAX_PEERS)
            .position(is_same)?;
        let slot = self.zones.as_mut().get_mut(zone)?;
        let ours = slot.version?;
        let relation = ours.relation_to(theirs, theirs_then, self.settings.max_step);
        let follows = theirs_then == Some(ours.digest);
        let relation = match relation {
            Relation::Newer if slot.is_written_here && !follows => Relation::Fork,
            relation => relation,
        };
        match relation {
            Relation::Newer => {
                let best = slot.wanted.map(|(serial, _)| serial).or(slot.queued);
                if best.is_none_or(|best| theirs.serial.is_newer_than(best)) {
                    let place = u8::try_from(place).ok()?;
                    slot.wanted = Some((theirs.serial, place));
                    slot.offered = Some((place, theirs.digest));
                    self.has_marks = true;
                }
            }
            Relation::Fork => {
                slot.forks |= bit(place);
                self.has_marks = true;
            }
            Relation::Same | Relation::Older | Relation::Leap => {}
        }
        Some(relation)
    }

    /// A peer did not answer, or not what was asked.
    pub fn unanswered(&mut self) {
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    /// A zone has a new version: transferred, merged or changed here. While recovery lasts, others are told, and the new
    /// peers notified.
    pub fn updated(&mut self, now: Timestamp, zone: usize, version: ZoneVersion) {
        let is_steady = self.step(now) == RecoveryStep::Steady;
        let places = self.peers.as_ref().iter().take(MAX_PEERS).enumerate();
        let found = places.filter(|(_, slot)| slot.found.is_some());
        let peers = found.fold(0, |bits, (place, _)| bits | bit(place));
        let Some(slot) = self.zones.as_mut().get_mut(zone) else {
            return;
        };
        slot.version = Some(version);
        let is_missing = |serial: Serial| serial.is_newer_than(version.serial);
        slot.wanted = slot.wanted.filter(|(serial, _)| is_missing(*serial));
        slot.queued = slot.queued.filter(|serial| is_missing(*serial));
        if !is_steady {
            slot.is_news = true;
            self.has_marks = true;
            if slot.unnotified == 0 && slot.notified < MAX_NOTIFICATIONS {
                slot.notified = slot.notified.saturating_add(1);
                let source = slot.offered.filter(|(_, digest)| *digest == version.digest);
                let source = source.map_or(0, |(place, _)| bit(place.into()));
                slot.unnotified = peers & !source;
            }
        }
    }

    /// A transfer that was queued has failed: another peer's answer may queue it again.
    pub fn transfer_failed(&mut self, zone: usize) {
        if let Some(slot) = self.zones.as_mut().get_mut(zone) {
            slot.queued = None;
        }
    }

    /// What to do now; call it again until `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<RecoveryAction> {
        for found in self.found() {
            if found.logged == Logged::Now {
                found.logged = Logged::Yes;
            }
        }
        if self.must_flush.take().is_some() {
            return Some(RecoveryAction::FlushNegative);
        }
        let began = self.began?;
        let mut is_news = false;
        for found in self.found() {
            if found.logged == Logged::No {
                found.logged = Logged::Now;
                is_news = true;
            }
        }
        if is_news {
            return Some(RecoveryAction::Log);
        }
        if let Some(action) = self.marked().or_else(|| self.ask(now)) {
            return Some(action);
        }
        if now < began.add_millis(self.settings.settle_within.into()) {
            return None;
        }
        self.began = None;
        self.outstanding = 0;
        self.peers.as_mut().fill(RecoveryPeer::default());
        for zone in self.zones.as_mut() {
            (zone.notified, zone.offered) = (0, None);
        }
        Some(RecoveryAction::Steady)
    }

    /// When to ask [`Recovery::poll`] again: a time that has passed if there may be something to do at once; `None` in
    /// steady state. Every other method may change it.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let began = self.began;
        if self.must_flush.is_some() {
            return self.must_flush;
        }
        let began = began?;
        let zones = self.zones.as_ref().len();
        let found = self.peers.as_ref().iter().filter_map(|slot| slot.found);
        let has_room = self.outstanding < self.settings.max_outstanding;
        let waits = found.map(|found| match found.logged {
            Logged::No => found.at,
            _ if found.next_zone >= zones => Timestamp::MAX,
            _ if has_room => found.at,
            _ => found.at.add_millis(self.settings.ask_within.into()),
        });
        let end = began.add_millis(self.settings.settle_within.into());
        let next = waits.min().map_or(end, |next| next.min(end));
        Some(if self.has_marks {
            began.min(next)
        } else {
            next
        })
    }

    fn found(&mut self) -> impl Iterator<Item = &mut Found> {
        let peers = self.peers.as_mut().iter_mut();
        peers.filter_map(|slot| slot.found.as_mut())
    }

    /// What answers have shown to be done.
    fn marked(&mut self) -> Option<RecoveryAction> {
        if !self.has_marks {
            return None;
        }
        let zones = self.zones.as_mut();
        let has_mark = |slot: &RecoveryZone| {
            let is_told = !slot.is_news && slot.unnotified == 0;
            slot.version.is_some() && (slot.wanted.is_some() || slot.forks != 0 || !is_told)
        };
        let after = zones.iter().skip(self.turn).position(has_mark);
        let zone = match after {
            Some(place) => Some(place.saturating_add(self.turn)),
            None => zones.iter().position(has_mark),
        };
        let Some((zone, slot)) = zone.and_then(|zone| Some((zone, zones.get_mut(zone)?))) else {
            self.has_marks = false;
            return None;
        };
        self.turn = zone;
        let peers = self.peers.as_ref();
        let node = |place: usize| peers.get(place).and_then(|slot| slot.found);
        if slot.forks != 0 {
            let place = slot.forks.trailing_zeros() as usize;
            slot.forks &= !bit(place);
            let peer = node(place)?.node;
            return Some(RecoveryAction::Settle { zone, peer });
        }
        if let Some((serial, place)) = slot.wanted.take() {
            slot.queued = Some(serial);
            let peer = node(place.into())?.node;
            return Some(RecoveryAction::QueueTransfer { zone, peer, serial });
        }
        if core::mem::take(&mut slot.is_news) {
            let serial = slot.version?.serial;
            return Some(RecoveryAction::Tell { zone, serial });
        }
        let place = slot.unnotified.trailing_zeros() as usize;
        slot.unnotified &= !bit(place);
        let peer = node(place)?.node;
        Some(RecoveryAction::Notify { zone, peer })
    }

    /// Whom to ask for what.
    fn ask(&mut self, now: Timestamp) -> Option<RecoveryAction> {
        let ask_within = u64::from(self.settings.ask_within);
        let has_room = self.outstanding < self.settings.max_outstanding;
        let zones = self.zones.as_ref();
        for slot in self.peers.as_mut() {
            let Some(found) = &mut slot.found else {
                continue;
            };
            let peer = found.node;
            let left = zones.get(found.next_zone..).unwrap_or_default();
            if now.millis_since(found.at) >= ask_within {
                let unasked = left.iter().filter(|zone| zone.version.is_some()).count();
                found.next_zone = zones.len();
                if unasked > 0 {
                    return Some(RecoveryAction::Unasked {
                        peer,
                        zones: unasked,
                    });
                }
                continue;
            }
            if !has_room {
                continue;
            }
            match left.iter().position(|zone| zone.version.is_some()) {
                Some(skipped) => {
                    let zone = found.next_zone.saturating_add(skipped);
                    found.next_zone = zone.saturating_add(1);
                    self.outstanding = self.outstanding.saturating_add(1);
                    return Some(RecoveryAction::AskSoa { zone, peer });
                }
                None => found.next_zone = zones.len(),
            }
        }
        None
    }
}

/// The bit of a peer's place.
fn bit(place: usize) -> u64 {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    1u64.checked_shl(place).unwrap_or(0)
}

#[cfg(test)]
mod tests;

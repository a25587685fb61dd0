//! Random lists of operations on the recovery from a partition, beside a log of all that has happened (12.3).

use super::operations::Octets;
use lib_dns_core::policy::recovery::{
    MAX_NOTIFICATIONS, Recovery, RecoveryAction, RecoveryPeer, RecoverySettings, RecoveryStep,
    RecoveryZone,
};
use lib_dns_core::policy::{NodeId, Relation, ZoneVersion};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;

const ZONES: usize = 4;
const PEERS: usize = 3;
/// The longest list that is run.
const MAX_OPERATIONS: usize = 400;

/// A peer that was found.
#[derive(Debug)]
struct Found {
    peer: u8,
    at: u64,
    was_logged: bool,
    asked: Vec<usize>,
    unasked: usize,
}

#[derive(Default)]
struct Log {
    found: Vec<Found>,
    /// Who has which place.
    places: [Option<u8>; PEERS],
    began: Option<u64>,
    must_flush: bool,
    /// What is here, and what others may be told of it.
    here: [Option<ZoneVersion>; ZONES],
    is_news: [bool; ZONES],
    /// What peers have said: forks to settle, and newer serials to fetch.
    forks: Vec<(usize, u8)>,
    offers: Vec<(usize, u8, u32)>,
    queued: [Option<u32>; ZONES],
    /// Who was notified of what in this recovery.
    notified: Vec<(usize, u8)>,
    /// Questions that nobody has answered.
    under_way: Vec<(usize, u8)>,
}

struct Pair {
    settings: RecoverySettings,
    now: u64,
    machine: Recovery<[RecoveryZone; ZONES], [RecoveryPeer; PEERS]>,
    log: Log,
}

fn version(serial: u8, digest: u8) -> ZoneVersion {
    ZoneVersion {
        serial: Serial(serial.into()),
        signed: 0,
        digest: [digest; 8],
    }
}

fn node(peer: u8) -> NodeId {
    NodeId([peer; 32])
}

impl Pair {
    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn found(&mut self, peer: u8) {
        let is_asked = self.machine.peer_found(self.time(), node(peer));
        self.log.must_flush = true;
        let settle_within = u64::from(self.settings.settle_within);
        let since = |peer: u8| self.log.found.iter().find(|found| found.peer == peer);
        let is_old = |place: &Option<u8>| {
            place
                .and_then(since)
                .is_some_and(|found| self.now - found.at >= settle_within)
        };
        let places = &self.log.places;
        let place = places.iter().position(|place| *place == Some(peer));
        let place = place.or_else(|| places.iter().position(Option::is_none));
        let place = place.or_else(|| places.iter().position(is_old));
        assert_eq!(is_asked, place.is_some());
        let Some(place) = place else {
            return;
        };
        let gone = self.log.places[place].replace(peer);
        self.log.found.retain(|found| Some(found.peer) != gone);
        if gone != Some(peer) {
            self.log.forks.retain(|(_, peer)| Some(*peer) != gone);
            self.log.offers.retain(|(_, peer, _)| Some(*peer) != gone);
        }
        self.log.found.push(Found {
            peer,
            at: self.now,
            was_logged: false,
            asked: Vec::new(),
            unasked: 0,
        });
        self.log.began = Some(self.now);
    }

    fn poll(&mut self) {
        // More than could be done at once: every zone of every peer, asked, settled, fetched and told.
        for _ in 0..200 {
            let Some(action) = self.machine.poll(self.time()) else {
                let next = self.machine.next_deadline();
                assert!(next.is_none_or(|next| next > self.time()), "{next:?}");
                assert!(!self.log.must_flush);
                return;
            };
            self.acted(action);
        }
        panic!("there is no end of it");
    }

    fn acted(&mut self, action: RecoveryAction) {
        if action != RecoveryAction::FlushNegative {
            assert!(!self.log.must_flush, "step 1: {action:?} before the flush");
        }
        match action {
            RecoveryAction::FlushNegative => {
                assert!(self.log.must_flush);
                self.log.must_flush = false;
            }
            RecoveryAction::Log => {
                let peers: Vec<_> = self.machine.new_peers().collect();
                assert!(!peers.is_empty());
                for peer in peers {
                    let found = self
                        .log
                        .found
                        .iter_mut()
                        .find(|found| node(found.peer) == peer);
                    let found = found.expect("who is logged was found");
                    assert!(!found.was_logged, "step 1: logged twice");
                    found.was_logged = true;
                }
            }
            RecoveryAction::AskSoa { zone, peer } => {
                assert!(self.log.here[zone].is_some());
                self.log.under_way.push((zone, peer.0[0]));
                assert!(self.log.under_way.len() <= self.settings.max_outstanding.into());
                let found = self
                    .log
                    .found
                    .iter_mut()
                    .find(|found| node(found.peer) == peer);
                let found = found.expect("who is asked was found");
                assert!(found.was_logged);
                assert!(
                    self.now - found.at < u64::from(self.settings.ask_within),
                    "step 2: late"
                );
                assert!(!found.asked.contains(&zone), "step 2: asked twice");
                found.asked.push(zone);
            }
            RecoveryAction::Unasked { peer, zones } => {
                let found = self
                    .log
                    .found
                    .iter_mut()
                    .find(|found| node(found.peer) == peer);
                let found = found.expect("who is not asked was found");
                assert!(self.now - found.at >= u64::from(self.settings.ask_within));
                assert_eq!(found.unasked, 0, "told once");
                found.unasked = zones;
            }
            RecoveryAction::QueueTransfer { zone, peer, serial } => {
                let offer = (zone, peer.0[0], serial.0);
                assert!(self.log.offers.contains(&offer), "step 2: nobody has that");
                let here = self.log.here[zone].expect("only what is kept is fetched");
                assert!(serial.is_newer_than(here.serial), "step 2: not newer");
                let queued = self.log.queued[zone];
                assert!(
                    queued.is_none_or(|queued| serial.0 > queued),
                    "step 2: fetched twice"
                );
                self.log.queued[zone] = Some(serial.0);
            }
            RecoveryAction::Settle { zone, peer } => {
                let fork = self
                    .log
                    .forks
                    .iter()
                    .position(|fork| *fork == (zone, peer.0[0]));
                self.log
                    .forks
                    .swap_remove(fork.expect("step 3: there was no fork"));
            }
            RecoveryAction::Tell { zone, serial } => {
                assert!(self.log.is_news[zone], "step 3: told twice, or no news");
                assert_eq!(self.log.here[zone].map(|here| here.serial), Some(serial));
                self.log.is_news[zone] = false;
            }
            RecoveryAction::Notify { zone, peer } => {
                assert!(self.log.here[zone].is_some());
                assert!(!self.log.is_news[zone], "step 3: all are told first");
                let peer = peer.0[0];
                assert!(self.log.found.iter().any(|found| found.peer == peer));
                let times = &mut self.log.notified;
                times.push((zone, peer));
                let same = times.iter().filter(|same| **same == (zone, peer));
                assert!(
                    same.count() <= MAX_NOTIFICATIONS.into(),
                    "step 3: too often"
                );
            }
            RecoveryAction::Steady => {
                let began = self.log.began.take().expect("step 4: it has ended before");
                assert!(self.now >= began + u64::from(self.settings.settle_within));
                assert_eq!(self.machine.step(self.time()), RecoveryStep::Steady);
                for found in self.log.found.drain(..) {
                    assert!(found.was_logged);
                    let kept = self.log.here.iter().flatten().count();
                    assert_eq!(found.asked.len() + found.unasked, kept, "step 2: left out");
                }
                assert!(
                    self.log.is_news.iter().all(|news| !news),
                    "step 3: not told"
                );
                self.log.places = [None; PEERS];
                self.log.under_way.clear();
                self.log.forks.clear();
                self.log.offers.clear();
                self.log.notified.clear();
            }
        }
    }

    fn answered(&mut self, which: usize, said: ZoneVersion, follows: bool, is_notified: bool) {
        if self.log.under_way.is_empty() {
            return;
        }
        let place = which % self.log.under_way.len();
        let (zone, peer) = self.log.under_way[place];
        let then = self.log.here[zone].filter(|_| follows);
        let then = then.map(|here| here.digest);
        // A peer may say more than once what it has.
        let relation = if is_notified {
            self.machine.notified(zone, node(peer), &said, then)
        } else {
            self.log.under_way.swap_remove(place);
            self.machine.answered(zone, node(peer), &said, then)
        };
        let Some(here) = self.log.here[zone] else {
            assert_eq!(relation, None);
            return;
        };
        let is_known = self.log.found.iter().any(|found| found.peer == peer);
        match relation {
            None => assert!(!is_known),
            Some(Relation::Fork) => {
                assert!(is_known);
                if !self.log.forks.contains(&(zone, peer)) {
                    self.log.forks.push((zone, peer));
                }
            }
            Some(Relation::Newer) => {
                assert!(said.serial.is_newer_than(here.serial));
                self.log.offers.push((zone, peer, said.serial.0));
            }
            Some(Relation::Same) => {
                assert_eq!((said.serial, said.digest), (here.serial, here.digest))
            }
            Some(Relation::Older | Relation::Leap) => {}
        }
    }

    fn updated(&mut self, zone: usize, new: ZoneVersion) {
        self.machine.updated(self.time(), zone, new);
        let is_recovering = self.machine.step(self.time()) != RecoveryStep::Steady;
        self.log.is_news[zone] |= is_recovering;
        self.log.here[zone] = Some(new);
        let queued = &mut self.log.queued[zone];
        *queued = queued.filter(|queued| Serial(*queued).is_newer_than(new.serial));
    }
}

/// Runs the target.
pub fn run(list: &[u8]) {
    let mut octets = Octets::of(list);
    let settings = RecoverySettings {
        max_outstanding: octets.of_these(&[32, 1, 2]),
        ..RecoverySettings::default()
    };
    let slots = (
        [RecoveryZone::default(); ZONES],
        [RecoveryPeer::default(); PEERS],
    );
    let mut pair = Pair {
        settings,
        now: 1_000,
        machine: Recovery::new(slots.0, slots.1, settings),
        log: Log::default(),
    };
    for zone in 0..ZONES - 1 {
        let here = version(7, 7);
        pair.machine
            .set_zone(zone, Some(here), octets.octet() & 1 != 0);
        pair.log.here[zone] = Some(here);
    }
    for _ in 0..MAX_OPERATIONS {
        if octets.is_empty() {
            break;
        }
        match octets.octet() % 16 {
            0 | 1 => {
                let peer = octets.below(5) as u8;
                pair.found(peer);
            }
            2 => {
                pair.machine.topology_changed(pair.time());
                pair.log.must_flush = true;
            }
            3..=6 => pair.poll(),
            7..=9 => {
                let (which, serial) = (octets.below(16), 5 + octets.octet() % 6);
                let (digest, flags) = (octets.octet() % 12, octets.octet());
                let version = version(serial, digest);
                pair.answered(which, version, flags & 1 != 0, flags & 2 != 0);
            }
            10 => {
                if !pair.log.under_way.is_empty() {
                    let place = octets.below(pair.log.under_way.len());
                    pair.log.under_way.swap_remove(place);
                    pair.machine.unanswered();
                }
            }
            11 | 12 => {
                let (zone, serial) = (octets.below(ZONES - 1), 5 + octets.octet() % 6);
                pair.updated(zone, version(serial, serial));
            }
            13 => {
                let zone = octets.below(ZONES);
                pair.machine.transfer_failed(zone);
                pair.log.queued[zone] = None;
            }
            _ => pair.now += octets.of_these(&[1, 900, 5_000, 10_000, 30_000]),
        }
    }
    // In the end it is steady, whatever was not answered.
    for _ in 0..3 {
        pair.poll();
        pair.now += 31_000;
    }
    pair.poll();
    assert_eq!(pair.machine.step(pair.time()), RecoveryStep::Steady);
    assert_eq!(pair.machine.next_deadline(), None);
}

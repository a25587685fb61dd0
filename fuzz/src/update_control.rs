//! Random lists of operations on sender and receiver of updates, beside a log of all that has happened.
//!
//! The log is never cleaned, and knows nothing but the arithmetic of the five levels of 17.1: whatever the machines
//! remember, no broadcast, no refresh and no update that is followed exceeds that.

use super::operations::Octets;
use lib_dns_core::policy::update_control::{
    BroadcastSlot, Change, Heard, Ratio, SeenSlot, UpdateControlConfig, UpdateReceiver,
    UpdateSender, WatchedZone,
};
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;

const ZONES: usize = 5;
/// The longest list that is run.
const MAX_OPERATIONS: usize = 400;

/// What was heard, and not as a duplicate.
struct Followed {
    zone: u8,
    serial: u32,
    at: u64,
    /// Did a refresh that began after it not find it?
    was_missed: bool,
}

#[derive(Default)]
struct Log {
    /// Zone, serial and time.
    changes: Vec<(u8, u32, u64)>,
    broadcasts: Vec<(u8, u32, u64)>,
    followed: Vec<Followed>,
    /// When a storm ends.
    storms: Vec<u64>,
    /// What is here of each zone, since when a refresh is under way, and until when none may begin.
    here: [Option<u32>; ZONES],
    asked: [Option<u64>; ZONES],
    backs_off_until: [u64; ZONES],
    failures: [u32; ZONES],
    /// When waits were ended by a change of the mesh.
    ended: Option<u64>,
    /// What was left to others last.
    left: [Option<u32>; ZONES],
    /// Refreshes that a TTL or a failure asks for, and that an update does.
    wanted: [bool; ZONES],
}

struct Pair {
    config: UpdateControlConfig,
    now: u64,
    sender: UpdateSender<[BroadcastSlot<u8>; ZONES]>,
    receiver: UpdateReceiver<[WatchedZone<u8>; ZONES], Vec<SeenSlot<u8>>>,
    log: Log,
}

impl Pair {
    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn changed(&mut self, zone: u8, serial: u32) {
        let untold = self.untold(zone).is_some();
        let change = self.sender.changed(self.time(), zone, Serial(serial));
        if change == Change::Heard {
            let left = self.log.left[usize::from(zone)];
            assert_ne!(left, Some(serial), "level 1: left to others twice");
            self.leave(zone, serial);
            return;
        }
        let expected = if untold {
            Change::Batched
        } else {
            Change::Scheduled
        };
        assert_eq!(change, expected);
        self.log.changes.push((zone, serial, self.now));
    }

    /// The newest change of a zone that was not told, and the time of the first of these.
    fn untold(&self, zone: u8) -> Option<(u32, u64)> {
        let told = self.log.broadcasts.iter().rev().find(|told| told.0 == zone);
        let told = told.map_or(0, |told| told.2 + 1);
        let since = self
            .log
            .changes
            .iter()
            .filter(|change| change.0 == zone && change.2 + 1 > told);
        let since: Vec<_> = since.collect();
        let newest = since.iter().map(|change| change.1).max()?;
        Some((newest, since[0].2))
    }

    fn send(&mut self) {
        // A millisecond later, so that what is told and what changes are never of one time.
        self.now += 1;
        let Some(broadcast) = self.sender.poll(self.time()) else {
            assert!(
                self.sender
                    .next_deadline()
                    .is_none_or(|due| due > self.time())
            );
            return;
        };
        let (newest, first) = self
            .untold(broadcast.zone)
            .expect("there is something to tell");
        assert_eq!(broadcast.serial, Serial(newest), "level 1: only the newest");
        assert!(
            self.now >= first + u64::from(self.config.coalesce_window),
            "level 1: gathered"
        );
        let last = self
            .log
            .broadcasts
            .iter()
            .rev()
            .find(|told| told.0 == broadcast.zone);
        let interval = u64::from(self.config.min_broadcast_interval);
        assert!(
            last.is_none_or(|last| self.now - last.2 >= interval),
            "level 1: too often"
        );
        self.sender.sent(self.time(), &broadcast);
        self.log.broadcasts.push((broadcast.zone, newest, self.now));
        self.now += 1;
    }

    fn hear(&mut self, zone: u8, serial: u32, random: u32) {
        let is_storm = self.log.storms.iter().any(|until| self.now < *until);
        assert_eq!(self.receiver.is_storm(self.time()), is_storm);
        let heard = self
            .receiver
            .hear(self.time(), random, zone, Serial(serial));
        assert_eq!(heard == Heard::Suppressed, is_storm, "level 5");
        let place = usize::from(zone);
        let is_known = place < ZONES - 1;
        let is_same = |followed: &&Followed| (followed.zone, followed.serial) == (zone, serial);
        match heard {
            Heard::Suppressed => {}
            Heard::UnknownZone => assert!(!is_known),
            Heard::OnlyDenied => panic!("all zones here are kept"),
            Heard::NotNewer => {
                assert!(is_known && self.log.here[place].is_some_and(|here| here >= serial));
            }
            Heard::Duplicate => {
                let mut earlier = self.heard_within(self.config.dedup_window).filter(is_same);
                assert!(
                    earlier.any(|followed| !followed.was_missed),
                    "level 2: never heard"
                );
            }
            Heard::StormBegins => {
                self.log
                    .storms
                    .push(self.now + u64::from(self.config.storm_suppression));
                // It is remembered, though it is not followed.
                self.remember(zone, serial);
            }
            Heard::Accepted(due) => {
                assert!(is_known && self.log.here[place].is_none_or(|here| here < serial));
                let earlier = self.heard_within(self.config.dedup_window);
                assert!(
                    earlier.filter(is_same).all(|followed| followed.was_missed),
                    "level 2: heard twice"
                );
                let mut distinct: Vec<_> = self
                    .heard_within(self.config.storm_window)
                    .map(|followed| (followed.zone, followed.serial))
                    .chain([(zone, serial)])
                    .collect();
                distinct.sort_unstable();
                distinct.dedup();
                assert!(
                    distinct.len() <= self.config.storm_threshold as usize,
                    "level 5"
                );
                let latest = self.now + u64::from(self.config.refresh_jitter_max);
                let latest = latest.max(self.log.backs_off_until[place]);
                assert!(due <= Timestamp::from_millis(latest), "level 3");
                self.remember(zone, serial);
                self.log.wanted[place] = true;
            }
        }
    }

    fn heard_within(&self, window: u32) -> impl Iterator<Item = &Followed> {
        let (now, window) = (self.now, u64::from(window));
        let followed = self.log.followed.iter();
        followed.filter(move |followed| now - followed.at < window)
    }

    fn remember(&mut self, zone: u8, serial: u32) {
        self.log.followed.push(Followed {
            zone,
            serial,
            at: self.now,
            was_missed: false,
        });
    }

    fn refresh(&mut self) {
        for _ in 0..=ZONES {
            let Some(due) = self.receiver.poll(self.time()) else {
                let next = self.receiver.next_deadline::<u8>();
                assert!(next.is_none_or(|next| next > self.time()));
                return;
            };
            let place = usize::from(due.zone);
            assert!(self.log.asked[place].is_none(), "one refresh at a time");
            assert!(self.now >= self.log.backs_off_until[place], "level 4");
            assert!(self.log.wanted[place], "nobody wants it");
            self.log.asked[place] = Some(self.now);
            self.log.wanted[place] = false;
        }
        panic!("more refreshes than zones");
    }

    /// What was heard before a refresh and was not found by it may be heard again.
    fn missed(&mut self, zone: u8) {
        let place = usize::from(zone);
        let Some(asked) = self.log.asked[place].take() else {
            return;
        };
        for followed in &mut self.log.followed {
            let is_missing = self.log.here[place].is_none_or(|here| followed.serial > here);
            if followed.zone == zone && followed.at <= asked && is_missing {
                followed.was_missed = true;
            }
        }
    }

    fn refreshed(&mut self, zone: u8, serial: u32) {
        let place = usize::from(zone);
        let here = &mut self.log.here[place];
        *here = (*here).max(Some(serial));
        let found = here.unwrap_or(serial);
        self.receiver.refreshed(zone, Serial(found));
        (self.log.failures[place], self.log.backs_off_until[place]) = (0, 0);
        self.missed(zone);
    }

    fn failed(&mut self, zone: u8) {
        let place = usize::from(zone);
        self.receiver.failed(self.time(), zone);
        let failures = &mut self.log.failures[place];
        *failures += 1;
        // Doubled each time, from the first wait to the longest.
        let doubled = 1u64.checked_shl(*failures - 1).unwrap_or(u64::MAX);
        let wait = u64::from(self.config.initial_backoff).saturating_mul(doubled);
        let wait = wait.min(self.config.max_backoff.into());
        self.log.backs_off_until[place] = self.now + wait;
        self.log.wanted[place] = true;
        // What it looked for was not found missing: level 2 goes on.
        self.log.asked[place] = None;
    }

    /// All waits end, but not more often than the first of them lasts.
    fn mesh_changed(&mut self, random: u32) {
        self.receiver.topology_changed::<u8>(self.time(), random);
        let least = u64::from(self.config.initial_backoff);
        if self.log.ended.is_some_and(|ended| self.now - ended < least) {
            return;
        }
        self.log.failures = [0; ZONES];
        for until in &mut self.log.backs_off_until {
            if std::mem::take(until) > self.now {
                self.log.ended = Some(self.now);
            }
        }
    }

    /// What somebody else tells is left to them, once for each serial.
    fn overheard(&mut self, zone: u8, serial: u32) {
        let untold = self.untold(zone).map(|untold| untold.0);
        let was_left = self.log.left[usize::from(zone)] == Some(serial);
        let is_left = self.sender.heard(self.time(), zone, Serial(serial));
        assert_eq!(is_left, untold == Some(serial) && !was_left, "level 1");
        if is_left {
            self.leave(zone, serial);
        }
    }

    fn leave(&mut self, zone: u8, serial: u32) {
        self.log.changes.retain(|change| change.0 != zone);
        self.log.left[usize::from(zone)] = Some(serial);
    }
}

/// Runs the target.
pub fn run(list: &[u8]) {
    let mut octets = Octets::of(list);
    let config = UpdateControlConfig {
        min_broadcast_interval: octets.of_these(&[30_000, 0, 1, 100_000]),
        coalesce_window: octets.of_these(&[5_000, 0, 70_000]),
        dedup_window: octets.of_these(&[60_000, 0, 1_000]),
        refresh_jitter_max: octets.of_these(&[10_000, 0, 1_000_000]),
        initial_backoff: octets.of_these(&[30_000, 1, 4_000_000]),
        backoff_multiplier: Ratio {
            numerator: 2,
            denominator: 1,
        },
        storm_threshold: octets.of_these(&[10, 1, 3]),
        storm_window: octets.of_these(&[60_000, 1_000]),
        storm_suppression: octets.of_these(&[300_000, 1]),
        ..UpdateControlConfig::default()
    };
    let seen = vec![SeenSlot::default(); 2 * MAX_OPERATIONS];
    let mut pair = Pair {
        config,
        now: 1,
        sender: UpdateSender::new([BroadcastSlot::default(); ZONES], config),
        receiver: UpdateReceiver::new([WatchedZone::default(); ZONES], seen, config),
        log: Log::default(),
    };
    // The last one is not kept here.
    for zone in 0..ZONES as u8 - 1 {
        assert!(pair.receiver.watch(zone, None));
    }
    for _ in 0..MAX_OPERATIONS {
        if octets.is_empty() {
            break;
        }
        let (what, zone) = (octets.octet() % 16, octets.below(ZONES) as u8);
        let is_kept = usize::from(zone) < ZONES - 1;
        match what {
            0..=2 => {
                let serial = octets.octet().into();
                pair.changed(zone, serial);
            }
            3 | 4 => pair.send(),
            5..=8 => {
                let (serial, random) = (octets.octet().into(), octets.octet());
                pair.hear(zone, serial, u32::from(random) << 24);
            }
            9 | 10 => pair.refresh(),
            11 if is_kept => {
                let serial = octets.octet().into();
                pair.refreshed(zone, serial);
            }
            12 if is_kept => pair.failed(zone),
            13 if is_kept => {
                pair.receiver.ttl_ended(pair.time(), zone);
                pair.log.wanted[usize::from(zone)] = true;
            }
            14 => match octets.octet() {
                random @ 0..64 => pair.mesh_changed(u32::from(random) << 26),
                serial => pair.overheard(zone, serial.into()),
            },
            _ => {
                pair.now += octets.of_these(&[1, 1_000, 5_000, 31_000, 61_000, 301_000, 4_000_000])
            }
        }
    }
    // What has changed is told in the end, and nothing else is.
    for _ in 0..=2 * ZONES {
        pair.now += 200_000;
        pair.send();
    }
    assert_eq!(pair.sender.next_deadline(), None);
    assert!((0..ZONES as u8).all(|zone| pair.untold(zone).is_none()));
}

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

type Machine = Recovery<[RecoveryZone; 3], [RecoveryPeer; 2]>;

const OURS: ZoneVersion = ZoneVersion {
    serial: Serial(7),
    signed: 0,
    digest: [7; 8],
};

fn node(octet: u8) -> NodeId {
    NodeId([octet; 32])
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn theirs(serial: u32, digest: u8) -> ZoneVersion {
    ZoneVersion {
        serial: Serial(serial),
        signed: 0,
        digest: [digest; 8],
    }
}

/// Keeps zones 0 and 2.
fn machine() -> Machine {
    let settings = RecoverySettings::default();
    let slots = ([RecoveryZone::default(); 3], [RecoveryPeer::default(); 2]);
    let mut machine = Recovery::new(slots.0, slots.1, settings);
    machine.set_zone(0, Some(OURS), false);
    machine.set_zone(2, Some(OURS), false);
    machine
}

fn drain<const W: usize, const P: usize>(
    machine: &mut Recovery<[RecoveryZone; W], [RecoveryPeer; P]>,
    now: u64,
) -> Vec<RecoveryAction> {
    core::iter::from_fn(|| machine.poll(at(now))).collect()
}

/// A machine that has found peer 1 and asked it for everything.
fn asked() -> Machine {
    let mut machine = machine();
    assert!(machine.peer_found(at(0), node(1)));
    assert_eq!(drain(&mut machine, 0).len(), 4);
    machine
}

#[test]
fn rule_12_3_1_flushes_and_logs_at_once() {
    let mut machine = machine();
    assert_eq!((machine.poll(at(0)), machine.next_deadline()), (None, None));
    machine.peer_found(at(100), node(1));
    machine.peer_found(at(200), node(2));
    assert_eq!(machine.next_deadline(), Some(at(100)));
    assert_eq!(machine.poll(at(200)), Some(RecoveryAction::FlushNegative));
    assert!(machine.next_deadline() <= Some(at(200)));
    assert_eq!(machine.poll(at(200)), Some(RecoveryAction::Log));
    assert_eq!(machine.new_peers().collect::<Vec<_>>(), [node(1), node(2)]);
    machine.poll(at(200));
    assert_eq!(machine.new_peers().count(), 0);
    assert_eq!(RECOVERY_LOG, "partition_recovery, new_peers=");
    assert_eq!(RecoverySettings::default().flush_within, 1_000);
    assert_eq!(machine.step(at(1_199)), RecoveryStep::Immediate);
    assert_eq!(machine.step(at(1_200)), RecoveryStep::SerialExchange);
}

#[test]
fn rule_12_3_1_every_new_peer_flushes_again_even_if_there_is_no_room_for_it() {
    let mut machine = machine();
    for peer in 1..=3 {
        assert_eq!(machine.peer_found(at(0), node(peer)), peer != 3);
        assert_eq!(machine.poll(at(0)), Some(RecoveryAction::FlushNegative));
    }
    drain(&mut machine, 0);
    machine.topology_changed(at(1));
    assert_eq!(drain(&mut machine, 1), [RecoveryAction::FlushNegative]);
    assert!(
        machine.peer_found(at(30_000), node(3)),
        "the first have been asked"
    );
}

#[test]
fn rule_12_3_2_asks_new_peers_for_every_zone() {
    let mut machine = machine();
    machine.peer_found(at(0), node(1));
    let actions = drain(&mut machine, 0);
    let ask = |zone| RecoveryAction::AskSoa {
        zone,
        peer: node(1),
    };
    assert_eq!(actions[2..], [ask(0), ask(2)]);
    assert_eq!(machine.next_deadline(), Some(at(30_000)));
}

#[test]
fn rule_12_3_2_queues_a_transfer_of_what_is_newer() {
    let mut machine = asked();
    let mut answered = |zone, serial| machine.answered(zone, node(1), &theirs(serial, 8), None);
    assert_eq!(answered(0, 8), Some(Relation::Newer));
    assert_eq!(answered(2, 6), Some(Relation::Older));
    assert_eq!(answered(1, 8), None, "no such zone");
    assert_eq!(machine.answered(0, node(9), &theirs(8, 8), None), None);
    assert!(machine.next_deadline() <= Some(at(0)));
    let queue = |serial| RecoveryAction::QueueTransfer {
        zone: 0,
        peer: node(1),
        serial: Serial(serial),
    };
    assert_eq!(drain(&mut machine, 1), [queue(8)]);
    // The same again is not queued twice, what is newer still is, and what failed may be again.
    machine.answered(0, node(1), &theirs(8, 8), None);
    assert_eq!(drain(&mut machine, 2), []);
    machine.answered(0, node(1), &theirs(9, 9), None);
    assert_eq!(drain(&mut machine, 2), [queue(9)]);
    machine.transfer_failed(0);
    machine.answered(0, node(1), &theirs(8, 8), None);
    assert_eq!(drain(&mut machine, 3), [queue(8)]);
}

#[test]
fn rule_12_3_2_ends_after_10_seconds() {
    let mut machine = asked();
    machine.set_zone(1, Some(OURS), false);
    machine.settings.max_outstanding = 3;
    machine.peer_found(at(1_000), node(2));
    assert_eq!(drain(&mut machine, 1_000).len(), 3);
    assert_eq!(machine.next_deadline(), Some(at(11_000)));
    assert_eq!(drain(&mut machine, 10_999), []);
    let unasked = RecoveryAction::Unasked {
        peer: node(2),
        zones: 2,
    };
    assert_eq!(drain(&mut machine, 11_000), [unasked]);
    assert_eq!(machine.step(at(11_000)), RecoveryStep::ConflictDetection);
}

#[test]
fn rule_12_3_2_asks_only_so_many_at_a_time() {
    let mut machine = machine();
    machine.settings.max_outstanding = 1;
    machine.peer_found(at(0), node(1));
    assert_eq!(drain(&mut machine, 0).len(), 3);
    machine.unanswered();
    assert!(machine.next_deadline() <= Some(at(5)));
    assert_eq!(drain(&mut machine, 5).len(), 1);
    assert_eq!(RecoverySettings::default().max_outstanding, 32);
}

#[test]
fn rule_12_3_3_settles_what_both_sides_have_changed() {
    let mut machine = asked();
    let settle = |zone, peer| RecoveryAction::Settle {
        zone,
        peer: node(peer),
    };
    machine.peer_found(at(1), node(2));
    drain(&mut machine, 1);
    for peer in [2, 1] {
        let relation = machine.answered(0, node(peer), &theirs(7, 8), None);
        assert_eq!(relation, Some(Relation::Fork));
    }
    assert_eq!(drain(&mut machine, 2), [settle(0, 1), settle(0, 2)]);
    // A leap is told to the caller, and followed by nothing.
    let leap = theirs(7 + 0x8000_0000, 8);
    assert_eq!(
        machine.answered(2, node(1), &leap, None),
        Some(Relation::Leap)
    );
    assert_eq!(drain(&mut machine, 3), []);
}

#[test]
fn rule_12_3_3_what_was_written_here_is_merged_and_not_overwritten() {
    let mut machine = asked();
    machine.set_zone(0, Some(OURS), true);
    let newer = theirs(9, 9);
    assert_eq!(
        machine.answered(0, node(1), &newer, None),
        Some(Relation::Fork)
    );
    // Unless they have built on it.
    let relation = machine.answered(0, node(1), &newer, Some(OURS.digest));
    assert_eq!(relation, Some(Relation::Newer));
}

#[test]
fn rule_12_3_3_tells_of_each_zone_that_changed() {
    let mut machine = asked();
    machine.answered(2, node(1), &theirs(8, 8), None);
    drain(&mut machine, 1);
    machine.updated(at(2), 2, theirs(8, 8));
    let tell = RecoveryAction::Tell {
        zone: 2,
        serial: Serial(8),
    };
    assert_eq!(
        drain(&mut machine, 2),
        [tell],
        "whom it came from has it already"
    );
    assert_eq!(drain(&mut machine, 30_000), [RecoveryAction::Steady]);
    machine.updated(at(30_000), 2, theirs(9, 9));
    assert_eq!(drain(&mut machine, 30_000), []);
}

fn notify(zone: usize, peer: u8) -> RecoveryAction {
    let peer = node(peer);
    RecoveryAction::Notify { zone, peer }
}

#[test]
fn rule_12_3_3_new_peers_are_notified_of_what_comes_later() {
    let mut machine = asked();
    machine.peer_found(at(1), node(2));
    drain(&mut machine, 1);
    // Two changes before anybody was notified are one.
    machine.updated(at(20_000), 0, theirs(8, 8));
    machine.updated(at(20_000), 0, theirs(9, 9));
    let actions = drain(&mut machine, 20_000);
    assert_eq!(actions[1..], [notify(0, 1), notify(0, 2)]);
    assert!(matches!(actions[0], RecoveryAction::Tell { zone: 0, .. }));
    // What peer 1 is notified of by peer 2, it notifies all others of.
    let relation = machine.notified(0, node(2), &theirs(10, 10), None);
    assert_eq!(relation, Some(Relation::Newer));
    let actions = drain(&mut machine, 20_001);
    assert!(matches!(
        actions[..],
        [RecoveryAction::QueueTransfer { zone: 0, .. }]
    ));
    machine.updated(at(20_002), 0, theirs(10, 10));
    assert_eq!(drain(&mut machine, 20_002)[1..], [notify(0, 1)]);
    // A fork is settled, and all are notified of what came of it.
    let relation = machine.notified(0, node(2), &theirs(10, 11), None);
    assert_eq!(relation, Some(Relation::Fork));
    assert_eq!(drain(&mut machine, 20_003).len(), 1);
    machine.updated(at(20_004), 0, theirs(11, 12));
    let actions = drain(&mut machine, 20_004);
    assert_eq!(actions[1..], [notify(0, 1), notify(0, 2)]);
}

#[test]
fn rule_12_3_3_strangers_notify_of_nothing_and_nobody_is_notified_in_steady_state() {
    let mut machine = machine();
    assert_eq!(machine.notified(0, node(1), &theirs(8, 8), None), None);
    machine.updated(at(0), 0, theirs(8, 8));
    assert_eq!((machine.poll(at(0)), machine.next_deadline()), (None, None));
}

#[test]
fn rule_12_3_3_a_zone_that_changes_all_the_time_is_notified_4_times() {
    let mut machine = asked();
    let mut count = 0;
    for tenth in 1..200 {
        machine.updated(at(tenth * 100), 0, theirs(7 + tenth as u32, 8));
        let actions = drain(&mut machine, tenth * 100);
        count += actions
            .iter()
            .filter(|action| **action == notify(0, 1))
            .count();
    }
    assert_eq!((count, MAX_NOTIFICATIONS), (4, 4));
    // The next recovery has its own.
    drain(&mut machine, 60_000);
    machine.peer_found(at(70_000), node(1));
    drain(&mut machine, 70_000);
    machine.updated(at(70_001), 0, theirs(900, 8));
    assert_eq!(drain(&mut machine, 70_001)[1..], [notify(0, 1)]);
}

/// Four partitions in a row become one: a newer version at one end walks to the other, though everybody has exchanged serials
/// with his neighbours before it came there.
#[test]
fn rule_12_3_3_news_walks_along_a_row() {
    let mut machines = [machine(); 4];
    let mut versions = [OURS; 4];
    versions[0] = theirs(8, 8);
    machines[0].set_zone(0, Some(versions[0]), false);
    let neighbours: [&[usize]; 4] = [&[1], &[0, 2], &[1, 3], &[2]];
    let mut notified = 0;
    for (this, found) in neighbours.iter().enumerate() {
        for peer in found.iter() {
            assert!(machines[this].peer_found(at(0), node(*peer as u8)));
        }
    }
    for now in 0..100 {
        let before = versions;
        for this in 0..4 {
            for action in drain(&mut machines[this], now) {
                match action {
                    // All questions are answered at once, before anything has been fetched.
                    RecoveryAction::AskSoa { zone: 0, peer } => {
                        let theirs = before[usize::from(peer.0[0])];
                        machines[this].answered(0, peer, &theirs, None);
                    }
                    RecoveryAction::QueueTransfer { zone, peer, .. } => {
                        versions[this] = before[usize::from(peer.0[0])];
                        machines[this].updated(at(now), zone, versions[this]);
                    }
                    RecoveryAction::Notify { zone, peer } => {
                        notified += 1;
                        let peer = usize::from(peer.0[0]);
                        machines[peer].notified(zone, node(this as u8), &versions[this], None);
                    }
                    _ => {}
                }
            }
        }
    }
    assert_eq!(versions, [theirs(8, 8); 4]);
    assert_eq!(notified, 2, "each once, and none back");
}

#[test]
fn rule_12_3_3_a_version_that_came_another_way_is_not_fetched() {
    let mut machine = asked();
    machine.answered(0, node(1), &theirs(8, 8), None);
    machine.updated(at(1), 0, theirs(8, 8));
    let actions = drain(&mut machine, 1);
    assert!(matches!(
        actions[..],
        [RecoveryAction::Tell { zone: 0, .. }]
    ));
}

#[test]
fn rule_12_3_4_is_reached_after_30_seconds() {
    let mut machine = asked();
    machine.unanswered();
    assert_eq!(machine.step(at(29_999)), RecoveryStep::ConflictDetection);
    assert_eq!(machine.next_deadline(), Some(at(30_000)));
    assert_eq!(drain(&mut machine, 29_999), []);
    assert_eq!(drain(&mut machine, 30_000), [RecoveryAction::Steady]);
    assert_eq!(machine.step(at(30_000)), RecoveryStep::Steady);
    assert_eq!(machine.next_deadline(), None);
    let settings = RecoverySettings::default();
    assert_eq!(
        (settings.ask_within, settings.settle_within),
        (10_000, 30_000)
    );
}

#[test]
fn at_most_64_peers_are_asked_at_a_time() {
    let peers = [RecoveryPeer::default(); MAX_PEERS + 1];
    let settings = RecoverySettings::default();
    let mut machine = Recovery::new([RecoveryZone::default(); 1], peers, settings);
    machine.set_zone(0, Some(OURS), false);
    for peer in 0..=64 {
        assert_eq!(machine.peer_found(at(0), node(peer)), peer < 64);
    }
    let fork = machine.answered(0, node(63), &theirs(7, 1), None);
    assert_eq!(fork, Some(Relation::Fork));
    let settle = RecoveryAction::Settle {
        zone: 0,
        peer: node(63),
    };
    machine.poll(at(0));
    machine.poll(at(0));
    assert_eq!(machine.poll(at(0)), Some(settle));
}

#[derive(Clone, Debug)]
enum Event {
    Found {
        peer: u8,
    },
    Changed,
    Poll,
    Answered {
        which: usize,
        serial: u32,
        digest: u8,
        is_notified: bool,
    },
    Unanswered {
        which: usize,
    },
    Updated {
        zone: usize,
        serial: u32,
    },
    Failed {
        zone: usize,
    },
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let (zone, serial, which) = (0..3usize, 5..12u32, 0..9usize);
    let event = prop_oneof![
        2 => (0..4u8).prop_map(|peer| Event::Found { peer }),
        1 => Just(Event::Changed),
        9 => Just(Event::Poll),
        5 => (which.clone(), serial.clone(), 5..12u8, any::<bool>())
            .prop_map(|(which, serial, digest, is_notified)| Event::Answered { which, serial, digest, is_notified }),
        1 => which.prop_map(|which| Event::Unanswered { which }),
        2 => (zone.clone(), serial).prop_map(|(zone, serial)| Event::Updated { zone, serial }),
        1 => zone.prop_map(|zone| Event::Failed { zone }),
    ];
    let wait = prop_oneof![6 => Just(0u64), 4 => 0..3_000u64, 1 => 0..40_000u64];
    prop::collection::vec((wait, event), 0..120)
}

/// Everything that is to be done, as sets from which what was done is taken.
#[derive(Default)]
struct Model {
    versions: BTreeMap<usize, ZoneVersion>,
    began: Option<u64>,
    must_flush: bool,
    unlogged: BTreeSet<u8>,
    /// When each peer was found.
    peers: BTreeMap<u8, u64>,
    unasked: BTreeSet<(u8, usize)>,
    outstanding: usize,
    settle: BTreeSet<(usize, u8)>,
    /// Zone, serial and peer.
    wanted: BTreeMap<usize, (u32, u8)>,
    queued: BTreeMap<usize, u32>,
    /// Zone, peer and digest.
    offered: BTreeMap<usize, (u8, u8)>,
    news: BTreeSet<usize>,
    unnotified: BTreeSet<(usize, u8)>,
    /// How often, for each zone.
    notified: BTreeMap<usize, u8>,
}

impl Model {
    fn has_marks(&self) -> bool {
        !(self.settle.is_empty()
            && self.wanted.is_empty()
            && self.news.is_empty()
            && self.unnotified.is_empty())
    }

    /// Was this to be done? Takes it from what is left.
    fn take(&mut self, now: u64, action: RecoveryAction) -> bool {
        let name = |peer: NodeId| peer.0[0];
        if self.must_flush {
            self.must_flush = false;
            return action == RecoveryAction::FlushNegative;
        }
        if !self.unlogged.is_empty() {
            self.unlogged.clear();
            return action == RecoveryAction::Log;
        }
        let is_marked = self.has_marks();
        match action {
            RecoveryAction::FlushNegative | RecoveryAction::Log => false,
            RecoveryAction::Settle { zone, peer } => self.settle.remove(&(zone, name(peer))),
            RecoveryAction::QueueTransfer { zone, peer, serial } => {
                self.queued.insert(zone, serial.0);
                self.wanted.remove(&zone) == Some((serial.0, name(peer)))
            }
            RecoveryAction::Tell { zone, serial } => {
                self.news.remove(&zone) && self.versions[&zone].serial == serial
            }
            RecoveryAction::Notify { zone, peer } => {
                self.unnotified.remove(&(zone, name(peer))) && !self.news.contains(&zone)
            }
            RecoveryAction::AskSoa { zone, peer } => {
                self.outstanding += 1;
                let is_early = now < self.peers[&name(peer)] + 10_000;
                self.unasked.remove(&(name(peer), zone))
                    && is_early
                    && self.outstanding <= 2
                    && !is_marked
            }
            RecoveryAction::Unasked { peer, zones } => {
                let before = self.unasked.len();
                self.unasked.retain(|(unasked, _)| *unasked != name(peer));
                before - self.unasked.len() == zones && now >= self.peers[&name(peer)] + 10_000
            }
            RecoveryAction::Steady => {
                let is_over = self.began.take().is_some_and(|began| now >= began + 30_000);
                self.outstanding = 0;
                self.peers.clear();
                self.notified.clear();
                self.offered.clear();
                is_over && self.unasked.is_empty() && !is_marked
            }
        }
    }

    /// Is there something to be done now?
    fn is_busy(&self, now: u64) -> bool {
        let has_marks = self.has_marks();
        let can_ask = self
            .unasked
            .iter()
            .any(|(peer, _)| self.outstanding < 2 || now >= self.peers[peer] + 10_000);
        let is_over = self.began.is_some_and(|began| now >= began + 30_000);
        self.must_flush
            || self.began.is_some()
                && (!self.unlogged.is_empty() || has_marks || can_ask || is_over)
    }
}

proptest! {
    /// Nothing is done that the naive model does not expect, and nothing is left out: every zone is asked for once of every
    /// peer that was found, or told of as unasked.
    #[test]
    fn recovery_is_its_model(events in events()) {
        let settings = RecoverySettings { max_outstanding: 2, ..RecoverySettings::default() };
        let slots = ([RecoveryZone::default(); 3], [RecoveryPeer::default(); 3]);
        let mut machine = Recovery::new(slots.0, slots.1, settings);
        let mut model = Model::default();
        for zone in [0, 2] {
            machine.set_zone(zone, Some(OURS), false);
            model.versions.insert(zone, OURS);
        }
        let mut now = 0;
        let mut under_way = Vec::new();
        for (wait, event) in events {
            now += wait;
            let time = at(now);
            match event {
                Event::Found { peer } => {
                    let found = machine.peer_found(time, node(peer));
                    model.must_flush = true;
                    let is_known = model.peers.contains_key(&peer);
                    let free = model.peers.iter().any(|(_, at)| now >= at + 30_000);
                    prop_assert_eq!(found, is_known || model.peers.len() < 3 || free);
                    if !found {
                        continue;
                    }
                    if !is_known && model.peers.len() == 3 {
                        // Its place is that of the first who was asked long ago.
                        let places: Vec<_> = machine.peers.iter().map(|slot| slot.found.unwrap().node.0[0]).collect();
                        let gone: Vec<_> = model.peers.keys().copied().filter(|old| !places.contains(old)).collect();
                        prop_assert_eq!(gone.len(), 1);
                        prop_assert!(now >= model.peers[&gone[0]] + 30_000);
                        model.peers.remove(&gone[0]);
                        model.unlogged.remove(&gone[0]);
                        model.unasked.retain(|(unasked, _)| *unasked != gone[0]);
                        model.settle.retain(|(_, peer)| *peer != gone[0]);
                        model.wanted.retain(|_, (_, peer)| *peer != gone[0]);
                        model.offered.retain(|_, (peer, _)| *peer != gone[0]);
                        model.unnotified.retain(|(_, peer)| *peer != gone[0]);
                    }
                    model.began = Some(now);
                    model.peers.insert(peer, now);
                    model.unlogged.insert(peer);
                    model.unasked.extend([(peer, 0), (peer, 2)]);
                }
                Event::Changed => {
                    machine.topology_changed(time);
                    model.must_flush = true;
                }
                Event::Poll => {
                    let is_busy = model.is_busy(now);
                    let Some(action) = machine.poll(time) else {
                        prop_assert!(!is_busy);
                        continue;
                    };
                    prop_assert!(is_busy);
                    prop_assert!(model.take(now, action), "{:?}", action);
                    match action {
                        RecoveryAction::AskSoa { zone, peer } => under_way.push((zone, peer)),
                        RecoveryAction::Steady => under_way.clear(),
                        _ => {}
                    }
                }
                Event::Answered { which, serial, digest, is_notified } => {
                    if under_way.is_empty() {
                        continue;
                    }
                    let version = theirs(serial, digest);
                    let (zone, peer) = under_way[which % under_way.len()];
                    // Who was asked may say more than once what it has.
                    let relation = if is_notified {
                        machine.notified(zone, peer, &version, None)
                    } else {
                        under_way.remove(which % under_way.len());
                        model.outstanding -= 1;
                        machine.answered(zone, peer, &version, None)
                    };
                    let peer = peer.0[0];
                    if !model.peers.contains_key(&peer) {
                        prop_assert_eq!(relation, None);
                        continue;
                    }
                    let ours = model.versions[&zone];
                    if serial == ours.serial.0 && digest != ours.digest[0] {
                        model.settle.insert((zone, peer));
                    }
                    let best = model.wanted.get(&zone).map(|(serial, _)| *serial);
                    let best = best.or(model.queued.get(&zone).copied());
                    if serial > ours.serial.0 && best.is_none_or(|best| serial > best) {
                        model.wanted.insert(zone, (serial, peer));
                        model.offered.insert(zone, (peer, digest));
                    }
                }
                Event::Unanswered { which } => {
                    if !under_way.is_empty() {
                        under_way.remove(which % under_way.len());
                        model.outstanding -= 1;
                        machine.unanswered();
                    }
                }
                Event::Updated { zone, serial } => {
                    let Some(version) = model.versions.get_mut(&zone) else { continue };
                    *version = theirs(serial, serial as u8);
                    machine.updated(time, zone, *version);
                    model.wanted.retain(|wanted, (newer, _)| *wanted != zone || *newer > serial);
                    model.queued.retain(|queued, newer| *queued != zone || *newer > serial);
                    if model.began.is_some_and(|began| now < began + 30_000) {
                        model.news.insert(zone);
                        let times = model.notified.entry(zone).or_default();
                        if !model.unnotified.iter().any(|(other, _)| *other == zone) && *times < MAX_NOTIFICATIONS {
                            *times += 1;
                            let source = model.offered.get(&zone).filter(|(_, digest)| u32::from(*digest) == serial);
                            let source = source.map(|(peer, _)| *peer);
                            let others = model.peers.keys().filter(|peer| Some(**peer) != source);
                            model.unnotified.extend(others.map(|peer| (zone, *peer)));
                        }
                    }
                }
                Event::Failed { zone } => {
                    machine.transfer_failed(zone);
                    model.queued.remove(&zone);
                }
            }
            // It may ask to be polled once more than it must, but not for ever.
            let mut drained = machine;
            prop_assert!(drain(&mut drained, now).len() < 100);
            let is_due = |machine: &Recovery<_, _>| machine.next_deadline().is_some_and(|due| due <= at(now));
            prop_assert!(!is_due(&drained));
            prop_assert!(is_due(&machine) || !model.is_busy(now));
        }
    }
}

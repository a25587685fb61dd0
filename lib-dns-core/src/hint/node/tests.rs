//! What a node sends and hears, and a property over random operations.

use super::super::airtime::{Bandwidth, SpreadingFactor};
use super::super::message::{Lifetime, MAX_FRAME_LEN};
use super::super::seal::NetworkId;
use super::super::toy::{HOUR, Naive, RunningToy, TWO_MINUTES, Toy};
use super::*;
use crate::crypto::MacAlgorithm;
use crate::name::NameBuf;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

pub(super) type Node = HintNode<RunningToy, 4, 16, 8, 2>;

pub(super) const APEX: ZoneTag = ZoneTag([0xab, 0x1e, 0x0f, 0xac]);
pub(super) const OTHER: ZoneTag = ZoneTag([9; 4]);
pub(super) const ALICE: NodePrefix = NodePrefix([1; 4]);
pub(super) const BOB: NodePrefix = NodePrefix([2; 4]);

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

pub(super) fn config(node: NodePrefix) -> HintConfig {
    HintConfig {
        node,
        region: Some(Region::Eu868),
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        apex: Some(APEX),
        urgency: 0,
        accepts_unsealed: false,
        updates: UpdateControlConfig::default(),
    }
}

pub(super) fn key(epoch: u8) -> NetworkKey<RunningToy> {
    NetworkKey::new(
        Toy,
        MacAlgorithm::HmacSha256,
        b"secret",
        NetworkId([1; 4]),
        epoch,
    )
    .unwrap()
}

pub(super) fn bare(node: NodePrefix) -> Node {
    let mut new = Node::new(at(0), config(node));
    assert!(new.keep(APEX, None, Some(Serial(7))));
    assert!(new.keep(OTHER, None, Some(Serial(7))));
    new
}

pub(super) fn keyed(node: NodePrefix, boot: u16) -> Node {
    let mut new = bare(node);
    new.set_key(key(1), boot);
    new
}

pub(super) fn update(node: NodePrefix, zone: ZoneOfUpdate, serial: u32) -> Hint {
    let serial = Serial(serial);
    Hint {
        node,
        score: 0,
        advice: Advice::ZdnsUpdate { zone, serial },
    }
}

pub(super) fn sealed(hint: Hint, sequence: u32) -> Frame {
    key(1).seal(&hint, hint.node, sequence).unwrap()
}

/// Lets it send what it wants to send now.
pub(super) fn send(node: &mut Node, now: Timestamp) -> Option<Frame> {
    if node.poll(now) == Action::Sense {
        node.sensed(now, 0, false);
    }
    let Action::Transmit { frame, .. } = node.poll(now) else {
        return None;
    };
    node.sent(now, true);
    Some(frame)
}

#[test]
fn note_10a_every_exit_is_counted_in_its_order() {
    let mut bob = keyed(BOB, 1);
    let apex = |serial| update(ALICE, ZoneOfUpdate::Apex, serial);
    let unknown = update(ALICE, ZoneOfUpdate::Tag(ZoneTag([5; 4])), 8);
    let hear = |bob: &mut Node, now, octets: &[u8]| bob.on_frame(at(now), 0, octets);
    let mut forged = sealed(apex(8), 1).as_bytes().to_vec();
    forged[9] ^= 1;
    assert_eq!(hear(&mut bob, 0, b"\x09"), None);
    assert_eq!(hear(&mut bob, 0, apex(8).to_frame().as_bytes()), None);
    assert_eq!(hear(&mut bob, 0, &forged), None);
    let accepted = Event::Update {
        zone: APEX,
        refresh_at: at(0),
    };
    assert_eq!(
        hear(&mut bob, 0, sealed(apex(8), 1).as_bytes()),
        Some(accepted)
    );
    assert_eq!(
        hear(&mut bob, 0, sealed(apex(8), 1).as_bytes()),
        None,
        "a replay"
    );
    assert_eq!(hear(&mut bob, 0, sealed(unknown, 2).as_bytes()), None);
    assert_eq!(
        hear(&mut bob, 0, sealed(apex(7), 3).as_bytes()),
        None,
        "not newer"
    );
    assert_eq!(
        hear(&mut bob, 0, sealed(apex(8), 4).as_bytes()),
        None,
        "a duplicate"
    );
    let advice = Hint {
        node: ALICE,
        score: 2,
        advice: Advice::NodeUp(None),
    };
    let event = Event::Advice {
        sender: ALICE,
        hint: advice,
    };
    assert_eq!(hear(&mut bob, 0, sealed(advice, 5).as_bytes()), Some(event));
    assert_eq!(hear(&mut bob, 0, sealed(advice, 6).as_bytes()), Some(event));
    assert_eq!(
        hear(&mut bob, 59, sealed(advice, 7).as_bytes()),
        None,
        "the seventh in a minute"
    );
    let expected = HintCounts {
        malformed: 1,
        wrong_policy: 1,
        bad_seals: 1,
        replays: 1,
        too_loud: 1,
        advice: 2,
        updates: UpdateCounts {
            unknown_zones: 1,
            not_newer: 1,
            duplicates: 1,
            accepted: 1,
            ..UpdateCounts::default()
        },
    };
    assert_eq!(bob.counts(), expected);
}

#[test]
fn an_update_goes_from_a_commit_to_a_refresh() {
    let (mut alice, mut bob) = (keyed(ALICE, 1), keyed(BOB, 1));
    for serial in 8..50 {
        alice.zone_changed(at(60), OTHER, Serial(serial));
    }
    assert_eq!(alice.poll(at(60)), Action::Listen(Some(at(65))));
    let frame = send(&mut alice, at(65)).unwrap();
    assert_eq!(frame.as_bytes().len(), MAX_FRAME_LEN);
    let event = bob.on_frame(at(66), 0, frame.as_bytes());
    assert_eq!(
        event,
        Some(Event::Update {
            zone: OTHER,
            refresh_at: at(66)
        })
    );
    let due = RefreshDue {
        zone: OTHER,
        announced: Some(Serial(49)),
    };
    assert_eq!(bob.poll(at(66)), Action::Refresh(due), "the newest alone");
    bob.refreshed(OTHER, Serial(49));
    assert_eq!(bob.poll(at(66)), Action::Listen(None));
    assert_eq!(alice.on_frame(at(67), 0, frame.as_bytes()), None);
    assert_eq!(alice.counts().replays, 1, "what it said itself");
}

#[test]
fn updates_go_before_advice_and_zones_take_turns() {
    let mut alice = bare(ALICE);
    let down = Hint {
        node: BOB,
        score: 1,
        advice: Advice::NodeDown(Some(Lifetime(6))),
    };
    assert_eq!(alice.advise(down), Queued::Waiting);
    alice.zone_changed(at(60), APEX, Serial(8));
    alice.zone_changed(at(60), OTHER, Serial(8));
    let frames = [70, 100, 130].map(|second| send(&mut alice, at(second)).unwrap());
    let expected = [
        update(ALICE, ZoneOfUpdate::Apex, 8),
        update(ALICE, ZoneOfUpdate::Tag(OTHER), 8),
        down,
    ];
    assert_eq!(frames, expected.map(|hint| hint.to_frame()));
    assert_eq!(send(&mut alice, at(200)), None);
}

#[test]
fn newer_advice_takes_the_place_of_older_and_room_ends() {
    let mut alice = bare(ALICE);
    let hint = |node: u8, score| Hint {
        node: NodePrefix([node; 4]),
        score,
        advice: Advice::NodeQuality(None),
    };
    assert_eq!(
        alice.advise(update(ALICE, ZoneOfUpdate::Apex, 8)),
        Queued::IsUpdate
    );
    assert_eq!(
        [alice.advise(hint(5, 1)), alice.advise(hint(6, 1))],
        [Queued::Waiting; 2]
    );
    assert_eq!(alice.advise(hint(7, 1)), Queued::NoRoom);
    // What is being sent is replaced: the newer one is sent as well.
    alice.sensed(at(60), 0, false);
    assert!(matches!(alice.poll(at(60)), Action::Transmit { .. }));
    assert_eq!(alice.advise(hint(5, 2)), Queued::Replaced);
    alice.sent(at(61), true);
    let frames = [91, 121].map(|second| send(&mut alice, at(second)));
    assert_eq!(
        frames,
        [hint(5, 2), hint(6, 1)].map(|hint| Some(hint.to_frame()))
    );
}

#[test]
fn a_frame_that_failed_is_sent_again() {
    let mut alice = bare(ALICE);
    alice.zone_changed(at(60), APEX, Serial(8));
    alice.sensed(at(65), 0, false);
    assert!(matches!(alice.poll(at(65)), Action::Transmit { .. }));
    assert_eq!(alice.poll(at(66)), Action::Listen(None), "it is sending");
    alice.sent(at(66), false);
    assert_eq!(alice.poll(at(66)), Action::Listen(Some(at(96))));
    assert!(send(&mut alice, at(96)).is_some());
    assert!(alice.airtime_used() > 250_000, "both count");
}

#[test]
fn a_busy_channel_is_waited_for_and_longer_each_time() {
    let mut alice = bare(ALICE);
    alice.zone_changed(at(60), APEX, Serial(8));
    let mut now = at(65);
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert_eq!(alice.poll(now), Action::Sense);
        alice.sensed(now, u32::MAX, true);
        let Action::Listen(Some(until)) = alice.poll(now) else {
            panic!()
        };
        waits.push(until.millis_since(now));
        now = until;
    }
    // A frame is 227 ms at most; up to 33 of them.
    assert_eq!(waits, [453, 680, 1134, 2042, 3858, 7490, 7490, 7490]);
    alice.sensed(now, 0, false);
    assert_eq!(
        alice.poll(now.add_millis(51)),
        Action::Sense,
        "that is no longer true"
    );
    alice.sensed(now.add_millis(51), 0, false);
    assert!(matches!(
        alice.poll(now.add_millis(52)),
        Action::Transmit { .. }
    ));
}

#[test]
fn without_a_region_or_outside_its_band_nothing_is_sent() {
    let nowhere = HintConfig {
        region: None,
        ..config(ALICE)
    };
    let outside = HintConfig {
        frequency_hz: 868_100_000,
        ..config(ALICE)
    };
    let narrow = HintConfig {
        region: Some(Region::Us915),
        frequency_hz: 915_000_000,
        ..config(ALICE)
    };
    for (config, refusal) in [
        (nowhere, Refusal::NoRegion),
        (outside, Refusal::OutsideBand),
        (narrow, Refusal::TooNarrow),
    ] {
        let mut alice = Node::new(at(0), config);
        alice.zone_changed(at(60), APEX, Serial(8));
        assert_eq!(
            (alice.poll(at(100)), alice.refusal()),
            (Action::Listen(None), Some(refusal))
        );
    }
    let slow = Modulation::new(SpreadingFactor::Sf12, Bandwidth::Khz125);
    let slow = HintConfig {
        region: Some(Region::As923),
        frequency_hz: 923_200_000,
        modulation: slow,
        ..config(ALICE)
    };
    let mut alice = Node::new(at(0), slow);
    alice.zone_changed(at(60), APEX, Serial(8));
    assert_eq!(alice.poll(at(100)), Action::Listen(None));
    assert_eq!(
        alice.refusal(),
        Some(Refusal::TooLong),
        "400 ms are not enough"
    );
}

#[test]
fn numbers_that_are_used_up_want_another_boot_epoch() {
    let mut alice = keyed(ALICE, 1);
    core::iter::from_fn(|| alice.numbers.next()).count();
    alice.zone_changed(at(60), APEX, Serial(8));
    assert_eq!(send(&mut alice, at(65)), None);
    assert_eq!(alice.refusal(), Some(Refusal::NoNumbers));
    alice.boot(2);
    assert_eq!(alice.refusal(), None);
    let frame = send(&mut alice, at(66)).unwrap();
    let received = ReceivedFrame::from_bytes(frame.as_bytes()).unwrap();
    assert_eq!(received.seal.unwrap().sequence, 0x0002_0000);
}

#[test]
fn a_network_changes_its_key() {
    let (mut alice, mut bob) = (keyed(ALICE, 1), keyed(BOB, 1));
    bob.set_key(key(2), 2);
    let frame = sealed(update(ALICE, ZoneOfUpdate::Apex, 8), 1);
    assert!(
        bob.on_frame(at(0), 0, frame.as_bytes()).is_some(),
        "the old key still holds"
    );
    bob.drop_old_key();
    let frame = sealed(update(ALICE, ZoneOfUpdate::Apex, 9), 2);
    assert_eq!(bob.on_frame(at(0), 0, frame.as_bytes()), None);
    alice.set_key(key(2), 2);
    alice.zone_changed(at(60), APEX, Serial(10));
    let frame = send(&mut alice, at(65)).unwrap();
    assert!(bob.on_frame(at(66), 0, frame.as_bytes()).is_some());
}

#[test]
fn unsealed_frames_are_heard_while_a_network_gets_its_first_key() {
    let config = HintConfig {
        accepts_unsealed: true,
        ..config(BOB)
    };
    let mut bob = Node::new(at(0), config);
    bob.keep(APEX, None, Some(Serial(7)));
    bob.set_key(key(1), 1);
    let frame = update(ALICE, ZoneOfUpdate::Apex, 8).to_frame();
    assert!(bob.on_frame(at(0), 0, frame.as_bytes()).is_some());
    // And a node that has none yet cannot check a seal.
    let frame = sealed(update(ALICE, ZoneOfUpdate::Apex, 8), 1);
    assert_eq!(bare(BOB).on_frame(at(0), 0, frame.as_bytes()), None);
}

#[test]
fn a_zone_is_found_by_a_short_name_in_any_case() {
    let mut bob = bare(BOB);
    let short = |text: &str| ShortName::new(&NameBuf::from_text(text).unwrap().as_name()).unwrap();
    let lab = ZoneTag([7; 4]);
    assert!(bob.keep(lab, Some(short("lab.sov.")), Some(Serial(1))));
    let frame = update(ALICE, ZoneOfUpdate::Name(short("LAB.sov.")), 8).to_frame();
    let event = Event::Update {
        zone: lab,
        refresh_at: at(0),
    };
    assert_eq!(bob.on_frame(at(0), 0, frame.as_bytes()), Some(event));
    bob.forget(lab);
    assert_eq!(bob.on_frame(at(1), 0, frame.as_bytes()), None);
    assert_eq!(bob.counts().updates.unknown_zones, 1);
}

#[test]
fn rule_12_2_3_of_zones_that_are_not_kept_negative_answers_are_flushed() {
    let mut bob = bare(BOB);
    let short = |text: &str| ShortName::new(&NameBuf::from_text(text).unwrap().as_name()).unwrap();
    let tag = |last: u8| ZoneTag([7, 7, 7, last]);
    let told = |zone, serial| update(ALICE, zone, serial).to_frame();
    let hear = |bob: &mut Node, now, frame: Frame| bob.on_frame(at(now), 0, frame.as_bytes());
    let by_tag = |last, serial| told(ZoneOfUpdate::Tag(tag(last)), serial);
    // Two slots are left by the zones that are kept.
    assert!(bob.denied(at(0), tag(1), Some(short("one.sov."))));
    assert!(bob.denied(at(1), tag(2), Some(short("two.sov."))));
    let denied = |last| Some(Event::Denied { zone: tag(last) });
    assert_eq!(hear(&mut bob, 10, by_tag(1, 8)), denied(1));
    assert_eq!(hear(&mut bob, 11, by_tag(1, 8)), None, "a duplicate");
    let by_name = told(ZoneOfUpdate::Name(short("TWO.sov.")), 8);
    assert_eq!(hear(&mut bob, 12, by_name), denied(2));
    // A third takes the place of the one that was denied longest ago, and so does its name.
    assert!(bob.denied(at(13), tag(3), Some(short("six.sov."))));
    let by_name = told(ZoneOfUpdate::Name(short("six.sov.")), 8);
    assert_eq!(hear(&mut bob, 14, by_name), denied(3));
    let by_name = told(ZoneOfUpdate::Name(short("one.sov.")), 9);
    assert_eq!(hear(&mut bob, 15, by_name), None, "forgotten");
    // No negative answer is as old as that.
    assert_eq!(hear(&mut bob, 74, by_tag(3, 9)), None);
    let counts = bob.counts().updates;
    assert_eq!(
        (counts.only_denied, counts.duplicates, counts.unknown_zones),
        (3, 1, 2)
    );
    assert_eq!(bob.poll(at(80)), Action::Listen(None), "nothing to refresh");
    // A zone that is kept stays so, and takes such a slot.
    assert!(bob.denied(at(80), APEX, None));
    assert!(bob.keep(tag(4), None, Some(Serial(1))));
    let frame = update(NodePrefix([9; 4]), ZoneOfUpdate::Apex, 8).to_frame();
    assert!(matches!(
        hear(&mut bob, 81, frame),
        Some(Event::Update { zone: APEX, .. })
    ));
}

#[test]
fn a_node_of_a_small_device_fits_into_4_kib() {
    type Small = HintNode<RunningToy, 4, 16, 32, 4>;
    assert!(size_of::<Small>() <= 4096, "{}", size_of::<Small>());
}

/// What can happen to a node.
#[derive(Clone, Debug)]
enum Happens {
    Changes(bool, u32),
    Advises(u8),
    Hears(Vec<u8>),
    IsSealed(u8, u32, u32),
    Polls,
    Fails,
}

fn happens() -> impl Strategy<Value = Happens> {
    let polls = prop::sample::select(vec![
        Happens::Polls,
        Happens::Polls,
        Happens::Polls,
        Happens::Fails,
    ]);
    prop_oneof![
        (any::<bool>(), 0u32..100).prop_map(|(apex, serial)| Happens::Changes(apex, serial)),
        (1u8..4).prop_map(Happens::Advises),
        prop::collection::vec(any::<u8>(), 0..32).prop_map(Happens::Hears),
        (1u8..4, 0u32..40, 0u32..40)
            .prop_map(|(node, serial, number)| Happens::IsSealed(node, serial, number)),
        polls.clone(),
        polls,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_the_limits_hold(
        list in prop::collection::vec((0u64..40_000, any::<u32>(), happens()), 0..300),
        has_key in any::<bool>(),
    ) {
        let mut node = if has_key { keyed(ALICE, 1) } else { bare(ALICE) };
        let mut now = at(100);
        // When frames ended, and when each zone was told.
        let (mut ends, mut told): (Vec<Timestamp>, Vec<(ZoneOfUpdate, Timestamp)>) = Default::default();
        let mut airtimes = Vec::new();
        let mut heard = Vec::new();
        for (later, random, what) in list {
            now = now.add_millis(later);
            match what {
                Happens::Changes(apex, serial) => {
                    node.zone_changed(now, if apex { APEX } else { OTHER }, Serial(serial));
                }
                Happens::Advises(about) => {
                    let about = NodePrefix([about; 4]);
                    node.advise(Hint { node: about, score: 1, advice: Advice::Congestion(BOB) });
                }
                Happens::Hears(octets) => {
                    node.on_frame(now, random, &octets);
                }
                Happens::IsSealed(sender, serial, number) => {
                    let frame = sealed(update(NodePrefix([sender + 4; 4]), ZoneOfUpdate::Apex, serial), number);
                    if node.on_frame(now, random, frame.as_bytes()).is_some() {
                        prop_assert!(has_key, "there was nothing to check it with");
                        prop_assert!(!heard.contains(&(sender, number)));
                        heard.push((sender, number));
                    }
                }
                Happens::Polls | Happens::Fails => {
                    let mut turns = 0;
                    loop {
                        turns += 1;
                        prop_assert!(turns < 20, "it comes to rest");
                        match node.poll(now) {
                            Action::Sense => node.sensed(now, random, random % 4 == 0),
                            Action::Refresh(due) => node.refreshed(due.zone, due.announced.unwrap_or(Serial(7))),
                            Action::Listen(until) => {
                                prop_assert!(until.is_none_or(|until| until > now));
                                break;
                            }
                            Action::Transmit { frame, airtime } => {
                                let octets = frame.as_bytes();
                                prop_assert!(octets.len() <= MAX_FRAME_LEN);
                                let exact = config(ALICE).modulation.airtime_micros(octets.len() as u8);
                                prop_assert_eq!(airtime, exact);
                                prop_assert!(ends.last().is_none_or(|end| now >= end.add_millis(30_000)));
                                airtimes.push((now, airtime));
                                now = now.add_millis(airtime.div_ceil(1000));
                                let went_well = !matches!(what, Happens::Fails);
                                node.sent(now, went_well);
                                ends.push(now);
                                let hint = ReceivedFrame::from_bytes(octets).unwrap().hint;
                                if let (Advice::ZdnsUpdate { zone, .. }, true) = (hint.advice, went_well) {
                                    let last = told.iter().rev().find(|(other, _)| *other == zone);
                                    prop_assert!(last.is_none_or(|(_, last)| now.millis_since(*last) >= 30_000));
                                    told.push((zone, now));
                                }
                            }
                        }
                    }
                }
            }
            let hour = airtimes.iter().filter(|(began, _)| now.millis_since(*began) <= 3_600_000);
            let hour: u64 = hour.map(|(_, airtime)| airtime).sum();
            prop_assert!(hour <= u64::from(Region::Eu868.rules().hint_micros_an_hour()));
        }
    }

    /// A node beside a limiter that keeps everything: it sends when that one lets it, and at no other time.
    #[test]
    fn a_naive_limiter_lets_a_node_send_when_it_does(
        list in prop::collection::vec((0u64..60_000, 0u8..8), 0..250),
    ) {
        // Slow frames in a narrow band: an hour's worth of them are twelve.
        let slow = HintConfig {
            region: Some(Region::Eu868M),
            frequency_hz: 868_300_000,
            modulation: Modulation::new(SpreadingFactor::Sf12, Bandwidth::Khz125),
            ..config(ALICE)
        };
        let limit = u64::from(Region::Eu868M.rules().hint_micros_an_hour());
        let airtime_of = |octets| slow.modulation.airtime_micros(octets);
        let mut node = Node::new(at(0), slow);
        let mut naive = Naive::default();
        let mut now = 0;
        let mut newest = 0;
        let mut is_advised = false;
        // Of each zone: since when its news may be told, its newest serial, and when it was told last.
        let mut zones = [(None, 0, None); 2];
        for (later, what) in list {
            now += later;
            let time = Timestamp::from_millis(now);
            match what {
                0 | 1 => {
                    newest += 1;
                    let zone = &mut zones[usize::from(what)];
                    let may_be = zone.2.map_or(0, |told: u64| told + 30_000).max(now + 5_000);
                    (zone.0, zone.1) = (zone.0.or(Some(may_be)), newest);
                    node.zone_changed(time, [APEX, OTHER][usize::from(what)], Serial(newest));
                }
                2 => {
                    let advice = Advice::Congestion(BOB);
                    is_advised |= node.advise(Hint { node: BOB, score: 1, advice }) == Queued::Waiting;
                }
                _ => {}
            }
            let due = zones.map(|zone| zone.0.is_some_and(|due: u64| due <= now));
            let wants = is_advised || due.contains(&true);
            let is_paced = naive.is_paced(0, now);
            let micros = now * 1000;
            let fits = |octets, hour| naive.worst(micros, airtime_of(octets), hour) <= limit;
            // The shortest and the longest of what it has to send.
            let may = wants && is_paced && fits(10, HOUR);
            let must = wants && is_paced && fits(15, HOUR + TWO_MINUTES);
            if node.poll(time) == Action::Sense {
                node.sensed(time, 0, false);
            }
            let Action::Transmit { frame, airtime } = node.poll(time) else {
                prop_assert!(!must, "it has to wait for nothing");
                continue;
            };
            prop_assert!(may, "it has to wait");
            prop_assert!(fits(frame.as_bytes().len() as u8, HOUR));
            prop_assert_eq!(airtime, airtime_of(frame.as_bytes().len() as u8));
            naive.sent(micros, airtime);
            now = (micros + airtime).div_ceil(1000);
            node.sent(Timestamp::from_millis(now), true);
            match ReceivedFrame::from_bytes(frame.as_bytes()).unwrap().hint.advice {
                Advice::ZdnsUpdate { zone, serial } => {
                    let place = usize::from(zone != ZoneOfUpdate::Apex);
                    prop_assert!(due[place]);
                    prop_assert_eq!(serial, Serial(zones[place].1), "the newest");
                    zones[place] = (None, 0, Some(now));
                }
                _ => {
                    prop_assert!(is_advised && !due.contains(&true), "updates go first");
                    is_advised = false;
                }
            }
        }
    }
}

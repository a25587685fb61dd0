use super::*;
use crate::time::Timestamp;
use crate::zone::Serial;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

const CONFIG: fn() -> UpdateControlConfig = UpdateControlConfig::default;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

type Sender = UpdateSender<[BroadcastSlot<u8>; 4]>;
type Receiver = UpdateReceiver<[WatchedZone<u8>; 4], [SeenSlot<u8>; 64]>;

fn sender() -> Sender {
    UpdateSender::new([BroadcastSlot::default(); 4], CONFIG())
}

/// Keeps zones 0 to 3 with serial 0.
fn receiver() -> Receiver {
    let slots = ([WatchedZone::default(); 4], [SeenSlot::default(); 64]);
    let mut receiver = UpdateReceiver::new(slots.0, slots.1, CONFIG());
    for zone in 0..4 {
        assert!(receiver.watch(zone, Some(Serial(0))));
    }
    receiver
}

fn due(zone: u8, announced: Option<u32>) -> Option<RefreshDue<u8>> {
    let announced = announced.map(Serial);
    Some(RefreshDue { zone, announced })
}

#[test]
fn the_defaults_are_those_of_17_2() {
    let config = CONFIG();
    assert_eq!(config.min_broadcast_interval, 30_000);
    assert_eq!(config.coalesce_window, 5_000);
    assert_eq!(config.dedup_window, 60_000);
    assert_eq!(config.refresh_jitter_max, 10_000);
    assert_eq!(config.initial_backoff, 30_000);
    assert_eq!(config.max_backoff, 3_600_000);
    let two = config.backoff_multiplier;
    assert_eq!((two.numerator, two.denominator), (2, 1));
    assert_eq!(config.storm_threshold, 10);
    assert_eq!(config.storm_window, 60_000);
    assert_eq!(config.storm_suppression, 300_000);
}

#[test]
fn note_10a_a_sender_is_heard_6_times_a_minute() {
    let mut rates = sender_rates([crate::policy::RateSlot::default(); 4]);
    for _ in 0..MAX_UPDATES_OF_A_SENDER {
        assert!(rates.count(at(0), 1).is_within());
    }
    assert!(!rates.count(at(59), 1).is_within());
    assert!(rates.count(at(59), 2).is_within());
    assert!(rates.count(at(60), 1).is_within());
    assert_eq!(MAX_UPDATES_OF_A_SENDER, 6);
}

#[test]
fn rule_17_1_1_changes_are_gathered_for_5_seconds() {
    let mut sender = sender();
    assert_eq!(sender.changed(at(0), 1, Serial(7)), Change::Scheduled);
    assert_eq!(sender.changed(at(3), 1, Serial(9)), Change::Batched);
    assert_eq!(sender.changed(at(4), 1, Serial(8)), Change::Batched);
    assert_eq!(sender.poll(Timestamp::from_millis(4_999)), None);
    let newest = Broadcast {
        zone: 1,
        serial: Serial(9),
    };
    assert_eq!(sender.poll(at(5)), Some(newest));
    assert_eq!(sender.poll(at(5)), Some(newest), "until it was sent");
    sender.sent(at(5), &newest);
    assert_eq!((sender.poll(at(500)), sender.next_deadline()), (None, None));
}

#[test]
fn rule_17_1_1_a_zone_is_told_once_in_30_seconds() {
    let mut sender = sender();
    let mut told = Vec::new();
    // Ten changes a second, for two minutes.
    for tenth in 0..1_200 {
        let now = Timestamp::from_millis(tenth * 100);
        sender.changed(now, 1, Serial(tenth as u32 + 1));
        if let Some(broadcast) = sender.poll(now) {
            sender.sent(now, &broadcast);
            told.push((tenth / 10, broadcast.serial.0));
        }
    }
    assert_eq!(told, [(5, 51), (35, 351), (65, 651), (95, 951)]);
}

#[test]
fn rule_17_1_1_zones_take_turns() {
    let mut sender = sender();
    for zone in 0..3 {
        sender.changed(at(0), zone, Serial(1));
    }
    let mut told = Vec::new();
    while let Some(broadcast) = sender.poll(at(5)) {
        sender.sent(at(5), &broadcast);
        sender.changed(at(5), broadcast.zone, Serial(2));
        told.push(broadcast.zone);
    }
    assert_eq!(told, [0, 1, 2]);
    // The limits of the radio let one wait; the next has its turn.
    sender.postpone(0, at(40));
    assert_eq!(sender.poll(at(35)).map(|next| next.zone), Some(1));
    assert_eq!(sender.next_deadline(), Some(at(35)));
}

#[test]
fn rule_17_1_1_a_change_while_another_is_sent_waits_for_its_own_time() {
    let mut sender = sender();
    sender.changed(at(0), 1, Serial(7));
    let broadcast = sender.poll(at(5)).unwrap();
    sender.changed(at(6), 1, Serial(8));
    sender.sent(at(7), &broadcast);
    assert_eq!(sender.next_deadline(), Some(at(37)));
    assert_eq!(sender.poll(at(37)).map(|next| next.serial), Some(Serial(8)));
}

#[test]
fn rule_17_1_1_no_slot_forgets_a_zone_that_was_told_of_lately() {
    let mut sender = UpdateSender::new([BroadcastSlot::default(); 1], CONFIG());
    sender.changed(at(0), 1u8, Serial(7));
    assert_eq!(sender.changed(at(1), 2, Serial(1)), Change::NoRoom);
    let broadcast = sender.poll(at(5)).unwrap();
    sender.sent(at(5), &broadcast);
    assert_eq!(sender.changed(at(34), 2, Serial(1)), Change::NoRoom);
    assert_eq!(sender.changed(at(35), 2, Serial(1)), Change::Scheduled);
}

#[test]
fn rule_17_1_1_what_others_were_quicker_to_tell_is_left_to_them() {
    let mut sender = sender();
    sender.changed(at(0), 1, Serial(7));
    assert!(!sender.heard(at(1), 1, Serial(6)), "that is another one");
    assert!(!sender.heard(at(1), 2, Serial(7)), "so is that");
    assert!(sender.heard(at(1), 1, Serial(7)));
    assert_eq!((sender.poll(at(500)), sender.next_deadline()), (None, None));
    // Theirs is not the same version: ours is told, however often others tell of the serial.
    assert_eq!(sender.changed(at(2), 1, Serial(7)), Change::Scheduled);
    assert!(!sender.heard(at(3), 1, Serial(7)));
    let ours = sender.poll(at(7)).unwrap();
    assert_eq!(ours.serial, Serial(7));
    sender.sent(at(7), &ours);
    // Nothing is left to others of what comes later.
    assert_eq!(sender.changed(at(8), 1, Serial(8)), Change::Scheduled);
}

#[test]
fn rule_17_1_1_nodes_that_merge_do_not_all_tell_at_the_same_time() {
    let mut sender = sender();
    assert_eq!(sender.merged(at(0), 0, 1, Serial(7)), Change::Scheduled);
    assert_eq!(
        sender.merged(at(0), u32::MAX, 2, Serial(7)),
        Change::Scheduled
    );
    assert_eq!(sender.poll(at(5)).map(|next| next.zone), Some(1));
    sender.heard(at(6), 1, Serial(7));
    assert_eq!(sender.next_deadline(), Some(at(10)));
    // What comes meanwhile goes with it, and waits no longer.
    assert_eq!(
        sender.merged(at(9), u32::MAX, 2, Serial(8)),
        Change::Batched
    );
    assert_eq!(sender.poll(at(10)).map(|next| next.serial), Some(Serial(8)));
}

#[test]
fn rule_17_1_1_what_others_have_told_before_it_came_here_is_left_to_them() {
    let mut sender = sender();
    sender.changed(at(0), 1, Serial(6));
    sender.heard(at(1), 1, Serial(7));
    assert_eq!(sender.changed(at(2), 1, Serial(7)), Change::Heard);
    assert_eq!(sender.next_deadline(), None, "nor is what was before it");
    assert_eq!(sender.changed(at(2), 1, Serial(7)), Change::Scheduled);
    assert_eq!(sender.next_deadline(), Some(at(7)));
    // What is newer than what they told is told, and so is what they told long ago.
    sender.heard(at(3), 1, Serial(8));
    assert_eq!(sender.changed(at(3), 1, Serial(9)), Change::Batched);
    sender.heard(at(3), 2, Serial(8));
    assert_eq!(sender.changed(at(63), 2, Serial(8)), Change::Scheduled);
}

#[test]
fn rule_17_1_2_a_zone_and_serial_are_heard_once_in_60_seconds() {
    let mut receiver = receiver();
    assert_eq!(
        receiver.hear(at(0), 0, 1, Serial(7)),
        Heard::Accepted(at(0))
    );
    assert_eq!(receiver.hear(at(59), 0, 1, Serial(7)), Heard::Duplicate);
    assert!(matches!(
        receiver.hear(at(59), 0, 2, Serial(7)),
        Heard::Accepted(_)
    ));
    assert!(matches!(
        receiver.hear(at(60), 0, 1, Serial(7)),
        Heard::Accepted(_)
    ));
    let counts = receiver.counts();
    assert_eq!((counts.accepted, counts.duplicates), (3, 1));
}

#[test]
fn rule_17_1_2_a_forged_update_does_not_hide_the_real_one() {
    let mut receiver = receiver();
    receiver.hear(at(0), 0, 1, Serial(1));
    assert_eq!(receiver.poll(at(0)), due(1, Some(1)));
    // There was no such serial; then there is one.
    receiver.refreshed(1, Serial(0));
    assert!(matches!(
        receiver.hear(at(2), 0, 1, Serial(1)),
        Heard::Accepted(_)
    ));
    assert_eq!(receiver.poll(at(2)), due(1, Some(1)));
    receiver.refreshed(1, Serial(1));
    assert_eq!(receiver.hear(at(3), 0, 1, Serial(1)), Heard::NotNewer);
}

#[test]
fn rule_17_1_2_what_a_failed_refresh_looked_for_is_still_outstanding() {
    let mut receiver = receiver();
    receiver.hear(at(4), 0, 1, Serial(2));
    assert_eq!(receiver.poll(at(4)), due(1, Some(2)));
    // Nobody has answered: it was not found missing, and will be looked for whoever tells of it meanwhile.
    receiver.failed(at(5), 1);
    assert_eq!(receiver.hear(at(6), 0, 1, Serial(2)), Heard::Duplicate);
    assert_eq!(receiver.poll(at(34)), None);
    assert_eq!(receiver.poll(at(35)), due(1, Some(2)));
    // It was forged: the next refresh finds that, and the real one is heard.
    receiver.refreshed(1, Serial(1));
    assert_eq!(
        receiver.hear(at(36), 0, 1, Serial(2)),
        Heard::Accepted(at(36))
    );
    // What is announced meanwhile and newer counts, and what came in another way need not be looked for.
    assert_eq!(receiver.poll(at(36)), due(1, Some(2)));
    receiver.hear(at(37), 0, 1, Serial(3));
    receiver.failed(at(37), 1);
    assert_eq!(receiver.poll(at(67)), due(1, Some(3)));
    receiver.watch(1, Some(Serial(3)));
    receiver.failed(at(68), 1);
    assert_eq!(receiver.poll(at(128)), due(1, None));
}

#[test]
fn rule_17_1_3_a_refresh_waits_for_up_to_10_seconds() {
    let config = CONFIG();
    assert_eq!((config.jitter(0), config.jitter(u32::MAX)), (0, 10_000));
    assert_eq!(config.jitter(1 << 31), 5_000);
    let mut receiver = receiver();
    let later = receiver.hear(at(0), u32::MAX, 1, Serial(1));
    assert_eq!(later, Heard::Accepted(at(10)));
    // The earlier of two counts, for the newest serial.
    assert_eq!(
        receiver.hear(at(1), 0, 1, Serial(3)),
        Heard::Accepted(at(1))
    );
    assert_eq!(
        receiver.hear(at(1), u32::MAX, 1, Serial(2)),
        Heard::Accepted(at(1))
    );
    assert_eq!(receiver.poll(at(1)), due(1, Some(3)));
    assert_eq!(receiver.poll(at(100)), None, "one at a time");
}

#[test]
fn rule_17_1_3_what_comes_during_a_refresh_is_looked_for_after_it() {
    let mut receiver = receiver();
    receiver.hear(at(0), 0, 1, Serial(1));
    receiver.poll(at(0));
    receiver.hear(at(1), 0, 1, Serial(2));
    assert_eq!(
        (receiver.poll(at(1)), receiver.next_deadline()),
        (None, None)
    );
    receiver.refreshed(1, Serial(1));
    assert_eq!(receiver.poll(at(2)), due(1, Some(2)));
    receiver.hear(at(3), 0, 1, Serial(3));
    receiver.refreshed(1, Serial(3));
    assert_eq!(receiver.next_deadline(), None, "it is here already");
}

#[test]
fn rule_17_1_4_failures_back_off_from_30_seconds_to_an_hour() {
    let mut receiver = receiver();
    receiver.ttl_ended(at(0), 1);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..9 {
        assert_eq!(receiver.poll(at(now)), due(1, None));
        receiver.failed(at(now), 1);
        let next = receiver.next_deadline().unwrap().as_millis() / 1000;
        waits.push(next - now);
        now = next;
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    // Reset on success.
    receiver.poll(at(now));
    receiver.refreshed(1, Serial(1));
    receiver.ttl_ended(at(now), 1);
    receiver.poll(at(now));
    receiver.failed(at(now), 1);
    assert_eq!(receiver.next_deadline(), Some(at(now + 30)));
}

#[test]
fn rule_17_1_4_a_change_of_the_mesh_ends_the_waits() {
    let mut receiver = receiver();
    for zone in 0..3 {
        receiver.ttl_ended(at(0), zone);
        receiver.poll(at(0));
        receiver.failed(at(0), zone);
    }
    // Zone 3 waits for nothing, and zone 2 is asked for just now.
    assert_eq!(receiver.poll(at(30)), due(0, None));
    receiver.failed(at(30), 0);
    assert_eq!(receiver.poll(at(30)), due(1, None));
    receiver.failed(at(30), 1);
    assert_eq!(receiver.poll(at(30)), due(2, None));
    assert_eq!(receiver.next_deadline(), Some(at(90)));
    receiver.topology_changed(at(40), 0);
    // Not all at once: level 3.
    assert_eq!(receiver.poll(at(40)), due(0, None));
    assert_eq!(receiver.poll(at(40)), None);
    let second = receiver.next_deadline().unwrap();
    assert!(second > at(40) && second <= at(50));
    assert_eq!(receiver.poll(at(50)), due(1, None));
    // The next failure is a first one again, of the refresh that was under way, too.
    receiver.failed(at(50), 2);
    assert_eq!(receiver.next_deadline(), Some(at(80)));
}

#[test]
fn rule_17_1_4_a_mesh_that_changes_all_the_time_does_not_end_them_all_the_time() {
    let mut receiver = receiver();
    receiver.ttl_ended(at(0), 1);
    let mut refreshes = 0;
    for second in 0..300 {
        receiver.topology_changed(at(second), 0);
        while receiver.poll(at(second)).is_some() {
            refreshes += 1;
            receiver.failed(at(second), 1);
        }
    }
    // One for a wait that was ended, one for the next that was not.
    assert_eq!(refreshes, 20, "twice in 31 seconds");
}

#[test]
fn rule_12_2_3_an_update_flushes_a_zone_of_which_only_absence_is_known() {
    let mut receiver = receiver();
    receiver.forget(3);
    assert_eq!(receiver.hear(at(0), 0, 9, Serial(5)), Heard::UnknownZone);
    assert!(receiver.denied(at(0), 9));
    assert_eq!(receiver.hear(at(1), 0, 9, Serial(5)), Heard::OnlyDenied);
    assert_eq!(receiver.hear(at(1), 0, 9, Serial(5)), Heard::Duplicate);
    // What the zone's serial is, nobody here knows.
    assert_eq!(receiver.hear(at(2), 0, 9, Serial(4)), Heard::OnlyDenied);
    // There is nothing to refresh, whatever happens.
    receiver.ttl_ended(at(2), 9);
    receiver.failed(at(2), 9);
    receiver.topology_changed(at(2), 0);
    assert_eq!(
        (receiver.poll(at(99)), receiver.next_deadline()),
        (None, None)
    );
    // No negative answer is cached for longer.
    receiver.denied(at(10), 9);
    assert_eq!(receiver.hear(at(69), 0, 9, Serial(6)), Heard::OnlyDenied);
    assert_eq!(receiver.hear(at(70), 0, 9, Serial(7)), Heard::UnknownZone);
    assert_eq!(receiver.counts().only_denied, 3);
    // A zone that is kept is not less so because of a negative answer.
    receiver.denied(at(70), 1);
    assert_eq!(
        receiver.hear(at(70), 0, 1, Serial(1)),
        Heard::Accepted(at(70))
    );
}

#[test]
fn rule_12_2_3_zones_of_which_only_absence_is_known_take_the_room_that_is_left() {
    let mut receiver = receiver();
    assert!(!receiver.denied(at(0), 9), "all are kept");
    receiver.forget(2);
    receiver.forget(3);
    for (second, zone) in [(0, 8), (1, 9), (2, 8), (3, 10)] {
        assert!(receiver.denied(at(second), zone));
    }
    let mut hears = |zone| receiver.hear(at(4), 0, zone, Serial(1));
    assert_eq!(hears(9), Heard::UnknownZone, "the oldest makes room");
    assert_eq!(
        (hears(8), hears(10)),
        (Heard::OnlyDenied, Heard::OnlyDenied)
    );
    assert!(receiver.watch(2, Some(Serial(0))), "a kept zone goes first");
    assert!(receiver.watch(3, Some(Serial(0))));
    assert!(!receiver.watch(4, None));
}

#[test]
fn rule_17_1_5_what_only_flushes_is_no_storm() {
    let mut receiver = receiver();
    receiver.forget(3);
    receiver.denied(at(0), 9);
    for serial in 0..100 {
        assert_eq!(
            receiver.hear(at(0), 0, 9, Serial(serial)),
            Heard::OnlyDenied
        );
    }
    assert!(!receiver.is_storm(at(0)));
    for serial in 1..=11 {
        receiver.hear(at(0), 0, 1, Serial(serial));
    }
    assert_eq!(receiver.hear(at(1), 0, 9, Serial(0)), Heard::Suppressed);
}

#[test]
fn rule_17_1_4_no_update_and_no_ttl_shortens_the_wait() {
    let mut receiver = receiver();
    receiver.ttl_ended(at(0), 1);
    receiver.poll(at(0));
    receiver.failed(at(0), 1);
    assert_eq!(
        receiver.hear(at(1), 0, 1, Serial(9)),
        Heard::Accepted(at(30))
    );
    receiver.ttl_ended(at(2), 1);
    assert_eq!(receiver.next_deadline(), Some(at(30)));
    assert_eq!(receiver.poll(at(30)), due(1, Some(9)));
}

#[test]
fn rule_17_1_4_the_multiplier_is_a_fraction() {
    let ratio = |numerator, denominator| UpdateControlConfig {
        backoff_multiplier: Ratio {
            numerator,
            denominator,
        },
        ..CONFIG()
    };
    assert_eq!(ratio(3, 2).backoff_after(30_000), 45_000);
    assert_eq!(ratio(1, 2).backoff_after(30_000), 30_000, "never shorter");
    assert_eq!(ratio(2, 0).backoff_after(30_000), 60_000);
    assert_eq!(ratio(u16::MAX, 1).backoff_after(u32::MAX), 3_600_000);
}

/// Eleven distinct updates within so many seconds; what became of the last.
fn flood(receiver: &mut Receiver, start: u64, seconds: u64) -> Heard {
    let mut last = Heard::Suppressed;
    for count in 0..11 {
        let now = Timestamp::from_millis(start * 1000 + count * seconds * 100);
        last = receiver.hear(now, u32::MAX, (count % 4) as u8, Serial(count as u32 + 1));
    }
    last
}

#[test]
fn rule_17_1_5_more_than_10_updates_in_60_seconds_are_a_storm() {
    let mut calm = receiver();
    assert!(matches!(flood(&mut calm, 0, 60), Heard::Accepted(_)));
    let mut receiver = receiver();
    assert_eq!(flood(&mut receiver, 0, 59), Heard::StormBegins);
    assert_eq!(receiver.counts().storms, 1);
    assert_eq!(receiver.counts().accepted, 10);
    assert_eq!(STORM_LOG, "zdns_update_storm_detected, suppressing");
}

#[test]
fn rule_17_1_5_a_storm_lasts_5_minutes_in_which_only_ttls_refresh() {
    let mut receiver = receiver();
    assert_eq!(flood(&mut receiver, 0, 0), Heard::StormBegins);
    // What had been heard is dropped too.
    assert_eq!(
        (receiver.poll(at(10)), receiver.next_deadline()),
        (None, None)
    );
    assert!(receiver.is_storm(at(299)));
    assert_eq!(receiver.hear(at(299), 0, 1, Serial(99)), Heard::Suppressed);
    receiver.ttl_ended(at(299), 1);
    assert_eq!(receiver.poll(at(299)), due(1, None));
    receiver.refreshed(1, Serial(5));
    assert!(!receiver.is_storm(at(300)));
    assert!(matches!(
        receiver.hear(at(300), 0, 1, Serial(99)),
        Heard::Accepted(_)
    ));
}

#[test]
fn rule_17_1_5_only_distinct_updates_of_known_zones_count() {
    let mut receiver = receiver();
    for _ in 0..100 {
        // Relayed, old, and of somebody else's zones.
        receiver.hear(at(0), 0, 1, Serial(1));
        assert_eq!(receiver.hear(at(0), 0, 1, Serial(0)), Heard::NotNewer);
        assert_eq!(receiver.hear(at(0), 0, 9, Serial(1)), Heard::UnknownZone);
        // Forged: heard anew each time it was not found, but counted once.
        receiver.poll(at(0));
        receiver.refreshed(1, Serial(0));
    }
    assert!(!receiver.is_storm(at(0)));
    assert_eq!(receiver.counts().accepted, 100);
}

#[test]
fn rule_17_1_5_with_few_slots_a_storm_comes_earlier() {
    let slots = ([WatchedZone::default(); 1], [SeenSlot::default(); 4]);
    let mut receiver = UpdateReceiver::new(slots.0, slots.1, CONFIG());
    receiver.watch(1u8, None);
    for serial in 1..4 {
        assert!(matches!(
            receiver.hear(at(0), 0, 1, Serial(serial)),
            Heard::Accepted(_)
        ));
    }
    assert_eq!(receiver.hear(at(0), 0, 1, Serial(4)), Heard::StormBegins);
}

#[test]
fn zones_are_watched_while_there_is_room() {
    let mut receiver = receiver();
    assert!(!receiver.watch(4, None));
    receiver.hear(at(0), 0, 3, Serial(1));
    receiver.forget(3);
    assert_eq!(receiver.next_deadline(), None);
    assert!(receiver.watch(4, None));
    // What came in another way need not be looked for.
    receiver.hear(at(0), 0, 4, Serial(5));
    assert!(receiver.watch(4, Some(Serial(5))));
    assert_eq!(receiver.next_deadline(), None);
}

/// What may happen, and how long before.
#[derive(Clone, Debug)]
enum Event {
    Changed { zone: u8, serial: u32 },
    Overheard { zone: u8, serial: u32 },
    Send,
    Hear { zone: u8, serial: u32, random: u32 },
    TtlEnded { zone: u8 },
    Poll,
    Refreshed { zone: u8, serial: u32 },
    Failed { zone: u8 },
    MeshChanged { random: u32 },
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let (zone, serial) = (0..5u8, 0..30u32);
    let event = prop_oneof![
        3 => (zone.clone(), serial.clone()).prop_map(|(zone, serial)| Event::Changed { zone, serial }),
        2 => (zone.clone(), serial.clone()).prop_map(|(zone, serial)| Event::Overheard { zone, serial }),
        3 => Just(Event::Send),
        6 => (zone.clone(), serial.clone(), any::<u32>())
            .prop_map(|(zone, serial, random)| Event::Hear { zone, serial, random }),
        1 => zone.clone().prop_map(|zone| Event::TtlEnded { zone }),
        5 => Just(Event::Poll),
        3 => (zone.clone(), serial).prop_map(|(zone, serial)| Event::Refreshed { zone, serial }),
        2 => zone.prop_map(|zone| Event::Failed { zone }),
        1 => any::<u32>().prop_map(|random| Event::MeshChanged { random }),
    ];
    let wait = prop_oneof![3 => Just(0u64), 4 => 0..6_000u64, 1 => 0..400_000u64];
    prop::collection::vec((wait, event), 0..120)
}

/// The sender once more, from all that has happened.
#[derive(Default)]
struct SenderModel {
    changes: BTreeMap<u8, Vec<(u64, u32)>>,
    sent: BTreeMap<u8, Vec<(u64, u32)>>,
    heard: BTreeMap<u8, (u64, u32)>,
    left: BTreeMap<u8, u32>,
}

impl SenderModel {
    fn newest(&self, zone: u8) -> Option<u32> {
        let changes = self.changes.get(&zone)?;
        changes.iter().map(|(_, serial)| *serial).max()
    }

    fn leave(&mut self, zone: u8, serial: u32) {
        self.changes.remove(&zone);
        self.heard.remove(&zone);
        self.left.insert(zone, serial);
    }

    /// The newest serial not told, and when it may be.
    fn due(&self, zone: u8) -> Option<(u64, u32)> {
        let sent = self.sent.get(&zone).and_then(|sent| sent.last());
        let changes = self.changes.get(&zone)?;
        let newest = self.newest(zone)?;
        let gathered = changes.first()?.0 + 5_000;
        Some((
            sent.map_or(gathered, |(last, _)| gathered.max(last + 30_000)),
            newest,
        ))
    }
}

/// The receiver once more, as lists that are never cleaned.
#[derive(Default)]
struct ReceiverModel {
    serials: BTreeMap<u8, u32>,
    /// (zone, serial, when, whether it may be heard again)
    heard: Vec<(u8, u32, u64, bool)>,
    storm_until: u64,
    /// Zone, time, and whether it is because of an update.
    due: BTreeMap<u8, (u64, bool)>,
    asking: BTreeMap<u8, u64>,
    announced: BTreeMap<u8, u32>,
    sought: BTreeMap<u8, u32>,
    waits: BTreeMap<u8, (u64, u64)>,
    waits_ended: Option<u64>,
}

impl ReceiverModel {
    fn schedule(&mut self, zone: u8, time: u64, by_update: bool) -> u64 {
        let until = self.waits.get(&zone).map_or(0, |(_, until)| *until);
        let time = time.max(until);
        let due = self.due.entry(zone).or_insert((time, by_update));
        *due = (due.0.min(time), due.1 && by_update);
        due.0
    }

    fn hear(&mut self, now: u64, zone: u8, serial: u32, random: u32) -> Heard {
        if now < self.storm_until {
            return Heard::Suppressed;
        }
        match self.serials.get(&zone) {
            None => return Heard::UnknownZone,
            Some(here) if serial <= *here => return Heard::NotNewer,
            _ => {}
        }
        let same = |entry: &&(u8, u32, u64, bool)| (entry.0, entry.1) == (zone, serial);
        let within = |entry: &&(u8, u32, u64, bool)| now - entry.2 < 60_000;
        if self
            .heard
            .iter()
            .filter(same)
            .filter(within)
            .any(|entry| !entry.3)
        {
            return Heard::Duplicate;
        }
        self.heard.push((zone, serial, now, false));
        let counted = self.heard.iter().filter(within);
        let distinct: BTreeSet<_> = counted.map(|entry| (entry.0, entry.1)).collect();
        if distinct.len() > 10 {
            self.storm_until = now + 300_000;
            self.due.retain(|_, due| !due.1);
            self.announced.clear();
            self.sought.clear();
            return Heard::StormBegins;
        }
        self.look_for(zone, serial);
        let jitter = (u64::from(random) * 10_001) >> 32;
        Heard::Accepted(Timestamp::from_millis(self.schedule(
            zone,
            now + jitter,
            true,
        )))
    }

    fn look_for(&mut self, zone: u8, serial: u32) {
        let newest = self.announced.entry(zone).or_insert(serial);
        *newest = serial.max(*newest);
    }

    /// Those who wait are refreshed, each at another time.
    fn mesh_changed(&mut self, now: u64, random: u32) {
        if self.waits_ended.is_some_and(|ended| now - ended < 30_000) {
            return;
        }
        let mut random = random;
        for (zone, (_, until)) in std::mem::take(&mut self.waits) {
            if until > now {
                self.waits_ended = Some(now);
                self.schedule(zone, now + ((u64::from(random) * 10_001) >> 32), false);
                random = random.wrapping_add(0x9e37_79b9);
            }
        }
    }

    /// A refresh has ended; what it did not find may be heard again.
    fn ended(&mut self, zone: u8, found: u32) {
        let Some(asked) = self.asking.remove(&zone) else {
            return;
        };
        for entry in &mut self.heard {
            if entry.0 == zone && entry.1 > found && entry.2 <= asked {
                entry.3 = true;
            }
        }
    }

    fn drop_what_is_here(&mut self, zone: u8) {
        let here = self.serials[&zone];
        if self
            .announced
            .get(&zone)
            .is_some_and(|serial| *serial <= here)
        {
            self.announced.remove(&zone);
            if self.due.get(&zone).is_some_and(|due| due.1) {
                self.due.remove(&zone);
            }
        }
    }
}

proptest! {
    /// The sender does what a naive list does, and never tells of a zone twice in 30 seconds.
    #[test]
    fn the_sender_is_its_model(events in events()) {
        let mut sender = UpdateSender::new([BroadcastSlot::default(); 5], CONFIG());
        let mut model = SenderModel::default();
        let mut now = 0;
        for (wait, event) in events {
            now += wait;
            let time = Timestamp::from_millis(now);
            match event {
                Event::Changed { zone, serial } => {
                    let change = sender.changed(time, zone, Serial(serial));
                    let heard = model.heard.get(&zone);
                    let was_heard = heard.is_some_and(|heard| heard.1 == serial && now - heard.0 < 60_000);
                    if was_heard && model.newest(zone).is_none_or(|newest| serial >= newest) {
                        prop_assert_eq!(change, Change::Heard);
                        model.leave(zone, serial);
                        continue;
                    }
                    let pending = model.changes.entry(zone).or_default();
                    let wanted = if pending.is_empty() { Change::Scheduled } else { Change::Batched };
                    prop_assert_eq!(change, wanted);
                    pending.push((now, serial));
                }
                Event::Overheard { zone, serial } => {
                    let is_left = sender.heard(time, zone, Serial(serial));
                    let was_left = model.left.get(&zone) == Some(&serial);
                    prop_assert_eq!(is_left, !was_left && model.newest(zone) == Some(serial));
                    if is_left {
                        model.leave(zone, serial);
                    } else if !was_left {
                        model.heard.insert(zone, (now, serial));
                    }
                }
                Event::Send => {
                    let due: Vec<_> = (0..5)
                        .filter(|zone| model.due(*zone).is_some_and(|due| due.0 <= now))
                        .collect();
                    let Some(broadcast) = sender.poll(time) else {
                        prop_assert!(due.is_empty());
                        continue;
                    };
                    prop_assert!(due.contains(&broadcast.zone));
                    let newest = model.due(broadcast.zone).unwrap().1;
                    prop_assert_eq!(broadcast.serial, Serial(newest));
                    sender.sent(time, &broadcast);
                    model.changes.remove(&broadcast.zone);
                    model.sent.entry(broadcast.zone).or_default().push((now, newest));
                }
                _ => {}
            }
            let deadline = (0..5).filter_map(|zone| Some(model.due(zone)?.0)).min();
            prop_assert_eq!(sender.next_deadline(), deadline.map(Timestamp::from_millis));
        }
        for told in model.sent.values() {
            prop_assert!(told.windows(2).all(|two| two[1].0 - two[0].0 >= 30_000));
        }
    }

    /// The receiver does what naive lists do; accepted updates never exceed the storm's threshold, and refreshes never
    /// come sooner after a failure than the wait allows.
    #[test]
    fn the_receiver_is_its_model(events in events()) {
        let slots = ([WatchedZone::default(); 4], [SeenSlot::default(); 128]);
        let mut receiver = UpdateReceiver::new(slots.0, slots.1, CONFIG());
        let mut model = ReceiverModel::default();
        for zone in 0..4 {
            receiver.watch(zone, Some(Serial(0)));
            model.serials.insert(zone, 0);
        }
        let mut now = 1;
        for (wait, event) in events {
            now += wait;
            let time = Timestamp::from_millis(now);
            match event {
                Event::Hear { zone, serial, random } => {
                    let wanted = model.hear(now, zone, serial, random);
                    prop_assert_eq!(receiver.hear(time, random, zone, Serial(serial)), wanted);
                }
                Event::TtlEnded { zone } => {
                    receiver.ttl_ended(time, zone);
                    if model.serials.contains_key(&zone) {
                        model.schedule(zone, now, false);
                    }
                }
                Event::Poll => {
                    let due: Vec<_> = (0..4)
                        .filter(|zone| !model.asking.contains_key(zone))
                        .filter(|zone| model.due.get(zone).is_some_and(|due| due.0 <= now))
                        .collect();
                    let Some(refresh) = receiver.poll(time) else {
                        prop_assert!(due.is_empty());
                        continue;
                    };
                    prop_assert!(due.contains(&refresh.zone));
                    prop_assert!(model.waits.get(&refresh.zone).is_none_or(|wait| wait.1 <= now));
                    let announced = model.announced.remove(&refresh.zone);
                    prop_assert_eq!(refresh.announced, announced.map(Serial));
                    model.sought.extend(announced.map(|serial| (refresh.zone, serial)));
                    model.due.remove(&refresh.zone);
                    model.asking.insert(refresh.zone, now);
                }
                Event::Refreshed { zone, serial } => {
                    let Some(here) = model.serials.get_mut(&zone) else { continue };
                    *here = serial.max(*here);
                    let found = *here;
                    receiver.refreshed(zone, Serial(found));
                    model.sought.remove(&zone);
                    model.waits.remove(&zone);
                    model.drop_what_is_here(zone);
                    model.ended(zone, found);
                }
                Event::Failed { zone } => {
                    receiver.failed(time, zone);
                    if !model.serials.contains_key(&zone) {
                        continue;
                    }
                    let last = model.waits.get(&zone).map_or(15_000, |(last, _)| *last);
                    let wait = (last * 2).min(3_600_000);
                    model.waits.insert(zone, (wait, now + wait));
                    model.due.insert(zone, (now + wait, false));
                    // It was not found, nor found missing.
                    model.asking.remove(&zone);
                    if let Some(sought) = model.sought.remove(&zone) {
                        model.look_for(zone, sought);
                    }
                }
                Event::MeshChanged { random } => {
                    receiver.topology_changed(time, random);
                    model.mesh_changed(now, random);
                }
                _ => {}
            }
            let waiting = model.due.iter().filter(|(zone, _)| !model.asking.contains_key(zone));
            let deadline = waiting.map(|(_, due)| due.0).min();
            prop_assert_eq!(receiver.next_deadline(), deadline.map(Timestamp::from_millis));
            prop_assert_eq!(receiver.is_storm(time), now < model.storm_until);
        }
    }
}

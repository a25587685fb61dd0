//! What a node does about hints, with radios in memory.

use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::hint::{Refusal, ZoneOfUpdate, ZoneTag};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::update_control::Change;
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::loop_radio::{LoopRadio, Signal};
use lib_dns_embedded::node::{Answer, Event, Heard, Next, Node, NodeConfig, NotWatched, Refresh};
use lib_dns_embedded::radio::HintRadio;

use crate::lent::{
    DEVICE, RunningToy, SOVEREIGN, Toy, apex, config, hash_of, key, link, name, query, storage,
    update,
};

type TestNode = Node<'static, RunningToy>;
type Radio = LoopRadio<16>;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// The zone below the cut of the image.
fn sub() -> Name<'static> {
    Name::from_wire(b"\x03sub\x09sovereign\0").unwrap()
}

/// A node with a key, which serves the device's zone and keeps the one below its cut.
fn node(id: u8, boot_epoch: u16) -> TestNode {
    let mut node = without_sub(id, boot_epoch);
    node.watch(at(0), sub(), Some(Serial(5)), 0, &Toy).unwrap();
    node
}

/// The same, which keeps no zone but its own.
fn without_sub(id: u8, boot_epoch: u16) -> TestNode {
    let config = NodeConfig {
        upstream: Some(apex()),
        ..config(id)
    };
    let mut node = Node::new(at(0), config, storage(), &Toy).unwrap();
    node.set_image(at(0), DEVICE, &hash_of(DEVICE), &Toy)
        .unwrap();
    node.set_key(key(), boot_epoch);
    node
}

/// Lets the node do what is due up to a time; what it says, and when.
fn run(node: &mut TestNode, radio: &mut Radio, from: u64, until: u64) -> Vec<(u64, Next<'static>)> {
    let mut now = from;
    let mut said = Vec::new();
    for _ in 0..1000 {
        match node.poll(at(now), 1 << 31, radio).unwrap() {
            Next::Again => now += 1,
            Next::Idle(next) => match next {
                Some(next) if next.as_millis() <= until => now = next.as_millis().max(now + 1),
                _ => return said,
            },
            next => said.push((now, next)),
        }
    }
    panic!("it does not come to rest");
}

/// Fills the caches: `x` below the cut is there, `y` is not.
fn fill(node: &mut TestNode, now: u64) {
    let soa = b"\0\0\0\0\0\x05\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\x0e\x10";
    for (owner, rcode) in [
        ("x.sub.sovereign.", Rcode::NOERROR),
        ("y.sub.sovereign.", Rcode::NXDOMAIN),
    ] {
        let mut out = [0; 512];
        let Answer::Ask(sent) = node.answer(at(now), 7, &query(owner, Type::A, false), &mut out)
        else {
            panic!("nobody has said anything about {owner}");
        };
        let flags = Flags::default().with_response(true).with_rcode(rcode);
        let id = Message::from_bytes(sent).unwrap().id();
        let mut buffer = [0; 512];
        let mut response = MessageBuilder::<8>::new(&mut buffer, id, flags).unwrap();
        let owner: NameBuf = name(owner);
        let owner = owner.as_name();
        response.question(&owner, Type::A, Class::IN).unwrap();
        if rcode == Rcode::NOERROR {
            let data = &[10, 0, 0, 9];
            response
                .stored_record(Section::Answer, &owner, Type::A, Class::IN, 3600, data)
                .unwrap();
        } else {
            response
                .stored_record(Section::Authority, &sub(), Type::SOA, Class::IN, 3600, soa)
                .unwrap();
        }
        let heard = node.heard(at(now), sent, response.finish(), &mut [0; 512], &Toy);
        assert_eq!(heard, Ok(Heard::Kept));
    }
}

/// Which of both names it can answer.
fn knows(node: &mut TestNode, now: u64) -> [bool; 2] {
    ["x.sub.sovereign.", "y.sub.sovereign."].map(|owner| {
        let mut out = [0; 512];
        let answer = node.answer(at(now), 7, &query(owner, Type::A, false), &mut out);
        matches!(answer, Answer::Send(_))
    })
}

#[test]
fn rule_12_2_3_an_update_flushes_what_was_absent_also_of_a_zone_that_is_not_kept() {
    let mut bob = without_sub(2, 1);
    let zone = ZoneTag::of(&sub(), &Toy).unwrap();
    // Nothing is denied of it yet.
    let heard = update(1, 1, ZoneOfUpdate::Tag(zone), 5);
    assert_eq!(bob.on_frame(at(1_000), 0, &heard), None);
    assert_eq!(bob.hint_counts().updates.unknown_zones, 1);

    fill(&mut bob, 40_000);
    let other = update(1, 2, ZoneOfUpdate::Tag(ZoneTag([9; 4])), 6);
    assert_eq!(bob.on_frame(at(41_000), 0, &other), None);
    assert_eq!(knows(&mut bob, 41_000), [true, true]);

    // What is there stays, and there is nothing to refresh.
    let heard = update(1, 3, ZoneOfUpdate::Tag(zone), 6);
    assert_eq!(bob.on_frame(at(42_000), 0, &heard), None);
    assert_eq!(knows(&mut bob, 42_000), [true, false]);
    let mut radio = Radio::new(link());
    assert_eq!(run(&mut bob, &mut radio, 42_000, 60_000), []);
}

#[test]
fn an_update_flushes_what_was_absent_and_asks_for_a_refresh() {
    let (mut alice, mut bob) = (node(1, 1), node(2, 1));
    let (mut hers, mut his) = (Radio::new(link()), Radio::new(link()));
    fill(&mut bob, 40_000);
    assert_eq!(knows(&mut bob, 40_000), [true, true]);

    assert_eq!(
        alice.commit(at(40_000), &sub(), Serial(6)),
        Some(Change::Scheduled)
    );
    assert_eq!(
        alice.commit(at(42_000), &sub(), Serial(7)),
        Some(Change::Batched)
    );
    assert_eq!(
        alice.commit(at(42_000), &name("x.").as_name(), Serial(1)),
        None
    );
    his.listen().unwrap();
    assert_eq!(run(&mut alice, &mut hers, 42_000, 44_999), []);
    assert!(hers.take_sent().is_none(), "she waits for more changes");
    assert_eq!(run(&mut alice, &mut hers, 44_999, 46_000), []);
    assert_eq!(hers.carry_to(&mut his), 1);

    let refresh_at = at(46_000 + 5_000);
    let updated = Event::Update {
        zone: sub(),
        refresh_at,
    };
    let said = run(&mut bob, &mut his, 46_000, 90_000);
    let due = Refresh {
        zone: sub(),
        announced: Some(Serial(7)),
    };
    assert_eq!(
        said,
        [(46_000, Next::Event(updated)), (51_000, Next::Refresh(due))]
    );
    // A hint is no data: what was there is still there.
    assert_eq!(knows(&mut bob, 51_000), [true, false]);
    bob.zone_refreshed(at(52_000), &sub(), Serial(7));
    assert_eq!(run(&mut bob, &mut his, 52_000, 290_000), []);
    assert!(alice.airtime_used() > 0 && bob.airtime_used() == 0);
}

#[test]
fn a_refresh_that_fails_is_tried_again_later_and_later() {
    let mut bob = node(2, 1);
    let mut his = Radio::new(link());
    his.listen().unwrap();
    let zone = ZoneOfUpdate::Apex;
    his.hear(&update(1, 1, zone, 2), Signal::NEAR);
    let mut said = run(&mut bob, &mut his, 0, 10_000);
    let mut waits = Vec::new();
    let mut now = 5_000;
    for _ in 0..3 {
        assert!(matches!(said.last(), Some((_, Next::Refresh(due))) if due.zone == apex()));
        bob.refresh_failed(at(now), &apex());
        said = run(&mut bob, &mut his, now, now + 200_000);
        let (when, _) = said[0];
        waits.push(when - now);
        now = when;
    }
    assert_eq!(waits, [30_000, 60_000, 120_000]);
}

#[test]
fn rule_17_1_level_4_a_new_peer_ends_the_wait_after_a_failure() {
    let mut bob = node(2, 1);
    let mut his = Radio::new(link());
    his.listen().unwrap();
    his.hear(&update(1, 1, ZoneOfUpdate::Apex, 2), Signal::NEAR);
    run(&mut bob, &mut his, 0, 10_000);
    bob.refresh_failed(at(10_000), &apex());
    fill(&mut bob, 10_000);
    assert_eq!(run(&mut bob, &mut his, 10_000, 20_000), []);
    bob.topology_changed(at(20_000), 1 << 31);
    assert_eq!(knows(&mut bob, 20_000), [true, false]);
    // What was announced is still to be looked for.
    let due = Refresh {
        zone: apex(),
        announced: Some(Serial(2)),
    };
    let said = run(&mut bob, &mut his, 20_000, 30_000);
    assert_eq!(said, [(25_000, Next::Refresh(due))]);
}

#[test]
fn a_zone_is_refreshed_when_its_soa_record_says_so_even_in_a_storm() {
    let mut bob = node(2, 1);
    let mut his = Radio::new(link());
    his.listen().unwrap();
    let mut storms = 0;
    // Of several senders, none too loud, and of a zone that is kept.
    for serial in 2..=14 {
        his.hear(
            &update(serial as u8, 1, ZoneOfUpdate::Apex, serial),
            Signal::NEAR,
        );
        let said = run(&mut bob, &mut his, u64::from(serial), u64::from(serial));
        let begins = |(_, next): &(u64, Next<'_>)| *next == Next::Event(Event::StormBegins);
        storms += said.iter().filter(|said| begins(said)).count();
    }
    assert_eq!(storms, 1);
    assert!(bob.is_storm(at(100_000)));
    let counts = bob.hint_counts().updates;
    assert_eq!(
        (counts.accepted, counts.storms, counts.suppressed),
        (10, 1, 2)
    );

    // The refresh that was due goes with it. The device's SOA record says two seconds; five minutes are the least.
    let said = run(&mut bob, &mut his, 100, 300_000);
    let due = Refresh {
        zone: apex(),
        announced: None,
    };
    assert_eq!(said, [(300_000, Next::Refresh(due))]);
    assert!(bob.is_storm(at(300_000)));
    bob.zone_refreshed(at(301_000), &apex(), Serial(11));
    let said = run(&mut bob, &mut his, 301_000, 601_000);
    assert_eq!(said, [(601_000, Next::Refresh(due))]);
}

#[test]
fn replays_are_not_heard_and_a_new_boot_epoch_is() {
    let mut bob = node(2, 1);
    let heard = |bob: &mut TestNode, frame: &[u8]| bob.on_frame(at(0), 0, frame).is_some();
    let epoch = |epoch: u32, count: u32| (epoch << 16) | count;
    let first = update(1, epoch(3, 0), ZoneOfUpdate::Apex, 2);
    assert!(heard(&mut bob, &first));
    assert!(!heard(&mut bob, &first));
    assert_eq!(bob.hint_counts().replays, 1);
    // She starts again, and wrote that down before.
    assert!(heard(
        &mut bob,
        &update(1, epoch(4, 0), ZoneOfUpdate::Apex, 3)
    ));
    assert!(!heard(&mut bob, &first));
    assert!(!heard(
        &mut bob,
        &update(1, epoch(3, 1), ZoneOfUpdate::Apex, 4)
    ));
    assert_eq!(bob.hint_counts().replays, 3);
    // He starts again. What is older than what he hears first of her is not heard; that first frame may be old, and
    // then makes him ask once.
    let mut bob = node(2, 2);
    assert!(heard(&mut bob, &first));
    assert!(!heard(&mut bob, &first));
    let counts = bob.hint_counts();
    assert_eq!((counts.replays, counts.updates.accepted), (1, 1));
}

#[test]
fn who_has_no_key_moves_nothing() {
    let mut bob = node(2, 1);
    fill(&mut bob, 0);
    let mut forged = update(1, 1, ZoneOfUpdate::Apex, 9);
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(bob.on_frame(at(0), 0, &forged), None);
    let bare = &update(1, 1, ZoneOfUpdate::Apex, 9)[..10];
    let bare = [&[bare[0] & 0x7f], &bare[1..]].concat();
    assert_eq!(bob.on_frame(at(0), 0, &bare), None);
    assert_eq!(bob.on_frame(at(0), 0, &[0xff; 30]), None);
    assert_eq!(knows(&mut bob, 0), [true, true]);
    let counts = bob.hint_counts();
    let exits = [counts.bad_seals, counts.wrong_policy, counts.malformed];
    assert_eq!(exits, [1, 1, 1]);
}

#[test]
fn what_could_not_be_sent_is_sent_later() {
    let mut alice = node(1, 1);
    let mut full = LoopRadio::<1>::new(link());
    full.transmit(b"nobody takes it").unwrap();
    alice.commit(at(0), &apex(), Serial(2));
    let mut now = 5_000;
    // Every failure costs airtime, so it takes its time.
    let mut failures = 0;
    while failures < 2 {
        match alice.poll(at(now), 0, &mut full) {
            Err(_) => failures += 1,
            Ok(Next::Idle(Some(next))) => now = next.as_millis(),
            Ok(Next::Again) => now += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(now > 35_000, "{now}");
    let mut radio = Radio::new(link());
    run(&mut alice, &mut radio, now, now + 200_000);
    assert!(radio.take_sent().is_some());
    // Somebody else is sending: not now.
    alice.commit(at(400_000), &apex(), Serial(3));
    radio.set_busy(true);
    run(&mut alice, &mut radio, 400_000, 450_000);
    assert!(radio.take_sent().is_none());
    radio.set_busy(false);
    run(&mut alice, &mut radio, 450_000, 500_000);
    assert!(radio.take_sent().is_some());
}

#[test]
fn who_does_not_say_where_it_is_does_not_send() {
    let config = NodeConfig {
        region: None,
        ..config(1)
    };
    let mut alice: TestNode = Node::new(at(0), config, storage(), &Toy).unwrap();
    alice.commit(at(0), &apex(), Serial(2));
    let mut radio = Radio::new(link());
    run(&mut alice, &mut radio, 0, 100_000);
    assert!(radio.take_sent().is_none());
    assert_eq!(alice.refusal(), Some(Refusal::NoRegion));
    // It hears all the same.
    alice.topology_changed(at(0), 0);
    let mut hint = update(9, 0, ZoneOfUpdate::Apex, 3);
    hint.truncate(10);
    hint[0] &= 0x7f;
    assert!(alice.on_frame(at(0), 0, &hint).is_some());
}

#[test]
fn an_image_that_comes_later_counts_for_the_hints_too() {
    let mut bob = node(2, 1);
    assert_eq!(bob.serial(), Some(Serial(1)));
    let serial = bob
        .set_image(at(0), SOVEREIGN, &hash_of(SOVEREIGN), &Toy)
        .unwrap();
    let heard = update(1, 1, ZoneOfUpdate::Apex, serial.0);
    assert_eq!(bob.on_frame(at(0), 0, &heard), None);
    assert_eq!(bob.hint_counts().updates.not_newer, 1);
    let heard = update(1, 2, ZoneOfUpdate::Apex, serial.0 + 1);
    assert!(bob.on_frame(at(0), 0, &heard).is_some());
}

#[test]
fn there_is_room_for_as_many_zones_as_the_type_says() {
    let mut small = Node::<'_, RunningToy, 2, 4>::new(at(0), config(1), storage(), &Toy).unwrap();
    assert_eq!(small.watch(at(0), sub(), None, 0, &Toy), Ok(()));
    let third = Name::from_wire(b"\x05third\0").unwrap();
    assert_eq!(
        small.watch(at(0), third, None, 0, &Toy),
        Err(NotWatched::NoRoom)
    );
    // Once more is no further zone.
    assert_eq!(small.watch(at(0), sub(), Some(Serial(1)), 9, &Toy), Ok(()));
}

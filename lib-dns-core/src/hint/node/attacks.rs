//! Attacks: what somebody with a radio can do to a node, with and without the network's key, and why that does no harm, or
//! where the limit lies. A hint changes no record; all that it can do is make a node ask, or not ask yet.

use super::super::message::Lifetime;
use super::super::seal::NetworkId;
use super::super::toy::Toy;
use super::tests::{ALICE, APEX, BOB, OTHER, at, bare, key, keyed, sealed, update};
use super::*;
use crate::crypto::MacAlgorithm;
use std::vec;
use std::vec::Vec;

/// Advice: the way from a node to Bob is congested.
fn congestion(node: NodePrefix) -> Hint {
    Hint {
        node,
        score: 9,
        advice: Advice::Congestion(BOB),
    }
}

fn apex(node: NodePrefix, serial: u32) -> Hint {
    update(node, ZoneOfUpdate::Apex, serial)
}

#[test]
fn attack_a_forged_storm_is_not_entered_with_a_key() {
    let mut bob = keyed(BOB, 1);
    for serial in 8..30 {
        for node in 1..=4 {
            let forged = update(NodePrefix([node; 4]), ZoneOfUpdate::Apex, serial);
            let other = NetworkKey::new(
                Toy,
                MacAlgorithm::HmacSha256,
                b"guessed",
                NetworkId([1; 4]),
                1,
            )
            .unwrap();
            let frame = other.seal(&forged, forged.node, serial).unwrap();
            assert_eq!(bob.on_frame(at(1), 0, frame.as_bytes()), None);
        }
    }
    assert!(!bob.is_storm(at(1)));
    assert_eq!(bob.counts().bad_seals, 22 * 4);
}

#[test]
fn attack_a_forged_storm_without_a_key_takes_several_senders_and_costs_hints_alone() {
    // One sender is too loud before it makes a storm.
    let mut bob = bare(BOB);
    for serial in 8..30 {
        bob.on_frame(
            at(1),
            0,
            update(ALICE, ZoneOfUpdate::Apex, serial)
                .to_frame()
                .as_bytes(),
        );
    }
    assert_eq!((bob.is_storm(at(1)), bob.counts().too_loud), (false, 16));
    // Here is the limit: who makes up senders deafens the node for five minutes. TTLs go on.
    for serial in 30..50 {
        let sender = NodePrefix([serial as u8; 4]);
        bob.on_frame(
            at(2),
            0,
            update(sender, ZoneOfUpdate::Apex, serial)
                .to_frame()
                .as_bytes(),
        );
    }
    assert!(bob.is_storm(at(2)) && !bob.is_storm(at(302)));
    bob.ttl_ended(at(10), APEX);
    assert!(matches!(bob.poll(at(10)), Action::Refresh(due) if due.zone == APEX));
}

#[test]
fn attack_a_forged_serial_does_not_hide_the_real_one() {
    let mut bob = bare(BOB);
    let frame = update(NodePrefix([6; 4]), ZoneOfUpdate::Apex, 8).to_frame();
    assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    assert!(matches!(bob.poll(at(1)), Action::Refresh(_)));
    bob.refreshed(APEX, Serial(7));
    // The real one comes a moment later.
    let frame = update(ALICE, ZoneOfUpdate::Apex, 8).to_frame();
    assert!(bob.on_frame(at(2), 0, frame.as_bytes()).is_some());
}

#[test]
fn attack_a_replay_after_a_restart_finds_nothing_newer() {
    let frame = sealed(update(ALICE, ZoneOfUpdate::Apex, 8), 1);
    let mut bob = keyed(BOB, 1);
    assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    bob.refreshed(APEX, Serial(8));
    // It starts again, with the zone that it has now and nothing else in memory.
    let mut bob = keyed(BOB, 2);
    bob.keep(APEX, None, Some(Serial(8)));
    assert_eq!(bob.on_frame(at(1), 0, frame.as_bytes()), None);
    assert_eq!(bob.counts().updates.not_newer, 1);
    assert_eq!(bob.on_frame(at(2), 0, frame.as_bytes()), None);
    assert_eq!(bob.counts().replays, 1);
}

#[test]
fn attack_a_sender_that_starts_again_is_heard_and_its_old_frames_are_not() {
    let mut bob = keyed(BOB, 1);
    let apex = |serial, sequence| sealed(update(ALICE, ZoneOfUpdate::Apex, serial), sequence);
    assert!(
        bob.on_frame(at(1), 0, apex(8, 0x0001_0005).as_bytes())
            .is_some()
    );
    assert!(
        bob.on_frame(at(2), 0, apex(9, 0x0002_0000).as_bytes())
            .is_some()
    );
    assert_eq!(
        bob.on_frame(at(3), 0, apex(10, 0x0001_0006).as_bytes()),
        None
    );
    assert_eq!(bob.counts().replays, 1);
}

#[test]
fn attack_two_nodes_with_the_same_prefix_share_a_window() {
    // Here is the limit: of two nodes whose ids begin alike the one that has started less often is not heard, and zones
    // find out when their TTLs end.
    let mut carol = keyed(NodePrefix([3; 4]), 1);
    let apex = |serial, sequence| sealed(update(ALICE, ZoneOfUpdate::Apex, serial), sequence);
    assert!(
        carol
            .on_frame(at(1), 0, apex(8, 0x0007_0000).as_bytes())
            .is_some()
    );
    assert_eq!(
        carol.on_frame(at(2), 0, apex(9, 0x0001_0000).as_bytes()),
        None
    );
    assert!(
        carol
            .on_frame(at(3), 0, apex(9, 0x0007_0001).as_bytes())
            .is_some()
    );
}

#[test]
fn attack_cut_and_overlong_frames_are_counted_and_no_more() {
    let mut bob = keyed(BOB, 1);
    let frame = sealed(update(ALICE, ZoneOfUpdate::Tag(OTHER), 8), 1);
    let octets = frame.as_bytes();
    for len in 0..octets.len() {
        assert_eq!(bob.on_frame(at(1), 0, &octets[..len]), None);
    }
    assert_eq!(bob.on_frame(at(1), 0, &vec![0x88; 255]), None);
    assert_eq!(bob.on_frame(at(1), 0, &[octets, b"x"].concat()), None);
    let counts = bob.counts();
    assert_eq!(counts.malformed + counts.bad_seals, octets.len() as u32 + 2);
    assert!(
        bob.on_frame(at(1), 0, octets).is_some(),
        "the whole one is heard"
    );
}

#[test]
fn attack_a_replay_is_heard_once_with_a_key() {
    let mut bob = keyed(BOB, 1);
    let frames: Vec<_> = (1..=5u32)
        .map(|number| sealed(apex(ALICE, 7 + number), number))
        .collect();
    for frame in &frames {
        assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    }
    // At once and much later, in any order.
    for (now, frame) in [2, 3600]
        .into_iter()
        .flat_map(|now| frames.iter().rev().map(move |frame| (now, frame)))
    {
        assert_eq!(bob.on_frame(at(now), 0, frame.as_bytes()), None);
    }
    assert_eq!(bob.counts().replays, 10);
}

#[test]
fn attack_a_replay_without_a_key_finds_nothing_newer_but_repeats_advice() {
    let mut bob = bare(BOB);
    let frame = apex(ALICE, 8).to_frame();
    assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    assert_eq!(bob.on_frame(at(2), 0, frame.as_bytes()), None);
    assert_eq!(bob.counts().updates.duplicates, 1);
    bob.refreshed(APEX, Serial(8));
    assert_eq!(bob.on_frame(at(600), 0, frame.as_bytes()), None);
    assert_eq!(bob.counts().updates.not_newer, 1);
    // Here is the limit: advice is given again as often as it is replayed, up to the rate of its sender.
    let frame = congestion(ALICE).to_frame();
    let heard = (0..20).filter(|_| bob.on_frame(at(700), 0, frame.as_bytes()).is_some());
    assert_eq!(heard.count(), 6);
}

#[test]
fn attack_a_replay_after_a_restart_repeats_advice_once() {
    let mut bob = keyed(BOB, 1);
    let frame = key(1).seal(&congestion(ALICE), ALICE, 1).unwrap();
    assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    // Here is the limit: who starts again has forgotten what it heard. Advice ages, and the control plane weighs it; no
    // name and no zone depend on it.
    let mut bob = keyed(BOB, 2);
    assert!(bob.on_frame(at(1), 0, frame.as_bytes()).is_some());
    assert_eq!(bob.on_frame(at(2), 0, frame.as_bytes()), None);
}

#[test]
fn attack_a_replay_after_a_restart_without_a_key_makes_a_node_ask_and_find_nothing() {
    let (update, advice) = (apex(ALICE, 8).to_frame(), congestion(ALICE).to_frame());
    let mut bob = bare(BOB);
    assert!(bob.on_frame(at(1), 0, update.as_bytes()).is_some());
    bob.refreshed(APEX, Serial(8));
    // It starts again with the zone that it has now: an update that it has followed is none any more.
    let mut bob = bare(BOB);
    bob.keep(APEX, None, Some(Serial(8)));
    for now in 1..=3 {
        assert_eq!(bob.on_frame(at(now), 0, update.as_bytes()), None);
    }
    assert_eq!(bob.counts().updates.not_newer, 3);
    // Here is the limit: advice is given again, up to the rate of its sender, with a restart or without; and who has lost
    // the zone as well asks for it once, and no longer once it is there.
    assert!(bob.on_frame(at(4), 0, advice.as_bytes()).is_some());
    let mut bob = bare(BOB);
    assert!(bob.on_frame(at(1), 0, update.as_bytes()).is_some());
    assert!(matches!(bob.poll(at(1)), Action::Refresh(due) if due.zone == APEX));
    bob.refreshed(APEX, Serial(8));
    assert_eq!(bob.on_frame(at(2), 0, update.as_bytes()), None);
    assert_eq!(bob.poll(at(2)), Action::Listen(None));
}

#[test]
fn attack_a_forger_poisons_no_memory_of_updates_with_a_key() {
    let mut bob = keyed(BOB, 1);
    // The forger names the serial that comes next, in frames without a seal and with a wrong one.
    let bare_frame = apex(ALICE, 8).to_frame();
    assert_eq!(bob.on_frame(at(1), 0, bare_frame.as_bytes()), None);
    let mut forged = sealed(apex(ALICE, 8), 1).as_bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(bob.on_frame(at(1), 0, &forged), None);
    // Neither the update nor its number counts as heard.
    let real = sealed(apex(ALICE, 8), 1);
    assert!(bob.on_frame(at(2), 0, real.as_bytes()).is_some());
}

#[test]
fn attack_many_forged_serials_without_a_key_do_not_hide_the_real_one() {
    let mut bob = bare(BOB);
    // As many as are remembered, from as many senders as it takes, slowly enough not to be a storm.
    for forged in 0..40u32 {
        let sender = NodePrefix([16 + forged as u8; 4]);
        let frame = apex(sender, 1_000 + forged).to_frame();
        let now = at(100 + 30 * u64::from(forged));
        bob.on_frame(now, 0, frame.as_bytes());
        while let Action::Refresh(due) = bob.poll(now) {
            bob.refreshed(due.zone, Serial(7));
        }
    }
    assert!(!bob.is_storm(at(1_300)));
    let frame = apex(ALICE, 8).to_frame();
    assert!(bob.on_frame(at(1_400), 0, frame.as_bytes()).is_some());
}

#[test]
fn attack_cut_and_overlong_frames_without_a_key_are_other_frames_or_none() {
    let hint = Hint {
        node: ALICE,
        score: 3,
        advice: Advice::NodeUp(Some(Lifetime(6))),
    };
    let frame = hint.to_frame();
    let octets = frame.as_bytes();
    let mut bob = bare(BOB);
    // A lifetime may be missing, so of all parts only the one without it is a frame too.
    let heard: Vec<usize> = (0..octets.len())
        .filter(|len| bob.on_frame(at(1), 0, &octets[..*len]).is_some())
        .collect();
    assert_eq!(heard, [octets.len() - 1]);
    assert_eq!(bob.on_frame(at(1), 0, &[octets, b"x"].concat()), None);
    assert_eq!(bob.on_frame(at(1), 0, &vec![octets[0]; 255]), None);
    assert_eq!(bob.counts().malformed as usize, octets.len() + 1);
}

#[test]
fn attack_a_loud_node_with_the_same_prefix_silences_the_other_for_a_minute() {
    // Here is the limit without a key: the rate is one for both. Zones find out when their TTLs end.
    let mut carol = bare(NodePrefix([3; 4]));
    for serial in 100..110 {
        carol.on_frame(at(1), 0, apex(ALICE, serial).to_frame().as_bytes());
    }
    let real = apex(ALICE, 200).to_frame();
    assert_eq!(carol.on_frame(at(2), 0, real.as_bytes()), None);
    assert_eq!(carol.counts().too_loud, 5);
    assert!(carol.on_frame(at(120), 0, real.as_bytes()).is_some());
}

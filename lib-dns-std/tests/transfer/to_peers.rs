//! Our zones go to others.

use crate::by_ourselves::{change, fetch, run, whole};
use crate::certificates;
use crate::content::{assert_same, example, text_of};
use crate::harness::{Program, comes_true};
use crate::keys::{self, ALGORITHMS};
use crate::ours::Ours;
use crate::peers::{Peer, PeerZone, Source};
use lib_dns_core::transfer::Reply;
use lib_dns_std::server::Certificate;
use lib_dns_std::transfer::Primary;
use std::sync::Arc;

fn copied(name: &str, ours: &Ours) -> PeerZone {
    PeerZone {
        name: name.to_owned(),
        source: Source::Primary {
            address: ours.address,
            authority: None,
        },
        key: None,
    }
}

/// Compares what a secondary has with what we have.
#[track_caller]
fn assert_copied(peer: &Peer, ours: &Ours, name: &str) {
    assert_copied_by(Primary::at(peer.address), peer, ours, name);
}

/// The same, fetched from the secondary in a way of its own.
#[track_caller]
fn assert_copied_by(way: Primary, peer: &Peer, ours: &Ours, name: &str) {
    let request = fetch(name, way);
    let mut copy = whole(run(&request));
    // NSD's old process may still take connections for a moment after the new one has begun to answer.
    let expected = ours.zone(name);
    comes_true(|| {
        let is_old = copy.serial() != expected.serial();
        if is_old {
            copy = whole(run(&request));
        }
        !is_old
    });
    assert_same(&copy, &expected, &format!("{:?} {name}", peer.program));
}

/// Publishes a change and waits until the secondary has it.
#[track_caller]
fn follow(peer: &Peer, ours: &Ours, name: &str, number: u8) {
    change(ours, name, number);
    ours.notify(peer.address, name);
    let newest = ours.zone(name).serial();
    if let Err(reason) = peer.wait_for(name, |serial| serial == newest) {
        panic!("{reason}");
    }
}

#[test]
fn zones_are_copied_and_follow() {
    let names = ["copied.example.", "nsec.example.", "nsec3.example."];
    for program in Program::ALL
        .into_iter()
        .filter(|program| program.is_there())
    {
        let texts = [
            text_of("copied.example."),
            example("signed-nsec.zone"),
            example("signed-nsec3.zone"),
        ];
        let ours = Ours::serve(&texts, Vec::new(), None);
        let peer = Peer::start(program, &names.map(|name| copied(name, &ours)), None);
        for name in names {
            assert_copied(&peer, &ours, name);
        }
        for number in 1..=3 {
            follow(&peer, &ours, names[0], number);
            assert_copied(&peer, &ours, names[0]);
        }
        // Several versions at once, and then one without a history.
        change(&ours, names[0], 4);
        change(&ours, names[0], 5);
        follow(&peer, &ours, names[0], 6);
        assert_copied(&peer, &ours, names[0]);
        change(&ours, names[0], 7);
        ours.forget_history();
        follow(&peer, &ours, names[0], 8);
        assert_copied(&peer, &ours, names[0]);
        // First whole, then by differences, then whole again.
        let replies = ours.replies_over_streams();
        let [
            Reply::Whole,
            Reply::Whole,
            Reply::Whole,
            rest @ ..,
            Reply::Whole,
        ] = &replies[..]
        else {
            panic!("{program:?}: {replies:?}");
        };
        let incremental = rest
            .iter()
            .filter(|reply| **reply == Reply::Incremental)
            .count();
        assert!(incremental >= 4, "{program:?}: {replies:?}");
        assert!(!rest.contains(&Reply::Whole), "{program:?}: {replies:?}");
    }
}

#[test]
fn signed_transfers_go_by_every_algorithm() {
    for program in Program::ALL
        .into_iter()
        .filter(|program| program.is_there())
    {
        let names = ALGORITHMS.map(|(algorithm, _)| format!("{algorithm}.example."));
        let own = ALGORITHMS.map(|(name, algorithm)| keys::key(&format!("key.{name}."), algorithm));
        let ours = Ours::serve(
            &names.each_ref().map(|name| text_of(name)),
            own.into(),
            None,
        );
        let zones = ALGORITHMS.map(|(algorithm, _)| PeerZone {
            key: Some(keys::text(&format!("key.{algorithm}."), algorithm)),
            ..copied(&format!("{algorithm}.example."), &ours)
        });
        let peer = Peer::start(program, &zones, None);
        for (name, (algorithm, number)) in names.iter().zip(ALGORITHMS) {
            let key = keys::key(&format!("key.{algorithm}."), number);
            let way = Primary::at(peer.address).with_key(Arc::new(key));
            assert_copied_by(way.clone(), &peer, &ours, name);
            follow(&peer, &ours, name, 1);
            assert_copied_by(way, &peer, &ours, name);
        }
    }
}

#[test]
fn zones_are_copied_over_tls() {
    const ZONE: &str = "copied.example.";
    let files = certificates::make();
    let certificate = Certificate::read(&files.certificate, &files.key).unwrap();
    for program in [Program::Named, Program::Nsd] {
        if !program.is_there() {
            continue;
        }
        let ours = Ours::serve(&[text_of(ZONE)], Vec::new(), Some(&certificate));
        let zone = PeerZone {
            source: Source::Primary {
                address: ours.tls.unwrap(),
                authority: Some(files.authority.display().to_string()),
            },
            ..copied(ZONE, &ours)
        };
        let peer = Peer::start(program, &[zone], None);
        assert_copied(&peer, &ours, ZONE);
        follow(&peer, &ours, ZONE, 1);
        assert_copied(&peer, &ours, ZONE);
    }
}

//! Zones of others come to us.

use crate::by_ourselves::{applied, fetch, run, whole};
use crate::certificates::{self, NAME};
use crate::content::{assert_same, example, text_of};
use crate::harness::{Program, output_or_skip};
use crate::keys::{self, ALGORITHMS};
use crate::ours::zone;
use crate::peers::{Peer, PeerZone, Source};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_std::transfer::{FetchFault, Fetched, Key, Primary, Tls};
use std::process::Command;
use std::sync::Arc;

fn primary_zone(name: &str, text: String) -> PeerZone {
    PeerZone {
        name: name.to_owned(),
        source: Source::Text(text),
        key: None,
    }
}

fn examples() -> [(&'static str, String); 3] {
    [
        ("copied.example.", text_of("copied.example.")),
        ("nsec.example.", example("signed-nsec.zone")),
        ("nsec3.example.", example("signed-nsec3.zone")),
    ]
}

#[test]
fn whole_zones_come_as_they_were_written() {
    for program in Program::ALL
        .into_iter()
        .filter(|program| program.is_there())
    {
        let zones = examples().map(|(name, text)| primary_zone(name, text));
        let peer = Peer::start(program, &zones, None);
        for (name, text) in examples() {
            let copy = whole(run(&fetch(name, Primary::at(peer.address))));
            assert_same(&copy, &zone(&text), &format!("{program:?} {name}"));
            let next = fetch(name, Primary::at(peer.address)).with_version(copy.serial());
            assert!(matches!(run(&next).unwrap().fetched, Fetched::UpToDate));
        }
    }
}

/// The whole zone as `dig` fetches it.
fn by_dig(peer: &Peer, name: &str) -> Option<lib_dns_std::zone::Zone> {
    let mut dig = Command::new("dig");
    dig.args(["-p", &peer.address.port().to_string(), "@127.0.0.1"]);
    dig.args(["+onesoa", "+noall", "+answer", name, "AXFR"]);
    let output = output_or_skip(dig.env("HOME", "/nonexistent"))?;
    Some(zone(&String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn changes_come_as_they_were_made() {
    const NAME: &str = "copied.example.";
    for program in [Program::Named, Program::Knotd] {
        if !program.is_there() {
            continue;
        }
        let peer = Peer::start(program, &[primary_zone(NAME, text_of(NAME))], None);
        let all = fetch(NAME, Primary::at(peer.address));
        let mut copy = whole(run(&all));
        for changes in [
            &[("new1", "10.0.0.1", true)][..],
            &[
                ("host5", "10.1.0.6", false),
                ("new2.below", "10.0.0.2", true),
            ],
            &[("new1", "10.0.0.1", false), ("host5", "10.9.9.9", true)],
        ] {
            let before = peer.serial(NAME).unwrap();
            peer.change(NAME, changes);
            peer.wait_for(NAME, |serial| serial.is_newer_than(before))
                .unwrap();
            let next = all.clone().with_version(copy.serial());
            copy = applied(&copy, run(&next));
            let what = format!("{program:?} {changes:?}");
            assert_same(&copy, &whole(run(&all)), &what);
            if let Some(by_dig) = by_dig(&peer, NAME) {
                assert_same(&copy, &by_dig, &what);
            }
        }
        // Three versions at once.
        let first =
            fetch(NAME, Primary::at(peer.address)).with_version(zone(&text_of(NAME)).serial());
        let followed = applied(&zone(&text_of(NAME)), run(&first));
        assert_same(&followed, &copy, &format!("{program:?}, all changes"));
    }
}

#[test]
fn signed_transfers_come_by_every_algorithm() {
    for program in Program::ALL
        .into_iter()
        .filter(|program| program.is_there())
    {
        let zones = ALGORITHMS.map(|(algorithm, _)| {
            let name = format!("{algorithm}.example.");
            PeerZone {
                key: Some(keys::text(&format!("key.{algorithm}."), algorithm)),
                ..primary_zone(&name, text_of(&name))
            }
        });
        let peer = Peer::start(program, &zones, None);
        for (algorithm, number) in ALGORITHMS {
            let name = format!("{algorithm}.example.");
            let key_name = format!("key.{algorithm}.");
            let with = |key: Key| Primary::at(peer.address).with_key(Arc::new(key));
            let copy = whole(run(&fetch(&name, with(keys::key(&key_name, number)))));
            assert_same(
                &copy,
                &zone(&text_of(&name)),
                &format!("{program:?} {name}"),
            );

            let secret = b"another secret of thirty-two o..";
            let wrong = [
                keys::with_secret(&key_name, number, secret),
                keys::key("unknown.key.", MacAlgorithm::HmacSha256),
            ];
            for key in wrong {
                let error = run(&fetch(&name, with(key))).unwrap_err();
                assert!(
                    matches!(error.fault, FetchFault::Tsig(_)),
                    "{program:?} {error}"
                );
            }
            let error = run(&fetch(&name, Primary::at(peer.address))).unwrap_err();
            assert!(
                matches!(error.fault, FetchFault::Answer(_)),
                "{program:?} {error}"
            );
        }
    }
}

#[test]
fn zones_come_over_tls() {
    const ZONE: &str = "copied.example.";
    let files = certificates::make();
    for program in [Program::Named, Program::Nsd] {
        if !program.is_there() {
            continue;
        }
        let peer = Peer::start(program, &[primary_zone(ZONE, text_of(ZONE))], Some(&files));
        let with = |tls: Tls| Primary::at(peer.tls.unwrap()).with_tls(tls);
        for tls in [
            Tls::by_authorities(NAME, &files.authority).unwrap(),
            Tls::by_pins(&[files.pin]).unwrap(),
        ] {
            let copy = whole(run(&fetch(ZONE, with(tls.clone()))));
            assert_same(&copy, &zone(&text_of(ZONE)), &format!("{program:?}"));
            let next = fetch(ZONE, with(tls)).with_version(copy.serial());
            assert!(matches!(run(&next).unwrap().fetched, Fetched::UpToDate));
        }
        let wrong = Tls::by_authorities("other.example", &files.authority).unwrap();
        let error = run(&fetch(ZONE, with(wrong))).unwrap_err();
        assert!(
            matches!(error.fault, FetchFault::Tls(_)),
            "{program:?} {error}"
        );
    }
}

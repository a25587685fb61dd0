//! Kills of a server that serves what a catalog lists, and of the one that makes the catalog, while members come and
//! go.

use crate::client::Client;
use crate::dice::Dice;
use crate::harness::comes_true;
use crate::kills;
use crate::server::Server;
use crate::zone::name;
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, MessageBuilder};
use lib_dns_core::rr_data::Type;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

const CATALOG: &str = "catalog.invalid.";
const MEMBERS: [&str; 8] = [
    "a.test.", "b.test.", "c.test.", "d.test.", "e.test.", "f.test.", "g.test.", "h.test.",
];

fn member_text(zone: &str) -> String {
    format!(
        "$ORIGIN {zone}\n@ 300 SOA ns admin 1 3600 600 86400 60\n@ 300 NS ns\nns 300 A 192.0.2.1\n"
    )
}

/// A server that has all zones, and lists some of them.
fn producer(told: SocketAddr, listed: &BTreeSet<&str>) -> String {
    let mut text = format!(
        "[template.default]\nallow-transfer = [\"127.0.0.0/8\"]\nnotify = [{{ address = \"{told}\" }}]\n\n\
         [[zone]]\nname = \"{CATALOG}\"\ncatalog = \"produce\"\n"
    );
    for zone in MEMBERS {
        text += &format!("\n[[zone]]\nname = \"{zone}\"\nfile = \"{zone}\"\n");
        if listed.contains(zone) {
            text += &format!("listed-in = \"{CATALOG}\"\n");
        }
    }
    text
}

fn consumer(of: SocketAddr) -> String {
    format!(
        "[[zone]]\nname = \"{CATALOG}\"\ncatalog = \"consume\"\nprimaries = [{{ address = \"{of}\" }}]\n\
         min-refresh = 1\nmin-retry = 1\nmembers = {{ min-refresh = 1, min-retry = 1 }}\n"
    )
}

/// What a server says of a zone: NOERROR if it has it, SERVFAIL if it is to have it, REFUSED if it is not its own.
fn rcode_of(address: SocketAddr, zone: &str) -> Rcode {
    let mut buffer = [0; 64];
    let mut query = MessageBuilder::<0>::new(&mut buffer, 9, Flags::default()).unwrap();
    let zone = name(zone);
    let (zone, class) = (zone.as_name(), Class::IN);
    query.question(&zone, Type::SOA, class).unwrap();
    let mut client = Client::connect(address).unwrap();
    client.ask(query.finish()).unwrap()
}

fn zones_with(address: SocketAddr, accept: impl Fn(Rcode) -> bool) -> BTreeSet<&'static str> {
    let zones = MEMBERS.into_iter();
    zones
        .filter(|zone| accept(rcode_of(address, zone)))
        .collect()
}

/// The members that a server counts among its zones, whether they have come or not.
fn members_of(address: SocketAddr) -> BTreeSet<&'static str> {
    zones_with(address, |rcode| rcode != Rcode::REFUSED)
}

/// Those that it has.
fn copies_of(address: SocketAddr) -> BTreeSet<&'static str> {
    zones_with(address, |rcode| rcode == Rcode::NOERROR)
}

#[test]
fn a_catalog_is_followed_as_it_was_or_as_it_is() {
    let mut dice = Dice(0x9432);
    let texts = MEMBERS.map(member_text);
    let files: Vec<(&str, &str)> = MEMBERS
        .into_iter()
        .zip(texts.iter().map(String::as_str))
        .collect();
    let mut top = Server::new(&files, "");
    let mut copy = Server::new(&[], &consumer(top.address));
    let mut before = BTreeSet::from(["a.test.", "b.test."]);
    top.configure(&producer(copy.address, &before));
    top.start();
    copy.start();
    let mut followed = 0;
    for kill in 0..kills() {
        let is_there = comes_true(|| {
            let (members, copies) = (members_of(copy.address), copies_of(copy.address));
            members == before && copies == before
        });
        assert!(
            is_there,
            "kill {kill}: {before:?} awaited; there is {:?}, of which {:?} have come",
            members_of(copy.address),
            copies_of(copy.address)
        );
        let mut after = before.clone();
        while after == before {
            after = MEMBERS.into_iter().filter(|_| dice.below(2) == 0).collect();
        }
        top.configure(&producer(copy.address, &after));
        top.hang_up();
        // Every second kill waits for the change to show, and falls amid the copies that come or go.
        let has_shown = kill % 2 == 1;
        if has_shown {
            let is_followed = comes_true(|| members_of(copy.address) == after);
            assert!(is_followed, "kill {kill}: {after:?} is not followed");
        }
        let most = if has_shown { 50_000 } else { 250_000 };
        thread::sleep(Duration::from_micros(dice.below(most) as u64));
        copy.kill();
        top.kill();
        copy.verify_journal();
        top.verify_journal();

        // Alone, so that it shows what it has kept.
        copy.start();
        let members = members_of(copy.address);
        assert!(
            members == after || members == before && !has_shown,
            "kill {kill}: {members:?}; it was {before:?}, and is {after:?}"
        );
        followed += usize::from(members == after);
        let copies = copies_of(copy.address);
        let stay: BTreeSet<&str> = before.intersection(&members).copied().collect();
        assert!(
            copies.is_superset(&stay),
            "kill {kill}: {copies:?} have come, {stay:?} were there"
        );
        assert!(copies.is_subset(&members), "kill {kill}");
        top.start();
        before = after;
    }
    println!("{} kills, {followed} behind the change", kills());
}

//! Catalog zones with Knot at the other end: it serves what our catalog lists, and we follow what its catalog
//! lists.

#[path = "../peers/harness.rs"]
mod harness;

use harness::{Program, Server, comes_true, free_port};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{Type, WriteData};
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::{Serial, StoredRecord};
use lib_dns_std::catalog::{CatalogAction, Consumer, Listed, list_in_catalog, new_catalog};
use lib_dns_std::zone::{Zone, ZoneAssembly};
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const ZONE: &str = "catalog.test.";

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

/// Asks over TCP; gives all messages until `is_last` holds for one.
fn ask(
    address: SocketAddr,
    zone: &str,
    qtype: Type,
    mut is_last: impl FnMut(&Message<'_>) -> bool,
) -> io::Result<Vec<Vec<u8>>> {
    let mut buffer = [0; 300];
    let mut query = MessageBuilder::<0>::new(&mut buffer, 9, Flags::default()).unwrap();
    query
        .question(&name(zone).as_name(), qtype, Class::IN)
        .unwrap();
    let query = query.finish();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(&[&(query.len() as u16).to_be_bytes(), &*query].concat())?;
    let mut messages = Vec::new();
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut octets)?;
        let message = Message::from_bytes(&octets).map_err(io::Error::other)?;
        let last = is_last(&message) || message.rcode() != Rcode::NOERROR;
        messages.push(octets);
        if last {
            return Ok(messages);
        }
    }
}

/// How a server answers for the SOA record of a zone.
fn serves(address: SocketAddr, zone: &str) -> bool {
    let Ok(messages) = ask(address, zone, Type::SOA, |_| true) else {
        return false;
    };
    let message = Message::from_bytes(&messages[0]).unwrap();
    message.rcode() == Rcode::NOERROR && message.flags().authoritative()
}

#[track_caller]
fn wait_for(what: &str, log: impl Fn() -> String, holds: impl FnMut() -> bool) {
    assert!(comes_true(holds), "{what} does not come\n{}", log());
}

/// Fetches a zone; `None` if it is not to be had yet.
fn fetch(address: SocketAddr, zone: &str) -> Option<Zone> {
    let mut soas = 0;
    let messages = ask(address, zone, Type::AXFR, |message| {
        let records = message.section(Section::Answer).flatten();
        soas += records.filter(|record| record.rtype() == Type::SOA).count();
        soas >= 2
    });
    let apex = name(zone);
    let mut assembly = ZoneAssembly::new(&apex.as_name(), Class::IN, "transfer");
    let mut first = true;
    for octets in messages.ok()? {
        let message = Message::from_bytes(&octets).unwrap();
        for record in message.section(Section::Answer) {
            let record = record.unwrap();
            let is_soa = record.rtype() == Type::SOA;
            if is_soa && !std::mem::take(&mut first) {
                break;
            }
            let mut data = vec![0; 65_535];
            let mut writer = Writer::<0>::new(&mut data, Form::Plain);
            record.data().unwrap().write(&mut writer).unwrap();
            assembly.push(&StoredRecord {
                owner: record.owner(),
                rtype: record.rtype(),
                class: record.class(),
                ttl: record.ttl(),
                data: writer.written(),
            });
        }
    }
    assembly.finish().ok().map(|(zone, _)| zone)
}

/// A zone as text.
fn text_of(zone: &Zone) -> String {
    let mut text = String::new();
    for record in zone.records() {
        use lib_dns_core::zone::{ZoneLayout, ZonePrinter};
        let mut printer = ZonePrinter::new(&mut text, ZoneLayout::OneLine);
        let StoredRecord {
            owner,
            ttl,
            class,
            rtype,
            data,
        } = record;
        printer.record(&owner, ttl, class, rtype, data).unwrap();
    }
    text
}

fn member_text(zone: &str) -> String {
    format!(
        "{zone} 300 SOA ns.{zone} admin.{zone} 1 3600 900 604800 60\n{zone} 300 NS ns.{zone}\nns.{zone} 300 A 192.0.2.1\n"
    )
}

const MEMBERS: [&str; 3] = ["a.test.", "b.test.", "c.test."];

/// What all configurations of Knot begin with.
fn knot() -> String {
    Program::Knotd.head("")
        + "acl:\n  - id: local\n    address: 127.0.0.0/8\n    action: [transfer, notify]\n"
}

#[test]
fn knot_serves_what_our_catalog_lists() {
    let [ours, theirs] = [(); 2].map(|()| free_port().unwrap());
    let plain = |zone: &str| Listed::plain(&name(zone).as_name());
    let mut special = plain("b.test.");
    special.group = Some("special".into());
    let catalog = new_catalog(
        &name(ZONE).as_name(),
        Serial(1),
        &[plain("a.test."), special.clone()],
    )
    .unwrap();
    let mut files = vec![("catalog.zone".to_owned(), text_of(&catalog))];
    let mut configuration = String::new();
    for (zone, file) in [(ZONE, "catalog.zone")]
        .into_iter()
        .chain(MEMBERS.map(|zone| (zone, zone)))
    {
        let _ = write!(
            configuration,
            "[[zone]]\nname = \"{zone}\"\nfile = \"{file}\"\nallow-transfer = [\"127.0.0.0/8\"]\n\
             notify = [{{ address = \"{theirs}\" }}]\n"
        );
    }
    files.extend(MEMBERS.map(|zone| (zone.to_owned(), member_text(zone))));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(file, text)| (file.as_str(), text.as_str()))
        .collect();
    let primary = Server::ours(ours, &files, &configuration);
    let port = ours.port();
    let consumer = format!(
        r#"{}remote:
  - id: ours
    address: 127.0.0.1@{port}
template:
  - id: default
    storage: "HOME"
  - id: usual
    master: ours
    acl: local
  - id: special
    master: ours
    acl: local
zone:
  - domain: {ZONE}
    master: ours
    acl: local
    catalog-role: interpret
    catalog-template: [usual, special]
"#,
        knot()
    );
    let Some(knot) = Server::other(Program::Knotd, theirs, &[], &consumer) else {
        return;
    };
    let logs = || format!("{}\n--\n{}", primary.log(), knot.log());
    for zone in ["a.test.", "b.test."] {
        wait_for(zone, logs, || serves(theirs, zone));
    }
    assert!(!serves(theirs, "c.test."));

    // One leaves, one comes, and one stays.
    let mut change = list_in_catalog(&catalog, &[special, plain("c.test.")])
        .unwrap()
        .unwrap();
    change.set_serial(&catalog, Serial(2)).unwrap();
    let mut octets = Vec::new();
    let next = catalog
        .apply(&change.difference(&mut octets).unwrap())
        .unwrap();
    primary.write("catalog.zone", &text_of(&next));
    primary.hang_up();
    wait_for("c.test. is added", logs, || serves(theirs, "c.test."));
    wait_for("a.test. is removed", logs, || !serves(theirs, "a.test."));
    assert!(serves(theirs, "b.test."));
}

#[test]
fn we_follow_what_the_catalog_of_knot_lists() {
    let address = free_port().unwrap();
    let configuration = |members: &[(&str, &str)]| {
        let mut text = format!(
            "{}template:\n  - id: default\n    storage: \"HOME\"\n    acl: local\nzone:\n  \
             - domain: {ZONE}\n    catalog-role: generate\n",
            knot()
        );
        for (zone, group) in members {
            let _ = write!(
                text,
                "  - domain: {zone}\n    file: \"HOME/{zone}\"\n    catalog-role: member\n    \
                 catalog-zone: {ZONE}\n"
            );
            if !group.is_empty() {
                let _ = writeln!(text, "    catalog-group: {group}");
            }
        }
        text
    };
    let files = MEMBERS.map(|zone| (zone, member_text(zone)));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(zone, text)| (*zone, text.as_str()))
        .collect();
    let first = configuration(&[("a.test.", ""), ("b.test.", "special")]);
    let Some(knot) = Server::other(Program::Knotd, address, &files, &first) else {
        return;
    };
    let mut consumer = Consumer::default();
    let mut follow = |is_done: &dyn Fn(&[CatalogAction]) -> bool| {
        let mut actions = Vec::new();
        wait_for(
            "a catalog with both members",
            || knot.log(),
            || {
                if let Some(zone) = fetch(address, ZONE) {
                    let followed = consumer.follow(&zone, 100, |_: &Name<'_>| false).unwrap();
                    actions.extend(followed.actions);
                }
                is_done(&actions)
            },
        );
        actions
    };
    let (catalog, a, b, c) = (
        name(ZONE),
        name("a.test."),
        name("b.test."),
        name("c.test."),
    );
    let add = |zone: NameBuf, group: Option<&[u8]>| CatalogAction::Add {
        zone,
        catalog,
        group: group.map(<[u8]>::to_vec),
    };
    let mut actions = follow(&|actions| actions.len() >= 2);
    actions.sort_by_key(|action| format!("{action:?}"));
    assert_eq!(actions, [add(a, None), add(b, Some(b"special"))]);

    knot.configure_other(&configuration(&[("b.test.", ""), ("c.test.", "")]));
    knot.hang_up();
    let actions = follow(&|actions| actions.len() >= 3);
    let group = None;
    for action in [
        CatalogAction::Remove { zone: a },
        CatalogAction::Change {
            zone: b,
            catalog,
            group,
        },
        add(c, None),
    ] {
        assert!(
            actions.contains(&action),
            "{action:?} is not among {actions:#?}"
        );
    }
    assert_eq!(actions.len(), 3, "{actions:#?}");
}

//! Catalogs that are made, changed and followed.

use super::*;
use crate::zone::{Change, Loader, Zone};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Catalog, Member, Serial, ZoneLookup, ZoneNode};
use std::path::Path;

/// More members than most catalogs here have.
const MOST: usize = 10;

fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

fn listed(zones: &[&str]) -> Vec<Listed> {
    let zones = zones
        .iter()
        .map(|zone| Listed::plain(&name(zone).as_name()));
    zones.collect()
}

fn catalog(zones: &[&str]) -> Zone {
    new_catalog(&name("cat.").as_name(), Serial(1), &listed(zones)).unwrap()
}

fn changed(zone: &Zone, listed: &[Listed]) -> Zone {
    let mut change = list_in_catalog(zone, listed).unwrap().expect("a change");
    change.set_serial(zone, zone.serial().next()).unwrap();
    let mut octets = Vec::new();
    zone.apply(&change.difference(&mut octets).unwrap())
        .unwrap()
}

fn label(zone: &Zone, member: &str) -> Option<String> {
    let mut slots = vec![Member::EMPTY; 100];
    let read = Catalog::read(&zone.apex(), || zone.records(), &mut slots).unwrap();
    let member = name(member);
    let found = read
        .members()
        .iter()
        .find(|found| found.zone == member.as_name());
    found.map(|found| String::from_utf8(found.label.to_vec()).unwrap())
}

#[test]
fn a_catalog_lists_zones_under_labels_that_stay() {
    let first = catalog(&["a.example.", "b.example."]);
    let (a, b) = (label(&first, "a.example."), label(&first, "b.example."));
    assert!(a.is_some() && b.is_some() && a != b);
    assert!(
        list_in_catalog(&first, &listed(&["B.example.", "a.example."]))
            .unwrap()
            .is_none()
    );
    let second = changed(&first, &listed(&["b.example.", "c.example."]));
    assert_eq!(label(&second, "b.example."), b);
    assert_eq!(label(&second, "a.example."), None);
    // A zone that comes back is another one.
    let third = changed(&second, &listed(&["a.example.", "b.example."]));
    assert_ne!(label(&third, "a.example."), a);
    assert_eq!(label(&third, "b.example."), b);
    let all_gone = changed(&third, &[]);
    assert_eq!(all_gone.record_count(), 3, "SOA, NS and the version stay");
}

#[test]
fn properties_come_and_go() {
    let first = catalog(&["a.example."]);
    let mut zones = listed(&["a.example."]);
    zones[0].group = Some("signed".into());
    zones[0].next_catalog = Some(name("other."));
    let second = changed(&first, &zones);
    assert_eq!(label(&second, "a.example."), label(&first, "a.example."));
    let mut slots = [Member::EMPTY; 9];
    let read = Catalog::read(&second.apex(), || second.records(), &mut slots).unwrap();
    assert_eq!(read.members()[0].group, Some(&b"signed"[..]));
    assert_eq!(
        read.members()[0].next_catalog,
        Some(name("other.").as_name())
    );
    let third = changed(&second, &listed(&["a.example."]));
    assert_eq!(third.record_count(), first.record_count());
}

#[test]
fn what_cannot_be_listed_is_told() {
    let apex = name("cat.");
    let twice = new_catalog(&apex.as_name(), Serial(1), &listed(&["a.", "A."]));
    assert!(matches!(twice, Err(CatalogFault::ListedTwice(_))));
    let long = name(&"a234567890.".repeat(22));
    let long = new_catalog(&long.as_name(), Serial(1), &listed(&["a."]));
    assert!(matches!(long, Err(CatalogFault::NameTooLong)));
    let mut groups = listed(&["a."]);
    groups[0].group = Some("x".repeat(256));
    let grouped = new_catalog(&apex.as_name(), Serial(1), &groups);
    assert!(matches!(grouped, Err(CatalogFault::GroupTooLong)));
    let text = "cat. 0 SOA invalid. invalid. 1 1 1 1 1\ncat. 0 NS invalid.\n";
    let plain = Loader::new()
        .load_text(Path::new("plain"), text.as_bytes())
        .unwrap()
        .zone;
    assert!(matches!(
        list_in_catalog(&plain, &[]),
        Err(CatalogFault::Broken(_))
    ));
}

/// Short for what is to be done.
fn shown(followed: &Followed) -> Vec<String> {
    let actions = followed.actions.iter().map(|action| match action {
        CatalogAction::Add { zone, catalog, .. } => format!("add {zone} {catalog}"),
        CatalogAction::Reset { zone, catalog, .. } => format!("reset {zone} {catalog}"),
        CatalogAction::Change {
            zone,
            catalog,
            group,
        } => {
            let group = group.as_deref().map(String::from_utf8_lossy);
            format!("change {zone} {catalog} {}", group.unwrap_or_default())
        }
        CatalogAction::Remove { zone } => format!("remove {zone}"),
        CatalogAction::Release { zone } => format!("release {zone}"),
    });
    let clashes = followed
        .clashes
        .iter()
        .map(|clash| format!("clash {}", clash.zone));
    actions.chain(clashes).collect()
}

fn nobody(_: &Name<'_>) -> bool {
    false
}

/// A catalog in words: `label zone`, or `label zone group`.
fn written(apex: &str, rows: &[&str]) -> Zone {
    let mut text = format!(
        "$ORIGIN {apex}\n$TTL 0\n@ SOA invalid. invalid. 1 1 1 1 1\n@ NS invalid.\nversion TXT \"2\"\n"
    );
    for row in rows {
        let words: Vec<&str> = row.split(' ').collect();
        text += &format!("{}.zones PTR {}\n", words[0], words[1]);
        match words.get(2) {
            Some(next) if next.ends_with('.') => {
                text += &format!("coo.{}.zones PTR {next}\n", words[0]);
            }
            Some(group) => text += &format!("group.{}.zones TXT {group}\n", words[0]),
            None => {}
        }
    }
    let loaded = Loader::new().load_text(Path::new("catalog"), text.as_bytes());
    loaded.unwrap().zone
}

#[test]
fn members_are_added_reset_changed_and_removed() {
    let mut consumer = Consumer::default();
    let mut follow = |rows: &[&str]| {
        let zone = written("cat.", rows);
        shown(&consumer.follow(&zone, MOST, nobody).unwrap())
    };
    assert_eq!(follow(&["1 a.", "2 b."]), ["add a. cat.", "add b. cat."]);
    assert!(follow(&["1 a.", "2 b."]).is_empty());
    assert_eq!(
        follow(&["1 a. g", "3 b."]),
        ["change a. cat. g", "reset b. cat."]
    );
    assert_eq!(follow(&["3 b."]), ["remove a."]);
    assert_eq!(consumer.served().count(), 1);
    let gone = consumer.forget(&name("cat.").as_name(), nobody);
    assert_eq!(shown(&gone), ["remove b."]);
}

#[test]
fn a_broken_catalog_changes_nothing() {
    let mut consumer = Consumer::default();
    let good = written("cat.", &["1 a."]);
    consumer.follow(&good, MOST, nobody).unwrap();
    let broken = written("cat.", &["1 b.", "1 c."]);
    assert!(consumer.follow(&broken, MOST, nobody).is_err());
    let large = written("cat.", &["1 a.", "2 b.", "3 c."]);
    assert!(consumer.follow(&large, 2, nobody).is_err());
    assert_eq!(consumer.served().count(), 1);
    assert!(shown(&consumer.follow(&good, MOST, nobody).unwrap()).is_empty());
}

#[test]
fn what_is_served_already_is_not_taken_over() {
    let mut consumer = Consumer::default();
    let taken = |zone: &Name<'_>| *zone == name("ours.").as_name();
    let first = written("cat.", &["1 a.", "2 ours."]);
    let followed = consumer.follow(&first, MOST, taken).unwrap();
    assert_eq!(shown(&followed), ["add a. cat.", "clash ours."]);
    let second = written("dog.", &["1 a."]);
    let followed = consumer.follow(&second, MOST, taken).unwrap();
    // In the order of the catalogs.
    assert_eq!(shown(&followed), ["clash ours.", "clash a."]);
    // When the first lets go of it, the other has it, from the start.
    let empty = written("cat.", &[]);
    let followed = consumer.follow(&empty, MOST, taken).unwrap();
    assert_eq!(shown(&followed), ["remove a.", "add a. dog."]);
}

#[test]
fn the_configuration_takes_over_what_it_has_itself() {
    let mut consumer = Consumer::default();
    let first = written("cat.", &["1 a.", "2 b."]);
    consumer.follow(&first, MOST, nobody).unwrap();
    let taken = |zone: &Name<'_>| *zone == name("a.").as_name();
    let followed = consumer.reconfigure(taken);
    assert_eq!(shown(&followed), ["release a.", "clash a."]);
    assert_eq!(consumer.served().count(), 1);
    assert_eq!(shown(&consumer.reconfigure(nobody)), ["add a. cat."]);
}

#[test]
fn a_restart_goes_on_where_the_program_ended() {
    let mut before = Consumer::default();
    let first = written("cat.", &["1 a. g", "2 b.", "3 c."]);
    before.follow(&first, MOST, nobody).unwrap();
    let served = before.served();
    let served = served.map(|(zone, membership)| (*zone, membership.clone()));
    let mut after = Consumer::resume(served.collect::<Vec<_>>());
    // Without the catalog, all goes on.
    assert!(shown(&after.reconfigure(nobody)).is_empty());
    let other = written("dog.", &["1 a."]);
    let followed = after.follow(&other, MOST, nobody).unwrap();
    assert_eq!(shown(&followed), ["clash a."]);
    // What changed meanwhile is done now.
    let second = written("cat.", &["1 a. g", "9 b."]);
    let followed = after.follow(&second, MOST, nobody).unwrap();
    assert_eq!(shown(&followed), ["reset b. cat.", "remove c.", "clash a."]);
}

#[test]
fn a_zone_moves_to_the_catalog_that_its_owner_names() {
    for (label, moved) in [("1", "change a. dog. "), ("9", "reset a. dog.")] {
        let mut consumer = Consumer::default();
        let mut follow = |zone: &Zone| shown(&consumer.follow(zone, MOST, nobody).unwrap());
        assert_eq!(follow(&written("cat.", &["1 a."])), ["add a. cat."]);
        let dog = written("dog.", &[&format!("{label} a.")]);
        assert_eq!(follow(&dog), ["clash a."]);
        // Both sides have agreed: from now on the old owner lists it in vain.
        assert_eq!(
            follow(&written("cat.", &["1 a. dog."])),
            [moved, "clash a."]
        );
        assert!(follow(&written("cat.", &[])).is_empty());
        assert_eq!(follow(&written("dog.", &[])), ["remove a."]);
    }
}

#[test]
fn a_change_of_a_catalog_is_small() {
    let zones: Vec<String> = (0..500)
        .map(|number| format!("z{number}.example."))
        .collect();
    let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
    let first = catalog(&zones);
    let change: Change = list_in_catalog(&first, &listed(&zones[1..]))
        .unwrap()
        .unwrap();
    assert_eq!(change.len(), 1);
    let apex = first.get(&first.apex()).unwrap();
    assert!(apex.rrset(Type::NS).is_some());
}

//! The set of zones, as it changes.

use super::*;
use crate::zone::ZoneStore;
use lib_dns_core::code_points::{Class, InfoCode};
use lib_dns_core::zone::{ZoneLookup, ZoneSet};
use std::sync::Arc;

fn text_of(apex: &str, serial: u32) -> String {
    format!("$ORIGIN {apex}\n@ 60 SOA a b {serial} 2 3 4 5\n@ 60 NS a\n")
}

fn zone_of(apex: &str, serial: u32) -> crate::zone::Zone {
    load(&text_of(apex, serial)).unwrap().zone
}

#[test]
fn the_deepest_zone_answers() {
    let store = ZoneStore::new();
    for apex in ["example.", "a.b.example.", "test."] {
        store.add(zone_of(apex, 1)).unwrap();
    }
    assert!(store.add(zone_of("EXAMPLE.", 2)).is_err());
    let zones = store.snapshot();
    let deepest = |text: &str| {
        let zone = zones.deepest(&name(text).as_name(), Class::IN);
        zone.map(|zone| zone.apex().to_string())
    };
    assert_eq!(deepest("x.A.b.example."), Some("a.b.example.".to_owned()));
    assert_eq!(deepest("b.example."), Some("example.".to_owned()));
    assert_eq!(deepest("example."), Some("example.".to_owned()));
    assert_eq!(deepest("xexample."), None);
    assert_eq!(deepest("."), None);
    let above = zones.deepest_above(&name("a.b.example.").as_name(), Class::IN);
    assert_eq!(
        above.map(|zone| zone.apex().to_string()),
        Some("example.".to_owned())
    );
    assert!(
        zones
            .deepest(&name("example.").as_name(), Class::CH)
            .is_none()
    );
    store.add(zone_of(".", 1)).unwrap();
    assert_eq!(deepest("net."), None, "a snapshot does not change");
    let net = store.get_deepest_zone(&name("net.").as_name()).unwrap();
    assert!(net.apex().is_root());
    assert_eq!(store.list().len(), 4);
}

#[test]
fn zones_are_replaced_and_removed() {
    let store = ZoneStore::new();
    let mut reader = store.reader();
    assert!(store.replace(zone_of("example.", 1)).is_none());
    assert_eq!(store.replace(zone_of("example.", 2)).unwrap().serial().0, 1);
    let apex = name("Example.");
    assert_eq!(
        reader
            .current()
            .get_zone_exact(&apex.as_name())
            .unwrap()
            .serial()
            .0,
        2
    );
    assert_eq!(store.remove(&apex.as_name()).unwrap().serial().0, 2);
    assert!(store.remove(&apex.as_name()).is_none());
    assert!(reader.current().is_empty());
}

#[test]
fn a_folder_is_opened_whole_or_not_at_all() {
    let folder = Folder::new("open");
    folder.write("a.zone", &text_of("a.", 1));
    folder.write("b.zone", &text_of("b.", 1));
    folder.write("notes.txt", "no zone");
    let (store, warnings) = ZoneStore::open(&[&folder.0]).unwrap();
    assert_eq!((store.list().len(), warnings.warning_count()), (2, 0));
    folder.write("c.zone", "broken\n");
    assert!(ZoneStore::open(&[&folder.0]).is_err());
    folder.write("c.zone", &text_of("a.", 9));
    let found = ZoneStore::open(&[&folder.0]).unwrap_err().to_string();
    assert!(
        found.contains("c.zone: error: another file has this zone too: a."),
        "{found}"
    );
    assert!(ZoneStore::open(&[folder.0.join("none.zone")]).is_err());
}

#[test]
fn a_reload_takes_what_changed_and_keeps_what_fails() {
    let folder = Folder::new("reload");
    folder.write("a.zone", &text_of("a.", 1));
    folder.write("b.zone", &(text_of("b.", 1) + "$INCLUDE b.db\n"));
    folder.write("b.db", "x 60 A 192.0.2.1\n");
    let (store, _) = ZoneStore::open(&[&folder.0]).unwrap();
    let serial = |apex: &str| {
        store
            .get_zone_exact(&name(apex).as_name())
            .map(|zone| zone.serial().0)
    };
    let before = store.list();

    let nothing = store.reload();
    assert!(nothing.loaded.is_empty() && nothing.findings.error_count() == 0);
    let same = before
        .iter()
        .zip(store.list())
        .all(|(a, b)| Arc::ptr_eq(a, &b));
    assert!(same, "nothing was loaded again");

    // The length changes too, so that the clock's steps do not matter.
    folder.write("a.zone", &text_of("a.", 22));
    folder.write("b.db", "x 60 A 192.0.2.1.5\n");
    folder.write("c.zone", &text_of("c.", 3));
    let reloaded = store.reload();
    let loaded = reloaded
        .loaded
        .iter()
        .map(|zone| zone.apex().to_string())
        .collect::<Vec<_>>();
    assert_eq!(loaded, ["a.", "c."]);
    assert_eq!(reloaded.findings.error_count(), 1);
    assert_eq!(
        (serial("a."), serial("b."), serial("c.")),
        (Some(22), Some(1), Some(3))
    );

    // What failed is tried again, even though it did not change since.
    assert_eq!(store.reload().findings.error_count(), 1);
    folder.write("b.db", "x 60 A 192.0.2.155\n");
    assert_eq!(store.reload().loaded.len(), 1);

    std::fs::remove_file(folder.0.join("c.zone")).unwrap();
    assert_eq!(store.reload().removed, [name("c.")]);
    assert_eq!(serial("c."), None);

    // A file may turn to hold another zone.
    folder.write("a.zone", &text_of("other.", 1));
    let reloaded = store.reload();
    assert_eq!(
        (reloaded.loaded.len(), reloaded.removed),
        (1, vec![name("a.")])
    );
    assert_eq!((serial("a."), serial("other.")), (None, Some(1)));
}

#[test]
fn what_changes_during_a_reload_stays() {
    let folder = Folder::new("reload-meanwhile");
    for apex in ["a.", "b."] {
        folder.write(&format!("{apex}zone"), &text_of(apex, 1));
    }
    let (store, _) = ZoneStore::open(&[&folder.0]).unwrap();
    for apex in ["a.", "b."] {
        folder.write(&format!("{apex}zone"), &text_of(apex, 22));
    }
    let mut meanwhile = Some(Arc::new(zone_of("a.", 5)));
    let reloaded = store.reload_telling(&mut |_, _| {
        if let Some(zone) = meanwhile.take() {
            store.publish([zone]);
        }
    });
    let serial = |apex: &str| {
        let zone = store.get_zone_exact(&name(apex).as_name());
        zone.unwrap().serial().0
    };
    assert_eq!((serial("a."), serial("b.")), (5, 22));
    assert_eq!(reloaded.loaded.len(), 1);
    let told = reloaded.findings.to_string();
    assert!(told.contains("a.zone"), "{told}");
    assert!(
        told.contains("a. has changed while the file was read"),
        "{told}"
    );
    // The next reload reads the file again.
    assert_eq!(store.reload().loaded.len(), 1);
    assert_eq!(serial("a."), 22);
}

#[test]
fn what_is_withheld_is_not_answered_and_neither_is_what_the_zone_above_knows_of_it() {
    let store = ZoneStore::new();
    store.add(zone_of("example.", 1)).unwrap();
    store.add(zone_of("a.b.example.", 1)).unwrap();
    let child = name("A.b.example.");
    let says = |text: &str| {
        let (zones, name) = (store.snapshot(), name(text));
        let zone = zones.deepest(&name.as_name(), Class::IN);
        let zone = zone.map(|zone| zone.apex().to_string());
        (zone, zones.unavailable(&name.as_name(), Class::IN))
    };
    let parent = (Some("example.".to_owned()), None);
    store.withhold(&child.as_name(), Some(InfoCode::NOT_READY));
    assert_eq!(says("x.a.b.example."), (None, Some(InfoCode::NOT_READY)));
    assert_eq!(says("a.B.example."), (None, Some(InfoCode::NOT_READY)));
    assert_eq!(says("b.example."), parent);
    // It is still there, and comes back as it is.
    assert!(store.get_zone_exact(&child.as_name()).is_some());
    store.withhold(&child.as_name(), None);
    assert_eq!(
        says("x.a.b.example."),
        (Some("a.b.example.".to_owned()), None)
    );
    // A zone that has never been there can be withheld too.
    store.withhold(&name("c.test.").as_name(), Some(InfoCode::INVALID_DATA));
    assert_eq!(says("x.c.test."), (None, Some(InfoCode::INVALID_DATA)));
    assert_eq!(says("test."), (None, None));
}

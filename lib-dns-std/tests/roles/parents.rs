//! A server that asks the servers of the parent zone for DS records, until all of them have those that a key waits
//! for.

use crate::ZONE;
use crate::harness::{KEY, Program, SECRET, Server, free_port};
use crate::zone::text;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::{KeyEvent, KeyRole, Rollover, RolloverKind, RolloverTerms};
use lib_dns_core::name::NameBuf;
use lib_dns_std::keyring::{Keyring, ZoneKey};
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const TERMS: RolloverTerms = RolloverTerms {
    dnskey_ttl: 60,
    max_zone_ttl: 60,
    ds_ttl: 60,
    propagation: 10,
    parent_propagation: 10,
    signing: 10,
};

/// A key that has signed for two days, and the successor that the parent is asked for since yesterday.
fn keys_in_a_rollover(folder: &Path) -> [ZoneKey; 2] {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let (first, start) = (since - 2 * 86_400, since - 86_400);
    let apex = NameBuf::from_text(ZONE).unwrap();
    let apex = apex.as_name();
    let mut keyring = Keyring::open(folder).unwrap();
    let prepare = |key: &mut ZoneKey| {
        for event in [
            KeyEvent::Publish,
            KeyEvent::Activate,
            KeyEvent::SyncPublish,
            KeyEvent::DsPublish,
        ] {
            key.timing_mut().set(event, Some(first));
        }
    };
    let algorithm = SecurityAlgorithm::ED25519;
    keyring
        .generate(&apex, algorithm, KeyRole::Csk, None, prepare)
        .unwrap();
    let (kind, terms) = (RolloverKind::Csk, TERMS);
    let rollover = Rollover { kind, terms };
    let changed = keyring.start_rollover(&apex, &rollover, None, start);
    changed.unwrap().try_into().unwrap()
}

/// The parent zone with two DS records for each of these keys.
fn parent_zone(serial: u32, folder: &Path, keys: &[&ZoneKey]) -> String {
    let mut text = format!(
        "$ORIGIN example.\n$TTL 60\n@ SOA ns admin {serial} 3600 600 86400 60\n@ NS ns\n\
         ns A 192.0.2.1\nmesh NS ns1.mesh\nns1.mesh A 192.0.2.2\n"
    );
    for key in keys {
        let file = folder.join(key.file_stem() + ".key");
        let output = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["key", "ds"])
            .arg(file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        text.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    text
}

#[test]
fn a_rollover_goes_on_when_all_servers_of_the_parent_have_the_new_ds() {
    if !Program::Named.is_there() {
        return;
    }
    let [own, first, second] = [(); 3].map(|()| free_port().unwrap());
    let keys = tempfile::tempdir().unwrap();
    let folder = keys.path();
    let [new, old] = keys_in_a_rollover(folder);
    // One takes questions that are signed only; the other is BIND, and behind.
    let ours = "[[zone]]\nname = \"example.\"\nfile = \"parent.zone\"\n";
    let files = [("parent.zone", &*parent_zone(1, folder, &[&new]))];
    let _ahead = Server::ours(first, &files, ours);
    let named = Program::Named.head("")
        + &Program::Named.keys([(KEY, "hmac-sha256", SECRET)])
        + "zone \"example.\" { type primary; file \"HOME/parent.zone\"; };\n";
    let files = [("parent.zone", &*parent_zone(1, folder, &[&old]))];
    let Some(behind) = Server::other(Program::Named, second, &files, &named) else {
        return;
    };
    let configuration = format!(
        "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\n\
         [zone.sign]\nkeys = \"{}\"\n\
         [zone.sign.policy]\nparent-check = 1\nparents = [\n\
         {{ address = \"{first}\", key = \"{KEY}\" }},\n{{ address = \"{second}\" }},\n]\n",
        folder.display()
    );
    let server = Server::ours(own, &[("mesh.zone", &text(1))], &configuration);
    server.wait_for_log(&format!(
        "{second} has 2 DS records of {ZONE}, but not yet as awaited"
    ));
    server.wait_for_log(&format!("{first} has it: DS records at the parent"));
    let delete_of = |key: &ZoneKey| {
        let keyring = Keyring::open(folder).unwrap();
        let mut keys = keyring.all_zone_keys();
        let found = keys.find(|other| other.tag() == key.tag()).unwrap();
        let timing = *found.timing();
        (
            timing.get(KeyEvent::DsPublish),
            timing.get(KeyEvent::Delete),
        )
    };
    assert_eq!(delete_of(&new).0, None);
    assert_eq!(delete_of(&old).1, None);

    // Those of both keys are not enough: the old key would have to stay.
    behind.write("parent.zone", &parent_zone(2, folder, &[&old, &new]));
    behind.hang_up();
    server.wait_for_log(&format!(
        "{second} has 4 DS records of {ZONE}, but not yet as awaited"
    ));
    assert_eq!(delete_of(&old).1, None);

    behind.write("parent.zone", &parent_zone(3, folder, &[&new]));
    behind.hang_up();
    server.wait_for_log("all servers of the parent have it");
    server
        .wait_until(|| delete_of(&old).1.is_some())
        .unwrap_or_else(|reason| panic!("{reason}"));
    assert!(delete_of(&new).0.is_some());
    // Nobody is asked any more.
    server.wait_for_log("signed");
    assert!(
        server
            .log()
            .matches("all servers of the parent have it")
            .count()
            == 1
    );
}

#[test]
fn without_parents_the_log_says_what_is_waited_for() {
    let keys = tempfile::tempdir().unwrap();
    let folder = keys.path().display();
    let [new, _] = keys_in_a_rollover(keys.path());
    let configuration = format!(
        "[[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\n\
         sign = {{ keys = \"{folder}\", policy = {{}} }}\n"
    );
    let address = free_port().unwrap();
    let server = Server::ours(address, &[("mesh.zone", &text(1))], &configuration);
    server.wait_for_log(&format!(
        "zdns key rollover --zone {ZONE} --directory {folder} --ds-seen"
    ));
    server.wait_for_log(&format!(
        "DS records at the parent for ED25519/{}",
        new.tag()
    ));
}

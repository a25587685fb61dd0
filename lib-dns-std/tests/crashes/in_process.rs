//! Kills of a program without a server that changes a zone.

use crate::dice::Dice;
use crate::kills;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{StoredRecord, ZoneLookup, ZoneNode};
use lib_dns_std::journal::Journal;
use lib_dns_std::zone::{Change, ChangeError, Commits, Zone, ZoneStore};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

/// Tells the child where it works.
const FOLDER: &str = "ZDNS_CRASH_FOLDER";
/// Names that are changed in turn, so that a version says which ones came before it.
const NAMES: u32 = 64;
const ZONE: &str = "$ORIGIN example.\n$TTL 300\n@ SOA ns1 admin 0 3600 900 604800 300\n@ NS ns1\n";

fn owner(serial: u32) -> NameBuf {
    NameBuf::from_text(&format!("n{}.example.", serial % NAMES)).unwrap()
}

/// A store over the zone file, brought to where it was.
fn open(folder: &Path) -> Commits {
    let (store, _) = ZoneStore::open(&[folder.join("example.zone")]).unwrap();
    let journal = Journal::open(folder.join("state")).unwrap_or_else(|error| panic!("{error}"));
    let commits = Commits::new(Arc::new(store)).journal(Arc::new(journal));
    let apex = NameBuf::from_text("example.").unwrap();
    commits
        .resume(&apex.as_name())
        .unwrap_or_else(|error| panic!("{error}"));
    commits
}

/// The version with a serial sets one name's address to the serial.
fn next(zone: &Zone) -> Result<Option<Change>, ChangeError> {
    let serial = zone.serial().next();
    let owner = owner(serial.0);
    let mut change = Change::new();
    let record = |data| StoredRecord {
        owner: owner.as_name(),
        rtype: Type::A,
        class: Class::IN,
        ttl: 300,
        data,
    };
    let node = zone.get(&owner.as_name());
    for data in node
        .and_then(|node| node.rrset(Type::A))
        .iter()
        .flat_map(|set| set.records())
    {
        change.delete(&record(data))?;
    }
    change.add(&record(&serial.0.to_be_bytes()))?;
    Ok(Some(change))
}

/// Has each of the names the address that the last version to touch it gave?
fn assert_is_whole(zone: &Zone) {
    let newest = zone.serial().0;
    for serial in newest.saturating_sub(NAMES - 1).max(1)..=newest {
        let node = zone.get(&owner(serial).as_name()).unwrap();
        let set = node.rrset(Type::A).unwrap();
        assert_eq!(set.records().collect::<Vec<_>>(), [serial.to_be_bytes()]);
    }
    assert_eq!(zone.record_count(), u64::from(2 + newest.min(NAMES)));
}

/// Runs in a process of its own: changes the zone until it is killed, and tells each serial that is kept.
#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let commits = open(Path::new(&folder));
    let apex = NameBuf::from_text("example.").unwrap();
    loop {
        let zone = commits.commit(&apex.as_name(), next).unwrap().unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {}", zone.serial()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.zone"), ZONE).unwrap();
    let mut dice = Dice(0x5eed_dead);
    let mut before = 0;
    for kill in 0..kills() {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "in_process::child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = before;
        let mut left = dice.below(40);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serial_of = |line: &str| {
            line.strip_prefix("kept ")
                .map(|serial| serial.parse().unwrap())
        };
        while left > 0 {
            let line = lines.next().expect("the child goes on").unwrap();
            if let Some(serial) = serial_of(&line) {
                acknowledged = serial;
                left -= 1;
            }
        }
        std::thread::sleep(Duration::from_micros(dice.below(20_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        // What was told before the kill counts too; the last line may be cut off.
        for line in lines.map_while(Result::ok) {
            let serial = line
                .strip_prefix("kept ")
                .and_then(|serial| serial.parse().ok());
            acknowledged = acknowledged.max(serial.unwrap_or(0));
        }
        let commits = open(folder.path());
        let apex = NameBuf::from_text("example.").unwrap();
        let zone = commits.zones().get_zone_exact(&apex.as_name()).unwrap();
        let serial = zone.serial().0;
        // One change more may be on disk than was told.
        assert!(
            (acknowledged..=acknowledged + 1).contains(&serial),
            "kill {kill}: {acknowledged} was acknowledged, {serial} is there"
        );
        assert_is_whole(&zone);
        if serial > 0 {
            commits.kept_in().unwrap().verify(&apex.as_name()).unwrap();
        }
        before = serial;
    }
    assert!(before > 0, "something was acknowledged");
}

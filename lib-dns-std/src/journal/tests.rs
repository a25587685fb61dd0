//! Journals written, read again, damaged and cut off from their disk.

mod disk;
mod start;

use super::*;
use crate::dice::Dice;
use crate::zone::{Change, Loader, Zone};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Difference, Serial, StoredRecord, ZoneLookup, ZoneNode};
use std::path::Path;
use std::sync::Arc;

fn zone_of(apex: &str, serial: u32, names: usize) -> Arc<Zone> {
    let mut text = format!(
        "$ORIGIN {apex}\n$TTL 300\n@ SOA ns1 admin {serial} 3600 900 604800 300\n@ NS ns1\n"
    );
    for number in 0..names {
        text += &format!("n{number} A 192.0.2.1\n");
    }
    zone_from(&text)
}

fn zone_from(text: &str) -> Arc<Zone> {
    let loaded = Loader::new().load_text(Path::new("z"), text.as_bytes());
    Arc::new(loaded.unwrap().zone)
}

/// Some records further.
fn next(zone: &Zone, dice: &mut Dice) -> (Arc<Zone>, Vec<u8>) {
    let mut change = Change::new();
    for _ in 0..1 + dice.below(4) {
        let owner = NameBuf::from_text(&format!("n{}.{}", dice.below(40), zone.apex())).unwrap();
        let data = [192, 0, 2, dice.below(4) as u8];
        let record = StoredRecord {
            owner: owner.as_name(),
            rtype: Type::A,
            class: Class::IN,
            ttl: 300,
            data: &data,
        };
        let node = zone.get(&owner.as_name());
        let set = node.and_then(|node| node.rrset(Type::A));
        if set.is_some_and(|set| set.records().any(|other| other == data)) {
            change.delete(&record).unwrap();
        } else {
            change.add(&record).unwrap();
        }
    }
    change.set_serial(zone, zone.serial().next()).unwrap();
    let mut octets = Vec::new();
    let zone = zone
        .apply(&change.difference(&mut octets).unwrap())
        .unwrap();
    (Arc::new(zone), octets)
}

/// A zone on its way, with all its versions.
struct Walk {
    dice: Dice,
    versions: Vec<Arc<Zone>>,
}

impl Walk {
    fn new(zone: Arc<Zone>, seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            versions: vec![zone],
        }
    }

    fn newest(&self) -> &Arc<Zone> {
        self.versions.last().unwrap()
    }

    fn try_step(&mut self, journal: &Journal) -> Result<(), JournalError> {
        let old = Arc::clone(self.newest());
        let (zone, octets) = next(&old, &mut self.dice);
        journal.append(vec![Step::between(&old, &zone, octets).unwrap()])?;
        self.versions.push(zone);
        Ok(())
    }

    fn step(&mut self, journal: &Journal) {
        self.try_step(journal).unwrap();
    }
}

fn assert_same(ours: &Zone, theirs: &Zone) {
    assert_eq!(Version::of(ours), Version::of(theirs));
    assert_eq!(ours.record_count(), theirs.record_count());
}

#[test]
fn changes_are_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut walk = Walk::new(zone_of("example.", 1, 20), 1);
    let apex = NameBuf::from_text("Example.").unwrap();
    let apex = apex.as_name();
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.zone(&apex).unwrap().is_none());
    assert!(matches!(
        journal.verify(&apex),
        Err(JournalError::NoSuchZone(_))
    ));
    for _ in 0..9 {
        walk.step(&journal);
    }
    drop(journal);
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(journal.zones().unwrap(), [NameBuf::from(apex)]);
    assert_eq!(journal.verify(&apex).unwrap(), 9);
    assert_same(&journal.zone(&apex).unwrap().unwrap(), walk.newest());
    assert_eq!(
        journal.newest(&apex).unwrap(),
        Some(Version::of(walk.newest()))
    );
    for (from, start) in walk.versions.iter().enumerate() {
        for end in &walk.versions[from + 1..] {
            let changes = journal.changes_between(&apex, start.serial(), end.serial(), 1 << 20);
            let changes = changes.unwrap().unwrap();
            let mut zone = Zone::clone(start);
            for change in &changes {
                zone = zone
                    .apply(&Difference::from_bytes(change).unwrap())
                    .unwrap();
            }
            assert_same(&zone, end);
        }
    }
    let between = |from, to, most| {
        let changes = journal.changes_between(&apex, Serial(from), Serial(to), most);
        changes.unwrap().is_some()
    };
    assert!(!between(77, 5, 1 << 20), "an unknown version");
    assert!(!between(3, 77, 1 << 20), "an unknown version");
    assert!(!between(1, 10, 100), "too many octets");
    journal.remove(&apex).unwrap();
    assert!(journal.zones().unwrap().is_empty());
    assert!(journal.zone(&apex).unwrap().is_none());
}

#[test]
fn what_is_kept_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let mut walk = Walk::new(zone_of("example.", 0xffff_ff00, 30), 2);
    let other = zone_of("other.", 5, 1);
    let mut other_walk = Walk::new(other, 3);
    let apex = NameBuf::from_text("example.").unwrap();
    let apex = apex.as_name();
    let mut longest = 0;
    for step in 0..700 {
        walk.step(&journal);
        if step % 50 == 0 {
            other_walk.step(&journal);
        }
        let octets = journal
            .reading(&apex, |reading| Ok(reading.row.octets))
            .unwrap()
            .unwrap();
        longest = longest.max(octets);
        if step % 20 == 19 {
            journal.verify(&apex).unwrap();
            assert_same(&journal.zone(&apex).unwrap().unwrap(), walk.newest());
            let back = walk.versions.len() - 3;
            let changes = journal.changes_between(
                &apex,
                walk.versions[back].serial(),
                walk.newest().serial(),
                1 << 20,
            );
            assert!(changes.unwrap().is_some(), "recent changes are kept");
        }
    }
    assert!(longest <= Journal::limit_for(walk.newest()), "{longest}");
    let all = journal.changes_between(
        &apex,
        walk.versions[0].serial(),
        walk.newest().serial(),
        1 << 30,
    );
    let all = all.unwrap();
    assert!(all.is_none(), "the oldest changes are gone");
    let file = std::fs::metadata(journal.path()).unwrap().len();
    assert!(file < 4 << 20, "{file}");
    let other = NameBuf::from_text("other.").unwrap();
    assert_eq!(journal.verify(&other.as_name()).unwrap(), 14);
}

#[test]
fn a_zone_may_have_a_limit_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let mut walk = Walk::new(zone_of("example.", 1, 30), 2);
    let usual = Journal::limit_for(walk.newest());
    let apex = NameBuf::from_text("Example.").unwrap();
    journal.set_limits([(apex, usual / 4)]);
    let mut longest = 0;
    for step in 0..200 {
        walk.step(&journal);
        if step == 150 {
            assert!(longest <= usual / 4, "{longest}");
            journal.set_limits([]);
        }
        let octets = journal.reading(&apex.as_name(), |reading| Ok(reading.row.octets));
        longest = longest.max(octets.unwrap().unwrap());
    }
    assert!(longest > usual / 4, "{longest}");
    journal.verify(&apex.as_name()).unwrap();
}

#[test]
fn a_condensed_change_is_the_sum_of_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let mut walk = Walk::new(zone_of("example.", 1, 3), 4);
    // The same record comes and goes.
    walk.versions.truncate(1);
    let apex = walk.newest().apex().into();
    let apex: NameBuf = apex;
    for step in 0..60 {
        let old = Arc::clone(walk.newest());
        let mut change = Change::new();
        let owner = NameBuf::from_text("x.example.").unwrap();
        let record = StoredRecord {
            owner: owner.as_name(),
            rtype: Type::A,
            class: Class::IN,
            ttl: 300,
            data: &[192, 0, 2, 9],
        };
        if step % 2 == 0 {
            change.add(&record).unwrap();
        } else {
            change.delete(&record).unwrap();
        }
        change.set_serial(&old, old.serial().next()).unwrap();
        let mut octets = Vec::new();
        let new = old.apply(&change.difference(&mut octets).unwrap()).unwrap();
        let new = Arc::new(new);
        journal
            .append(vec![Step::between(&old, &new, octets).unwrap()])
            .unwrap();
        walk.versions.push(new);
    }
    let changes = journal.verify(&apex.as_name()).unwrap();
    assert!(changes < 60, "{changes}");
    // Condensing was enough, so that nothing is lost.
    let all = journal.changes_between(&apex.as_name(), Serial(1), Serial(61), 1 << 20);
    assert_eq!(all.unwrap().unwrap().len() as u64, changes);
}

#[test]
fn what_was_never_acknowledged_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let mut walk = Walk::new(zone_of("example.", 1, 10), 5);
    for _ in 0..4 {
        walk.step(&journal);
    }
    // Two steps are on disk, but nobody was told.
    walk.versions.truncate(3);
    walk.step(&journal);
    let apex = NameBuf::from(walk.newest().apex());
    assert_same(
        &journal.zone(&apex.as_name()).unwrap().unwrap(),
        walk.newest(),
    );
    assert_eq!(journal.verify(&apex.as_name()).unwrap(), 3);
    // What starts from nowhere is refused, and changes nothing.
    let mut stranger = Walk::new(zone_of("example.", 3, 7), 6);
    let refused = stranger.try_step(&journal);
    assert!(
        matches!(refused, Err(JournalError::NotContiguous { .. })),
        "{refused:?}"
    );
    assert_eq!(journal.verify(&apex.as_name()).unwrap(), 3);
}

#[test]
fn those_who_wait_are_written_together() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let newest = std::thread::scope(|scope| {
        let threads = (0..8).map(|number| {
            let journal = &journal;
            scope.spawn(move || {
                let mut walk = Walk::new(zone_of(&format!("z{number}."), 1, 5), number);
                for _ in 0..10 {
                    walk.step(journal);
                }
                // One that must fail harms none of the others.
                let mut stranger = Walk::new(zone_of(&format!("z{number}."), 77, 2), number);
                assert!(stranger.try_step(journal).is_err());
                Arc::clone(walk.newest())
            })
        });
        let threads = threads.collect::<Vec<_>>();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect::<Vec<_>>()
    });
    drop(journal);
    let journal = Journal::open(folder.path()).unwrap();
    for zone in newest {
        assert_eq!(journal.verify(&zone.apex()).unwrap(), 10);
        assert_same(&journal.zone(&zone.apex()).unwrap().unwrap(), &zone);
    }
}

#[test]
fn entries_read_as_they_were_written() {
    let version = Version::of(&zone_of("example.", 9, 3));
    for snapshot in [
        None,
        Some(row::Snapshot {
            version,
            at: 5,
            parts: 2,
        }),
    ] {
        let row = row::ZoneRow {
            id: 3,
            class: Class::IN,
            first: 4,
            next: 6,
            octets: 700,
            newest: version,
            snapshot,
            files: vec![version],
        };
        let octets = row.to_bytes();
        assert_eq!(row::ZoneRow::from_bytes(&octets), Some(row));
        for end in 0..octets.len() {
            assert_eq!(row::ZoneRow::from_bytes(&octets[..end]), None);
        }
    }
}

//! Zones that change, with many writers and a journal.

use super::*;
use crate::journal::{How, Journal};
use crate::zone::{ApplyError, Change, CommitError, Commits, Committed, Complete, Zone, ZoneStore};
use lib_dns_core::code_points::Class;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Difference, Serial, StoredRecord, ZoneLookup, ZoneNode};
use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

const RECORDS: &str = "a A 192.0.2.1\nb A 192.0.2.2\n";

/// A store over one zone file, at serial 7.
struct Server {
    folder: Folder,
    file: PathBuf,
    commits: Commits,
}

impl Server {
    fn new(test: &str) -> Self {
        let folder = Folder::new(&format!("commit-{test}"));
        let file = folder.write("zones/example.zone", &format!("{HEAD}{RECORDS}"));
        let commits = Self::open(&folder, &file);
        Self {
            folder,
            file,
            commits,
        }
    }

    fn open(folder: &Folder, file: &Path) -> Commits {
        let (store, _) = ZoneStore::open(&[file]).unwrap();
        let journal = Journal::open(folder.0.join("state")).unwrap();
        Commits::new(Arc::new(store)).journal(Arc::new(journal))
    }

    /// Stops and starts.
    fn restart(&mut self) -> Result<How, CommitError> {
        self.commits = Commits::new(Arc::new(ZoneStore::new()));
        self.commits = Self::open(&self.folder, &self.file);
        self.commits.resume(&name("example.").as_name())
    }

    fn zone(&self) -> Arc<Zone> {
        let apex = name("example.");
        self.commits
            .zones()
            .get_zone_exact(&apex.as_name())
            .unwrap()
    }
}

fn add(owner: &str, data: [u8; 4]) -> Change {
    let owner = name(owner);
    let mut change = Change::new();
    let record = StoredRecord {
        owner: owner.as_name(),
        rtype: Type::A,
        class: Class::IN,
        ttl: 300,
        data: &data,
    };
    change.add(&record).unwrap();
    change
}

fn commit(commits: &Commits, change: Change) -> Result<Option<Arc<Zone>>, CommitError> {
    commits.commit(&name("example.").as_name(), |_| Ok(Some(change)))
}

fn has(zone: &Zone, owner: &str, data: [u8; 4]) -> bool {
    let node = zone.get(&name(owner).as_name());
    let set = node.and_then(|node| node.rrset(Type::A));
    set.is_some_and(|set| set.records().any(|other| other == data))
}

#[test]
fn a_change_is_served_told_and_kept() {
    let mut server = Server::new("kept");
    let mut told = server.commits.subscribe();
    let new = commit(&server.commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    assert_eq!(new.unwrap().serial(), Serial(8));
    assert!(has(&server.zone(), "c.example.", [192, 0, 2, 3]));
    let expected = Committed {
        apex: name("example."),
        from: Some(Serial(7)),
        to: Some(Serial(8)),
    };
    assert_eq!(told.try_recv().unwrap(), expected);
    assert_eq!(server.restart().unwrap(), How::Replayed);
    assert_eq!(server.zone().serial(), Serial(8));
    assert!(has(&server.zone(), "c.example.", [192, 0, 2, 3]));
}

#[test]
fn what_fails_changes_nothing() {
    struct Refusing;
    impl Complete for Refusing {
        fn complete(&self, _: &Zone, _: &mut Change) -> Result<(), Box<dyn Error + Send + Sync>> {
            Err("no key".into())
        }
    }
    let server = Server::new("fails");
    let apex = name("example.");
    let old = server.zone();
    let refused = server
        .commits
        .commit(&apex.as_name(), |_| Err::<_, &str>("not allowed"));
    assert!(matches!(refused, Err(CommitError::Refused("not allowed"))));
    let twice = commit(&server.commits, add("a.example.", [192, 0, 2, 1]));
    assert!(matches!(twice, Err(CommitError::Apply(_))), "{twice:?}");
    let nothing = server
        .commits
        .commit(&apex.as_name(), |_| Ok::<_, Infallible>(None));
    assert!(nothing.unwrap().is_none());
    assert!(commit(&server.commits, Change::new()).unwrap().is_none());
    let elsewhere = server
        .commits
        .commit(&name("test.").as_name(), |_| Ok::<_, Infallible>(None));
    assert!(matches!(elsewhere, Err(CommitError::NoSuchZone(_))));
    let mut back = add("c.example.", [192, 0, 2, 3]);
    back.set_serial(&old, Serial(6)).unwrap();
    let error = commit(&server.commits, back).unwrap_err().to_string();
    assert_eq!(error, "serial 6 does not follow 7 (RFC 1982)");
    assert!(Arc::ptr_eq(&old, &server.zone()));

    let commits = Commits::new(Arc::clone(server.commits.zones())).completion(Arc::new(Refusing));
    let error = commit(&commits, add("c.example.", [192, 0, 2, 3])).unwrap_err();
    assert_eq!(error.to_string(), "the change cannot be completed: no key");
    assert!(Arc::ptr_eq(&old, &server.zone()));
}

#[test]
fn a_change_is_completed() {
    struct Marking;
    impl Complete for Marking {
        fn complete(
            &self,
            zone: &Zone,
            change: &mut Change,
        ) -> Result<(), Box<dyn Error + Send + Sync>> {
            let mark = add("mark.example.", [192, 0, 2, zone.serial().0 as u8]);
            change.then(&mark)?;
            change.set_serial(zone, Serial(100))?;
            Ok(())
        }
    }
    let server = Server::new("completed");
    let commits = Commits::new(Arc::clone(server.commits.zones())).completion(Arc::new(Marking));
    commit(&commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    assert_eq!(server.zone().serial(), Serial(100));
    assert!(has(&server.zone(), "mark.example.", [192, 0, 2, 7]));
}

#[test]
fn writers_take_turns_and_readers_do_not_wait() {
    let server = Server::new("turns");
    let done = AtomicBool::new(false);
    let apex = name("example.");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reader = server.commits.zones().reader();
            let mut last = Serial(7);
            while !done.load(Ordering::Relaxed) {
                let zone = reader.current().get_zone_exact(&apex.as_name()).unwrap();
                assert!(zone.serial() >= last, "versions come in order");
                last = zone.serial();
            }
        });
        let writers = (0..8u8).map(|writer| {
            let commits = &server.commits;
            scope.spawn(move || {
                for step in 0..10 {
                    let owner = format!("w{writer}.example.");
                    commit(commits, add(&owner, [192, 0, 2, step])).unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(server.zone().serial(), Serial(87));
    assert_eq!(server.zone().record_count(), 4 + 80);
}

#[test]
fn a_line_that_is_too_long_is_told() {
    let server = Server::new("line");
    let (started, go_on) = (Barrier::new(2), Barrier::new(2));
    let apex = name("example.");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server.commits.commit(&apex.as_name(), |_| {
                started.wait();
                go_on.wait();
                Ok::<_, Infallible>(None)
            })
        });
        started.wait();
        let waiting = (0..100u8).map(|number| {
            let commits = &server.commits;
            let owner = format!("n{number}.example.");
            scope.spawn(move || commit(commits, add(&owner, [192, 0, 2, 1])))
        });
        let waiting = waiting.collect::<Vec<_>>();
        // Those who find the line full come back while nobody moves.
        while waiting.iter().filter(|thread| thread.is_finished()).count() < 36 {
            std::thread::yield_now();
        }
        go_on.wait();
        let results = waiting.into_iter().map(|thread| thread.join().unwrap());
        let busy = results.filter(|result| matches!(result, Err(CommitError::Busy(_))));
        assert_eq!(busy.count(), 36);
    });
    assert_eq!(server.zone().serial(), Serial(7 + 64));
}

#[test]
fn differences_are_followed_all_or_none() {
    let server = Server::new("follow");
    let mut zone = Zone::clone(&server.zone());
    let mut differences = Vec::new();
    for step in 0..3 {
        let mut change = add("c.example.", [192, 0, 2, step]);
        change.set_serial(&zone, zone.serial().next()).unwrap();
        let mut octets = Vec::new();
        zone = zone
            .apply(&change.difference(&mut octets).unwrap())
            .unwrap();
        differences.push(octets);
    }
    let apex = zone.apex();
    let mut broken = differences.clone();
    broken.swap(1, 2);
    let old = server.zone();
    assert!(server.commits.follow(&apex, broken).is_err());
    assert!(Arc::ptr_eq(&old, &server.zone()));
    let new = server.commits.follow(&apex, differences.clone()).unwrap();
    assert_eq!(new.serial(), Serial(10));
    let journal = server.commits.kept_in().unwrap();
    let kept = journal.changes_between(&apex, Serial(7), Serial(10), 1 << 20);
    assert_eq!(kept.unwrap(), Some(differences));
}

#[test]
fn a_replacement_is_a_difference_if_it_can_be() {
    let mut server = Server::new("replace");
    let apex = name("example.");
    let apex = &apex.as_name();
    let of = |serial: u32, records: &str| {
        let text = HEAD.replace(" 7 ", &format!(" {serial} ")) + records;
        load(&text).unwrap().zone
    };
    server.commits.replace(of(9, "a A 192.0.2.9\n")).unwrap();
    let history = |server: &Server, from, to| {
        let journal = server.commits.kept_in().unwrap();
        let changes = journal.changes_between(apex, Serial(from), Serial(to), 1 << 20);
        changes.unwrap().is_some()
    };
    assert!(history(&server, 7, 9));
    let before = server.zone();
    server.commits.replace(of(9, "A A 192.0.2.9\n")).unwrap();
    assert!(Arc::ptr_eq(&before, &server.zone()), "it holds the same");
    // A serial that does not follow makes others fetch everything.
    server.commits.replace(of(3, "a A 192.0.2.3\n")).unwrap();
    assert_eq!(server.zone().serial(), Serial(3));
    assert!(!history(&server, 7, 3));
    commit(&server.commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    assert!(history(&server, 3, 4));
    // The file still has what it had when the journal first saw it.
    assert_eq!(server.restart().unwrap(), How::Replayed);
    assert_eq!(server.zone().serial(), Serial(4));

    let other = load("$ORIGIN new.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n")
        .unwrap()
        .zone;
    server.commits.replace(other).unwrap();
    assert_eq!(server.commits.zones().list().len(), 2);
    server
        .commits
        .remove(&name("new.").as_name())
        .unwrap()
        .unwrap();
    assert_eq!(server.commits.zones().list().len(), 1);
    let restored = server.commits.restore(&name("new.").as_name()).unwrap();
    assert!(restored.is_none());
}

#[test]
fn a_zone_without_a_file_is_restored() {
    let folder = Folder::new("commit-restore");
    let open = || {
        let journal = Arc::new(Journal::open(&folder.0).unwrap());
        Commits::new(Arc::new(ZoneStore::new())).journal(journal)
    };
    let commits = open();
    let zone = load(&format!("{HEAD}{RECORDS}")).unwrap().zone;
    let apex = name("example.");
    assert!(commits.restore(&apex.as_name()).unwrap().is_none());
    commits.replace(zone).unwrap();
    commit(&commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    commits
        .kept_in()
        .unwrap()
        .confirm(&apex.as_name(), 12345)
        .unwrap();
    drop(commits);
    let commits = open();
    let zone = commits.restore(&apex.as_name()).unwrap().unwrap();
    assert_eq!(zone.serial(), Serial(8));
    assert!(has(&zone, "c.example.", [192, 0, 2, 3]));
    let confirmed = commits.kept_in().unwrap().confirmed(&apex.as_name());
    assert_eq!(confirmed.unwrap(), Some(12345));
    commit(&commits, add("d.example.", [192, 0, 2, 3])).unwrap();
}

#[test]
fn a_file_is_taken_when_it_is_newer() {
    let server = Server::new("reload");
    let file = |serial: u32, records: &str| {
        let text = HEAD.replace(" 7 ", &format!(" {serial} ")) + records;
        load(&text).unwrap().zone
    };
    commit(&server.commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    // The file has not changed: what is served is further.
    let served = server.commits.reload(file(7, RECORDS)).unwrap();
    assert_eq!(served.serial(), Serial(8));
    let error = server
        .commits
        .reload(file(7, "x A 192.0.2.1\n"))
        .unwrap_err();
    assert!(error.to_string().contains("raise the serial"), "{error}");
    let error = server
        .commits
        .reload(file(2, "x A 192.0.2.1\n"))
        .unwrap_err();
    assert!(
        error.to_string().contains("the journal goes from 7 to 8"),
        "{error}"
    );
    assert_eq!(server.zone().serial(), Serial(8));
    let served = server.commits.reload(file(20, "x A 192.0.2.1\n")).unwrap();
    assert_eq!(served.serial(), Serial(20));
    assert!(!has(&served, "c.example.", [192, 0, 2, 3]));
    let served = server.commits.reload(file(20, "x A 192.0.2.1\n")).unwrap();
    assert_eq!(served.serial(), Serial(20));
}

#[test]
fn a_zone_is_written_back_to_its_file() {
    let mut server = Server::new("write");
    let apex = name("example.");
    commit(&server.commits, add("c.example.", [192, 0, 2, 3])).unwrap();
    let written = server.commits.write_file(&apex.as_name()).unwrap();
    assert_eq!(written, server.file);
    let loaded = Loader::new().load(&written).unwrap().zone;
    assert_eq!(loaded.serial(), Serial(8));
    assert!(has(&loaded, "c.example.", [192, 0, 2, 3]));
    let folder = std::fs::read_dir(written.parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 1, "nothing else is left there");
    assert_eq!(server.restart().unwrap(), How::AsInFile);
    commit(&server.commits, add("d.example.", [192, 0, 2, 3])).unwrap();
    assert_eq!(server.restart().unwrap(), How::Replayed);
    assert_eq!(server.zone().serial(), Serial(9));

    // What is made of several files cannot be written as one.
    let included = server.folder.write("zones/more.db", "e A 192.0.2.5\n");
    let text = std::fs::read_to_string(&server.file).unwrap();
    std::fs::write(
        &server.file,
        text.replace(" 8 ", " 9 ") + "$INCLUDE more.db\n",
    )
    .unwrap();
    let (store, _) = ZoneStore::open(&[&server.file]).unwrap();
    let commits = Commits::new(Arc::new(store));
    let refused = commits.write_file(&apex.as_name());
    assert!(matches!(refused, Err(CommitError::NoSingleFile(_))));
    assert!(included.exists());
}

#[test]
fn differences_from_elsewhere_may_have_other_ttls() {
    let server = Server::new("other-ttl");
    let zone = server.zone();
    let record = |owner: &NameBuf, ttl, data: &[u8]| {
        let mut octets = Vec::new();
        let record = StoredRecord {
            owner: owner.as_name(),
            rtype: Type::A,
            class: Class::IN,
            ttl,
            data,
        };
        record.append_to(&mut octets).unwrap();
        octets
    };
    let mut soas = Change::new();
    soas.set_serial(&zone, Serial(8)).unwrap();
    let mut octets = Vec::new();
    soas.difference(&mut octets).unwrap();
    let difference = Difference::from_bytes(&octets).unwrap();
    let soa = |soa: StoredRecord<'_>| {
        let mut octets = Vec::new();
        soa.append_to(&mut octets).unwrap();
        octets
    };
    let (old, new) = (soa(difference.old_soa()), soa(difference.new_soa()));
    let (a, b) = (name("a.example."), name("b.example."));
    let apex = name("example.");
    let goes = record(&a, 4000, &[192, 0, 2, 1]);
    // An RRset has the TTL of what comes last; of that, the first tells.
    let comes = [
        record(&b, 4000, &[192, 0, 2, 99]),
        record(&b, 5000, &[192, 0, 2, 98]),
    ]
    .concat();
    let taken = [&*old, &*goes, &*new, &*comes].concat();
    let next = server.commits.follow(&apex.as_name(), vec![taken]).unwrap();
    assert!(!has(&next, "a.example.", [192, 0, 2, 1]));
    let set = next.get(&b.as_name()).unwrap().rrset(Type::A).unwrap();
    assert_eq!((set.ttl, set.records().count()), (4000, 3));
    // The history fits the zone as it was here, and so fits those who copied it from here.
    let journal = server.commits.kept_in().unwrap();
    assert_eq!(journal.verify(&apex.as_name()).unwrap(), 1);
    let changes = journal.changes_between(&apex.as_name(), Serial(7), Serial(8), 1 << 20);
    let change = changes.unwrap().unwrap().remove(0);
    let followed = zone.apply(&Difference::from_bytes(&change).unwrap());
    let set = |zone: &Zone| zone.get(&b.as_name())?.rrset(Type::A).map(|set| set.ttl);
    assert_eq!(set(&followed.unwrap()), Some(4000));

    // What is there already, with whatever TTL, does not come.
    let mut soas = Change::new();
    soas.set_serial(&next, Serial(9)).unwrap();
    soas.difference(&mut octets).unwrap();
    let difference = Difference::from_bytes(&octets).unwrap();
    let (old, new) = (soa(difference.old_soa()), soa(difference.new_soa()));
    let comes = record(&b, 60, &[192, 0, 2, 2]);
    let refused = [&*old, &*new, &*comes].concat();
    let refused = server.commits.follow(&apex.as_name(), vec![refused]);
    assert!(matches!(
        refused,
        Err(CommitError::Apply(ApplyError::Present(_)))
    ));
}

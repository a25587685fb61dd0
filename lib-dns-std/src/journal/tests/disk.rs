//! Disks that are full, and files that are damaged.

use super::*;
use crate::journal::store::builder;
use crate::zone::{CommitError, Commits, ZoneStore};
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file on a disk that is full after so many writes.
#[derive(Debug)]
struct FullDisk {
    file: redb::backends::FileBackend,
    room: Arc<AtomicU64>,
}

impl FullDisk {
    fn write(&self) -> Result<(), BackendError> {
        let room = self.room.load(Ordering::SeqCst);
        if room == 0 {
            return Err(BackendError::Io(io::ErrorKind::StorageFull.into()));
        }
        self.room.store(room - 1, Ordering::SeqCst);
        Ok(())
    }
}

impl StorageBackend for FullDisk {
    fn len(&self) -> Result<u64, io::Error> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.write().map_err(|_| io::ErrorKind::StorageFull)?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        FullDisk::write(self).map_err(|_| io::ErrorKind::StorageFull)?;
        self.file.write(offset, data)
    }

    fn close(&self) -> Result<(), io::Error> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// A journal on such a disk.
fn on_full_disk(folder: &Path) -> (Journal, Arc<AtomicU64>) {
    let room = Arc::new(AtomicU64::new(u64::MAX));
    let disk = Arc::clone(&room);
    let opener = move |path: &Path| {
        let mut options = std::fs::File::options();
        options.read(true).write(true).create(true).truncate(false);
        let file = redb::backends::FileBackend::new(options.open(path)?)?;
        let room = Arc::clone(&disk);
        builder().create_with_backend(FullDisk { file, room })
    };
    let path = folder.join("zones.redb");
    (Journal::open_by(path, Box::new(opener)).unwrap(), room)
}

#[test]
fn on_a_full_disk_the_old_version_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, room) = on_full_disk(folder.path());
    let store = Arc::new(ZoneStore::new());
    store.replace(Zone::clone(&zone_of("example.", 1, 5)));
    let commits = Commits::new(store).journal(Arc::new(journal));
    let apex = NameBuf::from_text("example.").unwrap();
    let mut dice = Dice(23);
    let mut commit = || {
        commits.commit(&apex.as_name(), |zone| {
            let (_, octets) = next(zone, &mut dice);
            Change::from_difference(&Difference::from_bytes(&octets).unwrap()).map(Some)
        })
    };
    let serial = || {
        let zone = commits.zones().get_zone_exact(&apex.as_name());
        zone.unwrap().serial().0
    };
    commit().unwrap();
    room.store(3, Ordering::SeqCst);
    for _ in 0..3 {
        let error = commit().unwrap_err();
        let CommitError::Journal(error) = error else {
            panic!("{error}");
        };
        assert!(error.is_io());
        assert_eq!(serial(), 2);
    }
    room.store(u64::MAX, Ordering::SeqCst);
    commit().unwrap();
    assert_eq!(serial(), 3);
}

#[test]
fn a_full_disk_costs_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, room) = on_full_disk(folder.path());
    let mut walk = Walk::new(zone_of("example.", 1, 20), 21);
    let mut failed = 0;
    for _ in 0..40 {
        let left = walk.dice.below(40) as u64;
        room.store(left, Ordering::SeqCst);
        let mut steps = 0;
        let error = loop {
            match walk.try_step(&journal) {
                Ok(()) => steps += 1,
                Err(error) => break error,
            }
            assert!(steps < 100, "the disk never becomes full");
        };
        assert!(error.is_io(), "{error}");
        failed += 1;
        // While the disk is full, nothing goes; nothing breaks either.
        assert!(walk.try_step(&journal).unwrap_err().is_io());
        room.store(u64::MAX, Ordering::SeqCst);
        walk.step(&journal);
        let apex = walk.newest().apex();
        journal.verify(&apex).unwrap();
        assert_same(&journal.zone(&apex).unwrap().unwrap(), walk.newest());
    }
    assert_eq!(failed, 40);
}

#[test]
fn a_second_writer_is_told_to_stay_away() {
    let folder = tempfile::tempdir().unwrap();
    let _journal = Journal::open(folder.path()).unwrap();
    let second = Journal::open(folder.path()).unwrap_err();
    assert!(matches!(second, JournalError::InUse(_)), "{second}");
}

#[test]
fn what_is_no_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zones.redb");
    std::fs::write(&path, "zone text, maybe\n".repeat(1000)).unwrap();
    let refusal = Journal::open(folder.path()).unwrap_err();
    assert!(matches!(refusal, JournalError::Damaged(..)), "{refusal}");

    std::fs::remove_file(&path).unwrap();
    let table = redb::TableDefinition::<&str, u64>::new("meta");
    let write = |name: &str, number| {
        let database = builder().create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(table)
            .unwrap()
            .insert(name, number)
            .unwrap();
        write.commit().unwrap();
    };
    write("other", 1);
    let refusal = Journal::open(folder.path()).unwrap_err();
    assert!(matches!(refusal, JournalError::Damaged(..)), "{refusal}");
    write("format", 2);
    let refusal = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(refusal, JournalError::OtherFormat(_, 2)),
        "{refusal}"
    );

    let refusal = Journal::open(&path).unwrap_err();
    assert!(matches!(refusal, JournalError::Io(..)), "{refusal}");
}

#[test]
fn a_damaged_file_is_refused_or_tells_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let mut walk = Walk::new(zone_of("example.", 1, 20), 22);
    for _ in 0..12 {
        walk.step(&journal);
    }
    let path = journal.path().to_owned();
    let apex = NameBuf::from(walk.newest().apex());
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    let versions = walk.versions.iter().map(|zone| Version::of(zone));
    let versions = versions.collect::<Vec<_>>();
    let (mut refused, mut right) = (0, 0);
    for round in 0..150 {
        let mut octets = whole.clone();
        if round % 3 == 0 {
            octets.truncate(walk.dice.below(whole.len()));
        } else {
            // Most of the file is empty, so several at once.
            for _ in 0..1 + walk.dice.below(20) {
                let at = walk.dice.below(octets.len());
                octets[at] ^= 1 << walk.dice.below(8);
            }
        }
        std::fs::write(&path, &octets).unwrap();
        match Journal::open(folder.path()).and_then(|journal| journal.zone(&apex.as_name())) {
            Ok(Some(zone)) => {
                assert!(versions.contains(&Version::of(&zone)));
                right += 1;
            }
            Ok(None) => assert!(octets.is_empty(), "the zone is not forgotten"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 20 && right > 20, "{refused} {right}");
}

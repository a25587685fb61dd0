//! What is served after a start.

use super::*;

struct Start {
    folder: tempfile::TempDir,
    walk: Walk,
}

impl Start {
    /// A zone at serial 5 in its file, and at 9 in the journal.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let mut walk = Walk::new(zone_of("example.", 5, 10), 11);
        for _ in 0..4 {
            walk.step(&journal);
        }
        Self { folder, walk }
    }

    fn resume(&self, file: &Zone) -> Result<Resumed, JournalError> {
        Journal::open(self.folder.path())
            .unwrap()
            .resume(file.clone())
    }

    fn refusal(&self, file: &Zone) -> String {
        self.resume(file).unwrap_err().to_string()
    }
}

#[test]
fn an_unchanged_file_is_brought_up_to_date() {
    let start = Start::new();
    for _ in 0..2 {
        let resumed = start.resume(&start.walk.versions[0]).unwrap();
        assert_eq!(resumed.how, How::Replayed);
        assert_same(&resumed.zone, start.walk.newest());
    }
    let resumed = start.resume(&start.walk.versions[2]).unwrap();
    assert_eq!(resumed.how, How::Replayed);
    assert_same(&resumed.zone, start.walk.newest());
    let resumed = start.resume(start.walk.newest()).unwrap();
    assert_eq!(resumed.how, How::AsInFile);
    let unknown = start.resume(&zone_of("unknown.", 1, 1)).unwrap();
    assert_eq!(unknown.how, How::AsInFile);
}

#[test]
fn a_newer_file_wins_and_is_a_change() {
    let start = Start::new();
    let newer = zone_of("example.", 20, 3);
    let resumed = start.resume(&newer).unwrap();
    assert_eq!(resumed.how, How::FileIsNewer);
    assert_same(&resumed.zone, &newer);
    let journal = Journal::open(start.folder.path()).unwrap();
    let apex = newer.apex();
    let changes = journal.changes_between(&apex, Serial(6), Serial(20), 1 << 20);
    let changes = changes.unwrap().unwrap();
    let mut zone = Zone::clone(&start.walk.versions[1]);
    for change in &changes {
        zone = zone
            .apply(&Difference::from_bytes(change).unwrap())
            .unwrap();
    }
    assert_same(&zone, &newer);
    assert_eq!(journal.verify(&apex).unwrap(), 5);
    drop(journal);
    assert_eq!(start.resume(&newer).unwrap().how, How::AsInFile);
}

#[test]
fn a_file_that_cannot_be_placed_is_refused() {
    let start = Start::new();
    for serial in [5, 7, 9] {
        let refusal = start.refusal(&zone_of("example.", serial, 9));
        let expected =
            format!("example.: the zone file has changed, but still has serial {serial}, ");
        assert!(refusal.starts_with(&expected), "{refusal}");
        assert!(refusal.contains("raise the serial"), "{refusal}");
    }
    let refusal = start.refusal(&zone_of("example.", 4, 9));
    let expected = "example.: the zone file has serial 4, but the journal goes from 5 to 9: ";
    assert!(refusal.starts_with(expected), "{refusal}");
}

#[test]
fn a_file_that_was_being_written_is_known() {
    let start = Start::new();
    let journal = Journal::open(start.folder.path()).unwrap();
    let apex = start.walk.newest().apex();
    let version = Version::of(&start.walk.versions[3]);
    journal.expect_file(&apex, version).unwrap();
    drop(journal);
    for index in [0, 3] {
        let resumed = start.resume(&start.walk.versions[index]).unwrap();
        assert_same(&resumed.zone, start.walk.newest());
    }
}

#[test]
fn a_zone_without_a_file_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    let zone = zone_of("example.", 70, 100);
    journal.restart(&zone, Version::of(&zone)).unwrap();
    assert_same(&journal.zone(&zone.apex()).unwrap().unwrap(), &zone);
    let mut walk = Walk::new(zone, 12);
    for _ in 0..5 {
        walk.step(&journal);
    }
    // A whole transfer takes the place of everything.
    let other = zone_of("example.", 3, 50);
    journal.restart(&other, Version::of(&other)).unwrap();
    assert_same(&journal.zone(&other.apex()).unwrap().unwrap(), &other);
    assert_eq!(journal.verify(&other.apex()).unwrap(), 0);
}

#[test]
fn a_start_that_broke_off_is_no_harm() {
    // What redb leaves when it is killed while it makes a file: nothing, or pages without its first octets.
    for half_made in [&b""[..], &[0; 8192]] {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join("zones.redb.new");
        std::fs::write(&unfinished, half_made).unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        assert!(!unfinished.exists());
        let zone = zone_of("example.", 1, 3);
        journal.restart(&zone, Version::of(&zone)).unwrap();
        drop(journal);
        let again = Journal::open(folder.path()).unwrap();
        assert!(again.zone(&zone.apex()).unwrap().is_some());
        assert!(JournalReader::open(folder.path()).is_ok());
    }
}

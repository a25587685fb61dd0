//! The journal that a server writes.

use super::error::JournalError;
use super::read::{
    CHANGES, CONFIRMED, FORMAT, FORMAT_NUMBER, META, Reading, SNAPSHOTS, ZONES, key_of, row,
};
use super::row::Version;
use super::write::Tables;
use crate::transfer::History;
use crate::zone::Zone;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Difference, Serial, ZoneLookup};
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadTransaction, ReadableDatabase,
    ReadableTable, TableHandle,
};
use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the file in the state folder.
pub(super) const FILE: &str = "zones.redb";
/// Its name until it is a journal.
const UNFINISHED: &str = "zones.redb.new";
/// Octets of pages that are kept in memory.
const CACHE: usize = 32 << 20;
/// The least and the most octets of changes that are kept of a zone. In tests they are few, as those of a
/// part are.
const LIMITS: (u64, u64) = if cfg!(test) {
    (4 << 10, 1 << 20)
} else {
    (1 << 20, 100 << 20)
};
/// About what a record takes in a snapshot.
const OCTETS_A_RECORD: u64 = 64;

/// What happened to the zones of a server, kept on disk. The module's page tells what is kept and how.
///
/// All calls wait for the disk: a server makes them where waiting harms nobody.
///
/// ```
/// use lib_dns_core::zone::{Difference, ZoneLookup};
/// use lib_dns_std::journal::{Journal, Step};
/// use lib_dns_std::zone::{Change, Loader};
/// use std::path::Path;
/// use std::sync::Arc;
///
/// let folder = tempfile::tempdir()?;
/// let journal = Journal::open(folder.path())?;
/// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
/// let old = Loader::new().load_text(Path::new("example"), text.as_bytes())?.zone;
/// let mut change = Change::new();
/// change.set_serial(&old, old.serial().next())?;
/// let mut octets = Vec::new();
/// let new = old.apply(&change.difference(&mut octets)?)?;
/// let (old, new) = (Arc::new(old), Arc::new(new));
/// journal.append(vec![Step::between(&old, &new, octets.clone())?])?;
///
/// let again = journal.zone(&old.apex())?.expect("it was changed");
/// assert_eq!(again.serial().0, 2);
/// let since = journal.changes_between(&old.apex(), old.serial(), new.serial(), 1 << 20)?;
/// assert_eq!(since, Some(vec![octets]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Journal {
    path: PathBuf,
    opener: Box<Opener>,
    /// `None` after a failure, until it is opened again.
    database: Mutex<Option<Arc<Database>>>,
    /// What waits to be written.
    queue: Mutex<Vec<Job>>,
    /// Who holds this writes for all that wait.
    writer: Mutex<()>,
    /// The number after the next zone's; 0 before the first is looked for.
    after_next: AtomicU64,
    /// The limits of zones that have limits of their own.
    limits: Mutex<HashMap<NameBuf, u64>>,
}

/// Opens the database.
pub(super) type Opener = dyn Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync;

/// One step of a zone from version to version.
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) old: Arc<Zone>,
    pub(super) new: Arc<Zone>,
    pub(super) from: Version,
    pub(super) to: Version,
    pub(super) difference: Vec<u8>,
}

impl Step {
    /// From one version to the next, where the difference is known.
    ///
    /// It looks at all records of the old version; [`Self::after`] does not.
    ///
    /// # Errors
    /// If the octets are no difference.
    pub fn between(
        old: &Arc<Zone>,
        new: &Arc<Zone>,
        difference: Vec<u8>,
    ) -> Result<Self, JournalError> {
        Self::after(old, Version::of(old), new, difference)
    }

    /// As [`Self::between`], if it is known which version the old one is.
    ///
    /// # Errors
    /// If the octets are no difference.
    pub fn after(
        old: &Arc<Zone>,
        from: Version,
        new: &Arc<Zone>,
        difference: Vec<u8>,
    ) -> Result<Self, JournalError> {
        let content = from.content.after(&Difference::from_bytes(&difference)?);
        let to = Version {
            serial: new.serial(),
            content,
        };
        Ok(Self {
            old: Arc::clone(old),
            new: Arc::clone(new),
            from,
            to,
            difference,
        })
    }

    /// The version that it leads to.
    pub fn to(&self) -> Version {
        self.to
    }
}

/// Writes something.
type Work = dyn Fn(&mut Tables<'_>) -> Result<(), JournalError> + Send;

/// Something to be written: all or nothing, and it may be tried more than once.
struct Job {
    work: Box<Work>,
    done: SyncSender<Result<(), JournalError>>,
}

impl Journal {
    /// Opens the journal in a state folder; makes the folder and the file if they are not there. All
    /// checksums of the file are verified.
    ///
    /// # Errors
    /// If the file cannot be read or written, is damaged, or is written by another process.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(|error| JournalError::io(folder, error))?;
        let path = folder.join(FILE);
        if !path.exists() {
            Self::make(folder, &path)?;
        }
        Self::create(path)
    }

    fn create(path: PathBuf) -> Result<Self, JournalError> {
        Self::open_by(path, Box::new(|path| builder().create(path)))
    }

    /// Makes an empty journal, beside its place first: killed on the way, a half-made one would stand there,
    /// which no start takes for a journal.
    fn make(folder: &Path, path: &Path) -> Result<(), JournalError> {
        let io_error = |error| JournalError::io(path, error);
        let unfinished = folder.join(UNFINISHED);
        let made = match Self::create(unfinished.clone()) {
            Err(JournalError::Damaged(..)) => {
                fs::remove_file(&unfinished).map_err(io_error)?;
                Self::create(unfinished.clone())?
            }
            other => other?,
        };
        // While it is open nobody else can be at it.
        if !path.exists() {
            fs::rename(&unfinished, path).map_err(io_error)?;
        }
        drop(made);
        // The file's name must outlive a crash too.
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| JournalError::io(folder, error))
    }

    pub(super) fn open_by(path: PathBuf, opener: Box<Opener>) -> Result<Self, JournalError> {
        let journal = Self {
            path,
            opener,
            database: Mutex::new(None),
            queue: Mutex::default(),
            writer: Mutex::default(),
            after_next: AtomicU64::new(0),
            limits: Mutex::default(),
        };
        journal.database()?;
        Ok(journal)
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The most octets of changes that are kept of a zone for which nothing else was set: a fifth of what its records take, but at least
    /// 1 MiB and at most 100 MiB.
    pub fn limit_for(zone: &Zone) -> u64 {
        let (least, most) = LIMITS;
        (zone.record_count() * OCTETS_A_RECORD / 5).clamp(least, most)
    }

    /// From now on, of these zones so many octets of changes are kept, and of others [`Self::limit_for`] them.
    pub fn set_limits(&self, limits: impl IntoIterator<Item = (NameBuf, u64)>) {
        *lock(&self.limits) = limits.into_iter().collect();
    }

    fn limit_of(&self, zone: &Zone) -> u64 {
        let limit = lock(&self.limits).get(&NameBuf::from(zone.apex())).copied();
        limit.unwrap_or_else(|| Self::limit_for(zone))
    }

    /// Keeps changes of one zone, one after the other: all or none. When this comes back without an error,
    /// they are on disk.
    ///
    /// What the journal has after the version that the first starts from was never acknowledged, and is
    /// replaced.
    ///
    /// # Errors
    /// If it cannot be written, or the journal does not have the version that it starts from. Then nothing
    /// has changed.
    pub fn append(&self, steps: Vec<Step>) -> Result<(), JournalError> {
        let Some(last) = steps.last() else {
            return Ok(());
        };
        let limit = self.limit_of(&last.new);
        self.write(move |tables| {
            let mut steps = steps.iter();
            steps.try_for_each(|step| tables.append(step, limit))
        })
    }

    /// Keeps a whole zone instead of all that the journal has of it.
    ///
    /// # Errors
    /// If it cannot be written. Then nothing has changed.
    pub fn restart(&self, zone: &Arc<Zone>, version: Version) -> Result<(), JournalError> {
        let zone = Arc::clone(zone);
        self.write(move |tables| tables.restart(&zone, version))
    }

    /// Forgets a zone.
    ///
    /// # Errors
    /// If it cannot be written. Then nothing has changed.
    pub fn remove(&self, apex: &Name<'_>) -> Result<(), JournalError> {
        let apex = key_of(apex);
        self.write(move |tables| tables.remove(&apex))
    }

    /// Makes known that a file with this version of a zone is about to be written, so that it is
    /// recognised at the next start. Nothing happens if the journal has nothing of the zone.
    ///
    /// # Errors
    /// If it cannot be written. Then nothing has changed.
    pub fn expect_file(&self, apex: &Name<'_>, version: Version) -> Result<(), JournalError> {
        let apex = key_of(apex);
        self.write(move |tables| tables.expect_file(&apex, version))
    }

    /// Keeps when a zone was last known to be current, in seconds since 1970: a secondary asks after a start
    /// whether the zone has expired (RFC 1035 3.3.13). The time goes with the zone, but the zone need not be
    /// there.
    ///
    /// # Errors
    /// If it cannot be written. Then nothing has changed.
    pub fn confirm(&self, apex: &Name<'_>, time: u64) -> Result<(), JournalError> {
        let apex = key_of(apex);
        self.write(move |tables| tables.confirm(&apex, time))
    }

    /// When a zone was last known to be current, in seconds since 1970.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn confirmed(&self, apex: &Name<'_>) -> Result<Option<u64>, JournalError> {
        let read = self.read()?;
        let table = read
            .open_table(CONFIRMED)
            .map_err(|error| self.redb(error))?;
        let time = table.get(key_of(apex).as_bytes());
        let time = time.map_err(|error| self.redb(error))?;
        Ok(time.map(|time| time.value()))
    }

    /// The zones that the journal knows, in no particular order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn zones(&self) -> Result<Vec<NameBuf>, JournalError> {
        let read = self.read()?;
        zones(&self.path, &read)
    }

    /// The newest version of a zone that the journal knows.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn newest(&self, apex: &Name<'_>) -> Result<Option<Version>, JournalError> {
        let read = self.read()?;
        let zones = read.open_table(ZONES).map_err(|error| self.redb(error))?;
        Ok(row(&self.path, &zones, apex)?.map(|row| row.newest))
    }

    /// A zone as it was when it last changed, if the journal knows it.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn zone(&self, apex: &Name<'_>) -> Result<Option<Zone>, JournalError> {
        self.reading(apex, |reading| reading.zone())
    }

    /// The differences that lead from one version of a zone to a later one, oldest first; `None` if the
    /// journal has not all of them, or they take more than `most` octets.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn changes_between(
        &self,
        apex: &Name<'_>,
        from: Serial,
        to: Serial,
        most: u64,
    ) -> Result<Option<Vec<Vec<u8>>>, JournalError> {
        let found = self.reading(apex, |reading| {
            let Some(first) = reading.sequence_from(from)? else {
                return Ok(None);
            };
            let mut changes = Vec::new();
            let mut octets = 0;
            for sequence in first..reading.row.next {
                let (header, change) = reading.change(sequence)?;
                octets += header.len;
                if octets > most {
                    return Ok(None);
                }
                changes.push(change);
                if header.to.serial == to {
                    return Ok(Some(changes));
                }
            }
            Ok(None)
        })?;
        Ok(found.flatten())
    }

    /// Looks through all that the journal has of a zone: checksums, that each change starts where the one
    /// before it led, and that they lead from the snapshot to the newest version. Tells how many changes
    /// there are.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, apex: &Name<'_>) -> Result<u64, JournalError> {
        let found = self.reading(apex, |reading| {
            let changes = reading.check_changes()?;
            reading.zone()?;
            Ok(changes)
        })?;
        found.ok_or_else(|| JournalError::NoSuchZone(Box::new(key_of(apex))))
    }

    /// Does something with what the journal has of a zone, if it has anything.
    pub(super) fn reading<T>(
        &self,
        apex: &Name<'_>,
        work: impl FnOnce(&Stored<'_>) -> Result<T, JournalError>,
    ) -> Result<Option<T>, JournalError> {
        let read = self.read()?;
        with_zone(&self.path, &read, apex, work)
    }

    pub(super) fn read(&self) -> Result<ReadTransaction, JournalError> {
        let database = self.database()?;
        database.begin_read().map_err(|error| self.redb(error))
    }

    /// Has something written, together with what others want to have written at this time.
    pub(super) fn write(
        &self,
        work: impl Fn(&mut Tables<'_>) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<(), JournalError> {
        let (done, result) = sync_channel(1);
        let job = Job {
            work: Box::new(work),
            done,
        };
        lock(&self.queue).push(job);
        let writer = lock(&self.writer);
        // Who had the turn before may have written it already.
        let jobs = std::mem::take(&mut *lock(&self.queue));
        if !jobs.is_empty() {
            self.write_all(&jobs);
        }
        drop(writer);
        result.try_recv().unwrap_or_else(|_| {
            let error = io::Error::other("the write was given up");
            Err(JournalError::io(&self.path, error))
        })
    }

    /// Writes jobs as one transaction; if that fails, each by itself, so that only those fail that must.
    fn write_all(&self, jobs: &[Job]) {
        let together = self.transact(jobs);
        if let ([_, _, ..], Err(_)) = (jobs, &together) {
            for job in jobs {
                let result = self.transact(std::slice::from_ref(job));
                let _ = job.done.send(result);
            }
            return;
        }
        for job in jobs {
            let _ = job.done.send(together.clone());
        }
    }

    fn transact(&self, jobs: &[Job]) -> Result<(), JournalError> {
        let database = self.database()?;
        let result = self.transact_in(&database, jobs);
        if result.as_ref().is_err_and(JournalError::is_of_disk) {
            // What failed once fails on; opened anew, it shows what is on disk.
            *lock(&self.database) = None;
        }
        result
    }

    fn transact_in(&self, database: &Database, jobs: &[Job]) -> Result<(), JournalError> {
        let write = database.begin_write().map_err(|error| self.redb(error))?;
        let mut tables = Tables::open(&self.path, &write, &self.after_next)?;
        for job in jobs {
            (job.work)(&mut tables)?;
        }
        drop(tables);
        write.commit().map_err(|error| self.redb(error))
    }

    /// The database; opened again after a failure.
    fn database(&self) -> Result<Arc<Database>, JournalError> {
        let mut database = lock(&self.database);
        if let Some(database) = &*database {
            return Ok(Arc::clone(database));
        }
        let opened = (self.opener)(&self.path).map_err(|error| self.redb(error))?;
        self.check_format(&opened)?;
        Ok(Arc::clone(database.insert(Arc::new(opened))))
    }

    /// Is it a journal of ours? An empty file becomes one.
    fn check_format(&self, database: &Database) -> Result<(), JournalError> {
        let write = database.begin_write().map_err(|error| self.redb(error))?;
        let names = write.list_tables().map_err(|error| self.redb(error))?;
        let names = names.map(|table| table.name().to_owned());
        let is_empty = names.collect::<Vec<_>>().is_empty();
        let mut meta = write.open_table(META).map_err(|error| self.redb(error))?;
        let format = meta.get(FORMAT).map_err(|error| self.redb(error))?;
        let format = format.map(|format| format.value());
        match format {
            Some(FORMAT_NUMBER) => return Ok(()),
            Some(other) => return Err(JournalError::OtherFormat(self.path.clone(), other)),
            None if !is_empty => {
                let why = "it has other tables".to_owned();
                return Err(JournalError::Damaged(self.path.clone(), why));
            }
            None => {}
        }
        meta.insert(FORMAT, FORMAT_NUMBER)
            .map_err(|error| self.redb(error))?;
        drop(meta);
        drop(Tables::open(&self.path, &write, &self.after_next)?);
        write.commit().map_err(|error| self.redb(error))
    }

    pub(super) fn redb(&self, error: impl Into<redb::Error>) -> JournalError {
        JournalError::redb(&self.path, error)
    }
}

impl History for Journal {
    fn since(
        &self,
        apex: &Name<'_>,
        from: Serial,
        to: Serial,
        most: u64,
    ) -> io::Result<Option<Vec<Vec<u8>>>> {
        let changes = self.changes_between(apex, from, to, most);
        changes.map_err(io::Error::other)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal({})", self.path.display())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is replaced as a whole, so a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a journal is opened: one process writes it, others may read it meanwhile.
pub(super) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true);
    builder
}

/// What stands in a database of one zone.
pub(super) type Stored<'t> = Reading<
    't,
    redb::ReadOnlyTable<(u64, u64, u32), &'static [u8]>,
    redb::ReadOnlyTable<(u64, u32), &'static [u8]>,
>;

/// Does something with what a database has of a zone, if it has anything.
pub(super) fn with_zone<T>(
    path: &Path,
    read: &ReadTransaction,
    apex: &Name<'_>,
    work: impl FnOnce(&Stored<'_>) -> Result<T, JournalError>,
) -> Result<Option<T>, JournalError> {
    let redb = |error| JournalError::redb(path, error);
    let zones = read.open_table(ZONES).map_err(redb)?;
    let Some(row) = row(path, &zones, apex)? else {
        return Ok(None);
    };
    let changes = read.open_table(CHANGES).map_err(redb)?;
    let snapshots = read.open_table(SNAPSHOTS).map_err(redb)?;
    let reading = Reading {
        path,
        apex: key_of(apex),
        row: &row,
        changes: &changes,
        snapshots: &snapshots,
    };
    work(&reading).map(Some)
}

/// The zones that a database knows.
pub(super) fn zones(path: &Path, read: &ReadTransaction) -> Result<Vec<NameBuf>, JournalError> {
    let table = read
        .open_table(ZONES)
        .map_err(|error| JournalError::redb(path, error))?;
    let mut zones = Vec::new();
    for entry in table
        .iter()
        .map_err(|error| JournalError::redb(path, error))?
    {
        let (key, _) = entry.map_err(|error| JournalError::redb(path, error))?;
        let name = Name::from_wire(key.value()).map_err(|error| {
            JournalError::Damaged(path.into(), format!("the name of a zone: {error}"))
        })?;
        zones.push(name.into());
    }
    zones.sort();
    Ok(zones)
}

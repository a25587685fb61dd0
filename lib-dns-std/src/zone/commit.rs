//! The door through which the zones of a server change.

mod error;
mod turns;

pub use error::CommitError;

use super::apply::ApplyError;
use super::change::Change;
use super::load::SourceFile;
use super::memory::Zone;
use super::store::ZoneStore;
use crate::journal::{How, Journal, Step, Version};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Difference, Serial, ZoneLookup};
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast;
use turns::{Turn, Turns};

/// Versions that a subscriber may be behind before it misses some.
const MAX_LAG: usize = 1024;

/// Adds to a change what belongs to it: signatures, denials, another serial.
///
/// It is asked before the change is made, with the version that the change starts from. It should not take
/// long: the zone's other writers wait.
pub trait Complete: Send + Sync {
    /// Completes a change of a zone. Without a new SOA record after it, the zone gets the next serial.
    ///
    /// # Errors
    /// If the change must not be made.
    fn complete(
        &self,
        zone: &Zone,
        change: &mut Change,
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// A zone has changed, and the new version is served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Committed {
    /// The zone.
    pub apex: NameBuf,
    /// The serial of the version before; `None` if there was none.
    pub from: Option<Serial>,
    /// The serial of the version that is served; `None` if the zone is gone.
    pub to: Option<Serial>,
}

/// The door through which the zones of a server change.
///
/// A change is made from the current version, completed (signed), applied, written to the journal, served,
/// and told to subscribers, in this order. Each zone has one writer at a time, and others wait in the order
/// in which they came; readers never wait. When a call comes back without an error, the change is on disk.
/// After an error, the version before is still served.
///
/// Calls wait for the disk and for other writers, so in an asynchronous program they belong where they may
/// block.
///
/// ```
/// use lib_dns_core::zone::ZoneLookup;
/// use lib_dns_std::zone::{Change, Commits, Loader, ZoneStore};
/// use std::convert::Infallible;
/// use std::path::Path;
/// use std::sync::Arc;
///
/// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
/// let zone = Loader::new().load_text(Path::new("example"), text.as_bytes())?.zone;
/// let apex = lib_dns_core::name::NameBuf::from(zone.apex());
/// let store = Arc::new(ZoneStore::new());
/// store.replace(zone);
/// let commits = Commits::new(store);
/// let committed = commits.commit(&apex.as_name(), |zone| {
///     let mut change = Change::new();
///     for record in zone.records().filter(|record| record.data == [10, 42, 0, 1]) {
///         change.delete(&record)?;
///         change.add(&lib_dns_core::zone::StoredRecord { data: &[10, 42, 0, 2], ..record })?;
///     }
///     Ok::<_, lib_dns_std::zone::ChangeError>(Some(change))
/// })?;
/// assert_eq!(committed.expect("a change").serial().0, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Commits {
    zones: Arc<ZoneStore>,
    journal: Option<Arc<Journal>>,
    completion: Option<Arc<dyn Complete>>,
    turns: Turns,
    changed: broadcast::Sender<Committed>,
}

impl Commits {
    /// For zones that are kept in memory only.
    pub fn new(zones: Arc<ZoneStore>) -> Self {
        Self {
            zones,
            journal: None,
            completion: None,
            turns: Turns::default(),
            changed: broadcast::Sender::new(MAX_LAG),
        }
    }

    /// Keeps all changes in a journal.
    #[must_use]
    pub fn journal(mut self, journal: Arc<Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Has all changes completed.
    #[must_use]
    pub fn completion(mut self, completion: Arc<dyn Complete>) -> Self {
        self.completion = Some(completion);
        self
    }

    /// The zones that are served.
    pub fn zones(&self) -> &Arc<ZoneStore> {
        &self.zones
    }

    /// The journal, if there is one.
    pub fn kept_in(&self) -> Option<&Arc<Journal>> {
        self.journal.as_ref()
    }

    /// Is told of every version that comes into service from now on. Who is more than 1024 versions behind
    /// misses the oldest, and is told so.
    pub fn subscribe(&self) -> broadcast::Receiver<Committed> {
        self.changed.subscribe()
    }

    /// Changes a zone. `make` is given the current version, while no other writer has its turn; `None` is no
    /// change. Gives the new version.
    ///
    /// # Errors
    /// If `make` fails, the change does not fit, or it cannot be kept.
    pub fn commit<E>(
        &self,
        apex: &Name<'_>,
        make: impl FnOnce(&Zone) -> Result<Option<Change>, E>,
    ) -> Result<Option<Arc<Zone>>, CommitError<E>> {
        let (mut turn, zone) = self.turn(apex)?;
        let Some(mut change) = make(&zone).map_err(CommitError::Refused)? else {
            return Ok(None);
        };
        if let Some(completion) = &self.completion {
            let completed = completion.complete(&zone, &mut change);
            completed.map_err(|error| CommitError::Incomplete(error.into()))?;
        }
        if change.is_empty() {
            return Ok(None);
        }
        if !change.added().any(|record| record.rtype == Type::SOA) {
            change.set_serial(&zone, zone.serial().next())?;
        }
        let mut octets = Vec::new();
        change.difference(&mut octets)?;
        self.take_steps(&mut turn, zone, vec![octets]).map(Some)
    }

    /// Follows differences that came from elsewhere, in the form of [`Difference`], oldest first: all of them
    /// or none. Gives the new version. They are not completed. What goes may have another TTL elsewhere than here,
    /// where an RRset has one; it is known by its data (RFC 2181 5.2).
    ///
    /// # Errors
    /// If they do not fit, or cannot be kept.
    pub fn follow(
        &self,
        apex: &Name<'_>,
        differences: Vec<Vec<u8>>,
    ) -> Result<Arc<Zone>, CommitError> {
        let (mut turn, zone) = self.turn(apex)?;
        self.take_steps(&mut turn, zone, differences)
    }

    /// Serves a zone in the place of the one of that name, or as a new one, and keeps it in the journal: as
    /// a difference, if its serial is newer, and as a whole otherwise. Gives the version that is served now:
    /// the old one if the two hold the same.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn replace(&self, zone: Zone) -> Result<Arc<Zone>, CommitError> {
        let mut turn = self.turns.take(&zone.apex())?;
        self.replace_in(&mut turn, zone)
    }

    fn replace_in(&self, turn: &mut Turn, zone: Zone) -> Result<Arc<Zone>, CommitError> {
        let new = Arc::new(zone);
        let Some(old) = self.zones.get_zone_exact(&new.apex()) else {
            return self.restart(turn, None, new);
        };
        if new.serial().is_newer_than(old.serial())
            && let Ok(change) = Change::between(&old, &new)
        {
            let mut octets = Vec::new();
            change.difference(&mut octets)?;
            return self.take_steps(turn, old, vec![octets]);
        }
        if turn.version(&old) == Version::of(&new) {
            return Ok(old);
        }
        self.restart(turn, Some(old), new)
    }

    /// Takes a zone as its file has it now. What is served may be further, by changes that are not in the
    /// file; then the file must have a newer serial to win. Gives the version that is served now.
    ///
    /// # Errors
    /// If the file has changed and its serial is not newer than that of the version that is served, or if it
    /// cannot be kept.
    pub fn reload(&self, file: Zone) -> Result<Arc<Zone>, CommitError> {
        let apex = NameBuf::from(file.apex());
        let apex = &apex.as_name();
        let mut turn = self.turns.take(apex)?;
        let (Some(journal), Some(old)) = (&self.journal, self.zones.get_zone_exact(apex)) else {
            return self.replace_in(&mut turn, file);
        };
        let version = Version::of(&file);
        let how = journal.place(apex, version)?;
        let has_history = journal.newest(apex)?.is_some();
        if has_history && matches!(how, How::AsInFile | How::Replayed) {
            return Ok(old);
        }
        let zone = self.replace_in(&mut turn, file)?;
        journal.expect_file(apex, version)?;
        Ok(zone)
    }

    /// Brings a zone that was loaded from its file to the version that it had when the program ended. To be
    /// called at start, before anything else happens to the zone. It tells how it came back.
    ///
    /// # Errors
    /// As for [`Journal::resume`]. What was loaded is still served.
    pub fn resume(&self, apex: &Name<'_>) -> Result<How, CommitError> {
        let (mut turn, zone) = self.turn(apex)?;
        let Some(journal) = &self.journal else {
            return Ok(How::AsInFile);
        };
        let resumed = journal.resume(Zone::clone(&zone))?;
        if resumed.how == How::Replayed {
            let version = journal.newest(apex)?;
            self.publish(Some(&zone), &resumed.zone);
            if let Some(version) = version {
                turn.set_version(&resumed.zone, version);
            }
        }
        Ok(resumed.how)
    }

    /// Serves a zone that has no file as the journal has it; `None` if the journal does not know it. To be
    /// called at start.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn restore(&self, apex: &Name<'_>) -> Result<Option<Arc<Zone>>, CommitError> {
        let mut restored = self.restore_all(&[(*apex).into()]);
        restored.pop().unwrap_or(Ok(None))
    }

    /// The same for several zones, each of which is named once; they come into service together.
    pub(crate) fn restore_all(
        &self,
        apexes: &[NameBuf],
    ) -> Vec<Result<Option<Arc<Zone>>, CommitError>> {
        let read = apexes.iter().map(|apex| self.read_kept(&apex.as_name()));
        let read: Vec<_> = read.collect();
        let found = || read.iter().flatten().flatten();
        let before = found().map(|(_, zone)| self.zones.get_zone_exact(&zone.apex()));
        let before: Vec<_> = before.collect();
        self.zones
            .publish(found().map(|(_, zone)| Arc::clone(zone)));
        for (old, (_, zone)) in before.iter().zip(found()) {
            self.tell(old.as_ref(), Some(zone));
        }
        let restored = read.into_iter();
        restored
            .map(|read| read.map(|found| found.map(|(_turn, zone)| zone)))
            .collect()
    }

    /// A zone as the journal has it, with the turn to change it.
    fn read_kept(&self, apex: &Name<'_>) -> Result<Option<(Turn, Arc<Zone>)>, CommitError> {
        let mut turn = self.turns.take(apex)?;
        let Some(journal) = &self.journal else {
            return Ok(None);
        };
        let Some(zone) = journal.zone(apex)? else {
            return Ok(None);
        };
        let zone = Arc::new(zone);
        if let Some(version) = journal.newest(apex)? {
            turn.set_version(&zone, version);
        }
        Ok(Some((turn, zone)))
    }

    /// Takes a zone out of service and out of the journal.
    ///
    /// # Errors
    /// If the journal cannot be written. The zone is still served then.
    pub fn remove(&self, apex: &Name<'_>) -> Result<Option<Arc<Zone>>, CommitError> {
        let turn = self.turns.take(apex)?;
        if let Some(journal) = &self.journal {
            journal.remove(apex)?;
        }
        let old = self.zones.remove(apex);
        if let Some(old) = &old {
            self.tell(Some(old), None);
        }
        drop(turn);
        self.turns.forget(apex);
        Ok(old)
    }

    /// Writes a zone to the file that it was loaded from, in canonical order, so that the file holds what is
    /// served. The old file is there until the new one is whole and on disk.
    ///
    /// # Errors
    /// If the zone came from no file or from several, or the file cannot be written.
    pub fn write_file(&self, apex: &Name<'_>) -> Result<PathBuf, CommitError> {
        let (mut turn, zone) = self.turn(apex)?;
        let zones = self.zones.snapshot();
        let [SourceFile { path, .. }] = zones.sources(apex) else {
            return Err(CommitError::NoSingleFile(Box::new((*apex).into())));
        };
        if let Some(journal) = &self.journal {
            journal.expect_file(apex, turn.version(&zone))?;
        }
        zone.write_file(path)
            .map_err(|error| CommitError::File(path.clone(), Arc::new(error)))?;
        Ok(path.clone())
    }

    /// The turn to change a zone, and its current version.
    fn turn<E>(&self, apex: &Name<'_>) -> Result<(Turn, Arc<Zone>), CommitError<E>> {
        let no_zone = || CommitError::NoSuchZone(Box::new((*apex).into()));
        // Those who ask for what is not there leave nothing behind.
        self.zones.get_zone_exact(apex).ok_or_else(no_zone)?;
        let turn = self.turns.take(apex)?;
        let zone = self.zones.get_zone_exact(apex).ok_or_else(no_zone)?;
        Ok((turn, zone))
    }

    /// Follows differences one after the other; all of them are kept and served, or none.
    fn take_steps<E>(
        &self,
        turn: &mut Turn,
        old: Arc<Zone>,
        differences: Vec<Vec<u8>>,
    ) -> Result<Arc<Zone>, CommitError<E>> {
        let mut zone = Arc::clone(&old);
        let mut version = self.journal.as_ref().map(|_| turn.version(&old));
        let mut steps = Vec::with_capacity(differences.len());
        for mut octets in differences {
            let difference = Difference::from_bytes(&octets)?;
            let (from, to) = (difference.from_serial(), difference.to_serial());
            if !to.is_newer_than(from) {
                return Err(CommitError::NotNewer { from, to });
            }
            let next = match zone.apply(&difference) {
                Err(ApplyError::OtherTtl { .. }) => {
                    octets = zone.with_own_ttls(&difference)?;
                    zone.apply(&Difference::from_bytes(&octets)?)?
                }
                applied => applied?,
            };
            let next = Arc::new(next);
            if let Some(from) = version {
                let step = Step::after(&zone, from, &next, octets)?;
                version = Some(step.to());
                steps.push(step);
            }
            zone = next;
        }
        if let Some(journal) = &self.journal {
            journal.append(steps)?;
        }
        if let Some(version) = version {
            turn.set_version(&zone, version);
        }
        self.publish(Some(&old), &zone);
        Ok(zone)
    }

    /// Keeps and serves a zone without regard to what was there.
    fn restart(
        &self,
        turn: &mut Turn,
        old: Option<Arc<Zone>>,
        new: Arc<Zone>,
    ) -> Result<Arc<Zone>, CommitError> {
        if let Some(journal) = &self.journal {
            let version = Version::of(&new);
            journal.restart(&new, version)?;
            turn.set_version(&new, version);
        }
        self.publish(old.as_ref(), &new);
        Ok(new)
    }

    fn publish(&self, old: Option<&Arc<Zone>>, new: &Arc<Zone>) {
        self.zones.publish([Arc::clone(new)]);
        self.tell(old, Some(new));
    }

    fn tell(&self, old: Option<&Arc<Zone>>, new: Option<&Arc<Zone>>) {
        if let Some(zone) = new.or(old) {
            // Nobody may be listening.
            let _ = self.changed.send(Committed {
                apex: zone.apex().into(),
                from: old.map(|zone| zone.serial()),
                to: new.map(|zone| zone.serial()),
            });
        }
    }
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commits")
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

//! The zones of one server, as they change.

use super::finding::{Findings, Problem};
use super::load::{Loaded, Loader, OpenedImage, Progress, SourceFile};
use super::memory::Zone;
use super::set::{Unread, Zones};
use arc_swap::{ArcSwap, Cache};
use lib_dns_core::code_points::InfoCode;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::ZoneLookup;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The endings of zone files' names in a folder, text and images.
const ZONE_FILES: [&str; 2] = ["zone", "image"];

/// The zones of one server, as they change.
///
/// Readers take a snapshot and never wait; a change makes a new set of zones and puts it in the place
/// of the old one, which lives on until its last reader is done.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::zone::{Loader, ZoneStore};
/// use std::path::Path;
///
/// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
/// let loaded = Loader::new().load_text(Path::new("example"), text.as_bytes())?;
/// let store = ZoneStore::new();
/// store.replace(loaded.zone);
/// let name = NameBuf::from_text("alice.sovereign.")?;
/// let zone = store.get_deepest_zone(&name.as_name()).unwrap();
/// assert_eq!(zone.serial().0, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ZoneStore {
    zones: Arc<ArcSwap<Zones>>,
    /// Who holds this may change the set.
    writer: Mutex<()>,
    /// How many sets have been made.
    changes: AtomicU64,
    /// The files and folders that were asked for. Who holds this may read them.
    paths: Mutex<Vec<PathBuf>>,
    kept: usize,
}

impl Default for ZoneStore {
    fn default() -> Self {
        Self::new()
    }
}

/// What a [`ZoneStore::reload`] did.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// The zones that were loaded, new ones among them.
    pub loaded: Vec<Arc<Zone>>,
    /// The zones that are no longer served, since their files are gone from a folder.
    pub removed: Vec<NameBuf>,
    /// What was found. Where there are errors, the zone's old version stays in service.
    pub findings: Findings,
}

impl ZoneStore {
    /// A store without zones.
    pub fn new() -> Self {
        Self {
            zones: Arc::default(),
            writer: Mutex::default(),
            changes: AtomicU64::new(0),
            paths: Mutex::default(),
            kept: 100,
        }
    }

    /// Loads zones: a file is a zone, a folder has those in its files that end in `.zone`, or `.image`. With the store
    /// come the warnings.
    ///
    /// # Errors
    /// All that was found, if that is not only warnings. No zone is served then.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<(Self, Findings), Findings> {
        Self::open_telling(paths, |_, _| {})
    }

    /// As [`Self::open`]; `progress` is told now and then how far the load of a zone file has come.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_telling<P: AsRef<Path>>(
        paths: &[P],
        progress: impl FnMut(&Path, Progress),
    ) -> Result<(Self, Findings), Findings> {
        Self::open_as(paths, Images::Whole, progress)
    }

    /// As [`Self::open_telling`], but of images only what says what else there is has been read, and what stands at the
    /// apex. The zones of images are answered from at once ([`Authority`](crate::server::Authority)), with pages that
    /// are read and checked when they are asked for; what needs a page that is not as it was written is answered with
    /// SERVFAIL. Everybody else finds these zones once [`Self::read_images`] has read them whole.
    ///
    /// # Errors
    /// As for [`Self::open`], as far as that has been read.
    pub fn open_early<P: AsRef<Path>>(
        paths: &[P],
        progress: impl FnMut(&Path, Progress),
    ) -> Result<(Self, Findings), Findings> {
        Self::open_as(paths, Images::Unread, progress)
    }

    fn open_as<P: AsRef<Path>>(
        paths: &[P],
        images: Images,
        mut progress: impl FnMut(&Path, Progress),
    ) -> Result<(Self, Findings), Findings> {
        let store = Self::new();
        *lock(&store.paths) = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        let reloaded = store.reload_as(images, &mut progress);
        if reloaded.findings.error_count() != 0 {
            return Err(reloaded.findings);
        }
        Ok((store, reloaded.findings))
    }

    /// The zones as they are now.
    pub fn snapshot(&self) -> Arc<Zones> {
        self.zones.load_full()
    }

    /// For a thread that looks often: finds out without a shared write whether the zones have changed.
    pub fn reader(&self) -> ZoneReader {
        ZoneReader(Cache::new(Arc::clone(&self.zones)))
    }

    /// The zone of exactly this name.
    pub fn get_zone_exact(&self, apex: &Name<'_>) -> Option<Arc<Zone>> {
        self.zones.load().get_zone_exact(apex).cloned()
    }

    /// The zone whose apex is the deepest at or above `name`.
    pub fn get_deepest_zone(&self, name: &Name<'_>) -> Option<Arc<Zone>> {
        self.zones.load().get_deepest_zone(name).cloned()
    }

    /// All zones, in canonical order of their names.
    pub fn list(&self) -> Vec<Arc<Zone>> {
        self.snapshot().list().into_iter().cloned().collect()
    }

    /// Adds a zone.
    ///
    /// # Errors
    /// Gives the zone back if there is one of that name.
    pub fn add(&self, zone: Zone) -> Result<(), Box<Zone>> {
        let _turn = lock(&self.writer);
        if self.get_zone_exact(&zone.apex()).is_some() {
            return Err(Box::new(zone));
        }
        self.change(|zones| zones.put(Arc::new(zone), Arc::default()));
        Ok(())
    }

    /// Puts a zone in the place of the one of that name, if there is one; gives the old one. From now on
    /// it belongs to no file.
    pub fn replace(&self, zone: Zone) -> Option<Arc<Zone>> {
        let _turn = lock(&self.writer);
        self.change(|zones| zones.put(Arc::new(zone), Arc::default()))
    }

    /// Serves other versions of zones, which still belong to the files of those before, all at once.
    pub(super) fn publish(&self, new: impl IntoIterator<Item = Arc<Zone>>) {
        let mut new = new.into_iter().peekable();
        if new.peek().is_none() {
            return;
        }
        let _turn = lock(&self.writer);
        self.change(|zones| {
            for zone in new {
                zones.renew(zone);
            }
        });
    }

    /// Makes another set and serves it. Who calls it has the turn to do so.
    fn change<T>(&self, make: impl FnOnce(&mut Zones) -> T) -> T {
        let mut zones = Zones::clone(&self.zones.load());
        let made = make(&mut zones);
        self.serve(zones);
        made
    }

    fn serve(&self, zones: Zones) {
        self.zones.store(Arc::new(zones));
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the set of zones has changed. Each time costs as much as there are zones, so that many changes
    /// belong together.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Takes a zone out of service.
    pub fn remove(&self, apex: &Name<'_>) -> Option<Arc<Zone>> {
        self.remove_all(&[(*apex).into()]).pop()
    }

    /// The same for several zones at once; gives those that were there.
    pub fn remove_all(&self, apexes: &[NameBuf]) -> Vec<Arc<Zone>> {
        let _turn = lock(&self.writer);
        let now = self.zones.load();
        let mut here = apexes.iter().map(NameBuf::as_name);
        if !here.any(|apex| now.get_zone_exact(&apex).is_some()) {
            return Vec::new();
        }
        self.change(|zones| {
            let apexes = apexes.iter();
            apexes
                .filter_map(|apex| zones.take(&apex.as_name()))
                .collect()
        })
    }

    /// Says why a zone of ours is not to be answered from, or by `None` that it is: queries for its names are
    /// answered with SERVFAIL and the reason. The zone need not be there yet.
    pub fn withhold(&self, apex: &Name<'_>, reason: Option<InfoCode>) {
        self.withhold_all(&[((*apex).into(), reason)]);
    }

    /// The same for several zones at once.
    pub fn withhold_all(&self, reasons: &[(NameBuf, Option<InfoCode>)]) {
        let _turn = lock(&self.writer);
        let now = self.zones.load();
        let is_new = |(apex, reason): &&(NameBuf, _)| now.withheld(&apex.as_name()) != *reason;
        let new: Vec<_> = reasons.iter().filter(is_new).collect();
        if !new.is_empty() {
            self.change(|zones| {
                for (apex, reason) in new {
                    zones.withhold(&apex.as_name(), *reason);
                }
            });
        }
    }

    /// Loads again what has changed, by length and time of change, of the files that the store was opened
    /// with, and what is new in its folders.
    ///
    /// All changes come into service at once. A zone that cannot be loaded stays as it was.
    pub fn reload(&self) -> Reloaded {
        self.reload_telling(&mut |_, _| {})
    }

    pub(super) fn reload_telling(&self, progress: &mut dyn FnMut(&Path, Progress)) -> Reloaded {
        self.reload_as(Images::Whole, progress)
    }

    /// Reads the images whole that [`Self::open_early`] has only opened, checks them as a load does, and puts their zones
    /// in the place of what is answered from until then. Those with errors stay as they are. A reload waits for it.
    pub fn read_images(&self) -> Findings {
        let _paths = lock(&self.paths);
        let mut findings = Findings::up_to(self.kept);
        let before = self.snapshot();
        let mut read = Vec::new();
        for image in before.unread_images() {
            match image.load() {
                Ok(zone) => read.push((Arc::new(zone), image)),
                Err(fault) => findings.add_file(image.path(), fault.into()),
            }
        }
        if !read.is_empty() {
            let _turn = lock(&self.writer);
            self.change(|zones| {
                for (zone, image) in &read {
                    zones.put_read(zone, image);
                }
            });
        }
        findings
    }

    fn reload_as(&self, images: Images, progress: &mut dyn FnMut(&Path, Progress)) -> Reloaded {
        let paths = lock(&self.paths);
        let mut reloaded = Reloaded {
            findings: Findings::up_to(self.kept),
            ..Reloaded::default()
        };
        // Files are read while others may go on changing zones.
        let before = self.snapshot();
        let mut zones = Zones::clone(&before);
        let mut round = Round {
            images,
            zones: &mut zones,
            seen: Vec::new(),
            reloaded: &mut reloaded,
            progress,
        };
        for path in &*paths {
            match zone_files(path) {
                Ok(files) => {
                    for file in files {
                        round.reload(&file);
                    }
                    round.remove_lost(path);
                }
                Err(problem) => round.reloaded.findings.add_file(path, problem),
            }
        }
        let turn = lock(&self.writer);
        let now = self.zones.load();
        let mut next = Zones::clone(&now);
        let findings = &mut reloaded.findings;
        reloaded.removed.retain(|apex| {
            let stays = !now.has_same(&before, &apex.as_name());
            if !stays {
                next.take(&apex.as_name());
            }
            !stays
        });
        reloaded.loaded.retain(|zone| {
            let apex = zone.apex();
            let is_free = now.has_same(&before, &apex);
            if is_free {
                next.adopt(&zones, &apex);
            } else {
                let file = zones.sources(&apex).first();
                let file = file.map_or(Path::new(""), |file| &file.path);
                findings.add_file(file, Problem::ChangedMeanwhile(Box::new(apex.into())));
            }
            is_free
        });
        self.serve(next);
        drop(turn);
        reloaded
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is replaced as a whole, so a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came of reading a file.
enum Read {
    Whole(Loaded),
    Unread(OpenedImage),
}

impl Read {
    fn zone(&self) -> &Zone {
        match self {
            Self::Whole(loaded) => &loaded.zone,
            Self::Unread(opened) => &opened.zone,
        }
    }
}

/// What is read of images.
#[derive(Clone, Copy)]
enum Images {
    /// All.
    Whole,
    /// What says what there is.
    Unread,
}

/// One reload.
struct Round<'r> {
    images: Images,
    zones: &'r mut Zones,
    /// Where each zone was loaded from in this round, to see two files with one zone.
    seen: Vec<(NameBuf, PathBuf)>,
    reloaded: &'r mut Reloaded,
    progress: &'r mut dyn FnMut(&Path, Progress),
}

impl Round<'_> {
    /// Loads one file, unless nothing about it has changed.
    fn reload(&mut self, file: &Path) {
        let mut known = None;
        if let Some((apex, sources)) = self.zones.of_file(file) {
            if !sources.iter().any(SourceFile::has_changed) {
                self.seen.push((apex, file.to_owned()));
                return;
            }
            known = Some(apex);
        }
        let unread = match self.images {
            Images::Whole => None,
            Images::Unread => Loader::new().open_image(file),
        };
        let loaded = match unread {
            Some(opened) => opened.map(Read::Unread),
            None => {
                let progress = &mut *self.progress;
                let loaded = Loader::new().progress(|at| progress(file, at)).load(file);
                loaded.map(Read::Whole)
            }
        };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(findings) => {
                self.seen.extend(known.map(|apex| (apex, file.to_owned())));
                return self.reloaded.findings.append(findings);
            }
        };
        let apex = NameBuf::from(loaded.zone().apex());
        let is_other = |(other, path): &(NameBuf, PathBuf)| *other == apex && path != file;
        if self.seen.iter().any(is_other) {
            let problem = Problem::SecondFile(Box::new(apex));
            return self.reloaded.findings.add_file(file, problem);
        }
        // The file may hold another zone than before.
        if let Some(old) = known.filter(|old| *old != apex) {
            self.zones.take(&old.as_name());
            self.reloaded.removed.push(old);
        }
        let zone = match loaded {
            Read::Whole(loaded) => {
                self.reloaded.findings.append(loaded.warnings);
                let zone = Arc::new(loaded.zone);
                self.zones.put(Arc::clone(&zone), loaded.sources.into());
                zone
            }
            Read::Unread(opened) => self.zones.put_unread(Unread::new(opened)),
        };
        self.reloaded.loaded.push(zone);
        self.seen.push((apex, file.to_owned()));
    }

    /// Takes out the zones of files that are gone from a folder.
    fn remove_lost(&mut self, folder: &Path) {
        if !folder.is_dir() {
            return;
        }
        for apex in self.zones.lost_from(folder) {
            self.zones.take(&apex.as_name());
            self.reloaded.removed.push(apex);
        }
    }
}

/// The zone files that a path stands for: itself, or those of the folder, sorted.
fn zone_files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: io::Error| Problem::Unreadable(error.to_string());
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let ending = file.extension().unwrap_or_default();
        if ZONE_FILES.iter().any(|known| ending == *known) && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Problem::NoZoneFiles);
    }
    Ok(files)
}

/// The zones for one thread that looks often.
#[derive(Clone, Debug)]
pub struct ZoneReader(Cache<Arc<ArcSwap<Zones>>, Arc<Zones>>);

impl ZoneReader {
    /// The zones as they are now.
    pub fn current(&mut self) -> &Zones {
        self.0.load()
    }
}

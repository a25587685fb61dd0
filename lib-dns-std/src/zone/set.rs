//! The zones of one server, at one moment.

use super::image::OpenImage;
use super::load::{OpenedImage, SourceFile};
use super::memory::Zone;
use lib_dns_core::code_points::{Class, InfoCode};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{ZoneLookup, ZoneSet};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The zones of one server, at one moment; there is one zone of a name.
///
/// A change makes a new set, which shares the zones that stay.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// By the apex in wire form and lower case. Keys are shared between the sets of a server, of which each change
    /// makes a new one.
    by_apex: HashMap<Arc<[u8]>, Entry>,
    /// Which numbers of labels an apex has, one bit each, so that others need no look.
    depths: u128,
    /// Zones that are ours and must not be answered from now, and why; they may be in the set or not.
    withheld: HashMap<Arc<[u8]>, InfoCode>,
    /// Zones of images that are not read whole yet, and stand nowhere else. Those who want a zone, to change it, send it
    /// or look through it, do not find them; single queries are answered from them ([`WithUnread`]).
    unread: HashMap<Arc<[u8]>, Unread>,
}

/// A zone, and where it came from.
#[derive(Clone, Debug)]
struct Entry {
    zone: Arc<Zone>,
    sources: Arc<[SourceFile]>,
}

/// A zone whose pages are read when they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    entry: Entry,
    image: Arc<OpenImage>,
}

impl Unread {
    pub(super) fn new(opened: OpenedImage) -> Self {
        let OpenedImage {
            image,
            zone,
            source,
        } = opened;
        let (zone, sources) = (Arc::new(zone), Arc::from([source]));
        let entry = Entry { zone, sources };
        Self { entry, image }
    }
}

fn key_of(name: &Name<'_>) -> NameBuf {
    NameBuf::from(*name).to_lowercase()
}

impl Zones {
    /// The zone of exactly this name.
    pub fn get_zone_exact(&self, apex: &Name<'_>) -> Option<&Arc<Zone>> {
        let entry = self.by_apex.get(key_of(apex).as_bytes())?;
        Some(&entry.zone)
    }

    /// The zone whose apex is the deepest at or above `name`.
    ///
    /// It allocates nothing and looks once for each ancestor that is as deep as an apex of the set.
    pub fn get_deepest_zone(&self, name: &Name<'_>) -> Option<&Arc<Zone>> {
        let lower = key_of(name);
        let mut suffix = lower.as_bytes();
        let mut labels = name.label_count();
        loop {
            let may_be_apex = self.depths >> labels & 1 == 1;
            if let Some(entry) = may_be_apex.then(|| self.by_apex.get(suffix)).flatten() {
                return Some(&entry.zone);
            }
            let label = usize::from(*suffix.first()?);
            suffix = suffix.get(label + 1..)?;
            labels = labels.checked_sub(1)?;
        }
    }

    /// All zones, in canonical order of their names.
    pub fn list(&self) -> Vec<&Arc<Zone>> {
        let mut zones = self
            .by_apex
            .values()
            .map(|entry| &entry.zone)
            .collect::<Vec<_>>();
        zones.sort_by_key(|zone| zone.apex);
        zones
    }

    /// Why a zone of exactly this name is not answered from at the moment, although it is ours.
    pub fn withheld(&self, apex: &Name<'_>) -> Option<InfoCode> {
        self.withheld.get(key_of(apex).as_bytes()).copied()
    }

    /// The deepest zone at or above `name` that is not answered from: how many labels its name has, and why.
    fn deepest_withheld(&self, name: &Name<'_>) -> Option<(usize, InfoCode)> {
        if self.withheld.is_empty() {
            return None;
        }
        let lower = key_of(name);
        let ancestors = (0..=name.label_count()).rev();
        ancestors
            .map(|labels| (labels, lower.as_name().ancestor(labels)))
            .find_map(|(labels, ancestor)| Some((labels, self.withheld(&ancestor)?)))
    }

    /// How many zones there are.
    pub fn len(&self) -> usize {
        self.by_apex.len()
    }

    /// Is there no zone?
    pub fn is_empty(&self) -> bool {
        self.by_apex.is_empty()
    }

    /// The files that a zone was loaded from, the zone file first; none if it came otherwise.
    pub fn sources(&self, apex: &Name<'_>) -> &[SourceFile] {
        self.entry(apex).map_or(&[], |entry| &entry.sources)
    }

    fn entry(&self, apex: &Name<'_>) -> Option<&Entry> {
        let key = key_of(apex);
        let unread = || Some(&self.unread.get(key.as_bytes())?.entry);
        self.by_apex.get(key.as_bytes()).or_else(unread)
    }

    /// All zones, unread ones among them.
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let unread = self.unread.values().map(|unread| &unread.entry);
        self.by_apex.values().chain(unread)
    }

    /// Is it the same version of a zone that is here and there, or none?
    pub(super) fn has_same(&self, other: &Self, apex: &Name<'_>) -> bool {
        let version = |zones: &Self| zones.entry(apex).map(|entry| Arc::as_ptr(&entry.zone));
        version(self) == version(other)
    }

    /// The zone that a zone file was loaded as.
    pub(super) fn of_file(&self, path: &Path) -> Option<(NameBuf, &[SourceFile])> {
        let is_of_file =
            |entry: &&Entry| entry.sources.first().is_some_and(|file| file.path == path);
        let entry = self.entries().find(is_of_file)?;
        Some((entry.zone.apex, &entry.sources))
    }

    /// The zones whose files were in a folder and are there no more.
    pub(super) fn lost_from(&self, folder: &Path) -> Vec<NameBuf> {
        let is_lost = |entry: &&Entry| {
            let file = entry.sources.first();
            file.is_some_and(|file| file.path.parent() == Some(folder) && !file.path.exists())
        };
        let mut lost: Vec<_> = self
            .entries()
            .filter(is_lost)
            .map(|entry| entry.zone.apex)
            .collect();
        lost.sort();
        lost
    }

    /// What is known of the zones of images that are not read whole yet, in canonical order of their names.
    pub(crate) fn list_unread(&self) -> Vec<&Arc<Zone>> {
        let mut zones: Vec<_> = self
            .unread
            .values()
            .map(|unread| &unread.entry.zone)
            .collect();
        zones.sort_by_key(|zone| zone.apex);
        zones
    }

    /// The images that are not read whole yet.
    pub(super) fn unread_images(&self) -> impl Iterator<Item = &Arc<OpenImage>> {
        self.unread.values().map(|unread| &unread.image)
    }

    /// The same zones with unread ones among them; `None` if there are none of these.
    #[inline]
    pub(crate) fn with_unread(&self) -> Option<WithUnread<'_>> {
        (!self.unread.is_empty()).then_some(WithUnread(self))
    }

    /// Puts an image in whose zone is answered from before it has been read, in the place of the zone of that name; gives
    /// that zone.
    pub(super) fn put_unread(&mut self, unread: Unread) -> Arc<Zone> {
        let zone = Arc::clone(&unread.entry.zone);
        let apex = zone.apex();
        self.take(&apex);
        self.unread.insert(key_of(&apex).as_bytes().into(), unread);
        self.withhold(&apex, Some(InfoCode::NOT_READY));
        zone
    }

    /// Puts a zone in that has been read, if it is that image which is still unread.
    pub(super) fn put_read(&mut self, zone: &Arc<Zone>, image: &Arc<OpenImage>) {
        let key = key_of(&zone.apex());
        let unread = self.unread.get(key.as_bytes());
        if let Some(unread) = unread.filter(|unread| Arc::ptr_eq(&unread.image, image)) {
            let sources = Arc::clone(&unread.entry.sources);
            self.put(Arc::clone(zone), sources);
        }
    }

    /// Puts in what another set has of a name.
    pub(super) fn adopt(&mut self, other: &Self, apex: &Name<'_>) {
        let key = key_of(apex);
        if let Some(unread) = other.unread.get(key.as_bytes()) {
            self.put_unread(unread.clone());
        } else if let Some(Entry { zone, sources }) = other.by_apex.get(key.as_bytes()).cloned() {
            self.put(zone, sources);
        }
    }

    /// What was unread is no more.
    fn end_unread(&mut self, apex: &Name<'_>) -> Option<Unread> {
        let unread = self.unread.remove(key_of(apex).as_bytes())?;
        self.withhold(apex, None);
        Some(unread)
    }

    /// Puts a zone in, in the place of the one of that name; gives the old one.
    pub(super) fn put(&mut self, zone: Arc<Zone>, sources: Arc<[SourceFile]>) -> Option<Arc<Zone>> {
        let apex = zone.apex();
        self.end_unread(&apex);
        let (key, labels) = (key_of(&apex), apex.label_count());
        let old = self
            .by_apex
            .insert(key.as_bytes().into(), Entry { zone, sources });
        self.depths |= 1 << labels;
        old.map(|entry| entry.zone)
    }

    /// Says why a zone is not answered from, or that it is again.
    pub(super) fn withhold(&mut self, apex: &Name<'_>, reason: Option<InfoCode>) {
        let key = key_of(apex);
        match reason {
            Some(reason) => self.withheld.insert(key.as_bytes().into(), reason),
            None => self.withheld.remove(key.as_bytes()),
        };
    }

    /// Puts another version of a zone in, which belongs to the same files.
    pub(super) fn renew(&mut self, zone: Arc<Zone>) {
        let entry = self.by_apex.get(key_of(&zone.apex()).as_bytes());
        let sources = entry.map_or_else(Arc::default, |entry| Arc::clone(&entry.sources));
        self.put(zone, sources);
    }

    /// Takes a zone out.
    pub(super) fn take(&mut self, apex: &Name<'_>) -> Option<Arc<Zone>> {
        self.end_unread(apex);
        let old = self.by_apex.remove(key_of(apex).as_bytes())?;
        let labels = self
            .by_apex
            .values()
            .map(|entry| entry.zone.apex().label_count());
        self.depths = labels.fold(0, |depths, labels| depths | 1 << labels);
        Some(old.zone)
    }
}

impl ZoneSet for Zones {
    type Zone = Zone;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Zone> {
        let withheld = self.deepest_withheld(name).map(|(labels, _)| labels);
        let mut name = *name;
        loop {
            let zone = &**self.get_deepest_zone(&name)?;
            let labels = zone.apex().label_count();
            // What is below a zone that is missing now is not for the zone above to tell.
            if withheld.is_some_and(|withheld| withheld >= labels) {
                return None;
            }
            if zone.class() == class {
                return Some(zone);
            }
            name = name.ancestor(labels.checked_sub(1)?);
        }
    }

    fn unavailable(&self, name: &Name<'_>, _class: Class) -> Option<InfoCode> {
        self.deepest_withheld(name).map(|(_, reason)| reason)
    }
}

/// The zones of a server for single queries, while images are being read.
pub(crate) struct WithUnread<'z>(&'z Zones);

impl WithUnread<'_> {
    /// The deepest unread zone of a class at or above `name`.
    fn deepest_unread(&self, name: &Name<'_>, class: Class) -> Option<&Zone> {
        let lower = key_of(name);
        let ancestors = (0..=name.label_count()).rev();
        ancestors
            .map(|labels| lower.as_name().ancestor(labels))
            .filter_map(|ancestor| self.0.unread.get(NameBuf::from(ancestor).as_bytes()))
            .map(|unread| &*unread.entry.zone)
            .find(|zone| zone.class() == class)
    }
}

impl ZoneSet for WithUnread<'_> {
    type Zone = Zone;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Zone> {
        let Some(unread) = self.deepest_unread(name, class) else {
            return self.0.deepest(name, class);
        };
        let labels = unread.apex().label_count();
        // What is unread is withheld from others, too.
        match self.0.deepest_withheld(name) {
            Some((withheld, _)) if withheld > labels => None,
            _ => match self.0.deepest(name, class) {
                Some(whole) if whole.apex().label_count() > labels => Some(whole),
                _ => Some(unread),
            },
        }
    }

    fn unavailable(&self, name: &Name<'_>, class: Class) -> Option<InfoCode> {
        self.0.unavailable(name, class)
    }
}

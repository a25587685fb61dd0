//! The zones of one server, at one moment.

use super::load::SourceFile;
use super::memory::Zone;
use lib_dns_core::code_points::Class;
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
    /// By the apex in wire form and lower case.
    by_apex: HashMap<Box<[u8]>, Entry>,
    /// Which numbers of labels an apex has, one bit each, so that others need no look.
    depths: u128,
}

/// A zone, and where it came from.
#[derive(Clone, Debug)]
struct Entry {
    zone: Arc<Zone>,
    sources: Arc<[SourceFile]>,
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
        let entry = self.by_apex.get(key_of(apex).as_bytes());
        entry.map_or(&[], |entry| &entry.sources)
    }

    /// The zone that a zone file was loaded as.
    pub(super) fn of_file(&self, path: &Path) -> Option<(&Arc<Zone>, &[SourceFile])> {
        let mut entries = self.by_apex.values();
        let is_of_file =
            |entry: &&Entry| entry.sources.first().is_some_and(|file| file.path == path);
        let entry = entries.find(is_of_file)?;
        Some((&entry.zone, &entry.sources))
    }

    /// Puts a zone in, in the place of the one of that name; gives the old one.
    pub(super) fn put(&mut self, zone: Arc<Zone>, sources: Arc<[SourceFile]>) -> Option<Arc<Zone>> {
        let apex = zone.apex();
        let (key, labels) = (key_of(&apex), apex.label_count());
        let old = self
            .by_apex
            .insert(key.as_bytes().into(), Entry { zone, sources });
        self.depths |= 1 << labels;
        old.map(|entry| entry.zone)
    }

    /// Takes a zone out.
    pub(super) fn take(&mut self, apex: &Name<'_>) -> Option<Arc<Zone>> {
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
        let mut name = *name;
        loop {
            let zone = &**self.get_deepest_zone(&name)?;
            if zone.class() == class {
                return Some(zone);
            }
            let above = zone.apex().label_count().checked_sub(1)?;
            name = name.ancestor(above);
        }
    }
}

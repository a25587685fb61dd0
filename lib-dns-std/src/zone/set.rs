//! The zones of one server, at one moment.

use super::load::SourceFile;
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

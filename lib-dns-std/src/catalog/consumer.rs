//! Serving what the catalogs of others list.

use crate::zone::Zone;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Catalog, CatalogError, Member, ZoneLookup};
use std::collections::BTreeMap;

/// What a server has to do because of a catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CatalogAction {
    /// Serve a zone.
    Add {
        /// The zone.
        zone: NameBuf,
        /// The catalog that lists it.
        catalog: NameBuf,
        /// What is to be done with it, if the catalog says so.
        group: Option<Vec<u8>>,
    },
    /// Drop a zone with all that is known of it, and serve it anew (RFC 9432 5.4).
    Reset {
        /// The zone.
        zone: NameBuf,
        /// The catalog that lists it.
        catalog: NameBuf,
        /// What is to be done with it, if the catalog says so.
        group: Option<Vec<u8>>,
    },
    /// Go on with a zone in another way: it is in another group, or another catalog owns it now
    /// (RFC 9432 4.3.1).
    Change {
        /// The zone.
        zone: NameBuf,
        /// The catalog that lists it now.
        catalog: NameBuf,
        /// What is to be done with it, if the catalog says so.
        group: Option<Vec<u8>>,
    },
    /// Drop a zone with all that is known of it.
    Remove {
        /// The zone.
        zone: NameBuf,
    },
}

/// A zone that a catalog lists in vain: it is served for another reason already (RFC 9432 5.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Clash {
    /// The zone.
    pub zone: NameBuf,
    /// The catalog that lists it.
    pub catalog: NameBuf,
    /// The catalog that owns it; `None` if the configuration does.
    pub owner: Option<NameBuf>,
}

/// What came of a catalog's version.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Followed {
    /// What is to be done, in this order.
    pub actions: Vec<CatalogAction>,
    /// What is listed in vain, in all catalogs.
    pub clashes: Vec<Clash>,
}

/// Follows the catalogs that a server consumes, and knows which of them owns which zone.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// What the last good version of each catalog lists, by zone.
    catalogs: BTreeMap<NameBuf, BTreeMap<NameBuf, Entry>>,
    /// Which catalog owns a zone that is served, and with what properties.
    served: BTreeMap<NameBuf, Served>,
    most: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    label: Vec<u8>,
    group: Option<Vec<u8>>,
    next_catalog: Option<NameBuf>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Served {
    catalog: NameBuf,
    label: Vec<u8>,
    group: Option<Vec<u8>>,
}

impl Entry {
    fn of(member: &Member<'_>) -> Self {
        Self {
            label: member.label.to_ascii_lowercase(),
            group: member.group.map(<[u8]>::to_vec),
            next_catalog: member.next_catalog.map(NameBuf::from),
        }
    }

    fn served(&self, catalog: &NameBuf) -> Served {
        Served {
            catalog: *catalog,
            label: self.label.clone(),
            group: self.group.clone(),
        }
    }
}

impl Consumer {
    /// Follows nothing yet. A catalog may have `most` members.
    pub fn new(most: usize) -> Self {
        Self {
            catalogs: BTreeMap::new(),
            served: BTreeMap::new(),
            most,
        }
    }

    /// Takes a version of a catalog. `is_taken` says whether a zone is served because the configuration says so.
    ///
    /// # Errors
    /// If the catalog is broken; then nothing is to be done, and what it listed before stays (RFC 9432 5.1).
    pub fn follow<'z>(
        &mut self,
        catalog: &'z Zone,
        is_taken: impl Fn(&Name<'_>) -> bool,
    ) -> Result<Followed, CatalogError<'z>> {
        let records = usize::try_from(catalog.record_count()).unwrap_or(usize::MAX);
        let mut slots = vec![Member::EMPTY; records.min(self.most)];
        let read = Catalog::read(&catalog.apex(), || catalog.records(), &mut slots)?;
        let members = read.members().iter();
        let members = members.map(|member| (member.zone.into(), Entry::of(member)));
        self.catalogs
            .insert(catalog.apex().into(), members.collect());
        Ok(self.reconcile(is_taken))
    }

    /// A catalog is followed no more: the zones that it owns go, unless another catalog lists them.
    pub fn forget(&mut self, catalog: &Name<'_>, is_taken: impl Fn(&Name<'_>) -> bool) -> Followed {
        self.catalogs.remove(&NameBuf::from(*catalog));
        self.reconcile(is_taken)
    }

    /// The zones that are served because of catalogs, each with the catalog that owns it and its group.
    pub fn served(&self) -> impl Iterator<Item = (&NameBuf, &NameBuf, Option<&[u8]>)> {
        let served = self.served.iter();
        served.map(|(zone, served)| (zone, &served.catalog, served.group.as_deref()))
    }

    fn entry(&self, catalog: &NameBuf, zone: &NameBuf) -> Option<&Entry> {
        self.catalogs.get(catalog)?.get(zone)
    }

    /// Holds what is served against what the catalogs list.
    fn reconcile(&mut self, is_taken: impl Fn(&Name<'_>) -> bool) -> Followed {
        let mut followed = Followed::default();
        let mut served = BTreeMap::new();
        for (zone, was) in &self.served {
            if let Some((now, action)) = self.go_on(zone, was) {
                followed.actions.extend(action);
                served.insert(*zone, now);
            } else {
                followed.actions.push(CatalogAction::Remove { zone: *zone });
            }
        }
        for (catalog, members) in &self.catalogs {
            for (zone, entry) in members {
                let owner = served.get(zone).map(|served| served.catalog);
                if owner == Some(*catalog) {
                    continue;
                }
                if owner.is_some() || is_taken(&zone.as_name()) {
                    followed.clashes.push(Clash {
                        zone: *zone,
                        catalog: *catalog,
                        owner,
                    });
                    continue;
                }
                followed.actions.push(CatalogAction::Add {
                    zone: *zone,
                    catalog: *catalog,
                    group: entry.group.clone(),
                });
                served.insert(*zone, entry.served(catalog));
            }
        }
        self.served = served;
        followed
    }

    /// How a zone that is served goes on, and what is to be done for it; `None` if no catalog has it any more.
    fn go_on(&self, zone: &NameBuf, was: &Served) -> Option<(Served, Option<CatalogAction>)> {
        let here = self.entry(&was.catalog, zone)?;
        // The owner hands it over, and the other catalog takes it (RFC 9432 4.3.1).
        let next = here.next_catalog.as_ref();
        let moved = next.and_then(|next| Some((next, self.entry(next, zone)?)));
        let (catalog, entry) = moved.unwrap_or((&was.catalog, here));
        let now = entry.served(catalog);
        let (zone, catalog, group) = (*zone, *catalog, now.group.clone());
        let action = if now.label != was.label {
            Some(CatalogAction::Reset {
                zone,
                catalog,
                group,
            })
        } else if now != *was {
            Some(CatalogAction::Change {
                zone,
                catalog,
                group,
            })
        } else {
            None
        };
        Some((now, action))
    }
}

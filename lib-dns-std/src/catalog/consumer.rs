//! Serving what the catalogs of others list.

use crate::zone::Zone;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Catalog, CatalogError, Member, ZoneLookup};
use std::collections::BTreeMap;

/// What makes a zone one that is served because of a catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// The catalog that owns it.
    pub catalog: NameBuf,
    /// The label that stands for it there, in lower case. When it changes, the zone starts afresh.
    pub label: Vec<u8>,
    /// What is to be done with it, if the catalog says so.
    pub group: Option<Vec<u8>>,
}

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
    /// The configuration has a zone itself now; what is known of it stays.
    Release {
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
#[derive(Clone, Debug, Default)]
pub struct Consumer {
    /// What the last good version of each catalog lists, by zone.
    catalogs: BTreeMap<NameBuf, BTreeMap<NameBuf, Entry>>,
    /// Which catalog owns a zone that is served, and with what properties.
    served: BTreeMap<NameBuf, Membership>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    label: Vec<u8>,
    group: Option<Vec<u8>>,
    next_catalog: Option<NameBuf>,
}

impl Entry {
    fn of(member: &Member<'_>) -> Self {
        Self {
            label: member.label.to_ascii_lowercase(),
            group: member.group.map(<[u8]>::to_vec),
            next_catalog: member.next_catalog.map(NameBuf::from),
        }
    }

    fn served(&self, catalog: &NameBuf) -> Membership {
        Membership {
            catalog: *catalog,
            label: self.label.clone(),
            group: self.group.clone(),
        }
    }
}

impl Consumer {
    /// Goes on from what was served when the program ended. Until a catalog is followed again, it is taken to
    /// list what it owned then.
    pub fn resume(served: impl IntoIterator<Item = (NameBuf, Membership)>) -> Self {
        let mut consumer = Self::default();
        for (zone, membership) in served {
            let members = consumer.catalogs.entry(membership.catalog).or_default();
            let entry = Entry {
                label: membership.label.clone(),
                group: membership.group.clone(),
                next_catalog: None,
            };
            members.insert(zone, entry);
            consumer.served.insert(zone, membership);
        }
        consumer
    }

    /// Takes a version of a catalog, which may have `most` members. `is_taken` says whether a zone is served
    /// because the configuration says so.
    ///
    /// # Errors
    /// If the catalog is broken; then nothing is to be done, and what it listed before stays (RFC 9432 5.1).
    pub fn follow<'z>(
        &mut self,
        catalog: &'z Zone,
        most: usize,
        is_taken: impl Fn(&Name<'_>) -> bool,
    ) -> Result<Followed, CatalogError<'z>> {
        let records = usize::try_from(catalog.record_count()).unwrap_or(usize::MAX);
        let mut slots = vec![Member::EMPTY; records.min(most)];
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

    /// Holds what the catalogs list against another configuration.
    pub fn reconfigure(&mut self, is_taken: impl Fn(&Name<'_>) -> bool) -> Followed {
        self.reconcile(is_taken)
    }

    /// The catalogs that are followed.
    pub fn catalogs(&self) -> impl Iterator<Item = &NameBuf> {
        self.catalogs.keys()
    }

    /// The zones that are served because of catalogs.
    pub fn served(&self) -> impl Iterator<Item = (&NameBuf, &Membership)> {
        self.served.iter()
    }

    /// Why a zone is served, if a catalog is the reason.
    pub fn membership(&self, zone: &NameBuf) -> Option<&Membership> {
        self.served.get(zone)
    }

    fn entry(&self, catalog: &NameBuf, zone: &NameBuf) -> Option<&Entry> {
        self.catalogs.get(catalog)?.get(zone)
    }

    /// Holds what is served against what the catalogs list.
    fn reconcile(&mut self, is_taken: impl Fn(&Name<'_>) -> bool) -> Followed {
        let mut followed = Followed::default();
        let mut served = BTreeMap::new();
        for (zone, was) in &self.served {
            if is_taken(&zone.as_name()) {
                followed
                    .actions
                    .push(CatalogAction::Release { zone: *zone });
                continue;
            }
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
    fn go_on(
        &self,
        zone: &NameBuf,
        was: &Membership,
    ) -> Option<(Membership, Option<CatalogAction>)> {
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

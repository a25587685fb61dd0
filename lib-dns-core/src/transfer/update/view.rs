//! The zone as it is in the middle of an update.

use super::Changes;
use crate::code_points::Class;
use crate::name::Name;
use crate::rr_data::{Type, same_data};
use crate::zone::{RrSet, StoredRecord, ZoneLookup, ZoneNode};

/// The old version of a zone, and the change so far.
pub(super) struct View<'v, Z, C> {
    pub(super) zone: &'v Z,
    pub(super) class: Class,
    pub(super) changes: &'v mut C,
}

impl<'v, Z: ZoneLookup, C: Changes> View<'v, Z, C> {
    /// The node that the old version has for a name.
    pub(super) fn old_node(&self, owner: &Name<'_>) -> Option<Z::Node<'v>> {
        self.zone.get(owner)
    }

    /// The RRset of the old version.
    pub(super) fn old_rrset(&self, owner: &Name<'_>, rtype: Type) -> Option<RrSet<'v>> {
        self.old_node(owner)?.rrset(rtype)
    }

    /// A record of an RRset of the old version.
    pub(super) fn old_record<'a>(
        &self,
        owner: &Name<'a>,
        rrset: &RrSet<'_>,
        data: &'a [u8],
    ) -> StoredRecord<'a> {
        StoredRecord {
            owner: *owner,
            rtype: rrset.rtype,
            class: self.class,
            ttl: rrset.ttl,
            data,
        }
    }

    /// Is the record of the old version still there?
    pub(super) fn stands(&self, owner: &Name<'_>, rrset: &RrSet<'_>, data: &[u8]) -> bool {
        !self
            .changes
            .is_deleted(&self.old_record(owner, rrset, data))
    }

    /// How many records the RRset has now.
    pub(super) fn count(&self, owner: &Name<'_>, rtype: Type) -> usize {
        let old = self.old_rrset(owner, rtype).map_or(0, |rrset| {
            let standing = rrset
                .records()
                .filter(|data| self.stands(owner, &rrset, data));
            standing.count()
        });
        let added = self.changes.added(owner);
        let added = added.filter(|record| record.rtype == rtype).count();
        old.saturating_add(added)
    }

    /// The TTL of the RRset now, if it has records.
    pub(super) fn ttl(&self, owner: &Name<'_>, rtype: Type) -> Option<u32> {
        let mut added = self.changes.added(owner);
        // Those that come have one TTL, and those that stay have it too.
        if let Some(record) = added.find(|record| record.rtype == rtype) {
            return Some(record.ttl);
        }
        let rrset = self.old_rrset(owner, rtype)?;
        let mut records = rrset.records();
        records
            .any(|data| self.stands(owner, &rrset, data))
            .then_some(rrset.ttl)
    }

    /// Has the name records of a type that `which` holds for?
    pub(super) fn has(&self, owner: &Name<'_>, which: impl Fn(Type) -> bool) -> bool {
        let mut added = self.changes.added(owner);
        if added.any(|record| which(record.rtype)) {
            return true;
        }
        let Some(node) = self.old_node(owner) else {
            return false;
        };
        let mut rrsets = node.rrsets().filter(|rrset| which(rrset.rtype));
        rrsets.any(|rrset| {
            let mut records = rrset.records();
            records.any(|data| self.stands(owner, &rrset, data))
        })
    }

    /// Has the RRset this record now?
    pub(super) fn holds(&self, owner: &Name<'_>, rtype: Type, data: &[u8]) -> bool {
        let mut added = self.changes.added(owner);
        if added.any(|record| record.rtype == rtype && same_data(rtype, record.data, data)) {
            return true;
        }
        let Some(rrset) = self.old_rrset(owner, rtype) else {
            return false;
        };
        let mut records = rrset.records();
        records.any(|old| same_data(rtype, old, data) && self.stands(owner, &rrset, old))
    }

    /// Lets the records of an RRset for which `which` holds go.
    pub(super) fn delete(
        &mut self,
        owner: &Name<'_>,
        rtype: Type,
        which: impl Fn(&[u8]) -> bool,
    ) -> Result<(), C::Error> {
        if let Some(rrset) = self.old_rrset(owner, rtype) {
            for data in rrset.records().filter(|data| which(data)) {
                if self.stands(owner, &rrset, data) {
                    let record = self.old_record(owner, &rrset, data);
                    self.changes.delete(&record)?;
                }
            }
        }
        self.changes
            .withdraw(owner, |record| record.rtype == rtype && which(record.data));
        Ok(())
    }

    /// Gives the RRset another TTL.
    pub(super) fn set_ttl(
        &mut self,
        owner: &Name<'_>,
        rtype: Type,
        ttl: u32,
    ) -> Result<(), C::Error> {
        // Those that come first, so that those that then come with this TTL are not looked at again.
        self.changes.set_ttl(owner, rtype, ttl);
        let Some(rrset) = self.old_rrset(owner, rtype) else {
            return Ok(());
        };
        if rrset.ttl == ttl {
            return Ok(());
        }
        for data in rrset.records() {
            if self.stands(owner, &rrset, data) {
                let record = self.old_record(owner, &rrset, data);
                self.changes.delete(&record)?;
                self.changes.add(&StoredRecord { ttl, ..record })?;
            }
        }
        Ok(())
    }
}

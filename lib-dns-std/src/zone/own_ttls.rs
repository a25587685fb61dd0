//! Differences from elsewhere, whose RRsets may have several TTLs.

use super::apply::{ApplyError, Refused};
use super::memory::Zone;
use super::records::{Record, SetPlace, canonical};
use lib_dns_core::name::{CanonicalKey, Name};
use lib_dns_core::rr_data::{Type, same_data};
use lib_dns_core::zone::{Difference, StoredRecord};
use std::collections::{BTreeMap, HashSet};

impl Zone {
    /// The same difference in terms of this zone, where an RRset has one TTL (RFC 2181 5.2): what goes has the TTL
    /// that it has here, and the records of an RRset that others come to with another TTL get that one.
    ///
    /// A zone that was transferred with several TTLs in an RRset has the first of them here, and a later difference
    /// deletes a record with the one that it has elsewhere. Which record is meant is plain: its data tells. And a
    /// server may add a record with a new TTL, by which it means the RRset.
    ///
    /// # Errors
    /// If a record cannot be written, which only one can be that could not be read.
    pub(super) fn with_own_ttls(&self, difference: &Difference<'_>) -> Result<Vec<u8>, ApplyError> {
        let new_ttls = new_ttls(difference);
        let deleted = difference.deleted();
        // What stays, but not with its TTL.
        let mut renewed = Vec::new();
        for (set, ttl) in new_ttls.values() {
            let place = SetPlace::new(set.rtype, set.data, false);
            let is_other = |record: &Record<'_>| record.place == place && record.ttl != *ttl;
            for record in self.records_of(&set.owner).filter(is_other) {
                let stored = StoredRecord {
                    ttl: record.ttl,
                    data: record.data,
                    ..*set
                };
                renewed.push((stored, *ttl));
            }
        }
        // There are seldom any.
        if !renewed.is_empty() {
            let gone: HashSet<Known> = deleted.iter().map(|record| known(&record)).collect();
            renewed.retain(|(record, _)| !gone.contains(&known(record)));
        }

        let mut octets = Vec::with_capacity(difference.as_bytes().len());
        let mut push = |record: &StoredRecord<'_>| {
            let pushed = record.append_to(&mut octets);
            pushed.map_err(|_| ApplyError::BadData(Refused::new(record)))
        };
        push(&difference.old_soa())?;
        for record in deleted.iter() {
            let ttl = self.ttl_of(&record).unwrap_or(record.ttl);
            push(&StoredRecord { ttl, ..record })?;
        }
        for (record, _) in &renewed {
            push(record)?;
        }
        push(&difference.new_soa())?;
        for record in difference.added().iter() {
            let new = new_ttls.get(&set_key(&record));
            let ttl = new.map_or(record.ttl, |(_, ttl)| *ttl);
            push(&StoredRecord { ttl, ..record })?;
        }
        for (record, ttl) in &renewed {
            push(&StoredRecord {
                ttl: *ttl,
                ..*record
            })?;
        }
        Ok(octets)
    }

    /// The TTL of the RRset or the signatures that have this record.
    fn ttl_of(&self, record: &StoredRecord<'_>) -> Option<u32> {
        let is_same = |other: &Record<'_>| {
            other.rtype() == record.rtype && same_data(record.rtype, other.data, record.data)
        };
        let found = self.records_of(&record.owner).find(is_same);
        found.map(|other| other.ttl)
    }

    /// The records of a name.
    fn records_of(&self, owner: &Name<'_>) -> impl Iterator<Item = Record<'_>> {
        let key = self.key(owner);
        let nodes = key.map(|key| {
            [
                self.names.get(key.as_bytes()),
                self.hashes.get(key.as_bytes()),
            ]
        });
        nodes
            .into_iter()
            .flatten()
            .flatten()
            .flat_map(Record::of_node)
    }
}

/// An RRset, by its owner and place.
type SetKey = (Vec<u8>, SetPlace);

/// The TTL that each RRset gets by the records that come to it: that of the first, with which it stands here.
fn new_ttls<'d>(difference: &Difference<'d>) -> BTreeMap<SetKey, (StoredRecord<'d>, u32)> {
    let mut ttls = BTreeMap::new();
    for record in difference.added().iter() {
        let ttl = record.ttl;
        ttls.entry(set_key(&record)).or_insert((record, ttl));
    }
    ttls
}

fn set_key(record: &StoredRecord<'_>) -> SetKey {
    let place = SetPlace::new(record.rtype, record.data, false);
    (owner_key(&record.owner), place)
}

/// A record by its owner, type and canonical data.
type Known = (Vec<u8>, Type, Vec<u8>);

fn known(record: &StoredRecord<'_>) -> Known {
    let data = canonical(record.rtype, record.data).into_owned();
    (owner_key(&record.owner), record.rtype, data)
}

fn owner_key(owner: &Name<'_>) -> Vec<u8> {
    CanonicalKey::new(owner).as_bytes().to_vec()
}

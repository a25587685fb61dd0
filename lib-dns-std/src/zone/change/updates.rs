//! A change as the notes of a dynamic update.

use super::{Change, ChangeError, key_of, record_of};
use lib_dns_core::name::{CanonicalKey, Name};
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::update::Changes;
use lib_dns_core::zone::StoredRecord;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A search costs what it finds, so that the longest message stays cheap.
impl Changes for Change {
    type Error = ChangeError;

    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }

    fn delete(&mut self, record: &StoredRecord<'_>) -> Result<(), ChangeError> {
        Self::delete(self, record)
    }

    fn add(&mut self, record: &StoredRecord<'_>) -> Result<(), ChangeError> {
        Self::add(self, record)
    }

    fn is_deleted(&self, record: &StoredRecord<'_>) -> bool {
        self.deleted.contains_key(&key_of(record))
    }

    fn added(&self, owner: &Name<'_>) -> impl Iterator<Item = StoredRecord<'_>> {
        of_name(&self.added, owner).map(|(_, record)| record)
    }

    fn withdraw(&mut self, owner: &Name<'_>, mut which: impl FnMut(&StoredRecord<'_>) -> bool) {
        let added = of_name(&self.added, owner).filter(|(_, record)| which(record));
        let keys = added.map(|(key, _)| key.clone()).collect::<Vec<_>>();
        for key in keys {
            if let Some(octets) = self.added.remove(&key) {
                self.octets -= octets.len();
            }
        }
    }

    fn set_ttl(&mut self, owner: &Name<'_>, rtype: Type, ttl: u32) {
        let added = of_name(&self.added, owner)
            .filter(|(_, record)| record.rtype == rtype && record.ttl != ttl);
        let keys = added.map(|(key, _)| key.clone()).collect::<Vec<_>>();
        for key in keys {
            let Some(octets) = self.added.get_mut(&key) else {
                continue;
            };
            let Some(record) = record_of(octets) else {
                continue;
            };
            // The TTL stands before the length and the data.
            let at = octets.len() - record.data.len() - 6;
            let gone = self.deleted.get(&key).and_then(|gone| record_of(gone));
            if gone.is_some_and(|gone| gone.ttl == ttl && gone.data == record.data) {
                for half in [&mut self.deleted, &mut self.added] {
                    self.octets -= half.remove(&key).map_or(0, |octets| octets.len());
                }
            } else {
                octets[at..at + 4].copy_from_slice(&ttl.to_be_bytes());
            }
        }
    }
}

/// The records of a name, with their keys.
fn of_name<'c>(
    half: &'c BTreeMap<Box<[u8]>, Box<[u8]>>,
    owner: &Name<'_>,
) -> impl Iterator<Item = (&'c Box<[u8]>, StoredRecord<'c>)> + use<'c> {
    let mut name = CanonicalKey::new(owner).as_bytes().to_vec();
    // As in `key_of`; no label's key starts so, hence names below are not among them.
    name.push(0);
    let entries = half.range::<[u8], _>((Bound::Included(&name[..]), Bound::Unbounded));
    let entries = entries.take_while(move |(key, _)| key.starts_with(&name));
    entries.filter_map(|(key, octets)| Some((key, record_of(octets)?)))
}

//! Differences from elsewhere, whose RRsets may have several TTLs.

use super::apply::{ApplyError, Refused};
use super::memory::Zone;
use super::records::Record;
use lib_dns_core::rr_data::same_data;
use lib_dns_core::zone::{Difference, StoredRecord};

impl Zone {
    /// The same difference, but what goes has the TTL that it has here.
    ///
    /// An RRset has one TTL (RFC 2181 5.2). A zone that was transferred with several has the first of them here, and
    /// a later difference deletes a record with the one that it has elsewhere. Which record is meant is plain: its
    /// data tells.
    ///
    /// # Errors
    /// If a record cannot be written, which only one can be that could not be read.
    pub(super) fn with_own_ttls(&self, difference: &Difference<'_>) -> Result<Vec<u8>, ApplyError> {
        let mut octets = Vec::with_capacity(difference.as_bytes().len());
        let mut push = |record: &StoredRecord<'_>| {
            let pushed = record.append_to(&mut octets);
            pushed.map_err(|_| ApplyError::BadData(Refused::new(record)))
        };
        push(&difference.old_soa())?;
        for record in difference.deleted().iter() {
            let ttl = self.ttl_of(&record).unwrap_or(record.ttl);
            push(&StoredRecord { ttl, ..record })?;
        }
        push(&difference.new_soa())?;
        for record in difference.added().iter() {
            push(&record)?;
        }
        Ok(octets)
    }

    /// The TTL of the RRset or the signatures that have this record.
    fn ttl_of(&self, record: &StoredRecord<'_>) -> Option<u32> {
        let key = self.key(&record.owner)?;
        let nodes = [
            self.names.get(key.as_bytes()),
            self.hashes.get(key.as_bytes()),
        ];
        let mut records = nodes.into_iter().flatten().flat_map(Record::of_node);
        let is_same = |other: &Record<'_>| {
            other.rtype() == record.rtype && same_data(record.rtype, other.data, record.data)
        };
        records.find(is_same).map(|other| other.ttl)
    }
}

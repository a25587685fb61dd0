//! A change in a lent buffer.

use super::Changes;
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::{Form, Reader, WriteError, Writer};
use crate::zone::StoredRecord;
use core::fmt;

/// A record that goes.
const GOES: u8 = 0;
/// A record that comes.
const COMES: u8 = 1;

/// A change in a buffer that the caller lends: each record in plain form, behind an octet that says whether it
/// goes or comes.
///
/// It is searched from end to end, which is right for changes of up to some hundred records.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::transfer::update::{ChangeList, Changes};
/// use lib_dns_core::zone::StoredRecord;
/// let owner = NameBuf::from_text("alice.sovereign.")?;
/// let record = StoredRecord {
///     owner: owner.as_name(),
///     rtype: Type::A,
///     class: Class::IN,
///     ttl: 300,
///     data: &[10, 42, 0, 1],
/// };
/// let mut buffer = [0; 128];
/// let mut changes = ChangeList::new(&mut buffer);
/// changes.add(&record)?;
/// assert_eq!(changes.comes().next(), Some(record));
/// changes.withdraw(&record.owner, |added| added.rtype == Type::A);
/// assert!(changes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChangeList<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> ChangeList<'b> {
    /// Starts with nothing that goes and nothing that comes.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// The records that go, in the order in which they were told.
    pub fn goes(&self) -> impl Iterator<Item = StoredRecord<'_>> {
        self.records(GOES)
    }

    /// The records that come, in the order in which they were told.
    pub fn comes(&self) -> impl Iterator<Item = StoredRecord<'_>> {
        self.records(COMES)
    }

    fn records(&self, kind: u8) -> impl Iterator<Item = StoredRecord<'_>> {
        let entries = self.entries().filter(move |entry| entry.kind == kind);
        entries.map(|entry| entry.record)
    }

    fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut reader = Reader::new(self.written());
        core::iter::from_fn(move || Entry::read(&mut reader))
    }

    fn push(&mut self, kind: u8, record: &StoredRecord<'_>) -> Result<(), WriteError> {
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        let mut writer = Writer::<0>::new(room, Form::Plain);
        writer.u8(kind)?;
        record.write(&mut writer)?;
        self.len = self.len.saturating_add(writer.len());
        Ok(())
    }

    /// Takes out the entries for which `which` holds.
    fn remove(&mut self, mut which: impl FnMut(&Entry<'_>) -> bool) {
        let (mut from, mut to) = (0, 0);
        loop {
            let mut reader = Reader::within(self.written(), from, self.len);
            let Some(entry) = Entry::read(&mut reader) else {
                break;
            };
            let (goes, end) = (which(&entry), reader.offset());
            if !goes {
                self.buffer.copy_within(from..end, to);
                to = to.saturating_add(end.saturating_sub(from));
            }
            from = end;
        }
        self.len = to;
    }
}

/// A record, and which way it goes.
struct Entry<'a> {
    kind: u8,
    at: usize,
    record: StoredRecord<'a>,
}

impl<'a> Entry<'a> {
    /// Reads one that was written by [`ChangeList::push`]; `None` at the end.
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let at = reader.offset();
        let kind = reader.u8(crate::wire::Part::Record).ok()?;
        let record = StoredRecord::read(reader).ok()?;
        Some(Self { kind, at, record })
    }

    /// Is it the very same record, and goes?
    fn takes_away(&self, record: &StoredRecord<'_>) -> bool {
        self.kind == GOES && self.record == *record
    }
}

impl Changes for ChangeList<'_> {
    type Error = WriteError;

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn delete(&mut self, record: &StoredRecord<'_>) -> Result<(), WriteError> {
        self.push(GOES, record)
    }

    fn add(&mut self, record: &StoredRecord<'_>) -> Result<(), WriteError> {
        if self.entries().any(|entry| entry.takes_away(record)) {
            self.remove(|entry| entry.takes_away(record));
            return Ok(());
        }
        self.push(COMES, record)
    }

    fn is_deleted(&self, record: &StoredRecord<'_>) -> bool {
        self.entries().any(|entry| entry.takes_away(record))
    }

    fn added(&self, owner: &Name<'_>) -> impl Iterator<Item = StoredRecord<'_>> {
        self.comes().filter(move |record| record.owner == *owner)
    }

    fn withdraw(&mut self, owner: &Name<'_>, mut which: impl FnMut(&StoredRecord<'_>) -> bool) {
        self.remove(|entry| {
            entry.kind == COMES && entry.record.owner == *owner && which(&entry.record)
        });
    }

    fn set_ttl(&mut self, owner: &Name<'_>, rtype: Type, ttl: u32) {
        let mut from = 0;
        loop {
            let written = self.buffer.get(..self.len).unwrap_or_default();
            let mut reader = Reader::within(written, from, self.len);
            let Some(entry) = Entry::read(&mut reader) else {
                break;
            };
            let (at, record) = (entry.at, entry.record);
            from = reader.offset();
            let is_meant = entry.kind == COMES && record.rtype == rtype && record.owner == *owner;
            if !is_meant || record.ttl == ttl {
                continue;
            }
            let now = StoredRecord { ttl, ..record };
            if self.entries().any(|entry| entry.takes_away(&now)) {
                // It, and what it would bring back. The search starts over, since entries move.
                let gone = self.entries().find(|entry| entry.takes_away(&now));
                let gone = gone.map(|entry| entry.at);
                self.remove(|entry| entry.at == at || Some(entry.at) == gone);
                from = 0;
                continue;
            }
            // The TTL stands before the length and the data.
            let ttl_at = from.saturating_sub(record.data.len()).saturating_sub(6);
            let slot = self
                .buffer
                .get_mut(ttl_at..)
                .and_then(|rest| rest.first_chunk_mut());
            if let Some(slot) = slot {
                *slot = ttl.to_be_bytes();
            }
        }
    }
}

impl fmt::Debug for ChangeList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for entry in self.entries() {
            list.entry(&(
                if entry.kind == GOES { "goes" } else { "comes" },
                entry.record,
            ));
        }
        list.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_points::Class;
    use crate::name::NameBuf;
    use std::vec::Vec;

    fn record<'a>(owner: &'a NameBuf, ttl: u32, data: &'a [u8; 4]) -> StoredRecord<'a> {
        StoredRecord {
            owner: owner.as_name(),
            rtype: Type::A,
            class: Class::IN,
            ttl,
            data,
        }
    }

    #[test]
    fn what_comes_back_as_it_was_leaves_no_trace() {
        let owner = NameBuf::from_text("a.example.").unwrap();
        let [first, second] = [[10, 0, 0, 1], [10, 0, 0, 2]];
        let mut buffer = [0; 256];
        let mut changes = ChangeList::new(&mut buffer);
        for data in [&first, &second] {
            changes.delete(&record(&owner, 60, data)).unwrap();
            assert!(changes.is_deleted(&record(&owner, 60, data)));
        }
        changes.add(&record(&owner, 90, &first)).unwrap();
        changes.add(&record(&owner, 90, &second)).unwrap();
        assert_eq!((changes.goes().count(), changes.comes().count()), (2, 2));
        changes.set_ttl(&owner.as_name(), Type::A, 30);
        assert!(changes.comes().all(|record| record.ttl == 30));
        changes.set_ttl(&owner.as_name(), Type::A, 60);
        assert!(changes.is_empty(), "{changes:?}");
        changes.delete(&record(&owner, 60, &first)).unwrap();
        changes.add(&record(&owner, 60, &first)).unwrap();
        assert!(changes.is_empty());
    }

    #[test]
    fn only_what_is_meant_is_withdrawn() {
        let owner = NameBuf::from_text("a.example.").unwrap();
        let other = NameBuf::from_text("b.example.").unwrap();
        let data = [10, 0, 0, 1];
        let mut buffer = [0; 256];
        let mut changes = ChangeList::new(&mut buffer);
        changes.delete(&record(&owner, 60, &data)).unwrap();
        changes.add(&record(&other, 60, &data)).unwrap();
        changes.add(&record(&owner, 61, &data)).unwrap();
        changes.withdraw(&owner.as_name(), |_| true);
        assert_eq!(
            changes.comes().collect::<Vec<_>>(),
            [record(&other, 60, &data)]
        );
        assert_eq!(changes.goes().count(), 1);
        assert_eq!(changes.added(&owner.as_name()).count(), 0);
    }

    #[test]
    fn a_full_buffer_is_an_error_and_keeps_what_stands() {
        let owner = NameBuf::from_text("a.example.").unwrap();
        let mut buffer = [0; 40];
        let mut changes = ChangeList::new(&mut buffer);
        changes.add(&record(&owner, 60, &[10, 0, 0, 1])).unwrap();
        let full = changes.add(&record(&owner, 60, &[10, 0, 0, 2]));
        assert_eq!(full, Err(WriteError::NoRoom));
        assert_eq!(changes.comes().count(), 1);
    }
}

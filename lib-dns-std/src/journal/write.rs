//! Writing the tables of a journal.

use super::error::JournalError;
use super::members::MEMBERS;
use super::read::{CHANGES, CONFIRMED, PART, Reading, SNAPSHOTS, ZONES, key_of, row};
use super::row::{CHECKSUM_LEN, ChangeHeader, MAX_FILES, Snapshot, Version, ZoneRow, checksum};
use super::store::Step;
use crate::zone::{Change, Zone};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Difference, ZoneLookup};
use redb::{ReadableTable, Table, WriteTransaction};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

type Zones<'t> = Table<'t, &'static [u8], &'static [u8]>;
type Changes<'t> = Table<'t, (u64, u64, u32), &'static [u8]>;
type Snapshots<'t> = Table<'t, (u64, u32), &'static [u8]>;

/// The tables while they are written.
pub(super) struct Tables<'t> {
    pub(super) path: &'t Path,
    after_next: &'t AtomicU64,
    zones: Zones<'t>,
    changes: Changes<'t>,
    snapshots: Snapshots<'t>,
    confirmed: Table<'t, &'static [u8], u64>,
    pub(super) members: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    /// `after_next` is 0, or the number after the next zone's.
    pub(super) fn open(
        path: &'t Path,
        write: &'t WriteTransaction,
        after_next: &'t AtomicU64,
    ) -> Result<Self, JournalError> {
        let redb = |error| JournalError::redb(path, error);
        Ok(Self {
            path,
            after_next,
            zones: write.open_table(ZONES).map_err(redb)?,
            changes: write.open_table(CHANGES).map_err(redb)?,
            snapshots: write.open_table(SNAPSHOTS).map_err(redb)?,
            confirmed: write.open_table(CONFIRMED).map_err(redb)?,
            members: write.open_table(MEMBERS).map_err(redb)?,
        })
    }

    fn redb(&self, error: redb::StorageError) -> JournalError {
        JournalError::redb(self.path, error)
    }

    fn reading<'r>(&'r self, apex: &Name<'_>, row: &'r ZoneRow) -> Reading<'r, Changes<'t>, ()> {
        Reading::of_changes(self.path, apex, row, &self.changes)
    }

    /// A number that no zone has, and none ever had since the journal was opened. There is one writer.
    fn next_id(&self) -> Result<u64, JournalError> {
        let next = match self.after_next.load(Ordering::Relaxed).checked_sub(1) {
            Some(next) => next,
            None => self.highest_id()?.map_or(0, |highest| highest + 1),
        };
        self.after_next.store(next + 2, Ordering::Relaxed);
        Ok(next)
    }

    /// It looks at all zones.
    fn highest_id(&self) -> Result<Option<u64>, JournalError> {
        let mut highest = None;
        for entry in self.zones.iter().map_err(|error| self.redb(error))? {
            let (_, value) = entry.map_err(|error| self.redb(error))?;
            let row = ZoneRow::from_bytes(value.value());
            highest = highest.max(row.map(|row| row.id));
        }
        Ok(highest)
    }

    fn put_row(&mut self, apex: &Name<'_>, row: &ZoneRow) -> Result<(), JournalError> {
        let octets = row.to_bytes();
        let put = self.zones.insert(key_of(apex).as_bytes(), &*octets);
        put.map(|_| ()).map_err(|error| self.redb(error))
    }

    /// Afterwards, changes take at most `limit` octets.
    pub(super) fn append(&mut self, step: &Step, limit: u64) -> Result<(), JournalError> {
        let apex = step.old.apex();
        let row = match row(self.path, &self.zones, &apex)? {
            Some(row) => self.rewound(&apex, row, step.from)?,
            None => None,
        };
        let mut row = match row {
            Some(row) => row,
            None => self.new_row(&step.old, step.from)?,
        };
        self.put_change(&row, row.next, step.from, step.to, &step.difference)?;
        row.next += 1;
        row.octets += step.difference.len() as u64;
        row.newest = step.to;
        self.bound(&step.new, &mut row, limit)?;
        self.put_row(&apex, &row)
    }

    /// The entry of a zone as it was when it had this version, with what came after taken away. `None` if
    /// that was its first.
    fn rewound(
        &mut self,
        apex: &Name<'_>,
        mut row: ZoneRow,
        to: Version,
    ) -> Result<Option<ZoneRow>, JournalError> {
        let start = match row.snapshot {
            Some(snapshot) => snapshot.at,
            None => row.first,
        };
        while row.newest != to {
            let last = row.next.checked_sub(1).filter(|last| *last >= start);
            let Some(last) = last else {
                return Err(JournalError::NotContiguous {
                    zone: Box::new(key_of(apex)),
                    has: row.newest.serial,
                    needs: to.serial,
                });
            };
            let header = self.reading(apex, &row).header(last)?;
            self.remove_change(&mut row, last, header.len)?;
            row.next = last;
            row.newest = header.from;
        }
        Ok(Some(row))
    }

    /// The entry of a zone of which nothing is known yet but this version.
    fn new_row(&mut self, zone: &Zone, version: Version) -> Result<ZoneRow, JournalError> {
        let id = self.next_id()?;
        let mut row = ZoneRow {
            id,
            class: zone.class(),
            first: 0,
            next: 0,
            octets: 0,
            newest: version,
            snapshot: None,
            files: vec![version],
        };
        self.put_snapshot(zone, &mut row)?;
        Ok(row)
    }

    fn put_change(
        &mut self,
        row: &ZoneRow,
        sequence: u64,
        from: Version,
        to: Version,
        difference: &[u8],
    ) -> Result<(), JournalError> {
        let mut part = ChangeHeader::new(from, to, difference).to_bytes();
        let mut number = 0;
        let mut rest = difference;
        loop {
            let (head, tail) = rest.split_at(rest.len().min(PART));
            part.extend_from_slice(head);
            let put = self.changes.insert((row.id, sequence, number), &*part);
            put.map(|_| ())
                .map_err(|error| JournalError::redb(self.path, error))?;
            if tail.is_empty() {
                return Ok(());
            }
            part.clear();
            number += 1;
            rest = tail;
        }
    }

    fn remove_change(
        &mut self,
        row: &mut ZoneRow,
        sequence: u64,
        len: u64,
    ) -> Result<(), JournalError> {
        let parts = (len.div_ceil(PART as u64)).max(1) as u32;
        for part in 0..parts {
            let removed = self.changes.remove((row.id, sequence, part));
            removed
                .map(|_| ())
                .map_err(|error| JournalError::redb(self.path, error))?;
        }
        row.octets = row.octets.saturating_sub(len);
        Ok(())
    }

    /// Keeps the newest version whole, in the place of the one that is kept.
    fn put_snapshot(&mut self, zone: &Zone, row: &mut ZoneRow) -> Result<(), JournalError> {
        self.remove_snapshot(row)?;
        let mut parts = 0;
        let mut part = Vec::with_capacity(PART + (PART >> 2));
        let mut records = zone.records().peekable();
        while records.peek().is_some() {
            part.clear();
            part.resize(CHECKSUM_LEN, 0);
            while let Some(record) = records.next_if(|_| part.len() < PART) {
                // What stands in a zone fits into a record.
                let _ = record.append_to(&mut part);
            }
            let (sum, octets) = part.split_at_mut(CHECKSUM_LEN);
            sum.copy_from_slice(&checksum(&[octets]));
            let put = self.snapshots.insert((row.id, parts), &*part);
            put.map(|_| ())
                .map_err(|error| JournalError::redb(self.path, error))?;
            parts += 1;
        }
        row.snapshot = Some(Snapshot {
            version: row.newest,
            at: row.next,
            parts,
        });
        Ok(())
    }

    fn remove_snapshot(&mut self, row: &mut ZoneRow) -> Result<(), JournalError> {
        let parts = row.snapshot.take().map_or(0, |snapshot| snapshot.parts);
        for part in 0..parts {
            let removed = self.snapshots.remove((row.id, part));
            removed
                .map(|_| ())
                .map_err(|error| JournalError::redb(self.path, error))?;
        }
        Ok(())
    }

    /// Keeps the changes of a zone within its limit.
    fn bound(&mut self, zone: &Zone, row: &mut ZoneRow, limit: u64) -> Result<(), JournalError> {
        if row.octets <= limit {
            return Ok(());
        }
        match self.condense(&zone.apex(), row, row.octets / 2) {
            Err(error) if error.is_of_disk() => return Err(error),
            // What cannot be condensed is dropped.
            Ok(()) | Err(_) => {}
        }
        // Some room is made at once, so that this does not happen at every change.
        let enough = limit - limit / 4;
        let only_for_others = row.snapshot.map_or(row.first, |snapshot| snapshot.at);
        self.drop_oldest(&zone.apex(), row, enough, only_for_others)?;
        if row.octets > enough {
            self.put_snapshot(zone, row)?;
            self.drop_oldest(&zone.apex(), row, limit / 2, row.next)?;
        }
        Ok(())
    }

    /// Drops the oldest changes before a sequence number until so many octets are left.
    fn drop_oldest(
        &mut self,
        apex: &Name<'_>,
        row: &mut ZoneRow,
        octets: u64,
        end: u64,
    ) -> Result<(), JournalError> {
        while row.first < end && row.octets > octets {
            let header = self.reading(apex, row).header(row.first)?;
            self.remove_change(row, row.first, header.len)?;
            row.first += 1;
        }
        Ok(())
    }

    /// Makes one change of the oldest, of about so many octets. The version of the snapshot stays one of
    /// those that changes lead to.
    fn condense(
        &mut self,
        apex: &Name<'_>,
        row: &mut ZoneRow,
        octets: u64,
    ) -> Result<(), JournalError> {
        let end = match row.snapshot {
            Some(snapshot) if snapshot.at > row.first => snapshot.at,
            _ => row.next,
        };
        let mut all = Change::new();
        let mut removed = Vec::new();
        let mut seen = 0;
        let mut ends = None;
        for sequence in row.first..end {
            let (header, change) = self.reading(apex, row).change(sequence)?;
            all.follow(&Difference::from_bytes(&change)?)?;
            removed.push((sequence, header.len));
            let (from, _) = ends.unwrap_or((header.from, header.to));
            ends = Some((from, header.to));
            seen += header.len;
            if seen >= octets {
                break;
            }
        }
        let (Some((from, to)), [_, _, ..]) = (ends, &*removed) else {
            return Ok(());
        };
        let mut difference = Vec::new();
        all.difference(&mut difference)?;
        for (sequence, len) in &removed {
            self.remove_change(row, *sequence, *len)?;
        }
        let at = removed.last().map_or(row.first, |(sequence, _)| *sequence);
        self.put_change(row, at, from, to, &difference)?;
        if let Some(snapshot) = &mut row.snapshot
            && snapshot.at == row.first
        {
            snapshot.at = at;
        }
        row.first = at;
        row.octets += difference.len() as u64;
        Ok(())
    }

    pub(super) fn restart(&mut self, zone: &Zone, version: Version) -> Result<(), JournalError> {
        let apex = zone.apex();
        let key = key_of(&apex);
        let files = match row(self.path, &self.zones, &apex)? {
            Some(row) => row.files,
            None => Vec::new(),
        };
        let confirmed = self.confirmed.get(key.as_bytes());
        let confirmed = confirmed.map_err(|error| self.redb(error))?;
        let confirmed = confirmed.map(|time| time.value());
        self.remove(&key)?;
        if let Some(time) = confirmed {
            self.confirm(&key, time)?;
        }
        let mut row = self.new_row(zone, version)?;
        row.files = files;
        self.put_row(&apex, &row)
    }

    pub(super) fn remove(&mut self, apex: &NameBuf) -> Result<(), JournalError> {
        let released = self.members.remove(apex.as_bytes()).map(|_| ());
        released.map_err(|error| JournalError::redb(self.path, error))?;
        let Some(mut row) = row(self.path, &self.zones, &apex.as_name())? else {
            return Ok(());
        };
        self.remove_snapshot(&mut row)?;
        let all = (row.id, 0, 0)..=(row.id, u64::MAX, u32::MAX);
        self.changes
            .retain_in(all, |_, _| false)
            .map_err(|error| self.redb(error))?;
        let removed = self.zones.remove(apex.as_bytes()).map(|_| ());
        let unconfirmed = self.confirmed.remove(apex.as_bytes()).map(|_| ());
        removed
            .and(unconfirmed)
            .map_err(|error| JournalError::redb(self.path, error))
    }

    pub(super) fn confirm(&mut self, apex: &NameBuf, time: u64) -> Result<(), JournalError> {
        let put = self.confirmed.insert(apex.as_bytes(), time);
        put.map(|_| ())
            .map_err(|error| JournalError::redb(self.path, error))
    }

    pub(super) fn expect_file(
        &mut self,
        apex: &NameBuf,
        version: Version,
    ) -> Result<(), JournalError> {
        let Some(mut row) = row(self.path, &self.zones, &apex.as_name())? else {
            return Ok(());
        };
        row.files.retain(|file| *file != version);
        row.files.push(version);
        let surplus = row.files.len().saturating_sub(MAX_FILES);
        row.files.drain(..surplus);
        self.put_row(&apex.as_name(), &row)
    }
}

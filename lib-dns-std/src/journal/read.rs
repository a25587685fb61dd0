//! Reading the tables of a journal.

use super::error::JournalError;
use super::row::{CHANGE_HEADER_LEN, CHECKSUM_LEN, ChangeHeader, Version, ZoneRow, checksum};
use crate::zone::{Change, Zone, ZoneAssembly};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Difference, Serial, StoredRecords};
use redb::{ReadableTable, TableDefinition};
use std::path::Path;

/// The number of the format, under its name.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const FORMAT: &str = "format";
/// The format that this version reads and writes.
pub(super) const FORMAT_NUMBER: u64 = 1;
/// By apex.
pub(super) const ZONES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("zones");
/// By zone, sequence number and part.
pub(super) const CHANGES: TableDefinition<'_, (u64, u64, u32), &[u8]> =
    TableDefinition::new("changes");
/// By zone and part.
pub(super) const SNAPSHOTS: TableDefinition<'_, (u64, u32), &[u8]> =
    TableDefinition::new("snapshots");
/// By apex: when the zone was last known to be current.
pub(super) const CONFIRMED: TableDefinition<'_, &[u8], u64> = TableDefinition::new("confirmed");

/// Octets of a part of what does not stand in one piece.
pub(super) const PART: usize = if cfg!(test) { 256 } else { 1 << 20 };
/// Up to so many octets of changes become one while a zone is brought back.
const REPLAYED_AT_ONCE: usize = if cfg!(test) { 2000 } else { 32 << 20 };

/// The key of a zone.
pub(super) fn key_of(apex: &Name<'_>) -> NameBuf {
    NameBuf::from(*apex).to_lowercase()
}

/// Reads what the journal has of one zone.
pub(super) struct Reading<'t, C, S> {
    pub(super) path: &'t Path,
    pub(super) apex: NameBuf,
    pub(super) row: &'t ZoneRow,
    pub(super) changes: &'t C,
    pub(super) snapshots: &'t S,
}

/// The entry of a zone, if there is one.
pub(super) fn row<Z>(
    path: &Path,
    zones: &Z,
    apex: &Name<'_>,
) -> Result<Option<ZoneRow>, JournalError>
where
    Z: ReadableTable<&'static [u8], &'static [u8]>,
{
    let key = key_of(apex);
    let entry = zones
        .get(key.as_bytes())
        .map_err(|error| JournalError::redb(path, error))?;
    match entry {
        Some(entry) => match ZoneRow::from_bytes(entry.value()) {
            Some(row) => Ok(Some(row)),
            None => Err(JournalError::DamagedZone(
                Box::new(key),
                "its entry".to_owned(),
            )),
        },
        None => Ok(None),
    }
}

impl<C> Reading<'_, C, ()>
where
    C: ReadableTable<(u64, u64, u32), &'static [u8]>,
{
    /// A view that reads changes only.
    pub(super) fn of_changes<'t>(
        path: &'t Path,
        apex: &Name<'_>,
        row: &'t ZoneRow,
        changes: &'t C,
    ) -> Reading<'t, C, ()> {
        Reading {
            path,
            apex: key_of(apex),
            row,
            changes,
            snapshots: &(),
        }
    }
}

impl<C, S> Reading<'_, C, S> {
    pub(super) fn damaged(&self, why: impl Into<String>) -> JournalError {
        JournalError::DamagedZone(Box::new(self.apex), why.into())
    }

    fn redb(&self, error: redb::StorageError) -> JournalError {
        JournalError::redb(self.path, error)
    }
}

impl<C, S> Reading<'_, C, S>
where
    C: ReadableTable<(u64, u64, u32), &'static [u8]>,
{
    /// What a change leads from and to.
    pub(super) fn header(&self, sequence: u64) -> Result<ChangeHeader, JournalError> {
        let first = self.changes.get((self.row.id, sequence, 0));
        let first = first.map_err(|error| self.redb(error))?;
        let header = first.and_then(|first| Some(ChangeHeader::read(first.value())?.0));
        header.ok_or_else(|| self.damaged(format!("change {sequence} is missing or cut off")))
    }

    /// A change, whose checksum is right.
    pub(super) fn change(&self, sequence: u64) -> Result<(ChangeHeader, Vec<u8>), JournalError> {
        let header = self.header(sequence)?;
        if header.len > Change::MAX_OCTETS as u64 {
            return Err(self.damaged(format!("change {sequence} has no possible length")));
        }
        let mut octets = Vec::new();
        let from = (self.row.id, sequence, 0);
        let parts = self.changes.range(from..=(self.row.id, sequence, u32::MAX));
        for part in parts.map_err(|error| self.redb(error))? {
            let (key, part) = part.map_err(|error| self.redb(error))?;
            let (.., number) = key.value();
            let part = part.value();
            let skip = if number == 0 { CHANGE_HEADER_LEN } else { 0 };
            octets.extend_from_slice(part.get(skip..).unwrap_or_default());
            if octets.len() as u64 > header.len {
                break;
            }
        }
        if !header.is_of(&octets) {
            return Err(self.damaged(format!("change {sequence} does not match its checksum")));
        }
        Ok((header, octets))
    }

    /// The change that starts from the version with this serial.
    pub(super) fn sequence_from(&self, serial: Serial) -> Result<Option<u64>, JournalError> {
        // How far back a version is falls from change to change.
        let back = |serial: Serial| self.row.newest.serial.0.wrapping_sub(serial.0);
        let (mut low, mut high) = (self.row.first, self.row.next);
        while low < high {
            let middle = low + (high - low) / 2;
            let from = self.header(middle)?.from.serial;
            if from == serial {
                return Ok(Some(middle));
            } else if back(from) > back(serial) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(None)
    }

    /// Follows the changes from a sequence number on to the newest version.
    pub(super) fn replay(&self, mut zone: Zone, from: u64) -> Result<Zone, JournalError> {
        let mut change = Change::new();
        for sequence in from..self.row.next {
            let (_, octets) = self.change(sequence)?;
            let difference = Difference::from_bytes(&octets)?;
            change.follow(&difference)?;
            if change.octets() >= REPLAYED_AT_ONCE || sequence + 1 == self.row.next {
                let mut octets = Vec::new();
                let difference = std::mem::take(&mut change);
                let difference = difference.difference(&mut octets)?;
                zone = zone
                    .apply(&difference)
                    .map_err(|error| JournalError::DoesNotApply(Box::new(self.apex), error))?;
            }
        }
        if Version::of(&zone) != self.row.newest {
            return Err(self.damaged("its changes do not lead to its newest version"));
        }
        Ok(zone)
    }

    /// Looks through all changes: each whole, each from where the one before it led.
    pub(super) fn check_changes(&self) -> Result<u64, JournalError> {
        let mut last = None;
        let mut octets = 0;
        for sequence in self.row.first..self.row.next {
            let (header, change) = self.change(sequence)?;
            octets += change.len() as u64;
            let difference = Difference::from_bytes(&change)?;
            let ends = (difference.from_serial(), difference.to_serial());
            let follows = last.is_none_or(|last| last == header.from)
                && ends == (header.from.serial, header.to.serial)
                && header.from.content.after(&difference) == header.to.content;
            if !follows {
                let why = format!("change {sequence} does not follow the one before it");
                return Err(self.damaged(why));
            }
            last = Some(header.to);
        }
        if last.is_some_and(|last| last != self.row.newest) || octets != self.row.octets {
            return Err(self.damaged("its entry does not match its changes"));
        }
        Ok(self.row.next - self.row.first)
    }
}

impl<C, S> Reading<'_, C, S>
where
    C: ReadableTable<(u64, u64, u32), &'static [u8]>,
    S: ReadableTable<(u64, u32), &'static [u8]>,
{
    /// The newest version, from the snapshot and what follows it.
    pub(super) fn zone(&self) -> Result<Zone, JournalError> {
        let snapshot = self.row.snapshot;
        let snapshot = snapshot.ok_or_else(|| self.damaged("it has no snapshot"))?;
        let mut records = ZoneAssembly::new(&self.apex.as_name(), self.row.class, "snapshot");
        for number in 0..snapshot.parts {
            let part = self.snapshots.get((self.row.id, number));
            let part = part.map_err(|error| self.redb(error))?;
            let wrong = || self.damaged(format!("part {number} of its snapshot"));
            let part = part.ok_or_else(wrong)?;
            let (sum, octets) = part
                .value()
                .split_first_chunk::<CHECKSUM_LEN>()
                .ok_or_else(wrong)?;
            if *sum != checksum(&[octets]) {
                return Err(wrong());
            }
            for record in StoredRecords::from_bytes(octets)
                .map_err(|_| wrong())?
                .iter()
            {
                records.push(&record);
            }
        }
        let (zone, _) = records
            .finish()
            .map_err(|findings| self.damaged(format!("its snapshot: {findings}")))?;
        // That it is the right version shows at the end.
        self.replay(zone, snapshot.at)
    }
}

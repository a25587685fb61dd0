//! Journals of BIND 9 (`.jnl`).
//!
//! No document tells their form but the program's source (`lib/dns/journal.c`). Numbers stand with the high
//! octet first:
//!
//! | octets | |
//! |---|---|
//! | 16 | `;BIND LOG V9\n` or `;BIND LOG V9.2\n`, then zeros |
//! | 8 | where the first transaction is: serial and offset |
//! | 8 | where the last one ends: serial and offset |
//! | 4 | entries of the index |
//! | 4 + 1 | what inline signing keeps |
//! | up to 64 | zeros |
//! | 8 for each | the index: serials and offsets |
//!
//! A transaction is its length (4), in 9.2 the count of its records (4), the serial before and after it (4
//! each), and its records: the old SOA record, what goes, the new SOA record, what comes; each behind its
//! length (4), and without compression.

use super::error::JournalError;
use crate::zone::Change;
use lib_dns_core::zone::{Difference, Serial};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Octets before the index.
const HEADER_LEN: u64 = 64;
/// Octets of an entry of the index.
const INDEX_ENTRY_LEN: u64 = 8;
/// Octets at the front that tell the format.
const FORMAT_LEN: usize = 16;
const FORMAT_9: &[u8; FORMAT_LEN] = b";BIND LOG V9\n\0\0\0";
const FORMAT_9_2: &[u8; FORMAT_LEN] = b";BIND LOG V9.2\n\0";

/// Are these the first octets of a journal of BIND?
pub(super) fn is_bind_journal(octets: &[u8]) -> bool {
    octets.starts_with(FORMAT_9) || octets.starts_with(FORMAT_9_2)
}

/// A journal of BIND 9, read transaction by transaction.
///
/// Nothing in it is believed: each length is bounded by the file and by what a change may hold, the serials
/// must follow each other, and all records must be whole.
#[derive(Debug)]
pub struct BindJournal<R> {
    file: R,
    path: PathBuf,
    /// Do transactions tell how many records they have?
    counts_records: bool,
    /// Where the next transaction starts, and where the last one ends.
    at: u64,
    end: u64,
    first: Serial,
    last: Serial,
    next: Serial,
}

impl<R: Read + Seek> BindJournal<R> {
    /// Reads the header. `path` is what errors call the file.
    ///
    /// # Errors
    /// If it is no journal of BIND 9, or cannot be read.
    pub fn new(mut file: R, path: &Path) -> Result<Self, JournalError> {
        let damaged = |why: &str| JournalError::Damaged(path.into(), why.to_owned());
        let read = |error| JournalError::io(path, error);
        let len = file.seek(SeekFrom::End(0)).map_err(read)?;
        file.seek(SeekFrom::Start(0)).map_err(read)?;
        let mut header = [0; HEADER_LEN as usize];
        file.read_exact(&mut header).map_err(read)?;
        let (format, numbers) = header.split_at(FORMAT_LEN);
        let counts_records = format == FORMAT_9_2;
        if !counts_records && format != FORMAT_9 {
            return Err(damaged("not a journal of BIND 9"));
        }
        let number = |at: usize| {
            let octets = numbers.get(4 * at..).and_then(<[u8]>::first_chunk);
            octets.map_or(0, |octets| u32::from_be_bytes(*octets))
        };
        let (first, at, last, end) = (number(0), number(1), number(2), number(3));
        let index_end = HEADER_LEN + INDEX_ENTRY_LEN * u64::from(number(4));
        let (at, end) = (u64::from(at), u64::from(end));
        // A journal without transactions has no places.
        let is_empty = at == end;
        if !is_empty && (at < index_end || at > end || end > len) {
            return Err(damaged("its header leads out of the file"));
        }
        Ok(Self {
            file,
            path: path.into(),
            counts_records,
            at,
            end,
            first: Serial(first),
            last: Serial(last),
            next: Serial(first),
        })
    }

    /// The oldest version that it leads from.
    pub fn first(&self) -> Serial {
        self.first
    }

    /// The version that it leads to.
    pub fn last(&self) -> Serial {
        self.last
    }

    /// The octets of the next [`Difference`]; `None` after the last.
    ///
    /// # Errors
    /// If the file is damaged or cannot be read. There is nothing to be read after an error.
    pub fn next_difference(&mut self) -> Result<Option<Vec<u8>>, JournalError> {
        if self.at >= self.end {
            return if self.next == self.last {
                Ok(None)
            } else {
                Err(self.damaged("it ends before its last version"))
            };
        }
        let start = self.at;
        // Whoever goes on after an error finds nothing.
        self.at = self.end;
        self.file
            .seek(SeekFrom::Start(start))
            .map_err(|error| self.io(error))?;
        let len = self.u32()?;
        let count = if self.counts_records {
            Some(self.u32()?)
        } else {
            None
        };
        let (from, to) = (Serial(self.u32()?), Serial(self.u32()?));
        let head = if self.counts_records { 16 } else { 12 };
        let rest = self.end.saturating_sub(start + head);
        if u64::from(len) > rest || len as usize > Change::MAX_OCTETS {
            return Err(self.damaged("a transaction is longer than the file"));
        }
        if from != self.next {
            return Err(self.damaged("a transaction does not start where the one before it ended"));
        }
        let mut records = vec![0; len as usize];
        self.file
            .read_exact(&mut records)
            .map_err(|error| self.io(error))?;
        let (octets, found) = without_lengths(&records)
            .ok_or_else(|| self.damaged("a record is longer than its transaction"))?;
        if count.is_some_and(|count| count != found) {
            return Err(self.damaged("a transaction has not as many records as it says"));
        }
        let difference = Difference::from_bytes(&octets)
            .map_err(|error| self.damaged(&format!("a transaction is no difference: {error}")))?;
        if (difference.from_serial(), difference.to_serial()) != (from, to) {
            return Err(self.damaged("the SOA records of a transaction are of other versions"));
        }
        self.next = to;
        self.at = start + head + u64::from(len);
        Ok(Some(octets))
    }

    fn u32(&mut self) -> Result<u32, JournalError> {
        let mut octets = [0; 4];
        self.file
            .read_exact(&mut octets)
            .map_err(|error| self.io(error))?;
        Ok(u32::from_be_bytes(octets))
    }

    fn io(&self, error: io::Error) -> JournalError {
        JournalError::io(&self.path, error)
    }

    fn damaged(&self, why: &str) -> JournalError {
        JournalError::Damaged(self.path.clone(), why.to_owned())
    }
}

/// Records that stand behind their lengths, one behind the other, and how many there are.
fn without_lengths(mut records: &[u8]) -> Option<(Vec<u8>, u32)> {
    let mut octets = Vec::with_capacity(records.len());
    let mut count = 0;
    while !records.is_empty() {
        let (len, rest) = records.split_first_chunk::<4>()?;
        let (record, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        octets.extend_from_slice(record);
        count += 1;
        records = rest;
    }
    Some((octets, count))
}

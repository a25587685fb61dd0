//! Bringing zones back at start.

use super::error::JournalError;
use super::row::Version;
use super::store::{Journal, Step};
use crate::zone::{Change, Zone};
use lib_dns_core::name::Name;
use lib_dns_core::zone::{Serial, ZoneLookup};
use std::sync::Arc;

/// A zone as it is to be served after a start.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// The zone.
    pub zone: Arc<Zone>,
    /// What happened.
    pub how: How,
}

/// How a zone came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum How {
    /// The file is what is served: the journal has nothing newer.
    AsInFile,
    /// The journal had changes that are not in the file.
    Replayed,
    /// The file is newer than the journal; the difference has been added to the journal.
    FileIsNewer,
    /// The file is newer than the journal, which starts anew with it: the difference could not be made, so
    /// whoever has an older version must fetch the whole zone.
    HistoryLost,
}

impl Journal {
    /// Finds out which version of a zone is to be served, given what its file holds.
    ///
    /// | the file | served is |
    /// |---|---|
    /// | has the newest version, or the journal knows nothing of the zone | the file |
    /// | is what it was when the journal last saw it, or a version on the way | the newest version |
    /// | has a newer serial | the file, and the journal keeps the difference |
    /// | has a serial that the journal knows, but other records | nothing: an error |
    /// | has an older serial than all that the journal knows | nothing: an error |
    ///
    /// # Errors
    /// As in the table, and if the journal cannot be read or written, or is damaged.
    pub fn resume(&self, file: Zone) -> Result<Resumed, JournalError> {
        let version = Version::of(&file);
        match self.place(&file.apex(), version)? {
            How::Replayed => {
                let zone = self.zone(&file.apex())?;
                let zone = zone.ok_or_else(|| self.no_such_zone(&file.apex()))?;
                Ok(resumed(zone, How::Replayed))
            }
            How::FileIsNewer | How::HistoryLost => self.take_newer_file(file, version),
            How::AsInFile => Ok(resumed(file, How::AsInFile)),
        }
    }

    /// What is to be done about a file that has this version of a zone.
    pub(crate) fn place(&self, apex: &Name<'_>, version: Version) -> Result<How, JournalError> {
        let serial = version.serial;
        let known = self.reading(apex, |reading| {
            let row = reading.row;
            let mut known = Known {
                newest: row.newest,
                oldest: row.newest.serial,
                is_known: row.files.contains(&version),
                has_serial: row.newest.serial == serial
                    || row.files.iter().any(|file| file.serial == serial),
            };
            if row.first < row.next {
                known.oldest = reading.header(row.first)?.from.serial;
            }
            if let Some(sequence) = reading.sequence_from(serial)? {
                known.has_serial = true;
                known.is_known |= reading.header(sequence)?.from == version;
            }
            Ok(known)
        })?;
        let Some(known) = known else {
            return Ok(How::AsInFile);
        };
        if known.newest == version {
            Ok(How::AsInFile)
        } else if known.is_known {
            Ok(How::Replayed)
        } else if known.has_serial {
            let zone = Box::new((*apex).into());
            Err(JournalError::SameSerial { zone, serial })
        } else if serial.is_newer_than(known.newest.serial) {
            Ok(How::FileIsNewer)
        } else {
            Err(JournalError::FileTooOld {
                zone: Box::new((*apex).into()),
                file: serial,
                oldest: known.oldest,
                newest: known.newest.serial,
            })
        }
    }

    fn no_such_zone(&self, apex: &Name<'_>) -> JournalError {
        JournalError::NoSuchZone(Box::new((*apex).into()))
    }

    /// The file wins; the journal tells how it came to be.
    fn take_newer_file(&self, file: Zone, version: Version) -> Result<Resumed, JournalError> {
        let file = Arc::new(file);
        let how = match self.zone(&file.apex()) {
            Ok(Some(old)) => {
                let mut octets = Vec::new();
                let change = Change::between(&old, &file);
                match change.and_then(|change| change.difference(&mut octets).map(|_| ())) {
                    Ok(()) => {
                        self.append(vec![Step::between(&Arc::new(old), &file, octets)?])?;
                        How::FileIsNewer
                    }
                    Err(_) => How::HistoryLost,
                }
            }
            Ok(None) | Err(JournalError::DamagedZone(..) | JournalError::DoesNotApply(..)) => {
                How::HistoryLost
            }
            Err(error) => return Err(error),
        };
        if how == How::HistoryLost {
            self.restart(&file, version)?;
        }
        self.expect_file(&file.apex(), version)?;
        Ok(Resumed { zone: file, how })
    }
}

/// What the journal knows of a zone and of the version in its file.
struct Known {
    newest: Version,
    oldest: Serial,
    /// It knows this very version.
    is_known: bool,
    /// It knows a version with this serial.
    has_serial: bool,
}

fn resumed(zone: Zone, how: How) -> Resumed {
    Resumed {
        zone: Arc::new(zone),
        how,
    }
}

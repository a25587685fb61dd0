//! Why a journal cannot be read or written.

use crate::zone::{ApplyError, ChangeError};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::{DifferenceError, Serial};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a journal cannot be read or written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be read or written: for example the disk is full, or it may only be read.
    Io(PathBuf, Arc<io::Error>),
    /// Another process writes the journal.
    InUse(PathBuf),
    /// The file is no journal, or is damaged.
    Damaged(PathBuf, String),
    /// The journal was written in a format that this version does not know.
    OtherFormat(PathBuf, u64),
    /// The journal has nothing of this zone.
    NoSuchZone(Box<NameBuf>),
    /// A change does not start from any version that the journal has.
    NotContiguous {
        /// The zone.
        zone: Box<NameBuf>,
        /// The newest version that the journal has.
        has: Serial,
        /// The version that the change starts from.
        needs: Serial,
    },
    /// What the journal has of a zone is damaged.
    DamagedZone(Box<NameBuf>, String),
    /// The changes of a zone do not fit each other.
    DoesNotApply(Box<NameBuf>, ApplyError),
    /// A zone file has changed, but its serial is that of a version that the journal knows.
    SameSerial {
        /// The zone.
        zone: Box<NameBuf>,
        /// The serial.
        serial: Serial,
    },
    /// A zone file is older than all that the journal knows.
    FileTooOld {
        /// The zone.
        zone: Box<NameBuf>,
        /// The serial of the file.
        file: Serial,
        /// The oldest version that the journal has.
        oldest: Serial,
        /// The newest version that the journal has.
        newest: Serial,
    },
    /// A change is too large.
    Change(ChangeError),
}

impl JournalError {
    /// Would the same work on another disk, or later?
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io(..) | Self::InUse(_))
    }

    /// Does it come from the file as a whole, not from one zone or from what was to be written?
    pub(super) fn is_of_disk(&self) -> bool {
        self.is_io() || matches!(self, Self::Damaged(..))
    }

    pub(super) fn io(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Damaged(path.into(), error.to_string())
            }
            _ => Self::Io(path.into(), Arc::new(error)),
        }
    }

    pub(super) fn redb(path: &Path, error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::Io(error) => Self::io(path, error),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                Self::InUse(path.into())
            }
            redb::Error::PreviousIo => Self::io(path, io::Error::other("an earlier write failed")),
            error => Self::Damaged(path.into(), error.to_string()),
        }
    }
}

impl From<ChangeError> for JournalError {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl From<DifferenceError> for JournalError {
    fn from(error: DifferenceError) -> Self {
        Self::Change(ChangeError::Difference(error))
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::InUse(path) => write!(
                f,
                "{}: another process writes this journal: stop it, or use another state folder",
                path.display()
            ),
            Self::Damaged(path, why) => write!(
                f,
                "{}: damaged, or no journal ({why}): restore it from a backup, or move it away to start \
                 from the zone files, without the changes since",
                path.display()
            ),
            Self::OtherFormat(path, format) => write!(
                f,
                "{}: format {format}, which this version does not know",
                path.display()
            ),
            Self::NoSuchZone(zone) => write!(f, "the journal has nothing of {zone}"),
            Self::NotContiguous { zone, has, needs } => write!(
                f,
                "{zone}: the journal ends at serial {has}, but the change starts from {needs}"
            ),
            Self::DamagedZone(zone, why) => write!(f, "{zone}: damaged in the journal: {why}"),
            Self::DoesNotApply(zone, error) => {
                write!(f, "{zone}: the journal does not fit: {error}")
            }
            Self::SameSerial { zone, serial } => write!(
                f,
                "{zone}: the zone file has changed, but still has serial {serial}, which the journal knows \
                 with other records: raise the serial in the file to have it served, or restore the file"
            ),
            Self::FileTooOld {
                zone,
                file,
                oldest,
                newest,
            } => write!(
                f,
                "{zone}: the zone file has serial {file}, but the journal goes from {oldest} to {newest}: \
                 give the file a serial after {newest} to have it served, or restore the newer file"
            ),
            Self::Change(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JournalError {}

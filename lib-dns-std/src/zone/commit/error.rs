//! Why a zone was not changed.

use crate::journal::JournalError;
use crate::zone::{ApplyError, ChangeError};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::{DifferenceError, Serial};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a zone was not changed. The version before is still served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CommitError<E = Infallible> {
    /// Whoever was to make the change refused to.
    Refused(E),
    /// There is no such zone.
    NoSuchZone(Box<NameBuf>),
    /// Too many writers of this zone wait already.
    Busy(Box<NameBuf>),
    /// The change could not be completed: for example not signed.
    Incomplete(Arc<dyn Error + Send + Sync>),
    /// The new serial does not follow the old one (RFC 1982).
    NotNewer {
        /// The old serial.
        from: Serial,
        /// The new serial.
        to: Serial,
    },
    /// The change cannot be made.
    Change(ChangeError),
    /// The change does not fit the zone.
    Apply(ApplyError),
    /// The change could not be kept.
    Journal(JournalError),
    /// The zone was loaded from no file, or from several that include each other.
    NoSingleFile(Box<NameBuf>),
    /// The zone file cannot be written.
    File(PathBuf, Arc<io::Error>),
}

impl<E> From<ChangeError> for CommitError<E> {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl<E> From<DifferenceError> for CommitError<E> {
    fn from(error: DifferenceError) -> Self {
        Self::Change(ChangeError::Difference(error))
    }
}

impl<E> From<ApplyError> for CommitError<E> {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl<E> From<JournalError> for CommitError<E> {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl<E: fmt::Display> fmt::Display for CommitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::NoSuchZone(apex) => write!(f, "{apex}: no such zone"),
            Self::Busy(apex) => write!(f, "{apex}: too many changes wait already; try again"),
            Self::Incomplete(error) => write!(f, "the change cannot be completed: {error}"),
            Self::NotNewer { from, to } => {
                write!(f, "serial {to} does not follow {from} (RFC 1982)")
            }
            Self::Change(error) => error.fmt(f),
            Self::Apply(error) => error.fmt(f),
            Self::Journal(error) => error.fmt(f),
            Self::NoSingleFile(apex) => write!(
                f,
                "{apex}: it was not loaded from one file, so there is none to write it to"
            ),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for CommitError<E> {}

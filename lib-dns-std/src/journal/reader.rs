//! Looking into journals, ours and those of BIND.

use super::bind::{BindJournal, is_bind_journal};
use super::error::JournalError;
use super::read::{FORMAT, FORMAT_NUMBER, META};
use super::store::{FILE, Stored, builder, with_zone, zones};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Difference, Serial};
use redb::{Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Looks into a journal: one of ours, also while a server writes it, or one of BIND 9 (`.jnl`).
///
/// A journal of ours that nobody writes is checked as a whole first, and mended if its last writer was cut
/// off in the middle.
///
/// ```no_run
/// use lib_dns_std::journal::{JournalError, JournalReader};
/// let mut journal = JournalReader::open("example.zone.jnl")?;
/// journal.read(None, |zone, difference| {
///     println!("{zone} {} to {}", difference.from_serial(), difference.to_serial());
///     Ok::<(), JournalError>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JournalReader(Source);

#[derive(Debug)]
enum Source {
    Ours(PathBuf, Ours),
    Bind(PathBuf),
}

enum Ours {
    Alone(Box<Database>),
    Beside(ReadOnlyDatabase),
}

impl std::fmt::Debug for Ours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Alone(_) => "Alone",
            Self::Beside(_) => "Beside",
        })
    }
}

/// What a journal has of a zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verified {
    /// How many changes.
    pub changes: u64,
    /// The oldest version that the changes lead from.
    pub first: Serial,
    /// The newest version.
    pub last: Serial,
}

impl JournalReader {
    /// Opens a journal: a file, or the state folder of a server.
    ///
    /// # Errors
    /// If there is none, or it cannot be read or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref();
        let path = if path.is_dir() {
            path.join(FILE)
        } else {
            path.to_owned()
        };
        let mut head = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(64).read_to_end(&mut head))
            .map_err(|error| JournalError::io(&path, error))?;
        let source = if is_bind_journal(&head) {
            Source::Bind(path)
        } else {
            let ours = Ours::open(&path)?;
            Source::Ours(path, ours)
        };
        Ok(Self(source))
    }

    /// The zones that the journal knows. One of BIND knows one, which its first record names.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn zones(&mut self) -> Result<Vec<NameBuf>, JournalError> {
        match &self.0 {
            Source::Ours(path, ours) => zones(path, &ours.read(path)?),
            Source::Bind(path) => {
                let first = open_bind(path)?.next_difference()?;
                let apex = first.and_then(|octets| apex_of(&octets));
                Ok(apex.into_iter().collect())
            }
        }
    }

    /// Gives all changes, of one zone or of all, oldest first.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, or has nothing of the zone; and what `each` fails with.
    pub fn read<E: From<JournalError>>(
        &mut self,
        zone: Option<&Name<'_>>,
        mut each: impl FnMut(&NameBuf, &Difference<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for apex in self.chosen(zone)? {
            match &self.0 {
                Source::Ours(path, ours) => {
                    let read = ours.read(path)?;
                    with_stored(path, &read, &apex, |stored| {
                        Ok(
                            (stored.row.first..stored.row.next).try_for_each(|sequence| {
                                let (_, octets) = stored.change(sequence)?;
                                let difference = Difference::from_bytes(&octets);
                                each(&apex, &difference.map_err(JournalError::from)?)
                            }),
                        )
                    })??;
                }
                Source::Bind(path) => {
                    let mut journal = open_bind(path)?;
                    while let Some(octets) = journal.next_difference()? {
                        let difference = Difference::from_bytes(&octets);
                        each(&apex, &difference.map_err(JournalError::from)?)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks through all that the journal has of a zone: that each change is whole and starts where the one
    /// before it led, and, in a journal of ours, checksums, and that the zone can be brought back.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&mut self, zone: &Name<'_>) -> Result<Verified, JournalError> {
        let apex = self.chosen(Some(zone))?;
        let apex = apex.first().copied().unwrap_or_default();
        match &self.0 {
            Source::Ours(path, ours) => {
                let read = ours.read(path)?;
                with_stored(path, &read, &apex, |stored| {
                    let changes = stored.check_changes()?;
                    stored.zone()?;
                    let first = match changes {
                        0 => stored.row.newest.serial,
                        _ => stored.header(stored.row.first)?.from.serial,
                    };
                    let last = stored.row.newest.serial;
                    Ok(Verified {
                        changes,
                        first,
                        last,
                    })
                })
            }
            Source::Bind(path) => {
                let mut journal = open_bind(path)?;
                let mut changes = 0;
                while journal.next_difference()?.is_some() {
                    changes += 1;
                }
                Ok(Verified {
                    changes,
                    first: journal.first(),
                    last: journal.last(),
                })
            }
        }
    }

    /// The zone that was asked for, if the journal knows it, or all.
    fn chosen(&mut self, zone: Option<&Name<'_>>) -> Result<Vec<NameBuf>, JournalError> {
        let mut zones = self.zones()?;
        if let Some(zone) = zone {
            zones.retain(|apex| apex.as_name() == *zone);
            if zones.is_empty() {
                return Err(JournalError::NoSuchZone(Box::new((*zone).into())));
            }
        }
        Ok(zones)
    }
}

impl Ours {
    fn open(path: &Path) -> Result<Self, JournalError> {
        let redb = |error| JournalError::redb(path, error);
        let ours = match builder().open(path) {
            Ok(database) => Self::Alone(Box::new(database)),
            Err(error) if may_read_only(&error) => {
                Self::Beside(builder().open_read_only(path).map_err(redb)?)
            }
            Err(error) => return Err(redb(error)),
        };
        let read = ours.read(path)?;
        let damaged = || JournalError::Damaged(path.into(), "not a journal of ours".to_owned());
        let meta = read.open_table(META).map_err(|_| damaged())?;
        let format = meta
            .get(FORMAT)
            .map_err(|error| JournalError::redb(path, error))?;
        match format.map(|format| format.value()) {
            Some(FORMAT_NUMBER) => {}
            Some(other) => return Err(JournalError::OtherFormat(path.into(), other)),
            None => return Err(damaged()),
        }
        drop(meta);
        Ok(ours)
    }

    fn read(&self, path: &Path) -> Result<ReadTransaction, JournalError> {
        let read = match self {
            Self::Alone(database) => database.begin_read(),
            Self::Beside(database) => database.begin_read(),
        };
        read.map_err(|error| JournalError::redb(path, error))
    }
}

/// May it still be read, if not written?
fn may_read_only(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::DatabaseAlreadyOpen => true,
        DatabaseError::Storage(redb::StorageError::Io(error)) => matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        ),
        _ => false,
    }
}

fn with_stored<T>(
    path: &Path,
    read: &ReadTransaction,
    apex: &NameBuf,
    work: impl FnOnce(&Stored<'_>) -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    let found = with_zone(path, read, &apex.as_name(), work)?;
    found.ok_or_else(|| JournalError::NoSuchZone(Box::new(*apex)))
}

fn open_bind(path: &Path) -> Result<BindJournal<BufReader<File>>, JournalError> {
    let file = File::open(path).map_err(|error| JournalError::io(path, error))?;
    BindJournal::new(BufReader::new(file), path)
}

fn apex_of(octets: &[u8]) -> Option<NameBuf> {
    let difference = Difference::from_bytes(octets).ok()?;
    Some(difference.old_soa().owner.into())
}

//! What happened to zones, kept on disk: so that no change that was acknowledged is lost, and so that IXFR
//! (RFC 1995) can tell others what changed.
//!
//! | to | use |
//! |---|---|
//! | keep changes, and bring zones back at start | [`Journal`] |
//! | look into a journal, ours or one of BIND 9 | [`JournalReader`] |
//!
//! # The file
//!
//! `zones.redb` in the state folder is a [redb](https://docs.rs/redb) database, written by one process at a
//! time, which others may read meanwhile. Numbers stand with the high octet first; a *version* is a serial
//! (4 octets) and the [`ContentDigest`](crate::zone::ContentDigest) of the zone (32); a *checksum* is the
//! first 16 octets of SHA-256. It has six tables:
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | `format` | 1 |
//! | `zones` | the zone's name in wire form and lower case | see below |
//! | `changes` | zone's number, sequence number, part (from 0) | octets of the change |
//! | `snapshots` | zone's number, part (from 0) | checksum, then records in plain form |
//! | `confirmed` | the zone's name, as in `zones` | when it was last known to be current: seconds since 1970 |
//! | `members` | the zone's name, as in `zones` | why a catalog has it served, see below |
//!
//! A zone's entry holds: its number (8), its class (2), the sequence numbers of the oldest change and of the
//! next one (8 each), the octets of all changes (8), the newest version (36); 1 if there is a snapshot, and
//! then its version (36), the sequence number of the change that follows it (8) and its parts (4), else 0;
//! how many zone files are known (1) and the version of each (36).
//!
//! A change is: the version that it starts from and the one that it leads to (36 each), the length of the
//! difference (8), a checksum of all that and of the difference (16), and the difference: the octets of a
//! [`Difference`](lib_dns_core::zone::Difference). It stands in parts of 1 MiB.
//!
//! A member's entry is: the length of its catalog's name (1) and that name in wire form, the length of the label
//! that it has there (1) and the label, and 1 and the group, or 0 if it has none.
//!
//! # What is kept
//!
//! The first change of a zone also writes a snapshot of the version before it, so that the zone can be
//! brought back whatever happens to its file. After that a commit costs what it changes. When the changes
//! take more room than the zone's limit ([`Journal::limit_for`], [`Journal::set_limits`]), the older half is condensed to one; if that
//! does not help, a snapshot of the newest version takes their place, and the oldest changes are dropped
//! until half of the limit is free. So from the snapshot on the chain is always whole.
//!
//! A commit is durable (on disk, as far as the disk says) before it is acknowledged. Commits that wait at
//! the same time become one transaction. A commit that fails leaves what was there before. If the power or
//! the program fails in the middle, the next start sees the last transaction that was whole.

mod bind;
mod error;
mod members;
mod read;
mod reader;
mod replay;
mod row;
mod store;
mod write;

pub use bind::BindJournal;
pub use error::JournalError;
pub use reader::{JournalReader, Verified};
pub use replay::{How, Resumed};
pub use row::Version;
pub use store::{Journal, Step};

#[cfg(test)]
mod tests;

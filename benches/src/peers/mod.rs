//! The libraries that are compared, each behind the same small interface.

mod dns_parser;
mod dnsbox;
mod domain;
mod hickory;
mod ours;
mod simple_dns;

use crate::{Work, WorkError};

/// A library.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The crate's name.
    pub name: &'static str,
    /// Reads a message: all labels of question and owner names, all data.
    pub parse: fn(&[u8]) -> Result<Work, WorkError>,
    /// Turns the content of message (b) into the library's names, outside what is measured, and
    /// hands back what writes it.
    pub prepare_build: fn() -> Result<Build, WorkError>,
    /// Scans zone text, all data into wire form, and says how many records there are; nothing if the
    /// library does not read it.
    pub scan: Option<Scan>,
}

/// Writes message (b) into a buffer and says how many octets it took.
pub type Build = Box<dyn FnMut(&mut [u8]) -> Result<usize, WorkError>>;

/// Scans zone text and says how many records there are.
pub type Scan = fn(&[u8]) -> Result<u32, WorkError>;

/// Room enough for message (b) from any library, compressed or not.
pub const BUILD_ROOM: usize = 512;

/// The crate that the others are compared with, and whose limits are checked.
pub const OURS: &str = "lib-dns-core";

/// All libraries.
pub const ALL: &[Peer] = &[
    ours::PEER,
    domain::PEER,
    hickory::PEER,
    simple_dns::PEER,
    dns_parser::PEER,
    dnsbox::PEER,
];

/// The library of that name.
pub fn by_name(name: &str) -> Option<&'static Peer> {
    ALL.iter().find(|peer| peer.name == name)
}

impl Peer {
    /// The version that was compiled in.
    pub fn version(&self) -> &'static str {
        const LOCK: &str = include_str!("../../../Cargo.lock");
        locked_version(LOCK, self.name).unwrap_or("?")
    }
}

/// The version of the package `name` in the text of a lock file.
fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = lock.lines();
    lines.find(|line| {
        line.strip_prefix("name = ")
            .is_some_and(|n| n.trim_matches('"') == name)
    })?;
    let version = lines.next()?.strip_prefix("version = ")?;
    Some(version.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_in_the_lock_file() {
        for peer in ALL {
            assert_ne!(peer.version(), "?", "{}", peer.name);
        }
    }
}

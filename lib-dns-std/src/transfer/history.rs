//! Where differences between versions come from.

use lib_dns_core::name::Name;
use lib_dns_core::zone::Serial;
use std::io;

/// The history of zones, from which IXFR is answered: a journal.
pub trait History: Send + Sync {
    /// The differences that lead from one version to another, oldest first, each in the form of
    /// [`Difference`](lib_dns_core::zone::Difference). One difference that was condensed from many is as good as
    /// the many.
    ///
    /// `None`: a version is missing, or they have more than `most` octets together, and the whole zone is
    /// sent instead.
    ///
    /// # Errors
    /// If the history cannot be read. The whole zone is sent then too.
    fn since(
        &self,
        apex: &Name<'_>,
        from: Serial,
        to: Serial,
        most: u64,
    ) -> io::Result<Option<Vec<Vec<u8>>>>;
}

/// No history: each request is answered with the whole zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

impl History for NoHistory {
    fn since(
        &self,
        _apex: &Name<'_>,
        _from: Serial,
        _to: Serial,
        _most: u64,
    ) -> io::Result<Option<Vec<Vec<u8>>>> {
        Ok(None)
    }
}

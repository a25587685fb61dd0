//! Reading and writing octets: the lowest layer of the wire format.
//!
//! A [`Reader`] knows the whole message (names may point into it) and the window that it may read. What
//! has a length is read through a window of its own, which must be closed: leftovers are an error that
//! names its part. A [`Writer`] fills a buffer that the caller lends, within a limit and a reserve; it
//! can go back to a [`Mark`], and its compression table goes back with it.

mod compression;
mod error;
mod reader;
mod writer;

pub use error::{Part, WireError, WireErrorKind, WriteError};
pub use reader::Reader;
pub use writer::{Form, LengthField, Mark, Writer};

/// Slots of the compression table unless told otherwise; 16 suit a LoRa node, 128 a server.
pub const DEFAULT_COMPRESSION_SLOTS: usize = 48;

#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::hint::black_box;

/// What a library saw while it read one message.
///
/// All of it comes out of the library's own types, never out of the raw message, so two libraries
/// with equal `Work` did read the same things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Questions.
    pub questions: u32,
    /// Records of all sections, the OPT record among them.
    pub records: u32,
    /// Labels of question and owner names, without the root's.
    pub labels: u32,
    /// Octets of these labels, without their lengths.
    pub label_octets: u32,
    /// Octets of the addresses, keys, signatures, hashes and option payloads in typed data.
    pub data_octets: u32,
    /// The sum of all TTLs. An OPT record has none, whatever its field says.
    pub ttls: u64,
    /// Records and options that the library handed over as raw octets.
    pub opaque: u32,
}

impl Work {
    /// Counts one label.
    #[inline]
    pub fn label(&mut self, octets: usize) {
        self.labels += 1;
        self.label_octets += octets as u32;
    }

    /// Counts octets of typed data.
    #[inline]
    pub fn octets(&mut self, octets: &[u8]) {
        self.data_octets += octets.len() as u32;
    }

    /// Counts one record, and has its typed data exist in memory as a whole, whichever fields are
    /// looked at afterwards: else the compiler would drop the reading of the others.
    #[inline]
    pub fn record<Data>(&mut self, data: &Data) {
        self.records += 1;
        black_box(data);
    }

    /// Has an EDNS option exist as a whole, like [`record`](Self::record).
    #[inline]
    pub fn option<Data>(&mut self, data: &Data) {
        black_box(data);
    }
}

/// Why a library could not read or build a message, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkError(String);

impl WorkError {
    /// The library's words.
    pub fn reason(&self) -> &str {
        &self.0
    }
}

// `WorkError` itself has no `Display`: with one, this would overlap with `From<T> for T`.
impl<E: Display> From<E> for WorkError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

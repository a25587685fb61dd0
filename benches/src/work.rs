use std::fmt::Display;
use std::hint::black_box;

/// What a library saw while it read one message.
///
/// All of it comes out of the library's own types, never out of the raw message, so two libraries that
/// [`seen`](Self::seen) the same did read the same things.
///
/// Several numbers stand in one word, each with room for any message, so that counting costs next to
/// nothing beside what is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Octets of labels, and labels above them.
    names: u64,
    /// TTLs, and octets of data above them.
    values: u64,
    /// Questions, and above them records, and what is opaque.
    items: u64,
}

const LABEL: u64 = 1 << 24;
const DATA_OCTET: u64 = 1 << 48;
const RECORD: u64 = 1 << 16;
const OPAQUE: u64 = 1 << 40;

impl Work {
    /// Counts one question.
    #[inline]
    pub fn question(&mut self) {
        self.items += 1;
    }

    /// Counts one label.
    #[inline]
    pub fn label(&mut self, octets: usize) {
        self.names += octets as u64 + LABEL;
    }

    /// Counts the TTL of a record. An OPT record has none, whatever its field says.
    #[inline]
    pub fn ttl(&mut self, seconds: u32) {
        self.values += u64::from(seconds);
    }

    /// Counts octets of typed data: of addresses, keys, signatures, hashes and option payloads.
    #[inline]
    pub fn octets(&mut self, octets: &[u8]) {
        self.values += octets.len() as u64 * DATA_OCTET;
    }

    /// Counts one record, the OPT record like others, and has its typed data exist in memory as a whole,
    /// whichever fields are looked at afterwards: else the compiler would drop the reading of the others.
    #[inline]
    pub fn record<Data>(&mut self, data: &Data) {
        self.items += RECORD;
        black_box(data);
    }

    /// Has an EDNS option exist as a whole, like [`record`](Self::record).
    #[inline]
    pub fn option<Data>(&mut self, data: &Data) {
        black_box(data);
    }

    /// Counts a record or option that the library hands over as raw octets.
    #[inline]
    pub fn opaque(&mut self) {
        self.items += OPAQUE;
    }

    /// The numbers, one by one.
    pub fn seen(&self) -> Seen {
        Seen {
            questions: (self.items % RECORD) as u32,
            records: (self.items % OPAQUE / RECORD) as u32,
            labels: (self.names / LABEL) as u32,
            label_octets: (self.names % LABEL) as u32,
            data_octets: (self.values / DATA_OCTET) as u32,
            ttls: self.values % DATA_OCTET,
            opaque: (self.items / OPAQUE) as u32,
        }
    }
}

/// What [`Work`] has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
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
    /// The sum of all TTLs.
    pub ttls: u64,
    /// Records and options that the library handed over as raw octets.
    pub opaque: u32,
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

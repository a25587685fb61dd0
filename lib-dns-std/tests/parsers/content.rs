//! What is in a message, in a form that all libraries can be brought to.

use lib_dns_core::wire::WireError;

/// Questions and records, in their order. OPT records stand apart: two of the peers take them apart.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Content {
    pub(crate) questions: Vec<Question>,
    pub(crate) records: Vec<Record>,
    /// Told by us only.
    pub(crate) opt: Vec<Record>,
    /// Is there an EDNS option whose value is none of its kind? Told by us only.
    pub(crate) bad_option: bool,
}

/// Name in wire form, type and class.
pub(crate) type Question = (Vec<u8>, u16, u16);

/// Why we refuse a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) error: WireError,
    /// The type of the record whose data is at fault; nothing if the fault lies elsewhere.
    pub(crate) rtype: Option<u16>,
    /// Has that record data of no octets?
    pub(crate) empty: bool,
}

/// A record of the answer (0), authority (1) or additional (2) section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    pub(crate) section: u8,
    /// In wire form, case kept.
    pub(crate) owner: Vec<u8>,
    pub(crate) rtype: u16,
    pub(crate) class: u16,
    pub(crate) ttl: u32,
    /// Without compression, case kept.
    pub(crate) data: Vec<u8>,
}

/// The number of the OPT type.
pub(crate) const OPT: u16 = 41;

//! Zones: their text, and what an answer needs to know of one, wherever it is kept.
//!
//! [`Scanner`] reads zone text, in as many pieces as it comes; [`ZonePrinter`] is the way back.
//!
//! A [`Catalog`] is a zone that lists zones (RFC 9432).
//!
//! [`ZoneLookup`] is the view of a zone that answers are made from: a server's memory, a packed image
//! in flash and a test's map all look the same through it. [`ZoneSet`] is the same for the zones that
//! one server has.
//!
//! [`image`] is a zone as one piece of octets, from which answers are made in place.

mod catalog;
mod difference;
mod generate;
pub mod image;
mod lookup;
mod ordered;
mod packed;
mod printer;
mod scanner;
mod serial;
mod serial_policy;
mod stored_record;
mod time_to_live;

pub use catalog::{
    CATALOG_VERSION, Catalog, CatalogChange, CatalogError, Member, catalog_changes, member_name,
    member_property_name,
};
pub use difference::{Difference, DifferenceError, StoredRecords};
pub use generate::MAX_GENERATED;
pub use lookup::{Found, RrSet, ZoneLookup, ZoneNode, ZoneSet};
pub use ordered::{
    FlatKey, KeyedNode, Marks, SearchKey, common_labels, find_by_key, key_prefix, label_ends,
};
pub use packed::{PackedSets, SET_HEADER_LEN};
pub use printer::{ZoneLayout, ZonePrinter};
pub use scanner::{
    Include, MAX_ENTRY_LEN, MAX_INCLUDE_DEPTH, MAX_SCRATCH_LEN, ScannedRecord, Scanner, Step,
};
pub use serial::Serial;
pub use serial_policy::SerialPolicy;
pub use stored_record::{StoredRecord, soa_serial};
pub use time_to_live::{MAX_TTL, time_to_live};

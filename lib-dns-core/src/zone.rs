//! Zones: what an answer needs to know of one, wherever it is kept.
//!
//! [`ZoneLookup`] is the view of a zone that answers are made from: a server's memory, a packed image
//! in flash and a test's map all look the same through it. [`ZoneSet`] is the same for the zones that
//! one server has.

mod lookup;

pub use lookup::{Found, RrSet, ZoneLookup, ZoneNode, ZoneSet};

//! Zones in memory, and how they come from files.
//!
//! | to | use |
//! |---|---|
//! | load one zone, from text or an image | [`Loader`] |
//! | write it as an image | [`Zone::write_image_file`] |
//! | look into it | [`Zone`], through [`ZoneLookup`](lib_dns_core::zone::ZoneLookup) |
//! | make one of records that come otherwise | [`ZoneAssembly`] |
//! | change it | [`Change`], and [`Zone::apply`] |
//! | keep the zones of a server, and reload them | [`ZoneStore`] |
//! | have them changed, signed, kept on disk and told | [`Commits`] |
//! | answer from them | [`ZoneStore::snapshot`], or a [`ZoneReader`] for each thread |
//!
//! # How a zone stands in memory
//!
//! The names of a zone stand in canonical order (RFC 4034 6.1), about a hundred to a page, and the pages
//! under two levels of sorted arrays. A name's key is made so that octets compare as names do, its first eight
//! octets as one number, so that most comparisons touch nothing but a small array. In a page each name
//! is followed by its records, packed as answers need them. Empty non-terminals are names too. Each name
//! has marks that say whether it is a cut or is below one, so that most names are found in one search.
//!
//! Pages never change and are shared: another version of the zone needs new pages only where it differs,
//! and new arrays only above these.
//!
//! # What loading promises
//!
//! A zone loads whole or not at all, and no record is dropped silently. All faults are listed with file,
//! line and column, in one run. These are refused: none or several SOA records, no NS records at the apex,
//! data outside the zone, a CNAME beside other data, several CNAME or DNAME records of one name. Told,
//! but not refused, are records that stand twice, which are kept once, and RRsets whose TTLs differ,
//! which take the first.
//!
//! An image may be answered from before it has been read ([`ZoneStore::open_early`]). Then a page that is not as it was
//! written is found when it is asked for, or when the others have been read, and never answered from; and nobody finds
//! the zone who wants all of it, until it has been read and checked whole.

mod apply;
mod arena;
mod assembly;
mod build;
mod chain;
mod change;
mod check;
mod commit;
mod content;
mod edit;
mod file;
mod finding;
mod image;
mod load;
mod memory;
mod own_ttls;
mod page;
mod places;
mod records;
mod rewrite;
mod set;
mod store;
mod text;
mod tree;

pub use apply::{ApplyError, Refused};
pub use assembly::ZoneAssembly;
pub use change::{Change, ChangeError};
pub use commit::{CommitError, Commits, Committed, Complete};
pub use content::{CONTENT_DIGEST_LEN, ContentDigest};
pub use finding::{Finding, Findings, Problem};
pub use image::ImageSummary;
pub(crate) use image::missed_page;
pub use load::{Loaded, Loader, Progress, SourceFile};
pub use memory::Zone;
pub use page::Node;
pub use places::Places;
pub(crate) use rewrite::{PartBuilder, ZonePart};
pub(crate) use set::WithUnread;
pub use set::Zones;
pub use store::{Reloaded, ZoneReader, ZoneStore};
pub(crate) use text::Output;

#[cfg(test)]
mod tests;

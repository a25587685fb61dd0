//! A zone as one piece of octets: the packed zone image, from which answers are made in place.
//!
//! The same octets serve a server that starts, a microcontroller that has them in flash, and whoever passes a
//! zone on. [`ZoneImage`] reads them where they are, without an allocation, and is a
//! [`ZoneLookup`](crate::zone::ZoneLookup): what answers from a zone in memory answers from it alike. Writing
//! takes an allocator and stands in `lib-dns-std`; [`ImageHead`], [`PageEntry`] and [`NameSlot`] are what it
//! writes.
//!
//! # Layout
//!
//! Numbers have their high octet first. Nothing is aligned, and nothing is padded.
//!
//! The head ([`HEAD_LEN`] octets):
//!
//! | at | octets | what |
//! |---|---|---|
//! | 0 | 8 | [`MAGIC`]: no text starts with it, and it shows at once when a file was carried as text |
//! | 8 | 2 | version of the layout: [`VERSION`] |
//! | 10 | 2 | class of all records |
//! | 12 | 4 | serial of the SOA record |
//! | 16 | 8 | octets of the whole image |
//! | 24 | 8 | number of records, signatures included |
//! | 32 | 4 | number of pages with names |
//! | 36 | 4 | number of pages with the owners of NSEC3 records, which are no names of the zone (RFC 5155 7.2.8) |
//! | 40 | 1 | the [`Marks`](super::Marks) of all names together |
//! | 41 | 1 | octets of the zone's name |
//! | 42 | 32 | digest: SHA-256 of octets 0 to 41, the zone's name and the index |
//!
//! Then the zone's name in wire form, and the index: [`ENTRY_LEN`] octets for each page, those of names first.
//!
//! | at | octets | what |
//! |---|---|---|
//! | 0 | 8 | [`key_prefix`](crate::zone::key_prefix) of the page's first name |
//! | 8 | 8 | where the page starts in the image |
//! | 16 | 4 | octets of the page |
//! | 20 | 2 | number of its names, which is not 0 |
//! | 22 | 1 | the marks of its names together |
//! | 23 | 1 | 0 |
//! | 24 | 32 | SHA-256 of the page |
//!
//! Then the pages, one behind the other in the order of the index, up to the end. A page has a slot of
//! [`SLOT_LEN`] octets for each of its names, in canonical order (RFC 4034 6.1), and then their data.
//!
//! | at | octets | what |
//! |---|---|---|
//! | 0 | 8 | [`key_prefix`](crate::zone::key_prefix) of the name |
//! | 8 | 4 | where its data starts, counted from the end of the page's slots; it ends where the next one's starts |
//! | 12 | 4 | where its signatures start, counted alike |
//! | 16 | 2 | octets of its key |
//! | 18 | 1 | octets of its owner |
//! | 19 | 1 | its marks |
//!
//! The data of a name is its [`CanonicalKey`](crate::name::CanonicalKey) below the zone's name, its owner in
//! wire form with its case, its RRsets by type and its signatures by the type that they cover, both as
//! [`PackedSets`](crate::zone::PackedSets) has them. Empty non-terminals are names without RRsets.
//!
//! # What may be wrong with it
//!
//! Opening looks at the head only, however large the image is. Every access after that is checked: whatever the
//! octets, a lookup ends after at most one pass over the index and one over a page, reads nothing but the image,
//! and never panics. What somebody gains who forges an image is what a forged zone gains: wrong answers. So an image is
//! worth what its way to the device is worth:
//!
//! - [`ZoneImage::verify`] shows that an image is as it was written. That is no proof against somebody who can
//!   write one.
//! - [`ZoneImage::verify_file`] compares SHA-256 of the whole with what the device was shipped with. `sha256sum`
//!   prints that. It is for a device that trusts a zone by its hash (`root_zone_hash`).
//! - [`ZoneImage::digest`] stands for the whole content too, once `verify` is content.

mod error;
mod head;
mod key;
mod node;
mod page;
mod plain;
mod view;

pub use error::{ImageError, ImagePart};
pub use head::{HEAD_LEN, ImageHead, MAGIC, VERSION};
pub use node::ImageNode;
pub use page::{ENTRY_LEN, NameSlot, PageEntry, SLOT_LEN};
pub use plain::PlainImage;
pub use view::ZoneImage;

/// Octets of a digest in an image.
pub const DIGEST_LEN: usize = 32;

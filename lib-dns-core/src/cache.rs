//! Caches over storage that the caller lends: no I/O, no allocation, and every rule of what may be believed for how long.
//!
//! [`Cache`] keeps RRsets, negative answers and failures. What it answers, it answers from memory at once
//! (ZDNS architecture 15.1, invariant 6); what is to be asked again, it says when polled, apart from any lookup.
//!
//! | rule | source | in |
//! |---|---|---|
//! | better data is not replaced by worse | RFC 2181 5.4.1 | [`Rank`], [`Cache::insert`] |
//! | a server is believed about its own zone | RFC 5452 6 | [`is_in_bailiwick`], [`is_denial_in_bailiwick`] |
//! | a child cannot prolong its delegation | "ghost domain names" | [`NewRrset::is_delegation`] |
//! | claims of different owners are all kept | 11.2, case B | [`Held::claims`], [`MAX_CLAIMS`] |
//! | no owner's deletion removes what another claims | 11.2, case B | [`NewDenial::owner`] |
//! | signed data outlives its TTL | 11.3, RFC 8767 | [`Lookup::Stale`], [`StaleLimits`](crate::policy::stale::StaleLimits) |
//! | absence lives for at most 60 seconds | 12.1, 12.2 rule 1 | [`NegativeTtl`](crate::policy::negative::NegativeTtl) |
//! | absence never overwrites presence | 12.2 rule 5 | [`Cache::deny`], [`Cache::poll`] |
//! | new connections flush absence | 12.2 rule 3 | [`Cache::topology_changed`], [`Cache::peer_discovered`], [`Cache::zone_updated`] |
//! | NODATA is not NXDOMAIN | RFC 2308 2 | [`Missing`] |
//! | NXDOMAIN cuts off what is below, if it may | RFC 8020 | [`Absence::cuts_below`](crate::policy::negative::Absence::cuts_below) |
//! | what NSEC and NSEC3 records prove of names that nobody asked for, in one version of a zone, for 60 seconds at most | RFC 8198 | [`Cache::with_proofs`], [`Cache::prove`], [`Cache::expand`] |
//! | failures are remembered for as long as we like | RFC 9520 | [`Cache::fail`] |
//! | a sweep of random names cannot flush what others asked | | [`Source`], [`HashKey`] |
//!
//! # Where things stand
//!
//! Slots are in sets of eight; a keyed hash of the name picks the set, and the least recently used of a set makes room. So a
//! lookup looks at eight slots at most, without lists to repair, and the table needs no room beside its slots. The price: the
//! order of use counts within a set only, so a full table holds a bit less than the most recently used of all.
//!
//! Names and data of RRsets stand in one ring of octets, each in one piece behind a head of eight octets. An entry costs what
//! it holds: neither a device with a kilobyte nor a server with records of 10 kB and records of 4 octets pays for the longest.
//! The price: when the ring comes round, entries are dropped by age, whatever their number; those that were used since are
//! moved to the front instead, at most four at a time. Negative answers, of which there are many of one kind, stand in
//! slots of one size.

mod arena;
mod denial;
mod hash;
mod held;
mod lookup;
mod negative;
mod positive;
mod proofs;
mod rank;
mod rrset;
mod sets;
mod settings;
mod sought;

pub use denial::{CachedDenial, Denied, Missing, NegativeSlot, NewDenial, Source, WitnessSlot};
pub use hash::HashKey;
pub use held::Held;
pub use lookup::{Cache, Lookup, Requery, Storage};
pub use positive::MAX_CLAIMS;
pub use proofs::{
    Expansion, NewProof, NoProofs, NoSha1, ProofRefusal, ProofSlot, ProofTable, Proofs, Proved,
};
pub use rank::{Rank, is_denial_in_bailiwick, is_in_bailiwick};
pub use rrset::{CachedRrset, Inserted, NewRrset, OwnerDigest, PositiveSlot, Refusal};
pub use settings::CacheSettings;

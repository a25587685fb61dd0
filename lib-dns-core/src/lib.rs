//! DNS without an allocator, for servers, microcontrollers and simulations alike.
//!
//! Nothing here does I/O, reads a clock, draws a random number or allocates. Code is handed bytes, a
//! time and a random word, and hands back bytes and decisions. There is no `unsafe`, and no input makes
//! it panic.
//!
//! # The modules
//!
//! A module uses only modules above it in this list.
//!
//! | module | holds |
//! |---|---|
//! | [`time`] | [`time::Timestamp`], which the caller's clock makes |
//! | [`code_points`] | every number that a registry assigns: classes, opcodes, rcodes, options, algorithms |
//! | [`crypto`] | the traits by which keys and hashes are lent |
//! | [`text`] | presentation format: tokens, escapes, base16/32/64, [`text::TextError`] |
//! | [`name`] | [`name::Name`] (borrowed), [`name::NameBuf`] (owned, inline), canonical order |
//! | [`wire`] | [`wire::Reader`] and [`wire::Writer`] |
//! | [`rr_data`] | the table of record types: one row defines a type completely |
//! | [`messages`] | [`messages::Message`], [`messages::MessageBuilder`], EDNS, TSIG, the framing of streams |
//! | [`zone`] | zone text, what an answer needs to know of a zone, wherever it is kept, and the zone image |
//! | [`dnssec`] | canonical RRsets, signatures, denial of existence, digests of zones |
//! | [`answer`] | the authoritative algorithm: from a query to the response |
//! | [`transfer`] | zones from server to server: AXFR, IXFR, NOTIFY, UPDATE, and when to look for a newer version |
//! | [`policy`] | the mesh's rules: which answer wins, how replicas merge, what leaves a partition, when to tell and to ask |
//! | [`cache`] | what was found and what was not, over storage that the caller lends |
//! | [`resolve`] | one resolution: which layer to ask next, and what to do with what comes back |
//! | [`hint`] | hints over LoRa: what they say, and how much of the air they may take |
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unreachable,
        clippy::string_slice
    )
)]

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod answer;
pub mod cache;
pub mod code_points;
pub mod crypto;
pub mod dnssec;
pub mod hint;
pub mod messages;
pub mod name;
pub mod policy;
pub mod resolve;
pub mod rr_data;
pub mod text;
pub mod time;
pub mod transfer;
pub mod wire;
pub mod zone;

//! DNS servers, storage and the `zdns` program, on [`lib_dns_core`].
//!
//! | module | holds |
//! |---|---|
//! | [`catalog`] | catalog zones: lists of zones that travel as zones |
//! | [`client`] | what applications keep to when they resolve |
//! | [`config`] | `zdns.toml`: what a server serves, to whom, and where it comes from |
//! | [`hash`] | the hashes that the core has lent to it |
//! | [`hint`] | hints over LoRa, through a radio behind a port |
//! | [`keyring`] | DNSSEC key pairs and TSIG secrets, in memory and in the files of other programs |
//! | [`journal`] | what happened to zones, kept on disk |
//! | [`mac`] | the MACs that the core has lent to it |
//! | [`zone`] | zones in memory, loaded from files, and the set of them that a server answers from |
//! | [`program`] | what the `zdns` program does |
//! | `sim` | meshes in virtual time (feature `sim`) |
//! | [`signing`] | zones signed, kept signed and checked; their digests |
//! | [`transfer`] | zones to other servers and from them, over TCP and TLS |
//! | [`roles`] | what a server is to its zones: primary or secondary, and what follows from that |
//! | [`update`] | dynamic updates of the zones that are made here |
//! | [`server`] | UDP and TCP sockets around whatever makes the answers |
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod catalog;
pub mod client;
mod clock;
pub mod config;
mod durable_file;
pub mod hash;
mod hexadecimal;
pub mod hint;
pub mod journal;
pub mod keyring;
pub mod mac;
mod parallel;
pub mod program;
pub mod roles;
pub mod server;
pub mod signing;
#[cfg(feature = "sim")]
pub mod sim;
pub mod transfer;
pub mod update;
pub mod zone;

#[cfg(test)]
#[path = "../tests/seeded/dice.rs"]
mod dice;

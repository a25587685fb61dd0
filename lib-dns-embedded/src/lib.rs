//! lib-dns on microcontrollers.
//!
//! Nothing here allocates, and there is no `unsafe`. What a hint says, when it may be sent and what it changes are the
//! core's rules ([`lib_dns_core::hint`]); this crate moves the octets.
//!
//! | to | use |
//! |---|---|
//! | send and receive hints, whatever the radio | [`radio::HintRadio`] |
//! | drive an SX1261, SX1262, or the radio of an STM32WL | [`sx126x::Sx126x`] |
//! | drive them by `lora-phy`, in async tasks (feature `lora-phy`) | [`lora_phy`](crate#features) |
//! | tell the driver how the chip is wired | [`sx126x::Board`], or [`sx126x::Pins`] for plain pins |
//! | be the radio of a host at the other end of a serial line | [`host_line::HostLine`] |
//! | do without a radio | [`loop_radio::LoopRadio`] |
//! | number the starts of a node, in flash (feature `storage`) | [`boot_epoch`](crate#features) |
//! | seal hints and check zone images (feature `rustcrypto`) | [`rustcrypto`](crate#features) |
//! | be a node of the mesh: hear and send hints, and answer local queries from a zone in flash | [`node::Node`] |
//! | answer local queries, without a radio | [`node::Answers`] |
//! | wire a board, choose a region, and read what an error means | `docs/boards.md` of this crate; `examples/boards` |
//! | test firmware against a simulated chip (feature `sim`) | [`sim`](crate#features) |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `defmt` | `defmt::Format` for errors and settings, and a line in the log for each recovery |
//! | `rustcrypto` | the module `rustcrypto`: SHA-256 and HMAC-SHA-256 for what the core has lent to it |
//! | `storage` | the module `boot_epoch`: epochs in flash, behind `embedded-storage` |
//! | `lora-phy` | the module `lora_phy`: the crate of that name, watched; it brings `defmt` with it |
//! | `sim` | the module `sim`: SX1262 chips and the air between them in virtual time; needs the standard library |
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

#[cfg(any(test, feature = "sim"))]
extern crate std;

#[cfg(feature = "storage")]
pub mod boot_epoch;
pub mod host_line;
pub mod loop_radio;
#[cfg(feature = "lora-phy")]
pub mod lora_phy;
pub mod node;
pub mod radio;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;
// An instrument for tests: a fault in it should stop the test.
#[cfg(feature = "sim")]
#[allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
pub mod sim;
pub mod sx126x;

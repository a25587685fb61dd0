//! What a node that hears and tells hints does, whatever board it is on.
//!
//! It starts as a node of its own: it keeps one zone, the network's apex, tells that it has started, and logs what it hears
//! of. There is no network behind it to ask for the zone, so it asks again and again. As soon as a host speaks on its serial
//! line ([`Port`]), as `zdns serve` with `[hints]` and `zdns hint` do, it is that host's radio, until it is switched off.
//!
//! | what a firmware changes | where |
//! |---|---|
//! | region, channel, power, apex zone | [`network`] |
//! | the network's key | `HINT_KEY_FILE`, `HINT_NETWORK` and `HINT_KEY_EPOCH`, when it is built: see `docs/boards.md` of lib-dns-embedded |
//! | the pages of flash that keep boot epochs | each board's `main.rs` |
#![no_std]
#![forbid(unsafe_code)]

pub mod network;
mod node;
mod port;

pub use node::{Start, run};
pub use port::Port;

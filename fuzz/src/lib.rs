//! What each fuzz target does with an input, apart from the fuzzer: `lib-dns-std/tests/seeds.rs` takes
//! these same files to replay the seeds on every run of the tests.
//!
//! A target has a function `run` that takes any octets and panics where a law does not hold.

pub mod answer;
pub mod cache;
pub mod config;
pub mod edns;
pub mod hint;
pub mod hint_serial;
pub mod ixfr;
pub mod journal_import;
pub mod key_files;
pub mod map_zone;
pub mod message;
pub mod message_seeds;
pub mod naive_name;
pub mod name;
pub mod node;
pub mod operations;
pub mod rebuild;
pub mod recovery;
pub mod resolve;
pub mod seeds;
pub mod tsig;
pub mod update;
pub mod update_control;
pub mod zone_image;
pub mod zone_text;

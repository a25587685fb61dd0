//! DNSSEC: what the denial of existence needs.
//!
//! Cryptography is lent: the core keeps the rules, the caller brings the hash.

mod nsec3;

pub use nsec3::{HASH_LABEL_LEN, HASH_LEN, HashLabel, MAX_ITERATIONS, Nsec3Parameters, Sha1};

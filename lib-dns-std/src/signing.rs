//! Signed zones: their digest.

mod digest;
mod scratch;

pub use digest::{check_zone_digest, zone_digest};

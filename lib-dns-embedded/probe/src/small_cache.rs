//! The cache of a small device.

use lib_dns_core::cache::{
    Cache, CacheSettings, HashKey, NegativeSlot, PositiveSlot, Storage, WitnessSlot,
};

/// Sixteen RRsets in a kilobyte, and eight negative answers.
pub type Small<'b> =
    Cache<[PositiveSlot; 16], &'b mut [u8], [NegativeSlot<32>; 8], [WitnessSlot; 2], 32>;

/// An empty cache.
#[inline(never)]
pub fn empty<'b>(octets: &'b mut [u8], key: [u64; 2]) -> Small<'b> {
    let storage = Storage {
        positive: [PositiveSlot::EMPTY; 16],
        octets,
        negative: [NegativeSlot::EMPTY; 8],
        witnesses: [WitnessSlot::EMPTY; 2],
    };
    Cache::new(storage, HashKey(key), CacheSettings::default())
}

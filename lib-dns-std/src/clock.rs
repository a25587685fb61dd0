//! The time of day, for what is signed.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as signatures have them; 0 on a machine whose clock is before that.
pub(crate) fn unix_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

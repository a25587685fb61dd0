//! What may be set.

use super::rrset::PositiveSlot;
use crate::policy::negative::time_to_live;
use crate::policy::stale::{Freshness, StaleLimits};
use crate::time::Timestamp;

/// Settings of a cache. How long absence is remembered is none of them: see
/// [`NegativeTtl`](crate::policy::negative::NegativeTtl).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CacheSettings {
    /// The longest TTL that is believed, in seconds.
    pub max_ttl: u32,
    /// How long stale data may be served.
    pub stale: StaleLimits,
    /// Is our clock doubtful, so that signatures may end a bit later? To be set anew whenever that changes.
    pub clock_is_doubtful: bool,
}

impl Default for CacheSettings {
    /// A day; stale data as 11.3 says; the clock is trusted.
    fn default() -> Self {
        Self {
            max_ttl: 86_400,
            stale: StaleLimits::default(),
            clock_is_doubtful: false,
        }
    }
}

impl CacheSettings {
    /// What a TTL field comes to, in seconds.
    pub(super) fn positive_ttl(&self, field: u32) -> u32 {
        time_to_live(field).min(self.max_ttl)
    }

    /// Must what stands in the slot not be served any more?
    #[inline(never)]
    pub(super) fn has_ended(&self, now: Timestamp, slot: &PositiveSlot) -> bool {
        matches!(self.judge(now, slot), Freshness::Ended(_))
    }

    /// What may be done with what stands in a slot.
    pub(super) fn judge(&self, now: Timestamp, slot: &PositiveSlot) -> Freshness {
        self.stale
            .judge(now, &slot.bounds(), self.clock_is_doubtful)
    }
}

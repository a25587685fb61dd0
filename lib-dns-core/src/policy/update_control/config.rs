//! What can be set (17.2).

use crate::policy::Rates;

/// How many updates of one sender are heard within a minute; a radio asks before it hands them on.
pub const MAX_UPDATES_OF_A_SENDER: u32 = 6;

/// That minute, in milliseconds.
pub(crate) const SENDER_WINDOW: u32 = 60_000;

/// Counts the updates of each sender, over slots for as many senders as are watched at a time.
///
/// ```
/// use lib_dns_core::policy::RateSlot;
/// use lib_dns_core::policy::update_control::sender_rates;
/// use lib_dns_core::time::Timestamp;
/// let mut rates = sender_rates([RateSlot::default(); 32]);
/// let mut heard = (0..7).map(|_| rates.count(Timestamp::ZERO, [0x7f, 0x3a, 0x8b, 0x2c]));
/// assert!(heard.by_ref().take(6).all(|rate| rate.is_within()));
/// assert!(heard.all(|rate| !rate.is_within()));
/// ```
pub const fn sender_rates<S>(slots: S) -> Rates<S> {
    Rates::new(slots, MAX_UPDATES_OF_A_SENDER, SENDER_WINDOW)
}

/// A fraction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ratio {
    /// What stands above the line.
    pub numerator: u16,
    /// What stands below it; 0 counts as 1.
    pub denominator: u16,
}

/// The parameters of 17.2. All but the threshold and the multiplier are milliseconds; the windows of levels 2 and 5 end after
/// 24 days at the latest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UpdateControlConfig {
    /// Level 1: the least between two broadcasts for one zone. 30 s.
    pub min_broadcast_interval: u32,
    /// Level 1: how long to wait for more changes after the first. 5 s.
    pub coalesce_window: u32,
    /// Level 2: for how long a (zone, serial) is heard once. 60 s.
    pub dedup_window: u32,
    /// Level 3: the most that a refresh waits. 10 s.
    pub refresh_jitter_max: u32,
    /// Level 4: how long to wait after the first failure. 30 s.
    pub initial_backoff: u32,
    /// Level 4: the longest wait. 1 h.
    pub max_backoff: u32,
    /// Level 4: each further wait is so many times the last; what makes it shorter counts as 1. 2.
    pub backoff_multiplier: Ratio,
    /// Level 5: more updates than this in a window are a storm. 10.
    pub storm_threshold: u32,
    /// Level 5: the window. 60 s.
    pub storm_window: u32,
    /// Level 5: for how long nothing is heard in a storm. 5 min.
    pub storm_suppression: u32,
}

impl Default for UpdateControlConfig {
    /// Those of 17.2.
    fn default() -> Self {
        Self {
            min_broadcast_interval: 30_000,
            coalesce_window: 5_000,
            dedup_window: 60_000,
            refresh_jitter_max: 10_000,
            initial_backoff: 30_000,
            max_backoff: 3_600_000,
            backoff_multiplier: Ratio {
                numerator: 2,
                denominator: 1,
            },
            storm_threshold: 10,
            storm_window: 60_000,
            storm_suppression: 300_000,
        }
    }
}

impl UpdateControlConfig {
    /// What stands where nothing was set yet: zeros.
    pub(crate) const UNSET: Self = Self {
        min_broadcast_interval: 0,
        coalesce_window: 0,
        dedup_window: 0,
        refresh_jitter_max: 0,
        initial_backoff: 0,
        max_backoff: 0,
        backoff_multiplier: Ratio {
            numerator: 0,
            denominator: 0,
        },
        storm_threshold: 0,
        storm_window: 0,
        storm_suppression: 0,
    };

    /// Level 3: how long a refresh waits, by a random word; evenly from 0 to the most.
    pub fn jitter(&self, random: u32) -> u32 {
        let choices = u64::from(self.refresh_jitter_max).saturating_add(1);
        // The random word as a fraction of 2^32.
        (choices.saturating_mul(u64::from(random)) >> 32) as u32
    }

    /// Level 4: how long to wait after a failure that followed a wait of `last`, which is 0 for the first.
    pub fn backoff_after(&self, last: u32) -> u32 {
        let Ratio {
            numerator,
            denominator,
        } = self.backoff_multiplier;
        let denominator = u32::from(denominator).max(1);
        let numerator = u32::from(numerator);
        // Whole and rest apart: a division of 64 bits is half a kilobyte on a small processor. The rest has 16 bits, so that
        // nothing is lost.
        let whole = last.checked_div(denominator).unwrap_or(0);
        let rest = last.checked_rem(denominator).unwrap_or(0);
        let of_rest = rest.saturating_mul(numerator).checked_div(denominator);
        let next = whole
            .saturating_mul(numerator)
            .saturating_add(of_rest.unwrap_or(0))
            .max(last);
        next.max(self.initial_backoff).min(self.max_backoff)
    }
}

//! Whether data that outlived its TTL may still be served (ZDNS architecture 11.3; RFC 8767).
//!
//! "Stale data with valid signature is ALWAYS preferable to returning SERVFAIL. The signature proves past
//! correctness." So stale data is served where nothing fresher can be had, and says so, until one of these ends it:
//!
//! | ends it | when |
//! |---|---|
//! | age | `max_stale_serve_time` after the TTL: seven days, unless set otherwise |
//! | the signature | when it expires; later by [`StaleLimits::clock_grace`] if our clock is doubtful |
//! | no signature | at once, unless [`StaleLimits::max_unsigned`] allows more: nothing proves past correctness |
//! | the delegation | when the lease that the parent gave runs out |
//! | doubt | [`Contest::LIFE_PAST_TTL`] after the TTL, if somebody did not find it (12.2, rule 5) |
//!
//! After that it is SERVFAIL, with extended error 24 ([`HardFailure::TooStale`]).
//!
//! [`HardFailure::TooStale`]: super::outcome::HardFailure::TooStale

use super::negative::Contest;
use crate::time::Timestamp;

/// The TTL that stale answers carry, in seconds (RFC 8767 5.2).
pub const STALE_TTL: u32 = 30;

/// How long stale data may be served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleLimits {
    /// `max_stale_serve_time` (11.3): for how many seconds past its TTL signed data may be served.
    pub max_stale: u32,
    /// The same of data without a signature.
    pub max_unsigned: u32,
    /// For how many seconds past a signature's end data may be served while our clock is doubtful.
    pub clock_grace: u32,
}

impl Default for StaleLimits {
    /// Seven days if signed, not at all if not, and a day if the clock is doubtful.
    fn default() -> Self {
        Self {
            max_stale: 7 * 86_400,
            max_unsigned: 0,
            clock_grace: 86_400,
        }
    }
}

/// What bounds the life of data that is held. All times are of one clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bounds {
    /// When its TTL ends.
    pub expires: Timestamp,
    /// When the signature that covers it expires; `None` if none does.
    pub signature_until: Option<Timestamp>,
    /// When the delegation that leads to it ends; [`Timestamp::MAX`] if there is none.
    pub lease_until: Timestamp,
    /// Did somebody not find it?
    pub contested: bool,
}

/// What may be done with data that is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Freshness {
    /// It may be served.
    Fresh,
    /// It may be served with the flag "stale" and a TTL of [`STALE_TTL`], if nothing fresher can be had.
    Stale {
        /// Its signature has expired by a clock that is doubtful: flag "time-uncertain", and no AD.
        time_uncertain: bool,
    },
    /// It must not be served any more.
    Ended(End),
}

/// What ended the life of data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum End {
    /// The delegation that led to it.
    Lease,
    /// Doubt that nobody settled.
    Contest,
    /// The signature.
    Signature,
    /// Its age.
    Age,
}

impl StaleLimits {
    /// What may be done at `now` with data of such `bounds`.
    ///
    /// ```
    /// use lib_dns_core::{policy::stale::{Bounds, End, Freshness, StaleLimits}, time::Timestamp};
    /// let limits = StaleLimits::default();
    /// let bounds = Bounds {
    ///     expires: Timestamp::from_secs(300),
    ///     signature_until: Some(Timestamp::from_secs(86_400)),
    ///     lease_until: Timestamp::MAX,
    ///     contested: false,
    /// };
    /// let at = |seconds| limits.judge(Timestamp::from_secs(seconds), &bounds, false);
    /// assert_eq!(at(299), Freshness::Fresh);
    /// assert_eq!(at(300), Freshness::Stale { time_uncertain: false });
    /// assert_eq!(at(86_400), Freshness::Ended(End::Signature));
    /// ```
    pub fn judge(&self, now: Timestamp, bounds: &Bounds, clock_is_doubtful: bool) -> Freshness {
        if now >= bounds.lease_until {
            return Freshness::Ended(End::Lease);
        }
        if now < bounds.expires && bounds.signature_until.is_none_or(|until| now < until) {
            return Freshness::Fresh;
        }
        if bounds.contested && now >= Contest::end(bounds.expires) {
            return Freshness::Ended(End::Contest);
        }
        let (max_stale, time_uncertain) = match bounds.signature_until {
            None => (self.max_unsigned, false),
            Some(until) if now < until => (self.max_stale, false),
            Some(until) if clock_is_doubtful && now < until.add_secs(self.clock_grace) => {
                (self.max_stale, true)
            }
            Some(_) => return Freshness::Ended(End::Signature),
        };
        if now >= bounds.expires.add_secs(max_stale) {
            return Freshness::Ended(End::Age);
        }
        Freshness::Stale { time_uncertain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn bounds(expires: u64, signature_until: Option<u64>) -> Bounds {
        Bounds {
            expires: Timestamp::from_secs(expires),
            signature_until: signature_until.map(Timestamp::from_secs),
            lease_until: Timestamp::MAX,
            contested: false,
        }
    }

    fn judge(seconds: u64, bounds: &Bounds) -> Freshness {
        StaleLimits::default().judge(Timestamp::from_secs(seconds), bounds, false)
    }

    const STALE: Freshness = Freshness::Stale {
        time_uncertain: false,
    };

    #[test]
    fn rule_11_3_signed_stale_data_is_served_for_seven_days() {
        let signed = bounds(100, Some(30 * DAY));
        assert_eq!(judge(99, &signed), Freshness::Fresh);
        assert_eq!(judge(100, &signed), STALE);
        assert_eq!(judge(100 + 7 * DAY - 1, &signed), STALE);
        assert_eq!(judge(100 + 7 * DAY, &signed), Freshness::Ended(End::Age));
    }

    #[test]
    fn rule_11_3_max_stale_serve_time_is_configurable() {
        let limits = StaleLimits {
            max_stale: 10,
            ..StaleLimits::default()
        };
        let signed = bounds(100, Some(30 * DAY));
        let judge = |seconds| limits.judge(Timestamp::from_secs(seconds), &signed, false);
        assert_eq!(judge(109), STALE);
        assert_eq!(judge(110), Freshness::Ended(End::Age));
    }

    #[test]
    fn rule_11_3_without_a_signature_nothing_stale_is_served() {
        let unsigned = bounds(100, None);
        assert_eq!(judge(99, &unsigned), Freshness::Fresh);
        assert_eq!(judge(100, &unsigned), Freshness::Ended(End::Age));
    }

    #[test]
    fn note_19_the_signature_ends_it_earlier() {
        let signed = bounds(100, Some(DAY));
        assert_eq!(judge(DAY - 1, &signed), STALE);
        assert_eq!(judge(DAY, &signed), Freshness::Ended(End::Signature));
        // Also while the TTL still runs.
        let signed = bounds(2 * DAY, Some(DAY));
        assert_eq!(judge(DAY, &signed), Freshness::Ended(End::Signature));
    }

    #[test]
    fn note_19_a_doubtful_clock_gets_a_grace() {
        let limits = StaleLimits::default();
        let signed = bounds(100, Some(DAY));
        let judge = |seconds| limits.judge(Timestamp::from_secs(seconds), &signed, true);
        assert_eq!(judge(DAY - 1), STALE);
        let uncertain = Freshness::Stale {
            time_uncertain: true,
        };
        assert_eq!(judge(DAY), uncertain);
        assert_eq!(judge(2 * DAY - 1), uncertain);
        assert_eq!(judge(2 * DAY), Freshness::Ended(End::Signature));
    }

    #[test]
    fn lease_of_a_delegation_ends_everything() {
        let mut leased = bounds(100, Some(30 * DAY));
        leased.lease_until = Timestamp::from_secs(50);
        assert_eq!(judge(49, &leased), Freshness::Fresh);
        assert_eq!(judge(50, &leased), Freshness::Ended(End::Lease));
        leased.lease_until = Timestamp::from_secs(150);
        assert_eq!(judge(149, &leased), STALE);
        assert_eq!(judge(150, &leased), Freshness::Ended(End::Lease));
    }

    #[test]
    fn note_16_contested_data_ends_ten_minutes_past_its_ttl() {
        let mut contested = bounds(100, Some(30 * DAY));
        contested.contested = true;
        assert_eq!(judge(699, &contested), STALE);
        assert_eq!(judge(700, &contested), Freshness::Ended(End::Contest));
    }

    #[test]
    fn rule_11_3_once_ended_it_stays_ended() {
        let times = [0, 1, 99, 100, 101, DAY, 8 * DAY, 100 * DAY];
        for expires in times {
            for until in times.map(Some).into_iter().chain([None]) {
                for lease in times {
                    for flags in 0..4 {
                        let mut bounds = bounds(expires, until);
                        bounds.lease_until = Timestamp::from_secs(lease);
                        bounds.contested = flags & 1 != 0;
                        let mut ended = false;
                        for now in times {
                            let now = Timestamp::from_secs(now);
                            let judged = StaleLimits::default().judge(now, &bounds, flags & 2 != 0);
                            let ends = matches!(judged, Freshness::Ended(_));
                            assert!(ends || !ended, "{bounds:?} at {now:?}");
                            ended = ends;
                        }
                    }
                }
            }
        }
    }
}

//! How long absence may be remembered.

use crate::zone::MAX_TTL;

/// `negative_ttl_max` (12.2, rule 1), in seconds: a hard limit, which no setting raises, so that what a healed
/// partition brings is seen within a minute.
pub const NEGATIVE_TTL_MAX: u32 = 60;

/// A negative answer lives for at most this share of what a positive one would (12.1): a tenth.
pub const POSITIVE_SHARE: u32 = 10;

/// How long a negative answer may be kept: 1 to [`NEGATIVE_TTL_MAX`] seconds.
///
/// ```
/// use lib_dns_core::policy::negative::NegativeTtl;
/// // An SOA record with a TTL of an hour and a minimum of five minutes: the hard limit.
/// assert_eq!(NegativeTtl::new(300, 3600, None).map(|ttl| ttl.seconds()), Some(60));
/// // The name's records live for two minutes: its absence for a tenth of that.
/// assert_eq!(NegativeTtl::new(300, 3600, Some(120)).map(|ttl| ttl.seconds()), Some(12));
/// // What may not be cached positively is not cached negatively.
/// assert_eq!(NegativeTtl::new(300, 3600, Some(0)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NegativeTtl(u8);

impl NegativeTtl {
    /// `min(soa_minimum, soa_ttl, 60, positive_ttl / 10)`, all in seconds (12.1; RFC 2308 5); `None` if that is
    /// 0: such an answer is not kept. So it is always below the positive TTL.
    ///
    /// `positive_ttl` is what records of the name had, if that is known; else the SOA record's own TTL stands
    /// for it. A value with the highest bit set counts as 0 (RFC 2181 8).
    pub fn new(soa_minimum: u32, soa_ttl: u32, positive_ttl: Option<u32>) -> Option<Self> {
        let [soa_minimum, soa_ttl, positive_ttl] =
            [soa_minimum, soa_ttl, positive_ttl.unwrap_or(soa_ttl)].map(time_to_live);
        let share = positive_ttl.checked_div(POSITIVE_SHARE).unwrap_or(0);
        let seconds = soa_minimum.min(soa_ttl).min(share).min(NEGATIVE_TTL_MAX);
        u8::try_from(seconds).ok().filter(|ttl| *ttl > 0).map(Self)
    }

    /// In seconds: 1 to [`NEGATIVE_TTL_MAX`].
    pub fn seconds(self) -> u32 {
        u32::from(self.0)
    }
}

/// What a TTL field means: a value with the highest bit set counts as 0 (RFC 2181 8).
pub(crate) fn time_to_live(field: u32) -> u32 {
    if field > MAX_TTL { 0 } else { field }
}

/// How long a failure to resolve is remembered: our own choice, never the peer's (RFC 9520 3.2).
///
/// It starts at five seconds and doubles with each further failure, up to [`NEGATIVE_TTL_MAX`]: a partition
/// that heals is to be noticed within a minute here too.
///
/// ```
/// use lib_dns_core::policy::negative::FailureTtl;
/// let ttls = [0, 1, 2, 3, 4, 255].map(|before| FailureTtl::after(before).seconds());
/// assert_eq!(ttls, [5, 10, 20, 40, 60, 60]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FailureTtl(u8);

impl FailureTtl {
    /// After the first failure, in seconds.
    const FIRST: u32 = 5;

    /// After so many failures in a row `before` this one.
    pub fn after(before: u8) -> Self {
        let doubled =
            Self::FIRST.checked_mul(1_u32.checked_shl(u32::from(before)).unwrap_or(u32::MAX));
        Self(doubled.unwrap_or(u32::MAX).min(NEGATIVE_TTL_MAX) as u8)
    }

    /// In seconds: 5 to [`NEGATIVE_TTL_MAX`].
    pub fn seconds(self) -> u32 {
        u32::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rule_12_1_formula_with_each_part_as_the_least() {
        let seconds = |minimum, ttl, positive| {
            NegativeTtl::new(minimum, ttl, positive).map_or(0, NegativeTtl::seconds)
        };
        assert_eq!(seconds(7, 3600, Some(3600)), 7);
        assert_eq!(seconds(3600, 9, Some(3600)), 9);
        assert_eq!(seconds(3600, 3600, Some(3600)), 60);
        assert_eq!(seconds(3600, 3600, Some(110)), 11);
        // The SOA record's TTL stands for the positive one.
        assert_eq!(seconds(3600, 110, None), 11);
        assert_eq!(seconds(0, 3600, Some(3600)), 0);
        assert_eq!(seconds(3600, 3600, Some(9)), 0);
    }

    #[test]
    fn rfc_2181_8_the_highest_bit_means_zero() {
        assert_eq!(NegativeTtl::new(0x8000_0000, 3600, None), None);
        assert_eq!(NegativeTtl::new(3600, 0xffff_ffff, Some(3600)), None);
        assert_eq!(NegativeTtl::new(3600, 3600, Some(0x8000_0001)), None);
        assert!(NegativeTtl::new(0x7fff_ffff, 0x7fff_ffff, None).is_some());
    }

    proptest! {
        #[test]
        fn rule_12_2_1_at_most_60_seconds_and_below_the_positive_ttl(
            minimum: u32, ttl: u32, positive: Option<u32>,
        ) {
            if let Some(negative) = NegativeTtl::new(minimum, ttl, positive) {
                let seconds = negative.seconds();
                prop_assert!((1..=NEGATIVE_TTL_MAX).contains(&seconds));
                prop_assert!(seconds <= minimum && seconds <= ttl);
                prop_assert!(seconds < positive.unwrap_or(ttl));
            }
        }
    }

    #[test]
    fn rfc_9520_failures_live_from_1_second_to_5_minutes() {
        for before in 0..=u8::MAX {
            assert!((1..=300).contains(&FailureTtl::after(before).seconds()));
        }
    }
}

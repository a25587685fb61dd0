//! Which serial the next version of a zone gets.

use super::Serial;
use crate::rr_data::codec::{SECONDS_A_DAY, date_of};

/// Which serial the next version of a zone gets, where nobody has chosen one.
///
/// Whatever the policy, the next serial is newer than the last one (RFC 1982), and never 0, which some
/// servers take for "none".
///
/// ```
/// use lib_dns_core::zone::{Serial, SerialPolicy};
/// let now = 1_768_608_000; // 17 January 2026
/// assert_eq!(SerialPolicy::Increment.next(Serial(7), now), Serial(8));
/// assert_eq!(SerialPolicy::UnixTime.next(Serial(7), now), Serial(1_768_608_000));
/// assert_eq!(SerialPolicy::Date.next(Serial(7), now), Serial(2_026_011_700));
/// assert_eq!(SerialPolicy::Date.next(Serial(2_026_011_700), now), Serial(2_026_011_701));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SerialPolicy {
    /// One more than the last.
    #[default]
    Increment,
    /// Seconds since 1970, and one more than the last where that is not newer.
    UnixTime,
    /// `YYYYMMDDnn` of the day in UTC, and one more than the last where that is not newer.
    Date,
}

impl SerialPolicy {
    /// The serial that follows `last`; `now` is seconds since 1970.
    pub fn next(self, last: Serial, now: u64) -> Serial {
        let wanted = match self {
            Self::Increment => None,
            Self::UnixTime => Some(Serial(now as u32)),
            Self::Date => {
                let days = now.checked_div(u64::from(SECONDS_A_DAY)).unwrap_or(0);
                let [year, month, day] = date_of(days as u32);
                let date = year.wrapping_mul(10_000);
                let date = date.wrapping_add(month.wrapping_mul(100));
                Some(Serial(date.wrapping_add(day).wrapping_mul(100)))
            }
        };
        let next = wanted.filter(|wanted| wanted.is_newer_than(last));
        match next.unwrap_or(last.next()) {
            Serial(0) => Serial(1),
            next => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_serial_is_always_newer() {
        let policies = [
            SerialPolicy::Increment,
            SerialPolicy::UnixTime,
            SerialPolicy::Date,
        ];
        for policy in policies {
            for last in [
                0,
                1,
                2_026_011_699,
                0x7fff_ffff,
                0x8000_0000,
                0xffff_fffe,
                u32::MAX,
            ] {
                for now in [0, 1_768_608_000, 0xffff_ffff, u64::MAX] {
                    let next = policy.next(Serial(last), now);
                    assert!(next.is_newer_than(Serial(last)), "{policy:?} {last} {now}");
                    assert_ne!(next, Serial(0));
                }
            }
        }
    }

    #[test]
    fn a_hundred_changes_a_day_run_into_the_next_day() {
        let full = Serial(2_026_011_799);
        assert_eq!(
            SerialPolicy::Date.next(full, 1_768_608_000),
            Serial(2_026_011_800)
        );
    }
}

//! Points in time, in milliseconds.

use core::fmt;
use core::num::NonZero;
use core::time::Duration;

/// A point in time, in milliseconds since a beginning that the caller's clock chooses.
///
/// The core has no clock. Which one a method wants, it says:
///
/// - **Monotonic**, unless said otherwise: a clock that never goes back and counts while the machine sleeps, from
///   whenever it likes. Deadlines, ages, windows and rates are told by it.
/// - **UNIX**, for what other machines wrote down: milliseconds since 1970 in UTC. It may be wrong, and be set back.
///   Signatures count whole seconds of it modulo 2^32 ([`Timestamp::unix_seconds`]).
///
/// Sums stop at the ends of the range instead of going round.
///
/// ```
/// use core::time::Duration;
/// use lib_dns_core::time::Timestamp;
/// let now = Timestamp::from_millis(1_500);
/// let deadline = now.saturating_add(Duration::from_secs(30));
/// assert_eq!(deadline.as_millis(), 31_500);
/// assert_eq!(deadline.millis_since(now), 30_000);
/// assert_eq!(now.millis_since(deadline), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// One more than the milliseconds: what is lent for a cache or a radio holds many times that may not be set, and an
    /// `Option` of one takes no more room than this.
    NonZero<u64>,
);

impl Timestamp {
    /// The clock's beginning.
    pub const ZERO: Self = Self(NonZero::<u64>::MIN);
    /// Never.
    pub const MAX: Self = Self(NonZero::<u64>::MAX);

    /// So many milliseconds after the beginning.
    #[inline]
    pub const fn from_millis(millis: u64) -> Self {
        Self::ZERO.add_millis(millis)
    }

    /// So many seconds after the beginning.
    #[inline]
    pub const fn from_secs(seconds: u64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the beginning.
    #[inline]
    pub const fn as_millis(self) -> u64 {
        self.0.get().saturating_sub(1)
    }

    /// Later by so much; what is less than a millisecond is cut off.
    #[inline]
    #[must_use]
    pub const fn saturating_add(self, time: Duration) -> Self {
        self.add_millis(whole_millis(time))
    }

    /// Earlier by so much; what is less than a millisecond is cut off.
    #[inline]
    #[must_use]
    pub const fn saturating_sub(self, time: Duration) -> Self {
        self.sub_millis(whole_millis(time))
    }

    /// Later by so many milliseconds, at most [`Timestamp::MAX`].
    // On a processor of 32 bits a call is a third of the sum.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    #[must_use]
    pub const fn add_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Earlier by so many milliseconds, at least [`Timestamp::ZERO`].
    #[inline]
    #[must_use]
    pub const fn sub_millis(self, millis: u64) -> Self {
        match NonZero::new(self.0.get().saturating_sub(millis)) {
            Some(left) => Self(left),
            None => Self::ZERO,
        }
    }

    /// Later by so many seconds, as TTLs count.
    #[inline]
    #[must_use]
    pub const fn add_secs(self, seconds: u32) -> Self {
        // A number of 32 bits times 1000 has 42.
        self.add_millis((seconds as u64).wrapping_mul(1000))
    }

    /// Milliseconds since `earlier`; 0 if that is later.
    #[inline]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.get().saturating_sub(earlier.0.get())
    }

    /// Whole seconds since `earlier`, as TTLs count, at most [`u32::MAX`]; 0 if that is later.
    ///
    /// ```
    /// use lib_dns_core::time::Timestamp;
    /// let [now, end] = [1_500, 61_499].map(Timestamp::from_millis);
    /// assert_eq!(end.secs_since(now), 59);
    /// assert_eq!(Timestamp::MAX.secs_since(now), u32::MAX);
    /// ```
    pub const fn secs_since(self, earlier: Self) -> u32 {
        const MOST: u64 = u32::MAX as u64 * 1000;
        let millis = self.millis_since(earlier);
        if millis >= MOST {
            return u32::MAX;
        }
        // By 8 and by 125, digits of 16 bits one after the other: so no processor divides more than 32 bits.
        let eighths = millis >> 3;
        let (high, low) = ((eighths >> 16) as u32, eighths as u32 & 0xffff);
        let rest = ((high % 125) << 16) | low;
        ((high / 125) << 16) | (rest / 125)
    }

    /// Whole seconds modulo 2^32, as the validity of signatures is written (RFC 4034 3.1.5), of a UNIX clock.
    ///
    /// It divides 64 bits, which a small processor does in software.
    #[inline]
    pub const fn unix_seconds(self) -> u32 {
        (self.as_millis() / 1000) as u32
    }
}

impl Default for Timestamp {
    /// [`Timestamp::ZERO`].
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.as_millis())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Timestamp {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Timestamp({=u64})", self.as_millis());
    }
}

/// Without the division of 128 bits that `Duration::as_millis` does.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
const fn whole_millis(time: Duration) -> u64 {
    time.as_secs()
        .saturating_mul(1000)
        .saturating_add(time.subsec_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stop_at_the_ends() {
        assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(
            Timestamp::ZERO.saturating_sub(Duration::MAX),
            Timestamp::ZERO
        );
        assert_eq!(Timestamp::from_secs(u64::MAX), Timestamp::MAX);
        assert_eq!(
            Timestamp::ZERO.add_secs(u32::MAX).as_millis(),
            4_294_967_295_000
        );
        assert_eq!(Timestamp::ZERO.millis_since(Timestamp::MAX), 0);
    }

    #[test]
    fn a_time_that_may_not_be_set_takes_no_more_room() {
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<u64>());
        for millis in [0, 1, 7, u64::MAX - 1] {
            assert_eq!(Timestamp::from_millis(millis).as_millis(), millis);
        }
        assert_eq!(Timestamp::from_millis(u64::MAX), Timestamp::MAX);
        assert_eq!(std::format!("{:?}", Timestamp::default()), "Timestamp(0)");
    }

    #[test]
    fn seconds_are_divided_out_digit_by_digit() {
        let mut millis = 0;
        while millis < 1 << 43 {
            for near in millis..millis + 3 {
                let seconds = Timestamp::from_millis(near).secs_since(Timestamp::ZERO);
                assert_eq!(u64::from(seconds), (near / 1000).min(u32::MAX.into()));
            }
            millis += 1 + millis / 7;
        }
        for seconds in [1, 65_535, 65_536, u32::MAX - 1, u32::MAX] {
            let end = Timestamp::ZERO.add_secs(seconds);
            assert_eq!(end.secs_since(Timestamp::ZERO), seconds);
            assert_eq!(end.secs_since(Timestamp::from_millis(1)), seconds - 1);
        }
    }

    #[test]
    fn parts_of_a_millisecond_are_cut_off() {
        let now = Timestamp::from_millis(10);
        assert_eq!(
            now.saturating_add(Duration::from_micros(1999)).as_millis(),
            11
        );
        assert_eq!(now.saturating_sub(Duration::from_micros(999)), now);
    }

    #[test]
    fn unix_seconds_go_round_as_in_signatures() {
        assert_eq!(Timestamp::from_millis(1_999).unix_seconds(), 1);
        assert_eq!(Timestamp::from_secs(0x1_0000_0007).unix_seconds(), 7);
    }
}

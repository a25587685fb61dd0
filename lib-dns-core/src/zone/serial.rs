//! Serial numbers (RFC 1982).

use core::cmp::Ordering;
use core::fmt;

/// A zone's version, as its SOA record counts it (RFC 1982): 32 bits that go round.
///
/// Two serials exactly half the circle apart are neither newer nor older (RFC 1982 3.2), so the order is
/// partial. The times of signatures compare in the same way (RFC 4034 3.1.5).
///
/// ```
/// use lib_dns_core::zone::Serial;
/// assert!(Serial(1) > Serial(0));
/// assert!(Serial(0) > Serial(0xffff_ffff));
/// assert_eq!(Serial(0).partial_cmp(&Serial(0x8000_0000)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Serial(pub u32);

impl Serial {
    /// The most that a serial may be raised at once and still be newer (RFC 1982 3.1).
    pub const MAX_STEP: u32 = 0x7fff_ffff;

    /// The serial that follows.
    ///
    /// ```
    /// # use lib_dns_core::zone::Serial;
    /// assert_eq!(Serial(0xffff_ffff).next(), Serial(0));
    /// ```
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// Does it follow the other? Of two that are half the circle apart neither does.
    pub fn is_newer_than(self, other: Self) -> bool {
        // Not by the order of all four cases: this is asked of every update that a small radio hears.
        matches!(self.0.wrapping_sub(other.0), 1..=Self::MAX_STEP)
    }
}

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.0.wrapping_sub(other.0) {
            0 => Some(Ordering::Equal),
            1..=Self::MAX_STEP => Some(Ordering::Greater),
            0x8000_0000 => None,
            _ => Some(Ordering::Less),
        }
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circle_is_ordered_by_halves() {
        let interesting = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ffff];
        for a in interesting.map(Serial) {
            assert!(a.next().is_newer_than(a));
            assert!(Serial(a.0.wrapping_add(Serial::MAX_STEP)).is_newer_than(a));
            assert_eq!(Serial(a.0.wrapping_add(0x8000_0000)).partial_cmp(&a), None);
            for b in interesting.map(Serial) {
                assert_eq!(
                    a.partial_cmp(&b),
                    b.partial_cmp(&a).map(Ordering::reverse),
                    "{a} {b}"
                );
            }
        }
    }
}

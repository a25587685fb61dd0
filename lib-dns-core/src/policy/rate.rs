//! How often something happens, for each of several keys.

use crate::time::Timestamp;

/// What the caller lends for each key that is watched at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateSlot<K> {
    /// Who is counted, since when, and how often it happened since.
    counted: Option<(K, Timestamp, u32)>,
}

impl<K> RateSlot<K> {
    pub(crate) const FREE: Self = Self { counted: None };
}

impl<K> Default for RateSlot<K> {
    fn default() -> Self {
        Self::FREE
    }
}

/// What one more time is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rate {
    /// Within what is allowed.
    Within,
    /// The first time too much: log it.
    Exceeded,
    /// Too much again, in the same window: do not log it again.
    StillExceeded,
}

impl Rate {
    /// Is it within what is allowed?
    pub fn is_within(self) -> bool {
        self == Self::Within
    }
}

/// Counts for each key how often something happens. A key's window begins with the first time and is followed by another
/// one, not before it has ended.
///
/// If all slots are taken, the window that began first makes room. Finding a key looks at all slots: lend hundreds, not
/// millions.
///
/// ```
/// use lib_dns_core::policy::{Rate, RateSlot, Rates};
/// use lib_dns_core::time::Timestamp;
/// let mut rates = Rates::new([RateSlot::default(); 8], 2, 1000);
/// let mut at = |millis, key| rates.count(Timestamp::from_millis(millis), key);
/// assert_eq!([at(0, 'a'), at(10, 'a')], [Rate::Within; 2]);
/// assert_eq!([at(20, 'a'), at(30, 'a')], [Rate::Exceeded, Rate::StillExceeded]);
/// assert_eq!(at(40, 'b'), Rate::Within);
/// assert_eq!(at(1000, 'a'), Rate::Within);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rates<S> {
    slots: S,
    most: u32,
    window: u32,
}

impl<S> Rates<S> {
    /// Allows something `most` times in a window of so many milliseconds.
    pub const fn new(slots: S, most: u32, window: u32) -> Self {
        Self {
            slots,
            most,
            window,
        }
    }

    /// Allows something else from now on.
    pub fn allow(&mut self, most: u32, window: u32) {
        (self.most, self.window) = (most, window);
    }

    /// It happens once more.
    #[inline(never)]
    pub fn count<K: PartialEq>(&mut self, now: Timestamp, key: K) -> Rate
    where
        S: AsMut<[RateSlot<K>]>,
    {
        let window = u64::from(self.window);
        let mut place: Option<(Option<Timestamp>, &mut RateSlot<K>)> = None;
        for slot in self.slots.as_mut() {
            let began = match &mut slot.counted {
                Some((counted, began, times)) if *counted == key => {
                    if now.millis_since(*began) >= window {
                        (*began, *times) = (now, 0);
                    }
                    *times = times.saturating_add(1);
                    return rate(*times, self.most);
                }
                Some((_, began, _)) => Some(*began),
                None => None,
            };
            if place.as_ref().is_none_or(|(oldest, _)| began < *oldest) {
                place = Some((began, slot));
            }
        }
        if let Some((_, slot)) = place {
            slot.counted = Some((key, now, 1));
        }
        rate(1, self.most)
    }
}

fn rate(times: u32, most: u32) -> Rate {
    match times.checked_sub(most) {
        None | Some(0) => Rate::Within,
        Some(1) => Rate::Exceeded,
        Some(_) => Rate::StillExceeded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn keys_are_counted_apart_and_windows_end() {
        let mut rates = Rates::new([RateSlot::default(); 2], 1, 100);
        assert_eq!(rates.count(at(0), 1), Rate::Within);
        assert_eq!(rates.count(at(99), 1), Rate::Exceeded);
        assert_eq!(rates.count(at(99), 2), Rate::Within);
        assert_eq!(rates.count(at(99), 1), Rate::StillExceeded);
        assert_eq!(rates.count(at(100), 1), Rate::Within);
        assert_eq!(rates.count(at(199), 1), Rate::Exceeded);
    }

    #[test]
    fn the_window_that_began_first_makes_room() {
        let mut rates = Rates::new([RateSlot::default(); 2], 1, 100);
        for (millis, key) in [(0, 1), (1, 2), (2, 3)] {
            assert_eq!(rates.count(at(millis), key), Rate::Within);
        }
        assert_eq!(rates.count(at(3), 2), Rate::Exceeded);
        assert_eq!(rates.count(at(4), 1), Rate::Within, "forgotten");
    }

    #[test]
    fn without_slots_nothing_is_counted_together() {
        let none: [RateSlot<u8>; 0] = [];
        let mut rates = Rates::new(none, 1, 100);
        assert_eq!(rates.count(at(0), 1), Rate::Within);
        let mut none = Rates::new([RateSlot::default()], 0, 100);
        assert_eq!(none.count(at(0), 1), Rate::Exceeded);
    }
}

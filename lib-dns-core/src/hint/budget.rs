//! How much of the air a node takes for hints, over all zones and kinds.

use super::region::RegionRules;
use crate::time::Timestamp;

/// Milliseconds between the end of a frame and the beginning of the next one, at least.
pub const MIN_GAP: u64 = 30_000;

/// Milliseconds for each frame in the long run.
pub const SUSTAINED: u64 = 120_000;

/// How many frames may be sent without waiting for that, only for the gap.
pub const BURST: u64 = 3;

const MINUTE: u64 = 60_000;

/// An hour, and the minute that is under way: what lies in the last of an hour's minutes may still be within the hour.
const BINS: usize = 61;

/// Whether a frame may be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Permit {
    /// Now.
    Now,
    /// Not before this time; ask again then.
    At(Timestamp),
    /// A frame of this length is not allowed here at all.
    Never,
}

/// Counts what was sent, and says when more may be.
///
/// Within any hour no more than the region's rules leave for hints, at least 30 seconds from frame to frame, one frame
/// each two minutes in the long run, and bursts of three. The hour slides: it is counted in minutes, and what is partly
/// within it counts as a whole.
///
/// ```
/// use lib_dns_core::hint::{AirtimeBudget, Permit, Region};
/// use lib_dns_core::time::Timestamp;
/// let at = Timestamp::from_secs;
/// let mut budget = AirtimeBudget::new(at(0), &Region::Eu868M.rules());
/// assert_eq!(budget.permits(at(0), 200_000), Permit::At(at(30)), "after a start, too");
/// assert_eq!(budget.permits(at(30), 200_000), Permit::Now);
/// budget.sent(at(31), 200_000);
/// assert_eq!(budget.permits(at(31), 200_000), Permit::At(at(61)));
/// assert_eq!(budget.permits(at(61), 18_000_001), Permit::Never, "more than an hour's worth");
/// ```
// Small fields first: what is near has short instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct AirtimeBudget {
    /// When that minute ends.
    minute_ends: Timestamp,
    /// Microseconds of an hour.
    limit: u32,
    longest: u32,
    /// Nothing before this.
    gap_ends: Timestamp,
    /// When everything that was sent is paid for at one frame each two minutes.
    paid: Timestamp,
    /// The bin of the minute that is under way.
    place: u8,
    /// What was sent in each minute of the last hour.
    bins: [Bin; BINS],
}

impl AirtimeBudget {
    /// With nothing sent, as far as is known: so nothing is sent in the first 30 seconds either.
    pub const fn new(now: Timestamp, rules: &RegionRules) -> Self {
        Self {
            bins: [Bin::EMPTY; BINS],
            place: 0,
            minute_ends: now.add_millis(MINUTE),
            limit: rules.hint_micros_an_hour(),
            longest: rules.longest_frame_micros(),
            gap_ends: now.add_millis(MIN_GAP),
            paid: now,
        }
    }

    /// May a frame be sent that is on the air for so many microseconds?
    #[inline(never)]
    pub fn permits(&mut self, now: Timestamp, airtime: u64) -> Permit {
        let airtime = u32::try_from(airtime).unwrap_or(u32::MAX);
        let Some(room) = self
            .limit
            .checked_sub(airtime)
            .filter(|_| airtime <= self.longest)
        else {
            return Permit::Never;
        };
        self.advance(now);
        let burst = BURST.saturating_sub(1).saturating_mul(SUSTAINED);
        let allowed = self
            .gap_ends
            .max(self.paid.sub_millis(burst))
            .max(self.has_room(room));
        if allowed <= now {
            Permit::Now
        } else {
            Permit::At(allowed)
        }
    }

    /// A frame of so many microseconds was sent, or broken off, and is over now. Tell it before anything else is asked.
    #[inline(never)]
    pub fn sent(&mut self, now: Timestamp, airtime: u64) {
        self.advance(now);
        if let Some(bin) = self.bins.get_mut(usize::from(self.place)) {
            bin.add(airtime);
        }
        self.gap_ends = now.add_millis(MIN_GAP);
        self.paid = self.paid.max(now).add_millis(SUSTAINED);
    }

    /// Microseconds that were sent within the last hour; what was sent in the minute before it may count as well.
    pub fn used(&self) -> u32 {
        self.bins
            .iter()
            .fold(0, |sum, bin| sum.saturating_add(bin.micros()))
    }

    /// When no more than `room` is taken of an hour: the beginning of time if that is so already.
    fn has_room(&self, room: u32) -> Timestamp {
        let mut used = self.used();
        let mut free = Timestamp::ZERO;
        // The oldest stands behind the minute that is under way, and is forgotten when that one ends.
        let mut place = self.place;
        let mut gone = self.minute_ends;
        for _ in 0..BINS {
            if used <= room {
                break;
            }
            place = after(place);
            let bin = self.bins.get(usize::from(place));
            used = used.saturating_sub(bin.map_or(0, Bin::micros));
            free = gone;
            gone = gone.add_millis(MINUTE);
        }
        free
    }

    /// Forgets what is longer ago than an hour.
    #[inline(never)]
    fn advance(&mut self, now: Timestamp) {
        for _ in 0..BINS {
            if now < self.minute_ends {
                return;
            }
            self.place = after(self.place);
            if let Some(bin) = self.bins.get_mut(usize::from(self.place)) {
                *bin = Bin::EMPTY;
            }
            self.minute_ends = self.minute_ends.add_millis(MINUTE);
        }
        // Nothing is left that minutes would have to be counted from.
        if self.minute_ends <= now {
            self.minute_ends = now.add_millis(MINUTE);
        }
    }
}

/// The bin of the next minute.
const fn after(place: u8) -> u8 {
    let next = place.saturating_add(1);
    if next < BINS as u8 { next } else { 0 }
}

/// What was sent in a minute, in units of 16 microseconds: every LoRa frame is on the air for a whole number of them (a
/// quarter of the shortest symbol), and three octets hold four minutes of them. What is no whole number counts as the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Bin([u8; 3]);

impl Bin {
    const EMPTY: Self = Self([0; 3]);
    const UNIT: u32 = 16;
    /// Microseconds of a bin that is full.
    const MOST: u32 = ((1 << 24) - 1) * Self::UNIT;

    const fn micros(&self) -> u32 {
        let [low, middle, high] = self.0;
        u32::from_le_bytes([low, middle, high, 0]).saturating_mul(Self::UNIT)
    }

    fn add(&mut self, micros: u64) {
        let micros = u32::try_from(micros).unwrap_or(u32::MAX);
        let sum = self.micros().saturating_add(micros).min(Self::MOST);
        let [low, middle, high, _] = sum.div_ceil(Self::UNIT).to_le_bytes();
        self.0 = [low, middle, high];
    }
}

#[cfg(test)]
mod tests {
    use super::super::region::Region;
    use super::super::toy::{HOUR, Naive, TWO_MINUTES};
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn budget(region: Region) -> AirtimeBudget {
        AirtimeBudget::new(Timestamp::ZERO, &region.rules())
    }

    #[test]
    fn note_10b_bursts_of_three_and_then_one_each_two_minutes() {
        let mut budget = budget(Region::Eu868);
        let mut began = Vec::new();
        let mut now = Timestamp::ZERO;
        while began.len() < 6 {
            match budget.permits(now, 100_000) {
                Permit::Now => {
                    began.push(now.as_millis() / 1000);
                    budget.sent(now, 100_000);
                }
                Permit::At(later) => {
                    assert!(later > now);
                    now = later;
                }
                Permit::Never => panic!("it is short"),
            }
        }
        // The third frame is sent a minute after the first; from then on they are paid for.
        assert_eq!(began, [30, 60, 90, 150, 270, 390]);
    }

    #[test]
    fn note_10b_half_of_what_the_region_allows() {
        let mut budget = budget(Region::Eu868M);
        for turn in 0..6 {
            assert_eq!(budget.permits(at(600 * turn + 600), 3_000_000), Permit::Now);
            budget.sent(at(600 * turn + 600), 3_000_000);
        }
        // 18 seconds of the hour are taken. The first went off at 600 s: in the eleventh minute, which counts until the
        // seventy-second begins.
        assert_eq!(budget.used(), 18_000_000);
        assert_eq!(budget.permits(at(4000), 1), Permit::At(at(71 * 60)));
        assert_eq!(budget.permits(at(71 * 60), 3_000_000), Permit::Now);
        assert_eq!(
            budget.permits(at(71 * 60), 3_000_001),
            Permit::At(at(81 * 60))
        );
    }

    #[test]
    fn a_minute_is_counted_to_16_microseconds_and_up() {
        let mut bin = Bin::EMPTY;
        bin.add(205_824);
        assert_eq!(bin.micros(), 205_824);
        bin.add(1);
        assert_eq!(bin.micros(), 205_840);
        bin.add(u64::MAX);
        assert_eq!(bin.micros(), 268_435_440, "over four minutes");
    }

    #[test]
    fn frames_longer_than_the_dwell_time_are_never_sent() {
        let mut budget = budget(Region::Us915);
        assert_eq!(budget.permits(at(60), 400_000), Permit::Now);
        assert_eq!(budget.permits(at(60), 400_001), Permit::Never);
        assert_eq!(budget.permits(at(60), u64::MAX), Permit::Never);
    }

    #[test]
    fn days_of_silence_cost_nothing() {
        let mut budget = budget(Region::Eu868M);
        budget.sent(at(60), 17_000_000);
        assert_eq!(budget.permits(at(10_000_000), 18_000_000), Permit::Now);
        assert_eq!(budget.used(), 0);
        assert_eq!(budget.permits(Timestamp::MAX, 1), Permit::Now);
        budget.sent(Timestamp::MAX, 1);
        assert_ne!(budget.permits(Timestamp::MAX, 1), Permit::Never);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_hour_is_over_the_budget_and_none_is_wasted(
            start in 0u64..10_000_000,
            asked in prop::collection::vec((0u64..200_000, (1u64..250_000).prop_map(|units| units * 16)), 1..200),
        ) {
            let rules = Region::Eu868M.rules();
            let limit = u64::from(rules.hint_micros_an_hour());
            let mut now = Timestamp::from_millis(start);
            let mut budget = AirtimeBudget::new(now, &rules);
            let mut naive = Naive::default();
            for (later, airtime) in asked {
                now = now.add_millis(later);
                let micros = now.as_millis() * 1000;
                let is_paced = naive.is_paced(start, now.as_millis());
                match budget.permits(now, airtime) {
                    Permit::Now => {
                        prop_assert!(is_paced);
                        prop_assert!(naive.worst(micros, airtime, HOUR) <= limit);
                        naive.sent(micros, airtime);
                        now = Timestamp::from_millis((micros + airtime).div_ceil(1000));
                        budget.sent(now, airtime);
                    }
                    Permit::At(later) => {
                        prop_assert!(later > now);
                        // A limiter that knows all to the microsecond refuses as well, or would with two minutes more.
                        let is_full = naive.worst(micros, airtime, HOUR + TWO_MINUTES) > limit;
                        prop_assert!(!is_paced || is_full);
                        // What it promises it keeps.
                        let mut then = budget;
                        prop_assert_eq!(then.permits(later, airtime), Permit::Now);
                        prop_assert_ne!(then.permits(later.sub_millis(1), airtime), Permit::Never);
                    }
                    Permit::Never => prop_assert!(airtime > limit),
                }
            }
        }
    }
}

//! Records that somebody did not find: contested, asked for again, and in the end let go.

use super::NEGATIVE_TTL_MAX;
use crate::time::Timestamp;
use core::time::Duration;

/// What follows when absence meets presence (12.2, rule 5): "mark positive as contested, reduce TTL, re-query
/// later".
///
/// The records' remaining TTL is cut to a minute. They are asked for again at most three times, after ten, twenty
/// and forty seconds. Whoever confirms them ends it: presence is evidence. If nobody does, they end ten minutes
/// after their TTL, because deleted names must not live for ever.
///
/// ```
/// use lib_dns_core::{policy::negative::Contest, time::Timestamp};
/// let now = Timestamp::from_secs(100);
/// let (mut contest, expires) = Contest::begin(now, Timestamp::from_secs(4000));
/// assert_eq!(expires, Timestamp::from_secs(160));
/// assert_eq!(contest.next_deadline(), Some(Timestamp::from_secs(110)));
/// assert!(!contest.poll(Timestamp::from_secs(109)));
/// assert!(contest.poll(Timestamp::from_secs(110)));
/// assert_eq!(contest.next_deadline(), Some(Timestamp::from_secs(130)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Contest {
    next: Timestamp,
    asked: u8,
}

impl Contest {
    /// How often contested records are asked for again, at most.
    pub const MAX_QUERIES: u8 = 3;
    /// How long contested records live past their TTL, at most.
    pub const LIFE_PAST_TTL: Duration = Duration::from_secs(600);
    /// How long the first query waits; each further one waits twice as long. Whoever did not find the name may
    /// be about to learn it.
    pub const FIRST_WAIT: Duration = Duration::from_secs(10);

    /// Records that expire at `expires` are contested; also says when they expire from now on.
    pub fn begin(now: Timestamp, expires: Timestamp) -> (Self, Timestamp) {
        let contest = Self {
            next: now.saturating_add(Self::FIRST_WAIT),
            asked: 0,
        };
        (contest, expires.min(now.add_secs(NEGATIVE_TTL_MAX)))
    }

    /// Is it time to ask again? Each true is one query.
    pub fn poll(&mut self, now: Timestamp) -> bool {
        let due = self.next_deadline().is_some_and(|next| next <= now);
        if due {
            self.asked = self.asked.saturating_add(1);
            let wait = Self::FIRST_WAIT.checked_mul(1 << self.asked.min(Self::MAX_QUERIES));
            self.next = now.saturating_add(wait.unwrap_or(Self::FIRST_WAIT));
        }
        due
    }

    /// When to ask again; never after [`Self::MAX_QUERIES`]. Changed by [`Self::poll`] alone.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        (self.asked < Self::MAX_QUERIES).then_some(self.next)
    }

    /// The same after the clock was set back by so many milliseconds.
    /// What [`Self::of_parts`] makes it of.
    pub(crate) fn parts(self) -> (Timestamp, u8) {
        (self.next, self.asked)
    }

    /// When to ask next, and how often that was done.
    pub(crate) fn of_parts(next: Timestamp, asked: u8) -> Self {
        Self { next, asked }
    }

    pub(crate) fn set_back(self, millis: u64) -> Self {
        Self {
            next: self.next.sub_millis(millis),
            ..self
        }
    }

    /// When records end that nobody confirmed, if their TTL ends at `expires`.
    pub fn end(expires: Timestamp) -> Timestamp {
        expires.saturating_add(Self::LIFE_PAST_TTL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_16_at_most_three_queries() {
        let (mut contest, _) = Contest::begin(Timestamp::ZERO, Timestamp::MAX);
        let mut at = std::vec::Vec::new();
        for second in 0..100_000 {
            if contest.poll(Timestamp::from_secs(second)) {
                at.push(second);
            }
        }
        assert_eq!(at, [10, 30, 70]);
        assert_eq!(contest.next_deadline(), None);
    }

    #[test]
    fn rule_12_2_5_the_ttl_is_reduced_and_never_raised() {
        let now = Timestamp::from_secs(100);
        for (expires, cut) in [(0, 0), (100, 100), (159, 159), (160, 160), (161, 160)] {
            let (_, reduced) = Contest::begin(now, Timestamp::from_secs(expires));
            assert_eq!(reduced, Timestamp::from_secs(cut));
        }
    }

    #[test]
    fn note_16_ten_minutes_past_the_ttl() {
        assert_eq!(
            Contest::end(Timestamp::from_secs(160)),
            Timestamp::from_secs(760)
        );
        assert_eq!(Contest::end(Timestamp::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_clock_at_its_end_does_not_go_round() {
        let (mut contest, expires) = Contest::begin(Timestamp::MAX, Timestamp::MAX);
        assert_eq!(expires, Timestamp::MAX);
        assert!(contest.poll(Timestamp::MAX));
    }
}

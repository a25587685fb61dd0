//! Contested records that are due to be asked for again.

use super::Positive;
use crate::cache::rrset::PositiveSlot;
use crate::cache::sets::set_around;
use crate::code_points::Class;
use crate::name::Name;
use crate::rr_data::Type;
use crate::time::Timestamp;

/// Contested slots are searched at most so often, in milliseconds.
const BETWEEN_SEARCHES: u64 = 1000;

/// The search for contested records that are due to be asked for again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// When to start, or go on.
    at: Timestamp,
    /// The slot to go on with.
    cursor: usize,
    /// The least deadline of the slots that were passed.
    passed: Timestamp,
}

impl Search {
    pub(super) const IDLE: Self = Self {
        at: Timestamp::MAX,
        cursor: 0,
        passed: Timestamp::MAX,
    };

    /// Deadlines have moved: all slots are to be looked at, unless none has one.
    pub(super) fn start_over(&mut self) {
        if self.at < Timestamp::MAX {
            *self = Self {
                at: Timestamp::ZERO,
                ..Self::IDLE
            };
        }
    }

    /// A slot has such a deadline from now on.
    pub(super) fn note(&mut self, deadline: Timestamp) {
        self.passed = self.passed.min(deadline);
        if self.cursor == 0 {
            self.at = self.at.min(deadline);
        }
    }
}

impl<P, B> Positive<P, B>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// Contested records that are to be asked for again, one at a time.
    pub(in crate::cache) fn poll(&mut self, now: Timestamp) -> Option<(Name<'_>, Type, Class)> {
        if now < self.search.at {
            return None;
        }
        let slots = self.slots.as_mut();
        let mut due = None;
        for index in self.search.cursor..slots.len() {
            let Some(slot) = slots.get_mut(index) else {
                break;
            };
            let Some(mut contest) = slot.contest() else {
                continue;
            };
            let is_due = contest.poll(now);
            slot.set_contest(contest);
            if let Some(deadline) = contest.next_deadline() {
                self.search.passed = self.search.passed.min(deadline);
            }
            if is_due {
                due = Some(index);
                break;
            }
        }
        let Some(index) = due else {
            let soonest = now.add_millis(BETWEEN_SEARCHES);
            self.search = Search {
                at: match self.search.passed {
                    Timestamp::MAX => Timestamp::MAX,
                    passed => passed.max(soonest),
                },
                ..Search::IDLE
            };
            return None;
        };
        self.search.cursor = index.saturating_add(1);
        self.search.at = now;
        // One question serves all claims.
        let (tag, rtype) = slots.get(index).map(|slot| (slot.tag, slot.rtype))?;
        for other in slots
            .get_mut(set_around(index, slots.len()))
            .unwrap_or_default()
        {
            if (other.tag, other.rtype) == (tag, rtype)
                && let Some(mut contest) = other.contest()
            {
                contest.poll(now);
                other.set_contest(contest);
            }
        }
        let slot = self.slots.as_ref().get(index)?;
        Some((slot.name(self.arena.bytes()), slot.rtype, slot.class))
    }

    pub(in crate::cache) fn next_deadline(&self) -> Option<Timestamp> {
        (self.search.at < Timestamp::MAX).then_some(self.search.at)
    }
}

//! What a lookup finds.

use super::positive::Shelf;
use super::rrset::{CachedRrset, PositiveSlot};
use super::settings::CacheSettings;
use crate::code_points::Class;
use crate::policy::outcome::SoftFailures;
use crate::policy::stale::Freshness;
use crate::rr_data::Type;
use crate::time::Timestamp;

/// A slot as what it holds, if that may be served.
#[inline]
pub(super) fn cached<'c>(
    slot: &'c PositiveSlot,
    octets: &'c [u8],
    now: Timestamp,
    freshness: Freshness,
) -> Option<CachedRrset<'c>> {
    let (is_stale, time_uncertain) = match freshness {
        Freshness::Fresh => (false, false),
        Freshness::Stale { time_uncertain } => (true, time_uncertain),
        Freshness::Ended(_) => return None,
    };
    Some(CachedRrset {
        slot,
        octets,
        now,
        is_stale,
        time_uncertain,
    })
}

/// What is held of a name and type: one RRset, or all that is claimed if the name is disputed.
#[derive(Clone, Copy, Debug)]
pub struct Held<'c> {
    first: CachedRrset<'c>,
    set: &'c [PositiveSlot],
    settings: &'c CacheSettings,
}

impl<'c> Held<'c> {
    #[inline]
    pub(super) fn new(
        first: CachedRrset<'c>,
        shelf: Shelf<'c>,
        settings: &'c CacheSettings,
    ) -> Self {
        Self {
            first,
            set: shelf.set,
            settings,
        }
    }

    /// The RRset, or the first of those that are claimed.
    #[inline]
    pub fn first(&self) -> CachedRrset<'c> {
        self.first
    }

    /// All RRsets that are claimed: a client receives them all (11.2, case B).
    pub fn claims(&self) -> impl Iterator<Item = CachedRrset<'c>> + use<'c> {
        let Self {
            first,
            set,
            settings,
        } = *self;
        let name = first.slot.name_octets(first.octets);
        set.iter()
            .filter(move |slot| key_of(slot) == key_of(first.slot))
            .filter(move |slot| slot.name_octets(first.octets) == name)
            .filter_map(move |slot| {
                cached(
                    slot,
                    first.octets,
                    first.now,
                    settings.judge(first.now, slot),
                )
            })
    }

    /// Do different owners claim the name?
    pub fn is_disputed(&self) -> bool {
        self.first.is_disputed()
    }

    /// What is to be said with it, for [`Outcome::of`](crate::policy::outcome::Outcome::of).
    pub fn soft_failures(&self) -> SoftFailures {
        if !self.is_disputed() {
            return self.first.soft_failures();
        }
        let claims = self.claims().map(|claim| claim.soft_failures());
        claims.fold(SoftFailures::NONE, SoftFailures::and)
    }
}

/// What claims to the same name and type share, but for the name itself.
#[inline]
pub(super) fn key_of(slot: &PositiveSlot) -> (u32, Type, Class) {
    (slot.tag, slot.rtype, slot.class)
}

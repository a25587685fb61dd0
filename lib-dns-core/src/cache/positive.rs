//! What was found.

mod claims;
mod places;
mod requery;

use super::arena::Arena;
use super::denial::NewDenial;
use super::hash::Hasher;
use super::held::{Held, cached};
use super::rank::is_in_bailiwick;
use super::rrset::{Inserted, NewRrset, PositiveSlot, Refusal};
use super::sets::{Ways, set_mut, set_of, tag};
use super::settings::CacheSettings;
use super::sought::Sought;
use crate::name::Name;
use crate::policy::negative::{Contest, Weighing, weigh, weigh_of_another_owner};
use crate::policy::stale::{End, Freshness};
use crate::rr_data::Type;
use crate::time::Timestamp;
use requery::Search;

/// Claims to one name and type that are kept at most.
pub const MAX_CLAIMS: usize = 4;

/// The positive cache.
#[derive(Clone, Debug)]
pub(super) struct Positive<P, B> {
    slots: P,
    arena: Arena<B>,
    tick: u32,
    search: Search,
}

/// A set, and where names and data of its slots stand.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'c> {
    pub(super) set: &'c [PositiveSlot],
    pub(super) octets: &'c [u8],
}

/// A set whose slots are to be looked at once more, one by one.
pub(super) struct Unsure<'c> {
    set: &'c mut [PositiveSlot],
    octets: &'c [u8],
    tick: u32,
}

impl<'c> Unsure<'c> {
    /// Finds what is fresh before what is stale; it counts as use.
    #[inline(never)]
    pub(super) fn find(
        self,
        now: Timestamp,
        settings: &'c CacheSettings,
        name: Sought<'_>,
        rtype: Type,
    ) -> Standing<'c> {
        let Self { set, octets, tick } = self;
        let mut ended = None;
        let mut found: Option<(usize, Freshness)> = None;
        for (way, slot) in set.iter().enumerate() {
            let answers = slot.rtype == rtype || slot.rtype == Type::CNAME;
            if !answers || !is_of(slot, octets, &name) {
                continue;
            }
            match settings.judge(now, slot) {
                Freshness::Ended(end) => ended = ended.or(Some(end)),
                Freshness::Fresh => {
                    found = Some((way, Freshness::Fresh));
                    break;
                }
                stale @ Freshness::Stale { .. } => found = found.or(Some((way, stale))),
            }
        }
        let Some((way, freshness)) = found else {
            return Standing::Nothing(ended);
        };
        if let Some(slot) = set.get_mut(way) {
            slot.be_used(tick);
        }
        let shelf = Shelf { set, octets };
        match shelf
            .set
            .get(way)
            .and_then(|slot| cached(slot, octets, now, freshness))
        {
            None => Standing::Nothing(None),
            Some(first) if first.is_stale => Standing::Stale(Held::new(first, shelf, settings)),
            Some(first) => Standing::Fresh(Held::new(first, shelf, settings)),
        }
    }
}

/// What stands at a name and type.
pub(super) enum Standing<'c> {
    /// Records that may be served.
    Fresh(Held<'c>),
    /// Records that may be served if nothing fresher can be had.
    Stale(Held<'c>),
    /// Nothing that may be served; and what ended the life of records that still stand there.
    Nothing(Option<End>),
}

/// What absence left of presence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Remains {
    /// Nothing: it may be remembered that nothing is there.
    Nothing,
    /// Records, which are contested.
    Contested,
    /// Records, as they were.
    Younger,
}

impl<P, B> Positive<P, B>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    pub(super) fn new(slots: P, octets: B) -> Self {
        let mut positive = Self {
            slots,
            arena: Arena::new(octets),
            tick: 0,
            search: Search::IDLE,
        };
        positive.clear();
        positive
    }

    pub(super) fn clear(&mut self) {
        self.slots.as_mut().fill(PositiveSlot::EMPTY);
        self.arena.clear();
        self.search = Search::IDLE;
    }

    pub(super) fn len(&self) -> usize {
        self.slots
            .as_ref()
            .iter()
            .filter(|slot| slot.tag != 0)
            .count()
    }

    /// Finds records of a type, or an alias in their place, that are fresh; it counts as use. Or else what to look at again,
    /// and closer, if anything is there.
    ///
    /// Most lookups find what is fresh in the first slot with the name's tag, so this looks no further. It gives back what
    /// a [`Held`] is made of, which is too large to be handed on in registers.
    ///
    /// It is copied into every lookup, however many there are.
    #[inline(always)]
    pub(super) fn find_fresh<'c>(
        &'c mut self,
        now: Timestamp,
        name: &Sought<'_>,
        rtype: Type,
    ) -> Result<(Shelf<'c>, &'c PositiveSlot), Option<Unsure<'c>>> {
        let octets = self.arena.bytes();
        self.tick = self.tick.wrapping_add(1);
        let tick = self.tick;
        let set = match set_mut(self.slots.as_mut(), name) {
            Ok(set) => set,
            Err(set) => return Err(Some(Unsure { set, octets, tick })),
        };
        let tag = tag(name);
        let way = set
            .iter()
            .position(|slot| slot.tag == tag && (slot.rtype == rtype || slot.rtype == Type::CNAME));
        let Some(way) = way else {
            return Err(None);
        };
        if let Some(slot) = set.get_mut(way)
            && slot.is_fresh(now)
            && slot.is_of(octets, name)
        {
            slot.be_used(tick);
            let set: &'c [PositiveSlot] = set;
            let slot = set.get(way).unwrap_or(&PositiveSlot::EMPTY);
            return Ok((Shelf { set, octets }, slot));
        }
        Err(Some(Unsure { set, octets, tick }))
    }

    /// When the delegations end that lead to `name`, as far as they are held. Records of type DS stand above the cut.
    pub(super) fn lease_until(
        &self,
        hasher: &Hasher,
        name: &Sought<'_>,
        is_above_cut: bool,
    ) -> Timestamp {
        let mut until = Timestamp::MAX;
        let mut at = if is_above_cut {
            name.parent(hasher)
        } else {
            Some(*name)
        };
        while let Some(name) = at {
            let mine = self.matching(name);
            let leases = mine.filter(|slot| slot.is(PositiveSlot::IS_DELEGATION));
            until = leases
                .map(|slot| slot.lease_until())
                .fold(until, Timestamp::min);
            at = name.parent(hasher);
        }
        until
    }

    /// The entries of a name, of any type.
    fn matching<'s>(&'s self, name: Sought<'s>) -> impl Iterator<Item = &'s PositiveSlot> {
        let slots = self.slots.as_ref();
        let set = slots.get(set_of(&name, slots.len())).unwrap_or_default();
        let octets = self.arena.bytes();
        set.iter().filter(move |slot| is_of(slot, octets, &name))
    }

    /// Puts records in, whose delegation ends at `lease_until`.
    pub(super) fn insert(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
        new: &NewRrset<'_>,
        lease_until: Timestamp,
    ) -> Inserted {
        if !is_in_bailiwick(&new.name, &new.bailiwick) {
            return Inserted::Refused(Refusal::OutOfBailiwick);
        }
        let mut slot = slot_for(now, settings, name, new, lease_until);
        if slot.expires() <= now {
            return Inserted::Refused(Refusal::NotForCaching);
        }
        let digest: &[u8] = new.owner.map_or(&[], |digest| digest.as_slice());
        let signatures = new.signatures.map_or(&[][..], |rrset| rrset.packed());
        let parts = [name.as_bytes(), digest, new.rrset.packed(), signatures];
        if !self.arena.has_room_for(&parts) {
            return Inserted::Refused(Refusal::TooLong);
        }

        let slots = self.slots.as_mut();
        let indices = set_of(name, slots.len());
        let start = indices.start;
        let set = slots.get_mut(indices).unwrap_or_default();
        let octets = self.arena.bytes();
        let (mut claims, mut ended) = (Ways::NONE, Ways::NONE);
        for (way, held) in set.iter().enumerate() {
            if held.rtype != slot.rtype || !is_of(held, octets, name) {
                continue;
            }
            match settings.has_ended(now, held) {
                true => ended.add(way),
                false => claims.add(way),
            }
        }
        let found = claims::compare(now, claims, set, octets, new, &mut slot);
        let (place, contested) = match found {
            Ok(found) => found,
            Err(refusal) => return Inserted::Refused(refusal),
        };
        let others = claims.len().saturating_sub(usize::from(place.is_some()));
        if others > 0 {
            claims
                .of(set)
                .for_each(|(_, claim)| claims::be_disputed(now, claim));
            claims::be_disputed(now, &mut slot);
        }
        let place = place.or_else(|| places::free(now, settings, self.tick, claims, set));
        let Some(way) = place else {
            return Inserted::Refused(Refusal::TooLong);
        };
        // An old lease must not bound what a new one allows.
        ended
            .of(set)
            .for_each(|(_, old)| *old = PositiveSlot::EMPTY);
        self.write(start.wrapping_add(way), &mut slot, &parts);
        match (others, contested) {
            (0, true) => Inserted::Confirmed,
            (0, false) => Inserted::Kept,
            (others, _) => Inserted::Disputed {
                claims: others.saturating_add(1) as u8,
            },
        }
    }

    /// Somebody did not find a name, or a type of it.
    pub(super) fn deny(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
        rtype: Option<Type>,
        new: &NewDenial<'_>,
    ) -> Remains {
        let slots = self.slots.as_mut();
        let set = set_of(name, slots.len());
        let set = slots.get_mut(set).unwrap_or_default();
        let octets = self.arena.bytes();
        let is_disputed = claims::is_disputed(now, settings, set, octets, name);
        let mut remains = Remains::Nothing;
        for slot in set {
            if !is_of(slot, octets, name) || rtype.is_some_and(|rtype| rtype != slot.rtype) {
                continue;
            }
            if settings.has_ended(now, slot) {
                *slot = PositiveSlot::EMPTY;
                continue;
            }
            let is_own = match (slot.owner(octets), new.owner) {
                (Some(held), Some(deleting)) => held == deleting,
                _ => !is_disputed,
            };
            let weighed = match is_own {
                true => weigh(slot.presence(), new.absence),
                false => weigh_of_another_owner(slot.presence(), new.absence),
            };
            match weighed {
                Weighing::Removes => *slot = PositiveSlot::EMPTY,
                Weighing::Outdated if remains == Remains::Nothing => remains = Remains::Younger,
                Weighing::Outdated => {}
                Weighing::Contests => {
                    if !slot.is_contested() {
                        let (contest, expires) = Contest::begin(now, slot.expires());
                        slot.expire_by(expires);
                        slot.set_contest(contest);
                        if let Some(deadline) = contest.next_deadline() {
                            self.search.note(deadline);
                        }
                    }
                    // It may have been past what contested records live.
                    if settings.has_ended(now, slot) {
                        *slot = PositiveSlot::EMPTY;
                    } else {
                        remains = Remains::Contested;
                    }
                }
            }
        }
        remains
    }

    /// Forgets the records that `is_meant` says.
    pub(super) fn forget(&mut self, mut is_meant: impl FnMut(&Name<'_>) -> bool) {
        let octets = self.arena.bytes();
        for slot in self.slots.as_mut() {
            if slot.tag != 0 && is_meant(&slot.name(octets)) {
                *slot = PositiveSlot::EMPTY;
            }
        }
    }

    /// The clock was set back by so many milliseconds: everything ends as much earlier.
    pub(super) fn set_back(&mut self, millis: u64) {
        for slot in self.slots.as_mut() {
            slot.set_back(millis);
        }
        self.search.start_over();
    }
}

/// The slot for new records, but for where they stand. If it has expired, they are not to be cached.
fn slot_for(
    now: Timestamp,
    settings: &CacheSettings,
    name: &Sought<'_>,
    new: &NewRrset<'_>,
    lease_until: Timestamp,
) -> PositiveSlot {
    let ends = now.add_secs(settings.positive_ttl(new.rrset.ttl));
    let mut lease_until = lease_until.min(new.lease_until.unwrap_or(Timestamp::MAX));
    if new.is_delegation {
        lease_until = lease_until.min(ends);
    }
    let mark = |is_set: bool, mark| if is_set { mark } else { 0 };
    let mut slot = PositiveSlot {
        tag: tag(name),
        // All that is kept has 32 bits of octets together.
        data_len: new.rrset.packed().len() as u32,
        signatures_len: new
            .signatures
            .map_or(0, |rrset| rrset.packed().len() as u32),
        soft_failures: new.soft_failures,
        rtype: new.rrset.rtype,
        class: name.class,
        name_len: name.as_bytes().len() as u8,
        labels: name.labels,
        rank: new.rank,
        marks: mark(new.owner.is_some(), PositiveSlot::HAS_OWNER)
            | mark(new.is_delegation, PositiveSlot::IS_DELEGATION),
        ..PositiveSlot::EMPTY
    };
    slot.set_ends(ends, new.signature_until, lease_until);
    slot.set_presence(new.origin);
    slot
}

/// Is it an entry of a name?
#[inline]
fn is_of(slot: &PositiveSlot, octets: &[u8], name: &Sought<'_>) -> bool {
    slot.tag == tag(name) && slot.is_of(octets, name)
}

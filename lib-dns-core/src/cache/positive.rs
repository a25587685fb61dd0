//! What was found.

mod claims;
mod places;
mod requery;

use super::arena::Arena;
use super::folded::{Folded, HashKey};
use super::held::{Held, cached};
use super::rank::is_in_bailiwick;
use super::rrset::{Inserted, NewRrset, PositiveSlot, Refusal};
use super::sets::{set_around, set_of, tag};
use super::settings::CacheSettings;
use crate::code_points::Class;
use crate::name::Name;
use crate::policy::negative::{Absence, Contest, NEGATIVE_TTL_MAX, Weighing, weigh};
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

/// What stands at a name and type.
pub(super) enum Standing {
    /// Records that may be served, in this slot.
    Usable(usize, Freshness),
    /// Records that may not be served any more.
    Ended(End),
    Nothing,
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

    /// Finds records of a type, or an alias in their place; it counts as use.
    #[inline]
    pub(super) fn find(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Folded,
        rtype: Type,
    ) -> Standing {
        let slots = self.slots.as_mut();
        let set = set_of(name, slots.len());
        let start = set.start;
        let slots = slots.get_mut(set).unwrap_or_default();
        let (tag, octets) = (tag(name), self.arena.bytes());
        let mut standing = Standing::Nothing;
        for (way, slot) in slots.iter().enumerate() {
            let fits = slot.tag == tag
                && (slot.rtype == rtype || slot.rtype == Type::CNAME)
                && slot.class == name.class
                && slot.name_octets(octets) == name.as_bytes();
            if !fits {
                continue;
            }
            match settings
                .stale
                .judge(now, &slot.bounds(), settings.clock_is_doubtful)
            {
                Freshness::Ended(end) => {
                    if matches!(standing, Standing::Nothing) {
                        standing = Standing::Ended(end);
                    }
                }
                fresh @ Freshness::Fresh => {
                    standing = Standing::Usable(way, fresh);
                    break;
                }
                stale @ Freshness::Stale { .. } => {
                    if !matches!(standing, Standing::Usable(..)) {
                        standing = Standing::Usable(way, stale);
                    }
                }
            }
        }
        if let Standing::Usable(way, freshness) = standing {
            self.tick = self.tick.wrapping_add(1);
            if let Some(slot) = slots.get_mut(way) {
                slot.used = self.tick;
                slot.marks |= PositiveSlot::TOUCHED;
            }
            return Standing::Usable(start.wrapping_add(way), freshness);
        }
        standing
    }

    /// What stands in a slot that [`Self::find`] found.
    #[inline]
    pub(super) fn held<'c>(
        &'c self,
        now: Timestamp,
        settings: &'c CacheSettings,
        index: usize,
        freshness: Freshness,
    ) -> Option<Held<'c>> {
        let slots = self.slots.as_ref();
        let octets = self.arena.bytes();
        let first = cached(slots.get(index)?, octets, now, freshness)?;
        Some(Held {
            first,
            set: slots
                .get(set_around(index, slots.len()))
                .unwrap_or_default(),
            settings,
        })
    }

    /// When the delegations end that lead to `name`, as far as they are held. Records of type DS stand above the cut.
    pub(super) fn lease_until(
        &self,
        key: HashKey,
        name: &Name<'_>,
        class: Class,
        is_above_cut: bool,
    ) -> Timestamp {
        let mut until = Timestamp::MAX;
        let mut at = if is_above_cut {
            name.parent()
        } else {
            Some(*name)
        };
        while let Some(name) = at {
            let folded = Folded::new(key, &name, class);
            let mine = self.matching(&folded);
            let leases = mine.filter(|slot| slot.is(PositiveSlot::IS_DELEGATION));
            until = leases
                .map(|slot| slot.lease_until)
                .fold(until, Timestamp::min);
            at = name.parent();
        }
        until
    }

    /// The entries of a name, of any type.
    fn matching<'s>(&'s self, name: &'s Folded) -> impl Iterator<Item = &'s PositiveSlot> {
        let slots = self.slots.as_ref();
        let set = slots.get(set_of(name, slots.len())).unwrap_or_default();
        let octets = self.arena.bytes();
        set.iter().filter(move |slot| is_of(slot, octets, name))
    }

    /// Puts records in, whose delegation ends at `lease_until`.
    pub(super) fn insert(
        &mut self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Folded,
        new: &NewRrset<'_>,
        lease_until: Timestamp,
    ) -> Inserted {
        if !is_in_bailiwick(&new.name, &new.bailiwick) {
            return Inserted::Refused(Refusal::OutOfBailiwick);
        }
        let mut slot = match slot_for(now, settings, name, new, lease_until) {
            Some(slot) => slot,
            None => return Inserted::Refused(Refusal::NotForCaching),
        };
        let digest: &[u8] = new.owner.map_or(&[], |digest| digest.as_slice());
        let signatures = new.signatures.map_or(&[][..], |rrset| rrset.packed());
        let parts = [name.as_bytes(), digest, new.rrset.packed(), signatures];
        if !self.arena.has_room_for(&parts) {
            return Inserted::Refused(Refusal::TooLong);
        }

        let claims = self.claims(now, settings, name, new.rrset.rtype);
        let (place, contested) = match self.compare(now, &claims, new, &mut slot) {
            Ok(found) => found,
            Err(refusal) => return Inserted::Refused(refusal),
        };
        let others = claims
            .iter()
            .flatten()
            .filter(|claim| Some(**claim) != place)
            .count();
        if others > 0 {
            self.dispute(now, &claims);
            claims::be_disputed(now, &mut slot);
        }
        let place = match place.or_else(|| self.free_slot(now, settings, name, &claims)) {
            Some(place) => place,
            None => return Inserted::Refused(Refusal::TooLong),
        };
        self.drop_ended(now, settings, name, new.rrset.rtype);
        self.write(place, slot, &parts);
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
        name: &Folded,
        rtype: Option<Type>,
        absence: Absence,
    ) -> Remains {
        let slots = self.slots.as_mut();
        let set = set_of(name, slots.len());
        let octets = self.arena.bytes();
        let mut remains = Remains::Nothing;
        for slot in slots.get_mut(set).unwrap_or_default() {
            if !is_of(slot, octets, name) || rtype.is_some_and(|rtype| rtype != slot.rtype) {
                continue;
            }
            if settings.has_ended(now, slot) {
                *slot = PositiveSlot::EMPTY;
                continue;
            }
            match weigh(slot.presence(), absence) {
                Weighing::Removes => *slot = PositiveSlot::EMPTY,
                Weighing::Outdated if remains == Remains::Nothing => remains = Remains::Younger,
                Weighing::Outdated => {}
                Weighing::Contests => {
                    if slot.contest.is_none() {
                        let (contest, expires) = Contest::begin(now, slot.expires);
                        slot.expires = expires;
                        slot.ttl = slot.ttl.min(NEGATIVE_TTL_MAX);
                        slot.contest = Some(contest);
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
            slot.expires = slot.expires.sub_millis(millis);
            if slot.lease_until != Timestamp::MAX {
                slot.lease_until = slot.lease_until.sub_millis(millis);
            }
            slot.contest = slot.contest.map(|contest| contest.set_back(millis));
        }
        self.search.start_over();
    }
}

/// The slot for new records, but for where they stand; `None` if they are not to be cached.
fn slot_for(
    now: Timestamp,
    settings: &CacheSettings,
    name: &Folded,
    new: &NewRrset<'_>,
    lease_until: Timestamp,
) -> Option<PositiveSlot> {
    let ttl = settings.positive_ttl(new.rrset.ttl);
    let mut lease_until = lease_until.min(new.lease_until.unwrap_or(Timestamp::MAX));
    let end = now.add_secs(ttl);
    if new.is_delegation {
        lease_until = lease_until.min(end);
    }
    let until = new.signature_until.unwrap_or(Timestamp::MAX);
    let expires = end.min(lease_until).min(until);
    if expires <= now {
        return None;
    }
    let mark = |is_set: bool, mark| if is_set { mark } else { 0 };
    Some(PositiveSlot {
        expires,
        signature_until: until,
        lease_until,
        signed_at: new.origin.signed_at,
        tag: tag(name),
        data_len: u32::try_from(new.rrset.packed().len()).ok()?,
        signatures_len: match new.signatures {
            Some(rrset) => u32::try_from(rrset.packed().len()).ok()?,
            None => 0,
        },
        ttl,
        version: new.origin.version,
        soft_failures: new.soft_failures,
        rtype: new.rrset.rtype,
        class: name.class,
        name_len: name.as_bytes().len() as u8,
        labels: name.labels,
        rank: new.rank,
        marks: mark(new.signature_until.is_some(), PositiveSlot::IS_SIGNED)
            | mark(new.owner.is_some(), PositiveSlot::HAS_OWNER)
            | mark(new.is_delegation, PositiveSlot::IS_DELEGATION),
        ..PositiveSlot::EMPTY
    })
}

/// Is it an entry of a name?
#[inline]
fn is_of(slot: &PositiveSlot, octets: &[u8], name: &Folded) -> bool {
    slot.tag == tag(name) && slot.class == name.class && slot.name_octets(octets) == name.as_bytes()
}

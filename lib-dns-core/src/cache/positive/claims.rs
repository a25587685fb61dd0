//! Who claims a name, and whose records stay.

use super::{MAX_CLAIMS, Positive, is_of};
use crate::cache::rrset::{NewRrset, OwnerDigest, PositiveSlot, Refusal};
use crate::cache::sets::set_of;
use crate::cache::settings::CacheSettings;
use crate::cache::sought::Sought;
use crate::policy::outcome::SoftFailure;
use crate::rr_data::Type;
use crate::time::Timestamp;

/// The longest TTL of disputed records, in seconds (11.2, case B).
const DISPUTED_TTL: u32 = 60;

impl<P, B> Positive<P, B>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
{
    /// The slots with claims to a name and type that may still be served.
    pub(super) fn claims(
        &self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
        rtype: Type,
    ) -> [Option<usize>; MAX_CLAIMS] {
        let slots = self.slots.as_ref();
        let octets = self.arena.bytes();
        let set = set_of(name, slots.len());
        let mut claims = [None; MAX_CLAIMS];
        let mut free = claims.iter_mut();
        for index in set {
            let Some(slot) = slots.get(index) else { break };
            let mine = is_of(slot, octets, name) && slot.rtype == rtype;
            if mine
                && !settings.has_ended(now, slot)
                && let Some(claim) = free.next()
            {
                *claim = Some(index);
            }
        }
        claims
    }

    /// Do different owners claim a name, whatever the types are that they claim? It stays so for what is left of a dispute.
    pub(super) fn is_disputed(
        &self,
        now: Timestamp,
        settings: &CacheSettings,
        name: &Sought<'_>,
    ) -> bool {
        let octets = self.arena.bytes();
        let live = || {
            let mine = self.matching(*name);
            mine.filter(|slot| !settings.has_ended(now, slot))
        };
        let first = live().find_map(|slot| slot.owner(octets));
        live().any(|slot| {
            slot.soft_failures.contains(SoftFailure::Disputed)
                || is_other_owner(slot.owner(octets), first)
        })
    }

    /// Which claim the new records take the place of, if any, and whether that is contested; or why they are refused.
    pub(super) fn compare(
        &mut self,
        now: Timestamp,
        claims: &[Option<usize>; MAX_CLAIMS],
        new: &NewRrset<'_>,
        slot: &mut PositiveSlot,
    ) -> Result<(Option<usize>, bool), Refusal> {
        let is_disputed = claims.iter().flatten().count() > 1;
        let octets = self.arena.bytes();
        let slots = self.slots.as_mut();
        for index in claims.iter().flatten() {
            let Some(held) = slots.get_mut(*index) else {
                continue;
            };
            let is_proved = slot.is(PositiveSlot::IS_SIGNED) && new.owner.is_some();
            if held.is(PositiveSlot::IS_SIGNED) && is_other_owner(held.owner(octets), new.owner) {
                if !is_proved {
                    return Err(Refusal::NotSigned);
                }
                continue;
            }
            if is_disputed && !is_proved {
                return Err(Refusal::NotSigned);
            }
            let refusal = refuse(now, held, slot);
            if held.is(PositiveSlot::IS_DELEGATION) {
                if new.is_delegation {
                    // Only the parent renews the lease, even where what the child says of itself is kept.
                    held.lease_until = slot.lease_until;
                } else {
                    slot.marks |= PositiveSlot::IS_DELEGATION;
                    slot.lease_until = slot.lease_until.min(held.lease_until);
                    slot.expires = slot.expires.min(held.lease_until);
                }
            }
            return match refusal {
                Some(refusal) => Err(refusal),
                None => Ok((Some(*index), held.contest.is_some())),
            };
        }
        if claims.iter().all(Option::is_some) {
            return Err(Refusal::TooManyClaims);
        }
        Ok((None, false))
    }

    /// All claims are disputed from now on (11.2, case B).
    pub(super) fn dispute(&mut self, now: Timestamp, claims: &[Option<usize>; MAX_CLAIMS]) {
        let slots = self.slots.as_mut();
        for index in claims.iter().flatten() {
            if let Some(slot) = slots.get_mut(*index) {
                be_disputed(now, slot);
            }
        }
    }
}

/// Disputed records live for a minute at most, and say so.
pub(super) fn be_disputed(now: Timestamp, slot: &mut PositiveSlot) {
    slot.expires = slot.expires.min(now.add_secs(DISPUTED_TTL));
    slot.ttl = slot.ttl.min(DISPUTED_TTL);
    slot.soft_failures = slot.soft_failures.with(SoftFailure::Disputed);
}

/// Why records of the same owner are not to be replaced.
fn refuse(now: Timestamp, held: &PositiveSlot, new: &PositiveSlot) -> Option<Refusal> {
    let signed = [held, new].map(|slot| slot.is(PositiveSlot::IS_SIGNED));
    if signed == [true, false] {
        return Some(Refusal::NotSigned);
    }
    let is_better = held.rank > new.rank && signed != [false, true];
    if is_better && now < held.expires {
        return Some(Refusal::LowerRank);
    }
    match (held.version, new.version) {
        (Some(held), Some(new)) if held.is_newer_than(new) => Some(Refusal::OlderVersion),
        _ => None,
    }
}

/// Are both owners known, and different?
fn is_other_owner(held: Option<&OwnerDigest>, new: Option<&OwnerDigest>) -> bool {
    matches!((held, new), (Some(held), Some(new)) if held != new)
}

//! Who claims a name, and whose records stay.

use super::{MAX_CLAIMS, is_of};
use crate::cache::rrset::{NewRrset, OwnerDigest, PositiveSlot, Refusal};
use crate::cache::sets::Ways;
use crate::cache::settings::CacheSettings;
use crate::cache::sought::Sought;
use crate::policy::outcome::SoftFailure;
use crate::time::Timestamp;

/// The longest TTL of disputed records, in seconds (11.2, case B).
const DISPUTED_TTL: u32 = 60;

/// Do different owners claim a name, whatever the types are that they claim? It stays so for what is left of a dispute.
pub(super) fn is_disputed(
    now: Timestamp,
    settings: &CacheSettings,
    set: &[PositiveSlot],
    octets: &[u8],
    name: &Sought<'_>,
) -> bool {
    let mut first = None;
    for slot in set {
        if !is_of(slot, octets, name) || settings.has_ended(now, slot) {
            continue;
        }
        let owner = slot.owner(octets);
        if slot.soft_failures.contains(SoftFailure::Disputed) || is_other_owner(owner, first) {
            return true;
        }
        first = first.or(owner);
    }
    false
}

/// Which claim of a set the new records take the place of, if any, and whether that is contested; or why they are refused.
pub(super) fn compare(
    now: Timestamp,
    claims: Ways,
    set: &mut [PositiveSlot],
    octets: &[u8],
    new: &NewRrset<'_>,
    slot: &mut PositiveSlot,
) -> Result<(Option<usize>, bool), Refusal> {
    let is_disputed = claims.len() > 1;
    let is_proved = slot.is_signed() && new.owner.is_some();
    for (way, held) in claims.of(set) {
        if held.is_signed() && is_other_owner(held.owner(octets), new.owner) {
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
                slot.set_lease(slot.lease_until().min(held.lease_until()));
            }
        }
        return match refusal {
            Some(refusal) => Err(refusal),
            None => Ok((Some(way), held.is_contested())),
        };
    }
    if claims.len() >= MAX_CLAIMS {
        return Err(Refusal::TooManyClaims);
    }
    Ok((None, false))
}

/// Disputed records live for a minute at most, and say so.
pub(super) fn be_disputed(now: Timestamp, slot: &mut PositiveSlot) {
    slot.expire_by(now.add_secs(DISPUTED_TTL));
    slot.soft_failures = slot.soft_failures.with(SoftFailure::Disputed);
}

/// Why records of the same owner are not to be replaced.
fn refuse(now: Timestamp, held: &PositiveSlot, new: &PositiveSlot) -> Option<Refusal> {
    let signed = [held, new].map(|slot| slot.is_signed());
    if signed == [true, false] {
        return Some(Refusal::NotSigned);
    }
    let is_better = held.rank > new.rank && signed != [false, true];
    if is_better && now < held.expires() {
        return Some(Refusal::LowerRank);
    }
    match (held.presence().version, new.presence().version) {
        (Some(held), Some(new)) if held.is_newer_than(new) => Some(Refusal::OlderVersion),
        _ => None,
    }
}

/// Are both owners known, and different?
fn is_other_owner(held: Option<&OwnerDigest>, new: Option<&OwnerDigest>) -> bool {
    matches!((held, new), (Some(held), Some(new)) if held != new)
}

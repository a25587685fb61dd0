//! Who did not find it, and what that counts against what others have found.

use super::resolved::Served;
use crate::policy::conflict::Claim;
use crate::policy::negative::{Absence, NegativeMetadata, Presence};
use crate::policy::outcome::Found;
use crate::time::Timestamp;

/// Somebody's word that it is not there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Denial {
    /// Where the SOA record is that says so.
    pub served: Served,
    /// What is missing: the name, or the type.
    pub found: Found,
    /// What it is founded on.
    pub absence: Absence,
    /// Who says so, where, and after asking how many of the zone's holders (12.2, rule 4).
    pub metadata: NegativeMetadata,
}

impl Denial {
    /// Is it better founded than another one? Proof is better than opinion, of proofs the newer, of opinions the one that the
    /// name is there: that is evidence.
    pub(super) fn outweighs(&self, other: &Self) -> bool {
        match (self.absence, other.absence) {
            (Absence::Opinion, Absence::Opinion) => {
                (self.found, other.found) == (Found::NoData, Found::NoName)
            }
            (Absence::Denied { version }, Absence::Denied { version: known }) => {
                version.is_newer_than(known)
            }
            (Absence::Deleted { at }, Absence::Deleted { at: known }) => at > known,
            (one, known) => strength(one) > strength(known),
        }
    }
}

fn strength(absence: Absence) -> u8 {
    match absence {
        Absence::Opinion => 0,
        Absence::Denied { .. } => 1,
        Absence::Deleted { .. } => 2,
        Absence::Revoked => 3,
    }
}

/// What a claim is to absence.
pub(super) fn presence_of(claim: &Claim) -> Presence {
    Presence {
        version: Some(claim.serial),
        signed_at: claim
            .signature
            .map(|times| Timestamp::from_secs(times.signed.into())),
    }
}

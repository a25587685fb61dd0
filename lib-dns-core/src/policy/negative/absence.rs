//! What the absence of a name or type is founded on, and what that may do.

use crate::time::Timestamp;
use crate::zone::Serial;

/// What stands behind "not found".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Absence {
    /// A node did not find it. That is an opinion (12.1), whoever the node is.
    Opinion,
    /// The zone's own NSEC or NSEC3 records deny it, and their signatures hold.
    Denied {
        /// The version of the zone that they belong to.
        version: Serial,
    },
    /// The owner signed that it is gone.
    Deleted {
        /// When, by the owner's UNIX clock.
        at: Timestamp,
    },
    /// The zone was revoked, and that is signed (11.3).
    Revoked,
}

impl Absence {
    /// Is it founded on a signature?
    pub fn is_signed(self) -> bool {
        self != Self::Opinion
    }

    /// Does NXDOMAIN for a name deny what is below it, too (RFC 8020)? Only what is signed does, and what is
    /// said inside a zone of Class A (16.1), which nobody beyond this partition has a say in; everywhere else
    /// the names below may well be known to others.
    ///
    /// The cut holds for one version of the zone, and for at most
    /// [`NEGATIVE_TTL_MAX`](super::NEGATIVE_TTL_MAX) seconds.
    pub fn cuts_below(self, in_class_a_zone: bool) -> bool {
        in_class_a_zone || self.is_signed()
    }

    /// May other negative answers be made from it (RFC 8198)? Only from a denial that is validated, for the
    /// version of the zone that it belongs to.
    pub fn may_synthesise(self, of_version: Serial) -> bool {
        self == Self::Denied {
            version: of_version,
        }
    }

    /// Does it stay when all negative answers are flushed (12.2, rule 3)? New nodes may know what others did
    /// not find. They cannot undo a revocation, which is the one NXDOMAIN that holds beyond the present view.
    pub fn outlives_flush(self) -> bool {
        self == Self::Revoked
    }
}

/// What is known of records that are held.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Presence {
    /// The version of the zone that they came from.
    pub version: Option<Serial>,
    /// When their owner signed them, by the owner's UNIX clock.
    pub signed_at: Option<Timestamp>,
}

/// What absence does to presence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Weighing {
    /// The records go: it is proved that they are gone.
    Removes,
    /// The records stay, and are contested from now on (12.2, rule 5).
    Contests,
    /// The records stay as they are: they are younger than what speaks against them.
    Outdated,
}

/// "Absence never overwrites presence: presence is evidence, absence is opinion" (12.2, rule 5), but presence
/// yields to proof: a deletion that the owner signed later than the records, a revocation, or a validated denial
/// of a strictly newer version of the zone.
///
/// ```
/// use lib_dns_core::policy::negative::{Absence, Presence, Weighing, weigh};
/// use lib_dns_core::zone::Serial;
/// let held = Presence { version: Some(Serial(7)), signed_at: None };
/// assert_eq!(weigh(held, Absence::Opinion), Weighing::Contests);
/// assert_eq!(weigh(held, Absence::Denied { version: Serial(8) }), Weighing::Removes);
/// ```
pub fn weigh(held: Presence, absence: Absence) -> Weighing {
    match absence {
        Absence::Opinion => Weighing::Contests,
        Absence::Revoked => Weighing::Removes,
        Absence::Denied { version } => match held.version {
            Some(held) if version.is_newer_than(held) => Weighing::Removes,
            Some(held) if held.is_newer_than(version) => Weighing::Outdated,
            // One version that says both is a fork; versions that do not compare prove nothing.
            _ => Weighing::Contests,
        },
        Absence::Deleted { at } => match held.signed_at {
            Some(signed) if signed >= at => Weighing::Outdated,
            _ => Weighing::Removes,
        },
    }
}

/// The same where the absence is not of the claim's own owner, or may be of another: different owners claim the name, or the
/// deletion is known to be signed by somebody else. One owner has no say in what others claim (11.2, case B), so a deletion is
/// an opinion there. What the zone or its operator proves counts against all of them.
pub fn weigh_of_another_owner(held: Presence, absence: Absence) -> Weighing {
    match absence {
        Absence::Deleted { .. } => Weighing::Contests,
        absence => weigh(held, absence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: [u32; 6] = [0, 1, 7, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

    fn presences() -> impl Iterator<Item = Presence> {
        let versions = VERSIONS.map(|version| Some(Serial(version))).into_iter();
        versions.chain([None]).flat_map(|version| {
            [None, Some(Timestamp::ZERO), Some(Timestamp::MAX)]
                .map(|signed_at| Presence { version, signed_at })
        })
    }

    #[test]
    fn rule_12_2_5_an_opinion_removes_nothing() {
        for held in presences() {
            assert_eq!(weigh(held, Absence::Opinion), Weighing::Contests);
        }
    }

    #[test]
    fn rule_12_2_5_a_denial_removes_only_what_is_strictly_older() {
        for held in presences() {
            for version in VERSIONS.map(Serial) {
                let removes = weigh(held, Absence::Denied { version }) == Weighing::Removes;
                assert_eq!(removes, held.version.is_some_and(|held| version > held));
            }
        }
        let held = Presence {
            version: Some(Serial(8)),
            signed_at: None,
        };
        let older = Absence::Denied { version: Serial(7) };
        assert_eq!(weigh(held, older), Weighing::Outdated);
        let same = Absence::Denied { version: Serial(8) };
        assert_eq!(weigh(held, same), Weighing::Contests);
        assert_eq!(weigh(Presence::default(), same), Weighing::Contests);
    }

    #[test]
    fn rule_12_2_5_a_deletion_removes_what_was_signed_before_it() {
        let at = Absence::Deleted {
            at: Timestamp::from_secs(5),
        };
        let signed = |seconds: Option<u64>| Presence {
            version: None,
            signed_at: seconds.map(Timestamp::from_secs),
        };
        assert_eq!(weigh(signed(Some(4)), at), Weighing::Removes);
        assert_eq!(weigh(signed(Some(5)), at), Weighing::Outdated);
        assert_eq!(weigh(signed(Some(6)), at), Weighing::Outdated);
        assert_eq!(weigh(signed(None), at), Weighing::Removes);
    }

    #[test]
    fn rule_11_2_b_a_deletion_removes_nothing_of_another_owner() {
        for held in presences() {
            for at in [Timestamp::ZERO, Timestamp::MAX] {
                let deleted = Absence::Deleted { at };
                assert_eq!(weigh_of_another_owner(held, deleted), Weighing::Contests);
            }
            let denied = VERSIONS.map(|version| Absence::Denied {
                version: Serial(version),
            });
            for absence in [Absence::Opinion, Absence::Revoked]
                .into_iter()
                .chain(denied)
            {
                let weighed = weigh_of_another_owner(held, absence);
                assert_eq!(weighed, weigh(held, absence));
            }
        }
    }

    #[test]
    fn rule_11_3_a_revocation_removes_everything() {
        for held in presences() {
            assert_eq!(weigh(held, Absence::Revoked), Weighing::Removes);
        }
    }

    #[test]
    fn rfc_8020_cuts_only_in_class_a_or_when_signed() {
        let denied = Absence::Denied { version: Serial(1) };
        assert!(!Absence::Opinion.cuts_below(false));
        assert!(Absence::Opinion.cuts_below(true));
        assert!(denied.cuts_below(false));
        assert!(Absence::Revoked.cuts_below(false));
    }

    #[test]
    fn rfc_8198_synthesis_only_within_one_version() {
        let denied = Absence::Denied { version: Serial(1) };
        assert!(denied.may_synthesise(Serial(1)));
        assert!(!denied.may_synthesise(Serial(2)));
        assert!(!Absence::Opinion.may_synthesise(Serial(1)));
        assert!(!Absence::Revoked.may_synthesise(Serial(1)));
    }
}

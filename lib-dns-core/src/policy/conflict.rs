//! Which of two authoritative answers to believe (ZDNS architecture 11.1, 11.2).
//!
//! [`decide`] is rules 1 to 5, in their order; it says which rule decided. [`settle`] is what becomes of two answers
//! that differ, with the rules applied where they may be: between answers of one owner.
//!
//! Rules 3 and 4 look at what only this node sees. So they choose whom to believe for this answer, and never what is
//! stored: replicas [`merge`](super::merge) without them.
//!
//! # What the rules leave open
//!
//! - **Serials half the circle apart** (a difference of exactly 2^31) are neither newer nor older in RFC 1982 3.2. Here the
//!   larger number wins: whoever is asked, and in whichever order, says the same.
//! - **Serials in a ring**: of three serials each may be newer than the next. [`choose`] then takes the largest number.
//! - **The skew of 60 seconds** widens the window in which a timestamp counts. It does not make two timestamps equal that
//!   are less than that apart: then the outcome would depend on the order in which answers are compared.
//! - **A timestamp outside its window** counts as none: it loses against one that counts, and ties with none.

use super::{NodeId, OwnerId, ResolutionFlags};
use crate::crypto::Verdict;
use crate::zone::Serial;
use core::cmp::Ordering;

/// To what TTL, in seconds, the records of a disputed name are cut (11.2, case B).
pub const DISPUTED_TTL: u32 = 60;

/// What can be set about conflicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConflictSettings {
    /// By how many seconds the clocks of signers may differ from ours (rule 2).
    pub clock_skew: u32,
}

impl Default for ConflictSettings {
    /// 60 seconds (11.1, rule 2).
    fn default() -> Self {
        Self { clock_skew: 60 }
    }
}

/// The times of an owner's signature (PQS): seconds since 1970 modulo 2^32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SignatureTimes {
    /// When it was made, which is also when its validity begins.
    pub signed: u32,
    /// When its validity ends.
    pub expires: u32,
}

impl SignatureTimes {
    /// Is the timestamp within the validity window, at a UNIX time in seconds modulo 2^32, with so many seconds of
    /// skew (11.1, rule 2)?
    ///
    /// ```
    /// use lib_dns_core::policy::conflict::SignatureTimes;
    /// let times = SignatureTimes { signed: 1_000, expires: 2_000 };
    /// assert!(times.count_at(940, 60) && times.count_at(2_060, 60));
    /// assert!(!times.count_at(939, 60) && !times.count_at(2_061, 60));
    /// ```
    pub fn count_at(self, now: u32, skew: u32) -> bool {
        let skew = i64::from(skew);
        seconds_after(self.signed, self.expires) >= 0
            && seconds_after(self.signed, now) >= skew.saturating_neg()
            && seconds_after(now, self.expires) >= skew.saturating_neg()
    }
}

/// How many seconds `b` comes after `a`, the shorter way round the circle of 2^32.
fn seconds_after(a: u32, b: u32) -> i64 {
    i64::from(b.wrapping_sub(a).cast_signed())
}

/// What an authoritative node says about itself and its data, as the rules see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Claim {
    /// The serial of its zone (rule 1).
    pub serial: Serial,
    /// The owner's signature, if there is one (rule 2).
    pub signature: Option<SignatureTimes>,
    /// How long this query took, in milliseconds (rule 3).
    pub latency: u32,
    /// What the control plane thinks of the node; more is better (rule 4).
    pub reputation: u16,
    /// The node (rule 5).
    pub node: NodeId,
}

/// What decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rule {
    /// Rule 1: the higher SOA serial wins (RFC 1982).
    Serial,
    /// Rule 2: the more recent signature timestamp wins.
    Timestamp,
    /// Rule 3: the quicker source wins.
    Latency,
    /// Rule 4: the node of higher reputation wins.
    Reputation,
    /// Rule 5: the lower node id wins.
    NodeId,
    /// Past rule 5: one node said two things in one breath. The lower digest wins.
    Digest,
}

/// One of two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Side {
    /// The first argument.
    First,
    /// The second argument.
    Second,
}

/// Who wins, and by which rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decision {
    /// Who wins.
    pub winner: Side,
    /// The first rule that told them apart.
    pub rule: Rule,
}

/// Decides between two claims by rules 1 to 5 of 11.1, at a UNIX time in seconds modulo 2^32. `None` if no rule tells
/// them apart: it is the same node, and it says the same of itself.
///
/// ```
/// use lib_dns_core::policy::NodeId;
/// use lib_dns_core::policy::conflict::{Claim, ConflictSettings, Rule, Side, decide};
/// use lib_dns_core::zone::Serial;
/// let near = Claim {
///     serial: Serial(7),
///     signature: None,
///     latency: 12,
///     reputation: 50,
///     node: NodeId([1; 32]),
/// };
/// let far = Claim { latency: 80, node: NodeId([2; 32]), ..near };
/// let newer = Claim { serial: Serial(8), ..far };
/// let settings = ConflictSettings::default();
/// let decision = decide(&near, &far, 0, settings).unwrap();
/// assert_eq!((decision.winner, decision.rule), (Side::First, Rule::Latency));
/// let decision = decide(&near, &newer, 0, settings).unwrap();
/// assert_eq!((decision.winner, decision.rule), (Side::Second, Rule::Serial));
/// ```
pub fn decide(
    first: &Claim,
    second: &Claim,
    now: u32,
    settings: ConflictSettings,
) -> Option<Decision> {
    let serials = serial_order(first.serial, second.serial);
    decide_from(serials, first, second, now, settings)
}

/// Chooses among any number of claims; the outcome does not depend on their order. The work grows with the square of
/// their number, so the caller bounds that. Gives the place of the winner; `None` if there are no claims.
pub fn choose(claims: &[Claim], now: u32, settings: ConflictSettings) -> Option<usize> {
    let unbeaten = |beats: fn(Serial, Serial) -> Ordering| {
        claims.iter().position(|claim| {
            claims.iter().all(|other| {
                let serials = beats(claim.serial, other.serial);
                let decision = decide_from(serials, claim, other, now, settings);
                decision.is_none_or(|decision| decision.winner == Side::First)
            })
        })
    };
    // In a ring of serials everybody is beaten by somebody.
    unbeaten(serial_order).or_else(|| unbeaten(|a, b| a.0.cmp(&b.0)))
}

/// Which serial is newer (RFC 1982), the larger number where that is undefined.
pub fn serial_order(a: Serial, b: Serial) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.0.cmp(&b.0))
}

#[inline]
fn decide_from(
    serials: Ordering,
    first: &Claim,
    second: &Claim,
    now: u32,
    settings: ConflictSettings,
) -> Option<Decision> {
    let by = |order: Ordering, rule| match order {
        Ordering::Equal => None,
        Ordering::Greater => Some(Decision {
            winner: Side::First,
            rule,
        }),
        Ordering::Less => Some(Decision {
            winner: Side::Second,
            rule,
        }),
    };
    // What counts lies within half the circle around now, so these compare as plain numbers.
    let timestamp = |claim: &Claim| {
        let times = claim.signature?;
        let counts = times.count_at(now, settings.clock_skew);
        counts.then(|| seconds_after(now, times.signed))
    };
    by(serials, Rule::Serial)
        .or_else(|| by(timestamp(first).cmp(&timestamp(second)), Rule::Timestamp))
        .or_else(|| by(second.latency.cmp(&first.latency), Rule::Latency))
        .or_else(|| by(first.reputation.cmp(&second.reputation), Rule::Reputation))
        .or_else(|| by(second.node.cmp(&first.node), Rule::NodeId))
}

/// An answer that was verified, beside another one for the same name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contender {
    /// What the rules look at.
    pub claim: Claim,
    /// Whose it is.
    pub owner: OwnerId,
    /// What came of verifying signature and ownership: the worse of both.
    pub verdict: Verdict,
    /// SHA-256 of the data in canonical form: what differs.
    pub digest: [u8; 32],
}

/// Which case of 11.2 two answers are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Case {
    /// No conflict: both are valid, of one owner, and say the same.
    Agreement,
    /// Case A: one owner, different data.
    UpdateRace,
    /// Case B: different owners claim the name.
    Dispute,
    /// Case C: only one is valid.
    OneValid,
    /// Neither is valid: nothing can be served of them (11.3).
    NoneValid,
}

/// What becomes of one answer. Whatever is not served is told with its reason, to be logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fate {
    /// It is kept and served.
    Served,
    /// It is valid, but the same owner's other answer wins by this rule. The next sync overwrites it.
    Superseded(Rule),
    /// It does not verify: discard it, log it, and take reputation from its source.
    Invalid,
    /// It cannot be verified here. Discard it and log it; its source is not to blame.
    Unverifiable,
    /// It is valid, but a signature says that it is gone: its zone is revoked, its owner has deleted it, or a newer version of
    /// the zone denies it. [`settle`] never says this: it takes an absence.
    Gone,
    /// It is an alias, and valid, but leads further than the work of one question goes. [`settle`] never says this either.
    Unfollowed,
}

impl Fate {
    /// Does it cost the source reputation (11.2, case C)?
    pub fn costs_reputation(self) -> bool {
        self == Self::Invalid
    }
}

/// What becomes of two answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an answer that is not served must be told of"]
pub struct Settlement {
    /// Which case they are.
    pub case: Case,
    /// What becomes of the first.
    pub first: Fate,
    /// What becomes of the second.
    pub second: Fate,
}

impl Settlement {
    /// What the answer must be marked with: contested in a dispute.
    pub fn flags(&self) -> ResolutionFlags {
        match self.case {
            Case::Dispute => ResolutionFlags::CONTESTED,
            _ => ResolutionFlags::NONE,
        }
    }

    /// The TTL to serve and cache with: at most [`DISPUTED_TTL`] in a dispute.
    pub fn ttl(&self, original: u32) -> u32 {
        match self.case {
            Case::Dispute => original.min(DISPUTED_TTL),
            _ => original,
        }
    }
}

/// Settles two answers for one name by 11.2. Valid data is never dropped without a word: of two owners both are served,
/// and of one owner the loser is named with the rule.
///
/// ```
/// use lib_dns_core::crypto::Verdict;
/// use lib_dns_core::policy::conflict::{Case, Claim, ConflictSettings, Contender, Fate, settle};
/// use lib_dns_core::policy::{NodeId, OwnerId, ResolutionFlags};
/// use lib_dns_core::zone::Serial;
/// let alice = Contender {
///     claim: Claim {
///         serial: Serial(7),
///         signature: None,
///         latency: 12,
///         reputation: 50,
///         node: NodeId([1; 32]),
///     },
///     owner: OwnerId([1; 32]),
///     verdict: Verdict::Valid,
///     digest: [1; 32],
/// };
/// let other = Contender { owner: OwnerId([2; 32]), digest: [2; 32], ..alice };
/// let settled = settle(&alice, &other, 0, ConflictSettings::default());
/// assert_eq!((settled.first, settled.second), (Fate::Served, Fate::Served));
/// assert_eq!(settled.flags(), ResolutionFlags::CONTESTED);
/// assert_eq!(settled.ttl(3600), 60);
/// ```
pub fn settle(
    first: &Contender,
    second: &Contender,
    now: u32,
    settings: ConflictSettings,
) -> Settlement {
    let settled = |case, first, second| Settlement {
        case,
        first,
        second,
    };
    match (refused(first), refused(second)) {
        (None, None) => {}
        (None, Some(fate)) => return settled(Case::OneValid, Fate::Served, fate),
        (Some(fate), None) => return settled(Case::OneValid, fate, Fate::Served),
        (Some(first), Some(second)) => return settled(Case::NoneValid, first, second),
    }
    if first.owner != second.owner {
        return settled(Case::Dispute, Fate::Served, Fate::Served);
    }
    let digests = first.digest.cmp(&second.digest);
    let decision = decide(&first.claim, &second.claim, now, settings);
    let (winner, rule) = match (digests, decision) {
        (Ordering::Equal, _) => return settled(Case::Agreement, Fate::Served, Fate::Served),
        (_, Some(decision)) => (decision.winner, decision.rule),
        (Ordering::Less, None) => (Side::First, Rule::Digest),
        (Ordering::Greater, None) => (Side::Second, Rule::Digest),
    };
    match winner {
        Side::First => settled(Case::UpdateRace, Fate::Served, Fate::Superseded(rule)),
        Side::Second => settled(Case::UpdateRace, Fate::Superseded(rule), Fate::Served),
    }
}

/// Why an answer cannot be served, if it cannot.
fn refused(contender: &Contender) -> Option<Fate> {
    match contender.verdict {
        Verdict::Valid => None,
        Verdict::Invalid => Some(Fate::Invalid),
        Verdict::Unverifiable => Some(Fate::Unverifiable),
    }
}

#[cfg(test)]
mod tests;

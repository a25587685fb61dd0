//! RRsets on their way into the cache and out of it.

use super::arena;
use super::rank::Rank;
use super::sought::Sought;
use crate::code_points::Class;
use crate::name::Name;
use crate::policy::negative::{Contest, Presence};
use crate::policy::outcome::{SoftFailure, SoftFailures};
use crate::policy::stale::{Bounds, STALE_TTL};
use crate::rr_data::Type;
use crate::time::Timestamp;
use crate::zone::{RrSet, Serial};

/// The digest of a key by which the owners of a name are told apart.
pub type OwnerDigest = [u8; 32];

/// An RRset for the cache, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct NewRrset<'a> {
    /// Whose records they are.
    pub name: Name<'a>,
    /// Their class.
    pub class: Class,
    /// The records, their type and TTL.
    pub rrset: RrSet<'a>,
    /// The RRSIG records that cover them, and the owner's PQS records if they are kept along.
    pub signatures: Option<RrSet<'a>>,
    /// How trustworthy they are by where they came from.
    pub rank: Rank,
    /// The zone that the server which gave them answers for: what is not in it is refused.
    pub bailiwick: Name<'a>,
    /// When the signature that was validated expires, by the cache's clock; `None` if nothing was validated.
    pub signature_until: Option<Timestamp>,
    /// Who owns the name, if an ownership proof was validated.
    pub owner: Option<&'a OwnerDigest>,
    /// The version of the zone that they came from, and when their owner signed them.
    pub origin: Presence,
    /// Is it a delegation, given by the parent: NS records of a referral? Its TTL is then a lease that bounds all
    /// that is learned below it.
    pub is_delegation: bool,
    /// When the delegation that led to the server ends, if the caller knows one; the cache also looks for the
    /// delegations that it holds.
    pub lease_until: Option<Timestamp>,
    /// What is to be said with them whenever they are served: a weak algorithm, trust on first use, another mesh.
    pub soft_failures: SoftFailures,
}

impl<'a> NewRrset<'a> {
    /// Records of class IN, without proof of anything.
    pub fn new(name: Name<'a>, rrset: RrSet<'a>, rank: Rank, bailiwick: Name<'a>) -> Self {
        Self {
            name,
            class: Class::IN,
            rrset,
            signatures: None,
            rank,
            bailiwick,
            signature_until: None,
            owner: None,
            origin: Presence::default(),
            is_delegation: false,
            lease_until: None,
            soft_failures: SoftFailures::NONE,
        }
    }
}

/// What became of an RRset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Inserted {
    /// It is kept. What it replaced, if anything, is gone.
    Kept,
    /// It is kept, and ends the doubt about what it replaced: presence is evidence (12.2, rule 5).
    Confirmed,
    /// It is kept beside what others claim (11.2, case B): so many answers stand there now, with a TTL of at most a
    /// minute.
    Disputed {
        /// All answers.
        claims: u8,
    },
    /// It is not kept.
    Refused(Refusal),
}

/// Why an RRset is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// Its owner is not in the zone that the server answers for.
    OutOfBailiwick,
    /// Its TTL is 0 (which a TTL with the highest bit set counts as, RFC 2181 8), or its signature or the
    /// delegation ends at once: it serves for the question that it answers, and no other.
    NotForCaching,
    /// What is held is better by RFC 2181 5.4.1.
    LowerRank,
    /// What is held has a valid signature (11.2, case C).
    NotSigned,
    /// What is held comes from a newer version of the zone (11.1, rule 1).
    OlderVersion,
    /// The name has as many claims as are kept.
    TooManyClaims,
    /// It is longer than all the octets that were lent.
    TooLong,
}

/// A slot of the positive cache.
#[derive(Clone, Copy, Debug)]
pub struct PositiveSlot {
    /// Not after its signature; `None` where nothing stands.
    pub(super) expires: Option<Timestamp>,
    pub(super) signature_until: Option<Timestamp>,
    /// `None` where nothing stands.
    pub(super) lease_until: Option<Timestamp>,
    pub(super) signed_at: Option<Timestamp>,
    /// Of a contest, and `asked` too.
    pub(super) ask_at: Option<Timestamp>,
    /// 0 where nothing stands.
    pub(super) tag: u32,
    pub(super) used: u32,
    /// Where name, owner, data and signatures stand.
    pub(super) at: u32,
    pub(super) data_len: u32,
    pub(super) signatures_len: u32,
    /// With [`Self::HAS_VERSION`].
    pub(super) version: Serial,
    pub(super) soft_failures: SoftFailures,
    pub(super) rtype: Type,
    pub(super) class: Class,
    pub(super) name_len: u8,
    pub(super) labels: u8,
    pub(super) rank: Rank,
    pub(super) marks: u8,
    pub(super) asked: u8,
}

impl PositiveSlot {
    /// Nothing stands there. All zeros, so that flash does not hold what RAM begins with.
    pub const EMPTY: Self = Self {
        expires: None,
        signature_until: None,
        lease_until: None,
        signed_at: None,
        ask_at: None,
        tag: 0,
        used: 0,
        at: 0,
        data_len: 0,
        signatures_len: 0,
        version: Serial(0),
        soft_failures: SoftFailures::NONE,
        rtype: Type(0),
        class: Class(0),
        name_len: 0,
        labels: 0,
        rank: Rank::Additional,
        marks: 0,
        asked: 0,
    };

    pub(super) const HAS_OWNER: u8 = 1;
    pub(super) const IS_DELEGATION: u8 = 2;
    /// Used since its octets were written.
    pub(super) const TOUCHED: u8 = 4;
    const HAS_VERSION: u8 = 8;

    #[inline]
    pub(super) fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// What [`StaleLimits::judge`](crate::policy::stale::StaleLimits::judge) calls fresh.
    #[inline]
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let is_before = |end: Option<Timestamp>| end.is_some_and(|end| now < end);
        is_before(self.expires) && is_before(self.lease_until)
    }

    /// Used at a tick.
    #[inline]
    pub(super) fn be_used(&mut self, tick: u32) {
        self.used = tick;
        self.marks |= Self::TOUCHED;
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            expires: self.expires(),
            signature_until: self.signature_until,
            lease_until: self.lease_until(),
            contested: self.is_contested(),
        }
    }

    pub(super) fn presence(&self) -> Presence {
        Presence {
            version: self.is(Self::HAS_VERSION).then_some(self.version),
            signed_at: self.signed_at,
        }
    }

    pub(super) fn set_presence(&mut self, presence: Presence) {
        if let Some(version) = presence.version {
            self.version = version;
            self.marks |= Self::HAS_VERSION;
        }
        self.signed_at = presence.signed_at;
    }

    /// Did somebody not find it?
    pub(super) fn is_contested(&self) -> bool {
        self.ask_at.is_some()
    }

    pub(super) fn contest(&self) -> Option<Contest> {
        Some(Contest::of_parts(self.ask_at?, self.asked))
    }

    pub(super) fn set_contest(&mut self, contest: Contest) {
        let (ask_at, asked) = contest.parts();
        (self.ask_at, self.asked) = (Some(ask_at), asked);
    }

    pub(super) fn is_signed(&self) -> bool {
        self.signature_until.is_some()
    }

    pub(super) fn expires(&self) -> Timestamp {
        self.expires.unwrap_or(Timestamp::ZERO)
    }

    pub(super) fn expire_by(&mut self, end: Timestamp) {
        self.expires = Some(self.expires().min(end));
    }

    /// When the delegation that leads to it ends.
    pub(super) fn lease_until(&self) -> Timestamp {
        self.lease_until.unwrap_or(Timestamp::MAX)
    }

    pub(super) fn set_lease(&mut self, until: Timestamp) {
        self.lease_until = Some(until);
        self.expire_by(until);
    }

    /// When its TTL, its signature and the delegation end.
    pub(super) fn set_ends(
        &mut self,
        ttl: Timestamp,
        signature: Option<Timestamp>,
        lease: Timestamp,
    ) {
        self.signature_until = signature;
        self.expires = Some(ttl.min(signature.unwrap_or(Timestamp::MAX)));
        self.set_lease(lease);
    }

    /// The clock was set back by so many milliseconds: all ends as much earlier.
    pub(super) fn set_back(&mut self, millis: u64) {
        let earlier = |time: Timestamp| match time {
            Timestamp::MAX => time,
            time => time.sub_millis(millis),
        };
        self.expires = self.expires.map(earlier);
        self.lease_until = self.lease_until.map(earlier);
        if let Some(contest) = self.contest() {
            self.set_contest(contest.set_back(millis));
        }
    }

    /// Octets of the owner's digest.
    fn owner_len(&self) -> usize {
        if self.is(Self::HAS_OWNER) {
            size_of::<OwnerDigest>()
        } else {
            0
        }
    }

    #[inline]
    pub(super) fn name_octets<'c>(&self, octets: &'c [u8]) -> &'c [u8] {
        arena::view(octets, self.at, 0, usize::from(self.name_len))
    }

    /// Does the name that is sought stand there?
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn is_of(&self, octets: &[u8], name: &Sought<'_>) -> bool {
        self.class == name.class
            && arena::find(octets, self.at, 0, usize::from(self.name_len))
                .is_some_and(|stored| name.is(stored))
    }

    pub(super) fn name<'c>(&self, octets: &'c [u8]) -> Name<'c> {
        Name::flat(self.name_octets(octets), self.labels).unwrap_or(Name::ROOT)
    }

    pub(super) fn owner<'c>(&self, octets: &'c [u8]) -> Option<&'c OwnerDigest> {
        let digest = arena::view(
            octets,
            self.at,
            usize::from(self.name_len),
            self.owner_len(),
        );
        digest.try_into().ok()
    }
}

/// An RRset in the cache.
#[derive(Clone, Copy, Debug)]
pub struct CachedRrset<'c> {
    pub(super) slot: &'c PositiveSlot,
    pub(super) octets: &'c [u8],
    pub(super) now: Timestamp,
    pub(super) is_stale: bool,
    pub(super) time_uncertain: bool,
}

impl<'c> CachedRrset<'c> {
    #[inline]
    pub(super) fn fresh(slot: &'c PositiveSlot, octets: &'c [u8], now: Timestamp) -> Self {
        Self {
            slot,
            octets,
            now,
            is_stale: false,
            time_uncertain: false,
        }
    }

    /// The type: what was asked for, or CNAME.
    pub fn rtype(&self) -> Type {
        self.slot.rtype
    }

    /// Its owner in lower case.
    pub fn name(&self) -> Name<'c> {
        self.slot.name(self.octets)
    }

    /// The TTL to serve it with, in seconds: what is left of its own, or [`STALE_TTL`] if it is stale, and no more than
    /// is left of the delegation.
    pub fn ttl(&self) -> u32 {
        if self.is_stale {
            return self.slot.lease_until().secs_since(self.now).min(STALE_TTL);
        }
        self.slot.expires().secs_since(self.now)
    }

    /// The records, with the TTL of [`Self::ttl`].
    pub fn rrset(&self) -> RrSet<'c> {
        let from = usize::from(self.slot.name_len).wrapping_add(self.slot.owner_len());
        let packed = arena::view(self.octets, self.slot.at, from, self.slot.data_len as usize);
        RrSet::new(self.slot.rtype, self.ttl(), packed)
    }

    /// The RRSIG records that cover them, if they came along.
    pub fn signatures(&self) -> Option<RrSet<'c>> {
        let from = usize::from(self.slot.name_len)
            .wrapping_add(self.slot.owner_len())
            .wrapping_add(self.slot.data_len as usize);
        let len = self.slot.signatures_len as usize;
        let packed = arena::view(self.octets, self.slot.at, from, len);
        (len > 0).then(|| RrSet::new(Type::RRSIG, self.ttl(), packed))
    }

    /// Was a signature over it validated when it was cached?
    pub fn is_signed(&self) -> bool {
        self.slot.is_signed()
    }

    /// Who owns the name, if that was proved.
    pub fn owner(&self) -> Option<&'c OwnerDigest> {
        self.slot.owner(self.octets)
    }

    /// Where it came from.
    pub fn rank(&self) -> Rank {
        self.slot.rank
    }

    /// The version of the zone that it came from, and when its owner signed it.
    pub fn origin(&self) -> Presence {
        self.slot.presence()
    }

    /// Has its TTL ended?
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Did somebody not find it?
    pub fn is_contested(&self) -> bool {
        self.slot.is_contested()
    }

    /// Do different owners claim the name (11.2, case B)?
    pub fn is_disputed(&self) -> bool {
        self.slot.soft_failures.contains(SoftFailure::Disputed)
    }

    /// When the delegation that leads to it ends; [`Timestamp::MAX`] if the cache knows none.
    pub fn lease_until(&self) -> Timestamp {
        self.slot.lease_until()
    }

    /// What is to be said with it, for [`Outcome::of`](crate::policy::outcome::Outcome::of).
    pub fn soft_failures(&self) -> SoftFailures {
        let mut met = self.slot.soft_failures;
        if self.is_stale {
            met = met.with(SoftFailure::StaleData);
        }
        if self.time_uncertain {
            met = met.with(SoftFailure::ExpiredByDoubtfulClock);
        }
        if self.is_contested() {
            met = met.with(SoftFailure::Contested);
        }
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::stale::{Freshness, StaleLimits};

    /// Whatever ends first, and in whatever order.
    #[test]
    fn what_a_slot_calls_fresh_is_what_the_rules_call_fresh() {
        let limits = StaleLimits::default();
        let times = [10, 20, 30].map(Timestamp::from_secs);
        for expires in times {
            for lease_until in [times[0], times[1], Timestamp::MAX] {
                for signature in [None, Some(times[0]), Some(times[2])] {
                    let mut slot = PositiveSlot::EMPTY;
                    slot.set_ends(expires, signature, lease_until);
                    for now in [9, 10, 11, 20, 29, 30].map(Timestamp::from_secs) {
                        let judged = limits.judge(now, &slot.bounds(), false);
                        assert_eq!(slot.is_fresh(now), judged == Freshness::Fresh);
                    }
                }
            }
        }
    }
}

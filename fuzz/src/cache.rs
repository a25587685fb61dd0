//! Random lists of operations on a cache, beside a naive model of it.
//!
//! The model keeps everything in lists, asks the same rules of `policy`, and has no capacity. A large cache must answer as the
//! model does, to the last claim and TTL. A small one may have forgotten, but must never say what the model does not.

use super::operations::Octets;
use lib_dns_core::cache::{
    Cache, CacheSettings, Denied, HashKey, Inserted, Lookup, Missing, NegativeSlot, NewDenial,
    NewProof, NewRrset, PositiveSlot, ProofRefusal, ProofSlot, Proofs, Proved, Rank, Refusal,
    Source, Storage, WitnessSlot,
};
use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::write_nsec;
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::{
    Absence, AuthorityCoverage, Contest, FailureTtl, NegativeMetadata, NegativeTtl, Presence,
    Weighing, weigh,
};
use lib_dns_core::policy::stale::{Bounds, Freshness, STALE_TTL};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::{RrSet, Serial};
use std::collections::{BTreeMap, BTreeSet};

type Tested = Cache<
    Vec<PositiveSlot>,
    Vec<u8>,
    Vec<NegativeSlot<64>>,
    Vec<WitnessSlot>,
    64,
    Proofs<Vec<ProofSlot<128>>, 128>,
>;

/// All below the first, in the zone of that name; the fourth may be delegated.
const NAMES: [&str; 7] = [
    "z.",
    "a.z.",
    "b.z.",
    "c.z.",
    "h.c.z.",
    "x.y.h.c.z.",
    "a-rather-long-label-for-a-name.z.",
];
const ZONE: usize = 0;
const CUT: usize = 3;
const TYPES: [Type; 3] = [Type::A, Type::TXT, Type::NS];
/// When owners sign: records at the first or last of these times, deletions between them.
const SIGNED: [Timestamp; 3] = [
    Timestamp::from_secs(100),
    Timestamp::from_secs(200),
    Timestamp::from_secs(300),
];
/// What NSEC records of the zone's versions 1 and 2 stand at, in canonical order, and the types that they list. In the first
/// the fourth name is a cut; in the second there are names without records above the sixth.
const CHAINS: [&[(usize, &[Type])]; 2] = [
    &[
        (0, &[Type::SOA, Type::NS]),
        (1, &[Type::A]),
        (2, &[Type::A, Type::TXT]),
        (3, &[Type::NS]),
    ],
    &[
        (0, &[Type::SOA, Type::NS]),
        (2, &[Type::TXT]),
        (3, &[Type::A]),
        (5, &[Type::A]),
    ],
];
/// The longest list that is run.
const MAX_OPERATIONS: usize = 400;

/// Records of one owner.
#[derive(Clone, Debug)]
struct Claim {
    owner: Option<u8>,
    data: u8,
    ttl: u32,
    bounds: Bounds,
    origin: Presence,
    is_delegation: bool,
    is_disputed: bool,
}

/// What was not found.
#[derive(Clone, Debug)]
struct Absent {
    name: usize,
    missing: Missing,
    end: Timestamp,
    cuts: bool,
    version: Option<Serial>,
    outlives_flush: bool,
    node: u8,
}

/// An NSEC record that is held.
#[derive(Clone, Debug)]
struct Proof {
    version: u32,
    owner: usize,
    until: Timestamp,
    node: u8,
}

#[derive(Default)]
struct Model {
    proofs: Vec<Proof>,
    claims: BTreeMap<(usize, u16), Vec<Claim>>,
    absent: Vec<Absent>,
    failures: BTreeMap<(usize, u16), (Timestamp, u8)>,
    /// Queries since a contest began.
    queries: BTreeMap<(usize, u16), u8>,
}

/// What a lookup says, for comparison.
#[derive(Debug, PartialEq)]
enum Said {
    /// Each claim's data and TTL, whether it is contested and disputed.
    Fresh(Vec<(u8, u32, bool, bool)>),
    Stale(Vec<(u8, u32, bool, bool)>),
    Negative(Missing, u8, bool),
    Failed,
    Miss,
}

fn is_below(name: usize, above: usize) -> bool {
    NAMES[name].ends_with(&format!(".{}", NAMES[above]))
}

/// The place of a name in canonical order.
fn order(name: &str) -> Vec<&str> {
    let mut labels: Vec<_> = name.split_terminator('.').collect();
    labels.reverse();
    labels
}

fn is_at_or_below(name: usize, above: usize) -> bool {
    name == above || is_below(name, above)
}

/// Ends of negative answers count in units of 64 ms.
fn lives(end: Timestamp, now: Timestamp) -> bool {
    end.as_millis() / 64 > now.as_millis() / 64
}

impl Model {
    fn judge(settings: &CacheSettings, now: Timestamp, claim: &Claim) -> Freshness {
        let judged = settings
            .stale
            .judge(now, &claim.bounds, settings.clock_is_doubtful);
        if claim.bounds.contested && now < claim.bounds.expires {
            assert_ne!(
                judged,
                Freshness::Stale {
                    time_uncertain: false
                }
            );
        }
        judged
    }

    fn has_ended(settings: &CacheSettings, now: Timestamp, claim: &Claim) -> bool {
        matches!(Self::judge(settings, now, claim), Freshness::Ended(_))
    }

    fn lease(&self, name: usize, is_above_cut: bool) -> Timestamp {
        let above = |at: usize| {
            if is_above_cut {
                is_below(name, at)
            } else {
                is_at_or_below(name, at)
            }
        };
        let at_cut = self.claims.iter().filter(|((at, _), _)| above(*at));
        let delegations = at_cut
            .flat_map(|(_, claims)| claims)
            .filter(|claim| claim.is_delegation);
        let leases = delegations.map(|claim| claim.bounds.lease_until);
        leases.min().unwrap_or(Timestamp::MAX)
    }

    fn lookup(&self, settings: &CacheSettings, now: Timestamp, name: usize, rtype: Type) -> Said {
        let mut usable = Vec::new();
        let mut is_fresh = false;
        for claim in self.claims.get(&(name, rtype.0)).into_iter().flatten() {
            let judged = Self::judge(settings, now, claim);
            let (until, most) = match judged {
                Freshness::Ended(_) => continue,
                Freshness::Fresh => (claim.bounds.expires, claim.ttl),
                Freshness::Stale { .. } => (
                    now.add_secs(STALE_TTL).min(claim.bounds.lease_until),
                    STALE_TTL,
                ),
            };
            is_fresh |= judged == Freshness::Fresh;
            let left = (until.millis_since(now) / 1000) as u32;
            usable.push((
                claim.data,
                left.min(most),
                claim.bounds.contested,
                claim.is_disputed,
            ));
        }
        usable.sort_unstable();
        if !usable.is_empty() {
            return if is_fresh {
                Said::Fresh(usable)
            } else {
                Said::Stale(usable)
            };
        }
        let at = |name: usize, fits: &dyn Fn(&Absent) -> bool| {
            let mut alive = self
                .absent
                .iter()
                .filter(|absent| absent.name == name && lives(absent.end, now));
            alive
                .find(|absent| fits(absent))
                .map(|absent| (absent.missing, absent.node))
        };
        let here = at(name, &|absent| absent.missing == Missing::Name)
            .or_else(|| at(name, &|absent| absent.missing == Missing::Type(rtype)));
        if let Some((missing, node)) = here {
            return Said::Negative(missing, node, false);
        }
        if self
            .failures
            .get(&(name, rtype.0))
            .is_some_and(|(end, _)| lives(*end, now))
        {
            return Said::Failed;
        }
        // The deepest cut above.
        let mut above: Vec<_> = (0..NAMES.len())
            .filter(|above| is_below(name, *above))
            .collect();
        above.sort_by_key(|above| std::cmp::Reverse(NAMES[*above].len()));
        for above in above {
            if let Some((missing, node)) = at(above, &|absent| absent.cuts) {
                return Said::Negative(missing, node, true);
            }
        }
        match self.proved(now, name, rtype) {
            Some((missing, node)) => Said::Negative(missing, node, true),
            None => Said::Miss,
        }
    }

    /// What NSEC records deny, by looking at the whole chain and asking which of it is held.
    fn proved(&self, now: Timestamp, name: usize, rtype: Type) -> Option<(Missing, u8)> {
        let version = self.proofs.first()?.version;
        let chain = CHAINS[version as usize - 1];
        // Who spans a name, or is at it, and who said so if that is held.
        let at_or_before = |name: &str| {
            let mut before = chain.iter().rev();
            let (owner, types) = before.find(|(owner, _)| order(NAMES[*owner]) <= order(name))?;
            let held = self.proofs.iter().find(|proof| proof.owner == *owner)?;
            (now < held.until).then_some((*owner, *types, held.node))
        };
        let (owner, types, node) = at_or_before(NAMES[name])?;
        let is_cut = types.contains(&Type::NS) && !types.contains(&Type::SOA);
        if owner == name {
            let lacks = !types.contains(&rtype) && !is_cut;
            return lacks.then_some((Missing::Type(rtype), node));
        }
        if is_cut && is_below(name, owner) {
            return None;
        }
        if chain.iter().any(|(owner, _)| is_below(*owner, name)) {
            return Some((Missing::Type(rtype), node));
        }
        // No name here is below another one but those of the cut, so the zone itself is the closest encloser; or else the
        // deepest name that there is, or that others are below.
        let exists = |at: &str| {
            let mut owners = chain.iter().map(|(owner, _)| NAMES[*owner]);
            owners.any(|owner| owner == at || owner.ends_with(&format!(".{at}")))
        };
        let mut encloser = NAMES[name];
        while !exists(encloser) {
            encloser = encloser.split_once('.')?.1;
        }
        at_or_before(&format!("*.{encloser}"))?;
        Some((Missing::Name, node))
    }

    /// A version of the zone was seen.
    fn seen(&mut self, version: Serial) {
        self.proofs.retain(|proof| proof.version == version.0);
    }

    /// The cache has taken records.
    fn inserted(
        &mut self,
        settings: &CacheSettings,
        now: Timestamp,
        key: (usize, u16),
        claim: Claim,
        said: Inserted,
    ) {
        let held = self.claims.entry(key).or_default();
        held.retain(|claim| !Self::has_ended(settings, now, claim));
        let mut claim = claim;
        let was_contested = held.iter().any(|held| held.bounds.contested);
        match said {
            Inserted::Kept | Inserted::Confirmed => {
                assert!(held.len() <= 1, "{held:?} replaced by one");
                assert_eq!(said == Inserted::Confirmed, was_contested);
                if let Some(held) = held
                    .first()
                    .filter(|held| held.is_delegation && !claim.is_delegation)
                {
                    claim.is_delegation = true;
                    claim.bounds.lease_until =
                        claim.bounds.lease_until.min(held.bounds.lease_until);
                    claim.bounds.expires = claim.bounds.expires.min(held.bounds.lease_until);
                }
                held.clear();
                held.push(claim);
            }
            Inserted::Disputed { claims } => {
                held.retain(|held| held.owner != claim.owner);
                held.push(claim);
                assert_eq!(held.len(), usize::from(claims));
                for claim in held {
                    assert!(claim.owner.is_some());
                    claim.is_disputed = true;
                    claim.ttl = claim.ttl.min(60);
                    claim.bounds.expires = claim.bounds.expires.min(now.add_secs(60));
                }
            }
            Inserted::Refused(_) => unreachable!("it was taken"),
        }
    }

    /// What denied a name goes when something is found there.
    fn found(&mut self, now: Timestamp, name: usize, rtype: Type, version: Option<Serial>) {
        if let Some(version) = version {
            self.seen(version);
        }
        if self.proved(now, name, rtype).is_some() {
            self.proofs.clear();
        }
        self.absent.retain(|absent| {
            let denies = absent.missing == Missing::Name || absent.missing == Missing::Type(rtype);
            let is_here = absent.name == name && denies;
            let is_above = absent.cuts && is_at_or_below(name, absent.name);
            let is_other_version = absent.cuts
                && matches!((absent.version, version), (Some(held), Some(new)) if held != new);
            !(is_here || is_above || is_other_version)
        });
        self.failures.remove(&(name, rtype.0));
    }

    /// Is a name disputed, or claimed by two owners under any types?
    fn is_disputed(&self, settings: &CacheSettings, now: Timestamp, name: usize) -> bool {
        let here = self.claims.iter().filter(|((at, _), _)| *at == name);
        let live: Vec<_> = here
            .flat_map(|(_, claims)| claims)
            .filter(|claim| !Self::has_ended(settings, now, claim))
            .collect();
        let owners: BTreeSet<_> = live.iter().filter_map(|claim| claim.owner).collect();
        owners.len() > 1 || live.iter().any(|claim| claim.is_disputed)
    }

    /// What absence leaves of records: whether any are contested, and whether any are younger.
    fn deny(
        &mut self,
        settings: &CacheSettings,
        now: Timestamp,
        name: usize,
        missing: Missing,
        absence: Absence,
        deleting: Option<u8>,
    ) -> (bool, bool) {
        let (mut contested, mut younger) = (false, false);
        let is_disputed = self.is_disputed(settings, now, name);
        for ((at, rtype), claims) in &mut self.claims {
            if *at != name || !(missing == Missing::Name || missing == Missing::Type(Type(*rtype)))
            {
                continue;
            }
            claims.retain_mut(|claim| {
                if Self::has_ended(settings, now, claim) {
                    return false;
                }
                // A deletion is one owner's word: to another one's claim, and to all where it is not known whose it is and
                // several claim the name, it is an opinion.
                let is_of_another = match (claim.owner, deleting) {
                    (Some(held), Some(deleting)) => held != deleting,
                    _ => is_disputed,
                };
                let is_deletion = matches!(absence, Absence::Deleted { .. });
                let counts = if is_deletion && is_of_another {
                    Absence::Opinion
                } else {
                    absence
                };
                match weigh(claim.origin, counts) {
                    Weighing::Removes => return false,
                    Weighing::Outdated => younger = true,
                    Weighing::Contests => {
                        if !claim.bounds.contested {
                            let (_, expires) = Contest::begin(now, claim.bounds.expires);
                            claim.bounds.expires = expires;
                            claim.bounds.contested = true;
                            claim.ttl = claim.ttl.min(60);
                            self.queries.insert((*at, *rtype), 0);
                        }
                        if Self::has_ended(settings, now, claim) {
                            return false;
                        }
                        contested = true;
                    }
                }
                true
            });
        }
        (contested, younger)
    }
}

/// A cache with its model.
struct Pair {
    cache: Tested,
    model: Model,
    settings: CacheSettings,
    now: Timestamp,
    names: Vec<NameBuf>,
    is_large: bool,
}

impl Pair {
    fn insert(&mut self, octets: &mut Octets<'_>) {
        let (name, form) = (octets.below(NAMES.len()), octets.octet());
        let is_delegation = name == CUT && form & 1 != 0;
        let rtype = if is_delegation {
            Type::NS
        } else {
            TYPES[octets.below(if name == CUT { 3 } else { 2 })]
        };
        let ttl = [0, 1, 30, 300, 90_000, 0x8000_0000][octets.below(6)];
        let is_signed = form & 2 != 0 && !is_delegation;
        let signature_until = is_signed.then(|| {
            self.now
                .add_secs([1, 200, 1000, 2_000_000][octets.below(4)])
        });
        let owner =
            [None, Some(1), Some(2)][octets.below(3)].filter(|_| is_signed && rtype != Type::NS);
        let origin = Presence {
            version: [None, Some(Serial(1)), Some(Serial(2))][octets.below(3)],
            signed_at: [None, Some(SIGNED[0]), Some(SIGNED[2])][octets.below(3)],
        };
        let data = octets.octet();
        let rank = if is_delegation {
            Rank::Additional
        } else {
            [Rank::Additional, Rank::Authority, Rank::AuthoritativeAnswer][octets.below(3)]
        };
        // Now and then a server speaks of what is not its own.
        let bailiwick = &self.names[if form & 12 == 12 { 1 } else { ZONE }];
        let packed = [0, 3, data, data, data];
        let digest = owner.map(|owner| [owner; 32]);
        let new = NewRrset {
            signature_until,
            owner: digest.as_ref(),
            origin,
            is_delegation,
            ..NewRrset::new(
                self.names[name].as_name(),
                RrSet::new(rtype, ttl, &packed),
                rank,
                bailiwick.as_name(),
            )
        };
        let said = self.cache.insert(self.now, &new);

        let ttl = if ttl > i32::MAX as u32 {
            0
        } else {
            ttl.min(self.settings.max_ttl)
        };
        let mut lease_until = self.model.lease(name, is_delegation);
        if is_delegation {
            lease_until = lease_until.min(self.now.add_secs(ttl));
        }
        let expires = self
            .now
            .add_secs(ttl)
            .min(lease_until)
            .min(signature_until.unwrap_or(Timestamp::MAX));
        let key = (name, rtype.0);
        if let Inserted::Refused(refusal) = said {
            self.refused(key, refusal, rank, is_signed, expires);
            let was_compared = matches!(
                refusal,
                Refusal::LowerRank | Refusal::NotSigned | Refusal::OlderVersion
            );
            if is_delegation && was_compared {
                let settings = self.settings;
                let now = self.now;
                for held in self.model.claims.entry(key).or_default() {
                    if held.is_delegation && !Model::has_ended(&settings, now, held) {
                        held.bounds.lease_until = lease_until;
                    }
                }
            }
            return;
        }
        assert!(is_at_or_below(name, if form & 12 == 12 { 1 } else { ZONE }));
        let claim = Claim {
            owner,
            data,
            ttl,
            bounds: Bounds {
                expires,
                signature_until,
                lease_until,
                contested: false,
            },
            origin,
            is_delegation,
            is_disputed: false,
        };
        if self.is_large {
            assert!(expires > self.now);
            self.model
                .inserted(&self.settings, self.now, key, claim, said);
            self.model.found(self.now, name, rtype, origin.version);
        } else {
            // It may have forgotten what the model would hold, leases too, so everything that was ever taken may be
            // said until its own end.
            let mut claim = claim;
            let end = self.now.add_secs(ttl);
            claim.bounds.expires = end.min(signature_until.unwrap_or(Timestamp::MAX));
            self.model.claims.entry(key).or_default().push(claim);
        }
    }

    /// Is there a reason for the refusal?
    fn refused(
        &self,
        key: (usize, u16),
        refusal: Refusal,
        rank: Rank,
        is_signed: bool,
        expires: Timestamp,
    ) {
        if !self.is_large {
            return;
        }
        let held = self.model.claims.get(&key).into_iter().flatten();
        let mut live = held.filter(|claim| !Model::has_ended(&self.settings, self.now, claim));
        match refusal {
            Refusal::NotForCaching => assert!(expires <= self.now),
            Refusal::LowerRank => {
                assert!(rank < Rank::AuthoritativeAnswer);
                assert!(live.any(|claim| self.now < claim.bounds.expires));
            }
            Refusal::NotSigned => assert!(live.any(|claim| claim.bounds.signature_until.is_some())),
            Refusal::OlderVersion => {
                assert!(live.any(|claim| claim.origin.version == Some(Serial(2))))
            }
            Refusal::OutOfBailiwick => {}
            Refusal::TooManyClaims | Refusal::TooLong => {
                panic!("{refusal:?} of {key:?}, signed: {is_signed}")
            }
        }
    }

    fn deny(&mut self, octets: &mut Octets<'_>) {
        let (name, form) = (octets.below(NAMES.len()), octets.octet());
        let missing = match octets.below(3) {
            0 => Missing::Name,
            type_index => Missing::Type(TYPES[type_index - 1]),
        };
        let absence = match octets.below(8) {
            0 => Absence::Denied { version: Serial(1) },
            1 => Absence::Denied { version: Serial(2) },
            2 => Absence::Revoked,
            3 | 4 => Absence::Deleted { at: SIGNED[1] },
            _ => Absence::Opinion,
        };
        let owner = [None, Some(1), Some(2)][octets.below(3)]
            .filter(|_| matches!(absence, Absence::Deleted { .. }));
        let digest = owner.map(|owner| [owner; 32]);
        let in_class_a_zone = form & 1 != 0;
        let node = 1 + form % 4;
        let metadata = NegativeMetadata {
            responding_node: NodeId([node; 32]),
            partition: None,
            coverage: AuthorityCoverage::new(1, 2).unwrap(),
        };
        let (soa_minimum, soa_ttl) = (
            [0, 5, 3600][octets.below(3)],
            [20, 300, 3600][octets.below(3)],
        );
        let zone = self.names[ZONE];
        let new = NewDenial {
            name: self.names[name].as_name(),
            class: Class::IN,
            missing,
            zone: zone.as_name(),
            soa_minimum,
            soa_ttl,
            positive_ttl: None,
            bailiwick: zone.as_name(),
            absence,
            owner: digest.as_ref(),
            in_class_a_zone,
            metadata: &metadata,
            source: Source(u16::from(form >> 4)),
        };
        let said = self.cache.deny(self.now, &new);
        if let Denied::Kept { ttl } = said {
            assert!((1..=60).contains(&ttl));
        }
        if self.is_large {
            if let Absence::Denied { version } = absence {
                self.model.seen(version);
            }
            let left = self
                .model
                .deny(&self.settings, self.now, name, missing, absence, owner);
            let lease =
                (self.model.lease(name, false).millis_since(self.now) / 1000).min(60) as u32;
            let ttl =
                NegativeTtl::new(soa_minimum, soa_ttl, None).map(|ttl| ttl.seconds().min(lease));
            let expected = match (left, ttl) {
                ((true, _), _) => Denied::Contested,
                ((false, true), _) => Denied::Outdated,
                (_, Some(ttl @ 1..)) => Denied::Kept { ttl },
                _ => Denied::NotForCaching,
            };
            assert_eq!(said, expected);
        }
        if let Denied::Kept { ttl } = said {
            if self.is_large {
                self.model
                    .absent
                    .retain(|absent| (absent.name, absent.missing) != (name, missing));
                if let Missing::Type(rtype) = missing {
                    // It stands where a failure stood.
                    self.model.failures.remove(&(name, rtype.0));
                }
            }
            self.model.absent.push(Absent {
                name,
                missing,
                end: self.now.add_secs(ttl),
                cuts: missing == Missing::Name && absence.cuts_below(in_class_a_zone),
                version: match absence {
                    Absence::Denied { version } => Some(version),
                    _ => None,
                },
                outlives_flush: absence.outlives_flush(),
                node,
            });
        }
    }

    /// An NSEC record of one of the chains.
    fn prove(&mut self, octets: &mut Octets<'_>) {
        let (version, form) = (1 + u32::from(octets.octet() & 1), octets.octet());
        let chain = CHAINS[version as usize - 1];
        let place = octets.below(chain.len());
        let (owner, types) = chain[place];
        let (next, _) = chain[(place + 1) % chain.len()];
        let mut room = [0; 128];
        let mut writer = Writer::<0>::new(&mut room, Form::Plain);
        let next = self.names[next];
        write_nsec(&next.as_name(), types.iter().copied(), &mut writer).expect("room");
        let data = writer.written();
        let packed = [&(data.len() as u16).to_be_bytes()[..], data].concat();
        let ttl = [0, 1, 30, 300][octets.below(4)];
        let (soa_minimum, soa_ttl) = ([5, 3600][octets.below(2)], [20, 300, 3600][octets.below(3)]);
        let signature_until = self.now.add_secs([0, 7, 1000][octets.below(3)]);
        let node = 1 + form % 4;
        let metadata = NegativeMetadata {
            responding_node: NodeId([node; 32]),
            partition: None,
            coverage: AuthorityCoverage::new(1, 2).unwrap(),
        };
        let new = NewProof {
            owner: self.names[owner].as_name(),
            class: Class::IN,
            rrset: RrSet::new(Type::NSEC, ttl, &packed),
            zone: self.names[ZONE].as_name(),
            version: Serial(version),
            signature_until,
            soa_minimum,
            soa_ttl,
            metadata: &metadata,
        };
        let said = self.cache.prove(self.now, &new);
        if !self.is_large {
            assert!(matches!(said, Proved::Refused(_)), "it has no room");
            return;
        }
        let negative = NegativeTtl::new(soa_minimum, soa_ttl, None).map_or(0, |ttl| ttl.seconds());
        let lease = self.model.lease(owner, false);
        let until = self.now.add_secs(negative.min(ttl));
        let until = until.min(signature_until).min(lease);
        let left = until.millis_since(self.now) / 1000;
        let mut live = self
            .model
            .proofs
            .iter()
            .filter(|held| self.now < held.until);
        let is_older = live.any(|held| held.version > version);
        let expected = match left {
            0 => Proved::Refused(ProofRefusal::NotForCaching),
            _ if is_older => Proved::Refused(ProofRefusal::OlderVersion),
            left => Proved::Kept { ttl: left as u32 },
        };
        assert_eq!(said, expected);
        if matches!(said, Proved::Kept { .. }) {
            let now = self.now;
            self.model
                .proofs
                .retain(|held| held.version == version && held.owner != owner && now < held.until);
            self.model.proofs.push(Proof {
                version,
                owner,
                until,
                node,
            });
        }
    }

    fn lookup(&mut self, name: usize, rtype: Type) {
        let said = match self
            .cache
            .lookup(self.now, &self.names[name].as_name(), rtype)
        {
            Lookup::Hit(held) => Said::Fresh(claims_of(&held)),
            Lookup::Stale(held) => Said::Stale(claims_of(&held)),
            Lookup::Expanded(_) => unreachable!("no zone here has a wildcard"),
            Lookup::Negative(denial) => {
                assert!(denial.ttl() <= 60);
                assert_eq!(denial.zone(), self.names[ZONE].as_name());
                let [node, ..] = denial.metadata().responding_node.0;
                Said::Negative(denial.missing(), node, denial.is_synthesized())
            }
            Lookup::Failed { ttl } => {
                assert!(ttl <= 60);
                Said::Failed
            }
            Lookup::Miss { .. } => Said::Miss,
        };
        if self.is_large {
            let expected = self.model.lookup(&self.settings, self.now, name, rtype);
            assert_eq!(said, expected, "{} {rtype} at {:?}", NAMES[name], self.now);
            return;
        }
        // Whatever is said was once heard, and is not older than it may be.
        match said {
            Said::Fresh(claims) | Said::Stale(claims) => {
                let held = &self.model.claims[&(name, rtype.0)];
                for (data, ttl, ..) in claims {
                    let end = self.now.add_secs(ttl);
                    // Of disputed claims one may be stale beside another that is fresh.
                    let is_fresh = |claim: &Claim| end <= claim.bounds.expires;
                    let is_signed = |claim: &Claim| {
                        let until = claim.bounds.signature_until;
                        ttl <= STALE_TTL && until.is_some_and(|until| self.now < until)
                    };
                    let may_be_said = |claim: &Claim| is_fresh(claim) || is_signed(claim);
                    assert!(
                        held.iter()
                            .any(|claim| claim.data == data && may_be_said(claim))
                    );
                }
            }
            Said::Negative(missing, node, is_synthesized) => {
                assert!(self.model.absent.iter().any(|absent| {
                    let is_here = if is_synthesized {
                        is_below(name, absent.name) && absent.cuts
                    } else {
                        name == absent.name
                    };
                    is_here
                        && (absent.missing, absent.node) == (missing, node)
                        && lives(absent.end, self.now)
                }));
            }
            Said::Failed => {
                let (end, _) = self.model.failures[&(name, rtype.0)];
                assert!(lives(end, self.now));
            }
            Said::Miss => {}
        }
    }

    fn fail(&mut self, name: usize, rtype: Type) {
        let ttl = self.cache.fail(
            self.now,
            &self.names[name].as_name(),
            Class::IN,
            rtype,
            Source(3),
        );
        let key = (name, rtype.0);
        let failures = self
            .model
            .failures
            .get(&key)
            .map_or(0, |(_, failures)| *failures);
        if self.is_large {
            assert_eq!(ttl, Some(FailureTtl::after(failures).seconds()));
            // It stands where NODATA stood.
            self.model
                .absent
                .retain(|absent| (absent.name, absent.missing) != (name, Missing::Type(rtype)));
        }
        if let Some(ttl) = ttl {
            let end = self.now.add_secs(ttl);
            self.model
                .failures
                .insert(key, (end, failures.saturating_add(1)));
        }
    }

    fn poll(&mut self) {
        while let Some(requery) = self.cache.poll(self.now) {
            let name = NAMES
                .iter()
                .position(|name| requery.name.to_string() == **name)
                .unwrap();
            if self.is_large {
                let key = (name, requery.rtype.0);
                assert!(
                    self.model.claims[&key]
                        .iter()
                        .any(|claim| claim.bounds.contested)
                );
                let queries = self.model.queries.get_mut(&key).unwrap();
                *queries += 1;
                // Each of up to three claims may have been contested at a time of its own.
                assert!(*queries <= 3 * Contest::MAX_QUERIES);
            }
        }
        assert!(
            self.cache
                .next_deadline()
                .is_none_or(|next| next > self.now)
        );
    }

    fn flush(&mut self, zone: Option<usize>) {
        match zone {
            None => self.cache.topology_changed(),
            Some(zone) => self.cache.zone_updated(&self.names[zone].as_name()),
        }
        if zone.is_none_or(|zone| zone == ZONE) {
            self.model.proofs.clear();
            self.model.absent.retain(|absent| absent.outlives_flush);
        }
        // A failure counts as a zone of its own name.
        self.model
            .failures
            .retain(|(name, _), _| zone.is_some_and(|zone| zone != *name));
    }

    fn forget(&mut self, name: usize) {
        self.cache.forget_tree(&self.names[name].as_name());
        // Every name is in the zone.
        self.model.proofs.clear();
        self.model
            .claims
            .retain(|(at, _), _| !is_at_or_below(*at, name));
        self.model
            .absent
            .retain(|absent| !is_at_or_below(absent.name, name));
        self.model
            .failures
            .retain(|(at, _), _| !is_at_or_below(*at, name));
    }
}

fn claims_of(held: &lib_dns_core::cache::Held<'_>) -> Vec<(u8, u32, bool, bool)> {
    let mut claims: Vec<_> = held
        .claims()
        .map(|claim| {
            let data = claim.rrset().first().unwrap();
            assert!(data.len() == 3 && data.iter().all(|octet| *octet == data[0]));
            (
                data[0],
                claim.ttl(),
                claim.is_contested(),
                claim.is_disputed(),
            )
        })
        .collect();
    claims.sort_unstable();
    claims
}

/// Runs the target.
pub fn run(octets: &[u8]) {
    let mut octets = Octets::of(octets);
    let is_large = octets.octet() & 1 == 0;
    let (positive, room, negative, witnesses) = if is_large {
        (1 << 14, 1 << 16, 1 << 14, 8)
    } else {
        (8, 200, 8, 2)
    };
    let storage = Storage {
        positive: vec![PositiveSlot::EMPTY; positive],
        octets: vec![0; room],
        negative: vec![NegativeSlot::EMPTY; negative],
        witnesses: vec![WitnessSlot::EMPTY; witnesses],
    };
    let settings = CacheSettings::default();
    // More than both chains have, or none.
    let proofs = Proofs::new(vec![ProofSlot::EMPTY; if is_large { 16 } else { 0 }]);
    let mut pair = Pair {
        cache: Cache::with_proofs(storage, proofs, HashKey([3, 5]), settings),
        model: Model::default(),
        settings,
        now: Timestamp::from_secs(1_000_000),
        names: NAMES
            .iter()
            .map(|name| NameBuf::from_text(name).unwrap())
            .collect(),
        is_large,
    };
    for _ in 0..MAX_OPERATIONS {
        if octets.is_empty() {
            break;
        }
        match octets.octet() % 20 {
            16.. => pair.prove(&mut octets),
            0..=4 => pair.insert(&mut octets),
            5..=7 => pair.deny(&mut octets),
            8..=10 => {
                let (name, rtype) = (octets.below(NAMES.len()), TYPES[octets.below(3)]);
                pair.lookup(name, rtype);
            }
            11 => {
                let (name, rtype) = (octets.below(NAMES.len()), TYPES[octets.below(3)]);
                pair.fail(name, rtype);
            }
            12 => pair.poll(),
            13 => {
                let zone = octets.below(NAMES.len() + 1);
                pair.flush((zone < NAMES.len()).then_some(zone));
            }
            14 => match octets.below(4) {
                0 => {
                    let name = octets.below(NAMES.len());
                    pair.forget(name);
                }
                _ => pair.now = pair.now.add_secs(700_000),
            },
            _ => {
                pair.now = pair
                    .now
                    .add_millis([1, 64, 1000, 5000, 31_000, 61_000][octets.below(6)])
            }
        }
        for name in 0..NAMES.len() {
            for rtype in TYPES {
                if is_large {
                    pair.lookup(name, rtype);
                }
            }
        }
    }
}

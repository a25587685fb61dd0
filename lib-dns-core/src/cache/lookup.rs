//! The cache of a resolver.

use super::denial::{CachedDenial, Denied, Missing, NegativeSlot, NewDenial, Source, WitnessSlot};
use super::hash::{HashKey, Hasher};
use super::held::Held;
use super::negative::{Memory, Negative};
use super::positive::{Positive, Remains, Standing};
use super::proofs::{
    Expansion, Finding, NewProof, NoProofs, ProofRefusal, ProofSlot, ProofTable, Proofs, Proved,
};
use super::rank::is_denial_in_bailiwick;
use super::rrset::{CachedRrset, Inserted, NewRrset, PositiveSlot};
use super::settings::CacheSettings;
use super::sought::{Room, Sought};
use crate::code_points::Class;
use crate::dnssec::Sha1;
use crate::name::Name;
use crate::policy::negative::{Absence, NegativeTtl};
use crate::policy::stale::End;
use crate::rr_data::Type;
use crate::time::Timestamp;

/// By how much time may seem to go back before the clock counts as set back, in milliseconds: who reads it on several
/// threads may come a bit late.
const LATE: u64 = 1000;

/// What a cache works in, lent by the caller: each an array, a slice that can be written, a `Vec` or the like.
///
/// | part | takes | for |
/// |---|---|---|
/// | `positive` | [`PositiveSlot`] | RRsets; a multiple of eight |
/// | `octets` | `u8` | their names, data and signatures; at most 4 GiB |
/// | `negative` | [`NegativeSlot<N>`](NegativeSlot) | negative answers whose name has at most `N` octets; a multiple of eight |
/// | `witnesses` | [`WitnessSlot`] | nodes that gave negative answers; at most 255 |
///
/// What they hold is overwritten at the start.
#[derive(Clone, Copy, Debug)]
pub struct Storage<P, B, S, W> {
    /// Slots for RRsets.
    pub positive: P,
    /// Room for their octets.
    pub octets: B,
    /// Slots for negative answers and failures.
    pub negative: S,
    /// Slots for those who gave negative answers.
    pub witnesses: W,
}

/// What the cache knows of a question. Nothing here did any I/O (15.1, invariant 6).
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'c> {
    /// Records, or an alias in their place: to be served.
    Hit(Held<'c>),
    /// Records whose TTL has ended: to be asked for, and served only if nothing fresher can be had (11.3).
    Stale(Held<'c>),
    /// There is no such name, but a wildcard in its place that has the type, or an alias (RFC 8198 5.3): [`Cache::expand`] gives
    /// its records. Only a cache with [`Proofs`] says so.
    Expanded(Expansion),
    /// The name or the type was not found a moment ago, or it follows from what was proved of others that it is not there.
    Negative(CachedDenial<'c>),
    /// It could not be resolved a moment ago, and is not to be tried again for so many seconds (RFC 9520).
    Failed {
        /// At most 60.
        ttl: u32,
    },
    /// Nothing that may be served.
    Miss {
        /// Why records that are still held must not be served any more: what to tell if the question cannot be resolved.
        ended: Option<End>,
    },
}

/// Contested records that are to be asked for again (12.2, rule 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requery<'c> {
    /// Their owner, in lower case.
    pub name: Name<'c>,
    /// Their type.
    pub rtype: Type,
    /// Their class.
    pub class: Class,
}

/// A cache of what was found, what was not, and what could not be resolved.
///
/// ```
/// use lib_dns_core::cache::{Cache, CacheSettings, HashKey, Inserted, Lookup, NegativeSlot, NewRrset, PositiveSlot};
/// use lib_dns_core::cache::{Rank, Storage, WitnessSlot};
/// use lib_dns_core::{name::NameBuf, rr_data::Type, time::Timestamp, zone::RrSet};
/// // A small device: 16 RRsets in 1 KiB, 8 negative answers.
/// let mut octets = [0; 1024];
/// let storage = Storage {
///     positive: [PositiveSlot::EMPTY; 16],
///     octets: &mut octets[..],
///     negative: [NegativeSlot::<32>::EMPTY; 8],
///     witnesses: [WitnessSlot::EMPTY; 2],
/// };
/// let random = HashKey([0x5eed, 0xf00d]);
/// let mut cache = Cache::new(storage, random, CacheSettings::default());
///
/// let (zone, name) = (NameBuf::from_text("sovereign.")?, NameBuf::from_text("alice.sovereign.")?);
/// let address = RrSet::new(Type::A, 300, &[0, 4, 10, 42, 1, 5]);
/// let new = NewRrset::new(name.as_name(), address, Rank::AuthoritativeAnswer, zone.as_name());
/// assert_eq!(cache.insert(Timestamp::from_secs(10), &new), Inserted::Kept);
///
/// let asked = NameBuf::from_text("ALICE.sovereign.")?;
/// let Lookup::Hit(held) = cache.lookup(Timestamp::from_secs(110), &asked.as_name(), Type::A) else {
///     panic!("it is in the cache");
/// };
/// assert_eq!(held.first().ttl(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cache<P, B, S, W, const N: usize, D = NoProofs> {
    positive: Positive<P, B>,
    negative: Negative<S, W, N>,
    proofs: D,
    hasher: Hasher,
    settings: CacheSettings,
    /// The latest time that was told.
    latest: Timestamp,
}

impl<P, B, S, W, const N: usize> Cache<P, B, S, W, N>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
    S: AsRef<[NegativeSlot<N>]> + AsMut<[NegativeSlot<N>]>,
    W: AsRef<[WitnessSlot]> + AsMut<[WitnessSlot]>,
{
    /// An empty cache. The key must be random, and nobody else may know it.
    pub fn new(storage: Storage<P, B, S, W>, key: HashKey, settings: CacheSettings) -> Self {
        Self::with_proofs(storage, NoProofs, key, settings)
    }
}

impl<P, B, S, W, const N: usize, D> Cache<P, B, S, W, N, D>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
    S: AsRef<[NegativeSlot<N>]> + AsMut<[NegativeSlot<N>]>,
    W: AsRef<[WitnessSlot]> + AsMut<[WitnessSlot]>,
    D: ProofTable,
{
    /// The same, which answers from NSEC and NSEC3 records too (RFC 8198): what misses is denied, or answered from a wildcard, if
    /// records that were validated prove it. They hold for one version of their zone, and for 60 seconds at most.
    ///
    /// ```
    /// use lib_dns_core::cache::{Cache, CacheSettings, HashKey, Lookup, Missing, NegativeSlot, NewProof, PositiveSlot};
    /// use lib_dns_core::cache::{ProofSlot, Proofs, Proved, Storage, WitnessSlot};
    /// use lib_dns_core::code_points::Class;
    /// use lib_dns_core::name::NameBuf;
    /// use lib_dns_core::policy::NodeId;
    /// use lib_dns_core::policy::negative::{AuthorityCoverage, NegativeMetadata};
    /// use lib_dns_core::{rr_data::Type, time::Timestamp, zone::{RrSet, Serial}};
    /// let storage = Storage {
    ///     positive: [PositiveSlot::EMPTY; 16],
    ///     octets: [0; 1024],
    ///     negative: [NegativeSlot::<32>::EMPTY; 8],
    ///     witnesses: [WitnessSlot::EMPTY; 2],
    /// };
    /// let proofs = Proofs::new([ProofSlot::<96>::EMPTY; 4]);
    /// let mut cache = Cache::with_proofs(storage, proofs, HashKey([1, 2]), CacheSettings::default());
    ///
    /// // `alice.z. NSEC zoe.z. A`, of which the caller has validated the signature.
    /// let (zone, owner) = (NameBuf::from_text("z.")?, NameBuf::from_text("alice.z.")?);
    /// let data = [0, 10, 3, b'z', b'o', b'e', 1, b'z', 0, 0, 1, 0x40];
    /// let witness = NegativeMetadata {
    ///     responding_node: NodeId([7; 32]),
    ///     partition: None,
    ///     coverage: AuthorityCoverage::NONE,
    /// };
    /// let now = Timestamp::from_secs(10);
    /// let new = NewProof {
    ///     owner: owner.as_name(),
    ///     class: Class::IN,
    ///     rrset: RrSet::new(Type::NSEC, 300, &data),
    ///     zone: zone.as_name(),
    ///     version: Serial(7),
    ///     signature_until: Timestamp::from_secs(1000),
    ///     soa_minimum: 3600,
    ///     soa_ttl: 3600,
    ///     metadata: &witness,
    /// };
    /// assert_eq!(cache.prove(now, &new), Proved::Kept { ttl: 60 });
    /// let Lookup::Negative(denial) = cache.lookup(now, &owner.as_name(), Type::TXT) else { panic!("no TXT") };
    /// assert_eq!(denial.missing(), Missing::Type(Type::TXT));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_proofs(
        storage: Storage<P, B, S, W>,
        proofs: D,
        key: HashKey,
        settings: CacheSettings,
    ) -> Self {
        Self {
            proofs,
            positive: Positive::new(storage.positive, storage.octets),
            negative: Negative::new(storage.negative, storage.witnesses),
            hasher: Hasher::new(key),
            settings,
            latest: Timestamp::ZERO,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &CacheSettings {
        &self.settings
    }

    /// The settings, to be changed: they count from now on.
    pub fn settings_mut(&mut self) -> &mut CacheSettings {
        &mut self.settings
    }

    /// What is known of a question of class IN.
    #[inline]
    pub fn lookup(&mut self, now: Timestamp, name: &Name<'_>, rtype: Type) -> Lookup<'_> {
        self.lookup_in(now, name, Class::IN, rtype)
    }

    /// What is known of a question.
    #[inline]
    pub fn lookup_in(
        &mut self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rtype: Type,
    ) -> Lookup<'_> {
        let now = self.moves_on(now);
        let mut room = Room::new();
        let name = Sought::at_once(&self.hasher, name, class, &mut room);
        let unsure = match self.positive.find_fresh(now, &name, rtype) {
            Ok((shelf, slot)) => {
                let first = CachedRrset::fresh(slot, shelf.octets, now);
                return Lookup::Hit(Held::new(first, shelf, &self.settings));
            }
            Err(unsure) => unsure,
        };
        let mut ended = None;
        if let Some(unsure) = unsure {
            match unsure.find(now, &self.settings, name, rtype) {
                Standing::Fresh(held) => return Lookup::Hit(held),
                Standing::Stale(held) => return Lookup::Stale(held),
                Standing::Nothing(end) => ended = end,
            }
        }
        if let Some(found) = self.negative.find(now, &self.hasher, name, rtype) {
            return match self.negative.memory(now, found) {
                Memory::Denial(denial) => Lookup::Negative(denial),
                Memory::Failure(ttl) => Lookup::Failed { ttl },
                Memory::Nothing => Lookup::Miss { ended },
            };
        }
        match self.proofs.find(now, &name.as_name(), class, rtype) {
            Some(Finding::Denial { missing, slot, ttl }) => {
                if let Some((zone, by)) = self.proofs.source(slot)
                    && let Some(denial) = self.negative.proved(missing, ttl, zone, by)
                {
                    return Lookup::Negative(denial);
                }
                Lookup::Miss { ended }
            }
            Some(Finding::Wildcard(expansion)) => Lookup::Expanded(expansion),
            None => Lookup::Miss { ended },
        }
    }

    /// The records that stand in for a name, as [`Lookup::Expanded`] said, if they are held, valid, undisputed, and of the
    /// version of the zone that proves it; and the TTL to serve them with, at most 60. They stand under the wildcard's own name, and
    /// are to be served under the one that was asked for.
    ///
    /// `None` if not, which is a miss.
    pub fn expand(
        &mut self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rtype: Type,
        expansion: Expansion,
    ) -> Option<(Held<'_>, u32)> {
        let now = self.moves_on(now);
        let encloser = name.ancestor(expansion.encloser_labels);
        let wildcard = encloser.wildcard_below()?;
        let mut room = Room::new();
        let name = Sought::new(&self.hasher, &wildcard.as_name(), class, &mut room);
        let (shelf, slot) = self.positive.find_fresh(now, &name, rtype).ok()?;
        let first = CachedRrset::fresh(slot, shelf.octets, now);
        let is_sound = first.is_signed() && !first.is_contested() && !first.is_disputed();
        if !is_sound || first.origin().version != Some(expansion.version) {
            return None;
        }
        let ttl = expansion.ttl.min(first.ttl());
        Some((Held::new(first, shelf, &self.settings), ttl))
    }

    /// Puts records in. What denied them is forgotten.
    pub fn insert(&mut self, now: Timestamp, new: &NewRrset<'_>) -> Inserted {
        let now = self.moves_on(now);
        let mut room = Room::new();
        let name = Sought::new(&self.hasher, &new.name, new.class, &mut room);
        // The delegation itself, and what stands with it above the cut, is bounded by those further up.
        let is_above_cut = new.is_delegation || new.rrset.rtype == Type::DS;
        let lease = self.positive.lease_until(&self.hasher, &name, is_above_cut);
        let inserted = self.positive.insert(now, &self.settings, &name, new, lease);
        if !matches!(inserted, Inserted::Refused(_)) {
            let version = new.origin.version;
            self.negative.found(&name, new.rrset.rtype, version);
            self.proofs
                .found(now, &name.as_name(), new.class, &new.rrset, version);
        }
        inserted
    }

    /// Somebody did not find a name, or a type of it. Absence never overwrites presence (12.2, rule 5).
    pub fn deny(&mut self, now: Timestamp, new: &NewDenial<'_>) -> Denied {
        let now = self.moves_on(now);
        if !is_denial_in_bailiwick(&new.name, &new.zone, &new.bailiwick) {
            return Denied::OutOfBailiwick;
        }
        if let Absence::Denied { version } = new.absence {
            self.proofs.seen(&new.zone, new.class, version);
        }
        let mut room = Room::new();
        let name = Sought::new(&self.hasher, &new.name, new.class, &mut room);
        let rtype = match new.missing {
            Missing::Name => None,
            Missing::Type(rtype) => Some(rtype),
        };
        match self.positive.deny(now, &self.settings, &name, rtype, new) {
            Remains::Contested => return Denied::Contested,
            Remains::Younger => return Denied::Outdated,
            Remains::Nothing => {}
        }
        let lease = self.positive.lease_until(&self.hasher, &name, false);
        let ttl = NegativeTtl::new(new.soa_minimum, new.soa_ttl, new.positive_ttl);
        match ttl.map(|ttl| ttl.seconds().min(lease.secs_since(now))) {
            Some(ttl) if ttl > 0 && self.negative.insert(now, &name, new, ttl) => {
                Denied::Kept { ttl }
            }
            _ => Denied::NotForCaching,
        }
    }

    /// A question could not be resolved: it is not tried again for so many seconds, which grow with every failure
    /// (RFC 9520); `None` if the name is too long for the slots.
    pub fn fail(
        &mut self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rtype: Type,
        source: Source,
    ) -> Option<u32> {
        let now = self.moves_on(now);
        let mut room = Room::new();
        let name = Sought::new(&self.hasher, name, class, &mut room);
        self.negative.fail(now, &name, rtype, source)
    }

    /// The mesh's topology has changed: all negative answers are flushed (12.2, rule 3).
    pub fn topology_changed(&mut self) {
        self.negative.flush();
        self.proofs.clear();
    }

    /// A new peer was discovered: all negative answers are flushed (12.2, rule 3).
    pub fn peer_discovered(&mut self) {
        self.negative.flush();
        self.proofs.clear();
    }

    /// A hint said that a zone has changed (ZDNS_UPDATE): its negative answers are flushed (12.2, rule 3). Records stay:
    /// a hint is no data.
    pub fn zone_updated(&mut self, zone: &Name<'_>) {
        self.negative.flush_zone(zone);
        self.proofs.forget_zone(zone);
    }

    /// Forgets all that is known at and below a name, as an operator may wish.
    pub fn forget_tree(&mut self, name: &Name<'_>) {
        self.positive.forget(|owner| owner.is_at_or_below(name));
        self.negative.forget_tree(name);
        self.proofs.forget_tree(name);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.positive.clear();
        self.negative.clear();
        self.proofs.clear();
    }

    /// RRsets that are held, whatever their age. It counts all slots.
    pub fn positive_len(&self) -> usize {
        self.positive.len()
    }

    /// Negative answers and failures that still count. It counts all slots.
    pub fn negative_len(&self, now: Timestamp) -> usize {
        self.negative.len(now)
    }

    /// Contested records that are to be asked for again, one at a time; nothing more until
    /// [`Self::next_deadline`]. The answer goes to [`Self::insert`] or [`Self::deny`].
    ///
    /// It looks at all slots, but at most once in a second, and only while something is contested.
    pub fn poll(&mut self, now: Timestamp) -> Option<Requery<'_>> {
        let now = self.moves_on(now);
        let (name, rtype, class) = self.positive.poll(now)?;
        Some(Requery { name, rtype, class })
    }

    /// When to call [`Self::poll`] again; changed by that and by [`Self::deny`].
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.positive.next_deadline()
    }

    /// The time by the cache's clock, which never goes back. If the caller's does, all that is held ends earlier by as much:
    /// nothing lives longer because a clock was set.
    #[inline]
    fn moves_on(&mut self, now: Timestamp) -> Timestamp {
        if now >= self.latest {
            self.latest = now;
            return now;
        }
        self.is_set_back(now)
    }

    #[cold]
    fn is_set_back(&mut self, now: Timestamp) -> Timestamp {
        let back = self.latest.millis_since(now);
        if back <= LATE {
            return self.latest;
        }
        self.positive.set_back(back);
        self.negative.clear();
        self.proofs.clear();
        self.latest = now;
        now
    }
}

impl<P, B, S, W, const N: usize, T, const M: usize, H> Cache<P, B, S, W, N, Proofs<T, M, H>>
where
    P: AsRef<[PositiveSlot]> + AsMut<[PositiveSlot]>,
    B: AsRef<[u8]> + AsMut<[u8]>,
    S: AsRef<[NegativeSlot<N>]> + AsMut<[NegativeSlot<N>]>,
    W: AsRef<[WitnessSlot]> + AsMut<[WitnessSlot]>,
    T: AsRef<[ProofSlot<M>]> + AsMut<[ProofSlot<M>]>,
    H: Sha1,
{
    /// Puts an NSEC or NSEC3 record in, to deny other names and types by it (RFC 8198). What an answer that came with it denies
    /// goes to [`Self::deny`] as ever.
    ///
    /// It goes again with everything else of its zone: when another version of the zone is seen, when the topology changes or a
    /// peer is found, when a hint says that the zone has changed, and when something is found that it denies.
    pub fn prove(&mut self, now: Timestamp, new: &NewProof<'_>) -> Proved {
        let now = self.moves_on(now);
        let mut room = Room::new();
        let owner = Sought::new(&self.hasher, &new.owner, new.class, &mut room);
        let lease = self.positive.lease_until(&self.hasher, &owner, false);
        match self.negative.note_witness(new.metadata) {
            Some(witness) => self.proofs.insert(now, new, witness, lease),
            None => Proved::Refused(ProofRefusal::NotForCaching),
        }
    }
}

#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod tests;

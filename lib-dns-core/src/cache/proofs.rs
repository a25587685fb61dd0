//! NSEC and NSEC3 records that were validated, by which a cache denies what nobody asked for before (RFC 8198).
//!
//! They stand in one sorted list: by class, zone, kind, and owner in canonical order. So one search finds the record at a name, or
//! the one before it, which may span it. Records of one zone are of one version of it, always.

mod slot;

use super::denial::Missing;
use super::negative::Witness;
use crate::code_points::Class;
use crate::dnssec::{
    HASH_LEN, HashLabel, HashPlace, NsecSays, Sha1, hides_below, nsec_says, proves_lack_of,
};
use crate::name::{Name, NameBuf};
use crate::policy::negative::{NegativeMetadata, NegativeTtl, time_to_live};
use crate::rr_data::codec::TypeBitmap;
use crate::rr_data::{Nsec, Nsec3, RecordType, Type};
use crate::time::Timestamp;
use crate::wire::{Part, Reader};
use crate::zone::{RrSet, Serial, soa_serial};
use core::cmp::Ordering;
pub use slot::ProofSlot;
use slot::{Group, Kind, Place};

/// Iterations of NSEC3 that are worth a hash for each label of each name that misses; RFC 9276 asks for 0.
const MAX_ITERATIONS: u16 = 10;
/// Hashes that one lookup computes at most.
const MAX_HASHES: u8 = 16;

/// An NSEC or NSEC3 record for the cache. Its signature must have been validated, and must be of this very owner: one with fewer
/// labels was made for a wildcard, and says nothing of the name under which it came (RFC 4035 5.3.4, 5.4).
#[derive(Clone, Copy, Debug)]
pub struct NewProof<'a> {
    /// Its owner.
    pub owner: Name<'a>,
    /// Its class.
    pub class: Class,
    /// The record, of type NSEC or NSEC3, and its TTL. An RRset of several is refused.
    pub rrset: RrSet<'a>,
    /// The zone that it denies names of: who signed it.
    pub zone: Name<'a>,
    /// The version of the zone that it belongs to.
    pub version: Serial,
    /// When the signature that was validated expires, by the cache's clock.
    pub signature_until: Timestamp,
    /// The last field of the SOA record that came with it, in seconds.
    pub soa_minimum: u32,
    /// That record's TTL, in seconds.
    pub soa_ttl: u32,
    /// Who gave it, where, after asking how many.
    pub metadata: &'a NegativeMetadata,
}

/// What became of such a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Proved {
    /// It is kept for so many seconds. What was held of another version of its zone is gone.
    Kept {
        /// 1 to 60.
        ttl: u32,
    },
    /// It is not kept.
    Refused(ProofRefusal),
}

/// Why an NSEC or NSEC3 record is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ProofRefusal {
    /// Its TTL comes to 0, or its signature or the delegation ends at once.
    NotForCaching,
    /// It is no such record, there are several, or it is of another zone than it says.
    Malformed,
    /// What is held is of a newer version of the zone.
    OlderVersion,
    /// It leaves delegations out (opt-out), so it denies nothing for certain.
    OptOut,
    /// Nobody lent SHA-1, or it asks for more work than it saves, or for another hash.
    NotHashed,
    /// It is longer than the slots.
    TooLong,
}

/// What such records say of a name and type that nothing else is known of.
pub enum Finding {
    /// The name or the type is missing. The slot tells the zone and the witness.
    Denial {
        missing: Missing,
        slot: usize,
        ttl: u32,
    },
    /// There is no such name, but a wildcard that has the type, or an alias in its place.
    Wildcard(Expansion),
}

/// Which wildcard stands in for a name, for [`Cache::expand`](super::Cache::expand).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Expansion {
    /// It is below the ancestor of the name with so many labels.
    pub(super) encloser_labels: usize,
    /// The version of the zone that proves it.
    pub(super) version: Serial,
    /// At most 60.
    pub(super) ttl: u32,
}

/// What a cache may have such records in: [`Proofs`], or nothing.
///
/// It is for the cache alone.
pub trait ProofTable: sealed::Sealed {
    #[doc(hidden)]
    fn find(&self, now: Timestamp, name: &Name<'_>, class: Class, rtype: Type) -> Option<Finding>;
    #[doc(hidden)]
    fn source(&self, slot: usize) -> Option<(Name<'_>, Witness)>;
    #[doc(hidden)]
    fn found(
        &mut self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rrset: &RrSet<'_>,
        version: Option<Serial>,
    );
    #[doc(hidden)]
    fn seen(&mut self, name: &Name<'_>, class: Class, version: Serial);
    #[doc(hidden)]
    fn forget_zone(&mut self, zone: &Name<'_>);
    #[doc(hidden)]
    fn forget_tree(&mut self, name: &Name<'_>);
    #[doc(hidden)]
    fn clear(&mut self);
}

mod sealed {
    pub trait Sealed {}
}

/// No such records: a cache says what it was told, and nothing that follows from it.
#[derive(Clone, Copy, Debug)]
pub struct NoProofs;

impl sealed::Sealed for NoProofs {}

impl ProofTable for NoProofs {
    #[inline]
    fn find(&self, _: Timestamp, _: &Name<'_>, _: Class, _: Type) -> Option<Finding> {
        None
    }
    #[inline]
    fn source(&self, _: usize) -> Option<(Name<'_>, Witness)> {
        None
    }
    #[inline]
    fn found(&mut self, _: Timestamp, _: &Name<'_>, _: Class, _: &RrSet<'_>, _: Option<Serial>) {}
    #[inline]
    fn seen(&mut self, _: &Name<'_>, _: Class, _: Serial) {}
    #[inline]
    fn forget_zone(&mut self, _: &Name<'_>) {}
    #[inline]
    fn forget_tree(&mut self, _: &Name<'_>) {}
    #[inline]
    fn clear(&mut self) {}
}

/// Where nobody lends SHA-1, and NSEC3 records are of no use.
#[derive(Clone, Copy, Debug)]
pub enum NoSha1 {}

impl Sha1 for NoSha1 {
    fn digest(&self, _: &[&[u8]]) -> [u8; HASH_LEN] {
        match *self {}
    }
}

/// NSEC and NSEC3 records, in slots that the caller lends: an array, a slice that can be written, a `Vec` or the like. Each takes
/// a record whose owner and data have at most `M` octets together; with 96 that is two names of up to 40 octets and the usual
/// types.
///
/// When all slots are taken, the record that would end first makes room. See
/// [`Cache::with_proofs`](super::Cache::with_proofs).
#[derive(Clone, Debug)]
pub struct Proofs<T, const M: usize, H = NoSha1> {
    /// The first `len` are taken, in order.
    slots: T,
    len: usize,
    /// Labels of the deepest zone that was ever among them since they were cleared.
    deepest: usize,
    sha1: Option<H>,
}

impl<T: AsRef<[ProofSlot<M>]>, const M: usize> Proofs<T, M> {
    /// For NSEC records alone.
    pub fn new(slots: T) -> Self {
        Self {
            slots,
            len: 0,
            deepest: 0,
            sha1: None,
        }
    }
}

impl<T: AsRef<[ProofSlot<M>]>, const M: usize, H: Sha1> Proofs<T, M, H> {
    /// For NSEC3 records, too. A lookup that misses computes up to 16 hashes of at most 11 rounds.
    pub fn with_sha1(slots: T, sha1: H) -> Self {
        Self {
            slots,
            len: 0,
            deepest: 0,
            sha1: Some(sha1),
        }
    }

    fn taken(&self) -> &[ProofSlot<M>] {
        self.slots.as_ref().get(..self.len).unwrap_or_default()
    }

    /// The last slot of a group at or before a name; of the hashes, which go round, else the last of the group.
    fn at_or_before(&self, place: &Place<'_>) -> Option<(usize, &ProofSlot<M>)> {
        let taken = self.taken();
        let last = |is_before: &dyn Fn(Ordering) -> bool| {
            let end = taken.partition_point(|slot| is_before(slot.place().cmp(place)));
            let slot = taken.get(end.checked_sub(1)?)?;
            (slot.place().group == place.group).then(|| (end.saturating_sub(1), slot))
        };
        last(&Ordering::is_le).or_else(|| {
            let end = taken.partition_point(|slot| slot.place().group <= place.group);
            let slot = taken.get(end.checked_sub(1)?)?;
            let goes_round = place.group.kind == Kind::Hashes && slot.place().group == place.group;
            goes_round.then(|| (end.saturating_sub(1), slot))
        })
    }

    /// The deepest zone at or above a name that records are held of, and its kind. A zone that is replacing one by the other may
    /// have both, of one version.
    fn zone_of(&self, name: &Name<'_>, class: Class, kind: Kind) -> Option<&ProofSlot<M>> {
        let mut labels = name.label_count().min(self.deepest);
        loop {
            let zone = name.ancestor(labels);
            let group = Group { class, zone, kind };
            let at = self
                .taken()
                .partition_point(|slot| slot.place().group < group);
            let first = self.taken().get(at);
            if let Some(first) = first.filter(|slot| slot.place().group == group) {
                return Some(first);
            }
            labels = labels.checked_sub(1)?;
        }
    }

    /// What the NSEC records say.
    fn by_names(
        &self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rtype: Type,
    ) -> Option<Finding> {
        let zone = self.zone_of(name, class, Kind::Names)?.zone();
        let group = Group {
            class,
            zone,
            kind: Kind::Names,
        };
        let ask = |name: &Name<'_>| {
            let (index, slot) = self.at_or_before(&Place { group, name: *name })?;
            let record = Nsec::read(&mut Reader::new(slot.data())).ok()?;
            let says = nsec_says(&zone, &slot.name(), &record, name);
            slot.lives(now).then_some((index, slot, says))
        };
        let lacks = |types: &TypeBitmap<'_>, index, slot: &ProofSlot<M>| {
            proves_lack_of(types, rtype).then(|| no_type(rtype, index, slot.ttl(now)))
        };
        let (index, slot, says) = ask(name)?;
        let encloser = match says {
            NsecSays::Nothing => return None,
            NsecSays::Types(types) => return lacks(&types, index, slot),
            NsecSays::EmptyNonTerminal => return lacks(&no_types()?, index, slot),
            NsecSays::NoName { encloser_labels } => name.ancestor(encloser_labels),
        };
        let wildcard = encloser.wildcard_below()?;
        let (_, at_wildcard, says) = ask(&wildcard.as_name())?;
        let ttl = slot.ttl(now).min(at_wildcard.ttl(now));
        let types = match says {
            NsecSays::Nothing => return None,
            NsecSays::NoName { .. } => None,
            NsecSays::EmptyNonTerminal => Some(no_types()?),
            NsecSays::Types(types) => Some(types),
        };
        no_name(
            types,
            encloser.label_count(),
            rtype,
            index,
            slot.version,
            ttl,
        )
    }

    /// What the NSEC3 records say.
    fn by_hashes(
        &self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rtype: Type,
    ) -> Option<Finding> {
        let sha1 = self.sha1.as_ref()?;
        let first = self.zone_of(name, class, Kind::Hashes)?;
        let zone = first.zone();
        let group = Group {
            class,
            zone,
            kind: Kind::Hashes,
        };
        let model = Nsec3::read(&mut Reader::new(first.data())).ok()?;
        let parameters = slot::parameters_of(&model);
        let mut left = MAX_HASHES;
        let mut ask = |name: &Name<'_>| {
            left = left.checked_sub(1)?;
            let hash = parameters.hash(name, sha1);
            let owner = HashLabel::encode(&hash).owner(&zone)?;
            let (index, slot) = self.at_or_before(&Place {
                group,
                name: owner.as_name(),
            })?;
            let record = Nsec3::read(&mut Reader::new(slot.data())).ok()?;
            let owner = HashLabel::decode(slot.name().first_label()?)?;
            let is_usable = slot.lives(now) && slot::parameters_of(&record) == parameters;
            let place = HashPlace::of(&hash, &owner, record.next_hashed_owner);
            is_usable.then_some((index, slot, place, record.types))
        };
        let mut closer: Option<(usize, &ProofSlot<M>)> = None;
        let mut labels = name.label_count();
        // Up from the name to the closest encloser (RFC 5155 8.3).
        let encloser = loop {
            let above = name.ancestor(labels);
            closer = match (ask(&above), closer) {
                (Some((index, slot, HashPlace::Matched, types)), None)
                    if labels == name.label_count() =>
                {
                    let lacks = proves_lack_of(&types, rtype);
                    return lacks.then(|| no_type(rtype, index, slot.ttl(now)));
                }
                (Some((_, slot, HashPlace::Matched, types)), Some((index, covering))) => {
                    if hides_below(&types) {
                        return None;
                    }
                    break (above, index, slot.ttl(now).min(covering.ttl(now)));
                }
                (Some((index, slot, HashPlace::Covered, _)), _) => Some((index, slot)),
                _ => None,
            };
            labels = labels.checked_sub(1)?;
            if labels < zone.label_count() {
                return None;
            }
        };
        let (encloser, index, ttl) = encloser;
        let wildcard = encloser.wildcard_below()?;
        let (_, slot, place, types) = ask(&wildcard.as_name())?;
        let types = match place {
            HashPlace::Elsewhere => return None,
            HashPlace::Covered => None,
            HashPlace::Matched => Some(types),
        };
        let ttl = ttl.min(slot.ttl(now));
        no_name(
            types,
            encloser.label_count(),
            rtype,
            index,
            slot.version,
            ttl,
        )
    }
}

impl<T: AsRef<[ProofSlot<M>]> + AsMut<[ProofSlot<M>]>, const M: usize, H: Sha1> Proofs<T, M, H> {
    /// Puts a record in, unless what is held is of a newer version of its zone.
    pub(super) fn insert(
        &mut self,
        now: Timestamp,
        new: &NewProof<'_>,
        witness: Witness,
        lease_until: Timestamp,
    ) -> Proved {
        let slot = match self.slot_for(now, new, witness, lease_until) {
            Ok(slot) => slot,
            Err(refusal) => return Proved::Refused(refusal),
        };
        let (zone, class) = (new.zone, new.class);
        let is_of_zone = |slot: &ProofSlot<M>| slot.class == class && slot.zone() == zone;
        let mut held = self.taken().iter().filter(|slot| is_of_zone(slot));
        if held.any(|held| held.lives(now) && held.version.is_newer_than(new.version)) {
            return Proved::Refused(ProofRefusal::OlderVersion);
        }
        self.keep(|held| {
            let is_same = held.place() == slot.place();
            let is_other_version = is_of_zone(held) && held.version != new.version;
            held.lives(now) && !is_same && !is_other_version
        });
        let room = self.slots.as_ref().len();
        if self.len >= room {
            let soonest = self.taken().iter().map(|slot| slot.until).min();
            let mut is_gone = false;
            self.keep(|held| {
                let goes = !is_gone && Some(held.until) == soonest;
                is_gone |= goes;
                !goes
            });
        }
        let at = self
            .taken()
            .partition_point(|held| held.place() < slot.place());
        let end = self.len.saturating_add(1);
        let Some(moved) = self.slots.as_mut().get_mut(at..end) else {
            return Proved::Refused(ProofRefusal::TooLong);
        };
        moved.rotate_right(1);
        let ttl = slot.ttl(now);
        if let Some(first) = moved.first_mut() {
            *first = slot;
        }
        self.len = end;
        self.deepest = self.deepest.max(zone.label_count());
        Proved::Kept { ttl }
    }

    fn slot_for(
        &self,
        now: Timestamp,
        new: &NewProof<'_>,
        witness: Witness,
        lease_until: Timestamp,
    ) -> Result<ProofSlot<M>, ProofRefusal> {
        let mut records = new.rrset.records();
        let data = records.next().filter(|_| records.next().is_none());
        let data = data.ok_or(ProofRefusal::Malformed)?;
        let kind = self.kind_of(new, data)?;
        let ttl = NegativeTtl::new(new.soa_minimum, new.soa_ttl, None)
            .map_or(0, NegativeTtl::seconds)
            .min(time_to_live(new.rrset.ttl));
        let until = now.add_secs(ttl).min(new.signature_until).min(lease_until);
        if until.millis_since(now) < 1000 {
            return Err(ProofRefusal::NotForCaching);
        }
        let slot = ProofSlot::new(new, kind, data, until, witness);
        slot.ok_or(ProofRefusal::TooLong)
    }

    /// Of which kind it is, if it can be used.
    fn kind_of(&self, new: &NewProof<'_>, data: &[u8]) -> Result<Kind, ProofRefusal> {
        let malformed = ProofRefusal::Malformed;
        let mut reader = Reader::new(data);
        let kind = match new.rrset.rtype {
            Type::NSEC => {
                let record = Nsec::read(&mut reader).map_err(|_| malformed)?;
                let is_of_zone = [new.owner, record.next]
                    .iter()
                    .all(|name| name.is_at_or_below(&new.zone));
                is_of_zone.then_some(Kind::Names).ok_or(malformed)?
            }
            Type::NSEC3 => {
                let record = Nsec3::read(&mut reader).map_err(|_| malformed)?;
                let label = new.owner.first_label().and_then(HashLabel::decode);
                let is_of_zone = new.owner.parent().is_some_and(|parent| parent == new.zone);
                if label.is_none() || !is_of_zone || record.next_hashed_owner.len() != HASH_LEN {
                    return Err(malformed);
                }
                match record.flags {
                    0 => {}
                    1 => return Err(ProofRefusal::OptOut),
                    // What other flags mean is not known (RFC 5155 8.2).
                    _ => return Err(malformed),
                }
                let is_worth_it = record.hash_algorithm == 1 && record.iterations <= MAX_ITERATIONS;
                if self.sha1.is_none() || !is_worth_it {
                    return Err(ProofRefusal::NotHashed);
                }
                Kind::Hashes
            }
            _ => return Err(malformed),
        };
        reader.close(Part::RecordData).map_err(|_| malformed)?;
        Ok(kind)
    }

    /// Drops all but the slots that `is_kept` says; the others stay in order.
    fn keep(&mut self, mut is_kept: impl FnMut(&ProofSlot<M>) -> bool) {
        let taken = self.slots.as_mut().get_mut(..self.len).unwrap_or_default();
        let mut kept = 0;
        for at in 0..taken.len() {
            if taken.get(at).is_some_and(&mut is_kept) {
                taken.swap(kept, at);
                kept = kept.saturating_add(1);
            }
        }
        self.len = kept;
    }
}

impl<T: AsRef<[ProofSlot<M>]>, const M: usize, H> sealed::Sealed for Proofs<T, M, H> {}

impl<T: AsRef<[ProofSlot<M>]> + AsMut<[ProofSlot<M>]>, const M: usize, H: Sha1> ProofTable
    for Proofs<T, M, H>
{
    /// It is called, not copied into a lookup, so that a hit does not pay for it.
    #[inline(never)]
    fn find(&self, now: Timestamp, name: &Name<'_>, class: Class, rtype: Type) -> Option<Finding> {
        if self.len == 0 {
            return None;
        }
        let by_names = self.by_names(now, name, class, rtype);
        by_names.or_else(|| self.by_hashes(now, name, class, rtype))
    }

    fn source(&self, slot: usize) -> Option<(Name<'_>, Witness)> {
        let slot = self.taken().get(slot)?;
        Some((slot.zone(), slot.witness))
    }

    /// Something was found that may be of a zone that these deny names of: they go if it is of another version, or if they
    /// deny it. One version that says both is a fork, and absence never overwrites presence (12.2, rule 5).
    fn found(
        &mut self,
        now: Timestamp,
        name: &Name<'_>,
        class: Class,
        rrset: &RrSet<'_>,
        version: Option<Serial>,
    ) {
        if self.len == 0 {
            return;
        }
        let told = rrset.first().filter(|_| rrset.rtype == Type::SOA);
        let version = version.or_else(|| told.and_then(soa_serial));
        if let Some(version) = version {
            self.seen(name, class, version);
        }
        if let Some(Finding::Denial { slot, .. }) = self.find(now, name, class, rrset.rtype)
            && let Some(zone) = self
                .taken()
                .get(slot)
                .map(|slot| NameBuf::from(slot.zone()))
        {
            self.forget_zone(&zone.as_name());
        }
    }

    /// A version was seen of a zone that may hold a name: what is of another one goes.
    fn seen(&mut self, name: &Name<'_>, class: Class, version: Serial) {
        self.keep(|slot| {
            let may_be_of_zone = slot.class == class && name.is_at_or_below(&slot.zone());
            !may_be_of_zone || slot.version == version
        });
    }

    fn forget_zone(&mut self, zone: &Name<'_>) {
        self.keep(|slot| slot.zone() != *zone);
    }

    fn forget_tree(&mut self, name: &Name<'_>) {
        // What is above may deny what is below.
        self.keep(|slot| {
            let zone = slot.zone();
            !zone.is_at_or_below(name) && !name.is_at_or_below(&zone)
        });
    }

    fn clear(&mut self) {
        (self.len, self.deepest) = (0, 0);
    }
}

/// The name is there, the type is not.
fn no_type(rtype: Type, slot: usize, ttl: u32) -> Finding {
    Finding::Denial {
        missing: Missing::Type(rtype),
        slot,
        ttl,
    }
}

/// There is no such name. What stands in for it: a wildcard with these types, or nothing.
fn no_name(
    types: Option<TypeBitmap<'_>>,
    encloser_labels: usize,
    rtype: Type,
    slot: usize,
    version: Serial,
    ttl: u32,
) -> Option<Finding> {
    let Some(types) = types else {
        return Some(Finding::Denial {
            missing: Missing::Name,
            slot,
            ttl,
        });
    };
    if proves_lack_of(&types, rtype) {
        return Some(no_type(rtype, slot, ttl));
    }
    let has = types.contains(rtype) || types.contains(Type::CNAME);
    (has && !hides_below(&types)).then_some(Finding::Wildcard(Expansion {
        encloser_labels,
        version,
        ttl,
    }))
}

/// Those of an empty non-terminal.
fn no_types() -> Option<TypeBitmap<'static>> {
    TypeBitmap::from_octets(&[]).ok()
}

//! A whole zone signed, by all cores.

use super::apex::with_serial;
use super::pen::Pen;
use super::sets::MadeSet;
use super::verify::{bitmap_of, existing};
use super::{SignError, ZoneSigner, zone_digest};
use crate::hash::RustCryptoSha1;
use crate::parallel::in_pieces;
use crate::zone::{Node, PartBuilder, Zone, ZonePart};
use lib_dns_core::dnssec::{
    Denial, HASH_LEN, HashLabel, Nsec3Parameters, Standing, write_nsec, write_nsec3,
};
use lib_dns_core::name::{MAX_NAME_LEN, Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::rr_data::codec::TypeBitmap;
use lib_dns_core::zone::{RrSet, ZoneLookup, ZoneNode};

/// Names that a thread signs at a time.
const NAMES_A_PIECE: usize = 200;
/// Octets of the longest type bitmap: all windows full.
pub(super) const MAX_BITMAP: usize = 256 * 34;

/// A name of the zone that is signed.
struct Named<'z> {
    node: Node<'z>,
    standing: Standing,
    /// Has it an NSEC record?
    in_chain: bool,
}

/// An NSEC3 record to be.
struct Hashed {
    hash: [u8; HASH_LEN],
    types: Vec<u8>,
}

/// All RRsets of one name, and their signatures with the types that they cover.
#[derive(Clone, Default)]
struct NameRecords {
    sets: Vec<MadeSet>,
    signatures: Vec<(Type, MadeSet)>,
}

impl ZoneSigner {
    /// Signs a whole zone. Signatures, chain and keys that it has are left behind, and it gets the next
    /// serial. `now` is in seconds since 1970.
    ///
    /// All cores work at it.
    ///
    /// # Errors
    /// If an RRset cannot be signed, or the zone has none that it needs.
    pub fn sign(&self, zone: &Zone, now: u64) -> Result<Zone, SignError> {
        let apex = zone.apex();
        let names = self.names(zone);
        let (first, rest) = names.split_first().ok_or(SignError::NoSoa)?;
        let mut apex_records = self.apex_records(zone, first, now)?;
        let soa = set_of(&apex_records.sets, Type::SOA).ok_or(SignError::NoSoa)?;
        let work = Work {
            signer: self,
            apex,
            zone,
            now,
            denial: self.policy.denial.kind(),
            denial_ttl: soa.negative_ttl(),
            parameters: self.policy.denial.parameters(),
        };
        work.sign_apex(first, rest, &mut apex_records)?;
        let pieces = in_pieces(rest, NAMES_A_PIECE, |start, piece| {
            work.piece(piece, &rest[start + piece.len()..])
        })?;
        let mut parts = vec![apex_records.part(first.node)];
        let mut hashed = Vec::new();
        hashed.extend(work.hashed(first, apex_records.sets.iter().map(|set| set.rtype))?);
        for (part, hashes) in pieces {
            parts.push(part);
            hashed.extend(hashes);
        }
        let hashes = work.hashes(hashed)?;
        let signed = zone.rewritten(&parts, &hashes);
        if self.policy.zonemd.is_empty() {
            return Ok(signed);
        }
        apex_records.set_digest(self, &signed, now)?;
        parts[0] = apex_records.part(first.node);
        Ok(zone.rewritten(&parts, &hashes))
    }

    /// The names that there are without what the signer makes: some of the old may stand only for it.
    fn names<'z>(&self, zone: &'z Zone) -> Vec<Named<'z>> {
        let denial = self.policy.denial.kind();
        let named = |(node, standing)| {
            let is_empty = data_sets(node).next().is_none();
            Named {
                node,
                standing,
                in_chain: !is_empty && standing != Standing::Occluded && denial == Denial::Nsec,
            }
        };
        existing(zone).into_iter().map(named).collect()
    }

    /// The RRsets of the apex, without the chain.
    fn apex_records(
        &self,
        zone: &Zone,
        apex: &Named<'_>,
        now: u64,
    ) -> Result<NameRecords, SignError> {
        let kept = data_sets(apex.node).filter(|set| !self.makes(set.rtype));
        let mut sets: Vec<_> = kept.map(|set| MadeSet::of(&set)).collect();
        let soa = sets.iter_mut().find(|set| set.rtype == Type::SOA);
        let soa = soa.ok_or(SignError::NoSoa)?;
        if let Some(policy) = self.policy.serial {
            let serial = policy.next(zone.serial(), now);
            let data = soa
                .view()
                .first()
                .and_then(|data| with_serial(data, serial));
            let mut next = MadeSet::new(Type::SOA, soa.ttl);
            next.push(&data.ok_or(SignError::NoSoa)?)
                .ok_or(SignError::NoSoa)?;
            *soa = next;
        }
        let soa = soa.clone();
        sets.extend(self.made_sets(&zone.apex(), &soa.view())?);
        sets.sort_by_key(|set| set.rtype);
        Ok(NameRecords {
            sets,
            signatures: Vec::new(),
        })
    }
}

impl NameRecords {
    fn part(&self, node: Node<'_>) -> ZonePart {
        let mut part = PartBuilder::default();
        let signatures = self.signatures.iter();
        part.name(
            node,
            self.sets.iter().map(MadeSet::view),
            signatures.map(|(covered, set)| (*covered, set.view())),
        );
        part.finish()
    }

    /// Puts the digests of the zone where their place was kept. Neither they nor their signatures are part
    /// of what is digested.
    fn set_digest(
        &mut self,
        signer: &ZoneSigner,
        signed: &Zone,
        now: u64,
    ) -> Result<(), SignError> {
        let apex = signed.apex();
        let soa = set_of(&self.sets, Type::SOA).ok_or(SignError::NoSoa)?;
        let zonemd = signer.zonemd_set(&apex, &soa, |hash| zone_digest(signed, hash))?;
        let mut pen = Pen::new(signer, apex, signed.class(), now);
        let signatures = pen.sign(&apex, &zonemd.view())?;
        for (covered, set) in &mut self.signatures {
            if *covered == Type::ZONEMD {
                *set = signatures.clone();
            }
        }
        for set in &mut self.sets {
            if set.rtype == Type::ZONEMD {
                *set = zonemd.clone();
            }
        }
        Ok(())
    }
}

fn set_of(sets: &[MadeSet], rtype: Type) -> Option<RrSet<'_>> {
    sets.iter()
        .find(|set| set.rtype == rtype)
        .map(MadeSet::view)
}

/// The RRsets of a name but those that belong to a chain.
pub(super) fn data_sets<'z>(node: Node<'z>) -> impl Iterator<Item = RrSet<'z>> + use<'z> {
    node.data_sets()
        .filter(|set| !matches!(set.rtype, Type::NSEC | Type::NSEC3))
}

/// What all threads know.
struct Work<'w> {
    signer: &'w ZoneSigner,
    zone: &'w Zone,
    apex: Name<'w>,
    now: u64,
    denial: Denial,
    denial_ttl: u32,
    parameters: Option<Nsec3Parameters<'w>>,
}

impl Work<'_> {
    fn pen(&self) -> Pen<'_> {
        Pen::new(self.signer, self.apex, self.zone.class(), self.now)
    }

    fn sign_apex(
        &self,
        apex: &Named<'_>,
        behind: &[Named<'_>],
        records: &mut NameRecords,
    ) -> Result<(), SignError> {
        let types: Vec<_> = records.sets.iter().map(|set| set.rtype).collect();
        let nsec = self.nsec(apex, behind, types.iter().copied())?;
        records.sets.extend(nsec);
        records.sets.sort_by_key(|set| set.rtype);
        let mut pen = self.pen();
        for set in &records.sets {
            let signatures = pen.sign(&self.apex, &set.view())?;
            records.signatures.push((set.rtype, signatures));
        }
        Ok(())
    }

    /// Signs some names; `behind` are those that follow.
    fn piece(
        &self,
        piece: &[Named<'_>],
        behind: &[Named<'_>],
    ) -> Result<(ZonePart, Vec<Hashed>), SignError> {
        let mut pen = self.pen();
        let mut part = PartBuilder::default();
        let mut hashed = Vec::new();
        for (index, name) in piece.iter().enumerate() {
            let owner = name.node.owner();
            let types = data_sets(name.node).map(|set| set.rtype);
            let types = types.collect::<Vec<_>>();
            let following = piece[index + 1..].iter().chain(behind);
            let nsec = self.nsec(name, following, types.iter().copied())?;
            hashed.extend(self.hashed(name, types.iter().copied())?);
            let nsec = nsec.as_ref().map(MadeSet::view);
            let mut sets: Vec<_> = data_sets(name.node).chain(nsec).collect();
            if nsec.is_some() {
                sets.sort_by_key(|set| set.rtype);
            }
            let mut signatures = Vec::new();
            for set in sets.iter().filter(|set| name.standing.signs(set.rtype)) {
                signatures.push((set.rtype, pen.sign(&owner, set)?));
            }
            let signatures = signatures.iter();
            let signatures = signatures.map(|(covered, set)| (*covered, set.view()));
            part.name(name.node, sets.into_iter(), signatures);
        }
        Ok((part.finish(), hashed))
    }

    /// The NSEC record of a name, if it has one, leading to the first of the following that has one too,
    /// or else to the apex.
    fn nsec<'n, 'z: 'n>(
        &self,
        name: &Named<'_>,
        following: impl IntoIterator<Item = &'n Named<'z>>,
        types: impl Iterator<Item = Type> + Clone,
    ) -> Result<Option<MadeSet>, SignError> {
        if !name.in_chain {
            return Ok(None);
        }
        let owner = name.node.owner();
        let Some(types) = self.denial.types(name.standing, types) else {
            return Ok(None);
        };
        let mut following = following.into_iter();
        let next = following.find(|name| name.in_chain);
        let next = next.map_or(self.apex, |name| name.node.owner());
        let mut nsec = MadeSet::new(Type::NSEC, self.denial_ttl);
        nsec.write(&owner, MAX_NAME_LEN + MAX_BITMAP, |writer| {
            write_nsec(&next, types, writer)
        })?;
        Ok(Some(nsec))
    }

    /// The hash of a name and the types of its NSEC3 record, if it has one.
    fn hashed(
        &self,
        name: &Named<'_>,
        types: impl Iterator<Item = Type> + Clone,
    ) -> Result<Option<Hashed>, SignError> {
        let Some(parameters) = self.parameters else {
            return Ok(None);
        };
        let owner = name.node.owner();
        let Some(types) = self.denial.types(name.standing, types) else {
            return Ok(None);
        };
        let types = bitmap_of(types).ok_or_else(|| SignError::too_long(&owner, Type::NSEC3))?;
        Ok(Some(Hashed {
            hash: parameters.hash(&owner, &RustCryptoSha1),
            types,
        }))
    }

    /// All NSEC3 records, signed.
    fn hashes(&self, mut hashed: Vec<Hashed>) -> Result<Vec<ZonePart>, SignError> {
        let Some(parameters) = self.parameters else {
            return Ok(Vec::new());
        };
        hashed.sort_unstable_by_key(|hashed| hashed.hash);
        if hashed.windows(2).any(|pair| pair[0].hash == pair[1].hash) {
            return Err(SignError::HashCollision);
        }
        let opt_out = self.denial == Denial::Nsec3 { opt_out: true };
        in_pieces(&hashed, NAMES_A_PIECE, |start, piece| {
            let mut pen = self.pen();
            let mut part = PartBuilder::default();
            for (index, entry) in piece.iter().enumerate() {
                let next = hashed.get(start + index + 1).or(hashed.first());
                let next = next.map_or(&entry.hash, |next| &next.hash);
                let label = HashLabel::encode(&entry.hash);
                let owner = hash_owner(&label, &self.apex)?;
                let owner = owner.as_name();
                let types = TypeBitmap::from_octets(&entry.types);
                let types = types.map_err(|_| SignError::too_long(&owner, Type::NSEC3))?;
                let types: Vec<_> = types.iter().collect();
                let mut nsec3 = MadeSet::new(Type::NSEC3, self.denial_ttl);
                let most = 512 + entry.types.len();
                nsec3.write(&owner, most, |writer| {
                    let types = types.iter().copied();
                    write_nsec3(&parameters, opt_out, next, types, writer)
                })?;
                let signatures = pen.sign(&owner, &nsec3.view())?;
                part.hash(&label, &owner, nsec3.view(), signatures.view());
            }
            Ok(part.finish())
        })
    }
}

/// The owner of an NSEC3 record (RFC 5155 3).
pub(super) fn hash_owner(label: &HashLabel, apex: &Name<'_>) -> Result<NameBuf, SignError> {
    let owner = label.owner(apex);
    owner.ok_or_else(|| SignError::too_long(apex, Type::NSEC3))
}

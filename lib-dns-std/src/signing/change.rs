//! A change made complete: what signing needs comes to it, and no more.

use super::links::{Chain, Changed};
use super::pen::Pen;
use super::sets::MadeSet;
use super::whole::{MAX_BITMAP, data_sets, hash_owner};
use super::{SignError, ZoneSigner, zone_digest};
use crate::hash::RustCryptoSha1;
use crate::zone::{Change, Node, Zone};
use lib_dns_core::dnssec::{
    Denial, HASH_LEN, HashLabel, Nsec3Parameters, Standing, write_nsec, write_nsec3,
};
use lib_dns_core::name::{MAX_NAME_LEN, Name, NameBuf};
use lib_dns_core::rr_data::{Nsec, Nsec3, RecordType, Type};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{RrSet, StoredRecord, ZoneLookup, ZoneNode};
use std::collections::{BTreeMap, BTreeSet};

/// Octets of NSEC3 data before the types: the parameters with the longest salt, and a hash.
const MAX_NSEC3_HEAD: usize = 5 + 255 + 1 + HASH_LEN;

impl ZoneSigner {
    /// Adds to a change of a signed zone what signing needs: signatures of the RRsets that differ, the NSEC
    /// or NSEC3 records that change and theirs, the keys as they are now, the SOA record's signature, and
    /// the digest if the policy has one. No other record is touched. `now` is in seconds since 1970.
    ///
    /// A change without a new SOA record gets the next serial. What it says of types that the signer makes
    /// is passed over. A zone that is not signed yet, or that denies in another way, is signed as a whole.
    ///
    /// # Errors
    /// If something cannot be signed, or the change does not fit the zone; then it is left half done.
    pub fn complete(&self, zone: &Zone, change: &mut Change, now: u64) -> Result<(), SignError> {
        self.complete_with(zone, change, now, |_, _| Ok(()))
    }

    /// [`Self::complete`], with more that is signed before the digest is computed.
    pub(super) fn complete_with(
        &self,
        zone: &Zone,
        change: &mut Change,
        now: u64,
        more: impl FnOnce(&mut Pen<'_>, &mut Change) -> Result<(), SignError>,
    ) -> Result<(), SignError> {
        self.pass_over(zone, change)?;
        if !change.added().any(|record| record.rtype == Type::SOA) {
            let policy = self.policy.serial.unwrap_or_default();
            change.set_serial(zone, policy.next(zone.serial(), now))?;
        }
        let mut octets = Vec::new();
        let next = zone.apply(&change.difference(&mut octets)?)?;
        if !self.denies_alike(zone) {
            let kept = Self {
                policy: super::SigningPolicy {
                    serial: None,
                    ..self.policy.clone()
                },
                keys: self.keys.clone(),
            };
            *change = Change::between(zone, &kept.sign(&next, now)?)?;
            return Ok(());
        }
        let soa = rrset_of(&next, &next.apex(), Type::SOA).ok_or(SignError::NoSoa)?;
        self.set_made(zone, &soa, change)?;
        let next = zone.apply(&change.difference(&mut octets)?)?;
        let mut completion = Completion {
            signer: self,
            old: zone,
            new: &next,
            pen: Pen::new(self, zone.apex(), zone.class(), now),
            denial: self.policy.denial.kind(),
        };
        let names = completion.affected(change);
        for name in &names {
            completion.signatures(&name.as_name(), change)?;
        }
        completion.chain(&names, change)?;
        more(&mut completion.pen, change)?;
        if !self.policy.zonemd.is_empty() {
            self.set_digest(zone, change, now)?;
        }
        Ok(())
    }

    /// Takes out of a change what it says of types that the signer makes.
    fn pass_over(&self, zone: &Zone, change: &mut Change) -> Result<(), SignError> {
        let made = |record: &StoredRecord<'_>| match record.rtype {
            Type::RRSIG | Type::NSEC | Type::NSEC3 => true,
            rtype => record.owner == zone.apex() && self.makes(rtype),
        };
        let (mut undone, original) = (change.clone(), &*change);
        for record in original.added().filter(made) {
            undone.delete(&record)?;
        }
        for record in original.deleted().filter(made) {
            undone.add(&record)?;
        }
        *change = undone;
        Ok(())
    }

    /// Does the apex have what the signer makes, as it is to be? The digest is not computed for it.
    pub(super) fn has_made(&self, zone: &Zone) -> Result<bool, SignError> {
        let apex = zone.apex();
        let soa = rrset_of(zone, &apex, Type::SOA).ok_or(SignError::NoSoa)?;
        if !self.denies_alike(zone) {
            return Ok(false);
        }
        let mut change = Change::new();
        self.set_made(zone, &soa, &mut change)?;
        Ok(change.is_empty())
    }

    /// Is the zone signed, with a chain as the policy has it?
    fn denies_alike(&self, zone: &Zone) -> bool {
        let apex = zone.apex();
        let is_signed = rrset_of(zone, &apex, Type::DNSKEY).is_some();
        let first_hash = zone.hashed_nodes().next();
        let is_alike = match self.policy.denial.parameters() {
            None => rrset_of(zone, &apex, Type::NSEC).is_some() && first_hash.is_none(),
            Some(parameters) => {
                let param = rrset_of(zone, &apex, Type::NSEC3PARAM);
                let param = param.and_then(|set| Nsec3Parameters::from_data(set.first()?));
                let nsec3 = first_hash.and_then(|node| node.rrset(Type::NSEC3));
                let flags = nsec3.and_then(|set| set.first()?.get(1).copied());
                let opt_out = self.policy.denial.kind() == Denial::Nsec3 { opt_out: true };
                param == Some(parameters) && flags == Some(u8::from(opt_out))
            }
        };
        is_signed && is_alike
    }

    /// The RRsets of the apex that the signer makes become what they are to be; the digest comes last.
    fn set_made(&self, zone: &Zone, soa: &RrSet<'_>, change: &mut Change) -> Result<(), SignError> {
        let apex = zone.apex();
        let wanted = self.made_sets(&apex, soa)?;
        let makes_digest = !self.policy.zonemd.is_empty();
        let types = [Type::DNSKEY, Type::CDS, Type::CDNSKEY, Type::NSEC3PARAM];
        let types = types.into_iter().filter(|rtype| self.makes(*rtype));
        for rtype in types.chain([Type::ZONEMD]) {
            let wanted = wanted.iter().find(|set| set.rtype == rtype);
            // A digest that is there keeps its place until the new one is known.
            let has = rrset_of(zone, &apex, rtype);
            if rtype == Type::ZONEMD && makes_digest && has.is_some() {
                continue;
            }
            replace(zone, &apex, rtype, has, wanted.map(MadeSet::view), change)?;
        }
        Ok(())
    }

    /// Gives the zone that the change leads to the digests that it has.
    fn set_digest(&self, zone: &Zone, change: &mut Change, now: u64) -> Result<(), SignError> {
        let mut octets = Vec::new();
        let next = zone.apply(&change.difference(&mut octets)?)?;
        let apex = next.apex();
        let soa = rrset_of(&next, &apex, Type::SOA).ok_or(SignError::NoSoa)?;
        let zonemd = self.zonemd_set(&apex, &soa, |hash| zone_digest(&next, hash))?;
        let mut pen = Pen::new(self, apex, next.class(), now);
        let signatures = pen.sign(&apex, &zonemd.view())?;
        let node = next.get(&apex);
        for (rtype, has, wanted) in [
            (Type::ZONEMD, rrset_of(&next, &apex, Type::ZONEMD), &zonemd),
            (
                Type::RRSIG,
                node.and_then(|node| node.signatures(Type::ZONEMD)),
                &signatures,
            ),
        ] {
            replace(zone, &apex, rtype, has, Some(wanted.view()), change)?;
        }
        Ok(())
    }
}

fn rrset_of<'z>(zone: &'z Zone, name: &Name<'_>, rtype: Type) -> Option<RrSet<'z>> {
    zone.get(name)?.rrset(rtype)
}

/// One RRset takes the place of another, if they differ.
pub(super) fn replace(
    zone: &Zone,
    owner: &Name<'_>,
    rtype: Type,
    has: Option<RrSet<'_>>,
    wanted: Option<RrSet<'_>>,
    change: &mut Change,
) -> Result<(), SignError> {
    let is_same = match (&has, &wanted) {
        (Some(has), Some(wanted)) => {
            let mut records = [has, wanted].map(|set| set.records().collect::<Vec<_>>());
            records
                .iter_mut()
                .for_each(|records| records.sort_unstable());
            has.ttl == wanted.ttl && records[0] == records[1]
        }
        (None, None) => true,
        _ => false,
    };
    if is_same {
        return Ok(());
    }
    let record = |ttl, data| StoredRecord {
        owner: *owner,
        rtype,
        class: zone.class(),
        ttl,
        data,
    };
    for set in has.iter() {
        set.records()
            .try_for_each(|data| change.delete(&record(set.ttl, data)))?;
    }
    for set in wanted.iter() {
        set.records()
            .try_for_each(|data| change.add(&record(set.ttl, data)))?;
    }
    Ok(())
}

/// What one name is to a version of a zone.
struct State {
    standing: Standing,
    types: Vec<Type>,
    /// Has it, or a name below it, any data?
    exists: bool,
}

impl State {
    fn of(zone: &Zone, name: &Name<'_>) -> Self {
        let Some(node) = zone.get(name) else {
            return Self {
                standing: Standing::Authoritative,
                types: Vec::new(),
                exists: false,
            };
        };
        let types: Vec<_> = data_sets(node).map(|set| set.rtype).collect();
        let mut below = zone.nodes_below(name);
        Self {
            standing: node.standing(),
            // Some names may stand only for the chain or signatures that they once had.
            exists: !types.is_empty() || below.any(|node| data_sets(node).next().is_some()),
            types,
        }
    }

    /// The types that the record of the chain lists, if there is to be one.
    fn denial_types(&self, denial: Denial) -> Option<Vec<Type>> {
        if !self.exists {
            return None;
        }
        let types = denial.types(self.standing, self.types.iter().copied())?;
        Some(types.collect())
    }
}

/// What it takes to make one change complete.
struct Completion<'c> {
    signer: &'c ZoneSigner,
    old: &'c Zone,
    /// With the change, but with signatures and chain as they were.
    new: &'c Zone,
    pen: Pen<'c>,
    denial: Denial,
}

impl Completion<'_> {
    /// The names at which signatures or the chain may change: those of the change, those below a cut or a
    /// DNAME that comes or goes, and, where they have records in the chain, the ancestors, which may be empty
    /// non-terminals that come or go.
    fn affected(&self, change: &Change) -> BTreeSet<NameBuf> {
        let owners = change.deleted().chain(change.added());
        let owners: BTreeSet<NameBuf> = owners.map(|record| record.owner.into()).collect();
        let apex = self.new.apex();
        let mut names = owners.clone();
        for owner in &owners {
            let owner = owner.as_name();
            let covers = |zone: &Zone| {
                let has = |rtype| rrset_of(zone, &owner, rtype).is_some();
                (has(Type::NS) && owner != apex) || has(Type::DNAME)
            };
            if covers(self.old) != covers(self.new) {
                let below = [self.old, self.new].map(|zone| zone.nodes_below(&owner));
                names.extend(
                    below
                        .into_iter()
                        .flatten()
                        .map(|node| NameBuf::from(node.owner())),
                );
            }
            if matches!(self.denial, Denial::Nsec3 { .. }) {
                let ancestors = apex.label_count() + 1..owner.label_count();
                names.extend(ancestors.map(|labels| NameBuf::from(owner.ancestor(labels))));
            }
        }
        names
    }

    /// Signs at one name what differs, and takes away what is signed no more.
    fn signatures(&mut self, name: &Name<'_>, change: &mut Change) -> Result<(), SignError> {
        let (old, new) = (self.old.get(name), self.new.get(name));
        let standing = new.map_or(Standing::Authoritative, |node| node.standing());
        let mut types = BTreeSet::new();
        types.extend(
            old.iter()
                .flat_map(|node| node.all_signatures())
                .map(|(covered, _)| covered),
        );
        types.extend(
            new.iter()
                .flat_map(|node| data_sets(*node))
                .map(|set| set.rtype),
        );
        // Those of the chain go with it.
        types.remove(&Type::NSEC);
        for rtype in types {
            let (had, has) = (
                old.and_then(|node| node.rrset(rtype)),
                new.and_then(|node| node.rrset(rtype)),
            );
            let signatures = old.and_then(|node| node.signatures(rtype));
            let has = has.filter(|_| standing.signs(rtype));
            if had == has && signatures.is_some() == has.is_some() {
                continue;
            }
            let wanted = match &has {
                Some(set) => Some(self.pen.sign(name, set)?),
                None => None,
            };
            let owner = new.or(old).map_or(*name, |node| node.owner());
            let wanted = wanted.as_ref().map(MadeSet::view);
            replace(self.old, &owner, Type::RRSIG, signatures, wanted, change)?;
        }
        Ok(())
    }

    /// Brings the chain in line.
    fn chain(&mut self, names: &BTreeSet<NameBuf>, change: &mut Change) -> Result<(), SignError> {
        let soa = |zone| rrset_of(zone, &self.new.apex(), Type::SOA).map(|soa| soa.negative_ttl());
        let ttl = soa(self.new).ok_or(SignError::NoSoa)?;
        let all = soa(self.old) != Some(ttl);
        match self.signer.policy.denial.parameters() {
            None => self.nsec_chain(names, ttl, all, change),
            Some(parameters) => self.nsec3_chain(names, &parameters, ttl, all, change),
        }
    }

    fn nsec_chain(
        &mut self,
        names: &BTreeSet<NameBuf>,
        ttl: u32,
        all: bool,
        change: &mut Change,
    ) -> Result<(), SignError> {
        let chain = NsecChain(self.old);
        let mut wanted: BTreeMap<NameBuf, Option<Vec<Type>>> = BTreeMap::new();
        if all {
            let with_nsec = self
                .old
                .nodes()
                .filter(|node| node.rrset(Type::NSEC).is_some());
            wanted.extend(with_nsec.filter_map(|node| {
                let types = chain.types(&node)?;
                Some((node.owner().into(), Some(types)))
            }));
        }
        for name in names {
            let types = State::of(self.new, &name.as_name()).denial_types(self.denial);
            wanted.insert(*name, types);
        }
        let places = wanted.iter().map(|(name, types)| (*name, types.is_some()));
        let links = Changed::new(&chain, places.collect()).links();
        for (name, next) in links {
            let node = self.new.get(&name.as_name());
            let owner = node.map_or(name, |node| node.owner().into());
            let types = match wanted.get(&name) {
                Some(types) => types.clone(),
                None => self
                    .old
                    .get(&name.as_name())
                    .and_then(|node| chain.types(&node)),
            };
            // The next name as it is written where it stands.
            let next = self
                .new
                .get(&next.as_name())
                .map_or(next, |node| node.owner().into());
            let mut nsec = MadeSet::new(Type::NSEC, ttl);
            nsec.write(&owner.as_name(), MAX_NAME_LEN + MAX_BITMAP, |writer| {
                write_nsec(
                    &next.as_name(),
                    types.unwrap_or_default().into_iter(),
                    writer,
                )
            })?;
            self.set_denial(&owner.as_name(), Type::NSEC, Some(nsec), change)?;
        }
        for (name, _) in wanted.iter().filter(|(_, types)| types.is_none()) {
            self.set_denial(&name.as_name(), Type::NSEC, None, change)?;
        }
        Ok(())
    }

    fn nsec3_chain(
        &mut self,
        names: &BTreeSet<NameBuf>,
        parameters: &Nsec3Parameters<'_>,
        ttl: u32,
        all: bool,
        change: &mut Change,
    ) -> Result<(), SignError> {
        let chain = Nsec3Chain(self.old);
        let mut wanted: BTreeMap<[u8; HASH_LEN], Option<Vec<Type>>> = BTreeMap::new();
        if all {
            wanted.extend(self.old.hashed_nodes().filter_map(|node| {
                let hash = HashLabel::decode(node.owner().first_label()?)?;
                Some((hash, Some(Nsec3Chain::types(&node)?)))
            }));
        }
        let mut hashed = BTreeSet::new();
        for name in names {
            let name = name.as_name();
            let hash = parameters.hash(&name, &RustCryptoSha1);
            if !hashed.insert(hash) {
                return Err(SignError::HashCollision);
            }
            wanted.insert(hash, State::of(self.new, &name).denial_types(self.denial));
        }
        let places = wanted.iter().map(|(hash, types)| (*hash, types.is_some()));
        let links = Changed::new(&chain, places.collect()).links();
        let apex = self.new.apex();
        let opt_out = self.denial == Denial::Nsec3 { opt_out: true };
        for (hash, next) in links {
            let owner = hash_owner(&HashLabel::encode(&hash), &apex)?;
            let types = match wanted.get(&hash) {
                Some(types) => types.clone(),
                None => self
                    .old
                    .nsec3_at(&hash)
                    .and_then(|node| Nsec3Chain::types(&node)),
            };
            let mut nsec3 = MadeSet::new(Type::NSEC3, ttl);
            nsec3.write(&owner.as_name(), MAX_NSEC3_HEAD + MAX_BITMAP, |writer| {
                let types = types.unwrap_or_default().into_iter();
                write_nsec3(parameters, opt_out, &next, types, writer)
            })?;
            self.set_denial(&owner.as_name(), Type::NSEC3, Some(nsec3), change)?;
        }
        for (hash, _) in wanted.iter().filter(|(_, types)| types.is_none()) {
            let owner = hash_owner(&HashLabel::encode(hash), &apex)?;
            self.set_denial(&owner.as_name(), Type::NSEC3, None, change)?;
        }
        Ok(())
    }

    /// A record of the chain, and its signatures, take the place of those at a name, if they differ.
    fn set_denial(
        &mut self,
        owner: &Name<'_>,
        rtype: Type,
        wanted: Option<MadeSet>,
        change: &mut Change,
    ) -> Result<(), SignError> {
        let old: Option<Node<'_>> = if rtype == Type::NSEC3 {
            let hash = owner.first_label().and_then(HashLabel::decode);
            hash.and_then(|hash| self.old.nsec3_at(&hash))
        } else {
            self.old.get(owner)
        };
        let has = old.and_then(|node| node.rrset(rtype));
        let signatures = old.and_then(|node| node.signatures(rtype));
        let view = wanted.as_ref().map(MadeSet::view);
        if has == view && signatures.is_some() == view.is_some() {
            return Ok(());
        }
        let signed = match &view {
            Some(set) => Some(self.pen.sign(owner, set)?),
            None => None,
        };
        replace(self.old, owner, rtype, has, view, change)?;
        let signed = signed.as_ref().map(MadeSet::view);
        replace(self.old, owner, Type::RRSIG, signatures, signed, change)
    }
}

/// The NSEC records of a zone.
struct NsecChain<'z>(&'z Zone);

impl NsecChain<'_> {
    fn data<'n>(node: &Node<'n>) -> Option<Nsec<'n>> {
        Nsec::read(&mut Reader::new(node.rrset(Type::NSEC)?.first()?)).ok()
    }

    fn types(&self, node: &Node<'_>) -> Option<Vec<Type>> {
        Some(Self::data(node)?.types.iter().collect())
    }
}

impl Chain for NsecChain<'_> {
    type Place = NameBuf;

    fn has(&self, place: &NameBuf) -> bool {
        rrset_of(self.0, &place.as_name(), Type::NSEC).is_some()
    }

    fn before(&self, place: &NameBuf) -> Option<NameBuf> {
        Some(self.0.nsec_before(&place.as_name())?.owner().into())
    }

    fn next(&self, place: &NameBuf) -> Option<NameBuf> {
        Some(Self::data(&self.0.get(&place.as_name())?)?.next.into())
    }
}

/// The NSEC3 records of a zone.
struct Nsec3Chain<'z>(&'z Zone);

impl Nsec3Chain<'_> {
    fn data<'n>(node: &Node<'n>) -> Option<Nsec3<'n>> {
        Nsec3::read(&mut Reader::new(node.rrset(Type::NSEC3)?.first()?)).ok()
    }

    fn types(node: &Node<'_>) -> Option<Vec<Type>> {
        Some(Self::data(node)?.types.iter().collect())
    }
}

impl Chain for Nsec3Chain<'_> {
    type Place = [u8; HASH_LEN];

    fn has(&self, place: &[u8; HASH_LEN]) -> bool {
        self.0.nsec3_at(place).is_some()
    }

    fn before(&self, place: &[u8; HASH_LEN]) -> Option<[u8; HASH_LEN]> {
        HashLabel::decode(self.0.nsec3_before(place)?.owner().first_label()?)
    }

    fn next(&self, place: &[u8; HASH_LEN]) -> Option<[u8; HASH_LEN]> {
        let node = self.0.nsec3_at(place)?;
        Self::data(&node)?.next_hashed_owner.try_into().ok()
    }
}

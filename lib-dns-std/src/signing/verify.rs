//! A signed zone checked as a whole: what a validator would find wrong with any answer from it.

use super::report::{SignedZoneProblem, SignedZoneReport};
use super::scratch::Scratch;
use super::whole::{MAX_BITMAP, data_sets};
use super::{check_zone_digest, nsec3_check};
use crate::parallel::in_pieces;
use crate::zone::{Node, Zone};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::SignatureVerifier;
use lib_dns_core::dnssec::{
    DNSKEY_REVOKED, DNSKEY_ZONE, Denial, MAX_SIGNATURES, SignatureFault, Standing, VerifyBudget,
    verify_signature,
};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::codec::write_types;
use lib_dns_core::rr_data::{Dnskey, Nsec, RecordType, Type};
use lib_dns_core::wire::{Form, Reader, Writer};
use lib_dns_core::zone::{RrSet, Serial, ZoneLookup, ZoneNode};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// Names that a thread checks at a time.
const NAMES_A_PIECE: usize = 200;

/// Checks a signed zone as a whole (RFC 4035 2, RFC 5155 7.1, RFC 8976 4).
///
/// Every RRset that the zone speaks for must be signed with every algorithm of its keys, and all signatures
/// must hold at `now`, in seconds since 1970; nothing else may be signed. The keys must be signed by one of
/// their own: whether the parent points to it is not asked. The NSEC or NSEC3 records must be those that the
/// names make and no others. A digest, where there is one, must match. All cores work at it.
pub fn verify_zone<V: SignatureVerifier + Sync>(
    zone: &Zone,
    verifier: &V,
    now: u64,
) -> SignedZoneReport {
    let mut report = SignedZoneReport::default();
    let apex = zone.apex();
    let node = zone.get(&apex);
    let keys = node.and_then(|node| node.rrset(Type::DNSKEY));
    let Some(keys) = keys else {
        report.add(&apex, Some(Type::DNSKEY), SignedZoneProblem::NoKeys);
        return report;
    };
    let check = Check {
        zone,
        verifier,
        keys,
        algorithms: algorithms(&keys),
        now: Serial(now as u32),
    };
    if check.algorithms.is_empty() {
        report.add(&apex, Some(Type::DNSKEY), SignedZoneProblem::NoKeys);
    }
    let names: Vec<_> = zone.nodes().chain(zone.hashed_nodes()).collect();
    let pieces = in_pieces(&names, NAMES_A_PIECE, |_, piece| {
        Ok::<_, Infallible>(check.signatures(piece))
    });
    match pieces {
        Ok(pieces) => pieces.into_iter().for_each(|piece| report.append(piece)),
        Err(never) => match never {},
    }
    check.denial(&mut report);
    let has_digest = node.is_some_and(|node| node.rrset(Type::ZONEMD).is_some());
    if has_digest && let Err(fault) = check_zone_digest(zone) {
        let problem = SignedZoneProblem::Digest(fault);
        report.add(&apex, Some(Type::ZONEMD), problem);
    }
    report
}

/// The algorithms of the keys that may sign the zone.
fn algorithms(keys: &RrSet<'_>) -> BTreeSet<SecurityAlgorithm> {
    let keys = keys.records();
    let keys = keys.filter_map(|data| Dnskey::read(&mut Reader::new(data)).ok());
    let signs = |key: &Dnskey<'_>| {
        key.flags & DNSKEY_ZONE != 0 && key.flags & DNSKEY_REVOKED == 0 && key.protocol == 3
    };
    keys.filter(signs).map(|key| key.algorithm).collect()
}

struct Check<'z, V> {
    zone: &'z Zone,
    verifier: &'z V,
    keys: RrSet<'z>,
    algorithms: BTreeSet<SecurityAlgorithm>,
    now: Serial,
}

impl<V: SignatureVerifier + Sync> Check<'_, V> {
    /// Checks the signatures of some names.
    fn signatures(&self, names: &[Node<'_>]) -> SignedZoneReport {
        let mut report = SignedZoneReport::default();
        let mut scratch = Scratch::default();
        for node in names {
            let standing = node.standing();
            for set in node.data_sets() {
                if standing.signs(set.rtype) {
                    self.rrset(node, &set, &mut scratch, &mut report);
                }
            }
            for (covered, _) in node.all_signatures() {
                if !standing.signs(covered) || node.rrset(covered).is_none() {
                    let problem = SignedZoneProblem::SignatureOfNothing;
                    report.add(&node.owner(), Some(covered), problem);
                }
            }
        }
        report
    }

    fn rrset(
        &self,
        node: &Node<'_>,
        set: &RrSet<'_>,
        scratch: &mut Scratch,
        report: &mut SignedZoneReport,
    ) {
        let owner = node.owner();
        let rtype = Some(set.rtype);
        let signatures = node.signatures(set.rtype);
        let Some(signatures) = signatures else {
            let problem = SignedZoneProblem::Signature(SignatureFault::Missing);
            return report.add(&owner, rtype, problem);
        };
        if signatures.ttl != set.ttl {
            report.add(&owner, rtype, SignedZoneProblem::SignatureTtl);
        }
        if signatures.records().count() > MAX_SIGNATURES {
            report.add(&owner, rtype, SignedZoneProblem::TooManySignatures);
        }
        let Ok(mut rrset) = scratch.canonical(&owner, self.zone.class(), set) else {
            let problem = SignedZoneProblem::Signature(SignatureFault::NoRoom);
            return report.add(&owner, rtype, problem);
        };
        let mut budget = VerifyBudget::default();
        let mut missing = self.algorithms.clone();
        for data in signatures.records().take(MAX_SIGNATURES) {
            let apex = self.zone.apex();
            let keys = self.keys.records();
            let (verifier, now) = (self.verifier, self.now);
            let verdict =
                verify_signature(verifier, &apex, keys, data, &mut rrset, now, &mut budget);
            match verdict {
                // In the zone itself a name stands for itself alone.
                Ok(signed) if signed.from_wildcard => report.add(
                    &owner,
                    rtype,
                    SignedZoneProblem::Signature(SignatureFault::BadLabels),
                ),
                Ok(signed) => {
                    report.signature(signed.expiration);
                    if let Some(algorithm) = data.get(2) {
                        missing.remove(&SecurityAlgorithm(*algorithm));
                    }
                }
                // A key that is not published yet, or no more, may sign: no validator looks at that.
                Err(SignatureFault::NoKey) => {}
                Err(fault) => {
                    if let Some(algorithm) = data.get(2) {
                        // Told as what is wrong with it, not as missing.
                        missing.remove(&SecurityAlgorithm(*algorithm));
                    }
                    report.add(&owner, rtype, SignedZoneProblem::Signature(fault));
                }
            }
        }
        for algorithm in missing {
            let problem = SignedZoneProblem::AlgorithmMissing(algorithm);
            report.add(&owner, rtype, problem);
        }
    }

    /// Checks the chain.
    fn denial(&self, report: &mut SignedZoneReport) {
        let apex = self.zone.apex();
        let node = self.zone.get(&apex);
        let has = |rtype| node.is_some_and(|node| node.rrset(rtype).is_some());
        let nsec = self
            .zone
            .nodes()
            .any(|node| node.rrset(Type::NSEC).is_some());
        let nsec3 = self.zone.hashed_nodes().next().is_some() || has(Type::NSEC3PARAM);
        match (nsec, nsec3) {
            (true, false) => self.nsec(report),
            (false, true) => nsec3_check::check(self.zone, report),
            (true, true) => report.add(&apex, None, SignedZoneProblem::TwoChains),
            (false, false) => report.add(&apex, None, SignedZoneProblem::DenialMissing),
        }
    }

    fn nsec(&self, report: &mut SignedZoneReport) {
        let mut chain = Vec::new();
        for node in self.zone.nodes() {
            let types = data_sets(node).map(|set| set.rtype).collect::<Vec<_>>();
            let types = Denial::Nsec.types(node.standing(), types.into_iter());
            let bitmap = types.and_then(bitmap_of);
            match (&bitmap, node.rrset(Type::NSEC)) {
                (None, Some(_)) => {
                    let problem = SignedZoneProblem::DenialOfNothing;
                    report.add(&node.owner(), Some(Type::NSEC), problem);
                }
                (Some(_), None) => {
                    let problem = SignedZoneProblem::DenialMissing;
                    report.add(&node.owner(), Some(Type::NSEC), problem);
                }
                _ => {}
            }
            if let Some(bitmap) = bitmap {
                chain.push((node, bitmap));
            }
        }
        let next = chain.iter().skip(1).chain(chain.first());
        for ((node, bitmap), (next, _)) in chain.iter().zip(next) {
            let Some(set) = node.rrset(Type::NSEC) else {
                continue;
            };
            check_nsec(&node.owner(), &set, &next.owner(), bitmap, report);
        }
    }
}

fn check_nsec(
    owner: &Name<'_>,
    set: &RrSet<'_>,
    next: &Name<'_>,
    bitmap: &[u8],
    report: &mut SignedZoneReport,
) {
    let rtype = Some(Type::NSEC);
    let mut records = set.records();
    let data = match (records.next(), records.next()) {
        (Some(data), None) => Nsec::read(&mut Reader::new(data)),
        _ => return report.add(owner, rtype, SignedZoneProblem::SeveralDenials),
    };
    match data {
        Ok(nsec) => {
            if nsec.next != *next {
                report.add(owner, rtype, SignedZoneProblem::DenialNext);
            }
            if nsec.types.as_bytes() != bitmap {
                report.add(owner, rtype, SignedZoneProblem::DenialTypes);
            }
        }
        Err(_) => report.add(owner, rtype, SignedZoneProblem::DenialMalformed),
    }
}

/// The bitmap of some types (RFC 4034 4.1.2).
pub(super) fn bitmap_of(types: impl Iterator<Item = Type> + Clone) -> Option<Vec<u8>> {
    let mut octets = [0; MAX_BITMAP];
    let mut writer = Writer::<0>::new(&mut octets, Form::Plain);
    write_types(types, &mut writer).ok()?;
    Some(writer.written().to_vec())
}

/// Names that exist by their data or by that of names below: others stand for signatures alone.
pub(super) fn existing(zone: &Zone) -> Vec<(Node<'_>, Standing)> {
    let nodes: Vec<_> = zone.nodes().collect();
    let mut names: Vec<(Node<'_>, Standing)> = Vec::new();
    // From the last to the first, so that what is below an empty name is known before it.
    for node in nodes.into_iter().rev() {
        let is_empty = data_sets(node).next().is_none();
        let below = names.last();
        let is_above = below.is_some_and(|(below, _)| below.owner().is_below(&node.owner()));
        if !is_empty || is_above || node.owner() == zone.apex() {
            names.push((node, node.standing()));
        }
    }
    names.reverse();
    names
}

//! The NSEC3 records of a zone checked against its names (RFC 5155 7.1).

use super::report::{SignedZoneProblem, SignedZoneReport};
use super::verify::{bitmap_of, existing};
use super::whole::data_sets;
use crate::hash::RustCryptoSha1;
use crate::zone::{Node, Zone};
use lib_dns_core::dnssec::{Denial, HASH_LEN, HashLabel, Nsec3Parameters, Standing};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{Nsec3, RecordType, Type};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{ZoneLookup, ZoneNode};
use std::collections::BTreeMap;

/// A name that has, or could have, an NSEC3 record.
struct Wanted {
    owner: NameBuf,
    bitmap: Vec<u8>,
    /// May it be left out, where the record before it says so (RFC 5155 6)?
    optional: bool,
}

/// An NSEC3 record.
struct Record<'z> {
    node: Node<'z>,
    hash: [u8; HASH_LEN],
    data: Nsec3<'z>,
}

pub(super) fn check(zone: &Zone, report: &mut SignedZoneReport) {
    let apex = zone.apex();
    let param = zone
        .get(&apex)
        .and_then(|node| node.rrset(Type::NSEC3PARAM));
    let param = param.and_then(|set| {
        let mut records = set.records();
        let first = records.next()?;
        records.next().is_none().then_some(first)
    });
    let Some(parameters) = param.and_then(Nsec3Parameters::from_data) else {
        let problem = SignedZoneProblem::Nsec3Parameters;
        return report.add(&apex, Some(Type::NSEC3PARAM), problem);
    };
    let wanted = wanted(zone, &parameters);
    let records = records(zone, &parameters, report);
    let next = records.iter().skip(1).chain(records.first());
    for (record, next) in records.iter().zip(next) {
        let owner = record.node.owner();
        let mut tell = |problem| report.add(&owner, Some(Type::NSEC3), problem);
        if record.data.next_hashed_owner != next.hash {
            tell(SignedZoneProblem::DenialNext);
        }
        match wanted.get(&record.hash) {
            None => tell(SignedZoneProblem::DenialOfNothing),
            Some(wanted) if wanted.bitmap != record.data.types.as_bytes() => {
                tell(SignedZoneProblem::DenialTypes);
            }
            Some(_) => {}
        }
    }
    for (hash, wanted) in &wanted {
        let at = records.partition_point(|record| record.hash <= *hash);
        let before = at.checked_sub(1).and_then(|at| records.get(at));
        let before = before.or(records.last());
        let covering = match before {
            Some(record) if record.hash == *hash => continue,
            covering => covering,
        };
        let opts_out = covering.is_some_and(|record| record.data.flags & 1 != 0);
        if !(wanted.optional && opts_out) {
            let problem = SignedZoneProblem::DenialMissing;
            report.add(&wanted.owner.as_name(), Some(Type::NSEC3), problem);
        }
    }
}

/// What the names make, by hash.
fn wanted(zone: &Zone, parameters: &Nsec3Parameters<'_>) -> BTreeMap<[u8; HASH_LEN], Wanted> {
    let mut wanted = BTreeMap::new();
    // The last name, going backwards, that must have a record.
    let mut required: Option<NameBuf> = None;
    for (node, standing) in existing(zone).into_iter().rev() {
        let types: Vec<_> = data_sets(node).map(|set| set.rtype).collect();
        let of = |opt_out| Denial::Nsec3 { opt_out }.types(standing, types.iter().copied());
        let Some(bitmap) = of(false).and_then(bitmap_of) else {
            continue;
        };
        let owner = node.owner();
        // An empty non-terminal is needed for what is below it alone.
        let is_needed = match standing {
            Standing::Authoritative if types.is_empty() => {
                required.is_some_and(|below| below.as_name().is_below(&owner))
            }
            _ => of(true).is_some(),
        };
        if is_needed {
            required = Some(owner.into());
        }
        let hash = parameters.hash(&owner, &RustCryptoSha1);
        let owner = owner.into();
        let name = Wanted {
            owner,
            bitmap,
            optional: !is_needed,
        };
        wanted.insert(hash, name);
    }
    wanted
}

/// The NSEC3 records, by hash.
fn records<'z>(
    zone: &'z Zone,
    parameters: &Nsec3Parameters<'_>,
    report: &mut SignedZoneReport,
) -> Vec<Record<'z>> {
    let mut records = Vec::new();
    for node in zone.hashed_nodes() {
        let owner = node.owner();
        let mut tell = |problem| report.add(&owner, Some(Type::NSEC3), problem);
        let hash = owner.first_label().and_then(HashLabel::decode);
        let set = node.rrset(Type::NSEC3);
        let data: Vec<_> = set.iter().flat_map(|set| set.records()).collect();
        let ([data], Some(hash)) = (&data[..], hash) else {
            tell(SignedZoneProblem::SeveralDenials);
            continue;
        };
        let Ok(data) = Nsec3::read(&mut Reader::new(data)) else {
            tell(SignedZoneProblem::DenialMalformed);
            continue;
        };
        let is_alike = data.hash_algorithm == 1
            && data.flags & !1 == 0
            && (data.iterations, data.salt) == (parameters.iterations, parameters.salt);
        if !is_alike {
            tell(SignedZoneProblem::Nsec3Parameters);
        }
        records.push(Record { node, hash, data });
    }
    records
}

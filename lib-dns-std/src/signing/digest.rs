//! The digest of a zone in memory (RFC 8976).

use super::scratch::Scratch;
use crate::hash::RustCryptoDigest;
use crate::zone::{Node, Zone};
use lib_dns_core::crypto::DigestValue;
use lib_dns_core::dnssec::{ZoneHash, ZoneHasher, ZonemdFault, verify_zonemd};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, ZoneLookup, ZoneNode};
use std::cmp::Ordering;

/// The digest of a zone by the SIMPLE scheme (RFC 8976 3.3); `None` if the hash is not to be had.
pub fn zone_digest(zone: &Zone, hash: ZoneHash) -> Option<DigestValue> {
    let mut hasher = ZoneHasher::new(&RustCryptoDigest, hash, zone.apex())?;
    let mut scratch = Scratch::default();
    let mut sets = Vec::new();
    for owner in owners(zone) {
        sets.clear();
        for node in owner.into_iter().flatten() {
            sets.extend(node.rrsets().map(|set| (set.rtype, set)));
            sets.extend(node.all_signatures());
        }
        // By type, and signatures, which all have the same, by what they cover.
        sets.sort_by_key(|(covered, set)| (set.rtype, *covered));
        for (_, set) in &sets {
            let node = owner.into_iter().flatten().next()?;
            let rrset = scratch.canonical(&node.owner(), zone.class(), set).ok()?;
            hasher.take(&rrset).ok()?;
        }
    }
    Some(hasher.finish())
}

/// Checks a zone by its ZONEMD records (RFC 8976 4).
///
/// # Errors
/// Why none of them matches.
pub fn check_zone_digest(zone: &Zone) -> Result<ZoneHash, ZonemdFault> {
    let apex = zone.get(&zone.apex());
    let zonemd = apex.and_then(|node| node.rrset(Type::ZONEMD));
    let zonemd = zonemd.unwrap_or(RrSet::new(Type::ZONEMD, 0, &[]));
    verify_zonemd(zonemd.records(), zone.serial(), |hash| {
        zone_digest(zone, hash)
    })
}

/// Every owner in canonical order: its node among the names, and among the NSEC3 records, which stand
/// apart in a zone. The hashes are labels like others.
fn owners(zone: &Zone) -> impl Iterator<Item = [Option<Node<'_>>; 2]> {
    let (mut names, mut hashed) = (zone.nodes().peekable(), zone.hashed_nodes().peekable());
    std::iter::from_fn(move || {
        let order = match (names.peek(), hashed.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(name), Some(hash)) => name.owner().cmp(&hash.owner()),
        };
        let name = names.next_if(|_| order.is_le());
        Some([name, hashed.next_if(|_| order.is_ge())])
    })
}

//! What a small device does with a cache of sixteen RRsets. See `paths.rs`.

use lib_dns_core::cache::{Denied, Inserted, Lookup, Missing, NewDenial, NewRrset, Rank, Source};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::Name;
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, Presence};
use lib_dns_core::rr_data::Type;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::{RrSet, Serial};

#[path = "small_cache.rs"]
mod small_cache;

pub use small_cache::{Small, empty};

/// Records of a name.
pub struct Record<'a> {
    /// The name, in wire form.
    pub name: &'a [u8],
    /// Packed data.
    pub packed: &'a [u8],
    /// Its type.
    pub rtype: u16,
    /// The owner, if one is proved.
    pub owner: Option<&'a [u8; 32]>,
    /// Is it a delegation?
    pub is_delegation: bool,
}

/// Puts records in, from the zone `sovereign.`: how many are kept, and a hundred for those that are disputed.
#[inline(never)]
pub fn insert(cache: &mut Small<'_>, now: u64, zone: &[u8], records: &[Record<'_>]) -> usize {
    let mut sum = 0usize;
    for record in records {
        let (Ok(name), Ok(zone)) = (Name::from_wire(record.name), Name::from_wire(zone)) else {
            return 0;
        };
        let rrset = RrSet::new(Type(record.rtype), 300, record.packed);
        let now = Timestamp::from_secs(now);
        let new = NewRrset {
            owner: record.owner,
            is_delegation: record.is_delegation,
            signature_until: record.owner.map(|_| now.add_secs(100_000)),
            origin: Presence {
                version: Some(Serial(1)),
                signed_at: None,
            },
            ..NewRrset::new(name, rrset, Rank::AuthoritativeAnswer, zone)
        };
        sum = sum.wrapping_add(match cache.insert(now, &new) {
            Inserted::Kept | Inserted::Confirmed => 1,
            Inserted::Disputed { claims } => 100 * usize::from(claims),
            Inserted::Refused(_) => 0,
        });
    }
    sum
}

/// Looks for addresses of names: what is known of each, a digit of it, and the records behind them.
#[inline(never)]
pub fn lookup(cache: &mut Small<'_>, now: u64, names: &[&[u8]]) -> usize {
    let mut sum = 0usize;
    for name in names {
        let Ok(name) = Name::from_wire(name) else {
            return 0;
        };
        let found = cache.lookup(Timestamp::from_secs(now), &name, Type::A);
        let (digit, records) = match found {
            Lookup::Hit(held) => (
                1,
                held.claims().map(|set| set.rrset().records().count()).sum(),
            ),
            Lookup::Stale(held) => (2, usize::from(held.first().is_stale())),
            Lookup::Negative(denial) => (3, denial.zone().wire_len()),
            Lookup::Failed { ttl } => (4, ttl as usize),
            Lookup::Miss { ended } => (5, ended.is_some().into()),
            Lookup::Expanded(_) => (6, 0),
        };
        sum = sum
            .wrapping_mul(10)
            .wrapping_add(digit)
            .wrapping_add(records.wrapping_mul(1_000_000));
    }
    sum
}

/// Somebody does not find names, and one cannot be resolved: seconds for which that is remembered, a thousand for what is
/// contested.
#[inline(never)]
pub fn deny(cache: &mut Small<'_>, now: u64, zone: &[u8], names: &[&[u8]]) -> usize {
    let now = Timestamp::from_secs(now);
    let Ok(zone) = Name::from_wire(zone) else {
        return 0;
    };
    let said_by = NegativeMetadata {
        responding_node: NodeId([7; 32]),
        partition: None,
        coverage: AuthorityCoverage::NONE,
    };
    let mut sum = 0usize;
    for (name, place) in names.iter().zip(0..) {
        let Ok(name) = Name::from_wire(name) else {
            return 0;
        };
        let new = NewDenial {
            name,
            class: Class::IN,
            missing: Missing::Name,
            zone,
            soa_minimum: 300,
            soa_ttl: 300,
            positive_ttl: None,
            bailiwick: zone,
            absence: Absence::Opinion,
            owner: None,
            in_class_a_zone: true,
            metadata: &said_by,
            source: Source(place),
        };
        sum = sum.wrapping_add(match cache.deny(now, &new) {
            Denied::Kept { ttl } => ttl as usize,
            Denied::Contested => 1_000,
            _ => 0,
        });
    }
    let failed = cache.fail(now, &zone, Class::IN, Type::SRV, Source(9));
    sum.wrapping_add(failed.map_or(0, |ttl| ttl as usize))
}

/// Asks again for what is contested, flushes what hints and new peers end, forgets a tree, and sets the clock back: what is
/// left each time.
#[inline(never)]
pub fn tend(cache: &mut Small<'_>, now: u64, zone: &[u8], tree: &[u8]) -> usize {
    let (Ok(zone), Ok(tree)) = (Name::from_wire(zone), Name::from_wire(tree)) else {
        return 0;
    };
    let now = cache.next_deadline().unwrap_or(Timestamp::from_secs(now));
    let asked = cache.poll(now).map_or(0, |requery| requery.name.wire_len());
    let before = cache.negative_len(now);
    cache.zone_updated(&zone);
    cache.peer_discovered();
    cache.topology_changed();
    let after = cache.negative_len(now);
    cache.forget_tree(&tree);
    let left = cache.positive_len();
    let earlier = now.sub_millis(5_000);
    let found = matches!(cache.lookup(earlier, &tree, Type::A), Lookup::Miss { .. });
    let digits = [asked, before, after, left, found.into()];
    digits.iter().fold(0, |sum: usize, digit| {
        sum.wrapping_mul(100).wrapping_add(*digit)
    })
}

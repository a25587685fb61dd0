//! One version of one zone in memory.

use super::page::Node;
use super::records::Record;
use super::tree::Tree;
use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::{HASH_LABEL_LEN, HASH_LEN, HashLabel};
use lib_dns_core::name::{CanonicalKey, Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{
    FlatKey, Found, Marks, Serial, StoredRecord, ZoneLookup, ZoneNode, find_by_key,
};

/// One version of one zone in memory.
///
/// It never changes: a change makes a new version, which shares with the old one what stayed as it was.
/// Lookups take no lock and allocate nothing. NSEC3 records stand apart from the names, since their
/// owners are no names of the zone (RFC 5155 7.2.8).
#[derive(Clone, Debug)]
pub struct Zone {
    pub(super) apex: NameBuf,
    pub(super) class: Class,
    pub(super) names: Tree,
    pub(super) hashes: Tree,
    pub(super) records: u64,
    pub(super) has_nsec: bool,
}

impl Zone {
    /// How many records it has, signatures included.
    pub fn record_count(&self) -> u64 {
        self.records
    }

    /// The serial of its SOA record.
    pub fn serial(&self) -> Serial {
        let soa = self.soa().and_then(|soa| soa.soa_serial());
        soa.unwrap_or_default()
    }

    /// Every name in canonical order, empty non-terminals included; those that only have NSEC3 records
    /// are in [`Self::hashed_nodes`].
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.names.nodes()
    }

    /// The nodes of NSEC3 records, by hash.
    pub fn hashed_nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.hashes.nodes()
    }

    /// Every record, signatures included, in the order of the names; NSEC3 records come last.
    pub fn records(&self) -> impl Iterator<Item = StoredRecord<'_>> {
        let nodes = self.names.nodes().chain(self.hashes.nodes());
        nodes.flat_map(|node| {
            let (owner, class) = (node.owner(), self.class);
            Record::of_node(node).map(move |record| StoredRecord {
                owner,
                rtype: record.rtype(),
                class,
                ttl: record.ttl,
                data: record.data,
            })
        })
    }

    /// The SOA record; every zone has one.
    pub fn soa(&self) -> Option<StoredRecord<'_>> {
        let apex = self.get(&self.apex())?;
        let rrset = apex.rrset(Type::SOA)?;
        Some(StoredRecord {
            owner: apex.owner(),
            rtype: Type::SOA,
            class: self.class,
            ttl: rrset.ttl,
            data: rrset.first()?,
        })
    }

    /// Octets that its records and indexes take in memory.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.names.size() + self.hashes.size()
    }

    pub(super) fn key(&self, name: &Name<'_>) -> Option<CanonicalKey> {
        let apex = self.apex.as_name();
        name.is_at_or_below(&apex)
            .then(|| CanonicalKey::below(name, apex.label_count()))
    }
}

impl ZoneLookup for Zone {
    type Node<'z> = Node<'z>;

    fn apex(&self) -> Name<'_> {
        self.apex.as_name()
    }

    fn class(&self) -> Class {
        self.class
    }

    fn get(&self, name: &Name<'_>) -> Option<Node<'_>> {
        self.names.get(self.key(name)?.as_bytes())
    }

    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<Node<'_>> {
        if !self.has_nsec {
            return None;
        }
        let Some(key) = self.key(name) else {
            // Elsewhere, so before the apex or after all: either way, the last one is before it.
            return self.names.last_marked(Marks::NSEC);
        };
        self.names.marked_at_or_before(key.as_bytes(), Marks::NSEC)
    }

    fn nsec3_at_or_before(&self, hash: &[u8; HASH_LEN]) -> Option<Node<'_>> {
        self.hashes.at_or_before_round(&key_of_hash(hash))
    }

    /// A name that exists takes one search, and one that does not takes two or three.
    fn find(&self, name: &Name<'_>) -> Option<Found<Node<'_>>> {
        let key = self.key(name)?;
        find_by_key(FlatKey::new(key.as_bytes()), |key| {
            let before = key.with_octets(|key| self.names.at_or_before(key))?;
            Some((before.node, before.exact))
        })
    }
}

/// The label that a hash makes (RFC 5155 1.3), as a key. Base 32 with extended hex digits sorts like the
/// octets that it encodes.
pub(super) fn key_of_hash(hash: &[u8; HASH_LEN]) -> [u8; HASH_LABEL_LEN + 1] {
    let mut key = [0; HASH_LABEL_LEN + 1];
    key[..HASH_LABEL_LEN].copy_from_slice(HashLabel::encode(hash).as_bytes());
    key
}

/// Is it the key of a hash (RFC 5155 3)?
pub(super) fn is_key_of_hash(key: &[u8]) -> bool {
    matches!(key, [label @ .., 0] if HashLabel::decode(label).is_some())
}

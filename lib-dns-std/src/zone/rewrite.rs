//! A zone with the names of another, and other records at them.

use super::memory::Zone;
use super::page::Node;
use super::tree::{Leaf, Tree, TreeBuilder};
use lib_dns_core::dnssec::{HASH_LABEL_LEN, HashLabel};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Marks, RrSet, ZoneNode};

/// Some names in a row with their records. Copies share them.
#[derive(Clone, Default)]
pub(crate) struct ZonePart {
    leaves: Vec<Leaf>,
    records: u64,
    has_nsec: bool,
}

/// Puts a part together. Names must come in their order, RRsets in that of their types, and signatures in
/// that of the types that they cover.
#[derive(Default)]
pub(crate) struct PartBuilder {
    tree: TreeBuilder,
    records: u64,
    has_nsec: bool,
}

impl PartBuilder {
    /// Adds a name of the old zone. What makes it a cut or a DNAME must still be there.
    pub(crate) fn name<'a>(
        &mut self,
        node: Node<'_>,
        sets: impl Iterator<Item = RrSet<'a>>,
        signatures: impl Iterator<Item = (Type, RrSet<'a>)>,
    ) {
        let mut marks = node.marks().without(Marks::NSEC);
        let mut has_nsec = false;
        let sets = sets.inspect(|set| has_nsec |= set.rtype == Type::NSEC);
        let owner = node.owner();
        self.add(
            node.key(),
            owner.as_flat().unwrap_or_default(),
            sets,
            signatures,
        );
        if has_nsec {
            marks |= Marks::NSEC;
            self.has_nsec = true;
        }
        self.tree.end_name(marks);
    }

    /// Adds the NSEC3 record of a hash, with its signatures. `owner` is the hash as a label below the apex.
    pub(crate) fn hash(
        &mut self,
        label: &HashLabel,
        owner: &Name<'_>,
        nsec3: RrSet<'_>,
        signatures: RrSet<'_>,
    ) {
        let mut key = [0; HASH_LABEL_LEN + 1];
        key[..HASH_LABEL_LEN].copy_from_slice(label.as_bytes());
        let signatures = [(Type::NSEC3, signatures)].into_iter();
        let owner = owner.as_flat().unwrap_or_default();
        self.add(&key, owner, [nsec3].into_iter(), signatures);
        self.tree.end_name(Marks::NONE);
    }

    fn add<'a>(
        &mut self,
        key: &[u8],
        owner: &[u8],
        sets: impl Iterator<Item = RrSet<'a>>,
        signatures: impl Iterator<Item = (Type, RrSet<'a>)>,
    ) {
        let page = self.tree.page();
        page.begin(key, owner);
        for set in sets {
            page.packed_set(set.rtype, set.ttl, set.packed());
            self.records += set.records().count() as u64;
        }
        page.begin_signatures();
        for (covered, set) in signatures {
            page.packed_set(covered, set.ttl, set.packed());
            self.records += set.records().count() as u64;
        }
    }

    /// The part.
    pub(crate) fn finish(self) -> ZonePart {
        ZonePart {
            leaves: self.tree.into_leaves(),
            records: self.records,
            has_nsec: self.has_nsec,
        }
    }
}

impl Zone {
    /// A zone of the same name with these names and NSEC3 records, in parts that follow one another.
    pub(crate) fn rewritten(&self, names: &[ZonePart], hashes: &[ZonePart]) -> Self {
        let tree = |parts: &[ZonePart]| {
            let leaves = parts.iter().flat_map(|part| part.leaves.iter().cloned());
            Tree::of_leaves(&leaves.collect::<Vec<_>>())
        };
        let parts = names.iter().chain(hashes);
        Self {
            apex: self.apex,
            class: self.class,
            names: tree(names),
            hashes: tree(hashes),
            records: parts.map(|part| part.records).sum(),
            has_nsec: names.iter().any(|part| part.has_nsec),
        }
    }
}

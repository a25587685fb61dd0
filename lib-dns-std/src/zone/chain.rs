//! Steps along a zone's names and chains.

use super::memory::{Zone, key_of_hash};
use super::page::Node;
use lib_dns_core::dnssec::HASH_LEN;
use lib_dns_core::name::Name;
use lib_dns_core::zone::Marks;

impl Zone {
    /// The names below one, in order, that is in the zone or could be.
    pub(crate) fn nodes_below(&self, name: &Name<'_>) -> impl Iterator<Item = Node<'_>> {
        let key = self.key(name);
        let after = key
            .as_ref()
            .map(|key| self.names.nodes_after(key.as_bytes()));
        let after = after.into_iter().flatten();
        let key = key.map(|key| key.as_bytes().to_vec()).unwrap_or_default();
        after.take_while(move |node| node.key().starts_with(&key))
    }

    /// The last name before one that has an NSEC record, going round.
    pub(crate) fn nsec_before(&self, name: &Name<'_>) -> Option<Node<'_>> {
        let key = self.key(name)?;
        // Every key ends in a zero octet; without it, it sorts right before itself.
        match key.as_bytes() {
            [] => self.names.last_marked(Marks::NSEC),
            [before @ .., _] => self.names.marked_at_or_before(before, Marks::NSEC),
        }
    }

    /// The node of an NSEC3 record.
    pub(crate) fn nsec3_at(&self, hash: &[u8; HASH_LEN]) -> Option<Node<'_>> {
        self.hashes.get(&key_of_hash(hash))
    }

    /// The last NSEC3 record before a hash, going round.
    pub(crate) fn nsec3_before(&self, hash: &[u8; HASH_LEN]) -> Option<Node<'_>> {
        let [before @ .., _] = key_of_hash(hash);
        self.hashes.at_or_before_round(&before)
    }
}

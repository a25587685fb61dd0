//! Who: nodes and owners.

/// Defines octets that name somebody, or something.
macro_rules! identifier {
    ($(#[$meta:meta])* pub struct $name:ident([u8; $len:literal]);) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $len]);

        impl From<[u8; $len]> for $name {
            fn from(octets: [u8; $len]) -> Self {
                Self(octets)
            }
        }

        /// Hexadecimal, as in zone text.
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&$crate::text::Base16(&self.0), f)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $name {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::write!(f, "{=[u8]:02X}", self.0);
            }
        }
    };
}

pub(crate) use identifier;

identifier! {
    /// A node of the mesh: 32 octets, as MESH records (`node_id`) and the ZDNS option carry them. Ordered octet by
    /// octet, which is what rule 5 of 11.1 calls lexicographic.
    ///
    /// ```
    /// use lib_dns_core::policy::NodeId;
    /// let node = NodeId([0xab; 32]);
    /// assert!(node.to_string().starts_with("ABAB"));
    /// assert_eq!(node.prefix(), [0xab; 4]);
    /// ```
    pub struct NodeId([u8; 32]);
}

identifier! {
    /// The owner of a name: the SHA-256 of the algorithm and the public key in the owner's ID record, as `owner` in WEB4
    /// says it. It stays the same when endpoints change.
    pub struct OwnerId([u8; 32]);
}

impl NodeId {
    /// The first four octets, by which a LoRa hint names a node. Several nodes may share them.
    pub const fn prefix(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.0;
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn nodes_are_ordered_octet_by_octet() {
        let mut low = [0xff; 32];
        low[0] = 0;
        let high = NodeId([1; 32]);
        assert!(NodeId(low) < high);
        assert!(NodeId([1; 32]) < NodeId([2; 32]));
    }

    #[test]
    fn a_node_is_shown_as_in_a_mesh_record() {
        let mut octets = [0; 32];
        octets[..4].copy_from_slice(&[0x7f, 0x3a, 0x8b, 0x2c]);
        let shown = NodeId(octets).to_string();
        assert_eq!(shown.len(), 64);
        assert!(shown.starts_with("7F3A8B2C00"), "{shown}");
    }
}

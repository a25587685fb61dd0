//! The key that is sought in an image.

use crate::name::Name;
use crate::zone::SearchKey;
use core::cmp::Ordering;

/// The [`CanonicalKey`](crate::name::CanonicalKey) of a name below a zone's, as far as it is looked at: it takes no room,
/// and the name is read where it stands.
#[derive(Clone, Copy)]
pub(super) struct NameKey<'n> {
    name: Name<'n>,
    /// Labels below the zone's name.
    all: usize,
    /// How many of them count, from the last on.
    depth: usize,
    /// Is it the wildcard below those?
    is_wildcard: bool,
}

impl<'n> NameKey<'n> {
    /// The key of a name below one that has so many labels.
    #[inline]
    pub(super) fn below(name: &Name<'n>, apex_labels: usize) -> Self {
        let depth = name.label_count().saturating_sub(apex_labels);
        Self {
            name: *name,
            all: depth,
            depth,
            is_wildcard: false,
        }
    }

    /// The first octets, as [`key_prefix`](crate::zone::key_prefix) has them.
    pub(super) fn prefix(self) -> u64 {
        let mut octets = [0; 8];
        let mut slots = octets.iter_mut();
        self.each_octet(|octet| {
            let slot = slots.next()?;
            *slot = octet;
            Some(())
        });
        u64::from_be_bytes(octets)
    }

    /// How a key sorts beside this, and how many labels both share.
    fn beside(self, other: &[u8]) -> (Ordering, usize) {
        let (mut shared, mut order) = (0usize, Ordering::Equal);
        let mut rest = other.iter();
        self.each_octet(|octet| {
            let other = rest.next();
            if other != Some(&octet) {
                order = other.cmp(&Some(&octet));
                return None;
            }
            // Only the end of a label is a zero.
            shared = shared.wrapping_add(usize::from(octet == 0));
            Some(())
        });
        if order.is_eq() && rest.next().is_some() {
            order = Ordering::Greater;
        }
        (order, shared)
    }

    /// How a key sorts beside this.
    pub(super) fn order_of(self, other: &[u8]) -> Ordering {
        self.beside(other).0
    }

    /// Hands out the octets of the key until one is not wanted any more.
    #[inline]
    fn each_octet(self, mut take: impl FnMut(u8) -> Option<()>) -> Option<()> {
        let labels = self.all.saturating_sub(self.depth)..self.all;
        let own = labels
            .rev()
            .filter_map(|place| self.name.labels().nth(place));
        let star = self.is_wildcard.then_some(b"*".as_slice());
        for label in own.chain(star) {
            for octet in label {
                let octet = octet.to_ascii_lowercase();
                if octet <= 1 {
                    take(1)?;
                    take(octet.wrapping_add(1))?;
                } else {
                    take(octet)?;
                }
            }
            take(0)?;
        }
        Some(())
    }
}

impl SearchKey for NameKey<'_> {
    fn is(self, other: &[u8]) -> bool {
        self.order_of(other) == Ordering::Equal
    }

    fn closest(self, other: &[u8]) -> Self {
        let (_, shared) = self.beside(other);
        Self {
            depth: shared.min(self.depth),
            is_wildcard: false,
            ..self
        }
    }

    fn ancestors(self) -> impl Iterator<Item = Self> {
        (0..=self.depth).map(move |depth| Self { depth, ..self })
    }

    fn wildcard_below(self) -> Self {
        Self {
            is_wildcard: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{CanonicalKey, NameBuf};
    use std::vec::Vec;

    const NAMES: [&str; 9] = [
        "z.",
        "a.z.",
        "b.a.z.",
        "A\\000.z.",
        "a\\001.z.",
        "*.a.z.",
        "longer-label.a.z.",
        "\\002.z.",
        "ab.z.",
    ];

    fn octets(key: NameKey<'_>) -> Vec<u8> {
        let mut octets = Vec::new();
        key.each_octet(|octet| {
            octets.push(octet);
            Some(())
        });
        octets
    }

    #[test]
    fn it_is_the_canonical_key() {
        for text in NAMES {
            let name = NameBuf::from_text(text).unwrap();
            let key = NameKey::below(&name.as_name(), 1);
            let canonical = CanonicalKey::below(&name.as_name(), 1);
            assert_eq!(octets(key), canonical.as_bytes(), "{text}");
            assert_eq!(key.prefix(), crate::zone::key_prefix(canonical.as_bytes()));
            for other in NAMES {
                let other = NameBuf::from_text(other).unwrap();
                let other = CanonicalKey::below(&other.as_name(), 1);
                let order = other.as_bytes().cmp(canonical.as_bytes());
                assert_eq!(key.order_of(other.as_bytes()), order, "{text}");
            }
        }
    }

    #[test]
    fn it_leads_to_what_is_above_and_to_wildcards() {
        let name = NameBuf::from_text("c.b.a.z.").unwrap();
        let key = NameKey::below(&name.as_name(), 1);
        let above: Vec<_> = key.ancestors().map(octets).collect();
        assert_eq!(above, [&b""[..], b"a\0", b"a\0b\0", b"a\0b\0c\0"]);
        let closest = key.closest(b"a\0bb\0");
        assert_eq!(octets(closest), b"a\0");
        assert_eq!(octets(closest.wildcard_below()), b"a\0*\0");
        assert!(closest.is(b"a\0") && !closest.is(b"a\0b\0"));
        assert_eq!(octets(key.closest(b"b\0")), b"");
    }
}

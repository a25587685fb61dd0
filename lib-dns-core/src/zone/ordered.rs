//! The search in names that stand in canonical order, wherever they are kept.
//!
//! Names are compared by [`CanonicalKey`]s below the apex. Each has [`Marks`], which say what a search must
//! know of it, so that most names are found in one search.

use crate::name::MAX_KEY_LEN;
use crate::zone::Found;
use core::ops::{BitOr, BitOrAssign};

#[cfg(doc)]
use crate::name::CanonicalKey;

/// What a search must know of a name before it reads its records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Marks(u8);

impl Marks {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// NS records below the apex.
    pub const CUT: Self = Self(1);
    /// A DNAME record.
    pub const DNAME: Self = Self(2);
    /// An NSEC record.
    pub const NSEC: Self = Self(4);
    /// It is below a cut or a DNAME.
    pub const OCCLUDED: Self = Self(8);

    /// Names below it are not answered with.
    pub const COVERS: Self = Self(Self::CUT.0 | Self::DNAME.0);

    /// The marks that an octet stands for; bits without a meaning are dropped.
    #[inline]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0x0f)
    }

    /// One bit for each mark.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The marks but these.
    #[inline]
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Is at least one of these set?
    #[inline]
    pub const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }
}

impl BitOr for Marks {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Marks {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A name among others in canonical order.
pub trait KeyedNode: Copy {
    /// Its [`CanonicalKey`] below the apex.
    fn key(&self) -> &[u8];

    /// What a search must know of it.
    fn marks(&self) -> Marks;
}

/// The first octets of a key as a number that sorts like them, so that most comparisons need no more.
#[inline]
pub fn key_prefix(key: &[u8]) -> u64 {
    if let Some(octets) = key.first_chunk::<8>() {
        return u64::from_be_bytes(*octets);
    }
    let mut octets = [0; 8];
    for (slot, octet) in octets.iter_mut().zip(key) {
        *slot = *octet;
    }
    u64::from_be_bytes(octets)
}

/// Where labels of a key end, from the apex down, the apex itself first.
pub fn label_ends(key: &[u8]) -> impl Iterator<Item = usize> {
    let labels = key.iter().enumerate().filter(|(_, octet)| **octet == 0);
    core::iter::once(0).chain(labels.map(|(at, _)| at.saturating_add(1)))
}

/// How many octets of a key belong to labels that another key starts with too.
pub fn common_labels(key: &[u8], other: &[u8]) -> usize {
    let common = key.iter().zip(other).take_while(|(a, b)| a == b).count();
    let common = key.get(..common).unwrap_or_default();
    let end = common.iter().rposition(|octet| *octet == 0);
    end.map_or(0, |at| at.saturating_add(1))
}

/// A key that is sought, of whatever it is made.
pub trait SearchKey: Copy {
    /// Is it the same as a key that is held?
    fn is(self, other: &[u8]) -> bool;

    /// The key of the deepest name that is at or above this one and that of a key that is held.
    #[must_use]
    fn closest(self, other: &[u8]) -> Self;

    /// The keys of all names at or above it, from the apex down.
    fn ancestors(self) -> impl Iterator<Item = Self>;

    /// The key of the wildcard directly below it.
    #[must_use]
    fn wildcard_below(self) -> Self;
}

/// A [`CanonicalKey`] that is sought.
#[derive(Clone, Copy, Debug)]
pub struct FlatKey<'k> {
    octets: &'k [u8],
    is_wildcard: bool,
}

impl<'k> FlatKey<'k> {
    /// A key by its octets.
    #[inline]
    pub fn new(octets: &'k [u8]) -> Self {
        Self {
            octets,
            is_wildcard: false,
        }
    }

    /// Lends its octets.
    #[inline]
    pub fn with_octets<R>(self, look: impl FnOnce(&[u8]) -> R) -> R {
        if !self.is_wildcard {
            return look(self.octets);
        }
        let mut octets = [0; MAX_KEY_LEN + 2];
        let wildcard = self.octets.iter().chain(b"*\0");
        let mut len = 0usize;
        for (slot, octet) in octets.iter_mut().zip(wildcard) {
            *slot = *octet;
            len = len.saturating_add(1);
        }
        look(octets.get(..len).unwrap_or_default())
    }
}

impl SearchKey for FlatKey<'_> {
    #[inline]
    fn is(self, other: &[u8]) -> bool {
        self.octets == other
    }

    #[inline]
    fn closest(self, other: &[u8]) -> Self {
        let end = common_labels(self.octets, other);
        Self::new(self.octets.get(..end).unwrap_or_default())
    }

    #[inline]
    fn ancestors(self) -> impl Iterator<Item = Self> {
        label_ends(self.octets).filter_map(move |end| Some(Self::new(self.octets.get(..end)?)))
    }

    #[inline]
    fn wildcard_below(self) -> Self {
        Self {
            is_wildcard: true,
            ..self
        }
    }
}

/// What stands at a key, as [`ZoneLookup::find`](crate::zone::ZoneLookup::find) has it.
///
/// `at_or_before` gives the last name at or before a key, and whether it is at the key. A name that exists
/// takes one such search, and one that does not takes two or three.
#[inline]
pub fn find_by_key<K: SearchKey, N: KeyedNode>(
    key: K,
    at_or_before: impl Fn(K) -> Option<(N, bool)>,
) -> Option<Found<N>> {
    let get = |key: K| {
        at_or_before(key)
            .filter(|before| before.1)
            .map(|(node, _)| node)
    };
    let (before, exact) = at_or_before(key)?;
    if exact {
        return match before.marks().any(Marks::OCCLUDED | Marks::CUT) {
            true => covered(key, before, get),
            false => Some(Found::Node(before)),
        };
    }
    // Every name between the closest encloser and the key is below the closest encloser.
    let closest = key.closest(before.key());
    let encloser = if closest.is(before.key()) {
        before
    } else {
        get(closest)?
    };
    if encloser.marks().any(Marks::OCCLUDED | Marks::COVERS) {
        return covered(key, encloser, get);
    }
    let wildcard = get(closest.wildcard_below());
    Some(Found::Missing { encloser, wildcard })
}

/// The topmost cut or DNAME at or above a key that is at or below one; `node` is at the key, or the closest above it.
fn covered<K: SearchKey, N: KeyedNode>(
    key: K,
    node: N,
    get: impl Fn(K) -> Option<N>,
) -> Option<Found<N>> {
    let at = |node: N| {
        if node.marks().any(Marks::CUT) {
            return Some(Found::Delegation { node });
        }
        let is_above = node.marks().any(Marks::DNAME) && !key.is(node.key());
        is_above.then_some(Found::Dname { node })
    };
    if !node.marks().any(Marks::OCCLUDED) {
        // Nothing covers it, so nothing is further up.
        return at(node);
    }
    for above in key.ancestors() {
        if let Some(found) = at(get(above)?) {
            return Some(found);
        }
    }
    None
}

//! A name of a zone image.

use super::NameSlot;
use crate::name::Name;
use crate::rr_data::Type;
use crate::zone::{KeyedNode, Marks, PackedSets, RrSet, ZoneNode};
use core::fmt;

/// A name of a zone image, with its records, where they are.
#[derive(Clone, Copy)]
pub struct ImageNode<'z> {
    key: &'z [u8],
    owner: Name<'z>,
    /// The RRsets, then the signatures.
    sets: &'z [u8],
    /// Where the signatures start in `sets`.
    signatures: usize,
    marks: Marks,
}

impl<'z> ImageNode<'z> {
    /// The name whose data this is; `None` if the slot says something else.
    #[inline]
    pub(super) fn new(data: &'z [u8], slot: &NameSlot) -> Option<Self> {
        let (key, rest) = data.split_at_checked(usize::from(slot.key_len))?;
        let (owner, sets) = rest.split_at_checked(usize::from(slot.owner_len))?;
        // Both are counted from where the page's data starts.
        let signatures = usize::try_from(slot.signatures.checked_sub(slot.at)?).ok()?;
        let signatures = signatures.checked_sub(data.len().checked_sub(sets.len())?)?;
        if signatures > sets.len() {
            return None;
        }
        Some(Self {
            key,
            owner: Name::from_wire(owner).ok()?,
            sets,
            signatures,
            marks: slot.marks,
        })
    }

    /// The signatures, each set with the type that it covers.
    pub fn all_signatures(&self) -> impl Iterator<Item = (Type, RrSet<'z>)> + use<'z> {
        self.signature_sets()
            .map(|set| (set.rtype, RrSet::new(Type::RRSIG, set.ttl, set.packed())))
    }

    #[inline]
    fn data_sets(&self) -> PackedSets<'z> {
        PackedSets::new(self.sets.get(..self.signatures).unwrap_or_default())
    }

    #[inline]
    fn signature_sets(&self) -> PackedSets<'z> {
        PackedSets::new(self.sets.get(self.signatures..).unwrap_or_default())
    }
}

impl KeyedNode for ImageNode<'_> {
    #[inline]
    fn key(&self) -> &[u8] {
        self.key
    }

    #[inline]
    fn marks(&self) -> Marks {
        self.marks
    }
}

impl<'z> ZoneNode<'z> for ImageNode<'z> {
    #[inline]
    fn owner(&self) -> Name<'z> {
        self.owner
    }

    #[inline]
    fn rrset(&self, rtype: Type) -> Option<RrSet<'z>> {
        self.data_sets().of_type(rtype)
    }

    #[inline]
    fn signatures(&self, covered: Type) -> Option<RrSet<'z>> {
        let set = self.signature_sets().of_type(covered)?;
        Some(RrSet::new(Type::RRSIG, set.ttl, set.packed()))
    }

    #[inline]
    fn rrsets(&self) -> impl Iterator<Item = RrSet<'z>> {
        self.data_sets()
    }
}

impl fmt::Debug for ImageNode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageNode({})", self.owner)
    }
}

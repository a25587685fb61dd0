//! A name of a zone image.

use super::NameSlot;
use crate::name::Name;
use crate::rr_data::Type;
use crate::zone::{KeyedNode, Marks, PackedSets, RrSet, ZoneNode};
use core::fmt;

/// A name of a zone image, with its records, where they are.
#[derive(Clone, Copy)]
pub struct ImageNode<'z> {
    /// Its key, its owner, the RRsets, and the signatures.
    data: &'z [u8],
    /// Where the signatures start.
    signatures: u32,
    key_len: u16,
    owner_len: u8,
    labels: u8,
    marks: Marks,
}

impl<'z> ImageNode<'z> {
    /// The name whose data this is; `None` if the slot says something else.
    #[inline]
    pub(super) fn new(data: &'z [u8], slot: &NameSlot) -> Option<Self> {
        let sets = usize::from(slot.key_len).wrapping_add(usize::from(slot.owner_len));
        let owner = data.get(usize::from(slot.key_len)..sets)?;
        // Both are counted from where the page's data starts.
        let signatures = slot.signatures.checked_sub(slot.at)?;
        data.get(sets..usize::try_from(signatures).ok()?)?;
        Some(Self {
            data,
            signatures,
            key_len: slot.key_len,
            owner_len: slot.owner_len,
            labels: Name::from_wire(owner).ok()?.label_count() as u8,
            marks: slot.marks,
        })
    }

    /// The signatures, each set with the type that it covers.
    pub fn all_signatures(&self) -> impl Iterator<Item = (Type, RrSet<'z>)> + use<'z> {
        self.signature_sets()
            .map(|set| (set.rtype, RrSet::new(Type::RRSIG, set.ttl, set.packed())))
    }

    /// What stands between two places of the data.
    #[inline]
    fn within(&self, start: usize, end: usize) -> &'z [u8] {
        self.data.get(start..end).unwrap_or_default()
    }

    /// Where the owner starts, and the RRsets.
    #[inline]
    fn places(&self) -> (usize, usize) {
        let owner = usize::from(self.key_len);
        (owner, owner.wrapping_add(usize::from(self.owner_len)))
    }

    #[inline]
    fn data_sets(&self) -> PackedSets<'z> {
        let (_, start) = self.places();
        PackedSets::new(self.within(start, self.signatures as usize))
    }

    #[inline]
    fn signature_sets(&self) -> PackedSets<'z> {
        PackedSets::new(self.within(self.signatures as usize, self.data.len()))
    }
}

impl KeyedNode for ImageNode<'_> {
    #[inline]
    fn key(&self) -> &[u8] {
        self.within(0, usize::from(self.key_len))
    }

    #[inline]
    fn marks(&self) -> Marks {
        self.marks
    }
}

impl<'z> ZoneNode<'z> for ImageNode<'z> {
    #[inline]
    fn owner(&self) -> Name<'z> {
        let (start, end) = self.places();
        // It was read as a name.
        Name::flat(self.within(start, end), self.labels).unwrap_or(Name::ROOT)
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
        write!(f, "ImageNode({})", self.owner())
    }
}

//! A page: some hundred names in canonical order, with all their records, packed.
//!
//! A page never changes. A changed zone gets new pages where something changed and shares the others.

use super::image::UnreadPage;
use bytes::Bytes;
use lib_dns_core::dnssec::Standing;
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::image::{NameSlot, SLOT_LEN};
use lib_dns_core::zone::{
    KeyedNode, Marks, PackedSets, RrSet, SET_HEADER_LEN, ZoneNode, key_prefix,
};
use std::cmp::Ordering;

/// Names after which a page is closed. In tests they are few, so that small zones have many pages.
pub(super) const NAMES_A_PAGE: usize = if cfg!(test) { 8 } else { 100 };
/// Octets after which a page is closed, however few names it has.
pub(super) const OCTETS_A_PAGE: usize = 64 * 1024;

/// Some names of a zone, sorted.
#[derive(Debug)]
pub(super) struct Page {
    names: usize,
    /// As in an image: a slot for each name, and then their data. A page that is still to be read has none, so that it is
    /// told from others where its bounds are checked, and they pay nothing for it.
    octets: Bytes,
    unread: Option<Box<UnreadPage>>,
}

impl Page {
    /// A page of names that are in order and hold together.
    pub(super) const fn new(names: usize, octets: Bytes) -> Self {
        Self {
            names,
            octets,
            unread: None,
        }
    }

    /// A page of so many names that is read when it is first asked for.
    pub(super) fn unread(names: usize, unread: UnreadPage) -> Self {
        Self {
            names,
            octets: Bytes::new(),
            unread: Some(Box::new(unread)),
        }
    }

    /// The page itself, if it has been read.
    fn read(&self) -> &Self {
        match &self.unread {
            Some(unread) => unread.page(),
            None => self,
        }
    }

    /// The page as an image has it.
    pub(super) fn octets(&self) -> &[u8] {
        &self.read().octets
    }

    pub(super) fn len(&self) -> usize {
        self.read().names
    }

    #[inline]
    fn slots(&self) -> &[[u8; SLOT_LEN]] {
        match self.octets.get(..self.names * SLOT_LEN) {
            Some(slots) => slots.as_chunks().0,
            None => self.slots_once_read(),
        }
    }

    #[cold]
    fn slots_once_read(&self) -> &[[u8; SLOT_LEN]] {
        let page = self.read();
        page.octets[..page.names * SLOT_LEN].as_chunks().0
    }

    #[inline]
    fn slot(&self, index: usize) -> NameSlot {
        NameSlot::from_octets(&self.slots()[index])
    }

    #[inline]
    fn data(&self) -> &[u8] {
        match self.octets.get(self.names * SLOT_LEN..) {
            Some(data) => data,
            None => self.data_once_read(),
        }
    }

    #[cold]
    fn data_once_read(&self) -> &[u8] {
        let page = self.read();
        &page.octets[page.names * SLOT_LEN..]
    }

    #[inline]
    fn key(&self, slot: &NameSlot) -> &[u8] {
        let at = slot.at as usize;
        &self.data()[at..at + usize::from(slot.key_len)]
    }

    /// The key of the first name; every page has one.
    pub(super) fn first_key(&self) -> &[u8] {
        self.key(&self.slot(0))
    }

    /// The key of the last name.
    pub(super) fn last_key(&self) -> &[u8] {
        self.key(&self.slot(self.len() - 1))
    }

    /// The marks of all its names together.
    pub(super) fn marks(&self) -> Marks {
        let marks = self.slots().iter().map(NameSlot::from_octets);
        marks.fold(Marks::NONE, |marks, slot| marks | slot.marks)
    }

    /// Where a key stands, or where it would.
    #[inline]
    pub(super) fn position(&self, prefix: u64, key: &[u8]) -> Result<usize, usize> {
        self.slots().binary_search_by(|octets| {
            let slot = NameSlot::from_octets(octets);
            match slot.prefix.cmp(&prefix) {
                Ordering::Equal => self.key(&slot).cmp(key),
                unequal => unequal,
            }
        })
    }

    /// The last node at or before `index` that has one of the marks.
    pub(super) fn marked_at_or_before(&self, index: usize, marks: Marks) -> Option<Node<'_>> {
        let slots = self.slots();
        let slots = &slots[..slots.len().min(index + 1)];
        let marked = |octets: &[u8; SLOT_LEN]| NameSlot::from_octets(octets).marks.any(marks);
        Some(self.node(slots.iter().rposition(marked)?))
    }

    #[inline]
    pub(super) fn node(&self, index: usize) -> Node<'_> {
        Node { page: self, index }
    }

    /// All nodes in order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.len()).map(|index| self.node(index))
    }

    /// Octets that the page takes in memory.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.octets.len()
    }
}

/// A name of a zone in memory.
#[derive(Clone, Copy)]
pub struct Node<'z> {
    page: &'z Page,
    index: usize,
}

impl<'z> Node<'z> {
    #[inline]
    fn slot(&self) -> NameSlot {
        self.page.slot(self.index)
    }

    pub(super) fn marks(&self) -> Marks {
        self.slot().marks
    }

    pub(super) fn key(&self) -> &'z [u8] {
        self.page.key(&self.slot())
    }

    fn sets(&self) -> PackedSets<'z> {
        let slot = self.slot();
        let start = slot.at as usize + usize::from(slot.key_len) + usize::from(slot.owner_len);
        PackedSets::new(&self.page.data()[start..slot.signatures as usize])
    }

    fn signature_sets(&self) -> PackedSets<'z> {
        PackedSets::new(&self.page.data()[self.slot().signatures as usize..self.end()])
    }

    /// Where the octets of the name end in the page.
    fn end(&self) -> usize {
        match self.page.slots().get(self.index + 1) {
            Some(next) => NameSlot::from_octets(next).at as usize,
            None => self.page.data().len(),
        }
    }

    /// Octets that the name takes in the page.
    pub(super) fn size(&self) -> usize {
        self.end() - self.slot().at as usize
    }

    /// Has it no records at all?
    pub(super) fn is_bare(&self) -> bool {
        self.sets().rest().is_empty() && self.signature_sets().rest().is_empty()
    }

    /// All RRsets but the signatures, in the order of their types.
    pub(crate) fn data_sets(&self) -> impl Iterator<Item = RrSet<'z>> + use<'z> {
        self.sets()
    }

    /// What the name is to its zone.
    pub fn standing(&self) -> Standing {
        let marks = self.marks();
        if marks.any(Marks::OCCLUDED) {
            Standing::Occluded
        } else if marks.any(Marks::CUT) {
            Standing::Delegation
        } else {
            Standing::Authoritative
        }
    }

    /// The signatures, each set with the type that it covers.
    pub fn all_signatures(&self) -> impl Iterator<Item = (Type, RrSet<'z>)> + use<'z> {
        self.signature_sets()
            .map(|set| (set.rtype, RrSet::new(Type::RRSIG, set.ttl, set.packed())))
    }
}

impl KeyedNode for Node<'_> {
    #[inline]
    fn key(&self) -> &[u8] {
        self.page.key(&self.slot())
    }

    #[inline]
    fn marks(&self) -> Marks {
        self.slot().marks
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({})", self.owner())
    }
}

impl<'z> ZoneNode<'z> for Node<'z> {
    fn owner(&self) -> Name<'z> {
        let slot = self.slot();
        let start = slot.at as usize + usize::from(slot.key_len);
        let octets = &self.page.data()[start..start + usize::from(slot.owner_len)];
        // It was a name when the page was made.
        Name::from_wire(octets).unwrap_or(Name::ROOT)
    }

    #[inline]
    fn rrset(&self, rtype: Type) -> Option<RrSet<'z>> {
        self.sets().of_type(rtype)
    }

    #[inline]
    fn signatures(&self, covered: Type) -> Option<RrSet<'z>> {
        let set = self.signature_sets().of_type(covered)?;
        Some(RrSet::new(Type::RRSIG, set.ttl, set.packed()))
    }

    fn rrsets(&self) -> impl Iterator<Item = RrSet<'z>> {
        self.sets()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.sets().rest().is_empty()
    }
}

/// Puts pages together; names must come in the order of their keys.
///
/// For each name: [`Self::begin`], the RRsets by type, [`Self::begin_signatures`], the signatures by
/// covered type, [`Self::end`].
#[derive(Default)]
pub(super) struct PageBuilder {
    slots: Vec<NameSlot>,
    octets: Vec<u8>,
    set: usize,
}

impl PageBuilder {
    /// Starts a name.
    pub(super) fn begin(&mut self, key: &[u8], owner: &[u8]) {
        self.slots.push(NameSlot {
            prefix: key_prefix(key),
            at: self.octets.len() as u32,
            signatures: 0,
            key_len: key.len() as u16,
            owner_len: owner.len() as u8,
            marks: Marks::NONE,
        });
        self.octets.extend_from_slice(key);
        self.octets.extend_from_slice(owner);
    }

    /// Adds a name of another page as it stands there; [`Self::end`] follows.
    pub(super) fn copy(&mut self, node: Node<'_>) {
        let slot = node.slot();
        let (start, at) = (slot.at, self.octets.len() as u32);
        self.slots.push(NameSlot {
            at,
            signatures: slot.signatures - start + at,
            ..slot
        });
        self.octets
            .extend_from_slice(&node.page.data()[start as usize..node.end()]);
    }

    /// Starts an RRset.
    pub(super) fn begin_set(&mut self, rtype: Type, ttl: u32) {
        self.set = self.octets.len();
        let header = PackedSets::header(rtype, ttl, 0);
        self.octets.extend_from_slice(&header);
    }

    /// Adds a record to the RRset.
    pub(super) fn record(&mut self, data: &[u8]) {
        self.octets
            .extend_from_slice(&(data.len() as u16).to_be_bytes());
        self.octets.extend_from_slice(data);
    }

    /// Adds an RRset that is packed already.
    pub(super) fn packed_set(&mut self, rtype: Type, ttl: u32, packed: &[u8]) {
        self.begin_set(rtype, ttl);
        self.octets.extend_from_slice(packed);
        self.end_set();
    }

    /// Closes the RRset.
    pub(super) fn end_set(&mut self) {
        let records = self.set + SET_HEADER_LEN;
        let len = (self.octets.len() - records) as u32;
        self.octets[records - 4..records].copy_from_slice(&len.to_be_bytes());
    }

    /// What follows are signatures.
    pub(super) fn begin_signatures(&mut self) {
        let at = self.octets.len() as u32;
        if let Some(slot) = self.slots.last_mut() {
            slot.signatures = at;
        }
    }

    /// Ends a name.
    pub(super) fn end(&mut self, marks: Marks) {
        if let Some(slot) = self.slots.last_mut() {
            slot.marks = marks;
        }
    }

    /// Has the page so many names, or so many octets, that it should be closed?
    pub(super) fn is_full(&self, names: usize) -> bool {
        self.slots.len() >= names || self.octets.len() >= OCTETS_A_PAGE
    }

    /// The page of what was put in since the last one, unless that is nothing.
    pub(super) fn close(&mut self) -> Option<Page> {
        if self.slots.is_empty() {
            return None;
        }
        let names = self.slots.len();
        let mut octets = Vec::with_capacity(names * SLOT_LEN + self.octets.len());
        octets.extend(self.slots.drain(..).flat_map(|slot| slot.to_octets()));
        octets.append(&mut self.octets);
        Some(Page::new(names, octets.into()))
    }
}

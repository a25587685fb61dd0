//! A zone as constants, such as a device has in flash.

use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::{HASH_LEN, HashLabel};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{RrSet, ZoneLookup, ZoneNode, ZoneSet};

/// An RRset: type, time to live, and each record's data behind its length.
type Set = (Type, u32, &'static [u8]);

/// Owner in wire form, RRsets in the order of their types, and the signatures with the type they cover.
pub struct FlashNode(pub &'static [u8], pub &'static [Set], pub &'static [Set]);

/// The nodes in canonical order, the apex first.
pub struct FlashZone(pub &'static [FlashNode]);

impl FlashNode {
    fn name(&self) -> Name<'static> {
        Name::from_wire(self.0).unwrap_or(Name::ROOT)
    }
}

impl<'z> ZoneNode<'z> for &'z FlashNode {
    fn owner(&self) -> Name<'z> {
        self.name()
    }

    fn rrset(&self, rtype: Type) -> Option<RrSet<'z>> {
        self.rrsets().find(|set| set.rtype == rtype)
    }

    fn signatures(&self, covered: Type) -> Option<RrSet<'z>> {
        let (_, ttl, packed) = self.2.iter().find(|(rtype, ..)| *rtype == covered)?;
        Some(RrSet::new(Type::RRSIG, *ttl, packed))
    }

    fn rrsets(&self) -> impl Iterator<Item = RrSet<'z>> {
        let set = |(rtype, ttl, packed): &Set| RrSet::new(*rtype, *ttl, packed);
        self.1.iter().map(set)
    }
}

impl ZoneLookup for FlashZone {
    type Node<'z> = &'z FlashNode;

    fn apex(&self) -> Name<'_> {
        self.0.first().map_or(Name::ROOT, FlashNode::name)
    }

    fn get(&self, name: &Name<'_>) -> Option<&FlashNode> {
        self.0.iter().find(|node| node.name() == *name)
    }

    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<&FlashNode> {
        let mut nodes = self.0.iter().rev();
        let with_nsec = |node: &&FlashNode| node.rrset(Type::NSEC).is_some();
        let before = nodes.find(|node| with_nsec(node) && node.name() <= *name);
        before.or_else(|| self.0.iter().rev().find(with_nsec))
    }

    fn nsec3_at_or_before(&self, hash: &[u8; HASH_LEN]) -> Option<&FlashNode> {
        let hash_of = |node: &FlashNode| {
            node.rrset(Type::NSEC3)?;
            HashLabel::decode(node.name().first_label()?)
        };
        let mut nodes = self.0.iter().rev();
        let before = nodes.find(|node| hash_of(node).is_some_and(|own| own <= *hash));
        before.or_else(|| self.0.iter().rev().find(|node| hash_of(node).is_some()))
    }
}

impl ZoneSet for FlashZone {
    type Zone = Self;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&Self> {
        (class == Class::IN && name.is_at_or_below(&self.apex())).then_some(self)
    }
}

/// It has NSEC records and no signatures: what is proven is looked up all the same.
pub static FLASH: FlashZone = FlashZone(&[
    FlashNode(
        b"\x09sovereign\0",
        &[
            (Type::NS, 60, b"\0\x12\x02ns\x03sub\x09sovereign\0"),
            (
                Type::SOA,
                60,
                b"\0\x2a\x09sovereign\0\x09sovereign\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05",
            ),
            (Type::NSEC, 5, b"\0\x0e\x09sovereign\0\0\x01\x22"),
        ],
        &[],
    ),
    FlashNode(
        b"\x02al\x09sovereign\0",
        &[(Type::CNAME, 60, b"\0\x11\x05alice\x09sovereign\0")],
        &[],
    ),
    FlashNode(
        b"\x05alice\x09sovereign\0",
        &[
            (Type::A, 60, b"\0\x04\x0a\x2a\x01\x05"),
            (Type::NSEC, 5, b"\0\x0e\x09sovereign\0\0\x01\x40"),
        ],
        &[],
    ),
    FlashNode(
        b"\x03old\x09sovereign\0",
        &[(Type::DNAME, 60, b"\0\x0b\x09sovereign\0")],
        &[],
    ),
    FlashNode(
        b"\x03sub\x09sovereign\0",
        &[(Type::NS, 60, b"\0\x12\x02ns\x03sub\x09sovereign\0")],
        &[],
    ),
    FlashNode(
        b"\x02ns\x03sub\x09sovereign\0",
        &[(Type::A, 60, b"\0\x04\x0a\x2a\x01\x06")],
        &[],
    ),
    FlashNode(b"\x04wild\x09sovereign\0", &[], &[]),
    FlashNode(
        b"\x01*\x04wild\x09sovereign\0",
        &[(Type::TXT, 60, b"\0\x02\x01x")],
        &[],
    ),
]);

//! Zones in maps, for targets that need some: simple, and nothing else.

use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::Sha1;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{MAX_SCRATCH_LEN, RrSet, Scanner, Step, ZoneLookup, ZoneNode, ZoneSet};
use std::collections::BTreeMap;

/// TTL and packed data of each RRset, by type.
type Sets = BTreeMap<Type, (u32, Vec<u8>)>;

/// All zones of a server.
#[derive(Debug, Default)]
pub struct MapZones(BTreeMap<NameBuf, MapZone>);

/// A zone; its nodes are in canonical order.
#[derive(Debug, Default)]
pub struct MapZone {
    apex: NameBuf,
    nodes: BTreeMap<NameBuf, MapNode>,
}

/// A name of a zone.
#[derive(Debug, Default)]
pub struct MapNode {
    owner: NameBuf,
    sets: Sets,
    signatures: Sets,
}

/// Some function of the octets: that it is the right one matters to a resolver only.
#[derive(Debug)]
pub struct NotSha1;

impl Sha1 for NotSha1 {
    fn digest(&self, parts: &[&[u8]]) -> [u8; 20] {
        let mut digest = [0x5a_u8; 20];
        for (index, octet) in parts.iter().copied().flatten().enumerate() {
            let slot = &mut digest[index % 20];
            *slot = slot.rotate_left(3) ^ octet.wrapping_mul(167);
        }
        digest
    }
}

impl MapZones {
    /// Reads zone texts; what cannot be read in them is left out.
    pub fn read(texts: &[&[u8]]) -> Self {
        let zones = texts.iter().map(|text| MapZone::read(text));
        Self(zones.map(|zone| (zone.apex, zone)).collect())
    }
}

impl MapZone {
    fn read(mut text: &[u8]) -> Self {
        let mut zone = Self::default();
        let mut scratch = vec![0; MAX_SCRATCH_LEN];
        let mut scanner = Scanner::new(Class::IN, None);
        loop {
            match scanner.next(&mut text, true, &mut scratch) {
                Ok(Step::Record(record)) => {
                    let owner = NameBuf::from(record.owner);
                    if record.rtype == Type::SOA {
                        zone.apex = owner;
                    }
                    let node = zone.node(owner);
                    let (sets, rtype) = match record.data {
                        [high, low, ..] if record.rtype == Type::RRSIG => (
                            &mut node.signatures,
                            Type(u16::from_be_bytes([*high, *low])),
                        ),
                        _ => (&mut node.sets, record.rtype),
                    };
                    let (_, packed) = sets.entry(rtype).or_insert((record.ttl, Vec::new()));
                    packed.extend((record.data.len() as u16).to_be_bytes());
                    packed.extend(record.data);
                }
                Ok(Step::End) => return zone,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// The node of a name, made with those between it and the apex if there is none.
    fn node(&mut self, owner: NameBuf) -> &mut MapNode {
        let mut above = owner.as_name();
        while above.is_below(&self.apex.as_name()) {
            let name = NameBuf::from(above);
            self.nodes.entry(name).or_default().owner = name;
            match above.parent() {
                Some(parent) => above = parent,
                None => break,
            }
        }
        let node = self.nodes.entry(owner).or_default();
        node.owner = owner;
        node
    }

    /// The last node with a type that `at_or_before` holds for, or else the last of all.
    fn last(&self, rtype: Type, at_or_before: impl Fn(&MapNode) -> bool) -> Option<&MapNode> {
        let having = || {
            self.nodes
                .values()
                .rev()
                .filter(|node| node.sets.contains_key(&rtype))
        };
        having()
            .find(|node| at_or_before(node))
            .or_else(|| having().next())
    }
}

impl<'z> ZoneNode<'z> for &'z MapNode {
    fn owner(&self) -> Name<'z> {
        self.owner.as_name()
    }

    fn rrset(&self, rtype: Type) -> Option<RrSet<'z>> {
        let (ttl, packed) = self.sets.get(&rtype)?;
        Some(RrSet::new(rtype, *ttl, packed))
    }

    fn signatures(&self, covered: Type) -> Option<RrSet<'z>> {
        let (ttl, packed) = self.signatures.get(&covered)?;
        Some(RrSet::new(Type::RRSIG, *ttl, packed))
    }

    fn rrsets(&self) -> impl Iterator<Item = RrSet<'z>> {
        self.sets
            .iter()
            .map(|(rtype, (ttl, packed))| RrSet::new(*rtype, *ttl, packed))
    }
}

impl ZoneLookup for MapZone {
    type Node<'z> = &'z MapNode;

    fn apex(&self) -> Name<'_> {
        self.apex.as_name()
    }

    fn get(&self, name: &Name<'_>) -> Option<&MapNode> {
        self.nodes.get(&NameBuf::from(*name))
    }

    fn nsec_at_or_before(&self, name: &Name<'_>) -> Option<&MapNode> {
        self.last(Type::NSEC, |node| node.owner.as_name() <= *name)
    }

    fn nsec3_at_or_before(&self, hash: &[u8; 20]) -> Option<&MapNode> {
        // In base32hex, which keeps the order, the hash is the first label.
        let text = lib_dns_core::text::Base32Hex(hash)
            .to_string()
            .to_ascii_lowercase();
        self.last(Type::NSEC3, |node| {
            let label = node
                .owner
                .as_name()
                .first_label()
                .map(<[u8]>::to_ascii_lowercase);
            label.is_some_and(|label| label.as_slice() <= text.as_bytes())
        })
    }
}

impl ZoneSet for MapZones {
    type Zone = MapZone;

    fn deepest(&self, name: &Name<'_>, class: Class) -> Option<&MapZone> {
        let mut names = (0..=name.label_count())
            .rev()
            .map(|labels| name.ancestor(labels));
        let found = names.find_map(|name| self.0.get(&NameBuf::from(name)));
        found.filter(|_| class == Class::IN || class == Class::ANY)
    }
}

//! What the tests of the node share: what is lent to it, its zone, and messages.

use lib_dns_core::cache::HashKey;
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::{
    Digest, DigestAlgorithm, DigestValue, MacAlgorithm, MacContext, MacProvider, MacTag,
    RunningDigest,
};
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{Advice, Hint, NetworkId, NetworkKey, NodePrefix, Region, ZoneOfUpdate};
use lib_dns_core::messages::options::{Zdns, ZdnsItems};
use lib_dns_core::messages::{
    EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, Record, Section,
};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::NodeId;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::node::{CacheStorage, NodeConfig};
use lib_dns_embedded::radio::Link;

/// `examples/zones/sovereign.zone`, as `zdns zone compile` writes it.
pub(crate) const SOVEREIGN: &[u8] =
    include_bytes!("../../../examples/firmware/zones/sovereign.image");
/// A zone with NSEC records and a cut at `sub.sovereign.`; its serial is 1.
pub(crate) const DEVICE: &[u8] = include_bytes!("../../../fuzz/seeds/zone_image/device");
/// One that is signed with NSEC3.
pub(crate) const WITH_NSEC3: &[u8] = include_bytes!("../../../fuzz/seeds/zone_image/signed-nsec3");

pub(crate) const APEX: &[u8] = b"\x09sovereign\0";

/// Where a node keeps what it is told.
pub(crate) fn storage() -> &'static mut CacheStorage {
    Box::leak(Box::new(CacheStorage::EMPTY))
}

/// A hash and a MAC that depend on every octet, and are no secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toy;

#[derive(Clone, Debug)]
pub(crate) struct RunningToy(u64);

impl RunningToy {
    fn take(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
            self.0 ^= self.0 >> 29;
        }
    }

    fn end(&self) -> Vec<u8> {
        [self.0.to_be_bytes(); 4].concat()
    }
}

impl Digest for Toy {
    type Running = RunningToy;

    fn start(&self, algorithm: DigestAlgorithm) -> Option<RunningToy> {
        (algorithm == DigestAlgorithm::Sha256).then_some(RunningToy(1))
    }
}

impl RunningDigest for RunningToy {
    fn update(&mut self, octets: &[u8]) {
        self.take(octets);
    }

    fn finish(self) -> DigestValue {
        DigestValue::new(&self.end())
    }
}

impl MacProvider for Toy {
    type Context = RunningToy;

    fn keyed(&self, _: MacAlgorithm, secret: &[u8]) -> Option<RunningToy> {
        let mut running = RunningToy(2);
        running.take(secret);
        Some(running)
    }
}

impl MacContext for RunningToy {
    fn update(&mut self, octets: &[u8]) {
        self.take(octets);
    }

    fn finish(self) -> MacTag {
        MacTag::new(&self.end())
    }
}

/// The hash that a device is shipped with that serves this image.
pub(crate) fn hash_of(image: &[u8]) -> [u8; 32] {
    let digest = Toy.digest(DigestAlgorithm::Sha256, &[image]).unwrap();
    digest.as_bytes().try_into().unwrap()
}

pub(crate) fn key() -> NetworkKey<RunningToy> {
    let algorithm = MacAlgorithm::HmacSha256;
    NetworkKey::new(Toy, algorithm, b"the network's", NetworkId([7; 4]), 1).unwrap()
}

/// A frame with an update of a zone, sealed as if by a node.
pub(crate) fn update(sender: u8, sequence: u32, zone: ZoneOfUpdate, serial: u32) -> Vec<u8> {
    let hint = Hint {
        node: NodePrefix([sender; 4]),
        score: 1,
        advice: Advice::ZdnsUpdate {
            zone,
            serial: Serial(serial),
        },
    };
    let sealed = key().seal(&hint, hint.node, sequence).unwrap();
    sealed.as_bytes().to_vec()
}

pub(crate) fn apex() -> Name<'static> {
    Name::from_wire(APEX).unwrap()
}

pub(crate) fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

pub(crate) fn link() -> Link {
    Link {
        frequency_hz: 869_525_000,
        modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
        power_dbm: 14,
    }
}

pub(crate) fn config(node: u8) -> NodeConfig<'static> {
    NodeConfig {
        region: Some(Region::Eu868),
        ..NodeConfig::new(NodeId([node; 32]), apex(), link(), HashKey([1, 2]))
    }
}

/// A query; with `is_ours` it has a ZDNS option.
pub(crate) fn query(owner: &str, rtype: Type, is_ours: bool) -> Vec<u8> {
    let mut buffer = [0; 512];
    let flags = Flags::default().with_recursion_desired(true);
    let mut builder = MessageBuilder::<1>::new(&mut buffer, 0x1234, flags).unwrap();
    builder
        .question(&name(owner).as_name(), rtype, Class::IN)
        .unwrap();
    let items = ZdnsItems::NONE;
    let zdns = [EdnsOption::from(Zdns { items })];
    let options = if is_ours { &zdns[..] } else { &[] };
    builder.edns(&EdnsHeader::default(), options).unwrap();
    builder.finish().to_vec()
}

/// The records of a section but OPT: owner, TTL, type and data.
pub(crate) fn lines(response: &[u8], section: Section) -> Vec<String> {
    let message = Message::from_bytes(response).unwrap();
    let records = message.section(section).map(Result::unwrap);
    let records = records.filter(|record| record.rtype() != Type::OPT);
    let line = |record: Record<'_>| record.to_string().replace('\t', " ").replace(" IN ", " ");
    records.map(line).collect()
}

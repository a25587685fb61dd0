//! Sealed hints with real cryptography. The octets were worked out by another implementation of HMAC-SHA-256.

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::hint::{
    Advice, Hint, NetworkId, NetworkKey, NodePrefix, ReceivedFrame, ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::Serial;
use lib_dns_std::hash::RustCryptoDigest;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};

const NODE: NodePrefix = NodePrefix([0x7f, 0x3a, 0x8b, 0x2c]);

fn key() -> NetworkKey<RunningMac> {
    let secret: Vec<u8> = (0..32).collect();
    let algorithm = MacAlgorithm::HmacSha256;
    NetworkKey::new(RustCryptoMac, algorithm, &secret, NetworkId(*b"mesh"), 3).unwrap()
}

#[test]
fn sealed_frames_are_those_of_another_implementation() {
    let update = Advice::ZdnsUpdate {
        zone: ZoneOfUpdate::Apex,
        serial: Serial(2026011702),
    };
    let golden: [(Advice, NodePrefix, u32, &[u8]); 2] = [
        (
            update,
            NODE,
            0x0005_0007,
            b"\x88\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\x00\x05\x00\x07\x1c\xb5\xb5\x7f\x6a\xab\xee\xec",
        ),
        (
            Advice::AvoidPath(None),
            NodePrefix([1, 2, 3, 4]),
            0x0005_0008,
            b"\xc2\x7f\x3a\x8b\x2c\x02\x01\x02\x03\x04\x00\x05\x00\x08\x79\x47\x83\x74\x66\x7c\xf9\x47",
        ),
    ];
    for (advice, sender, sequence, octets) in golden {
        let hint = Hint {
            node: NODE,
            score: 2,
            advice,
        };
        let sealed = key().seal(&hint, sender, sequence).unwrap();
        assert_eq!(sealed.as_bytes(), octets);
        let received = ReceivedFrame::from_bytes(octets).unwrap();
        assert!(key().verifies(&received));
        assert_eq!((received.hint, received.sender()), (hint, sender));
    }
}

#[test]
fn the_tag_of_a_zone_does_not_know_case() {
    for (name, tag) in [
        ("sovereign.", [0xab, 0x1e, 0x0f, 0xac]),
        ("LAB.Sovereign.", [0xb6, 0xa0, 0x3d, 0x11]),
    ] {
        let name = NameBuf::from_text(name).unwrap();
        let found = ZoneTag::of(&name.as_name(), &RustCryptoDigest);
        assert_eq!(found, Some(ZoneTag(tag)));
    }
}

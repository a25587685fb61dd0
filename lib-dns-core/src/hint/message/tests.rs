//! Golden octets of all types, what is refused, and round trips.

use super::super::toy::{NODE, hint};
use super::*;
use proptest::prelude::*;
use std::string::ToString;
use std::vec::Vec;

fn update(zone: ZoneOfUpdate) -> Hint {
    let serial = Serial(2026011702);
    hint(Advice::ZdnsUpdate { zone, serial })
}

fn short(text: &str) -> ShortName {
    ShortName::new(&NameBuf::from_text(text).unwrap().as_name()).unwrap()
}

#[test]
fn every_type_has_its_octets() {
    let golden: [(Hint, &[u8]); 12] = [
        (hint(Advice::NodeQuality(None)), b"\x01\x7f\x3a\x8b\x2c\x02"),
        (
            hint(Advice::NodeQuality(Some(Lifetime(6)))),
            b"\x01\x7f\x3a\x8b\x2c\x02\x06",
        ),
        (hint(Advice::AvoidPath(None)), b"\x02\x7f\x3a\x8b\x2c\x02"),
        (
            hint(Advice::PreferPath(Some(Lifetime(0)))),
            b"\x03\x7f\x3a\x8b\x2c\x02\x00",
        ),
        (hint(Advice::NodeDown(None)), b"\x04\x7f\x3a\x8b\x2c\x02"),
        (
            hint(Advice::NodeUp(Some(Lifetime(255)))),
            b"\x05\x7f\x3a\x8b\x2c\x02\xff",
        ),
        (
            hint(Advice::Congestion(NodePrefix([1, 2, 3, 4]))),
            b"\x06\x7f\x3a\x8b\x2c\x02\x01\x02\x03\x04",
        ),
        (
            hint(Advice::ChannelHint(36)),
            b"\x07\x7f\x3a\x8b\x2c\x02\x24",
        ),
        (
            update(ZoneOfUpdate::Apex),
            b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36",
        ),
        (
            update(ZoneOfUpdate::Tag(ZoneTag([0xde, 0xad, 0xbe, 0xef]))),
            b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\xff\xde\xad\xbe\xef",
        ),
        (
            update(ZoneOfUpdate::Name(short("lab.sov."))),
            b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\x03lab\x03sov\x00",
        ),
        (
            update(ZoneOfUpdate::Name(short("."))),
            b"\x08\x7f\x3a\x8b\x2c\x02\x78\xc2\x7c\x36\x00",
        ),
    ];
    for (hint, octets) in golden {
        assert_eq!(hint.to_frame().as_bytes(), octets);
        let received = ReceivedFrame::from_bytes(octets).unwrap();
        assert_eq!(
            (received.hint, received.seal, received.sender()),
            (hint, None, NODE)
        );
    }
    for (number, kind) in (1..).zip(HintType::ALL) {
        assert_eq!(kind.number(), number);
        assert_eq!(HintType::from_number(number), Some(*kind));
    }
}

#[test]
fn a_seal_follows() {
    let sealed = b"\x82\x7f\x3a\x8b\x2c\x02\x00\x05\x00\x07tag octs";
    let received = ReceivedFrame::from_bytes(sealed).unwrap();
    assert_eq!(received.hint, hint(Advice::AvoidPath(None)));
    let seal = Seal {
        sender: None,
        sequence: 0x0005_0007,
        tag: *b"tag octs",
    };
    assert_eq!((received.seal, received.sender()), (Some(seal), NODE));
    assert_eq!(received.covered, &sealed[..10]);
    let named = b"\xc2\x7f\x3a\x8b\x2c\x02\x01\x02\x03\x04\x00\x05\x00\x07tag octs";
    let received = ReceivedFrame::from_bytes(named).unwrap();
    assert_eq!(received.hint, hint(Advice::AvoidPath(None)));
    assert_eq!(received.sender(), NodePrefix([1, 2, 3, 4]));
}

#[test]
fn what_is_no_hint_is_refused() {
    use HintError::*;
    let cases: [(&[u8], HintError); 14] = [
        (b"", TooShort),
        (b"\x01\x7f\x3a\x8b\x2c", TooShort),
        (b"\x81\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01tag oct", TooShort),
        (
            b"\xc1\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01tag octs",
            TooShort,
        ),
        (b"\x00\x7f\x3a\x8b\x2c\x02", UnknownType(0)),
        (b"\x41\x7f\x3a\x8b\x2c\x02", UnknownType(0x41)),
        (
            b"\x01\x7f\x3a\x8b\x2c\x02\x00\x00",
            DataLength(HintType::NodeQuality),
        ),
        (
            b"\x06\x7f\x3a\x8b\x2c\x02\x00\x00\x00",
            DataLength(HintType::Congestion),
        ),
        (
            b"\x07\x7f\x3a\x8b\x2c\x02",
            DataLength(HintType::ChannelHint),
        ),
        (
            b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x01",
            DataLength(HintType::ZdnsUpdate),
        ),
        (
            b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01\xff\x01\x02\x03",
            DataLength(HintType::ZdnsUpdate),
        ),
        (b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01\x02ab", ZoneName),
        (
            b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01\x00\x00",
            ZoneName,
        ),
        (
            b"\x08\x7f\x3a\x8b\x2c\x02\x00\x00\x00\x01\x09sovereign\x00",
            TooLong,
        ),
    ];
    for (octets, error) in cases {
        assert_eq!(
            ReceivedFrame::from_bytes(octets),
            Err(error),
            "{octets:02x?}"
        );
    }
    assert_eq!(
        ReceivedFrame::from_bytes(&[1; MAX_FRAME_LEN + 1]),
        Err(TooLong)
    );
    assert_eq!(UnknownType(9).to_string(), "0x09 is no type of a hint");
}

fn any_zone() -> impl Strategy<Value = ZoneOfUpdate> {
    let label = prop::collection::vec(any::<u8>(), 1..=3);
    let name = prop::collection::vec(label, 0..=2).prop_map(|labels| {
        let mut wire: Vec<u8> = Vec::new();
        for label in labels {
            wire.push(label.len() as u8);
            wire.extend(label);
        }
        wire.push(0);
        ShortName::new(&Name::from_wire(&wire).unwrap()).unwrap()
    });
    prop_oneof![
        Just(ZoneOfUpdate::Apex),
        any::<[u8; 4]>().prop_map(|tag| ZoneOfUpdate::Tag(ZoneTag(tag))),
        name.prop_map(ZoneOfUpdate::Name),
    ]
}

pub(crate) fn any_hint() -> impl Strategy<Value = Hint> {
    let lifetime = || prop::option::of(any::<u8>().prop_map(Lifetime));
    let advice = prop_oneof![
        lifetime().prop_map(Advice::NodeQuality),
        lifetime().prop_map(Advice::AvoidPath),
        lifetime().prop_map(Advice::PreferPath),
        lifetime().prop_map(Advice::NodeDown),
        lifetime().prop_map(Advice::NodeUp),
        any::<[u8; 4]>().prop_map(|to| Advice::Congestion(NodePrefix(to))),
        any::<u8>().prop_map(Advice::ChannelHint),
        (any_zone(), any::<u32>()).prop_map(|(zone, serial)| Advice::ZdnsUpdate {
            zone,
            serial: Serial(serial),
        }),
    ];
    (any::<[u8; 4]>(), any::<u8>(), advice).prop_map(|(node, score, advice)| Hint {
        node: NodePrefix(node),
        score,
        advice,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(hint in any_hint()) {
        let frame = hint.to_frame();
        prop_assert!(frame.as_bytes().len() <= MAX_HINT_LEN);
        let received = ReceivedFrame::from_bytes(frame.as_bytes()).unwrap();
        prop_assert_eq!(received.hint, hint);
    }

    #[test]
    fn what_is_read_is_written_again(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(received) = ReceivedFrame::from_bytes(&octets) {
            let hint = received.hint.to_frame();
            let same = octets.len().min(hint.as_bytes().len());
            prop_assert_eq!(&hint.as_bytes()[1..same], &octets[1..same]);
        }
    }
}

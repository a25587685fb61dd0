//! Hints: any octets as a frame, and lists of things that happen to a node.
//!
//! What is read is written again as it was. Whatever a node hears, it keeps its limits, and comes to rest.

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{
    Action, Advice, Event, Hint, HintConfig, HintNode, MAX_FRAME_LEN, MAX_HINT_LEN, MIN_GAP,
    NetworkId, NetworkKey, NodePrefix, ReceivedFrame, Region, ZoneOfUpdate, ZoneTag,
};
use lib_dns_core::policy::update_control::UpdateControlConfig;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};

type Node = HintNode<RunningMac, 2, 12, 4, 2>;

const APEX: ZoneTag = ZoneTag([1; 4]);
const OTHER: ZoneTag = ZoneTag([2; 4]);
const US: NodePrefix = NodePrefix([3; 4]);
/// The longest list that is run.
const MAX_OPERATIONS: usize = 400;

/// Runs the target.
pub fn run(data: &[u8]) {
    read_and_write(data);
    if let Some((settings, operations)) = data.split_first() {
        operate(*settings, operations);
    }
}

fn read_and_write(octets: &[u8]) {
    let Ok(received) = ReceivedFrame::from_bytes(octets) else {
        return;
    };
    assert!(octets.len() <= MAX_FRAME_LEN);
    let frame = received.hint.to_frame();
    let written = frame.as_bytes();
    assert!(written.len() <= MAX_HINT_LEN);
    assert_eq!(
        written[1..],
        octets[1..written.len()],
        "all but the bits of a seal"
    );
    let again = ReceivedFrame::from_bytes(written).expect("what was written is a hint");
    assert_eq!((again.hint, again.seal), (received.hint, None));
}

fn key() -> NetworkKey<RunningMac> {
    let algorithm = MacAlgorithm::HmacSha256;
    NetworkKey::new(RustCryptoMac, algorithm, b"a key", NetworkId([0; 4]), 1).expect("a good key")
}

/// The first octet says how the node is set up, two say what happens next, and how much later.
fn operate(settings: u8, operations: &[u8]) {
    let region = [Some(Region::Eu868), Some(Region::Eu868M), None][usize::from(settings % 3)];
    let frequency_hz = if settings % 3 == 1 {
        868_300_000
    } else {
        869_525_000
    };
    let has_key = settings & 0x40 != 0;
    let modulation = Modulation::new(SpreadingFactor::Sf12, Bandwidth::Khz125);
    let mut now = Timestamp::ZERO;
    let mut node = Node::new(
        now,
        HintConfig {
            node: US,
            region,
            frequency_hz,
            modulation,
            apex: Some(APEX),
            urgency: 0,
            accepts_unsealed: settings & 0x80 != 0,
            updates: UpdateControlConfig::default(),
        },
    );
    if has_key {
        node.set_key(key(), 1);
    }
    node.keep(APEX, None, Some(Serial(0)));
    node.keep(OTHER, None, None);
    let mut rest = operations;
    let mut sealed = Vec::new();
    let mut sent = Vec::new();
    for _ in 0..MAX_OPERATIONS {
        let [what, later, tail @ ..] = rest else {
            return;
        };
        let (what, later) = (*what, *later);
        rest = tail;
        // Up to two minutes.
        now = now.add_millis(u64::from(later) * u64::from(later) * 2);
        let random = u32::from_be_bytes([later, what, later, what]);
        match what % 8 {
            0 => {
                let len = usize::from(what >> 3).min(rest.len());
                let (frame, tail) = rest.split_at(len);
                rest = tail;
                node.on_frame(now, random, frame);
            }
            1 => {
                let hint = Hint {
                    node: NodePrefix([what >> 6; 4]),
                    score: 0,
                    advice: Advice::ZdnsUpdate {
                        zone: ZoneOfUpdate::Apex,
                        serial: Serial(u32::from(later)),
                    },
                };
                let sequence = u32::from(what >> 3);
                let frame = key().seal(&hint, hint.node, sequence).expect("it fits");
                if node.on_frame(now, random, frame.as_bytes()).is_some() {
                    assert!(has_key, "nothing to check it with");
                    assert!(!sealed.contains(&(hint.node, sequence)), "a replay");
                }
                sealed.push((hint.node, sequence));
            }
            2 => {
                node.zone_changed(
                    now,
                    if what > 0x7f { APEX } else { OTHER },
                    Serial(u32::from(later)),
                );
            }
            3 => {
                node.advise(Hint {
                    node: NodePrefix([later % 4; 4]),
                    score: what,
                    advice: Advice::Congestion(US),
                });
            }
            4 => node.refresh_failed(now, APEX),
            5 if what > 0xdf => node.topology_changed(now, random),
            5 => node.ttl_ended(now, OTHER),
            _ => rest_of(&mut node, &mut now, random, what % 8 == 6, &mut sent),
        }
        if !has_key || settings & 0x80 != 0 {
            let hint = Hint {
                node: NodePrefix([later; 4]),
                score: 0,
                advice: Advice::NodeUp(None),
            };
            let event = node.on_frame(now, random, hint.to_frame().as_bytes());
            assert!(
                !matches!(event, Some(Event::Update { .. } | Event::StormBegins)),
                "it was advice"
            );
        }
        assert!(
            region.is_some() || sent.is_empty(),
            "nobody has said where it is"
        );
        let limit = region.map_or(0, |region| region.rules().hint_micros_an_hour());
        let hour = sent
            .iter()
            .filter(|(began, _)| now.millis_since(*began) <= 3_600_000);
        assert!(hour.map(|(_, airtime)| airtime).sum::<u64>() <= u64::from(limit));
    }
}

/// Polls until the node rests.
fn rest_of(
    node: &mut Node,
    now: &mut Timestamp,
    random: u32,
    goes_well: bool,
    sent: &mut Vec<(Timestamp, u64)>,
) {
    for _ in 0..20 {
        match node.poll(*now) {
            Action::Sense => node.sensed(*now, random, random & 7 == 0),
            Action::Refresh(due) => node.refreshed(due.zone, due.announced.unwrap_or(Serial(0))),
            Action::Listen(until) => {
                assert!(
                    until.is_none_or(|until| until > *now),
                    "or it would be asked for ever"
                );
                return;
            }
            Action::Transmit { frame, airtime } => {
                assert!(frame.as_bytes().len() <= MAX_FRAME_LEN);
                if let Some((began, airtime)) = sent.last() {
                    assert!(now.millis_since(*began) >= MIN_GAP + airtime / 1000);
                }
                sent.push((*now, airtime));
                *now = now.add_millis(airtime.div_ceil(1000));
                node.sent(*now, goes_well);
            }
        }
    }
    panic!("it does not come to rest");
}

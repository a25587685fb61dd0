//! Fifty nodes share one LoRa channel in virtual time, while a zone changes ten times a second.
#![cfg(feature = "sim")]

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{
    Action, Advice, Event, Frame, Hint, HintConfig, HintNode, NetworkId, NetworkKey, NodePrefix,
    ReceivedFrame, Region, ZoneTag,
};
use lib_dns_core::policy::update_control::UpdateControlConfig;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_std::mac::{RunningMac, RustCryptoMac};
use lib_dns_std::sim::channel::{Channel, FrameId, Reception};
use std::collections::BTreeSet;

type Node = HintNode<RunningMac, 2, 16, 64, 4>;

const NODES: usize = 50;
/// Both servers of the zone tell of its changes.
const SERVERS: usize = 2;
const APEX: ZoneTag = ZoneTag([1; 4]);
const SECOND: u64 = 1000;
/// The zone changes for an hour; then the last of the news goes round.
const FLAPS_FOR: u64 = 3600 * SECOND;
const RUNS_FOR: u64 = FLAPS_FOR + 900 * SECOND;
/// The zone's refresh interval: what is lost on the air is found then.
const REFRESH: u64 = 600 * SECOND;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Happens {
    /// A frame of a node ends.
    Ends(usize),
    Changes,
    TtlEnds(usize),
    Advises(usize),
    Wakes(usize),
}

struct Mesh {
    nodes: Vec<Node>,
    serials: Vec<Serial>,
    newest: Serial,
    channel: Channel,
    on_air: Vec<Option<(FrameId, Frame)>>,
    /// When each node told of the zone last.
    told: Vec<Option<Timestamp>>,
    agenda: BTreeSet<(u64, Happens)>,
    /// When each node wakes next, so that it wakes once.
    wakes: Vec<Option<u64>>,
    random: u64,
}

fn modulation() -> Modulation {
    Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125)
}

fn prefix(node: usize) -> NodePrefix {
    NodePrefix((node as u32 + 1).to_be_bytes())
}

impl Mesh {
    fn new() -> Self {
        let algorithm = MacAlgorithm::HmacSha256;
        let key =
            NetworkKey::new(RustCryptoMac, algorithm, &[7; 32], NetworkId(*b"mesh"), 1).unwrap();
        let nodes = (0..NODES).map(|node| {
            let config = HintConfig {
                node: prefix(node),
                // The narrowest budget: half of 1 %.
                region: Some(Region::Eu868M),
                frequency_hz: 868_300_000,
                modulation: modulation(),
                apex: Some(APEX),
                urgency: 1,
                accepts_unsealed: false,
                updates: UpdateControlConfig::default(),
            };
            let mut new = Node::new(Timestamp::ZERO, config);
            new.set_key(key.clone(), 1);
            if node >= SERVERS {
                new.keep(APEX, None, Some(Serial(0)));
            }
            new
        });
        Self {
            nodes: nodes.collect(),
            serials: vec![Serial(0); NODES],
            newest: Serial(0),
            channel: Channel::new(modulation(), NODES, 60 * 1_000_000),
            on_air: vec![None; NODES],
            told: vec![None; NODES],
            agenda: BTreeSet::new(),
            wakes: vec![None; NODES],
            random: 1,
        }
    }

    fn dice(&mut self) -> u32 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 32) as u32
    }

    fn at(&mut self, millis: u64, what: Happens) {
        self.agenda.insert((millis, what));
    }

    fn run(&mut self) {
        self.at(100, Happens::Changes);
        for node in 0..NODES {
            let spread = u64::from(self.dice()) % REFRESH;
            self.at(spread, Happens::Advises(node));
            if node >= SERVERS {
                self.at(spread, Happens::TtlEnds(node));
            }
        }
        while let Some((now, what)) = self.agenda.pop_first() {
            if now > RUNS_FOR {
                return;
            }
            self.happens(now, what);
        }
    }

    fn happens(&mut self, now: u64, what: Happens) {
        let time = Timestamp::from_millis(now);
        match what {
            Happens::Changes => {
                self.newest = self.newest.next();
                for server in 0..SERVERS {
                    self.serials[server] = self.newest;
                    self.nodes[server].zone_changed(time, APEX, self.newest);
                    self.wake(now, server);
                }
                if now < FLAPS_FOR {
                    self.at(now + 100, Happens::Changes);
                }
            }
            Happens::TtlEnds(node) => {
                self.nodes[node].ttl_ended(time, APEX);
                self.at(now + REFRESH, Happens::TtlEnds(node));
                self.wake(now, node);
            }
            Happens::Advises(node) => {
                let advice = Advice::NodeQuality(None);
                self.nodes[node].advise(Hint {
                    node: prefix(node),
                    score: 9,
                    advice,
                });
                self.at(now + REFRESH, Happens::Advises(node));
                self.wake(now, node);
            }
            Happens::Ends(node) => {
                let (id, frame) = self.on_air[node].take().unwrap();
                self.nodes[node].sent(time, true);
                for (listener, reception) in self.channel.end(id) {
                    if reception == Reception::Received {
                        let (random, listener) = (self.dice(), listener as usize);
                        let event = self.nodes[listener].on_frame(time, random, frame.as_bytes());
                        assert_ne!(
                            event,
                            Some(Event::StormBegins),
                            "one zone that flaps is no storm"
                        );
                        self.wake(now, listener);
                    }
                }
                self.wake(now, node);
            }
            Happens::Wakes(node) => {
                if self.wakes[node] == Some(now) {
                    self.wakes[node] = None;
                    self.wake(now, node);
                }
            }
        }
    }

    /// Lets a node do all it wants to do now.
    fn wake(&mut self, now: u64, node: usize) {
        let time = Timestamp::from_millis(now);
        loop {
            match self.nodes[node].poll(time) {
                Action::Sense => {
                    let (is_busy, random) = (self.channel.is_busy(node as u32), self.dice());
                    self.nodes[node].sensed(time, random, is_busy);
                }
                Action::Refresh(due) => {
                    self.serials[node] = self.newest;
                    self.nodes[node].refreshed(due.zone, self.newest);
                }
                Action::Transmit { frame, airtime } => {
                    let octets = frame.as_bytes();
                    let hint = ReceivedFrame::from_bytes(octets).unwrap().hint;
                    if let Advice::ZdnsUpdate { .. } = hint.advice {
                        let last = self.told[node].replace(time);
                        assert!(last.is_none_or(|last| time.millis_since(last) >= 30 * SECOND));
                    }
                    let others = (0..NODES as u32).filter(|other| *other as usize != node);
                    // Some are nearer than others.
                    let audible = others
                        .map(|other| (other, -80 - ((other as i16 * 7 + node as i16 * 3) % 40)));
                    let sending = self
                        .channel
                        .begin(now * 1000, node as u32, octets.len() as u8, audible)
                        .unwrap();
                    assert_eq!(sending.ends_at, now * 1000 + airtime);
                    self.on_air[node] = Some((sending.frame, frame));
                    self.at(sending.ends_at.div_ceil(1000), Happens::Ends(node));
                }
                Action::Listen(until) => {
                    if let Some(until) = until {
                        let until = until.as_millis();
                        assert!(until > now, "or it would never end");
                        if self.wakes[node].is_none_or(|wakes| wakes > until) {
                            self.wakes[node] = Some(until);
                            self.at(until, Happens::Wakes(node));
                        }
                    }
                    return;
                }
            }
        }
    }
}

#[test]
fn a_zone_that_flaps_leaves_the_channel_free() {
    let mut mesh = Mesh::new();
    mesh.run();
    assert_eq!(mesh.newest, Serial(36_000), "it changed ten times a second");
    assert!(
        mesh.serials.iter().all(|serial| *serial == mesh.newest),
        "{:?}",
        mesh.serials
    );
    let worst = mesh
        .channel
        .loads()
        .map(|load| load.worst)
        .fold(0.0, f64::max);
    let busiest = mesh.channel.busiest_hour();
    println!(
        "worst minute {:.2} %, busiest hour of a node {} ms, {:?}",
        worst * 100.0,
        busiest.micros / 1000,
        mesh.channel.counts()
    );
    assert!(worst < 0.1, "{worst}");
    assert!(busiest.micros <= u64::from(Region::Eu868M.rules().hint_micros_an_hour()));
    let counts = mesh.channel.counts();
    // One each two minutes for each server, and one advice each ten for everybody.
    assert!((300..500).contains(&counts.sent), "{counts:?}");
    assert!(counts.received > 49 * counts.sent * 8 / 10, "{counts:?}");
}

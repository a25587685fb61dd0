//! A node and its radio.

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{
    Action, Event, Frame, HintConfig, HintCounts, HintNode, NetworkKey, NodePrefix, Region, ZoneTag,
};
use lib_dns_core::policy::update_control::{RefreshDue, UpdateControlConfig};
use lib_dns_core::time::Timestamp;
use lib_dns_embedded::loop_radio::{LoopRadio, Signal};
use lib_dns_embedded::radio::{HintRadio, Link};
use lib_dns_embedded::rustcrypto::HmacKey;

/// Two zones, twelve updates remembered (one more than make a storm), four senders, two pieces of advice that wait.
pub type Node = HintNode<HmacKey, 2, 12, 4, 2>;

/// How the radios send.
pub const LINK: Link = Link {
    frequency_hz: 869_525_000,
    modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
    power_dbm: 14,
};

/// How a node is set, in a network with this apex zone.
pub fn config(prefix: [u8; 4], apex: ZoneTag) -> HintConfig {
    HintConfig {
        node: NodePrefix(prefix),
        region: Some(Region::Eu868),
        frequency_hz: LINK.frequency_hz,
        modulation: LINK.modulation,
        apex: Some(apex),
        urgency: 1,
        accepts_unsealed: false,
        updates: UpdateControlConfig::default(),
    }
}

/// A node and its radio.
pub struct Station<'n> {
    /// What it is called.
    pub name: &'static str,
    /// The node, which has a place of its own: it is too large for the stack.
    pub node: &'n mut Node,
    radio: LoopRadio<1>,
    /// The last random word.
    random: u32,
}

/// What a node wants next.
pub enum Step {
    /// It has sent this.
    Sent {
        /// The frame.
        frame: Frame,
        /// When it is over.
        ends: Timestamp,
    },
    /// It has to look for a newer version of a zone.
    Refresh(RefreshDue<ZoneTag>),
    /// It listens until then, or until something happens.
    Waits(Option<Timestamp>),
}

/// Starts a node with a key and a boot epoch where it is.
pub fn start(node: &mut Node, config: &HintConfig, key: &NetworkKey<HmacKey>, boot_epoch: u16) {
    node.start(Timestamp::ZERO, config);
    node.set_key(key.clone(), boot_epoch);
}

impl<'n> Station<'n> {
    /// A station in a network with this apex zone, whose node starts now.
    #[inline(never)]
    pub fn start(
        node: &'n mut Node,
        name: &'static str,
        prefix: [u8; 4],
        key: &NetworkKey<HmacKey>,
        boot_epoch: u16,
        apex: ZoneTag,
    ) -> Self {
        start(node, &config(prefix, apex), key, boot_epoch);
        Self {
            name,
            node,
            radio: LoopRadio::new(LINK),
            random: u32::from_be_bytes(prefix),
        }
    }

    /// Lets the node go on, and the radio do what it says.
    pub fn step(&mut self, now: Timestamp) -> Step {
        loop {
            match self.node.poll(now) {
                Action::Sense => {
                    let is_busy = self.radio.channel_busy().unwrap_or(true);
                    let random = self.random();
                    self.node.sensed(now, random, is_busy);
                }
                Action::Transmit { frame, airtime } => {
                    let went_well = self.radio.transmit(frame.as_bytes()).is_ok();
                    // What it has sent is on the air now, and in the answer.
                    self.radio.take_sent();
                    let ends = now.add_millis(airtime.div_ceil(1000));
                    self.node.sent(ends, went_well);
                    return Step::Sent { frame, ends };
                }
                Action::Refresh(due) => return Step::Refresh(due),
                Action::Listen(until) => return Step::Waits(until),
            }
        }
    }

    /// Puts a frame on the air, and tells the node what the radio has received.
    pub fn hear(&mut self, now: Timestamp, frame: &[u8]) -> Option<Event> {
        self.radio.listen().ok()?;
        self.radio.hear(frame, Signal::NEAR);
        let mut buffer = [0; 32];
        let reception = self.radio.receive(&mut buffer, now).ok()??;
        let received = buffer.get(..reception.octets.into())?;
        let random = self.random();
        self.node.on_frame(now, random, received)
    }

    /// The same; says as well by which exit of the node the frame went.
    pub fn hear_with_exit(
        &mut self,
        now: Timestamp,
        frame: &[u8],
    ) -> (&'static str, Option<Event>) {
        let before = self.node.counts();
        let event = self.hear(now, frame);
        (exit(&before, &self.node.counts()), event)
    }

    /// A linear congruential generator: every run tells the same story. A real node asks its chip.
    fn random(&mut self) -> u32 {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        self.random
    }
}

/// How often a frame went out by which exit of a node, and what that means.
const EXITS: [(fn(&HintCounts) -> u32, &str); 12] = [
    (|counts| counts.malformed, "no hint"),
    (|counts| counts.wrong_policy, "no seal"),
    (|counts| counts.bad_seals, "forged: the seal does not hold"),
    (|counts| counts.replays, "a replay: heard before"),
    (|counts| counts.too_loud, "its sender is too loud"),
    (|counts| counts.advice, "advice"),
    (|counts| counts.updates.suppressed, "ignored in the storm"),
    (
        |counts| counts.updates.unknown_zones,
        "of a zone that is not kept",
    ),
    (|counts| counts.updates.not_newer, "not newer"),
    (|counts| counts.updates.duplicates, "a duplicate"),
    (|counts| counts.updates.storms, "a storm begins"),
    (|counts| counts.updates.accepted, "new, to look for in "),
];

/// By which exit of a node a frame went that was heard between these counts.
fn exit(before: &HintCounts, after: &HintCounts) -> &'static str {
    let mut exits = EXITS.iter();
    let taken = exits.find(|(count, _)| count(before) != count(after));
    taken.map_or("none", |(_, exit)| exit)
}

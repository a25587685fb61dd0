//! A node that sends and hears hints, without the radio (ZDNS architecture 6.3, 6.4 and 17.1).

use super::airtime::Modulation;
use super::budget::{AirtimeBudget, Permit};
use super::message::{
    Advice, Frame, Hint, HintType, NodePrefix, ReceivedFrame, ShortName, ZoneOfUpdate, ZoneTag,
};
use super::queue::Waiting;
use super::region::Region;
use super::replay::{ReplaySlot, ReplayWindows};
use super::seal::{NetworkKey, SequenceNumbers, seal_len};
use crate::crypto::MacKey;
use crate::policy::update_control::{
    Broadcast, BroadcastSlot, Change, Heard, MAX_UPDATES_OF_A_SENDER, RefreshDue, SENDER_WINDOW,
    SeenSlot, UpdateControlConfig, UpdateCounts, UpdateReceiver, UpdateSender, WatchedZone,
};
use crate::policy::{RateSlot, Rates};
use crate::time::Timestamp;
use crate::zone::Serial;

/// For how long the channel counts as free after it was sensed, in milliseconds.
const SENSED_FOR: u64 = 50;

/// Waits after the channel was busy double so often at most.
const MAX_DOUBLINGS: u8 = 5;

/// What can be set.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HintConfig {
    /// This node.
    pub node: NodePrefix,
    /// Where the radio is. Unset, nothing is sent.
    pub region: Option<Region>,
    /// The middle of the channel, in Hz.
    pub frequency_hz: u32,
    /// How the radio sends.
    pub modulation: Modulation,
    /// The apex zone of the network, which updates do not name.
    pub apex: Option<ZoneTag>,
    /// The score of updates: how urgent they are.
    pub urgency: u8,
    /// Are frames without a seal heard, although there is a key? Only while a network gets its first key.
    pub accepts_unsealed: bool,
    /// The parameters of 17.2.
    pub updates: UpdateControlConfig,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action {
    /// Find out whether anybody is sending, tell [`HintNode::sensed`], and poll again.
    Sense,
    /// Send this, and tell [`HintNode::sent`] when it is over.
    Transmit {
        /// The frame.
        frame: Frame,
        /// For how long it is on the air, in microseconds: the deadline of the driver comes from it.
        airtime: u64,
    },
    /// Look for a newer version of this zone, and tell [`HintNode::refreshed`] or [`HintNode::refresh_failed`].
    Refresh(RefreshDue<ZoneTag>),
    /// Listen, and poll again at this time, or when something was heard or told; `None` if only then.
    Listen(Option<Timestamp>),
}

/// What a frame means for this node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// Advice for the control plane.
    Advice {
        /// Who says so.
        sender: NodePrefix,
        /// What.
        hint: Hint,
    },
    /// A zone has a newer serial: flush its negative answers (12.2, rule 3). It will be refreshed.
    Update {
        /// The zone.
        zone: ZoneTag,
        /// When it will be refreshed.
        refresh_at: Timestamp,
    },
    /// A zone that is not kept here, but of which something is denied ([`HintNode::denied`]), has another serial: flush what is
    /// cached of its negative answers (12.2, rule 3). There is nothing to refresh.
    Denied {
        /// The zone.
        zone: ZoneTag,
    },
    /// A storm begins (17.1, level 5): log [`STORM_LOG`](crate::policy::update_control::STORM_LOG).
    StormBegins,
}

/// Why nothing can be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// No region is set.
    NoRegion,
    /// The channel does not lie within the region's band.
    OutsideBand,
    /// The channel is narrower than a radio needs there that stays on it ([`RegionRules::least_bandwidth`]).
    ///
    /// [`RegionRules::least_bandwidth`]: super::RegionRules::least_bandwidth
    TooNarrow,
    /// A frame would be longer on the air than is allowed: the modulation is too slow.
    TooLong,
    /// The numbers of frames of this boot epoch are used up: begin another one with [`HintNode::boot`].
    NoNumbers,
}

/// What became of advice that was to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Queued {
    /// It will be sent.
    Waiting,
    /// It will be sent instead of older advice of its kind about this node.
    Replaced,
    /// All slots are taken.
    NoRoom,
    /// Updates come from [`HintNode::zone_changed`].
    IsUpdate,
}

/// How often a frame that was heard went out by which exit; in the order in which they are looked at. The numbers stop at
/// their end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HintCounts {
    /// No hint: length, type, data.
    pub malformed: u32,
    /// No seal although there is a key, or a seal and no key to check it with.
    pub wrong_policy: u32,
    /// A seal that does not hold.
    pub bad_seals: u32,
    /// Heard before, or too old to know.
    pub replays: u32,
    /// From a sender that is too loud.
    pub too_loud: u32,
    /// Advice that was handed on.
    pub advice: u32,
    /// What became of updates.
    pub updates: UpdateCounts,
}

/// A node that sends and hears hints.
///
/// It draws the line between the radio and the rest: [`HintNode::poll`] says when to sense the channel, what to send and
/// which zone to refresh, [`HintNode::on_frame`] what a frame that was heard means. It keeps `ZONES` zones, remembers `SEEN`
/// updates and `SENDERS` senders, and has `QUEUE` slots for advice that waits.
///
/// What is heard is looked at in this order, and each exit is counted: length and type, seal policy, seal, replay, how loud
/// the sender is, and then levels 2 to 5 of 17.1. What is sent: updates first, only the newest serial of each zone, zones in
/// turn; then advice, the oldest first. Before each frame the channel is sensed.
///
/// Without a key everybody can send everything. That does no harm beyond what hints can do: they make nodes ask.
///
/// ```
/// # use lib_dns_core::crypto::{MacContext, MacTag};
/// # #[derive(Clone)] struct Sum;
/// # impl MacContext for Sum { fn update(&mut self, _: &[u8]) {} fn finish(self) -> MacTag { MacTag::new(&[0; 32]) } }
/// use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
/// use lib_dns_core::hint::{Action, Event, HintConfig, HintNode, NodePrefix, Region, ZoneTag};
/// use lib_dns_core::policy::update_control::UpdateControlConfig;
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_core::zone::Serial;
/// let apex = ZoneTag([0xab, 0x1e, 0x0f, 0xac]);
/// let config = |node| HintConfig {
///     node: NodePrefix(node),
///     region: Some(Region::Eu868),
///     frequency_hz: 869_525_000,
///     modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
///     apex: Some(apex),
///     urgency: 1,
///     accepts_unsealed: false,
///     updates: UpdateControlConfig::default(),
/// };
/// let at = Timestamp::from_secs;
/// let mut alice = HintNode::<Sum, 4, 16, 8, 4>::new(at(0), config([1; 4]));
/// let mut bob = HintNode::<Sum, 4, 16, 8, 4>::new(at(0), config([2; 4]));
/// bob.keep(apex, None, Some(Serial(7)));
///
/// alice.zone_changed(at(60), apex, Serial(8));
/// assert_eq!(alice.poll(at(60)), Action::Listen(Some(at(65))));
/// assert_eq!(alice.poll(at(65)), Action::Sense);
/// alice.sensed(at(65), 0, false);
/// let Action::Transmit { frame, airtime } = alice.poll(at(65)) else { panic!() };
/// assert_eq!(airtime, 144_384);
/// alice.sent(at(66), true);
///
/// let event = bob.on_frame(at(66), 1 << 31, frame.as_bytes());
/// assert_eq!(event, Some(Event::Update { zone: apex, refresh_at: at(71) }));
/// assert!(matches!(bob.poll(at(71)), Action::Refresh(due) if due.zone == apex));
/// ```
// Small fields first, and those of its parts as well: what is near has short instructions. Steps that would be taken into
// their only caller are functions of their own (`inline(never)`) where a device's flash and stack are smaller for it.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct HintNode<
    K,
    const ZONES: usize,
    const SEEN: usize,
    const SENDERS: usize,
    const QUEUE: usize,
> {
    exits: [u32; Exit::COUNT],
    /// When the channel was free last.
    free_at: Option<Timestamp>,
    /// Not before this: the channel was busy.
    waits_until: Option<Timestamp>,
    /// How often it was, one after the other.
    busy: u8,
    refusal: Option<Refusal>,
    urgency: u8,
    accepts_unsealed: bool,
    node: NodePrefix,
    apex: Option<ZoneTag>,
    numbers: SequenceNumbers,
    sending: Sending,
    /// Microseconds that it is on the air.
    airtime: u32,
    /// Advice that waits, the oldest first.
    queue: [Waiting; QUEUE],
    names: [Option<(ZoneTag, ShortName)>; ZONES],
    tells: UpdateSender<[BroadcastSlot<ZoneTag>; ZONES]>,
    hears: UpdateReceiver<[WatchedZone<ZoneTag>; ZONES], [SeenSlot<ZoneTag>; SEEN]>,
    replays: ReplayWindows<[ReplaySlot; SENDERS]>,
    rates: Rates<[RateSlot<NodePrefix>; SENDERS]>,
    air: Air,
    /// The one to seal with, and the one before it.
    keys: [Option<NetworkKey<K>>; 2],
}

/// Whether the radio may send at all. `Off` is all zeros, as an `Option` need not be.
#[expect(
    clippy::large_enum_variant,
    reason = "it has its room in the node, whether it is off or on"
)]
#[derive(Clone, Debug)]
#[repr(u8)]
enum Air {
    Off,
    On {
        modulation: Modulation,
        budget: AirtimeBudget,
    },
}

/// What is on the air.
#[derive(Clone, Copy, Debug)]
enum Sending {
    Nothing,
    Update(Broadcast<ZoneTag>),
    /// The oldest that waits.
    Advice,
    /// Advice in whose place there is newer one.
    OldAdvice,
}

/// By which exit a frame went out before it came to what updates and advice are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    Malformed,
    WrongPolicy,
    BadSeal,
    Replay,
    TooLoud,
    Advice,
}

impl Exit {
    const COUNT: usize = Self::Advice as usize + 1;
}

impl<K: MacKey, const ZONES: usize, const SEEN: usize, const SENDERS: usize, const QUEUE: usize>
    HintNode<K, ZONES, SEEN, SENDERS, QUEUE>
{
    /// A node without a key, and with nothing to tell.
    pub fn new(now: Timestamp, config: HintConfig) -> Self {
        let mut node = Self::idle();
        node.start(now, &config);
        node
    }

    /// A node that has not started: all zeros, so that a `static` of it takes no flash and no stack. [`HintNode::start`] makes of
    /// it what [`HintNode::new`] gives.
    ///
    /// ```
    /// # use lib_dns_core::crypto::{MacContext, MacTag};
    /// # #[derive(Clone)] struct Sum;
    /// # impl MacContext for Sum { fn update(&mut self, _: &[u8]) {} fn finish(self) -> MacTag { MacTag::new(&[0; 32]) } }
    /// use lib_dns_core::hint::{HintNode, Refusal};
    /// const IDLE: HintNode<Sum, 2, 12, 4, 2> = HintNode::idle();
    /// assert_eq!(IDLE.refusal(), Some(Refusal::NoRegion), "nobody has said where it is");
    /// ```
    pub const fn idle() -> Self {
        Self {
            node: NodePrefix([0; 4]),
            apex: None,
            urgency: 0,
            accepts_unsealed: false,
            air: Air::Off,
            keys: [None, None],
            numbers: SequenceNumbers::NONE,
            names: [None; ZONES],
            tells: UpdateSender::unset([BroadcastSlot::FREE; ZONES]),
            hears: UpdateReceiver::new(
                [WatchedZone::FREE; ZONES],
                [SeenSlot::FREE; SEEN],
                UpdateControlConfig::UNSET,
            ),
            replays: ReplayWindows::new([ReplaySlot::FREE; SENDERS]),
            rates: Rates::new([RateSlot::FREE; SENDERS], 0, 0),
            queue: [Waiting::NONE; QUEUE],
            sending: Sending::Nothing,
            airtime: 0,
            free_at: None,
            waits_until: None,
            busy: 0,
            refusal: Some(Refusal::NoRegion),
            exits: [0; Exit::COUNT],
        }
    }

    /// Starts a node that is idle. One that may send has started, and stays as it is set: its budget of airtime is no more
    /// to be had twice than its hour.
    #[inline(never)]
    pub fn start(&mut self, now: Timestamp, config: &HintConfig) {
        if matches!(self.air, Air::On { .. }) {
            return;
        }
        self.node = config.node;
        self.apex = config.apex;
        self.urgency = config.urgency;
        self.accepts_unsealed = config.accepts_unsealed;
        self.tells.set(&config.updates);
        self.hears.set(&config.updates);
        self.rates.allow(MAX_UPDATES_OF_A_SENDER, SENDER_WINDOW);
        let modulation = config.modulation;
        self.refusal = match config.region.map(Region::rules) {
            None => Some(Refusal::NoRegion),
            Some(rules) if !rules.holds(config.frequency_hz, modulation.bandwidth) => {
                Some(Refusal::OutsideBand)
            }
            Some(rules) if !rules.is_wide_enough(modulation.bandwidth) => Some(Refusal::TooNarrow),
            Some(rules) => {
                let budget = AirtimeBudget::new(now, &rules);
                self.air = Air::On { modulation, budget };
                None
            }
        };
    }

    /// Seals with this key from now on, and verifies with it and with the one before it. The boot epoch is one that was
    /// written down and never used before.
    pub fn set_key(&mut self, key: NetworkKey<K>, boot_epoch: u16) {
        let [current, old] = &mut self.keys;
        core::mem::swap(current, old);
        *current = Some(key);
        self.boot(boot_epoch);
    }

    /// Forgets the key before the current one: the network has changed over.
    pub fn drop_old_key(&mut self) {
        let [_, old] = &mut self.keys;
        *old = None;
    }

    /// Begins another boot epoch, which was written down and never used before.
    pub fn boot(&mut self, epoch: u16) {
        self.numbers = SequenceNumbers::of_boot(epoch);
        if self.refusal == Some(Refusal::NoNumbers) {
            self.refusal = None;
        }
    }

    /// Keeps a zone with the serial that is here, or tells that it has changed. The name is for updates that tell it instead
    /// of a tag. Says if there was room.
    ///
    /// Of two zones with the same tag only one can be kept.
    pub fn keep(&mut self, zone: ZoneTag, name: Option<ShortName>, serial: Option<Serial>) -> bool {
        if !self.hears.watch(zone, serial) {
            return false;
        }
        self.call(zone, name);
        true
    }

    /// A negative answer of a zone has been cached now: for as long as one may be, updates of the zone are heard
    /// ([`Event::Denied`]), so that it can be flushed (12.2, rule 3), though the zone is not kept here. Tell it at each negative
    /// answer; of zones that are kept, [`Event::Update`] tells anyway, and this changes nothing. The name is as in
    /// [`HintNode::keep`].
    ///
    /// Says if there was room: such zones take the slots that no kept zone wants, and those whose answers were cached longest ago
    /// make some. What is not heard of ends with the TTL of the negative answers, in 60 seconds at most.
    ///
    /// ```
    /// # use lib_dns_core::crypto::{MacContext, MacTag};
    /// # #[derive(Clone)] struct Sum;
    /// # impl MacContext for Sum { fn update(&mut self, _: &[u8]) {} fn finish(self) -> MacTag { MacTag::new(&[0; 32]) } }
    /// # use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
    /// # use lib_dns_core::policy::update_control::UpdateControlConfig;
    /// use lib_dns_core::hint::{Event, HintConfig, HintNode, NodePrefix, ZoneTag};
    /// use lib_dns_core::time::Timestamp;
    /// # let config = HintConfig {
    /// #     node: NodePrefix([1; 4]),
    /// #     region: None,
    /// #     frequency_hz: 869_525_000,
    /// #     modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
    /// #     apex: None,
    /// #     urgency: 1,
    /// #     accepts_unsealed: false,
    /// #     updates: UpdateControlConfig::default(),
    /// # };
    /// let at = Timestamp::from_secs;
    /// let mut node = HintNode::<Sum, 2, 12, 4, 2>::new(at(0), config);
    /// let garden = ZoneTag([7; 4]);
    /// // `rose.garden.` does not exist, somebody has said.
    /// assert!(node.denied(at(10), garden, None));
    /// // Then somebody tells of the garden's serial 8.
    /// let update = b"\x08\x02\x02\x02\x02\x01\0\0\0\x08\xff\x07\x07\x07\x07";
    /// assert_eq!(node.on_frame(at(20), 0, update), Some(Event::Denied { zone: garden }));
    /// ```
    pub fn denied(&mut self, now: Timestamp, zone: ZoneTag, name: Option<ShortName>) -> bool {
        if !self.hears.denied(now, zone) {
            return false;
        }
        self.call(zone, name);
        true
    }

    /// Notes a zone's name, if it has a short one.
    fn call(&mut self, zone: ZoneTag, name: Option<ShortName>) {
        let Some(name) = name else {
            return;
        };
        let known = |slot: &Option<(ZoneTag, ShortName)>| slot.is_some_and(|(tag, _)| tag == zone);
        let place = self.names.iter().position(known);
        // As many names as zones: one that is not heard of any more makes room.
        let hears = &self.hears;
        let is_free =
            |slot: &Option<(ZoneTag, ShortName)>| slot.is_none_or(|(tag, _)| !hears.knows(tag));
        let place = place.or_else(|| self.names.iter().position(is_free));
        if let Some(slot) = place.and_then(|place| self.names.get_mut(place)) {
            *slot = Some((zone, name));
        }
    }

    /// Keeps a zone no longer.
    pub fn forget(&mut self, zone: ZoneTag) {
        self.hears.forget(zone);
        for slot in &mut self.names {
            *slot = slot.filter(|(tag, _)| *tag != zone);
        }
    }

    /// A zone that this node is the authority of has a new serial: others will be told.
    pub fn zone_changed(&mut self, now: Timestamp, zone: ZoneTag, serial: Serial) -> Change {
        self.tells.changed(now, zone, serial)
    }

    /// Sends advice when it may be sent.
    pub fn advise(&mut self, hint: Hint) -> Queued {
        if hint.kind() == HintType::ZdnsUpdate {
            return Queued::IsUpdate;
        }
        let advice = Waiting::of(&hint);
        // The slots that are taken come first.
        for (place, slot) in self.queue.iter_mut().enumerate() {
            if slot.is_none() {
                *slot = advice;
                return Queued::Waiting;
            }
            if slot.is_alike(&advice) {
                if place == 0 && matches!(self.sending, Sending::Advice) && *slot != advice {
                    self.sending = Sending::OldAdvice;
                }
                *slot = advice;
                return Queued::Replaced;
            }
        }
        Queued::NoRoom
    }

    /// What to do now. Call it again after each action but [`Action::Listen`].
    pub fn poll(&mut self, now: Timestamp) -> Action {
        if let Some(due) = self.hears.poll(now) {
            return Action::Refresh(due);
        }
        let mut frame = Frame::new();
        let later = match self.next(now, &mut frame) {
            Next::Sense => return Action::Sense,
            Next::Transmit => {
                self.seal(&mut frame);
                let airtime = self.airtime.into();
                return Action::Transmit { frame, airtime };
            }
            Next::Later(later) => later,
        };
        let deadlines = [self.hears.next_deadline(), later];
        Action::Listen(deadlines.into_iter().flatten().min())
    }

    /// Seals what is sent, if there is a key.
    fn seal(&mut self, frame: &mut Frame) {
        // There is a number, or it would not be sent.
        if let [Some(key), _] = &self.keys
            && let Some(number) = self.numbers.next()
        {
            // Whoever sends it back to us replays it.
            self.replays.accept(self.node, number);
            // What is built here fits.
            key.close(frame, self.node, number);
        }
    }

    /// What is sent next, which is written to the frame but for its seal, or when to ask again.
    #[inline(never)]
    fn next(&mut self, now: Timestamp, frame: &mut Frame) -> Next {
        let Air::On { modulation, budget } = &mut self.air else {
            return Next::Later(None);
        };
        if !matches!(self.sending, Sending::Nothing) {
            return Next::Later(None);
        }
        let sending = if let Some(update) = self.tells.poll(now) {
            let zone = if self.apex == Some(update.zone) {
                ZoneOfUpdate::Apex
            } else {
                ZoneOfUpdate::Tag(update.zone)
            };
            let serial = update.serial;
            let hint = Hint {
                node: self.node,
                score: self.urgency,
                advice: Advice::ZdnsUpdate { zone, serial },
            };
            hint.write(frame);
            Sending::Update(update)
        } else if let Some(advice) = self.queue.first().filter(|slot| !slot.is_none()) {
            frame.push(advice.as_bytes());
            Sending::Advice
        } else {
            return Next::Later(self.tells.next_deadline());
        };
        if let Some(until) = self.waits_until.filter(|until| *until > now) {
            return Next::Later(Some(until));
        }
        // What a seal adds is known before the seal is made.
        let is_sealed = matches!(self.keys, [Some(_), _]);
        let mut octets = frame.as_bytes().len();
        if is_sealed {
            octets = octets.saturating_add(seal_len(frame, self.node));
        }
        let airtime = modulation.airtime_micros(octets as u8);
        match budget.permits(now, airtime) {
            Permit::Now => {}
            Permit::At(later) => return Next::Later(Some(later)),
            Permit::Never => {
                self.refusal = Some(Refusal::TooLong);
                return Next::Later(None);
            }
        }
        let is_free = |free| now.millis_since(free) <= SENSED_FOR;
        if !self.free_at.is_some_and(is_free) {
            return Next::Sense;
        }
        if is_sealed && self.numbers.is_used_up() {
            self.refusal = Some(Refusal::NoNumbers);
            return Next::Later(None);
        }
        self.refusal = None;
        self.free_at = None;
        self.sending = sending;
        // Longer than any frame that is permitted.
        self.airtime = u32::try_from(airtime).unwrap_or(u32::MAX);
        Next::Transmit
    }

    /// The channel was sensed: does anybody send? If so, the random word decides for how long to wait.
    pub fn sensed(&mut self, now: Timestamp, random: u32, is_busy: bool) {
        self.free_at = Some(now).filter(|_| !is_busy);
        let Air::On { modulation, .. } = &self.air else {
            return;
        };
        if !is_busy {
            self.busy = 0;
            return;
        }
        // From one to two frames, and longer each time.
        let frame = modulation.airtime_micros(super::MAX_FRAME_LEN as u8);
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        // In milliseconds it has 23 bits: no bit is lost by the doublings.
        let frame = frame.checked_div(1000).unwrap_or(0).saturating_add(1);
        let most = frame.checked_shl(self.busy.into()).unwrap_or(u32::MAX);
        let share = u64::from(most).saturating_mul(random.into()) >> 32;
        self.busy = self.busy.saturating_add(1).min(MAX_DOUBLINGS);
        self.waits_until = Some(now.add_millis(share.saturating_add(frame.into())));
    }

    /// What [`Action::Transmit`] began is over, and went well or not. What did not is sent again. It counts as airtime
    /// either way.
    pub fn sent(&mut self, now: Timestamp, went_well: bool) {
        let sent = core::mem::replace(&mut self.sending, Sending::Nothing);
        if matches!(sent, Sending::Nothing) {
            return;
        }
        if let Air::On { budget, .. } = &mut self.air {
            budget.sent(now, self.airtime.into());
        }
        match sent {
            Sending::Update(broadcast) if went_well => self.tells.sent(now, &broadcast),
            Sending::Advice if went_well => {
                // The others move up.
                let mut next = Waiting::NONE;
                for slot in self.queue.iter_mut().rev() {
                    core::mem::swap(slot, &mut next);
                }
            }
            // What failed stays, as does newer advice that has taken its place.
            _ => {}
        }
    }

    /// A frame was heard. The random word decides when a zone is refreshed.
    pub fn on_frame(&mut self, now: Timestamp, random: u32, octets: &[u8]) -> Option<Event> {
        let mut frame = ReceivedFrame::BLANK;
        if let Err(exit) = self.admit(now, octets, &mut frame) {
            self.count(exit);
            return None;
        }
        let Advice::ZdnsUpdate { zone, serial } = &frame.hint.advice else {
            self.count(Exit::Advice);
            let sender = frame.sender();
            let hint = frame.hint;
            return Some(Event::Advice { sender, hint });
        };
        let Some(zone) = self.tag_of(zone) else {
            self.hears.hear_of_unknown();
            return None;
        };
        match self.hears.hear(now, random, zone, *serial) {
            Heard::Accepted(refresh_at) => Some(Event::Update { zone, refresh_at }),
            Heard::OnlyDenied => Some(Event::Denied { zone }),
            Heard::StormBegins => Some(Event::StormBegins),
            Heard::Suppressed | Heard::UnknownZone | Heard::NotNewer | Heard::Duplicate => None,
        }
    }

    /// Reads a frame. It goes on if it is one, sealed as it has to be and for the first time, and its sender is not too loud.
    #[inline(never)]
    fn admit<'f>(
        &mut self,
        now: Timestamp,
        octets: &'f [u8],
        frame: &mut ReceivedFrame<'f>,
    ) -> Result<(), Exit> {
        frame.read(octets).map_err(|_| Exit::Malformed)?;
        let sender = frame.sender();
        let has_key = self.keys.iter().any(Option::is_some);
        if let Some(seal) = &frame.seal {
            if !has_key {
                return Err(Exit::WrongPolicy);
            }
            if !self.keys.iter().flatten().any(|key| key.verifies(frame)) {
                return Err(Exit::BadSeal);
            }
            if !self.replays.accept(sender, seal.sequence) {
                return Err(Exit::Replay);
            }
        } else if has_key && !self.accepts_unsealed {
            return Err(Exit::WrongPolicy);
        }
        if !self.rates.count(now, sender).is_within() {
            return Err(Exit::TooLoud);
        }
        Ok(())
    }

    #[inline(never)]
    fn count(&mut self, exit: Exit) {
        if let Some(count) = self.exits.get_mut(exit as usize) {
            *count = count.saturating_add(1);
        }
    }

    fn tag_of(&self, zone: &ZoneOfUpdate) -> Option<ZoneTag> {
        match zone {
            ZoneOfUpdate::Apex => self.apex,
            ZoneOfUpdate::Tag(tag) => Some(*tag),
            ZoneOfUpdate::Name(name) => {
                let mut names = self.names.iter().flatten();
                let found = names.find(|(_, known)| known.is_same(name));
                found.map(|(tag, _)| *tag)
            }
        }
    }

    /// A zone was refreshed, and this serial is here now, be it new or not.
    pub fn refreshed(&mut self, zone: ZoneTag, found: Serial) {
        self.hears.refreshed(zone, found);
    }

    /// A zone could not be refreshed.
    pub fn refresh_failed(&mut self, now: Timestamp, zone: ZoneTag) {
        self.hears.failed(now, zone);
    }

    /// A zone's TTL has ended: refresh it, in a storm too.
    pub fn ttl_ended(&mut self, now: Timestamp, zone: ZoneTag) {
        self.hears.ttl_ended(now, zone);
    }

    /// The mesh looks different, or there is a new peer: waits after failures end, and what waited is refreshed soon
    /// ([`UpdateReceiver::topology_changed`]). The random word says when.
    pub fn topology_changed(&mut self, now: Timestamp, random: u32) {
        self.hears.topology_changed(now, random);
    }

    /// Why nothing can be sent, if so.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Is there a storm?
    pub fn is_storm(&self, now: Timestamp) -> bool {
        self.hears.is_storm(now)
    }

    /// How often which exit was taken.
    pub fn counts(&self) -> HintCounts {
        let [
            malformed,
            wrong_policy,
            bad_seals,
            replays,
            too_loud,
            advice,
        ] = self.exits;
        HintCounts {
            malformed,
            wrong_policy,
            bad_seals,
            replays,
            too_loud,
            advice,
            updates: self.hears.counts(),
        }
    }

    /// Microseconds that were sent within the last hour.
    pub fn airtime_used(&self) -> u32 {
        match &self.air {
            Air::On { budget, .. } => budget.used(),
            Air::Off => 0,
        }
    }
}

/// What a node that has no zone to refresh does next.
enum Next {
    Sense,
    /// What was written to the frame, and is being sent from now on.
    Transmit,
    Later(Option<Timestamp>),
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;

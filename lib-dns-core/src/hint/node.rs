//! A node that sends and hears hints, without the radio (ZDNS architecture 6.3, 6.4 and 17.1).

use super::airtime::Modulation;
use super::budget::{AirtimeBudget, Permit};
use super::message::{
    Advice, Frame, Hint, HintType, NodePrefix, ReceivedFrame, ShortName, ZoneOfUpdate, ZoneTag,
};
use super::region::Region;
use super::replay::{ReplaySlot, ReplayWindows};
use super::seal::{NetworkKey, SequenceNumbers, seal_len};
use crate::crypto::MacContext;
use crate::policy::update_control::{
    Broadcast, BroadcastSlot, Change, Heard, RefreshDue, SeenSlot, UpdateControlConfig,
    UpdateCounts, UpdateReceiver, UpdateSender, WatchedZone, sender_rates,
};
use crate::policy::{RateSlot, Rates};
use crate::time::Timestamp;
use crate::zone::Serial;

/// For how long the channel counts as free after it was sensed, in milliseconds.
const SENSED_FOR: u64 = 50;

/// Waits after the channel was busy double so often at most.
const MAX_DOUBLINGS: u32 = 5;

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
#[derive(Clone, Debug)]
pub struct HintNode<
    C,
    const ZONES: usize,
    const SEEN: usize,
    const SENDERS: usize,
    const QUEUE: usize,
> {
    config: HintConfig,
    /// The one to seal with, and the one before it.
    keys: [Option<NetworkKey<C>>; 2],
    numbers: Option<SequenceNumbers>,
    names: [Option<(ZoneTag, ShortName)>; ZONES],
    tells: UpdateSender<[BroadcastSlot<ZoneTag>; ZONES]>,
    hears: UpdateReceiver<[WatchedZone<ZoneTag>; ZONES], [SeenSlot<ZoneTag>; SEEN]>,
    replays: ReplayWindows<[ReplaySlot; SENDERS]>,
    rates: Rates<[RateSlot<NodePrefix>; SENDERS]>,
    /// Advice that waits, the oldest first.
    queue: [Option<Hint>; QUEUE],
    budget: Option<AirtimeBudget>,
    /// What is being sent, and for how long it is on the air.
    sending: Option<(Outgoing, u64)>,
    /// When the channel was free last.
    free_at: Option<Timestamp>,
    /// Not before this: the channel was busy.
    waits_until: Timestamp,
    /// How often it was, one after the other.
    busy: u32,
    refusal: Option<Refusal>,
    counts: HintCounts,
}

/// What a frame is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outgoing {
    Update(Broadcast<ZoneTag>),
    Advice(Hint),
}

impl<C: MacContext, const ZONES: usize, const SEEN: usize, const SENDERS: usize, const QUEUE: usize>
    HintNode<C, ZONES, SEEN, SENDERS, QUEUE>
{
    /// A node without a key, and with nothing to tell.
    pub fn new(now: Timestamp, config: HintConfig) -> Self {
        let rules = config.region.map(|region| region.rules());
        let refusal = match &rules {
            None => Some(Refusal::NoRegion),
            Some(rules) if !rules.holds(config.frequency_hz, config.modulation.bandwidth) => {
                Some(Refusal::OutsideBand)
            }
            Some(rules) if !rules.is_wide_enough(config.modulation.bandwidth) => {
                Some(Refusal::TooNarrow)
            }
            Some(_) => None,
        };
        let budget = rules.filter(|_| refusal.is_none());
        let updates = config.updates;
        Self {
            config,
            keys: [None, None],
            numbers: None,
            names: [None; ZONES],
            tells: UpdateSender::new([BroadcastSlot::default(); ZONES], updates),
            hears: UpdateReceiver::new(
                [WatchedZone::default(); ZONES],
                [SeenSlot::default(); SEEN],
                updates,
            ),
            replays: ReplayWindows::new([ReplaySlot::default(); SENDERS]),
            rates: sender_rates([RateSlot::default(); SENDERS]),
            queue: [None; QUEUE],
            budget: budget.map(|rules| AirtimeBudget::new(now, &rules)),
            sending: None,
            free_at: None,
            waits_until: Timestamp::ZERO,
            busy: 0,
            refusal,
            counts: HintCounts::default(),
        }
    }

    /// Seals with this key from now on, and verifies with it and with the one before it. The boot epoch is one that was
    /// written down and never used before.
    pub fn set_key(&mut self, key: NetworkKey<C>, boot_epoch: u16) {
        let [current, _] = core::mem::take(&mut self.keys);
        self.keys = [Some(key), current];
        self.boot(boot_epoch);
    }

    /// Forgets the key before the current one: the network has changed over.
    pub fn drop_old_key(&mut self) {
        let [_, old] = &mut self.keys;
        *old = None;
    }

    /// Begins another boot epoch, which was written down and never used before.
    pub fn boot(&mut self, epoch: u16) {
        self.numbers = Some(SequenceNumbers::of_boot(epoch));
        self.refusal = self
            .refusal
            .filter(|refusal| *refusal != Refusal::NoNumbers);
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
        let is_alike = |other: &Hint| (other.kind(), other.node) == (hint.kind(), hint.node);
        let mut slots = self.queue.iter_mut();
        // The slots that are taken come first.
        match slots.find(|slot| slot.as_ref().is_none_or(is_alike)) {
            Some(slot) => match slot.replace(hint) {
                None => Queued::Waiting,
                Some(_) => Queued::Replaced,
            },
            None => Queued::NoRoom,
        }
    }

    /// What to do now. Call it again after each action but [`Action::Listen`].
    pub fn poll(&mut self, now: Timestamp) -> Action {
        if let Some(due) = self.hears.poll(now) {
            return Action::Refresh(due);
        }
        if self.sending.is_some() {
            return Action::Listen(self.hears.next_deadline());
        }
        match self.next_frame(now) {
            Ok(action) => action,
            Err(later) => {
                let deadlines = [self.hears.next_deadline(), later];
                Action::Listen(deadlines.into_iter().flatten().min())
            }
        }
    }

    /// What is sent next, or when to ask again.
    fn next_frame(&mut self, now: Timestamp) -> Result<Action, Option<Timestamp>> {
        let Some(budget) = &mut self.budget else {
            return Err(None);
        };
        let update = self.tells.poll(now).map(Outgoing::Update);
        let advice = || {
            self.queue
                .iter()
                .flatten()
                .next()
                .copied()
                .map(Outgoing::Advice)
        };
        let later = self.tells.next_deadline();
        let outgoing = update.or_else(advice).ok_or(later)?;
        if self.waits_until > now {
            return Err(Some(self.waits_until));
        }
        let hint = outgoing.hint(&self.config);
        // What a seal adds is known before the seal is made.
        let [key, _] = &self.keys;
        let sealed = if key.is_some() {
            seal_len(&hint, self.config.node)
        } else {
            0
        };
        let octets = hint.to_frame().as_bytes().len().saturating_add(sealed) as u8;
        let airtime = self.config.modulation.airtime_micros(octets);
        match budget.permits(now, airtime) {
            Permit::Now => {}
            Permit::At(later) => return Err(Some(later)),
            Permit::Never => {
                self.refusal = Some(Refusal::TooLong);
                return Err(None);
            }
        }
        let is_free = self
            .free_at
            .is_some_and(|free| now.millis_since(free) <= SENSED_FOR);
        if !is_free {
            return Ok(Action::Sense);
        }
        let Some(frame) = self.build(&hint) else {
            return Err(None);
        };
        self.refusal = None;
        self.free_at = None;
        self.sending = Some((outgoing, airtime));
        Ok(Action::Transmit { frame, airtime })
    }

    /// The frame, sealed if there is a key.
    fn build(&mut self, hint: &Hint) -> Option<Frame> {
        let [Some(key), _] = &self.keys else {
            return Some(hint.to_frame());
        };
        let node = self.config.node;
        let Some(number) = self.numbers.as_mut().and_then(SequenceNumbers::next) else {
            self.refusal = Some(Refusal::NoNumbers);
            return None;
        };
        // Whoever sends it back to us replays it.
        self.replays.accept(node, number);
        // What is built here fits.
        key.seal(hint, node, number).ok()
    }

    /// The channel was sensed: does anybody send? If so, the random word decides for how long to wait.
    pub fn sensed(&mut self, now: Timestamp, random: u32, is_busy: bool) {
        if !is_busy {
            self.free_at = Some(now);
            self.busy = 0;
            return;
        }
        self.free_at = None;
        // From one to two frames, and longer each time.
        let frame = self
            .config
            .modulation
            .airtime_micros(super::MAX_FRAME_LEN as u8);
        let frame = frame.checked_div(1000).unwrap_or(0).saturating_add(1);
        let most = frame
            .checked_shl(self.busy.min(MAX_DOUBLINGS))
            .unwrap_or(u64::MAX);
        let share = most.saturating_mul(u64::from(random)) >> 32;
        self.busy = self.busy.saturating_add(1);
        self.waits_until = now.add_millis(frame.saturating_add(share));
    }

    /// What [`Action::Transmit`] began is over, and went well or not. What did not is sent again. It counts as airtime
    /// either way.
    pub fn sent(&mut self, now: Timestamp, went_well: bool) {
        let Some((outgoing, airtime)) = self.sending.take() else {
            return;
        };
        if let Some(budget) = &mut self.budget {
            budget.sent(now, airtime);
        }
        match outgoing {
            _ if !went_well => {}
            Outgoing::Update(broadcast) => self.tells.sent(now, &broadcast),
            Outgoing::Advice(hint) => {
                // Newer advice that has taken its place stays.
                if let Some(place) = self.queue.iter().position(|slot| *slot == Some(hint))
                    && let Some(waiting) = self.queue.get_mut(place..)
                {
                    waiting.rotate_left(1);
                    if let Some(last) = waiting.last_mut() {
                        *last = None;
                    }
                }
            }
        }
    }

    /// A frame was heard. The random word decides when a zone is refreshed.
    pub fn on_frame(&mut self, now: Timestamp, random: u32, octets: &[u8]) -> Option<Event> {
        let Ok(frame) = ReceivedFrame::from_bytes(octets) else {
            return exit(&mut self.counts.malformed);
        };
        let has_key = self.keys.iter().any(Option::is_some);
        let sender = frame.sender();
        match &frame.seal {
            Some(_) if !has_key => return exit(&mut self.counts.wrong_policy),
            None if has_key && !self.config.accepts_unsealed => {
                return exit(&mut self.counts.wrong_policy);
            }
            None => {}
            Some(seal) => {
                if !self.keys.iter().flatten().any(|key| key.verifies(&frame)) {
                    return exit(&mut self.counts.bad_seals);
                }
                if !self.replays.accept(sender, seal.sequence) {
                    return exit(&mut self.counts.replays);
                }
            }
        }
        if !self.rates.count(now, sender).is_within() {
            return exit(&mut self.counts.too_loud);
        }
        let Advice::ZdnsUpdate { zone, serial } = frame.hint.advice else {
            let hint = frame.hint;
            let _ = exit(&mut self.counts.advice);
            return Some(Event::Advice { sender, hint });
        };
        let Some(zone) = self.tag_of(&zone) else {
            return exit(&mut self.counts.updates.unknown_zones);
        };
        match self.hears.hear(now, random, zone, serial) {
            Heard::Accepted(refresh_at) => Some(Event::Update { zone, refresh_at }),
            Heard::OnlyDenied => Some(Event::Denied { zone }),
            Heard::StormBegins => Some(Event::StormBegins),
            Heard::Suppressed | Heard::UnknownZone | Heard::NotNewer | Heard::Duplicate => None,
        }
    }

    fn tag_of(&self, zone: &ZoneOfUpdate) -> Option<ZoneTag> {
        match zone {
            ZoneOfUpdate::Apex => self.config.apex,
            ZoneOfUpdate::Tag(tag) => Some(*tag),
            ZoneOfUpdate::Name(name) => {
                let mut names = self.names.iter().flatten();
                let found = names.find(|(_, known)| known.as_name() == name.as_name());
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
        let mut counts = self.counts;
        let unknown = counts.updates.unknown_zones;
        counts.updates = self.hears.counts();
        counts.updates.unknown_zones = counts.updates.unknown_zones.saturating_add(unknown);
        counts
    }

    /// Microseconds that were sent within the last hour.
    pub fn airtime_used(&self) -> u32 {
        self.budget.as_ref().map_or(0, AirtimeBudget::used)
    }
}

impl Outgoing {
    fn hint(&self, config: &HintConfig) -> Hint {
        match self {
            Self::Advice(hint) => *hint,
            Self::Update(Broadcast { zone, serial }) => Hint {
                node: config.node,
                score: config.urgency,
                advice: Advice::ZdnsUpdate {
                    zone: if config.apex == Some(*zone) {
                        ZoneOfUpdate::Apex
                    } else {
                        ZoneOfUpdate::Tag(*zone)
                    },
                    serial: *serial,
                },
            },
        }
    }
}

fn exit(count: &mut u32) -> Option<Event> {
    *count = count.saturating_add(1);
    None
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;

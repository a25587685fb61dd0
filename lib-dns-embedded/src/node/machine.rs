//! A node: hints, the zones that they are about, and what clients are answered.

use lib_dns_core::crypto::{Digest, MacKey};
use lib_dns_core::hint::{
    self, Frame, Hint, HintCounts, HintNode, NetworkKey, NodePrefix, Queued, Refusal, ShortName,
    ZoneTag,
};
use lib_dns_core::name::Name;
use lib_dns_core::policy::update_control::Change;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_core::zone::image::DIGEST_LEN;

use super::answers::{Answer, AnswerCounts, Answers, CacheStorage};
use super::config::{NodeConfig, NotWatched};
use super::denied::DeniedZones;
use super::heard::{Heard, Learned, NotHeard};
use super::radio::Done;
use super::zones::{ImageRefused, soa_refresh};

/// Updates that are remembered: more than begin a storm.
const SEEN: usize = 16;

/// Advice that waits to be sent.
const QUEUE: usize = 4;

/// The share of a refresh that is left to chance: 1 / 4.
const CHANCE_SHIFT: u32 = 2;

/// A node of the mesh.
///
/// It holds together the hints of a radio ([`HintNode`]), the zones that they are about, and what local clients are
/// answered ([`Answers`]). It keeps `ZONES` zones, and remembers `SENDERS` senders of hints. What it is told it keeps in
/// [`CacheStorage`] that is lent to it.
///
/// There are two ways to drive it. With a blocking radio, [`Node::poll`] does what is due. Without, the same machine says
/// what to do, and is told: [`Node::next`], [`Node::on_frame`], [`Node::sensed`] and [`Node::sent`].
///
/// - A ZDNS_UPDATE that gets through all checks flushes the negative answers of its zone at once, and asks for a refresh after
///   the jitter ([`Action::Refresh`]). It changes no positive answer. Of a zone that is not kept here, but of which the upstream
///   denied something ([`Node::heard`]), it flushes what was denied.
/// - A zone is also refreshed when its SOA record says so, a storm notwithstanding.
/// - What this node itself changes it announces after [`Node::commit`].
#[derive(Debug)]
pub struct Node<'z, K, const ZONES: usize = 4, const SENDERS: usize = 8> {
    pub(super) hints: HintNode<K, ZONES, SEEN, SENDERS, QUEUE>,
    zones: [Option<Zone<'z>>; ZONES],
    denied: DeniedZones<ZONES>,
    answers: Answers<'z>,
    /// What the radio did last, until the next time tells when it was over.
    pub(super) done: Option<Done>,
}

/// A zone that hints are about.
#[derive(Clone, Copy, Debug)]
struct Zone<'z> {
    name: Name<'z>,
    tag: ZoneTag,
    /// Seconds between two looks for a newer version, hints or not.
    every: u32,
    /// When the next one is.
    look_at: Timestamp,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action<'z> {
    /// Find out whether anybody is sending, tell [`Node::sensed`], and ask again.
    Sense,
    /// Send this, and tell [`Node::sent`] when it is over.
    Transmit {
        /// The frame.
        frame: Frame,
        /// For how long it is on the air, in microseconds.
        airtime: u64,
    },
    /// Look for a newer version of a zone.
    Refresh(Refresh<'z>),
    /// Listen, and ask again at this time, or when something was heard or told; `None` if only then.
    Listen(Option<Timestamp>),
}

/// A zone to refresh: ask for its SOA record where the zone comes from
/// ([`write_soa_query`](lib_dns_core::transfer::write_soa_query)), and tell what was found by [`Node::zone_refreshed`], or
/// [`Node::refresh_failed`]. Before that nothing more is asked for of this zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refresh<'z> {
    /// The zone.
    pub zone: Name<'z>,
    /// The serial that a hint announced, if that is why.
    pub announced: Option<Serial>,
}

/// What a frame means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event<'z> {
    /// Advice for the control plane.
    Advice {
        /// Who says so.
        sender: NodePrefix,
        /// What.
        hint: Hint,
    },
    /// A zone has a newer serial. Its negative answers were flushed, and it will be refreshed.
    Update {
        /// The zone.
        zone: Name<'z>,
        /// When it will be refreshed.
        refresh_at: Timestamp,
    },
    /// A storm begins (17.1, level 5): log [`STORM_LOG`](lib_dns_core::policy::update_control::STORM_LOG).
    StormBegins,
}

impl<'z, K: MacKey, const ZONES: usize, const SENDERS: usize> Node<'z, K, ZONES, SENDERS> {
    /// A node without a key, whose zone image is still to come.
    ///
    /// # Errors
    /// If there is no SHA-256, or no place for a zone.
    pub fn new<const POSITIVE: usize, const OCTETS: usize, const NEGATIVE: usize>(
        now: Timestamp,
        config: NodeConfig<'z>,
        storage: &'z mut CacheStorage<POSITIVE, OCTETS, NEGATIVE>,
        digest: &impl Digest,
    ) -> Result<Self, NotWatched> {
        let apex = ZoneTag::of(&config.apex, digest).ok_or(NotWatched::NoSha256)?;
        let mut answers = Answers::new(config.node, config.apex, config.hash_key, storage);
        if let Some(zone) = config.upstream {
            answers.set_upstream(zone);
        }
        let mut node = Self {
            hints: HintNode::new(now, config.hints(apex)),
            zones: [None; ZONES],
            denied: DeniedZones::NONE,
            answers,
            done: None,
        };
        node.watch(now, config.apex, None, 0, digest)?;
        Ok(node)
    }

    /// Seals with this key from now on, and verifies with it and with the one before it. The boot epoch is one that was
    /// written down and never used before.
    pub fn set_key(&mut self, key: NetworkKey<K>, boot_epoch: u16) {
        self.hints.set_key(key, boot_epoch);
    }

    /// Forgets the key before the current one: the network has changed over.
    pub fn drop_old_key(&mut self) {
        self.hints.drop_old_key();
    }

    /// Begins another boot epoch, which was written down and never used before.
    pub fn boot(&mut self, epoch: u16) {
        self.hints.boot(epoch);
    }

    /// Serves an image of the apex zone from now on: see [`Answers::set_image`].
    ///
    /// # Errors
    /// Why it is not served; then what was served before still is.
    pub fn set_image(
        &mut self,
        now: Timestamp,
        octets: &'z [u8],
        root_zone_hash: &[u8; DIGEST_LEN],
        digest: &impl Digest,
    ) -> Result<Serial, ImageRefused> {
        let serial = self.answers.set_image(octets, root_zone_hash, digest)?;
        let refresh = self.answers.zones.image.as_ref().and_then(soa_refresh);
        let apex = self.answers.zones.apex;
        if let Some(zone) = self.zone_mut(&apex) {
            zone.every = refresh.unwrap_or(zone.every);
            zone.look_at = now.add_secs(zone.every);
            let tag = zone.tag;
            self.hints.keep(tag, None, Some(serial));
        }
        Ok(serial)
    }

    /// Keeps a zone with the serial that is here, if any: hints about it are heard, and it is refreshed every so many
    /// seconds without them, never for 0. The apex zone is kept already.
    ///
    /// # Errors
    /// Why not.
    pub fn watch(
        &mut self,
        now: Timestamp,
        zone: Name<'z>,
        serial: Option<Serial>,
        every: u32,
        digest: &impl Digest,
    ) -> Result<(), NotWatched> {
        let tag = ZoneTag::of(&zone, digest).ok_or(NotWatched::NoSha256)?;
        let is_other = |known: &Zone<'_>| known.tag == tag && known.name != zone;
        if self.zones.iter().flatten().any(is_other) {
            return Err(NotWatched::SameTag);
        }
        let known = |slot: &Option<Zone<'_>>| slot.is_none_or(|known| known.tag == tag);
        // The places that are taken come first.
        let slot = self.zones.iter_mut().find(|slot| known(slot));
        let slot = slot.ok_or(NotWatched::NoRoom)?;
        if !self.hints.keep(tag, ShortName::new(&zone), serial) {
            return Err(NotWatched::NoRoom);
        }
        *slot = Some(Zone {
            name: zone,
            tag,
            every,
            look_at: now.add_secs(every),
        });
        Ok(())
    }

    /// This node is the authority for a zone, and has changed it: others will be told. `None` if the zone is not kept.
    pub fn commit(&mut self, now: Timestamp, zone: &Name<'_>, serial: Serial) -> Option<Change> {
        let tag = self.zone_mut(zone)?.tag;
        self.hints.keep(tag, None, Some(serial));
        Some(self.hints.zone_changed(now, tag, serial))
    }

    /// Sends advice when it may be sent.
    pub fn advise(&mut self, hint: Hint) -> Queued {
        self.hints.advise(hint)
    }

    /// A zone was refreshed, and this serial is there now, be it new or not. If it is of no use, because the zone's new
    /// version does not come, [`Node::refresh_failed`] is to be told instead.
    pub fn zone_refreshed(&mut self, now: Timestamp, zone: &Name<'_>, found: Serial) {
        if let Some(zone) = self.zone_mut(zone) {
            zone.look_at = now.add_secs(zone.every);
            let tag = zone.tag;
            self.hints.refreshed(tag, found);
        }
    }

    /// A zone could not be refreshed: it is tried again, at first after half a minute, at last after an hour.
    pub fn refresh_failed(&mut self, now: Timestamp, zone: &Name<'_>) {
        if let Some(zone) = self.zone_mut(zone) {
            let tag = zone.tag;
            self.hints.refresh_failed(now, tag);
        }
    }

    /// What to do now. Call it again after each action but [`Action::Listen`]. The random word spreads refreshes.
    pub fn next(&mut self, now: Timestamp, random: u32) -> Action<'z> {
        for zone in self.zones.iter_mut().flatten() {
            if zone.every == 0 || zone.look_at > now {
                continue;
            }
            let every = u64::from(zone.every).saturating_mul(1000);
            let share = (every >> CHANCE_SHIFT).saturating_mul(u64::from(random)) >> u32::BITS;
            zone.look_at = now.add_millis(every.saturating_sub(share));
            self.hints.ttl_ended(now, zone.tag);
        }
        match self.hints.poll(now) {
            hint::Action::Sense => Action::Sense,
            hint::Action::Transmit { frame, airtime } => Action::Transmit { frame, airtime },
            hint::Action::Refresh(due) => match self.name_of(due.zone) {
                Some(zone) => Action::Refresh(Refresh {
                    zone,
                    announced: due.announced,
                }),
                // Every zone that hints keep has a name here.
                None => Action::Listen(Some(now)),
            },
            hint::Action::Listen(until) => {
                let zones = self.zones.iter().flatten();
                let looks = zones.filter(|zone| zone.every != 0);
                let looks = looks.map(|zone| zone.look_at);
                Action::Listen(looks.chain(until).min())
            }
        }
    }

    /// A frame was heard. The random word decides when a zone is refreshed.
    pub fn on_frame(&mut self, now: Timestamp, random: u32, octets: &[u8]) -> Option<Event<'z>> {
        Some(match self.hints.on_frame(now, random, octets)? {
            hint::Event::Advice { sender, hint } => Event::Advice { sender, hint },
            hint::Event::StormBegins => Event::StormBegins,
            hint::Event::Denied { zone } => {
                match self.denied.name_of(zone) {
                    Some(zone) => self.answers.zone_updated(&zone),
                    // Its name had to make room.
                    None => self.answers.topology_changed(),
                }
                return None;
            }
            hint::Event::Update { zone, refresh_at } => {
                let zone = self.name_of(zone)?;
                self.answers.zone_updated(&zone);
                Event::Update { zone, refresh_at }
            }
        })
    }

    /// The channel was sensed: does anybody send? If so, the random word decides for how long to wait.
    pub fn sensed(&mut self, now: Timestamp, random: u32, is_busy: bool) {
        self.hints.sensed(now, random, is_busy);
    }

    /// What [`Action::Transmit`] began is over, and went well or not.
    pub fn sent(&mut self, now: Timestamp, went_well: bool) {
        self.hints.sent(now, went_well);
    }

    /// What to do with a query of a local client: see [`Answers::answer`].
    pub fn answer<'o>(
        &mut self,
        now: Timestamp,
        random: u32,
        query: &[u8],
        out: &'o mut [u8],
    ) -> Answer<'o> {
        self.answers.answer(now, random, query, out)
    }

    /// Answers a query from what is here now: see [`Answers::settle`].
    pub fn settle<'o>(
        &mut self,
        now: Timestamp,
        query: &[u8],
        out: &'o mut [u8],
    ) -> Option<&'o [u8]> {
        self.answers.settle(now, query, out)
    }

    /// The upstream answered: see [`Answers::heard`]. From a zone in which it did not find something, hints are heard as long as
    /// that is remembered, also if the zone is not kept here.
    ///
    /// # Errors
    /// If it is no answer to what was sent.
    pub fn heard(
        &mut self,
        now: Timestamp,
        sent: &[u8],
        response: &[u8],
        scratch: &mut [u8],
        digest: &impl Digest,
    ) -> Result<Heard, NotHeard> {
        let learned = self.answers.learn(now, sent, response, scratch)?;
        if let Some(Learned::AbsenceIn(zone)) = &learned
            && let Some(tag) = ZoneTag::of(zone, digest)
            && self.hints.denied(now, tag, ShortName::new(zone))
        {
            self.denied.note(tag, zone);
        }
        Ok(learned.map_or(Heard::Useless, |_| Heard::Kept))
    }

    /// The upstream did not answer in time: see [`Answers::unanswered`].
    pub fn unanswered(&mut self, now: Timestamp) {
        self.answers.unanswered(now);
    }

    /// The mesh's topology has changed, or a new peer was discovered: all negative answers are flushed (12.2, rule 3), and zones
    /// that could not be refreshed are tried again soon. The random word says when.
    pub fn topology_changed(&mut self, now: Timestamp, random: u32) {
        self.answers.topology_changed();
        self.hints.topology_changed(now, random);
    }

    /// The serial of the image that is served.
    pub fn serial(&self) -> Option<Serial> {
        self.answers.serial()
    }

    /// Why nothing can be sent, if so.
    pub fn refusal(&self) -> Option<Refusal> {
        self.hints.refusal()
    }

    /// Is there a storm?
    pub fn is_storm(&self, now: Timestamp) -> bool {
        self.hints.is_storm(now)
    }

    /// How often which exit a frame took.
    pub fn hint_counts(&self) -> HintCounts {
        self.hints.counts()
    }

    /// How often what was done with a query.
    pub fn answer_counts(&self) -> AnswerCounts {
        self.answers.counts()
    }

    /// Microseconds that were sent within the last hour.
    pub fn airtime_used(&self) -> u32 {
        self.hints.airtime_used()
    }

    fn zone_mut(&mut self, name: &Name<'_>) -> Option<&mut Zone<'z>> {
        let mut zones = self.zones.iter_mut().flatten();
        zones.find(|zone| zone.name == *name)
    }

    fn name_of(&self, tag: ZoneTag) -> Option<Name<'z>> {
        let mut zones = self.zones.iter().flatten();
        let zone = zones.find(|zone| zone.tag == tag)?;
        Some(zone.name)
    }
}

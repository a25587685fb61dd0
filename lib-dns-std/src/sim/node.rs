//! A node: the machines of the core, and what they need to know of the zones that it keeps.

use super::versions::{VersionId, Versions};
use lib_dns_core::cache::{
    Cache, CacheSettings, HashKey, NegativeSlot, PositiveSlot, Storage, WitnessSlot,
};
use lib_dns_core::policy::recovery::{Recovery, RecoveryPeer, RecoverySettings, RecoveryZone};
use lib_dns_core::policy::update_control::{
    BroadcastSlot, SeenSlot, UpdateControlConfig, UpdateReceiver, UpdateSender, WatchedZone,
    sender_rates,
};
use lib_dns_core::policy::{NodeId, RateSlot, Rates};
use lib_dns_core::time::Timestamp;

/// Octets of a name in the negative cache.
const NAME_LEN: usize = 40;
/// How many of those who told of a zone are asked: one of them may lie.
const TELLERS: usize = 4;
/// Of how many zones that it does not keep a node remembers that it was told of something absent.
const DENIED: usize = 2;

/// A zone, by its number.
pub(super) type ZoneId = u16;

pub(super) type NodeCache = Cache<
    Box<[PositiveSlot]>,
    Box<[u8]>,
    Box<[NegativeSlot<NAME_LEN>]>,
    Box<[WitnessSlot]>,
    NAME_LEN,
>;

type Receiver = UpdateReceiver<Box<[WatchedZone<ZoneId>]>, Box<[SeenSlot<ZoneId>]>>;

/// A zone that a node keeps. Its place among them is what the node's machines call it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) zone: ZoneId,
    pub(super) version: VersionId,
    /// Who told of newer versions lately, and has not been asked yet, or not with success.
    pub(super) tellers: [Option<u32>; TELLERS],
    /// Is it changed here, by an owner?
    pub(super) is_written: bool,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kept: Box<[Kept]>,
    pub(super) recovery: Recovery<Box<[RecoveryZone]>, Box<[RecoveryPeer]>>,
    pub(super) sender: UpdateSender<Box<[BroadcastSlot<ZoneId>]>>,
    pub(super) receiver: Receiver,
    pub(super) rates: Rates<Box<[RateSlot<u32>]>>,
    /// From its first question on.
    pub(super) cache: Option<Box<NodeCache>>,
    /// When it wants to be woken, in microseconds.
    pub(super) wakes_at: u64,
    /// The last change of the mesh that it knows of.
    pub(super) knows_change: u16,
    /// How many seconds its clock is ahead.
    pub(super) skew: i32,
}

impl Kept {
    /// Somebody has told of a newer version.
    pub(super) fn told_by(&mut self, node: u32) {
        if !self.tellers.contains(&Some(node)) {
            self.tellers.rotate_right(1);
            self.tellers[0] = Some(node);
        }
    }

    /// Somebody has been asked, and has answered.
    pub(super) fn has_asked(&mut self, node: u32) {
        for teller in &mut self.tellers {
            *teller = teller.filter(|teller| *teller != node);
        }
    }
}

/// The identity of the node with this number.
pub(super) fn node_id(node: u32) -> NodeId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&node.to_be_bytes());
    NodeId(id)
}

/// The number of the node with this identity.
pub(super) fn number_of(id: NodeId) -> u32 {
    u32::from_be_bytes(id.prefix())
}

impl Node {
    /// A node that keeps these zones, of so many. It may find so many peers at a time.
    pub(super) fn new(
        kept: Box<[Kept]>,
        zones: usize,
        peers: usize,
        versions: &Versions,
        config: UpdateControlConfig,
    ) -> Self {
        let slots = kept.len();
        let mut recovery = Recovery::new(
            boxed(RecoveryZone::default(), slots),
            boxed(RecoveryPeer::default(), peers),
            RecoverySettings::default(),
        );
        let seen = boxed(SeenSlot::default(), config.storm_threshold as usize + 2);
        let watched = zones.min(slots + DENIED);
        let mut receiver =
            UpdateReceiver::new(boxed(WatchedZone::default(), watched), seen, config);
        for (place, zone) in kept.iter().enumerate() {
            let version = versions.of(zone.version).version;
            recovery.set_zone(place, Some(version), zone.is_written);
            receiver.watch(zone.zone, Some(version.serial));
        }
        Self {
            sender: UpdateSender::new(boxed(BroadcastSlot::default(), slots), config),
            recovery,
            receiver,
            rates: sender_rates(boxed(RateSlot::default(), 16)),
            cache: None,
            wakes_at: u64::MAX,
            knows_change: 0,
            skew: 0,
            kept,
        }
    }

    /// The place of a zone that it keeps.
    pub(super) fn place_of(&self, zone: ZoneId) -> Option<usize> {
        self.kept.iter().position(|kept| kept.zone == zone)
    }

    /// When one of its machines wants to be asked again.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let cache = self.cache.as_ref();
        let deadlines = [
            self.recovery.next_deadline(),
            self.sender.next_deadline(),
            self.receiver.next_deadline(),
            cache.and_then(|cache| cache.next_deadline()),
        ];
        deadlines.into_iter().flatten().min()
    }

    pub(super) fn cache(&mut self, seed: u64, node: u32) -> &mut NodeCache {
        self.cache.get_or_insert_with(|| {
            let storage = Storage {
                positive: boxed(PositiveSlot::EMPTY, 8),
                octets: boxed(0, 1024),
                negative: boxed(NegativeSlot::EMPTY, 8),
                witnesses: boxed(WitnessSlot::EMPTY, 2),
            };
            let key = HashKey([seed, node.into()]);
            Box::new(Cache::new(storage, key, CacheSettings::default()))
        })
    }
}

fn boxed<T: Clone>(slot: T, count: usize) -> Box<[T]> {
    vec![slot; count].into_boxed_slice()
}

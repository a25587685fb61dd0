//! What nodes ask each other about zones: serials, and transfers.

use super::node::ZoneId;
use super::node::node_id;
use super::versions::{FromFuture, VersionId};
use super::world::{Event, World};
use lib_dns_core::policy::Relation;
use lib_dns_core::policy::update_control::Change;
use lib_dns_core::zone::Serial;

/// After how many microseconds a node gives up.
const WAIT: u64 = 3_000_000;
/// Holders that a node thinks of until it finds one that it reaches, as its transport tells it.
const PICKS: usize = 32;

/// The place of a request among all.
pub(super) type RequestId = u32;

/// Why a node asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// A peer is new.
    NewPeer,
    /// A new peer has changed the zone too.
    Conflict,
    /// The copy is to be refreshed.
    Refresh,
    /// Somebody else has told of this serial, so that this node need not: if it is the same version.
    Compare(Serial),
}

/// A question for a zone's serial, or a transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    node: u32,
    place: usize,
    peer: u32,
    why: Why,
    is_transfer: bool,
    /// What the peer has.
    theirs: Option<VersionId>,
}

impl World<'_> {
    /// A node asks a peer about the zone at this place.
    pub(super) fn request(
        &mut self,
        node: u32,
        place: usize,
        peer: u32,
        why: Why,
        is_transfer: bool,
    ) {
        let request = Request {
            node,
            place,
            peer,
            why,
            is_transfer,
            theirs: None,
        };
        let id = match self.free_requests.pop() {
            Some(id) => {
                self.requests[id as usize] = request;
                id
            }
            None => {
                self.requests.push(request);
                self.requests.len() as RequestId - 1
            }
        };
        match self.network.to(node, peer, &mut self.rng) {
            Some(takes) => self.queue.push(self.now + takes, Event::Arrived(id)),
            None => self.queue.push(self.now + WAIT, Event::Lost(id)),
        }
    }

    pub(super) fn arrived(&mut self, id: RequestId) {
        let Request {
            node,
            place,
            peer,
            is_transfer,
            ..
        } = self.requests[id as usize];
        let zone = self.nodes[node as usize].kept[place].zone;
        let there = &self.nodes[peer as usize];
        let theirs = there.place_of(zone).map(|place| there.kept[place].version);
        self.requests[id as usize].theirs = theirs;
        match theirs.and_then(|_| self.network.to(peer, node, &mut self.rng)) {
            Some(takes) => {
                let more = if is_transfer {
                    self.network.transfer(&mut self.rng)
                } else {
                    0
                };
                self.queue
                    .push(self.now + takes + more, Event::Answered(id));
            }
            None => self.queue.push(self.now + WAIT, Event::Lost(id)),
        }
    }

    pub(super) fn answered(&mut self, id: RequestId) {
        let request = self.requests[id as usize];
        self.free_requests.push(id);
        let Some(theirs) = request.theirs else {
            return;
        };
        match request.is_transfer {
            true => self.transferred(request, theirs),
            false => self.told(request, theirs),
        }
        self.drive(request.node);
    }

    /// Nothing has come of it.
    pub(super) fn lost(&mut self, id: RequestId) {
        self.free_requests.push(id);
        let request = self.requests[id as usize];
        self.failed(request);
        self.drive(request.node);
    }

    fn failed(&mut self, request: Request) {
        let now = self.time();
        let node = &mut self.nodes[request.node as usize];
        let zone = node.kept[request.place].zone;
        match (request.why, request.is_transfer) {
            (Why::Compare(serial), _) => self.tell_after_all(request.node, request.place, serial),
            (Why::Refresh, _) => node.receiver.failed(now, zone),
            (_, true) => node.recovery.transfer_failed(request.place),
            (_, false) => node.recovery.unanswered(),
        }
    }

    /// A peer has told its version.
    fn told(&mut self, request: Request, theirs: VersionId) {
        let Request {
            node,
            place,
            peer,
            why,
            ..
        } = request;
        let kept = self.nodes[node as usize].kept[place];
        let ours = self.versions.of(kept.version).version;
        let content = self.versions.of(theirs);
        let then = content.digest_then(&ours);
        if matches!(why, Why::NewPeer | Why::Conflict) {
            let recovery = &mut self.nodes[node as usize].recovery;
            recovery.answered(place, node_id(peer), &content.version, then);
            self.record.serial_at = Some(self.now);
            return;
        }
        match ours.relation_to(&content.version, then, Serial::MAX_STEP) {
            Relation::Newer | Relation::Fork => self.request(node, place, peer, why, true),
            relation @ (Relation::Same | Relation::Older) => {
                self.nodes[node as usize].kept[place].has_asked(peer);
                match why {
                    Why::Compare(_) if relation == Relation::Same => {}
                    Why::Compare(serial) => self.tell_after_all(node, place, serial),
                    _ => {
                        let receiver = &mut self.nodes[node as usize].receiver;
                        receiver.refreshed(kept.zone, ours.serial);
                    }
                }
            }
            Relation::Leap => self.failed(request),
        }
    }

    /// A new peer has told a node that it has another version now.
    pub(super) fn notified(&mut self, node: u32, from: u32, zone: ZoneId, version: VersionId) {
        let this = &mut self.nodes[node as usize];
        let Some(place) = this.place_of(zone) else {
            return;
        };
        let ours = self.versions.of(this.kept[place].version).version;
        let content = self.versions.of(version);
        let then = content.digest_then(&ours);
        let (from, theirs) = (node_id(from), &content.version);
        this.recovery.notified(place, from, theirs, then);
        self.drive(node);
    }

    /// A node has changed a zone: others are to hear of that.
    pub(super) fn tell(&mut self, node: u32, place: usize) {
        let now = self.time();
        let this = &mut self.nodes[node as usize];
        let kept = this.kept[place];
        let serial = self.versions.of(kept.version).version.serial;
        let change = this.sender.changed(now, kept.zone, serial);
        self.queued(node, place, serial, change);
    }

    /// A node has come to another version after a partition, as others do: one of them is to tell of it.
    pub(super) fn tell_merged(&mut self, node: u32, place: usize) {
        let (now, random) = (self.time(), self.rng.u32(..));
        let this = &mut self.nodes[node as usize];
        let kept = this.kept[place];
        let serial = self.versions.of(kept.version).version.serial;
        let change = this.sender.merged(now, random, kept.zone, serial);
        self.queued(node, place, serial, change);
    }

    /// Who was quicker to tell is asked whether it has the same version.
    fn queued(&mut self, node: u32, place: usize, serial: Serial, change: Change) {
        if change == Change::Heard {
            let kept = self.nodes[node as usize].kept[place];
            for teller in kept.tellers.into_iter().flatten() {
                self.request(node, place, teller, Why::Compare(serial), false);
            }
        }
    }

    /// Whoever was quicker to tell of a serial does not have what is here.
    fn tell_after_all(&mut self, node: u32, place: usize, serial: Serial) {
        let now = self.time();
        let this = &mut self.nodes[node as usize];
        let kept = this.kept[place];
        // Of what came since, others have been told already.
        if self.versions.of(kept.version).version.serial == serial {
            this.sender.changed(now, kept.zone, serial);
        }
    }

    /// A peer's version is here: joined with ours, which is theirs if ours went into it.
    fn transferred(&mut self, request: Request, theirs: VersionId) {
        let Request {
            node, place, why, ..
        } = request;
        let kept = self.nodes[node as usize].kept[place];
        let clock = self.clock_of(node);
        let Ok(merged) = self.versions.merged(kept.zone, kept.version, theirs, clock) else {
            let FromFuture = FromFuture;
            self.record.refused += 1;
            return self.failed(request);
        };
        let is_same = |one, other| self.versions.of(one).same_as == self.versions.of(other).same_as;
        let is_here = is_same(merged, kept.version);
        let is_theirs = is_same(merged, theirs);
        if why == Why::Conflict || !is_theirs && !is_here {
            self.record.settled_at = Some(self.now);
        }
        if merged != kept.version {
            self.installed(node, place, merged);
        } else if let Why::Compare(serial) = why {
            self.tell_after_all(node, place, serial);
        }
        if !is_here && !is_theirs && self.nodes[node as usize].kept[place].is_written {
            // It was changed here, as by a write. Of what others merge, their recovery tells, if it is going on.
            self.tell(node, place);
        }
        self.nodes[node as usize].kept[place].has_asked(request.peer);
        if why == Why::Refresh {
            let serial = self.versions.of(merged).version.serial;
            self.nodes[node as usize]
                .receiver
                .refreshed(kept.zone, serial);
        }
    }

    /// A node looks for a newer version: with those who told of one, or with anybody who keeps the zone.
    pub(super) fn refresh(&mut self, node: u32, zone: ZoneId, is_announced: bool) {
        let Some(place) = self.nodes[node as usize].place_of(zone) else {
            return;
        };
        self.record.refresh(self.now, is_announced);
        let tellers = self.nodes[node as usize].kept[place].tellers;
        for teller in tellers.into_iter().flatten() {
            self.request(node, place, teller, Why::Refresh, false);
        }
        if tellers.iter().all(Option::is_none) {
            let holder = self.holder(node, zone);
            self.request(node, place, holder, Why::Refresh, false);
        }
    }

    /// Somebody else who keeps a zone and can be reached, as far as the node sees; itself if there is nobody.
    pub(super) fn holder(&mut self, node: u32, zone: ZoneId) -> u32 {
        let holders = &self.zones[usize::from(zone)].holders;
        let mut picked = node;
        for _ in 0..PICKS {
            picked = holders
                .get(self.rng.usize(..holders.len().max(1)))
                .copied()
                .unwrap_or(node);
            if picked != node && self.network.reaches(node, picked) {
                break;
            }
        }
        picked
    }
}

//! The world around the nodes: time, and from what their machines want to what happens.

use super::air::Air;
use super::channel::FrameId;
use super::clients::{Client, ClientId};
use super::exchange::{Request, RequestId, Why};
use super::measure::Outcome;
use super::network::Network;
use super::node::{Node, ZoneId, node_id, number_of};
use super::queue::Queue;
use super::record::Record;
use super::scenario::{Scenario, Write};
use super::spreading::Announcement;
use super::versions::{VersionId, Versions};
use fastrand::Rng;
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::conflict::serial_order;
use lib_dns_core::policy::recovery::RecoveryAction;
use lib_dns_core::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Seconds since 1970 when a run begins.
pub(super) const BEGIN: u64 = 1_800_000_000;
/// After how long a node tells its machine again of a peer for which it had no room.
const AGAIN: u64 = 5_000_000;

/// What happens.
#[derive(Debug)]
pub(super) enum Event {
    /// The scenario says so.
    Scripted(Scripted),
    /// A node's machines want to be asked.
    Wake(u32),
    /// A node has a new neighbour.
    Joined { node: u32, peer: u32 },
    /// A node hears that the mesh has changed.
    Changed { node: u32, change: u16 },
    /// A node hears of a zone from a neighbour.
    Announced {
        node: u32,
        from: u32,
        announcement: u32,
    },
    /// A new peer tells a node that it has another version of a zone now.
    Notified {
        node: u32,
        from: u32,
        zone: ZoneId,
        version: VersionId,
    },
    /// A frame has ended.
    FrameEnded { frame: FrameId, announcement: u32 },
    /// A copy has not been looked after for long.
    TtlEnded { node: u32, place: u16 },
    /// A request has come to the node that was asked.
    Arrived(RequestId),
    /// Its answer has come back.
    Answered(RequestId),
    /// It or its answer was lost.
    Lost(RequestId),
    /// A client asks.
    Asked { node: u32, ask: u16 },
    /// A question has come to an authority.
    AtAuthority {
        client: ClientId,
        authority: u8,
        node: u32,
    },
    /// Its answer has come back, with what the authority has.
    FromAuthority {
        client: ClientId,
        authority: u8,
        node: u32,
        version: VersionId,
    },
    /// A resolution has waited long enough.
    Waited(ClientId),
    /// Look at how many negative answers are left.
    CountNegative,
    /// A bin has ended.
    Sample,
}

/// What a scenario lets happen, by its place in the scenario.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scripted {
    Part,
    Heal,
    Write(usize),
    Ask(usize),
    Forge(usize),
}

/// A zone.
#[derive(Debug)]
pub(super) struct ZoneFacts {
    pub(super) name: NameBuf,
    pub(super) refresh: u64,
    pub(super) ttl: u32,
    /// Who keeps it.
    pub(super) holders: Vec<u32>,
    /// What was written last.
    pub(super) newest: VersionId,
    /// How many copies there are of each version.
    pub(super) copies: BTreeMap<VersionId, u32>,
}

/// A mesh, while it is run.
#[derive(Debug)]
pub(super) struct World<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) rng: Rng,
    /// In microseconds.
    pub(super) now: u64,
    pub(super) queue: Queue<Event>,
    pub(super) nodes: Vec<Node>,
    pub(super) network: Network,
    pub(super) air: Option<Air>,
    pub(super) zones: Vec<ZoneFacts>,
    /// The top-level names of the mesh.
    pub(super) tops: Vec<NameBuf>,
    pub(super) versions: Versions,
    pub(super) announcements: Vec<Announcement>,
    /// How many of them are too old to be passed on.
    pub(super) old_announcements: usize,
    pub(super) requests: Vec<Request>,
    pub(super) free_requests: Vec<RequestId>,
    pub(super) clients: HashMap<ClientId, Box<Client>>,
    pub(super) next_client: ClientId,
    /// Nodes in a storm, and since when.
    pub(super) stormy: Vec<(u32, u64)>,
    pub(super) record: Record,
    pub(super) changes: u16,
    /// Zones with copies that differ.
    pub(super) unlike: usize,
    pub(super) events: u64,
    pub(super) bin: u64,
}

/// Runs a scenario. The same scenario with the same seed comes out the same.
///
/// ```
/// use lib_dns_std::sim::{Scenario, run};
/// let text = "
///     title = 'A record changes'
///     seed = 1
///     nodes = 50
///     run-for = '30s'
///     zone = [{ name = 'alpha.sovereign' }]
///     write = [{ at = '1s', zone = 'alpha.sovereign' }]
///     expect = [{ figure = 'replicas-identical', at-most = 20.0 }]";
/// let scenario = Scenario::from_text("one.toml".as_ref(), text).unwrap();
/// let outcome = run(&scenario);
/// assert!(outcome.holds());
/// assert_eq!(outcome, run(&scenario));
/// ```
pub fn run(scenario: &Scenario) -> Outcome {
    run_with(scenario, &mut |_, _| {})
}

/// As [`run`], and tells how far it is: milliseconds of the mesh's time, of how many.
pub fn run_with(scenario: &Scenario, progress: &mut dyn FnMut(u64, u64)) -> Outcome {
    let mut world = World::new(scenario);
    world.run(progress);
    world.outcome()
}

impl World<'_> {
    fn run(&mut self, progress: &mut dyn FnMut(u64, u64)) {
        let end = self.scenario.run_for.0 * 1000;
        while let Some((at, event)) = self.queue.pop() {
            if at > end {
                break;
            }
            self.now = at;
            self.events += 1;
            if matches!(event, Event::Sample) {
                progress(at / 1000, end / 1000);
            }
            self.happen(event);
        }
        self.now = end;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Scripted(scripted) => self.scripted(scripted),
            Event::Wake(node) => {
                let wakes_at = &mut self.nodes[node as usize].wakes_at;
                if *wakes_at == self.now {
                    *wakes_at = u64::MAX;
                    self.drive(node);
                }
            }
            Event::Joined { node, peer } => self.joined(node, peer),
            Event::Changed { node, change } => self.changed(node, change),
            Event::Announced {
                node,
                from,
                announcement,
            } => self.announced(node, from, announcement),
            Event::Notified {
                node,
                from,
                zone,
                version,
            } => self.notified(node, from, zone, version),
            Event::FrameEnded {
                frame,
                announcement,
            } => self.frame_ended(frame, announcement),
            Event::TtlEnded { node, place } => {
                let now = self.time();
                let zone = self.nodes[node as usize].kept[usize::from(place)].zone;
                self.nodes[node as usize].receiver.ttl_ended(now, zone);
                let refresh = self.refresh_of(node, place.into());
                self.queue
                    .push(self.now + refresh.max(1), Event::TtlEnded { node, place });
                self.drive(node);
            }
            Event::Arrived(request) => self.arrived(request),
            Event::Answered(request) => self.answered(request),
            Event::Lost(request) => self.lost(request),
            Event::Asked { node, ask } => self.asked(node, ask.into()),
            Event::AtAuthority {
                client,
                authority,
                node,
            } => self.at_authority(client, authority, node),
            Event::FromAuthority {
                client,
                authority,
                node,
                version,
            } => {
                self.authority_answered(client, authority, node, version);
            }
            Event::Waited(client) => self.resolve(client),
            Event::CountNegative => self.record.negative_left = Some(self.negative_entries()),
            Event::Sample => self.sample(),
        }
    }

    fn scripted(&mut self, scripted: Scripted) {
        let now = self.now;
        let again = |every: Option<super::scenario::Millis>,
                     at: super::scenario::Millis,
                     lasts: Option<super::scenario::Millis>| {
            let next = now + every?.0 * 1000;
            (next < (at.0 + lasts?.0) * 1000).then_some(next)
        };
        let is_first = |at: super::scenario::Millis| at.0 * 1000 == now;
        let next = match scripted {
            Scripted::Part | Scripted::Heal => {
                self.part(matches!(scripted, Scripted::Part));
                None
            }
            Scripted::Write(place) => {
                let write = &self.scenario.write[place];
                if is_first(write.at) {
                    self.record.mark(
                        now,
                        if write.every.is_some() {
                            "flapping"
                        } else {
                            "write"
                        },
                    );
                }
                self.write(write);
                again(write.every, write.at, write.lasts)
            }
            Scripted::Ask(place) => {
                let ask = &self.scenario.ask[place];
                self.ask(place);
                again(ask.every, ask.at, ask.lasts)
            }
            Scripted::Forge(place) => {
                let forge = &self.scenario.forge[place];
                if is_first(forge.at) {
                    self.record.mark(now, "forged hints");
                }
                self.forge(forge);
                again(Some(forge.every), forge.at, Some(forge.lasts))
            }
        };
        if let Some(next) = next {
            self.queue.push(next, Event::Scripted(scripted));
        }
    }

    /// All links between islands are cut, or come back. Their ends notice.
    fn part(&mut self, is_parted: bool) {
        if self.network.is_parted() == is_parted {
            return;
        }
        self.network.part(is_parted);
        self.changes += 1;
        let change = self.changes;
        self.record
            .mark(self.now, if is_parted { "partition" } else { "heal" });
        for (from, to) in self.network.bridges().to_vec() {
            for (node, peer) in [(from, to), (to, from)] {
                let at = self.now + self.network.notice(&mut self.rng);
                self.queue.push(
                    at,
                    match is_parted {
                        true => Event::Changed { node, change },
                        false => Event::Joined { node, peer },
                    },
                );
            }
        }
        if !is_parted {
            self.record.healed_at = Some(self.now);
            self.queue.push(self.now + 1_000_000, Event::CountNegative);
        }
    }

    fn joined(&mut self, node: u32, peer: u32) {
        if !self.network.reaches(node, peer) {
            return;
        }
        let now = self.time();
        if !self.nodes[node as usize]
            .recovery
            .peer_found(now, node_id(peer))
        {
            self.queue
                .push(self.now + AGAIN, Event::Joined { node, peer });
        }
        self.changed(node, self.changes);
        self.drive(node);
    }

    /// A node hears that the mesh has changed, and lets its neighbours know: that is what their transport does.
    fn changed(&mut self, node: u32, change: u16) {
        if self.nodes[node as usize].knows_change >= change {
            return;
        }
        let now = self.time();
        self.nodes[node as usize].knows_change = change;
        let random = self.rng.u32(..);
        let this = &mut self.nodes[node as usize];
        this.recovery.topology_changed(now);
        this.receiver.topology_changed(now, random);
        for neighbour in self.network.neighbours(node) {
            if self.nodes[neighbour as usize].knows_change < change
                && let Some(takes) = self.network.over_link(&mut self.rng)
            {
                self.queue.push(
                    self.now + takes,
                    Event::Changed {
                        node: neighbour,
                        change,
                    },
                );
            }
        }
        self.drive(node);
    }

    /// An owner changes a record.
    fn write(&mut self, write: &Write) {
        let turns = write
            .every
            .map_or(0, |every| (self.now / 1000 - write.at.0) / every.0 % 10);
        let number = write.record + turns as u32;
        for zone in self.zones_of(write.zone.get_ref()) {
            let node = self.writer(write, zone);
            let Some(place) = self.nodes[node as usize].place_of(zone) else {
                continue;
            };
            let clock = self.clock_of(node);
            let before = self.nodes[node as usize].kept[place].version;
            let written = self
                .versions
                .written(zone, before, number, write.owner, clock);
            self.record.changed_at = self.now;
            if written != before {
                self.zones[usize::from(zone)].newest = written;
                self.installed(node, place, written);
                self.tell(node, place);
                self.drive(node);
            }
        }
    }

    /// A node has another version of a zone.
    pub(super) fn installed(&mut self, node: u32, place: usize, version: VersionId) {
        let now = self.time();
        let node = &mut self.nodes[node as usize];
        let kept = &mut node.kept[place];
        let before = std::mem::replace(&mut kept.version, version);
        let content = self.versions.of(version);
        node.recovery.updated(now, place, content.version);
        node.receiver.watch(kept.zone, Some(content.version.serial));
        let (before, after) = (self.versions.of(before).same_as, content.same_as);
        if before == after {
            return;
        }
        let copies = &mut self.zones[usize::from(kept.zone)].copies;
        let was_alike = copies.len() == 1;
        if let Some(count) = copies.get_mut(&before) {
            *count -= 1;
            if *count == 0 {
                copies.remove(&before);
            }
        }
        *copies.entry(after).or_default() += 1;
        match (was_alike, copies.len() == 1) {
            (true, false) => self.unlike += 1,
            (false, true) => self.unlike -= 1,
            _ => {}
        }
        self.record.identical_at = (self.unlike == 0).then_some(self.now);
    }

    /// Does all that a node's machines want now, and notes when they want more.
    pub(super) fn drive(&mut self, node: u32) {
        let now = self.time();
        let at = node as usize;
        while let Some(action) = self.nodes[at].recovery.poll(now) {
            match action {
                RecoveryAction::FlushNegative => {
                    if let Some(cache) = &mut self.nodes[at].cache {
                        cache.topology_changed();
                    }
                }
                RecoveryAction::AskSoa { zone, peer } => {
                    self.request(node, zone, number_of(peer), Why::NewPeer, false);
                }
                RecoveryAction::QueueTransfer { zone, peer, .. } => {
                    self.request(node, zone, number_of(peer), Why::NewPeer, true);
                }
                RecoveryAction::Settle { zone, peer } => {
                    self.request(node, zone, number_of(peer), Why::Conflict, true);
                }
                RecoveryAction::Tell { zone, .. } => self.tell_merged(node, zone),
                RecoveryAction::Notify { zone, peer } => {
                    let kept = self.nodes[at].kept[zone];
                    let event = Event::Notified {
                        node: number_of(peer),
                        from: node,
                        zone: kept.zone,
                        version: kept.version,
                    };
                    self.record.notified += 1;
                    if let Some(takes) = self.network.to(node, number_of(peer), &mut self.rng) {
                        self.queue.push(self.now + takes, event);
                    }
                }
                RecoveryAction::Log | RecoveryAction::Unasked { .. } | RecoveryAction::Steady => {}
            }
        }
        while let Some(due) = self.nodes[at].receiver.poll(now) {
            self.refresh(node, due.zone, due.announced.is_some());
        }
        while let Some(broadcast) = self.nodes[at].sender.poll(now) {
            self.broadcast(node, broadcast);
        }
        self.requery(node);
        let deadline = self.nodes[at].next_deadline();
        // What was asked now and had nothing to do is not asked again at once.
        let wakes_at = deadline.map_or(u64::MAX, |deadline| {
            (deadline.as_millis() * 1000).max(self.now + 1000)
        });
        if wakes_at != self.nodes[at].wakes_at {
            self.nodes[at].wakes_at = wakes_at;
            if wakes_at != u64::MAX {
                self.queue.push(wakes_at, Event::Wake(node));
            }
        }
    }

    fn sample(&mut self) {
        let convergence: f64 = self
            .zones
            .iter()
            .map(|zone| {
                let order = |(id, copies): &(&VersionId, &u32),
                             (other, others): &(&VersionId, &u32)| {
                    let [serial, than] =
                        [id, other].map(|id| self.versions.of(**id).version.serial);
                    serial_order(serial, than).then(copies.cmp(others))
                };
                let newest = zone.copies.iter().max_by(order);
                let all = zone.holders.len().max(1);
                newest.map_or(1.0, |(_, copies)| f64::from(*copies) / all as f64)
            })
            .sum();
        let now = self.time();
        let (nodes, record) = (&self.nodes, &mut self.record);
        self.stormy.retain(|(node, since)| {
            let is_storm = nodes[*node as usize].receiver.is_storm(now);
            if !is_storm {
                record.storms_left += 1;
                record.storm_time += self.now - since;
            }
            is_storm
        });
        let storm = self.stormy.len() as f64 / self.nodes.len() as f64;
        let negative = self.negative_entries();
        self.record
            .sample(convergence / self.zones.len() as f64, negative, storm);
        self.queue.push(self.now + self.bin, Event::Sample);
    }

    fn negative_entries(&self) -> usize {
        let now = self.time();
        let caches = self.nodes.iter().filter_map(|node| node.cache.as_ref());
        caches.map(|cache| cache.negative_len(now)).sum()
    }

    fn outcome(mut self) -> Outcome {
        let now = self.unix();
        let (mut disputed, mut copies) = (0u64, 0u64);
        for zone in &self.zones {
            for (version, count) in &zone.copies {
                copies += u64::from(*count);
                if self.versions.of(*version).contested(now) > 0 {
                    disputed += u64::from(*count);
                }
            }
        }
        self.record.disputed_copies = disputed as f64 / copies.max(1) as f64;
        let channel = self.air.as_ref().map(|air| &air.channel);
        Outcome {
            name: self.scenario.name.clone(),
            title: self.scenario.title.clone(),
            seed: self.scenario.seed,
            nodes: self.scenario.nodes,
            ran_for: self.scenario.run_for.0,
            events: self.events,
            bin: self.bin / 1000,
            series: self.record.series(channel),
            marks: std::mem::take(&mut self.record.marks),
            figures: self.record.figures(self.scenario, channel),
        }
    }

    /// By the clock that all nodes' deadlines go by.
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now / 1000)
    }

    /// Seconds since 1970, if a clock goes right.
    pub(super) fn unix(&self) -> u64 {
        BEGIN + self.now / 1_000_000
    }

    /// Seconds since 1970 by a node's clock.
    pub(super) fn clock_of(&self, node: u32) -> u64 {
        self.unix()
            .saturating_add_signed(self.nodes[node as usize].skew.into())
    }

    /// The monotonic time of a UNIX time.
    pub(super) fn time_of(&self, unix: u64) -> Timestamp {
        Timestamp::from_secs(unix.saturating_sub(BEGIN))
    }

    pub(super) fn refresh_of(&self, node: u32, place: usize) -> u64 {
        let zone = self.nodes[node as usize].kept[place].zone;
        self.zones[usize::from(zone)].refresh
    }

    /// The zones that a scenario means by a name.
    pub(super) fn zones_of(&self, name: &str) -> std::ops::Range<ZoneId> {
        let named = NameBuf::from_text(name).ok();
        let mut begin = 0;
        for spec in &self.scenario.zone {
            let end = begin + spec.count as ZoneId;
            if Some(spec.name) == named {
                return begin..end;
            }
            begin = end;
        }
        0..0
    }

    /// Who changes a zone.
    pub(super) fn writer(&self, write: &Write, zone: ZoneId) -> u32 {
        let island = self.network.island(write.island);
        let first = self.zones_of(write.zone.get_ref()).start;
        let node = write.node + u32::from(zone - first);
        island.start + node % (island.end - island.start)
    }
}

//! How a world is when a run begins: its nodes, their clocks, and what will happen by itself.

use super::air::Air;
use super::network::Network;
use super::node::{Kept, Node, ZoneId};
use super::queue::Queue;
use super::record::Record;
use super::scenario::{Scenario, Zone};
use super::versions::Versions;
use super::world::{BEGIN, Event, Scripted, World, ZoneFacts};
use fastrand::Rng;
use lib_dns_core::name::NameBuf;
use std::collections::{BTreeMap, HashMap};

/// The most bins of a run.
const MAX_BINS: u64 = 1_000;

impl<'s> World<'s> {
    /// As it is when a run begins.
    pub(super) fn new(scenario: &'s Scenario) -> Self {
        let mut rng = Rng::with_seed(scenario.seed);
        let network = Network::new(scenario, &mut rng);
        let least = (scenario.run_for.0 / MAX_BINS).max(1);
        let bin = scenario.bin.map_or(scenario.run_for.0 / 200, |bin| bin.0);
        let bin = bin.max(least) * 1000;
        let mut versions = Versions::new();
        let zones = zones(scenario, &mut versions);
        let air = scenario.radio.as_ref();
        let air = air.map(|radio| Air::new(radio, scenario.nodes, bin, &mut rng));
        let record = Record::new(scenario, bin, zones.len());
        let mut tops: Vec<NameBuf> = Vec::new();
        for zone in &zones {
            let top = NameBuf::copy_of(&zone.name.as_name().ancestor(1));
            if let Some(top) = top.ok().filter(|top| !tops.contains(top)) {
                tops.push(top);
            }
        }
        let mut world = Self {
            scenario,
            rng,
            now: 0,
            queue: Queue::new(),
            nodes: Vec::with_capacity(scenario.nodes as usize),
            network,
            air,
            zones,
            tops,
            versions,
            announcements: Vec::new(),
            old_announcements: 0,
            requests: Vec::new(),
            free_requests: Vec::new(),
            clients: HashMap::new(),
            next_client: 0,
            stormy: Vec::new(),
            record,
            changes: 0,
            unlike: 0,
            events: 0,
            bin,
        };
        world.populate();
        world.set_clocks();
        world.script();
        world
    }

    /// Makes the nodes.
    fn populate(&mut self) {
        let scenario = self.scenario;
        let specs = specs(scenario);
        let mut bridges = vec![0usize; scenario.nodes as usize];
        for (from, to) in self.network.bridges() {
            bridges[*from as usize] += 1;
            bridges[*to as usize] += 1;
        }
        let mut written = vec![Vec::new(); self.zones.len()];
        for write in &scenario.write {
            for zone in self.zones_of(write.zone.get_ref()) {
                written[usize::from(zone)].push(self.writer(write, zone));
            }
        }
        for node in 0..scenario.nodes {
            let mut kept = Vec::new();
            for (zone, spec) in specs.iter().enumerate() {
                let writes = written[zone].contains(&node);
                let on_islands = spec.islands.iter().flatten();
                let mut on_islands = on_islands.filter(|island| {
                    (**island as usize) < self.network.island_count()
                        && self.network.island(**island).contains(&node)
                });
                let is_here = spec.islands.is_none() || on_islands.next().is_some();
                let is_drawn = self.rng.f64() < spec.kept_by.0;
                if writes || bridges[node as usize] > 0 && is_here || is_drawn && is_here {
                    let version = self.zones[zone].newest;
                    kept.push(Kept {
                        zone: zone as ZoneId,
                        version,
                        tellers: Default::default(),
                        is_written: writes,
                    });
                    let facts = &mut self.zones[zone];
                    facts.holders.push(node);
                    *facts.copies.entry(version).or_default() += 1;
                }
            }
            let peers = bridges[node as usize].clamp(1, 64);
            self.nodes.push(Node::new(
                kept.into(),
                self.zones.len(),
                peers,
                &self.versions,
                self.scenario.update_control.to_core(),
            ));
        }
    }

    fn set_clocks(&mut self) {
        for skew in &self.scenario.skew {
            let nodes = match skew.island {
                Some(island) if (island as usize) < self.network.island_count() => {
                    self.network.island(island)
                }
                Some(_) => continue,
                None => 0..self.scenario.nodes,
            };
            let only = skew.node.map(|node| nodes.start + node);
            for node in nodes {
                let is_drawn = self.rng.f64() < skew.share.0;
                if only.is_none_or(|only| only == node) && is_drawn {
                    self.nodes[node as usize].skew = skew.seconds;
                }
            }
        }
    }

    /// Puts in what will happen by itself.
    fn script(&mut self) {
        let scenario = self.scenario;
        let mut put = |at: super::scenario::Millis, scripted| {
            self.queue.push(at.0 * 1000, Event::Scripted(scripted));
        };
        scenario
            .partition
            .iter()
            .for_each(|moment| put(moment.at, Scripted::Part));
        scenario
            .heal
            .iter()
            .for_each(|moment| put(moment.at, Scripted::Heal));
        let writes = scenario.write.iter().enumerate();
        writes.for_each(|(place, write)| put(write.at, Scripted::Write(place)));
        let asks = scenario.ask.iter().enumerate();
        asks.for_each(|(place, ask)| put(ask.at, Scripted::Ask(place)));
        let forges = scenario.forge.iter().enumerate();
        forges.for_each(|(place, forge)| put(forge.at, Scripted::Forge(place)));
        for node in 0..scenario.nodes {
            for place in 0..self.nodes[node as usize].kept.len() {
                let refresh = self.refresh_of(node, place);
                let at = self.rng.u64(0..=refresh);
                let place = place as u16;
                self.queue.push(at, Event::TtlEnded { node, place });
            }
        }
        self.queue.push(self.bin, Event::Sample);
    }
}

/// What the scenario says of each zone.
fn specs(scenario: &Scenario) -> Vec<&Zone> {
    let zones = scenario.zone.iter();
    zones
        .flat_map(|zone| std::iter::repeat_n(zone, zone.count as usize))
        .collect()
}

fn zones(scenario: &Scenario, versions: &mut Versions) -> Vec<ZoneFacts> {
    let mut zones = Vec::new();
    for spec in &scenario.zone {
        for number in 0..spec.count {
            let own = format!("{number}.{}", spec.name);
            let name = match spec.count {
                1 => spec.name,
                _ => NameBuf::from_text(&own).unwrap_or(spec.name),
            };
            // Signed before the run began, so that no clock finds it too new.
            let newest = versions.first(zones.len() as ZoneId, spec.records, BEGIN - 86_400);
            zones.push(ZoneFacts {
                name,
                refresh: spec.refresh.0 * 1000,
                ttl: spec.ttl,
                holders: Vec::new(),
                newest,
                copies: BTreeMap::new(),
            });
        }
    }
    zones
}

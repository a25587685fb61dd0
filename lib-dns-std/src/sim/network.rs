//! Who is whose neighbour, who reaches whom, and how long that takes.

use super::scenario::{Links, Millis, Scenario};
use fastrand::Rng;
use std::ops::Range;

/// How often something is sent again before it is given up.
const TRIES: u32 = 5;
/// After how many microseconds it is sent again the first time.
const FIRST_WAIT: u64 = 250_000;

/// The links of a mesh.
#[derive(Debug)]
pub(super) struct Network {
    links: Links,
    /// Where the neighbours of each node begin.
    begins: Vec<u32>,
    neighbours: Vec<u32>,
    islands: Vec<Range<u32>>,
    /// The links between islands.
    bridges: Vec<(u32, u32)>,
    is_parted: bool,
    /// Links that lead from a node to one that it does not know.
    hops: u32,
}

impl Network {
    pub(super) fn new(scenario: &Scenario, rng: &mut Rng) -> Self {
        let islands = islands(scenario);
        let mut bridges = Vec::new();
        for (at, island) in islands.iter().enumerate().skip(1) {
            for _ in 0..scenario.bridges {
                let from = &islands[at - 1];
                bridges.push((rng.u32(from.clone()), rng.u32(island.clone())));
            }
        }
        bridges.sort_unstable();
        bridges.dedup();
        let mut pairs = bridges.clone();
        for island in &islands {
            // A ring, so that all of it hangs together, and links across.
            for node in island.clone() {
                let next = if node + 1 < island.end {
                    node + 1
                } else {
                    island.start
                };
                pairs.push((node.min(next), node.max(next)));
                for _ in 0..(scenario.links.degree / 2).saturating_sub(1) {
                    let other = rng.u32(island.clone());
                    pairs.push((node.min(other), node.max(other)));
                }
            }
        }
        pairs.retain(|(from, to)| from != to);
        pairs.sort_unstable();
        pairs.dedup();
        let mut begins = vec![0u32; scenario.nodes as usize + 1];
        for (from, to) in &pairs {
            begins[*from as usize + 1] += 1;
            begins[*to as usize + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut neighbours = vec![0; pairs.len() * 2];
        for (from, to) in &pairs {
            for (here, there) in [(from, to), (to, from)] {
                let place = &mut next[*here as usize];
                neighbours[*place as usize] = *there;
                *place += 1;
            }
        }
        let degree = f64::from(scenario.links.degree.max(3) - 1);
        let hops = f64::from(scenario.nodes).ln() / degree.ln();
        Self {
            links: scenario.links.clone(),
            begins,
            neighbours,
            islands,
            bridges,
            is_parted: false,
            hops: hops.ceil().max(1.0) as u32,
        }
    }

    /// Cuts all links between islands, or puts them back.
    pub(super) fn part(&mut self, is_parted: bool) {
        self.is_parted = is_parted;
    }

    pub(super) fn is_parted(&self) -> bool {
        self.is_parted
    }

    pub(super) fn bridges(&self) -> &[(u32, u32)] {
        &self.bridges
    }

    pub(super) fn island(&self, at: u32) -> Range<u32> {
        self.islands[at as usize].clone()
    }

    pub(super) fn island_count(&self) -> usize {
        self.islands.len()
    }

    fn island_of(&self, node: u32) -> usize {
        self.islands.partition_point(|island| island.end <= node)
    }

    pub(super) fn reaches(&self, from: u32, to: u32) -> bool {
        !self.is_parted || self.island_of(from) == self.island_of(to)
    }

    /// All that a node has a link to now.
    pub(super) fn neighbours(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let range = self.begins[node as usize] as usize..self.begins[node as usize + 1] as usize;
        self.neighbours[range]
            .iter()
            .copied()
            .filter(move |other| self.reaches(node, *other))
    }

    /// How long a message to a neighbour takes, in microseconds; `None` if it is lost for good.
    pub(super) fn over_link(&self, rng: &mut Rng) -> Option<u64> {
        let mut waited = 0;
        for tried in 0..TRIES {
            if rng.f64() >= self.links.loss.0 {
                return Some(waited + between(self.links.latency, rng));
            }
            waited += FIRST_WAIT << tried;
        }
        None
    }

    /// How long a message to any node takes; `None` if it cannot be reached, or the message is lost for good.
    pub(super) fn to(&self, from: u32, to: u32, rng: &mut Rng) -> Option<u64> {
        if !self.reaches(from, to) {
            return None;
        }
        let is_near = self.neighbours(from).any(|other| other == to);
        let hops = if is_near { 1 } else { self.hops };
        let mut whole = 0;
        for _ in 0..hops {
            whole += self.over_link(rng)?;
        }
        Some(whole)
    }

    /// How much longer a transfer of a zone takes than a question.
    pub(super) fn transfer(&self, rng: &mut Rng) -> u64 {
        between(self.links.transfer, rng)
    }

    /// After how long a node notices what has become of a link.
    pub(super) fn notice(&self, rng: &mut Rng) -> u64 {
        between(self.links.notice, rng)
    }
}

/// Microseconds between two times, evenly.
fn between([least, most]: [Millis; 2], rng: &mut Rng) -> u64 {
    rng.u64(least.0 * 1000..=(most.0 * 1000).max(least.0 * 1000))
}

/// Which nodes are on which island: numbers in a row.
fn islands(scenario: &Scenario) -> Vec<Range<u32>> {
    let whole: u64 = scenario.islands.iter().map(|size| u64::from(*size)).sum();
    let (mut sum, mut begin) = (0, 0);
    let ranges = scenario.islands.iter().map(|size| {
        sum += u64::from(*size);
        let end = (u64::from(scenario.nodes) * sum / whole.max(1)) as u32;
        // None is empty.
        let end = end.max(begin + 1);
        std::mem::replace(&mut begin, end)..end
    });
    ranges.collect()
}

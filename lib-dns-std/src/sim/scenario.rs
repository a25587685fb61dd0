//! What a run is made of: a TOML file with the mesh, what happens to it when, and what must hold.

use super::measure::{FIGURES, Limit};
use crate::config::{Faults, UpdateControlConfig, time_of_text};
use lib_dns_core::name::NameBuf;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::path::Path;
use toml::Spanned;

/// The most nodes of a mesh.
pub const MAX_NODES: u32 = 1_000_000;
/// The most zones of a mesh.
pub const MAX_ZONES: usize = 1_000;

/// A scenario. Its file says all of this with hyphens in place of underscores; `examples/sim` has some.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// The name of the file, without its ending.
    #[serde(skip)]
    pub name: String,
    /// What it is about, in a line.
    pub title: String,
    /// What all that is random comes from.
    pub seed: u64,
    /// How many nodes there are: 2 to [`MAX_NODES`].
    #[serde(deserialize_with = "nodes")]
    pub nodes: u32,
    /// How much time goes by.
    pub run_for: Millis,
    /// What a value of a series stands for; there are at most 1000 of them. A two hundredth of the run, unless set.
    pub bin: Option<Millis>,
    /// The links between nodes.
    #[serde(default)]
    pub links: Links,
    /// The islands, between which links can be cut: how many nodes each has, in proportion. One, unless set.
    #[serde(default = "one_island")]
    pub islands: Vec<u32>,
    /// How many links lead from each island to the next. The nodes at their ends keep all zones. 4.
    #[serde(default = "default_bridges")]
    pub bridges: u32,
    /// A LoRa channel that all nodes share, if there is one.
    pub radio: Option<Radio>,
    /// What every node does about updates (17.2). As by default, unless set.
    #[serde(default)]
    pub update_control: UpdateControlConfig,
    /// The zones.
    pub zone: Vec<Zone>,
    /// When all links between islands are cut.
    #[serde(default)]
    pub partition: Vec<Moment>,
    /// When they are all there again.
    #[serde(default)]
    pub heal: Vec<Moment>,
    /// Owners change records.
    #[serde(default)]
    pub write: Vec<Write>,
    /// Clients ask for names.
    #[serde(default)]
    pub ask: Vec<Ask>,
    /// Somebody sends hints that are not true.
    #[serde(default)]
    pub forge: Vec<Forge>,
    /// Clocks that are wrong from the beginning.
    #[serde(default)]
    pub skew: Vec<Skew>,
    /// What must hold in the end.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// A time in milliseconds, written as `"250ms"`, `"90s"` or `"1h30m"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Millis(pub u64);

/// A share of something: 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share(pub f64);

/// The links between nodes. What is lost on one is sent again, as TCP and QUIC do.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Links {
    /// How many links a node has on the average within its island. 8.
    pub degree: u32,
    /// How long a message takes over a link: at least, at most. 5 ms to 50 ms.
    pub latency: [Millis; 2],
    /// How often it has to be sent again. 1 of 100.
    pub loss: Share,
    /// How long a transfer of a zone takes beside that: at least, at most. 20 ms to 200 ms.
    pub transfer: [Millis; 2],
    /// After how long a node notices that it has another neighbour, or one less: at least, at most. 0 to 300 ms.
    pub notice: [Millis; 2],
}

impl Default for Links {
    fn default() -> Self {
        Self {
            degree: 8,
            latency: [Millis(5), Millis(50)],
            loss: Share(0.01),
            transfer: [Millis(20), Millis(200)],
            notice: [Millis(0), Millis(300)],
        }
    }
}

/// A LoRa channel. A zone that changes is told by radio and over links.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Radio {
    /// 7 to 12.
    #[serde(deserialize_with = "spreading_factor")]
    pub spreading_factor: u8,
    /// How many nodes hear a node on the average.
    pub neighbours: u32,
    /// How often a frame is lost to noise.
    #[serde(default)]
    pub loss: Share,
}

/// A zone, or several alike.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Zone {
    /// Its name; if there are several, it comes behind the number of each: `3.alpha.sovereign`.
    #[serde(deserialize_with = "name")]
    pub name: NameBuf,
    /// How many there are. 1.
    #[serde(default = "one")]
    pub count: u32,
    /// How many of the nodes keep it. All.
    #[serde(default = "whole")]
    pub kept_by: Share,
    /// The islands on which it is kept. All.
    pub islands: Option<Vec<u32>>,
    /// How many records there are in the beginning; record `n` is at `rN` below the zone's name. 10.
    #[serde(default = "default_records")]
    pub records: u32,
    /// After how long a copy is looked after if nothing was heard. 10 minutes.
    #[serde(default = "default_refresh")]
    pub refresh: Millis,
    /// The TTL of its records, in seconds. 300.
    #[serde(default = "default_ttl")]
    pub ttl: u32,
}

/// A point in time.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// When.
    pub at: Millis,
}

/// An owner changes a record, at a node that keeps the zone.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// When.
    pub at: Millis,
    /// The zone, or all of that name.
    pub zone: Spanned<String>,
    /// The island, counted from 0. 0.
    #[serde(default)]
    pub island: u32,
    /// Which of its nodes, counted from 0; of several zones each has the next one. 0.
    #[serde(default)]
    pub node: u32,
    /// The record. With `every`, records take turns from this one on, ten of them. 0.
    #[serde(default)]
    pub record: u32,
    /// Whose it is: owners have numbers. 0, who owns all that is there in the beginning.
    #[serde(default)]
    pub owner: u32,
    /// How often it is done again, if it is.
    pub every: Option<Millis>,
    /// For how long.
    #[serde(rename = "for")]
    pub lasts: Option<Millis>,
}

/// Clients ask their node for a name.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// When the first of them do.
    pub at: Millis,
    /// The zone.
    pub zone: Spanned<String>,
    /// The record.
    pub record: u32,
    /// At the nodes of this island only.
    pub island: Option<u32>,
    /// At how many of the nodes. All.
    #[serde(default = "whole")]
    pub share: Share,
    /// Within what time they all have asked. 1 s.
    #[serde(default = "second")]
    pub within: Millis,
    /// How often they ask again, if they do.
    pub every: Option<Millis>,
    /// For how long.
    #[serde(rename = "for")]
    pub lasts: Option<Millis>,
}

/// A node that has a key of the mesh sends serials that it has made up.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// When it begins.
    pub at: Millis,
    /// The zone.
    pub zone: Spanned<String>,
    /// The island. 0.
    #[serde(default)]
    pub island: u32,
    /// Which of its nodes sends them. 0.
    #[serde(default)]
    pub node: u32,
    /// How often.
    pub every: Millis,
    /// For how long.
    #[serde(rename = "for")]
    pub lasts: Millis,
}

/// Clocks that are wrong.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skew {
    /// By how many seconds they are ahead; behind if negative.
    pub seconds: i32,
    /// The island; of all nodes if not set.
    pub island: Option<u32>,
    /// Only this node of the island.
    pub node: Option<u32>,
    /// How many of the nodes. All.
    #[serde(default = "whole")]
    pub share: Share,
}

/// What must hold in the end.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// The name of a figure.
    pub figure: Spanned<String>,
    /// It may not be less.
    pub at_least: Option<f64>,
    /// It may not be more.
    pub at_most: Option<f64>,
}

impl Expect {
    pub(super) fn limit(&self) -> Limit {
        Limit {
            at_least: self.at_least,
            at_most: self.at_most,
        }
    }
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, each with line and column, or that it cannot be read.
    pub fn read(path: &Path) -> Result<Self, Faults> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Faults::of_file(path, format!("cannot read: {error}")))?;
        Self::from_text(path, &text)
    }

    /// Reads a text, which stands in the file of this name.
    ///
    /// ```
    /// use lib_dns_std::sim::Scenario;
    /// let text = "title = 'One'\nseed = 1\nnodes = 1\nrun-for = '10s'\nzone = []";
    /// let faults = Scenario::from_text("one.toml".as_ref(), text).unwrap_err();
    /// assert!(faults.to_string().starts_with("one.toml:3:9: error: 1 node"));
    /// ```
    ///
    /// # Errors
    /// What is wrong with it, each with line and column.
    pub fn from_text(path: &Path, text: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let mut scenario: Self = toml::from_str(text).map_err(|error| {
            let place = error.span().unwrap_or_default();
            let mut faults = Faults::default();
            faults.add(path, text, &place, error.message().to_owned());
            faults
        })?;
        scenario.name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut fault = |place: std::ops::Range<usize>, what: String| {
            faults.add(path, text, &place, what);
        };
        scenario.check(&mut fault);
        match faults.is_empty() {
            true => Ok(scenario),
            false => Err(faults),
        }
    }

    /// What no single value shows.
    fn check(&self, fault: &mut dyn FnMut(std::ops::Range<usize>, String)) {
        let count: usize = self.zone.iter().map(|zone| zone.count as usize).sum();
        if count == 0 || count > MAX_ZONES {
            fault(
                0..0,
                format!("{count} zones; there must be 1 to {MAX_ZONES}"),
            );
        }
        let islands = self.islands.len();
        if islands == 0 || islands > 64 || self.islands.contains(&0) {
            fault(0..0, "islands must be 1 to 64 numbers above 0".to_owned());
        }
        let zones = self.write.iter().map(|write| &write.zone);
        let zones = zones.chain(self.ask.iter().map(|ask| &ask.zone));
        for zone in zones.chain(self.forge.iter().map(|forge| &forge.zone)) {
            let named = NameBuf::from_text(zone.get_ref());
            if !named.is_ok_and(|named| self.zone.iter().any(|zone| zone.name == named)) {
                fault(
                    zone.span(),
                    format!("no zone is named '{}'", zone.get_ref()),
                );
            }
        }
        let used = self.write.iter().map(|write| (&write.zone, write.island));
        for (zone, island) in used.chain(self.forge.iter().map(|forge| (&forge.zone, forge.island)))
        {
            if island as usize >= islands {
                fault(zone.span(), format!("there is no island {island}"));
            }
        }
        let every = self.write.iter().map(|write| (&write.zone, write.every));
        let every = every.chain(self.ask.iter().map(|ask| (&ask.zone, ask.every)));
        for (zone, every) in every.chain(self.forge.iter().map(|f| (&f.zone, Some(f.every)))) {
            if every == Some(Millis(0)) {
                fault(
                    zone.span(),
                    "it cannot be done again after no time".to_owned(),
                );
            }
        }
        for expect in &self.expect {
            let named = expect.figure.get_ref();
            if !FIGURES.iter().any(|(name, ..)| name == named) {
                let known: Vec<_> = FIGURES.iter().map(|(name, ..)| *name).collect();
                let what = format!(
                    "no figure is named '{named}'; there are {}",
                    known.join(", ")
                );
                fault(expect.figure.span(), what);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = time_of_text(&text).map_err(D::Error::custom)?;
        u64::try_from(time.as_millis())
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        match (0.0..=1.0).contains(&share) {
            true => Ok(Self(share)),
            false => Err(D::Error::custom(format!(
                "{share} is no share, from 0.0 to 1.0"
            ))),
        }
    }
}

impl Default for Share {
    fn default() -> Self {
        Self(0.0)
    }
}

fn nodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let nodes = u32::deserialize(deserializer)?;
    match (2..=MAX_NODES).contains(&nodes) {
        true => Ok(nodes),
        false => Err(D::Error::custom(format!(
            "{nodes} nodes; there must be 2 to {MAX_NODES}"
        ))),
    }
}

fn spreading_factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let factor = u8::deserialize(deserializer)?;
    match (7..=12).contains(&factor) {
        true => Ok(factor),
        false => Err(D::Error::custom(format!(
            "{factor} is no spreading factor, from 7 to 12"
        ))),
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NameBuf, D::Error> {
    let text = String::deserialize(deserializer)?;
    let name = NameBuf::from_text(&text);
    name.map_err(|error| D::Error::custom(format!("'{text}' is no domain name: {}", error.kind)))
}

fn one_island() -> Vec<u32> {
    vec![1]
}

fn default_bridges() -> u32 {
    4
}

fn one() -> u32 {
    1
}

fn whole() -> Share {
    Share(1.0)
}

fn default_records() -> u32 {
    10
}

fn default_refresh() -> Millis {
    Millis(600_000)
}

fn default_ttl() -> u32 {
    300
}

fn second() -> Millis {
    Millis(1_000)
}

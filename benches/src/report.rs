//! All figures of a run, and the table that shows them.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::job::{Job, Outcome, Task};
use crate::peers::Peer;
use crate::{allocations, instructions, time};

/// What was measured of one job.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The library.
    pub peer: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The task's name.
    pub task: String,
    /// Why the library cannot do it; then there is nothing else.
    pub fails: Option<String>,
    /// Instructions of a round; nothing without valgrind.
    pub instructions: Option<u64>,
    /// Nanoseconds of a round.
    pub nanoseconds: Option<f64>,
    /// Calls for memory in a round.
    pub allocations: Option<u64>,
    /// Octets asked for in a round.
    pub allocated_octets: Option<u64>,
    /// Records and options that were read as raw octets only.
    pub opaque: Option<u32>,
    /// The size of the built message.
    pub octets: Option<usize>,
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Why there are no instruction counts.
    pub uncounted: Option<String>,
    /// One for each library and task.
    pub figures: Vec<Figures>,
}

/// All jobs of `peers`, a task at a time.
pub fn jobs(peers: &[&'static Peer]) -> impl Iterator<Item = Job> {
    Task::all().flat_map(move |task| peers.iter().map(move |peer| Job { peer, task }))
}

impl Report {
    /// Measures all jobs of `peers`.
    pub fn measure(peers: &[&'static Peer]) -> Self {
        let mut figures: Vec<Figures> = jobs(peers).map(measure_here).collect();
        let able = figures.iter_mut().filter(|figures| figures.fails.is_none());
        let able: Vec<&mut Figures> = able.collect();
        let names = peers.iter().map(|peer| peer.name);
        let uncounted = match instructions::of_jobs(able.len(), names) {
            Ok(counts) => {
                for (figures, count) in able.into_iter().zip(counts) {
                    figures.instructions = Some(count);
                }
                None
            }
            Err(error) => Some(error.to_string()),
        };
        Self { uncounted, figures }
    }
}

/// Measures what can be measured in this process.
fn measure_here(job: Job) -> Figures {
    let mut figures = Figures {
        peer: job.peer.name,
        version: job.peer.version(),
        task: job.task.to_string(),
        fails: None,
        instructions: None,
        nanoseconds: None,
        allocations: None,
        allocated_octets: None,
        opaque: None,
        octets: None,
    };
    let (outcome, mut round) = match job.prepare() {
        Ok(prepared) => prepared,
        Err(error) => {
            figures.fails = Some(error.reason().to_owned());
            return figures;
        }
    };
    match outcome {
        Outcome::Read(work) => figures.opaque = Some(work.seen().opaque),
        Outcome::Built(octets) => figures.octets = Some(octets),
        Outcome::Scanned(_) => {}
    }
    if let Some(counted) = allocations::of_round(&mut *round) {
        figures.allocations = Some(counted.calls);
        figures.allocated_octets = Some(counted.octets);
    }
    figures.nanoseconds = Some(time::of_round(&mut *round));
    figures
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for task in Task::all() {
            let name = task.to_string();
            writeln!(f, "{name}: {}", task.summary())?;
            writeln!(
                f,
                "  {:<22}{:>14}{:>10}{:>13}{:>10}  remarks",
                "library", "instructions", "ns", "allocations", "octets"
            )?;
            for figures in self.figures.iter().filter(|figures| figures.task == name) {
                writeln!(f, "{figures}")?;
            }
            writeln!(f)?;
        }
        if let Some(reason) = &self.uncounted {
            writeln!(f, "Instructions were not counted: {reason}.")?;
        }
        f.write_str(
            "allocations and octets are calls for memory and what they ask for. opaque: so many \
             records\nor options are handed over as raw octets, not in a typed form.",
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut library = String::new();
        write!(library, "{} {}", self.peer, self.version)?;
        let shown =
            |figure: Option<u64>| figure.map_or("-".to_owned(), |figure| figure.to_string());
        write!(
            f,
            "  {library:<22}{:>14}{:>10}{:>13}{:>10}",
            shown(self.instructions),
            self.nanoseconds
                .map_or("-".to_owned(), |ns| format!("{ns:.1}")),
            shown(self.allocations),
            shown(self.allocated_octets),
        )?;
        if let Some(reason) = &self.fails {
            write!(f, "  fails: {reason}")?;
        }
        if let Some(opaque) = self.opaque.filter(|opaque| *opaque > 0) {
            write!(f, "  {opaque} opaque")?;
        }
        if let Some(octets) = self.octets {
            write!(f, "  built in {octets} octets")?;
        }
        Ok(())
    }
}

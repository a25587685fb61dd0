//! What is measured: one library doing one task, over and over.

use std::fmt;
use std::hint::black_box;

use crate::content::{self, SAMPLES, Sample};
use crate::peers::{BUILD_ROOM, Peer};
use crate::{Work, WorkError};

/// Something that every library is asked to do.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Read a sample message.
    Parse(&'static Sample),
    /// Build message (b).
    Build,
    /// Scan the sample zone.
    Scan,
}

impl Task {
    /// All tasks, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        SAMPLES
            .iter()
            .map(Self::Parse)
            .chain([Self::Build, Self::Scan])
    }

    /// What the task is about, for people.
    pub fn summary(&self) -> &'static str {
        match self {
            Self::Parse(sample) => sample.summary,
            Self::Build => content::BUILT.summary,
            Self::Scan => content::ZONE.summary,
        }
    }
}

/// The name of the task, as limits files and scripts spell it: `parse_a`, `build_b`, `scan_zone`.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parse(sample) => write!(f, "parse_{}", sample.letter),
            Self::Build => write!(f, "build_{}", content::BUILT.letter),
            Self::Scan => f.write_str("scan_zone"),
        }
    }
}

/// A task in the hands of a library.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Who does it.
    pub peer: &'static Peer,
    /// What is done.
    pub task: Task,
}

/// One round of a job. What it yields is kept from the optimiser.
pub type Round = Box<dyn FnMut()>;

/// How a job went when it was tried once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message was read.
    Read(Work),
    /// The message was built in so many octets.
    Built(usize),
    /// So many records were scanned.
    Scanned(u32),
}

impl Job {
    /// Tries the job once, and hands back what to measure.
    ///
    /// # Errors
    /// The library cannot do it.
    pub fn prepare(&self) -> Result<(Outcome, Round), WorkError> {
        match self.task {
            Task::Scan => {
                let Some(scan) = self.peer.scan else {
                    return Err("reads no zone text".into());
                };
                let records = scan(content::ZONE.text)?;
                let round = move || {
                    let _ = black_box(scan(black_box(content::ZONE.text)));
                };
                Ok((Outcome::Scanned(records), Box::new(round)))
            }
            Task::Parse(sample) => {
                let parse = self.peer.parse;
                let outcome = Outcome::Read(parse(sample.octets)?);
                let round = move || {
                    let _ = black_box(parse(black_box(sample.octets)));
                };
                Ok((outcome, Box::new(round)))
            }
            Task::Build => {
                let mut build = (self.peer.prepare_build)()?;
                let mut buffer = [0; BUILD_ROOM];
                let outcome = Outcome::Built(build(&mut buffer)?);
                let round = move || {
                    let _ = black_box(build(black_box(&mut buffer)));
                };
                Ok((outcome, Box::new(round)))
            }
        }
    }

    /// A round that does nothing: what the measuring itself costs.
    pub fn nothing() -> Round {
        fn parse(octets: &[u8]) -> Result<Work, WorkError> {
            black_box(octets);
            Ok(Work::default())
        }
        let parse: fn(&[u8]) -> Result<Work, WorkError> = black_box(parse);
        Box::new(move || {
            let _ = black_box(parse(black_box(content::BUILT.octets)));
        })
    }
}

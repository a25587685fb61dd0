//! Instructions, counted by valgrind's callgrind: a busy machine does not disturb them. Code that
//! does not allocate has the same count on every run; the allocator's state moves the others a bit.
//!
//! The program starts itself once more under callgrind. That second run does all jobs in turn, each
//! many times inside `counted_rounds`; callgrind is told to collect only there, and to write out and
//! reset its counts after each job. Malloc and memcpy are the C library's own and are counted; the
//! kernel's work is not.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::job::{Job, Round};

/// Rounds of each job. What varies from round to round (a hash map with random keys) averages out.
const ROUNDS: u32 = 400;

/// The argument that says that this is the run under callgrind.
pub const COUNTED_RUN: &str = "--counted-run";

/// Why instructions could not be counted.
#[derive(Debug)]
pub enum CountError {
    /// There is no `valgrind` to run.
    NoValgrind,
    /// Something else, in words.
    Failed(String),
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValgrind => f.write_str("valgrind is not installed"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for CountError {}

/// The one place where callgrind collects. Found by its name, hence never inlined, and not generic
/// over the job, hence one function for all.
#[inline(never)]
fn counted_rounds(round: &mut dyn FnMut()) {
    for _ in 0..ROUNDS {
        round();
    }
}

/// When this returns, callgrind writes out what it collected. A function of its own because
/// callgrind heeds only one of two options that name the same pattern.
#[inline(never)]
fn written_out(mut round: Round) {
    // The first round may set up what later ones find ready.
    round();
    counted_rounds(&mut *round);
}

/// The run under callgrind: counts what measuring costs, then each job, in order. Jobs that a
/// library cannot do must have been left out.
pub fn counted_run(jobs: impl IntoIterator<Item = Job>) {
    let prepared = jobs.into_iter().map(|job| job.prepare());
    counted_run_of(prepared.filter_map(|job| Some(job.ok()?.1)));
}

/// The run under callgrind for `rounds` that are no jobs of libraries.
pub fn counted_run_of(rounds: impl IntoIterator<Item = Round>) {
    written_out(Job::nothing());
    for round in rounds {
        written_out(round);
    }
}

/// Runs this program under callgrind for the libraries of these `names`, and hands back the
/// instructions of a round for each of the `jobs` that [`counted_run`] then does.
///
/// # Errors
/// Valgrind is missing, or did not write what was expected of it.
pub fn of_jobs(
    jobs: usize,
    names: impl Iterator<Item = &'static str>,
) -> Result<Vec<u64>, CountError> {
    let directory = ScratchDirectory::new()?;
    let out = directory.0.join("counts");
    let program = std::env::current_exe().map_err(|e| CountError::Failed(e.to_string()))?;
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg("--collect-atstart=no")
        .arg("--toggle-collect=*counted_rounds*")
        .arg("--dump-after=*written_out*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(COUNTED_RUN)
        .args(names)
        .stdin(Stdio::null())
        .output();
    let run = match run {
        Ok(run) => run,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(CountError::NoValgrind),
        Err(error) => return Err(CountError::Failed(format!("valgrind: {error}"))),
    };
    if !run.status.success() {
        let words = String::from_utf8_lossy(&run.stderr);
        return Err(CountError::Failed(format!(
            "valgrind: {}: {words}",
            run.status
        )));
    }
    let nothing = total(&out, 1)?;
    (0..jobs)
        .map(|job| {
            let total = total(&out, job + 2)?;
            Ok(total.saturating_sub(nothing).div_ceil(u64::from(ROUNDS)))
        })
        .collect()
}

/// The instructions in the `number`th dump.
fn total(out: &Path, number: usize) -> Result<u64, CountError> {
    let path = out.with_extension(number.to_string());
    let dump = std::fs::read_to_string(&path)
        .map_err(|error| CountError::Failed(format!("callgrind's dump {number}: {error}")))?;
    dump.lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| CountError::Failed(format!("callgrind's dump {number} has no total")))
}

/// A directory of this process alone, removed when dropped.
struct ScratchDirectory(PathBuf);

impl ScratchDirectory {
    fn new() -> Result<Self, CountError> {
        let path = std::env::temp_dir().join(format!("lib-dns-benches-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|error| CountError::Failed(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        // What is left behind in a temporary directory is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

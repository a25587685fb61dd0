//! `zdns sim`.

use super::{EX_DATAERR, EX_OSERR, tell};
use crate::sim::measure::Outcome;
use crate::sim::scenario::MAX_NODES;
use crate::sim::{Scenario, report, run_with};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, fs};

/// What the scenario expects does not hold.
const EXPECTATION_FAILED: u8 = 1;

/// Run a mesh in a time of its own, and see what comes of it
///
/// Thousands of nodes run the rules of the mesh over links and a LoRa channel that are simulated; the same scenario and
/// seed give the same outcome on every machine. Prints what the scenario expects, and whether it holds. Ends with status 0
/// if all of it does, with 1 if not, and with 65 if the scenario cannot be read.
#[derive(Args, Debug)]
pub(super) struct SimArguments {
    /// The scenario, such as those in examples/sim
    #[arg(value_name = "SCENARIO.toml")]
    scenario: PathBuf,
    /// So many nodes instead of the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=i64::from(MAX_NODES)))]
    nodes: Option<u32>,
    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write what happened over time, a row for each moment
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw what happened over time
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print everything as JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl SimArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        let mut scenario = match Scenario::read(&self.scenario) {
            Ok(scenario) => scenario,
            Err(faults) => {
                let _ = write!(io::stderr(), "{faults}");
                return ExitCode::from(EX_DATAERR);
            }
        };
        scenario.nodes = self.nodes.unwrap_or(scenario.nodes);
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        let outcome = watched(&scenario);
        if let Err((file, error)) = self.write_files(&outcome) {
            tell(format_args!("cannot write {}: {error}", file.display()));
            return ExitCode::from(EX_OSERR);
        }
        // Whoever closed the pipe does not want the rest.
        let _ = if self.json {
            writeln!(io::stdout(), "{}", report::json(&outcome))
        } else {
            write!(io::stdout(), "{}", report::table(&outcome))
        };
        for failure in report::failures(&outcome) {
            tell(format_args!("{}: {failure}", self.scenario.display()));
        }
        if outcome.holds() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(EXPECTATION_FAILED)
        }
    }

    fn write_files(&self, outcome: &Outcome) -> Result<(), (&Path, io::Error)> {
        if let Some(file) = &self.csv {
            write(file, report::csv(outcome))?;
        }
        if let Some(file) = &self.svg {
            write(file, report::chart(outcome).to_svg())?;
        }
        Ok(())
    }
}

fn write(file: &Path, content: impl fmt::Display) -> Result<(), (&Path, io::Error)> {
    fs::write(file, content.to_string()).map_err(|error| (file, error))
}

/// Runs a scenario, with a bar on a terminal.
fn watched(scenario: &Scenario) -> Outcome {
    let bar = ProgressBar::new(0);
    // It draws on standard error, and only if that is a terminal.
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent} %, {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(scenario.name.clone());
    let outcome = run_with(scenario, &mut |done, whole| {
        bar.set_length(whole);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    outcome
}

//! Prints what reading and building messages costs lib-dns and its peers.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lib_dns_benches::allocations::CountingAllocator;
use lib_dns_benches::instructions;
use lib_dns_benches::limits::Limits;
use lib_dns_benches::peers::{self, Peer};
use lib_dns_benches::report::{self, Report};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const USAGE: &str = "\
usage: compare [--json | --check FILE] [LIBRARY]...

Measures reading messages (a), (b), (c) and building (b), for all libraries or those named.

  --json        prints the figures as JSON
  --check FILE  measures lib-dns alone and compares it with the limits in FILE;
                ends with status 1 when one is not kept";

enum Form {
    Table,
    Json,
    Check(PathBuf),
}

struct Arguments {
    form: Form,
    /// Whether this is the run under callgrind.
    counted_run: bool,
    peers: Vec<&'static Peer>,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if arguments.counted_run {
        instructions::counted_run(report::jobs(&arguments.peers));
        return ExitCode::SUCCESS;
    }
    match arguments.form {
        Form::Table => println!("{}", Report::measure(&arguments.peers)),
        Form::Json => match serde_json::to_string_pretty(&Report::measure(&arguments.peers)) {
            Ok(json) => println!("{json}"),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        },
        Form::Check(file) => return check(&file, &arguments.peers),
    }
    ExitCode::SUCCESS
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut form = Form::Table;
    let mut counted_run = false;
    let mut peers = Vec::new();
    let mut given = given;
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--json" => form = Form::Json,
            "--check" => {
                let file = given.next().ok_or("--check needs a file")?;
                form = Form::Check(file.into());
            }
            instructions::COUNTED_RUN => counted_run = true,
            name => peers.push(library(name)?),
        }
    }
    if peers.is_empty() {
        match form {
            Form::Check(_) => peers.push(library(peers::OURS)?),
            Form::Table | Form::Json => peers.extend(peers::ALL),
        }
    }
    Ok(Arguments {
        form,
        counted_run,
        peers,
    })
}

fn library(name: &str) -> Result<&'static Peer, String> {
    peers::by_name(name).ok_or_else(|| format!("no library {name}"))
}

fn check(file: &Path, peers: &[&'static Peer]) -> ExitCode {
    let limits = match Limits::from_file(file) {
        Ok(limits) => limits,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    let report = Report::measure(peers);
    let mut kept = true;
    for verdict in limits.check(&report.figures) {
        let measured = verdict
            .measured
            .map_or("not measured".to_owned(), |m| m.to_string());
        let mark = if verdict.is_kept() { "ok  " } else { "FAIL" };
        let goal = verdict
            .goal
            .map_or(String::new(), |goal| format!(" (goal {goal})"));
        println!(
            "{mark} {:<10}{:<14}{measured:>14} of {}{goal}",
            verdict.task, verdict.quantity, verdict.limit
        );
        kept &= verdict.is_kept();
    }
    if let Some(reason) = report.uncounted {
        println!("Instructions were not counted: {reason}.");
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

//! Prints what reading and building messages costs lib-dns and its peers.

use std::process::ExitCode;

use lib_dns_benches::allocations::CountingAllocator;
use lib_dns_benches::instructions;
use lib_dns_benches::peers::{self, Peer};
use lib_dns_benches::report::{self, Report};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const USAGE: &str = "\
usage: compare [--json] [LIBRARY]...

Measures reading messages (a), (b), (c) and building (b), for all libraries or those named.

  --json  prints the figures as JSON";

enum Form {
    Table,
    Json,
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
    }
    ExitCode::SUCCESS
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut form = Form::Table;
    let mut counted_run = false;
    let mut peers = Vec::new();
    for argument in given {
        match argument.as_str() {
            "--json" => form = Form::Json,
            instructions::COUNTED_RUN => counted_run = true,
            name => peers.push(library(name)?),
        }
    }
    if peers.is_empty() {
        peers.extend(peers::ALL);
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

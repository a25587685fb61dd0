//! How long loading a zone takes and how much memory, beside what other servers' checkers take.
//!
//! `zone-load FILE [ORIGIN]` runs each program of the list that is installed, and itself, and prints
//! user time and peak memory of each, as `/usr/bin/time` gives them: the whole process counts.

use lib_dns_core::zone::ZoneLookup;
use lib_dns_std::zone::Loader;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The argument that makes the program load the zone itself.
const ONCE: &str = "--once";
/// Each program runs so many times; the median counts.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ONCE, file] => load(file),
        [file] => compare(file, "bench.example."),
        [file, origin] => compare(file, origin),
        _ => {
            eprintln!("usage: zone-load FILE [ORIGIN]");
            ExitCode::from(64)
        }
    }
}

fn load(file: &str) -> ExitCode {
    match Loader::new().load(file) {
        Ok(loaded) => {
            let zone = &loaded.zone;
            let (records, size) = (zone.record_count(), zone.size() / 1_000_000);
            println!("{}: {records} records, {size} MB", zone.apex());
            ExitCode::SUCCESS
        }
        Err(findings) => {
            eprint!("{findings}");
            ExitCode::FAILURE
        }
    }
}

fn compare(file: &str, origin: &str) -> ExitCode {
    let Ok(myself) = std::env::current_exe() else {
        eprintln!("zone-load: cannot find itself");
        return ExitCode::FAILURE;
    };
    let myself = myself.to_string_lossy();
    println!(
        "{:<16} {:>10} {:>12}",
        "program", "user time", "peak memory"
    );
    let mut ours = None;
    for (name, command) in [
        ("lib-dns", vec![&*myself, ONCE, file]),
        (
            "kzonecheck",
            vec!["/usr/bin/kzonecheck", "-o", origin, file],
        ),
        (
            "nsd-checkzone",
            vec!["/usr/sbin/nsd-checkzone", origin, file],
        ),
        (
            "named-checkzone",
            vec!["/usr/bin/named-checkzone", "-i", "none", origin, file],
        ),
    ] {
        let program = Path::new(command[0]);
        match median(&command) {
            Some((seconds, kilobytes)) => {
                ours = ours.or(Some(seconds));
                println!("{name:<16} {seconds:>8.2} s {:>9} MB", kilobytes / 1000);
            }
            None if program.exists() => println!("{name:<16} does not load the zone"),
            None => println!("{name:<16} is not installed"),
        }
    }
    if ours.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The median of several runs, by user time.
fn median(command: &[&str]) -> Option<(f64, u64)> {
    let mut runs = (0..RUNS)
        .map(|_| measure(command))
        .collect::<Option<Vec<_>>>()?;
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(runs[RUNS / 2])
}

/// User time in seconds and peak memory in kilobytes.
fn measure(command: &[&str]) -> Option<(f64, u64)> {
    let mut timed = Command::new("/usr/bin/time");
    let output = timed.args(["-f", "%U %M"]).args(command).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let (seconds, kilobytes) = told.lines().last()?.split_once(' ')?;
    Some((seconds.parse().ok()?, kilobytes.parse().ok()?))
}

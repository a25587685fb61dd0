//! Other programs that check signed zones.

use super::harness::output_or_skip;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A program that checks a whole signed zone.
pub(crate) struct Checker {
    program: &'static str,
    /// What stands before the file on the command line.
    arguments: fn(&str) -> &'static [&'static str],
    /// Does it refuse a zone for something else than its signatures? By what it says.
    refuses_otherwise: fn(&str) -> bool,
}

pub(crate) const CHECKERS: [Checker; 3] = [
    Checker {
        program: "dnssec-verify",
        // One key for everything must be told to it.
        arguments: |zone| match zone.contains("DNSKEY 256 ") {
            true => &["-q", "-o", "example."],
            false => &["-q", "-z", "-o", "example."],
        },
        refuses_otherwise: |_| false,
    },
    Checker {
        program: "ldns-verify-zone",
        arguments: |_| &["-V", "2"],
        refuses_otherwise: |_| false,
    },
    Checker {
        program: "kzonecheck",
        arguments: |_| &["-d", "on", "-o", "example."],
        // Below a DNAME record it wants cuts to be denied, which are occluded (RFC 6672 2.4); the others
        // do not. Each fault is a line that starts with the owner in brackets.
        refuses_otherwise: |told| {
            let mut faults = told.lines().filter(|line| line.starts_with('['));
            told.contains("DNAME") || faults.all(|fault| fault.contains("missing glue"))
        },
    },
];

/// All checkers must take the zone.
#[track_caller]
pub(crate) fn assert_verified(name: &str, zone: &str) {
    assert_verified_but_for(name, zone, |_| false);
}

/// All checkers must take the zone, but for what is excused by what they tell.
#[track_caller]
pub(crate) fn assert_verified_but_for(name: &str, zone: &str, is_excused: impl Fn(&str) -> bool) {
    for (program, good, told) in verdicts(zone) {
        if !good && !is_excused(&told) {
            let kept = std::env::temp_dir().join("zdns-refused.zone");
            fs::write(&kept, zone).unwrap();
            panic!("{program} on {name}, {}:\n{told}", kept.display());
        }
    }
}

/// What each checker says of a zone: its name, whether it takes the zone, and what it tells.
fn verdicts(zone: &str) -> Vec<(&'static str, bool, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zone");
    fs::write(&file, zone).unwrap();
    let mut verdicts = Vec::new();
    for checker in &CHECKERS {
        let arguments = (checker.arguments)(zone);
        if let Some((taken, told)) = run(checker.program, arguments, &file) {
            let good = taken || (checker.refuses_otherwise)(&told);
            verdicts.push((checker.program, good, told));
        }
    }
    verdicts
}

/// Does the program end well, and what does it say? `None` if it is missing, which CI does not let pass.
pub(crate) fn run(program: &str, arguments: &[&str], file: &Path) -> Option<(bool, String)> {
    let output = output_or_skip(Command::new(program).args(arguments).arg(file))?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    Some((output.status.success(), told))
}

//! Other programs that check signed zones.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// A program that checks a whole signed zone.
pub(crate) struct Checker {
    program: &'static str,
    /// What stands before the file on the command line; `None` if it does not understand such a zone.
    arguments: fn(&str) -> Option<&'static [&'static str]>,
}

pub(crate) const CHECKERS: [Checker; 3] = [
    Checker {
        program: "dnssec-verify",
        arguments: |zone| {
            // One key for everything must be told to it.
            Some(if zone.contains("DNSKEY 256 ") {
                &["-q", "-o", "example."]
            } else {
                &["-q", "-z", "-o", "example."]
            })
        },
    },
    Checker {
        program: "ldns-verify-zone",
        arguments: |_| Some(&["-V", "2"]),
    },
    Checker {
        program: "kzonecheck",
        arguments: |_| Some(&["-d", "on", "-o", "example."]),
    },
];

/// All checkers must take the zone, or with `good` false refuse it.
#[track_caller]
pub(crate) fn judge(name: &str, zone: &str, good: bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zone");
    fs::write(&file, zone).unwrap();
    for checker in &CHECKERS {
        let Some(arguments) = (checker.arguments)(zone) else {
            continue;
        };
        if let Some((status, told)) = run(checker.program, arguments, &file) {
            assert_eq!(
                status, good,
                "{} on {name}:\n{told}\n{zone}",
                checker.program
            );
        }
    }
}

/// Does the program take the zone, and what does it say? `None` if it is missing, which CI does not let
/// pass.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).arg(file).output() {
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told).into_owned();
            Some((output.status.success(), told))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "{program} is missing"
            );
            eprintln!("skipped {program}: it is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

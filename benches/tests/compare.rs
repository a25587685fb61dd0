//! The `compare` program from outside: its output, and its exit status, which CI relies on.

use std::path::PathBuf;
use std::process::{Command, Output};

// A quick one, for tests of what holds for any.
const LIBRARY: &str = "lib-dns-core";

fn compare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_compare"))
        .args(arguments)
        .output()
        .unwrap()
}

fn limits_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn json_has_every_figure() {
    let output = compare(&["--json", LIBRARY]);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = report["figures"].as_array().unwrap();
    let tasks: Vec<_> = figures
        .iter()
        .map(|figures| figures["task"].as_str().unwrap())
        .collect();
    assert_eq!(
        tasks,
        ["parse_a", "parse_b", "parse_c", "build_b", "scan_zone"]
    );
    for figures in figures {
        assert_eq!(figures["peer"], LIBRARY);
        assert_eq!(figures["fails"], serde_json::Value::Null);
        assert!(figures["nanoseconds"].as_f64().unwrap() > 0.0);
        assert_eq!(figures["allocations"], 0);
        // Either every job has a count, or there is a reason.
        let uncounted = report["uncounted"].is_string();
        assert_eq!(figures["instructions"].is_null(), uncounted);
    }
}

#[test]
fn a_limit_that_is_exceeded_ends_with_status_1() {
    let limits = limits_file(
        "strict.toml",
        "[build_b]\ninstructions = 1\nallocations = 0\n",
    );
    let output = compare(&["--check", limits.to_str().unwrap(), LIBRARY]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FAIL build_b   instructions"), "{text}");
    assert!(text.contains("ok   build_b   allocations"), "{text}");
}

#[test]
fn misuse_ends_with_status_2() {
    let typo = limits_file("typo.toml", "[parse_a]\ninstructions = 1\nalocations = 0\n");
    let typo = typo.to_str().unwrap();
    for arguments in [
        &["--check"][..],
        &["--check", "missing"],
        &["--check", typo],
        &["nobody"],
    ] {
        assert_eq!(compare(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

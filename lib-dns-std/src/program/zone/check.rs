//! `zdns zone check`.

use super::{loader, now};
use crate::zone::{Finding, Findings};
use clap::Args;
use lib_dns_core::name::NameBuf;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Check zone files: first their text, then their meaning
///
/// Each finding is a line on standard error: file, line, column, `error` or `warning`, and what is
/// wrong. Nothing is asked of the network. Ends with status 0 if no file has an error, else 1.
#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// The zone files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The zone's name, if the files do not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// Judge signatures as at this time (seconds since 1970), not now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Print the findings as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// What was found in one file.
#[derive(Default)]
struct Checked {
    records: u64,
    findings: Vec<Finding>,
    errors: u64,
    warnings: u64,
}

impl Checked {
    fn add(&mut self, findings: &Findings) {
        self.errors += findings.error_count();
        self.warnings += findings.warning_count();
        self.findings.extend(findings.iter().cloned());
    }
}

impl CheckArguments {
    pub(super) fn run(&self) -> ExitCode {
        let mut errors = 0;
        let mut all = Vec::new();
        for file in &self.files {
            let checked = self.check(file);
            errors += checked.errors;
            if self.json {
                all.push(as_json(file, &checked));
            } else {
                self.tell(file, &checked);
            }
        }
        if self.json {
            // Whoever closed the pipe does not want the rest.
            let _ = writeln!(io::stdout(), "{:#}", Value::Array(all));
        }
        ExitCode::from(u8::from(errors != 0))
    }

    fn check(&self, file: &Path) -> Checked {
        let mut checked = Checked::default();
        match loader(self.origin.as_ref()).keep_places(true).load(file) {
            Ok(loaded) => {
                checked.records = loaded.zone.record_count();
                checked.add(&loaded.warnings);
                checked.add(&loaded.check(now(self.time) as u32));
            }
            Err(findings) => checked.add(&findings),
        }
        checked
    }

    fn tell(&self, file: &Path, checked: &Checked) {
        let mut text = String::new();
        for finding in &checked.findings {
            if !self.quiet || !finding.is_warning() {
                let _ = writeln!(text, "{finding}");
            }
        }
        let left_out = (checked.errors + checked.warnings) - checked.findings.len() as u64;
        if left_out > 0 {
            let _ = writeln!(text, "{}: and {left_out} more", file.display());
        }
        if !self.quiet {
            let verdict = if checked.errors == 0 { "ok" } else { "not ok" };
            let _ = writeln!(
                text,
                "{}: {verdict}: {} records, {} errors, {} warnings",
                file.display(),
                checked.records,
                checked.errors,
                checked.warnings
            );
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// What was found in one file, for a program to read.
fn as_json(file: &Path, checked: &Checked) -> Value {
    let findings = checked.findings.iter().map(|finding| {
        json!({
            "file": finding.file.display().to_string(),
            "line": finding.line,
            "column": finding.column,
            "severity": if finding.is_warning() { "warning" } else { "error" },
            "problem": finding.problem.to_string(),
            "token": finding.token.to_string(),
        })
    });
    json!({
        "file": file.display().to_string(),
        "records": checked.records,
        "errors": checked.errors,
        "warnings": checked.warnings,
        "findings": findings.collect::<Vec<_>>(),
    })
}

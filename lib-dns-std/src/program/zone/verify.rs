//! `zdns zone verify`.

use super::{load, now};
use crate::keyring::SystemVerifier;
use crate::signing::{SignedZoneReport, verify_zone};
use clap::Args;
use jiff::Timestamp;
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::ZoneLookup;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Check signed zones: every signature, the NSEC or NSEC3 records and the digest
///
/// Each fault is a line on standard error: the owner, the type, and what is wrong. Whether the parent points
/// to the zone's keys is not asked. Ends with status 0 if nothing is wrong, else 1.
#[derive(Args, Debug)]
pub(super) struct VerifyArguments {
    /// The zone files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The zone's name, if the files do not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// Judge signatures as at this time (seconds since 1970), not now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Take RSA with SHA-1, which can be forged, for what it was
    #[arg(long)]
    sha1: bool,
    /// Print the faults as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Print nothing but faults
    #[arg(long, short)]
    quiet: bool,
}

impl VerifyArguments {
    pub(super) fn run(&self) -> ExitCode {
        let mut good = true;
        let mut all = Vec::new();
        for file in &self.files {
            let zone = match load(file, self.origin.as_ref()) {
                Ok((zone, _)) => zone,
                Err(findings) => {
                    eprint!("{findings}");
                    good = false;
                    continue;
                }
            };
            let verifier = SystemVerifier::default().with_sha1(self.sha1);
            let report = verify_zone(&zone, &verifier, now(self.time));
            good &= report.is_good();
            if self.json {
                all.push(as_json(file, &zone.apex().to_string(), &report));
            } else {
                self.tell(file, &report);
            }
        }
        if self.json {
            // Whoever closed the pipe does not want the rest.
            let _ = writeln!(io::stdout(), "{:#}", Value::Array(all));
        }
        ExitCode::from(u8::from(!good))
    }

    fn tell(&self, file: &Path, report: &SignedZoneReport) {
        let mut text = String::new();
        let file = file.display();
        for fault in report.faults() {
            let _ = writeln!(text, "{file}: {fault}");
        }
        let left_out = report.fault_count() - report.faults().count() as u64;
        if left_out > 0 {
            let _ = writeln!(text, "{file}: and {left_out} more");
        }
        if !self.quiet {
            let verdict = if report.is_good() { "ok" } else { "not ok" };
            let _ = write!(
                text,
                "{file}: {verdict}: {} signatures hold, {} faults",
                report.signature_count(),
                report.fault_count()
            );
            let ends = report.first_expiration();
            // Times go round in 2106; until then they are what they say.
            let ends = ends.and_then(|ends| Timestamp::from_second(i64::from(ends)).ok());
            if let Some(ends) = ends {
                let _ = write!(text, "; the first signature ends at {ends}");
            }
            text.push('\n');
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// What was found in one zone, for a program to read.
fn as_json(file: &Path, apex: &str, report: &SignedZoneReport) -> Value {
    let faults = report.faults().map(|fault| {
        json!({
            "owner": fault.owner.to_string(),
            "type": fault.rtype.map(|rtype| rtype.to_string()),
            "problem": fault.problem.to_string(),
        })
    });
    json!({
        "file": file.display().to_string(),
        "zone": apex,
        "signatures": report.signature_count(),
        "firstExpiration": report.first_expiration(),
        "faultCount": report.fault_count(),
        "faults": faults.collect::<Vec<_>>(),
    })
}

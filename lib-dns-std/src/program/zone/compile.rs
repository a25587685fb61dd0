//! `zdns zone compile`.

use super::{loader, now};
use crate::program::{EX_OSERR, tell};
use clap::Args;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Base16;
use lib_dns_core::zone::ZoneLookup;
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a zone as an image, which servers load without reading text, and from which devices answer in place
///
/// An image stands wherever a zone file can: zdns serve IMAGE, zdns zone format IMAGE. The digest that is
/// printed is what sha256sum prints for the image: what a device is shipped with that trusts the zone by its
/// hash. What `zdns zone check` refuses is not compiled. Ends with status 0, 1 if the zone has an error, or 71 if
/// the image cannot be written.
#[derive(Args, Debug)]
pub(super) struct CompileArguments {
    /// The zone file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the image goes; it is replaced whole
    #[arg(long, short, value_name = "IMAGE")]
    output: PathBuf,
    /// The zone's name, if the file does not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// Judge signatures as at this time (seconds since 1970), not now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

impl CompileArguments {
    pub(super) fn run(&self) -> ExitCode {
        let loaded = match loader(self.origin.as_ref())
            .keep_places(true)
            .load(&self.file)
        {
            Ok(loaded) => loaded,
            Err(findings) => {
                eprint!("{findings}");
                return ExitCode::from(1);
            }
        };
        let findings = loaded.check(now(self.time) as u32);
        eprint!("{}{findings}", loaded.warnings);
        if findings.error_count() != 0 {
            return ExitCode::from(1);
        }
        let zone = &loaded.zone;
        let written = match zone.write_image_file(&self.output) {
            Ok(written) => written,
            Err(error) => {
                tell(format_args!(
                    "{} cannot be written: {error}",
                    self.output.display()
                ));
                return ExitCode::from(EX_OSERR);
            }
        };
        let (apex, serial, records) = (zone.apex(), zone.serial(), zone.record_count());
        let octets = written.head.len;
        // As sha256sum prints it.
        let digest = Base16(&written.sha256).to_string().to_lowercase();
        let line = if self.json {
            json!({
                "zone": apex.to_string(),
                "serial": serial.0,
                "records": records,
                "image": self.output.display().to_string(),
                "octets": octets,
                "sha256": digest,
            })
            .to_string()
        } else {
            format!("{apex} serial {serial}: {records} records, {octets} octets, SHA-256 {digest}")
        };
        // Whoever closed the pipe does not want the rest.
        let _ = writeln!(io::stdout(), "{line}");
        ExitCode::SUCCESS
    }
}

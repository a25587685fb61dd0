//! `zdns zone digest`.

use super::load;
use super::sign::HashName;
use crate::program::{EX_DATAERR, tell};
use crate::signing::{check_zone_digest, zone_digest};
use clap::Args;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Base16;
use lib_dns_core::zone::{ZoneLookup, ZoneNode};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the digest of a zone, as its ZONEMD record would have it (RFC 8976)
///
/// Zones that differ in one record that is served differ in it. If the zone has ZONEMD records, they are
/// checked too. Ends with status 0, 1 if the zone has errors, or 65 if its ZONEMD records do not match.
#[derive(Args, Debug)]
pub(super) struct DigestArguments {
    /// The zone file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The zone's name, if the file does not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// The hash
    #[arg(long, value_name = "HASH", value_enum, default_value_t = HashName::Sha384)]
    algorithm: HashName,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl DigestArguments {
    pub(super) fn run(&self) -> ExitCode {
        let zone = match load(&self.file, self.origin.as_ref()) {
            Ok((zone, _)) => zone,
            Err(findings) => {
                eprint!("{findings}");
                return ExitCode::from(1);
            }
        };
        let hash = self.algorithm.hash();
        let Some(digest) = zone_digest(&zone, hash) else {
            tell("the hash is not available");
            return ExitCode::from(EX_DATAERR);
        };
        let (apex, serial) = (zone.apex(), zone.serial());
        let digest = Base16(digest.as_bytes());
        let has = zone.get(&apex).and_then(|node| node.rrset(Type::ZONEMD));
        let checked = has.map(|_| check_zone_digest(&zone));
        let line = if self.json {
            json!({
                "zone": apex.to_string(),
                "serial": serial.0,
                "scheme": 1,
                "hash": hash.number(),
                "digest": digest.to_string(),
                "matches": checked.map(|checked| checked.is_ok()),
            })
            .to_string()
        } else {
            format!("{apex} ZONEMD {serial} 1 {} {digest}", hash.number())
        };
        // Whoever closed the pipe does not want the rest.
        let _ = writeln!(io::stdout(), "{line}");
        match checked {
            Some(Err(fault)) => {
                tell(format_args!("{}: {fault}", self.file.display()));
                ExitCode::from(EX_DATAERR)
            }
            _ => ExitCode::SUCCESS,
        }
    }
}

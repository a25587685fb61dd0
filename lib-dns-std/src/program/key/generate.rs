//! `zdns key generate`.

use super::{NO_ALGORITHM, Role, now, open, print, security_algorithm, zone_key_as_json};
use crate::keyring::{KeyError, KeyEvent, KeyRole, TsigSecret, ZoneKey};
use clap::Args;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::name::NameBuf;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Make a key
///
/// Of a zone: writes K*.key and K*.private into the directory, and prints their name without ending. The
/// key is to be published and to sign at once, unless times say otherwise. Of two servers: prints a key
/// clause for named.conf, which other formats are made from by 'zdns key export'; with --directory it is
/// written there instead.
#[derive(Args, Debug)]
pub(super) struct GenerateArguments {
    /// The zone that the key is to sign
    #[arg(long, value_name = "NAME", required_unless_present = "tsig")]
    zone: Option<NameBuf>,
    /// Make a secret for TSIG with this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["zone", "role", "bits", "times"])]
    tsig: Option<NameBuf>,
    /// The algorithm: of a zone's key ed25519, ecdsap256sha256, ecdsap384sha384, rsasha256 or mldsa44
    /// [default: ed25519]; of TSIG hmac-sha256 and its like [default: hmac-sha256]
    #[arg(long, short, value_name = "ALGORITHM")]
    algorithm: Option<String>,
    #[command(flatten)]
    role: Role,
    /// The size of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, short, value_name = "BITS")]
    bits: Option<usize>,
    #[command(flatten)]
    times: Times,
    /// The directory of keys [default for zones: the current one]
    #[arg(long, short = 'K', value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// When the key is used.
#[derive(Args, Debug)]
#[group(id = "times", multiple = true)]
struct Times {
    /// The TTL that the key's file says, in seconds
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u32>,
    /// When it comes into the zone: YYYYMMDDHHmmSS, or +N with s, mi, h, d, w, mo or y [default: +0]
    #[arg(long, value_name = "TIME", value_parser = Moment::read)]
    publish: Option<Moment>,
    /// When it begins to sign [default: +0]
    #[arg(long, value_name = "TIME", value_parser = Moment::read)]
    activate: Option<Moment>,
    /// When it ceases to sign [default: never]
    #[arg(long, value_name = "TIME", value_parser = Moment::read)]
    inactive: Option<Moment>,
    /// When it leaves the zone [default: never]
    #[arg(long, value_name = "TIME", value_parser = Moment::read)]
    delete: Option<Moment>,
    /// When CDS and CDNSKEY records for it appear [default: with the key, unless it is a ZSK]
    #[arg(long, value_name = "TIME", value_parser = Moment::read)]
    sync: Option<Moment>,
}

/// A time, or a time from now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moment {
    At(u64),
    In(u64),
}

impl Moment {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || "a time is YYYYMMDDHHmmSS, or +N with s, mi, h, d, w, mo or y".to_owned();
        let Some(span) = text.strip_prefix('+') else {
            let time = crate::keyring::time_from_text(text).map_err(|_| wrong())?;
            return Ok(Self::At(time));
        };
        let end = span
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(span.len());
        let (number, unit) = span.split_at(end);
        // Months and years as dnssec-settime counts them.
        let seconds = match unit {
            "" | "s" => 1,
            "mi" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            "mo" => 2_592_000,
            "y" => 31_536_000,
            _ => return Err(wrong()),
        };
        let number: u32 = number.parse().map_err(|_| wrong())?;
        Ok(Self::In(u64::from(number) * seconds))
    }

    fn after(self, now: u64) -> u64 {
        match self {
            Self::At(time) => time,
            Self::In(seconds) => now.saturating_add(seconds),
        }
    }
}

impl Times {
    fn set(&self, key: &mut ZoneKey, now: u64) {
        let at_once = Some(Moment::In(0));
        let publish = self.publish.or(at_once);
        let sync = match key.role() {
            KeyRole::Zsk => None,
            KeyRole::Ksk | KeyRole::Csk => publish,
        };
        key.set_ttl(self.ttl);
        for (event, moment) in [
            (KeyEvent::Created, at_once),
            (KeyEvent::Publish, publish),
            (KeyEvent::Activate, self.activate.or(at_once)),
            (KeyEvent::Inactive, self.inactive),
            (KeyEvent::Delete, self.delete),
            (KeyEvent::SyncPublish, self.sync.or(sync)),
        ] {
            let time = moment.map(|moment| moment.after(now));
            key.timing_mut().set(event, time);
        }
    }
}

impl GenerateArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        match (&self.zone, &self.tsig) {
            (Some(zone), _) => self.zone_key(zone),
            (None, Some(name)) => self.tsig(name),
            // The command line has one of them.
            (None, None) => Ok(()),
        }
    }

    fn zone_key(&self, zone: &NameBuf) -> Result<(), KeyError> {
        let algorithm = match &self.algorithm {
            Some(text) => security_algorithm(text).map_err(|_| KeyError::invalid(NO_ALGORITHM))?,
            None => SecurityAlgorithm::ED25519,
        };
        let mut keyring = open(self.directory.as_deref().unwrap_or(Path::new(".")))?;
        let (now, role) = (now(), self.role.role());
        let key = keyring.generate(&zone.as_name(), algorithm, role, self.bits, |key| {
            self.times.set(key, now);
        })?;
        if self.json {
            print(&format!("{:#}\n", zone_key_as_json(&key, now)));
        } else {
            print(&format!("{}\n", key.file_stem()));
        }
        Ok(())
    }

    fn tsig(&self, name: &NameBuf) -> Result<(), KeyError> {
        let algorithm = self.algorithm.as_deref().unwrap_or("hmac-sha256");
        let algorithm = MacAlgorithm::from_mnemonic(algorithm.as_bytes())
            .ok_or_else(|| KeyError::invalid("no algorithm of TSIG; hmac-sha256 is one"))?;
        let key = TsigSecret::generate(&name.as_name(), algorithm)?;
        if let Some(directory) = &self.directory {
            open(directory)?.add(key.clone())?;
        }
        match (self.json, &self.directory) {
            (true, directory) => {
                let mut value = json!({
                    "kind": "tsig",
                    "name": key.name().to_string(),
                    "algorithm": algorithm.mnemonic(),
                });
                if directory.is_none() {
                    // Nowhere else is it kept.
                    let text = key.to_text();
                    let (_, secret) = text.rsplit_once(':').unwrap_or_default();
                    value["secret"] = secret.into();
                }
                print(&format!("{value:#}\n"));
            }
            (false, Some(_)) => print(&format!("{}\n", key.name())),
            (false, None) => print(&key.to_clause()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, moment) in [
            ("19700101000100", Moment::At(60)),
            ("+0", Moment::In(0)),
            ("+90s", Moment::In(90)),
            ("+2mi", Moment::In(120)),
            ("+1d", Moment::In(86_400)),
            ("+1mo", Moment::In(2_592_000)),
        ] {
            assert_eq!(Moment::read(text), Ok(moment), "{text}");
        }
        for bad in ["", "now", "+", "+d", "+1x", "-1d", "2026", "+99999999999"] {
            assert!(Moment::read(bad).is_err(), "{bad}");
        }
    }
}

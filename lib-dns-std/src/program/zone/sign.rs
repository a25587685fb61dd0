//! `zdns zone sign`.

use super::{load, now};
use crate::keyring::Keyring;
use crate::program::{EX_DATAERR, EX_OSERR, tell};
use crate::signing::{DenialPolicy, SignError, SigningKeys, SigningPolicy, ZoneSigner};
use crate::zone::{Output, Zone};
use clap::{Args, ValueEnum};
use lib_dns_core::dnssec::ZoneHash;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Tokens;
use lib_dns_core::zone::{SerialPolicy, ZoneLayout, ZoneLookup, time_to_live};
use serde_json::json;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Sign a zone: all RRsets, with the keys of a folder
///
/// The keys are those of the zone that are in use now, as their files say; `zdns key generate` makes them, and
/// so does dnssec-keygen. Signatures, NSEC and NSEC3 records and keys that the file has are replaced. The
/// signed zone goes to the standard output, one record a line, or to a file, which it replaces in one step.
/// Ends with status 0 if the zone was signed, 1 if it has errors, 65 if the keys cannot be used or do not do,
/// 71 if a file cannot be written.
#[derive(Args, Debug)]
pub(super) struct SignArguments {
    /// The zone file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder of the keys
    #[arg(long, value_name = "DIR", default_value = ".")]
    keys: PathBuf,
    /// The zone's name, if the file does not say it
    #[arg(long, value_name = "NAME")]
    origin: Option<NameBuf>,
    /// Where the signed zone goes, instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Deny by NSEC3 instead of NSEC: names are hashed, and cannot simply be listed
    #[arg(long)]
    nsec3: bool,
    /// Leave delegations without DS records out of the NSEC3 records
    #[arg(long, requires = "nsec3")]
    opt_out: bool,
    /// How often NSEC3 hashes again; RFC 9276 asks for 0
    #[arg(long, value_name = "N", default_value_t = 0, requires = "nsec3")]
    iterations: u16,
    /// What NSEC3 hashes with each name, in hexadecimal; RFC 9276 asks for none
    #[arg(long, value_name = "HEX", default_value = "", value_parser = salt, requires = "nsec3")]
    salt: Salt,
    /// Add ZONEMD records, the digest of the whole zone
    #[arg(long, value_name = "HASH", num_args = 0..=1, default_missing_value = "sha384")]
    zonemd: Vec<HashName>,
    /// How long signatures are valid, as 14d or in seconds
    #[arg(long, value_name = "TIME", default_value = "14d", value_parser = seconds)]
    expire: u32,
    /// How long before now they are valid already
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    inception_offset: u32,
    /// Signatures end up to so much earlier, so that they do not all end at once
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = seconds)]
    jitter: u32,
    /// The TTL of the keys' records
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    dnskey_ttl: u32,
    /// The serial that the signed zone gets
    #[arg(long, value_name = "HOW", value_enum, default_value_t = SerialName::Keep)]
    serial: SerialName,
    /// Sign as at this time (seconds since 1970), not now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Tell what was done as JSON on standard error
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug)]
struct Salt(Vec<u8>);

#[derive(Clone, Copy, ValueEnum, Debug)]
pub(super) enum HashName {
    Sha384,
    Sha512,
}

impl HashName {
    pub(super) fn hash(self) -> ZoneHash {
        match self {
            Self::Sha384 => ZoneHash::Sha384,
            Self::Sha512 => ZoneHash::Sha512,
        }
    }
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum SerialName {
    Keep,
    Increment,
    Unixtime,
    Date,
}

fn salt(text: &str) -> Result<Salt, String> {
    let wrong = || String::from("an even number of hexadecimal digits, at most 510");
    let digits = text.as_bytes().chunks(2);
    let octet = |pair: &[u8]| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    };
    let salt = digits.map(octet).collect::<Option<Vec<_>>>();
    let salt = salt.filter(|salt| salt.len() <= 255);
    salt.map(Salt).ok_or_else(wrong)
}

fn seconds(text: &str) -> Result<u32, String> {
    let token = Tokens::new(text.as_bytes()).expect("a time");
    let time = token.and_then(|token| time_to_live(&token));
    time.map_err(|_| String::from("seconds, or numbers with w, d, h, m and s, as 1d12h"))
}

/// Why a zone was not signed: what to tell, and the status to end with.
struct Failure {
    told: String,
    status: u8,
}

impl Failure {
    fn new(status: u8, told: impl ToString) -> Self {
        Self {
            told: told.to_string(),
            status,
        }
    }
}

impl SignArguments {
    pub(super) fn run(&self) -> ExitCode {
        let zone = match load(&self.file, self.origin.as_ref()) {
            Ok((zone, warnings)) => {
                eprint!("{warnings}");
                zone
            }
            Err(findings) => {
                eprint!("{findings}");
                return ExitCode::from(1);
            }
        };
        match self.sign(&zone) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure { told, status }) => {
                tell(told);
                ExitCode::from(status)
            }
        }
    }

    fn policy(&self) -> SigningPolicy {
        let nsec3 = DenialPolicy::Nsec3 {
            iterations: self.iterations,
            salt: self.salt.0.clone(),
            opt_out: self.opt_out,
        };
        SigningPolicy {
            denial: if self.nsec3 {
                nsec3
            } else {
                DenialPolicy::Nsec
            },
            lifetime: self.expire,
            inception_offset: self.inception_offset,
            jitter: self.jitter,
            // A file is signed once; whoever keeps it signs it again in time.
            refresh: 0,
            dnskey_ttl: self.dnskey_ttl,
            zonemd: self.zonemd.iter().map(|name| name.hash()).collect(),
            serial: match self.serial {
                SerialName::Keep => None,
                SerialName::Increment => Some(SerialPolicy::Increment),
                SerialName::Unixtime => Some(SerialPolicy::UnixTime),
                SerialName::Date => Some(SerialPolicy::Date),
            },
            ..SigningPolicy::default()
        }
    }

    fn sign(&self, zone: &Zone) -> Result<(), Failure> {
        let now = now(self.time);
        let keyring = Keyring::open(&self.keys);
        let keyring = keyring.map_err(|error| Failure::new(EX_DATAERR, error))?;
        for warning in keyring.warnings() {
            tell(warning);
        }
        let keys = SigningKeys::at(keyring.zone_keys(&zone.apex()), now);
        let signer = ZoneSigner::new(keys, self.policy()).map_err(|error| match error {
            SignError::NoKeys => Failure::new(
                EX_DATAERR,
                format_args!(
                    "{} has no key of {} that is in use and has its private half: \
                     make one with `zdns key generate`",
                    self.keys.display(),
                    zone.apex()
                ),
            ),
            error => Failure::new(EX_DATAERR, error),
        })?;
        let signed = signer.sign(zone, now);
        let signed = signed.map_err(|error| Failure::new(EX_DATAERR, error))?;
        let written = match &self.output {
            Some(file) => signed.write_file(file).map_err(|error| {
                let told = format!("{} cannot be written: {error}", file.display());
                io::Error::new(error.kind(), told)
            }),
            None => write_to(&signed, io::stdout().lock()),
        };
        let status = |error: io::Error| Failure::new(EX_OSERR, error);
        match written {
            // Whoever closed the pipe does not want the rest.
            Err(error) if self.output.is_none() && error.kind() == ErrorKind::BrokenPipe => {}
            written => written.map_err(status)?,
        }
        self.report(&signer, &signed);
        Ok(())
    }

    fn report(&self, signer: &ZoneSigner, signed: &Zone) {
        let keys = signer.keys().iter();
        let keys = keys.filter(|key| key.uses().signs_keys || key.uses().signs_zone);
        let keys = keys.map(|key| format!("{}/{}", key.algorithm(), key.tag()));
        let keys = keys.collect::<Vec<_>>();
        let (apex, records) = (signed.apex(), signed.record_count());
        if self.json {
            let told = json!({
                "zone": apex.to_string(),
                "serial": signed.serial().0,
                "records": records,
                "keys": keys,
            });
            eprintln!("{told}");
        } else {
            let (serial, keys) = (signed.serial(), keys.join(", "));
            tell(format_args!(
                "{apex}: {records} records, serial {serial}, signed with {keys}"
            ));
        }
    }
}

fn write_to(zone: &Zone, stream: impl Write) -> io::Result<()> {
    let mut output = Output::new(BufWriter::with_capacity(1 << 18, stream));
    // Why printing failed is kept in the output.
    let _ = zone.write_text(ZoneLayout::OneLine, &mut output);
    output.finish().map(|_| ())
}

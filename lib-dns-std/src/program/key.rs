//! `zdns key`: make, show and carry keys, without a server.

mod ds;
mod export;
mod generate;
mod import;
mod list;
mod rollover;

use super::{EX_DATAERR, EX_NOPERM, EX_OSERR, tell};
use crate::keyring::{KeyError, KeyProblem, KeyRole, Keyring, ZoneKey};
use clap::{Args, Subcommand};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::Signer;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const EXAMPLES: &str = "\
Examples:
  zdns key generate --zone sovereign
  zdns key generate --zone sovereign --algorithm mldsa44 --ksk --directory /etc/zdns/keys
  zdns key generate --tsig mesh-transfer
  zdns key list --directory /etc/zdns/keys
  zdns key ds Ksovereign.+015+12345.key
  zdns key rollover --zone sovereign --kind zsk";

/// Make, show, import, export and replace keys: of zones (DNSSEC) and of pairs of servers (TSIG)
///
/// A directory of keys holds what BIND's tools read and write: K*.key and K*.private for zones, and files
/// *.tsig with the key clauses of named.conf. Ends with status 0 if all went well, 2 if the command line is
/// wrong, 65 if a key is, 71 if a file cannot be read or written, 77 if it may not.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct KeyArguments {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
enum KeyCommand {
    Generate(generate::GenerateArguments),
    List(list::ListArguments),
    Ds(ds::DsArguments),
    Import(import::ImportArguments),
    Export(export::ExportArguments),
    Rollover(rollover::RolloverArguments),
}

impl KeyArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        let done = match &self.command {
            KeyCommand::Generate(arguments) => arguments.run(),
            KeyCommand::List(arguments) => arguments.run(),
            KeyCommand::Ds(arguments) => arguments.run(),
            KeyCommand::Import(arguments) => arguments.run(),
            KeyCommand::Export(arguments) => arguments.run(),
            KeyCommand::Rollover(arguments) => arguments.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tell(&error);
                ExitCode::from(match &error.problem {
                    KeyProblem::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                        EX_NOPERM
                    }
                    KeyProblem::Io(_) => EX_OSERR,
                    _ => EX_DATAERR,
                })
            }
        }
    }
}

/// Where the keys are.
#[derive(Args, Debug)]
struct Directory {
    /// The directory of keys
    #[arg(long, short = 'K', value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

impl Directory {
    /// Loads its keys, and tells which are left aside.
    fn open(&self) -> Result<Keyring, KeyError> {
        open(&self.directory)
    }
}

fn open(directory: &Path) -> Result<Keyring, KeyError> {
    let keyring = Keyring::open(directory)?;
    for warning in keyring.warnings() {
        tell(warning);
    }
    Ok(keyring)
}

/// What a key of a zone signs.
#[derive(Args, Debug)]
#[group(id = "role", multiple = false)]
struct Role {
    /// It signs the DNSKEY RRset, as the parent's DS says
    #[arg(long)]
    ksk: bool,
    /// It signs the other RRsets
    #[arg(long)]
    zsk: bool,
    /// It signs everything (the default)
    #[arg(long)]
    csk: bool,
}

impl Role {
    fn role(&self) -> KeyRole {
        match (self.ksk, self.zsk) {
            (true, _) => KeyRole::Ksk,
            (_, true) => KeyRole::Zsk,
            _ => KeyRole::Csk,
        }
    }
}

/// Reads a DNSSEC algorithm, by its name or number.
fn security_algorithm(text: &str) -> Result<SecurityAlgorithm, String> {
    SecurityAlgorithm::from_mnemonic(text.as_bytes()).ok_or_else(|| NO_ALGORITHM.to_owned())
}

const NO_ALGORITHM: &str = "no DNSSEC algorithm; keys can be ed25519, ecdsap256sha256, ecdsap384sha384, \
                            rsasha256 or mldsa44";

/// Seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// Prints on standard output. Whoever closed the pipe does not want the rest.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// What everybody may know of a key, for a program to read.
fn zone_key_as_json(key: &ZoneKey, now: u64) -> Value {
    let times = crate::keyring::KeyEvent::ALL.into_iter();
    let times =
        times.filter_map(|event| Some((event.tag().to_owned(), json!(key.timing().get(event)?))));
    json!({
        "kind": "zone",
        "zone": key.owner().to_string(),
        "role": key.role().as_str(),
        "algorithm": key.algorithm().0,
        "algorithm_name": key.algorithm().to_string(),
        "bits": key.bits(),
        "tag": key.tag(),
        "flags": key.flags(),
        "state": key.timing().state(now),
        "private": key.can_sign(),
        "file": key.file_stem(),
        "times": times.collect::<serde_json::Map<_, _>>(),
    })
}

//! `zdns hint`: hints over LoRa, for people.

mod airtime_log;
mod decode;
mod encode;
mod frame_view;
mod listen;
mod options;
mod radio;
mod send;

use super::{EX_DATAERR, EX_NOPERM, EX_OSERR, EX_UNAVAILABLE, tell};
use crate::keyring::{KeyError, KeyProblem};
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Network keys:
  The key of a network is a shared secret in a file of TSIG keys, in any of their formats, for example
    key \"mesh.\" { algorithm hmac-sha256; secret \"…\"; };
  as 'zdns key generate --tsig mesh' makes it. It must not sign anything but hints. Every node of the network has it,
  and says the same --network and --key-epoch.

Examples:
  zdns hint decode 087F3A8B2C0278C27C36
  zdns hint decode - --key mesh.tsig --network 6D657368 --zone sovereign < frames.txt
  zdns hint encode zdns-update --node 7F3A8B2C --serial 2026011702 --zone sovereign
  zdns hint encode avoid-path --node 7F3A8B2C --lifetime 10m --key mesh.tsig --network 6D657368 --sequence 327687
  zdns hint listen --port /dev/ttyUSB0 --zone sovereign
  zdns hint send --port /dev/ttyUSB0 node-down --node 7F3A8B2C --region EU868 --state /var/lib/zdns";

/// Read, write, hear and send hints over LoRa
///
/// A hint is advice to look, never data: a node is busy, a path is bad, a zone has a new serial.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct HintArguments {
    #[command(subcommand)]
    command: HintCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
enum HintCommand {
    Decode(decode::DecodeArguments),
    Encode(encode::EncodeArguments),
    Listen(listen::ListenArguments),
    Send(send::SendArguments),
}

impl HintArguments {
    /// Does what was asked for.
    pub(super) fn run(&self) -> ExitCode {
        let status = match &self.command {
            HintCommand::Decode(arguments) => arguments.run(),
            HintCommand::Encode(arguments) => arguments.run(),
            HintCommand::Listen(arguments) => arguments.run(),
            HintCommand::Send(arguments) => arguments.run(),
        };
        ExitCode::from(status.unwrap_or_else(|refusal| {
            tell(&refusal.reason);
            refusal.status
        }))
    }
}

/// Why something is not done.
#[derive(Debug)]
struct Refusal {
    reason: String,
    status: u8,
}

impl Refusal {
    /// What was given is wrong.
    fn data(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
            status: EX_DATAERR,
        }
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        let status = match &error.problem {
            KeyProblem::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => EX_NOPERM,
            KeyProblem::Io(_) => EX_OSERR,
            _ => EX_DATAERR,
        };
        let reason = match &error.problem {
            KeyProblem::Io(_) => format!(
                "the key of the network cannot be read from {error}; 'zdns key generate --tsig NAME' prints such a file"
            ),
            _ => error.to_string(),
        };
        Self { reason, status }
    }
}

/// Prints on standard output, and says whether anybody takes it: whoever closed the pipe does not want the rest.
fn print(text: &str) -> bool {
    io::stdout().write_all(text.as_bytes()).is_ok()
}

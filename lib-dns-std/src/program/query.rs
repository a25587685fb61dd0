//! `zdns query`: asks a server, with dig's command line, output and exit statuses.

mod command_line;
mod exchange;
mod flags;
mod json;
mod printing;
mod trace;
mod transfer;
mod yaml;

use self::command_line::{Lookup, Options, Request};
use self::exchange::{Failure, Reply};
use super::tell;
use clap::Args;
use lib_dns_core::code_points::Rcode;
use lib_dns_core::messages::Message;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;

/// As dig: a reply was received, whatever it says.
const REPLIED: u8 = 0;
/// As dig: the command line is wrong.
const USAGE: u8 = 1;
/// Only with +fail-rcode: the reply is not NOERROR.
const BAD_RCODE: u8 = 2;
/// As dig: the batch file cannot be read.
const BATCH_FILE: u8 = 8;
/// As dig: there was no reply.
const NO_REPLY: u8 = 9;
/// As dig: something else went wrong.
const INTERNAL: u8 = 10;

const HELP: &str = "\
Words, in any order, for one query or several:
  @server       name or address of the server [default: 127.0.0.1, port 5300]
  name          what to ask about [default: the root]
  type, class   in mnemonics or TYPE65280, CLASS3 [default: A (NS for the root), IN]; AXFR and
                IXFR=serial bring a zone
  -p port       [default: 53; 5300 without @server]
  -x address    the name of an address, type PTR
  -q, -t, -c    a name, type or class that would be taken for something else
  -4, -6        over IPv4 or IPv6 only
  -b address    from this address, maybe with #port
  -y key        signed with a shared key: [algorithm:]name:secret [default: hmac-sha256]
  -k file       signed with the key in a file: a key clause, or K….key beside K….private
  -f file       a command line from each line of the file (- is standard input)
  -r            first of all: without what ~/.digrc says
  --json        as +json

Flags (no in front turns off; a unique start will do):
  asking:   +trace (down the delegations from the server) +tcp +vc +ignore +timeout=s +tries=n
            +retry=n +opcode=o +tls (without a check of the certificate) +tls-ca[=file]
            +tls-hostname=name (with one)
  header:   +aaflag +adflag +cdflag +rdflag +recurse
  EDNS:     +edns=version +bufsize=octets +dnssec +ednsflags=bits +ednsopt=code[:hex] +nsid
            +zoneversion +expire +cookie[=hex] +subnet=addr/len +padding=n +keepalive +zdns
  printing: +short +json +yaml +multiline +qr +all +cmd +comments +question +answer +authority
            +additional +stats
  status:   +fail-rcode

Exit status: 0 a reply came (2 with +fail-rcode unless it says NOERROR), 1 usage, 8 batch file,
9 no reply, 10 internal error. A transfer that failed once a server replied says so, with status 0.

Examples:
  zdns query @127.0.0.1 -p 5300 alice.sovereign ANY +dnssec +tcp +short
  zdns query alice.sovereign AAAA +noall +answer
  zdns query _zhtp._quic.alice.sovereign SRV --json";

/// Ask a server, as dig does.
#[derive(Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Server, name, type, class, options and flags in dig's style.
    #[arg(
        value_name = "WORD",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> u8 {
    let words = &arguments.words;
    let read = own_defaults(words).and_then(|defaults| command_line::read(words, defaults));
    match read {
        Ok(Request::Lookups(lookups)) => ask_all(&lookups),
        Ok(Request::Batch { file, options }) => batch(&file, &options),
        Err(reason) => {
            tell(reason);
            USAGE
        }
    }
}

/// The options of `~/.digrc`, unless the command line begins with -r.
fn own_defaults(words: &[String]) -> Result<Options, String> {
    let file = match std::env::var_os("HOME") {
        Some(home) if words.first().is_none_or(|word| word != "-r") => {
            PathBuf::from(home).join(".digrc")
        }
        _ => return Ok(Options::default()),
    };
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Ok(Options::default());
    };
    text.lines().try_fold(Options::default(), |options, line| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        command_line::defaults(&words, options)
            .map_err(|reason| format!("{}: {reason}", file.display()))
    })
}

fn batch(file: &str, options: &Options) -> u8 {
    let lines: Box<dyn BufRead> = if file == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        match File::open(file) {
            Ok(opened) => Box::new(BufReader::new(opened)),
            Err(error) => {
                tell(format_args!("{file}: {error}"));
                return BATCH_FILE;
            }
        }
    };
    let mut worst = REPLIED;
    for (number, line) in lines.lines().enumerate() {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                tell(format_args!("{file}: {error}"));
                return BATCH_FILE;
            }
        };
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words
            .first()
            .is_none_or(|word| word.starts_with(['#', ';']))
        {
            continue;
        }
        let status = match command_line::read(&words, options.clone()) {
            Ok(Request::Lookups(lookups)) => ask_all(&lookups),
            Ok(Request::Batch { .. }) => {
                tell(format_args!(
                    "{file}:{}: -f inside a batch file",
                    number + 1
                ));
                USAGE
            }
            Err(reason) => {
                tell(format_args!("{file}:{}: {reason}", number + 1));
                USAGE
            }
        };
        worst = worst.max(status);
    }
    worst
}

fn ask_all(lookups: &[Lookup]) -> u8 {
    let statuses = lookups.iter().map(ask);
    statuses.fold(REPLIED, u8::max)
}

fn ask(lookup: &Lookup) -> u8 {
    if lookup.is_transfer() {
        return transfer::run(lookup);
    }
    let mut text = String::new();
    let outcome = exchange::prepare(lookup).and_then(|prepared| {
        printing::query(lookup, &prepared, &mut text);
        if lookup.options.trace {
            trace::follow(lookup, &mut text)
        } else {
            exchange::ask(lookup, &prepared)
        }
    });
    let status = match outcome {
        Ok(reply) => {
            if let Some(again) = with_their_edns(lookup, &reply) {
                let theirs = again.options.edns.as_ref().map_or(0, |edns| edns.version);
                print(&format!(
                    ";; BADVERS, retrying with EDNS version {theirs}.\n"
                ));
                return ask(&again);
            }
            if let Err(error) = reply.signature
                && lookup.options.show.is_for_programs()
            {
                tell(error);
            }
            if !lookup.options.trace {
                printing::reply(lookup, &reply, &mut text);
            }
            let rcode = Message::from_bytes(&reply.message).map(|message| message.rcode());
            match rcode {
                Ok(Rcode::NOERROR) => REPLIED,
                _ if lookup.options.fail_rcode => BAD_RCODE,
                _ => REPLIED,
            }
        }
        Err(Failure::NoReply(reason)) => {
            printing::failure(lookup, &reason, &mut text);
            NO_REPLY
        }
        Err(Failure::Internal(reason)) => {
            tell(reason);
            INTERNAL
        }
    };
    print(&text);
    status
}

/// The query with the version of EDNS that the server speaks, if that is why it did not answer
/// (RFC 6891 6.1.3).
fn with_their_edns(lookup: &Lookup, reply: &Reply) -> Option<Lookup> {
    let message = Message::from_bytes(&reply.message).ok()?;
    let theirs = message.edns()?.version;
    let mut again = lookup.clone();
    let ours = &mut again.options.edns.as_mut()?.version;
    let retry = lookup.options.negotiate_edns && message.rcode() == Rcode::BADVERS;
    (retry && theirs < *ours).then(|| *ours = theirs)?;
    Some(again)
}

fn print(text: &str) {
    // A reader that has seen enough (`| head`) is no error.
    let _ = io::stdout().write_all(text.as_bytes());
    let _ = io::stdout().flush();
}

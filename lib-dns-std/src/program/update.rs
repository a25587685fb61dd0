//! `zdns update`: sends dynamic updates (RFC 2136), with nsupdate's command line, script and exit statuses.

mod draft;
mod script;
mod session;

use self::script::{Command, Words};
use self::session::{Outcome, Session};
use super::client::RequestKey;
use super::tell;
use clap::Args;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// As nsupdate: all was done.
const DONE: u8 = 0;
/// As nsupdate: the command line or the script is wrong.
const USAGE: u8 = 1;
/// As nsupdate: an update failed, or was refused.
const FAILED: u8 = 2;

/// The longest line of a script: no record is longer than a message.
const MAX_LINE_LEN: u64 = 512 * 1024;

const HELP: &str = "\
Words:
  -y key      signed with a shared key: [algorithm:]name:secret [default: hmac-sha256]
  -k file     signed with the key in a file: a key clause, or K….key beside K….private
  -v          over TCP
  -p port     the server's port, where the script does not say [default: 53; 5300 without a server]
  -t seconds  for an update in all [default: 300]
  -u seconds  for a try over UDP [default: 3]
  -r number   of further tries over UDP [default: 3]
  -d          says what is sent and received
  file        the script [default: standard input]

A line of a script is one of:
  server name [port]                          [default: 127.0.0.1 5300]
  local address [port]                        from this address
  zone name                                   [default: the zone that the first name is in]
  class name                                  [default: IN]
  ttl seconds                                 of records that are added without one
  key [algorithm:]name secret                 as -y
  [prereq] nxdomain|yxdomain name             nothing, or something, must have this name
  [prereq] nxrrset|yxrrset name [class] type  no such records, or some, must be there
  [prereq] yxrrset name [class] type data     just these records must be there
  [update] add name [ttl] [class] type data
  [update] del[ete] name [ttl] [class] [type [data]]
  show, send (or an empty line), answer, debug, quit

Exit status: 0 all was done, 1 the command line or the script is wrong, 2 an update failed.

Example:
  printf '%s\\n' 'server 127.0.0.1 5300' 'zone sovereign' 'add new.sovereign 300 A 10.42.1.9' send |
    zdns update -k update.key";

/// Send dynamic updates, as nsupdate does.
#[derive(Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Options and the script's file in nsupdate's style.
    #[arg(
        value_name = "WORD",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<String>,
}

/// What the command line says.
struct Options {
    key: Option<RequestKey>,
    over_tcp: bool,
    port: Option<u16>,
    total: Duration,
    each: Duration,
    retries: u32,
    debug: bool,
    file: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> u8 {
    let options = match options(&arguments.words) {
        Ok(options) => options,
        Err(reason) => {
            tell(reason);
            return USAGE;
        }
    };
    let (name, input): (&str, Box<dyn BufRead>) = match options.file.as_deref() {
        None | Some("-") => ("standard input", Box::new(BufReader::new(io::stdin()))),
        Some(file) => match File::open(file) {
            Ok(opened) => (file, Box::new(BufReader::new(opened))),
            Err(error) => {
                tell(format_args!("{file}: {error}"));
                return USAGE;
            }
        },
    };
    let talks = options.file.is_none() && io::stdin().is_terminal();
    follow(name, input, talks, Session::new(&options))
}

fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options {
        key: None,
        over_tcp: false,
        port: None,
        total: Duration::from_secs(300),
        each: Duration::from_secs(3),
        retries: 3,
        debug: false,
        file: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            if options.file.replace(word.clone()).is_some() {
                return Err(format!("{word}: there is one script only"));
            }
            continue;
        };
        let (letter, rest) = option.split_at(option.chars().next().map_or(0, char::len_utf8));
        let mut value = || match rest {
            "" => words.next().map(String::as_str),
            rest => Some(rest),
        };
        let mut value = || value().ok_or_else(|| format!("-{letter} wants a value"));
        match letter {
            "y" => options.key = Some(RequestKey::from_text(value()?)?),
            "k" => options.key = Some(RequestKey::from_file(Path::new(value()?))?),
            "p" => options.port = Some(number("-p", value()?)?),
            "t" => options.total = seconds("-t", value()?)?,
            "u" => options.each = seconds("-u", value()?)?,
            "r" => options.retries = number("-r", value()?)?,
            "v" if rest.is_empty() => options.over_tcp = true,
            "d" | "D" if rest.is_empty() => options.debug = true,
            "g" | "o" => return Err(script::NO_GSS.to_owned()),
            _ => return Err(format!("unknown option {word}; see zdns update --help")),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T, String> {
    let number = text.parse();
    number.map_err(|_| format!("{option} {text}: not a number that it can be"))
}

/// A time; none is as long as may be.
fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    const DAY: u64 = 86_400;
    match number(option, text)? {
        0 => Ok(Duration::from_secs(DAY)),
        seconds => Ok(Duration::from_secs(u64::min(seconds, DAY))),
    }
}

/// Follows a script line by line. The first line that is wrong ends it, unless a person is typing.
fn follow(name: &str, mut input: impl BufRead, talks: bool, mut session: Session) -> u8 {
    let mut status = DONE;
    for line_number in 1_u32.. {
        if talks {
            print("> ");
        }
        let mut line = Vec::new();
        let read = input
            .by_ref()
            .take(MAX_LINE_LEN)
            .read_until(b'\n', &mut line);
        let done = match read {
            Ok(0) => break,
            Ok(_) => {
                if line.len() as u64 == MAX_LINE_LEN {
                    Err("the line is too long".to_owned())
                } else {
                    step(&mut session, &line, line_number)
                }
            }
            Err(error) => {
                tell(format_args!("{name}: {error}"));
                return USAGE;
            }
        };
        match done {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Quit) => return status,
            Ok(Outcome::Failed(reason)) => {
                tell(format_args!("{name}:{line_number}: {reason}"));
                status = FAILED;
            }
            Err(reason) => {
                tell(format_args!("{name}:{reason}"));
                if !talks {
                    return USAGE;
                }
            }
        }
    }
    if session.has_unsent() {
        tell(format_args!(
            "{name}: the last update was not sent: end it with 'send'"
        ));
        return USAGE;
    }
    status
}

/// Does what a line says.
fn step(session: &mut Session, line: &[u8], number: u32) -> Result<Outcome, String> {
    let words = Words::new(line, number);
    let defaults = session.defaults();
    let command = script::read(words, &defaults).map_err(|error| error.to_string())?;
    let wrong = |reason: String| format!("{number}: {reason}");
    match command {
        Command::Server(name, port) => session.server(&name, port).map_err(wrong)?,
        Command::Local(address, port) => session.local(SocketAddr::new(address, port)),
        Command::Zone(name) => session.zone(name),
        Command::Class(class) => session.class(class),
        Command::TimeToLive(ttl) => session.time_to_live(ttl),
        Command::Key(text) => {
            let key = RequestKey::from_text(&text);
            // What it says begins with the option that it is usually behind.
            let key = key.map_err(|reason| wrong(reason.replacen("-y: ", "key: ", 1)))?;
            session.key(key);
        }
        Command::Prerequisite(entry) => session.draft().require(entry).map_err(wrong)?,
        Command::Update(entry) => session.draft().change(entry).map_err(wrong)?,
        Command::Show => print(&session.shown()),
        Command::Send => return Ok(session.send()),
        Command::Answer => print(&session.answer()),
        Command::Debug => session.debug(),
        Command::Help => print(&format!("{HELP}\n")),
        Command::Quit => return Ok(Outcome::Quit),
        Command::Nothing => {}
    }
    Ok(Outcome::Done)
}

fn print(text: &str) {
    // A reader that has seen enough is no error.
    let _ = io::stdout().write_all(text.as_bytes());
    let _ = io::stdout().flush();
}

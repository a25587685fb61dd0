//! The command line, in dig's style.

use super::flags;
use crate::program::client::{RequestKey, Trust};
use lib_dns_core::code_points::Class;
use lib_dns_core::messages::Flags;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// What is asked, whom, and how.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) name: NameBuf,
    pub(super) rtype: Type,
    pub(super) class: Class,
    /// The serial that the client has, in an IXFR query.
    pub(super) serial: Option<u32>,
    pub(super) options: Options,
    /// The command line, with its first query.
    pub(super) words: Option<String>,
}

impl Lookup {
    /// Is a zone asked for, or what changed in it?
    pub(super) fn is_transfer(&self) -> bool {
        matches!(self.rtype, Type::AXFR | Type::IXFR)
    }
}

/// How it is asked and shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Options {
    /// Name or address of the server; this machine's, at our own port, if none is given.
    pub(super) server: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) family: Option<Family>,
    pub(super) source: Option<SocketAddr>,
    pub(super) opcode: u8,
    /// What the header asks for; the opcode stands above.
    pub(super) header_flags: Flags,
    pub(super) edns: Option<Edns>,
    /// Ask again with the server's version of EDNS if it does not speak ours.
    pub(super) negotiate_edns: bool,
    /// Send a cookie of our own with EDNS, if none is given.
    pub(super) cookie: bool,
    /// Follow the delegations from the server down to the name.
    pub(super) trace: bool,
    pub(super) tcp: bool,
    pub(super) tls: bool,
    pub(super) trust: Trust,
    /// The name that the server's certificate must have, if it is not that of the server.
    pub(super) tls_hostname: Option<String>,
    /// What queries are signed with.
    pub(super) key: Option<RequestKey>,
    pub(super) ignore_truncation: bool,
    pub(super) timeout: Duration,
    pub(super) tries: u32,
    pub(super) fail_rcode: bool,
    pub(super) show: Show,
}

/// What goes into the OPT record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Edns {
    pub(super) version: u8,
    pub(super) udp_size: u16,
    /// DO is the first bit.
    pub(super) flags: u16,
    pub(super) options: Vec<(u16, Vec<u8>)>,
    /// The query's length is made a multiple of this, if it is not 0.
    pub(super) padding: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    V4,
    V6,
}

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Show {
    pub(super) short: bool,
    pub(super) json: bool,
    pub(super) yaml: bool,
    pub(super) multiline: bool,
    pub(super) query: bool,
    pub(super) command: bool,
    pub(super) comments: bool,
    pub(super) question: bool,
    pub(super) answer: bool,
    pub(super) authority: bool,
    pub(super) additional: bool,
    pub(super) statistics: bool,
}

impl Show {
    /// Is the output for other programs, without a word for people?
    pub(super) fn is_for_programs(&self) -> bool {
        self.short || self.json || self.yaml
    }
}

impl Default for Edns {
    fn default() -> Self {
        Self {
            version: 0,
            udp_size: lib_dns_core::code_points::DEFAULT_UDP_SIZE,
            flags: 0,
            options: Vec::new(),
            padding: 0,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            server: None,
            port: None,
            family: None,
            source: None,
            opcode: 0,
            header_flags: Flags::default()
                .with_recursion_desired(true)
                .with_authentic_data(true),
            negotiate_edns: true,
            cookie: true,
            edns: Some(Edns::default()),
            trace: false,
            tcp: false,
            tls: false,
            trust: Trust::Anybody,
            tls_hostname: None,
            key: None,
            ignore_truncation: false,
            timeout: Duration::from_secs(5),
            tries: 3,
            fail_rcode: false,
            show: Show::default(),
        }
    }
}

impl Options {
    /// Is the address of a wanted family?
    pub(super) fn takes(&self, address: &IpAddr) -> bool {
        match self.family {
            Some(Family::V4) => address.is_ipv4(),
            Some(Family::V6) => address.is_ipv6(),
            None => true,
        }
    }

    /// Is it asked over TCP or TLS from the start?
    pub(super) fn over_stream(&self) -> bool {
        self.tcp || self.tls
    }

    /// What the stream is, if there is one.
    pub(super) fn stream_name(&self) -> &'static str {
        if self.tls { "TLS" } else { "TCP" }
    }

    /// The OPT record, which now is wanted.
    pub(super) fn edns(&mut self) -> &mut Edns {
        self.edns.get_or_insert_default()
    }
}

impl Default for Show {
    fn default() -> Self {
        Self {
            short: false,
            json: false,
            yaml: false,
            multiline: false,
            query: false,
            command: true,
            comments: true,
            question: true,
            answer: true,
            authority: true,
            additional: true,
            statistics: true,
        }
    }
}

/// All that a command line asks for.
#[derive(Debug)]
pub(super) enum Request {
    Lookups(Vec<Lookup>),
    /// Each line of the file is a command line of its own.
    Batch {
        file: String,
        options: Options,
    },
}

/// Reads a command line. `defaults` hold where it says nothing.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn read(arguments: &[String], defaults: Options) -> Result<Request, String> {
    let mut reading = Reading {
        defaults: defaults.clone(),
        current: Unfinished::new(defaults),
        done: Vec::new(),
    };
    let mut batch = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if let Some(server) = argument.strip_prefix('@') {
            reading.server(server);
        } else if let Some(flag) = argument.strip_prefix('+') {
            flags::apply(flag, &mut reading.current.options)?;
        } else if argument == "--json" {
            reading.current.options.show.json = true;
        } else if argument.starts_with('-') && argument.len() > 1 {
            let (letter, value) = split_option(argument);
            let mut value = || match value {
                "" => rest.next().map(String::as_str).ok_or(()),
                value => Ok(value),
            };
            let missing = |()| format!("-{letter} wants a value");
            match letter {
                'r' => {}
                '4' => reading.current.options.family = Some(Family::V4),
                '6' => reading.current.options.family = Some(Family::V6),
                'p' => reading.current.options.port = Some(port(value().map_err(missing)?)?),
                'b' => reading.current.options.source = Some(source(value().map_err(missing)?)?),
                'q' => reading.name(value().map_err(missing)?)?,
                't' => reading.rtype(value().map_err(missing)?)?,
                'c' => reading.current.class = Some(class(value().map_err(missing)?)?),
                'x' => reading.reverse(value().map_err(missing)?)?,
                'y' => {
                    let key = RequestKey::from_text(value().map_err(missing)?)?;
                    reading.current.options.key = Some(key);
                }
                'k' => {
                    let file = Path::new(value().map_err(missing)?);
                    reading.current.options.key = Some(RequestKey::from_file(file)?);
                }
                'f' => batch = Some(value().map_err(missing)?.to_owned()),
                _ => return Err(format!("unknown option {argument}; see zdns query --help")),
            }
        } else {
            reading.word(argument)?;
        }
    }
    if let Some(file) = batch {
        let options = reading.current.options;
        return Ok(Request::Batch { file, options });
    }
    let mut lookups = reading.finish()?;
    // One form for all, as in dig: what reads YAML reads nothing else.
    if lookups.iter().any(|lookup| lookup.options.show.yaml) {
        lookups
            .iter_mut()
            .for_each(|lookup| lookup.options.show.yaml = true);
    }
    if let Some(first) = lookups.first_mut() {
        first.words = Some(arguments.join(" "));
    }
    Ok(Request::Lookups(lookups))
}

/// Reads a line that only sets options, as those of `~/.digrc` do.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn defaults(arguments: &[String], defaults: Options) -> Result<Options, String> {
    match read(arguments, defaults)? {
        Request::Lookups(mut lookups) => match lookups.pop() {
            Some(lookup) if lookups.is_empty() => Ok(lookup.options),
            _ => Err("more than one name".to_owned()),
        },
        Request::Batch { .. } => Err("-f does not belong here".to_owned()),
    }
}

/// What has been read so far.
struct Reading {
    /// What stood before the first name, for each query anew.
    defaults: Options,
    current: Unfinished,
    done: Vec<Unfinished>,
}

struct Unfinished {
    name: Option<NameBuf>,
    rtype: Option<Type>,
    class: Option<Class>,
    serial: Option<u32>,
    options: Options,
}

impl Unfinished {
    fn new(options: Options) -> Self {
        Self {
            name: None,
            rtype: None,
            class: None,
            serial: None,
            options,
        }
    }
}

impl Reading {
    fn server(&mut self, server: &str) {
        self.current.options.server = Some(server.to_owned());
        self.defaults.server = Some(server.to_owned());
    }

    /// A word is a type, a class or a name. One that could be either is a type, as in dig; -q says
    /// that it is a name.
    fn word(&mut self, word: &str) -> Result<(), String> {
        if self.current.rtype.is_none()
            && (Type::from_mnemonic(word.as_bytes()).is_some() || serial(word).is_some())
        {
            return self.rtype(word);
        }
        if self.current.class.is_none()
            && let Some(class) = Class::from_mnemonic(word.as_bytes()).filter(|_| !is_number(word))
        {
            self.current.class = Some(class);
            return Ok(());
        }
        self.name(word)
    }

    fn name(&mut self, text: &str) -> Result<(), String> {
        let name = NameBuf::from_text(&absolute(text));
        let name = name.map_err(|error| format!("{text} is no name: {error}"))?;
        if self.current.name.is_some() {
            let next = Unfinished::new(self.defaults.clone());
            self.done.push(std::mem::replace(&mut self.current, next));
        } else if self.done.is_empty() {
            self.defaults = self.current.options.clone();
        }
        self.current.name = Some(name);
        Ok(())
    }

    /// A type, or `IXFR=serial`.
    fn rtype(&mut self, text: &str) -> Result<(), String> {
        let (rtype, known) = match serial(text) {
            None => (Type::from_mnemonic(text.as_bytes()), None),
            Some(known) => {
                let number = known.parse();
                let number = number.map_err(|_| format!("{known} is no serial"))?;
                (Some(Type::IXFR), Some(number))
            }
        };
        self.current.rtype = Some(rtype.ok_or_else(|| format!("{text} is no type"))?);
        self.current.serial = known;
        Ok(())
    }

    fn reverse(&mut self, address: &str) -> Result<(), String> {
        let address: IpAddr = address
            .parse()
            .map_err(|_| format!("{address} is no address"))?;
        self.name(&reverse_name(address))?;
        self.current.rtype.get_or_insert(Type::PTR);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Lookup>, String> {
        self.done.push(self.current);
        let mut lookups = Vec::new();
        for query in self.done {
            let (name, rtype) = match query.name {
                Some(name) => (name, query.rtype.unwrap_or(Type::A)),
                // As dig: no name at all asks for the servers of the root.
                None => {
                    let root = NameBuf::from_text(".").map_err(|error| error.to_string())?;
                    (root, query.rtype.unwrap_or(Type::NS))
                }
            };
            if rtype == Type::IXFR && query.serial.is_none() {
                return Err("IXFR wants the serial that is known: IXFR=serial".to_owned());
            }
            lookups.push(Lookup {
                name,
                rtype,
                class: query.class.unwrap_or(Class::IN),
                serial: query.serial,
                options: query.options,
                words: None,
            });
        }
        Ok(lookups)
    }
}

/// `-p5300` and `-p 5300` mean the same.
fn split_option(argument: &str) -> (char, &str) {
    let mut characters = argument.chars();
    characters.next();
    let letter = characters.next().unwrap_or('-');
    (letter, characters.as_str())
}

fn absolute(text: &str) -> String {
    // A final dot that is escaped ends no name.
    let ends = text.ends_with('.') && !text.ends_with("\\.");
    if ends {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|octet| octet.is_ascii_digit())
}

/// The serial behind `IXFR=`.
fn serial(word: &str) -> Option<&str> {
    let (rtype, serial) = word.split_once('=')?;
    rtype.eq_ignore_ascii_case("IXFR").then_some(serial)
}

fn class(text: &str) -> Result<Class, String> {
    Class::from_mnemonic(text.as_bytes()).ok_or_else(|| format!("{text} is no class"))
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text} is no port"))
}

/// `address` or `address#port`.
fn source(text: &str) -> Result<SocketAddr, String> {
    let (address, number) = text.split_once('#').unwrap_or((text, "0"));
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("{address} is no address"))?;
    Ok(SocketAddr::new(address, port(number)?))
}

fn reverse_name(address: IpAddr) -> String {
    use std::fmt::Write;
    let mut name = String::new();
    match address {
        IpAddr::V4(v4) => {
            for octet in v4.octets().iter().rev() {
                let _ = write!(name, "{octet}.");
            }
            name + "in-addr.arpa."
        }
        IpAddr::V6(v6) => {
            for octet in v6.octets().iter().rev() {
                let _ = write!(name, "{:x}.{:x}.", octet & 15, octet >> 4);
            }
            name + "ip6.arpa."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::code_points;

    fn lookups(line: &str) -> Vec<Lookup> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match read(&arguments, Options::default()) {
            Ok(Request::Lookups(lookups)) => lookups,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn error(line: &str) -> String {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        read(&arguments, Options::default()).expect_err(line)
    }

    #[test]
    fn the_order_of_words_is_free() {
        for line in [
            "@127.0.0.1 -p 5300 alice.sovereign ANY +dnssec +tcp +short",
            "+short alice.sovereign. +tcp -p5300 any IN @127.0.0.1 +do",
            "-q alice.sovereign -t ANY -c IN @127.0.0.1 -p 5300 +dnssec +vc +short",
        ] {
            let lookups = lookups(line);
            let [lookup] = &lookups[..] else {
                panic!("{line}");
            };
            assert_eq!(lookup.name.to_string(), "alice.sovereign.", "{line}");
            assert_eq!(lookup.rtype, Type::ANY);
            let options = &lookup.options;
            assert_eq!(options.server.as_deref(), Some("127.0.0.1"));
            assert_eq!(options.port, Some(5300));
            assert!(options.tcp && options.show.short);
            assert_eq!(options.edns.as_ref().unwrap().flags, code_points::DNSSEC_OK);
        }
    }

    #[test]
    fn flags_before_the_first_name_hold_for_all_queries() {
        let all = lookups("+tcp @::1 a.test +norec b.test AAAA +notcp");
        assert_eq!(all.len(), 2);
        assert!(all[0].options.tcp);
        assert!(!all[0].options.header_flags.recursion_desired());
        assert_eq!(all[0].rtype, Type::A);
        assert!(!all[1].options.tcp);
        assert!(all[1].options.header_flags.recursion_desired());
        assert_eq!(all[1].rtype, Type::AAAA);
        assert_eq!(all[1].options.server.as_deref(), Some("::1"));
    }

    #[test]
    fn reverse_names() {
        assert_eq!(
            lookups("-x 192.0.2.1")[0].name.to_string(),
            "1.2.0.192.in-addr.arpa."
        );
        let v6 = lookups("-x 2001:db8::1")[0].name.to_string();
        assert!(v6.starts_with("1.0.0.0.") && v6.ends_with("8.b.d.0.1.0.0.2.ip6.arpa."));
    }

    #[test]
    fn nothing_asks_for_the_root() {
        let all = lookups("@127.0.0.1");
        assert_eq!(
            (all[0].name.to_string().as_str(), all[0].rtype),
            (".", Type::NS)
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert!(error("-p x a.test").contains("no port"));
        assert!(error("a.test -p").contains("wants a value"));
        assert!(error("a.test +nonsense").contains("nonsense"));
        assert!(error("a..test").contains("a..test"));
        assert!(error("a.test IXFR").contains("IXFR=serial"));
        assert!(error("a.test IXFR=x").contains("x is no serial"));
        assert!(error("-y key a.test").contains("-y"));
        assert!(error("-y hmac-md5:key:AAAA a.test").contains("hmac-md5 must not be used"));
        let wrong = error("-y key:secret!! a.test");
        assert!(
            wrong.starts_with("-y: ") && !wrong.contains("secret!!"),
            "{wrong}"
        );
        assert!(error("-k /nonexistent a.test").contains("/nonexistent: "));
    }
}

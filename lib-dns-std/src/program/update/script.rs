//! The language of scripts: one command a line.

use super::draft::Entry;
use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{DataTokens, RData, Type};
use lib_dns_core::text::{TextError, TextErrorKind, Token, Tokens};
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::time_to_live;
use std::net::IpAddr;

/// What is said to who wants GSS-TSIG.
pub(super) const NO_GSS: &str = "GSS-TSIG is not supported: use a key (-y or -k)";

/// What holds where a line does not say.
pub(super) struct Defaults {
    pub(super) class: Class,
    pub(super) ttl: Option<u32>,
}

/// What a line says.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Command {
    Server(String, Option<u16>),
    Local(IpAddr, u16),
    Zone(NameBuf),
    Class(Class),
    TimeToLive(Option<u32>),
    /// `[algorithm:]name:secret`.
    Key(String),
    Prerequisite(Entry),
    Update(Entry),
    Show,
    Send,
    Answer,
    Debug,
    Help,
    Quit,
    Nothing,
}

/// The words of a line.
#[derive(Clone, Debug)]
pub(super) struct Words<'t> {
    tokens: Tokens<'t>,
    /// Is there nothing on the line, not even a comment?
    is_blank: bool,
}

impl<'t> Words<'t> {
    pub(super) fn new(line: &'t [u8], number: u32) -> Self {
        Self {
            tokens: Tokens::at(line, 0, number, 1, false),
            is_blank: line.trim_ascii().is_empty(),
        }
    }

    fn expect(&mut self, what: &'static str) -> Result<Token<'t>, TextError> {
        self.tokens.expect(what)
    }

    /// The next word, if it is what `read` takes.
    fn maybe<T>(
        &mut self,
        read: impl FnOnce(&Token<'t>) -> Option<T>,
    ) -> Result<Option<T>, TextError> {
        let before = self.tokens.clone();
        let value = self.tokens.next()?.as_ref().and_then(read);
        if value.is_none() {
            self.tokens = before;
        }
        Ok(value)
    }

    fn is_at_end(&self) -> Result<bool, TextError> {
        Ok(self.tokens.clone().next()?.is_none())
    }

    /// Names without a last dot are complete as well.
    fn name(&mut self) -> Result<NameBuf, TextError> {
        let token = self.expect("a name")?;
        NameBuf::from_token(&token, Some(&Name::ROOT))
    }

    /// A class, if there is one that records can have. ANY is a type here.
    fn maybe_class(&mut self, default: Class) -> Result<Class, TextError> {
        let class = self.maybe(|token| {
            let class = Class::from_mnemonic(token.raw)?;
            let is_number = token.raw.first().is_some_and(u8::is_ascii_digit);
            (!is_number && !matches!(class, Class::ANY | Class::NONE)).then_some(class)
        })?;
        Ok(class.unwrap_or(default))
    }

    fn rtype(&mut self) -> Result<Type, TextError> {
        let token = self.expect("a type")?;
        let rtype = Type::from_mnemonic(token.raw).filter(|_| !token.quoted);
        rtype.ok_or_else(|| token.error(TextErrorKind::Expected("a type")))
    }

    /// Data of a type, up to the end of the line.
    fn data(self, class: Class, rtype: Type) -> Result<Vec<u8>, TextError> {
        if rtype.is_meta() {
            let kind = TextErrorKind::Invalid("no record can have this type");
            return Err(self.tokens.error(kind));
        }
        let mut room = vec![0; MAX_MESSAGE_LEN];
        let mut writer = Writer::<0>::new(&mut room, Form::Plain);
        let mut tokens = DataTokens::new(self.tokens, Some(Name::ROOT));
        RData::scan(class, rtype, &mut tokens, &mut writer)?;
        tokens.finish()?;
        Ok(writer.written().to_vec())
    }

    fn finish(mut self) -> Result<(), TextError> {
        self.tokens.finish()
    }
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it, with its place.
pub(super) fn read(mut words: Words<'_>, defaults: &Defaults) -> Result<Command, TextError> {
    let Some(first) = words.tokens.next()? else {
        // A comment does nothing.
        return Ok(match words.is_blank {
            true => Command::Send,
            false => Command::Nothing,
        });
    };
    let word = first.raw.to_ascii_lowercase();
    match &word[..] {
        b"prereq" => {
            let kind = words.expect("nxdomain, yxdomain, nxrrset or yxrrset")?;
            return prerequisite(&kind, words, defaults);
        }
        b"nxdomain" | b"yxdomain" | b"nxrrset" | b"yxrrset" => {
            return prerequisite(&first, words, defaults);
        }
        b"update" => {
            let kind = words.expect("add or delete")?;
            return update(&kind, words, defaults);
        }
        b"add" | b"del" | b"delete" => return update(&first, words, defaults),
        _ => {}
    }
    let command = match &word[..] {
        b"server" => {
            let name = words.expect("the server's name or address")?;
            let name = String::from_utf8_lossy(name.raw).into_owned();
            Command::Server(name, port(&mut words)?)
        }
        b"local" => {
            let token = words.expect("an address")?;
            let address = String::from_utf8_lossy(token.raw).parse();
            let wrong = |_| token.error(TextErrorKind::Expected("an address"));
            let address = address.map_err(wrong)?;
            Command::Local(address, port(&mut words)?.unwrap_or(0))
        }
        b"zone" => Command::Zone(words.name()?),
        b"class" => {
            let token = words.expect("a class")?;
            let class = Class::from_mnemonic(token.raw);
            let class = class.filter(|class| !matches!(*class, Class::ANY | Class::NONE));
            let wrong = || token.error(TextErrorKind::Expected("a class that records can have"));
            Command::Class(class.ok_or_else(wrong)?)
        }
        b"ttl" => {
            let token = words.expect("a time to live, or none")?;
            if token.is("none") {
                Command::TimeToLive(None)
            } else {
                Command::TimeToLive(Some(time_to_live(&token)?))
            }
        }
        b"key" => {
            let name = words.expect("[algorithm:]name")?;
            let secret = words.expect("the secret")?;
            // Not shown, should anything follow it.
            let rest = words.maybe(|_| Some(()))?;
            if rest.is_some() {
                return Err(first.error(TextErrorKind::TrailingToken));
            }
            let [name, secret] = [name, secret].map(|token| String::from_utf8_lossy(token.raw));
            return Ok(Command::Key(format!("{name}:{secret}")));
        }
        b"show" => Command::Show,
        b"send" => Command::Send,
        b"answer" => Command::Answer,
        b"debug" => Command::Debug,
        b"help" => Command::Help,
        b"quit" => Command::Quit,
        b"gsstsig" | b"oldgsstsig" | b"realm" => {
            return Err(first.error(TextErrorKind::Invalid(NO_GSS)));
        }
        _ => return Err(first.error(TextErrorKind::Expected("a command (see 'help')"))),
    };
    words.finish()?;
    Ok(command)
}

fn port(words: &mut Words<'_>) -> Result<Option<u16>, TextError> {
    let Some(token) = words.maybe(|token| Some(*token))? else {
        return Ok(None);
    };
    let port = token.number(u64::from(u16::MAX))?;
    Ok(u16::try_from(port).ok())
}

/// What must be so (RFC 2136 2.4).
fn prerequisite(
    kind: &Token<'_>,
    mut words: Words<'_>,
    defaults: &Defaults,
) -> Result<Command, TextError> {
    let (class, of_name) = match &kind.raw.to_ascii_lowercase()[..] {
        b"nxdomain" => (Class::NONE, true),
        b"yxdomain" => (Class::ANY, true),
        b"nxrrset" => (Class::NONE, false),
        b"yxrrset" => (Class::ANY, false),
        _ => {
            let what = "nxdomain, yxdomain, nxrrset or yxrrset";
            return Err(kind.error(TextErrorKind::Expected(what)));
        }
    };
    let owner = words.name()?;
    let mut entry = Entry {
        owner,
        class,
        ttl: 0,
        rtype: Type::ANY,
        data: Vec::new(),
    };
    if !of_name {
        let zone_class = words.maybe_class(defaults.class)?;
        entry.rtype = words.rtype()?;
        if class == Class::ANY && !words.is_at_end()? {
            entry.class = zone_class;
            entry.data = words.data(zone_class, entry.rtype)?;
            return Ok(Command::Prerequisite(entry));
        }
    }
    words.finish()?;
    Ok(Command::Prerequisite(entry))
}

/// What changes (RFC 2136 2.5).
fn update(
    kind: &Token<'_>,
    mut words: Words<'_>,
    defaults: &Defaults,
) -> Result<Command, TextError> {
    let adds = match &kind.raw.to_ascii_lowercase()[..] {
        b"add" => true,
        b"del" | b"delete" => false,
        _ => return Err(kind.error(TextErrorKind::Expected("add or delete"))),
    };
    let owner = words.name()?;
    let ttl = match words.maybe(|token| {
        let is_number = token.raw.first().is_some_and(u8::is_ascii_digit);
        is_number.then_some(*token)
    })? {
        Some(token) => Some(time_to_live(&token)?),
        None => defaults.ttl,
    };
    let zone_class = words.maybe_class(defaults.class)?;
    if adds {
        let Some(ttl) = ttl else {
            let what = "a time to live (or a 'ttl' line before)";
            return Err(words.tokens.error(TextErrorKind::Missing(what)));
        };
        let rtype = words.rtype()?;
        let data = words.data(zone_class, rtype)?;
        return Ok(Command::Update(Entry {
            owner,
            class: zone_class,
            ttl,
            rtype,
            data,
        }));
    }
    let mut entry = Entry {
        owner,
        class: Class::ANY,
        ttl: 0,
        rtype: Type::ANY,
        data: Vec::new(),
    };
    if !words.is_at_end()? {
        entry.rtype = words.rtype()?;
        if !words.is_at_end()? {
            entry.class = Class::NONE;
            entry.data = words.data(zone_class, entry.rtype)?;
            return Ok(Command::Update(entry));
        }
    }
    words.finish()?;
    Ok(Command::Update(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: Defaults = Defaults {
        class: Class::IN,
        ttl: None,
    };

    fn parse(line: &str) -> Result<Command, String> {
        let words = Words::new(line.as_bytes(), 7);
        read(words, &DEFAULTS).map_err(|error| error.to_string())
    }

    fn entry(owner: &str, class: Class, ttl: u32, rtype: Type, data: &[u8]) -> Entry {
        Entry {
            owner: NameBuf::from_text(owner).unwrap(),
            class,
            ttl,
            rtype,
            data: data.to_vec(),
        }
    }

    #[test]
    fn each_update_says_what_the_rfc_has() {
        for (line, class, ttl, rtype, data) in [
            (
                "update add a.test 300 A 192.0.2.1",
                Class::IN,
                300,
                Type::A,
                &[192, 0, 2, 1][..],
            ),
            (
                "add a.test. 1h IN MX 5 b.test",
                Class::IN,
                3600,
                Type::MX,
                b"\0\x05\x01b\x04test\0",
            ),
            ("update delete a.test", Class::ANY, 0, Type::ANY, b""),
            ("del a.test ANY", Class::ANY, 0, Type::ANY, b""),
            (
                "update del a.test 300 IN TXT",
                Class::ANY,
                0,
                Type::TXT,
                b"",
            ),
            (
                "DELETE A.test A 192.0.2.1",
                Class::NONE,
                0,
                Type::A,
                &[192, 0, 2, 1],
            ),
            (
                "add a.test 0 TYPE65280 \\# 2 0102",
                Class::IN,
                0,
                Type(65280),
                &[1, 2],
            ),
            (
                "add a.test 0 CH TXT \"a b\"",
                Class::CH,
                0,
                Type::TXT,
                b"\x03a b",
            ),
        ] {
            let expected = entry("a.test.", class, ttl, rtype, data);
            assert_eq!(parse(line), Ok(Command::Update(expected)), "{line}");
        }
    }

    #[test]
    fn each_prerequisite_says_what_the_rfc_has() {
        for (line, class, rtype, data) in [
            ("prereq nxdomain a.test", Class::NONE, Type::ANY, &b""[..]),
            ("yxdomain a.test", Class::ANY, Type::ANY, b""),
            ("prereq nxrrset a.test IN A", Class::NONE, Type::A, b""),
            ("prereq yxrrset a.test A", Class::ANY, Type::A, b""),
            (
                "yxrrset a.test A 192.0.2.1",
                Class::IN,
                Type::A,
                &[192, 0, 2, 1],
            ),
        ] {
            let expected = entry("a.test.", class, 0, rtype, data);
            assert_eq!(parse(line), Ok(Command::Prerequisite(expected)), "{line}");
        }
    }

    #[test]
    fn other_lines() {
        let server = |port| Ok(Command::Server("ns.test".to_owned(), port));
        assert_eq!(parse("server ns.test"), server(None));
        assert_eq!(parse("server ns.test 5300"), server(Some(5300)));
        let address = "127.0.0.1".parse().unwrap();
        assert_eq!(parse("local 127.0.0.1"), Ok(Command::Local(address, 0)));
        assert_eq!(parse("ttl 1d"), Ok(Command::TimeToLive(Some(86400))));
        assert_eq!(parse("ttl none"), Ok(Command::TimeToLive(None)));
        assert_eq!(parse("class CH"), Ok(Command::Class(Class::CH)));
        let key = Command::Key("hmac-sha256:k:AAAA".to_owned());
        assert_eq!(parse("key hmac-sha256:k AAAA"), Ok(key));
        assert_eq!(parse("; a comment"), Ok(Command::Nothing));
        for line in ["", "\n", "send ; now", "  \n"] {
            assert_eq!(parse(line), Ok(Command::Send), "{line:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (line, told) in [
            (
                "nonsense",
                "7:1: expected a command (see 'help'): 'nonsense'",
            ),
            (
                "update replace a.test",
                "7:8: expected add or delete: 'replace'",
            ),
            (
                "prereq maybe a.test",
                "7:8: expected nxdomain, yxdomain, nxrrset or yxrrset: 'maybe'",
            ),
            ("add a..test 1 A 192.0.2.1", "7:5: "),
            (
                "add a.test A 192.0.2.1",
                "7:11: the entry ends where a time to live (or a 'ttl' line before)",
            ),
            ("add a.test 300 A 192.0.2.999", "7:18: "),
            ("add a.test 300 A 192.0.2.1 x", "7:28: "),
            ("add a.test 300 ANY x", "7:19: "),
            ("add a.test 300 NOTYPE x", "7:16: expected a type: 'NOTYPE'"),
            (
                "class ANY",
                "7:7: expected a class that records can have: 'ANY'",
            ),
            ("server ns.test 70000", "7:16: "),
            ("local nowhere", "7:7: expected an address: 'nowhere'"),
            ("gsstsig", "7:1: GSS-TSIG is not supported"),
            ("show all", "7:6: "),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.starts_with(told), "{line}: {error}");
        }
        let error = parse("key k c2VjcmV0 c2VjcmV0").unwrap_err();
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }
}

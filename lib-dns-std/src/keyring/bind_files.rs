//! BIND's key files: `K<name>+<algorithm>+<tag>.key` with the DNSKEY record, `.private` with the private key
//! and its times (format 1.3), and `.state`, of which we use what tells a CSK from a KSK.

use super::key_pair::{KeyPair, RsaNumbers, Secret, SecretOctets};
use super::secret_text::{self, SecretText};
use super::timing::{TimeText, time_from_text};
use super::{KeyError, KeyEvent, KeyProblem, KeyRole, KeyTiming, ZoneKey};
use lib_dns_core::code_points::{Class, SecurityAlgorithm};
use lib_dns_core::crypto::Signer;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{DataTokens, RData, Type};
use lib_dns_core::text::{Base64, TextErrorKind, Tokens};
use lib_dns_core::wire::{Form, Writer};
use std::fmt::Write as _;

/// The tag of a seed or scalar.
const PRIVATE_KEY: &str = "PrivateKey";
/// The tags of an RSA key's numbers, in the order of [`RsaNumbers`].
const RSA_TAGS: [&str; 8] = [
    "Modulus",
    "PublicExponent",
    "PrivateExponent",
    "Prime1",
    "Prime2",
    "Exponent1",
    "Exponent2",
    "Coefficient",
];
/// Numbers that BIND keeps beside the times. They are kept here too.
const NUMBER_TAGS: [&str; 4] = ["Predecessor", "Successor", "MaxTTL", "RollPeriod"];
/// Where among them the tag of the key before stands, and that of the key after.
pub(super) const PREDECESSOR: usize = 0;
pub(super) const SUCCESSOR: usize = 1;
/// Octets of the longest DNSKEY data that a file may have.
const MAX_DATA_LEN: usize = 8192;

/// What BIND keeps beside a key's times, each if it is there: predecessor and successor (key tags), the
/// largest TTL and the roll period (seconds).
pub(super) type Numbers = [Option<u32>; NUMBER_TAGS.len()];

/// The name of a key's files without their ending.
pub(super) fn stem(owner: &Name<'_>, algorithm: SecurityAlgorithm, tag: u16) -> String {
    format!("K{}+{:03}+{tag:05}", file_name(owner), algorithm.0)
}

/// A name as part of a file name: lower case, and `%` with two digits for all but letters, digits, `-` and
/// `_`, as BIND writes it.
pub(super) fn file_name(name: &Name<'_>) -> String {
    let mut text = String::new();
    for label in name.labels() {
        for octet in label {
            match octet.to_ascii_lowercase() {
                octet @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => text.push(char::from(octet)),
                octet => {
                    let _ = write!(text, "%{octet:02X}");
                }
            }
        }
        text.push('.');
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

/// Reads a `.key` file: comments, of which those with times count, and one DNSKEY record.
pub(super) fn read_public(text: &str) -> Result<ZoneKey, KeyError> {
    let mut key = None;
    let mut timing = KeyTiming::default();
    let mut tokens = Tokens::new(text.as_bytes());
    while tokens.position() < text.len() {
        let line = tokens.line();
        if let Some(comment) = rest_of_line(text, tokens.position()).strip_prefix(';') {
            read_time_comment(comment, &mut timing).map_err(|error| error.at_line(line))?;
        }
        let start = tokens.clone();
        if tokens.next()?.is_some() {
            let found = read_record(start.clone()).map_err(|error| error.at_line(line))?;
            if key.replace(found).is_some() {
                return Err(KeyError::from(KeyProblem::Repeated("the DNSKEY record")).at_line(line));
            }
            while tokens.next()?.is_some() {}
        }
        tokens = Tokens::at(text.as_bytes(), tokens.position(), tokens.line(), 1, false);
    }
    let mut key: ZoneKey = key.ok_or(KeyProblem::Missing("the DNSKEY record"))?;
    *key.timing_mut() = timing;
    Ok(key)
}

fn rest_of_line(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    rest.split('\n').next().unwrap_or_default()
}

/// `Publish: 20261125233047 (in words)`. Other comments are for people.
fn read_time_comment(comment: &str, timing: &mut KeyTiming) -> Result<(), KeyError> {
    let Some((tag, value)) = comment.split_once(':') else {
        return Ok(());
    };
    if let Some(event) = KeyEvent::from_tag(tag.trim()) {
        let time = value.split_whitespace().next().unwrap_or_default();
        timing.set(event, Some(time_from_text(time)?));
    }
    Ok(())
}

/// Reads `owner [ttl] [class] DNSKEY data`.
fn read_record(mut tokens: Tokens<'_>) -> Result<ZoneKey, KeyError> {
    let owner = NameBuf::from_token(&tokens.expect("the owner")?, Some(&Name::ROOT))?;
    let mut ttl = None;
    let of_zone;
    loop {
        let token = tokens.expect("the word DNSKEY or KEY")?;
        if token.is("IN") {
            continue;
        }
        if ttl.is_none() && token.raw.first().is_some_and(u8::is_ascii_digit) {
            let number = token.number(u64::from(lib_dns_core::zone::MAX_TTL))?;
            ttl = u32::try_from(number).ok();
            continue;
        }
        // KEY records, of keys that sign messages instead of zones, have the same data (RFC 3445 2).
        if !token.is("DNSKEY") && !token.is("KEY") {
            return Err(KeyError::invalid("no DNSKEY or KEY record of class IN"));
        }
        of_zone = token.is("DNSKEY");
        break;
    }
    let mut room = vec![0; MAX_DATA_LEN];
    let mut writer = Writer::<0>::new(&mut room, Form::Plain);
    let mut tokens = DataTokens::new(tokens, None);
    RData::scan(Class::IN, Type::DNSKEY, &mut tokens, &mut writer)?;
    tokens.finish()?;
    let mut key = match of_zone {
        true => ZoneKey::from_dnskey(&owner.as_name(), writer.written())?,
        false => ZoneKey::from_key(&owner.as_name(), writer.written())?,
    };
    key.set_ttl(ttl);
    Ok(key)
}

/// Writes a `.key` file.
pub(super) fn write_public(key: &ZoneKey) -> String {
    let kind = match (key.is_revoked(), key.role().signs_keys()) {
        (true, true) => "revoked key-signing",
        (true, false) => "revoked zone-signing",
        (false, true) => "key-signing",
        (false, false) => "zone-signing",
    };
    let mut text = format!(
        "; This is a {kind} key, keyid {}, for {}\n",
        key.tag(),
        key.owner()
    );
    for event in KeyEvent::ALL {
        if let Some(time) = key.timing().get(event) {
            let time = TimeText {
                time,
                for_people: true,
            };
            // A string takes all that is written to it.
            let _ = writeln!(text, "; {}: {time}", event.tag());
        }
    }
    let _ = writeln!(text, "{}", dnskey_line(key));
    text
}

/// The key's record as a line of a zone file.
pub(super) fn dnskey_line(key: &ZoneKey) -> String {
    let mut text = format!("{} ", key.owner());
    if let Some(ttl) = key.ttl() {
        let _ = write!(text, "{ttl} ");
    }
    let _ = write!(
        text,
        "IN {} {} 3 {} {}",
        key.record(),
        key.flags(),
        key.algorithm().0,
        Base64(key.public_key())
    );
    text
}

/// What a `.private` file says.
pub(super) struct Private {
    pub(super) algorithm: SecurityAlgorithm,
    /// None if the private key is kept elsewhere.
    pub(super) pair: Option<KeyPair>,
    pub(super) timing: KeyTiming,
    pub(super) numbers: Numbers,
}

/// Reads a `.private` file.
pub(super) fn read_private(text: &str) -> Result<Private, KeyError> {
    let mut lines = text.lines().zip(1u32..);
    let head = lines.next().and_then(|(line, _)| field(line));
    let Some(("Private-key-format", "v1.2" | "v1.3")) = head else {
        return Err(KeyError::invalid("no private key of format v1.2 or v1.3").at_line(1));
    };
    let mut found = Fields::default();
    for (line, number) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let (tag, value) =
            field(line).ok_or(KeyError::invalid("a line is 'Word: value'").at_line(number))?;
        found
            .take(tag, value)
            .map_err(|error| error.at_line(number))?;
    }
    found.finish()
}

fn field(line: &str) -> Option<(&str, &str)> {
    let (tag, value) = line.split_once(':')?;
    Some((tag.trim(), value.trim()))
}

/// The lines of a `.private` file that were read.
#[derive(Default)]
struct Fields {
    algorithm: Option<SecurityAlgorithm>,
    octets: Option<SecretOctets>,
    numbers_of_rsa: [Option<SecretOctets>; RSA_TAGS.len()],
    timing: KeyTiming,
    numbers: Numbers,
}

impl Fields {
    fn take(&mut self, tag: &str, value: &str) -> Result<(), KeyError> {
        let is_new = if tag == "Algorithm" {
            let number = value.split_whitespace().next().unwrap_or_default();
            let number = number
                .parse()
                .map_err(|_| TextErrorKind::Expected("the number of an algorithm"))?;
            self.algorithm.replace(SecurityAlgorithm(number)).is_none()
        } else if tag == PRIVATE_KEY {
            self.octets.replace(secret_text::decode(value)?).is_none()
        } else if let Some(event) = KeyEvent::from_tag(tag) {
            let is_new = self.timing.get(event).is_none();
            self.timing.set(event, Some(time_from_text(value)?));
            is_new
        } else if let Some(slot) = slot(&RSA_TAGS, &mut self.numbers_of_rsa, tag) {
            slot.replace(secret_text::decode(value)?).is_none()
        } else if let Some(slot) = slot(&NUMBER_TAGS, &mut self.numbers, tag) {
            let number = value
                .parse()
                .map_err(|_| TextErrorKind::Expected("a number"))?;
            slot.replace(number).is_none()
        } else {
            return Err(KeyError::invalid(match tag {
                "Engine" | "Label" => "a key in a hardware module, which cannot be used here",
                "Key" | "Bits" => "a TSIG key of an old format; put it into a key clause",
                _ => "a word that private keys of format v1.3 do not have",
            }));
        };
        if is_new {
            Ok(())
        } else {
            Err(KeyProblem::Repeated("a word").into())
        }
    }

    fn finish(self) -> Result<Private, KeyError> {
        let algorithm = self.algorithm.ok_or(KeyProblem::Missing("the algorithm"))?;
        let has_rsa = self.numbers_of_rsa.iter().any(Option::is_some);
        let secret = match self.octets {
            Some(_) if has_rsa => {
                return Err(KeyError::invalid("a private key of two kinds"));
            }
            Some(octets) => Some(Secret::Octets(octets)),
            None if has_rsa => {
                let missing = KeyProblem::Missing("a number of the RSA key");
                let numbers: Option<Vec<_>> = self.numbers_of_rsa.into_iter().collect();
                let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
                Some(Secret::Rsa(Box::new(RsaNumbers(numbers.ok_or(missing)?))))
            }
            None => None,
        };
        let pair = secret.map(|secret| KeyPair::from_secret(algorithm, secret));
        Ok(Private {
            algorithm,
            pair: pair.transpose()?,
            timing: self.timing,
            numbers: self.numbers,
        })
    }
}

fn slot<'s, T>(tags: &[&str], slots: &'s mut [T], tag: &str) -> Option<&'s mut T> {
    let at = tags.iter().position(|other| *other == tag)?;
    slots.get_mut(at)
}

/// Writes a `.private` file; without the private key if that is kept elsewhere.
pub(super) fn write_private(key: &ZoneKey) -> SecretText {
    // Room for the secret as a whole: eight numbers of 512 octets at the most.
    let mut text = secret_text::room(8192);
    let algorithm = key.algorithm();
    let name = algorithm.mnemonic().unwrap_or("?");
    let _ = writeln!(
        text,
        "Private-key-format: v1.3\nAlgorithm: {} ({name})",
        algorithm.0
    );
    match key.secret() {
        Ok(Secret::Octets(octets)) => {
            let _ = writeln!(text, "{PRIVATE_KEY}: {}", Base64(octets));
        }
        Ok(Secret::Rsa(numbers)) => {
            for (tag, number) in RSA_TAGS.iter().zip(&numbers.0) {
                let _ = writeln!(text, "{tag}: {}", Base64(number));
            }
        }
        Err(_) => {}
    }
    for event in KeyEvent::ALL {
        if let Some(time) = key.timing().get(event) {
            let time = TimeText {
                time,
                for_people: false,
            };
            let _ = writeln!(text, "{}: {time}", event.tag());
        }
    }
    for (tag, number) in NUMBER_TAGS.iter().zip(key.numbers()) {
        if let Some(number) = number {
            let _ = writeln!(text, "{tag}: {number}");
        }
    }
    text
}

/// The role that a `.state` file tells, if it does.
pub(super) fn read_role(text: &str) -> Option<KeyRole> {
    let says = |tag: &str| {
        let mut fields = text.lines().filter_map(field);
        fields
            .find(|(word, _)| *word == tag)
            .map(|(_, value)| value == "yes")
    };
    match (says("KSK")?, says("ZSK")?) {
        (true, true) => Some(KeyRole::Csk),
        (true, false) => Some(KeyRole::Ksk),
        (false, true) => Some(KeyRole::Zsk),
        (false, false) => None,
    }
}

/// Writes a `.state` file that tells the role.
pub(super) fn write_state(key: &ZoneKey) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    format!(
        "; This is the state of key {}, for {}\nAlgorithm: {}\nLength: {}\nKSK: {}\nZSK: {}\n",
        key.tag(),
        key.owner(),
        key.algorithm().0,
        key.bits(),
        yes(key.role().signs_keys()),
        yes(key.role().signs_zone()),
    )
}

/// Joins what the two files say.
pub(super) fn join(public: ZoneKey, private: Private) -> Result<ZoneKey, KeyError> {
    if private.algorithm != public.algorithm() {
        return Err(KeyProblem::NotAPair.into());
    }
    let mut key = match private.pair {
        Some(pair) => public.with_pair(pair)?,
        None => public,
    };
    *key.timing_mut() = private.timing;
    key.set_numbers(private.numbers);
    Ok(key)
}

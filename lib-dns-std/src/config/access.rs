//! Who may do what: lists of rules over address prefixes and keys.

use super::reading::{Check, Layers, Reading, Section, Setting, Value, section, suggestion};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::update::AddressPrefix;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// The word for everybody.
const ANY: &str = "any";

/// Addresses that start alike. IPv4 in IPv6 (`::ffff:192.0.2.1`) is IPv4.
///
/// ```
/// use lib_dns_std::config::Prefix;
/// let prefix: Prefix = "10.0.0.0/8".parse()?;
/// assert!(prefix.contains("10.42.0.1".parse().unwrap()));
/// assert!(prefix.contains("::ffff:10.42.0.1".parse().unwrap()));
/// assert!(!prefix.contains("11.0.0.1".parse().unwrap()));
/// assert!("10.0.0.1/8".parse::<Prefix>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix(AddressPrefix);

impl Prefix {
    /// Does it hold an address?
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }

    /// The same for the core.
    pub fn as_address_prefix(&self) -> AddressPrefix {
        self.0
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| format!("'{text}' is no prefix, as 192.0.2.0/24 or fd00::/8"))?;
        let bits: u8 = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => bits,
            Some(length) => length
                .parse()
                .ok()
                .filter(|length| *length <= bits)
                .ok_or_else(|| format!("the length of '{text}' must be from 0 to {bits}"))?,
        };
        AddressPrefix::new(address, length).map(Self).ok_or_else(|| {
            format!(
                "'{text}' has bits behind its length; write {}/{length}, or {address} for this address \
                 alone",
                first_of(address, length)
            )
        })
    }
}

/// An address without the bits behind a length.
fn first_of(address: IpAddr, length: u8) -> IpAddr {
    let kept = |width: u32| {
        let behind = width.saturating_sub(u32::from(length));
        u128::MAX.checked_shl(behind).unwrap_or(0)
    };
    match address {
        IpAddr::V4(v4) => {
            let bits = u128::from(v4.to_bits()) & kept(32);
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or_default()))
        }
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & kept(128)).into()),
    }
}

/// An address alone.
impl TryFrom<IpAddr> for Prefix {
    type Error = String;

    fn try_from(address: IpAddr) -> Result<Self, String> {
        address.to_string().parse()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.address(), self.0.length())
    }
}

impl Setting for Prefix {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        match super::values::text(value, reading)?.parse() {
            Ok(prefix) => Some(prefix),
            Err(what) => {
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

section! {
    /// A rule of an access list. It speaks of those who meet all that it names.
    pub struct Rule {
        /// Addresses that the request may come from; none means all.
        "prefix" => prefix: Option<Prefix> = None,
        /// The key that the request must be signed with; none means any key, or no signature.
        "key" => key: Option<NameBuf> = None,
        /// Refuse those who meet the rule, whatever later rules say.
        "deny" => deny: bool = false,
    }
}

impl Check for Rule {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if self.prefix.is_none() && self.key.is_none() {
            let what = "a rule names a prefix, a key or both; \"any\" is the rule for everybody";
            reading.fault(&layers.place, what);
        }
        check_key("key", self.key.as_ref(), layers, reading);
    }
}

/// Notes a key that is named but not known.
pub(super) fn check_key(
    at: &str,
    key: Option<&NameBuf>,
    layers: &Layers<'_>,
    reading: &mut Reading<'_>,
) {
    let Some(key) = key.filter(|key| !reading.keys.contains(*key)) else {
        return;
    };
    let known: Vec<String> = reading.keys.iter().map(ToString::to_string).collect();
    let suggestion = suggestion(&key.to_string(), known.iter().map(String::as_str));
    let what = format!(
        "no key is named {key}{suggestion}{}",
        if known.is_empty() {
            "; add it as [[key]]"
        } else {
            ""
        }
    );
    reading.fault(&layers.place_of(at), what);
}

/// Who may do something: rules, of which the first that a request meets decides. Who meets none may not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Access(Vec<Rule>);

/// Who asks: where from, and with what key the request was signed and verified.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The address that it came from.
    pub address: IpAddr,
    /// The key; none if the request was not signed.
    pub key: Option<Name<'a>>,
}

impl Access {
    /// A list of these rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// May they?
    pub fn allows(&self, asker: Asker<'_>) -> bool {
        let met = self.0.iter().find(|rule| {
            rule.prefix
                .is_none_or(|prefix| prefix.contains(asker.address))
                && rule
                    .key
                    .as_ref()
                    .is_none_or(|key| asker.key.is_some_and(|asked| asked == key.as_name()))
        });
        met.is_some_and(|rule| !rule.deny)
    }

    /// Reads the rule, or the rules of the list, that one element stands for.
    fn read_element(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Vec<Rule>> {
        let Some(text) = value.get_ref().as_str() else {
            return Rule::read(value, reading).map(|rule| vec![rule]);
        };
        if text == ANY {
            return Some(vec![Rule::default()]);
        }
        if let Some(list) = reading.lists.get(text) {
            return Some(list.0.clone());
        }
        if text.contains(['/', ':', '.']) || text.parse::<IpAddr>().is_ok() {
            let prefix = Prefix::read(value, reading)?;
            return Some(vec![Rule {
                prefix: Some(prefix),
                ..Rule::default()
            }]);
        }
        let known = reading.lists.keys().map(String::as_str);
        let suggestion = suggestion(text, known.chain([ANY]));
        let what = format_args!("no access list is named '{text}'{suggestion}");
        reading.fault(&value.span(), what.to_string());
        None
    }
}

/// A list of rules, prefixes, names of lists, and `"any"`.
impl Setting for Access {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(array) = value.get_ref().as_array() else {
            reading.expected("a list of rules, as [{ key = \"mesh.\" }]", value);
            return None;
        };
        let mut rules = Vec::new();
        let mut whole = true;
        for element in array {
            match Self::read_element(element, reading) {
                Some(read) => rules.extend(read),
                None => whole = false,
            }
        }
        whole.then_some(Self(rules))
    }

    fn write(&self) -> Option<toml::Value> {
        let rules = self.0.iter().map(|rule| {
            if *rule == Rule::default() {
                ANY.into()
            } else {
                toml::Value::Table(rule.write_table())
            }
        });
        Some(toml::Value::Array(rules.collect()))
    }
}

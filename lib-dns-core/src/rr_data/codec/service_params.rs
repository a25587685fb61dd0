//! Service parameters of SVCB and HTTPS (RFC 9460 2.1, 2.2 and 7).

use super::encoded::scan_base64;
use super::numbers::{ipv4, ipv6};
use super::octets::strings;
use super::{Codec, DataTokens, fits_token, show_list};
use crate::code_points::ServiceKey;
use crate::text::{Base64, QuotedText, TextError, TextErrorKind, Token, decimal};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// The most parameters that are read from the text of one record: they are sorted by going over them
/// once for each.
const MAX_SCANNED: usize = 255;

/// Parameters to the end of the data, in the order of their keys.
#[derive(Clone, Copy, Debug)]
pub enum ServiceParameters {}

/// Validated parameters as they stand on the wire: keys rise, and the values of known keys have their
/// key's form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ServiceParams<'a>(&'a [u8]);

/// One parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceParam<'a> {
    /// Which parameter.
    pub key: ServiceKey,
    /// Its value in wire form.
    pub value: &'a [u8],
}

impl<'a> ServiceParams<'a> {
    /// The parameters in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = ServiceParam<'a>> + use<'a> {
        Reader::new(self.0).each(next_param)
    }

    /// The value of a key.
    pub fn get(&self, key: ServiceKey) -> Option<&'a [u8]> {
        self.iter()
            .find(|param| param.key == key)
            .map(|param| param.value)
    }

    /// The protocols of `alpn` (RFC 9460 7.1).
    pub fn alpn(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        strings(self.get(ServiceKey::ALPN).unwrap_or_default())
    }

    /// The port to use instead of the default (RFC 9460 7.2).
    pub fn port(&self) -> Option<u16> {
        let port = self.get(ServiceKey::PORT)?;
        port.first_chunk().map(|port| u16::from_be_bytes(*port))
    }

    /// Addresses that save a lookup (RFC 9460 7.3).
    pub fn ipv4_hints(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        let hints = self.get(ServiceKey::IPV4HINT).unwrap_or_default();
        arrays::<4>(hints).map(Ipv4Addr::from)
    }

    /// Addresses that save a lookup (RFC 9460 7.3).
    pub fn ipv6_hints(&self) -> impl Iterator<Item = Ipv6Addr> + use<'a> {
        let hints = self.get(ServiceKey::IPV6HINT).unwrap_or_default();
        arrays::<16>(hints).map(Ipv6Addr::from)
    }

    /// The keys without which the record is of no use (RFC 9460 8).
    pub fn mandatory(&self) -> impl Iterator<Item = ServiceKey> + use<'a> {
        let keys = self.get(ServiceKey::MANDATORY).unwrap_or_default();
        arrays::<2>(keys).map(|key| ServiceKey(u16::from_be_bytes(key)))
    }

    /// Do the parameters agree with each other: mandatory keys are there, and `no-default-alpn` comes
    /// with `alpn` (RFC 9460 7.1.1, 8)? A client ignores a record for which this does not hold.
    pub fn is_consistent(&self) -> bool {
        let no_default = self.get(ServiceKey::NO_DEFAULT_ALPN).is_some();
        self.mandatory().all(|key| self.get(key).is_some())
            && (!no_default || self.get(ServiceKey::ALPN).is_some())
    }

    /// The wire form.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for ServiceParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Fixed-size items.
fn arrays<const N: usize>(octets: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    octets
        .chunks_exact(N)
        .filter_map(|item| item.first_chunk().copied())
}

fn next_param<'a>(reader: &mut Reader<'a>) -> Result<ServiceParam<'a>, WireError> {
    let key = ServiceKey(reader.u16(Part::ServiceParameter)?);
    let len = reader.u16(Part::ServiceParameter)?;
    let value = reader.octets(usize::from(len), Part::ServiceParameter)?;
    Ok(ServiceParam { key, value })
}

/// Has the value the form of its key? A key that is not known here takes any.
fn is_valid(param: ServiceParam<'_>) -> bool {
    let value = param.value;
    // Strings of at least one octet that fill the value exactly.
    let whole = |empty_ok: bool| {
        let len = strings(value).fold(0usize, |len, string| {
            len.saturating_add(string.len()).saturating_add(1)
        });
        len == value.len() && (empty_ok || strings(value).all(|string| !string.is_empty()))
    };
    let items = |size: usize| !value.is_empty() && value.len().checked_rem(size) == Some(0);
    match param.key {
        ServiceKey::MANDATORY => {
            let mut last = 0;
            items(2)
                && arrays::<2>(value).map(u16::from_be_bytes).all(|key| {
                    let rises = key > last;
                    last = key;
                    rises
                })
        }
        ServiceKey::ALPN => !value.is_empty() && whole(false),
        ServiceKey::NO_DEFAULT_ALPN | ServiceKey::OHTTP => value.is_empty(),
        ServiceKey::PORT => value.len() == 2,
        ServiceKey::IPV4HINT => items(4),
        ServiceKey::IPV6HINT => items(16),
        ServiceKey::ECH => !value.is_empty(),
        ServiceKey::DOHPATH => str::from_utf8(value).is_ok(),
        ServiceKey::TLS_SUPPORTED_GROUPS => items(2),
        ServiceKey::DOCPATH => whole(true),
        // Reserved as invalid (RFC 9460 14.3.2).
        ServiceKey(u16::MAX) => false,
        _ => true,
    }
}

impl Codec for ServiceParameters {
    type Value<'a> = ServiceParams<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<ServiceParams<'a>, WireError> {
        let octets = reader.peek();
        let mut last = None;
        while !reader.is_empty() {
            let start = *reader;
            let param = next_param(reader)?;
            if last >= Some(param.key) {
                return Err(start.error(WireErrorKind::BadOrder(Part::ServiceParameter)));
            }
            if !is_valid(param) {
                return Err(start.error(WireErrorKind::BadValue(Part::ServiceParameter)));
            }
            last = Some(param.key);
        }
        Ok(ServiceParams(octets))
    }

    fn write<const N: usize>(
        value: ServiceParams<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    /// Any order is read: each pass over the tokens writes the smallest key that is left.
    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let start = writer.len();
        let mut last: Option<ServiceKey> = None;
        let mut first: Option<Token<'_>> = None;
        let end = loop {
            let mut pass = tokens.clone();
            let mut smallest: Option<(ServiceKey, Token<'_>)> = None;
            let mut count = 0usize;
            while let Some(token) = pass.next()? {
                count = count.saturating_add(1);
                if count > MAX_SCANNED {
                    return Err(token.error(TextErrorKind::Invalid("too many parameters")));
                }
                first = first.or(Some(token));
                let (key, _) = split(&token)?;
                if last.is_some_and(|last| key <= last) {
                    continue;
                }
                match smallest {
                    Some((other, _)) if key > other => {}
                    Some((other, _)) if key == other => {
                        let kind = TextErrorKind::Invalid("this parameter stands twice");
                        return Err(token.error(kind));
                    }
                    _ => smallest = Some((key, token)),
                }
            }
            let Some((key, token)) = smallest else {
                break pass;
            };
            scan_param(key, &token, tokens, writer)?;
            last = Some(key);
        };
        let written = writer.written().get(start..).unwrap_or_default();
        if let (false, Some(first)) = (ServiceParams(written).is_consistent(), first) {
            let why = "a mandatory parameter is missing, or no-default-alpn stands without alpn";
            return Err(first.error(TextErrorKind::Invalid(why)));
        }
        *tokens = end;
        Ok(())
    }

    fn is_shown(value: ServiceParams<'_>) -> bool {
        !value.0.is_empty()
    }

    /// Parameters that do not agree are refused in text (RFC 9460 8); and a path of one segment without
    /// octets would read back as one without segments.
    fn has_text(value: ServiceParams<'_>) -> bool {
        value.is_consistent()
            && value.get(ServiceKey::DOCPATH) != Some(&[0])
            && value
                .iter()
                .all(|param| fits_token(format_args!("{param}")))
    }

    fn show(value: ServiceParams<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter(), " ", out)
    }
}

/// Key and value of a token; the quotation marks around the value are taken off.
fn split<'t>(token: &Token<'t>) -> Result<(ServiceKey, Option<Token<'t>>), TextError> {
    let mut halves = token.raw.splitn(2, |octet| *octet == b'=');
    let key = halves.next().unwrap_or_default();
    let bad = || token.error(TextErrorKind::Expected("a service parameter, as port=8443"));
    let key = ServiceKey::from_mnemonic(key)
        .filter(|key| !token.quoted && *key != ServiceKey(u16::MAX))
        .filter(|_| key.first().is_some_and(|octet| !octet.is_ascii_digit()))
        .ok_or_else(bad)?;
    let value = halves.next().map(|raw| match raw {
        [b'"', raw @ .., b'"'] => Token { raw, ..*token },
        raw => Token { raw, ..*token },
    });
    Ok((key, value))
}

/// Writes one parameter.
fn scan_param(
    key: ServiceKey,
    token: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let unwritable = |error| tokens.unwritable(error);
    writer.u16(key.0).map_err(unwritable)?;
    let length = writer.open_length().map_err(unwritable)?;
    let start = writer.len();
    let (_, value) = split(token)?;
    let bad = || {
        token.error(TextErrorKind::Invalid(
            "no value for this service parameter",
        ))
    };
    if let Some(value) = value {
        match key {
            ServiceKey::MANDATORY => scan_mandatory(&value, tokens, writer)?,
            ServiceKey::ALPN | ServiceKey::DOCPATH => each_item(&value, |item| {
                let len = u8::try_from(item.len()).map_err(|_| bad())?;
                writer
                    .u8(len)
                    .and_then(|()| writer.put(item))
                    .map_err(unwritable)
            })?,
            ServiceKey::PORT => {
                let port = value.number(u64::from(u16::MAX))? as u16;
                writer.u16(port).map_err(unwritable)?;
            }
            ServiceKey::IPV4HINT => each_item(&value, |item| {
                let address = ipv4(item).ok_or_else(bad)?;
                writer.put(&address.octets()).map_err(unwritable)
            })?,
            ServiceKey::IPV6HINT => each_item(&value, |item| {
                let address = ipv6(item).ok_or_else(bad)?;
                writer.put(&address.octets()).map_err(unwritable)
            })?,
            ServiceKey::TLS_SUPPORTED_GROUPS => each_item(&value, |item| {
                let group = decimal(item).and_then(|group| u16::try_from(group).ok());
                let group = group.ok_or_else(bad)?;
                writer.u16(group).map_err(unwritable)
            })?,
            ServiceKey::ECH => {
                scan_base64(&value, tokens, writer)?;
            }
            _ => {
                for item in value.octets() {
                    let (octet, _) = item.map_err(|kind| token.error(kind))?;
                    writer.u8(octet).map_err(unwritable)?;
                }
            }
        }
    }
    let written = writer.written().get(start..).unwrap_or_default();
    if !is_valid(ServiceParam {
        key,
        value: written,
    }) {
        return Err(bad());
    }
    writer
        .close_length(length, Part::ServiceParameter)
        .map_err(unwritable)
}

/// Keys in any order, written in theirs.
fn scan_mandatory(
    value: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let mut last = 0;
    loop {
        let mut smallest: Option<u16> = None;
        let mut count = 0usize;
        each_item(value, |item| {
            let bad = || value.error(TextErrorKind::Expected("keys of service parameters"));
            let key = ServiceKey::from_mnemonic(item).ok_or_else(bad)?;
            count = count.saturating_add(1);
            // `mandatory` itself, number 0, must not be in its list.
            if key == ServiceKey::MANDATORY || count > MAX_SCANNED {
                return Err(bad());
            }
            if key.0 == smallest.unwrap_or(0) {
                return Err(value.error(TextErrorKind::Invalid("this key stands twice")));
            }
            if key.0 > last && smallest.is_none_or(|smallest| key.0 < smallest) {
                smallest = Some(key.0);
            }
            Ok(())
        })?;
        let Some(key) = smallest else { return Ok(()) };
        writer.u16(key).map_err(|error| tokens.unwritable(error))?;
        last = key;
    }
}

/// The items of a list with commas, in which a backslash escapes a comma or itself once more
/// (RFC 9460 A.1).
fn each_item(
    value: &Token<'_>,
    mut take: impl FnMut(&[u8]) -> Result<(), TextError>,
) -> Result<(), TextError> {
    let mut item = [0u8; 256];
    let mut len = 0usize;
    let mut escaped = false;
    for octet in value.octets() {
        let (octet, _) = octet.map_err(|kind| value.error(kind))?;
        match octet {
            b'\\' if !escaped => escaped = true,
            b',' if !escaped => {
                take(item.get(..len).unwrap_or_default())?;
                len = 0;
            }
            _ => {
                let too_long = || value.error(TextErrorKind::StringTooLong);
                *item.get_mut(len).ok_or_else(too_long)? = octet;
                len = len.wrapping_add(1);
                escaped = false;
            }
        }
    }
    if escaped {
        return Err(value.error(TextErrorKind::BadEscape));
    }
    if value.raw.is_empty() {
        return Ok(());
    }
    take(item.get(..len).unwrap_or_default())
}

impl fmt::Display for ServiceParam<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_param(*self, f)
    }
}

fn show_param(param: ServiceParam<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let ServiceParam { key, value } = param;
    write!(out, "{key}")?;
    if value.is_empty() && key != ServiceKey::DOCPATH {
        return Ok(());
    }
    out.write_char('=')?;
    match key {
        ServiceKey::MANDATORY => show_list(
            arrays::<2>(value).map(|key| ServiceKey(u16::from_be_bytes(key))),
            ",",
            out,
        ),
        ServiceKey::TLS_SUPPORTED_GROUPS => {
            show_list(arrays::<2>(value).map(u16::from_be_bytes), ",", out)
        }
        ServiceKey::PORT => show_list(arrays::<2>(value).map(u16::from_be_bytes), ",", out),
        ServiceKey::IPV4HINT => show_list(arrays::<4>(value).map(Ipv4Addr::from), ",", out),
        ServiceKey::IPV6HINT => show_list(arrays::<16>(value).map(Ipv6Addr::from), ",", out),
        ServiceKey::ECH => write!(out, "{}", Base64(value)),
        ServiceKey::ALPN | ServiceKey::DOCPATH => {
            out.write_char('"')?;
            for (index, string) in strings(value).enumerate() {
                if index > 0 {
                    out.write_char(',')?;
                }
                for octet in string {
                    if matches!(octet, b',' | b'\\') {
                        write!(out, "{}", QuotedText(b"\\"))?;
                    }
                    write!(out, "{}", QuotedText(&[*octet]))?;
                }
            }
            out.write_char('"')
        }
        _ => write!(out, "\"{}\"", QuotedText(value)),
    }
}

#[cfg(test)]
mod tests;

//! Address prefixes of APL (RFC 3123).

use super::numbers::{ipv4, ipv6};
use super::{Codec, DataTokens};
use crate::text::{Base16, TextError, TextErrorKind, Token, decimal};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Address prefixes to the end of the data; none at all is allowed.
#[derive(Clone, Copy, Debug)]
pub enum AddressPrefixes {}

/// Validated prefixes as they stand on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Prefixes<'a>(&'a [u8]);

/// One prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix<'a> {
    /// 1 for IPv4, 2 for IPv6.
    pub family: u16,
    /// How many bits count.
    pub bits: u8,
    /// Is the prefix excluded?
    pub negated: bool,
    /// The address without the zero octets at its end.
    pub address: &'a [u8],
}

impl<'a> Prefixes<'a> {
    /// The prefixes in order.
    pub fn iter(&self) -> impl Iterator<Item = Prefix<'a>> + use<'a> {
        Reader::new(self.0).each(next_prefix)
    }
}

impl fmt::Debug for Prefixes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn next_prefix<'a>(reader: &mut Reader<'a>) -> Result<Prefix<'a>, WireError> {
    let start = *reader;
    let part = Part::AddressPrefix;
    let family = reader.u16(part)?;
    let [bits, length] = reader.array::<2>(part)?;
    let address = reader.octets(usize::from(length & 0x7f), part)?;
    let octets: u8 = match family {
        1 => 4,
        2 => 16,
        _ => 127,
    };
    let too_long = address.len() > usize::from(octets) || bits > octets.saturating_mul(8);
    if too_long || address.last() == Some(&0) {
        return Err(start.error(WireErrorKind::BadValue(part)));
    }
    Ok(Prefix {
        family,
        bits,
        negated: length & 0x80 != 0,
        address,
    })
}

impl Codec for AddressPrefixes {
    type Value<'a> = Prefixes<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Prefixes<'a>, WireError> {
        let octets = reader.peek();
        while !reader.is_empty() {
            next_prefix(reader)?;
        }
        Ok(Prefixes(octets))
    }

    fn write<const N: usize>(
        value: Prefixes<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        while let Some(token) = tokens.next()? {
            let expected = TextErrorKind::Expected("an address prefix, as !1:192.0.2.0/24");
            let (family, negated, address, bits) =
                split(&token).ok_or_else(|| token.error(expected))?;
            let mut octets = [0u8; 16];
            let bad = || token.error(expected);
            match family {
                1 => {
                    let parsed = ipv4(address).ok_or_else(bad)?;
                    for (slot, octet) in octets.iter_mut().zip(parsed.octets()) {
                        *slot = octet;
                    }
                }
                2 => octets = ipv6(address).ok_or_else(bad)?.octets(),
                _ => return Err(bad()),
            }
            if bits > if family == 1 { 32 } else { 128 } {
                return Err(bad());
            }
            let used = octets.iter().rposition(|octet| *octet != 0);
            let used = used.map_or(0, |last| last.saturating_add(1));
            let length = used as u8 | if negated { 0x80 } else { 0 };
            let written = writer
                .u16(family)
                .and_then(|()| writer.put(&[bits, length]))
                .and_then(|()| writer.put(octets.get(..used).unwrap_or_default()));
            written.map_err(|error| tokens.unwritable(error))?;
        }
        Ok(())
    }

    fn is_shown(value: Prefixes<'_>) -> bool {
        !value.0.is_empty()
    }

    /// RFC 3123 5 has text for addresses of IP only.
    fn has_text(value: Prefixes<'_>) -> bool {
        value.iter().all(|prefix| matches!(prefix.family, 1 | 2))
    }

    fn show(value: Prefixes<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        for (index, prefix) in value.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            let negated = if prefix.negated { "!" } else { "" };
            write!(out, "{blank}{negated}{}:", prefix.family)?;
            let mut octets = [0u8; 16];
            for (slot, octet) in octets.iter_mut().zip(prefix.address) {
                *slot = *octet;
            }
            let [a, b, c, d, ..] = octets;
            match prefix.family {
                1 => write!(out, "{}", Ipv4Addr::new(a, b, c, d))?,
                2 => write!(out, "{}", Ipv6Addr::from(octets))?,
                _ => write!(out, "{}", Base16(prefix.address))?,
            }
            write!(out, "/{}", prefix.bits)?;
        }
        Ok(())
    }
}

/// Family, negation, address and bits of a token.
fn split<'t>(token: &Token<'t>) -> Option<(u16, bool, &'t [u8], u8)> {
    let (rest, negated) = match token.raw {
        [b'!', rest @ ..] => (rest, true),
        rest => (rest, false),
    };
    let colon = rest.iter().position(|octet| *octet == b':')?;
    let slash = rest.iter().rposition(|octet| *octet == b'/')?;
    let address = rest.get(colon.checked_add(1)?..slash)?;
    let family = decimal(rest.get(..colon)?)?;
    let bits = decimal(rest.get(slash.checked_add(1)?..)?)?;
    Some((
        u16::try_from(family).ok()?,
        negated,
        address,
        u8::try_from(bits).ok()?,
    ))
}

//! Addresses and identifiers below and beside IP.

use super::{Codec, DataTokens, Ipv6, OCTETS_A_TOKEN};
use crate::name::Name;
use crate::text::{Base16, Base16Decoder, TextError, TextErrorKind, Token};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::net::Ipv6Addr;

/// Writes hexadecimal digits between which dots may stand.
fn scan_dotted(
    token: &Token<'_>,
    digits: &[u8],
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let mut decoder = Base16Decoder::default();
    for digit in digits.iter().filter(|digit| **digit != b'.') {
        let octet = decoder.push(*digit).map_err(|kind| token.error(kind))?;
        if let Some(octet) = octet {
            writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
        }
    }
    decoder.finish().map_err(|kind| token.error(kind))
}

/// An NSAP address (RFC 1706 5): `0x` and hexadecimal digits, between which dots may stand.
#[derive(Clone, Copy, Debug)]
pub enum NsapAddress {}

impl Codec for NsapAddress {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        match reader.take_rest() {
            [] => Err(reader.error(WireErrorKind::Empty(Part::RecordData))),
            octets => Ok(octets),
        }
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("an NSAP address")?;
        match token.raw {
            [b'0', b'x' | b'X', digits @ ..] if digits.iter().any(|digit| *digit != b'.') => {
                scan_dotted(&token, digits, tokens, writer)
            }
            _ => Err(token.error(TextErrorKind::Expected("0x and hexadecimal digits"))),
        }
    }

    fn has_text(value: &[u8]) -> bool {
        value.len() <= OCTETS_A_TOKEN
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "0x{}", Base16(value))
    }
}

/// An ATM address: `+` and decimal digits of E.164, or hexadecimal digits of an end system address.
#[derive(Clone, Copy, Debug)]
pub enum AtmAddress {}

/// The format octet of an end system address.
const ATM_END_SYSTEM: u8 = 0;
/// The format octet of E.164.
const ATM_E164: u8 = 1;

impl Codec for AtmAddress {
    /// The format octet and the address.
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        match reader.take_rest() {
            octets @ [ATM_END_SYSTEM, _, ..] => Ok(octets),
            octets @ [ATM_E164, digits @ ..]
                if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) =>
            {
                Ok(octets)
            }
            [] | [_] => Err(reader.error(WireErrorKind::Truncated(Part::RecordData))),
            _ => Err(reader.error(WireErrorKind::BadValue(Part::RecordData))),
        }
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("an ATM address")?;
        match token.raw {
            [b'+', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                writer
                    .u8(ATM_E164)
                    .and_then(|()| writer.put(digits))
                    .map_err(|error| tokens.unwritable(error))
            }
            digits if digits.iter().any(u8::is_ascii_hexdigit) => {
                writer
                    .u8(ATM_END_SYSTEM)
                    .map_err(|error| tokens.unwritable(error))?;
                scan_dotted(&token, digits, tokens, writer)
            }
            _ => Err(token.error(TextErrorKind::Expected("an ATM address"))),
        }
    }

    fn has_text(value: &[u8]) -> bool {
        value.len() <= OCTETS_A_TOKEN
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        match value {
            [ATM_E164, digits @ ..] => {
                out.write_char('+')?;
                digits
                    .iter()
                    .try_for_each(|digit| out.write_char(char::from(*digit)))
            }
            [_, octets @ ..] => write!(out, "{}", Base16(octets)),
            [] => Ok(()),
        }
    }
}

/// Part of an IPv6 address and where its front comes from: A6 (RFC 2874 3.1).
#[derive(Clone, Copy, Debug)]
pub enum A6Address {}

/// The value of an [`A6Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct A6Prefix<'a> {
    /// How many bits at the front of the address come from elsewhere, at most 128.
    pub len: u8,
    /// The address; the bits that come from elsewhere are 0.
    pub suffix: Ipv6Addr,
    /// Who holds the front; `None` if nothing comes from elsewhere.
    pub name: Option<Name<'a>>,
}

impl Codec for A6Address {
    type Value<'a> = A6Prefix<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<A6Prefix<'a>, WireError> {
        let len = reader.u8(Part::RecordData)?;
        let Some(own_bits) = 128u8.checked_sub(len) else {
            return Err(reader.error(WireErrorKind::BadValue(Part::RecordData)));
        };
        let own = reader.octets(usize::from(own_bits.div_ceil(8)), Part::RecordData)?;
        let suffix = own
            .iter()
            .fold(0u128, |bits, octet| bits << 8 | u128::from(*octet));
        if suffix & !own_mask(len) != 0 {
            return Err(reader.error(WireErrorKind::BadValue(Part::RecordData)));
        }
        let name = match len {
            0 => None,
            _ => Some(reader.flat_name()?),
        };
        Ok(A6Prefix {
            len,
            suffix: Ipv6Addr::from_bits(suffix),
            name,
        })
    }

    fn write<const N: usize>(
        value: A6Prefix<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.u8(value.len)?;
        let octets = value.suffix.octets();
        let elsewhere = usize::from(value.len / 8);
        writer.put(octets.get(elsewhere..).unwrap_or_default())?;
        match value.name {
            Some(name) => writer.uncompressed_name(&name),
            None => Ok(()),
        }
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let len = tokens.expect("a prefix length")?.number(128)? as u8;
        let mut suffix = Ipv6Addr::UNSPECIFIED;
        if len < 128 {
            let mut octets = [0u8; 16];
            let mut scratch = Writer::<0>::new(&mut octets, writer.form());
            Ipv6::scan(tokens, &mut scratch)?;
            suffix = Ipv6Addr::from_bits(u128::from_be_bytes(octets) & own_mask(len));
        }
        let value = A6Prefix {
            len,
            suffix,
            name: None,
        };
        Self::write(value, writer).map_err(|error| tokens.unwritable(error))?;
        if len > 0 {
            tokens.write_name(writer)?;
        }
        Ok(())
    }

    fn show(value: A6Prefix<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", value.len)?;
        if value.len < 128 {
            write!(out, " {}", value.suffix)?;
        }
        match value.name {
            Some(name) => write!(out, " {name}"),
            None => Ok(()),
        }
    }
}

/// The bits of the address that do not come from elsewhere.
fn own_mask(len: u8) -> u128 {
    u128::MAX.checked_shr(u32::from(len)).unwrap_or(0)
}

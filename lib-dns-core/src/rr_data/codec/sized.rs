//! Octets with a length of their own, and octets that may be missing.

use super::encoded::scan_base64;
use super::{Codec, DataTokens, OCTETS_A_TOKEN, show_generic};
use crate::text::{Base64, TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;

/// Octets behind a 16-bit length, as TSIG and TKEY have them: text is the length and, unless it is 0,
/// base64 in one token.
#[derive(Clone, Copy, Debug)]
pub enum Base64Sized {}

impl Codec for Base64Sized {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        let len = reader.u16(Part::Field)?;
        reader.octets(usize::from(len), Part::Field)
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        let len = u16::try_from(value.len()).map_err(|_| WriteError::TooLong(Part::Field))?;
        writer.u16(len)?;
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let length = tokens.expect("a length")?;
        let stated = length.number(u64::from(u16::MAX))? as u16;
        writer
            .u16(stated)
            .map_err(|error| tokens.unwritable(error))?;
        if stated == 0 {
            return Ok(());
        }
        let token = tokens.expect("base64")?;
        if scan_base64(&token, tokens, writer)? != usize::from(stated) {
            return Err(length.error(TextErrorKind::Invalid("not as long as the length says")));
        }
        Ok(())
    }

    fn has_text(value: &[u8]) -> bool {
        value.len() <= OCTETS_A_TOKEN
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", value.len())?;
        match value {
            [] => Ok(()),
            octets => write!(out, " {}", Base64(octets)),
        }
    }
}

/// Base64 to the end of the data, which may be nothing at all.
#[derive(Clone, Copy, Debug)]
pub enum Base64Tail {}

impl Codec for Base64Tail {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        Ok(reader.take_rest())
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        if tokens.clone().next()?.is_none() {
            return Ok(());
        }
        super::Base64Rest::scan(tokens, writer)
    }

    fn is_shown(value: &[u8]) -> bool {
        !value.is_empty()
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        super::Base64Rest::show(value, out)
    }
}

/// Base64 to the end of the data, `-` for nothing.
#[derive(Clone, Copy, Debug)]
pub enum Base64OrDash {}

impl Codec for Base64OrDash {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        Ok(reader.take_rest())
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mut ahead = tokens.clone();
        if ahead.expect("base64 or -")?.is("-") {
            *tokens = ahead;
            return Ok(());
        }
        super::Base64Rest::scan(tokens, writer)
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        match value {
            [] => out.write_char('-'),
            octets => super::Base64Rest::show(octets, out),
        }
    }
}

/// Octets to the end of the data that have no text form but `\# length octets` (RFC 3597 5).
#[derive(Clone, Copy, Debug)]
pub enum GenericOctets {}

impl Codec for GenericOctets {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        Ok(reader.take_rest())
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        tokens.write_generic(writer)
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        show_generic(value, out)
    }
}

//! Statements to prove, and paths of web sites: ZK, WEB4OWNER and WEB4CONTENT.

use super::encoded::scan_base64;
use super::octets::scan_string;
use super::{Base64Sized, Codec, DataTokens, OCTETS_A_TOKEN, OneString};
use crate::text::{Base64, CharacterString, TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// What is proved: octets behind a 16-bit length; base64 in one token, or `-` for none.
#[derive(Clone, Copy, Debug)]
pub enum Statement {}

impl Codec for Statement {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        Base64Sized::read(reader)
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        Base64Sized::write(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a statement in base64, or -")?;
        let length = writer.open_length();
        let length = length.map_err(|error| tokens.unwritable(error))?;
        if !token.is("-") {
            scan_base64(&token, tokens, writer)?;
        }
        writer
            .close_length(length, Part::Field)
            .map_err(|_| token.error(TextErrorKind::DataTooLong))
    }

    fn has_text(value: &[u8]) -> bool {
        value.len() <= OCTETS_A_TOKEN
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        match value {
            [] => out.write_char('-'),
            octets => write!(out, "{}", Base64(octets)),
        }
    }
}

/// A path on a web site: a character string that starts with `/`.
#[derive(Clone, Copy, Debug)]
pub enum WebPath {}

impl Codec for WebPath {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        let start = *reader;
        let path = OneString::read(reader)?;
        match path.first() {
            Some(b'/') => Ok(path),
            _ => Err(start.error(WireErrorKind::BadValue(Part::RecordData))),
        }
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        OneString::write(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a path")?;
        let first = token.octets().next();
        match first.transpose().map_err(|kind| token.error(kind))? {
            Some((b'/', _)) => scan_string(&token, tokens, writer),
            _ => Err(token.error(TextErrorKind::Expected("a path that starts with /"))),
        }
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", CharacterString(value))
    }
}

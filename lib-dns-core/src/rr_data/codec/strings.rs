//! One character string, and text to the end of the data.

use super::octets::scan_string;
use super::{CharacterStrings, Codec, DataTokens, Strings, fits_token};
use crate::text::{CharacterString, QuotedText, TextError};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// One character string: at most 255 octets behind their length (RFC 1035 3.3).
#[derive(Clone, Copy, Debug)]
pub enum OneString {}

impl Codec for OneString {
    type Value<'a> = &'a [u8];

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        let len = reader.u8(Part::CharacterString)?;
        reader.octets(usize::from(len), Part::CharacterString)
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        let part = Part::CharacterString;
        writer.u8(u8::try_from(value.len()).map_err(|_| WriteError::TooLong(part))?)?;
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a character string")?;
        scan_string(&token, tokens, writer)
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", CharacterString(value))
    }
}

/// One character string, and perhaps another, to the end of the data (RFC 1183 3.2).
#[derive(Clone, Copy, Debug)]
pub enum OneOrTwoStrings {}

impl Codec for OneOrTwoStrings {
    type Value<'a> = Strings<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Strings<'a>, WireError> {
        let start = *reader;
        let strings = CharacterStrings::read(reader)?;
        match strings.iter().nth(2) {
            None => Ok(strings),
            Some(_) => Err(start.error(WireErrorKind::Leftover(Part::RecordData))),
        }
    }

    fn write<const N: usize>(
        value: Strings<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        CharacterStrings::write(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        OneString::scan(tokens, writer)?;
        match tokens.next()? {
            Some(token) => scan_string(&token, tokens, writer),
            None => Ok(()),
        }
    }

    fn show(value: Strings<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        CharacterStrings::show(value, out)
    }
}

/// Text to the end of the data, without a length: one token.
#[derive(Clone, Copy, Debug)]
pub enum TextRest {}

impl Codec for TextRest {
    type Value<'a> = &'a [u8];

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        Ok(reader.take_rest())
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.put(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("text")?;
        for item in token.octets() {
            let (octet, _) = item.map_err(|kind| token.error(kind))?;
            writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
        }
        Ok(())
    }

    fn has_text(value: &[u8]) -> bool {
        fits_token(format_args!("{}", QuotedText(value)))
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", CharacterString(value))
    }
}

/// A property tag of CAA: letters and digits behind their length, a plain word in text
/// (RFC 8659 4.1).
#[derive(Clone, Copy, Debug)]
pub enum PropertyTag {}

impl Codec for PropertyTag {
    type Value<'a> = &'a [u8];

    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        let tag = OneString::read(reader)?;
        if tag.is_empty() || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return Err(reader.error(WireErrorKind::BadValue(Part::RecordData)));
        }
        Ok(tag)
    }

    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        OneString::write(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a property tag")?;
        if token.raw.is_empty() || !token.raw.iter().all(u8::is_ascii_alphanumeric) {
            let kind = crate::text::TextErrorKind::Expected("a property tag of letters and digits");
            return Err(token.error(kind));
        }
        scan_string(&token, tokens, writer)
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(str::from_utf8(value).unwrap_or_default())
    }
}

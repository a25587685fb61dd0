//! Character strings, and octets to the end of the data.

use super::{Codec, DataTokens, OCTETS_A_TOKEN, show_list};
use crate::text::{
    Base16, Base16Decoder, Base64, Base64Decoder, CharacterString, TextError, TextErrorKind, Token,
};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// Writes a token as one character string.
pub(super) fn scan_string(
    token: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    if !token.escaped {
        let len = u8::try_from(token.raw.len());
        let len = len.map_err(|_| token.error(TextErrorKind::StringTooLong))?;
        return writer
            .u8(len)
            .and_then(|()| writer.put(token.raw))
            .map_err(|error| tokens.unwritable(error));
    }
    let mut len = 0u8;
    for item in token.octets() {
        item.map_err(|kind| token.error(kind))?;
        len = len
            .checked_add(1)
            .ok_or_else(|| token.error(TextErrorKind::StringTooLong))?;
    }
    writer.u8(len).map_err(|error| tokens.unwritable(error))?;
    for (octet, _) in token.octets().flatten() {
        writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
    }
    Ok(())
}

/// One or more character strings to the end of the data.
#[derive(Clone, Copy, Debug)]
pub enum CharacterStrings {}

/// Character strings as they stand on the wire, each behind its length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    /// The strings, from the first.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        strings(self.0)
    }

    /// The wire form.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Strings, each behind its length, as far as they are whole.
pub(super) fn strings<'a>(octets: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut rest = octets;
    core::iter::from_fn(move || {
        let (len, tail) = rest.split_first()?;
        let (string, tail) = tail.split_at_checked(usize::from(*len))?;
        rest = tail;
        Some(string)
    })
}

impl fmt::Debug for Strings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(CharacterString))
            .finish()
    }
}

impl Codec for CharacterStrings {
    type Value<'a> = Strings<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Strings<'a>, WireError> {
        let octets = reader.peek();
        if octets.is_empty() {
            return Err(reader.error(WireErrorKind::Empty(Part::RecordData)));
        }
        while !reader.is_empty() {
            let len = reader.u8(Part::CharacterString)?;
            reader.octets(usize::from(len), Part::CharacterString)?;
        }
        Ok(Strings(octets))
    }

    fn write<const N: usize>(
        value: Strings<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let mut next = Some(tokens.expect("a character string")?);
        while let Some(token) = next {
            scan_string(&token, tokens, writer)?;
            next = tokens.next()?;
        }
        Ok(())
    }

    fn show(value: Strings<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter().map(CharacterString), " ", out)
    }
}

/// A codec for octets to the end of the data, encoded over any number of tokens.
macro_rules! encoded_rest {
    ($(#[$meta:meta])* $name:ident, $decoder:ident, $encoded:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = &'a [u8];

            #[inline]
            fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
                match reader.take_rest() {
                    [] => Err(reader.error(WireErrorKind::Empty(Part::RecordData))),
                    octets => Ok(octets),
                }
            }

            fn write<const N: usize>(
                value: &[u8],
                writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                writer.put(value)
            }

            fn scan(
                tokens: &mut DataTokens<'_>,
                writer: &mut Writer<'_, 0>,
            ) -> Result<(), TextError> {
                let mut decoder = $decoder::default();
                let mut last = tokens.expect($what)?;
                loop {
                    for character in last.raw {
                        let octet = decoder.push(*character).map_err(|kind| last.error(kind))?;
                        if let Some(octet) = octet {
                            writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
                        }
                    }
                    match tokens.next()? {
                        Some(token) => last = token,
                        None => break,
                    }
                }
                decoder.finish().map_err(|kind| last.error(kind))
            }

            fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
                show_list(value.chunks(OCTETS_A_TOKEN).map($encoded), " ", out)
            }
        }
    };
}

encoded_rest!(
    /// Octets to the end of the data, hexadecimal in text.
    Base16Rest, Base16Decoder, Base16, "hexadecimal digits"
);
encoded_rest!(
    /// Octets to the end of the data, base64 in text.
    Base64Rest, Base64Decoder, Base64, "base64"
);

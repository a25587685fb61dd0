//! The fields of HIP (RFC 8005 5).

use super::encoded::{scan_base16, scan_base64};
use super::{Codec, DataTokens, OCTETS_A_TOKEN, show_list};
use crate::name::Name;
use crate::text::{Base16, Base64, TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// Tag and key of a host: the length of the tag, the algorithm and the length of the key stand before
/// both. Text is algorithm, tag in hexadecimal, key in base64.
#[derive(Clone, Copy, Debug)]
pub enum HostIdentityFields {}

/// Who a host is, whatever its address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostIdentity<'a> {
    /// The key's algorithm, as in IPSECKEY (RFC 4025 2.4).
    pub algorithm: u8,
    /// The host identity tag, a hash of the key, at most 255 octets.
    pub tag: &'a [u8],
    /// The key, as in IPSECKEY (RFC 4025 2.6).
    pub public_key: &'a [u8],
}

impl Codec for HostIdentityFields {
    type Value<'a> = HostIdentity<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<HostIdentity<'a>, WireError> {
        let [tag_len, algorithm] = reader.array::<2>(Part::RecordData)?;
        let key_len = reader.u16(Part::RecordData)?;
        if tag_len == 0 || key_len == 0 {
            return Err(reader.error(WireErrorKind::Empty(Part::Field)));
        }
        Ok(HostIdentity {
            algorithm,
            tag: reader.octets(usize::from(tag_len), Part::Field)?,
            public_key: reader.octets(usize::from(key_len), Part::Field)?,
        })
    }

    fn write<const N: usize>(
        value: HostIdentity<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        let too_long = |_| WriteError::TooLong(Part::Field);
        let tag_len = u8::try_from(value.tag.len()).map_err(too_long)?;
        let key_len = u16::try_from(value.public_key.len()).map_err(too_long)?;
        writer.put(&[tag_len, value.algorithm])?;
        writer.u16(key_len)?;
        writer.put(value.tag)?;
        writer.put(value.public_key)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let algorithm = tokens.expect("an algorithm")?.number(255)? as u8;
        let start = writer.len();
        writer
            .put(&[0; 4])
            .map_err(|error| tokens.unwritable(error))?;
        let token = tokens.expect("a host identity tag")?;
        let tag_len = match u8::try_from(scan_base16(&token, tokens, writer)?) {
            Ok(0) => return Err(token.error(TextErrorKind::Expected("a host identity tag"))),
            Ok(len) => len,
            Err(_) => return Err(token.error(TextErrorKind::StringTooLong)),
        };
        let token = tokens.expect("a public key")?;
        let key_len = match u16::try_from(scan_base64(&token, tokens, writer)?) {
            Ok(0) => return Err(token.error(TextErrorKind::Expected("a public key"))),
            Ok(len) => len,
            Err(_) => return Err(token.error(TextErrorKind::DataTooLong)),
        };
        writer.overwrite_u16(start, u16::from_be_bytes([tag_len, algorithm]));
        writer.overwrite_u16(start.wrapping_add(2), key_len);
        Ok(())
    }

    fn has_text(value: HostIdentity<'_>) -> bool {
        value.public_key.len() <= OCTETS_A_TOKEN
    }

    fn show(value: HostIdentity<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let (tag, key) = (Base16(value.tag), Base64(value.public_key));
        write!(out, "{} {tag} {key}", value.algorithm)
    }
}

/// Names to the end of the data, never compressed, their case kept (RFC 8005 5).
#[derive(Clone, Copy, Debug)]
pub enum FlatNames {}

/// Validated names as they stand on the wire, one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Names<'a>(&'a [u8]);

impl<'a> Names<'a> {
    /// The names, from the first.
    pub fn iter(&self) -> impl Iterator<Item = Name<'a>> + use<'a> {
        Reader::new(self.0).each(Reader::flat_name)
    }

    /// The wire form.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Codec for FlatNames {
    type Value<'a> = Names<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Names<'a>, WireError> {
        let octets = reader.peek();
        while !reader.is_empty() {
            reader.flat_name()?;
        }
        Ok(Names(octets))
    }

    fn write<const N: usize>(
        value: Names<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        while tokens.clone().next()?.is_some() {
            tokens.write_name(writer)?;
        }
        Ok(())
    }

    fn is_shown(value: Names<'_>) -> bool {
        !value.0.is_empty()
    }

    fn show(value: Names<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        show_list(value.iter(), " ", out)
    }
}

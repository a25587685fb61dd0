//! Fields of the DNSSEC types: types, algorithms, times, salts, hashed names.

use super::encoded::{scan_base16, scan_base32hex};
use super::{Codec, DataTokens};
use crate::code_points::SecurityAlgorithm;
use crate::rr_data::Type;
use crate::text::{Base16, Base32Hex, TextError, TextErrorKind, Token};
use crate::wire::{Form, Part, Reader, WireError, WriteError, Writer};
use core::fmt;

/// A record type by its mnemonic.
#[derive(Clone, Copy, Debug)]
pub enum TypeNumber {}

impl Codec for TypeNumber {
    type Value<'a> = Type;
    const LEN: usize = 2;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Type, WireError> {
        reader.u16(Part::RecordData).map(Type)
    }

    #[inline]
    fn write<const N: usize>(value: Type, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.u16(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a record type")?;
        let rtype = type_of(&token)?;
        writer
            .u16(rtype.0)
            .map_err(|error| tokens.unwritable(error))
    }

    fn show(value: Type, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}

/// A token as a record type.
pub(super) fn type_of(token: &Token<'_>) -> Result<Type, TextError> {
    Type::from_mnemonic(token.raw)
        .filter(|_| !token.quoted)
        .ok_or_else(|| token.error(TextErrorKind::UnknownType))
}

/// A DNSSEC algorithm: a number in text, read by its mnemonic too (RFC 4034 A.1).
#[derive(Clone, Copy, Debug)]
pub enum Algorithm {}

impl Codec for Algorithm {
    type Value<'a> = SecurityAlgorithm;
    const LEN: usize = 1;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<SecurityAlgorithm, WireError> {
        reader.u8(Part::RecordData).map(SecurityAlgorithm)
    }

    #[inline]
    fn write<const N: usize>(
        value: SecurityAlgorithm,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.u8(value.0)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("an algorithm")?;
        let algorithm = SecurityAlgorithm::from_mnemonic(token.raw)
            .ok_or_else(|| token.error(TextErrorKind::Expected("an algorithm")))?;
        writer
            .u8(algorithm.0)
            .map_err(|error| tokens.unwritable(error))
    }

    fn show(value: SecurityAlgorithm, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", value.0)
    }
}

/// Seconds since 1970 modulo 2^32: a date in text, `YYYYMMDDHHmmSS` in UTC; read as a plain number
/// too (RFC 4034 3.2).
#[derive(Clone, Copy, Debug)]
pub enum Timestamp {}

impl Codec for Timestamp {
    type Value<'a> = u32;
    const LEN: usize = 4;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<u32, WireError> {
        reader.u32(Part::RecordData)
    }

    #[inline]
    fn write<const N: usize>(value: u32, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.u32(value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a time")?;
        let seconds = if token.raw.len() == 14 {
            seconds_of(token.raw).ok_or_else(|| token.error(TextErrorKind::Expected("a time")))?
        } else {
            token.number(u64::from(u32::MAX))? as u32
        };
        writer
            .u32(seconds)
            .map_err(|error| tokens.unwritable(error))
    }

    fn show(value: u32, out: &mut dyn fmt::Write) -> fmt::Result {
        let [year, month, day] = date_of(value / SECONDS_A_DAY);
        let second = value % SECONDS_A_DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            out,
            "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"
        )
    }
}

pub(crate) const SECONDS_A_DAY: u32 = 86_400;

/// Days before each month of a year that starts in March, so that a leap day comes last.
const DAYS_BEFORE: [u32; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/// Days from 1 March of year 0 to 1 January 1970.
const DAYS_TO_1970: u64 = 719_468;

/// Year, month and day of a day counted from 1 January 1970.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "a day count of 16 bits keeps all steps far inside 64 bits"
)]
pub(crate) fn date_of(days: u32) -> [u32; 3] {
    let days = u64::from(days) + DAYS_TO_1970;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    let year = year_of_era + days / 146_097 * 400 + u64::from(month < 3);
    [year as u32, month as u32, day as u32]
}

/// Reads fourteen digits as a date; what lies beyond 32 bits wraps, as RFC 4034 3.1.5 has it.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "a year of four digits keeps all steps far inside 64 bits"
)]
pub(crate) fn seconds_of(digits: &[u8]) -> Option<u32> {
    let field = |start: usize, end: usize| crate::text::decimal(digits.get(start..end)?);
    let (year, month, day) = (field(0, 4)?, field(4, 6)?, field(6, 8)?);
    let (hour, minute, second) = (field(8, 10)?, field(10, 12)?, field(12, 14)?);
    let in_range = year >= 1970 && (1..=12).contains(&month) && day >= 1;
    if !in_range || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // January and February belong to the year before, which starts in March.
    let year_from_march = year - u64::from(month < 3);
    let before = DAYS_BEFORE.get(usize::try_from((month + 9) % 12).ok()?)?;
    let days = 365 * year_from_march + year_from_march / 4 - year_from_march / 100
        + year_from_march / 400
        + u64::from(*before)
        + day
        - 1
        - DAYS_TO_1970;
    let [_, read_month, read_day] = date_of(u32::try_from(days).ok()?);
    // The 31st of a shorter month would be read as a day of the next.
    if u64::from(read_month) != month || u64::from(read_day) != day {
        return None;
    }
    Some((days * u64::from(SECONDS_A_DAY) + hour * 3600 + minute * 60 + second) as u32)
}

/// Reads up to 255 octets behind their length.
#[inline]
fn read_counted<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
    let len = reader.u8(Part::Field)?;
    reader.octets(usize::from(len), Part::Field)
}

#[inline]
fn write_counted<const N: usize>(
    value: &[u8],
    writer: &mut Writer<'_, N>,
) -> Result<(), WriteError> {
    let len = u8::try_from(value.len()).map_err(|_| WriteError::TooLong(Part::Field))?;
    writer.u8(len)?;
    writer.put(value)
}

/// Octets behind their length, hexadecimal in one token or `-` for none (RFC 5155 3.3).
#[derive(Clone, Copy, Debug)]
pub enum Salt {}

impl Codec for Salt {
    type Value<'a> = &'a [u8];

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        read_counted(reader)
    }

    #[inline]
    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        write_counted(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a salt")?;
        let mut room = [0; 255];
        let mut salt = Writer::<0>::new(&mut room, Form::Plain);
        if token.raw != b"-" {
            scan_base16(&token, tokens, &mut salt).map_err(|error| too_long(error, &token))?;
        }
        write_counted(salt.written(), writer).map_err(|error| tokens.unwritable(error))
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        match value {
            [] => out.write_char('-'),
            salt => write!(out, "{}", Base16(salt)),
        }
    }
}

/// A hashed name behind its length, base32hex in text (RFC 5155 3.3).
#[derive(Clone, Copy, Debug)]
pub enum HashedName {}

impl Codec for HashedName {
    type Value<'a> = &'a [u8];

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], WireError> {
        match read_counted(reader)? {
            [] => Err(reader.error(crate::wire::WireErrorKind::Empty(Part::Field))),
            hash => Ok(hash),
        }
    }

    #[inline]
    fn write<const N: usize>(value: &[u8], writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        write_counted(value, writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a hashed name")?;
        let mut room = [0; 255];
        let mut hash = Writer::<0>::new(&mut room, Form::Plain);
        scan_base32hex(&token, tokens, &mut hash).map_err(|error| too_long(error, &token))?;
        if hash.is_empty() {
            return Err(token.error(TextErrorKind::Expected("a hashed name")));
        }
        write_counted(hash.written(), writer).map_err(|error| tokens.unwritable(error))
    }

    fn show(value: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", Base32Hex(value))
    }
}

/// Where the room was that of one length octet, what does not fit is too long for it.
fn too_long(error: TextError, token: &Token<'_>) -> TextError {
    match error.kind {
        TextErrorKind::DataTooLong => token.error(TextErrorKind::StringTooLong),
        _ => error,
    }
}

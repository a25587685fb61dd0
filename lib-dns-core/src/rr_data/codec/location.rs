//! Geographical locations of LOC (RFC 1876).

use super::{Codec, DataTokens};
use crate::text::{TextError, TextErrorKind, Token, decimal};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// A location, all of the data.
#[derive(Clone, Copy, Debug)]
pub enum LocationData {}

/// Where something is (RFC 1876 2). Sizes are in centimetres: a digit in the high four bits and a
/// power of ten in the low ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location {
    /// The diameter of what is described.
    pub size: u8,
    /// How exact latitude and longitude are.
    pub horizontal_precision: u8,
    /// How exact the altitude is.
    pub vertical_precision: u8,
    /// Thousandths of a second of arc from the equator, plus 2^31.
    pub latitude: u32,
    /// Thousandths of a second of arc from the prime meridian, plus 2^31.
    pub longitude: u32,
    /// Centimetres from 100,000 m below the WGS 84 spheroid.
    pub altitude: u32,
}

/// The equator, and the prime meridian.
const CENTRE: u32 = 1 << 31;
/// Thousandths of a second in a degree.
const DEGREE: u32 = 3_600_000;
/// Centimetres that stand for an altitude of 0.
const SEA_LEVEL: i64 = 10_000_000;

/// Is it a digit and a power of ten? No size at all has one form only.
fn is_size(octet: u8) -> bool {
    octet == 0 || ((1..=9).contains(&(octet >> 4)) && octet & 0x0f <= 9)
}

impl Codec for LocationData {
    type Value<'a> = Location;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Location, WireError> {
        let start = *reader;
        let [version, size, horizontal, vertical] = reader.array::<4>(Part::RecordData)?;
        let location = Location {
            size,
            horizontal_precision: horizontal,
            vertical_precision: vertical,
            latitude: reader.u32(Part::RecordData)?,
            longitude: reader.u32(Part::RecordData)?,
            altitude: reader.u32(Part::RecordData)?,
        };
        let within =
            |angle: u32, degrees: u32| angle.abs_diff(CENTRE) <= degrees.saturating_mul(DEGREE);
        let sizes = [size, horizontal, vertical].into_iter().all(is_size);
        let angles = within(location.latitude, 90) && within(location.longitude, 180);
        if version != 0 || !sizes || !angles {
            return Err(start.error(WireErrorKind::BadValue(Part::RecordData)));
        }
        Ok(location)
    }

    fn write<const N: usize>(
        value: Location,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(&[
            0,
            value.size,
            value.horizontal_precision,
            value.vertical_precision,
        ])?;
        writer.u32(value.latitude)?;
        writer.u32(value.longitude)?;
        writer.u32(value.altitude)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let latitude = scan_angle(tokens, 90, [b'N', b'S'])?;
        let longitude = scan_angle(tokens, 180, [b'E', b'W'])?;
        let token = tokens.expect("an altitude")?;
        let altitude = metres(&token)
            .and_then(|centimetres| u32::try_from(centimetres.checked_add(SEA_LEVEL)?).ok())
            .ok_or_else(|| token.error(TextErrorKind::Expected("an altitude in metres")))?;
        // What is not given: 1 m, 10,000 m and 10 m.
        let mut sizes = [0x12, 0x16, 0x13];
        for slot in &mut sizes {
            let Some(token) = tokens.next()? else { break };
            *slot = metres(&token)
                .and_then(size_of)
                .ok_or_else(|| token.error(TextErrorKind::Expected("a size in metres")))?;
        }
        let [size, horizontal_precision, vertical_precision] = sizes;
        let location = Location {
            size,
            horizontal_precision,
            vertical_precision,
            latitude,
            longitude,
            altitude,
        };
        Self::write(location, writer).map_err(|error| tokens.unwritable(error))
    }

    fn show(value: Location, out: &mut dyn fmt::Write) -> fmt::Result {
        show_angle(value.latitude, [b'N', b'S'], out)?;
        show_angle(value.longitude, [b'E', b'W'], out)?;
        let altitude = i64::from(value.altitude).saturating_sub(SEA_LEVEL);
        let sign = if altitude < 0 { "-" } else { "" };
        let altitude = altitude.unsigned_abs();
        write!(out, "{sign}{}.{:02}m", altitude / 100, altitude % 100)?;
        for size in [
            value.size,
            value.horizontal_precision,
            value.vertical_precision,
        ] {
            let power = 10u64.saturating_pow(u32::from(size & 0x0f));
            let centimetres = u64::from(size >> 4).saturating_mul(power);
            match centimetres % 100 {
                0 => write!(out, " {}m", centimetres / 100)?,
                part => write!(out, " {}.{part:02}m", centimetres / 100)?,
            }
        }
        Ok(())
    }
}

/// Degrees, and perhaps minutes and seconds, up to one of two letters.
fn scan_angle(
    tokens: &mut DataTokens<'_>,
    most: u32,
    [up, down]: [u8; 2],
) -> Result<u32, TextError> {
    const WHAT: &str = "degrees, minutes and seconds, and N, S, E or W";
    let mut thousandths = 0u32;
    // Degrees, minutes and seconds, each with how much it is worth and what it must stay below.
    let units = [
        (DEGREE, most.saturating_add(1)),
        (60_000, 60),
        (1000, 60),
        (0, 0),
    ];
    for (index, (worth, below)) in units.into_iter().enumerate() {
        let token = tokens.expect(WHAT)?;
        let bad = || token.error(TextErrorKind::Expected(WHAT));
        let letter = match token.raw {
            [letter] => letter.to_ascii_uppercase(),
            _ => 0,
        };
        if index > 0 && (letter == up || letter == down) {
            if thousandths > most.saturating_mul(DEGREE) {
                return Err(bad());
            }
            return Ok(match letter == up {
                true => CENTRE.wrapping_add(thousandths),
                false => CENTRE.wrapping_sub(thousandths),
            });
        }
        let places = if index == 2 { 3 } else { 0 };
        let value = fixed(token.raw, places).ok_or_else(bad)?;
        let scale = if index == 2 { 1000 } else { 1 };
        if value >= u64::from(below).saturating_mul(scale) {
            return Err(bad());
        }
        let worth = u64::from(worth).checked_div(scale).unwrap_or(0);
        thousandths = thousandths.saturating_add(value.saturating_mul(worth) as u32);
    }
    Err(tokens.error(TextErrorKind::Missing(WHAT)))
}

fn show_angle(angle: u32, [up, down]: [u8; 2], out: &mut dyn fmt::Write) -> fmt::Result {
    let letter = char::from(if angle >= CENTRE { up } else { down });
    let thousandths = angle.abs_diff(CENTRE);
    let (degrees, minutes) = (thousandths / DEGREE, thousandths / 60_000 % 60);
    let (seconds, part) = (thousandths / 1000 % 60, thousandths % 1000);
    write!(out, "{degrees} {minutes} {seconds}.{part:03} {letter} ")
}

/// Centimetres of a number of metres with an `m` or without.
fn metres(token: &Token<'_>) -> Option<i64> {
    let digits = match token.raw {
        [digits @ .., b'm' | b'M'] => digits,
        digits => digits,
    };
    let (digits, negative) = match digits {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    let centimetres = i64::try_from(fixed(digits, 2)?).ok()?;
    Some(if negative {
        centimetres.saturating_neg()
    } else {
        centimetres
    })
}

/// A size as a digit and a power of ten; what lies between is cut, as RFC 1876's own code does.
fn size_of(centimetres: i64) -> Option<u8> {
    let mut digit = u64::try_from(centimetres).ok()?;
    let mut power = 0u8;
    while digit > 9 {
        digit /= 10;
        power = power.saturating_add(1);
    }
    (power <= 9).then_some((digit as u8) << 4 | power)
}

/// A decimal number with at most `places` digits behind the point, as a whole number of the last.
fn fixed(text: &[u8], places: usize) -> Option<u64> {
    let (whole, part) = match text.iter().position(|octet| *octet == b'.') {
        Some(point) => (text.get(..point)?, text.get(point.checked_add(1)?..)?),
        None => (text, &[][..]),
    };
    if part.len() > places || !whole.iter().chain(part).all(u8::is_ascii_digit) {
        return None;
    }
    let mut value = decimal(whole)?;
    for place in 0..places {
        let digit = part.get(place).map_or(0, |digit| digit.wrapping_sub(b'0'));
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

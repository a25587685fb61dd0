//! Octets that people write in hexadecimal.

use lib_dns_core::text::Base16Decoder;
use std::fmt;

/// Why a text is no octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HexadecimalError {
    /// What stands here, counted in characters from 1, is no digit.
    NoDigit(usize),
    /// Half of the last octet is missing.
    HalfAnOctet,
    /// There are so many octets, and not as many as wanted.
    Length {
        /// What came.
        found: usize,
        /// What was wanted.
        wanted: usize,
    },
}

impl fmt::Display for HexadecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigit(at) => write!(f, "character {at} is no hexadecimal digit"),
            Self::HalfAnOctet => f.write_str("an octet has two digits, and the last has one"),
            Self::Length { found, wanted } => {
                write!(f, "{found} octets, but there must be {wanted}")
            }
        }
    }
}

/// Reads octets: two digits each, in either case; blanks between them mean nothing.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, HexadecimalError> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut decoder = Base16Decoder::default();
    for (at, character) in (1..).zip(text.chars()) {
        if character.is_ascii_whitespace() {
            continue;
        }
        let digit = u8::try_from(character).map_err(|_| HexadecimalError::NoDigit(at))?;
        let octet = decoder.push(digit);
        octets.extend(octet.map_err(|_| HexadecimalError::NoDigit(at))?);
    }
    decoder
        .finish()
        .map_err(|_| HexadecimalError::HalfAnOctet)?;
    Ok(octets)
}

/// Reads so many octets.
pub(crate) fn array<const N: usize>(text: &str) -> Result<[u8; N], HexadecimalError> {
    let octets = octets(text)?;
    let found = octets.len();
    let wrong = HexadecimalError::Length { found, wanted: N };
    octets.try_into().map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_and_faults_have_a_place() {
        assert_eq!(octets("7f 3A\t8b2C"), Ok(vec![0x7f, 0x3a, 0x8b, 0x2c]));
        assert_eq!(octets(""), Ok(Vec::new()));
        assert_eq!(octets("7f 3x"), Err(HexadecimalError::NoDigit(5)));
        assert_eq!(octets("ß7"), Err(HexadecimalError::NoDigit(1)));
        assert_eq!(octets("7f3"), Err(HexadecimalError::HalfAnOctet));
        assert_eq!(array("7f3a"), Ok([0x7f, 0x3a]));
        let wrong = HexadecimalError::Length {
            found: 1,
            wanted: 4,
        };
        assert_eq!(array::<4>("7f"), Err(wrong));
    }
}

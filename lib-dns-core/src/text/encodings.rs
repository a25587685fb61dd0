//! Base 16, 32 and 64 (RFC 4648) as zone files use them: in pieces, over several tokens.

use super::TextErrorKind;
use core::fmt;

/// The value of a hexadecimal digit in either case.
#[inline]
pub(crate) fn hex_digit(octet: u8) -> Option<u8> {
    let digit = octet.wrapping_sub(b'0');
    let letter = (octet | 0x20).wrapping_sub(b'a');
    match (digit, letter) {
        (..=9, _) => Some(digit),
        (_, ..=5) => Some(letter.wrapping_add(10)),
        _ => None,
    }
}

/// Reads hexadecimal digits one by one.
#[derive(Clone, Debug, Default)]
pub struct Base16Decoder {
    high: Option<u8>,
}

impl Base16Decoder {
    /// Takes one digit; every second one completes an octet.
    ///
    /// # Errors
    /// If it is no hexadecimal digit.
    pub fn push(&mut self, digit: u8) -> Result<Option<u8>, TextErrorKind> {
        let Some(value) = hex_digit(digit) else {
            return Err(TextErrorKind::Expected("hexadecimal digits"));
        };
        match self.high.take() {
            None => {
                self.high = Some(value);
                Ok(None)
            }
            Some(high) => Ok(Some(high << 4 | value)),
        }
    }

    /// Checks that no digit is left over.
    ///
    /// # Errors
    /// After an odd number of digits.
    pub fn finish(&self) -> Result<(), TextErrorKind> {
        match self.high {
            None => Ok(()),
            Some(_) => Err(TextErrorKind::Invalid("odd number of hexadecimal digits")),
        }
    }
}

/// Reads base64 characters one by one.
#[derive(Clone, Debug, Default)]
pub struct Base64Decoder {
    bits: u32,
    /// Characters of the current group of four, padding included.
    characters: u8,
    padding: u8,
}

impl Base64Decoder {
    /// Takes one character; most complete an octet.
    ///
    /// # Errors
    /// If it is not of the alphabet, or follows padding.
    pub fn push(&mut self, character: u8) -> Result<Option<u8>, TextErrorKind> {
        let value = match character {
            b'A'..=b'Z' => character.wrapping_sub(b'A'),
            b'a'..=b'z' => character.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => character.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                self.padding = self.padding.saturating_add(1);
                self.characters = self.characters.saturating_add(1);
                return if self.padding <= 2 && matches!(self.characters, 3 | 4) {
                    Ok(None)
                } else {
                    Err(TextErrorKind::Invalid("misplaced base64 padding"))
                };
            }
            _ => return Err(TextErrorKind::Expected("base64")),
        };
        if self.padding > 0 {
            return Err(TextErrorKind::Invalid("base64 goes on after its padding"));
        }
        self.bits = self.bits << 6 | u32::from(value);
        let (octet, characters) = match self.characters {
            0 => (None, 1),
            1 => (Some(self.bits >> 4), 2),
            2 => (Some(self.bits >> 2), 3),
            _ => (Some(self.bits), 0),
        };
        self.characters = characters;
        Ok(octet.map(|bits| (bits & 0xff) as u8))
    }

    /// Checks that the last group is complete and that its unused bits are zero.
    ///
    /// # Errors
    /// If characters or padding are missing, or bits would be lost.
    pub fn finish(&self) -> Result<(), TextErrorKind> {
        let unused = match (self.characters, self.padding) {
            (0, 0) => 0,
            (4, 1) => 0b11,
            (4, 2) => 0b1111,
            _ => return Err(TextErrorKind::Invalid("base64 is cut off")),
        };
        if self.bits & unused == 0 {
            Ok(())
        } else {
            Err(TextErrorKind::Invalid(
                "base64 has stray bits in its last character",
            ))
        }
    }
}

/// Reads base32hex characters (RFC 4648 7) without padding, as NSEC3 uses them.
#[derive(Clone, Debug, Default)]
pub struct Base32HexDecoder {
    bits: u32,
    count: u8,
    characters: u8,
}

impl Base32HexDecoder {
    /// Takes one character.
    ///
    /// # Errors
    /// If it is not of the alphabet.
    pub fn push(&mut self, character: u8) -> Result<Option<u8>, TextErrorKind> {
        let value = match character {
            b'0'..=b'9' => character.wrapping_sub(b'0'),
            b'a'..=b'v' => character.wrapping_sub(b'a').wrapping_add(10),
            b'A'..=b'V' => character.wrapping_sub(b'A').wrapping_add(10),
            _ => return Err(TextErrorKind::Expected("base32hex")),
        };
        self.bits = (self.bits & 0xff) << 5 | u32::from(value);
        self.count = self.count.wrapping_add(5);
        self.characters = self.characters.wrapping_add(1) & 7;
        if self.count < 8 {
            return Ok(None);
        }
        self.count = self.count.wrapping_sub(8);
        Ok(Some((self.bits >> self.count & 0xff) as u8))
    }

    /// Checks that the length is possible and that unused bits are zero.
    ///
    /// # Errors
    /// If characters are missing, or bits would be lost.
    pub fn finish(&self) -> Result<(), TextErrorKind> {
        let unused = (1u32 << (self.count & 7)).wrapping_sub(1);
        if matches!(self.characters, 0 | 2 | 4 | 5 | 7) && self.bits & unused == 0 {
            Ok(())
        } else {
            Err(TextErrorKind::Invalid("base32hex is cut off"))
        }
    }
}

/// How many encoded characters are written at once.
const CHUNK: usize = 64;

/// Collects ASCII characters and writes them in pieces.
struct Chunked<'f, 'a> {
    out: &'f mut fmt::Formatter<'a>,
    buffer: [u8; CHUNK],
    len: usize,
}

impl<'f, 'a> Chunked<'f, 'a> {
    fn new(out: &'f mut fmt::Formatter<'a>) -> Self {
        Self {
            out,
            buffer: [0; CHUNK],
            len: 0,
        }
    }

    fn push(&mut self, character: u8) -> fmt::Result {
        if self.len >= CHUNK {
            self.flush()?;
        }
        if let Some(slot) = self.buffer.get_mut(self.len) {
            *slot = character;
            self.len = self.len.wrapping_add(1);
        }
        Ok(())
    }

    fn flush(&mut self) -> fmt::Result {
        let text = self
            .buffer
            .get(..self.len)
            .and_then(|octets| str::from_utf8(octets).ok());
        self.out.write_str(text.unwrap_or_default())?;
        self.len = 0;
        Ok(())
    }
}

/// The character of `alphabet` for the low bits of `value`.
fn digit(alphabet: &[u8], value: u32) -> u8 {
    alphabet
        .get(value as usize & alphabet.len().wrapping_sub(1))
        .copied()
        .unwrap_or(b'?')
}

/// Displays octets in base16, upper case.
///
/// ```
/// assert_eq!(lib_dns_core::text::Base16(&[0xca, 0xfe]).to_string(), "CAFE");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base16<'a>(pub &'a [u8]);

impl fmt::Display for Base16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut out = Chunked::new(f);
        for octet in self.0 {
            out.push(digit(DIGITS, u32::from(octet >> 4)))?;
            out.push(digit(DIGITS, u32::from(*octet)))?;
        }
        out.flush()
    }
}

/// Displays octets in base32hex without padding, upper case (RFC 4648 7, RFC 5155 3.3).
///
/// ```
/// assert_eq!(lib_dns_core::text::Base32Hex(b"foob").to_string(), "CPNMUOG");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base32Hex<'a>(pub &'a [u8]);

impl fmt::Display for Base32Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
        let mut out = Chunked::new(f);
        let (mut bits, mut count) = (0u32, 0u32);
        for octet in self.0 {
            bits = (bits & 0x1f) << 8 | u32::from(*octet);
            count = count.wrapping_add(8);
            while count >= 5 {
                count = count.wrapping_sub(5);
                out.push(digit(DIGITS, bits.wrapping_shr(count)))?;
            }
        }
        if count > 0 {
            out.push(digit(DIGITS, bits.wrapping_shl(5u32.wrapping_sub(count))))?;
        }
        out.flush()
    }
}

/// The 32 digits of 20 octets in base32 with the extended hex alphabet (RFC 4648 7), in lower case: the label of
/// an NSEC3 hash (RFC 5155 1.3). Digits sort like the octets that they encode.
pub(crate) fn hash_digits(hash: &[u8; 20]) -> [u8; 32] {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut label = [0; 32];
    // Five octets are eight digits, and 20 octets are four times five.
    for (octets, digits) in hash.chunks_exact(5).zip(label.chunks_exact_mut(8)) {
        let bits = octets
            .iter()
            .fold(0u64, |bits, octet| bits << 8 | u64::from(*octet));
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let shift = (place as u32).wrapping_mul(5);
            let value = bits.wrapping_shr(shift) & 31;
            *digit = DIGITS.get(value as usize).copied().unwrap_or(b'0');
        }
    }
    label
}

/// Displays octets in base64 with padding.
///
/// ```
/// assert_eq!(lib_dns_core::text::Base64(b"fo").to_string(), "Zm8=");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base64<'a>(pub &'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = Chunked::new(f);
        for group in self.0.chunks(3) {
            let mut octets = [0u8; 3];
            for (to, from) in octets.iter_mut().zip(group) {
                *to = *from;
            }
            let [a, b, c] = octets.map(u32::from);
            let bits = a << 16 | b << 8 | c;
            out.push(digit(DIGITS, bits >> 18))?;
            out.push(digit(DIGITS, bits >> 12))?;
            out.push(if group.len() > 1 {
                digit(DIGITS, bits >> 6)
            } else {
                b'='
            })?;
            out.push(if group.len() > 2 {
                digit(DIGITS, bits)
            } else {
                b'='
            })?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn decode64(text: &str) -> Result<Vec<u8>, TextErrorKind> {
        let mut decoder = Base64Decoder::default();
        let mut out = Vec::new();
        for character in text.bytes() {
            out.extend(decoder.push(character)?);
        }
        decoder.finish().map(|()| out)
    }

    fn decode32(text: &str) -> Result<Vec<u8>, TextErrorKind> {
        let mut decoder = Base32HexDecoder::default();
        let mut out = Vec::new();
        for character in text.bytes() {
            out.extend(decoder.push(character)?);
        }
        decoder.finish().map(|()| out)
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in [
            "A", "AA", "AAA", "AA=", "AB==", "AAB=", "=", "A===", "AA==A", "AAAA=", "A*",
        ] {
            assert!(decode64(text).is_err(), "{text}");
        }
        for text in ["0", "000", "01", "000000", "W0"] {
            assert!(decode32(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(octets: Vec<u8>) {
            prop_assert_eq!(&decode64(&Base64(&octets).to_string()).unwrap(), &octets);
            prop_assert_eq!(&decode32(&Base32Hex(&octets).to_string()).unwrap(), &octets);
            let mut decoder = Base16Decoder::default();
            let mut back = Vec::new();
            for character in Base16(&octets).to_string().bytes() {
                back.extend(decoder.push(character).unwrap());
            }
            decoder.finish().unwrap();
            prop_assert_eq!(&back, &octets);
        }
    }
}

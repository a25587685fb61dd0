//! Presentation format: tokens, escapes and encodings (RFC 1035 5.1), without names or records.
//!
//! [`Tokens`] cuts one entry of a master file, or the data of one record, into [`Token`]s; codecs
//! elsewhere turn those into octets. [`Printer`] is the way back. Errors say what was wrong, in which
//! line and column, and show the token.

mod encodings;
mod error;
mod printer;
mod seconds;
mod tokens;

pub(crate) use encodings::hash_digits;
pub(crate) use encodings::hex_digit;
pub use encodings::{Base16, Base16Decoder, Base32Hex, Base32HexDecoder, Base64, Base64Decoder};
pub use error::{TextError, TextErrorKind, TokenText};
pub use printer::{CharacterString, Layout, Printer, QuotedText};
pub use seconds::seconds;
pub use tokens::{MAX_TOKEN_LEN, Token, Tokens, Unescape};

/// Reads an unsigned decimal number of at most 20 digits; `None` for anything else.
///
/// ```
/// assert_eq!(lib_dns_core::text::decimal(b"65344"), Some(65344));
/// assert_eq!(lib_dns_core::text::decimal(b"+1"), None);
/// assert_eq!(lib_dns_core::text::decimal(b""), None);
/// ```
pub fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    let mut value = 0u64;
    for octet in text {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

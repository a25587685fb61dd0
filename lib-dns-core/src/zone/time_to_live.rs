//! Times to live in text.

use crate::text::{TextError, Token, seconds};

/// The longest time to live (RFC 2181 8), in seconds.
pub const MAX_TTL: u32 = 0x7fff_ffff;

/// Reads a time to live: `3600`, or numbers with units as [`seconds`] reads them.
///
/// ```
/// use lib_dns_core::{text::Tokens, zone::time_to_live};
/// let token = Tokens::new(b"1h30m").expect("a TTL").unwrap();
/// assert_eq!(time_to_live(&token), Ok(5400));
/// ```
///
/// # Errors
/// If the token is no such time, or one of more than [`MAX_TTL`] seconds.
#[inline]
pub fn time_to_live(token: &Token<'_>) -> Result<u32, TextError> {
    seconds(token, MAX_TTL, "a time to live")
}

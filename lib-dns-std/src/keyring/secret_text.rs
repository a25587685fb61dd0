//! Base64 of secrets, which leaves no copy behind.

use super::KeyError;
use super::key_pair::SecretOctets;
use lib_dns_core::text::{Base64, Base64Decoder, TextErrorKind};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Text that is wiped when it is dropped.
pub(super) type SecretText = Zeroizing<String>;

/// Reads base64, blanks within allowed.
pub(super) fn decode(text: &str) -> Result<SecretOctets, KeyError> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut decoder = Base64Decoder::default();
    for character in text.bytes() {
        if character.is_ascii_whitespace() {
            continue;
        }
        // What the decoder says of the character is enough; the character is not shown.
        octets.extend(decoder.push(character)?);
    }
    decoder.finish()?;
    if octets.is_empty() {
        return Err(TextErrorKind::Missing("base64").into());
    }
    Ok(octets)
}

/// Writes base64.
pub(super) fn encode(octets: &[u8]) -> SecretText {
    let mut text = room(octets.len().div_ceil(3) * 4);
    // A string takes all that is written to it.
    let _ = write!(text, "{}", Base64(octets));
    text
}

/// An empty text with room for `len` octets, so that it need not grow and leave a copy behind.
pub(super) fn room(len: usize) -> SecretText {
    Zeroizing::new(String::with_capacity(len))
}

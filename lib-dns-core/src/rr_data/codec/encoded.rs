//! Octets that one token encodes.

use super::DataTokens;
use crate::text::{Base16Decoder, Base32HexDecoder, Base64Decoder, TextError, Token};
use crate::wire::Writer;

/// A function that writes what a token encodes and gives the number of octets.
macro_rules! scan_encoded {
    ($(#[$meta:meta])* $name:ident, $decoder:ident) => {
        $(#[$meta])*
        pub(super) fn $name(
            token: &Token<'_>,
            tokens: &DataTokens<'_>,
            writer: &mut Writer<'_, 0>,
        ) -> Result<usize, TextError> {
            let mut decoder = $decoder::default();
            let start = writer.len();
            for character in token.raw {
                let octet = decoder.push(*character).map_err(|kind| token.error(kind))?;
                if let Some(octet) = octet {
                    writer.u8(octet).map_err(|error| tokens.unwritable(error))?;
                }
            }
            decoder.finish().map_err(|kind| token.error(kind))?;
            Ok(writer.len().wrapping_sub(start))
        }
    };
}

scan_encoded!(
    /// Hexadecimal digits.
    scan_base16, Base16Decoder
);
scan_encoded!(
    /// Base64.
    scan_base64, Base64Decoder
);
scan_encoded!(
    /// Base32 with the hexadecimal alphabet.
    scan_base32hex, Base32HexDecoder
);

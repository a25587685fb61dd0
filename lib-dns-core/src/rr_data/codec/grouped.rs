//! Identifiers that are written as groups of hexadecimal digits.

use super::{Codec, DataTokens};
use crate::text::{TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;

/// A codec for octets in groups of `$group`, each of as many digits as it has at most.
macro_rules! grouped {
    (
        $(#[$meta:meta])* $name:ident, $len:literal octets, $group:literal a group,
        $separator:literal, $min:literal digits, $what:literal
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = [u8; $len];
            const LEN: usize = $len;

            #[inline]
            fn read<'a>(reader: &mut Reader<'a>) -> Result<[u8; $len], WireError> {
                reader.array(Part::RecordData)
            }

            fn write<const N: usize>(
                value: [u8; $len],
                writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                writer.put(&value)
            }

            fn scan(
                tokens: &mut DataTokens<'_>,
                writer: &mut Writer<'_, 0>,
            ) -> Result<(), TextError> {
                let token = tokens.expect($what)?;
                let bad = || token.error(TextErrorKind::Expected($what));
                let mut value = [0; $len];
                let mut groups = token.raw.split(|octet| *octet == $separator);
                for slot in value.chunks_exact_mut($group) {
                    let digits = groups.next().ok_or_else(bad)?;
                    let in_range = ($min..=$group * 2).contains(&digits.len());
                    if !in_range || !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(bad());
                    }
                    let text = str::from_utf8(digits).map_err(|_| bad())?;
                    let number = u16::from_str_radix(text, 16).map_err(|_| bad())?;
                    let octets = number.to_be_bytes();
                    let octets = octets.get(2usize.saturating_sub($group)..).unwrap_or_default();
                    for (slot, octet) in slot.iter_mut().zip(octets) {
                        *slot = *octet;
                    }
                }
                if groups.next().is_some() {
                    return Err(bad());
                }
                writer.put(&value).map_err(|error| tokens.unwritable(error))
            }

            fn show(value: [u8; $len], out: &mut dyn fmt::Write) -> fmt::Result {
                for (index, group) in value.chunks_exact($group).enumerate() {
                    if index > 0 {
                        out.write_char(char::from($separator))?;
                    }
                    for octet in group {
                        write!(out, "{octet:02x}")?;
                    }
                }
                Ok(())
            }
        }
    };
}

grouped!(
    /// A 48-bit extended unique identifier (RFC 7043 3.2).
    Eui48Address, 6 octets, 1 a group, b'-', 2 digits, "six pairs of digits with hyphens"
);
grouped!(
    /// A 64-bit extended unique identifier (RFC 7043 4.2).
    Eui64Address, 8 octets, 1 a group, b'-', 2 digits, "eight pairs of digits with hyphens"
);
grouped!(
    /// A 64-bit node identifier or locator (RFC 6742 2.1.2).
    Locator64, 8 octets, 2 a group, b':', 1 digits, "four groups of digits with colons"
);

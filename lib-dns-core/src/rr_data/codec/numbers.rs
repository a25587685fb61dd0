//! Numbers and addresses.

use super::{Codec, DataTokens};
use crate::text::{TextError, TextErrorKind, Token, hex_digit, seconds};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// A codec for an unsigned number in decimal.
macro_rules! number {
    ($(#[$meta:meta])* $name:ident, $int:ty, $method:ident) => {
        number!($(#[$meta])* $name, $int, $method, size_of::<$int>(), <$int>::MAX);
    };
    ($(#[$meta:meta])* $name:ident, $int:ty, $method:ident, $len:expr, $max:expr) => {
        number!($(#[$meta])* $name, $int, $method, $len, "a number", |token: &Token<'_>| {
            token.number(u64::from($max)).map(|value| value as $int)
        });
    };
    ($(#[$meta:meta])* $name:ident, $int:ty, $method:ident, $len:expr, $what:literal, $read:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = $int;
            const LEN: usize = $len;

            #[inline]
            fn read<'a>(reader: &mut Reader<'a>) -> Result<$int, WireError> {
                reader.$method(Part::RecordData)
            }

            #[inline]
            fn write<const N: usize>(
                value: $int,
                writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                writer.$method(value)
            }

            fn scan(
                tokens: &mut DataTokens<'_>,
                writer: &mut Writer<'_, 0>,
            ) -> Result<(), TextError> {
                let value = $read(&tokens.expect($what)?)?;
                writer.$method(value).map_err(|error| tokens.unwritable(error))
            }

            fn show(value: $int, out: &mut dyn fmt::Write) -> fmt::Result {
                write!(out, "{value}")
            }
        }
    };
}

number!(
    /// An 8-bit number.
    U8, u8, u8
);
number!(
    /// A 16-bit number.
    U16, u16, u16
);
number!(
    /// A 32-bit number.
    U32, u32, u32
);
number!(
    /// A time of 32 bits in seconds, which text may give with units, as `1h30m`.
    Seconds, u32, u32, size_of::<u32>(), "a time", |token: &Token<'_>| seconds(token, u32::MAX, "a time")
);
number!(
    /// A 48-bit number; of a larger one the low bits are written.
    U48, u64, u48, 6, (1u64 << 48) - 1
);
number!(
    /// A 64-bit number.
    U64, u64, u64
);

/// A codec for an address that `core::net` reads and prints.
macro_rules! address {
    ($(#[$meta:meta])* $name:ident, $address:ty, $what:literal, $parse:path) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = $address;
            const LEN: usize = size_of::<$address>();

            #[inline]
            fn read<'a>(reader: &mut Reader<'a>) -> Result<$address, WireError> {
                reader.array(Part::RecordData).map(<$address>::from)
            }

            #[inline]
            fn write<const N: usize>(
                value: $address,
                writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                writer.put(&value.octets())
            }

            fn scan(
                tokens: &mut DataTokens<'_>,
                writer: &mut Writer<'_, 0>,
            ) -> Result<(), TextError> {
                let token = tokens.expect($what)?;
                let Some(address) = $parse(token.raw) else {
                    return Err(token.error(TextErrorKind::Expected($what)));
                };
                Self::write(address, writer).map_err(|error| tokens.unwritable(error))
            }

            fn show(value: $address, out: &mut dyn fmt::Write) -> fmt::Result {
                write!(out, "{value}")
            }
        }
    };
}

address!(
    /// An IPv4 address.
    Ipv4, Ipv4Addr, "an IPv4 address", ipv4
);
address!(
    /// An IPv6 address.
    Ipv6, Ipv6Addr, "an IPv6 address", ipv6
);

/// Four decimal numbers without leading zeros.
pub(super) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut address, mut rest) = decimal_octet(text)?;
    for _ in 0..3 {
        let [b'.', tail @ ..] = rest else {
            return None;
        };
        let (octet, tail) = decimal_octet(tail)?;
        address = address << 8 | octet;
        rest = tail;
    }
    rest.is_empty().then(|| Ipv4Addr::from_bits(address))
}

/// A number of at most 255 in front of the text, and what follows it. No digit follows a leading zero.
#[inline]
fn decimal_octet(text: &[u8]) -> Option<(u32, &[u8])> {
    let [first @ b'0'..=b'9', rest @ ..] = text else {
        return None;
    };
    let mut number = u32::from(first.wrapping_sub(b'0'));
    let mut rest = rest;
    // Another digit takes the number further than 255, which ends the loop; so does a leading zero.
    while let (1..=255, [digit @ b'0'..=b'9', tail @ ..]) = (number, rest) {
        number = number
            .wrapping_mul(10)
            .wrapping_add(u32::from(digit.wrapping_sub(b'0')));
        rest = tail;
    }
    (number <= 255).then_some((number, rest))
}

/// Groups of hexadecimal digits with at most one gap, and perhaps an IPv4 address at the end. The
/// standard library's way holds panics that a bare-metal program would have to carry.
pub(super) fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let mut groups = [0u16; 8];
    let mut count = 0usize;
    let mut gap = None;
    let mut rest = text;
    if let [b':', tail @ ..] = rest {
        // A colon in front is half of a gap, whose other half follows.
        let [b':', ..] = tail else { return None };
        rest = tail;
    }
    while !rest.is_empty() {
        let (value, digits, tail) = group(rest)?;
        match (digits, tail) {
            (0, [b':', tail @ ..]) => {
                // The second colon of a gap; there is one gap at most.
                if gap.replace(count).is_some() {
                    return None;
                }
                rest = tail;
                continue;
            }
            (0, _) => return None,
            // A colon stands before a group or a gap.
            (_, [b':', tail @ ..]) if !tail.is_empty() => rest = tail,
            (_, []) => rest = tail,
            (_, [b'.', ..]) => {
                let address = ipv4(rest)?.to_bits();
                *groups.get_mut(count)? = (address >> 16) as u16;
                *groups.get_mut(count.wrapping_add(1))? = address as u16;
                count = count.wrapping_add(2);
                break;
            }
            _ => return None,
        }
        *groups.get_mut(count)? = value;
        count = count.wrapping_add(1);
    }
    let Some(gap) = gap else {
        return (count == 8).then(|| groups.into());
    };
    if count == 8 {
        return None;
    }
    // What follows the gap moves to the end.
    let mut to = groups.len();
    while count > gap {
        count = count.wrapping_sub(1);
        to = to.wrapping_sub(1);
        let group = core::mem::take(groups.get_mut(count)?);
        *groups.get_mut(to)? = group;
    }
    Some(groups.into())
}

/// The value of the hexadecimal digits in front of the text, how many there are, at most four, and what
/// follows them.
#[inline]
fn group(mut text: &[u8]) -> Option<(u16, u8, &[u8])> {
    let mut value = 0u16;
    let mut digits = 0u8;
    while let [octet, tail @ ..] = text {
        let Some(digit) = hex_digit(*octet) else {
            break;
        };
        if digits >= 4 {
            return None;
        }
        value = value << 4 | u16::from(digit);
        digits = digits.wrapping_add(1);
        text = tail;
    }
    Some((value, digits, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_addresses_are_what_the_standard_library_reads() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "1.2.3.4",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "01.2.3.4",
            "1.2.3.256",
            "1.2.3.00",
            "1.2.3.4 ",
            "",
            "...",
            "a.1.2.3",
            "1.2.3.+4",
            "1.2.3.1000",
        ] {
            assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn ipv6_addresses_are_what_the_standard_library_reads() {
        for text in [
            "::",
            "::1",
            "1::",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::8",
            "1:2:3::6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2:3:4::5:6:7:8",
            "1::2::3",
            ":1",
            "1:",
            ":",
            ":::",
            "1:::2",
            "",
            "::ffff:1.2.3.4",
            "fd00:mesh:1::5",
            "12345::",
            "ABCD::ef",
            "::1 ",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2::1.2.3.4",
            "::1.2.3",
            "::1.2.3.4:1",
            "1.2.3.4",
            "::a.2.3.4",
            "::1.2.3.4.5",
            "1:2:3:4:5:6::1.2.3.4",
            "1:2:3:4:5::1.2.3.4",
            "1:2:3:4:5:6:7:",
            "::1:",
            "g::",
            "1:2:3:4:5:6:7:8::",
            "0000::00ff",
        ] {
            assert_eq!(ipv6(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }
}

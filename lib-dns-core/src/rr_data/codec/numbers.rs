//! Numbers and addresses.

use super::{Codec, DataTokens};
use crate::text::{TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// A codec for an unsigned number in decimal.
macro_rules! number {
    ($(#[$meta:meta])* $name:ident, $int:ty, $method:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = $int;

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
                let token = tokens.expect("a number")?;
                let value = token.number(u64::from(<$int>::MAX))?;
                writer.$method(value as $int).map_err(|error| tokens.unwritable(error))
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

/// A codec for an address that `core::net` reads and prints.
macro_rules! address {
    ($(#[$meta:meta])* $name:ident, $address:ty, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Codec for $name {
            type Value<'a> = $address;

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
                let address = str::from_utf8(token.raw).ok().and_then(|text| text.parse().ok());
                let Some(address) = address else {
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
    Ipv4, Ipv4Addr, "an IPv4 address"
);
address!(
    /// An IPv6 address.
    Ipv6, Ipv6Addr, "an IPv6 address"
);

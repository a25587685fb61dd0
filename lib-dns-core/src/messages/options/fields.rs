//! Codecs of fields: how each kind is read, written and printed.

use super::ZdnsItems;
use super::registry::Hex;
use crate::code_points::InfoCode;
use crate::name::Name;
use crate::rr_data::Type;
use crate::text::QuotedText;
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt::{self, Write};

/// All forms of one kind of field.
pub(super) trait OptionField {
    /// The field's value.
    type Value<'a>: Copy;

    /// Reads the field.
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Self::Value<'a>, WireError>;

    /// Writes the field.
    fn write<const N: usize>(
        value: Self::Value<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError>;

    /// Prints the field as `dig` does, with what stands between it and what is before it.
    fn show(value: Self::Value<'_>, out: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Declares a codec.
macro_rules! field {
    (
        $(#[$meta:meta])*
        $name:ident for $value:ty;
        read($reader:ident) $read:expr;
        write($written:pat, $writer:ident) $write:expr;
        show($shown:pat, $out:ident) $show:expr;
    ) => {
        $(#[$meta])*
        pub(in crate::messages::options) enum $name {}

        impl OptionField for $name {
            type Value<'a> = $value;

            #[inline]
            fn read<'a>($reader: &mut Reader<'a>) -> Result<$value, WireError> {
                $read
            }

            #[inline]
            fn write<const N: usize>(
                $written: Self::Value<'_>,
                $writer: &mut Writer<'_, N>,
            ) -> Result<(), WriteError> {
                $write
            }

            fn show($shown: Self::Value<'_>, $out: &mut fmt::Formatter<'_>) -> fmt::Result {
                $show
            }
        }
    };
}

field! {
    /// A time in seconds.
    Seconds for u32;
    read(reader) reader.u32(Part::Option);
    write(seconds, writer) writer.u32(seconds);
    show(seconds, out) write!(out, " {seconds} ({})", Spelled(seconds));
}

/// A time as words, the largest unit first: `1 hour 30 minutes`.
pub(in crate::messages) struct Spelled(pub(in crate::messages) u32);

impl fmt::Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut blank = "";
        for (unit, word) in [
            (604_800, "week"),
            (86_400, "day"),
            (3_600, "hour"),
            (60, "minute"),
            (1, "second"),
        ] {
            let count = left.checked_div(unit).unwrap_or(0);
            left = left.checked_rem(unit).unwrap_or(0);
            // Nothing at all is said in seconds.
            if count > 0 || (unit == 1 && blank.is_empty()) {
                let plural = if count == 1 { "" } else { "s" };
                write!(f, "{blank}{count} {word}{plural}")?;
                blank = " ";
            }
        }
        Ok(())
    }
}

field! {
    /// A time in units of 100 ms.
    IdleTime for u16;
    read(reader) reader.u16(Part::Option);
    write(units, writer) writer.u16(units);
    show(units, out) write!(out, " {}.{} secs", units / 10, units % 10);
}

field! {
    /// Octets up to the end: in hexadecimal, and as text in parentheses.
    HexAndText for &'a [u8];
    read(reader) Ok(reader.take_rest());
    write(octets, writer) writer.put(octets);
    show(octets, out) {
        if octets.is_empty() {
            return Ok(());
        }
        write!(out, " {} (\"", Hex(octets, " "))?;
        for octet in octets {
            let shown = matches!(octet, 0x20..=0x7e);
            out.write_char(if shown { char::from(*octet) } else { '.' })?;
        }
        out.write_str("\")")
    };
}

field! {
    /// Numbers of one octet up to the end.
    Codes for &'a [u8];
    read(reader) Ok(reader.take_rest());
    write(octets, writer) writer.put(octets);
    show(octets, out) octets.iter().try_for_each(|octet| write!(out, " {octet}"));
}

field! {
    /// Octets up to the end of which only the count is of interest.
    PaddingLength for &'a [u8];
    read(reader) Ok(reader.take_rest());
    write(octets, writer) writer.put(octets);
    show(octets, out) match octets.len() {
        0 => Ok(()),
        count => write!(out, " ({count} bytes)"),
    };
}

field! {
    /// A name without compression.
    FlatName for Name<'a>;
    read(reader) reader.flat_name();
    write(name, writer) writer.case_kept_name(&name);
    show(name, out) write!(out, " {name}");
}

field! {
    /// Numbers of two octets up to the end.
    Numbers for Numbers16<'a>;
    read(reader) Numbers16::read(reader);
    write(numbers, writer) writer.put(numbers.0);
    show(numbers, out) numbers.iter().enumerate().try_for_each(|(index, number)| {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma} {number}")
    });
}

field! {
    /// Record types up to the end.
    Types for Numbers16<'a>;
    read(reader) Numbers16::read(reader);
    write(types, writer) writer.put(types.0);
    show(types, out) types.iter().try_for_each(|number| write!(out, " {}", Type(number)));
}

field! {
    /// The reason of an extended error.
    ErrorCode for InfoCode;
    read(reader) reader.u16(Part::Option).map(InfoCode);
    write(code, writer) writer.u16(code.0);
    show(code, out) match code.mnemonic() {
        Some(mnemonic) => write!(out, " {} ({mnemonic})", code.0),
        None => write!(out, " {}", code.0),
    };
}

field! {
    /// The words of an extended error. They are foreign, so what could act on a terminal is escaped.
    ErrorText for &'a [u8];
    read(reader) Ok(reader.take_rest());
    write(text, writer) writer.put(text);
    show(text, out) match str::from_utf8(text) {
        Ok("") => Ok(()),
        Ok(text) if !text.contains(char::is_control) => write!(out, ": ({text})"),
        _ => write!(out, ": ({})", QuotedText(text)),
    };
}

field! {
    /// The client's part of a cookie.
    ClientCookie for [u8; 8];
    read(reader) reader.array(Part::Option);
    write(client, writer) writer.put(&client);
    show(client, out) write!(out, " {}", Hex(&client, ""));
}

field! {
    /// The server's part of a cookie: a wrong size is an error, RFC 7873 5.2.2 asks for FORMERR.
    ServerCookieOctets for &'a [u8];
    read(reader) {
        let at = *reader;
        match reader.take_rest() {
            server if matches!(server.len(), 0 | 8..=32) => Ok(server),
            _ => Err(at.error(WireErrorKind::BadValue(Part::Option))),
        }
    };
    write(server, writer) writer.put(server);
    show(server, out) write!(out, "{}", Hex(server, ""));
}

field! {
    /// A network and what of it counts.
    Subnet for SubnetPrefix<'a>;
    read(reader) SubnetPrefix::read(reader);
    write(prefix, writer) {
        writer.u16(prefix.family)?;
        writer.put(&[prefix.source, prefix.scope])?;
        writer.put(prefix.address)
    };
    show(prefix, out) write!(out, " {prefix}");
}

field! {
    /// A zone's version.
    VersionOfZone for VersionFields<'a>;
    read(reader) Ok(VersionFields {
        labels: reader.u8(Part::Option)?,
        kind: reader.u8(Part::Option)?,
        version: reader.take_rest(),
    });
    write(fields, writer) {
        writer.put(&[fields.labels, fields.kind])?;
        writer.put(fields.version)
    };
    show(VersionFields { labels, kind, version }, out) match (kind, version) {
        (0, &[a, b, c, d]) => {
            let serial = u32::from_be_bytes([a, b, c, d]);
            write!(out, " SOA-SERIAL {serial} (labels {labels})")
        }
        _ => {
            write!(out, " type {kind} (labels {labels})")?;
            HexAndText::show(version, out)
        }
    };
}

field! {
    /// The items of a ZDNS option.
    ZdnsList for ZdnsItems<'a>;
    read(reader) ZdnsItems::read(reader);
    write(items, writer) writer.put(items.as_bytes());
    show(items, out) fmt::Display::fmt(&items, out);
}

/// Nothing, or a field.
pub(super) struct Optional<F>(F);

impl<F: OptionField> OptionField for Optional<F> {
    type Value<'a> = Option<F::Value<'a>>;

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<Self::Value<'a>, WireError> {
        if reader.is_empty() {
            return Ok(None);
        }
        F::read(reader).map(Some)
    }

    #[inline]
    fn write<const N: usize>(
        value: Self::Value<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        value.map_or(Ok(()), |value| F::write(value, writer))
    }

    fn show(value: Self::Value<'_>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        value.map_or(Ok(()), |value| F::show(value, out))
    }
}

/// 16-bit numbers as they stand on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Numbers16<'a>(&'a [u8]);

impl<'a> Numbers16<'a> {
    /// Views octets; their count must be even.
    pub fn from_octets(octets: &'a [u8]) -> Option<Self> {
        octets.len().is_multiple_of(2).then_some(Self(octets))
    }

    /// The numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + use<'a> {
        let pairs = self.0.chunks_exact(2);
        pairs.filter_map(|pair| {
            pair.first_chunk::<2>()
                .map(|pair| u16::from_be_bytes(*pair))
        })
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        match Self::from_octets(reader.take_rest()) {
            Some(numbers) => Ok(numbers),
            None => Err(reader.error(WireErrorKind::Truncated(Part::Option))),
        }
    }
}

/// A network (RFC 7871 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubnetPrefix<'a> {
    /// 1 for IPv4, 2 for IPv6.
    pub family: u16,
    /// Bits that the query gives.
    pub source: u8,
    /// Bits that the answer depends on.
    pub scope: u8,
    /// As many octets as `source` needs, and no bit set beyond it.
    pub address: &'a [u8],
}

impl<'a> SubnetPrefix<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let family = reader.u16(Part::Option)?;
        let [source, scope] = reader.array::<2>(Part::Option)?;
        let bits = match family {
            1 => 32,
            2 => 128,
            // A family without a length rule of ours is carried.
            _ => u8::MAX,
        };
        let address = reader.take_rest();
        let needed = usize::from(source).div_ceil(8);
        let beyond = match (address.last(), source % 8) {
            (Some(last), used @ 1..) => last & (0xff >> used) != 0,
            _ => false,
        };
        if source > bits || scope > bits || address.len() != needed || beyond {
            return Err(reader.error(WireErrorKind::BadValue(Part::Option)));
        }
        Ok(Self {
            family,
            source,
            scope,
            address,
        })
    }
}

/// `192.0.2.0/24/0`; octets that are missing are zero.
impl fmt::Display for SubnetPrefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = [0u8; 16];
        for (slot, octet) in octets.iter_mut().zip(self.address) {
            *slot = *octet;
        }
        match self.family {
            1 => {
                let [a, b, c, d, ..] = octets;
                write!(f, "{}", core::net::Ipv4Addr::new(a, b, c, d))?;
            }
            2 => write!(f, "{}", core::net::Ipv6Addr::from(octets))?,
            family => write!(f, "family {family} {}", Hex(self.address, ""))?,
        }
        write!(f, "/{}/{}", self.source, self.scope)
    }
}

/// A zone's version (RFC 9660 2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VersionFields<'a> {
    /// Labels of the zone's name, counted as in RRSIG.
    pub labels: u8,
    /// What the version is: 0 is the SOA serial, 246 ours.
    pub kind: u8,
    /// The version, as `kind` has it.
    pub version: &'a [u8],
}

/// A server cookie in the layout that servers of several makers share (RFC 9018 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerCookie<'a> {
    /// When it was made, in seconds since 1970, modulo 2^32.
    pub timestamp: u32,
    /// SipHash-2-4 over the client's cookie, the fields before and the client's address.
    pub hash: &'a [u8; 8],
}

impl<'a> ServerCookie<'a> {
    /// The layout's version.
    pub const VERSION: u8 = 1;

    /// Reads a server's part of a cookie; `None` if it has another layout.
    pub fn from_octets(octets: &'a [u8]) -> Option<Self> {
        let (head, rest) = octets.split_first_chunk::<4>()?;
        let (timestamp, hash) = rest.split_first_chunk::<4>()?;
        // The three octets behind the version are reserved, and ignored (RFC 9018 4.2).
        (head.first() == Some(&Self::VERSION)).then_some(())?;
        Some(Self {
            timestamp: u32::from_be_bytes(*timestamp),
            hash: hash.try_into().ok()?,
        })
    }
}

//! The gateway of IPSECKEY (RFC 4025 2) and the relay of AMTRELAY (RFC 8777 4): what follows a number
//! that says of which kind it is.

use super::{Codec, DataTokens};
use crate::name::Name;
use crate::text::{Base16, TextError, TextErrorKind};
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Gateway type, algorithm and gateway: the type stands before the algorithm and says what follows it.
#[derive(Clone, Copy, Debug)]
pub enum IpsecGateway {}

/// Through whom to reach a host with IPsec.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gateway<'a> {
    /// Nobody; type 0, `.` in text.
    None,
    /// Type 1.
    Ipv4(Ipv4Addr),
    /// Type 2.
    Ipv6(Ipv6Addr),
    /// Type 3, never compressed.
    Name(Name<'a>),
}

impl<'a> Gateway<'a> {
    /// The number of its kind.
    fn kind(&self) -> u8 {
        match self {
            Gateway::None => 0,
            Gateway::Ipv4(_) => 1,
            Gateway::Ipv6(_) => 2,
            Gateway::Name(_) => KNOWN_KINDS,
        }
    }

    /// Reads what follows the number of the kind; `None` if the kind is not known.
    fn read(kind: u8, reader: &mut Reader<'a>) -> Result<Option<Self>, WireError> {
        Ok(Some(match kind {
            0 => Gateway::None,
            1 => Gateway::Ipv4(reader.array::<4>(Part::RecordData)?.into()),
            2 => Gateway::Ipv6(reader.array::<16>(Part::RecordData)?.into()),
            KNOWN_KINDS => Gateway::Name(reader.flat_name()?),
            _ => return Ok(None),
        }))
    }

    fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        match self {
            Gateway::None => Ok(()),
            Gateway::Ipv4(address) => writer.put(&address.octets()),
            Gateway::Ipv6(address) => writer.put(&address.octets()),
            Gateway::Name(name) => writer.case_kept_name(name),
        }
    }
}

/// The largest kind that is known, and that of a name.
const KNOWN_KINDS: u8 = 3;

/// Reads the token of a known kind.
fn scan_gateway(
    kind: u8,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    match kind {
        0 => {
            let token = tokens.expect("a dot")?;
            match token.is(".") {
                true => Ok(()),
                false => Err(token.error(TextErrorKind::Expected("a dot, for no gateway"))),
            }
        }
        1 => super::Ipv4::scan(tokens, writer),
        2 => super::Ipv6::scan(tokens, writer),
        _ => tokens.write_name(writer),
    }
}

impl fmt::Display for Gateway<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gateway::None => f.write_str("."),
            Gateway::Ipv4(address) => write!(f, "{address}"),
            Gateway::Ipv6(address) => write!(f, "{address}"),
            Gateway::Name(name) => write!(f, "{name}"),
        }
    }
}

impl Codec for IpsecGateway {
    /// The algorithm of the key, and the gateway.
    type Value<'a> = (u8, Gateway<'a>);

    fn read<'a>(reader: &mut Reader<'a>) -> Result<(u8, Gateway<'a>), WireError> {
        let start = *reader;
        let [kind, algorithm] = reader.array::<2>(Part::RecordData)?;
        match Gateway::read(kind, reader)? {
            Some(gateway) => Ok((algorithm, gateway)),
            // Where the key starts cannot be known.
            None => Err(start.error(WireErrorKind::BadValue(Part::RecordData))),
        }
    }

    fn write<const N: usize>(
        (algorithm, gateway): (u8, Gateway<'_>),
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(&[gateway.kind(), algorithm])?;
        gateway.write(writer)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a gateway type")?;
        let kind = token.number(u64::from(KNOWN_KINDS))? as u8;
        let algorithm = tokens.expect("an algorithm")?.number(255)? as u8;
        writer
            .put(&[kind, algorithm])
            .map_err(|error| tokens.unwritable(error))?;
        scan_gateway(kind, tokens, writer)
    }

    fn show((algorithm, gateway): (u8, Gateway<'_>), out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {algorithm} {gateway}", gateway.kind())
    }
}

/// An octet with the D bit and the relay's kind, and the relay (RFC 8777 4.2). Text is the D bit, the
/// kind and the relay; it cannot say a relay of an unknown kind.
#[derive(Clone, Copy, Debug)]
pub enum AmtRelay {}

/// A relay, and whether a gateway may do without looking for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptionalRelay<'a> {
    /// The D bit: discovery by the well-known address may be skipped.
    pub discovery_optional: bool,
    /// The relay.
    pub relay: Relay<'a>,
}

/// Where to send multicast joins through a tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relay<'a> {
    /// An address, a name, or none.
    To(Gateway<'a>),
    /// Of a kind without a meaning yet: carried, and not to be used (RFC 8777 4.2.3).
    Unknown {
        /// The kind, 4 to 127; the high bit is not written.
        kind: u8,
        /// What follows, to the end of the data.
        octets: &'a [u8],
    },
}

/// The D bit in its octet.
const DISCOVERY_OPTIONAL: u8 = 0x80;

impl Codec for AmtRelay {
    type Value<'a> = OptionalRelay<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<OptionalRelay<'a>, WireError> {
        let octet = reader.u8(Part::RecordData)?;
        let kind = octet & !DISCOVERY_OPTIONAL;
        let relay = match Gateway::read(kind, reader)? {
            Some(gateway) => Relay::To(gateway),
            None => Relay::Unknown {
                kind,
                octets: reader.take_rest(),
            },
        };
        Ok(OptionalRelay {
            discovery_optional: octet & DISCOVERY_OPTIONAL != 0,
            relay,
        })
    }

    fn write<const N: usize>(
        value: OptionalRelay<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        let optional = u8::from(value.discovery_optional) << 7;
        match value.relay {
            Relay::To(gateway) => {
                writer.u8(optional | gateway.kind())?;
                gateway.write(writer)
            }
            Relay::Unknown { kind, octets } => {
                writer.u8(optional | kind & !DISCOVERY_OPTIONAL)?;
                writer.put(octets)
            }
        }
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let optional = tokens.expect("the D bit")?.number(1)? as u8;
        let token = tokens.expect("a relay type")?;
        let kind = token.number(u64::from(KNOWN_KINDS))? as u8;
        writer
            .u8(optional << 7 | kind)
            .map_err(|error| tokens.unwritable(error))?;
        scan_gateway(kind, tokens, writer)
    }

    fn has_text(value: OptionalRelay<'_>) -> bool {
        matches!(value.relay, Relay::To(_))
    }

    fn show(value: OptionalRelay<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} ", u8::from(value.discovery_optional))?;
        match value.relay {
            Relay::To(gateway) => write!(out, "{} {gateway}", gateway.kind()),
            Relay::Unknown { kind, octets } => {
                write!(out, "{} {}", kind & !DISCOVERY_OPTIONAL, Base16(octets))
            }
        }
    }
}

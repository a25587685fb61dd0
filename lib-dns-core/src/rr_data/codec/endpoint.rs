//! Mesh nodes and where they can be reached: MESH, WEB4MESH and WEB4DHT.

use super::codes::named;
use super::encoded::scan_base16;
use super::numbers::{ipv4, ipv6};
use super::{Algorithm, Base64Rest, Codec, DataTokens, Eui48Address, GenericOctets};
use crate::code_points::{BleAddressKind, EndpointKind, SecurityAlgorithm, Transport};
use crate::text::{Base16, TextError, TextErrorKind, decimal};
use crate::wire::{Part, Reader, WireError, WriteError, Writer};
use core::fmt;
use core::net::IpAddr;

/// The identifier of a node: 32 octets, hexadecimal in one token. Its first four octets are the
/// node's address in LoRa hints.
#[derive(Clone, Copy, Debug)]
pub enum NodeId {}

impl Codec for NodeId {
    type Value<'a> = [u8; 32];

    #[inline]
    fn read<'a>(reader: &mut Reader<'a>) -> Result<[u8; 32], WireError> {
        reader.array(Part::RecordData)
    }

    fn write<const N: usize>(
        value: [u8; 32],
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.put(&value)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        scan_exactly(32, "a node id of 64 hexadecimal digits", tokens, writer)
    }

    fn show(value: [u8; 32], out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", Base16(&value))
    }
}

/// Writes the next token, hexadecimal digits for so many octets.
fn scan_exactly(
    len: usize,
    what: &'static str,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let token = tokens.expect(what)?;
    match scan_base16(&token, tokens, writer)? == len {
        true => Ok(()),
        false => Err(token.error(TextErrorKind::Expected(what))),
    }
}

/// An [`Endpoint`]: an octet with its kind, and what the kind needs, to the end of the data.
#[derive(Clone, Copy, Debug)]
pub enum TaggedEndpoint {}

/// Where something can be reached, over IP or without.
///
/// | kind | follows on the wire | text |
/// |---|---|---|
/// | 1 | transport (1), port (2), address (4) | `ipv4 quic 10.42.1.5:9333` |
/// | 2 | transport (1), port (2), address (16) | `ipv6 udp [fd00::5]:9333` |
/// | 3 | kind of address (1), address (6) | `ble random 00-00-5e-00-53-2a` |
/// | 4 | network (4), node (4) | `lora 0000002A 7F3A8B2C` |
/// | 5 | algorithm (1), public key (at least 1) | `key 15 l02Woi0iS8Aa…` |
/// | other | anything | `endpoint9 \\# 2 CAFE` |
///
/// In brackets: octets. Numbers are big-endian. Kinds are those of [`EndpointKind`].
///
/// ```
/// use lib_dns_core::code_points::Transport;
/// use lib_dns_core::rr_data::codec::{Codec, Endpoint, TaggedEndpoint};
/// use lib_dns_core::wire::Reader;
/// let octets = [1, 3, 0x24, 0x75, 10, 42, 1, 5];
/// let endpoint = TaggedEndpoint::read(&mut Reader::new(&octets))?;
/// let Endpoint::Socket { transport, address, port } = endpoint else {
///     unreachable!("kind 1 is a socket over IPv4");
/// };
/// assert_eq!((transport, port), (Transport::QUIC, 9333));
/// assert_eq!(address.to_string(), "10.42.1.5");
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Endpoint<'a> {
    /// A socket, over IPv4 or IPv6.
    Socket {
        /// What is spoken there.
        transport: Transport,
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
    },
    /// A Bluetooth Low Energy device.
    Ble {
        /// Who gave it the address.
        kind: BleAddressKind,
        /// The address, the most significant octet first.
        address: [u8; 6],
    },
    /// A node of a LoRa network.
    Lora {
        /// The network.
        network: [u8; 4],
        /// The node in it.
        node: [u8; 4],
    },
    /// Whoever holds the private key.
    Key {
        /// The key's algorithm.
        algorithm: SecurityAlgorithm,
        /// The key.
        public_key: &'a [u8],
    },
    /// Of a kind that is not known here: carried, and not to be used.
    Opaque {
        /// The kind.
        kind: EndpointKind,
        /// What follows it.
        octets: &'a [u8],
    },
}

impl Endpoint<'_> {
    /// Of which kind it is.
    pub fn kind(&self) -> EndpointKind {
        match self {
            Self::Socket { address, .. } if address.is_ipv4() => EndpointKind::IPV4,
            Self::Socket { .. } => EndpointKind::IPV6,
            Self::Ble { .. } => EndpointKind::BLE,
            Self::Lora { .. } => EndpointKind::LORA,
            Self::Key { .. } => EndpointKind::KEY,
            Self::Opaque { kind, .. } => *kind,
        }
    }
}

impl Codec for TaggedEndpoint {
    type Value<'a> = Endpoint<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Endpoint<'a>, WireError> {
        let part = Part::RecordData;
        Ok(match EndpointKind(reader.u8(part)?) {
            EndpointKind::IPV4 => Endpoint::Socket {
                transport: Transport(reader.u8(part)?),
                port: reader.u16(part)?,
                address: IpAddr::V4(reader.array::<4>(part)?.into()),
            },
            EndpointKind::IPV6 => Endpoint::Socket {
                transport: Transport(reader.u8(part)?),
                port: reader.u16(part)?,
                address: IpAddr::V6(reader.array::<16>(part)?.into()),
            },
            EndpointKind::BLE => Endpoint::Ble {
                kind: BleAddressKind(reader.u8(part)?),
                address: reader.array(part)?,
            },
            EndpointKind::LORA => Endpoint::Lora {
                network: reader.array(part)?,
                node: reader.array(part)?,
            },
            EndpointKind::KEY => Endpoint::Key {
                algorithm: Algorithm::read(reader)?,
                public_key: Base64Rest::read(reader)?,
            },
            kind => Endpoint::Opaque {
                kind,
                octets: reader.take_rest(),
            },
        })
    }

    fn write<const N: usize>(
        value: Endpoint<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.u8(value.kind().0)?;
        match value {
            Endpoint::Socket {
                transport,
                address,
                port,
            } => {
                writer.u8(transport.0)?;
                writer.u16(port)?;
                match address {
                    IpAddr::V4(address) => writer.put(&address.octets()),
                    IpAddr::V6(address) => writer.put(&address.octets()),
                }
            }
            Endpoint::Ble { kind, address } => {
                writer.u8(kind.0)?;
                writer.put(&address)
            }
            Endpoint::Lora { network, node } => {
                writer.put(&network)?;
                writer.put(&node)
            }
            Endpoint::Key {
                algorithm,
                public_key,
            } => {
                writer.u8(algorithm.0)?;
                writer.put(public_key)
            }
            Endpoint::Opaque { octets, .. } => writer.put(octets),
        }
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let kind = code(
            "a kind of endpoint",
            EndpointKind::from_mnemonic,
            tokens,
            writer,
        )?;
        match kind {
            EndpointKind::IPV4 => scan_socket(
                |text| ipv4(text).map(|address| address.octets()),
                "a socket address, as 192.0.2.1:53",
                tokens,
                writer,
            ),
            EndpointKind::IPV6 => scan_socket(
                |text| ipv6(in_brackets(text)?).map(|address| address.octets()),
                "a socket address, as [2001:db8::1]:53",
                tokens,
                writer,
            ),
            EndpointKind::BLE => {
                let parse = BleAddressKind::from_mnemonic;
                code("a kind of address", parse, tokens, writer)?;
                Eui48Address::scan(tokens, writer)
            }
            EndpointKind::LORA => {
                scan_exactly(4, "a network of 8 hexadecimal digits", tokens, writer)?;
                scan_exactly(4, "a node of 8 hexadecimal digits", tokens, writer)
            }
            EndpointKind::KEY => {
                Algorithm::scan(tokens, writer)?;
                Base64Rest::scan(tokens, writer)
            }
            _ => tokens.write_generic(writer),
        }
    }

    fn show(value: Endpoint<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} ", value.kind())?;
        match value {
            Endpoint::Socket {
                transport,
                address,
                port,
            } => match address {
                IpAddr::V4(address) => write!(out, "{transport} {address}:{port}"),
                IpAddr::V6(address) => write!(out, "{transport} [{address}]:{port}"),
            },
            Endpoint::Ble { kind, address } => {
                write!(out, "{kind} ")?;
                Eui48Address::show(address, out)
            }
            Endpoint::Lora { network, node } => {
                write!(out, "{} {}", Base16(&network), Base16(&node))
            }
            Endpoint::Key {
                algorithm,
                public_key,
            } => {
                write!(out, "{} ", algorithm.0)?;
                Base64Rest::show(public_key, out)
            }
            Endpoint::Opaque { octets, .. } => GenericOctets::show(octets, out),
        }
    }
}

/// Writes the next token, an octet that has a name.
fn code<T: Copy + Into<u8>>(
    what: &'static str,
    parse: fn(&[u8]) -> Option<T>,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<T, TextError> {
    let token = tokens.expect(what)?;
    let value = named(&token, what, parse)?;
    writer
        .u8(value.into())
        .map_err(|error| tokens.unwritable(error))?;
    Ok(value)
}

/// Writes transport, port and address of text such as `quic 192.0.2.1:53`.
fn scan_socket<const N: usize>(
    address: impl Fn(&[u8]) -> Option<[u8; N]>,
    what: &'static str,
    tokens: &mut DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    code("a transport", Transport::from_mnemonic, tokens, writer)?;
    let token = tokens.expect(what)?;
    let split = || {
        let colon = token.raw.iter().rposition(|octet| *octet == b':')?;
        let (host, port) = token.raw.split_at_checked(colon)?;
        let port = decimal(port.strip_prefix(b":")?)?;
        Some((address(host)?, u16::try_from(port).ok()?))
    };
    let Some((address, port)) = split() else {
        return Err(token.error(TextErrorKind::Expected(what)));
    };
    writer
        .u16(port)
        .and_then(|()| writer.put(&address))
        .map_err(|error| tokens.unwritable(error))
}

fn in_brackets(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"[")?.strip_suffix(b"]")
}

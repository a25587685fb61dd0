//! The gateway of IPSECKEY (RFC 4025 2).

use super::{Codec, DataTokens};
use crate::name::Name;
use crate::text::{TextError, TextErrorKind};
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

impl Codec for IpsecGateway {
    /// The algorithm of the key, and the gateway.
    type Value<'a> = (u8, Gateway<'a>);

    fn read<'a>(reader: &mut Reader<'a>) -> Result<(u8, Gateway<'a>), WireError> {
        let start = *reader;
        let [kind, algorithm] = reader.array::<2>(Part::RecordData)?;
        let gateway = match kind {
            0 => Gateway::None,
            1 => Gateway::Ipv4(reader.array::<4>(Part::RecordData)?.into()),
            2 => Gateway::Ipv6(reader.array::<16>(Part::RecordData)?.into()),
            3 => Gateway::Name(reader.flat_name()?),
            _ => return Err(start.error(WireErrorKind::BadValue(Part::RecordData))),
        };
        Ok((algorithm, gateway))
    }

    fn write<const N: usize>(
        (algorithm, gateway): (u8, Gateway<'_>),
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        match gateway {
            Gateway::None => writer.put(&[0, algorithm]),
            Gateway::Ipv4(address) => {
                writer.put(&[1, algorithm])?;
                writer.put(&address.octets())
            }
            Gateway::Ipv6(address) => {
                writer.put(&[2, algorithm])?;
                writer.put(&address.octets())
            }
            Gateway::Name(name) => {
                writer.put(&[3, algorithm])?;
                writer.case_kept_name(&name)
            }
        }
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect("a gateway type")?;
        let kind = token.number(3)? as u8;
        let algorithm = tokens.expect("an algorithm")?.number(255)? as u8;
        writer
            .put(&[kind, algorithm])
            .map_err(|error| tokens.unwritable(error))?;
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

    fn show((algorithm, gateway): (u8, Gateway<'_>), out: &mut dyn fmt::Write) -> fmt::Result {
        match gateway {
            Gateway::None => write!(out, "0 {algorithm} ."),
            Gateway::Ipv4(address) => write!(out, "1 {algorithm} {address}"),
            Gateway::Ipv6(address) => write!(out, "2 {algorithm} {address}"),
            Gateway::Name(name) => write!(out, "3 {algorithm} {name}"),
        }
    }
}

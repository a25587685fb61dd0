//! EDNS options as `dig` prints them.

use super::{EdnsOption, RawOption, ZdnsItem, ZdnsItems};
use crate::code_points::OptionCode;
use crate::rr_data::Type;
use crate::text::QuotedText;
use core::fmt::{self, Write};

/// Hexadecimal in lower case, as `dig` has it for options.
struct Hex<'a>(&'a [u8], &'static str);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(octets, separator) = self;
        for (index, octet) in octets.iter().enumerate() {
            let separator = if index == 0 { "" } else { separator };
            write!(f, "{separator}{octet:02x}")?;
        }
        Ok(())
    }
}

/// Octets in hexadecimal, and as text in parentheses, as `dig` prints NSID.
struct HexAndText<'a>(&'a [u8]);

impl fmt::Display for HexAndText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, " {} (\"", Hex(self.0, " "))?;
        for octet in self.0 {
            let shown = matches!(octet, 0x20..=0x7e);
            f.write_char(if shown { char::from(*octet) } else { '.' })?;
        }
        f.write_str("\")")
    }
}

/// An address of a subnet, filled up with zeroes.
fn write_subnet(f: &mut fmt::Formatter<'_>, family: u16, address: &[u8]) -> fmt::Result {
    let mut octets = [0u8; 16];
    for (slot, octet) in octets.iter_mut().zip(address) {
        *slot = *octet;
    }
    match family {
        1 => {
            let [a, b, c, d, ..] = octets;
            write!(f, "{}", core::net::Ipv4Addr::new(a, b, c, d))
        }
        2 => write!(f, "{}", core::net::Ipv6Addr::from(octets)),
        _ => write!(f, "family {family} {}", Hex(address, "")),
    }
}

fn write_types(f: &mut fmt::Formatter<'_>, types: impl Iterator<Item = u16>) -> fmt::Result {
    for number in types {
        write!(f, " {}", Type(number))?;
    }
    Ok(())
}

fn write_numbers(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    for octet in octets {
        write!(f, " {octet}")?;
    }
    Ok(())
}

/// Name, colon and value: `NSID: 6e 73 31 ("ns1")`.
impl fmt::Display for EdnsOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            OptionCode::ECS => f.write_str("CLIENT-SUBNET:")?,
            OptionCode::KEEPALIVE => f.write_str("TCP KEEPALIVE:")?,
            OptionCode::PADDING => f.write_str("PAD:")?,
            OptionCode::UPDATE_LEASE => f.write_str("UPDATE-LEASE:")?,
            code => match code.mnemonic() {
                Some(mnemonic) => write!(f, "{mnemonic}:")?,
                None => write!(f, "OPT={}:", code.0)?,
            },
        }
        match *self {
            Self::UpdateLease { lease, key_lease } => {
                write!(f, " {lease}")?;
                key_lease.map_or(Ok(()), |lease| write!(f, " {lease}"))
            }
            Self::Nsid(octets) | Self::Opaque { octets, .. } => write!(f, "{}", HexAndText(octets)),
            Self::AlgorithmsUnderstood(octets)
            | Self::DigestsUnderstood(octets)
            | Self::HashesUnderstood(octets) => write_numbers(f, octets),
            Self::ClientSubnet {
                family,
                source,
                scope,
                address,
            } => {
                f.write_char(' ')?;
                write_subnet(f, family, address)?;
                write!(f, "/{source}/{scope}")
            }
            Self::Expire(seconds) => seconds.map_or(Ok(()), |seconds| write!(f, " {seconds}")),
            Self::Cookie { client, server } => {
                write!(f, " {}{}", Hex(&client, ""), Hex(server, ""))
            }
            Self::Keepalive(units) => units.map_or(Ok(()), |units| {
                write!(f, " {}.{} secs", units / 10, units % 10)
            }),
            Self::Padding(octets) => write!(f, " ({} bytes)", octets.len()),
            Self::Chain(name) | Self::ReportChannel(name) => write!(f, " {name}"),
            Self::KeyTags(tags) => tags.iter().try_for_each(|tag| write!(f, " {tag}")),
            Self::ExtendedError { code, text } => {
                write!(f, " {} ({code})", code.0)?;
                match text {
                    [] => Ok(()),
                    text => match str::from_utf8(text) {
                        Ok(text) if !text.contains(char::is_control) => write!(f, ": ({text})"),
                        _ => write!(f, ": ({})", QuotedText(text)),
                    },
                }
            }
            Self::ZoneVersion(None) => Ok(()),
            Self::ZoneVersion(Some(version)) => match (version.kind, version.version) {
                (0, &[a, b, c, d]) => {
                    let serial = u32::from_be_bytes([a, b, c, d]);
                    write!(f, " SOA-SERIAL {serial} (labels {})", version.labels)
                }
                (kind, octets) => {
                    write!(
                        f,
                        " type {kind} (labels {}){}",
                        version.labels,
                        HexAndText(octets)
                    )
                }
            },
            Self::TypesAsked(types) | Self::TypesAnswered(types) => write_types(f, types.iter()),
            Self::Zdns(items) => write!(f, "{items}"),
        }
    }
}

/// An option that reads as what it should be, else its octets.
impl fmt::Display for RawOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read() {
            Ok(option) => fmt::Display::fmt(&option, f),
            Err(error) => {
                write!(
                    f,
                    "{}:{} [{}]",
                    self.code,
                    HexAndText(self.octets()),
                    error.kind
                )
            }
        }
    }
}

/// Each item behind a blank: ` flags=[stale] coverage=2/3`.
impl fmt::Display for ZdnsItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in self.iter() {
            match item {
                ZdnsItem::Flags(flags) => write!(f, " flags=[{flags}]")?,
                ZdnsItem::RespondingNode(id) => write!(f, " node={}", Hex(id, ""))?,
                ZdnsItem::Partition(id) => write!(f, " partition={}", Hex(id, ""))?,
                ZdnsItem::Coverage { reached, all } => write!(f, " coverage={reached}/{all}")?,
                ZdnsItem::FederatedFrom(name) => write!(f, " federated-from={name}")?,
                ZdnsItem::Opaque { kind, octets } => write!(f, " {kind}={}", Hex(octets, ""))?,
            }
        }
        Ok(())
    }
}

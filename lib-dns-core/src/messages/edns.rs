//! EDNS (RFC 6891): the OPT record and its options.
//!
//! Which variant has which number, and how it is read, written and shown, stands in this file and in
//! `edns_text`. A code without a variant is opaque and carried.

use super::ZdnsItems;
use crate::code_points::{Class, InfoCode, OptionCode};
use crate::name::Name;
use crate::wire::{Part, Reader, WireError, WireErrorKind, WriteError, Writer};

/// What an OPT record says.
#[derive(Clone, Copy, Debug)]
pub struct Edns<'a> {
    /// The largest UDP message that the sender takes (octets).
    pub udp_size: u16,
    /// The high eight bits of the rcode.
    pub extended_rcode: u8,
    /// The version; there is 0 only.
    pub version: u8,
    /// All sixteen flags.
    pub flags: u16,
    options: Reader<'a>,
}

impl<'a> Edns<'a> {
    /// Reads the fields of an OPT record that mean something else in other records, and checks the lengths
    /// of its options.
    #[inline]
    pub(super) fn read(class: Class, ttl: u32, options: Reader<'a>) -> Result<Self, WireError> {
        let [extended_rcode, version, high, low] = ttl.to_be_bytes();
        let mut walk = options;
        while !walk.is_empty() {
            next_option(&mut walk)?;
        }
        Ok(Self {
            udp_size: class.0,
            extended_rcode,
            version,
            flags: u16::from_be_bytes([high, low]),
            options,
        })
    }

    /// DO: does the sender want DNSSEC records (RFC 3225)?
    #[inline]
    pub fn dnssec_ok(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// The options in order, unread.
    #[inline]
    pub fn options(&self) -> impl Iterator<Item = RawOption<'a>> + use<'a> {
        let mut walk = self.options;
        // The lengths were checked, so the walk ends at the end.
        core::iter::from_fn(move || {
            if walk.is_empty() {
                return None;
            }
            next_option(&mut walk).ok()
        })
    }

    /// The first option of a code, unread.
    #[inline]
    pub fn option(&self, code: OptionCode) -> Option<RawOption<'a>> {
        self.options().find(|option| option.code == code)
    }
}

#[inline]
fn next_option<'a>(reader: &mut Reader<'a>) -> Result<RawOption<'a>, WireError> {
    let [c1, c0, l1, l0] = reader.array(Part::Option)?;
    let code = OptionCode(u16::from_be_bytes([c1, c0]));
    let len = u16::from_be_bytes([l1, l0]);
    let data = reader.window(usize::from(len), Part::Option)?;
    Ok(RawOption { code, data })
}

/// An option whose value was not looked at yet.
#[derive(Clone, Copy, Debug)]
pub struct RawOption<'a> {
    /// Which option.
    pub code: OptionCode,
    data: Reader<'a>,
}

impl<'a> RawOption<'a> {
    /// The value's octets.
    #[inline]
    pub fn octets(&self) -> &'a [u8] {
        self.data.peek()
    }

    /// Reads the value.
    ///
    /// # Errors
    /// If it is no value of this option. The RFCs ask for FORMERR for some options only; who does not
    /// care for an option does not read it.
    #[inline]
    pub fn read(&self) -> Result<EdnsOption<'a>, WireError> {
        let mut reader = self.data;
        let option = EdnsOption::read(self.code, &mut reader)?;
        reader.close(Part::Option)?;
        Ok(option)
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

/// Which version of a zone an answer comes from (RFC 9660 2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ZoneVersion<'a> {
    /// Labels of the zone's name, counted as in RRSIG.
    pub labels: u8,
    /// What the version is: 0 is the SOA serial, 246 ours.
    pub kind: u8,
    /// The version, as `kind` has it.
    pub version: &'a [u8],
}

/// An option that was read.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum EdnsOption<'a> {
    /// Lease of an update in seconds, and of its keys if they have their own (RFC 9664 4).
    UpdateLease {
        /// Seconds for which the records stay.
        lease: u32,
        /// Seconds for which the KEY records stay.
        key_lease: Option<u32>,
    },
    /// The server's identifier; empty in a query (RFC 5001).
    Nsid(&'a [u8]),
    /// DNSSEC algorithms that the sender understands (RFC 6975).
    AlgorithmsUnderstood(&'a [u8]),
    /// DS digests that the sender understands (RFC 6975).
    DigestsUnderstood(&'a [u8]),
    /// NSEC3 hashes that the sender understands (RFC 6975).
    HashesUnderstood(&'a [u8]),
    /// For which network the answer is made (RFC 7871 6).
    ClientSubnet {
        /// 1 for IPv4, 2 for IPv6.
        family: u16,
        /// Bits that the query gives.
        source: u8,
        /// Bits that the answer depends on.
        scope: u8,
        /// As many octets as `source` needs.
        address: &'a [u8],
    },
    /// Seconds until a secondary's zone expires; nothing in a query (RFC 7314).
    Expire(Option<u32>),
    /// A client's cookie, and the server's of 8 to 32 octets (RFC 7873 4).
    Cookie {
        /// The client's part.
        client: [u8; 8],
        /// The server's part; empty if the client knows none.
        server: &'a [u8],
    },
    /// How long a connection may idle, in units of 100 ms; nothing in a query (RFC 7828).
    Keepalive(Option<u16>),
    /// Octets that hide the size (RFC 7830).
    Padding(&'a [u8]),
    /// The closest trust point that the client holds (RFC 7901).
    Chain(Name<'a>),
    /// Key tags of the sender's trust anchors (RFC 8145 4).
    KeyTags(Numbers16<'a>),
    /// Why the answer is what it is (RFC 8914 2).
    ExtendedError {
        /// The reason.
        code: InfoCode,
        /// Words for a person, UTF-8.
        text: &'a [u8],
    },
    /// Where errors are to be reported (RFC 9567 6.1).
    ReportChannel(Name<'a>),
    /// The zone's version; nothing in a query (RFC 9660).
    ZoneVersion(Option<ZoneVersion<'a>>),
    /// Further types asked for (RFC 10029).
    TypesAsked(Numbers16<'a>),
    /// Further types answered (RFC 10029).
    TypesAnswered(Numbers16<'a>),
    /// What a mesh node says about the answer; empty in a query.
    Zdns(ZdnsItems<'a>),
    /// An option that is not known here.
    Opaque {
        /// Which option.
        code: OptionCode,
        /// Its value.
        octets: &'a [u8],
    },
}

impl<'a> EdnsOption<'a> {
    /// Which option it is.
    pub fn code(&self) -> OptionCode {
        match self {
            Self::UpdateLease { .. } => OptionCode::UPDATE_LEASE,
            Self::Nsid(_) => OptionCode::NSID,
            Self::AlgorithmsUnderstood(_) => OptionCode::DAU,
            Self::DigestsUnderstood(_) => OptionCode::DHU,
            Self::HashesUnderstood(_) => OptionCode::N3U,
            Self::ClientSubnet { .. } => OptionCode::ECS,
            Self::Expire(_) => OptionCode::EXPIRE,
            Self::Cookie { .. } => OptionCode::COOKIE,
            Self::Keepalive(_) => OptionCode::KEEPALIVE,
            Self::Padding(_) => OptionCode::PADDING,
            Self::Chain(_) => OptionCode::CHAIN,
            Self::KeyTags(_) => OptionCode::KEY_TAG,
            Self::ExtendedError { .. } => OptionCode::EDE,
            Self::ReportChannel(_) => OptionCode::REPORT_CHANNEL,
            Self::ZoneVersion(_) => OptionCode::ZONEVERSION,
            Self::TypesAsked(_) => OptionCode::MQTYPE_QUERY,
            Self::TypesAnswered(_) => OptionCode::MQTYPE_RESPONSE,
            Self::Zdns(_) => OptionCode::ZDNS,
            Self::Opaque { code, .. } => *code,
        }
    }

    fn read(code: OptionCode, reader: &mut Reader<'a>) -> Result<Self, WireError> {
        Ok(match code {
            OptionCode::UPDATE_LEASE => Self::UpdateLease {
                lease: reader.u32(Part::Option)?,
                key_lease: optional(reader, |reader| reader.u32(Part::Option))?,
            },
            OptionCode::NSID => Self::Nsid(reader.take_rest()),
            OptionCode::DAU => Self::AlgorithmsUnderstood(reader.take_rest()),
            OptionCode::DHU => Self::DigestsUnderstood(reader.take_rest()),
            OptionCode::N3U => Self::HashesUnderstood(reader.take_rest()),
            OptionCode::ECS => client_subnet(reader)?,
            OptionCode::EXPIRE => {
                Self::Expire(optional(reader, |reader| reader.u32(Part::Option))?)
            }
            OptionCode::COOKIE => cookie(reader)?,
            OptionCode::KEEPALIVE => {
                Self::Keepalive(optional(reader, |reader| reader.u16(Part::Option))?)
            }
            OptionCode::PADDING => Self::Padding(reader.take_rest()),
            OptionCode::CHAIN => Self::Chain(reader.flat_name()?),
            OptionCode::KEY_TAG => Self::KeyTags(Numbers16::read(reader)?),
            OptionCode::EDE => Self::ExtendedError {
                code: InfoCode(reader.u16(Part::Option)?),
                text: reader.take_rest(),
            },
            OptionCode::REPORT_CHANNEL => Self::ReportChannel(reader.flat_name()?),
            OptionCode::ZONEVERSION => Self::ZoneVersion(optional(reader, |reader| {
                Ok(ZoneVersion {
                    labels: reader.u8(Part::Option)?,
                    kind: reader.u8(Part::Option)?,
                    version: reader.take_rest(),
                })
            })?),
            OptionCode::MQTYPE_QUERY => Self::TypesAsked(Numbers16::read(reader)?),
            OptionCode::MQTYPE_RESPONSE => Self::TypesAnswered(Numbers16::read(reader)?),
            OptionCode::ZDNS => Self::Zdns(ZdnsItems::read(reader)?),
            code => Self::Opaque {
                code,
                octets: reader.take_rest(),
            },
        })
    }

    /// Writes the option, its code and length included.
    ///
    /// # Errors
    /// If there is no room.
    pub fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        writer.u16(self.code().0)?;
        let length = writer.open_length()?;
        match *self {
            Self::UpdateLease { lease, key_lease } => {
                writer.u32(lease)?;
                key_lease.map_or(Ok(()), |lease| writer.u32(lease))?;
            }
            Self::Nsid(octets)
            | Self::AlgorithmsUnderstood(octets)
            | Self::DigestsUnderstood(octets)
            | Self::HashesUnderstood(octets)
            | Self::Padding(octets)
            | Self::Opaque { octets, .. } => writer.put(octets)?,
            Self::ClientSubnet {
                family,
                source,
                scope,
                address,
            } => {
                writer.u16(family)?;
                writer.put(&[source, scope])?;
                writer.put(address)?;
            }
            Self::Expire(seconds) => seconds.map_or(Ok(()), |seconds| writer.u32(seconds))?,
            Self::Cookie { client, server } => {
                writer.put(&client)?;
                writer.put(server)?;
            }
            Self::Keepalive(units) => units.map_or(Ok(()), |units| writer.u16(units))?,
            Self::Chain(name) | Self::ReportChannel(name) => writer.case_kept_name(&name)?,
            Self::KeyTags(numbers) | Self::TypesAsked(numbers) | Self::TypesAnswered(numbers) => {
                writer.put(numbers.0)?;
            }
            Self::ExtendedError { code, text } => {
                writer.u16(code.0)?;
                writer.put(text)?;
            }
            Self::ZoneVersion(Some(version)) => {
                writer.put(&[version.labels, version.kind])?;
                writer.put(version.version)?;
            }
            Self::ZoneVersion(None) => {}
            Self::Zdns(items) => writer.put(items.as_bytes())?,
        }
        writer.close_length(length, Part::Option)
    }
}

/// Nothing, or all of what `read` reads.
fn optional<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, WireError>,
) -> Result<Option<T>, WireError> {
    if reader.is_empty() {
        return Ok(None);
    }
    read(reader).map(Some)
}

/// A wrong size is an error, RFC 7873 5.2.2 asks for FORMERR.
fn cookie<'a>(reader: &mut Reader<'a>) -> Result<EdnsOption<'a>, WireError> {
    let client = reader.array::<8>(Part::Option)?;
    match reader.remaining() {
        0 | 8..=32 => Ok(EdnsOption::Cookie {
            client,
            server: reader.take_rest(),
        }),
        _ => Err(reader.error(WireErrorKind::BadValue(Part::Option))),
    }
}

/// The address has as many octets as the source prefix needs, and no bit is set beyond it
/// (RFC 7871 6).
fn client_subnet<'a>(reader: &mut Reader<'a>) -> Result<EdnsOption<'a>, WireError> {
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
    Ok(EdnsOption::ClientSubnet {
        family,
        source,
        scope,
        address,
    })
}

//! The table: one row an option.

use super::fields::{
    ClientCookie, Codes, ErrorCode, ErrorText, FlatName, HexAndText, IdleTime, Numbers, Optional,
    PaddingLength, Seconds, ServerCookieOctets, Subnet, Types, VersionOfZone, ZdnsList,
};
use super::registry::RowValue;
use super::{Numbers16, ServerCookie, SubnetPrefix, VersionFields, ZdnsItems};
use crate::code_points::InfoCode;
use crate::name::Name;
use crate::wire::{Part, WriteError, Writer};
use core::fmt;

option_table! {
    /// The number of an EDNS option (RFC 6891 6.1.2).
    pub struct OptionCode(u16), unknown "OPT";

    /// An EDNS option that was read.
    pub enum EdnsOption<'a> {
        /// How long an update stays.
        UpdateLease = 2 UPDATE_LEASE, "UL" shown "UPDATE-LEASE:", "RFC 9664 4",
        [b"\0\0\0\x3c" => "UPDATE-LEASE: 60 (1 minute)", b"\0\0\0\x3c\0\0\0\x5a" => "UPDATE-LEASE: 60 (1 minute) 90 (1 minute 30 seconds)"] {
            /// Seconds for which the records stay.
            lease: u32 as Seconds,
            /// Seconds for which the KEY records stay, if they have a lease of their own.
            key_lease: Option<u32> as Optional<Seconds>,
        }
        /// The server's identifier.
        Nsid<'a> = 3 NSID, "NSID" shown "NSID:", "RFC 5001",
        [b"n1" => "NSID: 6e 31 (\"n1\")", b"" => "NSID:"] {
            /// Any octets; none in a query.
            id: &'a [u8] as HexAndText,
        }
        /// DNSSEC algorithms that the sender understands.
        AlgorithmsUnderstood<'a> = 5 DAU, "DAU" shown "DAU:", "RFC 6975",
        [b"\x08\x0f" => "DAU: 8 15"] {
            /// Their numbers.
            algorithms: &'a [u8] as Codes,
        }
        /// DS digests that the sender understands.
        DigestsUnderstood<'a> = 6 DHU, "DHU" shown "DHU:", "RFC 6975",
        [b"\x02" => "DHU: 2"] {
            /// Their numbers.
            digests: &'a [u8] as Codes,
        }
        /// NSEC3 hashes that the sender understands.
        HashesUnderstood<'a> = 7 N3U, "N3U" shown "N3U:", "RFC 6975",
        [b"\x01" => "N3U: 1"] {
            /// Their numbers.
            hashes: &'a [u8] as Codes,
        }
        /// For which network the answer is made.
        ClientSubnet<'a> = 8 ECS, "ECS" shown "CLIENT-SUBNET:", "RFC 7871 6",
        [
            b"\0\x01\x14\0\xc0\0\x20" => "CLIENT-SUBNET: 192.0.32.0/20/0",
            b"\0\x02\x20\x18\x20\x01\x0d\xb8" => "CLIENT-SUBNET: 2001:db8::/32/24",
            b"\0\x01\0\0" => "CLIENT-SUBNET: 0.0.0.0/0/0",
        ] {
            /// The network.
            prefix: SubnetPrefix<'a> as Subnet,
        }
        /// When a secondary's zone expires.
        Expire = 9 EXPIRE, "EXPIRE" shown "EXPIRE:", "RFC 7314",
        [b"\0\0\0\x07" => "EXPIRE: 7 (7 seconds)", b"" => "EXPIRE:", b"\0\x12\xd6\x87" => "EXPIRE: 1234567 (2 weeks 6 hours 56 minutes 7 seconds)", b"\0\0\0\0" => "EXPIRE: 0 (0 seconds)"] {
            /// Seconds until then; nothing in a query.
            seconds: Option<u32> as Optional<Seconds>,
        }
        /// What client and server recognise each other by.
        Cookie<'a> = 10 COOKIE, "COOKIE" shown "COOKIE:", "RFC 7873 4, RFC 9018",
        [
            b"\x01\x01\x01\x01\x01\x01\x01\x01" => "COOKIE: 0101010101010101",
            b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\0\0\0\x5c\xf7\x9f\x11\x1f\x81\x30\xc3\xee\xe2\x94\x80" =>
                "COOKIE: 0101010101010101010000005cf79f111f8130c3eee29480",
        ] {
            /// The client's part.
            client: [u8; 8] as ClientCookie,
            /// The server's part, 8 to 32 octets; none if the client knows none.
            server: &'a [u8] as ServerCookieOctets,
        }
        /// How long a connection may idle.
        Keepalive = 11 KEEPALIVE, "KEEPALIVE" shown "TCP KEEPALIVE:", "RFC 7828",
        [b"\0\x69" => "TCP KEEPALIVE: 10.5 secs", b"" => "TCP KEEPALIVE:"] {
            /// In units of 100 ms; nothing in a query.
            timeout: Option<u16> as Optional<IdleTime>,
        }
        /// Octets that hide the message's size.
        Padding<'a> = 12 PADDING, "PADDING" shown "PAD:", "RFC 7830",
        [b"\0\0\0\0" => "PAD: (4 bytes)", b"" => "PAD:"] {
            /// Any octets, as a rule zeroes.
            octets: &'a [u8] as PaddingLength,
        }
        /// The closest trust point that the client holds.
        Chain<'a> = 13 CHAIN, "CHAIN" shown "CHAIN:", "RFC 7901",
        [b"\x07Example\0" => "CHAIN: Example."] {
            /// Its name.
            closest: Name<'a> as FlatName,
        }
        /// Which trust anchors the sender has.
        KeyTag<'a> = 14 KEY_TAG, "KEY-TAG" shown "KEY-TAG:", "RFC 8145 4",
        [b"\x4f\x66\x97\x28" => "KEY-TAG: 20326, 38696"] {
            /// Their key tags.
            tags: Numbers16<'a> as Numbers,
        }
        /// Why the answer is what it is.
        ExtendedError<'a> = 15 EDE, "EDE" shown "EDE:", "RFC 8914 2",
        [
            b"\0\x03stale: 9s" => "EDE: 3 (Stale Answer): (stale: 9s)",
            b"\0\x14" => "EDE: 20 (Not Authoritative)",
            b"\0\0\xff" => "EDE: 0 (Other): (\\255)",
        ] {
            /// The reason.
            code: InfoCode as ErrorCode,
            /// Words for a person, UTF-8.
            text: &'a [u8] as ErrorText,
        }
        /// Where errors are to be reported.
        ReportChannel<'a> = 18 REPORT_CHANNEL, "REPORT-CHANNEL" shown "REPORT-CHANNEL:", "RFC 9567 6.1",
        [b"\x05agent\x07example\0" => "REPORT-CHANNEL: agent.example."] {
            /// The domain of the agent that takes them.
            agent: Name<'a> as FlatName,
        }
        /// Which version of a zone the answer comes from.
        ZoneVersion<'a> = 19 ZONEVERSION, "ZONEVERSION" shown "ZONEVERSION:", "RFC 9660 2",
        [
            b"\x02\0\0\0\0\x09" => "ZONEVERSION: SOA-SERIAL 9 (labels 2)",
            b"\x01\xf6\xab" => "ZONEVERSION: type 246 (labels 1) ab (\".\")",
            b"" => "ZONEVERSION:",
        ] {
            /// The zone and its version; nothing in a query.
            version: Option<VersionFields<'a>> as Optional<VersionOfZone>,
        }
        /// Further types that are asked for.
        TypesAsked<'a> = 20 MQTYPE_QUERY, "MQTYPE-QUERY" shown "MQTYPE-QUERY:", "RFC 10029",
        [b"\0\x01\0\x10" => "MQTYPE-QUERY: A TXT"] {
            /// Their numbers.
            types: Numbers16<'a> as Types,
        }
        /// Further types that are answered.
        TypesAnswered<'a> = 21 MQTYPE_RESPONSE, "MQTYPE-RESPONSE" shown "MQTYPE-RESPONSE:", "RFC 10029",
        [b"\0\x1c" => "MQTYPE-RESPONSE: AAAA", b"" => "MQTYPE-RESPONSE:"] {
            /// Their numbers.
            types: Numbers16<'a> as Types,
        }
        /// What a mesh node says about the answer; private use.
        Zdns<'a> = 65353 ZDNS, "ZDNS" shown "ZDNS:", "ours, see [`ZdnsItems`]",
        [
            b"\0\x02\0\x01\x03\x02\x02\x03" => "ZDNS: flags=[stale] coverage=2/3",
            b"" => "ZDNS:",
        ] {
            /// Its items; none in a query.
            items: ZdnsItems<'a> as ZdnsList,
        }
    }
}

impl EdnsOption<'_> {
    /// Writes the option, its code and length included.
    ///
    /// # Errors
    /// If there is no room, or the value is over 65,535 octets.
    pub fn write<const N: usize>(&self, writer: &mut Writer<'_, N>) -> Result<(), WriteError> {
        write_option(self.code(), writer, |writer| self.write_value(writer))
    }
}

/// Writes an option whose kind is known, its code and length included, if there is room for it; else nothing.
pub(crate) fn write_if_it_fits<O: RowValue<Code = OptionCode>, const N: usize>(
    option: &O,
    writer: &mut Writer<'_, N>,
) {
    let mark = writer.mark();
    let written = write_option(O::CODE, writer, |writer| option.write_value(writer));
    if written.is_err() {
        writer.rewind(mark);
    }
}

#[inline]
fn write_option<'b, const N: usize>(
    code: OptionCode,
    writer: &mut Writer<'b, N>,
    value: impl FnOnce(&mut Writer<'b, N>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    writer.u16(code.0)?;
    let length = writer.open_length()?;
    value(writer)?;
    writer.close_length(length, Part::Option)
}

/// Name, colon and value: `NSID: 6e 73 31 ("ns1")`.
impl fmt::Display for EdnsOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shown() {
            Some(shown) => f.write_str(shown)?,
            None => write!(f, "OPT={}:", self.code().0)?,
        }
        self.show_value(f)
    }
}

impl<'a> Cookie<'a> {
    /// The server's part, if it has the layout that servers of several makers share (RFC 9018 4).
    pub fn interoperable(&self) -> Option<ServerCookie<'a>> {
        ServerCookie::from_octets(self.server)
    }
}

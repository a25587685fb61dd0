//! The table: one row a record type.

use super::codec::{
    Base16Rest, Base64Rest, CharacterStrings, CompressibleName, Ipv4, Ipv6, Strings, U8, U16, U32,
    UncompressedName,
};
use crate::name::Name;
use core::net::{Ipv4Addr, Ipv6Addr};

record_types! {
    /// Data of any record type.
    pub enum RData<'a> {
        /// An IPv4 address.
        A = 1 A, "A", "RFC 1035 3.4.1", ["192.0.2.1"] {
            /// The address.
            address: Ipv4Addr as Ipv4,
        }
        /// A server that is authoritative for the owner's zone.
        Ns<'a> = 2 NS, "NS", "RFC 1035 3.3.11", ["ns1.example."] {
            /// The server's name.
            server: Name<'a> as CompressibleName,
        }
        /// The canonical name of an alias.
        Cname<'a> = 5 CNAME, "CNAME", "RFC 1035 3.3.1", ["Host.example."] {
            /// What the owner is an alias of.
            target: Name<'a> as CompressibleName,
        }
        /// The start of a zone of authority.
        Soa<'a> = 6 SOA, "SOA", "RFC 1035 3.3.13",
        ["ns1.example. admin.example. 2026011701 3600 900 604800 300"] {
            /// The server that holds the zone's original.
            primary: Name<'a> as CompressibleName,
            /// Who is responsible, a mailbox as a name.
            responsible: Name<'a> as CompressibleName,
            /// The zone's version (RFC 1982 arithmetic).
            serial: u32 as U32,
            /// Seconds between looks for a newer version.
            refresh: u32 as U32,
            /// Seconds before a failed look is tried again.
            retry: u32 as U32,
            /// Seconds after which a version that could not be refreshed is no longer served.
            expire: u32 as U32,
            /// Seconds for which absence may be cached (RFC 2308 4).
            minimum: u32 as U32,
        }
        /// A pointer to another name.
        Ptr<'a> = 12 PTR, "PTR", "RFC 1035 3.3.12", ["host.example."] {
            /// The name pointed to.
            target: Name<'a> as CompressibleName,
        }
        /// A mail exchange.
        Mx<'a> = 15 MX, "MX", "RFC 1035 3.3.9", ["10 mail.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The host that takes the mail.
            exchange: Name<'a> as CompressibleName,
        }
        /// Text.
        Txt<'a> = 16 TXT, "TXT", "RFC 1035 3.3.14", ["\"node_id=0x7f3a\" \"a \\\"b\\\"\"", "\"\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// An IPv6 address.
        Aaaa = 28 AAAA, "AAAA", "RFC 3596 2.2", ["fd00:6d65:7368:1::5"] {
            /// The address.
            address: Ipv6Addr as Ipv6,
        }
        /// Where a service is.
        Srv<'a> = 33 SRV, "SRV", "RFC 2782", ["10 100 9333 Alice.sovereign."] {
            /// Lower is tried first.
            priority: u16 as U16,
            /// The share among equal priorities.
            weight: u16 as U16,
            /// The port.
            port: u16 as U16,
            /// The host.
            target: Name<'a> as UncompressedName,
        }
        /// A subtree that is an alias of another.
        Dname<'a> = 39 DNAME, "DNAME", "RFC 6672 2.1", ["Other.example."] {
            /// What replaces the owner at the end of names below it.
            target: Name<'a> as UncompressedName,
        }
        /// The digest of a key of a delegated zone.
        Ds<'a> = 43 DS, "DS", "RFC 4034 5", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The digest's algorithm.
            digest_type: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
        /// A public key of a zone.
        Dnskey<'a> = 48 DNSKEY, "DNSKEY", "RFC 4034 2", ["257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="] {
            /// Zone key, secure entry point, revoked.
            flags: u16 as U16,
            /// Always 3.
            protocol: u8 as U8,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
    }
}

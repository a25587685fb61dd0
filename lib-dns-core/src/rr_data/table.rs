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
        /// A mail destination, obsolete.
        Md<'a> = 3 MD, "MD", "RFC 1035 3.3.4", ["host.example."] {
            /// The host that takes the mail.
            host: Name<'a> as CompressibleName,
        }
        /// A mail forwarder, obsolete.
        Mf<'a> = 4 MF, "MF", "RFC 1035 3.3.5", ["host.example."] {
            /// The host that passes the mail on.
            host: Name<'a> as CompressibleName,
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
        /// A mailbox, experimental.
        Mb<'a> = 7 MB, "MB", "RFC 1035 3.3.3", ["host.example."] {
            /// The host that has the mailbox.
            host: Name<'a> as CompressibleName,
        }
        /// A member of a mail group, experimental.
        Mg<'a> = 8 MG, "MG", "RFC 1035 3.3.6", ["host.example."] {
            /// The mailbox.
            mailbox: Name<'a> as CompressibleName,
        }
        /// A renamed mailbox, experimental.
        Mr<'a> = 9 MR, "MR", "RFC 1035 3.3.8", ["host.example."] {
            /// The mailbox's new name.
            mailbox: Name<'a> as CompressibleName,
        }
        /// A pointer to another name.
        Ptr<'a> = 12 PTR, "PTR", "RFC 1035 3.3.12", ["host.example."] {
            /// The name pointed to.
            target: Name<'a> as CompressibleName,
        }
        /// Who is responsible for a mailbox or list, experimental.
        Minfo<'a> = 14 MINFO, "MINFO", "RFC 1035 3.3.7", ["admin.example. Other.example."] {
            /// The mailbox of who is responsible.
            responsible: Name<'a> as CompressibleName,
            /// The mailbox that is told of errors.
            errors: Name<'a> as CompressibleName,
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
        /// A responsible person.
        Rp<'a> = 17 RP, "RP", "RFC 1183 2.2", ["admin.example. Other.example."] {
            /// The person's mailbox, as a name.
            mailbox: Name<'a> as UncompressedName,
            /// Where TXT records tell more.
            text: Name<'a> as UncompressedName,
        }
        /// An AFS cell database or DCE server.
        Afsdb<'a> = 18 AFSDB, "AFSDB", "RFC 1183 1", ["10 Host.example."] {
            /// Which kind of server.
            subtype: u16 as U16,
            /// The server.
            host: Name<'a> as UncompressedName,
        }
        /// A route through a host.
        Rt<'a> = 21 RT, "RT", "RFC 1183 3.3", ["10 Host.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The host to go through.
            host: Name<'a> as UncompressedName,
        }
        /// An IPv6 address.
        Aaaa = 28 AAAA, "AAAA", "RFC 3596 2.2", ["fd00:6d65:7368:1::5"] {
            /// The address.
            address: Ipv6Addr as Ipv6,
        }
        /// A Nimrod endpoint identifier.
        Eid<'a> = 31 EID, "EID", "draft-ietf-nimrod-dns-02", ["E32C6F78"] {
            /// The identifier.
            identifier: &'a [u8] as Base16Rest,
        }
        /// A Nimrod locator.
        Nimloc<'a> = 32 NIMLOC, "NIMLOC", "draft-ietf-nimrod-dns-02", ["32251A030067"] {
            /// The locator.
            locator: &'a [u8] as Base16Rest,
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
        /// A key exchanger.
        Kx<'a> = 36 KX, "KX", "RFC 2230 3.1", ["10 Host.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The host that exchanges keys.
            exchanger: Name<'a> as UncompressedName,
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
        /// The fingerprint of a host's SSH key.
        Sshfp<'a> = 44 SSHFP, "SSHFP", "RFC 4255 3.1", ["2 1 123456789ABCDEF67890123456789ABCDEF67890"] {
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The fingerprint's algorithm.
            fingerprint_type: u8 as U8,
            /// The fingerprint.
            fingerprint: &'a [u8] as Base16Rest,
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
        /// Whose DHCP lease a name is.
        Dhcid<'a> = 49 DHCID, "DHCID", "RFC 4701 3", ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="] {
            /// Identifier type, digest type and digest.
            identifier: &'a [u8] as Base64Rest,
        }
        /// What a TLS server's certificate must match.
        Tlsa<'a> = 52 TLSA, "TLSA", "RFC 6698 2", ["3 1 1 D2ABDE240D7CD3EE6B4B28C54DF034B9"] {
            /// How the certificate is to be used.
            usage: u8 as U8,
            /// Which part of it is matched.
            selector: u8 as U8,
            /// How it is matched.
            matching_type: u8 as U8,
            /// What it is matched with.
            data: &'a [u8] as Base16Rest,
        }
        /// What an S/MIME certificate must match.
        Smimea<'a> = 53 SMIMEA, "SMIMEA", "RFC 8162 2", ["3 1 1 D2ABDE240D7CD3EE6B4B28C54DF034B9"] {
            /// How the certificate is to be used.
            usage: u8 as U8,
            /// Which part of it is matched.
            selector: u8 as U8,
            /// How it is matched.
            matching_type: u8 as U8,
            /// What it is matched with.
            data: &'a [u8] as Base16Rest,
        }
        /// The status of a zone, as text.
        Ninfo<'a> = 56 NINFO, "NINFO", "draft-reid-dnsext-zs-01", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// A key to encrypt NAPTR records.
        Rkey<'a> = 57 RKEY, "RKEY", "draft-reid-dnsext-rkey-00", ["0 3 1 AQMD"] {
            /// Flags.
            flags: u16 as U16,
            /// The protocol.
            protocol: u8 as U8,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// A DS record that the child wishes for.
        Cds<'a> = 59 CDS, "CDS", "RFC 7344 3.1", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The digest's algorithm.
            digest_type: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
        /// A key that the child wishes a DS record for.
        Cdnskey<'a> = 60 CDNSKEY, "CDNSKEY", "RFC 7344 3.2", ["0 3 0 AA=="] {
            /// Flags.
            flags: u16 as U16,
            /// The protocol.
            protocol: u8 as U8,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// An OpenPGP key.
        Openpgpkey<'a> = 61 OPENPGPKEY, "OPENPGPKEY", "RFC 7929 2", ["mQCNAzIG"] {
            /// The transferable public key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// A sender policy, obsolete.
        Spf<'a> = 99 SPF, "SPF", "RFC 7208 3.1", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// Application visibility and control.
        Avc<'a> = 258 AVC, "AVC", "IANA, AVC/avc-completed-template", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// What a resolver can do.
        Resinfo<'a> = 261 RESINFO, "RESINFO", "RFC 9606 4", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// The public address of a wallet.
        Wallet<'a> = 262 WALLET, "WALLET", "IANA, WALLET/wallet-completed-template", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// A DNSSEC trust anchor.
        Ta<'a> = 32768 TA, "TA", "Deploying DNSSEC Without a Signed Root", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The digest's algorithm.
            digest_type: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
        /// A trust anchor by DNSSEC lookaside, obsolete.
        Dlv<'a> = 32769 DLV, "DLV", "RFC 4431", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: u8 as U8,
            /// The digest's algorithm.
            digest_type: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
    }
}

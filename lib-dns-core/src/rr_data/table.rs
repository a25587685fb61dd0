//! The table: one row a record type.

use super::Type;
use super::codec::{
    A6Address, A6Prefix, AddressPrefixes, Algorithm, AmtRelay, AtmAddress, Base16Rest,
    Base64OrDash, Base64Rest, Base64Sized, Base64Tail, CaseKeptName, CertificateCode,
    CharacterStrings, CompressibleName, Digest, Endpoint, ErrorCode, Eui48Address, Eui64Address,
    FlatName, FlatNames, Gateway, GenericOctets, HashedName, HostIdentity, HostIdentityFields,
    IdentityMethodCode, IpsecGateway, Ipv4, Ipv6, Items, KeyedItems, Location, LocationData,
    Locator64, LowTypeBitmap, LowTypeSet, Names, NodeId, NotifyScheme, NsapAddress,
    OneOrTwoStrings, OneString, OptionalRelay, PortBitmap, PortSet, Prefixes, ProofSystemCode,
    PropertyTag, Salt, Seconds, ServiceParameters, ServiceParams, Signers, Statement, Strings,
    TaggedDigest, TaggedEndpoint, TextRest, ThresholdSigners, Timestamp, TypeBitmap, TypeBitmaps,
    TypeNumber, U8, U16, U32, U48, UncompressedName, WebPath,
};
use crate::code_points::{
    CertificateType, DaoKey, EconKey, IdentityMethod, ProofSystem, Rcode, SecurityAlgorithm,
    Web4Key,
};
use crate::name::Name;
use core::net::{Ipv4Addr, Ipv6Addr};

record_types! {
    constants in Type;

    /// Data of any record type.
    pub enum RData<'a> {
        /// An IPv4 address.
        A = 1 A in IN, "A", "RFC 1035 3.4.1", ["192.0.2.1"] {
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
            refresh: u32 as Seconds,
            /// Seconds before a failed look is tried again.
            retry: u32 as Seconds,
            /// Seconds after which a version that could not be refreshed is no longer served.
            expire: u32 as Seconds,
            /// Seconds for which absence may be cached (RFC 2308 4).
            minimum: u32 as Seconds,
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
        /// Anything at all, experimental; text has it as octets only.
        Null<'a> = 10 NULL, "NULL", "RFC 1035 3.3.10",
        ["\\# 3 CAFE00", "\\# 0"] {
            /// The data.
            octets: &'a [u8] as GenericOctets,
        }
        /// Well known services of a host, obsolete.
        Wks<'a> = 11 WKS in IN, "WKS", "RFC 1035 3.4.2",
        ["192.0.2.1 6 21 25 80"] {
            /// The host's address.
            address: Ipv4Addr as Ipv4,
            /// The protocol by its IP number.
            protocol: u8 as U8,
            /// The ports that are served.
            ports: PortSet<'a> as PortBitmap,
        }
        /// A pointer to another name.
        Ptr<'a> = 12 PTR, "PTR", "RFC 1035 3.3.12", ["host.example."] {
            /// The name pointed to.
            target: Name<'a> as CompressibleName,
        }
        /// A host's hardware and system.
        Hinfo<'a> = 13 HINFO, "HINFO", "RFC 1035 3.3.2",
        ["\"PDP-11\" \"UNIX\""] {
            /// The hardware.
            cpu: &'a [u8] as OneString,
            /// The operating system.
            os: &'a [u8] as OneString,
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
        /// An X.25 address.
        X25<'a> = 19 X25, "X25", "RFC 1183 3.1",
        ["\"311061700956\""] {
            /// The address, digits.
            address: &'a [u8] as OneString,
        }
        /// An ISDN address, and perhaps a subaddress.
        Isdn<'a> = 20 ISDN, "ISDN", "RFC 1183 3.2",
        ["\"150862028003217\" \"004\"", "\"150862028003217\""] {
            /// The address and the subaddress.
            strings: Strings<'a> as OneOrTwoStrings,
        }
        /// A route through a host.
        Rt<'a> = 21 RT, "RT", "RFC 1183 3.3", ["10 Host.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The host to go through.
            host: Name<'a> as UncompressedName,
        }
        /// An address of OSI networks.
        Nsap<'a> = 22 NSAP in IN, "NSAP", "RFC 1706 5",
        ["0x47000580005A0000000001E133FFFFFF00016100"] {
            /// The address.
            address: &'a [u8] as NsapAddress,
        }
        /// A pointer from an NSAP address to a name.
        NsapPtr<'a> = 23 NSAP_PTR in IN, "NSAP-PTR", "RFC 1706 6",
        ["Host.example."] {
            /// The name.
            target: Name<'a> as CaseKeptName,
        }
        /// A signature of a transaction, or of an RRset before DNSSEC was rewritten.
        Sig<'a> = 24 SIG, "SIG", "RFC 2931 3",
        ["TYPE0 15 3 3600 20460101000000 20260117120000 2642 Signer.example. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="] {
            /// The type that is signed.
            type_covered: Type as TypeNumber,
            /// How it is signed.
            algorithm: SecurityAlgorithm as Algorithm,
            /// Labels of the owner, the root and a leading wildcard not counted.
            labels: u8 as U8,
            /// The TTL that was signed, in seconds.
            original_ttl: u32 as U32,
            /// Seconds since 1970 after which it is no longer valid, modulo 2^32.
            expiration: u32 as Timestamp,
            /// Seconds since 1970 from which it is valid, modulo 2^32.
            inception: u32 as Timestamp,
            /// The tag of the key.
            key_tag: u16 as U16,
            /// Whose key it is.
            signer: Name<'a> as UncompressedName,
            /// The signature.
            signature: &'a [u8] as Base64Rest,
        }
        /// A public key of a host or user.
        Key<'a> = 25 KEY, "KEY", "RFC 3445 2",
        ["512 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
        "49152 3 0"] {
            /// What the key is for.
            flags: u16 as U16,
            /// What it is used with.
            protocol: u8 as U8,
            /// The key's algorithm.
            algorithm: SecurityAlgorithm as Algorithm,
            /// The key; nothing where the flags say that there is none.
            public_key: &'a [u8] as Base64Tail,
        }
        /// How X.400 and Internet mail addresses map.
        Px<'a> = 26 PX in IN, "PX", "RFC 2163 4",
        ["50 Net2.example. PRMD-net2.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The Internet side.
            map822: Name<'a> as UncompressedName,
            /// The X.400 side.
            mapx400: Name<'a> as UncompressedName,
        }
        /// A place on Earth.
        Gpos<'a> = 27 GPOS, "GPOS", "RFC 1712 3",
        ["\"-32.6882\" \"116.8652\" \"10.0\""] {
            /// Degrees east, as decimal text.
            longitude: &'a [u8] as OneString,
            /// Degrees north, as decimal text.
            latitude: &'a [u8] as OneString,
            /// Metres, as decimal text.
            altitude: &'a [u8] as OneString,
        }
        /// An IPv6 address.
        Aaaa = 28 AAAA in IN, "AAAA", "RFC 3596 2.2", ["fd00:6d65:7368:1::5"] {
            /// The address.
            address: Ipv6Addr as Ipv6,
        }
        /// Where something is on earth.
        Loc = 29 LOC, "LOC", "RFC 1876 2",
        ["42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m"] {
            /// The location.
            location: Location as LocationData,
        }
        /// The next name of obsolete DNSSEC.
        Nxt<'a> = 30 NXT, "NXT", "RFC 2535 5.2",
        ["Medium.example. A MX SIG NXT"] {
            /// The next name.
            next: Name<'a> as UncompressedName,
            /// The types at the owner.
            types: LowTypeSet<'a> as LowTypeBitmap,
        }
        /// A Nimrod endpoint identifier.
        Eid<'a> = 31 EID in IN, "EID", "draft-ietf-nimrod-dns-02", ["E32C6F78"] {
            /// The identifier.
            identifier: &'a [u8] as Base16Rest,
        }
        /// A Nimrod locator.
        Nimloc<'a> = 32 NIMLOC in IN, "NIMLOC", "draft-ietf-nimrod-dns-02", ["32251A030067"] {
            /// The locator.
            locator: &'a [u8] as Base16Rest,
        }
        /// Where a service is.
        Srv<'a> = 33 SRV in IN, "SRV", "RFC 2782", ["10 100 9333 Alice.sovereign."] {
            /// Lower is tried first.
            priority: u16 as U16,
            /// The share among equal priorities.
            weight: u16 as U16,
            /// The port.
            port: u16 as U16,
            /// The host.
            target: Name<'a> as UncompressedName,
        }
        /// An ATM address.
        Atma<'a> = 34 ATMA in IN, "ATMA", "ATM Forum, ATM Name System 2.0",
        ["39246F000E7C9C03120001000100001234567890", "+61200000000"] {
            /// The format octet and the address.
            address: &'a [u8] as AtmAddress,
        }
        /// A rule that rewrites a string, or a service.
        Naptr<'a> = 35 NAPTR, "NAPTR", "RFC 3403 4.1",
        ["100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.example."] {
            /// Lower comes first.
            order: u16 as U16,
            /// Among equal orders, lower is preferred.
            preference: u16 as U16,
            /// How to go on.
            flags: &'a [u8] as OneString,
            /// The service.
            services: &'a [u8] as OneString,
            /// The rule.
            regexp: &'a [u8] as OneString,
            /// The next name.
            replacement: Name<'a> as UncompressedName,
        }
        /// A key exchanger.
        Kx<'a> = 36 KX in IN, "KX", "RFC 2230 3.1", ["10 Host.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The host that exchanges keys.
            exchanger: Name<'a> as UncompressedName,
        }
        /// A certificate or revocation list.
        Cert<'a> = 37 CERT, "CERT", "RFC 4398 2",
        ["PKIX 12345 8 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="] {
            /// What kind of certificate.
            certificate_type: CertificateType as CertificateCode,
            /// The tag of the key in it.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: SecurityAlgorithm as Algorithm,
            /// The certificate.
            certificate: &'a [u8] as Base64Rest,
        }
        /// An IPv6 address in parts, historic.
        A6<'a> = 38 A6 in IN, "A6", "RFC 2874 3.1",
        ["0 2001:db8::1", "64 ::1234:5678:9abc:def0 Subnet.example.", "128 Host.example."] {
            /// The own part, and where the front comes from.
            address: A6Prefix<'a> as A6Address,
        }
        /// A subtree that is an alias of another.
        Dname<'a> = 39 DNAME, "DNAME", "RFC 6672 2.1", ["Other.example."] {
            /// What replaces the owner at the end of names below it.
            target: Name<'a> as UncompressedName,
        }
        /// The kitchen sink.
        Sink<'a> = 40 SINK, "SINK", "draft-eastlake-kitchen-sink-02",
        ["1 2 3 AQID", "1 2 3"] {
            /// What the data means.
            meaning: u8 as U8,
            /// How it is coded.
            coding: u8 as U8,
            /// How the coding is coded.
            subcoding: u8 as U8,
            /// The data.
            data: &'a [u8] as Base64Tail,
        }
        /// EDNS options, in messages only; `messages::edns` reads them.
        Opt<'a> = 41 OPT, "OPT", "RFC 6891 6.1",
        ["\\# 0", "\\# 4 00030000"] {
            /// The options, each with its code and length.
            options: &'a [u8] as GenericOctets,
        }
        /// Address prefixes.
        Apl<'a> = 42 APL in IN, "APL", "RFC 3123 4", ["1:192.0.2.0/24 !2:2001:db8::/32"] {
            /// The prefixes.
            prefixes: Prefixes<'a> as AddressPrefixes,
        }
        /// The digest of a key of a delegated zone.
        Ds<'a> = 43 DS, "DS", "RFC 4034 5", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: SecurityAlgorithm as Algorithm,
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
        /// A public key for IPsec.
        Ipseckey<'a> = 45 IPSECKEY, "IPSECKEY", "RFC 4025 2",
        [
            "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
            "10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
            "10 3 2 Gateway.example. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="
        ] {
            /// Lower is preferred.
            precedence: u8 as U8,
            /// The key's algorithm, and the gateway.
            gateway: (u8, Gateway<'a>) as IpsecGateway,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// A signature of an RRset.
        Rrsig<'a> = 46 RRSIG, "RRSIG", "RFC 4034 3",
        ["MX 15 3 3600 20460101000000 20260117120000 2642 Signer.example. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="] {
            /// The type that is signed.
            type_covered: Type as TypeNumber,
            /// How it is signed.
            algorithm: SecurityAlgorithm as Algorithm,
            /// Labels of the owner, the root and a leading wildcard not counted.
            labels: u8 as U8,
            /// The TTL that was signed, in seconds.
            original_ttl: u32 as U32,
            /// Seconds since 1970 after which it is no longer valid, modulo 2^32.
            expiration: u32 as Timestamp,
            /// Seconds since 1970 from which it is valid, modulo 2^32.
            inception: u32 as Timestamp,
            /// The tag of the key.
            key_tag: u16 as U16,
            /// Whose key it is.
            signer: Name<'a> as FlatName,
            /// The signature.
            signature: &'a [u8] as Base64Rest,
        }
        /// The next name of a zone, and the types of this one.
        Nsec<'a> = 47 NSEC, "NSEC", "RFC 4034 4",
        ["Host.example. A MX RRSIG NSEC TYPE1234"] {
            /// The next owner in canonical order.
            next: Name<'a> as CaseKeptName,
            /// The types of this owner.
            types: TypeBitmap<'a> as TypeBitmaps,
        }
        /// A public key of a zone.
        Dnskey<'a> = 48 DNSKEY, "DNSKEY", "RFC 4034 2", ["257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="] {
            /// Zone key, secure entry point, revoked.
            flags: u16 as U16,
            /// Always 3.
            protocol: u8 as U8,
            /// The key's algorithm.
            algorithm: SecurityAlgorithm as Algorithm,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// Whose DHCP lease a name is.
        Dhcid<'a> = 49 DHCID in IN, "DHCID", "RFC 4701 3", ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="] {
            /// Identifier type, digest type and digest.
            identifier: &'a [u8] as Base64Rest,
        }
        /// The next hashed name of a zone, and the types of this one.
        Nsec3<'a> = 50 NSEC3, "NSEC3", "RFC 5155 3",
        ["1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM", "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR"] {
            /// The hash, 1 is SHA-1.
            hash_algorithm: u8 as U8,
            /// 1 says that unsigned delegations may be left out.
            flags: u8 as U8,
            /// How often it is hashed again.
            iterations: u16 as U16,
            /// What is hashed with the name.
            salt: &'a [u8] as Salt,
            /// The next hash in order.
            next_hashed_owner: &'a [u8] as HashedName,
            /// The types of the name that was hashed.
            types: TypeBitmap<'a> as TypeBitmaps,
        }
        /// How the names of a zone are hashed.
        Nsec3param<'a> = 51 NSEC3PARAM, "NSEC3PARAM", "RFC 5155 4",
        ["1 0 0 -", "1 0 12 AABBCCDD"] {
            /// The hash, 1 is SHA-1.
            hash_algorithm: u8 as U8,
            /// No flag is used.
            flags: u8 as U8,
            /// How often it is hashed again.
            iterations: u16 as U16,
            /// What is hashed with the name.
            salt: &'a [u8] as Salt,
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
        /// A host identity, and where the host can be met.
        Hip<'a> = 55 HIP, "HIP", "RFC 8005 5",
        [
            "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI Rvs1.example. rvs2.example.",
            "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI"
        ] {
            /// The algorithm, the tag and the key.
            identity: HostIdentity<'a> as HostIdentityFields,
            /// Rendezvous servers, the first preferred; perhaps none.
            servers: Names<'a> as FlatNames,
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
            algorithm: SecurityAlgorithm as Algorithm,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// Links of a list of trust anchors.
        Talink<'a> = 58 TALINK, "TALINK", "draft-wijngaards-dnsop-trust-history-02",
        ["H0.example. h2.example."] {
            /// The one before.
            previous: Name<'a> as CaseKeptName,
            /// The one after.
            next: Name<'a> as CaseKeptName,
        }
        /// A DS record that the child wishes for.
        Cds<'a> = 59 CDS, "CDS", "RFC 7344 3.1", ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"] {
            /// The tag of the key.
            key_tag: u16 as U16,
            /// The key's algorithm.
            algorithm: SecurityAlgorithm as Algorithm,
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
            algorithm: SecurityAlgorithm as Algorithm,
            /// The key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// An OpenPGP key.
        Openpgpkey<'a> = 61 OPENPGPKEY, "OPENPGPKEY", "RFC 7929 2", ["mQCNAzIG"] {
            /// The transferable public key.
            public_key: &'a [u8] as Base64Rest,
        }
        /// Which records a parent should copy from a child.
        Csync<'a> = 62 CSYNC, "CSYNC", "RFC 7477 2.1",
        ["66 3 A NS AAAA"] {
            /// The serial from which it holds.
            serial: u32 as U32,
            /// Immediate, and serial at least.
            flags: u16 as U16,
            /// The types to copy.
            types: TypeBitmap<'a> as TypeBitmaps,
        }
        /// The digest of a whole zone.
        Zonemd<'a> = 63 ZONEMD, "ZONEMD", "RFC 8976 2",
        ["2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE"] {
            /// The serial of the SOA that it is for.
            serial: u32 as U32,
            /// How the zone is put together, 1 is record by record.
            scheme: u8 as U8,
            /// The hash.
            hash_algorithm: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
        /// Where and how a service is to be reached.
        Svcb<'a> = 64 SVCB in IN, "SVCB", "RFC 9460 2",
        ["0 Svc.example.", "1 . alpn=\"h3,h2\" port=9333"] {
            /// 0 makes the record an alias; else lower is preferred.
            priority: u16 as U16,
            /// The alias's target, or the host of the service; the root means the owner.
            target: Name<'a> as CaseKeptName,
            /// How to reach the service.
            params: ServiceParams<'a> as ServiceParameters,
        }
        /// Where and how a web site is to be reached.
        Https<'a> = 65 HTTPS in IN, "HTTPS", "RFC 9460 9",
        ["1 . alpn=\"h3,h2\" port=9333 ipv4hint=192.0.2.1 ech=AEX+DQ=="] {
            /// 0 makes the record an alias; else lower is preferred.
            priority: u16 as U16,
            /// The alias's target, or the host of the service; the root means the owner.
            target: Name<'a> as CaseKeptName,
            /// How to reach the service.
            params: ServiceParams<'a> as ServiceParameters,
        }
        /// Whom to tell of changes at a delegation.
        Dsync<'a> = 66 DSYNC, "DSYNC", "RFC 9859 2",
        ["CDS NOTIFY 5359 Cds-scanner.example."] {
            /// The type that changed.
            rrtype: Type as TypeNumber,
            /// How to tell; 1 is NOTIFY.
            scheme: u8 as NotifyScheme,
            /// The port.
            port: u16 as U16,
            /// The host.
            target: Name<'a> as CaseKeptName,
        }
        /// A sender policy, obsolete.
        Spf<'a> = 99 SPF, "SPF", "RFC 7208 3.1", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// A node identifier of ILNP.
        Nid = 104 NID, "NID", "RFC 6742 2.1",
        ["10 0014:4fff:ff20:ee64"] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The identifier.
            node_id: [u8; 8] as Locator64,
        }
        /// A 32-bit locator of ILNP.
        L32 = 105 L32, "L32", "RFC 6742 2.2",
        ["10 10.1.2.0"] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The locator.
            locator: Ipv4Addr as Ipv4,
        }
        /// A 64-bit locator of ILNP.
        L64 = 106 L64, "L64", "RFC 6742 2.3",
        ["10 2001:0db8:1140:1000"] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The locator.
            locator: [u8; 8] as Locator64,
        }
        /// A name whose locators hold for the owner.
        Lp<'a> = 107 LP, "LP", "RFC 6742 2.4",
        ["10 L64-subnet1.example."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The name.
            target: Name<'a> as CaseKeptName,
        }
        /// A 48-bit hardware address.
        Eui48 = 108 EUI48, "EUI48", "RFC 7043 3",
        ["00-00-5e-00-53-2a"] {
            /// The address.
            address: [u8; 6] as Eui48Address,
        }
        /// A 64-bit hardware address.
        Eui64 = 109 EUI64, "EUI64", "RFC 7043 4",
        ["00-00-5e-ef-10-00-00-2a"] {
            /// The address.
            address: [u8; 8] as Eui64Address,
        }
        /// How a shared key is agreed on, in messages only.
        Tkey<'a> = 249 TKEY, "TKEY", "RFC 2930 2",
        ["gss.microsoft.com. 20030220173103 20030322173103 3 NOERROR 3 AQID 0", "Hmac.example. 20030220173103 20030322173103 3 BADSIG 0 1 AQ=="] {
            /// The algorithm, as a name.
            algorithm: Name<'a> as FlatName,
            /// Not valid before, in seconds since 1970 modulo 2^32.
            inception: u32 as Timestamp,
            /// Not valid after, in seconds since 1970 modulo 2^32.
            expiration: u32 as Timestamp,
            /// How the key is agreed on.
            mode: u16 as U16,
            /// What went wrong.
            error: Rcode as ErrorCode,
            /// The key data.
            key: &'a [u8] as Base64Sized,
            /// Other data; not defined yet.
            other: &'a [u8] as Base64Sized,
        }
        /// A signature with a shared key, in messages only.
        Tsig<'a> = 250 TSIG, "TSIG", "RFC 8945 4.2",
        ["hmac-sha256. 1767225600 300 3 AQID 4711 NOERROR 0", "hmac-sha256. 1767225600 300 0 4711 BADTIME 6 AABpVbkA"] {
            /// The algorithm, as a name.
            algorithm: Name<'a> as FlatName,
            /// When it was signed, in seconds since 1970; 48 bits.
            time_signed: u64 as U48,
            /// How far clocks may differ, in seconds.
            fudge: u16 as U16,
            /// The signature.
            mac: &'a [u8] as Base64Sized,
            /// The message's ID when it was signed.
            original_id: u16 as U16,
            /// What went wrong.
            error: Rcode as ErrorCode,
            /// The server's time after BADTIME.
            other: &'a [u8] as Base64Sized,
        }
        /// A URI for a service.
        Uri<'a> = 256 URI, "URI", "RFC 7553 4",
        ["10 1 \"ftp://ftp1.example/public\""] {
            /// Lower is tried first.
            priority: u16 as U16,
            /// The share among equal priorities.
            weight: u16 as U16,
            /// The URI.
            target: &'a [u8] as TextRest,
        }
        /// Who may issue certificates for a name.
        Caa<'a> = 257 CAA, "CAA", "RFC 8659 4",
        ["0 issue \"ca1.example.net; account=230123\"", "128 tbs \"Unknown\""] {
            /// 128 says that the property must be understood.
            flags: u8 as U8,
            /// The property.
            tag: &'a [u8] as PropertyTag,
            /// Its value.
            value: &'a [u8] as TextRest,
        }
        /// Application visibility and control.
        Avc<'a> = 258 AVC, "AVC", "IANA, AVC/avc-completed-template", ["\"one\" \"two\""] {
            /// One or more strings.
            strings: Strings<'a> as CharacterStrings,
        }
        /// A digital object.
        Doa<'a> = 259 DOA, "DOA", "draft-durand-doa-over-dns-03",
        ["0 1 2 \"\" aHR0cHM6Ly93d3cuaXNjLm9yZy8=", "1234567890 1234567890 1 \"image/gif\" -"] {
            /// Who defines the kind.
            enterprise: u32 as U32,
            /// The kind of object.
            kind: u32 as U32,
            /// How it is found.
            location: u8 as U8,
            /// Its media type.
            media_type: &'a [u8] as OneString,
            /// The object, or where it is.
            data: &'a [u8] as Base64OrDash,
        }
        /// A relay that tunnels multicast.
        Amtrelay<'a> = 260 AMTRELAY, "AMTRELAY", "RFC 8777 4",
        [
            "10 0 1 203.0.113.15",
            "10 1 2 2001:db8::15",
            "128 1 3 Amtrelays.example.",
            "10 0 0 ."
        ] {
            /// Lower is preferred.
            precedence: u8 as U8,
            /// The relay, and whether discovery is optional.
            relay: OptionalRelay<'a> as AmtRelay,
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
            algorithm: SecurityAlgorithm as Algorithm,
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
            algorithm: SecurityAlgorithm as Algorithm,
            /// The digest's algorithm.
            digest_type: u8 as U8,
            /// The digest.
            digest: &'a [u8] as Base16Rest,
        }
        /// Where a mesh node can be reached.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 32 | node id |
        /// | 2 | priority |
        /// | 2 | weight |
        /// | 1 | kind of the endpoint |
        /// | the rest | the endpoint, see [`Endpoint`] |
        Mesh<'a> = 65344 MESH, "MESH", "ZDNS architecture 5.2",
        [
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 1 100 ipv4 quic 10.42.1.5:9333",
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 1 100 ipv6 udp [fd00:6d65:7368:1::5]:9333",
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 2 0 ble random c0-00-5e-00-53-2a",
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 2 0 lora 0000002A 7F3A8B2C",
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 3 0 key 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
            "7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 4 0 endpoint9 \\# 2 CAFE"
        ] {
            /// The node.
            node_id: [u8; 32] as NodeId,
            /// Lower is tried first.
            priority: u16 as U16,
            /// The share among equal priorities.
            weight: u16 as U16,
            /// Where it is.
            endpoint: Endpoint<'a> as TaggedEndpoint,
        }
        /// A proof that reveals nothing but that a statement is true.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | proof system |
        /// | 2 | length of the statement |
        /// | as it says | statement |
        /// | the rest, at least 1 | proof |
        Zk<'a> = 65345 ZK, "ZK", "ZDNS architecture 5.2", ["groth16 AQID q83v", "proof200 - AA=="] {
            /// How it is proved.
            system: ProofSystem as ProofSystemCode,
            /// What is proved: the public input, as the proof system writes it.
            statement: &'a [u8] as Statement,
            /// The proof, as the proof system writes it.
            proof: &'a [u8] as Base64Rest,
        }
        /// A key that is the identity behind a name.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | verification method |
        /// | 1 | algorithm |
        /// | the rest, at least 1 | public key |
        Id<'a> = 65346 ID, "ID", "ZDNS architecture 5.2",
        ["signature 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", "method9 18 AQID"] {
            /// How the holder of the key shows that the name is theirs.
            method: IdentityMethod as IdentityMethodCode,
            /// The key's algorithm, numbered as in DNSKEY.
            algorithm: SecurityAlgorithm as Algorithm,
            /// The key, in the form that DNSKEY has it.
            public_key: &'a [u8] as Base64Rest,
        }
        /// How those who own a name together decide.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | version, 1 |
        /// | the rest | items: key (2), length (2), value; the keys not falling |
        ///
        /// The keys and the forms of their values are those of [`DaoKey`].
        Dao<'a> = 65347 DAO, "DAO", "ZDNS architecture 5.2",
        [
            "1 title=\"Sovereign \\\"DAO\\\"\" charter=sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 quorum=4000 approval=6667 voting-period=604800 execution-delay=86400 proposal-deposit=100000000 treasury=Treasury.sovereign. council=council.sovereign.",
            "1 quorum=0 item200=CAFE item200=",
            "2 item3=CAFE",
            "1"
        ] {
            /// Version and items.
            items: Items<'a, DaoKey> as KeyedItems<DaoKey>,
        }
        /// What names cost, and who gets the revenue. Amounts are integers, shares basis points.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | version, 1 |
        /// | the rest | items: key (2), length (2), value; the keys not falling |
        ///
        /// The keys and the forms of their values are those of [`EconKey`].
        Econ<'a> = 65348 ECON, "ECON", "ZDNS architecture 5.2",
        [
            "1 unit=\"SOV\" decimals=8 registration-fee=18446744073709551615 renewal-fee=50000000 transfer-fee=1000000 period=31536000 share=\"7000 Treasury.sovereign.\" share=\"3000 nodes.sovereign.\"",
            "1 fee-proof=\"merkle q83vAQID\"",
            "9 item7=00"
        ] {
            /// Version and items.
            items: Items<'a, EconKey> as KeyedItems<EconKey>,
        }
        /// What content a name stands for.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | hash algorithm |
        /// | 1 | length of the digest |
        /// | as it says | digest |
        Content<'a> = 65349 CONTENT, "CONTENT", "ZDNS architecture 5.2",
        ["sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "hash99:CAFE"] {
            /// The hash of the content; see [`Digest`].
            digest: Digest<'a> as TaggedDigest,
        }
        /// Who must sign for a name, and how many of them.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | threshold, 1 to the number of signers |
        /// | the rest | signers, at most 255: digests as in [`Digest`], rising octet by octet |
        ///
        /// A signer is the digest of an ID record's algorithm and public key.
        Multisig<'a> = 65350 MULTISIG, "MULTISIG", "ZDNS architecture 5.2",
        ["1 sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "2 sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 blake3:AF1349B9F5F9A1A6A0404DEA36DCC9499BCB25C9ADC112B7CC9A93CAE41F3262"] {
            /// The threshold and the signers.
            signers: Signers<'a> as ThresholdSigners,
        }
        /// A signature by the owner of a name, over an RRset of that name.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 2 | type covered |
        /// | 1 | algorithm |
        /// | 1 | labels |
        /// | 4 | original TTL |
        /// | 4 | expiration |
        /// | 4 | timestamp |
        /// | 2 | key tag |
        /// | 1 to 255 | signer, a name without compression |
        /// | the rest, at least 1 | signature |
        ///
        /// That is RRSIG's layout (RFC 4034 3.1) for the key of the owner's ID record.
        Pqs<'a> = 65351 PQS, "PQS", "ZDNS architecture 5.2",
        ["MESH 18 2 300 20460101000000 20260117120000 59829 Alice.sovereign. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQc="] {
            /// The type that is signed.
            type_covered: Type as TypeNumber,
            /// How it is signed.
            algorithm: SecurityAlgorithm as Algorithm,
            /// Labels of the owner, the root and a leading wildcard not counted.
            labels: u8 as U8,
            /// The TTL that was signed, in seconds.
            original_ttl: u32 as U32,
            /// Seconds since 1970 after which it is no longer valid, modulo 2^32.
            expiration: u32 as Timestamp,
            /// Seconds since 1970 at which it was signed, modulo 2^32; of two versions the later wins.
            timestamp: u32 as Timestamp,
            /// The tag of the key: RFC 4034 B, over the data of its ID record.
            key_tag: u16 as U16,
            /// Whose key it is: where its ID record stands.
            signer: Name<'a> as CaseKeptName,
            /// The signature.
            signature: &'a [u8] as Base64Rest,
        }
        /// What is registered about a name.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | version, 1 |
        /// | the rest | items: key (2), length (2), value; the keys not falling |
        ///
        /// The keys and the forms of their values are those of [`Web4Key`].
        Web4<'a> = 65352 WEB4, "WEB4", "ZDNS architecture 5.2",
        ["1 title=\"Alice\" description=\"\" owner=sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 registered=20260117120000 expires=20270117120000 content=sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 contact=alice.mail.sovereign."] {
            /// Version and items.
            items: Items<'a, Web4Key> as KeyedItems<Web4Key>,
        }
        /// What content is at a path of a web site.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | length of the path |
        /// | as it says | path, from `/` on |
        /// | 1 | hash algorithm |
        /// | 1 | length of the digest |
        /// | as it says | digest |
        Web4Content<'a> = 65353 WEB4CONTENT, "WEB4CONTENT", "ZDNS architecture 5.2",
        ["\"/index.html\" sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"] {
            /// The path.
            path: &'a [u8] as WebPath,
            /// The hash of the content; see [`Digest`].
            content: Digest<'a> as TaggedDigest,
        }
        /// A proof of who owns a name.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | hash algorithm of the owner's digest |
        /// | 1 | its length |
        /// | as it says | digest of the owner's key |
        /// | 1 | proof system |
        /// | 2 | length of the statement |
        /// | as it says | statement |
        /// | the rest, at least 1 | proof |
        Web4Owner<'a> = 65354 WEB4OWNER, "WEB4OWNER", "ZDNS architecture 5.2",
        ["sha2-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 plonky2 AQID q83v"] {
            /// The owner: the digest of an ID record's algorithm and public key.
            owner: Digest<'a> as TaggedDigest,
            /// How it is proved.
            system: ProofSystem as ProofSystemCode,
            /// What is proved: the public input, as the proof system writes it.
            statement: &'a [u8] as Statement,
            /// The proof, as the proof system writes it.
            proof: &'a [u8] as Base64Rest,
        }
        /// A node that keeps a name's content in the distributed hash table.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 2 | preference |
        /// | 32 | node id |
        /// | 1 to 255 | host, a name without compression |
        Web4Dht<'a> = 65355 WEB4DHT, "WEB4DHT", "ZDNS architecture 5.2",
        ["10 7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B Node1.sovereign."] {
            /// Lower is preferred.
            preference: u16 as U16,
            /// The node.
            node_id: [u8; 32] as NodeId,
            /// Where its addresses and MESH records stand; the root if nowhere.
            host: Name<'a> as CaseKeptName,
        }
        /// Where a service of a name can be reached in the mesh.
        ///
        /// | octets | field |
        /// |---|---|
        /// | 1 | length of the service's name |
        /// | as it says | service |
        /// | 32 | node id |
        /// | 2 | priority |
        /// | 2 | weight |
        /// | 1 | kind of the endpoint |
        /// | the rest | the endpoint, see [`Endpoint`] |
        Web4Mesh<'a> = 65356 WEB4MESH, "WEB4MESH", "ZDNS architecture 5.2",
        ["\"zhtp\" 7F3A8B2C000102030405060708090A0B0C0D0E0F101112131415161718191A1B 1 100 ipv4 quic 10.42.1.5:9333"] {
            /// The service, as in an SRV record's owner without the underline.
            service: &'a [u8] as OneString,
            /// The node that offers it.
            node_id: [u8; 32] as NodeId,
            /// Lower is tried first.
            priority: u16 as U16,
            /// The share among equal priorities.
            weight: u16 as U16,
            /// Where it is.
            endpoint: Endpoint<'a> as TaggedEndpoint,
        }
    }
}

//! Numbers that registries assign, each an open newtype: any value can be held, printed and read back,
//! known or not.
//!
//! Record types and EDNS options are the exception: their numbers stand in tables, beside what defines
//! each of them. Source: the IANA registries "DNS Parameters" and "DNSSEC Algorithm Numbers" as of
//! October 2026; what the mesh's own types hold is assigned here.

use core::fmt;

/// Defines an open newtype with named constants, `Display`, `Debug` and `from_mnemonic`.
macro_rules! open_code {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($int:ty), unknown $prefix:literal {
            $( $(#[$cmeta:meta])* $constant:ident = $value:literal $mnemonic:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name(pub $int);

        impl $name {
            $( $(#[$cmeta])* pub const $constant: Self = Self($value); )+

            /// Every value with a name, in the order of the registry.
            pub const ASSIGNED: &'static [(Self, &'static str)] =
                &[ $( (Self($value), $mnemonic) ),+ ];

            /// The registered name, if the value has one.
            pub fn mnemonic(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($mnemonic), )+
                    _ => None,
                }
            }

            /// Reads a registered name in any case, the generic form that `Display` prints for values
            /// without a name, or a plain decimal number.
            pub fn from_mnemonic(text: &[u8]) -> Option<Self> {
                for (value, mnemonic) in Self::ASSIGNED {
                    if mnemonic.as_bytes().eq_ignore_ascii_case(text) {
                        return Some(*value);
                    }
                }
                let digits = match text.split_at_checked($prefix.len()) {
                    Some((head, tail)) if head.eq_ignore_ascii_case($prefix.as_bytes()) => tail,
                    _ => text,
                };
                let number = crate::text::decimal(digits)?;
                <$int>::try_from(number).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.mnemonic() {
                    Some(mnemonic) => f.pad(mnemonic),
                    None => write!(f, "{}{}", $prefix, self.0),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl From<$name> for $int {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl From<$int> for $name {
            fn from(value: $int) -> Self {
                Self(value)
            }
        }
    };
}

pub(crate) use open_code;

open_code! {
    /// A class, or what stands in its place in an UPDATE (RFC 1035 3.2.4, RFC 2136 1.3).
    pub struct Class(u16), unknown "CLASS" {
        /// The Internet.
        IN = 1 "IN",
        /// Chaosnet; today for `version.bind` and its like.
        CH = 3 "CH",
        /// Hesiod.
        HS = 4 "HS",
        /// In UPDATE: the RRset must not exist, or this record goes.
        NONE = 254 "NONE",
        /// In questions and UPDATE: any class.
        ANY = 255 "ANY",
    }
}

open_code! {
    /// What a message asks the receiver to do (RFC 1035 4.1.1); four bits on the wire.
    pub struct Opcode(u8), unknown "OPCODE" {
        /// A standard query.
        QUERY = 0 "QUERY",
        /// An inverse query, obsolete (RFC 3425).
        IQUERY = 1 "IQUERY",
        /// Server status.
        STATUS = 2 "STATUS",
        /// A zone changed (RFC 1996).
        NOTIFY = 4 "NOTIFY",
        /// Dynamic update (RFC 2136).
        UPDATE = 5 "UPDATE",
        /// DNS Stateful Operations (RFC 8490).
        DSO = 6 "DSO",
    }
}

open_code! {
    /// How a request went (RFC 1035 4.1.1); twelve bits with EDNS (RFC 6891), sixteen in TSIG and TKEY.
    pub struct Rcode(u16), unknown "RCODE" {
        /// No error.
        NOERROR = 0 "NOERROR",
        /// The request could not be read.
        FORMERR = 1 "FORMERR",
        /// The server failed.
        SERVFAIL = 2 "SERVFAIL",
        /// The name does not exist.
        NXDOMAIN = 3 "NXDOMAIN",
        /// The server does not do that.
        NOTIMP = 4 "NOTIMP",
        /// The server will not do that for you.
        REFUSED = 5 "REFUSED",
        /// A name exists when it should not (RFC 2136), or a DNAME made a name too long (RFC 6672).
        YXDOMAIN = 6 "YXDOMAIN",
        /// An RRset exists when it should not (RFC 2136).
        YXRRSET = 7 "YXRRSET",
        /// An RRset that should exist does not (RFC 2136).
        NXRRSET = 8 "NXRRSET",
        /// Not authoritative for the zone, or not authorised (RFC 2136, RFC 8945).
        NOTAUTH = 9 "NOTAUTH",
        /// A name is not in the zone (RFC 2136).
        NOTZONE = 10 "NOTZONE",
        /// The DSO type is not implemented (RFC 8490).
        DSOTYPENI = 11 "DSOTYPENI",
        /// The EDNS version is not spoken here (RFC 6891); in TSIG and TKEY it is [`Rcode::BADSIG`].
        BADVERS = 16 "BADVERS",
        /// The key is not known (RFC 8945).
        BADKEY = 17 "BADKEY",
        /// The signature is outside its time window (RFC 8945).
        BADTIME = 18 "BADTIME",
        /// Bad TKEY mode (RFC 2930).
        BADMODE = 19 "BADMODE",
        /// Duplicate key name (RFC 2930).
        BADNAME = 20 "BADNAME",
        /// Algorithm not supported (RFC 2930).
        BADALG = 21 "BADALG",
        /// The MAC was cut too short (RFC 8945).
        BADTRUNC = 22 "BADTRUNC",
        /// Bad or missing server cookie (RFC 7873).
        BADCOOKIE = 23 "BADCOOKIE",
    }
}

impl Rcode {
    /// The signature does not verify: what 16 means in TSIG and TKEY records (RFC 8945 3).
    pub const BADSIG: Self = Self(16);
}

open_code! {
    /// Why an answer is what it is (RFC 8914). From 49152 on the mesh's own.
    pub struct InfoCode(u16), unknown "EDE" {
        /// Only the extra text tells.
        OTHER = 0 "Other",
        /// The signing algorithm is not supported.
        UNSUPPORTED_DNSKEY_ALGORITHM = 1 "Unsupported DNSKEY Algorithm",
        /// The DS digest type is not supported.
        UNSUPPORTED_DS_DIGEST_TYPE = 2 "Unsupported DS Digest Type",
        /// The data outlived its TTL.
        STALE_ANSWER = 3 "Stale Answer",
        /// Made up by policy.
        FORGED_ANSWER = 4 "Forged Answer",
        /// No trust anchor to judge by.
        DNSSEC_INDETERMINATE = 5 "DNSSEC Indeterminate",
        /// Validation failed.
        DNSSEC_BOGUS = 6 "DNSSEC Bogus",
        /// A signature is too old.
        SIGNATURE_EXPIRED = 7 "Signature Expired",
        /// A signature is too young.
        SIGNATURE_NOT_YET_VALID = 8 "Signature Not Yet Valid",
        /// No DNSKEY for a DS.
        DNSKEY_MISSING = 9 "DNSKEY Missing",
        /// Signatures are missing.
        RRSIGS_MISSING = 10 "RRSIGs Missing",
        /// No key has the zone bit.
        NO_ZONE_KEY_BIT_SET = 11 "No Zone Key Bit Set",
        /// A denial is missing.
        NSEC_MISSING = 12 "NSEC Missing",
        /// The failure comes from a cache.
        CACHED_ERROR = 13 "Cached Error",
        /// The server is not ready yet.
        NOT_READY = 14 "Not Ready",
        /// Blocked by the operator.
        BLOCKED = 15 "Blocked",
        /// Blocked by an outside demand.
        CENSORED = 16 "Censored",
        /// Blocked by the client's own wish.
        FILTERED = 17 "Filtered",
        /// This client may not ask.
        PROHIBITED = 18 "Prohibited",
        /// A negative answer outlived its TTL.
        STALE_NXDOMAIN_ANSWER = 19 "Stale NXDomain Answer",
        /// Not authoritative for the name.
        NOT_AUTHORITATIVE = 20 "Not Authoritative",
        /// Not supported.
        NOT_SUPPORTED = 21 "Not Supported",
        /// No authority could be reached.
        NO_REACHABLE_AUTHORITY = 22 "No Reachable Authority",
        /// A network error.
        NETWORK_ERROR = 23 "Network Error",
        /// The zone's data is too old to serve.
        INVALID_DATA = 24 "Invalid Data",
        /// A signature that ends before it starts.
        SIGNATURE_EXPIRED_BEFORE_VALID = 25 "Signature Expired before Valid",
        /// Asked in 0-RTT data (RFC 9250).
        TOO_EARLY = 26 "Too Early",
        /// NSEC3 with too many iterations (RFC 9276).
        UNSUPPORTED_NSEC3_ITERATIONS = 27 "Unsupported NSEC3 Iterations Value",
        /// Policy cannot be met.
        UNABLE_TO_CONFORM = 28 "Unable to conform to policy",
        /// Synthesized from other data.
        SYNTHESIZED = 29 "Synthesized",
        /// The type must not be asked for (RFC 9824).
        INVALID_QUERY_TYPE = 30 "Invalid Query Type",
        /// Too many requests.
        RATE_LIMITED = 31 "Rate Limited",
        /// The quota is used up.
        OVER_QUOTA = 32 "Over Quota",
        /// A negative trust anchor covers the name.
        NEGATIVE_TRUST_ANCHOR = 33 "Negative Trust Anchor",
        /// Mesh: two owners claim the name.
        CONTESTED = 49152 "Contested",
        /// Mesh: signed with a weak algorithm.
        WEAK_CRYPTO = 49153 "Weak Crypto",
        /// Mesh: trusted on first use.
        TRUST_ON_FIRST_USE = 49154 "Trust On First Use",
        /// Mesh: an ownership or post-quantum proof does not hold.
        PROOF_INVALID = 49155 "Proof Invalid",
        /// Mesh: the answer comes from the Internet.
        EXTERNAL = 49156 "External",
        /// Mesh: the answer comes from another mesh.
        FEDERATED = 49157 "Federated",
    }
}

open_code! {
    /// A DNSSEC, KEY or CERT algorithm (RFC 4034 A.1).
    pub struct SecurityAlgorithm(u8), unknown "" {
        /// Delete the DS (RFC 8078).
        DELETE = 0 "DELETE",
        /// RSA/MD5, must not be used.
        RSAMD5 = 1 "RSAMD5",
        /// Diffie-Hellman.
        DH = 2 "DH",
        /// DSA/SHA-1.
        DSA = 3 "DSA",
        /// RSA/SHA-1.
        RSASHA1 = 5 "RSASHA1",
        /// DSA with NSEC3.
        DSA_NSEC3_SHA1 = 6 "DSA-NSEC3-SHA1",
        /// RSA/SHA-1 with NSEC3.
        RSASHA1_NSEC3_SHA1 = 7 "RSASHA1-NSEC3-SHA1",
        /// RSA/SHA-256 (RFC 5702).
        RSASHA256 = 8 "RSASHA256",
        /// RSA/SHA-512 (RFC 5702).
        RSASHA512 = 10 "RSASHA512",
        /// GOST R 34.10-2001 (RFC 5933).
        ECC_GOST = 12 "ECC-GOST",
        /// ECDSA P-256 with SHA-256 (RFC 6605).
        ECDSAP256SHA256 = 13 "ECDSAP256SHA256",
        /// ECDSA P-384 with SHA-384 (RFC 6605).
        ECDSAP384SHA384 = 14 "ECDSAP384SHA384",
        /// Ed25519 (RFC 8080).
        ED25519 = 15 "ED25519",
        /// Ed448 (RFC 8080).
        ED448 = 16 "ED448",
        /// SM2 with SM3 (RFC 9563).
        SM2SM3 = 17 "SM2SM3",
        /// ML-DSA-44 (FIPS 204), pure, empty context.
        MLDSA44 = 18 "MLDSA44",
        /// GOST R 34.10-2012 (RFC 9558).
        ECC_GOST12 = 23 "ECC-GOST12",
        /// Indirect keys.
        INDIRECT = 252 "INDIRECT",
        /// Private algorithm named by a domain name.
        PRIVATEDNS = 253 "PRIVATEDNS",
        /// Private algorithm named by an object identifier.
        PRIVATEOID = 254 "PRIVATEOID",
    }
}

open_code! {
    /// A service parameter of SVCB and HTTPS (RFC 9460 14.3.2).
    pub struct ServiceKey(u16), unknown "key" {
        /// Keys that a client must understand.
        MANDATORY = 0 "mandatory",
        /// Protocols.
        ALPN = 1 "alpn",
        /// The default protocol is not spoken.
        NO_DEFAULT_ALPN = 2 "no-default-alpn",
        /// The port.
        PORT = 3 "port",
        /// IPv4 addresses that save a lookup.
        IPV4HINT = 4 "ipv4hint",
        /// How to encrypt the TLS ClientHello (RFC 9848).
        ECH = 5 "ech",
        /// IPv6 addresses that save a lookup.
        IPV6HINT = 6 "ipv6hint",
        /// The path of DNS over HTTPS (RFC 9461).
        DOHPATH = 7 "dohpath",
        /// Oblivious HTTP is spoken (RFC 9540).
        OHTTP = 8 "ohttp",
        /// TLS groups that are supported.
        TLS_SUPPORTED_GROUPS = 9 "tls-supported-groups",
        /// The path of DNS over CoAP.
        DOCPATH = 10 "docpath",
    }
}

open_code! {
    /// The kind of a certificate in a CERT record (RFC 4398 2.1).
    pub struct CertificateType(u16), unknown "" {
        /// X.509 as of PKIX.
        PKIX = 1 "PKIX",
        /// An SPKI certificate.
        SPKI = 2 "SPKI",
        /// An OpenPGP packet.
        PGP = 3 "PGP",
        /// Where an X.509 object is.
        IPKIX = 4 "IPKIX",
        /// Where an SPKI certificate is.
        ISPKI = 5 "ISPKI",
        /// Fingerprint and place of an OpenPGP packet.
        IPGP = 6 "IPGP",
        /// An attribute certificate.
        ACPKIX = 7 "ACPKIX",
        /// Where an attribute certificate is.
        IACPKIX = 8 "IACPKIX",
        /// Private, named by a URI.
        URI = 253 "URI",
        /// Private, named by an object identifier.
        OID = 254 "OID",
    }
}

mod mesh;

pub use mesh::{
    BleAddressKind, DaoKey, EconKey, EndpointKind, HashAlgorithm, IdentityMethod, ItemForm,
    ItemKey, ProofSystem, Transport, Web4Key,
};

/// The largest answer over UDP that we send, and advertise, unless told otherwise (octets).
pub const DEFAULT_UDP_SIZE: u16 = 1232;
/// The UDP answer size that every client takes (RFC 1035 4.2.1), in octets.
pub const MIN_UDP_SIZE: u16 = 512;
/// Octets of a message header (RFC 1035 4.1.1).
pub const HEADER_LEN: usize = 12;
/// Octets of the longest message: a stream says its length in 16 bits (RFC 1035 4.2.2).
pub const MAX_MESSAGE_LEN: usize = 65_535;
/// Octets of an OPT record without options (RFC 6891 6.1.2).
pub const OPT_LEN: usize = 11;
/// The DO flag of EDNS (RFC 3225): DNSSEC records are wanted.
pub const DNSSEC_OK: u16 = 0x8000;
/// Octets of an EDNS option's code and length (RFC 6891 6.1.2).
pub const OPTION_HEAD_LEN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn unknown_values_round_trip_through_text() {
        assert_eq!(Class(4711).to_string(), "CLASS4711");
        assert_eq!(Class::from_mnemonic(b"class4711"), Some(Class(4711)));
        assert_eq!(Class::from_mnemonic(b"in"), Some(Class::IN));
        assert_eq!(Class::from_mnemonic(b"CLASS65536"), None);
        assert_eq!(Class::from_mnemonic(b"CLASS"), None);
        assert_eq!(
            SecurityAlgorithm::from_mnemonic(b"18"),
            Some(SecurityAlgorithm::MLDSA44)
        );
        assert_eq!(SecurityAlgorithm(200).to_string(), "200");
    }

    #[test]
    fn every_name_reads_back_as_its_value() {
        for (value, mnemonic) in Rcode::ASSIGNED {
            assert_eq!(Rcode::from_mnemonic(mnemonic.as_bytes()), Some(*value));
        }
    }
}

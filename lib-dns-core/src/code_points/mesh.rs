//! Numbers of the mesh: what stands in the data of its own record types. This is their registry.

use core::fmt;

open_code! {
    /// What kind of endpoint follows in MESH and WEB4MESH.
    pub struct EndpointKind(u8), unknown "endpoint" {
        /// A transport, a port and an IPv4 address.
        IPV4 = 1 "ipv4",
        /// A transport, a port and an IPv6 address.
        IPV6 = 2 "ipv6",
        /// A Bluetooth Low Energy device.
        BLE = 3 "ble",
        /// A node of a LoRa network.
        LORA = 4 "lora",
        /// A public key, where an overlay finds a way to whoever holds it.
        KEY = 5 "key",
    }
}

open_code! {
    /// What is spoken at a socket.
    pub struct Transport(u8), unknown "transport" {
        /// Whatever the service uses.
        ANY = 0 "any",
        /// UDP.
        UDP = 1 "udp",
        /// TCP.
        TCP = 2 "tcp",
        /// QUIC (RFC 9000).
        QUIC = 3 "quic",
        /// TLS over TCP (RFC 8446).
        TLS = 4 "tls",
        /// DTLS over UDP (RFC 9147).
        DTLS = 5 "dtls",
    }
}

open_code! {
    /// Who gave a Bluetooth Low Energy device its address (Bluetooth Core 6.0, volume 6, part B, 1.3).
    pub struct BleAddressKind(u8), unknown "address" {
        /// Its maker.
        PUBLIC = 0 "public",
        /// The device itself.
        RANDOM = 1 "random",
    }
}

open_code! {
    /// A hash; numbers of the multihash part of the multicodec table, those below 128 of which take one
    /// octet.
    pub struct HashAlgorithm(u8), unknown "hash" {
        /// SHA-256 (FIPS 180-4).
        SHA2_256 = 0x12 "sha2-256",
        /// SHA-512 (FIPS 180-4).
        SHA2_512 = 0x13 "sha2-512",
        /// SHA3-512 (FIPS 202).
        SHA3_512 = 0x14 "sha3-512",
        /// SHA3-384 (FIPS 202).
        SHA3_384 = 0x15 "sha3-384",
        /// SHA3-256 (FIPS 202).
        SHA3_256 = 0x16 "sha3-256",
        /// Keccak-256, as before FIPS 202.
        KECCAK_256 = 0x1b "keccak-256",
        /// BLAKE3 with 256 bits.
        BLAKE3 = 0x1e "blake3",
        /// SHA-384 (FIPS 180-4).
        SHA2_384 = 0x20 "sha2-384",
    }
}

impl HashAlgorithm {
    /// How long its digests are, in octets; `None` if the algorithm is not known here.
    pub fn digest_len(self) -> Option<usize> {
        Some(match self {
            Self::SHA2_256 | Self::SHA3_256 | Self::KECCAK_256 | Self::BLAKE3 => 32,
            Self::SHA2_384 | Self::SHA3_384 => 48,
            Self::SHA2_512 | Self::SHA3_512 => 64,
            _ => return None,
        })
    }
}

open_code! {
    /// How something is proved in ZK, WEB4OWNER and the fee proof of ECON.
    pub struct ProofSystem(u8), unknown "proof" {
        /// Groth16.
        GROTH16 = 1 "groth16",
        /// PLONK.
        PLONK = 2 "plonk",
        /// Plonky2.
        PLONKY2 = 3 "plonky2",
        /// A STARK.
        STARK = 4 "stark",
        /// Bulletproofs.
        BULLETPROOFS = 5 "bulletproofs",
        /// A Schnorr proof of knowledge.
        SCHNORR = 6 "schnorr",
        /// A path in a Merkle tree.
        MERKLE = 7 "merkle",
    }
}

open_code! {
    /// How the holder of an ID record's key shows that the name is theirs.
    pub struct IdentityMethod(u8), unknown "method" {
        /// Signatures of the name's records, in PQS.
        SIGNATURE = 1 "signature",
        /// A proof that the private key is known, in ZK or WEB4OWNER.
        PROOF = 2 "proof",
        /// An answer to a challenge when connected to.
        CHALLENGE = 3 "challenge",
    }
}

/// What the value of an item in ECON, DAO and WEB4 looks like on the wire. Numbers are big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ItemForm {
    /// Text in UTF-8, to the end of the item.
    Text,
    /// A number of 64 bits.
    Number,
    /// Hundredths of a per cent, 0 to 10000, in 16 bits.
    BasisPoints,
    /// Seconds since 1970 modulo 2^32, in 32 bits.
    Time,
    /// A name without compression.
    Name,
    /// Hash algorithm, length and digest.
    Digest,
    /// Basis points, and the name of who gets them; may stand more than once, and all together are at
    /// most 10000.
    Share,
    /// A proof system (8 bits), and a proof to the end of the item.
    Proof,
    /// Not known here: octets to the end of the item, which may stand more than once.
    Opaque,
}

/// The keys of items of one record type.
pub trait ItemKey: Copy + Eq + fmt::Debug + fmt::Display + From<u16> + Into<u16> + 'static {
    /// What the value looks like.
    fn form(self) -> ItemForm;

    /// Reads a name, or `item` and a number.
    fn from_name(text: &[u8]) -> Option<Self>;
}

/// Defines keys of items, each with the form of its value.
macro_rules! item_keys {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$cmeta:meta])* $constant:ident = $value:literal $mnemonic:literal $form:ident ),+
            $(,)?
        }
    ) => {
        open_code! {
            $(#[$meta])*
            pub struct $name(u16), unknown "item" {
                $( $(#[$cmeta])* $constant = $value $mnemonic ),+
            }
        }

        impl ItemKey for $name {
            fn form(self) -> ItemForm {
                match self {
                    $( Self::$constant => ItemForm::$form, )+
                    _ => ItemForm::Opaque,
                }
            }

            fn from_name(text: &[u8]) -> Option<Self> {
                let named = text.first().is_some_and(|octet| !octet.is_ascii_digit());
                Self::from_mnemonic(text).filter(|_| named)
            }
        }
    };
}

item_keys! {
    /// What an ECON record of version 1 says.
    pub struct EconKey {
        /// What is counted.
        UNIT = 1 "unit" Text,
        /// How many decimal places of the unit an amount has: 10^decimals is one unit.
        DECIMALS = 2 "decimals" Number,
        /// The amount to register a name.
        REGISTRATION_FEE = 3 "registration-fee" Number,
        /// The amount to keep it for another period.
        RENEWAL_FEE = 4 "renewal-fee" Number,
        /// The amount to give it to somebody else.
        TRANSFER_FEE = 5 "transfer-fee" Number,
        /// For how many seconds a fee holds.
        PERIOD = 6 "period" Number,
        /// Who gets which share of the revenue.
        SHARE = 7 "share" Share,
        /// The proof that the owner's fee was paid.
        FEE_PROOF = 8 "fee-proof" Proof,
    }
}

item_keys! {
    /// What a DAO record of version 1 says.
    pub struct DaoKey {
        /// What the organisation calls itself.
        TITLE = 1 "title" Text,
        /// The hash of its rules.
        CHARTER = 2 "charter" Digest,
        /// Which part of all votes must be cast.
        QUORUM = 3 "quorum" BasisPoints,
        /// Which part of the cast votes must agree.
        APPROVAL = 4 "approval" BasisPoints,
        /// For how many seconds a vote is open.
        VOTING_PERIOD = 5 "voting-period" Number,
        /// How many seconds lie between a vote and its effect.
        EXECUTION_DELAY = 6 "execution-delay" Number,
        /// The amount to put down for a proposal, counted as in ECON.
        PROPOSAL_DEPOSIT = 7 "proposal-deposit" Number,
        /// Where the ECON record stands.
        TREASURY = 8 "treasury" Name,
        /// Where the MULTISIG record of those who may act in between stands.
        COUNCIL = 9 "council" Name,
    }
}

item_keys! {
    /// What a WEB4 record of version 1 says.
    pub struct Web4Key {
        /// The title.
        TITLE = 1 "title" Text,
        /// What it is about.
        DESCRIPTION = 2 "description" Text,
        /// The owner: the digest of an ID record's algorithm and public key.
        OWNER = 3 "owner" Digest,
        /// When the name was registered.
        REGISTERED = 4 "registered" Time,
        /// When the registration ends.
        EXPIRES = 5 "expires" Time,
        /// The hash of the content at `/`.
        CONTENT = 6 "content" Digest,
        /// The mailbox of who is responsible, as a name.
        CONTACT = 7 "contact" Name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    /// Each value of a registry stands in text that reads back as it, by name where it has one.
    macro_rules! reads_back {
        ($($name:ident),+) => { $(
            for (value, mnemonic) in $name::ASSIGNED {
                assert_eq!(value.to_string(), *mnemonic);
                assert_eq!($name::from_mnemonic(mnemonic.as_bytes()), Some(*value));
            }
            for number in 0..=u8::MAX {
                let value = $name(number.into());
                assert_eq!($name::from_mnemonic(value.to_string().as_bytes()), Some(value));
            }
        )+ };
    }

    #[test]
    fn every_value_reads_back_from_its_text() {
        reads_back!(EndpointKind, Transport, BleAddressKind, HashAlgorithm);
        reads_back!(ProofSystem, IdentityMethod, EconKey, DaoKey, Web4Key);
    }

    #[test]
    fn keys_of_items_are_not_bare_numbers() {
        assert_eq!(EconKey::from_name(b"decimals"), Some(EconKey::DECIMALS));
        assert_eq!(EconKey::from_name(b"item2"), Some(EconKey::DECIMALS));
        assert_eq!(EconKey::from_name(b"2"), None);
        assert_eq!(EconKey::from_name(b""), None);
        assert_eq!(EconKey::from_name(b"item65536"), None);
    }
}

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

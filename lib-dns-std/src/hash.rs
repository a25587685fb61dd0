//! The hashes that the core has lent to it.

use lib_dns_core::crypto::{Digest, DigestAlgorithm, DigestValue, RunningDigest};
use lib_dns_core::dnssec::{HASH_LEN, Sha1};
use sha1::Digest as _;

/// SHA-1 by RustCrypto, for NSEC3: there it hides names, and its collisions do no harm (RFC 5155 12).
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCryptoSha1;

impl Sha1 for RustCryptoSha1 {
    fn digest(&self, parts: &[&[u8]]) -> [u8; HASH_LEN] {
        let mut hasher = sha1::Sha1::new();
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// SHA-1 and SHA-2 by RustCrypto, for DS and ZONEMD.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCryptoDigest;

/// A hash of [`RustCryptoDigest`] that is being computed.
#[derive(Clone, Debug)]
pub enum RunningHash {
    /// SHA-1.
    Sha1(sha1::Sha1),
    /// SHA-256.
    Sha256(sha2::Sha256),
    /// SHA-384.
    Sha384(sha2::Sha384),
    /// SHA-512.
    Sha512(sha2::Sha512),
}

impl Digest for RustCryptoDigest {
    type Running = RunningHash;

    fn start(&self, algorithm: DigestAlgorithm) -> Option<RunningHash> {
        Some(match algorithm {
            DigestAlgorithm::Sha1 => RunningHash::Sha1(sha1::Sha1::new()),
            DigestAlgorithm::Sha256 => RunningHash::Sha256(sha2::Sha256::new()),
            DigestAlgorithm::Sha384 => RunningHash::Sha384(sha2::Sha384::new()),
            DigestAlgorithm::Sha512 => RunningHash::Sha512(sha2::Sha512::new()),
        })
    }
}

impl RunningDigest for RunningHash {
    fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(octets),
            Self::Sha256(hash) => hash.update(octets),
            Self::Sha384(hash) => hash.update(octets),
            Self::Sha512(hash) => hash.update(octets),
        }
    }

    fn finish(self) -> DigestValue {
        match self {
            Self::Sha1(hash) => DigestValue::new(&hash.finalize()),
            Self::Sha256(hash) => DigestValue::new(&hash.finalize()),
            Self::Sha384(hash) => DigestValue::new(&hash.finalize()),
            Self::Sha512(hash) => DigestValue::new(&hash.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::dnssec::{HashLabel, Nsec3Parameters};
    use lib_dns_core::name::NameBuf;

    /// RFC 5155 appendix A.
    #[test]
    fn names_hash_as_the_rfc_has_it() {
        let parameters = Nsec3Parameters::from_data(&[1, 0, 0, 12, 4, 0xaa, 0xbb, 0xcc, 0xdd]);
        for (name, label) in [
            ("example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
            ("A.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
            ("*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ] {
            let name = NameBuf::from_text(name).unwrap();
            let hash = parameters.unwrap().hash(&name.as_name(), &RustCryptoSha1);
            assert_eq!(HashLabel::encode(&hash).as_bytes(), label.as_bytes());
        }
    }

    /// The digests of no octets at all, which are well known.
    #[test]
    fn each_function_is_the_one_that_it_says() {
        for (algorithm, first) in [
            (DigestAlgorithm::Sha1, 0xda39_a3ee),
            (DigestAlgorithm::Sha256, 0xe3b0_c442),
            (DigestAlgorithm::Sha384, 0x38b0_60a7),
            (DigestAlgorithm::Sha512, 0xcf83_e135_u32),
        ] {
            let value = RustCryptoDigest.digest(algorithm, &[b""]).unwrap();
            assert_eq!(value.as_bytes().len(), algorithm.output_len());
            assert_eq!(value.as_bytes()[..4], first.to_be_bytes());
            let mut parts = RustCryptoDigest.start(algorithm).unwrap();
            parts.update(b"a");
            parts.update(b"bc");
            let whole = RustCryptoDigest.digest(algorithm, &[b"abc"]);
            assert_eq!(Some(parts.finish()), whole);
        }
    }
}

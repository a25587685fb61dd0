//! The hashes that the core has lent to it.

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
}

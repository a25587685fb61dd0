//! Keys for signing.

use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::Base64;
use lib_dns_std::mac::RustCryptoMac;
use lib_dns_std::transfer::Key;

const SECRET: &[u8] = b"thirty-two octets for a key ....";

/// The algorithms that all peers know, with the names that configurations give them.
pub(crate) const ALGORITHMS: [(&str, MacAlgorithm); 5] = [
    ("hmac-sha1", MacAlgorithm::HmacSha1),
    ("hmac-sha224", MacAlgorithm::HmacSha224),
    ("hmac-sha256", MacAlgorithm::HmacSha256),
    ("hmac-sha384", MacAlgorithm::HmacSha384),
    ("hmac-sha512", MacAlgorithm::HmacSha512),
];

/// A key as both sides are told it.
#[derive(Clone)]
pub(crate) struct KeyText {
    pub(crate) name: String,
    pub(crate) algorithm: &'static str,
    pub(crate) secret: String,
}

pub(crate) fn key(name: &str, algorithm: MacAlgorithm) -> Key {
    with_secret(name, algorithm, SECRET)
}

pub(crate) fn with_secret(name: &str, algorithm: MacAlgorithm, secret: &[u8]) -> Key {
    let name = NameBuf::from_text(name).unwrap();
    Key::new(RustCryptoMac, &name.as_name(), algorithm, secret).unwrap()
}

pub(crate) fn text(name: &str, algorithm: &'static str) -> KeyText {
    KeyText {
        name: name.to_owned(),
        algorithm,
        secret: Base64(SECRET).to_string(),
    }
}

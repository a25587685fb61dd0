//! The hashes that the core has lent to it, by RustCrypto: SHA-256, and the MAC made of it.
//!
//! What lib-dns-std lends has all the others too. A device needs one: hints are sealed with HMAC-SHA-256, zone images carry
//! SHA-256, and TSIG takes it. Built with `--cfg sha2_backend_soft="compact"` in `RUSTFLAGS` it is a loop, and much smaller.

use core::fmt;

use hmac::block_api::HmacCore;
use hmac::digest::KeyInit;
use hmac::digest::block_api::{Buffer, CoreProxy};
use hmac::{Hmac, Mac};
use lib_dns_core::crypto::{
    Digest, DigestAlgorithm, DigestValue, MacAlgorithm, MacContext, MacKey, MacProvider, MacTag,
    RunningDigest,
};
use sha2::digest::{FixedOutput, Update};
use sha2::{Digest as _, Sha256};

/// HMAC-SHA-256. What was derived from a secret is wiped when it is dropped.
///
/// ```
/// use lib_dns_core::crypto::{MacAlgorithm, MacContext, MacProvider};
/// use lib_dns_core::hint::{NetworkId, NetworkKey};
/// use lib_dns_embedded::rustcrypto::RustCryptoMac;
///
/// let network = NetworkId([0, 0, 0, 7]);
/// let key = NetworkKey::new(RustCryptoMac, MacAlgorithm::HmacSha256, &[7; 32], network, 1);
/// assert!(key.is_ok());
/// assert!(RustCryptoMac.keyed(MacAlgorithm::HmacSha512, &[7; 32]).is_none(), "not on a device");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCryptoMac;

/// A secret of HMAC-SHA-256 (RFC 2104), as a device keeps it: what SHA-256 has come to behind the first block of each of the two
/// hashes. 80 octets, which are wiped when it is dropped.
///
/// ```
/// use lib_dns_core::hint::{NetworkId, NetworkKey};
/// use lib_dns_embedded::rustcrypto::HmacKey;
///
/// let key = HmacKey::new(b"the network's secret").expect("it is not empty");
/// let key = NetworkKey::of(key, NetworkId([0, 0, 0, 7]), 1);
/// ```
#[derive(Clone)]
pub struct HmacKey(HmacCore<Sha256>);

impl HmacKey {
    /// The key of a secret; `None` if that is empty, which proves nothing.
    pub fn new(secret: &[u8]) -> Option<Self> {
        if secret.is_empty() {
            return None;
        }
        // HMAC takes secrets of any length.
        HmacCore::new_from_slice(secret).ok().map(Self)
    }
}

impl MacKey for HmacKey {
    // The tag alone is handed on: a MAC that is being computed is large for a device's stack, and must not be moved.
    #[inline(never)]
    fn mac(&self, parts: &[&[u8]]) -> MacTag {
        let mut mac =
            Hmac::<Sha256>::compose(self.0.clone(), Buffer::<HmacCore<Sha256>>::default());
        parts.iter().for_each(|part| Mac::update(&mut mac, part));
        MacTag::new(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey")
    }
}

/// A MAC of [`RustCryptoMac`] that is being computed.
#[derive(Clone)]
pub struct RunningMac {
    hmac: Hmac<Sha256>,
    /// Octets of the MAC, which the algorithm may cut.
    len: usize,
}

impl MacProvider for RustCryptoMac {
    type Context = RunningMac;

    fn keyed(&self, algorithm: MacAlgorithm, secret: &[u8]) -> Option<RunningMac> {
        let has_it = matches!(
            algorithm,
            MacAlgorithm::HmacSha256 | MacAlgorithm::HmacSha256Cut128
        );
        if !has_it {
            return None;
        }
        // HMAC takes secrets of any length.
        let hmac = Hmac::new_from_slice(secret).ok()?;
        let len = algorithm.mac_len();
        Some(RunningMac { hmac, len })
    }
}

impl MacContext for RunningMac {
    #[inline]
    fn update(&mut self, octets: &[u8]) {
        Mac::update(&mut self.hmac, octets);
    }

    // In its caller, or each of the two has a copy of what is computed.
    #[inline]
    fn finish(self) -> MacTag {
        MacTag::new(&self.hmac.finalize().into_bytes()).cut(self.len)
    }
}

impl fmt::Debug for RunningMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunningMac({} octets)", self.len)
    }
}

/// SHA-256, and no other hash.
///
/// ```
/// use lib_dns_core::crypto::{Digest, DigestAlgorithm};
/// use lib_dns_embedded::rustcrypto::RustCryptoDigest;
///
/// let digest = RustCryptoDigest.digest(DigestAlgorithm::Sha256, &[b"a", b"bc"]).unwrap();
/// assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// assert!(RustCryptoDigest.start(DigestAlgorithm::Sha384).is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCryptoDigest;

/// A hash of [`RustCryptoDigest`] that is being computed.
#[derive(Clone, Debug)]
pub struct RunningSha256(Sha256);

impl Digest for RustCryptoDigest {
    type Running = RunningSha256;

    fn start(&self, algorithm: DigestAlgorithm) -> Option<RunningSha256> {
        (algorithm == DigestAlgorithm::Sha256).then(|| RunningSha256(Sha256::new()))
    }
}

impl RunningDigest for RunningSha256 {
    fn update(&mut self, octets: &[u8]) {
        Update::update(&mut self.0, octets);
    }

    fn finish(self) -> DigestValue {
        DigestValue::new(&self.0.finalize_fixed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 4.3.
    #[test]
    fn the_mac_is_the_one_of_the_rfc() {
        let first = [0x5b, 0xdc, 0xc1, 0x46];
        for (algorithm, len) in [
            (MacAlgorithm::HmacSha256, 32),
            (MacAlgorithm::HmacSha256Cut128, 16),
        ] {
            let mut mac = RustCryptoMac.keyed(algorithm, b"Jefe").unwrap();
            mac.update(b"what do ya want ");
            let other = mac.clone();
            mac.update(b"for nothing?");
            let mac = mac.finish();
            assert_eq!(
                (mac.as_bytes().len(), &mac.as_bytes()[..4]),
                (len, &first[..])
            );
            assert!(!mac.verifies(other.finish().as_bytes()));
        }
    }

    /// Against the construction itself (RFC 2104 2), over secrets and messages around the sizes at which blocks end.
    #[test]
    fn secrets_and_messages_of_all_lengths() {
        let octets: [u8; 200] = core::array::from_fn(|at| at as u8);
        for secret in [1, 31, 63, 64, 65, 130] {
            let secret = &octets[..secret];
            for message in [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 200] {
                let message = &octets[..message];
                let mut padded = [0; 64];
                if secret.len() > padded.len() {
                    padded[..32].copy_from_slice(&Sha256::digest(secret));
                } else {
                    padded[..secret.len()].copy_from_slice(secret);
                }
                let hash = |pad, rest: &[u8]| {
                    Sha256::new()
                        .chain_update(padded.map(|octet| octet ^ pad))
                        .chain_update(rest)
                        .finalize()
                };
                let expected = hash(0x5c, &hash(0x36, message));
                let key = HmacKey::new(secret).unwrap();
                let (first, rest) = message.split_at(message.len() / 3);
                let mac = key.mac(&[first, rest]);
                assert_eq!(
                    mac.as_bytes(),
                    &expected[..],
                    "{} {}",
                    secret.len(),
                    message.len()
                );
            }
        }
        assert!(HmacKey::new(b"").is_none());
    }

    #[test]
    fn other_algorithms_are_not_there() {
        for algorithm in MacAlgorithm::ALL {
            let is_here = RustCryptoMac.keyed(*algorithm, b"x").is_some();
            let should = algorithm.mnemonic().starts_with("hmac-sha256");
            assert_eq!(is_here, should, "{algorithm}");
        }
    }
}

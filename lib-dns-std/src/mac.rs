//! The MACs that the core has lent to it, by RustCrypto.
//!
//! Nothing here needs the standard library: what a program on a microcontroller lends looks the same.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use lib_dns_core::crypto::{MacAlgorithm, MacContext, MacProvider, MacTag};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// HMAC by RustCrypto, with every hash of TSIG. What was derived from a secret is wiped when it is dropped.
///
/// ```
/// use lib_dns_core::crypto::MacAlgorithm;
/// use lib_dns_core::messages::tsig::{Stamp, TsigKey, sign_request, verify_request};
/// use lib_dns_core::messages::{Flags, Message, MessageBuilder};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::mac::RustCryptoMac;
///
/// let name = NameBuf::from_text("transfer.example.")?;
/// let keys = [TsigKey::new(RustCryptoMac, &name.as_name(), MacAlgorithm::HmacSha256, &[7; 32])?];
/// let mut buffer = [0; 512];
/// let len = MessageBuilder::<4>::new(&mut buffer, 7, Flags::default())?.finish().len();
/// let (len, _verifier) = sign_request(&keys[0], &mut buffer, len, &Stamp::at(1_767_225_600))?;
/// let request = Message::from_bytes(&buffer[..len])?;
/// assert!(matches!(verify_request(&request, &keys[..], 1_767_225_630), Ok(Some(_))));
/// assert!(verify_request(&request, &keys[..], 1_767_226_000).is_err(), "that is too late");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCryptoMac;

/// A MAC of [`RustCryptoMac`] that is being computed.
#[derive(Clone)]
pub struct RunningMac {
    hmac: AnyHmac,
    /// Octets of the MAC, where the algorithm cuts it.
    len: usize,
}

#[derive(Clone)]
enum AnyHmac {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl MacProvider for RustCryptoMac {
    type Context = RunningMac;

    fn keyed(&self, algorithm: MacAlgorithm, secret: &[u8]) -> Option<RunningMac> {
        let hmac = match algorithm {
            MacAlgorithm::HmacMd5 => AnyHmac::Md5(keyed(secret)?),
            MacAlgorithm::GssTsig => return None,
            MacAlgorithm::HmacSha1 => AnyHmac::Sha1(keyed(secret)?),
            MacAlgorithm::HmacSha224 => AnyHmac::Sha224(keyed(secret)?),
            MacAlgorithm::HmacSha256 | MacAlgorithm::HmacSha256Cut128 => {
                AnyHmac::Sha256(keyed(secret)?)
            }
            MacAlgorithm::HmacSha384 | MacAlgorithm::HmacSha384Cut192 => {
                AnyHmac::Sha384(keyed(secret)?)
            }
            MacAlgorithm::HmacSha512 | MacAlgorithm::HmacSha512Cut256 => {
                AnyHmac::Sha512(keyed(secret)?)
            }
        };
        let len = algorithm.mac_len();
        Some(RunningMac { hmac, len })
    }
}

fn keyed<M: KeyInit>(secret: &[u8]) -> Option<M> {
    // HMAC takes secrets of any length.
    M::new_from_slice(secret).ok()
}

impl MacContext for RunningMac {
    #[inline]
    fn update(&mut self, octets: &[u8]) {
        match &mut self.hmac {
            AnyHmac::Md5(hmac) => hmac.update(octets),
            AnyHmac::Sha1(hmac) => hmac.update(octets),
            AnyHmac::Sha224(hmac) => hmac.update(octets),
            AnyHmac::Sha256(hmac) => hmac.update(octets),
            AnyHmac::Sha384(hmac) => hmac.update(octets),
            AnyHmac::Sha512(hmac) => hmac.update(octets),
        }
    }

    #[inline]
    fn finish(self) -> MacTag {
        let tag = match self.hmac {
            AnyHmac::Md5(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
            AnyHmac::Sha1(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
            AnyHmac::Sha224(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
            AnyHmac::Sha256(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
            AnyHmac::Sha384(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
            AnyHmac::Sha512(hmac) => MacTag::new(&hmac.finalize().into_bytes()),
        };
        tag.cut(self.len)
    }
}

impl std::fmt::Debug for RunningMac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunningMac({} octets)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first octets of RFC 2202 2 and 3, and RFC 4231 4.3: "what do ya want for nothing?" with the key
    /// "Jefe".
    #[test]
    fn each_algorithm_is_the_one_that_it_says() {
        for (algorithm, first) in [
            (MacAlgorithm::HmacMd5, 0x750c_783e),
            (MacAlgorithm::HmacSha1, 0xeffc_df6a),
            (MacAlgorithm::HmacSha224, 0xa30e_0109),
            (MacAlgorithm::HmacSha256, 0x5bdc_c146),
            (MacAlgorithm::HmacSha256Cut128, 0x5bdc_c146),
            (MacAlgorithm::HmacSha384, 0xaf45_d2e3),
            (MacAlgorithm::HmacSha384Cut192, 0xaf45_d2e3),
            (MacAlgorithm::HmacSha512, 0x164b_7a7b),
            (MacAlgorithm::HmacSha512Cut256, 0x164b_7a7b_u32),
        ] {
            let mut running = RustCryptoMac.keyed(algorithm, b"Jefe").unwrap();
            running.update(b"what do ya want ");
            let mut other = running.clone();
            running.update(b"for nothing?");
            let tag = running.finish();
            assert_eq!(tag.as_bytes()[..4], first.to_be_bytes(), "{algorithm}");
            assert_eq!(tag.as_bytes().len(), algorithm.mac_len());
            other.update(b"for something?");
            assert_ne!(other.finish().as_bytes(), tag.as_bytes());
        }
        assert!(
            RustCryptoMac
                .keyed(MacAlgorithm::GssTsig, b"Jefe")
                .is_none()
        );
    }

    #[test]
    fn debug_output_has_no_key() {
        let running = RustCryptoMac.keyed(MacAlgorithm::HmacSha1, b"secret");
        assert_eq!(format!("{running:?}"), "Some(RunningMac(20 octets))");
    }
}

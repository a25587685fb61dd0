//! The cryptography that is lent: the core keeps the rules, the caller brings keys and hashes.
//!
//! What is signed or hashed is handed over in parts, one behind the other, so that nothing need be copied
//! together first.

mod mac;

pub use mac::{MAX_MAC_LEN, MacAlgorithm, MacContext, MacKey, MacProvider, MacTag};

use crate::code_points::SecurityAlgorithm;
use core::fmt;

/// A private key of a DNSSEC algorithm, for RRSIG (RFC 4034) and SIG(0) (RFC 2931).
pub trait Signer {
    /// The algorithm.
    fn algorithm(&self) -> SecurityAlgorithm;

    /// The public key as it stands in DNSKEY and KEY records.
    fn public_key(&self) -> &[u8];

    /// The most octets that a signature has.
    fn signature_len(&self) -> usize;

    /// Signs the parts, one behind the other, and writes the signature to the front of `out`, in the form
    /// that RRSIG and SIG records have; says how long it is.
    ///
    /// # Errors
    /// If `out` is too small, or the key cannot be used.
    fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError>;
}

impl<S: Signer + ?Sized> Signer for &S {
    fn algorithm(&self) -> SecurityAlgorithm {
        (**self).algorithm()
    }

    fn public_key(&self) -> &[u8] {
        (**self).public_key()
    }

    fn signature_len(&self) -> usize {
        (**self).signature_len()
    }

    fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
        (**self).sign(parts, out)
    }
}

/// Why a [`Signer`] gave no signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignerError {
    /// The signature does not fit where it should go.
    NoRoom,
    /// The key, or what holds it, failed.
    Failed,
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "no room for the signature",
            Self::Failed => "the private key could not sign",
        })
    }
}

impl core::error::Error for SignerError {}

/// Checks signatures of DNSSEC algorithms.
pub trait SignatureVerifier {
    /// Is it the signature of the parts, one behind the other, by the owner of this key? The key and the
    /// signature have the forms that stand in DNSKEY and RRSIG records; both may be anything.
    fn verify(
        &self,
        algorithm: SecurityAlgorithm,
        public_key: &[u8],
        parts: &[&[u8]],
        signature: &[u8],
    ) -> Verdict;
}

/// What a [`SignatureVerifier`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a signature that was not looked at proves nothing"]
pub enum Verdict {
    /// The signature was made with the key, over these octets.
    Valid,
    /// It was not, or the key or the signature is none of the algorithm.
    Invalid,
    /// The algorithm is not known here, or not trusted any more. Never to be taken for valid.
    Unverifiable,
}

/// A hash function of DNSSEC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DigestAlgorithm {
    /// SHA-1: 20 octets.
    Sha1,
    /// SHA-256: 32 octets.
    Sha256,
    /// SHA-384: 48 octets.
    Sha384,
    /// SHA-512: 64 octets.
    Sha512,
}

/// The longest digest.
pub const MAX_DIGEST_LEN: usize = 64;

impl DigestAlgorithm {
    /// Octets of a digest.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// Hash functions, lent by the caller.
pub trait Digest {
    /// A hash that is being computed.
    type Running: RunningDigest;

    /// Starts a hash; `None` if the function is not to be had.
    fn start(&self, algorithm: DigestAlgorithm) -> Option<Self::Running>;

    /// The digest of the parts, one behind the other.
    fn digest(&self, algorithm: DigestAlgorithm, parts: &[&[u8]]) -> Option<DigestValue> {
        let mut running = self.start(algorithm)?;
        for part in parts {
            running.update(part);
        }
        Some(running.finish())
    }
}

/// A hash that is being computed.
pub trait RunningDigest {
    /// Takes the next octets.
    fn update(&mut self, octets: &[u8]);

    /// The digest of all that was taken.
    fn finish(self) -> DigestValue;
}

/// A digest of any of the functions.
#[derive(Clone, Copy)]
pub struct DigestValue {
    octets: [u8; MAX_DIGEST_LEN],
    len: u8,
}

impl DigestValue {
    /// Holds a digest; what is beyond [`MAX_DIGEST_LEN`] octets is cut off.
    pub fn new(digest: &[u8]) -> Self {
        let mut octets = [0; MAX_DIGEST_LEN];
        let mut len = 0u8;
        for (slot, octet) in octets.iter_mut().zip(digest) {
            *slot = *octet;
            len = len.wrapping_add(1);
        }
        Self { octets, len }
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for DigestValue {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for DigestValue {}

impl fmt::Debug for DigestValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigestValue({})", crate::text::Base16(self.as_bytes()))
    }
}

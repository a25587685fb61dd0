//! Checking signatures.

use super::key_pair::{MLDSA44_SIGNATURE_LEN, RSA_BITS, digest_of, joined};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ed25519_dalek::{Signature, VerifyingKey};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::{SignatureVerifier, Verdict};

/// Octets of an ML-DSA-44 public key (FIPS 204 table 2).
pub(super) const MLDSA44_PUBLIC_KEY_LEN: usize = 1312;
/// Bits of the shortest RSA key whose signatures still count.
const MIN_RSA_BITS: usize = 1024;

/// Checks signatures of RSA, ECDSA P-256 and P-384, Ed25519 and ML-DSA-44.
///
/// Every node must come to the same verdict, so Ed25519 is verified strictly: libraries differ over keys
/// and signatures that hold points of small order, and here all of those are invalid. The lengths are
/// looked at before anything else. An algorithm that is not in the list is [`Verdict::Unverifiable`]; so is
/// RSA with SHA-1 unless [`SystemVerifier::with_sha1`] asks for it (RFC 9905), and an RSA key below 1024 or
/// above 4096 bits.
///
/// ```
/// use lib_dns_core::code_points::SecurityAlgorithm;
/// use lib_dns_core::crypto::{SignatureVerifier, Signer, Verdict};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::keyring::{KeyRole, SystemVerifier, ZoneKey};
/// let apex = NameBuf::from_text("sovereign.")?;
/// let key = ZoneKey::generate(&apex.as_name(), SecurityAlgorithm::ED25519, KeyRole::Csk, None)?;
/// let mut signature = [0; 64];
/// key.sign(&[b"a mess", b"age"], &mut signature)?;
/// let verdict = SystemVerifier::default().verify(
///     key.algorithm(),
///     key.public_key(),
///     &[b"a message"],
///     &signature,
/// );
/// assert_eq!(verdict, Verdict::Valid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemVerifier {
    sha1: bool,
}

impl SystemVerifier {
    /// Takes RSA with SHA-1 for what it was, to check old zones. Its collisions can be computed.
    #[must_use]
    pub fn with_sha1(mut self, sha1: bool) -> Self {
        self.sha1 = sha1;
        self
    }
}

impl SignatureVerifier for SystemVerifier {
    fn verify(
        &self,
        algorithm: SecurityAlgorithm,
        public_key: &[u8],
        parts: &[&[u8]],
        signature: &[u8],
    ) -> Verdict {
        match algorithm {
            SecurityAlgorithm::ED25519 => ed25519(public_key, parts, signature),
            SecurityAlgorithm::ECDSAP256SHA256 => ecdsa(
                (&signature::ECDSA_P256_SHA256_FIXED, &digest::SHA256),
                (public_key, 64),
                parts,
                signature,
            ),
            SecurityAlgorithm::ECDSAP384SHA384 => ecdsa(
                (&signature::ECDSA_P384_SHA384_FIXED, &digest::SHA384),
                (public_key, 96),
                parts,
                signature,
            ),
            SecurityAlgorithm::RSASHA256 => rsa(
                &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                public_key,
                parts,
                signature,
            ),
            SecurityAlgorithm::RSASHA512 => rsa(
                &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
                public_key,
                parts,
                signature,
            ),
            SecurityAlgorithm::RSASHA1 | SecurityAlgorithm::RSASHA1_NSEC3_SHA1 if self.sha1 => rsa(
                &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                public_key,
                parts,
                signature,
            ),
            SecurityAlgorithm::MLDSA44 => ml_dsa_44(public_key, parts, signature),
            _ => Verdict::Unverifiable,
        }
    }
}

/// `Valid` for `Ok`, and nothing else.
fn verdict<E>(checked: Result<(), E>) -> Verdict {
    match checked {
        Ok(()) => Verdict::Valid,
        Err(_) => Verdict::Invalid,
    }
}

fn ed25519(public_key: &[u8], parts: &[&[u8]], signature: &[u8]) -> Verdict {
    let (Ok(public_key), Ok(signature)) = (public_key.try_into(), Signature::from_slice(signature))
    else {
        return Verdict::Invalid;
    };
    match VerifyingKey::from_bytes(public_key) {
        Ok(key) if !key.is_weak() => verdict(joined(parts, |message| {
            key.verify_strict(message, &signature)
        })),
        _ => Verdict::Invalid,
    }
}

fn ecdsa(
    (algorithm, digest): (
        &'static EcdsaVerificationAlgorithm,
        &'static digest::Algorithm,
    ),
    (public_key, len): (&[u8], usize),
    parts: &[&[u8]],
    signature: &[u8],
) -> Verdict {
    if public_key.len() != len || signature.len() != len {
        return Verdict::Invalid;
    }
    // The point is not compressed (SEC 1 2.3.3); DNSKEY leaves the octet out that says so (RFC 6605 4).
    let mut point = [4; 97];
    let Some(point) = point.get_mut(..=len) else {
        return Verdict::Invalid;
    };
    if let Some(coordinates) = point.get_mut(1..) {
        coordinates.copy_from_slice(public_key);
    }
    let key = UnparsedPublicKey::new(algorithm, &*point);
    verdict(key.verify_digest(&digest_of(digest, parts), signature))
}

fn rsa(
    parameters: &'static RsaParameters,
    public_key: &[u8],
    parts: &[&[u8]],
    signature: &[u8],
) -> Verdict {
    let Some((e, n)) = split_rsa_key(public_key) else {
        return Verdict::Invalid;
    };
    let bits = n.len().saturating_mul(8);
    if bits < MIN_RSA_BITS || bits > RSA_BITS[1] {
        return Verdict::Unverifiable;
    }
    if signature.len() != n.len() {
        return Verdict::Invalid;
    }
    let key = RsaPublicKeyComponents { n, e };
    verdict(joined(parts, |message| {
        key.verify(parameters, message, signature)
    }))
}

/// Exponent and modulus of a key (RFC 3110 2), which begin with no zeros.
pub(super) fn split_rsa_key(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = match key {
        [0, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        [len, rest @ ..] => (u16::from(*len), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(usize::from(len))?;
    let starts_well = |number: &[u8]| number.first().is_some_and(|octet| *octet != 0);
    (starts_well(exponent) && starts_well(modulus)).then_some((exponent, modulus))
}

fn ml_dsa_44(public_key: &[u8], parts: &[&[u8]], signature: &[u8]) -> Verdict {
    if public_key.len() != MLDSA44_PUBLIC_KEY_LEN || signature.len() != MLDSA44_SIGNATURE_LEN {
        return Verdict::Invalid;
    }
    let key = UnparsedPublicKey::new(&signature::ML_DSA_44, public_key);
    verdict(joined(parts, |message| key.verify(message, signature)))
}

//! The key pairs of each algorithm: made, taken from their secrets, and signing.

use super::der;
use super::{KeyError, KeyProblem};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair,
    RsaKeyPair, RsaSignatureEncoding,
};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::SignerError;
use std::cell::RefCell;
use zeroize::Zeroizing;

/// Octets that are wiped when they are dropped.
pub(super) type SecretOctets = Zeroizing<Vec<u8>>;

/// Octets of an Ed25519 or ML-DSA seed.
const SEED_LEN: usize = 32;
/// Octets of a P-256 scalar.
const P256_SCALAR_LEN: usize = 32;
/// Octets of a P-384 scalar.
const P384_SCALAR_LEN: usize = 48;
/// Octets of an ML-DSA-44 signature (FIPS 204 table 2).
pub(super) const MLDSA44_SIGNATURE_LEN: usize = 2420;
/// Bits of the RSA keys that may sign: what is shorter is too weak, what is longer is not DNSSEC's
/// (RFC 3110 2).
pub(super) const RSA_BITS: [usize; 2] = [2048, 4096];

/// What must be kept secret of a key pair; all else follows from it.
pub(super) enum Secret {
    /// A seed (Ed25519, ML-DSA) or a scalar (ECDSA).
    Octets(SecretOctets),
    /// The numbers of an RSA key.
    Rsa(Box<RsaNumbers>),
}

/// The numbers of an RSA key, big-endian without leading zeros, in the order of RFC 8017 A.1.2, which is
/// BIND's too: modulus, public exponent, private exponent, two primes, two exponents, coefficient.
pub(super) struct RsaNumbers(pub(super) [SecretOctets; 8]);

/// A key pair that can sign.
pub(super) struct KeyPair {
    secret: Secret,
    public_key: Box<[u8]>,
    signer: Signer,
}

/// What signs. Ed25519 signatures do not depend on who makes them (RFC 8032 5.1.6), so the faster of two
/// libraries makes them: aws-lc-rs takes half the time of ed25519-dalek.
enum Signer {
    Ed25519(Box<Ed25519KeyPair>),
    Ecdsa(Box<EcdsaKeyPair>, &'static digest::Algorithm),
    Rsa(Box<RsaKeyPair>, Rsa),
    MlDsa44(Box<PqdsaKeyPair>),
}

/// How an RSA algorithm pads and hashes.
struct Rsa {
    padding: &'static RsaSignatureEncoding,
    digest: &'static digest::Algorithm,
}

impl KeyPair {
    /// Makes a new key pair. `bits` is for RSA, where 2048 is the default.
    pub(super) fn generate(
        algorithm: SecurityAlgorithm,
        bits: Option<usize>,
    ) -> Result<Self, KeyError> {
        if bits.is_some() && rsa(algorithm).is_none() {
            return Err(KeyError::invalid("only RSA keys come in several sizes"));
        }
        let failed = |_| KeyError::new(KeyProblem::Failed("the library could not make a key"));
        let secret = match algorithm {
            SecurityAlgorithm::ED25519 | SecurityAlgorithm::MLDSA44 => {
                Secret::Octets(random(SEED_LEN)?)
            }
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384 => {
                let (signing, ..) = ecdsa(algorithm)?;
                let pair = EcdsaKeyPair::generate(signing).map_err(failed)?;
                let document = pair.to_pkcs8v1().map_err(failed)?;
                der::read_pkcs8(document.as_ref())?.secret
            }
            _ if rsa(algorithm).is_some() => {
                let size = match bits.unwrap_or(2048) {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => {
                        return Err(KeyError::invalid(
                            "RSA keys are made with 2048, 3072 or 4096 bits",
                        ));
                    }
                };
                let pair = RsaKeyPair::generate(size).map_err(failed)?;
                let document = pair.as_der().map_err(failed)?;
                der::read_pkcs8(document.as_ref())?.secret
            }
            _ => return Err(KeyProblem::UnsupportedAlgorithm(algorithm).into()),
        };
        Self::from_secret(algorithm, secret)
    }

    /// The key pair of a secret.
    pub(super) fn from_secret(
        algorithm: SecurityAlgorithm,
        secret: Secret,
    ) -> Result<Self, KeyError> {
        match (algorithm, secret) {
            (SecurityAlgorithm::ED25519, Secret::Octets(seed)) => {
                let refused = |_| KeyError::invalid("an Ed25519 private key has 32 octets");
                let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(refused)?;
                let public_key = pair.public_key().as_ref().into();
                let signer = Signer::Ed25519(Box::new(pair));
                Ok(Self::new(Secret::Octets(seed), public_key, signer))
            }
            (SecurityAlgorithm::MLDSA44, Secret::Octets(seed)) => {
                let refused =
                    |_| KeyError::invalid("an ML-DSA-44 private key is a seed of 32 octets");
                let pair = PqdsaKeyPair::from_seed(&signature::ML_DSA_44_SIGNING, &seed);
                let pair = pair.map_err(refused)?;
                let public_key = pair.public_key().as_ref().into();
                let signer = Signer::MlDsa44(Box::new(pair));
                Ok(Self::new(Secret::Octets(seed), public_key, signer))
            }
            (
                SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384,
                Secret::Octets(scalar),
            ) => {
                let (signing, digest, len) = ecdsa(algorithm)?;
                // Knot's key store has it with a zero in front, as DER has numbers.
                let scalar = der::without_leading_zeros(&scalar);
                let wrong =
                    KeyError::invalid("the private key is no number below the curve's order");
                let Some(missing) = len.checked_sub(scalar.len()) else {
                    return Err(wrong);
                };
                let mut padded = Zeroizing::new(vec![0; missing]);
                // So that it does not grow, which would leave a copy behind.
                padded.reserve_exact(len);
                padded.extend_from_slice(scalar);
                let document = der::ec_private_key(&padded, algorithm);
                let Ok(pair) = EcdsaKeyPair::from_private_key_der(signing, &document) else {
                    return Err(wrong);
                };
                // Without the octet that says that the point is not compressed (RFC 6605 4).
                let public_key = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let public_key = public_key.into();
                let signer = Signer::Ecdsa(Box::new(pair), digest);
                Ok(Self::new(Secret::Octets(padded), public_key, signer))
            }
            (algorithm, Secret::Rsa(numbers)) => {
                let rsa = rsa(algorithm).ok_or(KeyProblem::UnsupportedAlgorithm(algorithm))?;
                let [modulus, exponent, ..] = &numbers.0;
                let bits = modulus.len().saturating_mul(8);
                if !(RSA_BITS[0]..=RSA_BITS[1]).contains(&bits) {
                    return Err(KeyError::invalid(
                        "RSA keys that sign have 2048 to 4096 bits; make a new key",
                    ));
                }
                let public_key = rsa_public_key(modulus, exponent);
                let pair = numbers.to_pair()?;
                let signer = Signer::Rsa(Box::new(pair), rsa);
                Ok(Self::new(Secret::Rsa(numbers), public_key, signer))
            }
            (algorithm, Secret::Octets(_)) if rsa(algorithm).is_some() => {
                Err(KeyError::invalid("an RSA private key has eight numbers"))
            }
            _ => Err(KeyProblem::UnsupportedAlgorithm(algorithm).into()),
        }
    }

    fn new(secret: Secret, public_key: Box<[u8]>, signer: Signer) -> Self {
        Self {
            secret,
            public_key,
            signer,
        }
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The public key as it stands in a DNSKEY record.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Octets of a signature.
    pub(super) fn signature_len(&self) -> usize {
        match &self.signer {
            Signer::Ed25519(_) => 64,
            Signer::Ecdsa(..) => self.public_key.len(),
            Signer::Rsa(pair, _) => pair.public_modulus_len(),
            Signer::MlDsa44(_) => MLDSA44_SIGNATURE_LEN,
        }
    }

    /// Signs the parts, one behind the other.
    pub(super) fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
        let len = self.signature_len();
        let out = out.get_mut(..len).ok_or(SignerError::NoRoom)?;
        let signed = match &self.signer {
            Signer::Ed25519(pair) => joined(parts, |message| pair.try_sign(message))
                .map(|signature| out.copy_from_slice(signature.as_ref())),
            Signer::Ecdsa(pair, digest) => pair
                .sign_digest(&digest_of(digest, parts))
                .map(|signature| out.copy_from_slice(signature.as_ref())),
            Signer::Rsa(pair, rsa) => {
                pair.sign_digest(rsa.padding, &digest_of(rsa.digest, parts), out)
            }
            Signer::MlDsa44(pair) => {
                joined(parts, |message| pair.sign(message, out)).and_then(|written| {
                    if written == len {
                        Ok(())
                    } else {
                        Err(aws_lc_rs::error::Unspecified)
                    }
                })
            }
        };
        signed.map(|()| len).map_err(|_| SignerError::Failed)
    }
}

impl RsaNumbers {
    fn to_pair(&self) -> Result<RsaKeyPair, KeyError> {
        let [n, e, d, p, q, d_p, d_q, q_inv] = &self.0;
        let components = aws_lc_rs::rsa::KeyPairComponents {
            public_key: signature::RsaPublicKeyComponents { n, e },
            d,
            p,
            q,
            dP: d_p,
            dQ: d_q,
            qInv: q_inv,
        };
        RsaKeyPair::from_components(&components)
            .map_err(|_| KeyError::invalid("the numbers of the RSA key do not fit each other"))
    }
}

/// How the algorithm signs, and with which scalars.
fn ecdsa(
    algorithm: SecurityAlgorithm,
) -> Result<
    (
        &'static EcdsaSigningAlgorithm,
        &'static digest::Algorithm,
        usize,
    ),
    KeyError,
> {
    match algorithm {
        SecurityAlgorithm::ECDSAP256SHA256 => Ok((
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &digest::SHA256,
            P256_SCALAR_LEN,
        )),
        SecurityAlgorithm::ECDSAP384SHA384 => Ok((
            &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            &digest::SHA384,
            P384_SCALAR_LEN,
        )),
        _ => Err(KeyProblem::UnsupportedAlgorithm(algorithm).into()),
    }
}

/// How the algorithm signs; none with SHA-1, which must not sign any more (RFC 9905).
fn rsa(algorithm: SecurityAlgorithm) -> Option<Rsa> {
    match algorithm {
        SecurityAlgorithm::RSASHA256 => Some(Rsa {
            padding: &signature::RSA_PKCS1_SHA256,
            digest: &digest::SHA256,
        }),
        SecurityAlgorithm::RSASHA512 => Some(Rsa {
            padding: &signature::RSA_PKCS1_SHA512,
            digest: &digest::SHA512,
        }),
        _ => None,
    }
}

/// An RSA public key as it stands in a DNSKEY record (RFC 3110 2).
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Box<[u8]> {
    let mut key = Vec::with_capacity(3 + exponent.len() + modulus.len());
    match u8::try_from(exponent.len()) {
        Ok(len) if len > 0 => key.push(len),
        // An exponent too long for three octets of length is refused with the rest of the numbers.
        _ => {
            key.push(0);
            key.extend((exponent.len() as u16).to_be_bytes());
        }
    }
    key.extend_from_slice(exponent);
    key.extend_from_slice(modulus);
    key.into()
}

pub(super) fn random(len: usize) -> Result<SecretOctets, KeyError> {
    let mut octets = Zeroizing::new(vec![0; len]);
    getrandom::fill(&mut octets)
        .map_err(|_| KeyProblem::Failed("the system gives no random octets"))?;
    Ok(octets)
}

pub(super) fn digest_of(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

/// Above this the buffer for joined parts is given back after use (octets).
const KEPT_BUFFER_LEN: usize = 256 * 1024;

/// Hands on the parts as one slice, for primitives that read the message twice. The copy goes to a
/// buffer of the thread's that is used again.
pub(super) fn joined<R>(parts: &[&[u8]], use_it: impl FnOnce(&[u8]) -> R) -> R {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    if let [part] = parts {
        return use_it(part);
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        for part in parts {
            buffer.extend_from_slice(part);
        }
        let result = use_it(buffer);
        if buffer.capacity() > KEPT_BUFFER_LEN {
            *buffer = Vec::new();
        }
        result
    })
}

//! The little of DER (X.690) that private keys need: PKCS#8 (RFC 5208) around RFC 8410, RFC 5915,
//! RFC 8017 and RFC 9881.

use super::key_pair::{RsaNumbers, Secret, SecretOctets};
use super::{KeyError, KeyProblem};
use lib_dns_core::code_points::SecurityAlgorithm;
use zeroize::Zeroizing;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// ML-DSA's seed (RFC 9881 6): `[0] IMPLICIT OCTET STRING`.
const SEED: u8 = 0x80;
/// The curve of an EC key (RFC 5915 3): `[0] EXPLICIT`.
const CURVE: u8 = 0xa0;
/// The public key of an EC key (RFC 5915 3): `[1] EXPLICIT`.
const PUBLIC_KEY: u8 = 0xa1;
const BIT_STRING: u8 = 0x03;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// 1.2.840.10045.3.1.7
const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// 1.3.132.0.34
const P384: &[u8] = b"\x2b\x81\x04\x00\x22";
/// 1.3.101.112
const ED25519: &[u8] = b"\x2b\x65\x70";
/// 2.16.840.1.101.3.4.3.17
const ML_DSA_44: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03\x11";

/// A private key out of a PKCS#8 document.
pub(super) struct Pkcs8 {
    pub(super) secret: Secret,
    /// The algorithm; of RSA keys the one with SHA-256, since the document does not say with which hash
    /// they sign.
    pub(super) algorithm: SecurityAlgorithm,
}

/// Reads an unencrypted PKCS#8 document.
pub(super) fn read_pkcs8(document: &[u8]) -> Result<Pkcs8, KeyError> {
    let mut outer = Der(document);
    let mut info = Der(outer.value(SEQUENCE)?);
    outer.finish()?;
    if !matches!(info.value(INTEGER)?, [0 | 1]) {
        return Err(KeyError::invalid("PKCS#8 of a version that is not known"));
    }
    let mut identifier = Der(info.value(SEQUENCE)?);
    let kind = identifier.value(OBJECT_IDENTIFIER)?;
    // Attributes and a copy of the public key may follow (RFC 5958 2): nothing that we need.
    let mut key = Der(info.value(OCTET_STRING)?);
    let pkcs8 = match kind {
        ED25519 => Pkcs8 {
            secret: octets(key.value(OCTET_STRING)?),
            algorithm: SecurityAlgorithm::ED25519,
        },
        ML_DSA_44 => {
            // The seed, or the seed and what follows from it.
            let seed = match key.tag() {
                Some(SEQUENCE) => Der(key.value(SEQUENCE)?).value(OCTET_STRING)?,
                Some(SEED) => key.value(SEED)?,
                _ => {
                    return Err(KeyError::invalid(
                        "an ML-DSA key without its seed; only the seed can be kept",
                    ));
                }
            };
            Pkcs8 {
                secret: octets(seed),
                algorithm: SecurityAlgorithm::MLDSA44,
            }
        }
        EC_PUBLIC_KEY => {
            let algorithm = match identifier.value(OBJECT_IDENTIFIER)? {
                P256 => SecurityAlgorithm::ECDSAP256SHA256,
                P384 => SecurityAlgorithm::ECDSAP384SHA384,
                _ => return Err(KeyError::invalid("a curve that DNSSEC does not have")),
            };
            let mut ec = Der(key.value(SEQUENCE)?);
            ec.value(INTEGER)?;
            Pkcs8 {
                secret: octets(ec.value(OCTET_STRING)?),
                algorithm,
            }
        }
        RSA_ENCRYPTION => {
            let mut rsa = Der(key.value(SEQUENCE)?);
            if rsa.value(INTEGER)? != [0] {
                return Err(KeyError::invalid("an RSA key of more than two primes"));
            }
            let mut numbers = [const { Vec::new() }; 8].map(Zeroizing::new);
            for number in &mut numbers {
                let value = rsa.value(INTEGER)?;
                *number = Zeroizing::new(without_leading_zeros(value).to_vec());
            }
            Pkcs8 {
                secret: Secret::Rsa(Box::new(RsaNumbers(numbers))),
                algorithm: SecurityAlgorithm::RSASHA256,
            }
        }
        _ => {
            return Err(KeyError::invalid(
                "a private key of a kind that DNSSEC does not have",
            ));
        }
    };
    key.finish()?;
    Ok(pkcs8)
}

/// Writes a secret as an unencrypted PKCS#8 document, in version 1, which everybody reads.
pub(super) fn write_pkcs8(
    algorithm: SecurityAlgorithm,
    secret: &Secret,
    public_key: &[u8],
) -> Result<SecretOctets, KeyError> {
    let (identifier, key) = match (algorithm, secret) {
        (SecurityAlgorithm::ED25519, Secret::Octets(seed)) => {
            let identifier = element(OBJECT_IDENTIFIER, &[ED25519]);
            (identifier, element(OCTET_STRING, &[seed]))
        }
        (SecurityAlgorithm::MLDSA44, Secret::Octets(seed)) => {
            let identifier = element(OBJECT_IDENTIFIER, &[ML_DSA_44]);
            (identifier, element(SEED, &[seed]))
        }
        (
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384,
            Secret::Octets(scalar),
        ) => {
            let kind = element(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]);
            let curve = element(OBJECT_IDENTIFIER, &[curve_of(algorithm)]);
            let identifier = Zeroizing::new([&kind[..], &curve].concat());
            // GnuTLS, and with it Knot, does not work the public key out. No bit of it is unused, and the
            // point is not compressed.
            let point = element(BIT_STRING, &[&[0, 4], public_key]);
            let key = sequence(&[
                element(INTEGER, &[&[1]]),
                element(OCTET_STRING, &[scalar]),
                element(PUBLIC_KEY, &[&point]),
            ]);
            (identifier, key)
        }
        (_, Secret::Rsa(numbers)) => {
            let kind = element(OBJECT_IDENTIFIER, &[RSA_ENCRYPTION]);
            let identifier = Zeroizing::new([&kind[..], &element(NULL, &[])].concat());
            let mut parts = vec![element(INTEGER, &[&[0]])];
            parts.extend(numbers.0.iter().map(|number| integer(number)));
            (identifier, sequence(&parts))
        }
        _ => return Err(KeyProblem::UnsupportedAlgorithm(algorithm).into()),
    };
    Ok(sequence(&[
        element(INTEGER, &[&[0]]),
        element(SEQUENCE, &[&identifier]),
        element(OCTET_STRING, &[&key]),
    ]))
}

/// An EC private key (RFC 5915 3) without its public key, which follows from it.
pub(super) fn ec_private_key(scalar: &[u8], algorithm: SecurityAlgorithm) -> SecretOctets {
    let curve = element(OBJECT_IDENTIFIER, &[curve_of(algorithm)]);
    sequence(&[
        element(INTEGER, &[&[1]]),
        element(OCTET_STRING, &[scalar]),
        element(CURVE, &[&curve]),
    ])
}

fn curve_of(algorithm: SecurityAlgorithm) -> &'static [u8] {
    if algorithm == SecurityAlgorithm::ECDSAP384SHA384 {
        P384
    } else {
        P256
    }
}

fn octets(octets: &[u8]) -> Secret {
    Secret::Octets(Zeroizing::new(octets.to_vec()))
}

pub(super) fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A number that is not negative.
fn integer(number: &[u8]) -> SecretOctets {
    let sign: &[u8] = match number.first() {
        Some(0x80..) | None => &[0],
        Some(_) => &[],
    };
    element(INTEGER, &[sign, number])
}

fn sequence(elements: &[SecretOctets]) -> SecretOctets {
    let parts: Vec<&[u8]> = elements.iter().map(|element| &element[..]).collect();
    element(SEQUENCE, &parts)
}

/// Tag, length and the parts of the value. It has its room from the start, so that no copy of a secret is
/// left where a vector grew.
fn element(tag: u8, parts: &[&[u8]]) -> SecretOctets {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(len + 6));
    out.push(tag);
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let length = (len as u32).to_be_bytes();
        let length = without_leading_zeros(&length);
        out.push(0x80 | length.len() as u8);
        out.extend_from_slice(length);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// What is left to read of a DER value.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The tag of the next element.
    fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The value of the next element, which must have this tag.
    fn value(&mut self, tag: u8) -> Result<&'a [u8], KeyError> {
        let wrong = || KeyError::invalid("no unencrypted PKCS#8 private key");
        let [found, length, rest @ ..] = self.0 else {
            return Err(wrong());
        };
        let (len, rest) = if *length < 0x80 {
            (usize::from(*length), rest)
        } else {
            // No key has a value of more than 16 bits.
            let octets = usize::from(length & 0x7f);
            let (length, rest) = rest.split_at_checked(octets).ok_or_else(wrong)?;
            let len = match length {
                [len] if *len >= 0x80 => usize::from(*len),
                [high, low] if *high > 0 => usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err(wrong()),
            };
            (len, rest)
        };
        let (value, rest) = rest.split_at_checked(len).ok_or_else(wrong)?;
        if *found != tag {
            return Err(wrong());
        }
        self.0 = rest;
        Ok(value)
    }

    fn finish(&self) -> Result<(), KeyError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(KeyError::invalid("octets follow the private key"))
        }
    }
}

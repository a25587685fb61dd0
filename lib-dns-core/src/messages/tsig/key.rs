//! Shared keys.

use super::record::RECORD_FIXED_LEN;
use crate::code_points::Class;
use crate::crypto::{MacAlgorithm, MacProvider};
use crate::name::{MAX_NAME_LEN, Name};
use core::fmt;
use core::ops::Deref;

/// The longest name of an algorithm: that of HMAC-MD5.
const MAX_ALGORITHM_LEN: usize = 26;
/// Class and TTL, which stand between the two names in what is signed.
const CLASS_AND_TTL_LEN: usize = 6;
/// Octets of what is signed of a record and never changes, at most.
pub(super) const VARIABLES_LEN: usize = MAX_NAME_LEN + CLASS_AND_TTL_LEN + MAX_ALGORITHM_LEN;

/// A shared key: its name, its algorithm and a MAC that is keyed with its secret.
///
/// The secret itself is not kept. `C` is the [`MacContext`](crate::crypto::MacContext) of whoever lends the
/// cryptography. About 600 octets, inline.
#[derive(Clone)]
pub struct TsigKey<C> {
    /// What is signed of a TSIG record and never changes: key name in canonical form, class, TTL and
    /// algorithm name (RFC 8945 4.3.3), so that signing copies nothing together.
    variables: [u8; VARIABLES_LEN],
    name_len: u8,
    labels: u8,
    algorithm: MacAlgorithm,
    /// Octets of the MACs made, and the fewest of those accepted.
    mac_len: u8,
    context: C,
}

impl<C> TsigKey<C> {
    /// Makes a key.
    ///
    /// # Errors
    /// If the secret is empty, the provider does not have the algorithm, or it is HMAC-MD5, which must not
    /// be used (RFC 8945 6).
    pub fn new<P: MacProvider<Context = C>>(
        provider: P,
        name: &Name<'_>,
        algorithm: MacAlgorithm,
        secret: &[u8],
    ) -> Result<Self, KeyError> {
        match algorithm {
            MacAlgorithm::HmacMd5 => Err(KeyError::Md5),
            _ => Self::allowing_md5(provider, name, algorithm, secret),
        }
    }

    /// Makes a key that may be one for HMAC-MD5: only for a server, whose operator asked for it, that still
    /// has clients with such keys. The key verifies their requests and signs the responses to them;
    /// [`sign_request`](super::sign_request) refuses it.
    ///
    /// # Errors
    /// As [`TsigKey::new`], but for HMAC-MD5.
    pub fn allowing_md5<P: MacProvider<Context = C>>(
        provider: P,
        name: &Name<'_>,
        algorithm: MacAlgorithm,
        secret: &[u8],
    ) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::EmptySecret);
        }
        let context = match algorithm {
            MacAlgorithm::GssTsig => None,
            _ => provider.keyed(algorithm, secret),
        };
        let mut key = Self {
            variables: [0; VARIABLES_LEN],
            name_len: name.wire_len() as u8,
            labels: name.label_count() as u8,
            algorithm,
            // At most 64.
            mac_len: algorithm.mac_len() as u8,
            context: context.ok_or(KeyError::NotAvailable(algorithm))?,
        };
        let [class1, class0] = Class::ANY.0.to_be_bytes();
        let fixed = [class1, class0, 0, 0, 0, 0];
        let rest = fixed.iter().chain(algorithm.wire_name());
        let mut written = [0; MAX_NAME_LEN];
        let name = name.copy_flat(&mut written).unwrap_or_default();
        // Length octets are at most 63, below every letter, so folding leaves them alone.
        name.make_ascii_lowercase();
        let octets = name.iter().chain(rest);
        for (slot, octet) in key.variables.iter_mut().zip(octets) {
            *slot = *octet;
        }
        Ok(key)
    }

    /// Has MACs cut to `octets`, and accepts others that are cut no shorter (RFC 8945 5.2.2.1, 5.2.4).
    /// Without it they are whole, and shorter ones are answered with BADTRUNC.
    ///
    /// # Errors
    /// If a MAC of this algorithm has fewer octets, or may not be cut so short.
    pub fn with_mac_len(self, octets: usize) -> Result<Self, KeyError> {
        let (least, most) = (self.algorithm.least_mac_len(), self.algorithm.mac_len());
        match u8::try_from(octets) {
            Ok(mac_len) if octets >= least && octets <= most => Ok(Self { mac_len, ..self }),
            _ => Err(KeyError::MacLength { least, most }),
        }
    }

    /// The name, in lower case.
    #[inline]
    pub fn name(&self) -> Name<'_> {
        Name::flat(self.owner(), self.labels).unwrap_or(Name::ROOT)
    }

    /// The algorithm.
    #[inline]
    pub fn algorithm(&self) -> MacAlgorithm {
        self.algorithm
    }

    /// Octets of the MACs made with it, and the fewest of those that it accepts.
    #[inline]
    pub fn mac_len(&self) -> usize {
        usize::from(self.mac_len)
    }

    /// Octets of a TSIG record made with this key: what must be kept free at the end of a message that is to
    /// be signed. The answer to a request that was refused for its time has six more.
    #[inline]
    pub fn record_len(&self) -> usize {
        RECORD_FIXED_LEN
            .saturating_add(usize::from(self.name_len))
            .saturating_add(self.algorithm.wire_name().len())
            .saturating_add(self.mac_len())
    }

    /// The keyed MAC, to be cloned.
    #[inline]
    pub(super) fn context(&self) -> &C {
        &self.context
    }

    /// The name as it stands in records.
    #[inline]
    pub(super) fn owner(&self) -> &[u8] {
        self.variables
            .get(..usize::from(self.name_len))
            .unwrap_or_default()
    }

    /// Key name, class, TTL and algorithm name as they are signed.
    #[inline]
    pub(super) fn variables(&self) -> &[u8] {
        let len = usize::from(self.name_len)
            .wrapping_add(CLASS_AND_TTL_LEN)
            .wrapping_add(self.algorithm.wire_name().len());
        self.variables.get(..len).unwrap_or_default()
    }
}

/// Tells nothing that is secret.
impl<C> fmt::Debug for TsigKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TsigKey({} {})", self.algorithm, self.name())
    }
}

/// Why there can be no such key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum KeyError {
    /// The secret has no octets.
    EmptySecret,
    /// The algorithm is HMAC-MD5, and nobody allowed it.
    Md5,
    /// Nobody here computes this algorithm.
    NotAvailable(MacAlgorithm),
    /// MACs of this algorithm cannot have that length.
    MacLength {
        /// The fewest octets.
        least: usize,
        /// The most octets.
        most: usize,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySecret => f.write_str("the key's secret is empty"),
            Self::Md5 => f.write_str("hmac-md5 must not be used any more (RFC 8945 6)"),
            Self::NotAvailable(algorithm) => write!(f, "{algorithm} is not supported"),
            Self::MacLength { least, most } => {
                write!(
                    f,
                    "a MAC of this algorithm has from {least} to {most} octets"
                )
            }
        }
    }
}

impl core::error::Error for KeyError {}

/// Keys to choose from.
///
/// A slice of keys is one; a table with an index implements it for `&Table`. A key may be handed over by
/// reference or by an `Arc`: who answers later than at once keeps it so.
pub trait TsigKeys {
    /// A key, or what leads to one.
    type Key: Deref<Target = TsigKey<Self::Context>>;
    /// The MAC of the keys.
    type Context: crate::crypto::MacContext;

    /// The key with this name, in any case, and this algorithm.
    fn find(&self, name: &Name<'_>, algorithm: MacAlgorithm) -> Option<Self::Key>;
}

impl<'k, C: crate::crypto::MacContext> TsigKeys for &'k [TsigKey<C>] {
    type Key = &'k TsigKey<C>;
    type Context = C;

    fn find(&self, name: &Name<'_>, algorithm: MacAlgorithm) -> Option<&'k TsigKey<C>> {
        self.iter()
            .find(|key| key.algorithm == algorithm && key.name() == *name)
    }
}

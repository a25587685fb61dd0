//! Secrets that two parties share for TSIG (RFC 8945).

use super::key_pair::{SecretOctets, random};
use super::secret_text::{self, SecretText};
use super::{KeyError, KeyProblem, tsig_clauses, tsig_yaml};
use crate::mac::{RunningMac, RustCryptoMac};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::TsigKey;
use lib_dns_core::name::{Name, NameBuf};
use std::fmt;

/// The algorithm where none is said.
const DEFAULT_ALGORITHM: MacAlgorithm = MacAlgorithm::HmacSha256;
/// Octets of the longest secret that is read; HMAC itself has no limit, and hashes what is longer than a
/// block.
const MAX_SECRET_LEN: usize = 512;
/// Keys in one text, at the most.
pub(super) const MAX_KEYS: usize = 1024;

/// A TSIG key: a name that both parties know it by, the algorithm, and the secret.
///
/// ```
/// use lib_dns_core::crypto::MacAlgorithm;
/// use lib_dns_std::keyring::TsigSecret;
/// let key = TsigSecret::from_text("hmac-sha512:mesh-transfer:bm90IGEgcmVhbCBzZWNyZXQ=")?;
/// assert_eq!(key.algorithm(), MacAlgorithm::HmacSha512);
/// assert_eq!(key.name().to_string(), "mesh-transfer.");
/// assert!(!format!("{key:?}").contains("bm90"));
/// # Ok::<(), lib_dns_std::keyring::KeyError>(())
/// ```
#[derive(Clone)]
pub struct TsigSecret {
    name: NameBuf,
    algorithm: MacAlgorithm,
    secret: SecretOctets,
    min_mac_len: usize,
}

impl TsigSecret {
    /// Makes a key with a new secret, as long as the algorithm's MAC (RFC 2104 3).
    ///
    /// # Errors
    /// If the algorithm has no secrets of its own, or the system gives no random octets.
    pub fn generate(name: &Name<'_>, algorithm: MacAlgorithm) -> Result<Self, KeyError> {
        let len = algorithm.uncut().unwrap_or(algorithm).mac_len();
        Self::from_octets(name, algorithm, random(len)?)
    }

    /// A key of this secret.
    ///
    /// # Errors
    /// If the secret is empty or longer than 512 octets, the algorithm has none, or the name holds characters
    /// that configuration files cannot.
    pub fn new(name: &Name<'_>, algorithm: MacAlgorithm, secret: &[u8]) -> Result<Self, KeyError> {
        Self::from_octets(name, algorithm, secret.to_vec().into())
    }

    pub(super) fn from_octets(
        name: &Name<'_>,
        algorithm: MacAlgorithm,
        secret: SecretOctets,
    ) -> Result<Self, KeyError> {
        if algorithm.mac_len() == 0 {
            return Err(KeyError::invalid(
                "the algorithm has no shared secrets; use hmac-sha256",
            ));
        }
        let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_+/".contains(octet);
        if !name.labels().flatten().all(is_plain) {
            // Each format has other characters that it cannot hold, and none has these.
            return Err(KeyError::invalid(
                "the name of a TSIG key has letters, digits, '-', '_', '+' and '/' in its labels",
            ));
        }
        if secret.is_empty() || secret.len() > MAX_SECRET_LEN {
            return Err(KeyError::invalid("a secret has 1 to 512 octets"));
        }
        Ok(Self {
            name: NameBuf::from(*name).to_lowercase(),
            algorithm,
            secret,
            min_mac_len: algorithm.mac_len(),
        })
    }

    /// Reads `algorithm:name:secret` or `name:secret`, as `dig -y` and `kdig -y` take it; the secret is in
    /// base64. Without an algorithm it is hmac-sha256.
    ///
    /// # Errors
    /// If a part is missing or wrong.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let (head, secret) = text
            .trim()
            .rsplit_once(':')
            .ok_or(KeyProblem::Missing("the colon between name and secret"))?;
        let (algorithm, name) = match head.split_once(':') {
            Some((algorithm, name)) => (Some(algorithm), name),
            None => (None, head),
        };
        Draft {
            name: Some(name_from_text(name)?),
            algorithm: algorithm.map(algorithm_from_text).transpose()?,
            secret: Some(secret_text::decode(secret)?),
        }
        .finish()
    }

    /// Reads all keys of a text: `key` clauses as in named.conf and as tsig-keygen and ddns-confgen print
    /// them, the `key:` section of knot.conf as keymgr prints it, or one line `algorithm:name:secret`.
    /// Whatever else stands in a configuration file is passed over.
    ///
    /// # Errors
    /// If a key is incomplete or wrong, or there is none; the error says in which line.
    pub fn read_all(text: &str) -> Result<Vec<Self>, KeyError> {
        let keys = if tsig_yaml::is_yaml(text) {
            tsig_yaml::read(text)?
        } else if tsig_clauses::has_clause(text) {
            tsig_clauses::read(text)?
        } else {
            let line = text.lines().zip(1u32..).find(|(line, _)| {
                let line = line.trim();
                !line.is_empty() && !line.starts_with('#')
            });
            match line {
                Some((line, number)) => {
                    vec![Self::from_text(line).map_err(|error| error.at_line(number))?]
                }
                None => Vec::new(),
            }
        };
        if keys.is_empty() {
            return Err(KeyProblem::Missing("a key").into());
        }
        Ok(keys)
    }

    /// The key as a clause of named.conf, as tsig-keygen prints it.
    pub fn to_clause(&self) -> SecretText {
        tsig_clauses::write(self)
    }

    /// The key as a section of knot.conf, as keymgr prints it.
    pub fn to_yaml(&self) -> SecretText {
        tsig_yaml::write(self)
    }

    /// The key as `algorithm:name:secret`, for `dig -y` and `kdig -y`.
    pub fn to_text(&self) -> SecretText {
        let secret = self.secret_text();
        let name = self.name_text();
        let algorithm = self.algorithm.mnemonic();
        let mut text = secret_text::room(algorithm.len() + name.len() + secret.len() + 2);
        for part in [algorithm, ":", &name, ":", &secret] {
            text.push_str(part);
        }
        text
    }

    /// Its name, in lower case (RFC 8945 4.3.3).
    pub fn name(&self) -> Name<'_> {
        self.name.as_name()
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> MacAlgorithm {
        self.algorithm
    }

    /// The secret itself.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// How many octets a MAC must have at least to be taken (RFC 8945 5.2.2.1): the whole MAC, unless
    /// something else was set.
    pub fn min_mac_len(&self) -> usize {
        self.min_mac_len
    }

    /// Takes MACs that were cut to this many octets, and no less than the RFC allows, nor more than the
    /// algorithm has.
    #[must_use]
    pub fn with_min_mac_len(mut self, octets: usize) -> Self {
        let least = self.algorithm.least_mac_len();
        self.min_mac_len = octets.max(least).min(self.algorithm.mac_len());
        self
    }

    /// The key as it signs and verifies messages. One for HMAC-MD5 only serves old clients: it signs no
    /// request, and a server takes such keys only where its operator asked for it.
    #[allow(
        clippy::expect_used,
        reason = "what could fail was checked when this key was made"
    )]
    pub fn to_tsig_key(&self) -> TsigKey<RunningMac> {
        let (name, algorithm) = (self.name.as_name(), self.algorithm);
        let key = TsigKey::allowing_md5(RustCryptoMac, &name, algorithm, &self.secret);
        key.and_then(|key| key.with_mac_len(self.min_mac_len))
            .expect("secret, algorithm and length were checked when this key was made")
    }

    /// The same key as BIND and dig mean it: `hmac-sha256-128` is hmac-sha256 to them, with MACs of 128 bits. `None` if
    /// the algorithm does not cut its MACs.
    pub fn as_bind_means_it(&self) -> Option<Self> {
        let algorithm = self.algorithm.uncut()?;
        Some(Self {
            algorithm,
            ..self.clone()
        })
    }

    pub(super) fn secret_text(&self) -> SecretText {
        secret_text::encode(&self.secret)
    }

    /// The name without its last dot, as all programs print it.
    pub(super) fn name_text(&self) -> String {
        let mut text = self.name.to_string();
        if text.len() > 1 {
            text.pop();
        }
        text
    }
}

/// The secret is not shown.
impl fmt::Debug for TsigSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TsigSecret")
            .field("name", &self.name)
            .field("algorithm", &self.algorithm)
            .field("min_mac_len", &self.min_mac_len)
            .finish_non_exhaustive()
    }
}

/// A key that is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: Option<NameBuf>,
    pub(super) algorithm: Option<MacAlgorithm>,
    pub(super) secret: Option<SecretOctets>,
}

impl Draft {
    pub(super) fn set_algorithm(&mut self, text: &str) -> Result<(), KeyError> {
        let algorithm = algorithm_from_text(text)?;
        set(&mut self.algorithm, algorithm, "the algorithm")
    }

    pub(super) fn set_secret(&mut self, text: &str) -> Result<(), KeyError> {
        let secret = secret_text::decode(text)?;
        set(&mut self.secret, secret, "the secret")
    }

    pub(super) fn set_name(&mut self, text: &str) -> Result<(), KeyError> {
        set(&mut self.name, name_from_text(text)?, "the name")
    }

    pub(super) fn finish(self) -> Result<TsigSecret, KeyError> {
        let name = self.name.ok_or(KeyProblem::Missing("the key's name"))?;
        let secret = self.secret.ok_or(KeyProblem::Missing("the secret"))?;
        let algorithm = self.algorithm.unwrap_or(DEFAULT_ALGORITHM);
        TsigSecret::from_octets(&name.as_name(), algorithm, secret)
    }
}

fn set<T>(slot: &mut Option<T>, value: T, what: &'static str) -> Result<(), KeyError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(KeyProblem::Repeated(what).into()),
    }
}

/// The line of an error is the caller's to say.
fn name_from_text(text: &str) -> Result<NameBuf, KeyError> {
    NameBuf::from_text(text).map_err(|error| KeyError::from(error.kind))
}

fn algorithm_from_text(text: &str) -> Result<MacAlgorithm, KeyError> {
    MacAlgorithm::from_mnemonic(text.as_bytes()).ok_or_else(|| {
        KeyError::invalid("no algorithm of TSIG; hmac-sha256 is one, and the default")
    })
}

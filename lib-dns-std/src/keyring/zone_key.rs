//! DNSSEC keys of a zone.

use super::bind_files::{self, Numbers};
use super::key_pair::{KeyPair, Secret};
use super::verifier::{MLDSA44_PUBLIC_KEY_LEN, split_rsa_key};
use super::{KeyError, KeyProblem, der, pem};
use lib_dns_core::code_points::{Class, SecurityAlgorithm};
use lib_dns_core::crypto::{Signer, SignerError};
use lib_dns_core::dnssec::{
    DNSKEY_REVOKED, DNSKEY_SEP, DNSKEY_ZONE, KeyEvent, KeyRole, KeyTiming, KeyUses,
};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{Type, key_tag};
use lib_dns_core::zone::{MAX_SCRATCH_LEN, Scanner, Step};
use std::fmt;
use std::sync::Arc;

/// DNSKEY records in one text, at the most.
const MAX_DNSKEYS: usize = 10_000;
/// The protocol of every DNSKEY (RFC 4034 2.1.2).
const DNSSEC_PROTOCOL: u8 = 3;

/// A DNSSEC key of a zone: the public key, and the private one unless that is kept elsewhere.
///
/// It signs as the core's [`Signer`]. Copies share the key.
///
/// A key of a host, which signs messages (SIG(0), RFC 2931), is one too as long as it is read from a file: see
/// [`ZoneKey::signs_messages_only`].
///
/// ```
/// use lib_dns_core::code_points::SecurityAlgorithm;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::keyring::{KeyRole, ZoneKey};
/// let apex = NameBuf::from_text("sovereign.")?;
/// let key = ZoneKey::generate(&apex.as_name(), SecurityAlgorithm::ED25519, KeyRole::Zsk, None)?;
/// assert_eq!(key.flags(), 256);
/// assert!(key.can_sign());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ZoneKey {
    owner: NameBuf,
    ttl: Option<u32>,
    role: KeyRole,
    timing: KeyTiming,
    numbers: Numbers,
    /// DNSKEY or KEY.
    record: Type,
    /// The data of that record.
    data: Arc<[u8]>,
    pair: Option<Arc<KeyPair>>,
}

impl ZoneKey {
    /// Makes a new key for the zone of this name. `bits` is for RSA: 2048 (the default), 3072 or 4096.
    ///
    /// # Errors
    /// If keys of the algorithm or size cannot be made here, or the system gives no random octets.
    pub fn generate(
        owner: &Name<'_>,
        algorithm: SecurityAlgorithm,
        role: KeyRole,
        bits: Option<usize>,
    ) -> Result<Self, KeyError> {
        let pair = KeyPair::generate(algorithm, bits)?;
        Ok(Self::of_pair(owner, algorithm, role, pair))
    }

    /// Takes the key pair of a seed: for Ed25519 (RFC 8032 5.1.5) and ML-DSA-44 (FIPS 204 6.1), which have
    /// seeds of 32 octets; or of a scalar, for ECDSA.
    ///
    /// # Errors
    /// If the seed is none of the algorithm.
    pub fn from_seed(
        owner: &Name<'_>,
        algorithm: SecurityAlgorithm,
        role: KeyRole,
        seed: &[u8],
    ) -> Result<Self, KeyError> {
        let secret = Secret::Octets(seed.to_vec().into());
        let pair = KeyPair::from_secret(algorithm, secret)?;
        Ok(Self::of_pair(owner, algorithm, role, pair))
    }

    /// Takes a public key alone, from the data of its DNSKEY or CDNSKEY record.
    ///
    /// # Errors
    /// If it is no key of a zone, or the key is none of the algorithm.
    pub fn from_dnskey(owner: &Name<'_>, data: &[u8]) -> Result<Self, KeyError> {
        match data.first() {
            Some(high) if u16::from(*high) << 8 & DNSKEY_ZONE == 0 => {
                Err(KeyError::invalid("no key of a zone: flag 256 is not set"))
            }
            _ => Self::from_record(owner, Type::DNSKEY, data),
        }
    }

    /// Takes a public key alone, from the data of its KEY record: it signs messages (SIG(0), RFC 2931), be it
    /// that of a zone or not.
    ///
    /// # Errors
    /// If the protocol is not that of DNSSEC, or the key is none of the algorithm.
    pub fn from_key(owner: &Name<'_>, data: &[u8]) -> Result<Self, KeyError> {
        Self::from_record(owner, Type::KEY, data)
    }

    fn from_record(owner: &Name<'_>, record: Type, data: &[u8]) -> Result<Self, KeyError> {
        let [high, low, protocol, algorithm, public_key @ ..] = data else {
            return Err(KeyError::invalid("the data of a DNSKEY record is cut off"));
        };
        let flags = u16::from_be_bytes([*high, *low]);
        if *protocol != DNSSEC_PROTOCOL {
            return Err(KeyError::invalid("the protocol of the key is not 3"));
        }
        check_public_key(SecurityAlgorithm(*algorithm), public_key)?;
        Ok(Self {
            owner: NameBuf::from(*owner),
            ttl: None,
            role: KeyRole::of_flags(flags),
            timing: KeyTiming::default(),
            numbers: Numbers::default(),
            record,
            data: data.into(),
            pair: None,
        })
    }

    /// Reads a private key in PEM (PKCS#8), as `openssl` and Knot's key store have it. It says neither
    /// whose key it is nor its role; of an RSA key it does not say the hash, so `algorithm` may.
    ///
    /// # Errors
    /// If it is no such key, or not of the algorithm.
    pub fn from_pem(
        owner: &Name<'_>,
        algorithm: Option<SecurityAlgorithm>,
        role: KeyRole,
        text: &str,
    ) -> Result<Self, KeyError> {
        let found = pem::read(text)?;
        let is_rsa = matches!(found.secret, Secret::Rsa(_));
        let algorithm = match algorithm {
            Some(algorithm) if is_rsa || algorithm == found.algorithm => algorithm,
            Some(_) => return Err(KeyError::invalid("the private key is of another algorithm")),
            None => found.algorithm,
        };
        let pair = KeyPair::from_secret(algorithm, found.secret)?;
        Ok(Self::of_pair(owner, algorithm, role, pair))
    }

    /// The private key in PEM (PKCS#8).
    ///
    /// # Errors
    /// If the private key is kept elsewhere.
    pub fn to_pem(&self) -> Result<zeroize::Zeroizing<String>, KeyError> {
        let document = der::write_pkcs8(self.algorithm(), self.secret()?, self.public_key())?;
        Ok(pem::write(&document))
    }

    pub(super) fn of_pair(
        owner: &Name<'_>,
        algorithm: SecurityAlgorithm,
        role: KeyRole,
        pair: KeyPair,
    ) -> Self {
        let [high, low] = role.flags().to_be_bytes();
        let head = [high, low, DNSSEC_PROTOCOL, algorithm.0];
        Self {
            owner: NameBuf::from(*owner),
            ttl: None,
            role,
            timing: KeyTiming::default(),
            numbers: Numbers::default(),
            record: Type::DNSKEY,
            data: [&head[..], pair.public_key()].concat().into(),
            pair: Some(Arc::new(pair)),
        }
    }

    /// Joins the private key to the public one.
    pub(super) fn with_pair(mut self, pair: KeyPair) -> Result<Self, KeyError> {
        if pair.public_key() != self.public_key() {
            return Err(KeyProblem::NotAPair.into());
        }
        self.pair = Some(Arc::new(pair));
        Ok(self)
    }

    pub(super) fn secret(&self) -> Result<&Secret, KeyError> {
        let pair = self.pair.as_ref();
        pair.map(|pair| pair.secret())
            .ok_or(KeyProblem::Missing("the private key").into())
    }

    /// The zone's apex.
    pub fn owner(&self) -> Name<'_> {
        self.owner.as_name()
    }

    /// The TTL of its DNSKEY record, if the key's file says one (seconds).
    pub fn ttl(&self) -> Option<u32> {
        self.ttl
    }

    /// Sets the TTL that the key's file says.
    pub fn set_ttl(&mut self, ttl: Option<u32>) {
        self.ttl = ttl;
    }

    /// What it signs.
    pub fn role(&self) -> KeyRole {
        self.role
    }

    /// Sets what it signs.
    ///
    /// # Errors
    /// If the flags of the key are not those of such a role: they are part of the key.
    pub fn set_role(&mut self, role: KeyRole) -> Result<(), KeyError> {
        if self.flags() & DNSKEY_SEP != role.flags() & DNSKEY_SEP {
            return Err(KeyError::invalid("the flags of the key tell another role"));
        }
        self.role = role;
        Ok(())
    }

    /// When it is used.
    pub fn timing(&self) -> &KeyTiming {
        &self.timing
    }

    /// Changes when it is used.
    pub fn timing_mut(&mut self) -> &mut KeyTiming {
        &mut self.timing
    }

    pub(super) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    pub(super) fn set_numbers(&mut self, numbers: Numbers) {
        self.numbers = numbers;
    }

    /// Does it stand in a KEY record, so that it signs messages, and no zone?
    pub fn signs_messages_only(&self) -> bool {
        self.record == Type::KEY
    }

    /// The type of its record: DNSKEY, or KEY if it signs messages only.
    pub(super) fn record(&self) -> Type {
        self.record
    }

    /// What it does in its zone at this time (seconds since 1970). Without its private key it cannot sign:
    /// that is not asked here.
    pub fn uses_at(&self, now: u64) -> KeyUses {
        if self.signs_messages_only() {
            return KeyUses::default();
        }
        self.timing.uses(self.role, now)
    }

    /// Reads the text of BIND's `.key` file and, if there is one, of its `.private` file.
    ///
    /// # Errors
    /// If one is wrong, or they do not belong together; the error says in which line.
    pub fn from_bind(public: &str, private: Option<&str>) -> Result<Self, KeyError> {
        let public = bind_files::read_public(public)?;
        match private {
            Some(private) => bind_files::join(public, bind_files::read_private(private)?),
            None => Ok(public),
        }
    }

    /// Takes the public keys of all DNSKEY records of a text: a zone file, or what `dig` prints. `$INCLUDE` is
    /// not followed, so it is an error.
    ///
    /// # Errors
    /// If the text is no zone text, a DNSKEY record holds no key, or there are more than 10,000.
    pub fn read_dnskeys(text: &[u8], origin: Option<&NameBuf>) -> Result<Vec<Self>, KeyError> {
        let origin = origin.map(NameBuf::as_name);
        let mut scanner = Scanner::new(Class::IN, origin.as_ref());
        let mut scratch = vec![0; MAX_SCRATCH_LEN];
        // Key files need not say a TTL: 0 stands for that.
        let mut before = Scanner::new(Class::IN, None);
        before.next(&mut &b"$TTL 0\n"[..], true, &mut scratch)?;
        scanner.resume(&before);
        let mut rest = text;
        let mut keys = Vec::new();
        loop {
            match scanner.next(&mut rest, true, &mut scratch)? {
                Step::Record(record) if record.rtype == Type::DNSKEY => {
                    let key = Self::from_dnskey(&record.owner, record.data);
                    let mut key = key.map_err(|error| error.at_line(record.line))?;
                    key.set_ttl(Some(record.ttl).filter(|ttl| *ttl != 0));
                    if keys.len() == MAX_DNSKEYS {
                        return Err(KeyError::invalid("more than 10,000 DNSKEY records"));
                    }
                    keys.push(key);
                }
                Step::Record(_) => {}
                Step::Include(include) => {
                    return Err(
                        KeyError::invalid("a file is included; name that file as well")
                            .at_line(include.line),
                    );
                }
                Step::More | Step::End => return Ok(keys),
            }
        }
    }

    /// The text of BIND's `.key` file.
    pub fn to_bind_public(&self) -> String {
        bind_files::write_public(self)
    }

    /// The text of BIND's `.private` file; without the private key if that is kept elsewhere.
    pub fn to_bind_private(&self) -> zeroize::Zeroizing<String> {
        bind_files::write_private(self)
    }

    /// The name of BIND's files for the key, without `.key` and `.private`.
    pub fn file_stem(&self) -> String {
        bind_files::stem(&self.owner(), self.algorithm(), self.tag())
    }

    /// Its DNSKEY record as a line of a zone file.
    pub fn dnskey_line(&self) -> String {
        bind_files::dnskey_line(self)
    }

    /// The data of its DNSKEY record: flags, protocol, algorithm, public key.
    pub fn dnskey_data(&self) -> &[u8] {
        &self.data
    }

    /// The flags of its DNSKEY record.
    pub fn flags(&self) -> u16 {
        match self.data.first_chunk() {
            Some(flags) => u16::from_be_bytes(*flags),
            None => 0,
        }
    }

    /// Is it revoked (RFC 5011 2.1)?
    pub fn is_revoked(&self) -> bool {
        self.flags() & DNSKEY_REVOKED != 0
    }

    /// The same key, revoked: it has another key tag.
    #[must_use]
    pub fn revoked(&self, now: u64) -> Self {
        let mut key = self.clone();
        let mut data = self.data.to_vec();
        if let Some(low) = data.get_mut(1) {
            *low |= DNSKEY_REVOKED as u8;
        }
        key.data = data.into();
        key.timing.set(KeyEvent::Revoke, Some(now));
        key
    }

    /// Its key tag (RFC 4034 B). Different keys may have the same.
    pub fn tag(&self) -> u16 {
        key_tag(&self.data)
    }

    /// Is the private key at hand?
    pub fn can_sign(&self) -> bool {
        self.pair.is_some()
    }

    /// Bits of the key, as tools state them: of the modulus for RSA, of the public key's field otherwise.
    pub fn bits(&self) -> usize {
        let octets = match self.algorithm() {
            SecurityAlgorithm::ECDSAP256SHA256 | SecurityAlgorithm::ECDSAP384SHA384 => {
                self.public_key().len() / 2
            }
            SecurityAlgorithm::RSASHA1
            | SecurityAlgorithm::RSASHA1_NSEC3_SHA1
            | SecurityAlgorithm::RSASHA256
            | SecurityAlgorithm::RSASHA512 => {
                let key = split_rsa_key(self.public_key());
                let (_, modulus) = key.unwrap_or_default();
                modulus.len()
            }
            _ => self.public_key().len(),
        };
        octets.saturating_mul(8)
    }
}

impl Signer for ZoneKey {
    fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm(self.data.get(3).copied().unwrap_or_default())
    }

    fn public_key(&self) -> &[u8] {
        self.data.get(4..).unwrap_or_default()
    }

    fn signature_len(&self) -> usize {
        self.pair.as_ref().map_or(0, |pair| pair.signature_len())
    }

    fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
        let pair = self.pair.as_ref().ok_or(SignerError::Failed)?;
        pair.sign(parts, out)
    }
}

/// The secret is not shown.
impl fmt::Debug for ZoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZoneKey")
            .field("owner", &self.owner)
            .field("algorithm", &self.algorithm())
            .field("tag", &self.tag())
            .field("role", &self.role)
            .field("timing", &self.timing)
            .field("can_sign", &self.can_sign())
            .finish_non_exhaustive()
    }
}

/// Refuses keys that can be seen to be none. Ed25519 keys of small order would be taken for the owner of
/// any signature by some (RFC 8032 has no check).
fn check_public_key(algorithm: SecurityAlgorithm, key: &[u8]) -> Result<(), KeyError> {
    match algorithm {
        SecurityAlgorithm::ED25519 => {
            let octets = <&[u8; 32]>::try_from(key)
                .map_err(|_| KeyError::invalid("an Ed25519 key has 32 octets"))?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(octets);
            if key.is_ok_and(|key| !key.is_weak()) {
                Ok(())
            } else {
                Err(KeyError::invalid(
                    "an Ed25519 key that is no point, or a weak one",
                ))
            }
        }
        SecurityAlgorithm::ECDSAP256SHA256 if key.len() != 64 => {
            Err(KeyError::invalid("a P-256 key has 64 octets"))
        }
        SecurityAlgorithm::ECDSAP384SHA384 if key.len() != 96 => {
            Err(KeyError::invalid("a P-384 key has 96 octets"))
        }
        SecurityAlgorithm::MLDSA44 if key.len() != MLDSA44_PUBLIC_KEY_LEN => {
            Err(KeyError::invalid("an ML-DSA-44 key has 1312 octets"))
        }
        SecurityAlgorithm::RSASHA256 | SecurityAlgorithm::RSASHA512
            if split_rsa_key(key).is_none() =>
        {
            Err(KeyError::invalid("an RSA key without exponent or modulus"))
        }
        _ if key.is_empty() => Err(KeyError::invalid("the key is empty")),
        _ => Ok(()),
    }
}

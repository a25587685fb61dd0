//! The keys of a zone, and what each of them does now.

use crate::keyring::ZoneKey;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::Signer;
use lib_dns_core::dnssec::{DNSKEY_SEP, KeyUses};
use lib_dns_core::rr_data::{Type, key_tag};
use std::fmt;
use std::sync::Arc;

/// A key of a zone, and what it does now.
///
/// What a key does changes with time; a rollover is a row of such changes.
#[derive(Clone)]
pub struct SigningKey {
    dnskey: Arc<[u8]>,
    tag: u16,
    signer: Option<Arc<dyn Signer + Send + Sync>>,
    uses: KeyUses,
}

impl SigningKey {
    /// A key with its private half, and these flags (256 or 257) in its DNSKEY record.
    pub fn new(flags: u16, signer: Arc<dyn Signer + Send + Sync>, uses: KeyUses) -> Self {
        let [high, low] = flags.to_be_bytes();
        let mut dnskey = vec![high, low, 3, signer.algorithm().0];
        dnskey.extend_from_slice(signer.public_key());
        Self {
            tag: key_tag(&dnskey),
            dnskey: dnskey.into(),
            signer: Some(signer),
            uses,
        }
    }

    /// A key that signs everything, and that the parent is asked to point to: the one that a zone needs.
    pub fn csk(signer: Arc<dyn Signer + Send + Sync>) -> Self {
        let uses = KeyUses {
            published: true,
            signs_keys: true,
            signs_zone: true,
            synced: true,
        };
        Self::new(257, signer, uses)
    }

    /// A key of a keyring, as it is to be used at a time (seconds since 1970): that is what its timing says.
    pub fn at(key: &ZoneKey, now: u64) -> Self {
        let uses = key.uses_at(now);
        let signs = key.can_sign() && (uses.signs_keys || uses.signs_zone);
        Self {
            dnskey: key.dnskey_data().into(),
            tag: key.tag(),
            signer: signs.then(|| Arc::new(key.clone()) as Arc<dyn Signer + Send + Sync>),
            uses,
        }
    }

    /// A key that others sign with, given as the data of its DNSKEY record: it can only be published.
    pub fn public(dnskey: &[u8], published: bool, synced: bool) -> Self {
        Self {
            tag: key_tag(dnskey),
            dnskey: dnskey.into(),
            signer: None,
            uses: KeyUses {
                published,
                synced,
                ..KeyUses::default()
            },
        }
    }

    /// The data of its DNSKEY record.
    pub fn dnskey(&self) -> &[u8] {
        &self.dnskey
    }

    /// Its tag.
    pub fn tag(&self) -> u16 {
        self.tag
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> SecurityAlgorithm {
        SecurityAlgorithm(self.dnskey.get(3).copied().unwrap_or_default())
    }

    /// What it does now.
    pub fn uses(&self) -> KeyUses {
        self.uses
    }

    pub(super) fn signer(&self) -> Option<&(dyn Signer + Send + Sync)> {
        self.signer.as_deref()
    }

    fn is_sep(&self) -> bool {
        self.dnskey
            .first_chunk()
            .is_some_and(|flags| u16::from_be_bytes(*flags) & DNSKEY_SEP != 0)
    }
}

/// The private half is not shown.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("tag", &self.tag)
            .field("uses", &self.uses)
            .finish_non_exhaustive()
    }
}

/// All keys of a zone.
///
/// Each RRset is signed with every algorithm that any key signs with (RFC 4035 2.2): where an algorithm
/// has no key for the zone's data, or none for its keys, the others of the algorithm do that too. So one
/// key alone does everything, whatever its flags say.
#[derive(Clone, Default, Debug)]
pub struct SigningKeys {
    keys: Vec<SigningKey>,
    /// Which of them sign the keys, and which all else.
    for_keys: Vec<usize>,
    for_zone: Vec<usize>,
}

impl SigningKeys {
    /// Takes the keys of a zone.
    pub fn new(keys: Vec<SigningKey>) -> Self {
        let signs =
            |key: &SigningKey| key.signer.is_some() && (key.uses.signs_keys || key.uses.signs_zone);
        let fitting = |wanted: fn(&KeyUses) -> bool| {
            let has_own = |algorithm| {
                let mut others = keys.iter();
                others.any(|key| key.algorithm() == algorithm && signs(key) && wanted(&key.uses))
            };
            let chosen = keys
                .iter()
                .enumerate()
                .filter(|(_, key)| signs(key) && (wanted(&key.uses) || !has_own(key.algorithm())));
            chosen.map(|(index, _)| index).collect()
        };
        let for_keys = fitting(|uses| uses.signs_keys);
        let for_zone = fitting(|uses| uses.signs_zone);
        Self {
            keys,
            for_keys,
            for_zone,
        }
    }

    /// The keys of a keyring, as they are to be used at a time (seconds since 1970).
    pub fn at<'k>(keys: impl IntoIterator<Item = &'k ZoneKey>, now: u64) -> Self {
        let keys = keys.into_iter().map(|key| SigningKey::at(key, now));
        Self::new(keys.collect())
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }

    /// Is there no key that signs?
    pub fn is_empty(&self) -> bool {
        self.for_zone.is_empty()
    }

    /// The keys that sign RRsets of a type.
    pub(super) fn signing(&self, rtype: Type) -> impl Iterator<Item = &SigningKey> {
        let which = match rtype {
            Type::DNSKEY | Type::CDS | Type::CDNSKEY => &self.for_keys,
            _ => &self.for_zone,
        };
        which.iter().filter_map(|index| self.keys.get(*index))
    }

    /// The keys that stand in the DNSKEY RRset, those that the parent points to first.
    pub(super) fn published(&self) -> impl Iterator<Item = &SigningKey> {
        let of_kind = |sep| self.keys.iter().filter(move |key| key.is_sep() == sep);
        let all = of_kind(true).chain(of_kind(false));
        all.filter(|key| key.uses.published)
    }

    /// The keys that the parent is asked to point to.
    pub(super) fn synced(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(|key| key.uses.synced)
    }
}

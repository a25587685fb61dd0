//! The records by which meshes come to trust each other (ZDNS architecture 16.2).
//!
//! | record | says | read by |
//! |---|---|---|
//! | `_federation.sovereign. TXT "pubkey=ED25519:…"` | which key a mesh signs with, what it asks and what it answers | [`federation_key`] |
//! | `_trust.meshb.sovereign. TXT "key=ED25519:…,since=20260117000000,scope=fed.sovereign."` | whose key it trusts, since when, and for which zones | [`TrustRecord::read`] |
//!
//! A field is a name, `=` and a value; commas part them, in any order. The strings of a record are one text, so that a key
//! may be longer than a string. What the architecture leaves open, here is:
//!
//! - a key is tagged with its algorithm, a mnemonic or number of DNSSEC, a colon, and the key in base64;
//! - `since` is a time in UTC as RRSIG records write it, `YYYYMMDDHHmmSS`, or seconds since 1970;
//! - `scope` is names of zones with blanks between them, each up to the root.
//!
//! Both meshes have such records, and [`agree`] finds what both agree to. They are read strictly: trust is not guessed at.
//!
//! What is not here: how records and keys of the other side come to this one (out of band, or by an introduction), the
//! check that they are signed, and the signatures of queries and responses themselves.

use super::scope::Federation;
use crate::code_points::SecurityAlgorithm;
use crate::name::{Name, NameBuf};
use crate::rr_data::codec::seconds_of;
use crate::text::{Base64Decoder, TextErrorKind, decimal};
use core::fmt;

/// The label below a mesh's name where its key stands.
pub const FEDERATION_LABEL: &[u8] = b"_federation";

/// The label below which stands whom a mesh trusts: `_trust.meshb.sovereign`.
pub const TRUST_LABEL: &[u8] = b"_trust";

/// The longest text of a record that is read, in octets: a key of ML-DSA-87 in base64, and names beside it.
pub const MAX_TEXT_LEN: usize = 4096;

/// How many zones a scope may name.
pub const MAX_SCOPE: usize = 64;

/// What is wrong with a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FederationError {
    /// Its text is longer than the buffer, or than [`MAX_TEXT_LEN`].
    TooLong,
    /// What stands between two commas is no field: it has no `=`. Counted from 1.
    NoField {
        /// Which of them.
        field: u8,
    },
    /// There is no field of this name in such a record. Counted from 1.
    UnknownField {
        /// Which of them.
        field: u8,
    },
    /// The field stands twice.
    Repeated(&'static str),
    /// The field is missing.
    Missing(&'static str),
    /// The algorithm before the colon of a key is none.
    Algorithm,
    /// A key is no base64, or empty.
    Base64,
    /// A key is not as long as those of its algorithm.
    KeyLength {
        /// How many octets such a key has.
        expected: u16,
    },
    /// `since` is no time.
    Time,
    /// `scope` names no zone, too many, or something that is no name. Counted from 1.
    Scope {
        /// Which of the names.
        name: u8,
    },
}

impl fmt::Display for FederationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the text has more than {MAX_TEXT_LEN} octets"),
            Self::NoField { field } => write!(f, "field {field} has no '='"),
            Self::UnknownField { field } => write!(f, "field {field} is none of this record"),
            Self::Repeated(field) => write!(f, "'{field}=' stands twice"),
            Self::Missing(field) => write!(f, "'{field}=' is missing"),
            Self::Algorithm => f.write_str("a key begins with an algorithm and a colon: ED25519:…"),
            Self::Base64 => f.write_str("the key is no base64"),
            Self::KeyLength { expected } => {
                write!(f, "a key of this algorithm has {expected} octets")
            }
            Self::Time => f.write_str("'since=' is no time, as 20260117000000 is"),
            Self::Scope { name } => {
                write!(
                    f,
                    "name {name} of 'scope=' is no zone, as fed.sovereign. is"
                )
            }
        }
    }
}

impl core::error::Error for FederationError {}

/// A mesh's public key. Two are equal if algorithm and octets are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MeshKey<'t> {
    /// The algorithm.
    pub algorithm: SecurityAlgorithm,
    /// Base64 that was found to be complete, without stray bits: so equal keys have equal text.
    base64: &'t [u8],
}

impl<'t> MeshKey<'t> {
    fn read(text: &'t [u8]) -> Result<Self, FederationError> {
        let colon = text.iter().position(|octet| *octet == b':');
        let (algorithm, base64) = colon
            .and_then(|colon| Some((text.get(..colon)?, text.get(colon.saturating_add(1)..)?)))
            .ok_or(FederationError::Algorithm)?;
        let algorithm =
            SecurityAlgorithm::from_mnemonic(algorithm).ok_or(FederationError::Algorithm)?;
        let key = Self { algorithm, base64 };
        let found = key.check().map_err(|_| FederationError::Base64)?;
        let expected = match algorithm {
            SecurityAlgorithm::ED25519 => Some(32),
            SecurityAlgorithm::MLDSA44 => Some(1312),
            _ => None,
        };
        match expected {
            Some(expected) if found != usize::from(expected) => {
                Err(FederationError::KeyLength { expected })
            }
            _ if found == 0 => Err(FederationError::Base64),
            _ => Ok(key),
        }
    }

    /// How many octets there are.
    fn check(&self) -> Result<usize, TextErrorKind> {
        let (mut decoder, mut octets) = (Base64Decoder::default(), 0usize);
        for character in self.base64 {
            let octet = decoder.push(*character)?;
            octets = octets.saturating_add(usize::from(octet.is_some()));
        }
        decoder.finish()?;
        Ok(octets)
    }

    /// Its octets.
    pub fn octets(&self) -> impl Iterator<Item = u8> + use<'t> {
        let mut decoder = Base64Decoder::default();
        let text = self.base64.iter();
        text.filter_map(move |character| decoder.push(*character).ok().flatten())
    }
}

/// Reads the strings of a `_federation` TXT record: the key that a mesh signs with. The buffer has room for
/// [`MAX_TEXT_LEN`] octets, or as many as are to be read.
///
/// # Errors
/// What is wrong with it.
pub fn federation_key<'t, 's>(
    strings: impl IntoIterator<Item = &'s [u8]>,
    buffer: &'t mut [u8],
) -> Result<MeshKey<'t>, FederationError> {
    let [key] = fields(joined(strings, buffer)?, ["pubkey"])?;
    MeshKey::read(key)
}

/// Whom a mesh trusts, since when, and for which zones.
///
/// ```
/// use lib_dns_core::policy::federation::TrustRecord;
/// let text: &[u8] = b"key=ED25519:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,since=20260117000000,scope=fed.sovereign.";
/// let mut buffer = [0; 256];
/// let trust = TrustRecord::read([text], &mut buffer)?;
/// assert_eq!(trust.since, 1_768_608_000);
/// assert_eq!(trust.scope().next().unwrap().as_name().to_string(), "fed.sovereign.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrustRecord<'t> {
    /// Whose key.
    pub key: MeshKey<'t>,
    /// Since when, in seconds since 1970.
    pub since: u32,
    /// Names that were found to be such.
    scope: &'t [u8],
}

impl<'t> TrustRecord<'t> {
    /// Reads the strings of a `_trust` TXT record. The buffer is as for [`federation_key`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read<'s>(
        strings: impl IntoIterator<Item = &'s [u8]>,
        buffer: &'t mut [u8],
    ) -> Result<Self, FederationError> {
        let [key, since, scope] = fields(joined(strings, buffer)?, ["key", "since", "scope"])?;
        let names = scope.split(|octet| *octet == b' ');
        for (place, name) in names.enumerate() {
            if place >= MAX_SCOPE || zone(name).is_none() {
                let name = u8::try_from(place.saturating_add(1)).unwrap_or(u8::MAX);
                return Err(FederationError::Scope { name });
            }
        }
        Ok(Self {
            key: MeshKey::read(key)?,
            since: time(since).ok_or(FederationError::Time)?,
            scope,
        })
    }

    /// The zones that the other mesh may ask for, and all below them.
    pub fn scope(&self) -> impl Iterator<Item = NameBuf> + use<'t> {
        let names = self.scope.split(|octet| *octet == b' ');
        names.filter_map(zone)
    }

    fn covers(&self, name: &Name<'_>) -> bool {
        self.scope()
            .any(|zone| name.is_at_or_below(&zone.as_name()))
    }
}

/// What one mesh has published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Side<'t> {
    /// Its key: `_federation`.
    pub key: MeshKey<'t>,
    /// How it trusts the other: `_trust`.
    pub trust: TrustRecord<'t>,
}

/// The zones that may be asked for across: those in both scopes, as the narrower of both names them.
pub fn shared_zones<'t>(
    ours: &TrustRecord<'t>,
    theirs: &TrustRecord<'t>,
) -> impl Iterator<Item = NameBuf> + use<'t> {
    let (ours, theirs) = (*ours, *theirs);
    let narrower = theirs.scope().filter(move |zone| {
        let is_same = ours.scope().any(|other| other.as_name() == zone.as_name());
        ours.covers(&zone.as_name()) && !is_same
    });
    ours.scope()
        .filter(move |zone| theirs.covers(&zone.as_name()))
        .chain(narrower)
}

/// What two meshes agree to, at a UNIX time in seconds: trust is mutual if each trusts the key that the other signs with, and
/// both do so by now. `mesh` is what the other is called here, `zones` what [`shared_zones`] has found.
///
/// The records must have been verified: ours as any of our zones, theirs with the key that was exchanged.
pub fn agree<'a>(
    mesh: Name<'a>,
    ours: &Side<'_>,
    theirs: &Side<'_>,
    zones: &'a [Name<'a>],
    unix_now: u32,
) -> Federation<'a> {
    let trusts = |one: &Side<'_>, other: &Side<'_>| {
        one.trust.key == other.key && one.trust.since <= unix_now
    };
    Federation {
        mesh,
        is_mutual: trusts(ours, theirs) && trusts(theirs, ours),
        zones,
    }
}

/// Copies the strings one behind the other.
fn joined<'t, 's>(
    strings: impl IntoIterator<Item = &'s [u8]>,
    buffer: &'t mut [u8],
) -> Result<&'t [u8], FederationError> {
    let mut len = 0usize;
    for string in strings {
        let rest = buffer.get_mut(len..).unwrap_or_default();
        len = len.saturating_add(string.len());
        let room = rest.get_mut(..string.len());
        room.filter(|_| len <= MAX_TEXT_LEN)
            .ok_or(FederationError::TooLong)?
            .copy_from_slice(string);
    }
    buffer.get(..len).ok_or(FederationError::TooLong)
}

/// The values of all the fields that a record has, each of which must stand once.
fn fields<'t, const N: usize>(
    text: &'t [u8],
    names: [&'static str; N],
) -> Result<[&'t [u8]; N], FederationError> {
    let mut values: [Option<&'t [u8]>; N] = [None; N];
    for (place, part) in text.split(|octet| *octet == b',').enumerate() {
        let field = u8::try_from(place.saturating_add(1)).unwrap_or(u8::MAX);
        let equals = part.iter().position(|octet| *octet == b'=');
        let (name, value) = equals
            .and_then(|equals| Some((part.get(..equals)?, part.get(equals.saturating_add(1)..)?)))
            .ok_or(FederationError::NoField { field })?;
        let mut known = values.iter_mut().zip(names);
        let (slot, name) = known
            .find(|(_, known)| known.as_bytes().eq_ignore_ascii_case(name))
            .ok_or(FederationError::UnknownField { field })?;
        if slot.replace(value).is_some() {
            return Err(FederationError::Repeated(name));
        }
    }
    for (value, name) in values.iter().zip(names) {
        if value.is_none() {
            return Err(FederationError::Missing(name));
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

fn zone(text: &[u8]) -> Option<NameBuf> {
    let text = core::str::from_utf8(text).ok()?;
    // Up to the root, and not the root itself: that is no zone of a mesh.
    let name = text
        .ends_with('.')
        .then(|| NameBuf::from_text(text).ok())??;
    (!name.as_name().is_root()).then_some(name)
}

fn time(text: &[u8]) -> Option<u32> {
    match text.len() {
        // What comes later does not fit into 32 bits.
        14 => seconds_of(text).filter(|_| text < b"21060101000000"),
        _ => decimal(text).and_then(|seconds| u32::try_from(seconds).ok()),
    }
}

#[cfg(test)]
mod tests;

//! `[[key]]`: the secrets that requests and transfers are signed with.

use super::reading::{Check, Layers, Reading, Setting, Value, section, suggestion};
use crate::keyring::TsigSecret;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::{Base64, Base64Decoder};
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

/// Octets of the longest file of keys.
const MAX_FILE_LEN: u64 = 1 << 20;

/// The octets of a key. They are overwritten when they are no longer needed, and never shown.
#[derive(Clone, PartialEq, Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Keeps octets.
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads base64; blanks between its groups mean nothing.
    ///
    /// # Errors
    /// What is wrong with it, without showing it.
    pub fn from_base64(text: &str) -> Result<Self, String> {
        let mut octets = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
        let mut decoder = Base64Decoder::default();
        for octet in text.bytes().filter(|octet| !octet.is_ascii_whitespace()) {
            octets.extend(decoder.push(octet).map_err(|kind| kind.to_string())?);
        }
        decoder.finish().map_err(|kind| kind.to_string())?;
        if octets.is_empty() {
            return Err("there is nothing".to_owned());
        }
        Ok(Self(octets))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} octets)", self.0.len())
    }
}

impl Setting for Secret {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = super::values::text(value, reading)?;
        match Self::from_base64(text) {
            Ok(secret) => Some(secret),
            Err(what) => {
                let what = format_args!("the secret is no base64: {what}");
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(Base64(&self.0).to_string().into())
    }
}

/// A mnemonic, as other programs have it too.
impl Setting for MacAlgorithm {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = super::values::text(value, reading)?;
        // GSS-TSIG has no secrets to share.
        let read = Self::from_mnemonic(text.as_bytes()).filter(|read| read.mac_len() > 0);
        if read.is_none() {
            let usable = Self::ALL.iter().filter(|one| one.mac_len() > 0);
            let suggestion = suggestion(text, usable.map(|one| one.mnemonic()));
            let what = format_args!("no algorithm is named '{text}'{suggestion}");
            reading.fault(&value.span(), what);
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.mnemonic().into())
    }
}

section! {
    /// A key for signing requests, answers and transfers (TSIG, RFC 8945).
    pub struct Key {
        /// The name, which both sides know it by. A file with one key tells it.
        "name" => name: NameBuf = NameBuf::ROOT,
        /// How it signs.
        "algorithm" => algorithm: MacAlgorithm = MacAlgorithm::HmacSha256,
        /// What only both sides know, in base64.
        "secret" => secret: Secret = Secret::default(),
        /// The file that tells all of it, as tsig-keygen and keymgr write it, instead.
        "file" => file: Option<PathBuf> = None,
    }
}

impl Check for Key {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        let has = |key| layers.get(key).is_some();
        match (has("file"), has("secret")) {
            (false, false) => {
                let what = "the key has no secret; add secret = \"…\" or file = \"…\"";
                reading.fault(&layers.place, what);
            }
            (true, _) => {
                for key in ["secret", "algorithm"].into_iter().filter(|key| has(key)) {
                    let what =
                        format_args!("the file of the key tells its {key}; leave it out here");
                    reading.fault(&layers.place_of(key), what);
                }
            }
            (false, true) if !has("name") => reading.fault(&layers.place, "the key has no name"),
            (false, true) => {}
        }
    }
}

impl Key {
    /// Reads what the file of a key tells, if it has one.
    pub(super) fn read_file(&mut self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        let Some(file) = self.file.clone() else {
            return;
        };
        let place = layers.place_of("file");
        let found = match read_file(&file, reading) {
            Ok(found) => found,
            Err(what) => return reading.fault(&place, what),
        };
        let is_named = layers.get("name").is_some();
        let mut fitting = found
            .into_iter()
            .filter(|key| !is_named || key.name() == self.name.as_name());
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => {
                *self = Self {
                    file: Some(file),
                    ..Self::from(&key)
                };
            }
            (None, _) => {
                let what = format!("{} has no key named {}", file.display(), self.name);
                reading.fault(&place, what);
            }
            (Some(_), Some(_)) => {
                let what = format!(
                    "{} has several keys; say which by name = \"…\"",
                    file.display()
                );
                reading.fault(&place, what);
            }
        }
    }

    /// The keys of a folder: those of its files that end in `.tsig`.
    pub(super) fn read_folder(
        folder: &Path,
        place: &std::ops::Range<usize>,
        reading: &mut Reading<'_>,
    ) -> Vec<Self> {
        let files = match reading.access.list(folder) {
            Ok(files) => files,
            Err(error) => {
                let what = format!("cannot read {}: {error}", folder.display());
                reading.fault(place, what);
                return Vec::new();
            }
        };
        let is_of_keys = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "tsig");
        let mut keys = Vec::new();
        for file in files.into_iter().filter(is_of_keys) {
            match read_file(&file, reading) {
                Ok(found) => keys.extend(found.iter().map(|key| Self {
                    file: Some(file.clone()),
                    ..Self::from(key)
                })),
                Err(what) => reading.fault(place, what),
            }
        }
        keys
    }
}

impl From<&TsigSecret> for Key {
    fn from(key: &TsigSecret) -> Self {
        Self {
            name: key.name().into(),
            algorithm: key.algorithm(),
            secret: Secret::new(key.secret().to_vec()),
            file: None,
        }
    }
}

fn read_file(file: &Path, reading: &Reading<'_>) -> Result<Vec<TsigSecret>, String> {
    let failed = |error: &dyn fmt::Display| format!("{}: {error}", file.display());
    let octets = reading.access.read(file, MAX_FILE_LEN);
    let octets = Zeroizing::new(octets.map_err(|error| failed(&error))?);
    let text = std::str::from_utf8(&octets).map_err(|error| failed(&error))?;
    TsigSecret::read_all(text).map_err(|error| failed(&error))
}

/// Overwrites every secret that stands in a TOML value.
pub(super) fn erase_secrets(table: &mut toml::Table) {
    let keys = table.get_mut("key").and_then(toml::Value::as_array_mut);
    for key in keys.into_iter().flatten() {
        if let Some(toml::Value::String(secret)) = key.get_mut("secret") {
            secret.zeroize();
        }
    }
}

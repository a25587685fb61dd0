//! `[[key]]`: the secrets that requests and transfers are signed with.

use super::reading::{Check, Layers, Reading, Setting, Value, section, suggestion};
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::name::NameBuf;
use lib_dns_core::text::{Base64, Base64Decoder};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

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
        /// The name, which both sides know it by.
        "name" => name: NameBuf = NameBuf::ROOT,
        /// How it signs.
        "algorithm" => algorithm: MacAlgorithm = MacAlgorithm::HmacSha256,
        /// What only both sides know, in base64.
        "secret" => secret: Secret = Secret::default(),
    }
}

impl Check for Key {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        for key in ["name", "secret"] {
            if layers.get(key).is_none() {
                let what = format_args!("the key has no {key}");
                reading.fault(&layers.place, what);
            }
        }
    }
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

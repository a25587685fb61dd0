//! The keys that requests are signed with, ready for use.

use crate::config;
use crate::mac::{RunningMac, RustCryptoMac};
use crate::transfer::Key;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{TsigKey, TsigKeys};
use lib_dns_core::name::{Name, NameBuf};
use std::collections::HashMap;
use std::sync::Arc;

/// The TSIG keys of a server.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<NameBuf, Arc<Key>>);

impl Keys {
    /// Works out the schedules of all keys.
    ///
    /// # Errors
    /// The first key that cannot be used, and why.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k config::Key>) -> Result<Self, String> {
        let keys = keys.map(|key| {
            let name = key.name.as_name();
            // Whoever configures HMAC-MD5 has clients that know nothing else.
            let made =
                TsigKey::allowing_md5(RustCryptoMac, &name, key.algorithm, key.secret.as_bytes());
            let made =
                made.map_err(|error| format!("the key {} cannot be used: {error}", key.name))?;
            Ok((key.name, Arc::new(made)))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// The key of a name; the configuration was checked to have those that it names.
    pub(super) fn get(&self, name: &NameBuf) -> Option<Arc<Key>> {
        self.0.get(name).cloned()
    }
}

impl TsigKeys for &Keys {
    type Key = Arc<Key>;
    type Context = RunningMac;

    fn find(&self, name: &Name<'_>, algorithm: MacAlgorithm) -> Option<Arc<Key>> {
        let key = self.0.get(&NameBuf::from(*name))?;
        (key.algorithm() == algorithm).then(|| Arc::clone(key))
    }
}

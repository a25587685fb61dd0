//! The keys that requests are signed with, ready for use.

use crate::config;
use crate::mac::{RunningMac, RustCryptoMac};
use crate::transfer::Key;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{KeyError, TsigKey, TsigKeys};
use lib_dns_core::name::{Name, NameBuf};
use std::collections::HashMap;
use std::sync::Arc;

/// The TSIG keys of a server.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<NameBuf, Names>);

/// What requests may mean by the name of a key.
#[derive(Debug)]
struct Names {
    key: Arc<Key>,
    /// The same where its algorithm is one that cuts MACs, as BIND's clients mean it: they cut those of the other
    /// algorithm.
    bind: Option<Arc<Key>>,
}

impl Keys {
    /// Works out the schedules of all keys.
    ///
    /// # Errors
    /// The first key that cannot be used, and why.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k config::Key>) -> Result<Self, String> {
        let keys = keys.map(|key| {
            let wrong = |error| format!("the key {} cannot be used: {error}", key.name);
            let named = Names::new(key).map_err(wrong)?;
            Ok((key.name, named))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// The key of a name; the configuration was checked to have those that it names.
    pub(super) fn get(&self, name: &NameBuf) -> Option<Arc<Key>> {
        self.0.get(name).map(|named| Arc::clone(&named.key))
    }
}

impl Names {
    fn new(key: &config::Key) -> Result<Self, KeyError> {
        let name = key.name.as_name();
        // Whoever configures HMAC-MD5 has clients that know nothing else.
        let make = |algorithm| {
            TsigKey::allowing_md5(RustCryptoMac, &name, algorithm, key.secret.as_bytes())
        };
        let bind = key.algorithm.uncut().map(|algorithm| {
            let uncut = make(algorithm)?;
            uncut.with_mac_len(key.algorithm.mac_len()).map(Arc::new)
        });
        Ok(Self {
            key: Arc::new(make(key.algorithm)?),
            bind: bind.transpose()?,
        })
    }
}

impl TsigKeys for &Keys {
    type Key = Arc<Key>;
    type Context = RunningMac;

    fn find(&self, name: &Name<'_>, algorithm: MacAlgorithm) -> Option<Arc<Key>> {
        let named = self.0.get(&NameBuf::from(*name))?;
        let mut both = [&named.key].into_iter().chain(&named.bind);
        both.find(|key| key.algorithm() == algorithm).cloned()
    }
}

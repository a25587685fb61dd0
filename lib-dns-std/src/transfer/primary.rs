//! A server that a zone is fetched from.

use super::Tls;
use crate::mac::RunningMac;
use lib_dns_core::messages::tsig::TsigKey;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A shared key, with what is computed from its secret.
pub type Key = TsigKey<RunningMac>;

/// A server that a zone is fetched from, and how it is reached.
#[derive(Clone, Debug)]
pub struct Primary {
    /// Where it is.
    pub address: SocketAddr,
    /// The address of this machine to ask from; any, if it is missing.
    pub source: Option<IpAddr>,
    /// The key to sign with. Answers must be signed with it then.
    pub key: Option<Arc<Key>>,
    /// Speak TLS (RFC 9103). Nothing is asked in clear then.
    pub tls: Option<Tls>,
}

impl Primary {
    /// Reached over UDP and TCP, without signatures.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            address,
            source: None,
            key: None,
            tls: None,
        }
    }

    /// The same with a key.
    #[must_use]
    pub fn with_key(self, key: Arc<Key>) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// The same over TLS.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }
}

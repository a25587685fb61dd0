//! Keys: DNSSEC key pairs and TSIG secrets, in memory and in files.
//!
//! | type | for |
//! |---|---|
//! | [`ZoneKey`] | a DNSSEC key pair of a zone; signs, as the core's `Signer` |
//! | [`SystemVerifier`] | checks signatures of every algorithm, as the core's `SignatureVerifier` |
//! | [`TsigSecret`] | a secret that two parties share for TSIG |
//! | [`KeyTiming`] | when a key is to be published, to sign, to go |
//! | [`Keyring`] | a folder of keys |
//! | [`KeyPolicy`] | which keys a zone is to have, and how long |
//!
//! The formats are those of other programs, both ways: BIND's `K*.key` and `K*.private`, the `key` clauses
//! of named.conf that tsig-keygen prints, the `key:` section of knot.conf that keymgr prints,
//! `algorithm:name:secret` as dig takes it, and PKCS#8 in PEM.
//!
//! Secrets are wiped when they are dropped, and neither `Debug` nor any error shows them.

mod bind_files;
mod der;
mod error;
mod folder;
mod key_pair;
mod pem;
mod policy;
mod rollover;
mod secret_text;
#[cfg(test)]
mod tests;
mod timing;
mod tsig_clauses;
mod tsig_secret;
mod tsig_yaml;
mod verifier;
mod zone_key;

pub use error::{KeyError, KeyProblem};
pub(crate) use folder::read_keys;
pub use folder::{Key, Keyring, KeyringWarning};
pub use lib_dns_core::dnssec::{KeyEvent, KeyRole, KeyTiming, KeyUses};
pub use policy::{DsAwaited, KeyPolicy, PolicyFollowed, PolicyStep};
pub(crate) use timing::{time_from_text, time_to_text};
pub use tsig_secret::TsigSecret;
pub use verifier::SystemVerifier;
pub use zone_key::ZoneKey;

/// Octets of the longest key file that is read: the longest key we know has 7 kB of text.
const MAX_FILE_LEN: u64 = 256 * 1024;

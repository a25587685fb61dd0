//! The key that requests are signed with: a shared secret (TSIG) or a private key (SIG(0)).

use crate::keyring::{TsigSecret, ZoneKey};
use crate::mac::{RunningMac, RustCryptoMac};
use lib_dns_core::messages::Message;
use lib_dns_core::messages::sig0::{self, Sig0Terms};
use lib_dns_core::messages::tsig::{
    DEFAULT_FUDGE, ResponseVerifier, Stamp, StreamVerifier, TsigError, TsigKey, sign_request,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The largest key file that is read.
const MAX_FILE_LEN: u64 = 64 * 1024;

/// A key for requests.
#[derive(Clone, Debug)]
pub(in crate::program) enum RequestKey {
    /// A shared secret.
    Tsig(Arc<TsigKey<RunningMac>>),
    /// A private key, whose public one stands in a KEY record.
    Sig0(Arc<ZoneKey>),
}

/// Two are the same if they are copies of one.
impl PartialEq for RequestKey {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tsig(a), Self::Tsig(b)) => Arc::ptr_eq(a, b),
            (Self::Sig0(a), Self::Sig0(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for RequestKey {}

/// Verifies what comes back for a request.
#[derive(Debug)]
pub(in crate::program) enum RequestVerifier {
    Tsig(ResponseVerifier<Arc<TsigKey<RunningMac>>>),
    /// Servers do not sign responses to SIG(0): that they come from the server, only the connection can say.
    Sig0,
}

impl RequestVerifier {
    /// Verifies the only response.
    pub(in crate::program) fn verify(&self, response: &Message<'_>) -> Result<(), TsigError> {
        match self {
            Self::Tsig(verifier) => verifier.verify(response, now()),
            Self::Sig0 => Ok(()),
        }
    }

    /// Verifies a response of several messages; `None` if nothing can be verified.
    pub(in crate::program) fn into_stream(
        self,
    ) -> Option<StreamVerifier<Arc<TsigKey<RunningMac>>, RunningMac>> {
        match self {
            Self::Tsig(verifier) => Some(verifier.into_stream()),
            Self::Sig0 => None,
        }
    }
}

/// Seconds since 1970.
pub(in crate::program) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

impl RequestKey {
    /// Reads `[algorithm:]name:secret`, as it stands behind `-y`.
    ///
    /// # Errors
    /// What is wrong with it, for people; the secret is not shown.
    pub(in crate::program) fn from_text(text: &str) -> Result<Self, String> {
        let secret = TsigSecret::from_text(text).map_err(|error| format!("-y: {error}"))?;
        Self::tsig(&secret).map_err(|reason| format!("-y: {reason}"))
    }

    /// Reads the file behind `-k`: one with a `key` clause, as tsig-keygen makes them, or `K….key` or
    /// `K….private` of a key pair, of which both must be there.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(in crate::program) fn from_file(file: &Path) -> Result<Self, String> {
        let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
        let name = file.file_name().map(|name| name.to_string_lossy());
        let is_pair = name.is_some_and(|name| name.starts_with('K'))
            && file
                .extension()
                .is_some_and(|ending| ending == "key" || ending == "private");
        if is_pair {
            let public = read(&file.with_extension("key"))?;
            let private = read(&file.with_extension("private"))?;
            let key = ZoneKey::from_bind(&public, Some(&private)).map_err(|error| wrong(&error))?;
            return Ok(Self::Sig0(Arc::new(key)));
        }
        let text = read(file)?;
        let secrets = TsigSecret::read_all(&text).map_err(|error| wrong(&error))?;
        match &secrets[..] {
            [secret] => Self::tsig(secret).map_err(|reason| wrong(&reason)),
            _ => Err(wrong(&"there are several keys; leave one")),
        }
    }

    fn tsig(secret: &TsigSecret) -> Result<Self, String> {
        // The command lines and files are those of dig and nsupdate.
        let bind = secret.as_bind_means_it();
        let secret = bind.as_ref().unwrap_or(secret);
        let (name, algorithm) = (secret.name(), secret.algorithm());
        let key = TsigKey::new(RustCryptoMac, &name, algorithm, secret.secret());
        let key = key.and_then(|key| key.with_mac_len(secret.min_mac_len()));
        let key = key.map_err(|error| error.to_string())?;
        Ok(Self::Tsig(Arc::new(key)))
    }

    /// Octets that signing adds at most.
    pub(in crate::program) fn record_len(&self) -> usize {
        match self {
            Self::Tsig(key) => key.record_len(),
            Self::Sig0(key) => sig0::record_len(&**key, &key.owner()),
        }
    }

    /// Signs a request.
    ///
    /// # Errors
    /// Why not, for people.
    pub(in crate::program) fn sign(
        &self,
        message: &mut Vec<u8>,
    ) -> Result<RequestVerifier, String> {
        let len = message.len();
        message.resize(len + self.record_len(), 0);
        let (signed, verifier) = match self {
            Self::Tsig(key) => {
                let signed = sign_request(key.clone(), message, len, &Stamp::at(now()));
                let (signed, verifier) = signed.map_err(|error| error.to_string())?;
                (signed, RequestVerifier::Tsig(verifier))
            }
            Self::Sig0(key) => {
                let owner = key.owner();
                let terms = Sig0Terms::around(owner, now(), DEFAULT_FUDGE);
                let signed = sig0::sign(&**key, key.tag(), &terms, None, message, len);
                (
                    signed.map_err(|error| error.to_string())?,
                    RequestVerifier::Sig0,
                )
            }
        };
        message.truncate(signed);
        Ok(verifier)
    }
}

fn read(file: &Path) -> Result<zeroize::Zeroizing<String>, String> {
    let wrong = |what: String| format!("{}: {what}", file.display());
    let length = fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
    if length.len() > MAX_FILE_LEN {
        return Err(wrong("too long for a key".to_owned()));
    }
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Ok(zeroize::Zeroizing::new(text))
}

//! The side that asks.

use super::digest::{self, Variables};
use super::record::{Found, Stamp};
use super::{Refused, StreamVerifier, TsigError, TsigFault, TsigKey};
use crate::code_points::Rcode;
use crate::crypto::{MacAlgorithm, MacContext, MacTag};
use crate::messages::Message;
use crate::wire::WriteError;
use core::fmt;
use core::ops::Deref;

/// Signs a request (RFC 8945 5.1): `buffer` holds it in its first `len` octets, finished but for the
/// signature. Says how long it is then, and gives what verifies the response.
///
/// # Errors
/// If there is no room for the record, of [`TsigKey::record_len`] octets, or the key is one for HMAC-MD5.
/// The message is as it was then.
#[inline]
pub fn sign_request<K, C>(
    key: K,
    buffer: &mut [u8],
    len: usize,
    stamp: &Stamp,
) -> Result<(usize, ResponseVerifier<K>), SignRequestError>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    if key.algorithm() == MacAlgorithm::HmacMd5 {
        return Err(SignRequestError::Md5);
    }
    let fine = (Rcode::NOERROR, &[][..]);
    let context = digest::fresh(&*key);
    let (len, request_mac) = digest::sign(&key, context, buffer, len, stamp, Variables::All, fine)?;
    Ok((len, ResponseVerifier { key, request_mac }))
}

/// Why a request was not signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SignRequestError {
    /// The record could not be written.
    Write(WriteError),
    /// HMAC-MD5 must not be used (RFC 8945 6): nobody starts with it here.
    Md5,
}

impl fmt::Display for SignRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => write!(f, "cannot sign: {error}"),
            Self::Md5 => f.write_str(
                "hmac-md5 must not be used any more (RFC 8945 6): make a key for hmac-sha256",
            ),
        }
    }
}

impl core::error::Error for SignRequestError {}

impl From<WriteError> for SignRequestError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// Verifies the response to a request that was signed.
#[derive(Clone, Debug)]
pub struct ResponseVerifier<K> {
    key: K,
    request_mac: MacTag,
}

impl<K, C> ResponseVerifier<K>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    /// Verifies the only response (RFC 8945 5.4). `now` is in seconds since 1970. Its rcode is of no concern
    /// here; but one that the server gives with a TSIG error is an error.
    ///
    /// # Errors
    /// If the response is not signed, not well signed, or tells that our signature was refused. But for a
    /// [`Refused`] that is authentic, the right response may still come: keep waiting (RFC 8945 5.4).
    pub fn verify(&self, response: &Message<'_>, now: u64) -> Result<(), TsigError> {
        let context = digest::after(&self.key, self.request_mac.as_bytes());
        match verify(&self.key, context, response, Variables::All, now)? {
            Some(_) => Ok(()),
            None => Err(TsigError::Unsigned),
        }
    }

    /// Verifies a response of several messages, as those to AXFR and IXFR.
    pub fn into_stream(self) -> StreamVerifier<K, C> {
        let context = digest::after(&self.key, self.request_mac.as_bytes());
        StreamVerifier::new(self.key, context)
    }
}

/// Verifies one message of a response, if it is signed; gives the MAC then.
pub(super) fn verify<C: MacContext>(
    key: &TsigKey<C>,
    context: C,
    response: &Message<'_>,
    which: Variables,
    now: u64,
) -> Result<Option<MacTag>, TsigError> {
    let Some(found) = Found::of(response)? else {
        return Ok(None);
    };
    let signed = &found.data;
    let refused = |authentic| {
        TsigError::Refused(Refused {
            rcode: response.rcode(),
            error: signed.error,
            server_time: server_time(signed.error, signed.other),
            authentic,
        })
    };
    if signed.mac.is_empty() && signed.error != Rcode::NOERROR {
        return Err(refused(false));
    }
    let algorithm = signed.algorithm.as_flat();
    let algorithm = algorithm.and_then(MacAlgorithm::from_wire_name);
    if algorithm != Some(key.algorithm()) || found.owner != key.name() {
        return Err(TsigFault::UnknownKey.into());
    }
    digest::check(key, context, response.as_bytes(), &found, which, now)?;
    if signed.error != Rcode::NOERROR {
        return Err(refused(true));
    }
    Ok(Some(MacTag::new(signed.mac)))
}

/// The time that stands in the record's other data after BADTIME (RFC 8945 5.2.3).
fn server_time(error: Rcode, other: &[u8]) -> Option<u64> {
    let [a, b, c, d, e, f] = *other.first_chunk::<6>()?;
    let time = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    (error == Rcode::BADTIME && other.len() == 6).then_some(time)
}

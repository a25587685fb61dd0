//! Responses of several messages (RFC 8945 5.3.1).

use super::client::verify;
use super::digest::{self, Variables};
use super::record::Stamp;
use super::{TsigError, TsigKey};
use crate::code_points::Rcode;
use crate::crypto::MacContext;
use crate::messages::Message;
use crate::wire::WriteError;
use core::fmt;
use core::ops::Deref;

/// The most messages in a row that may be without a signature, between two that have one.
pub const MAX_UNSIGNED: u8 = 99;

/// Signs the messages of a stream, one after the other.
///
/// [`StreamSigner::sign`] each of them. Where that costs too much, sign the first, the last and at least each
/// hundredth, and show it the others with [`StreamSigner::leave_unsigned`].
#[derive(Clone)]
pub struct StreamSigner<K, C> {
    key: K,
    /// Has taken the MAC before, and the messages since then.
    context: C,
    variables: Variables,
    unsigned: u8,
}

impl<K, C> StreamSigner<K, C>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    pub(super) fn new(key: K, context: C) -> Self {
        Self {
            key,
            context,
            variables: Variables::All,
            unsigned: 0,
        }
    }

    /// The key that signed the request.
    pub fn key(&self) -> &TsigKey<C> {
        &self.key
    }

    /// Octets that [`StreamSigner::sign`] adds: keep them free.
    pub fn record_len(&self) -> usize {
        self.key.record_len()
    }

    /// Signs the next message: `buffer` holds it in its first `len` octets, finished but for the signature.
    /// Says how long it is then.
    ///
    /// # Errors
    /// [`WriteError::NoRoom`] if there is none for the record; the message is as it was then.
    pub fn sign(
        &mut self,
        buffer: &mut [u8],
        len: usize,
        stamp: &Stamp,
    ) -> Result<usize, WriteError> {
        let fine = (Rcode::NOERROR, &[][..]);
        let context = self.context.clone();
        let which = self.variables;
        let (len, mac) = digest::sign(&self.key, context, buffer, len, stamp, which, fine)?;
        self.context = digest::after(&self.key, mac.as_bytes());
        self.variables = Variables::Timers;
        self.unsigned = 0;
        Ok(len)
    }

    /// Takes note of the next message, which is sent as it is. The last message of all must be signed.
    ///
    /// # Errors
    /// If it is the first, or [`MAX_UNSIGNED`] messages before it were left unsigned: this one must not be.
    pub fn leave_unsigned(&mut self, message: &[u8]) -> Result<(), MustBeSigned> {
        if self.variables == Variables::All || self.unsigned >= MAX_UNSIGNED {
            return Err(MustBeSigned);
        }
        self.unsigned = self.unsigned.saturating_add(1);
        self.context.update(message);
        Ok(())
    }
}

impl<K: fmt::Debug, C> fmt::Debug for StreamSigner<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamSigner({:?})", self.key)
    }
}

/// This message of a stream must be signed: it is the first, or so many before it are not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MustBeSigned;

impl fmt::Display for MustBeSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this message of the stream must be signed (RFC 8945 5.3.1)")
    }
}

impl core::error::Error for MustBeSigned {}

/// Is a message of a stream proved?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// It is, and with it all before it.
    Signed,
    /// Not yet: a later signature will cover it.
    Pending,
}

/// Verifies the messages of a stream, one after the other.
///
/// Nothing of the stream is proved for good before [`StreamVerifier::finish`] said so. The first error is
/// the end: from then on each message gets it.
#[derive(Clone)]
pub struct StreamVerifier<K, C> {
    key: K,
    /// Has taken the MAC before, and the messages since then.
    context: C,
    variables: Variables,
    unsigned: u8,
    failed: Option<TsigError>,
}

impl<K, C> StreamVerifier<K, C>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    pub(super) fn new(key: K, context: C) -> Self {
        Self {
            key,
            context,
            variables: Variables::All,
            unsigned: 0,
            failed: None,
        }
    }

    /// Verifies the next message. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// As [`ResponseVerifier::verify`](super::ResponseVerifier::verify); if the first message is not signed;
    /// and if more than [`MAX_UNSIGNED`] in a row are not.
    pub fn verify(&mut self, message: &Message<'_>, now: u64) -> Result<Proof, TsigError> {
        let proof = match self.failed {
            Some(error) => Err(error),
            None => self.next(message, now),
        };
        self.failed = proof.err();
        proof
    }

    fn next(&mut self, message: &Message<'_>, now: u64) -> Result<Proof, TsigError> {
        let context = self.context.clone();
        if let Some(mac) = verify(&self.key, context, message, self.variables, now)? {
            self.context = digest::after(&self.key, mac.as_bytes());
            self.variables = Variables::Timers;
            self.unsigned = 0;
            return Ok(Proof::Signed);
        }
        if self.variables == Variables::All {
            return Err(TsigError::Unsigned);
        }
        if self.unsigned >= MAX_UNSIGNED {
            return Err(TsigError::LongGap);
        }
        self.unsigned = self.unsigned.saturating_add(1);
        self.context.update(message.as_bytes());
        Ok(Proof::Pending)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// If a message failed, there was none, or the last was not signed: then nothing of the stream may be
    /// used.
    pub fn finish(self) -> Result<(), TsigError> {
        match self.failed {
            Some(error) => Err(error),
            None if self.variables == Variables::All => Err(TsigError::Unsigned),
            None if self.unsigned > 0 => Err(TsigError::UnsignedEnd),
            None => Ok(()),
        }
    }
}

impl<K: fmt::Debug, C> fmt::Debug for StreamVerifier<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamVerifier({:?})", self.key)
    }
}

//! Signing what is sent.

use crate::clock::unix_time;
use lib_dns_core::crypto::MacContext;
use lib_dns_core::messages::tsig::{Stamp, StreamSigner, TsigKey};
use lib_dns_core::wire::WriteError;
use std::ops::Deref;

/// Signs the messages of an answer, one after the other.
pub trait Sign: Send {
    /// Octets that each message must leave free.
    fn room(&self) -> usize;

    /// Signs the message of `len` octets at the front of `buffer`; says how long it is then.
    ///
    /// # Errors
    /// If there is no room.
    fn sign(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, WriteError>;
}

/// No signature: the request had none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsigned;

impl Sign for Unsigned {
    fn room(&self) -> usize {
        0
    }

    fn sign(&mut self, _buffer: &mut [u8], len: usize) -> Result<usize, WriteError> {
        Ok(len)
    }
}

/// With the key of the request, and the time of day.
impl<K, C> Sign for StreamSigner<K, C>
where
    K: Deref<Target = TsigKey<C>> + Send,
    C: MacContext + Send,
{
    fn room(&self) -> usize {
        self.record_len()
    }

    fn sign(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, WriteError> {
        StreamSigner::sign(self, buffer, len, &Stamp::at(unix_time()))
    }
}

impl<S: Sign> Sign for Option<S> {
    fn room(&self) -> usize {
        self.as_ref().map_or(0, S::room)
    }

    fn sign(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, WriteError> {
        match self {
            Some(sign) => sign.sign(buffer, len),
            None => Ok(len),
        }
    }
}

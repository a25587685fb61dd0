//! The side that is asked.

use super::digest::{self, Variables};
use super::record::{Found, Stamp, append};
use super::{StreamSigner, TsigFault, TsigKey, TsigKeys};
use crate::code_points::Rcode;
use crate::crypto::{MacAlgorithm, MacContext, MacTag};
use crate::messages::{EdnsHeader, Flags, Message, MessageBuilder};
use crate::rr_data::Tsig;
use crate::wire::WriteError;
use core::ops::Deref;

/// What [`verify_request`] gives: no TSIG record, what signs the response, or what refuses the request.
pub type Verification<'m, K> = Result<Option<ResponseSigner<K>>, Refusal<'m, K>>;

/// Verifies the signature of a request (RFC 8945 5.2). `now` is in seconds since 1970.
///
/// `Ok(None)` is a request without one: what it may do, the caller's policy says. `Ok(Some(_))` is one that
/// the owner of the key has sent; what it gives signs the response, and must.
///
/// # Errors
/// A [`Refusal`], which writes the response.
#[inline]
pub fn verify_request<'m, S: TsigKeys>(
    request: &Message<'m>,
    keys: S,
    now: u64,
) -> Verification<'m, S::Key> {
    let found = match Found::of(request) {
        Ok(None) => return Ok(None),
        Ok(Some(found)) => found,
        Err(fault) => return Err(Refusal::of(fault, None, None)),
    };
    let algorithm = found.data.algorithm.as_flat();
    let algorithm = algorithm.and_then(MacAlgorithm::from_wire_name);
    let key = algorithm.and_then(|algorithm| keys.find(&found.owner, algorithm));
    let Some(key) = key else {
        return Err(Refusal::of(TsigFault::UnknownKey, Some(found), None));
    };
    let context = digest::fresh(&*key);
    let octets = request.as_bytes();
    match digest::check(&key, context, octets, &found, Variables::All, now) {
        Ok(()) => Ok(Some(ResponseSigner {
            key,
            request_mac: MacTag::new(found.data.mac),
        })),
        Err(fault) => Err(Refusal::of(fault, Some(found), Some(key))),
    }
}

/// Signs the response to a request that was verified.
#[derive(Clone, Debug)]
pub struct ResponseSigner<K> {
    key: K,
    request_mac: MacTag,
}

impl<K, C> ResponseSigner<K>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    /// The key that signed the request.
    #[inline]
    pub fn key(&self) -> &TsigKey<C> {
        &self.key
    }

    /// Octets that [`ResponseSigner::sign`] adds: keep them free.
    #[inline]
    pub fn record_len(&self) -> usize {
        self.key.record_len()
    }

    /// Signs the only response: `buffer` holds it in its first `len` octets, finished but for the
    /// signature. Says how long it is then.
    ///
    /// # Errors
    /// [`WriteError::NoRoom`] if there is none for the record; the message is as it was then.
    #[inline]
    pub fn sign(&self, buffer: &mut [u8], len: usize, stamp: &Stamp) -> Result<usize, WriteError> {
        let context = digest::after(&self.key, self.request_mac.as_bytes());
        let fine = (Rcode::NOERROR, &[][..]);
        let all = Variables::All;
        digest::sign(&self.key, context, buffer, len, stamp, all, fine).map(|(len, _)| len)
    }

    /// Signs a response of several messages, as those to AXFR and IXFR.
    pub fn into_stream(self) -> StreamSigner<K, C> {
        let context = digest::after(&self.key, self.request_mac.as_bytes());
        StreamSigner::new(self.key, context)
    }
}

/// A request whose signature is refused, and the response to that (RFC 8945 5.2, 5.3.2).
#[derive(Clone, Debug)]
pub struct Refusal<'m, K> {
    fault: TsigFault,
    /// The record in the request, if it could be read.
    found: Option<Found<'m>>,
    /// The key, if there is one.
    key: Option<K>,
}

impl<'m, K> Refusal<'m, K> {
    fn of(fault: TsigFault, found: Option<Found<'m>>, key: Option<K>) -> Self {
        Self { fault, found, key }
    }

    /// What is wrong, for the log and the counters.
    pub fn fault(&self) -> TsigFault {
        self.fault
    }

    /// The rcode that the response must have: FORMERR or NOTAUTH.
    pub fn rcode(&self) -> Rcode {
        self.fault.rcode()
    }

    /// The name that the request gives for the key, for the log; `None` if the record cannot be read.
    pub fn key_name(&self) -> Option<crate::name::Name<'m>> {
        self.found.as_ref().map(|found| found.owner)
    }
}

impl<K, C> Refusal<'_, K>
where
    K: Deref<Target = TsigKey<C>>,
    C: MacContext,
{
    /// Writes the whole response: the request's id, opcode and questions, the rcode, an OPT record if the
    /// request has one, and the TSIG record. Says how long it is.
    ///
    /// # Errors
    /// [`WriteError::NoRoom`] if `out` is too small: 1,232 octets are enough for one question.
    pub fn respond(
        &self,
        request: &Message<'_>,
        now: u64,
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        let asked = request.flags();
        let flags = Flags::default()
            .with_response(true)
            .with_opcode(asked.opcode())
            .with_recursion_desired(asked.recursion_desired())
            .with_rcode(self.rcode());
        let mut builder = MessageBuilder::<4>::new(out, request.id(), flags)?;
        // Questions that cannot be read are not repeated.
        for question in request.questions().flatten() {
            builder.question(&question.name, question.qtype, question.qclass)?;
        }
        if request.edns().is_some() {
            let header = EdnsHeader {
                rcode: self.rcode(),
                ..EdnsHeader::default()
            };
            builder.edns(&header, &[])?;
        }
        let len = builder.finish().len();
        self.sign(out, len, now)
    }

    /// Adds the TSIG record to a response that the caller has made, with [`Refusal::rcode`] as its rcode.
    /// `buffer` holds it in its first `len` octets. Says how long it is then; FORMERR gets no such record.
    ///
    /// BADKEY and BADSIG are told unsigned. BADTIME is signed, with the time that the client gave, so that it
    /// can verify it, and our time beside that; BADTRUNC is signed like any response.
    ///
    /// # Errors
    /// [`WriteError::NoRoom`] if there is none for the record.
    pub fn sign(&self, buffer: &mut [u8], len: usize, now: u64) -> Result<usize, WriteError> {
        let Some(found) = &self.found else {
            return Ok(len);
        };
        let asked = &found.data;
        let (stamp, other) = match (self.fault, &self.key) {
            (TsigFault::BadTime, Some(_)) => {
                let [_, _, ours @ ..] = now.to_be_bytes();
                let stamp = Stamp::at(asked.time_signed).with_fudge(asked.fudge);
                (stamp, Some(ours))
            }
            (TsigFault::ShortMac, Some(_)) => (Stamp::at(now), None),
            (TsigFault::UnknownKey | TsigFault::BadMac, _) => {
                let data = Tsig {
                    time_signed: now,
                    mac: &[],
                    error: self.fault.error(),
                    other: &[],
                    ..*asked
                };
                return append(buffer, len, &found.owner, &data);
            }
            _ => return Ok(len),
        };
        let Some(key) = &self.key else {
            return Ok(len);
        };
        let context = digest::after(key, asked.mac);
        let other = other.as_ref().map_or(&[][..], |time| time);
        let told = (self.fault.error(), other);
        digest::sign(key, context, buffer, len, &stamp, Variables::All, told).map(|(len, _)| len)
    }
}

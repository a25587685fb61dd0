//! Signatures of messages with private keys (SIG(0), RFC 2931), over a [`Signer`] and a
//! [`SignatureVerifier`] that the caller lends.
//!
//! A client whose public key stands in the DNS, as KEY records (RFC 3445), signs its requests with the
//! private one: no secret is shared, and who may do what is a matter of names.
//!
//! | to | use |
//! |---|---|
//! | sign a request, or the response to one | [`sign`] |
//! | see who says that a message is his | [`Sig0::of`] |
//! | make sure of it, with the KEY records of that name | [`Sig0::verify`] |
//!
//! Verifying costs public-key operations, so it is bounded: a message has at most one such record, the last
//! ([`Message::from_bytes`] refuses any other), and no more than [`MAX_KEYS`] keys are looked at. Whoever
//! gets to that limit gets an error.
//!
//! Responses of several messages are not signed so: RFC 2931 3.1 has a form for them that nobody speaks.

use super::Message;
use super::signed::{last_record, next_count, set_additional_count, with_count};
use crate::code_points::{Class, MAX_MESSAGE_LEN, SecurityAlgorithm};
use crate::crypto::{SignatureVerifier, Signer, SignerError, Verdict};
use crate::name::{MAX_NAME_LEN, Name};
use crate::rr_data::{Key, RecordType, Sig, Type, WriteData, key_tag};
use crate::wire::{Form, Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// The most keys that are looked at to verify one message.
pub const MAX_KEYS: usize = 16;

/// Octets of a SIG record's data without its signer's name and its signature.
const DATA_FIXED_LEN: usize = 18;
/// Octets before the data: the root as the owner, type, class, TTL and the length of the data.
const RECORD_HEAD_LEN: usize = 11;
/// What is signed of the record, at most.
const SIGNED_DATA_LEN: usize = DATA_FIXED_LEN + MAX_NAME_LEN;

/// The bit of a KEY record's flags that forbids its use for authentication (RFC 2535 3.1.2).
const NO_AUTHENTICATION: u16 = 0x8000;
/// The protocol of KEY records for DNS (RFC 3445 4).
const PROTOCOL_DNSSEC: u8 = 3;

/// Whose signature it is, and when it is good.
///
/// Times are seconds since 1970, modulo 2^32, as in RRSIG. Keep the window small: within it a message can be
/// sent again by anybody (RFC 2931 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sig0Terms<'a> {
    /// The owner of the key: where its KEY record stands.
    pub signer: Name<'a>,
    /// From when on it is good.
    pub inception: u32,
    /// Until when.
    pub expiration: u32,
}

impl<'a> Sig0Terms<'a> {
    /// Good from `fudge` seconds before `now` to as long after: what clocks may differ by. `now` is in seconds
    /// since 1970.
    pub const fn around(signer: Name<'a>, now: u64, fudge: u16) -> Self {
        let now = now as u32;
        Self {
            signer,
            inception: now.wrapping_sub(fudge as u32),
            expiration: now.wrapping_add(fudge as u32),
        }
    }
}

/// Octets that [`sign`] adds at most: keep them free.
pub fn record_len(key: &(impl Signer + ?Sized), signer: &Name<'_>) -> usize {
    RECORD_HEAD_LEN
        .saturating_add(DATA_FIXED_LEN)
        .saturating_add(signer.wire_len())
        .saturating_add(key.signature_len())
}

/// Signs the message at the front of `buffer`, of `len` octets and finished but for the signature. To sign a
/// response, `request` is the whole request, its own signature included. Says how long the message is then.
///
/// `key_tag` is that of the KEY record ([`crate::rr_data::key_tag`]), whose flags the signer does not know.
///
/// # Errors
/// If there is no room, or the key fails. The message is as it was then.
pub fn sign(
    key: &(impl Signer + ?Sized),
    key_tag: u16,
    terms: &Sig0Terms<'_>,
    request: Option<&[u8]>,
    buffer: &mut [u8],
    len: usize,
) -> Result<usize, Sig0SignError> {
    let limit = buffer.len().min(MAX_MESSAGE_LEN);
    let count = next_count(buffer)?;
    let buffer = buffer.get_mut(..limit).ok_or(WriteError::NoRoom)?;
    let room = buffer.get_mut(len..).ok_or(WriteError::NoRoom)?;
    let mut writer = Writer::<0>::new(room, Form::Plain);
    writer.u8(0)?;
    writer.u16(Type::SIG.0)?;
    writer.u16(Class::ANY.0)?;
    writer.u32(0)?;
    // Too long for any reader until the signature is there.
    writer.u16(u16::MAX)?;
    // In lower case, so that who signs the canonical form and who signs what he sees agree.
    let mut lower = [0; MAX_NAME_LEN];
    let signer = terms.signer.copy_flat(&mut lower);
    let signer = signer.ok_or(WriteError::NoRoom)?;
    signer.make_ascii_lowercase();
    let signer = Name::flat(signer, terms.signer.label_count() as u8).unwrap_or(Name::ROOT);
    let data = Sig {
        type_covered: Type(0),
        algorithm: key.algorithm(),
        labels: 0,
        original_ttl: 0,
        expiration: terms.expiration,
        inception: terms.inception,
        key_tag,
        signer,
        signature: &[],
    };
    data.write(&mut writer)?;
    let before = writer.len();
    let data_at = len.saturating_add(RECORD_HEAD_LEN);
    let signature_at = len.saturating_add(before);
    let (front, out) = buffer
        .split_at_mut_checked(signature_at)
        .ok_or(WriteError::NoRoom)?;
    let (message, record) = front.split_at_checked(len).ok_or(WriteError::NoRoom)?;
    let data = record.get(RECORD_HEAD_LEN..).unwrap_or_default();
    let parts = [data, request.unwrap_or_default(), message];
    let signature_len = key.sign(&parts, out)?;
    let end = signature_at.saturating_add(signature_len);
    let data_len = end.saturating_sub(data_at);
    let data_len = u16::try_from(data_len).map_err(|_| WriteError::TooLong(Part::RecordData))?;
    let field = buffer.get_mut(data_at.saturating_sub(2)..data_at);
    field
        .ok_or(WriteError::NoRoom)?
        .copy_from_slice(&data_len.to_be_bytes());
    set_additional_count(buffer, count);
    Ok(end)
}

/// Why a message was not signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Sig0SignError {
    /// The record could not be written.
    Write(WriteError),
    /// The key gave no signature.
    Signer(SignerError),
}

impl fmt::Display for Sig0SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => write!(f, "cannot sign: {error}"),
            Self::Signer(error) => write!(f, "cannot sign: {error}"),
        }
    }
}

impl core::error::Error for Sig0SignError {}

impl From<WriteError> for Sig0SignError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<SignerError> for Sig0SignError {
    fn from(error: SignerError) -> Self {
        Self::Signer(error)
    }
}

/// The SIG(0) record of a message: what it claims, until it is verified.
#[derive(Clone, Copy, Debug)]
pub struct Sig0<'m> {
    message: &'m [u8],
    /// Where the record starts.
    at: usize,
    count: u16,
    data: Sig<'m>,
}

impl<'m> Sig0<'m> {
    /// Finds it; `None` if the message has none. A TSIG record is none.
    ///
    /// # Errors
    /// If it cannot be read: FORMERR.
    pub fn of(message: &Message<'m>) -> Result<Option<Self>, WireError> {
        let Some((at, record)) = last_record(message)? else {
            return Ok(None);
        };
        if record.rtype() != Type::SIG {
            return Ok(None);
        }
        let mut reader = record.reader();
        let data = Sig::read(&mut reader)?;
        if data.type_covered != Type(0) {
            return Ok(None);
        }
        // The owner should be the root, and labels and TTLs zero; nobody needs them (RFC 2931 3).
        if record.class() != Class::ANY {
            return Err(record.reader().error(WireErrorKind::BadValue(Part::Record)));
        }
        let [.., additional] = message.header().counts;
        Ok(Some(Self {
            message: message.as_bytes(),
            at,
            count: additional.saturating_sub(1),
            data,
        }))
    }

    /// Whose key it claims to be: where the KEY records are to be had.
    pub fn signer(&self) -> Name<'m> {
        self.data.signer
    }

    /// The algorithm of the key.
    pub fn algorithm(&self) -> SecurityAlgorithm {
        self.data.algorithm
    }

    /// The tag of the key.
    pub fn key_tag(&self) -> u16 {
        self.data.key_tag
    }

    /// For how many seconds it is good, from its inception to its expiration. As long as it is, the message can be
    /// sent again by anybody (RFC 2931 4), so a verifier may want to limit it.
    pub fn window(&self) -> u32 {
        self.data.expiration.wrapping_sub(self.data.inception)
    }

    /// Verifies the signature with the data of the signer's KEY records, and gives that of the key which made
    /// it. To verify a response, `request` is the whole request as it was sent. `now` is in seconds since 1970.
    ///
    /// Whether these records can be trusted the caller must know: they are his, or DNSSEC proves them.
    ///
    /// # Errors
    /// If no key has made it, or it is not valid now. No key beyond [`MAX_KEYS`] is looked at.
    pub fn verify<'k>(
        &self,
        verifier: &(impl SignatureVerifier + ?Sized),
        keys: impl IntoIterator<Item = &'k [u8]>,
        request: Option<&[u8]>,
        now: u64,
    ) -> Result<&'k [u8], Sig0Fault> {
        // Cheap questions first.
        let now = now as u32;
        let (inception, expiration) = (self.data.inception, self.data.expiration);
        if !is_at_or_after(now, inception) || !is_at_or_after(expiration, now) {
            return Err(Sig0Fault::BadTime);
        }
        let unsigned = Sig {
            signature: &[],
            ..self.data
        };
        let mut room = [0; SIGNED_DATA_LEN];
        let mut writer = Writer::<0>::new(&mut room, Form::Plain);
        if unsigned.write(&mut writer).is_err() {
            return Err(Sig0Fault::BadSignature);
        }
        let before = self.message.get(..self.at).unwrap_or_default();
        let Some((header, rest)) = with_count(before, self.count) else {
            return Err(Sig0Fault::BadSignature);
        };
        let parts = [writer.written(), request.unwrap_or_default(), &header, rest];
        let mut fault = Sig0Fault::UnknownKey;
        for (looked_at, data) in keys.into_iter().enumerate() {
            if looked_at >= MAX_KEYS {
                return Err(Sig0Fault::TooManyKeys);
            }
            let Some(key) = self.usable(data) else {
                continue;
            };
            match verifier.verify(key.algorithm, key.public_key, &parts, self.data.signature) {
                Verdict::Valid => return Ok(data),
                Verdict::Invalid => fault = Sig0Fault::BadSignature,
                Verdict::Unverifiable if fault == Sig0Fault::UnknownKey => {
                    fault = Sig0Fault::Unverifiable;
                }
                Verdict::Unverifiable => {}
            }
        }
        Err(fault)
    }

    /// Reads the data of a KEY record, if it is one that may have made the signature.
    fn usable<'k>(&self, data: &'k [u8]) -> Option<Key<'k>> {
        let key = Key::read(&mut Reader::new(data)).ok()?;
        let is_it = key.algorithm == self.data.algorithm
            && key.protocol == PROTOCOL_DNSSEC
            && key.flags & NO_AUTHENTICATION == 0
            && key_tag(data) == self.data.key_tag;
        is_it.then_some(key)
    }
}

/// Is a time the same as another, or later, modulo 2^32 (RFC 4034 3.1.5)?
fn is_at_or_after(time: u32, other: u32) -> bool {
    time.wrapping_sub(other) <= i32::MAX as u32
}

/// Why a signature with a private key proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Sig0Fault {
    /// It is not valid yet, or no longer.
    BadTime,
    /// None of the keys has its algorithm and tag and may be used for this.
    UnknownKey,
    /// No key with its algorithm and tag has made it.
    BadSignature,
    /// Nobody here can check this algorithm.
    Unverifiable,
    /// There are more than [`MAX_KEYS`] keys.
    TooManyKeys,
}

impl fmt::Display for Sig0Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadTime => "the signature is not valid at this time",
            Self::UnknownKey => "no key of the signer fits the signature",
            Self::BadSignature => "the signature is not that of this message and key",
            Self::Unverifiable => "the algorithm of the signature is not supported",
            Self::TooManyKeys => "the signer has too many keys",
        })
    }
}

impl core::error::Error for Sig0Fault {}

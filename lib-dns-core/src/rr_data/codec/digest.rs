//! Digests that say by which algorithm they were made: CONTENT, WEB4CONTENT, WEB4OWNER and MULTISIG.

use super::encoded::scan_base16;
use super::{Codec, DataTokens, show_list};
use crate::code_points::HashAlgorithm;
use crate::text::{Base16, TextError, TextErrorKind, Token};
use crate::wire::{Form, Part, Reader, WireError, WireErrorKind, WriteError, Writer};
use core::fmt;

/// A [`Digest`]: algorithm, length and digest; `sha2-256:` and hexadecimal digits in one token.
#[derive(Clone, Copy, Debug)]
pub enum TaggedDigest {}

/// A digest and its algorithm.
///
/// On the wire: algorithm (1 octet), length (1 octet), digest. Algorithm and length are below 128, so
/// that this is a multihash octet for octet, and with 01 55 before it the IPFS identifier (CIDv1) of
/// content that is stored as it is.
///
/// ```
/// use lib_dns_core::code_points::HashAlgorithm;
/// use lib_dns_core::rr_data::codec::Digest;
/// let octets = &[0xab; 32];
/// let digest = Digest { algorithm: HashAlgorithm::SHA2_256, octets };
/// assert!(digest.to_string().starts_with("sha2-256:ABAB"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest<'a> {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest: 1 to 127 octets, and as many as the algorithm makes, if that is known here.
    pub octets: &'a [u8],
}

/// The largest number that takes one octet in a multihash.
const MAX_IN_OCTET: u8 = 0x7f;
/// The longest digest with what stands before it.
const MAX_LEN: usize = MAX_IN_OCTET as usize + 2;

impl Digest<'_> {
    fn is_valid(&self) -> bool {
        let len = self.octets.len();
        let expected = self.algorithm.digest_len().unwrap_or(len);
        let in_range = (1..=usize::from(MAX_IN_OCTET)).contains(&len);
        in_range && len == expected && self.algorithm.0 <= MAX_IN_OCTET
    }
}

impl Codec for TaggedDigest {
    type Value<'a> = Digest<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Digest<'a>, WireError> {
        let start = *reader;
        let [algorithm, len] = reader.array::<2>(Part::Field)?;
        let digest = Digest {
            algorithm: HashAlgorithm(algorithm),
            octets: reader.octets(usize::from(len), Part::Field)?,
        };
        match digest.is_valid() {
            true => Ok(digest),
            false => Err(start.error(WireErrorKind::BadValue(Part::Field))),
        }
    }

    fn write<const N: usize>(
        value: Digest<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        let len = u8::try_from(value.octets.len());
        let len = len.map_err(|_| WriteError::TooLong(Part::Field))?;
        writer.put(&[value.algorithm.0, len])?;
        writer.put(value.octets)
    }

    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let token = tokens.expect(WHAT)?;
        scan_digest(&token, tokens, writer)
    }

    fn show(value: Digest<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{value}")
    }
}

impl fmt::Display for Digest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, Base16(self.octets))
    }
}

const WHAT: &str = "a digest, as sha2-256: and hexadecimal digits";

fn scan_digest(
    token: &Token<'_>,
    tokens: &DataTokens<'_>,
    writer: &mut Writer<'_, 0>,
) -> Result<(), TextError> {
    let split = || {
        let colon = token.raw.iter().position(|octet| *octet == b':')?;
        let (name, digits) = token.raw.split_at_checked(colon)?;
        let algorithm = HashAlgorithm::from_mnemonic(name).filter(|_| !token.quoted)?;
        Some((algorithm, digits.strip_prefix(b":")?))
    };
    let Some((algorithm, digits)) = split() else {
        return Err(token.error(TextErrorKind::Expected(WHAT)));
    };
    let digits = Token {
        raw: digits,
        ..*token
    };
    let mut room = [0; MAX_LEN];
    let mut digest = Writer::<0>::new(&mut room, Form::Plain);
    let why = "a digest that is not as long as its algorithm makes it";
    let wrong_length = token.error(TextErrorKind::Invalid(why));
    scan_base16(&digits, tokens, &mut digest).map_err(|error| match error.kind {
        TextErrorKind::DataTooLong => wrong_length,
        _ => error,
    })?;
    let digest = Digest {
        algorithm,
        octets: digest.written(),
    };
    if !digest.is_valid() {
        return Err(wrong_length);
    }
    TaggedDigest::write(digest, writer).map_err(|error| tokens.unwritable(error))
}

/// [`Signers`]: the threshold, then the digests in rising order to the end of the data. Text has them in
/// any order.
#[derive(Clone, Copy, Debug)]
pub enum ThresholdSigners {}

/// Whose signatures count, and how many are needed: at least one, and no more than there are signers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signers<'a> {
    threshold: u8,
    digests: &'a [u8],
}

/// The most signers of one record.
const MAX_SIGNERS: usize = 255;

impl<'a> Signers<'a> {
    /// How many of the signers must sign.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The signers, each by the digest of an ID record's algorithm and key; in order, none twice.
    pub fn iter(&self) -> impl Iterator<Item = Digest<'a>> + use<'a> {
        Reader::new(self.digests).each(TaggedDigest::read)
    }
}

impl fmt::Debug for Signers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of ", self.threshold)?;
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Codec for ThresholdSigners {
    type Value<'a> = Signers<'a>;

    fn read<'a>(reader: &mut Reader<'a>) -> Result<Signers<'a>, WireError> {
        let start = *reader;
        let threshold = reader.u8(Part::RecordData)?;
        let digests = reader.peek();
        let mut last: &[u8] = &[];
        let mut count = 0usize;
        while !reader.is_empty() {
            let item = *reader;
            TaggedDigest::read(reader)?;
            let len = item.remaining().wrapping_sub(reader.remaining());
            let octets = item.peek().get(..len).unwrap_or_default();
            if octets <= last {
                return Err(item.error(WireErrorKind::BadOrder(Part::Item)));
            }
            last = octets;
            count = count.saturating_add(1);
        }
        if threshold == 0 || usize::from(threshold) > count || count > MAX_SIGNERS {
            return Err(start.error(WireErrorKind::BadValue(Part::RecordData)));
        }
        Ok(Signers { threshold, digests })
    }

    fn write<const N: usize>(
        value: Signers<'_>,
        writer: &mut Writer<'_, N>,
    ) -> Result<(), WriteError> {
        writer.u8(value.threshold)?;
        writer.put(value.digests)
    }

    /// Each pass over the tokens writes the smallest digest that is left.
    fn scan(tokens: &mut DataTokens<'_>, writer: &mut Writer<'_, 0>) -> Result<(), TextError> {
        let threshold = tokens.expect("a threshold")?;
        let needed = threshold.number(255)? as u8;
        writer
            .u8(needed)
            .map_err(|error| tokens.unwritable(error))?;
        let mut last = Entry::default();
        let mut written = 0usize;
        let end = loop {
            let mut pass = tokens.clone();
            let mut smallest: Option<Entry> = None;
            let mut count = 0usize;
            while let Some(token) = pass.next()? {
                count = count.saturating_add(1);
                if count > MAX_SIGNERS {
                    return Err(token.error(TextErrorKind::Invalid("more than 255 signers")));
                }
                let entry = Entry::scan(&token, tokens)?;
                if entry.octets() <= last.octets() {
                    continue;
                }
                match &smallest {
                    Some(other) if entry.octets() > other.octets() => {}
                    Some(other) if entry.octets() == other.octets() => {
                        let kind = TextErrorKind::Invalid("this signer stands twice");
                        return Err(token.error(kind));
                    }
                    _ => smallest = Some(entry),
                }
            }
            let Some(entry) = smallest else {
                break pass;
            };
            writer
                .put(entry.octets())
                .map_err(|error| tokens.unwritable(error))?;
            written = written.saturating_add(1);
            last = entry;
        };
        if needed == 0 || usize::from(needed) > written {
            let why = "the threshold must be from 1 to the number of signers";
            return Err(threshold.error(TextErrorKind::Invalid(why)));
        }
        *tokens = end;
        Ok(())
    }

    fn show(value: Signers<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} ", value.threshold)?;
        show_list(value.iter(), " ", out)
    }
}

/// A digest in wire form, kept while others are looked at.
struct Entry {
    octets: [u8; MAX_LEN],
    len: usize,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            octets: [0; MAX_LEN],
            len: 0,
        }
    }
}

impl Entry {
    fn scan(token: &Token<'_>, tokens: &DataTokens<'_>) -> Result<Self, TextError> {
        let mut entry = Self::default();
        let mut writer = Writer::<0>::new(&mut entry.octets, Form::Plain);
        scan_digest(token, tokens, &mut writer)?;
        entry.len = writer.len();
        Ok(entry)
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

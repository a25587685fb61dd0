//! Signatures of RRsets: made (RFC 4034 3) and checked (RFC 4035 5.3).

use super::{CanonicalError, CanonicalRrset, DNSKEY_REVOKED, DNSKEY_ZONE};
use crate::crypto::{SignatureVerifier, Signer, SignerError, Verdict};
use crate::name::Name;
use crate::rr_data::{Dnskey, RecordType, Rrsig, Type, WriteData, key_tag};
use crate::wire::{Form, Reader, WriteError, Writer};
use crate::zone::Serial;
use core::fmt;

/// The most signatures of one RRset that are looked at: more are an attack, not an algorithm rollover.
pub const MAX_SIGNATURES: usize = 8;
/// The most keys of one tag that are tried for one signature (CVE-2023-50387).
const MAX_KEYS_A_TAG: usize = 4;
/// The most cryptographic verifications for one RRset.
pub const MAX_VERIFICATIONS: u32 = 16;

/// What all signatures that one key makes at one time have in common.
#[derive(Clone, Copy, Debug)]
pub struct SignatureTerms<'a> {
    /// The zone.
    pub signer: Name<'a>,
    /// The tag of the key, from [`key_tag`] of its DNSKEY data.
    pub key_tag: u16,
    /// Seconds since 1970 from which signatures are valid, modulo 2^32.
    pub inception: u32,
    /// Seconds since 1970 until which signatures are valid, modulo 2^32.
    pub expiration: u32,
}

/// Labels of an owner as signatures count them: without the root and a leading `*` (RFC 4034 3.1.3).
///
/// ```
/// use lib_dns_core::{dnssec::rrsig_labels, name::NameBuf};
/// let labels = |name| rrsig_labels(&NameBuf::from_text(name).unwrap().as_name());
/// assert_eq!((labels("."), labels("a.example."), labels("*.example.")), (0, 2, 1));
/// ```
pub fn rrsig_labels(owner: &Name<'_>) -> u8 {
    let labels = owner.label_count() as u8;
    labels.saturating_sub(u8::from(owner.is_wildcard()))
}

/// Signs an RRset: writes the data of its RRSIG record to the front of `out`, and says how long it is.
/// The TTL that is signed is that of the RRset, and so is the record's own (RFC 4034 3).
///
/// # Errors
/// If `out` or the room of the RRset is too small, or the key cannot be used.
pub fn sign_rrset<S: Signer + ?Sized>(
    signer: &S,
    terms: &SignatureTerms<'_>,
    rrset: &mut CanonicalRrset<'_>,
    out: &mut [u8],
) -> Result<usize, SigningError> {
    let fields = Rrsig {
        type_covered: rrset.rtype(),
        algorithm: signer.algorithm(),
        labels: rrsig_labels(&rrset.owner()),
        original_ttl: rrset.ttl(),
        expiration: terms.expiration,
        inception: terms.inception,
        key_tag: terms.key_tag,
        signer: terms.signer,
        signature: &[],
    };
    let signed = rrset.signed_data(&fields)?;
    let mut writer = Writer::<0>::new(out, Form::Canonical);
    fields.write(&mut writer)?;
    let head = writer.len();
    let room = out.get_mut(head..).ok_or(SignerError::NoRoom)?;
    let signature = signer.sign(&[signed], room)?;
    Ok(head.saturating_add(signature))
}

/// Why an RRset could not be signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SigningError {
    /// The RRset in canonical form does not fit in the room lent.
    Canonical(CanonicalError),
    /// The key made no signature.
    Signer(SignerError),
}

impl From<CanonicalError> for SigningError {
    fn from(error: CanonicalError) -> Self {
        Self::Canonical(error)
    }
}

impl From<SignerError> for SigningError {
    fn from(error: SignerError) -> Self {
        Self::Signer(error)
    }
}

impl From<WriteError> for SigningError {
    fn from(_: WriteError) -> Self {
        Self::Signer(SignerError::NoRoom)
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Canonical(error) => error.fmt(f),
            Self::Signer(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SigningError {}

/// Verifications that may still be done. What counts down for a whole response or zone is handed from
/// RRset to RRset; running out is a fault, never a success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct VerifyBudget(pub u32);

impl VerifyBudget {
    fn spend(&mut self) -> Result<(), SignatureFault> {
        self.0 = self.0.checked_sub(1).ok_or(SignatureFault::Budget)?;
        Ok(())
    }
}

impl Default for VerifyBudget {
    /// For one RRset: [`MAX_VERIFICATIONS`].
    fn default() -> Self {
        Self(MAX_VERIFICATIONS)
    }
}

/// A signature that holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Signed {
    /// The tag of the key.
    pub key_tag: u16,
    /// Seconds since 1970 until which it is valid, modulo 2^32.
    pub expiration: u32,
    /// The TTL that was signed: no answer may have a greater one (RFC 4035 5.3.3).
    pub original_ttl: u32,
    /// Was the RRset made from a wildcard (RFC 4035 5.3.4)? Then it takes a proof that nothing closer
    /// exists.
    pub from_wildcard: bool,
}

/// Why a signature does not hold. Faults that say more stand later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignatureFault {
    /// There is no signature.
    Missing,
    /// The data of the RRSIG record is broken.
    Malformed,
    /// It covers another type.
    OtherType,
    /// The signer is not the zone.
    OtherSigner,
    /// It has more labels than the owner, or names a wildcard above the zone.
    BadLabels,
    /// No key of the zone has its algorithm and tag and may sign.
    NoKey,
    /// No key of the zone with its algorithm and tag can be used here: the algorithm is not supported.
    Unsupported,
    /// It is not valid yet, or would end before it starts.
    NotYetValid,
    /// It is not valid any more.
    Expired,
    /// The TTL of the RRset is greater than the one that was signed.
    GreaterTtl,
    /// It was made over something else, or with another key.
    Invalid,
    /// The RRset does not fit in the room lent.
    NoRoom,
    /// So much was verified that no more is.
    Budget,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no signature",
            Self::Malformed => "malformed RRSIG data",
            Self::OtherType => "the signature covers another type",
            Self::OtherSigner => "the signer is not the zone",
            Self::BadLabels => "the signature has labels that the owner has not",
            Self::NoKey => "no DNSKEY of the zone has the signature's algorithm and tag",
            Self::Unsupported => "the algorithm of the signature is not supported",
            Self::NotYetValid => "the signature is not valid yet",
            Self::Expired => "the signature has expired",
            Self::GreaterTtl => "the TTL is greater than the one that was signed",
            Self::Invalid => "the signature does not match the records",
            Self::NoRoom => "the RRset is too large to be verified",
            Self::Budget => "too many verifications",
        })
    }
}

impl core::error::Error for SignatureFault {}

/// Checks one signature of an RRset (RFC 4035 5.3.1 to 5.3.3).
///
/// `rrsig` is the data of the RRSIG record, `zone` the name of the zone and `keys` the data of its DNSKEY
/// records, which the caller trusts already; `now` is in seconds since 1970, modulo 2^32.
///
/// # Errors
/// If the signature does not hold, or so much was verified that no more is.
pub fn verify_signature<'k, V: SignatureVerifier + ?Sized>(
    verifier: &V,
    zone: &Name<'_>,
    keys: impl Iterator<Item = &'k [u8]>,
    rrsig: &[u8],
    rrset: &mut CanonicalRrset<'_>,
    now: Serial,
    budget: &mut VerifyBudget,
) -> Result<Signed, SignatureFault> {
    let fields = Rrsig::read(&mut Reader::new(rrsig)).map_err(|_| SignatureFault::Malformed)?;
    if fields.type_covered != rrset.rtype() {
        return Err(SignatureFault::OtherType);
    }
    if fields.signer != *zone || !rrset.owner().is_at_or_below(zone) {
        return Err(SignatureFault::OtherSigner);
    }
    let labels = rrsig_labels(&rrset.owner());
    if fields.labels > labels || usize::from(fields.labels) < zone.label_count() {
        return Err(SignatureFault::BadLabels);
    }
    let (inception, expiration) = (Serial(fields.inception), Serial(fields.expiration));
    // Serial number arithmetic, as RFC 4034 3.1.5 asks. Times half the circle apart are no interval.
    let begun = inception <= now && inception <= expiration;
    let lasts = now <= expiration;
    if !begun {
        return Err(SignatureFault::NotYetValid);
    }
    if !lasts {
        return Err(SignatureFault::Expired);
    }
    if rrset.ttl() > fields.original_ttl {
        return Err(SignatureFault::GreaterTtl);
    }
    let from_wildcard = fields.labels < labels;
    let signed = match rrset.signed_data(&fields) {
        Ok(signed) => signed,
        Err(CanonicalError::TooManyLabels) => return Err(SignatureFault::BadLabels),
        Err(_) => return Err(SignatureFault::NoRoom),
    };
    let mut fault = SignatureFault::NoKey;
    let fitting = keys.filter_map(|key| usable_key(key, &fields));
    for key in fitting.take(MAX_KEYS_A_TAG) {
        budget.spend()?;
        let algorithm = fields.algorithm;
        match verifier.verify(algorithm, key.public_key, &[signed], fields.signature) {
            Verdict::Valid => {
                return Ok(Signed {
                    key_tag: fields.key_tag,
                    expiration: fields.expiration,
                    original_ttl: fields.original_ttl,
                    from_wildcard,
                });
            }
            Verdict::Invalid => fault = SignatureFault::Invalid,
            Verdict::Unverifiable => fault = fault.max(SignatureFault::Unsupported),
        }
    }
    Err(fault)
}

/// The key, if the signature may have been made with it: a zone key (RFC 4034 2.1.1) of the DNSSEC
/// protocol. A key that is revoked signs nothing but its own RRset (RFC 5011 2.1).
fn usable_key<'k>(data: &'k [u8], fields: &Rrsig<'_>) -> Option<Dnskey<'k>> {
    if key_tag(data) != fields.key_tag {
        return None;
    }
    let key = Dnskey::read(&mut Reader::new(data)).ok()?;
    let may_sign = key.flags & DNSKEY_REVOKED == 0 || fields.type_covered == Type::DNSKEY;
    let is_zone_key = key.flags & DNSKEY_ZONE != 0 && key.protocol == 3;
    (is_zone_key && may_sign && key.algorithm == fields.algorithm).then_some(key)
}

/// Checks an RRset by its signatures: one that holds is enough (RFC 4035 5.3.3). No more than
/// [`MAX_SIGNATURES`] of them are looked at. For the arguments see [`verify_signature`].
///
/// # Errors
/// What of all signatures says most about why none holds.
pub fn verify_rrset<'k, 's, V: SignatureVerifier + ?Sized>(
    verifier: &V,
    zone: &Name<'_>,
    keys: impl Iterator<Item = &'k [u8]> + Clone,
    rrsigs: impl Iterator<Item = &'s [u8]>,
    rrset: &mut CanonicalRrset<'_>,
    now: Serial,
    budget: &mut VerifyBudget,
) -> Result<Signed, SignatureFault> {
    let mut worst = SignatureFault::Missing;
    for rrsig in rrsigs.take(MAX_SIGNATURES) {
        match verify_signature(verifier, zone, keys.clone(), rrsig, rrset, now, budget) {
            Ok(signed) => return Ok(signed),
            Err(fault) => worst = worst.max(fault),
        }
    }
    Err(worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_points::{Class, SecurityAlgorithm};
    use crate::dnssec::Place;
    use crate::name::NameBuf;
    use crate::zone::RrSet;
    use std::vec::Vec;

    /// A "signature" that anybody can make: the sum of all octets, the key's too.
    struct Toy(&'static [u8]);

    fn sum(key: &[u8], parts: &[&[u8]]) -> [u8; 4] {
        let octets = [key].into_iter().chain(parts.iter().copied()).flatten();
        let sum = octets.fold(0u32, |sum, octet| {
            sum.wrapping_mul(31).wrapping_add(u32::from(*octet))
        });
        sum.to_be_bytes()
    }

    impl Signer for Toy {
        fn algorithm(&self) -> SecurityAlgorithm {
            SecurityAlgorithm::ED25519
        }

        fn public_key(&self) -> &[u8] {
            self.0
        }

        fn signature_len(&self) -> usize {
            4
        }

        fn sign(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<usize, SignerError> {
            let room = out.get_mut(..4).ok_or(SignerError::NoRoom)?;
            room.copy_from_slice(&sum(self.0, parts));
            Ok(4)
        }
    }

    impl SignatureVerifier for Toy {
        fn verify(
            &self,
            algorithm: SecurityAlgorithm,
            public_key: &[u8],
            parts: &[&[u8]],
            signature: &[u8],
        ) -> Verdict {
            if algorithm != SecurityAlgorithm::ED25519 {
                Verdict::Unverifiable
            } else if signature == sum(public_key, parts) {
                Verdict::Valid
            } else {
                Verdict::Invalid
            }
        }
    }

    const NOW: u32 = 0xffff_fff0;

    /// A signature of an address record at a name, with fields changed, judged.
    fn judge(
        owner: &str,
        keys: &[&[u8]],
        now: u32,
        change: impl Fn(&mut Vec<u8>),
    ) -> Result<Signed, SignatureFault> {
        let zone = NameBuf::from_text("example.").unwrap();
        let owner = NameBuf::from_text(owner).unwrap();
        let rrset = RrSet::new(Type::A, 300, &[0, 4, 192, 0, 2, 1]);
        let (mut octets, mut places) = ([0; 512], [Place::default(); 4]);
        let (owner, zone) = (owner.as_name(), zone.as_name());
        let mut rrset =
            CanonicalRrset::new(&owner, Class::IN, &rrset, &mut octets, &mut places).unwrap();
        let terms = SignatureTerms {
            signer: zone,
            key_tag: key_tag(KEY),
            inception: NOW - 10,
            expiration: NOW.wrapping_add(0x1000),
        };
        let mut rrsig = [0; 128];
        let len = sign_rrset(&Toy(&KEY[4..]), &terms, &mut rrset, &mut rrsig).unwrap();
        let mut rrsig = rrsig[..len].to_vec();
        change(&mut rrsig);
        let mut budget = VerifyBudget::default();
        let keys = keys.iter().copied();
        let rrsigs = [&rrsig[..]].into_iter();
        verify_rrset(
            &Toy(b""),
            &zone,
            keys,
            rrsigs,
            &mut rrset,
            Serial(now),
            &mut budget,
        )
    }

    const KEY: &[u8] = &[1, 0, 3, 15, 7, 8];
    const KEYS: &[&[u8]] = &[KEY];

    #[test]
    fn a_signature_holds_from_its_inception_to_its_expiration() {
        let at = |now| judge("www.example.", KEYS, now, |_| {});
        let signed = at(NOW).unwrap();
        assert_eq!(
            (signed.key_tag, signed.from_wildcard),
            (key_tag(KEY), false)
        );
        // The clock goes round in between.
        assert!(at(NOW.wrapping_add(0x1000)).is_ok());
        assert_eq!(at(NOW.wrapping_add(0x1001)), Err(SignatureFault::Expired));
        assert!(at(NOW - 10).is_ok());
        assert_eq!(at(NOW - 11), Err(SignatureFault::NotYetValid));
    }

    #[test]
    fn every_changed_octet_is_seen() {
        // The fixed fields, the signer's name, and the signature.
        for at in 0..18 + 9 + 4 {
            let flipped = judge("www.example.", KEYS, NOW, |rrsig| rrsig[at] ^= 1);
            assert!(flipped.is_err(), "octet {at}");
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        fn fault(keys: &[&[u8]], change: impl Fn(&mut Vec<u8>)) -> SignatureFault {
            judge("www.example.", keys, NOW, change).unwrap_err()
        }
        for (at, octet, expected) in [
            (1, 28, SignatureFault::OtherType),
            (2, 13, SignatureFault::NoKey),
            (3, 3, SignatureFault::BadLabels),
            (3, 0, SignatureFault::BadLabels),
            (3, 1, SignatureFault::Invalid),
            (6, 0, SignatureFault::GreaterTtl),
            (20, b'f', SignatureFault::OtherSigner),
        ] {
            let found = fault(KEYS, |rrsig| rrsig[at] = octet);
            assert_eq!(found, expected, "octet {at}");
        }
        let found = fault(KEYS, |rrsig| rrsig.truncate(17));
        assert_eq!(found, SignatureFault::Malformed);
        // Keys with the same tag that may not sign: of no zone, revoked.
        for flags in [[0, 0], [1, 0x80]] {
            let mut key = KEY.to_vec();
            key[..2].copy_from_slice(&flags);
            let tag = key_tag(&key).to_be_bytes();
            let found = fault(&[&key], |rrsig| rrsig[16..18].copy_from_slice(&tag));
            assert_eq!(found, SignatureFault::NoKey);
        }
    }

    /// Any number of keys can be made that have one tag; only so many are tried (CVE-2023-50387).
    #[test]
    fn keys_that_share_a_tag_are_not_tried_without_end() {
        let others: Vec<_> = (1..=4u8)
            .map(|n| [1, 0, 3, 15, 7, 8, n, 0, 0xff - n, 0xff])
            .collect();
        let mut keys: Vec<_> = others.iter().map(|key| &key[..]).collect();
        assert!(keys.iter().all(|key| key_tag(key) == key_tag(KEY)));
        keys.insert(3, KEY);
        assert!(judge("www.example.", &keys, NOW, |_| {}).is_ok());
        keys.swap(3, 4);
        let found = judge("www.example.", &keys, NOW, |_| {});
        assert_eq!(found, Err(SignatureFault::Invalid));
    }

    #[test]
    fn the_budget_ends_as_a_fault() {
        let zone = NameBuf::from_text("example.").unwrap();
        let zone = zone.as_name();
        let rrset = RrSet::new(Type::A, 300, &[0, 4, 192, 0, 2, 1]);
        let (mut octets, mut places) = ([0; 512], [Place::default(); 4]);
        let mut rrset =
            CanonicalRrset::new(&zone, Class::IN, &rrset, &mut octets, &mut places).unwrap();
        let terms = SignatureTerms {
            signer: zone,
            key_tag: key_tag(KEY),
            inception: NOW,
            expiration: NOW,
        };
        let mut rrsig = [0; 128];
        let len = sign_rrset(&Toy(&KEY[4..]), &terms, &mut rrset, &mut rrsig).unwrap();
        let (rrsigs, keys) = ([&rrsig[..len]], KEYS.iter().copied());
        let mut verify = |budget: u32| {
            let mut budget = VerifyBudget(budget);
            let (keys, rrsigs) = (keys.clone(), rrsigs.into_iter());
            let now = Serial(NOW);
            verify_rrset(&Toy(b""), &zone, keys, rrsigs, &mut rrset, now, &mut budget)
        };
        assert!(verify(1).is_ok());
        assert_eq!(verify(0), Err(SignatureFault::Budget));
        let small = sign_rrset(&Toy(b"k"), &terms, &mut rrset, &mut [0; 20]);
        assert!(small.is_err());
    }
}

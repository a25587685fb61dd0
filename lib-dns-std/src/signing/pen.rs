//! What signs one RRset after the other.

use super::scratch::Scratch;
use super::sets::MadeSet;
use super::{SignError, ZoneSigner};
use lib_dns_core::code_points::Class;
use lib_dns_core::dnssec::{SignatureTerms, sign_rrset};
use lib_dns_core::name::{MAX_NAME_LEN, Name};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::RrSet;

/// Octets of RRSIG data before the signer's name.
const FIELDS: usize = 18;

/// Signs one RRset of a zone after the other, at one time.
pub(super) struct Pen<'s> {
    signer: &'s ZoneSigner,
    apex: Name<'s>,
    class: Class,
    now: u32,
    scratch: Scratch,
}

impl<'s> Pen<'s> {
    pub(super) fn new(signer: &'s ZoneSigner, apex: Name<'s>, class: Class, now: u64) -> Self {
        Self {
            signer,
            apex,
            class,
            // Times of signatures go round (RFC 4034 3.1.5).
            now: now as u32,
            scratch: Scratch::default(),
        }
    }

    /// The signatures of an RRset, by all keys that sign it.
    pub(super) fn sign(
        &mut self,
        owner: &Name<'_>,
        rrset: &RrSet<'_>,
    ) -> Result<MadeSet, SignError> {
        let policy = &self.signer.policy;
        let (inception, expiration) = policy.validity(owner, rrset.rtype, self.now);
        let fault = |error| SignError::rrset(owner, rrset.rtype, error);
        let mut canonical = self
            .scratch
            .canonical(owner, self.class, rrset)
            .map_err(|error| fault(error.into()))?;
        let mut signatures = MadeSet::new(Type::RRSIG, rrset.ttl);
        for key in self.signer.keys.signing(rrset.rtype) {
            let Some(signer) = key.signer() else {
                continue;
            };
            let terms = SignatureTerms {
                signer: self.apex,
                key_tag: key.tag(),
                inception,
                expiration,
            };
            let most = FIELDS + MAX_NAME_LEN + signer.signature_len();
            signatures
                .fill(most, |out| sign_rrset(signer, &terms, &mut canonical, out))
                .map_err(fault)?;
        }
        Ok(signatures)
    }
}

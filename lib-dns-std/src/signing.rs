//! Zones signed, kept signed and checked; their digests.
//!
//! | to | use |
//! |---|---|
//! | sign a whole zone | [`ZoneSigner::sign`] |
//! | add to a change what signing needs | [`ZoneSigner::complete`] |
//! | sign anew in time what was signed before | [`ZoneSigner::refresh`] |
//! | say how | [`SigningPolicy`] |
//! | say with what | [`SigningKeys`] |
//! | check a signed zone | [`verify_zone`] |
//! | digest a zone (RFC 8976) | [`zone_digest`], [`check_zone_digest`] |

mod apex;
mod change;
mod digest;
mod error;
mod keys;
mod links;
mod nsec3_check;

mod pen;
mod policy;
mod refresh;
mod report;
mod scratch;
mod sets;
mod verify;
mod whole;

pub use digest::{check_zone_digest, zone_digest};
pub use error::SignError;
pub use keys::{SigningKey, SigningKeys};
pub use lib_dns_core::dnssec::KeyUses;
pub use policy::{DenialPolicy, SigningPolicy, SyncPolicy};
pub use refresh::Refresh;
pub use report::{SignedZoneFault, SignedZoneProblem, SignedZoneReport};
pub use verify::verify_zone;

/// Signs a zone: its keys, and how.
#[derive(Clone, Debug)]
pub struct ZoneSigner {
    keys: SigningKeys,
    policy: SigningPolicy,
}

impl ZoneSigner {
    /// A signer with these keys and this policy.
    ///
    /// # Errors
    /// If no key signs, or the policy contradicts itself.
    pub fn new(keys: SigningKeys, policy: SigningPolicy) -> Result<Self, SignError> {
        if keys.is_empty() {
            return Err(SignError::NoKeys);
        }
        if !policy.is_possible() {
            return Err(SignError::Policy);
        }
        Ok(Self { keys, policy })
    }

    /// The keys.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// The policy.
    pub fn policy(&self) -> &SigningPolicy {
        &self.policy
    }
}

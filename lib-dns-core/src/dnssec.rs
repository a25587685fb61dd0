//! DNSSEC: canonical RRsets and their signatures, delegations, what denies a name's existence, and the
//! digest of a zone.
//!
//! Cryptography is lent: the core keeps the rules, the caller brings keys and hashes. Room is lent too:
//! what must be sorted or put together stands in octets that the caller owns.
//!
//! | to | use |
//! |---|---|
//! | put an RRset in the form that is signed (RFC 4034 6) | [`CanonicalRrset`] |
//! | sign it, and check what others signed (RFC 4035 2.2, 5.3) | [`sign_rrset`], [`verify_rrset`] |
//! | make and match DS, CDS and CDNSKEY (RFC 4034 5, RFC 7344) | [`DsDigest`], [`ds_data`], [`ds_matches`] |
//! | know what a name is to the signer, and what denies it (RFC 4035 2.3, RFC 5155 7.1) | [`Standing`], [`Denial`] |
//! | know what such a record says of a name (RFC 4035 5.4, RFC 5155 8, RFC 6840 4) | [`nsec_says`], [`HashPlace`], [`proves_lack_of`] |
//! | replace keys, by times that each key has (RFC 6781 4.1, RFC 7583) | [`KeyTiming`], [`Rollover`] |
//! | hash names (RFC 5155 5) | [`Nsec3Parameters`], [`HashLabel`] |
//! | digest a zone (RFC 8976) | [`ZoneHasher`], [`zonemd_data`], [`verify_zonemd`] |

mod canonical;
mod delegation;
mod denial;
mod key_timing;
mod nsec3;
mod proof;
mod rollover;
mod signature;
mod zone_digest;

pub use canonical::{CanonicalError, CanonicalRrset, Place, write_canonical};
pub use delegation::{
    CDNSKEY_DELETE, CDS_DELETE, DNSKEY_REVOKED, DNSKEY_SEP, DNSKEY_ZONE, DsDigest, ds_data,
    ds_matches,
};
pub use denial::{Denial, Standing, write_nsec, write_nsec3};
pub use key_timing::{KeyEvent, KeyRole, KeyTiming, KeyUses};
pub use nsec3::{HASH_LABEL_LEN, HASH_LEN, HashLabel, MAX_ITERATIONS, Nsec3Parameters, Sha1};
pub use proof::{HashPlace, NsecSays, hides_below, nsec_says, proves_lack_of};
pub use rollover::{Rollover, RolloverKind, RolloverTerms};
pub use signature::{
    MAX_SIGNATURES, MAX_VERIFICATIONS, SignatureFault, SignatureTerms, Signed, SigningError,
    VerifyBudget, rrsig_labels, sign_rrset, verify_rrset, verify_signature,
};
pub use zone_digest::{ZoneHash, ZoneHasher, ZonemdFault, verify_zonemd, zonemd_data};

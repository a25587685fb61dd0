//! Updates that are signed with a private key (SIG(0), RFC 2931), whose public one stands in the zone or in the
//! configuration.

use super::Policy;
use crate::keyring::SystemVerifier;
use crate::zone::Zone;
use lib_dns_core::messages::Message;
use lib_dns_core::messages::sig0::{Sig0, Sig0Fault};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::update::{Identity, Requester};
use lib_dns_core::wire::WireError;
use lib_dns_core::zone::{ZoneLookup, ZoneNode};
use std::fmt;
use std::net::IpAddr;

/// For how many seconds a signature may be good. nsupdate makes them good for ten minutes.
///
/// As long as it is, whoever has seen the request can send it again, and it is done again (RFC 2931 4): what it
/// adds is there already, but what was deleted since comes back. Who cannot have that makes the state before a
/// prerequisite.
pub const MAX_WINDOW: u32 = 3600;

/// Whose private key has signed an update of a zone; `None` if none has, or no grant is for such keys. Nobody is
/// asked for the KEY records: they stand in the zone, or the policy has them.
///
/// It costs public-key operations, so they come last, and only for keys that have grants and whose algorithm and
/// tag are those of the signature.
///
/// # Errors
/// Why the signature proves nothing.
pub fn signer_of<'m>(
    message: &Message<'m>,
    address: IpAddr,
    policy: &Policy,
    zone: &Zone,
    now: u64,
) -> Result<Option<Name<'m>>, NotSigned> {
    if !policy.takes_sig0() {
        return Ok(None);
    }
    let found = Sig0::of(message).map_err(NotSigned::Malformed)?;
    let Some(signature) = found else {
        return Ok(None);
    };
    let signer = signature.signer();
    let requester = Requester {
        identity: Some(Identity::Sig0(signer)),
        address,
    };
    if !requester.has_grant(&policy.grants()) {
        return Err(NotSigned::NoGrant);
    }
    if signature.window() > MAX_WINDOW {
        return Err(NotSigned::TooLong);
    }
    let node = zone.get(&signer);
    let in_zone = node.and_then(|node| node.rrset(Type::KEY));
    let keys = policy.public_keys(signer);
    let keys = keys.chain(in_zone.iter().flat_map(|keys| keys.records()));
    let verified = signature.verify(&SystemVerifier::default(), keys, None, now);
    verified.map_err(NotSigned::Fault)?;
    Ok(Some(signer))
}

/// Why a signature with a private key proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NotSigned {
    /// It cannot be read.
    Malformed(WireError),
    /// There is no grant for this name and address.
    NoGrant,
    /// It is good for longer than [`MAX_WINDOW`].
    TooLong,
    /// It is not good.
    Fault(Sig0Fault),
}

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the SIG record cannot be read: {error}"),
            Self::NoGrant => f.write_str("no grant is for who has signed it"),
            Self::TooLong => write!(
                f,
                "the signature is good for more than {MAX_WINDOW} seconds"
            ),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for NotSigned {}

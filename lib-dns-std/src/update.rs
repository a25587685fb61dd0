//! Dynamic updates of the zones that are made here (RFC 2136).
//!
//! The rules are [`lib_dns_core::transfer::update`]; here they meet the zones of a server. [`carry_out`] works
//! out what a request changes from the version that is current when its turn comes, and has it signed, kept
//! and served by [`Commits`]. What is answered with NOERROR is on disk. [`signer_of`] says whose private key has
//! signed a request (SIG(0)).

mod policy;
mod sig0;

pub use policy::Policy;
pub use sig0::{MAX_WINDOW, NotSigned, signer_of};

use crate::clock::unix_time;
use crate::zone::{Change, ChangeError, CommitError, Commits};
use lib_dns_core::code_points::{MAX_MESSAGE_LEN, Rcode};
use lib_dns_core::messages::Message;
use lib_dns_core::transfer::update::{Outcome, Refusal, Requester, Terms, Update, UpdateError};
use std::fmt;
use tracing::{error, info, warn};

/// Carries out an update of a zone, or nothing of it, and says how it went. What happens is logged.
///
/// The signature of the request, if it has one, was verified before; `requester` says whose it is. It waits for
/// other writers of the zone and for the disk, so in an asynchronous program it belongs where it may block.
pub fn carry_out(
    commits: &Commits,
    policy: &Policy,
    message: &Message<'_>,
    requester: &Requester<'_>,
) -> Rcode {
    let asked = Asked(message, requester);
    let update = match Update::read(message) {
        Ok(update) => update,
        Err(refusal) => {
            info!("{asked} refused: {refusal}");
            return refusal.rcode();
        }
    };
    let grants = policy.grants();
    let terms = Terms {
        grants: &grants,
        serial: policy.serial(),
        now: unix_time(),
    };
    let committed = commits.commit(&update.zone(), |zone| {
        let mut change = Change::new();
        let mut scratch = vec![0; MAX_MESSAGE_LEN];
        let outcome = update.apply(zone, requester, &terms, &mut change, &mut scratch)?;
        let is_changed = outcome != Outcome::Unchanged;
        Ok::<_, UpdateError<ChangeError>>(is_changed.then_some(change))
    });
    match committed {
        Ok(Some(zone)) => {
            info!(serial = zone.serial().0, "{asked} done");
            Rcode::NOERROR
        }
        Ok(None) => {
            info!("{asked} done: nothing to change");
            Rcode::NOERROR
        }
        Err(CommitError::Refused(error)) => {
            info!("{asked} refused: {error}");
            error.rcode()
        }
        Err(CommitError::NoSuchZone(_)) => {
            info!("{asked} refused: {}", Refusal::NotAuthoritative);
            Refusal::NotAuthoritative.rcode()
        }
        Err(CommitError::Busy(_)) => {
            warn!("{asked} failed: too many changes wait already");
            Rcode::SERVFAIL
        }
        Err(error) => {
            error!("{asked} failed, and the zone stays as it was: {error}");
            Rcode::SERVFAIL
        }
    }
}

/// A request as logs tell it: which zone, from whom.
struct Asked<'a>(&'a Message<'a>, &'a Requester<'a>);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(message, requester) = self;
        f.write_str("UPDATE")?;
        if let Some(zone) = message.question() {
            write!(f, " of {}", zone.name)?;
        }
        write!(f, " from {}", requester.address)?;
        if let Some(identity) = &requester.identity {
            write!(f, " with the key {}", identity.name())?;
        }
        Ok(())
    }
}

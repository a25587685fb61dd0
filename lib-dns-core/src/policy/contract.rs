//! What an application may do with names (ZDNS architecture 14, 15): resolve once per session, trust keys and not
//! addresses, degrade as befits it, and never resolve in the hot path.
//!
//! | rule of 14.1 | where |
//! |---|---|
//! | 1 once per session | [`Session::reason_to_resolve`] |
//! | 2 identity outlives endpoints | [`Session::resolved`] |
//! | 3 when to verify again | [`Trust`] |
//! | 4 graceful degradation | [`Application::reacts_to`] |
//! | 5 no hot-path resolution | [`Activity::check`] |
//! | 6 the system's choice of endpoints | [`Session::next_endpoint`] |
//! | 7 the resolver's cache alone | [`Session::is_cached_valid`] |
//!
//! Everything here gives a verdict. What to do about a [`Violation`] is up to who asks: a client in a debug build may
//! stop there and then; a server counts it, logs it once, and limits. Whoever sends queries is never able to stop a server.

use super::{OwnerId, Rate, RateSlot, Rates, ResolutionFlags};
use crate::time::Timestamp;
use core::fmt;

/// How often one client may ask for one name within a second (15.1, invariant 3).
pub const MAX_QUERIES_PER_SECOND: u32 = 10;

/// Whose an answer is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity {
    /// The owner's key.
    pub owner: OwnerId,
    /// SHA-256 of the ownership proof, if there is one.
    pub proof: Option<[u8; 32]>,
}

/// Why a session may resolve its name again (14.1, rule 1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reason {
    /// The identity did not verify.
    IdentityMismatch,
    /// The user asks for it.
    UserAsked,
    /// No endpoint can be reached.
    AllUnreachable,
    /// The TTL has ended.
    TtlEnded,
}

/// What a session's application is to the peer it talks to (14.1, rules 2 and 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Trust {
    /// Trust goes on; that endpoints have changed does not matter.
    Continues,
    /// Verify the identity again before anything else: [`Session::verified`].
    VerifyAgain(Doubt),
}

/// Why an identity must be verified again (14.1, rule 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Doubt {
    /// The public key is another one.
    KeyChanged,
    /// The ownership proof is another one.
    ProofChanged,
    /// The handshake with the peer failed its cryptographic verification.
    HandshakeFailed,
}

/// One name for one session: the application's lifetime, or until it authenticates anew. It holds no record, only what
/// the contract needs to know.
///
/// Endpoints have the places that the resolution gave them; of more than 64 the rest is not used.
///
/// ```
/// use lib_dns_core::policy::OwnerId;
/// use lib_dns_core::policy::contract::{Doubt, Identity, Reason, Session, Trust};
/// use lib_dns_core::time::Timestamp;
/// let at = Timestamp::from_secs;
/// let alice = Identity { owner: OwnerId([1; 32]), proof: None };
/// let mut session = Session::begin(at(0), alice, 300, 2);
/// assert_eq!(session.reason_to_resolve(at(299), false), None);
/// assert_eq!(session.reason_to_resolve(at(300), false), Some(Reason::TtlEnded));
/// // Alice has moved: other endpoints, the same key.
/// assert_eq!(session.resolved(at(300), alice, 300, 3), Trust::Continues);
/// let mallory = Identity { owner: OwnerId([2; 32]), ..alice };
/// let trust = session.resolved(at(600), mallory, 300, 1);
/// assert_eq!(trust, Trust::VerifyAgain(Doubt::KeyChanged));
/// assert!(!session.is_cached_valid(at(601)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// Whom the session trusts.
    bound: Identity,
    /// Whom the last resolution named.
    named: Identity,
    doubt: Option<Doubt>,
    /// When the TTL ends.
    expires: Timestamp,
    endpoints: u8,
    /// The endpoints that could not be reached: a bit for each.
    unreachable: u64,
}

impl Session {
    /// Begins with the one resolution of the session, which was verified: whose it is, its TTL in seconds, and how many
    /// endpoints it has.
    pub fn begin(now: Timestamp, identity: Identity, ttl: u32, endpoints: usize) -> Self {
        Self {
            bound: identity,
            named: identity,
            doubt: None,
            expires: now.add_secs(ttl),
            endpoints: endpoints.min(64) as u8,
            unreachable: 0,
        }
    }

    /// Whom the session trusts.
    pub fn identity(&self) -> Identity {
        self.bound
    }

    /// Is what was resolved still valid: has the TTL not ended, and is the identity unchanged (14.2)?
    pub fn is_cached_valid(&self, now: Timestamp) -> bool {
        now < self.expires && self.doubt.is_none()
    }

    /// Why the name may be resolved again, if it may (rule 1). Not for each connection, not to be sure, not because time has
    /// passed that the TTL has not.
    pub fn reason_to_resolve(&self, now: Timestamp, is_asked_by_user: bool) -> Option<Reason> {
        if self.doubt.is_some() {
            Some(Reason::IdentityMismatch)
        } else if is_asked_by_user {
            Some(Reason::UserAsked)
        } else if self.has_only_unreachable() {
            Some(Reason::AllUnreachable)
        } else {
            (now >= self.expires).then_some(Reason::TtlEnded)
        }
    }

    /// The name was resolved again. Endpoints are new; trust goes on unless key or proof are (rules 2 and 3).
    pub fn resolved(
        &mut self,
        now: Timestamp,
        identity: Identity,
        ttl: u32,
        endpoints: usize,
    ) -> Trust {
        let doubt = if identity.owner != self.bound.owner {
            Some(Doubt::KeyChanged)
        } else if identity.proof != self.bound.proof {
            Some(Doubt::ProofChanged)
        } else {
            // A failed handshake with the same key may have been an endpoint's fault, which is gone now.
            None
        };
        *self = Self {
            bound: self.bound,
            doubt,
            ..Self::begin(now, identity, ttl, endpoints)
        };
        self.trust()
    }

    /// A handshake failed its cryptographic verification (rule 3).
    pub fn handshake_failed(&mut self) -> Trust {
        self.doubt.get_or_insert(Doubt::HandshakeFailed);
        self.trust()
    }

    /// The identity that was named last has been verified: the session trusts it from now on.
    pub fn verified(&mut self) {
        self.bound = self.named;
        self.doubt = None;
    }

    /// Whether trust goes on.
    pub fn trust(&self) -> Trust {
        self.doubt.map_or(Trust::Continues, Trust::VerifyAgain)
    }

    /// An endpoint could not be reached. That says nothing about trust.
    pub fn endpoint_failed(&mut self, place: usize) {
        self.unreachable |= endpoint_bit(place);
    }

    /// The endpoint to connect to: the first in the system's order that has not failed (rule 6). An application has no order
    /// of its own.
    pub fn next_endpoint(&self, system_order: impl IntoIterator<Item = usize>) -> Option<usize> {
        let can_be_tried = |place: &usize| {
            *place < usize::from(self.endpoints) && self.unreachable & endpoint_bit(*place) == 0
        };
        system_order.into_iter().find(can_be_tried)
    }

    fn has_only_unreachable(&self) -> bool {
        (0..usize::from(self.endpoints)).all(|place| self.unreachable & endpoint_bit(place) != 0)
    }
}

fn endpoint_bit(place: usize) -> u64 {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    1u64.checked_shl(place).unwrap_or(0)
}

/// What kind of application it is, for what happens when nothing can be resolved (14.1, rule 4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Application {
    /// Fails closed.
    Payments,
    /// Fails open.
    Messaging,
    /// Something else that fails closed.
    OtherClosed,
    /// Something else that fails open.
    OtherOpen,
}

/// What came of a resolution.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Resolved {
    /// An answer with these flags.
    Answer(ResolutionFlags),
    /// SERVFAIL. `has_last_known` says if there is an endpoint that served before.
    Failure {
        /// Is there an endpoint from before?
        has_last_known: bool,
    },
}

/// What an application does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reaction {
    /// It connects.
    Proceed,
    /// It connects, and warns the user.
    Warn,
    /// It connects once the user has confirmed.
    Confirm,
    /// It tries the endpoint that it knew last; the peer must still prove the identity that the session trusts.
    TryLastKnown,
    /// It does not connect.
    Refuse,
}

impl Application {
    /// What it does about what came of a resolution (rule 4): contested names are confirmed by the user, other degraded
    /// answers warned of; where an answer comes from is shown, and no reason to warn.
    ///
    /// ```
    /// use lib_dns_core::policy::ResolutionFlags;
    /// use lib_dns_core::policy::contract::{Application, Reaction, Resolved};
    /// let stale = Resolved::Answer(ResolutionFlags::STALE);
    /// assert_eq!(Application::Payments.reacts_to(stale), Reaction::Warn);
    /// let failure = Resolved::Failure { has_last_known: true };
    /// assert_eq!(Application::Payments.reacts_to(failure), Reaction::Refuse);
    /// assert_eq!(Application::Messaging.reacts_to(failure), Reaction::TryLastKnown);
    /// ```
    pub fn reacts_to(self, resolved: Resolved) -> Reaction {
        const PROVENANCE: ResolutionFlags =
            ResolutionFlags::EXTERNAL.with(ResolutionFlags::FEDERATED);
        match resolved {
            Resolved::Answer(flags) if flags.contains(ResolutionFlags::CONTESTED) => {
                Reaction::Confirm
            }
            Resolved::Answer(flags) if flags.without(PROVENANCE).is_empty() => Reaction::Proceed,
            Resolved::Answer(_) => Reaction::Warn,
            Resolved::Failure { has_last_known } => match self {
                Self::Messaging | Self::OtherOpen if has_last_known => Reaction::TryLastKnown,
                _ => Reaction::Refuse,
            },
        }
    }
}

/// What who wants to resolve is doing (14.1, rule 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activity {
    /// Getting ready, in the background, or waiting for the user: resolving is allowed.
    Preparing,
    /// Establishing a connection (15.1, invariant 1): with what was resolved before.
    Connecting,
    /// Transferring data.
    Transferring,
    /// Voice or video.
    RealTime,
    /// Whatever else must not wait.
    TimeCritical,
    /// Handling a packet (15.1, invariants 2 and 3).
    HandlingPacket,
}

impl Activity {
    /// May one resolve now (14.1, rule 5; `check_not_in_packet_handler` of 15.2)?
    ///
    /// # Errors
    /// What forbids it. Use what was resolved before, or the fallback, and resolve in the background.
    pub fn check(self) -> Result<(), Violation> {
        match self {
            Self::Preparing => Ok(()),
            Self::HandlingPacket => Err(Violation::PacketHandler),
            Self::Connecting | Self::Transferring | Self::RealTime | Self::TimeCritical => {
                Err(Violation::HotPath)
            }
        }
    }
}

/// What breaks the contract.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Violation {
    /// One client asks for one name more than 10 times a second.
    QueryRate {
        /// Is it the first time in this second? Log it then.
        is_first: bool,
    },
    /// Resolving while a packet is handled.
    PacketHandler,
    /// Resolving while connecting, or while data flows.
    HotPath,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueryRate { .. } => {
                "INVARIANT VIOLATION: Query rate > 10/sec. \
                 This indicates per-packet or hot-path resolution."
            }
            Self::PacketHandler => {
                "INVARIANT VIOLATION: DNS resolution called from packet handler. \
                 Resolution must happen before connection, not during data transfer."
            }
            Self::HotPath => {
                "INVARIANT VIOLATION: DNS resolution in the hot path. \
                 Resolve before, or use what was resolved."
            }
        })
    }
}

impl core::error::Error for Violation {}

/// Watches how often each client asks for each name (15.1, invariant 3; 15.2).
///
/// Keys are whatever names client and name: an address and a name on a server, an index on a small device.
///
/// ```
/// use lib_dns_core::policy::RateSlot;
/// use lib_dns_core::policy::contract::{QueryRates, Violation};
/// use lib_dns_core::time::Timestamp;
/// let mut rates = QueryRates::new([RateSlot::default(); 8]);
/// let now = Timestamp::from_secs(1);
/// for _ in 0..10 {
///     assert_eq!(rates.check_query_rate(now, ("client", "alice.sovereign.")), Ok(()));
/// }
/// let much = rates.check_query_rate(now, ("client", "alice.sovereign."));
/// assert_eq!(much, Err(Violation::QueryRate { is_first: true }));
/// assert_eq!(rates.check_query_rate(now, ("client", "bob.sovereign.")), Ok(()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct QueryRates<S> {
    rates: Rates<S>,
}

impl<S> QueryRates<S> {
    /// With slots for as many clients and names as are watched at a time.
    pub fn new(slots: S) -> Self {
        Self {
            rates: Rates::new(slots, MAX_QUERIES_PER_SECOND, 1_000),
        }
    }

    /// A client asks for a name.
    ///
    /// # Errors
    /// If it has asked for it 10 times in this second.
    pub fn check_query_rate<K: PartialEq>(
        &mut self,
        now: Timestamp,
        client_and_name: K,
    ) -> Result<(), Violation>
    where
        S: AsMut<[RateSlot<K>]>,
    {
        match self.rates.count(now, client_and_name) {
            Rate::Within => Ok(()),
            Rate::Exceeded => Err(Violation::QueryRate { is_first: true }),
            Rate::StillExceeded => Err(Violation::QueryRate { is_first: false }),
        }
    }
}

#[cfg(test)]
mod tests;

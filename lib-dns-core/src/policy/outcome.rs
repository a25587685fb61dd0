//! What a client is told, whatever happened (ZDNS architecture 11.3 and 13.2).
//!
//! [`Outcome::of`] is a total function: from what was found, the soft failures that were met and the hard failure,
//! if there was one, to rcode, flags and extended DNS errors. Two tables hold it completely, [`SoftFailure::TABLE`] and
//! [`HardFailure::TABLE`]; what their documentation shows is made from the rows that the code uses.
//!
//! Soft failures add up: "return data with degradation flags, let the client decide". One hard failure decides alone:
//! "return an error, do not guess or fabricate data"; of several, the first in the table.

use super::ResolutionFlags;
use crate::code_points::{InfoCode, Rcode};

/// A number of the table as its documentation shows it.
macro_rules! shown_ttl {
    (-) => {
        "as it is"
    };
    ($ttl:literal) => {
        concat!("at most ", $ttl, " s")
    };
}

macro_rules! ttl_value {
    (-) => {
        None
    };
    ($ttl:literal) => {
        Some($ttl)
    };
}

/// Defines the soft failures: the enum, its table, and the table's documentation.
macro_rules! soft_failures {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident: $flag:ident, [$($code:ident),*], $text:literal, AD $ad:ident, TTL $ttl:tt, $source:literal;
    )+) => {
        /// Degraded but usable: the answer is given, and says so. [`Self::TABLE`] holds what each means.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum SoftFailure {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl SoftFailure {
            /// What each soft failure means for the answer.
            ///
            /// | failure | flag | extended errors | text starts with | may AD be set | TTL | source |
            /// |---|---|---|---|---|---|---|
            $(
                #[doc = concat!(
                    "| [`", stringify!($variant), "`](Self::", stringify!($variant), ") | ", stringify!($flag),
                    " | " $(, stringify!($code), " ")*, "| `", $text, "` | ", stringify!($ad), " | ",
                    shown_ttl!($ttl), " | ", $source, " |"
                )]
            )+
            pub const TABLE: &'static [SoftRow] = &[$(
                SoftRow {
                    failure: Self::$variant,
                    flag: ResolutionFlags::$flag,
                    errors: &[$(InfoCode::$code),*],
                    text: $text,
                    may_be_authenticated: $ad,
                    max_ttl: ttl_value!($ttl),
                },
            )+];
        }
    };
}

/// Defines the hard failures in the same manner.
macro_rules! hard_failures {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident: $rcode:ident, [$($code:ident),*], $text:literal, $source:literal;
    )+) => {
        /// Nothing may be served but an error. Of several, the least decides. [`Self::TABLE`] holds what each means.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum HardFailure {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl HardFailure {
            /// What each hard failure means for the answer, the one that decides over all others first.
            ///
            /// | failure | rcode | extended errors | text starts with | source |
            /// |---|---|---|---|---|
            $(
                #[doc = concat!(
                    "| [`", stringify!($variant), "`](Self::", stringify!($variant), ") | ", stringify!($rcode),
                    " | " $(, stringify!($code), " ")*, "| `", $text, "` | ", $source, " |"
                )]
            )+
            pub const TABLE: &'static [HardRow] = &[$(
                HardRow {
                    failure: Self::$variant,
                    rcode: Rcode::$rcode,
                    errors: &[$(InfoCode::$code),*],
                    text: $text,
                },
            )+];
        }
    };
}

soft_failures! {
    /// The TTL of the data has ended, its signature is valid.
    StaleData: STALE, [STALE_ANSWER], "stale", AD true, TTL 30, "11.3, RFC 8767";
    /// The TTL of a negative answer has ended.
    StaleDenial: STALE, [STALE_NXDOMAIN_ANSWER], "stale", AD true, TTL 30, "11.3, RFC 8767";
    /// Different owners claim the name, each with a valid signature: all answers are given.
    Disputed: CONTESTED, [OTHER, CONTESTED], "contested", AD false, TTL 60, "11.2 case B";
    /// Somebody did not find what is served.
    Contested: CONTESTED, [OTHER, CONTESTED], "contested", AD false, TTL 60, "12.2 rule 5";
    /// One authority could not be reached; others could.
    AuthorityUnreachable: DEGRADED, [NETWORK_ERROR], "degraded", AD true, TTL -, "11.3";
    /// Not every known authority was asked before something was said not to exist.
    PartialCoverage: DEGRADED, [NO_REACHABLE_AUTHORITY], "coverage", AD true, TTL 60, "12.2 rule 4";
    /// A proof was not checked, as the deployment wishes.
    ValidationSkipped: DEGRADED, [DNSSEC_INDETERMINATE], "degraded", AD false, TTL -, "13.2, 14.2";
    /// Signatures are not checked here, because the operator said so for this zone.
    ValidationDisabled: DEGRADED, [NEGATIVE_TRUST_ANCHOR], "degraded", AD false, TTL -, "RFC 7646";
    /// The signature's algorithm is deprecated.
    WeakAlgorithm: WEAK_CRYPTO, [OTHER, WEAK_CRYPTO], "weak-crypto", AD true, TTL -, "11.3";
    /// The signature has expired by a clock that is doubtful.
    ExpiredByDoubtfulClock: TIME_UNCERTAIN, [SIGNATURE_EXPIRED], "time-uncertain", AD false, TTL 30, "11.3";
    /// The signature is not yet valid by a clock that is doubtful.
    NotYetValidByDoubtfulClock: TIME_UNCERTAIN, [SIGNATURE_NOT_YET_VALID], "time-uncertain", AD false, TTL 30, "11.3";
    /// The zone's key was trusted because it came first.
    TrustedOnFirstUse: TOFU, [OTHER, TRUST_ON_FIRST_USE], "tofu_mode=true", AD false, TTL -, "13.1 option D";
    /// The answer comes from the Internet.
    External: EXTERNAL, [OTHER, EXTERNAL], "external", AD false, TTL -, "16.1 class C";
    /// The answer comes from another mesh.
    Federated: FEDERATED, [OTHER, FEDERATED], "federated_from", AD true, TTL -, "16.2";
    /// The answer was made from other data: the DHT, gossip, or a denial that covers more than one name.
    Synthesized: SYNTHESIZED, [SYNTHESIZED], "synthesized", AD true, TTL -, "7.1, RFC 8198";
    /// Not every record of the name could be gathered.
    Incomplete: INCOMPLETE, [OTHER], "incomplete", AD true, TTL -, "5.4";
}

hard_failures! {
    /// The server's rules forbid this client the question.
    Prohibited: REFUSED, [PROHIBITED], "scope", "16.1";
    /// Too many questions from this client.
    RateLimited: REFUSED, [RATE_LIMITED], "rate", "15.1 invariant 3";
    /// The name is in no zone of ours, and recursion was not asked for.
    NotAuthoritative: REFUSED, [NOT_AUTHORITATIVE], "not our zone", "RFC 8914 4.21";
    /// The operation is not done here.
    NotSupported: NOTIMP, [NOT_SUPPORTED], "not supported", "RFC 8914 4.22";
    /// The type must not be asked for.
    InvalidQueryType: NOTIMP, [INVALID_QUERY_TYPE], "not supported", "RFC 9824";
    /// The zone was revoked by its own operator.
    RevokedByOperator: NXDOMAIN, [BLOCKED], "revoked", "11.3";
    /// The zone was revoked by the mesh's governance.
    RevokedByGovernance: NXDOMAIN, [CENSORED], "revoked", "11.3";
    /// No trust anchor leads to the zone.
    NoTrustAnchor: SERVFAIL, [DNSSEC_INDETERMINATE], "no_trust_anchor", "13.2";
    /// There is a DS record and no key for it.
    KeyMissing: SERVFAIL, [DNSKEY_MISSING], "trust_chain_broken", "13.2";
    /// What must be signed has no signature.
    SignatureMissing: SERVFAIL, [RRSIGS_MISSING], "trust_chain_broken", "13.2";
    /// What must be denied by NSEC or NSEC3 is not.
    DenialMissing: SERVFAIL, [NSEC_MISSING], "trust_chain_broken", "13.2";
    /// The signature has expired, and the clock is trusted.
    SignatureExpired: SERVFAIL, [SIGNATURE_EXPIRED], "trust_chain_broken", "13.2";
    /// The signature is not yet valid, and the clock is trusted.
    SignatureNotYetValid: SERVFAIL, [SIGNATURE_NOT_YET_VALID], "trust_chain_broken", "13.2";
    /// The signature ends before it starts.
    SignatureExpiredBeforeValid: SERVFAIL, [SIGNATURE_EXPIRED_BEFORE_VALID], "trust_chain_broken", "13.2";
    /// The zone's signature does not verify, or the chain is broken in a way that has no number of its own.
    ChainBroken: SERVFAIL, [DNSSEC_BOGUS], "trust_chain_broken", "11.3, 13.2";
    /// The owner's signature does not verify.
    OwnerSignatureInvalid: SERVFAIL, [DNSSEC_BOGUS], "proof_invalid: pq", "11.3, 13.2";
    /// The ownership proof is invalid.
    ProofInvalid: SERVFAIL, [DNSSEC_BOGUS, PROOF_INVALID], "proof_invalid", "11.3, 13.2";
    /// The data is older than stale data may be.
    TooStale: SERVFAIL, [INVALID_DATA], "too stale", "11.3";
    /// The server has only started, and the zone has not come yet.
    NotReady: SERVFAIL, [NOT_READY], "not ready", "RFC 8914 4.15";
    /// The work that one question may cost is used up. A limit is a failure, never a success.
    WorkExhausted: SERVFAIL, [OTHER], "work budget", "15.1";
    /// It failed a moment ago, and is not tried again yet.
    CachedFailure: SERVFAIL, [CACHED_ERROR], "failed before", "RFC 9520";
    /// No authority could be reached, and nothing is cached.
    AllUnreachable: SERVFAIL, [NO_REACHABLE_AUTHORITY], "no authority reachable", "11.3";
}

/// A row of [`SoftFailure::TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoftRow {
    /// What happened.
    pub failure: SoftFailure,
    /// The flag that says so in the ZDNS option, and to applications (14.2).
    pub flag: ResolutionFlags,
    /// The extended DNS errors that say so to ordinary tools: a standard code, then one of ours if need be.
    pub errors: &'static [InfoCode],
    /// What the text of the first of them starts with. Details may follow behind a colon.
    pub text: &'static str,
    /// Whether AD may be set, if the data validates.
    pub may_be_authenticated: bool,
    /// The most that the answer's TTL may be, in seconds.
    pub max_ttl: Option<u32>,
}

/// A row of [`HardFailure::TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HardRow {
    /// What happened.
    pub failure: HardFailure,
    /// The rcode of the answer.
    pub rcode: Rcode,
    /// The extended DNS errors: a standard code, then one of ours if need be.
    pub errors: &'static [InfoCode],
    /// What the text of the first of them starts with.
    pub text: &'static str,
}

/// A set of soft failures.
///
/// ```
/// use lib_dns_core::policy::outcome::{SoftFailure, SoftFailures};
/// let met = SoftFailures::NONE.with(SoftFailure::StaleData).with(SoftFailure::WeakAlgorithm);
/// assert!(met.contains(SoftFailure::StaleData));
/// assert_eq!(met.iter().count(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SoftFailures(u32);

impl SoftFailures {
    /// Nothing went wrong.
    pub const NONE: Self = Self(0);

    /// And this one.
    #[must_use]
    pub const fn with(self, failure: SoftFailure) -> Self {
        Self(self.0 | 1 << failure as u32)
    }

    /// And those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Is this one among them?
    pub const fn contains(self, failure: SoftFailure) -> bool {
        self.0 & 1 << failure as u32 != 0
    }

    /// Is there none?
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of the table.
    pub fn iter(self) -> impl Iterator<Item = SoftFailure> {
        self.rows().map(|row| row.failure)
    }

    fn rows(self) -> impl Iterator<Item = &'static SoftRow> {
        let rows = SoftFailure::TABLE.iter();
        rows.filter(move |row| self.contains(row.failure))
    }
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Found {
    /// Records of the type that was asked for, or an alias.
    Data,
    /// The name, without records of the type.
    NoData,
    /// No such name, in the present view.
    NoName,
}

/// What the answer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AnswerKind {
    /// What was found.
    Found(Found),
    /// No records: only the error.
    Error,
}

/// What a client is told.
///
/// ```
/// use lib_dns_core::code_points::{InfoCode, Rcode};
/// use lib_dns_core::policy::{ResolutionFlags, outcome::{Found, Outcome, SoftFailure, SoftFailures}};
/// let met = SoftFailures::NONE.with(SoftFailure::StaleData);
/// let outcome = Outcome::of(Found::Data, met, None);
/// assert_eq!(outcome.rcode, Rcode::NOERROR);
/// assert_eq!(outcome.flags, ResolutionFlags::STALE);
/// assert_eq!(outcome.max_ttl, Some(30));
/// assert_eq!(outcome.errors().next(), Some((InfoCode::STALE_ANSWER, "stale")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// What it holds.
    pub kind: AnswerKind,
    /// Its rcode.
    pub rcode: Rcode,
    /// Its flags in the ZDNS option.
    pub flags: ResolutionFlags,
    /// Whether AD may be set, if the data validates.
    pub may_be_authenticated: bool,
    /// The most that the TTL of its records may be, in seconds.
    pub max_ttl: Option<u32>,
    soft: SoftFailures,
    hard: Option<HardFailure>,
}

impl Outcome {
    /// The answer to what was found and what went wrong: defined for all arguments.
    pub fn of(found: Found, soft: SoftFailures, hard: Option<HardFailure>) -> Self {
        if let Some(row) = hard.and_then(HardFailure::row) {
            return Self {
                kind: AnswerKind::Error,
                rcode: row.rcode,
                flags: ResolutionFlags::default(),
                may_be_authenticated: false,
                max_ttl: None,
                soft: SoftFailures::NONE,
                hard,
            };
        }
        let mut outcome = Self {
            kind: AnswerKind::Found(found),
            rcode: match found {
                Found::Data | Found::NoData => Rcode::NOERROR,
                Found::NoName => Rcode::NXDOMAIN,
            },
            flags: ResolutionFlags::default(),
            may_be_authenticated: true,
            max_ttl: None,
            soft,
            hard: None,
        };
        for row in soft.rows() {
            outcome.flags.0 |= row.flag.0;
            outcome.may_be_authenticated &= row.may_be_authenticated;
            outcome.max_ttl = match (outcome.max_ttl, row.max_ttl) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        outcome
    }

    /// The extended DNS errors, in the order of the tables, each with what its text starts with. What is equal in code
    /// and text is said once.
    pub fn errors(&self) -> impl Iterator<Item = (InfoCode, &'static str)> {
        let hard = self.hard.and_then(HardFailure::row);
        let hard = hard.map(|row| (row.errors, row.text));
        let soft = self.soft;
        let rows = hard
            .into_iter()
            .chain(soft.rows().map(|row| (row.errors, row.text)));
        rows.enumerate()
            .filter(move |(index, row)| {
                let mut before = soft.rows().take(*index);
                hard.is_some() || !before.any(|other| (other.errors, other.text) == *row)
            })
            .flat_map(|(_, (errors, text))| errors.iter().map(move |code| (*code, text)))
    }
}

impl HardFailure {
    /// Its row of the table.
    fn row(self) -> Option<&'static HardRow> {
        Self::TABLE.iter().find(|row| row.failure == self)
    }
}

#[cfg(test)]
mod tests;

//! `sign.policy`: how the keys of a zone are made and replaced.

use super::reading::{Check, Layers, Reading, Setting, Value, section, suggestion, words};
use super::zone::Remote;
use crate::keyring;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::dnssec::RolloverTerms;
use std::ops::Range;
use std::time::Duration;

/// The algorithms of keys that can be made here.
const ALGORITHMS: [SecurityAlgorithm; 5] = [
    SecurityAlgorithm::ED25519,
    SecurityAlgorithm::ECDSAP256SHA256,
    SecurityAlgorithm::ECDSAP384SHA384,
    SecurityAlgorithm::RSASHA256,
    SecurityAlgorithm::MLDSA44,
];

/// A mnemonic, in small letters as `zdns key generate` takes it.
impl Setting for SecurityAlgorithm {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = super::values::text(value, reading)?;
        let read = Self::from_mnemonic(text.as_bytes()).filter(|read| ALGORITHMS.contains(read));
        if read.is_none() {
            let known = ALGORITHMS.map(|one| one.to_string().to_lowercase());
            let suggestion = suggestion(text, known.iter().map(String::as_str));
            let what = format_args!("no keys of '{text}' can be made here{suggestion}");
            reading.fault(&value.span(), what.to_string());
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().to_lowercase().into())
    }
}

words! {
    /// How a key-signing key is replaced.
    pub enum KskMethod {
        /// The new key beside the old one for a while, then the parent is asked (RFC 7583 3.3.1).
        "double-signature" => DoubleSignature,
        /// The parent points to both, then one takes the other's place (RFC 7583 3.3.2).
        "double-ds" => DoubleDs,
    }
}

section! {
    /// How the keys of a zone are made and replaced (RFC 6781 4, RFC 7583).
    pub struct KeyPolicy {
        /// The algorithm of the keys; another one than that of the keys that are there replaces them. Without
        /// it, keys are followed by keys of their algorithm, and the first is Ed25519.
        "algorithm" => algorithm: Option<SecurityAlgorithm> = None,
        /// Is the first key one that signs everything? Else they are two, a KSK and a ZSK.
        "single-key" => single_key: bool = true,
        /// How long a zone-signing key signs; for ever, if it is missing.
        "zsk-lifetime" => zsk_lifetime: Option<Duration> = None,
        /// How long a key-signing key signs; for ever, if it is missing.
        "ksk-lifetime" => ksk_lifetime: Option<Duration> = None,
        /// How long a key that signs everything signs; for ever, if it is missing.
        "csk-lifetime" => csk_lifetime: Option<Duration> = None,
        /// How a key-signing key is replaced.
        "ksk-method" => ksk_method: KskMethod = KskMethod::DoubleSignature,
        /// Servers of the parent zone, or resolvers that are trusted, which are asked for DS records while a new
        /// key waits for them. It goes on when all of them have these. Without any, somebody says so
        /// (`zdns key rollover --ds-seen`).
        "parents" => parents: Vec<Remote> = Vec::new(),
        /// How often they are asked.
        "parent-check" => parent_check: Duration = Duration::from_secs(3600),
        /// How long it takes until all servers of the zone have a change.
        "propagation" => propagation: Duration = Duration::from_secs(300),
        /// How long it takes until all servers of the parent have a change.
        "parent-propagation" => parent_propagation: Duration = Duration::from_secs(3600),
        /// The TTL of the parent's DS records.
        "ds-ttl" => ds_ttl: Duration = Duration::from_secs(86_400),
        /// The largest TTL that the zone will have; that which it has counts too.
        "max-zone-ttl" => max_zone_ttl: Duration = Duration::from_secs(86_400),
    }
}

/// How long it takes until the whole zone is signed with other keys, in seconds.
const SIGNING: u32 = 3600;
/// The most of every time, in seconds: 34 years.
const MOST: u64 = 1 << 30;

impl Check for KeyPolicy {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        layers.check_range(
            "parent-check",
            self.parent_check.as_secs(),
            1..=604_800,
            reading,
        );
        for (key, time) in [
            ("propagation", self.propagation),
            ("parent-propagation", self.parent_propagation),
            ("ds-ttl", self.ds_ttl),
            ("max-zone-ttl", self.max_zone_ttl),
        ] {
            layers.check_range(key, time.as_secs(), 0..=MOST, reading);
        }
    }
}

impl KeyPolicy {
    /// Notes a lifetime that is shorter than a rollover by itself. `dnskey_ttl` is in seconds.
    pub(super) fn check_lifetimes(
        &self,
        dnskey_ttl: u32,
        place: &Range<usize>,
        reading: &mut Reading<'_>,
    ) {
        let terms = self.terms(dnskey_ttl);
        let least = terms.keys_known() + terms.signatures_known();
        for (key, lifetime) in [
            ("zsk-lifetime", self.zsk_lifetime),
            ("ksk-lifetime", self.ksk_lifetime),
            ("csk-lifetime", self.csk_lifetime),
        ] {
            if lifetime.is_some_and(|lifetime| !(least..=MOST).contains(&lifetime.as_secs())) {
                let what = format_args!(
                    "{key} must be from {least} seconds, which a rollover takes with these times, to {MOST}"
                );
                reading.fault(place, what);
            }
        }
    }

    /// The same, as keyrings follow it. `dnskey_ttl` is the TTL of the DNSKEY RRset in seconds.
    pub fn as_followed(&self, dnskey_ttl: u32) -> keyring::KeyPolicy {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
        keyring::KeyPolicy {
            algorithm: self.algorithm,
            single_key: self.single_key,
            zsk_lifetime: seconds(self.zsk_lifetime),
            ksk_lifetime: seconds(self.ksk_lifetime),
            csk_lifetime: seconds(self.csk_lifetime),
            ksk_double_ds: self.ksk_method == KskMethod::DoubleDs,
            terms: self.terms(dnskey_ttl),
        }
    }

    fn terms(&self, dnskey_ttl: u32) -> RolloverTerms {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        RolloverTerms {
            dnskey_ttl,
            max_zone_ttl: seconds(self.max_zone_ttl),
            ds_ttl: seconds(self.ds_ttl),
            propagation: seconds(self.propagation),
            parent_propagation: seconds(self.parent_propagation),
            signing: SIGNING,
        }
    }
}

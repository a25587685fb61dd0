//! How a zone is signed.

use lib_dns_core::dnssec::{Denial, DsDigest, MAX_ITERATIONS, Nsec3Parameters, ZoneHash};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::SerialPolicy;

/// How a zone is signed. Times are in seconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SigningPolicy {
    /// How it denies what does not exist.
    pub denial: DenialPolicy,
    /// How long a signature is valid, from now on.
    pub lifetime: u32,
    /// How long before now a signature is valid already, for clocks that are late.
    pub inception_offset: u32,
    /// Signatures end up to so much earlier, so that they do not all end at once; less than `lifetime`.
    pub jitter: u32,
    /// Another number, another spread of `jitter`.
    pub jitter_seed: u64,
    /// Signatures are made anew so long before they end; less than `lifetime` without `jitter`.
    pub refresh: u32,
    /// The TTL of DNSKEY, CDS and CDNSKEY records.
    pub dnskey_ttl: u32,
    /// What the parent is asked for.
    pub sync: SyncPolicy,
    /// The ZONEMD records that the zone gets. Each change then hashes the whole zone.
    pub zonemd: Vec<ZoneHash>,
    /// The serial that a version gets; `None` keeps the one that the zone has. A change that says none gets
    /// the one that follows.
    pub serial: Option<SerialPolicy>,
}

impl Default for SigningPolicy {
    /// NSEC; 14 days, from an hour ago, less up to 12 hours; anew 7 days before the end; DNSKEY records for
    /// an hour; CDS with SHA-256 and CDNSKEY; no ZONEMD; the serial counts up.
    fn default() -> Self {
        Self {
            denial: DenialPolicy::Nsec,
            lifetime: 14 * 86_400,
            inception_offset: 3_600,
            jitter: 12 * 3_600,
            jitter_seed: 0,
            refresh: 7 * 86_400,
            dnskey_ttl: 3_600,
            sync: SyncPolicy::default(),
            zonemd: Vec::new(),
            serial: Some(SerialPolicy::Increment),
        }
    }
}

impl SigningPolicy {
    /// From when until when the signature of an RRset made now is valid, modulo 2^32.
    pub(super) fn validity(&self, owner: &Name<'_>, rtype: Type, now: u32) -> (u32, u32) {
        let inception = now.wrapping_sub(self.inception_offset);
        let spread = match self.jitter {
            0 => 0,
            jitter => (self.spread(owner, rtype) % u64::from(jitter)) as u32,
        };
        (
            inception,
            now.wrapping_add(self.lifetime).wrapping_sub(spread),
        )
    }

    /// A number that is the same for the same RRset each time, and else anything (FNV-1a, and a last mix).
    fn spread(&self, owner: &Name<'_>, rtype: Type) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325 ^ self.jitter_seed;
        let labels = owner.labels().flatten();
        let octets = labels
            .map(u8::to_ascii_lowercase)
            .chain(rtype.0.to_be_bytes());
        let hash = octets.fold(start, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
    }

    /// Is it one that a zone can be signed by?
    pub(super) fn is_possible(&self) -> bool {
        let shortest = self.lifetime.checked_sub(self.jitter);
        let denial = match &self.denial {
            DenialPolicy::Nsec => true,
            DenialPolicy::Nsec3 {
                iterations, salt, ..
            } => *iterations <= MAX_ITERATIONS && salt.len() <= 255,
        };
        denial
            && shortest.is_some_and(|shortest| shortest > self.refresh)
            // Beyond, serial number arithmetic cannot tell before from after (RFC 4034 3.1.5).
            && self.lifetime.saturating_add(self.inception_offset) < 1 << 31
    }
}

/// How a zone denies what does not exist.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum DenialPolicy {
    /// By NSEC records.
    #[default]
    Nsec,
    /// By NSEC3 records. RFC 9276 asks for no iterations and no salt.
    Nsec3 {
        /// How often each hash is hashed again, at most [`MAX_ITERATIONS`].
        iterations: u16,
        /// What is hashed with each name, at most 255 octets.
        salt: Vec<u8>,
        /// Are delegations without DS records left out? Only for zones of very many.
        opt_out: bool,
    },
}

impl DenialPolicy {
    /// NSEC3 as RFC 9276 asks for it.
    pub const NSEC3: Self = Self::Nsec3 {
        iterations: 0,
        salt: Vec::new(),
        opt_out: false,
    };

    pub(super) fn kind(&self) -> Denial {
        match self {
            Self::Nsec => Denial::Nsec,
            Self::Nsec3 { opt_out, .. } => Denial::Nsec3 { opt_out: *opt_out },
        }
    }

    pub(super) fn parameters(&self) -> Option<Nsec3Parameters<'_>> {
        match self {
            Self::Nsec => None,
            Self::Nsec3 {
                iterations, salt, ..
            } => Some(Nsec3Parameters {
                iterations: *iterations,
                salt,
            }),
        }
    }
}

/// What the parent is asked for by CDS and CDNSKEY records (RFC 7344, RFC 8078).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SyncPolicy {
    /// The records that the zone has stay as they are.
    Keep,
    /// To point to the keys that are to be pointed to; no records while there are none.
    Publish {
        /// The digests of CDS records; [`DsDigest::Sha1`] is passed over.
        digests: Vec<DsDigest>,
        /// Are there CDNSKEY records too?
        cdnskey: bool,
    },
    /// To remove all DS records, before the zone becomes unsigned.
    Delete,
}

impl Default for SyncPolicy {
    fn default() -> Self {
        Self::Publish {
            digests: vec![DsDigest::Sha256],
            cdnskey: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::name::NameBuf;

    #[test]
    fn signatures_do_not_all_end_at_once() {
        let policy = SigningPolicy::default();
        let mut ends = std::collections::BTreeSet::new();
        for n in 0..1000 {
            let owner = NameBuf::from_text(&format!("n{n}.example.")).unwrap();
            let (start, end) = policy.validity(&owner.as_name(), Type::A, 1_000_000_000);
            assert_eq!(start, 1_000_000_000 - 3_600);
            let lasts = end - 1_000_000_000;
            assert!(lasts <= policy.lifetime && lasts > policy.lifetime - policy.jitter);
            ends.insert(lasts / 3_600);
        }
        assert_eq!(ends.len(), 12);
    }

    #[test]
    fn impossible_policies_are_known() {
        let possible = |change: &dyn Fn(&mut SigningPolicy)| {
            let mut policy = SigningPolicy::default();
            change(&mut policy);
            policy.is_possible()
        };
        assert!(possible(&|_| {}));
        assert!(!possible(&|policy| policy.refresh = policy.lifetime));
        assert!(!possible(&|policy| policy.jitter = policy.lifetime + 1));
        assert!(!possible(&|policy| policy.lifetime = u32::MAX));
        let nsec3 = |iterations, salt| DenialPolicy::Nsec3 {
            iterations,
            salt: vec![0; salt],
            opt_out: false,
        };
        assert!(possible(&|policy| policy.denial = nsec3(500, 255)));
        assert!(!possible(&|policy| policy.denial = nsec3(501, 0)));
        assert!(!possible(&|policy| policy.denial = nsec3(0, 256)));
    }
}

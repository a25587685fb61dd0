//! Keys that are made and replaced by a policy, without anybody asking for it.

use super::{KeyError, KeyEvent, KeyRole, Keyring, ZoneKey};
use crate::hash::RustCryptoDigest;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::Signer;
use lib_dns_core::dnssec::{KeyTiming, Rollover, RolloverKind, RolloverTerms, ds_matches};
use lib_dns_core::name::{Name, NameBuf};
use std::fmt;

/// The algorithm of keys where nothing else is said.
const USUAL_ALGORITHM: SecurityAlgorithm = SecurityAlgorithm::ED25519;

/// How the keys of a zone are made and replaced. Times are seconds.
///
/// ```
/// use lib_dns_core::dnssec::{KeyRole, RolloverTerms};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::keyring::{KeyPolicy, Keyring};
/// let policy = KeyPolicy {
///     single_key: false,
///     zsk_lifetime: Some(30 * 86_400),
///     ..KeyPolicy::default()
/// };
/// let apex = NameBuf::from_text("sovereign.")?;
/// let mut keyring = Keyring::new();
/// let now = 1_800_000_000;
/// let followed = keyring.follow_policy(&apex.as_name(), &policy, now)?;
/// assert_eq!(followed.steps.len(), 2, "a KSK and a ZSK are made");
/// // The successor is published so early that it can sign when the time comes.
/// let lead = u64::from(policy.terms.dnskey_ttl + policy.terms.propagation);
/// assert_eq!(followed.next, Some(now + 30 * 86_400 - lead));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPolicy {
    /// The algorithm of new keys. If keys of another one sign, they are replaced (RFC 6781 4.1.4). Without one,
    /// keys are replaced by keys of their algorithm, and the first are Ed25519.
    pub algorithm: Option<SecurityAlgorithm>,
    /// Is the first key of a zone one for everything (CSK)? Else they are two, KSK and ZSK.
    pub single_key: bool,
    /// How long a ZSK signs; for ever without it.
    pub zsk_lifetime: Option<u64>,
    /// How long a KSK signs; for ever without it, since its end needs the parent.
    pub ksk_lifetime: Option<u64>,
    /// How long a CSK signs; for ever without it, since its end needs the parent.
    pub csk_lifetime: Option<u64>,
    /// Does the DS record of a new KSK come before the key ([`RolloverKind::KskDoubleDs`])?
    pub ksk_double_ds: bool,
    /// How long others remember.
    pub terms: RolloverTerms,
}

impl Default for KeyPolicy {
    /// One Ed25519 key for ever; the terms of BIND's `dnssec-policy default`.
    fn default() -> Self {
        Self {
            algorithm: None,
            single_key: true,
            zsk_lifetime: None,
            ksk_lifetime: None,
            csk_lifetime: None,
            ksk_double_ds: false,
            terms: RolloverTerms {
                dnskey_ttl: 3_600,
                max_zone_ttl: 86_400,
                ds_ttl: 86_400,
                propagation: 300,
                parent_propagation: 3_600,
                signing: 3_600,
            },
        }
    }
}

impl KeyPolicy {
    /// How long keys of a role sign, and how they are replaced.
    fn of_role(&self, role: KeyRole) -> (Option<u64>, RolloverKind) {
        match role {
            KeyRole::Zsk => (self.zsk_lifetime, RolloverKind::Zsk),
            KeyRole::Ksk if self.ksk_double_ds => (self.ksk_lifetime, RolloverKind::KskDoubleDs),
            KeyRole::Ksk => (self.ksk_lifetime, RolloverKind::KskDoubleSignature),
            KeyRole::Csk => (self.csk_lifetime, RolloverKind::Csk),
        }
    }

    /// When a key that has signed since some time is to be replaced.
    fn end_of(&self, key: &ZoneKey) -> Option<u64> {
        let (lifetime, kind) = self.of_role(key.role());
        let timing = key.timing();
        let since = timing
            .get(KeyEvent::Activate)
            .or_else(|| timing.get(KeyEvent::Created));
        // Nobody knows how old a key is that says no times.
        let end = since.unwrap_or(0).saturating_add(lifetime?);
        Some(match kind {
            RolloverKind::Zsk | RolloverKind::Csk => end.saturating_sub(self.terms.keys_known()),
            _ => end,
        })
    }
}

/// What was done by a policy.
#[derive(Clone, Debug)]
pub enum PolicyStep {
    /// The zone had no key, and this is one.
    Made(Box<ZoneKey>),
    /// Keys are being replaced: the new ones, then the old ones.
    Started(RolloverKind, Vec<ZoneKey>),
}

/// As logs tell it.
impl fmt::Display for PolicyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(key) => write!(f, "made the {} {}", key.role().as_str(), key.file_stem()),
            Self::Started(kind, keys) => {
                write!(f, "a rollover ({kind:?}) has started:")?;
                for key in keys {
                    write!(f, " {}", key.file_stem())?;
                }
                Ok(())
            }
        }
    }
}

/// What a policy came to.
#[derive(Clone, Debug)]
pub struct PolicyFollowed {
    /// What was done.
    pub steps: Vec<PolicyStep>,
    /// When there is something to do next, in seconds since 1970. A key whose time comes may be due earlier.
    pub next: Option<u64>,
}

/// What is waited for at the parent: some keys are to be pointed to, others no longer.
#[derive(Clone, Debug)]
pub struct DsAwaited {
    zone: NameBuf,
    /// The keys that DS records are to be there for.
    there: Vec<ZoneKey>,
    /// The keys that they take the place of.
    gone: Vec<ZoneKey>,
}

impl DsAwaited {
    /// Do the DS records of one server of the parent, given by their data, say so? All keys that wait must be
    /// pointed to, and none of those that they replace.
    pub fn is_shown_by<'d>(&self, ds: impl IntoIterator<Item = &'d [u8]> + Clone) -> bool {
        let apex = self.zone.as_name();
        let has = |key: &ZoneKey| {
            let mut all = ds.clone().into_iter();
            all.any(|data| ds_matches(&RustCryptoDigest, &apex, key.dnskey_data(), data))
        };
        self.there.iter().all(has) && !self.gone.iter().any(has)
    }

    /// The zone.
    pub fn zone(&self) -> Name<'_> {
        self.zone.as_name()
    }

    /// Is it the end of a rollover that waits, which somebody else may tell of too?
    pub fn ends_rollover(&self) -> bool {
        !self.gone.is_empty() || self.there.iter().any(ZoneKey::has_predecessor)
    }
}

/// As logs tell it.
impl fmt::Display for DsAwaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, keys: &[ZoneKey]| {
            for (index, key) in keys.iter().enumerate() {
                let before = if index == 0 { "" } else { ", " };
                write!(f, "{before}{}/{}", key.algorithm(), key.tag())?;
            }
            Ok(())
        };
        f.write_str("DS records at the parent for ")?;
        write(f, &self.there)?;
        if !self.gone.is_empty() {
            f.write_str(", and none for ")?;
            write(f, &self.gone)?;
        }
        Ok(())
    }
}

impl Keyring {
    /// Does for a zone what a policy asks for at `now` (seconds since 1970): makes its first keys, and starts to
    /// replace keys whose time is over. The files are written.
    ///
    /// At most one rollover of a role goes on at a time, and one of the algorithm alone. Rollovers that wait
    /// for the parent wait, see [`Keyring::awaited_ds`].
    ///
    /// # Errors
    /// If keys cannot be made or written. What was done before is done.
    pub fn follow_policy(
        &mut self,
        apex: &Name<'_>,
        policy: &KeyPolicy,
        now: u64,
    ) -> Result<PolicyFollowed, KeyError> {
        let mut steps = Vec::new();
        let is_over = |key: &ZoneKey| key.timing().has(KeyEvent::Delete, now);
        if self.zone_keys(apex).iter().all(is_over) {
            let roles: &[KeyRole] = match policy.single_key {
                true => &[KeyRole::Csk],
                false => &[KeyRole::Ksk, KeyRole::Zsk],
            };
            let algorithm = policy.algorithm.unwrap_or(USUAL_ALGORITHM);
            for role in roles {
                let prepare = |key: &mut ZoneKey| set_first_times(key, policy, now);
                let key = self.generate(apex, algorithm, *role, None, prepare)?;
                steps.push(PolicyStep::Made(Box::new(key)));
            }
        }
        for kind in self.due_rollovers(apex, policy, now) {
            let terms = policy.terms;
            let algorithm = policy.algorithm.filter(|_| kind == RolloverKind::Algorithm);
            let keys = self.start_rollover(apex, &Rollover { kind, terms }, algorithm, now)?;
            steps.push(PolicyStep::Started(kind, keys));
        }
        let signing = self.zone_keys(apex).iter().filter(|key| signs_on(key, now));
        let next = signing.filter_map(|key| policy.end_of(key));
        Ok(PolicyFollowed {
            steps,
            next: next.filter(|time| *time > now).min(),
        })
    }

    /// The rollovers that a policy asks for at a time, and that nothing is in the way of.
    fn due_rollovers(&self, apex: &Name<'_>, policy: &KeyPolicy, now: u64) -> Vec<RolloverKind> {
        let is_over = |key: &&ZoneKey| key.timing().has(KeyEvent::Delete, now);
        let keys = self.zone_keys(apex).iter().filter(|key| !is_over(key));
        let signing = keys.clone().filter(|key| signs_on(key, now));
        let Some(algorithm) = signing.clone().next().map(Signer::algorithm) else {
            return Vec::new();
        };
        // Two algorithms at a time: one is on its way in or out, or somebody wants it so.
        if keys.clone().any(|key| key.algorithm() != algorithm) {
            return Vec::new();
        }
        let rolling = keys.filter(|key| {
            let ends = key.timing().get(KeyEvent::Delete).is_some();
            ends || key.has_successor()
        });
        if policy.algorithm.is_some_and(|wanted| wanted != algorithm) {
            let may = rolling.count() == 0;
            return may.then_some(RolloverKind::Algorithm).into_iter().collect();
        }
        let mut due: Vec<RolloverKind> = Vec::new();
        for role in [KeyRole::Zsk, KeyRole::Ksk, KeyRole::Csk] {
            let mut own = signing.clone().filter(|key| key.role() == role);
            let is_due = own.any(|key| policy.end_of(key).is_some_and(|end| end <= now));
            if is_due && !rolling.clone().any(|key| key.role() == role) {
                due.push(policy.of_role(role).1);
            }
        }
        due
    }

    /// What is waited for at the parent at `now` (seconds since 1970), if anything is: the parent is asked, by CDS
    /// and CDNSKEY records, to point to keys, and it is not known yet that it does.
    pub fn awaited_ds(&self, apex: &Name<'_>, now: u64) -> Option<DsAwaited> {
        let keys = self.zone_keys(apex).iter();
        let points = keys
            .filter(|key| key.role().signs_keys() && key.timing().get(KeyEvent::Delete).is_none());
        let waits = |key: &&ZoneKey| {
            key.timing().is_synced(now) && key.timing().get(KeyEvent::DsPublish).is_none()
        };
        let there: Vec<ZoneKey> = points.clone().filter(waits).cloned().collect();
        let gone = points.filter(|key| key.timing().has(KeyEvent::SyncDelete, now));
        (!there.is_empty()).then(|| DsAwaited {
            zone: (*apex).into(),
            gone: gone.cloned().collect(),
            there,
        })
    }

    /// Notes that the parent has had what was awaited since `seen`: ends the rollover that waits for it, as
    /// [`Keyring::end_rollover`] does, and else notes it with the key. The keys that were changed come back.
    ///
    /// # Errors
    /// If the keys cannot be written.
    pub fn note_ds(
        &mut self,
        awaited: &DsAwaited,
        terms: RolloverTerms,
        seen: u64,
        now: u64,
    ) -> Result<Vec<ZoneKey>, KeyError> {
        let apex = awaited.zone();
        let mut changed = Vec::new();
        if awaited.ends_rollover() {
            changed = self.end_rollover(&apex, terms, seen, now)?;
        }
        for key in &awaited.there {
            let is_known = |known: &&ZoneKey| known.dnskey_data() == key.dnskey_data();
            let Some(mut key) = self.zone_keys(&apex).iter().find(is_known).cloned() else {
                continue;
            };
            if key.timing().get(KeyEvent::DsPublish).is_none() {
                key.timing_mut().set(KeyEvent::DsPublish, Some(seen));
                self.update(key.clone())?;
                changed.push(key);
            }
        }
        Ok(changed)
    }
}

/// A first key is used at once. The parent is asked when all have forgotten the zone as it was without
/// signatures.
fn set_first_times(key: &mut ZoneKey, policy: &KeyPolicy, now: u64) {
    let asked = now.saturating_add(policy.terms.signatures_known());
    let asks = key.role().signs_keys();
    let timing: &mut KeyTiming = key.timing_mut();
    for event in [KeyEvent::Created, KeyEvent::Publish, KeyEvent::Activate] {
        timing.set(event, Some(now));
    }
    timing.set(KeyEvent::SyncPublish, Some(asked).filter(|_| asks));
}

/// Does the key sign, and will it go on until somebody decides otherwise?
fn signs_on(key: &ZoneKey, now: u64) -> bool {
    let timing = key.timing();
    let has_end = [KeyEvent::Inactive, KeyEvent::Delete]
        .iter()
        .any(|end| timing.get(*end).is_some());
    key.can_sign() && timing.is_active(now) && !has_end && !key.has_successor()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::dnssec::{DsDigest, ds_data};

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 86_400;

    fn apex() -> NameBuf {
        NameBuf::from_text("mesh.example.").unwrap()
    }

    /// Follows a policy until a time, and tells what was done when, in days.
    fn walk(keyring: &mut Keyring, policy: &KeyPolicy, until: u64) -> Vec<(u64, RolloverKind)> {
        let (mut now, mut started) = (NOW, Vec::new());
        while now < until {
            let followed = keyring
                .follow_policy(&apex().as_name(), policy, now)
                .unwrap();
            for step in followed.steps {
                if let PolicyStep::Started(kind, _) = step {
                    started.push(((now - NOW) / DAY, kind));
                }
            }
            let keys = keyring.all_zone_keys();
            let times = keys.filter_map(|key| Some(key.timing().next_change(now)?.1));
            now = times.chain(followed.next).min().unwrap_or(until);
        }
        started
    }

    #[test]
    fn zone_signing_keys_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut keyring = Keyring::open(folder.path()).unwrap();
        let policy = KeyPolicy {
            single_key: false,
            zsk_lifetime: Some(30 * DAY),
            ..KeyPolicy::default()
        };
        let started = walk(&mut keyring, &policy, NOW + 100 * DAY);
        // An hour and five minutes before each month is over.
        let zsk = RolloverKind::Zsk;
        assert_eq!(started, [(29, zsk), (59, zsk), (89, zsk)]);
        let apex = apex();
        let keys = keyring.zone_keys(&apex.as_name());
        let count = |role| keys.iter().filter(|key| key.role() == role).count();
        assert_eq!((count(KeyRole::Ksk), count(KeyRole::Zsk)), (1, 4));
        for day in 0..100 {
            let signing = keys
                .iter()
                .filter(|key| key.uses_at(NOW + day * DAY).signs_zone);
            assert_eq!(signing.count(), 1, "day {day}");
        }
    }

    #[test]
    fn without_lifetimes_nothing_is_replaced() {
        let mut keyring = Keyring::new();
        let policy = KeyPolicy::default();
        assert!(walk(&mut keyring, &policy, NOW + 10_000 * DAY).is_empty());
        assert_eq!(keyring.all_zone_keys().count(), 1);
    }

    #[test]
    fn one_rollover_of_a_role_goes_on_at_a_time() {
        for (ksk_double_ds, single_key, kind) in [
            (false, false, RolloverKind::KskDoubleSignature),
            (true, false, RolloverKind::KskDoubleDs),
            (false, true, RolloverKind::Csk),
        ] {
            let mut keyring = Keyring::new();
            let policy = KeyPolicy {
                single_key,
                ksk_lifetime: Some(10 * DAY),
                csk_lifetime: Some(10 * DAY),
                ksk_double_ds,
                ..KeyPolicy::default()
            };
            // The parent never comes.
            let started = walk(&mut keyring, &policy, NOW + 100 * DAY);
            assert_eq!(started.len(), 1, "{started:?}");
            assert_eq!(started[0].1, kind);
        }
    }

    #[test]
    fn an_other_algorithm_replaces_all_keys_once_and_alone() {
        let mut keyring = Keyring::new();
        let apex = apex();
        let mut policy = KeyPolicy {
            single_key: false,
            zsk_lifetime: Some(5 * DAY),
            ..KeyPolicy::default()
        };
        walk(&mut keyring, &policy, NOW + DAY);
        policy.algorithm = Some(SecurityAlgorithm::ECDSAP256SHA256);
        let started = walk(&mut keyring, &policy, NOW + 100 * DAY);
        assert_eq!(started, [(0, RolloverKind::Algorithm)]);
        let awaited = keyring
            .awaited_ds(&apex.as_name(), NOW + 100 * DAY)
            .unwrap();
        assert!(awaited.ends_rollover());
        let told = awaited.to_string();
        assert!(
            told.contains("for ECDSAP256SHA256/") && told.contains("none for ED25519/"),
            "{told}"
        );
    }

    #[test]
    fn the_parent_is_asked_for_what_replaces_what() {
        let mut keyring = Keyring::new();
        let (apex, policy) = (apex(), KeyPolicy::default());
        let apex = apex.as_name();
        keyring.follow_policy(&apex, &policy, NOW).unwrap();
        assert!(keyring.awaited_ds(&apex, NOW).is_none(), "not so early");
        let late = NOW + 10 * DAY;
        let awaited = keyring.awaited_ds(&apex, late).unwrap();
        let ds_of = |key: &ZoneKey| {
            let (dnskey, mut out) = (key.dnskey_data(), [0; 64]);
            let digest = DsDigest::Sha384;
            let length = ds_data(&RustCryptoDigest, &key.owner(), dnskey, digest, &mut out);
            out[..length.unwrap()].to_vec()
        };
        let old = keyring.zone_keys(&apex)[0].clone();
        let old_ds = ds_of(&old);
        assert!(!awaited.is_shown_by([]) && awaited.is_shown_by([&old_ds[..]]));
        assert!(!awaited.ends_rollover());
        let noted = keyring.note_ds(&awaited, policy.terms, late, late).unwrap();
        assert_eq!(noted[0].timing().get(KeyEvent::DsPublish), Some(late));
        assert!(keyring.awaited_ds(&apex, late).is_none());

        let rollover = Rollover {
            kind: RolloverKind::Csk,
            terms: policy.terms,
        };
        let keys = keyring
            .start_rollover(&apex, &rollover, None, late)
            .unwrap();
        let new_ds = ds_of(&keys[0]);
        let later = late + DAY;
        let awaited = keyring.awaited_ds(&apex, later).unwrap();
        assert!(awaited.is_shown_by([&new_ds[..]]));
        for not_yet in [&[&old_ds[..]][..], &[&old_ds, &new_ds], &[]] {
            assert!(!awaited.is_shown_by(not_yet.iter().copied()));
        }
        let noted = keyring
            .note_ds(&awaited, policy.terms, later, later)
            .unwrap();
        assert_eq!(noted.len(), 2);
        assert!(noted[1].timing().get(KeyEvent::Delete).is_some());
    }
}

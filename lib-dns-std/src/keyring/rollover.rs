//! Starting and ending rollovers of the keys in a folder.

use super::bind_files::{PREDECESSOR, SUCCESSOR};
use super::{KeyError, KeyProblem, Keyring, ZoneKey};
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::Signer;
use lib_dns_core::dnssec::{KeyEvent, KeyRole, KeyTiming, Rollover, RolloverKind, RolloverTerms};
use lib_dns_core::name::Name;

impl Keyring {
    /// Starts to replace keys of a zone that sign at `now` (seconds since 1970): makes new ones, sets the
    /// times of both, and writes them. They come back, the new ones first. `algorithm` is for
    /// [`RolloverKind::Algorithm`], and is that of the new keys.
    ///
    /// # Errors
    /// If no such key signs, or one is being replaced already; if the new keys cannot be made or written.
    pub fn start_rollover(
        &mut self,
        apex: &Name<'_>,
        rollover: &Rollover,
        algorithm: Option<SecurityAlgorithm>,
        now: u64,
    ) -> Result<Vec<ZoneKey>, KeyError> {
        let is_algorithm = rollover.kind == RolloverKind::Algorithm;
        if is_algorithm != algorithm.is_some() {
            return Err(KeyError::invalid(
                "a rollover of the algorithm, and no other, has a new algorithm",
            ));
        }
        let is_rolled = |key: &&ZoneKey| {
            role_of(rollover.kind).is_none_or(|role| role == key.role())
                && key.can_sign()
                && key.timing().is_active(now)
        };
        let mut old: Vec<ZoneKey> = self
            .zone_keys(apex)
            .iter()
            .filter(is_rolled)
            .cloned()
            .collect();
        check_start(&old, algorithm)?;
        let mut new = Vec::new();
        for key in &mut old {
            let bits = Some(key.bits()).filter(|_| algorithm.is_none() && key.is_rsa());
            let algorithm = algorithm.unwrap_or(key.algorithm());
            let mut successor = self.make(apex, algorithm, key.role(), bits, &new)?;
            successor.set_ttl(key.ttl());
            let timing = successor.timing_mut();
            timing.set(KeyEvent::Created, Some(now));
            successor.follow(key);
            new.push(successor);
        }
        rollover.start(now, lend(&mut old), lend(&mut new));
        self.write_all(new, old)
    }

    /// Ends a rollover that waits for the parent: its DS records were first seen there at `seen`. Sets the
    /// times of all keys concerned, which are heeded from `now` on, and writes them. They come back, the new
    /// ones first.
    ///
    /// # Errors
    /// If no rollover of the zone waits for the parent, or the keys cannot be written.
    pub fn end_rollover(
        &mut self,
        apex: &Name<'_>,
        terms: RolloverTerms,
        seen: u64,
        now: u64,
    ) -> Result<Vec<ZoneKey>, KeyError> {
        let keys = self.zone_keys(apex);
        let waiting = keys.iter().find_map(|new| {
            let old = keys.iter().find(|old| new.follows(old))?;
            let is_waiting = new.role().signs_keys()
                && new.timing().get(KeyEvent::DsPublish).is_none()
                && old.timing().get(KeyEvent::Delete).is_none();
            is_waiting.then_some((old, new))
        });
        let Some((old, new)) = waiting else {
            return Err(KeyProblem::Missing("a rollover that waits for the parent").into());
        };
        let kind = kind_of(old, new);
        let is_rolled = |old: &ZoneKey| {
            role_of(kind).is_none_or(|role| role == old.role())
                && old.timing().get(KeyEvent::Delete).is_none()
        };
        let pairs = keys.iter().filter_map(|new| {
            let old = keys.iter().find(|old| new.follows(old) && is_rolled(old))?;
            Some((old.clone(), new.clone()))
        });
        let (mut old, mut new): (Vec<_>, Vec<_>) = pairs.unzip();
        let rollover = Rollover { kind, terms };
        rollover.ds_seen(now, seen, lend(&mut old), lend(&mut new));
        self.write_all(new, old)
    }

    /// Writes the new keys first: if it is interrupted there are keys too many, which does no harm.
    fn write_all(
        &mut self,
        new: Vec<ZoneKey>,
        old: Vec<ZoneKey>,
    ) -> Result<Vec<ZoneKey>, KeyError> {
        let all = [new, old].concat();
        for key in &all {
            let has = |other: &ZoneKey| other.dnskey_data() == key.dnskey_data();
            if self.zone_keys(&key.owner()).iter().any(has) {
                self.update(key.clone())?;
            } else {
                self.add(key.clone())?;
            }
        }
        Ok(all)
    }
}

/// The role of the keys that are replaced; `None` for all.
fn role_of(kind: RolloverKind) -> Option<KeyRole> {
    match kind {
        RolloverKind::Zsk => Some(KeyRole::Zsk),
        RolloverKind::KskDoubleSignature | RolloverKind::KskDoubleDs => Some(KeyRole::Ksk),
        RolloverKind::Csk => Some(KeyRole::Csk),
        RolloverKind::Algorithm => None,
    }
}

/// The kind of a rollover that waits for the parent, from two of its keys.
fn kind_of(old: &ZoneKey, new: &ZoneKey) -> RolloverKind {
    if old.algorithm() != new.algorithm() {
        RolloverKind::Algorithm
    } else if new.role() == KeyRole::Csk {
        RolloverKind::Csk
    } else if new.timing().get(KeyEvent::Publish).is_none() {
        RolloverKind::KskDoubleDs
    } else {
        RolloverKind::KskDoubleSignature
    }
}

fn check_start(old: &[ZoneKey], algorithm: Option<SecurityAlgorithm>) -> Result<(), KeyError> {
    if old.is_empty() {
        return Err(KeyProblem::Missing("a key of this kind that signs now").into());
    }
    let ends = [KeyEvent::Inactive, KeyEvent::Delete, KeyEvent::SyncDelete];
    let is_ending = |key: &ZoneKey| ends.iter().any(|end| key.timing().get(*end).is_some());
    if old.iter().any(|key| is_ending(key) || key.has_successor()) {
        return Err(KeyError::invalid(
            "a key of this kind has its end set already: a rollover is going on (see 'zdns key list')",
        ));
    }
    let is_same = |key: &ZoneKey| Some(key.algorithm()) == algorithm;
    if old.iter().any(is_same) {
        return Err(KeyError::invalid(
            "a key of the new algorithm signs already",
        ));
    }
    Ok(())
}

fn lend(keys: &mut [ZoneKey]) -> impl Iterator<Item = (KeyRole, &mut KeyTiming)> {
    keys.iter_mut().map(|key| (key.role(), key.timing_mut()))
}

impl ZoneKey {
    /// Becomes the successor of a key, and says so in both.
    fn follow(&mut self, old: &mut Self) {
        let (mut ours, mut theirs) = (*self.numbers(), *old.numbers());
        ours[PREDECESSOR] = Some(u32::from(old.tag()));
        theirs[SUCCESSOR] = Some(u32::from(self.tag()));
        self.set_numbers(ours);
        old.set_numbers(theirs);
    }

    fn follows(&self, old: &Self) -> bool {
        self.numbers()[PREDECESSOR] == Some(u32::from(old.tag()))
            && old.numbers()[SUCCESSOR] == Some(u32::from(self.tag()))
    }

    pub(super) fn has_predecessor(&self) -> bool {
        self.numbers()[PREDECESSOR].is_some()
    }

    pub(super) fn has_successor(&self) -> bool {
        self.numbers()[SUCCESSOR].is_some()
    }

    fn is_rsa(&self) -> bool {
        matches!(
            self.algorithm(),
            SecurityAlgorithm::RSASHA256 | SecurityAlgorithm::RSASHA512
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::name::NameBuf;

    const TERMS: RolloverTerms = RolloverTerms {
        dnskey_ttl: 100,
        max_zone_ttl: 200,
        ds_ttl: 300,
        propagation: 10,
        parent_propagation: 20,
        signing: 5,
    };
    const NOW: u64 = 1_800_000_000;

    fn apex() -> NameBuf {
        NameBuf::from_text("mesh.example.").unwrap()
    }

    fn keyring(folder: &std::path::Path, roles: &[KeyRole]) -> Keyring {
        let mut keyring = Keyring::open(folder).unwrap();
        for role in roles {
            let prepare = |key: &mut ZoneKey| {
                for event in [KeyEvent::Publish, KeyEvent::Activate] {
                    key.timing_mut().set(event, Some(1));
                }
            };
            let algorithm = SecurityAlgorithm::ED25519;
            keyring
                .generate(&apex().as_name(), algorithm, *role, None, prepare)
                .unwrap();
        }
        keyring
    }

    fn rollover(kind: RolloverKind) -> Rollover {
        Rollover { kind, terms: TERMS }
    }

    /// What a folder says of the keys at a time: how many are published, sign keys, sign the zone, are asked
    /// for.
    fn counts(folder: &std::path::Path, now: u64) -> [usize; 4] {
        let keyring = Keyring::open(folder).unwrap();
        let mut counts = [0; 4];
        for key in keyring.all_zone_keys() {
            let uses = key.uses_at(now);
            let all = [
                uses.published,
                uses.signs_keys,
                uses.signs_zone,
                uses.synced,
            ];
            for (count, is) in counts.iter_mut().zip(all) {
                *count += usize::from(is);
            }
        }
        counts
    }

    #[test]
    fn a_zone_signing_key_is_replaced_by_times_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = keyring(folder.path(), &[KeyRole::Ksk, KeyRole::Zsk]);
        let apex = apex();
        let rollover = rollover(RolloverKind::Zsk);
        let changed = keys.start_rollover(&apex.as_name(), &rollover, None, NOW);
        let [new, old] = &changed.unwrap()[..] else {
            panic!("not two");
        };
        assert!(new.follows(old));
        assert_eq!(counts(folder.path(), NOW), [3, 1, 1, 0]);
        assert!(!new.uses_at(NOW).signs_zone && new.uses_at(NOW + 110).signs_zone);
        assert!(old.uses_at(NOW + 109).signs_zone && !old.uses_at(NOW + 110).signs_zone);
        assert_eq!(counts(folder.path(), NOW + 110 + 214), [3, 1, 1, 0]);
        assert_eq!(counts(folder.path(), NOW + 110 + 215), [2, 1, 1, 0]);

        let again = keys.start_rollover(&apex.as_name(), &rollover, None, NOW);
        assert!(again.unwrap_err().to_string().contains("going on"));
        let end = keys.end_rollover(&apex.as_name(), TERMS, NOW, NOW);
        assert!(
            end.unwrap_err()
                .to_string()
                .contains("waits for the parent")
        );
    }

    #[test]
    fn the_others_wait_for_the_parent() {
        for (kind, roles) in [
            (
                RolloverKind::KskDoubleSignature,
                &[KeyRole::Ksk, KeyRole::Zsk][..],
            ),
            (RolloverKind::KskDoubleDs, &[KeyRole::Ksk, KeyRole::Zsk]),
            (RolloverKind::Csk, &[KeyRole::Csk]),
            (RolloverKind::Algorithm, &[KeyRole::Ksk, KeyRole::Zsk]),
            (RolloverKind::Algorithm, &[KeyRole::Csk]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut keys = keyring(folder.path(), roles);
            let apex = apex();
            let algorithm = Some(SecurityAlgorithm::ECDSAP256SHA256)
                .filter(|_| kind == RolloverKind::Algorithm);
            keys.start_rollover(&apex.as_name(), &rollover(kind), algorithm, NOW)
                .unwrap();
            // Nothing ends however long it takes.
            let late = NOW + 1_000_000;
            let [published, _, _, asked] = counts(folder.path(), late);
            assert!(published >= roles.len() && asked >= 1, "{kind:?}");
            // Each step may be another run of the program.
            let mut keys = Keyring::open(folder.path()).unwrap();
            let changed = keys
                .end_rollover(&apex.as_name(), TERMS, late, late)
                .unwrap();
            assert!(changed.len() >= 2, "{kind:?}");
            let end = late + 1_000_000;
            assert_eq!(
                counts(folder.path(), end),
                [roles.len(), 1, 1, 1],
                "{kind:?}"
            );
            let again = keys.end_rollover(&apex.as_name(), TERMS, late, late);
            assert!(again.is_err(), "{kind:?}");
            let next = keys.start_rollover(
                &apex.as_name(),
                &rollover(kind),
                algorithm.map(|_| SecurityAlgorithm::ED25519),
                end,
            );
            assert!(next.is_ok(), "{kind:?}: {next:?}");
        }
    }

    #[test]
    fn what_cannot_be_rolled_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = keyring(folder.path(), &[KeyRole::Csk]);
        let apex = apex();
        let mut start = |kind, algorithm| {
            let started = keys.start_rollover(&apex.as_name(), &rollover(kind), algorithm, NOW);
            started.unwrap_err().to_string()
        };
        assert!(start(RolloverKind::Zsk, None).contains("a key of this kind"));
        assert!(start(RolloverKind::Algorithm, None).contains("has a new algorithm"));
        let same = Some(SecurityAlgorithm::ED25519);
        assert!(start(RolloverKind::Csk, same).contains("has a new algorithm"));
        assert!(start(RolloverKind::Algorithm, same).contains("signs already"));
    }
}

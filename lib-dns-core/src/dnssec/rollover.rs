//! Replacing the keys of a zone while validators hold what they cached (RFC 6781 4.1, RFC 7583).
//!
//! A rollover is a row of times: when the new keys come into the DNSKEY RRset and sign, when the parent is
//! asked to point to them (RFC 7344), when the old ones cease and go. Whoever signs the zone follows the
//! times of its keys ([`KeyTiming::uses`](super::KeyTiming::uses)) and knows nothing of rollovers.
//!
//! What the parent does has no time limit. Rollovers that replace what the parent points to come in two
//! steps: [`Rollover::start`] sets what can be known, and the old keys stay until
//! [`Rollover::ds_seen`] is told that the parent has the new DS records.
//!
//! | kind | what happens | source |
//! |---|---|---|
//! | [`RolloverKind::Zsk`] | the new key is published, then signs; the old one stays until its signatures are forgotten | RFC 7583 3.2.1 |
//! | [`RolloverKind::KskDoubleSignature`] | both keys sign the DNSKEY RRset, then the parent is asked | RFC 7583 3.3.1 |
//! | [`RolloverKind::KskDoubleDs`] | the parent points to both, then one takes the other's place: the DNSKEY RRset stays small | RFC 7583 3.3.2 |
//! | [`RolloverKind::Csk`] | both of the first two at once | RFC 6781 4.1.3 |
//! | [`RolloverKind::Algorithm`] | signatures first, then keys, then the parent; and back in the reverse order | RFC 6781 4.1.4 |

use super::{KeyEvent, KeyRole, KeyTiming};

/// How keys are replaced (RFC 6781 4.1, RFC 7583 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RolloverKind {
    /// A zone-signing key, published before it signs.
    Zsk,
    /// A key-signing key, beside the old one for a while.
    KskDoubleSignature,
    /// A key-signing key, whose DS record comes before the key.
    KskDoubleDs,
    /// A key that signs everything.
    Csk,
    /// All keys, for keys of another algorithm.
    Algorithm,
}

impl RolloverKind {
    /// Does its end wait for the parent?
    pub const fn waits_for_parent(self) -> bool {
        !matches!(self, Self::Zsk)
    }
}

/// How long what others know of a zone lives. All are seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RolloverTerms {
    /// The TTL of the DNSKEY RRset.
    pub dnskey_ttl: u32,
    /// The largest TTL in the zone, negative answers included.
    pub max_zone_ttl: u32,
    /// The TTL of the parent's DS RRset.
    pub ds_ttl: u32,
    /// From a change of the zone until its last server has it.
    pub propagation: u32,
    /// From a change of the parent's zone until its last server has it.
    pub parent_propagation: u32,
    /// From a key's first or last day of signing until the whole zone is signed again.
    pub signing: u32,
}

impl RolloverTerms {
    /// Until every validator has the DNSKEY RRset as it is now, or none, in seconds.
    pub fn keys_known(&self) -> u64 {
        u64::from(self.propagation).saturating_add(u64::from(self.dnskey_ttl))
    }

    /// Until every validator has signatures of the keys that sign now, or none, in seconds. A zone that is
    /// signed for the first time waits so long before its parent points to its keys (RFC 7583 3.3.4).
    pub fn signatures_known(&self) -> u64 {
        u64::from(self.signing)
            .saturating_add(u64::from(self.propagation))
            .saturating_add(u64::from(self.max_zone_ttl))
    }

    /// Until every validator has the DS RRset as it is now, or none.
    fn ds_known(&self) -> u64 {
        u64::from(self.parent_propagation).saturating_add(u64::from(self.ds_ttl))
    }
}

/// The rules by which times are set.
///
/// ```
/// use lib_dns_core::dnssec::{KeyEvent, KeyRole, KeyTiming, Rollover, RolloverKind, RolloverTerms};
/// let rollover = Rollover {
///     kind: RolloverKind::Zsk,
///     terms: RolloverTerms {
///         dnskey_ttl: 3_600,
///         max_zone_ttl: 86_400,
///         ds_ttl: 86_400,
///         propagation: 300,
///         parent_propagation: 3_600,
///         signing: 60,
///     },
/// };
/// let (mut old, mut new) = (KeyTiming::default(), KeyTiming::default());
/// rollover.start(1_000_000, [(KeyRole::Zsk, &mut old)], [(KeyRole::Zsk, &mut new)]);
/// assert_eq!(new.get(KeyEvent::Publish), Some(1_000_000));
/// assert_eq!(new.get(KeyEvent::Activate), Some(1_003_900));
/// assert_eq!(old.get(KeyEvent::Inactive), Some(1_003_900));
/// assert_eq!(old.get(KeyEvent::Delete), Some(1_090_660));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rollover {
    /// How.
    pub kind: RolloverKind,
    /// How long others remember.
    pub terms: RolloverTerms,
}

impl Rollover {
    /// Sets the times that can be known at the start, for the keys that go and those that come. It starts
    /// `now`, in seconds since 1970. The old keys must be in use, and none of their ends be set.
    pub fn start<'t>(
        &self,
        now: u64,
        old: impl IntoIterator<Item = (KeyRole, &'t mut KeyTiming)>,
        new: impl IntoIterator<Item = (KeyRole, &'t mut KeyTiming)>,
    ) {
        let keys_known = now.saturating_add(self.terms.keys_known());
        let signatures_known = now.saturating_add(self.terms.signatures_known());
        // Publish, activate and sync of the new keys; inactive, delete and the end of sync of the old ones.
        let (comes, goes) = match self.kind {
            RolloverKind::Zsk => {
                let gone = keys_known.saturating_add(self.terms.signatures_known());
                (
                    [Some(now), Some(keys_known), None],
                    [Some(keys_known), Some(gone), None],
                )
            }
            RolloverKind::KskDoubleSignature => (
                [Some(now), Some(now), Some(keys_known)],
                [None, None, Some(keys_known)],
            ),
            RolloverKind::KskDoubleDs => ([None, None, Some(now)], [None, None, None]),
            RolloverKind::Csk => (
                [Some(now), Some(keys_known), Some(keys_known)],
                [Some(keys_known), None, Some(keys_known)],
            ),
            RolloverKind::Algorithm => {
                let ready = signatures_known.saturating_add(self.terms.keys_known());
                (
                    [Some(signatures_known), Some(now), Some(ready)],
                    [None, None, Some(ready)],
                )
            }
        };
        for (role, timing) in new {
            let [publish, activate, sync] = comes;
            timing.set(KeyEvent::Publish, publish);
            timing.set(KeyEvent::Activate, activate);
            // The parent points to no ZSK.
            timing.set(KeyEvent::SyncPublish, sync.filter(|_| role.signs_keys()));
        }
        for (role, timing) in old {
            let [inactive, delete, sync_delete] = goes;
            timing.set(KeyEvent::Inactive, inactive);
            timing.set(KeyEvent::Delete, delete);
            let sync_delete = sync_delete.filter(|_| role.signs_keys());
            timing.set(KeyEvent::SyncDelete, sync_delete);
            if self.kind == RolloverKind::KskDoubleDs {
                // Only if the parent is asked for both does it keep the old one.
                let since = timing.get(KeyEvent::SyncPublish).unwrap_or(now).min(now);
                timing.set(KeyEvent::SyncPublish, Some(since));
            }
        }
    }

    /// Sets the times of the end. The DS records of the new keys were first seen at the parent at `seen`, and
    /// what is set here is heeded from `now` on (both seconds since 1970). Not for a rollover that does not
    /// wait for the parent.
    pub fn ds_seen<'t>(
        &self,
        now: u64,
        seen: u64,
        old: impl IntoIterator<Item = (KeyRole, &'t mut KeyTiming)>,
        new: impl IntoIterator<Item = (KeyRole, &'t mut KeyTiming)>,
    ) {
        // Who put the DS records there by hand may have been too early for some validators.
        let mut asked = 0;
        let forgotten = |asked: u64| {
            let seen = seen.max(asked).saturating_add(self.terms.ds_known());
            seen.max(now)
        };
        for (role, timing) in new {
            asked = asked.max(timing.get(KeyEvent::SyncPublish).unwrap_or(0));
            timing.set(
                KeyEvent::DsPublish,
                Some(seen).filter(|_| role.signs_keys()),
            );
            if self.kind == RolloverKind::KskDoubleDs {
                timing.set(KeyEvent::Publish, Some(forgotten(asked)));
                timing.set(KeyEvent::Activate, Some(forgotten(asked)));
            }
        }
        let forgotten = forgotten(asked);
        for (_, timing) in old {
            match self.kind {
                RolloverKind::Zsk => {}
                RolloverKind::KskDoubleSignature => {
                    timing.set(KeyEvent::Inactive, Some(forgotten));
                    timing.set(KeyEvent::Delete, Some(forgotten));
                }
                RolloverKind::KskDoubleDs => {
                    let known = forgotten.saturating_add(self.terms.keys_known());
                    timing.set(KeyEvent::Inactive, Some(forgotten));
                    timing.set(KeyEvent::Delete, Some(forgotten));
                    timing.set(KeyEvent::SyncDelete, Some(known));
                }
                RolloverKind::Csk => {
                    let retired = timing.get(KeyEvent::Inactive).unwrap_or(now);
                    let unused = retired.saturating_add(self.terms.signatures_known());
                    timing.set(KeyEvent::Delete, Some(forgotten.max(unused)));
                }
                RolloverKind::Algorithm => {
                    let known = forgotten.saturating_add(self.terms.keys_known());
                    timing.set(KeyEvent::Delete, Some(forgotten));
                    timing.set(KeyEvent::Inactive, Some(known));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

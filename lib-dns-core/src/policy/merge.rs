//! How replicas of a zone become one again after both have moved on (ZDNS architecture 7.2, 11.1, 11.2).
//!
//! A merge looks at data alone: not at who brought it, nor when. So it is a join: commutative, associative and
//! idempotent, and replicas end equal in whatever order, grouping and repetition they hear of each other. Rules 3
//! (latency) and 4 (reputation) of 11.1 have no place here, and for the node id of rule 5, which says who told, stands
//! the digest of what was told.
//!
//! | | merged by | source |
//! |---|---|---|
//! | an RRset of one owner | the later signature, then presence before deletion, then the lower digest ([`Claims::merge`]) | 7.2 rule 1, 11.1 rules 2 and 5 |
//! | an RRset of several owners | all are kept, and it is contested ([`Claims::is_contested`]) | 7.2 rule 3, 11.2 case B |
//! | the zone's serial | one more than the largest, unless nothing had to be merged ([`Lineage`]) | 11.1 rule 1 |
//!
//! RRsets that no owner has signed are the zone authority's: it is their owner, at the time of its own signature.
//!
//! # Deletions
//!
//! A deletion is a version like any other, signed by the owner; it must be later than what it deletes. It need not
//! be kept for ever, and still nothing that was deleted comes back: no version counts for longer than
//! [`MergeSettings::max_life`] after it was signed, and a deletion is remembered for just as long
//! ([`Claims::forget`]). What it had deleted was signed before, so that has ended by then. This holds only if all nodes of
//! a mesh have the same `max_life`, and it means that an owner signs anew within that time.

use super::OwnerId;
use super::conflict::{DISPUTED_TTL, Rule, serial_order};
use crate::zone::Serial;
use core::cmp::Ordering;

/// What must be alike in the whole mesh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MergeSettings {
    /// For how many seconds after it was signed a version counts at most, and a deletion is remembered.
    pub max_life: u32,
    /// How many seconds in the future a signature may be: the skew of 11.1, rule 2.
    pub clock_skew: u32,
}

impl Default for MergeSettings {
    /// 366 days; 60 seconds.
    fn default() -> Self {
        Self {
            max_life: 366 * 86_400,
            clock_skew: 60,
        }
    }
}

/// What an owner says of an RRset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Content {
    /// It is no more.
    Deleted,
    /// It is there: SHA-256 of its canonical form.
    Present([u8; 32]),
}

/// One owner's version of an RRset, verified before. Times are whole seconds since 1970, not modulo 2^32: see
/// [`full_seconds`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Version {
    /// Whose it is.
    pub owner: OwnerId,
    /// When it was signed.
    pub signed: u64,
    /// When the signature ends.
    pub expires: u64,
    /// What it says.
    pub content: Content,
}

/// Seconds since 1970 of a signature's time, which is written modulo 2^32: of all times that it may mean, the one nearest
/// to `now`. A merge needs an order without a circle.
///
/// ```
/// use lib_dns_core::policy::merge::full_seconds;
/// assert_eq!(full_seconds(7, 0x1_0000_0001), 0x1_0000_0007);
/// assert_eq!(full_seconds(u32::MAX, 0x1_0000_0001), 0xffff_ffff);
/// ```
pub fn full_seconds(time: u32, now: u64) -> u64 {
    let after = time.wrapping_sub(now as u32).cast_signed();
    now.saturating_add_signed(i64::from(after))
}

impl Version {
    /// May it be taken at all at this time (seconds since 1970)? Not if it is from the future, or has outlived
    /// [`MergeSettings::max_life`]. Ask before [`Claims::merge`].
    pub fn is_admissible(&self, now: u64, settings: MergeSettings) -> bool {
        self.signed <= now.saturating_add(settings.clock_skew.into())
            && self.counts_until(settings) >= now
    }

    /// Is it there, and valid, at this time (seconds since 1970)?
    pub fn is_served(&self, now: u64, settings: MergeSettings) -> bool {
        let until = self.expires.min(self.counts_until(settings));
        self.content != Content::Deleted && until >= now
    }

    fn counts_until(&self, settings: MergeSettings) -> u64 {
        self.signed.saturating_add(settings.max_life.into())
    }

    /// Which of two versions of one owner is later, and what told them apart.
    fn compare(&self, other: &Self) -> (Ordering, Rule) {
        let by_time = self.signed.cmp(&other.signed);
        let by_content = match (self.content, other.content) {
            // In one second, presence is evidence and absence is not.
            (Content::Present(_), Content::Deleted) => Ordering::Greater,
            (Content::Deleted, Content::Present(_)) => Ordering::Less,
            (Content::Present(ours), Content::Present(theirs)) => theirs.cmp(&ours),
            (Content::Deleted, Content::Deleted) => Ordering::Equal,
        };
        match by_time {
            // The same, signed twice with other ends.
            Ordering::Equal => (
                by_content.then(self.expires.cmp(&other.expires)),
                Rule::Digest,
            ),
            _ => (by_time, Rule::Timestamp),
        }
    }
}

/// What a merge did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "valid data that is not kept must be told of"]
pub enum Merged {
    /// It was here already.
    Known,
    /// It is the owner's first version here.
    Added,
    /// It takes the place of the owner's other version.
    Replaces(Version, Rule),
    /// The owner's other version, which is here, is later.
    Superseded(Rule),
    /// More owners claim the RRset than there are slots: this version of one of them is not kept.
    Crowded(Version),
}

/// The newest version of each owner of one RRset, over slots that the caller lends: one for each owner that may claim
/// it.
///
/// If there are more owners than slots, those with the lowest ids stay: whoever joins the same versions keeps the same
/// ones.
///
/// ```
/// use lib_dns_core::policy::OwnerId;
/// use lib_dns_core::policy::merge::{Claims, Content, Merged, MergeSettings, Version};
/// let mut claims = Claims::new([None; 4]);
/// let alice = Version {
///     owner: OwnerId([1; 32]),
///     signed: 1_000,
///     expires: 9_000,
///     content: Content::Present([7; 32]),
/// };
/// assert_eq!(claims.merge(alice), Merged::Added);
/// assert_eq!(claims.merge(alice), Merged::Known);
/// let mallory = Version { owner: OwnerId([2; 32]), ..alice };
/// assert_eq!(claims.merge(mallory), Merged::Added);
/// assert!(claims.is_contested(2_000, MergeSettings::default()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claims<S> {
    /// By owner, ascending; the free ones at the end.
    slots: S,
}

impl<S: AsRef<[Option<Version>]> + AsMut<[Option<Version>]>> Claims<S> {
    /// Without any version, whatever stands in the slots.
    pub fn new(mut slots: S) -> Self {
        slots.as_mut().fill(None);
        Self { slots }
    }

    /// Takes a version: the join with a replica that has only this one.
    pub fn merge(&mut self, version: Version) -> Merged {
        let slots = self.slots.as_mut();
        let place = slots.iter().position(|slot| match slot {
            Some(held) => held.owner >= version.owner,
            None => true,
        });
        let mut rest = slots.iter_mut().skip(place.unwrap_or(usize::MAX));
        let mut carried = match rest.next() {
            Some(Some(held)) if held.owner == version.owner => {
                return match version.compare(held) {
                    (Ordering::Equal, _) => Merged::Known,
                    (Ordering::Less, rule) => Merged::Superseded(rule),
                    (Ordering::Greater, rule) => {
                        Merged::Replaces(core::mem::replace(held, version), rule)
                    }
                };
            }
            Some(slot) => match slot.replace(version) {
                Some(next) => next,
                None => return Merged::Added,
            },
            None => return Merged::Crowded(version),
        };
        // All others move up by one.
        for slot in rest {
            match slot.replace(carried) {
                Some(next) => carried = next,
                None => return Merged::Added,
            }
        }
        Merged::Crowded(carried)
    }

    /// Takes all versions of another replica. Gives how many of them, or of those that were here, found no room.
    pub fn join<T: AsRef<[Option<Version>]>>(&mut self, other: &Claims<T>) -> usize {
        let versions = other.slots.as_ref().iter().flatten();
        let merged = versions.map(|version| self.merge(*version));
        merged
            .filter(|merged| matches!(merged, Merged::Crowded(_)))
            .count()
    }

    /// Forgets what nobody may bring back any more at this time (seconds since 1970). Gives how many versions.
    pub fn forget(&mut self, now: u64, settings: MergeSettings) -> usize {
        let mut kept = 0usize;
        let mut forgotten = 0usize;
        let slots = self.slots.as_mut();
        for at in 0..slots.len() {
            let Some(version) = slots.get_mut(at).and_then(Option::take) else {
                break;
            };
            if version.counts_until(settings) < now {
                forgotten = forgotten.saturating_add(1);
            } else if let Some(slot) = slots.get_mut(kept) {
                *slot = Some(version);
                kept = kept.saturating_add(1);
            }
        }
        forgotten
    }
}

impl<S: AsRef<[Option<Version>]>> Claims<S> {
    /// Every owner's version, deletions too, by owner.
    pub fn iter(&self) -> impl Iterator<Item = &Version> {
        self.slots.as_ref().iter().flatten()
    }

    /// The versions to serve at this time (seconds since 1970).
    pub fn served(&self, now: u64, settings: MergeSettings) -> impl Iterator<Item = &Version> {
        self.iter()
            .filter(move |version| version.is_served(now, settings))
    }

    /// Do several owners claim it at this time (7.2 rule 3, 11.2 case B)?
    pub fn is_contested(&self, now: u64, settings: MergeSettings) -> bool {
        self.served(now, settings).nth(1).is_some()
    }

    /// The TTL to serve it with: at most 60 seconds while it is contested.
    pub fn ttl(&self, original: u32, now: u64, settings: MergeSettings) -> u32 {
        match self.is_contested(now, settings) {
            true => original.min(DISPUTED_TTL),
            false => original,
        }
    }
}

/// From which published versions a replica comes, as far as the serial depends on it.
///
/// Everybody who has merged the same versions gives the result the same serial: that of the newest version if the
/// result is that version, else one more. So merging what is merged already changes nothing.
///
/// Serials must lie within half the circle of each other, which [`ZoneVersion`](super::ZoneVersion) watches over.
///
/// What a node has merged and tells others of is a version like any other: to whoever holds it, it is [`Self::published`], and
/// joined as that. Of three versions with one serial, two nodes may have merged different pairs, which have the same serial and
/// are not alike. Joined as they were made, they would give that serial once more, and nobody could tell the results apart;
/// as published they are a fork, and the next merge has the next serial.
///
/// ```
/// use lib_dns_core::policy::merge::Lineage;
/// use lib_dns_core::zone::Serial;
/// let here = Lineage::published(Serial(7), [1; 32]);
/// let there = Lineage::published(Serial(9), [2; 32]);
/// let both = here.join(there);
/// assert_eq!(both.serial(&[3; 32]), Serial(10), "neither has it all");
/// assert_eq!(both.serial(&[2; 32]), Serial(9), "ours had nothing that theirs had not");
/// assert_eq!(both.join(here), both);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Lineage {
    newest: Serial,
    /// The digest of the version with that serial; `None` if several were published: a fork.
    content: Option<[u8; 32]>,
}

impl Lineage {
    /// A version as somebody published it: its serial, and the digest of all that it serves.
    pub fn published(serial: Serial, digest: [u8; 32]) -> Self {
        Self {
            newest: serial,
            content: Some(digest),
        }
    }

    /// That of both replicas merged.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match serial_order(self.newest, other.newest) {
            Ordering::Greater => self,
            Ordering::Less => other,
            Ordering::Equal => Self {
                newest: self.newest,
                content: self.content.filter(|_| self.content == other.content),
            },
        }
    }

    /// Were two versions published under the newest serial?
    pub fn is_fork(&self) -> bool {
        self.content.is_none()
    }

    /// The serial of what came of merging, given the digest of all that it serves.
    pub fn serial(&self, merged: &[u8; 32]) -> Serial {
        match self.content == Some(*merged) {
            true => self.newest,
            false => self.newest.next(),
        }
    }
}

#[cfg(test)]
mod tests;

//! All versions of all zones that a run has seen. Nodes hold numbers of them: what a hundred thousand nodes have alike
//! stands here once.

use lib_dns_core::policy::merge::{Claims, Content, Lineage, MergeSettings, Version};
use lib_dns_core::policy::{OwnerId, ZoneVersion};
use lib_dns_core::zone::Serial;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// How many owners of a record are kept.
const OWNERS: usize = 4;
/// How many earlier versions a version knows of.
const HISTORY: usize = 64;
/// How many merges are remembered; then they are done again.
const MERGES: usize = 200_000;
/// For how many seconds a signature of an owner is good.
const LIFE: u64 = 30 * 86_400;

/// The claims on a record.
pub(super) type Record = Claims<[Option<Version>; OWNERS]>;

/// A version of a zone, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct VersionId(u32);

/// A version of a zone.
#[derive(Debug)]
pub(super) struct ZoneContent {
    /// What others are told of it.
    pub(super) version: ZoneVersion,
    /// The first version that is the same to others.
    pub(super) same_as: VersionId,
    lineage: Lineage,
    /// When the newest signature was made, in seconds since 1970.
    signed: u64,
    /// By number of the record, ascending.
    records: Vec<(u32, Arc<Record>)>,
    /// Serials and digests of what went into it, ascending; what is too long ago is not known.
    history: Vec<(Serial, [u8; 8])>,
}

/// All versions of all zones.
#[derive(Debug)]
pub(super) struct Versions {
    all: Vec<ZoneContent>,
    known: HashMap<(u16, Lineage, [u8; 32]), VersionId>,
    alike: HashMap<(u16, Serial, [u8; 32]), VersionId>,
    merges: HashMap<(VersionId, VersionId), VersionId>,
    settings: MergeSettings,
}

/// Something in it was signed in the future, by the clock of who fetched it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FromFuture;

impl Versions {
    pub(super) fn new() -> Self {
        Self {
            all: Vec::new(),
            known: HashMap::new(),
            alike: HashMap::new(),
            merges: HashMap::new(),
            settings: MergeSettings::default(),
        }
    }

    pub(super) fn of(&self, id: VersionId) -> &ZoneContent {
        &self.all[id.0 as usize]
    }

    /// The first version of a zone, in which one owner has some records.
    pub(super) fn first(&mut self, zone: u16, records: u32, now: u64) -> VersionId {
        let records = (0..records).map(|number| {
            let mut record = Record::new([None; OWNERS]);
            let _ = record.merge(signed(zone, number, 0, now));
            (number, Arc::new(record))
        });
        let records = records.collect();
        self.publish(zone, Serial(1), records, Vec::new(), now)
    }

    /// The version after this one, in which an owner has changed a record; the same if another one won against it.
    pub(super) fn written(
        &mut self,
        zone: u16,
        id: VersionId,
        number: u32,
        owner: u32,
        now: u64,
    ) -> VersionId {
        let before = self.of(id);
        let mut records = before.records.clone();
        let place = records.binary_search_by_key(&number, |(number, _)| *number);
        let mut record = match place {
            Ok(place) => *records[place].1,
            Err(_) => Record::new([None; OWNERS]),
        };
        let _ = record.merge(signed(zone, number, owner, now));
        match place {
            Ok(place) if *records[place].1 == record => return id,
            Ok(place) => records[place].1 = Arc::new(record),
            Err(place) => records.insert(place, (number, Arc::new(record))),
        }
        let (serial, history, newest) = (
            before.version.serial.next(),
            before.history_after(),
            before.signed,
        );
        self.publish(zone, serial, records, history, newest.max(now))
    }

    fn publish(
        &mut self,
        zone: u16,
        serial: Serial,
        records: Vec<(u32, Arc<Record>)>,
        history: Vec<(Serial, [u8; 8])>,
        signed: u64,
    ) -> VersionId {
        let digest = digest_of(&records);
        self.add(
            zone,
            Lineage::published(serial, digest),
            digest,
            records,
            history,
            signed,
        )
    }

    /// What a node has that had one version and has fetched the other, by its own clock.
    pub(super) fn merged(
        &mut self,
        zone: u16,
        ours: VersionId,
        theirs: VersionId,
        now: u64,
    ) -> Result<VersionId, FromFuture> {
        if ours == theirs {
            return Ok(ours);
        }
        let (mine, other) = (self.of(ours), self.of(theirs));
        // Nothing in it is newer than its newest signature.
        if other.signed > now {
            let all = other.records.iter().flat_map(|(_, record)| record.iter());
            let mut foreign = all.filter(|version| !mine.has(version));
            if !foreign.all(|version| version.is_admissible(now, self.settings)) {
                return Err(FromFuture);
            }
        }
        if let Some(known) = self.merges.get(&(ours, theirs)) {
            return Ok(*known);
        }
        let records = join(&mine.records, &other.records);
        let lineage = mine.lineage.join(other.lineage);
        let mut history = mine.history_after();
        history.extend(other.history_after());
        history.sort_unstable_by_key(|(serial, digest)| (serial.0, *digest));
        history.dedup();
        let signed = mine.signed.max(other.signed);
        let digest = digest_of(&records);
        let id = self.add(zone, lineage, digest, records, history, signed);
        if self.merges.len() >= MERGES {
            self.merges.clear();
        }
        self.merges.insert((ours, theirs), id);
        Ok(id)
    }

    fn add(
        &mut self,
        zone: u16,
        lineage: Lineage,
        digest: [u8; 32],
        records: Vec<(u32, Arc<Record>)>,
        mut history: Vec<(Serial, [u8; 8])>,
        signed: u64,
    ) -> VersionId {
        let id = VersionId(self.all.len() as u32);
        let serial = lineage.serial(&digest);
        // Others know it by its serial from now on, whether it was written or merged: of two such versions with one serial,
        // what comes has the next one, or nobody would hear of it.
        let lineage = Lineage::published(serial, digest);
        if let Some(known) = self.known.get(&(zone, lineage, digest)) {
            return *known;
        }
        self.known.insert((zone, lineage, digest), id);
        let same_as = *self.alike.entry((zone, serial, digest)).or_insert(id);
        history.drain(..history.len().saturating_sub(HISTORY));
        let mut short = [0; 8];
        short.copy_from_slice(&digest[..8]);
        self.all.push(ZoneContent {
            version: ZoneVersion {
                serial,
                signed: signed as u32,
                digest: short,
            },
            same_as,
            lineage,
            signed,
            records,
            history,
        });
        id
    }
}

impl ZoneContent {
    /// The digest of the version that stood when the serial was `serial`; the asker's own if it went into this one.
    /// `None` if that is too long ago.
    pub(super) fn digest_then(&self, asker: &ZoneVersion) -> Option<[u8; 8]> {
        let this = (self.version.serial, self.version.digest);
        let then = self.history.iter().chain([&this]);
        let until: Vec<_> = then
            .filter(|(serial, _)| serial.0 <= asker.serial.0)
            .collect();
        let own = until
            .iter()
            .find(|(serial, digest)| (*serial, *digest) == (asker.serial, asker.digest));
        own.or(until.last()).map(|(_, digest)| *digest)
    }

    /// The claims on a record.
    pub(super) fn record(&self, number: u32) -> Option<&Record> {
        let place = self
            .records
            .binary_search_by_key(&number, |(number, _)| *number)
            .ok()?;
        Some(&self.records[place].1)
    }

    /// How many records several owners claim.
    pub(super) fn contested(&self, now: u64) -> usize {
        let settings = MergeSettings::default();
        let records = self.records.iter();
        records
            .filter(|(_, record)| record.is_contested(now, settings))
            .count()
    }

    fn has(&self, version: &Version) -> bool {
        self.records
            .iter()
            .any(|(_, record)| record.iter().any(|held| held == version))
    }

    fn history_after(&self) -> Vec<(Serial, [u8; 8])> {
        let mut history = self.history.clone();
        history.push((self.version.serial, self.version.digest));
        history
    }
}

/// What the owner of this number signs now. Whoever signs at another time says something else.
fn signed(zone: u16, number: u32, owner: u32, now: u64) -> Version {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&owner.to_be_bytes());
    let said = format!("{zone} {number} {owner} {now}");
    Version {
        owner: OwnerId(id),
        signed: now,
        expires: now + LIFE,
        content: Content::Present(Sha256::digest(said).into()),
    }
}

fn join(ours: &[(u32, Arc<Record>)], theirs: &[(u32, Arc<Record>)]) -> Vec<(u32, Arc<Record>)> {
    let mut joined = ours.to_vec();
    for (number, record) in theirs {
        match joined.binary_search_by_key(number, |(number, _)| *number) {
            Ok(place) if joined[place].1 != *record => {
                let mut both = *joined[place].1;
                both.join(record);
                joined[place].1 = Arc::new(both);
            }
            Ok(_) => {}
            Err(place) => joined.insert(place, (*number, record.clone())),
        }
    }
    joined
}

fn digest_of(records: &[(u32, Arc<Record>)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (number, record) in records {
        for version in record.iter() {
            hash.update(number.to_be_bytes());
            hash.update(version.owner.0);
            hash.update(version.signed.to_be_bytes());
            if let Content::Present(digest) = version.content {
                hash.update(digest);
            }
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sides_that_fetch_from_each_other_have_the_same() {
        let mut versions = Versions::new();
        let first = versions.first(0, 3, 1_000);
        let east = versions.written(0, first, 1, 0, 2_000);
        let west = versions.written(0, first, 2, 0, 2_001);
        let west = versions.written(0, west, 0, 7, 2_002);
        let merged = versions.merged(0, east, west, 3_000).unwrap();
        assert_eq!(versions.merged(0, west, east, 3_000), Ok(merged));
        assert_eq!(versions.merged(0, merged, first, 3_000), Ok(merged));
        let content = versions.of(merged);
        assert_eq!(
            (content.version.serial, content.contested(3_000)),
            (Serial(4), 1)
        );
        let asker = versions.of(east).version;
        assert_eq!(
            content.digest_then(&asker),
            Some(asker.digest),
            "it went into it"
        );
        let asker = ZoneVersion {
            digest: [9; 8],
            ..asker
        };
        assert_ne!(content.digest_then(&asker), Some(asker.digest));
    }

    #[test]
    fn of_two_merges_with_one_serial_comes_the_next() {
        let mut versions = Versions::new();
        let first = versions.first(0, 3, 1_000);
        let [one, two, three] = [1, 2, 3].map(|owner| versions.written(0, first, 0, owner, 2_000));
        let west = versions.merged(0, one, two, 3_000).unwrap();
        let east = versions.merged(0, two, three, 3_000).unwrap();
        let [west_is, east_is] = [west, east].map(|id| versions.of(id).version);
        assert_eq!((west_is.serial, east_is.serial), (Serial(3), Serial(3)));
        assert_ne!(west_is.digest, east_is.digest);
        let whole = versions.merged(0, west, east, 3_000).unwrap();
        assert_eq!(versions.of(whole).version.serial, Serial(4));
        assert_eq!(versions.merged(0, east, one, 3_000), Ok(whole));
        assert_eq!(versions.merged(0, whole, west, 3_000), Ok(whole));
    }

    #[test]
    fn what_is_signed_in_the_future_waits() {
        let mut versions = Versions::new();
        let first = versions.first(0, 3, 1_000);
        let next = versions.written(0, first, 1, 0, 1_300);
        assert_eq!(versions.merged(0, first, next, 1_239), Err(FromFuture));
        assert_eq!(versions.merged(0, first, next, 1_240), Ok(next));
    }
}

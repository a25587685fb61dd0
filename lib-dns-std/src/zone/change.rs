//! What changes in a zone, as it is put together.

mod updates;

use super::memory::Zone;
use super::page::{Node, Page};
use super::records::{Record, canonical};
use super::tree::{Leaf, Tree};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::CanonicalKey;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{Difference, DifferenceError, Serial, StoredRecord, ZoneLookup, ZoneNode};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The records that go from a zone and those that come, as they are put together.
///
/// What is added and deleted again, or the other way round, cancels out, so that in the end there is only
/// what differs. Records stand in canonical order (RFC 4034 6.1, then by type and data).
///
/// It holds at most [`Change::MAX_OCTETS`] octets of records in plain form; in memory they take about four
/// times as much.
///
/// ```
/// use lib_dns_core::zone::{StoredRecord, ZoneLookup, ZoneNode};
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::zone::{Change, Loader};
/// use std::path::Path;
///
/// let text = "$ORIGIN sovereign.\n@ 300 SOA ns1 admin 1 3600 900 604800 300\n@ 300 NS ns1\nns1 300 A 10.42.0.1\n";
/// let zone = Loader::new().load_text(Path::new("example"), text.as_bytes())?.zone;
/// let mut change = Change::new();
/// let alice = NameBuf::from_text("alice.sovereign.")?;
/// change.add(&StoredRecord {
///     owner: alice.as_name(),
///     rtype: Type::A,
///     class: Class::IN,
///     ttl: 300,
///     data: &[10, 42, 1, 5],
/// })?;
/// change.set_serial(&zone, zone.serial().next())?;
/// let mut octets = Vec::new();
/// let next = zone.apply(&change.difference(&mut octets)?)?;
/// assert_eq!(next.serial().0, 2);
/// assert!(next.get(&alice.as_name()).unwrap().rrset(Type::A).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Change {
    /// By owner, type and data in canonical form; the record in plain form.
    deleted: BTreeMap<Box<[u8]>, Box<[u8]>>,
    added: BTreeMap<Box<[u8]>, Box<[u8]>>,
    octets: usize,
}

impl Change {
    /// The most octets of records in plain form that one change may have.
    pub const MAX_OCTETS: usize = 256 << 20;

    /// A change of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A record goes: the one that has been added, or else the one that stands in the zone. Its TTL must be
    /// the one that it has there.
    ///
    /// # Errors
    /// If the change becomes too large.
    pub fn delete(&mut self, record: &StoredRecord<'_>) -> Result<(), ChangeError> {
        let key = key_of(record);
        if let Some(octets) = self.added.remove(&key) {
            self.octets -= octets.len();
            return Ok(());
        }
        if !self.deleted.contains_key(&key) {
            let octets = self.plain(record)?;
            self.deleted.insert(key, octets);
        }
        Ok(())
    }

    /// A record comes. If the very same record goes, it stays instead.
    ///
    /// # Errors
    /// If the change becomes too large.
    pub fn add(&mut self, record: &StoredRecord<'_>) -> Result<(), ChangeError> {
        let key = key_of(record);
        let octets = self.plain(record)?;
        let gone = self.deleted.get(&key).and_then(|gone| record_of(gone));
        if gone.is_some_and(|gone| gone.ttl == record.ttl && gone.data == record.data) {
            self.deleted.remove(&key);
            self.octets -= 2 * octets.len();
            return Ok(());
        }
        if let Some(before) = self.added.insert(key, octets) {
            self.octets -= before.len();
        }
        Ok(())
    }

    /// The record's plain form, counted.
    fn plain(&mut self, record: &StoredRecord<'_>) -> Result<Box<[u8]>, ChangeError> {
        let octets = plain(record).ok_or(ChangeError::TooLarge)?;
        if self.octets + octets.len() > Self::MAX_OCTETS {
            return Err(ChangeError::TooLarge);
        }
        self.octets += octets.len();
        Ok(octets)
    }

    /// The zone gets this serial: its SOA record goes, and comes with the other serial. An SOA record that
    /// was added before keeps its other fields.
    ///
    /// # Errors
    /// If the zone has no SOA record that could be read, or the change becomes too large.
    pub fn set_serial(&mut self, zone: &Zone, serial: Serial) -> Result<(), ChangeError> {
        let apex = zone.apex();
        let node = zone.get(&apex).ok_or(ChangeError::Soa)?;
        let set = node.rrset(Type::SOA).ok_or(ChangeError::Soa)?;
        let old = StoredRecord {
            owner: node.owner(),
            rtype: Type::SOA,
            class: zone.class(),
            ttl: set.ttl,
            data: set.first().ok_or(ChangeError::Soa)?,
        };
        let soa = self.added.values().filter_map(|octets| record_of(octets));
        let added = soa.filter(|record| record.rtype == Type::SOA).map(plain_of);
        let added = added.collect::<Vec<_>>();
        let last = match added.last() {
            Some(octets) => record_of(octets).ok_or(ChangeError::Soa)?,
            None => old,
        };
        let mut data = last.data.to_vec();
        let at = data.len().checked_sub(20).ok_or(ChangeError::Soa)?;
        data[at..at + 4].copy_from_slice(&serial.0.to_be_bytes());
        let new = StoredRecord {
            data: &data,
            ..last
        };
        for octets in &added {
            self.delete(&record_of(octets).ok_or(ChangeError::Soa)?)?;
        }
        self.delete(&old)?;
        self.add(&new)
    }

    /// The records that go, the SOA record among them, in canonical order.
    pub fn deleted(&self) -> impl Iterator<Item = StoredRecord<'_>> {
        self.deleted.values().filter_map(|octets| record_of(octets))
    }

    /// The records that come, the SOA record among them, in canonical order.
    pub fn added(&self) -> impl Iterator<Item = StoredRecord<'_>> {
        self.added.values().filter_map(|octets| record_of(octets))
    }

    /// Does nothing change?
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.added.is_empty()
    }

    /// How many records go and come.
    pub fn len(&self) -> usize {
        self.deleted.len() + self.added.len()
    }

    /// Octets that the records take in plain form.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The change as IXFR, journals and [`Zone::apply`] have it, in `octets`, which is emptied before.
    ///
    /// # Errors
    /// If not exactly one SOA record goes and one comes.
    pub fn difference<'o>(&self, octets: &'o mut Vec<u8>) -> Result<Difference<'o>, ChangeError> {
        octets.clear();
        octets.reserve(self.octets);
        for half in [&self.deleted, &self.added] {
            let mut soa = half.values().filter(|octets| is_soa(octets));
            octets.extend_from_slice(soa.next().ok_or(ChangeError::Soa)?);
            if soa.next().is_some() {
                return Err(ChangeError::Soa);
            }
            for record in half.values().filter(|octets| !is_soa(octets)) {
                octets.extend_from_slice(record);
            }
        }
        Difference::from_bytes(octets).map_err(ChangeError::Difference)
    }

    /// The change that a difference makes.
    ///
    /// # Errors
    /// If the change becomes too large.
    pub fn from_difference(difference: &Difference<'_>) -> Result<Self, ChangeError> {
        let mut change = Self::new();
        change.follow(difference)?;
        Ok(change)
    }

    /// Makes one change of this and the one that follows it, so that what the later one takes back is in
    /// neither.
    ///
    /// # Errors
    /// If the change becomes too large; it is of no use then.
    pub fn then(&mut self, later: &Self) -> Result<(), ChangeError> {
        later
            .deleted()
            .try_for_each(|record| self.delete(&record))?;
        later.added().try_for_each(|record| self.add(&record))
    }

    /// As [`Self::then`], for a difference.
    ///
    /// # Errors
    /// As for [`Self::then`].
    pub fn follow(&mut self, later: &Difference<'_>) -> Result<(), ChangeError> {
        self.delete(&later.old_soa())?;
        let mut deleted = later.deleted().iter();
        deleted.try_for_each(|record| self.delete(&record))?;
        self.add(&later.new_soa())?;
        later
            .added()
            .iter()
            .try_for_each(|record| self.add(&record))
    }

    /// What leads from one version of a zone to another. Pages that both share are passed over, so that it
    /// costs what differs; versions that share nothing are compared name by name. The case in which an
    /// owner is written is no difference.
    ///
    /// # Errors
    /// If they are not of one zone, or the change becomes too large.
    pub fn between(old: &Zone, new: &Zone) -> Result<Self, ChangeError> {
        if old.apex != new.apex || old.class != new.class {
            return Err(ChangeError::OtherZone);
        }
        let mut change = Self::new();
        // First all that goes, since what comes may differ in no more than the TTL, or in where it stands.
        let mut come = Vec::new();
        for (from, to) in [(&old.names, &new.names), (&old.hashes, &new.hashes)] {
            side_by_side(from, to, |from, to| {
                let (from, to) = (records_of(from, old.class), records_of(to, old.class));
                let is_in = |records: &[StoredRecord<'_>], record: &StoredRecord<'_>| {
                    records
                        .binary_search_by_key(&content(record), content)
                        .is_ok()
                };
                for record in from.iter().filter(|record| !is_in(&to, record)) {
                    change.delete(record)?;
                }
                come.extend(to.iter().filter(|record| !is_in(&from, record)));
                Ok(())
            })?;
        }
        come.iter().try_for_each(|record| change.add(record))?;
        Ok(change)
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("deleted", &self.deleted().collect::<Vec<_>>())
            .field("added", &self.added().collect::<Vec<_>>())
            .finish()
    }
}

/// The records of a node, sorted by what they say.
fn records_of(node: Option<Node<'_>>, class: Class) -> Vec<StoredRecord<'_>> {
    let Some(node) = node else {
        return Vec::new();
    };
    let owner = node.owner();
    let records = Record::of_node(node).map(|record| StoredRecord {
        owner,
        rtype: record.rtype(),
        class,
        ttl: record.ttl,
        data: record.data,
    });
    let mut records = records.collect::<Vec<_>>();
    records.sort_unstable_by_key(content);
    records
}

fn content<'a>(record: &StoredRecord<'a>) -> (Type, u32, &'a [u8]) {
    (record.rtype, record.ttl, record.data)
}

/// Walks the names of two trees that are not in a page which both have.
fn side_by_side<'t>(
    old: &'t Tree,
    new: &'t Tree,
    mut each: impl FnMut(Option<Node<'t>>, Option<Node<'t>>) -> Result<(), ChangeError>,
) -> Result<(), ChangeError> {
    let (mut old, mut new) = (Walk::new(old), Walk::new(new));
    loop {
        if let (Some(a), Some(b)) = (old.at_branch(), new.at_branch())
            && Arc::ptr_eq(a, b)
        {
            old.skip_branch();
            new.skip_branch();
            continue;
        }
        if let (Some(a), Some(b)) = (old.at_page(), new.at_page())
            && Arc::ptr_eq(a, b)
        {
            old.skip_page();
            new.skip_page();
            continue;
        }
        let order = match (old.node(), new.node()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.key().cmp(b.key()),
        };
        let gone = order.is_le().then(|| old.next()).flatten();
        let come = order.is_ge().then(|| new.next()).flatten();
        each(gone, come)?;
    }
}

/// A place in a tree.
struct Walk<'t> {
    tree: &'t Tree,
    branch: usize,
    leaf: usize,
    index: usize,
}

impl<'t> Walk<'t> {
    fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            branch: 0,
            leaf: 0,
            index: 0,
        }
    }

    fn leaves(&self) -> Option<&'t Arc<[Leaf]>> {
        Some(&self.tree.branches().get(self.branch)?.leaves)
    }

    fn page(&self) -> Option<&'t Arc<Page>> {
        Some(&self.leaves()?.get(self.leaf)?.page)
    }

    /// The leaves, if it stands at the first of them.
    fn at_branch(&self) -> Option<&'t Arc<[Leaf]>> {
        self.leaves().filter(|_| self.leaf == 0 && self.index == 0)
    }

    /// The page, if it stands at its front.
    fn at_page(&self) -> Option<&'t Arc<Page>> {
        self.page().filter(|_| self.index == 0)
    }

    fn node(&self) -> Option<Node<'t>> {
        Some(self.page()?.node(self.index))
    }

    fn next(&mut self) -> Option<Node<'t>> {
        let page = self.page()?;
        let node = page.node(self.index);
        self.index += 1;
        if self.index == page.len() {
            self.skip_page();
        }
        Some(node)
    }

    fn skip_page(&mut self) {
        self.index = 0;
        self.leaf += 1;
        if self.leaves().is_none_or(|leaves| self.leaf >= leaves.len()) {
            self.skip_branch();
        }
    }

    fn skip_branch(&mut self) {
        self.index = 0;
        self.leaf = 0;
        self.branch += 1;
    }
}

/// What orders records: owner, type and data in canonical form.
fn key_of(record: &StoredRecord<'_>) -> Box<[u8]> {
    let owner = CanonicalKey::new(&record.owner);
    let data = canonical(record.rtype, record.data);
    let mut key = Vec::with_capacity(owner.as_bytes().len() + 3 + data.len());
    key.extend_from_slice(owner.as_bytes());
    // No label's key starts so: what follows sorts before all names below.
    key.push(0);
    key.extend_from_slice(&record.rtype.0.to_be_bytes());
    key.extend_from_slice(&data);
    key.into()
}

/// A record in plain form; `None` if its data is longer than a record can hold.
fn plain(record: &StoredRecord<'_>) -> Option<Box<[u8]>> {
    let mut octets = Vec::new();
    record.append_to(&mut octets).ok()?;
    Some(octets.into())
}

fn plain_of(record: StoredRecord<'_>) -> Box<[u8]> {
    plain(&record).unwrap_or_default()
}

fn record_of(octets: &[u8]) -> Option<StoredRecord<'_>> {
    StoredRecord::read(&mut Reader::new(octets)).ok()
}

fn is_soa(octets: &[u8]) -> bool {
    record_of(octets).is_some_and(|record| record.rtype == Type::SOA)
}

/// Why a change cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChangeError {
    /// The records take more than [`Change::MAX_OCTETS`] octets.
    TooLarge,
    /// Not exactly one SOA record goes and one comes, or it cannot be read.
    Soa,
    /// The versions are of different zones.
    OtherZone,
    /// What came out is no difference.
    Difference(DifferenceError),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(
                f,
                "the change has more than {} octets of records",
                Change::MAX_OCTETS
            ),
            Self::Soa => {
                f.write_str("a change needs the SOA record that goes and the one that comes")
            }
            Self::OtherZone => f.write_str("the versions are of different zones"),
            Self::Difference(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ChangeError {}

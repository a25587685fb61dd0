//! From one version of a zone to the next.

use super::edit::{Edit, Edits};
use super::finding::Problem;
use super::memory::{Zone, is_key_of_hash};
use super::page::Node;
use super::records::{
    MAX_OCTETS_A_NAME, Record, SetPlace, boxed, canonical, is_by_hash, is_plain, problems,
};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{CanonicalKey, Name, NameBuf};
use lib_dns_core::rr_data::{Type, same_data};
use lib_dns_core::zone::{
    Difference, Marks, Serial, StoredRecord, ZoneLayout, ZoneLookup, ZoneNode, ZonePrinter,
    label_ends,
};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;

/// Up to so many comparisons records are searched one by one.
const FEW_COMPARISONS: usize = 1 << 16;

impl Zone {
    /// The next version of the zone.
    ///
    /// It is strict, as RFC 1995 needs it, since whoever applies the same differences to the same version
    /// must come to the same zone: what goes must be there, with this TTL; what comes must not be there, and
    /// must have the TTL of the records of its RRset that stay (RFC 2181 5.2). To change a TTL, all records
    /// of the RRset go and come. Names in data are compared without their case. The new version is a zone
    /// that could be loaded: one SOA record, name servers at the apex, no data beside a CNAME.
    ///
    /// It costs what it changes: pages are made anew where something changes, and all others are shared
    /// with this version.
    ///
    /// # Errors
    /// If the difference does not start from this version or does not fit it.
    pub fn apply(&self, difference: &Difference<'_>) -> Result<Self, ApplyError> {
        if difference.from_serial() != self.serial() {
            return Err(ApplyError::OtherVersion {
                has: self.serial(),
                needs: difference.from_serial(),
            });
        }
        let mut apply = Apply {
            zone: self,
            names: Edits::new(),
            hashes: Edits::new(),
            empty: BTreeSet::new(),
            records: self.records,
        };
        for name in self.operations(difference)?.chunk_by(|a, b| a.key == b.key) {
            apply.change(name)?;
        }
        apply.finish()
    }

    /// What the difference does, by name; at each name in its own order.
    fn operations<'d>(
        &self,
        difference: &Difference<'d>,
    ) -> Result<Vec<Operation<'d>>, ApplyError> {
        let operation = |comes: bool| {
            move |record: StoredRecord<'d>| {
                if record.class != self.class {
                    return Err(ApplyError::OtherClass(Refused::new(&record)));
                }
                if !record.owner.is_at_or_below(&self.apex()) {
                    return Err(ApplyError::Rule(Problem::OutOfZone(boxed(&record.owner))));
                }
                if comes
                    && (record.rtype.is_meta()
                        || !is_plain(record.class, record.rtype, record.data))
                {
                    return Err(ApplyError::BadData(Refused::new(&record)));
                }
                let key = CanonicalKey::below(&record.owner, self.apex().label_count());
                Ok(Operation {
                    key: key.as_bytes().into(),
                    comes,
                    record,
                })
            }
        };
        let gone = std::iter::once(difference.old_soa()).chain(difference.deleted().iter());
        let come = std::iter::once(difference.new_soa()).chain(difference.added().iter());
        let mut operations = gone
            .map(operation(false))
            .chain(come.map(operation(true)))
            .collect::<Result<Vec<_>, _>>()?;
        operations.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(operations)
    }
}

/// A record that goes or comes.
struct Operation<'d> {
    /// Of its owner, below the apex.
    key: Box<[u8]>,
    comes: bool,
    record: StoredRecord<'d>,
}

/// A version that is being made.
struct Apply<'a> {
    zone: &'a Zone,
    names: Edits<'a>,
    hashes: Edits<'a>,
    /// The keys of names without records that may have nothing below them.
    empty: BTreeSet<Vec<u8>>,
    records: u64,
}

impl<'a> Apply<'a> {
    /// Changes the records of one name.
    fn change(&mut self, operations: &[Operation<'a>]) -> Result<(), ApplyError> {
        let Some(first) = operations.first() else {
            return Ok(());
        };
        let key = &*first.key;
        let named = self.zone.names.get(key);
        let hashed = is_key_of_hash(key)
            .then(|| self.zone.hashes.get(key))
            .flatten();
        let mut set = Records::of_nodes(named, hashed);
        let before = set.records.len();
        let owner = set.change(operations)?;
        let mut records = set.records;
        self.records = self.records + records.len() as u64 - before as u64;
        let owner = match named.or(hashed) {
            Some(node) if owner.is_none() => node.owner(),
            _ => owner.unwrap_or(first.record.owner),
        };

        let octets = records.iter().map(|record| record.data.len());
        if octets.sum::<usize>() > MAX_OCTETS_A_NAME {
            return Err(ApplyError::Rule(Problem::TooManyRecords(boxed(&owner))));
        }
        let by_hash = is_by_hash(key, records.iter().map(Record::rtype));
        for record in &mut records {
            record.place.by_hash = by_hash && record.place.rtype == Type::NSEC3;
        }
        records.sort_by_key(|record| record.place);
        let places = records.iter().map(|record| record.place);
        let mut errors = problems(&owner, key, places).filter(|(_, problem)| !problem.is_warning());
        if let Some((_, problem)) = errors.next() {
            return Err(ApplyError::Rule(problem));
        }
        drop(errors);
        let by_hash = records.split_off(records.partition_point(|record| !record.place.by_hash));
        let put = |records: Vec<Record<'a>>, marks| Edit::Put {
            owner,
            records,
            marks,
        };
        if !by_hash.is_empty() {
            self.hashes.insert(key.into(), put(by_hash, Marks::NONE));
        } else if hashed.is_some() {
            self.hashes.insert(key.into(), Edit::Remove);
        }
        if !records.is_empty() {
            let marks = marks_of(key, &records);
            self.names.insert(key.into(), put(records, marks));
        } else if named.is_some() {
            self.empty.insert(key.into());
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Zone, ApplyError> {
        self.check_apex()?;
        self.add_empty_non_terminals();
        self.remove_empty_names();
        let names = self.zone.names.edited(&self.names);
        Ok(Zone {
            apex: self.zone.apex,
            class: self.zone.class,
            has_nsec: names.has_marked(Marks::NSEC),
            names,
            hashes: self.zone.hashes.edited(&self.hashes),
            records: self.records,
        })
    }

    /// The apex has changed, since the SOA record has; what is left there must make a zone.
    fn check_apex(&self) -> Result<(), ApplyError> {
        let has = |rtype| match self.names.get(&[][..]) {
            Some(Edit::Put { records, .. }) => records.iter().any(|record| record.rtype() == rtype),
            _ => false,
        };
        if !has(Type::SOA) {
            return Err(ApplyError::Rule(Problem::NoSoa));
        }
        if !has(Type::NS) {
            return Err(ApplyError::Rule(Problem::NoNs));
        }
        Ok(())
    }

    /// Adds the names between those that come and the deepest ancestor that stands already.
    fn add_empty_non_terminals(&mut self) {
        let apex_labels = self.zone.apex().label_count();
        let mut missing = Vec::new();
        for (key, edit) in &self.names {
            let Edit::Put { owner, .. } = edit else {
                continue;
            };
            for (depth, end) in label_ends(key).enumerate() {
                let above = &key[..end];
                let stands = end == key.len()
                    || self.names.contains_key(above)
                    || self.zone.names.get(above).is_some();
                if !stands {
                    missing.push((above.to_vec(), owner.ancestor(apex_labels + depth)));
                }
            }
        }
        for (key, owner) in missing {
            self.names.entry(key).or_insert_with(|| Edit::empty(owner));
        }
    }

    /// Removes names without records that nothing stands below any more, from the deepest up.
    fn remove_empty_names(&mut self) {
        while let Some(key) = self.empty.pop_last() {
            let Some(node) = self.zone.names.get(&key) else {
                continue;
            };
            if self.has_names_below(&key) {
                self.names.insert(key, Edit::empty(node.owner()));
                continue;
            }
            // Its parent may have stood for its sake.
            let parent = label_ends(&key).take_while(|end| *end < key.len()).last();
            let parent = parent.map(|end| &key[..end]);
            if let Some(parent) = parent.filter(|parent| !self.names.contains_key(*parent)) {
                let parent_node = self.zone.names.get(parent);
                if parent_node.is_some_and(|node| node.is_bare()) {
                    self.empty.insert(parent.into());
                }
            }
            self.names.insert(key, Edit::Remove);
        }
    }

    /// Does the new version have names below a key? Those that go are known.
    fn has_names_below(&self, key: &[u8]) -> bool {
        let from = (Bound::Excluded(key), Bound::Unbounded);
        let come = self.names.range::<[u8], _>(from);
        let mut come = come.take_while(|(below, _)| below.starts_with(key));
        if come.any(|(_, edit)| matches!(edit, Edit::Put { .. })) {
            return true;
        }
        let stand = self.zone.names.nodes_after(key);
        let mut stand = stand.take_while(|node| node.key().starts_with(key));
        stand.any(|node| !self.names.contains_key(node.key()))
    }
}

/// The marks that records give to their name.
pub(super) fn marks_of(key: &[u8], records: &[Record<'_>]) -> Marks {
    let mut marks = Marks::NONE;
    for record in records.iter().filter(|record| !record.place.signature) {
        match record.place.rtype {
            Type::NS if !key.is_empty() => marks |= Marks::CUT,
            Type::DNAME => marks |= Marks::DNAME,
            Type::NSEC => marks |= Marks::NSEC,
            _ => {}
        }
    }
    marks
}

/// What tells a name's records apart: place, and data in canonical form.
type IndexKey<'a> = (SetPlace, Cow<'a, [u8]>);

/// The records of one name as they change.
struct Records<'a> {
    records: Vec<Record<'a>>,
    gone: Vec<bool>,
    /// Where each record stands; only for many of them.
    index: Option<HashMap<IndexKey<'a>, usize>>,
}

impl<'a> Records<'a> {
    fn of_nodes(named: Option<Node<'a>>, hashed: Option<Node<'a>>) -> Self {
        let nodes = [named, hashed].into_iter().flatten();
        let records = nodes.flat_map(Record::of_node).collect::<Vec<_>>();
        Self {
            gone: vec![false; records.len()],
            records,
            index: None,
        }
    }

    /// Does what is to be done, first what goes. If nothing stays of what was there, it tells the owner as
    /// the first that comes writes it.
    fn change(&mut self, operations: &[Operation<'a>]) -> Result<Option<Name<'a>>, ApplyError> {
        let all = self.records.len() + operations.len();
        if all.saturating_mul(operations.len()) > FEW_COMPARISONS {
            let records = self.records.iter().enumerate();
            let places = records.map(|(at, record)| (index_key(record), at));
            self.index = Some(places.collect());
        }
        // Those that go come first.
        let come = operations.partition_point(|operation| !operation.comes);
        let (gone, come) = operations.split_at(come);
        for operation in gone {
            self.delete(&operation.record)?;
        }
        let mut at = 0;
        self.records.retain(|_| {
            at += 1;
            !self.gone[at - 1]
        });
        self.gone.clear();
        self.gone.resize(self.records.len(), false);
        if self.index.is_some() {
            let records = self.records.iter().enumerate();
            let places = records.map(|(at, record)| (index_key(record), at));
            self.index = Some(places.collect());
        }
        let owner = match come.first() {
            Some(first) if self.records.is_empty() => Some(first.record.owner),
            _ => None,
        };
        let mut ttls = HashMap::new();
        for record in &self.records {
            ttls.entry(record.place).or_insert(record.ttl);
        }
        for operation in come {
            self.add(&operation.record, &mut ttls)?;
        }
        Ok(owner)
    }

    fn delete(&mut self, record: &StoredRecord<'a>) -> Result<(), ApplyError> {
        let Some(at) = self.find(record) else {
            return Err(ApplyError::Missing(Refused::new(record)));
        };
        if self.records[at].ttl != record.ttl {
            return Err(ApplyError::OtherTtl {
                record: Refused::new(record),
                stands: self.records[at].ttl,
            });
        }
        self.gone[at] = true;
        Ok(())
    }

    fn add(
        &mut self,
        record: &StoredRecord<'a>,
        ttls: &mut HashMap<SetPlace, u32>,
    ) -> Result<(), ApplyError> {
        if self.find(record).is_some() {
            return Err(ApplyError::Present(Refused::new(record)));
        }
        let place = SetPlace::new(record.rtype, record.data, false);
        let stands = *ttls.entry(place).or_insert(record.ttl);
        if stands != record.ttl {
            return Err(ApplyError::OtherTtl {
                record: Refused::new(record),
                stands,
            });
        }
        let record = Record {
            place,
            ttl: record.ttl,
            data: record.data,
        };
        if let Some(index) = &mut self.index {
            index.insert(index_key(&record), self.records.len());
        }
        self.records.push(record);
        self.gone.push(false);
        Ok(())
    }

    /// Where a record stands that has not gone.
    fn find(&self, record: &StoredRecord<'a>) -> Option<usize> {
        let place = SetPlace::new(record.rtype, record.data, false);
        let at = match &self.index {
            Some(index) => *index.get(&(place, canonical(record.rtype, record.data)))?,
            None => self.records.iter().position(|other| {
                other.place == place && same_data(record.rtype, other.data, record.data)
            })?,
        };
        (!self.gone[at]).then_some(at)
    }
}

fn index_key<'a>(record: &Record<'a>) -> IndexKey<'a> {
    (record.place, canonical(record.rtype(), record.data))
}

/// Why a difference was not applied.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ApplyError {
    /// The difference starts from another version.
    OtherVersion {
        /// The serial of the zone.
        has: Serial,
        /// The serial that the difference starts from.
        needs: Serial,
    },
    /// A record that goes is not there.
    Missing(Refused),
    /// A record that comes is there already.
    Present(Refused),
    /// A record goes with another TTL than it has, or comes with another TTL than its RRset has.
    OtherTtl {
        /// The record.
        record: Refused,
        /// The TTL that its RRset has.
        stands: u32,
    },
    /// A record is of another class than the zone.
    OtherClass(Refused),
    /// The data is none of the record's type, or the type cannot stand in a zone.
    BadData(Refused),
    /// What came out would be no zone.
    Rule(Problem),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherVersion { has, needs } => write!(
                f,
                "the difference starts from serial {needs}, but the zone has {has}"
            ),
            Self::Missing(record) => write!(f, "a record to delete is not there: {record}"),
            Self::Present(record) => write!(f, "a record to add is there already: {record}"),
            Self::OtherTtl { record, stands } => {
                write!(f, "the TTL of the RRset is {stands}: {record}")
            }
            Self::OtherClass(record) => write!(f, "a record of another class: {record}"),
            Self::BadData(record) => write!(f, "no data of this type: {record}"),
            Self::Rule(problem) => problem.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

/// A record that was refused; it shows as a line of zone text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused(Box<Owned>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Owned {
    owner: NameBuf,
    rtype: Type,
    class: Class,
    ttl: u32,
    data: Box<[u8]>,
}

impl Refused {
    pub(super) fn new(record: &StoredRecord<'_>) -> Self {
        Self(Box::new(Owned {
            owner: record.owner.into(),
            rtype: record.rtype,
            class: record.class,
            ttl: record.ttl,
            data: record.data.into(),
        }))
    }

    /// The record.
    pub fn record(&self) -> StoredRecord<'_> {
        StoredRecord {
            owner: self.0.owner.as_name(),
            rtype: self.0.rtype,
            class: self.0.class,
            ttl: self.0.ttl,
            data: &self.0.data,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        let record = self.record();
        let StoredRecord {
            owner, ttl, class, ..
        } = record;
        ZonePrinter::new(&mut line, ZoneLayout::OneLine).record(
            &owner,
            ttl,
            class,
            record.rtype,
            record.data,
        )?;
        f.write_str(line.trim_end())
    }
}

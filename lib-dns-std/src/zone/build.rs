//! From records as they came to a zone that can be searched.

use super::arena::{Arena, Incoming, Place, Run, Stored};
use super::finding::{Finding, Findings, Problem};
use super::memory::Zone;
use super::places::{FileLine, Places};
use super::records::{
    MAX_OCTETS_A_NAME, Placed, SetPlace, add_records, boxed, canonical, is_by_hash, problems,
};
use super::tree::{Covering, TreeBuilder};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{CanonicalKey, Name, NameBuf};
use lib_dns_core::rr_data::{Type, same_data};
use lib_dns_core::text::TokenText;
use lib_dns_core::zone::{Marks, common_labels, label_ends};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// In an RRset with more records than this, duplicates are found by hash.
const FEW_RECORDS: usize = 16;

/// Takes records in any order and makes a zone of them.
pub(super) struct ZoneBuilder {
    arena: Arena,
    files: Vec<Arc<Path>>,
    /// The origin of the zone: what was given, else the owner of the first SOA record.
    apex: Option<NameBuf>,
    class: Class,
    records: u64,
    findings: Findings,
    /// Where the records that were added stood, if somebody wants to know.
    places: Option<Places>,
}

/// What has come of the records.
pub(super) struct Built {
    pub(super) zone: Zone,
    pub(super) warnings: Findings,
    /// If they were kept.
    pub(super) places: Option<Places>,
}

impl ZoneBuilder {
    /// For a zone whose name is given, or is the owner of its SOA record.
    pub(super) fn new(apex: Option<NameBuf>, class: Class, findings: Findings) -> Self {
        Self {
            arena: Arena::default(),
            files: Vec::new(),
            apex,
            class,
            records: 0,
            findings,
            places: None,
        }
    }

    /// Keeps where the records stand.
    pub(super) fn keep_places(&mut self) {
        self.places = Some(Places::new());
    }

    /// Makes a file known; gives its number.
    pub(super) fn add_file(&mut self, file: Arc<Path>) -> u16 {
        if let Some(known) = self.files.iter().position(|known| *known == file) {
            return known as u16;
        }
        self.files.push(file);
        (self.files.len() - 1) as u16
    }

    pub(super) fn findings(&mut self) -> &mut Findings {
        &mut self.findings
    }

    /// Reports a problem of a place in a file.
    pub(super) fn report_at(
        &mut self,
        file: u16,
        line: u32,
        column: u32,
        token: TokenText,
        problem: Problem,
    ) {
        if let Some(file) = self.files.get(usize::from(file)) {
            self.findings.add(Finding {
                file: Arc::clone(file),
                line,
                column,
                token,
                problem,
            });
        }
    }

    fn report(&mut self, file: u16, line: u32, problem: Problem) {
        self.report_at(file, line, 0, TokenText::NONE, problem);
    }

    /// Takes a record.
    pub(super) fn push(&mut self, record: &Incoming<'_>) {
        if record.rtype == Type::SOA && self.apex.is_none() {
            self.apex = Some(record.owner.into());
        }
        self.arena.push(record);
    }

    /// The zone, or all that is wrong with it.
    pub(super) fn finish(mut self) -> Result<Built, Findings> {
        // What is missing may stand in an entry that could not be read.
        let readable = self.findings.error_count() == 0;
        let Some(apex) = self.apex else {
            if readable {
                self.report(0, 0, Problem::NoSoa);
            }
            return Err(self.findings);
        };
        let arena = std::mem::take(&mut self.arena);
        let apex_key = CanonicalKey::new(&apex.as_name());
        let apex_key = apex_key.as_bytes();
        let places = arena.sorted(apex_key, |run| {
            if let (Some(first), Ok(owner)) = (run.records().next(), Name::from_wire(run.owner)) {
                let problem = Problem::OutOfZone(boxed(&owner));
                self.report(run.file, first.line, problem);
            }
        });
        let mut names = Names::new(apex_key.len());
        let mut items = Vec::new();
        let mut rest = &places[..];
        while let Some(first) = rest.first().and_then(|place| arena.run(*place)) {
            let same = |place: &&Place| arena.run(**place).is_some_and(|run| run.key == first.key);
            let runs = 1 + rest[1..].iter().take_while(same).count();
            let (name, others) = rest.split_at(runs);
            rest = others;
            items.clear();
            let runs = name.iter().filter_map(|place| arena.run(*place));
            let types = runs.clone().flat_map(|run| run.records());
            let types = types.map(|record| record.rtype);
            let by_hash = is_by_hash(&first.key[apex_key.len()..], types);
            items.extend(runs.flat_map(|run| {
                let item = move |record| Item::new(record, run.file, by_hash);
                run.records().map(item)
            }));
            self.add_name(&mut names, first, &mut items);
        }
        if !readable {
            return Err(self.findings);
        } else if !names.has_soa {
            self.report(0, 0, Problem::NoSoa);
        } else if !names.has_ns {
            self.report(0, 0, Problem::NoNs);
        }
        if self.findings.error_count() != 0 {
            return Err(self.findings);
        }
        let zone = Zone {
            apex,
            class: self.class,
            names: names.tree.finish(),
            hashes: names.hashes.finish(),
            records: self.records,
            has_nsec: names.has_nsec,
        };
        Ok(Built {
            zone,
            warnings: self.findings,
            places: self.places.map(|places| places.with_files(self.files)),
        })
    }

    /// Adds one name with all its records.
    fn add_name(&mut self, names: &mut Names, first: Run<'_>, items: &mut Vec<Item<'_>>) {
        let key = &first.key[names.apex_len..];
        let owner = Name::from_wire(first.owner).unwrap_or(Name::ROOT);
        let octets = items
            .iter()
            .map(|item| item.record.data.len())
            .sum::<usize>();
        if octets > MAX_OCTETS_A_NAME {
            let problem = Problem::TooManyRecords(boxed(&owner));
            let at = items.first().map_or(0, |item| item.record.line);
            return self.report(first.file, at, problem);
        }
        if !items.is_sorted_by_key(|item| item.place) {
            items.sort_by_key(|item| item.place);
        }
        if items.len() > 1 {
            self.settle(&owner, items);
        }
        self.check(&owner, key, items);
        self.records += items.len() as u64;
        if let Some(places) = &mut self.places {
            for item in &*items {
                let list = match item.place.by_hash {
                    true => &mut places.hashes,
                    false => &mut places.names,
                };
                let (file, line) = (item.file, item.record.line);
                list.push(FileLine { file, line });
            }
        }
        names.add(key, &owner, first.owner, items);
    }

    /// Drops duplicates and settles TTLs.
    fn settle(&mut self, owner: &Name<'_>, items: &mut Vec<Item<'_>>) {
        for set in items.chunk_by_mut(|a, b| a.place == b.place) {
            if set.len() > 1 {
                mark_duplicates(set);
            }
            let ttl = set.first().map_or(0, |first| first.record.ttl);
            for item in set {
                let Stored { rtype, line, .. } = item.record;
                if item.duplicate {
                    self.report(item.file, line, Problem::Duplicate(boxed(owner), rtype));
                }
                let stated = std::mem::replace(&mut item.record.ttl, ttl);
                if stated != ttl {
                    let problem = Problem::OtherTtl {
                        owner: boxed(owner),
                        rtype,
                        stated,
                        taken: ttl,
                    };
                    self.report(item.file, line, problem);
                }
            }
        }
        items.retain(|item| !item.duplicate);
    }

    /// Reports records that may not stand beside others, or not here.
    fn check(&mut self, owner: &Name<'_>, key: &[u8], items: &[Item<'_>]) {
        let places = items.iter().map(|item| item.place);
        for (at, problem) in problems(owner, key, places) {
            self.report(items[at].file, items[at].record.line, problem);
        }
    }
}

/// A record of the name that is being added.
#[derive(Clone, Copy)]
struct Item<'a> {
    place: SetPlace,
    record: Stored<'a>,
    file: u16,
    /// Does it repeat an earlier one?
    duplicate: bool,
}

impl<'a> Item<'a> {
    fn new(record: Stored<'a>, file: u16, by_hash: bool) -> Self {
        Self {
            place: SetPlace::new(record.rtype, record.data, by_hash),
            record,
            file,
            duplicate: false,
        }
    }
}

impl<'a> Placed<'a> for Item<'a> {
    fn place(&self) -> SetPlace {
        self.place
    }

    fn ttl(&self) -> u32 {
        self.record.ttl
    }

    fn data(&self) -> &'a [u8] {
        self.record.data
    }
}

/// Marks the records that repeat an earlier one. Names in the data are compared without their case.
fn mark_duplicates(set: &mut [Item<'_>]) {
    if set.len() <= FEW_RECORDS {
        for index in 1..set.len() {
            let (before, from) = set.split_at_mut(index);
            let Stored { rtype, data, .. } = from[0].record;
            from[0].duplicate = before
                .iter()
                .any(|other| same_data(rtype, other.record.data, data));
        }
        return;
    }
    let mut seen = HashSet::new();
    for item in set {
        item.duplicate = !seen.insert(canonical(item.record.rtype, item.record.data));
    }
}

/// The names of a zone, on their way into trees.
struct Names {
    tree: TreeBuilder,
    hashes: TreeBuilder,
    apex_len: usize,
    /// The key of the last name.
    last: Vec<u8>,
    covering: Covering,
    has_soa: bool,
    has_ns: bool,
    has_nsec: bool,
}

impl Names {
    fn new(apex_len: usize) -> Self {
        Self {
            tree: TreeBuilder::default(),
            hashes: TreeBuilder::default(),
            apex_len,
            last: Vec::new(),
            covering: Covering::default(),
            has_soa: false,
            has_ns: false,
            has_nsec: false,
        }
    }

    fn add(&mut self, key: &[u8], owner: &Name<'_>, wire: &[u8], items: &[Item<'_>]) {
        let named = items.partition_point(|item| !item.place.by_hash);
        let (items, hashed) = items.split_at(named);
        if !hashed.is_empty() {
            add_records(self.hashes.page(), key, wire, hashed);
            self.hashes.end_name(Marks::NONE);
        }
        if items.is_empty() {
            return;
        }
        self.add_empty_non_terminals(key, owner);
        let mut marks = Marks::NONE;
        let data = items.iter().take_while(|item| !item.place.signature);
        for item in data {
            match item.record.rtype {
                Type::SOA if key.is_empty() => self.has_soa = true,
                Type::NS if key.is_empty() => self.has_ns = true,
                Type::NS => marks |= Marks::CUT,
                Type::DNAME => marks |= Marks::DNAME,
                Type::NSEC => {
                    marks |= Marks::NSEC;
                    self.has_nsec = true;
                }
                _ => {}
            }
        }
        add_records(self.tree.page(), key, wire, items);
        self.tree.end_name(self.covering.pass(key, marks));
    }

    /// Adds the names between a name and the deepest ancestor that stands already. Since names come in
    /// order, that is the common ancestor with the last one.
    fn add_empty_non_terminals(&mut self, key: &[u8], owner: &Name<'_>) {
        let common = common_labels(key, &self.last);
        // The labels below the common ancestor, without the name's own.
        let apex_labels = owner.label_count() - label_ends(key).skip(1).count();
        for (depth, end) in label_ends(key).enumerate() {
            if end <= common || end == key.len() {
                continue;
            }
            let ancestor = owner.ancestor(apex_labels + depth);
            let marks = self.covering.pass(&key[..end], Marks::NONE);
            if let Some(wire) = ancestor.as_flat() {
                self.tree.empty_name(&key[..end], wire, marks);
            }
        }
        self.last.clear();
        self.last.extend_from_slice(key);
    }
}

//! The records of one name, on their way into a page.

use super::finding::Problem;
use super::memory::is_key_of_hash;
use super::page::{Node, PageBuilder};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::{Form, Reader, Writer};
use std::borrow::Cow;

/// The most octets of records that one name can have: far more than any message can carry.
pub(super) const MAX_OCTETS_A_NAME: usize = 64 << 20;

/// Where a record stands within its name: NSEC3 apart from the rest, signatures after data, by type or
/// by type covered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct SetPlace {
    pub(super) by_hash: bool,
    pub(super) signature: bool,
    pub(super) rtype: Type,
}

impl SetPlace {
    /// The place of a record; `by_hash` says whether the name's NSEC3 records stand apart.
    pub(super) fn new(rtype: Type, data: &[u8], by_hash: bool) -> Self {
        let signature = rtype == Type::RRSIG;
        let rtype = match data.first_chunk::<2>() {
            Some(covered) if signature => Type(u16::from_be_bytes(*covered)),
            _ => rtype,
        };
        Self {
            by_hash: by_hash && rtype == Type::NSEC3,
            signature,
            rtype,
        }
    }
}

/// What can be packed into a page.
pub(super) trait Placed<'a> {
    fn place(&self) -> SetPlace;
    fn ttl(&self) -> u32;
    fn data(&self) -> &'a [u8];
}

/// A record of a name that changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) place: SetPlace,
    pub(super) ttl: u32,
    pub(super) data: &'a [u8],
}

impl<'a> Record<'a> {
    /// The records of a node, in the order in which they are packed.
    pub(super) fn of_node(node: Node<'a>) -> impl Iterator<Item = Self> + use<'a> {
        let data = node.data_sets().map(|set| (false, set.rtype, set));
        let signatures = node.all_signatures().map(|(rtype, set)| (true, rtype, set));
        data.chain(signatures).flat_map(|(signature, rtype, set)| {
            let place = SetPlace {
                by_hash: false,
                signature,
                rtype,
            };
            let ttl = set.ttl;
            set.records().map(move |data| Self { place, ttl, data })
        })
    }

    /// The record's own type.
    pub(super) fn rtype(&self) -> Type {
        if self.place.signature {
            Type::RRSIG
        } else {
            self.place.rtype
        }
    }
}

impl<'a> Placed<'a> for Record<'a> {
    fn place(&self) -> SetPlace {
        self.place
    }

    fn ttl(&self) -> u32 {
        self.ttl
    }

    fn data(&self) -> &'a [u8] {
        self.data
    }
}

/// Do the NSEC3 records of a name stand apart, as those of a hash (RFC 5155 7.2.8)?
pub(super) fn is_by_hash(key: &[u8], mut types: impl Iterator<Item = Type>) -> bool {
    is_key_of_hash(key) && types.any(|rtype| rtype == Type::NSEC3)
}

/// What may not stand beside the others or not at this name, with its position among `places`, which are
/// in order.
pub(super) fn problems(
    owner: &Name<'_>,
    key: &[u8],
    places: impl Iterator<Item = SetPlace> + Clone,
) -> impl Iterator<Item = (usize, Problem)> {
    let data = places.enumerate().filter(|(_, place)| !place.signature);
    let has_cname = data.clone().any(|(_, place)| place.rtype == Type::CNAME);
    let mut last = None;
    data.filter_map(move |(at, place)| {
        let rtype = place.rtype;
        let before = last.replace(rtype);
        let problem = match rtype {
            Type::SOA if !key.is_empty() => Some(Problem::SoaBelowApex(boxed(owner))),
            Type::SOA if before == Some(Type::SOA) => Some(Problem::SecondSoa),
            Type::CNAME | Type::DNAME if before == Some(rtype) => {
                Some(Problem::Several(boxed(owner), rtype))
            }
            Type::CNAME => None,
            _ if has_cname && !rtype.may_be_beside_cname() => {
                Some(Problem::CnameBesideData(boxed(owner), rtype))
            }
            _ => None,
        };
        let no_hash = rtype == Type::NSEC3 && !place.by_hash;
        let problem = problem.or(no_hash.then(|| Problem::NoHash(boxed(owner))))?;
        Some((at, problem))
    })
}

pub(super) fn boxed(name: &Name<'_>) -> Box<NameBuf> {
    Box::new((*name).into())
}

/// Data in canonical form (RFC 4034 6.2).
pub(super) fn canonical(rtype: Type, data: &[u8]) -> Cow<'_, [u8]> {
    copied(rtype, data, Form::Canonical).unwrap_or(Cow::Borrowed(data))
}

/// Is it data of its type, in plain form? What has no known form is.
pub(super) fn is_plain(class: Class, rtype: Type, data: &[u8]) -> bool {
    match rtype.info().filter(|info| info.is_defined_in(class)) {
        Some(_) => copied(rtype, data, Form::Plain).is_some_and(|copy| copy == data),
        None => true,
    }
}

fn copied(rtype: Type, data: &[u8], form: Form) -> Option<Cow<'_, [u8]>> {
    let info = rtype.info()?;
    let mut copy = vec![0; data.len()];
    let mut writer = Writer::<0>::new(&mut copy, form);
    (info.copy)(&mut Reader::new(data), &mut writer).ok()?;
    let len = writer.len();
    copy.truncate(len);
    Some(Cow::Owned(copy))
}

/// Adds a name with its records, which are in order.
pub(super) fn add_records<'a>(
    page: &mut PageBuilder,
    key: &[u8],
    owner: &[u8],
    records: &[impl Placed<'a>],
) {
    page.begin(key, owner);
    let data = records.partition_point(|record| !record.place().signature);
    let (data, signatures) = records.split_at(data);
    add_sets(page, data);
    page.begin_signatures();
    add_sets(page, signatures);
}

fn add_sets<'a>(page: &mut PageBuilder, records: &[impl Placed<'a>]) {
    for set in records.chunk_by(|a, b| a.place() == b.place()) {
        page.begin_set(set[0].place().rtype, set[0].ttl());
        for record in set {
            page.record(record.data());
        }
        page.end_set();
    }
}

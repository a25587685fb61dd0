//! Catalog zones (RFC 9432): zones that list zones.

use super::StoredRecord;
use crate::code_points::Class;
use crate::name::{Name, NameBuf, NameBuilder};
use crate::rr_data::Type;
use core::cmp::Ordering;
use core::fmt;

/// The version of the scheme that is spoken here (RFC 9432 4.2.1).
pub const CATALOG_VERSION: &[u8] = b"2";

/// A zone that a catalog lists, with its properties.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'a> {
    /// The label that stands for the zone in the catalog. Where it changes, all that is known of the zone is to
    /// be forgotten (RFC 9432 5.4).
    pub label: &'a [u8],
    /// The zone.
    pub zone: Name<'a>,
    /// What the consumer is to do with it, in words that the two sides agree on (RFC 9432 4.3.2); the first
    /// group, if there are several.
    pub group: Option<&'a [u8]>,
    /// The catalog to which it is about to move (RFC 9432 4.3.1).
    pub next_catalog: Option<Name<'a>>,
}

impl Member<'_> {
    /// For slots that are not filled yet.
    pub const EMPTY: Self = Self {
        label: &[],
        zone: Name::ROOT,
        group: None,
        next_catalog: None,
    };
}

/// Which property of which catalog a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Property<'a> {
    /// `version`.
    Version,
    /// `<label>.zones`: a member.
    Member(&'a [u8]),
    /// `group.<label>.zones`.
    Group(&'a [u8]),
    /// `coo.<label>.zones`: change of ownership.
    ChangeOfOwnership(&'a [u8]),
}

impl<'a> Property<'a> {
    /// What a name of a catalog stands for, if for anything that is known here.
    fn of(owner: &Name<'a>, catalog: &Name<'_>) -> Option<Self> {
        if !owner.is_below(catalog) {
            return None;
        }
        let is = |label: &[u8], word: &[u8]| label.eq_ignore_ascii_case(word);
        let depth = owner.label_count().saturating_sub(catalog.label_count());
        let mut labels = owner.labels();
        match (depth, labels.next()?, labels.next(), labels.next()) {
            (1, version, ..) if is(version, b"version") => Some(Self::Version),
            (2, label, Some(zones), _) if is(zones, b"zones") => Some(Self::Member(label)),
            (3, property, Some(label), Some(zones)) if is(zones, b"zones") => {
                if is(property, b"group") {
                    Some(Self::Group(label))
                } else if is(property, b"coo") {
                    Some(Self::ChangeOfOwnership(label))
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// What one version of a catalog lists, in slots that the caller lends; sorted by zone.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::zone::{Catalog, Member, StoredRecord};
/// let name = |text: &str| NameBuf::from_text(text);
/// let (apex, version, member) =
///     (name("catalog.")?, name("version.catalog.")?, name("m1.zones.catalog.")?);
/// let record = |owner, rtype, data| StoredRecord { owner, rtype, class: Class::IN, ttl: 0, data };
/// let records = [
///     record(version.as_name(), Type::TXT, b"\x012"),
///     record(member.as_name(), Type::PTR, b"\x09sovereign\0"),
/// ];
/// let mut slots = [Member::EMPTY; 8];
/// let catalog = Catalog::read(&apex.as_name(), || records.into_iter(), &mut slots)
///     .map_err(|error| error.to_string())?;
/// assert_eq!(catalog.members().len(), 1);
/// assert_eq!(catalog.members()[0].zone.to_string(), "sovereign.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Catalog<'s, 'a> {
    members: &'s [Member<'a>],
}

impl<'s, 'a> Catalog<'s, 'a> {
    /// Reads the records of a catalog, which are asked for twice, in any order. Properties that are not known here are passed over
    /// (RFC 9432 4.2).
    ///
    /// # Errors
    /// If the catalog is broken, and so is not to be followed (RFC 9432 5.1), or there are more members than
    /// slots.
    pub fn read<R: Iterator<Item = StoredRecord<'a>>>(
        catalog: &Name<'_>,
        records: impl Fn() -> R,
        slots: &'s mut [Member<'a>],
    ) -> Result<Self, CatalogError<'a>> {
        let mut has_version = false;
        let mut count = 0usize;
        for record in records().filter(|record| record.class == Class::IN) {
            match (Property::of(&record.owner, catalog), record.rtype) {
                (Some(Property::Version), Type::TXT) => {
                    // One record, with this version and no other (RFC 9432 4.2.1).
                    if has_version || only_string(record.data) != Some(CATALOG_VERSION) {
                        return Err(CatalogError::Version);
                    }
                    has_version = true;
                }
                (Some(Property::Member(label)), Type::PTR) => {
                    let zone = Name::from_wire(record.data);
                    let zone = zone.map_err(|_| CatalogError::Data(record.owner))?;
                    let slot = slots.get_mut(count).ok_or(CatalogError::TooManyMembers)?;
                    *slot = Member {
                        label,
                        zone,
                        ..Member::EMPTY
                    };
                    count = count.saturating_add(1);
                }
                _ => {}
            }
        }
        if !has_version {
            return Err(CatalogError::Version);
        }
        let members = slots.get_mut(..count).unwrap_or_default();
        members.sort_unstable_by(|a, b| by_label(a.label, b.label));
        if let Some(twice) = first_pair(members, |a, b| by_label(a.label, b.label).is_eq()) {
            // Several PTR records (RFC 9432 4.1).
            return Err(CatalogError::SeveralZones(twice.zone));
        }
        for record in records() {
            let property = Property::of(&record.owner, catalog);
            let (Some(Property::Group(label)) | Some(Property::ChangeOfOwnership(label))) =
                property
            else {
                continue;
            };
            let at = members.binary_search_by(|member| by_label(member.label, label));
            let Some(member) = at.ok().and_then(|at| members.get_mut(at)) else {
                continue;
            };
            match (property, record.rtype) {
                (Some(Property::Group(_)), Type::TXT) => {
                    member.group = member.group.or(only_string(record.data));
                }
                (Some(Property::ChangeOfOwnership(_)), Type::PTR) => {
                    // Several of them mean nothing (RFC 9432 4.3.1): the root is no catalog.
                    member.next_catalog = match member.next_catalog {
                        None => Name::from_wire(record.data).ok(),
                        Some(_) => Some(Name::ROOT),
                    };
                }
                _ => {}
            }
        }
        for member in members.iter_mut() {
            member.next_catalog = member.next_catalog.filter(|next| !next.is_root());
        }
        members.sort_unstable_by(|a, b| a.zone.cmp(&b.zone));
        if let Some(twice) = first_pair(members, |a, b| a.zone == b.zone) {
            return Err(CatalogError::SeveralLabels(twice.zone));
        }
        Ok(Self { members })
    }

    /// The members, sorted by zone.
    pub fn members(&self) -> &'s [Member<'a>] {
        self.members
    }
}

/// Labels without their case, in the order of octets.
fn by_label(a: &[u8], b: &[u8]) -> Ordering {
    let a = a.iter().map(u8::to_ascii_lowercase);
    a.cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// The second of two neighbours for which `same` holds.
fn first_pair<'m, 'a>(
    members: &'m [Member<'a>],
    same: impl Fn(&Member<'a>, &Member<'a>) -> bool,
) -> Option<&'m Member<'a>> {
    let mut pairs = members.iter().zip(members.iter().skip(1));
    pairs.find(|(a, b)| same(a, b)).map(|(_, b)| b)
}

/// The string of TXT data that has one.
fn only_string(data: &[u8]) -> Option<&[u8]> {
    let (len, string) = data.split_first()?;
    (usize::from(*len) == string.len()).then_some(string)
}

/// What differs between two versions of a catalog, or between a catalog and what is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CatalogChange<'n, 'o> {
    /// A zone that was not listed.
    Added(Member<'n>),
    /// A zone that is no longer listed.
    Removed(Member<'o>),
    /// The zone has another label: it is to be dropped with all that is known of it, and added anew
    /// (RFC 9432 5.4).
    Reset(Member<'n>),
    /// The zone is in another group, or about to move elsewhere.
    Changed(Member<'n>),
}

/// What leads from the members of one version to those of another; both are sorted by zone.
pub fn catalog_changes<'n: 'm, 'o: 'm, 'm>(
    mut old: &'m [Member<'o>],
    mut new: &'m [Member<'n>],
) -> impl Iterator<Item = CatalogChange<'n, 'o>> + use<'n, 'o, 'm> {
    core::iter::from_fn(move || {
        loop {
            let order = match (old.first(), new.first()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.zone.cmp(&new.zone),
            };
            let mut gone = None;
            if order.is_le() {
                let (first, rest) = old.split_first()?;
                (gone, old) = (Some(*first), rest);
            }
            if order == Ordering::Less {
                return gone.map(CatalogChange::Removed);
            }
            let (member, rest) = new.split_first()?;
            new = rest;
            match gone {
                None => return Some(CatalogChange::Added(*member)),
                Some(gone) if by_label(gone.label, member.label).is_ne() => {
                    return Some(CatalogChange::Reset(*member));
                }
                Some(gone)
                    if gone.group != member.group || gone.next_catalog != member.next_catalog =>
                {
                    return Some(CatalogChange::Changed(*member));
                }
                Some(_) => {}
            }
        }
    })
}

/// The name of a member in a catalog, where its PTR record stands; `None` if it would be too long.
pub fn member_name(catalog: &Name<'_>, label: &[u8]) -> Option<NameBuf> {
    let mut builder = NameBuilder::new();
    builder.push_label(label).ok()?;
    builder.push_label(b"zones").ok()?;
    builder.finish(catalog).ok()
}

/// The name of a property of a member, `group` or `coo`; `None` if it would be too long.
pub fn member_property_name(catalog: &Name<'_>, label: &[u8], property: &[u8]) -> Option<NameBuf> {
    let mut builder = NameBuilder::new();
    builder.push_label(property).ok()?;
    builder.finish(&member_name(catalog, label)?.as_name()).ok()
}

/// Why a catalog is not followed. What it listed before stays in service (RFC 9432 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CatalogError<'a> {
    /// There is not exactly one version, or it is not 2.
    Version,
    /// The record of this name names no zone.
    Data(Name<'a>),
    /// Several zones stand under one label; this is one of them.
    SeveralZones(Name<'a>),
    /// This zone stands under several labels.
    SeveralLabels(Name<'a>),
    /// There are more members than the caller has room for.
    TooManyMembers,
}

impl fmt::Display for CatalogError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("it needs one TXT record \"2\" at the name version"),
            Self::Data(owner) => write!(f, "the record of {owner} names no zone"),
            Self::SeveralZones(zone) => {
                write!(
                    f,
                    "the label of {zone} stands for several zones (RFC 9432 4.1)"
                )
            }
            Self::SeveralLabels(zone) => {
                write!(f, "{zone} stands under several labels (RFC 9432 4.1)")
            }
            Self::TooManyMembers => f.write_str("it has more members than are taken"),
        }
    }
}

impl core::error::Error for CatalogError<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const APEX: &str = "catalog.";

    fn name(text: &str) -> NameBuf {
        NameBuf::from_text(text).unwrap()
    }

    /// A record: TXT with a string in quotes, or PTR.
    type Row<'r> = (&'r str, &'r str);

    fn owned(rows: &[Row<'_>]) -> Vec<(NameBuf, Type, Vec<u8>)> {
        let rows = rows.iter().map(|(owner, data)| {
            let owner = name(&[owner, ".", APEX].concat());
            match data.strip_prefix('"') {
                Some(text) => {
                    let text = text.as_bytes();
                    (owner, Type::TXT, [&[text.len() as u8], text].concat())
                }
                None => (owner, Type::PTR, name(data).as_bytes().to_vec()),
            }
        });
        rows.collect()
    }

    fn with<T>(
        rows: &[Row<'_>],
        look: impl FnOnce(Result<&[Member<'_>], CatalogError<'_>>) -> T,
    ) -> T {
        let rows = owned(rows);
        let records = || {
            rows.iter().map(|(owner, rtype, data)| StoredRecord {
                owner: owner.as_name(),
                rtype: *rtype,
                class: Class::IN,
                ttl: 0,
                data,
            })
        };
        let mut slots = [Member::EMPTY; 3];
        let catalog = Catalog::read(&name(APEX).as_name(), records, &mut slots);
        look(catalog.map(|catalog| catalog.members()))
    }

    fn error(rows: &[Row<'_>]) -> &'static str {
        with(rows, |read| match read {
            Ok(_) => "none",
            Err(CatalogError::Version) => "version",
            Err(CatalogError::SeveralZones(_)) => "several zones",
            Err(CatalogError::SeveralLabels(_)) => "several labels",
            Err(CatalogError::TooManyMembers) => "too many",
            Err(CatalogError::Data(_)) => "data",
        })
    }

    const VERSION: Row<'static> = ("version", "\"2");

    #[test]
    fn members_and_their_properties_are_read_in_any_order() {
        let rows = [
            ("group.One.zones", "\"signed"),
            ("coo.two.zones", "elsewhere."),
            ("two.zones", "b.example."),
            ("ONE.ZONES", "c.example."),
            ("group.lost.zones", "\"nobody's"),
            ("x.ext.one.zones", "\"private"),
            ("zones", "z.example."),
            VERSION,
        ];
        with(&rows, |read| {
            let [b, c] = read.unwrap() else { panic!() };
            assert_eq!(
                (b.zone, b.label),
                (name("b.example.").as_name(), &b"two"[..])
            );
            assert_eq!(b.next_catalog, Some(name("elsewhere.").as_name()));
            assert_eq!(
                (c.zone, c.group),
                (name("c.example.").as_name(), Some(&b"signed"[..]))
            );
            assert_eq!(c.next_catalog, None);
        });
    }

    #[test]
    fn broken_catalogs_are_told() {
        let member = ("one.zones", "a.example.");
        assert_eq!(error(&[VERSION, member]), "none");
        assert_eq!(error(&[member]), "version");
        assert_eq!(error(&[("version", "\"1"), member]), "version");
        assert_eq!(error(&[VERSION, ("version", "\"3"), member]), "version");
        assert_eq!(
            error(&[VERSION, member, ("one.zones", "b.example.")]),
            "several zones"
        );
        assert_eq!(
            error(&[VERSION, member, ("two.zones", "A.example.")]),
            "several labels"
        );
        let many = ["a", "b", "c", "d"].map(|label| [label, ".zones"].concat());
        let zones = ["a.", "b.", "c.", "d."];
        let mut rows: Vec<Row<'_>> = many
            .iter()
            .zip(zones)
            .map(|(label, zone)| (label.as_str(), zone))
            .collect();
        rows.push(VERSION);
        assert_eq!(error(&rows), "too many");
    }

    #[test]
    fn several_new_catalogs_are_none() {
        let rows = [
            VERSION,
            ("one.zones", "a."),
            ("coo.one.zones", "x."),
            ("coo.one.zones", "y."),
        ];
        with(&rows, |read| {
            assert_eq!(read.unwrap()[0].next_catalog, None)
        });
    }

    #[test]
    fn two_versions_differ_by_zone() {
        let old = [
            VERSION,
            ("1.zones", "a."),
            ("2.zones", "b."),
            ("3.zones", "c."),
        ];
        let new = [
            VERSION,
            ("1.zones", "b."),
            ("3.zones", "c."),
            ("group.3.zones", "\"g"),
            ("4.zones", "d."),
        ];
        with(&old, |old| {
            with(&new, |new| {
                let (old, new) = (old.unwrap(), new.unwrap());
                let changes: Vec<_> = catalog_changes(old, new).collect();
                let expected = [
                    CatalogChange::Removed(old[0]),
                    CatalogChange::Reset(new[0]),
                    CatalogChange::Changed(new[1]),
                    CatalogChange::Added(new[2]),
                ];
                assert_eq!(changes, expected);
                assert_eq!(catalog_changes(new, new).count(), 0);
            });
        });
    }

    #[test]
    fn names_of_members_are_made() {
        let catalog = name(APEX);
        let member = member_name(&catalog.as_name(), b"m1").unwrap();
        assert_eq!(member, name("m1.zones.catalog."));
        let group = member_property_name(&catalog.as_name(), b"m1", b"group").unwrap();
        assert_eq!(group, name("group.m1.zones.catalog."));
        assert_eq!(member_name(&catalog.as_name(), &[b'x'; 64]), None);
    }
}

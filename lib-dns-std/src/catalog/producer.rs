//! Making a catalog of zones.

use crate::hash::RustCryptoDigest;
use crate::zone::{Change, ChangeError, Findings, Zone, ZoneAssembly};
use lib_dns_core::code_points::Class;
use lib_dns_core::crypto::{Digest, DigestAlgorithm};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Base16;
use lib_dns_core::zone::{
    CATALOG_VERSION, Catalog, CatalogChange, Member, Serial, StoredRecord, ZoneLookup, ZoneNode,
    catalog_changes, member_name, member_property_name,
};
use std::fmt;

/// Octets of a digest that a label is made of: enough that two never meet.
const LABEL_OCTETS: usize = 16;
/// Nobody caches what a catalog says (RFC 9432 3).
const TTL: u32 = 0;
/// How often a secondary looks for a newer catalog, and tries again, without being told; then expiry and
/// negative caching (seconds).
const TIMERS: [u32; 4] = [3600, 600, 2_147_483_646, 0];
/// What stands where a catalog must have names that nobody asks for (RFC 9432 3).
const INVALID: &[u8] = b"\x07invalid\0";

/// A zone that a catalog is to list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Listed {
    /// The zone.
    pub zone: NameBuf,
    /// What consumers are to do with it, in words that the two sides agree on; at most 255 octets.
    pub group: Option<String>,
    /// The catalog to which it is about to move (RFC 9432 4.3.1).
    pub next_catalog: Option<NameBuf>,
}

impl Listed {
    /// A zone without properties.
    pub fn plain(zone: &Name<'_>) -> Self {
        Self {
            zone: (*zone).into(),
            group: None,
            next_catalog: None,
        }
    }
}

/// The first version of a catalog.
///
/// # Errors
/// If a zone is listed twice, or the catalog's name leaves no room for its members'.
pub fn new_catalog(
    apex: &Name<'_>,
    serial: Serial,
    listed: &[Listed],
) -> Result<Zone, CatalogFault> {
    let mut assembly = ZoneAssembly::new(apex, Class::IN, "catalog");
    let mut push = |owner: &Name<'_>, rtype, data: &[u8]| {
        assembly.push(&record(owner, rtype, TTL, data));
    };
    let mut soa = [INVALID, INVALID].concat();
    soa.extend(serial.0.to_be_bytes());
    soa.extend(TIMERS.iter().flat_map(|number| number.to_be_bytes()));
    push(apex, Type::SOA, &soa);
    push(apex, Type::NS, INVALID);
    let version = name_below(apex, b"version")?;
    push(&version.as_name(), Type::TXT, &string(CATALOG_VERSION)?);
    let labels = Labels::default();
    let members = labels.members(listed, &[], serial)?;
    for (listed, label) in &members {
        for (owner, rtype, data) in records_of(apex, listed, label)? {
            push(&owner.as_name(), rtype, &data);
        }
    }
    let (zone, _warnings) = assembly.finish().map_err(CatalogFault::Zone)?;
    Ok(zone)
}

/// What makes a catalog list these zones and no others; `None` if it does already. A zone keeps the label that it
/// has; one that is listed anew gets a new label, so that consumers start it afresh. Properties of other makers
/// stay as they are.
///
/// # Errors
/// If a zone is listed twice, or what stands in the zone is no catalog that can be changed.
pub fn list_in_catalog(catalog: &Zone, listed: &[Listed]) -> Result<Option<Change>, CatalogFault> {
    let apex = catalog.apex();
    let mut slots = vec![Member::EMPTY; usize::try_from(catalog.record_count()).unwrap_or(0)];
    let read = Catalog::read(&apex, || catalog.records(), &mut slots);
    let old = read.map_err(|error| CatalogFault::Broken(error.to_string()))?;
    let old = old.members();
    let members = Labels::default().members(listed, old, catalog.serial().next())?;
    let mut new: Vec<Member<'_>> = members
        .iter()
        .map(|(listed, label)| Member {
            label: label.as_bytes(),
            zone: listed.zone.as_name(),
            group: listed.group.as_deref().map(str::as_bytes),
            next_catalog: listed.next_catalog.as_ref().map(NameBuf::as_name),
        })
        .collect();
    new.sort_unstable_by(|a, b| a.zone.cmp(&b.zone));
    let mut change = Change::new();
    for difference in catalog_changes(old, &new) {
        let member = match difference {
            CatalogChange::Removed(member) => {
                delete(catalog, &member, &mut change)?;
                continue;
            }
            CatalogChange::Added(member) => member,
            CatalogChange::Changed(member) | CatalogChange::Reset(member) => {
                delete(catalog, &member, &mut change)?;
                member
            }
        };
        let at = members.binary_search_by(|(listed, _)| listed.zone.as_name().cmp(&member.zone));
        let Some((listed, label)) = at.ok().and_then(|at| members.get(at)) else {
            continue;
        };
        for (owner, rtype, data) in records_of(&apex, listed, label)? {
            change.add(&record(&owner.as_name(), rtype, TTL, &data))?;
        }
    }
    Ok((!change.is_empty()).then_some(change))
}

/// Deletes the records of a member that are known here.
fn delete(catalog: &Zone, member: &Member<'_>, change: &mut Change) -> Result<(), CatalogFault> {
    let apex = catalog.apex();
    let names = [
        (member_name(&apex, member.label), Type::PTR),
        (
            member_property_name(&apex, member.label, b"group"),
            Type::TXT,
        ),
        (member_property_name(&apex, member.label, b"coo"), Type::PTR),
    ];
    for (name, rtype) in names {
        let node = name.and_then(|name| catalog.get(&name.as_name()));
        let Some((node, rrset)) = node.and_then(|node| Some((node, node.rrset(rtype)?))) else {
            continue;
        };
        for data in rrset.records() {
            change.delete(&record(&node.owner(), rtype, rrset.ttl, data))?;
        }
    }
    Ok(())
}

fn record<'a>(owner: &Name<'a>, rtype: Type, ttl: u32, data: &'a [u8]) -> StoredRecord<'a> {
    StoredRecord {
        owner: *owner,
        rtype,
        class: Class::IN,
        ttl,
        data,
    }
}

/// The records that stand for a member.
fn records_of(
    apex: &Name<'_>,
    listed: &Listed,
    label: &str,
) -> Result<Vec<(NameBuf, Type, Vec<u8>)>, CatalogFault> {
    let label = label.as_bytes();
    let property =
        |word: &[u8]| member_property_name(apex, label, word).ok_or(CatalogFault::NameTooLong);
    let owner = member_name(apex, label).ok_or(CatalogFault::NameTooLong)?;
    let mut records = vec![(owner, Type::PTR, listed.zone.as_bytes().to_vec())];
    if let Some(group) = &listed.group {
        records.push((property(b"group")?, Type::TXT, string(group.as_bytes())?));
    }
    if let Some(next) = &listed.next_catalog {
        records.push((property(b"coo")?, Type::PTR, next.as_bytes().to_vec()));
    }
    Ok(records)
}

fn name_below(apex: &Name<'_>, label: &[u8]) -> Result<NameBuf, CatalogFault> {
    let mut builder = lib_dns_core::name::NameBuilder::new();
    let pushed = builder.push_label(label);
    let named = pushed.and_then(|()| builder.finish(apex));
    named.map_err(|_| CatalogFault::NameTooLong)
}

/// TXT data of one string.
fn string(text: &[u8]) -> Result<Vec<u8>, CatalogFault> {
    let length = u8::try_from(text.len()).map_err(|_| CatalogFault::GroupTooLong)?;
    Ok([&[length], text].concat())
}

/// What stands for zones: a digest of the zone's name and of the serial with which it was listed.
#[derive(Default)]
struct Labels(RustCryptoDigest);

impl Labels {
    /// The zones with their labels, sorted by zone.
    fn members<'l>(
        &self,
        listed: &'l [Listed],
        old: &[Member<'_>],
        serial: Serial,
    ) -> Result<Vec<(&'l Listed, String)>, CatalogFault> {
        let mut members = Vec::with_capacity(listed.len());
        for listed in listed {
            let zone = listed.zone.as_name();
            let kept = old.binary_search_by(|member| member.zone.cmp(&zone));
            let kept = kept.ok().and_then(|at| old.get(at));
            let label = match kept.and_then(|member| std::str::from_utf8(member.label).ok()) {
                Some(label) => label.to_owned(),
                None => self.label(&listed.zone, serial),
            };
            members.push((listed, label));
        }
        members.sort_by_key(|(listed, _)| listed.zone);
        let twice = members.windows(2).find(|pair| match pair {
            [(a, _), (b, _)] => a.zone == b.zone,
            _ => false,
        });
        match twice {
            Some([(listed, _), ..]) => Err(CatalogFault::ListedTwice(Box::new(listed.zone))),
            _ => Ok(members),
        }
    }

    fn label(&self, zone: &NameBuf, serial: Serial) -> String {
        let zone = zone.to_lowercase();
        let parts = [zone.as_bytes(), &serial.0.to_be_bytes()];
        let digest = self.0.digest(DigestAlgorithm::Sha256, &parts);
        let digest = digest.as_ref().map_or(&[][..], |digest| digest.as_bytes());
        let octets = digest.get(..LABEL_OCTETS).unwrap_or(digest);
        Base16(octets).to_string().to_ascii_lowercase()
    }
}

/// Why a catalog cannot be made or changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CatalogFault {
    /// A zone is listed twice.
    ListedTwice(Box<NameBuf>),
    /// The catalog's name is too long for the names below it.
    NameTooLong,
    /// A group has more than 255 octets.
    GroupTooLong,
    /// What stands in the zone is no catalog.
    Broken(String),
    /// The records make no zone.
    Zone(Findings),
    /// The change cannot be made.
    Change(ChangeError),
}

impl From<ChangeError> for CatalogFault {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl fmt::Display for CatalogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListedTwice(zone) => write!(f, "{zone} is listed twice"),
            Self::NameTooLong => f.write_str(
                "the catalog's name is too long: names of some 50 octets stand below it",
            ),
            Self::GroupTooLong => f.write_str("a group has more than 255 octets"),
            Self::Broken(why) => write!(f, "the catalog is broken: {why}"),
            Self::Zone(findings) => findings.fmt(f),
            Self::Change(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CatalogFault {}

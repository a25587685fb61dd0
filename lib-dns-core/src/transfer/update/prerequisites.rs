//! What a zone must hold for an update to be made (RFC 2136 3.2).

use super::request::Prerequisite;
use super::{Refusal, Update};
use crate::messages::Record;
use crate::name::Name;
use crate::rr_data::{Type, same_data};
use crate::zone::{RrSet, ZoneLookup, ZoneNode};

impl<'m> Update<'m> {
    /// Looks whether a zone holds what the message asks for.
    ///
    /// # Errors
    /// The first prerequisite that does not hold.
    pub(super) fn check_prerequisites(
        &self,
        zone: &impl ZoneLookup,
        scratch: &mut [u8],
    ) -> Result<(), Refusal> {
        let mut has_records = false;
        for (prerequisite, record) in self.prerequisites() {
            let (owner, rtype) = (record.owner(), record.rtype());
            match prerequisite? {
                Prerequisite::NameInUse if !is_in_use(zone, &owner) => {
                    return Err(Refusal::NameMissing);
                }
                Prerequisite::NameNotInUse if is_in_use(zone, &owner) => {
                    return Err(Refusal::NameExists);
                }
                Prerequisite::RrsetExists if !exists(zone, &owner, rtype) => {
                    return Err(Refusal::RrsetMissing);
                }
                Prerequisite::RrsetMissing if exists(zone, &owner, rtype) => {
                    return Err(Refusal::RrsetExists);
                }
                Prerequisite::Record => has_records = true,
                _ => {}
            }
        }
        if has_records {
            self.check_rrsets(zone, scratch)?;
        }
        Ok(())
    }

    /// Are the RRsets that stand in the message those of the zone, record by record (RFC 2136 3.2.3)? Their
    /// TTLs do not count.
    fn check_rrsets(&self, zone: &impl ZoneLookup, scratch: &mut [u8]) -> Result<(), Refusal> {
        for (index, (record, is_first)) in self.wanted_records().enumerate() {
            let (owner, rtype) = (record.owner(), record.rtype());
            let Some(rrset) = rrset(zone, &owner, rtype) else {
                return Err(Refusal::RrsetMissing);
            };
            let data = self.plain_data(&record, scratch)?;
            if !rrset.records().any(|held| same_data(rtype, held, data)) {
                return Err(Refusal::RrsetMissing);
            }
            // Each RRset is held against the message once: at the first of its records.
            if is_first && !self.wants_all(index, &record, &rrset, scratch)? {
                return Err(Refusal::RrsetMissing);
            }
        }
        Ok(())
    }

    /// Does the message have every record of the RRset that `first`, at `index`, is the first of?
    fn wants_all(
        &self,
        index: usize,
        first: &Record<'m>,
        rrset: &RrSet<'_>,
        scratch: &mut [u8],
    ) -> Result<bool, Refusal> {
        let same = |record: &Record<'m>| is_same_rrset(record, first);
        let wanted = || self.wanted().skip(index).filter(same);
        // Where it has fewer records, one at least is missing; that bounds the work by the message's length.
        if rrset.records().count() > wanted().count() {
            return Ok(false);
        }
        for held in rrset.records() {
            let mut is_wanted = false;
            for record in wanted() {
                let data = self.plain_data(&record, scratch)?;
                if same_data(rrset.rtype, held, data) {
                    is_wanted = true;
                    break;
                }
            }
            if !is_wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The records that the zone must have.
    fn wanted(&self) -> impl Iterator<Item = Record<'m>> + Clone + use<'m> {
        let records = self.prerequisites();
        records.filter_map(|(what, record)| (what == Ok(Prerequisite::Record)).then_some(record))
    }

    /// The records that the zone must have, each with: is it the first of its RRset?
    fn wanted_records(&self) -> impl Iterator<Item = (Record<'m>, bool)> {
        self.wanted().enumerate().map(|(index, record)| {
            let mut before = self.wanted().take(index);
            let is_first = !before.any(|other| is_same_rrset(&other, &record));
            (record, is_first)
        })
    }
}

fn is_same_rrset(a: &Record<'_>, b: &Record<'_>) -> bool {
    a.rtype() == b.rtype() && a.owner() == b.owner()
}

/// Does the name own a record? An empty non-terminal is not in use (RFC 2136 2.4.4).
fn is_in_use(zone: &impl ZoneLookup, owner: &Name<'_>) -> bool {
    zone.get(owner).is_some_and(|node| !node.is_empty())
}

/// Does the RRset have a record?
fn exists(zone: &impl ZoneLookup, owner: &Name<'_>, rtype: Type) -> bool {
    let Some(node) = zone.get(owner) else {
        return false;
    };
    if rtype != Type::RRSIG {
        return node.rrset(rtype).is_some();
    }
    // Signatures stand beside what they cover.
    let mut rrsets = node.rrsets();
    rrsets.any(|rrset| node.signatures(rrset.rtype).is_some())
}

/// The RRset that has this type. That of signatures does not exist as one: each is beside what it covers.
fn rrset<'z>(zone: &'z impl ZoneLookup, owner: &Name<'_>, rtype: Type) -> Option<RrSet<'z>> {
    let node = zone.get(owner)?;
    (rtype != Type::RRSIG).then(|| node.rrset(rtype))?
}

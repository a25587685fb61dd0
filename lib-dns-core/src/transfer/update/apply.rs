//! What an update does to a zone (RFC 2136 3.3 to 3.6).

use super::request::Operation;
use super::view::View;
use super::{Actions, Changes, Grant, Refusal, Requester, Update, UpdateError};
use crate::name::{Name, NameBuf};
use crate::rr_data::{Type, same_data};
use crate::wire::{Form, Reader, Writer};
use crate::zone::{Serial, SerialPolicy, StoredRecord, ZoneLookup, ZoneNode, soa_serial};

/// The most octets of SOA data: two names and five numbers (RFC 1035 3.3.13).
const MAX_SOA_LEN: usize = 2 * 255 + 20;

/// On which terms a zone is updated.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'p> {
    /// Who may change what; the first that fits decides.
    pub grants: &'p [Grant<'p>],
    /// Which serial the new version gets, if the update brings none.
    pub serial: SerialPolicy,
    /// Seconds since 1970.
    pub now: u64,
}

/// How an update went that was allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The zone stays as it is: what was asked for is there already.
    Unchanged,
    /// There is a new version, with this serial.
    Changed(Serial),
}

impl<'m> Update<'m> {
    /// Works out what the update changes: checks who asks, the prerequisites and each record, and writes what
    /// goes and what comes into `changes`, the two SOA records included. The zone itself is not touched.
    ///
    /// `changes` must be empty, and is of no use after an error. `scratch` holds the data of one record: 65,535
    /// octets are always enough, and 1100 for all types but SIG.
    ///
    /// # Errors
    /// Why the update is not to be made, or why `changes` took a record not. The requester is told
    /// [`UpdateError::rcode`], and nothing is changed.
    pub fn apply<Z: ZoneLookup, C: Changes>(
        &self,
        zone: &Z,
        requester: &Requester<'_>,
        terms: &Terms<'_>,
        changes: &mut C,
        scratch: &mut [u8],
    ) -> Result<Outcome, UpdateError<C::Error>> {
        if zone.class() != self.class() || zone.apex() != self.zone() {
            return Err(Refusal::NotAuthoritative.into());
        }
        self.check_grants(requester, terms.grants)?;
        self.check_prerequisites(zone, scratch)?;
        let mut work = Work {
            apex: self.zone(),
            requester,
            grants: terms.grants,
            view: View {
                zone,
                class: self.class(),
                changes,
            },
        };
        for (operation, record) in self.operations() {
            let data = self.plain_data(&record, scratch)?;
            let stored = StoredRecord {
                owner: record.owner(),
                rtype: record.rtype(),
                class: self.class(),
                ttl: record.ttl(),
                data,
            };
            work.operate(operation, &stored)?;
        }
        for (operation, record) in self.operations() {
            if operation == Operation::Add {
                work.check_limit(&record.owner(), record.rtype())?;
            }
        }
        work.finish(terms)
    }

    /// Refuses who may not do what stands in the message, before anything is told of the zone.
    fn check_grants(&self, requester: &Requester<'_>, grants: &[Grant<'_>]) -> Result<(), Refusal> {
        if !requester.has_grant(grants) {
            return Err(Refusal::NotGranted);
        }
        for (operation, record) in self.operations() {
            let actions = match operation {
                Operation::Add => Actions::CREATE.and(Actions::CHANGE),
                Operation::DeleteRrset => Actions::DELETE,
                Operation::DeleteRecord => Actions::CHANGE.and(Actions::DELETE),
                // Each RRset that is there is looked at when it goes.
                Operation::DeleteName => continue,
            };
            let (owner, rtype) = (record.owner(), record.rtype());
            let grant = requester.find_grant(grants, &self.zone(), &owner, rtype, actions);
            grant.ok_or(Refusal::NotGranted)?;
        }
        Ok(())
    }
}

/// An update that is being worked out.
struct Work<'w, Z, C> {
    apex: Name<'w>,
    requester: &'w Requester<'w>,
    grants: &'w [Grant<'w>],
    view: View<'w, Z, C>,
}

type Worked<C> = Result<(), UpdateError<<C as Changes>::Error>>;

impl<Z: ZoneLookup, C: Changes> Work<'_, Z, C> {
    fn operate(&mut self, operation: Operation, record: &StoredRecord<'_>) -> Worked<C> {
        // A name that is there keeps its case.
        let old = self.view.old_node(&record.owner);
        let owner = NameBuf::from(old.map_or(record.owner, |node| node.owner()));
        let record = StoredRecord {
            owner: owner.as_name(),
            ..*record
        };
        match operation {
            Operation::Add => self.add(&record),
            Operation::DeleteName => self.delete_name(&record.owner),
            Operation::DeleteRrset => self.delete_rrset(&record.owner, record.rtype),
            Operation::DeleteRecord => self.delete_record(&record),
        }
    }

    /// Adds a record, unless a rule lets it be passed over in silence (RFC 2136 3.4.2.2).
    fn add(&mut self, record: &StoredRecord<'_>) -> Worked<C> {
        let StoredRecord {
            owner,
            rtype,
            ttl,
            data,
            ..
        } = *record;
        if self.breaks_alias(&owner, rtype) {
            return Ok(());
        }
        if rtype == Type::SOA && !self.is_newer_soa(record) {
            return Ok(());
        }
        let now = self.view.ttl(&owner, rtype);
        let action = match now {
            None => Actions::CREATE,
            Some(_) => Actions::CHANGE,
        };
        self.check_grant(&owner, rtype, action)?;
        if is_single(rtype) {
            if now == Some(ttl) && self.view.holds(&owner, rtype, data) {
                return Ok(());
            }
            self.delete(&owner, rtype, |_| true)?;
        } else {
            if now.is_some_and(|now| now != ttl) {
                let changed = self.view.set_ttl(&owner, rtype, ttl);
                changed.map_err(UpdateError::Changes)?;
            }
            if self.view.holds(&owner, rtype, data) {
                return Ok(());
            }
            if rtype == Type::WKS {
                // Address and protocol are the key (RFC 2136 3.4.2.2).
                self.delete(&owner, rtype, |old| old.get(..5) == data.get(..5))?;
            }
        }
        self.view.changes.add(record).map_err(UpdateError::Changes)
    }

    /// Would the record stand beside a CNAME record, or be one beside others (RFC 2136 3.4.2.2,
    /// RFC 6672 5.2)?
    fn breaks_alias(&self, owner: &Name<'_>, rtype: Type) -> bool {
        match rtype {
            Type::CNAME => self.view.has(owner, |other| {
                other != Type::CNAME && !other.may_be_beside_cname()
            }),
            _ if rtype.may_be_beside_cname() => false,
            _ => self.view.has(owner, |other| other == Type::CNAME),
        }
    }

    /// Is it an SOA record that may take the place of the zone's (RFC 2136 3.4.2.2)? Also where one has done so
    /// in this update already, it must be newer than the old version's: each step may be half the circle.
    fn is_newer_soa(&self, record: &StoredRecord<'_>) -> bool {
        let (Some(new), Some(old)) = (record.soa_serial(), self.old_serial()) else {
            return false;
        };
        let mut added = self.view.changes.added(&self.apex);
        let now = added.find_map(|record| record.soa_serial());
        record.owner == self.apex
            && new.is_newer_than(old)
            && now.is_none_or(|now| new.is_newer_than(now))
    }

    /// The serial of the old version.
    fn old_serial(&self) -> Option<Serial> {
        soa_serial(self.view.old_rrset(&self.apex, Type::SOA)?.first()?)
    }

    /// Deletes all RRsets of a name, but not what makes it the top of a zone (RFC 2136 3.4.2.3), nor what the
    /// signer made.
    fn delete_name(&mut self, owner: &Name<'_>) -> Worked<C> {
        if let Some(node) = self.view.old_node(owner) {
            for rrset in node.rrsets() {
                self.delete_unnamed(owner, rrset.rtype)?;
            }
        }
        // What this update has added: each round takes away one type.
        let next = |work: &Self| {
            let mut added = work.view.changes.added(owner).map(|record| record.rtype);
            added.find(|rtype| !work.is_kept(owner, *rtype))
        };
        while let Some(rtype) = next(self) {
            self.delete_unnamed(owner, rtype)?;
        }
        Ok(())
    }

    /// Deletes an RRset that the message does not name.
    fn delete_unnamed(&mut self, owner: &Name<'_>, rtype: Type) -> Worked<C> {
        if self.is_kept(owner, rtype) {
            return Ok(());
        }
        self.check_grant(owner, rtype, Actions::DELETE)?;
        self.delete(owner, rtype, |_| true)
    }

    /// Does an RRset stay when all of a name go?
    fn is_kept(&self, owner: &Name<'_>, rtype: Type) -> bool {
        let is_apex = *owner == self.apex;
        match rtype {
            Type::SOA | Type::NS | Type::DNSKEY | Type::CDNSKEY | Type::CDS | Type::ZONEMD => {
                is_apex
            }
            Type::NSEC | Type::NSEC3 | Type::NSEC3PARAM => true,
            _ => false,
        }
    }

    /// Deletes an RRset, but neither the zone's SOA nor its NS records (RFC 2136 3.4.2.3).
    fn delete_rrset(&mut self, owner: &Name<'_>, rtype: Type) -> Worked<C> {
        if *owner == self.apex && matches!(rtype, Type::SOA | Type::NS) {
            return Ok(());
        }
        self.check_grant(owner, rtype, Actions::DELETE)?;
        self.delete(owner, rtype, |_| true)
    }

    /// Deletes a record, but neither the SOA record nor the last NS record of the zone (RFC 2136 3.4.2.4).
    fn delete_record(&mut self, record: &StoredRecord<'_>) -> Worked<C> {
        let StoredRecord {
            owner, rtype, data, ..
        } = *record;
        if owner == self.apex {
            match rtype {
                Type::SOA => return Ok(()),
                Type::NS if self.view.count(&owner, rtype) <= 1 => return Ok(()),
                _ => {}
            }
        }
        if !self.view.holds(&owner, rtype, data) {
            return Ok(());
        }
        let action = match self.view.count(&owner, rtype) {
            0 | 1 => Actions::DELETE,
            _ => Actions::CHANGE,
        };
        self.check_grant(&owner, rtype, action)?;
        self.delete(&owner, rtype, |old| same_data(rtype, old, data))
    }

    fn delete(
        &mut self,
        owner: &Name<'_>,
        rtype: Type,
        which: impl Fn(&[u8]) -> bool,
    ) -> Worked<C> {
        let deleted = self.view.delete(owner, rtype, which);
        deleted.map_err(UpdateError::Changes)
    }

    fn check_grant(&self, owner: &Name<'_>, rtype: Type, action: Actions) -> Result<(), Refusal> {
        let grant = self
            .requester
            .find_grant(self.grants, &self.apex, owner, rtype, action);
        grant.map(|_| ()).ok_or(Refusal::NotGranted)
    }

    /// Has an RRset that was added to more records than the grant allows?
    fn check_limit(&self, owner: &Name<'_>, rtype: Type) -> Result<(), Refusal> {
        let actions = Actions::CREATE.and(Actions::CHANGE);
        let grant = self
            .requester
            .find_grant(self.grants, &self.apex, owner, rtype, actions);
        match grant.ok_or(Refusal::NotGranted)? {
            Some(most) if self.view.count(owner, rtype) > usize::from(most) => {
                Err(Refusal::TooManyRecords(rtype))
            }
            _ => Ok(()),
        }
    }

    /// Sees to it that a change has a new serial (RFC 2136 3.6).
    fn finish(self, terms: &Terms<'_>) -> Result<Outcome, UpdateError<C::Error>> {
        if self.view.changes.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let mut added = self.view.changes.added(&self.apex);
        if let Some(serial) = added.find_map(|record| record.soa_serial()) {
            return Ok(Outcome::Changed(serial));
        }
        drop(added);
        let old = self.view.old_rrset(&self.apex, Type::SOA);
        let (rrset, data) = old
            .and_then(|rrset| Some((rrset, rrset.first()?)))
            .ok_or(Refusal::NoSoa)?;
        let serial = terms
            .serial
            .next(soa_serial(data).ok_or(Refusal::NoSoa)?, terms.now);
        let mut room = [0; MAX_SOA_LEN];
        let new = with_serial(data, serial, &mut room).ok_or(Refusal::NoSoa)?;
        let apex = self.view.zone.apex();
        let record = self.view.old_record(&apex, &rrset, data);
        let changes = &mut *self.view.changes;
        changes.delete(&record).map_err(UpdateError::Changes)?;
        let record = StoredRecord {
            data: new,
            ..record
        };
        changes.add(&record).map_err(UpdateError::Changes)?;
        Ok(Outcome::Changed(serial))
    }
}

/// Has an RRset of the type one record, so that a new one takes its place (RFC 2136 3.4.2.2, RFC 6672 2.4)?
fn is_single(rtype: Type) -> bool {
    matches!(rtype, Type::CNAME | Type::DNAME | Type::SOA)
}

/// SOA data with another serial.
fn with_serial<'r>(data: &[u8], serial: Serial, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let mut reader = Reader::new(data);
    let mut writer = Writer::<0>::new(room, Form::Plain);
    for _ in 0..2 {
        writer.case_kept_name(&reader.flat_name().ok()?).ok()?;
    }
    reader.u32(crate::wire::Part::RecordData).ok()?;
    writer.u32(serial.0).ok()?;
    writer.put(reader.peek()).ok()?;
    Some(writer.into_written())
}

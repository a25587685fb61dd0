//! A zone that takes updates.

use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::Message;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::update::{
    ChangeList, Grant, Outcome, Requester, Terms, TypeLimit, Update, UpdateError, Who,
};
use lib_dns_core::zone::{SerialPolicy, StoredRecord, ZoneLayout, ZoneNode, ZonePrinter};
use lib_dns_std::zone::{Change, Loader, Zone};
use std::path::Path;

/// A record that owns its parts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct OwnedRecord {
    pub(crate) owner: NameBuf,
    pub(crate) rtype: Type,
    pub(crate) ttl: u32,
    pub(crate) data: Vec<u8>,
}

impl OwnedRecord {
    pub(crate) fn of(record: &StoredRecord<'_>) -> Self {
        Self {
            owner: record.owner.into(),
            rtype: record.rtype,
            ttl: record.ttl,
            data: record.data.to_vec(),
        }
    }
}

impl std::fmt::Display for OwnedRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        let mut printer = ZonePrinter::new(&mut text, ZoneLayout::OneLine);
        let owner = self.owner.as_name();
        printer.record(&owner, self.ttl, Class::IN, self.rtype, &self.data)?;
        f.write_str(text.trim_end())
    }
}

/// One zone, and what its updates have come to.
pub(crate) struct Primary {
    pub(crate) zone: Zone,
    pub(crate) requester: Requester<'static>,
}

/// Everybody may do everything.
const ALL_TYPES: [TypeLimit; 1] = [TypeLimit {
    rtype: Type::ANY,
    most: None,
}];
pub(crate) const ALL: Grant<'static> = Grant {
    types: &ALL_TYPES,
    ..Grant::to(Who::Anyone)
};

impl Primary {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            zone: load(text),
            requester: Requester {
                identity: None,
                address: "127.0.0.1".parse().unwrap(),
            },
        }
    }

    /// A zone of these records.
    pub(crate) fn of(records: &[OwnedRecord]) -> Self {
        let text: String = records.iter().map(|record| format!("{record}\n")).collect();
        Self::new(&text)
    }

    /// Carries out a message; all or nothing.
    pub(crate) fn update(&mut self, message: &[u8]) -> Rcode {
        self.update_as(message, &[ALL])
    }

    pub(crate) fn update_as(&mut self, message: &[u8], grants: &[Grant<'_>]) -> Rcode {
        match self.try_update(message, grants) {
            Ok(_) => Rcode::NOERROR,
            Err(error) => error.rcode(),
        }
    }

    pub(crate) fn try_update(
        &mut self,
        message: &[u8],
        grants: &[Grant<'_>],
    ) -> Result<Outcome, UpdateError<lib_dns_core::wire::WriteError>> {
        let message =
            Message::from_bytes(message).map_err(|error| UpdateError::Refused(error.into()))?;
        let update = Update::read(&message)?;
        let terms = Terms {
            grants,
            serial: SerialPolicy::Increment,
            now: 0,
        };
        let mut scratch = vec![0; 65_535];
        let mut room = vec![0; 1 << 20];
        let mut list = ChangeList::new(&mut room);
        let (zone, who) = (&self.zone, &self.requester);
        let outcome = update.apply(zone, who, &terms, &mut list, &mut scratch)?;
        let mut change = Change::new();
        let again = update.apply(zone, who, &terms, &mut change, &mut scratch);
        assert_eq!(again.unwrap(), outcome);
        // Both write down the same.
        let sorted = |mut records: Vec<OwnedRecord>| {
            records.sort();
            records
        };
        let owned = |record: StoredRecord<'_>| OwnedRecord::of(&record);
        let listed = sorted(list.goes().map(owned).collect());
        assert_eq!(listed, sorted(change.deleted().map(owned).collect()));
        let listed = sorted(list.comes().map(owned).collect());
        assert_eq!(listed, sorted(change.added().map(owned).collect()));
        let serial = zone.serial();
        if outcome != Outcome::Unchanged {
            // Strict: what goes is there, and what comes is not.
            let mut octets = Vec::new();
            let difference = change.difference(&mut octets).unwrap();
            self.zone = zone.apply(&difference).unwrap();
        }
        match outcome {
            Outcome::Changed(new) => {
                assert!(new.is_newer_than(serial));
                assert_eq!(self.zone.serial(), new);
            }
            Outcome::Unchanged => assert_eq!(self.zone.serial(), serial),
        }
        Ok(outcome)
    }

    /// All records, in canonical order.
    pub(crate) fn records(&self) -> Vec<OwnedRecord> {
        let mut records = Vec::new();
        for node in self.zone.nodes() {
            for rrset in node.rrsets() {
                records.extend(rrset.records().map(|data| OwnedRecord {
                    owner: node.owner().into(),
                    rtype: rrset.rtype,
                    ttl: rrset.ttl,
                    data: data.to_vec(),
                }));
            }
        }
        records.sort();
        records
    }

    /// The records of a name as text, without the name.
    pub(crate) fn at(&self, owner: &Name<'_>) -> Vec<String> {
        let records = self.records();
        let own = records.iter().filter(|record| record.owner == *owner);
        let lines = own.map(|record| {
            let line = record.to_string();
            line.split_once(' ').unwrap().1.replace(" IN ", " ")
        });
        lines.collect()
    }
}

fn load(text: &str) -> Zone {
    let loaded = Loader::new().load_text(Path::new("zone"), text.as_bytes());
    let loaded = loaded.unwrap_or_else(|findings| panic!("{findings}\n{text}"));
    loaded.zone
}

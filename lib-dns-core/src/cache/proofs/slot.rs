//! A record that denies, in a slot, and its place among the others.

use super::NewProof;
use crate::cache::negative::Witness;
use crate::code_points::Class;
use crate::dnssec::Nsec3Parameters;
use crate::name::{Name, NameBuf};
use crate::rr_data::Nsec3;
use crate::time::Timestamp;
use crate::zone::Serial;

/// How names are denied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// By NSEC records.
    Names,
    /// By NSEC3 records: their first label is the hash, of which digits stand in the order of the hash.
    Hashes,
}

/// What the records of a zone share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Group<'s> {
    pub(super) class: Class,
    pub(super) zone: Name<'s>,
    pub(super) kind: Kind,
}

/// Where a record stands, or would.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place<'s> {
    pub(super) group: Group<'s>,
    pub(super) name: Name<'s>,
}

/// A slot for an NSEC or NSEC3 record whose owner and data have at most `M` octets together.
#[derive(Clone, Copy, Debug)]
pub struct ProofSlot<const M: usize> {
    pub(super) until: Timestamp,
    pub(super) version: Serial,
    pub(super) witness: Witness,
    pub(super) class: Class,
    kind: Kind,
    name_len: u8,
    labels: u8,
    /// Labels of the zone's name, which is the owner's, or above it.
    zone_labels: u8,
    data_len: u16,
    octets: [u8; M],
}

impl<const M: usize> ProofSlot<M> {
    /// Nothing stands there.
    pub const EMPTY: Self = Self {
        until: Timestamp::ZERO,
        version: Serial(0),
        witness: Witness::NOBODY,
        class: Class(0),
        kind: Kind::Names,
        name_len: 0,
        labels: 0,
        zone_labels: 0,
        data_len: 0,
        octets: [0; M],
    };

    /// `None` if it is too long.
    pub(super) fn new(
        new: &NewProof<'_>,
        kind: Kind,
        data: &[u8],
        until: Timestamp,
        witness: Witness,
    ) -> Option<Self> {
        let name = NameBuf::from(new.owner).to_lowercase();
        let name = name.as_bytes();
        let mut slot = Self {
            until,
            version: new.version,
            witness,
            class: new.class,
            kind,
            name_len: u8::try_from(name.len()).ok()?,
            labels: u8::try_from(new.owner.label_count()).ok()?,
            zone_labels: u8::try_from(new.zone.label_count()).ok()?,
            data_len: u16::try_from(data.len()).ok()?,
            octets: [0; M],
        };
        let (front, rest) = slot.octets.split_at_mut_checked(name.len())?;
        front.copy_from_slice(name);
        rest.get_mut(..data.len())?.copy_from_slice(data);
        Some(slot)
    }

    pub(super) fn name(&self) -> Name<'_> {
        let octets = self.octets.get(..usize::from(self.name_len));
        let name = octets.and_then(|octets| Name::flat(octets, self.labels));
        name.unwrap_or(Name::ROOT)
    }

    pub(super) fn data(&self) -> &[u8] {
        let behind = self.octets.get(usize::from(self.name_len)..);
        let data = behind.and_then(|behind| behind.get(..usize::from(self.data_len)));
        data.unwrap_or_default()
    }

    pub(super) fn zone(&self) -> Name<'_> {
        self.name().ancestor(usize::from(self.zone_labels))
    }

    pub(super) fn place(&self) -> Place<'_> {
        let name = self.name();
        Place {
            group: Group {
                class: self.class,
                zone: name.ancestor(usize::from(self.zone_labels)),
                kind: self.kind,
            },
            name,
        }
    }

    pub(super) fn lives(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Seconds that are left of it.
    pub(super) fn ttl(&self, now: Timestamp) -> u32 {
        self.until.secs_since(now)
    }
}

pub(super) fn parameters_of<'r>(record: &Nsec3<'r>) -> Nsec3Parameters<'r> {
    Nsec3Parameters {
        iterations: record.iterations,
        salt: record.salt,
    }
}

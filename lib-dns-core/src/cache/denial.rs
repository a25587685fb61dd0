//! Absence on its way into the cache and out of it.

use super::rrset::OwnerDigest;
use crate::code_points::Class;
use crate::name::{InlineName, Name};
use crate::policy::NodeId;
use crate::policy::negative::{Absence, AuthorityCoverage, NegativeMetadata, PartitionId};
use crate::rr_data::Type;

/// What was not found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Missing {
    /// The name (NXDOMAIN).
    Name,
    /// The type; the name may have others (NODATA, RFC 2308 2.2).
    Type(Type),
}

/// On whose behalf something was asked: a number that the caller makes of the client's address (its prefix) or key.
///
/// The negative cache gives every source its share, so that one who asks for random names drives out its own entries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Source(pub u16);

/// A negative answer for the cache, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct NewDenial<'a> {
    /// What was asked for.
    pub name: Name<'a>,
    /// Its class.
    pub class: Class,
    /// What of it is missing.
    pub missing: Missing,
    /// The owner of the SOA record that came with it (RFC 2308 3).
    pub zone: Name<'a>,
    /// The SOA record's last field, in seconds.
    pub soa_minimum: u32,
    /// The SOA record's TTL, in seconds.
    pub soa_ttl: u32,
    /// The TTL that records of the name had, if that is known, in seconds.
    pub positive_ttl: Option<u32>,
    /// The zone that the server which gave it answers for.
    pub bailiwick: Name<'a>,
    /// What it is founded on.
    pub absence: Absence,
    /// Who signed the deletion, if it is one and that was proved. It removes no record of another owner, and without it none
    /// of a name that different owners claim (11.2, case B).
    pub owner: Option<&'a OwnerDigest>,
    /// Is the zone of Class A (16.1)?
    pub in_class_a_zone: bool,
    /// Who said so, where, after asking how many.
    pub metadata: &'a NegativeMetadata,
    /// On whose behalf it was asked.
    pub source: Source,
}

/// What became of a negative answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Denied {
    /// It is kept for so many seconds.
    Kept {
        /// 1 to 60.
        ttl: u32,
    },
    /// It is not kept, because records are held, which are contested from now on (12.2, rule 5). To be answered with
    /// the records and the flag "contested".
    Contested,
    /// It is not kept, because the records that are held are younger.
    Outdated,
    /// It is not kept, and nothing is held: its TTL comes to 0, or its name is too long for the slots.
    NotForCaching,
    /// It is not believed: the SOA record or the name is of no zone that the server answers for.
    OutOfBailiwick,
}

/// A slot of the negative cache, for names of at most `N` octets in wire form.
///
/// With 32 octets for the name it has 64 bytes, so that a thousand fit into 64 KiB with all that belongs to them.
#[derive(Clone, Copy, Debug)]
pub struct NegativeSlot<const N: usize> {
    /// In units of [`super::negative::UNIT`], modulo 2^32.
    pub(super) until: u32,
    /// 0 where nothing stands.
    pub(super) tag: u32,
    pub(super) used: u32,
    pub(super) version: u32,
    pub(super) rtype: u16,
    pub(super) class: u16,
    pub(super) source: u16,
    pub(super) witness_generation: u16,
    pub(super) witness: u8,
    /// Labels of the zone's name, which is an ancestor of this one.
    pub(super) zone_labels: u8,
    pub(super) marks: u8,
    /// Of failures: how many there were in a row.
    pub(super) reached: u8,
    pub(super) known: u8,
    pub(super) name: InlineName<N>,
}

impl<const N: usize> NegativeSlot<N> {
    /// Nothing stands there.
    pub const EMPTY: Self = Self {
        until: 0,
        tag: 0,
        used: 0,
        version: 0,
        rtype: 0,
        class: 0,
        source: 0,
        witness_generation: 0,
        witness: 0,
        zone_labels: 0,
        marks: 0,
        reached: 0,
        known: 0,
        name: InlineName::UNSET,
    };

    pub(super) const IS_NAME: u8 = 1;
    pub(super) const IS_CUT: u8 = 2;
    pub(super) const IS_FAILURE: u8 = 4;
    pub(super) const IS_VERSIONED: u8 = 8;
    pub(super) const IS_SIGNED: u8 = 16;
    pub(super) const OUTLIVES_FLUSH: u8 = 32;

    pub(super) fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    pub(super) fn zone(&self) -> Name<'_> {
        self.name.as_name().ancestor(usize::from(self.zone_labels))
    }
}

/// Who did not find names, and in which partition: kept once for all that it said.
#[derive(Clone, Copy, Debug)]
pub struct WitnessSlot {
    pub(super) node: NodeId,
    pub(super) partition: Option<PartitionId>,
    pub(super) generation: u16,
    pub(super) used: u32,
}

impl WitnessSlot {
    /// Nobody yet.
    pub const EMPTY: Self = Self {
        node: NodeId([0; 32]),
        partition: None,
        generation: 0,
        used: 0,
    };
}

/// A negative answer in the cache.
#[derive(Clone, Copy, Debug)]
pub struct CachedDenial<'c> {
    pub(super) missing: Missing,
    pub(super) ttl: u32,
    pub(super) zone: Name<'c>,
    pub(super) witness: &'c WitnessSlot,
    pub(super) coverage: AuthorityCoverage,
    pub(super) is_signed: bool,
    pub(super) is_synthesized: bool,
}

impl<'c> CachedDenial<'c> {
    /// What is missing.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// Seconds that are left of it: at most 60.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// The zone whose SOA record belongs into the answer (RFC 2308 3); the record is cached as any other.
    pub fn zone(&self) -> Name<'c> {
        self.zone
    }

    /// Who said so, where, after asking how many (12.2, rule 4).
    pub fn metadata(&self) -> NegativeMetadata {
        NegativeMetadata {
            responding_node: self.witness.node,
            partition: self.witness.partition,
            coverage: self.coverage,
        }
    }

    /// Is it founded on a signature, or is it an opinion?
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Does it follow from an ancestor that does not exist (RFC 8020)?
    pub fn is_synthesized(&self) -> bool {
        self.is_synthesized
    }
}

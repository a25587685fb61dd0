//! Whom to ask, and what they say.

use crate::name::Name;
use crate::policy::conflict::Contender;
use crate::policy::outcome::{HardFailure, SoftFailures};
use crate::policy::scope::{Forwarding, ZoneClass};
use crate::rr_data::Type;

/// How many aliases one resolution follows at most.
pub const MAX_ALIASES: usize = 16;

/// How many authorities of the mesh are asked for one name at most.
pub const MAX_AUTHORITIES: usize = 4;

/// Where the caller keeps records that it was told of; whatever number it likes.
pub type Handle = u32;

/// The layers of 7.1, in the order in which they are asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Layer {
    /// The cache in memory (L1).
    Memory,
    /// The cache on disk (L2).
    Disk,
    /// Zones that are kept here.
    LocalZones,
    /// Authorities in the mesh, several of them.
    Mesh,
    /// The mesh's hash table.
    Dht,
    /// Resolvers of the Internet.
    Internet,
}

impl Layer {
    /// The layer that is asked after this one.
    pub fn next(self) -> Option<Self> {
        Some(match self {
            Self::Memory => Self::Disk,
            Self::Disk => Self::LocalZones,
            Self::LocalZones => Self::Mesh,
            Self::Mesh => Self::Dht,
            Self::Dht => Self::Internet,
            Self::Internet => return None,
        })
    }

    /// Are other nodes asked?
    pub fn is_remote(self) -> bool {
        self >= Self::Mesh
    }
}

/// Whom to ask for what.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The layer.
    pub layer: Layer,
    /// Which of the authorities, from 0; 0 where there is one of whom to ask.
    pub authority: u8,
    /// The name to resolve now: what was asked for, or where an alias leads.
    pub name: Name<'a>,
    /// The type.
    pub rtype: Type,
    /// The permission to send it on, with the question that may leave this node; `None` if nothing leaves it.
    pub forwarding: Option<Forwarding<'a>>,
}

/// What came back.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Reply<'a> {
    /// Records of the type, from a cache or a zone of ours, or from one of whom there is only one to ask. Of an authority of
    /// the mesh it is no answer: that needs a claim.
    Data {
        /// Where they are.
        handle: Handle,
        /// What is to be said with them.
        soft: SoftFailures,
    },
    /// Records of the type, or an alias in their place, from an authority of the mesh, verified.
    Claim {
        /// Where they are.
        handle: Handle,
        /// What the rules look at.
        contender: &'a Contender,
        /// Where it leads, if it is an alias.
        alias: Option<Name<'a>>,
        /// What is to be said with them.
        soft: SoftFailures,
    },
    /// Records that have outlived their TTL, and may be served if nothing fresher can be had.
    Stale {
        /// Where they are.
        handle: Handle,
        /// What is to be said with them.
        soft: SoftFailures,
    },
    /// An alias in place of records: CNAME, DNAME, or SVCB in alias mode. As for data, the mesh needs a claim.
    Alias {
        /// Where its record is.
        handle: Handle,
        /// Where it leads.
        target: Name<'a>,
        /// What is to be said with it.
        soft: SoftFailures,
    },
    /// The name is there, the type is not.
    NoData {
        /// Where the SOA record is that says so.
        handle: Handle,
        /// Is that proved by a signature, said by the zone's only authority, or remembered from such?
        is_proved: bool,
    },
    /// There is no such name.
    NoName {
        /// Where the SOA record is that says so.
        handle: Handle,
        /// As for no data.
        is_proved: bool,
    },
    /// Nothing is known. If a zone that is kept here holds the name and declares a class, that is told along: the labels of
    /// its apex, and the class.
    Miss {
        /// The class that the zone declares.
        declared: Option<(u8, ZoneClass)>,
    },
    /// There is nobody with that place to ask.
    Nobody,
    /// No answer came, or none that could be used.
    Unreachable,
    /// Nothing may be served of it: what did not verify, or is revoked.
    Refused(HardFailure),
}

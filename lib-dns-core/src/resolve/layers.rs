//! Whom to ask, and what they say.

use crate::name::Name;
use crate::policy::conflict::Contender;
use crate::policy::negative::{Absence, NegativeMetadata, Presence};
use crate::policy::outcome::{HardFailure, SoftFailures};
use crate::policy::scope::{Forwarding, ZoneClass};
use crate::rr_data::Type;

/// How many aliases one resolution follows at most.
pub const MAX_ALIASES: usize = 16;

/// How many authorities of one layer are asked for one name at most: of the own mesh, and of those it is federated with.
pub const MAX_AUTHORITIES: usize = 4;

/// How many of the meshes in [`Scopes::federations`](crate::policy::scope::Scopes::federations) are looked at.
pub const MAX_FEDERATIONS: usize = 32;

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
    /// Meshes that this one is federated with, for names of class B (16.1).
    Federation,
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
            Self::Dht => Self::Federation,
            Self::Federation => Self::Internet,
            Self::Internet => return None,
        })
    }

    /// Are other nodes asked?
    pub fn is_remote(self) -> bool {
        self >= Self::Mesh
    }

    /// Are there several to ask, each of whom is believed only by a claim?
    pub fn has_several(self) -> bool {
        matches!(self, Self::Mesh | Self::Federation)
    }
}

/// Which question of a resolution it is: what a driver keeps with a request that it has sent, and gives back with the reply.
///
/// A reply to a request that was sent before an alias was followed is about another name. It has another id than all that is
/// asked since, so [`Resolution::answered`](super::Resolution::answered) does not take it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AskId {
    /// The layer.
    pub layer: Layer,
    /// Which of the authorities, from 0; 0 where there is one of whom to ask. Of a federation it is the place of the mesh in
    /// [`Scopes::federations`](crate::policy::scope::Scopes::federations).
    pub authority: u8,
    /// How many aliases have led to the name.
    pub aliases: u8,
}

impl AskId {
    /// The question for the name that a resolution began with.
    pub fn of_first_name(layer: Layer, authority: u8) -> Self {
        Self {
            layer,
            authority,
            aliases: 0,
        }
    }
}

/// Whom to ask for what.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Whom, and what to give back with the reply.
    pub id: AskId,
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
    /// Records of the type, from a cache or a zone of ours, or from one of whom there is only one to ask. Of an authority
    /// among [several](Layer::has_several) it is no answer: that needs a claim.
    Data {
        /// Where they are.
        handle: Handle,
        /// What is to be said with them.
        soft: SoftFailures,
    },
    /// Records of the type, or an alias in their place, from an authority of a mesh, verified here.
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
    /// Records that have outlived their TTL, and may be served if nothing fresher can be had: from whom data is believed.
    Stale {
        /// Where they are.
        handle: Handle,
        /// What is known of them, to be weighed against absence.
        presence: Presence,
        /// What is to be said with them.
        soft: SoftFailures,
    },
    /// An alias in place of records: what [`alias_of`](super::alias_of) finds. As for data, a mesh needs a claim.
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
        /// What that is founded on. Of a deletion: verified to be of the name's owner.
        absence: Absence,
        /// Who says so (12.2, rule 4): what a cache remembers; of an authority, itself and the holders that it knows.
        said_by: &'a NegativeMetadata,
    },
    /// There is no such name.
    NoName {
        /// Where the SOA record is that says so.
        handle: Handle,
        /// As for no data.
        absence: Absence,
        /// As for no data.
        said_by: &'a NegativeMetadata,
    },
    /// Nothing is known. If a zone that is kept here holds the name and declares a class, the layer of local zones tells that
    /// along: the labels of its apex, and the class. From elsewhere it does not count.
    Miss {
        /// The class that the zone declares.
        declared: Option<(u8, ZoneClass)>,
    },
    /// One of the others, in a response that the other mesh has signed, which was verified. Of a federation nothing else is
    /// believed (16.2).
    Signed(&'a Reply<'a>),
    /// There is nobody with that place to ask.
    Nobody,
    /// No answer came, or none that could be used.
    Unreachable,
    /// Nothing may be served of it: what did not verify, or is revoked.
    Refused(HardFailure),
}

//! How a node is set up.

use core::fmt;

use lib_dns_core::cache::HashKey;
use lib_dns_core::hint::{HintConfig, NodePrefix, Region, ZoneTag};
use lib_dns_core::name::Name;
use lib_dns_core::policy::NodeId;
use lib_dns_core::policy::update_control::UpdateControlConfig;

use crate::radio::Link;

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub struct NodeConfig<'z> {
    /// This node: hints name it by its first four octets.
    pub node: NodeId,
    /// The network's apex zone: the one whose image is served, and which updates do not name.
    pub apex: Name<'z>,
    /// How the radio sends: what [`HintRadio::link`](crate::radio::HintRadio::link) says.
    pub link: Link,
    /// Where the radio is. Unset, nothing is sent.
    pub region: Option<Region>,
    /// A node of the mesh that is asked about names at or below this zone that the image does not have.
    pub upstream: Option<Name<'z>>,
    /// Random, and known to nobody else: so that nobody can fill one set of the cache.
    pub hash_key: HashKey,
    /// The score of updates: how urgent they are.
    pub urgency: u8,
    /// Are frames without a seal heard, although there is a key? Only while a network gets its first key.
    pub accepts_unsealed: bool,
    /// The parameters of 17.2.
    pub updates: UpdateControlConfig,
}

impl<'z> NodeConfig<'z> {
    /// A node that hears and answers, but may not send: it does not say where it is.
    pub fn new(node: NodeId, apex: Name<'z>, link: Link, hash_key: HashKey) -> Self {
        Self {
            node,
            apex,
            link,
            region: None,
            upstream: None,
            hash_key,
            urgency: 1,
            accepts_unsealed: false,
            updates: UpdateControlConfig::default(),
        }
    }

    pub(super) fn hints(&self, apex: ZoneTag) -> HintConfig {
        HintConfig {
            node: NodePrefix::from(self.node),
            region: self.region,
            frequency_hz: self.link.frequency_hz,
            modulation: self.link.modulation,
            apex: Some(apex),
            urgency: self.urgency,
            accepts_unsealed: self.accepts_unsealed,
            updates: self.updates,
        }
    }
}

/// Why a zone is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NotWatched {
    /// SHA-256 is not to be had, of which a zone's tag is made.
    NoSha256,
    /// All places for zones are taken.
    NoRoom,
    /// Another zone has the same tag: of two such zones hints can tell only one.
    SameTag,
}

impl fmt::Display for NotWatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSha256 => "SHA-256 is not to be had",
            Self::NoRoom => "all places for zones are taken",
            Self::SameTag => "another zone has the same tag",
        })
    }
}

impl core::error::Error for NotWatched {}

//! What can be set about a resolution.

use super::budget::Budget;
#[cfg(doc)]
use super::layers::MAX_AUTHORITIES;
use crate::policy::conflict::ConflictSettings;

/// What can be set. Times are milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResolveSettings {
    /// What it may cost.
    pub budget: Budget,
    /// How many authorities of a mesh, or other meshes, are asked at once, at most [`MAX_AUTHORITIES`]. 3.
    pub authorities: u8,
    /// How long authorities of the mesh are waited for. 1 s.
    pub mesh_wait: u32,
    /// How long the hash table is waited for. 2 s.
    pub dht_wait: u32,
    /// How long federated meshes are waited for. 2 s.
    pub federation_wait: u32,
    /// How long the Internet is waited for. 3 s.
    pub internet_wait: u32,
    /// After what time stale data is served if nothing fresher has come (RFC 8767 5). 1.8 s.
    pub stale_after: u32,
    /// How long all of it may take, whatever aliases are followed. 10 s.
    pub total_wait: u32,
    /// What can be set about conflicts.
    pub conflicts: ConflictSettings,
}

impl Default for ResolveSettings {
    fn default() -> Self {
        Self {
            budget: Budget::default(),
            authorities: 3,
            mesh_wait: 1_000,
            dht_wait: 2_000,
            federation_wait: 2_000,
            internet_wait: 3_000,
            stale_after: 1_800,
            total_wait: 10_000,
            conflicts: ConflictSettings::default(),
        }
    }
}

//! What all tasks and threads of a server hold in common: the plan, and the zones as they change.

use super::plan::{Plan, ZonePlan};
use crate::transfer::{History, NoHistory};
use crate::zone::{Zone, ZoneStore};
use arc_swap::ArcSwap;
use lib_dns_core::name::Name;
use lib_dns_core::zone::{Difference, Serial};
use std::sync::Arc;

/// What all tasks and threads of a server hold in common.
pub(super) struct Shared {
    pub(super) store: Arc<ZoneStore>,
    pub(super) plan: Arc<ArcSwap<Plan>>,
}

impl Shared {
    /// Where differences between versions come from.
    pub(super) fn history(&self) -> Arc<dyn History> {
        Arc::new(NoHistory)
    }

    /// Brings a whole new version into service, and tells how many records it has.
    ///
    /// # Errors
    /// Why the old one stays.
    pub(super) fn replace(&self, plan: &ZonePlan, zone: Zone) -> Result<u64, String> {
        let (serial, records) = (zone.serial(), zone.record_count());
        self.store.replace(zone);
        self.tell(plan, serial);
        Ok(records)
    }

    /// Brings the version into service that these differences lead to, one after the other.
    ///
    /// # Errors
    /// Why the old one stays.
    pub(super) fn follow(&self, plan: &ZonePlan, differences: &[Vec<u8>]) -> Result<u64, String> {
        let here = self.store.get_zone_exact(&plan.name());
        let here = here.ok_or("the version that it starts from is gone")?;
        let mut next = (*here).clone();
        for octets in differences {
            let difference = Difference::from_bytes(octets).map_err(|error| error.to_string())?;
            next = next.apply(&difference).map_err(|error| error.to_string())?;
        }
        self.replace(plan, next)
    }

    fn tell(&self, plan: &ZonePlan, serial: Serial) {
        plan.published.send_replace(Some(serial));
    }

    /// Notes that the version of a zone that is here was confirmed just now.
    pub(super) fn note_confirmed(&self, _plan: &ZonePlan) -> Result<(), String> {
        Ok(())
    }

    /// Milliseconds since the version that is here was confirmed.
    pub(super) fn confirmed_ago(&self, _zone: &Name<'_>) -> u64 {
        0
    }
}

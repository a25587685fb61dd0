//! The zones that a node does not keep, and in which something was not found.

use lib_dns_core::hint::ZoneTag;
use lib_dns_core::name::{InlineName, Name};

use super::answers::NEGATIVE_NAME_LEN;

/// Their names by their tags, by which hints tell them. The one that was noted first makes room.
#[derive(Clone, Debug)]
pub(super) struct DeniedZones<const ZONES: usize> {
    zones: [Option<(ZoneTag, InlineName<NEGATIVE_NAME_LEN>)>; ZONES],
    /// Where the next one goes.
    next: usize,
}

impl<const ZONES: usize> DeniedZones<ZONES> {
    pub(super) const NONE: Self = Self {
        zones: [None; ZONES],
        next: 0,
    };

    /// Something was not found in a zone. Its name is a part of one that is in the negative cache, so it is not too long.
    pub(super) fn note(&mut self, tag: ZoneTag, zone: &Name<'_>) {
        let Ok(name) = InlineName::copy_of(zone) else {
            return;
        };
        let is_same =
            |slot: &Option<(ZoneTag, InlineName<_>)>| slot.is_some_and(|(known, _)| known == tag);
        let place = match self.zones.iter().position(is_same) {
            Some(place) => place,
            None => {
                let place = self.next;
                self.next = place.wrapping_add(1).checked_rem(ZONES).unwrap_or(0);
                place
            }
        };
        if let Some(slot) = self.zones.get_mut(place) {
            *slot = Some((tag, name));
        }
    }

    /// The name of a zone that was noted.
    pub(super) fn name_of(&self, tag: ZoneTag) -> Option<Name<'_>> {
        let mut zones = self.zones.iter().flatten();
        let (_, name) = zones.find(|(known, _)| *known == tag)?;
        Some(name.as_name())
    }
}

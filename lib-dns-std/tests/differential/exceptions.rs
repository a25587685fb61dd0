//! Where we differ from what BIND, Knot and NSD say with one voice, and the RFC that is on our side.

use crate::questions::Question;
use crate::world::World;

pub(crate) struct Exception {
    /// The directory of the zones, or `*` for all.
    pub(crate) world: &'static str,
    pub(crate) applies: fn(&Question) -> bool,
    /// The RFC and section, and what it asks.
    pub(crate) because: &'static str,
}

pub(crate) const EXCEPTIONS: &[Exception] = &[];

pub(crate) fn find(world: &World, question: &Question) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| {
        (exception.world == "*" || exception.world == world.name) && (exception.applies)(question)
    })
}

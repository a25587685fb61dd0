//! Where we differ from what BIND, Knot and NSD say with one voice, and the RFC that is on our side.

use crate::questions::Question;
use crate::rtype;
use crate::world::World;

pub(crate) struct Exception {
    /// The directory of the zones, or `*` for all.
    pub(crate) world: &'static str,
    pub(crate) applies: fn(&Question) -> bool,
    /// The RFC and section, and what it asks.
    pub(crate) because: &'static str,
}

pub(crate) const EXCEPTIONS: &[Exception] = &[Exception {
    world: "*",
    applies: |question| {
        let leads_out = question
            .name
            .0
            .first()
            .is_some_and(|label| label.to_ascii_lowercase().starts_with(b"across-"));
        question.qtype == rtype::NSEC3 && leads_out
    },
    because: "RFC 1034 4.3.2 step 3a: an alias is followed into other zones, whatever the type; for NSEC3 \
              NSD, which else does so, does not look at the alias at all",
}];

pub(crate) fn find(world: &World, question: &Question) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| {
        (exception.world == "*" || exception.world == world.name) && (exception.applies)(question)
    })
}

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

pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        world: "*",
        applies: |question| {
            let first = question.name.0.first();
            let leads_out = first.is_some_and(|label| {
                let label = label.to_ascii_lowercase();
                label.starts_with(b"across-") || label.starts_with(b"to-")
            });
            let is_reverse = question.name.0.iter().any(|label| label == b"in-addr");
            question.qtype == rtype::NSEC3 && (leads_out || is_reverse)
        },
        because: "RFC 1034 4.3.2 step 3a: an alias is followed into other zones, whatever the type; for \
                  NSEC3 NSD, which else does so, does not look at the alias at all",
    },
    Exception {
        world: "*",
        applies: |question| {
            let is_chain = |label: &Vec<u8>| label == b"chain1" || label == b"chain2";
            question.name.0.iter().any(is_chain) && question.limit() <= 1232
        },
        because: "RFC 2181 9: TC is for what does not fit; the names of aliases in a row, better \
                  compressed, do fit",
    },
];

pub(crate) fn find(world: &World, question: &Question) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| {
        (exception.world == "*" || exception.world == world.name) && (exception.applies)(question)
    })
}

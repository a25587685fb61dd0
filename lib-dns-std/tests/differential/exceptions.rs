//! Where we differ from what BIND, Knot and NSD say with one voice, and the RFC that is on our side.

use crate::agreement::{Exchange, Said};
use crate::rtype;

pub(crate) struct Exception {
    pub(crate) applies: fn(&Exchange<'_>) -> bool,
    /// The RFC and section, and what it asks.
    pub(crate) because: &'static str,
}

pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        applies: |exchange| {
            let [bind, knot, nsd] = &exchange.peers;
            exchange.question.qtype == rtype::NSEC3
                && follows_alias(bind)
                && follows_alias(knot)
                && !follows_alias(nsd)
                && exchange.ours.as_ref().is_some_and(follows_alias)
        },
        because: "RFC 1034 4.3.2 step 3a: an alias is followed into other zones, whatever the type; for \
                  NSEC3 NSD, which else does so, does not look at the alias at all",
    },
    Exception {
        applies: |exchange| {
            let fits = |ours: &Said| !is_cut(ours) && follows_alias(ours);
            exchange.peers.iter().all(is_cut) && exchange.ours.as_ref().is_some_and(fits)
        },
        because: "RFC 2181 9: TC is for what does not fit; the names of aliases in a row, better \
                  compressed, do fit",
    },
];

fn is_cut(said: &Said) -> bool {
    said.view().is_some_and(|view| view.header.truncated)
}

fn follows_alias(said: &Said) -> bool {
    said.view().is_some_and(|view| !view.chain().is_empty())
}

pub(crate) fn find(exchange: &Exchange<'_>) -> Option<&'static Exception> {
    EXCEPTIONS
        .iter()
        .find(|exception| (exception.applies)(exchange))
}

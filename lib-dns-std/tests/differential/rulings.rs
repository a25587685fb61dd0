//! Where the peers differ and an RFC says plainly who is right. Such questions are not part of the
//! agreement that is counted, but we must side with those who follow the RFC.

use crate::dns_name::DnsName;
use crate::programs::Program;
use crate::questions::Question;
use crate::rtype;
use crate::view::{Part, View};

/// One question and the three responses to it, all of them readable.
pub(crate) struct Case<'a> {
    pub(crate) question: &'a Question,
    pub(crate) bind: &'a View,
    pub(crate) knot: &'a View,
    pub(crate) nsd: &'a View,
}

pub(crate) struct Ruling {
    /// They must also agree among themselves, or the ruling does not apply.
    pub(crate) right: &'static [Program],
    pub(crate) parts: &'static [Part],
    pub(crate) applies: fn(&Case<'_>) -> bool,
    pub(crate) because: &'static str,
}

const NXDOMAIN: u16 = 3;
const YXDOMAIN: u16 = 6;

pub(crate) const RULINGS: &[Ruling] = &[
    Ruling {
        right: &[Program::Bind, Program::Nsd],
        parts: &[Part::Header, Part::Answer, Part::Authority],
        applies: |case| case.bind.header.rcode == YXDOMAIN,
        because: "RFC 6672 2.2: a name that gets too long by DNAME is YXDOMAIN; Knot says NXDOMAIN",
    },
    Ruling {
        right: &[Program::Bind, Program::Nsd],
        parts: &[Part::Authority],
        applies: |case| {
            let mut labels = case.question.name.0.iter();
            labels.any(|label| label.ends_with(b"\0")) && !case.knot.header.truncated
        },
        because: "RFC 4034 6.1: a label that goes on with a zero octet sorts directly after the label; \
                  Knot sorts it behind what is below that label",
    },
    Ruling {
        right: &[Program::Bind, Program::Knot],
        parts: &[Part::Authority],
        applies: |case| {
            let (theirs, nsds) = (case.bind.authority(), case.nsd.authority());
            case.bind.header.rcode == NXDOMAIN
                && nsds.len() < theirs.len()
                && nsds.iter().all(|rr| theirs.contains(rr))
        },
        because: "RFC 4035 3.1.3.2, RFC 5155 7.2.2: a name error also denies the wildcard; NSD leaves that \
                  out behind an alias and over occluded data",
    },
    Ruling {
        right: &[Program::Bind, Program::Nsd],
        parts: &[Part::Authority],
        applies: |case| {
            let knot = case.knot;
            case.question.qtype == rtype::NSEC
                && knot.authority().is_empty()
                && !knot.header.truncated
        },
        because: "RFC 4035 3.1.3.3: an answer from a wildcard, of whatever type, denies the name itself; \
                  Knot does not for NSEC",
    },
    Ruling {
        right: &[Program::Bind, Program::Nsd],
        parts: &[Part::Header, Part::Answer, Part::Authority],
        applies: |case| {
            let (whole, knots) = (case.bind.chain(), case.knot.chain());
            knots.len() == 5 && whole.len() > 5 && whole.len() <= 10 && whole.starts_with(knots)
        },
        because: "RFC 1034 3.6.2: an alias is followed to its end; Knot stops after five",
    },
    Ruling {
        right: &[Program::Nsd],
        parts: &[Part::Header, Part::Answer],
        applies: |case| {
            let (short, long) = (case.bind.answer(), case.nsd.answer());
            // What ANY gets at the end is a matter of taste.
            case.question.qtype != rtype::ANY
                && case.bind.same(case.knot, Part::Answer)
                && !case.bind.chain().is_empty()
                && case.nsd.chain().starts_with(case.bind.chain())
                && leads_on(case, long.len() > short.len())
        },
        because: "RFC 1034 4.3.2 step 3a: behind an alias the search starts again at step 1, with all zones \
                  that the server has; BIND and Knot stay in the zone",
    },
    Ruling {
        right: &[Program::Knot],
        parts: &[Part::Header],
        applies: |case| {
            let referral = |view: &View| !view.header.authoritative && !view.glue().is_empty();
            case.knot.header.truncated && referral(case.bind) && referral(case.nsd)
        },
        because: "RFC 9471 3.1: a referral that cannot hold all glue of its in-domain servers sets TC; BIND \
                  and NSD send what fits",
    },
    Ruling {
        right: &[Program::Bind, Program::Knot],
        parts: &[Part::Glue],
        applies: |case| case.nsd.glue().len() < case.bind.glue().len(),
        because: "RFC 9471 3.1: all glue that fits is sent; NSD stops early",
    },
];

/// Whether NSD went on into another zone: it found more there, or found out there that the name does not
/// exist.
fn leads_on(case: &Case<'_>, found_more: bool) -> bool {
    let other_zone = case.nsd.authority().iter().any(|rr| {
        let owner = DnsName::from_wire(&rr.owner).unwrap_or_default();
        rr.rtype == rtype::SOA && !case.question.name.to_lowercase().is_within(&owner)
    });
    found_more || other_zone
}

/// The first ruling for `part`, and the peer that stands for those who are right.
pub(crate) fn settle(case: &Case<'_>, part: Part) -> Option<(&'static Ruling, Program)> {
    let ruling = RULINGS
        .iter()
        .find(|ruling| ruling.parts.contains(&part) && (ruling.applies)(case))?;
    let view = |program: &Program| match program {
        Program::Bind => case.bind,
        Program::Knot => case.knot,
        _ => case.nsd,
    };
    let (first, others) = ruling.right.split_first()?;
    others
        .iter()
        .all(|other| view(first).same(view(other), part))
        .then_some((ruling, *first))
}

//! Counts over all worlds, and what is told at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::agreement::Exchange;
use crate::exceptions::{self, EXCEPTIONS};
use crate::landscape::Landscape;
use crate::rtype;
use crate::rulings::RULINGS;
use crate::view::{Header, Part, View};
use crate::world::World;

/// Subjects of questions that are no zone.
pub(crate) const BETWEEN_ZONES: &str = "(between zones)";
pub(crate) const PROTOCOL: &str = "(protocol)";

#[derive(Default)]
struct Count {
    questions: usize,
    peers_agree: usize,
    we_agree: usize,
}

/// Kinds of responses that the zones and questions must bring about, with all peers agreeing.
pub(crate) const KINDS: [&str; 11] = [
    "data",
    "alias and data",
    "alias to nothing",
    "no data",
    "name error",
    "referral",
    "truncated",
    "denial by NSEC",
    "denial by NSEC3",
    "refused",
    "bad version",
];

fn kinds(view: &View) -> Vec<&'static str> {
    let aliases = view
        .answer()
        .iter()
        .filter(|rr| [rtype::CNAME, rtype::DNAME].contains(&rr.rtype))
        .count();
    let data = view
        .answer()
        .iter()
        .filter(|rr| rr.rtype != rtype::RRSIG)
        .count()
        - aliases;
    let has = |rtype| view.authority().iter().any(|rr| rr.rtype == rtype);
    let Header {
        rcode,
        truncated,
        authoritative,
        ..
    } = view.header;
    let mut kinds = vec![match (rcode, aliases, data) {
        _ if truncated => "truncated",
        (0, 0, 0) if has(rtype::SOA) => "no data",
        (0, 0, 0) if has(rtype::NS) && !authoritative => "referral",
        (0, 0, _) => "data",
        (0, _, 0) => "alias to nothing",
        (0, _, _) => "alias and data",
        (3, _, _) => "name error",
        (5, _, _) => "refused",
        (6, _, _) => "name too long",
        (16, _, _) => "bad version",
        _ => "something else",
    }];
    kinds.extend(has(rtype::NSEC).then_some("denial by NSEC"));
    kinds.extend(has(rtype::NSEC3).then_some("denial by NSEC3"));
    kinds
}

/// The result over all worlds.
#[derive(Default)]
pub(crate) struct Report {
    /// How often the peers agreed on a response of each kind.
    kinds: BTreeMap<&'static str, usize>,
    subjects: BTreeMap<(String, String), Count>,
    excepted: BTreeMap<&'static str, usize>,
    /// Our faults, each kind with its number and the first cases.
    faults: BTreeMap<String, (usize, Vec<String>)>,
    /// How often an RFC settled a part on which the peers differ.
    settled: BTreeMap<&'static str, usize>,
    /// How often the peers fell into which camps, with the first cases.
    quarrels: BTreeMap<(Part, String), (usize, Vec<String>)>,
}

/// So many faults of each kind are printed in full: one mistake mostly shows many times.
const TOLD_OF_EACH: usize = 5;

/// So many differences between peers are kept for the survey, of each kind.
const SAMPLES: usize = 400;

impl Report {
    pub(crate) fn add(
        &mut self,
        world: &World,
        subject: &str,
        landscape: &Landscape,
        exchange: &Exchange<'_>,
    ) {
        let count = self
            .subjects
            .entry((world.name.clone(), subject.to_owned()))
            .or_default();
        let fault = exchange.fault(landscape);
        count.questions += 1;
        if exchange.peers_agree() {
            count.peers_agree += 1;
            for kind in exchange.peers[0].view().map(kinds).into_iter().flatten() {
                *self.kinds.entry(kind).or_default() += 1;
            }
            count.we_agree += usize::from(exchange.ours.is_some() && fault.is_none());
        } else if exchange.ours.is_none() {
            self.note_quarrel(world, subject, exchange);
        }
        for ruling in exchange.rulings() {
            *self.settled.entry(ruling.because).or_default() += 1;
        }
        let Some(fault) = fault else { return };
        if let Some(exception) = exceptions::find(exchange) {
            *self.excepted.entry(exception.because).or_default() += 1;
            return;
        }
        let (times, cases) = self.faults.entry(fault.to_string()).or_default();
        *times += 1;
        if cases.len() < TOLD_OF_EACH {
            cases.push(format!(
                "##### {subject}: {fault}\n{}",
                exchange.told_in_full(world)
            ));
        }
    }

    fn note_quarrel(&mut self, world: &World, subject: &str, exchange: &Exchange<'_>) {
        let Some(quarrel) = exchange.first_quarrel() else {
            return;
        };
        let (count, samples) = self.quarrels.entry(quarrel).or_default();
        *count += 1;
        if samples.len() < SAMPLES {
            samples.push(format!("{subject}: {}", exchange.told_in_full(world)));
        }
    }

    pub(crate) fn faults(&self) -> usize {
        self.faults.values().map(|(times, _)| times).sum()
    }

    /// Kinds of responses that did not come about often enough to mean anything.
    pub(crate) fn rare_kinds(&self) -> Vec<&'static str> {
        KINDS
            .into_iter()
            .filter(|kind| self.kinds.get(kind).is_none_or(|&times| times < 10))
            .collect()
    }

    /// Rulings that no question called for.
    pub(crate) fn idle_rulings(&self) -> Vec<&'static str> {
        let because = RULINGS.iter().map(|ruling| ruling.because);
        because
            .filter(|because| !self.settled.contains_key(because))
            .collect()
    }

    /// Exceptions that excused nothing.
    pub(crate) fn idle_exceptions(&self) -> Vec<&'static str> {
        let because = EXCEPTIONS.iter().map(|exception| exception.because);
        because
            .filter(|because| !self.excepted.contains_key(because))
            .collect()
    }

    fn questions(&self) -> usize {
        self.subjects.values().map(|count| count.questions).sum()
    }

    pub(crate) fn peers_agree(&self) -> usize {
        self.subjects.values().map(|count| count.peers_agree).sum()
    }

    pub(crate) fn zones(&self) -> usize {
        self.subjects
            .keys()
            .filter(|(_, subject)| ![BETWEEN_ZONES, PROTOCOL].contains(&subject.as_str()))
            .count()
    }

    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{:<13} {:<30} {:>9} {:>12} {:>9}\n",
            "world", "zone", "questions", "peers agree", "we agree"
        );
        for ((world, subject), count) in &self.subjects {
            let Count {
                questions,
                peers_agree,
                we_agree,
            } = count;
            let _ = writeln!(
                text,
                "{world:<13} {subject:<30} {questions:>9} {peers_agree:>12} {we_agree:>9}"
            );
        }
        for (kind, times) in &self.kinds {
            let _ = writeln!(text, "the peers agree on {times:>6} responses with {kind}");
        }
        for (because, times) in &self.settled {
            let _ = writeln!(text, "settled {times:>6} times: {because}");
        }
        for (because, times) in &self.excepted {
            let _ = writeln!(text, "excepted {times} times: {because}");
        }
        text
    }

    /// How the peers part company: with counts, and up to `samples` cases of each kind in full.
    pub(crate) fn survey(&self, samples: usize) -> String {
        let mut text = String::new();
        for ((part, camps), (_, cases)) in &self.quarrels {
            let step = cases.len().div_ceil(samples.max(1)).max(1);
            for case in cases.iter().step_by(step).take(samples) {
                let _ = writeln!(text, "##### {part:?} {camps}\n{case}");
            }
        }
        for ((part, camps), (count, _)) in &self.quarrels {
            let _ = writeln!(text, "{count:>7} {part:?}: {camps}");
        }
        text
    }

    /// Our faults: how many of which kind, and some in full.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for case in self.faults.values().flat_map(|(_, cases)| cases) {
            let _ = writeln!(text, "{case}");
        }
        for (fault, (times, _)) in &self.faults {
            let _ = writeln!(text, "{times:>7} faults: {fault}");
        }
        text
    }

    pub(crate) fn summary(&self) -> String {
        let peers = self.peers_agree();
        let ours: usize = self.subjects.values().map(|count| count.we_agree).sum();
        format!(
            "differential: {} queries on {} zones, peers agree on {peers}, we agree on {ours} of {peers}",
            self.questions(),
            self.zones()
        )
    }
}

//! How it ends: with records, with a denial, or with a failure.

use super::{Resolution, of_layer};
use crate::code_points::Rcode;
use crate::policy::negative::{AuthorityCoverage, Weighing, weigh};
use crate::policy::outcome::{Found, HardFailure, Outcome, SoftFailure, SoftFailures};
use crate::resolve::denial::Denial;
use crate::resolve::layers::MAX_AUTHORITIES;
use crate::resolve::resolved::{Resolved, Served};

impl Resolution {
    /// The end: what is left to serve, or the failure.
    pub(super) fn finish(&mut self, hard: Option<HardFailure>) {
        let weighed = match (self.stale, self.negative) {
            (Some(stale), Some(denial)) => Some(weigh(stale.presence, denial.absence)),
            _ => None,
        };
        let stale = self.stale.filter(|_| weighed != Some(Weighing::Removes));
        let negative = self
            .negative
            .filter(|_| weighed != Some(Weighing::Outdated));
        // What is proved not to be there is not made doubtful by others that failed.
        let is_proved = negative.is_some_and(|denial| denial.absence.is_signed());
        let hard = hard.filter(|failure| {
            let outcome = Outcome::of(Found::NoName, SoftFailures::NONE, Some(*failure));
            !is_proved || outcome.rcode != Rcode::SERVFAIL
        });
        let failure = hard.or(negative.is_none().then_some(HardFailure::AllUnreachable));
        let error =
            failure.map(|failure| Outcome::of(Found::NoName, SoftFailures::NONE, Some(failure)));
        // Signed data that is stale is always better than SERVFAIL (11.3), and than an opinion.
        let is_overruled = error.is_none_or(|error| error.rcode == Rcode::SERVFAIL);
        match (stale.filter(|_| is_overruled), negative, error) {
            (Some(stale), denied, _) => {
                let mut soft = self.soft.and(stale.soft);
                if denied.is_some() {
                    soft = soft.with(SoftFailure::Contested);
                }
                let records = [Some(stale.served), None, None, None];
                self.serve(Found::Data, records, soft, denied);
            }
            (None, Some(mut denial), None) => {
                if denial.served.layer.is_remote() {
                    denial.metadata.coverage = self.coverage(denial.metadata.coverage.known());
                }
                let mut soft = self.soft.and(of_layer(denial.served.layer));
                if !denial.absence.is_signed() && denial.metadata.info_code().is_some() {
                    soft = soft.with(SoftFailure::PartialCoverage);
                }
                let records = [Some(denial.served), None, None, None];
                self.serve(denial.found, records, soft, Some(denial));
            }
            (None, _, error) => {
                let unreachable = Some(HardFailure::AllUnreachable);
                let outcome = error
                    .unwrap_or_else(|| Outcome::of(Found::NoName, SoftFailures::NONE, unreachable));
                self.settle_as(outcome, [None; MAX_AUTHORITIES], None);
            }
        }
    }

    /// How many of the own mesh's holders were reached. Others may know of more of them than were asked here; whom they have
    /// reached themselves is their word alone, and does not count.
    fn coverage(&self, known_to_others: u8) -> AuthorityCoverage {
        let known = self.holders.max(known_to_others);
        AuthorityCoverage::new(self.reached.min(known), known).unwrap_or_default()
    }

    pub(super) fn serve(
        &mut self,
        found: Found,
        served: [Option<Served>; MAX_AUTHORITIES],
        soft: SoftFailures,
        denial: Option<Denial>,
    ) {
        self.settle_as(Outcome::of(found, soft, None), served, denial);
    }

    fn settle_as(
        &mut self,
        outcome: Outcome,
        served: [Option<Served>; MAX_AUTHORITIES],
        denial: Option<Denial>,
    ) {
        self.done = Some(Resolved {
            outcome,
            denial,
            coverage: self.coverage(0),
            aliases: self.aliases,
            served,
        });
    }
}

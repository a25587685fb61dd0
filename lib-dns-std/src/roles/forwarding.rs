//! Updates of copies, which are for the primary to do, and are passed on to it.

use super::plan::{Plan, ZonePlan};
use super::shared::Shared;
use crate::transfer::forward_update;
use lib_dns_core::messages::Message;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{info, warn};

/// How long an update waits for its turn. Who sent it has given up not long after.
const PATIENCE: Duration = Duration::from_secs(15);

/// The updates that are on their way to primaries. There are no more than requests that wait.
#[derive(Default)]
pub(super) struct UnderWay {
    seeds: RandomState,
    requests: Mutex<HashSet<u64>>,
}

impl UnderWay {
    /// Notes a request for as long as what this gives lives; `None` if the very same is under way already.
    fn begin(&self, request: &[u8]) -> Option<Mark<'_>> {
        let request = self.seeds.hash_one(request);
        let is_new = self.lock().insert(request);
        is_new.then_some(Mark { all: self, request })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<u64>> {
        // An insertion and a removal are all that is done under it.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An update that is under way.
struct Mark<'u> {
    all: &'u UnderWay,
    request: u64,
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.all.lock().remove(&self.request);
    }
}

/// Why there is no answer to pass back.
pub(super) enum Failure {
    /// It is under way already: it was sent again, or goes in a circle, as between two copies of which each has the
    /// other among its primaries.
    UnderWay,
    /// No primary answers, or too many updates wait already.
    NoAnswer,
}

/// Passes an update on to the primaries, in the order in which the zone is fetched from them, until one answers
/// (RFC 2136 6.5).
pub(super) async fn forward(
    shared: &Shared,
    plan: &Plan,
    zone: &ZonePlan,
    request: &Message<'_>,
    asked: &str,
) -> Result<Vec<u8>, Failure> {
    let Some(_mark) = shared.forwarded.begin(request.as_bytes()) else {
        warn!("{asked} not passed on: it is under way to a primary already");
        return Err(Failure::UnderWay);
    };
    let turn = timeout(PATIENCE, plan.limits.forwards.turn()).await;
    let Ok(Some(_turn)) = turn else {
        warn!("{asked} failed: too many updates wait for a primary already");
        return Err(Failure::NoAnswer);
    };
    for primary in &zone.primaries {
        match forward_update(&zone.name(), request, primary).await {
            Ok(answer) => {
                let rcode = Message::from_bytes(&answer).map(|answer| answer.rcode());
                let rcode = rcode.map_or_else(|_| String::new(), |rcode| rcode.to_string());
                info!("{asked} passed on to {}: {rcode}", primary.address);
                return Ok(answer);
            }
            Err(error) => warn!("{asked} not passed on: {error}"),
        }
    }
    Err(Failure::NoAnswer)
}

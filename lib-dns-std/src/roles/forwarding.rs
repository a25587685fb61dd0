//! Updates of copies, which are for the primary to do, and are passed on to it.

use super::plan::{Plan, ZonePlan};
use crate::transfer::forward_update;
use lib_dns_core::messages::Message;
use std::time::Duration;
use tokio::time::timeout;
use tracing::{info, warn};

/// How long an update waits for its turn. Who sent it has given up not long after.
const PATIENCE: Duration = Duration::from_secs(15);

/// Passes an update on to the primaries, in the order in which the zone is fetched from them, until one answers
/// (RFC 2136 6.5). `None`: none does, or too many updates wait already.
pub(super) async fn forward(
    plan: &Plan,
    zone: &ZonePlan,
    request: &Message<'_>,
    asked: &str,
) -> Option<Vec<u8>> {
    let turn = timeout(PATIENCE, plan.limits.forwards.turn()).await;
    let Ok(Some(_turn)) = turn else {
        warn!("{asked} failed: too many updates wait for a primary already");
        return None;
    };
    for primary in &zone.primaries {
        match forward_update(&zone.name(), request, primary).await {
            Ok(answer) => {
                let rcode = Message::from_bytes(&answer).map(|answer| answer.rcode());
                let rcode = rcode.map_or_else(|_| String::new(), |rcode| rcode.to_string());
                info!("{asked} passed on to {}: {rcode}", primary.address);
                return Some(answer);
            }
            Err(error) => warn!("{asked} not passed on: {error}"),
        }
    }
    None
}

//! Telling others that a zone has changed (RFC 1996).

use super::plan::{Target, ZonePlan};
use super::{Clock, Shared};
use crate::clock::unix_time;
use crate::transfer::{datagram_socket, random_id, signed};
use lib_dns_core::code_points::{MAX_MESSAGE_LEN, Rcode};
use lib_dns_core::messages::Message;
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{
    NotifyAction, NotifyRound, NotifySettings, NotifyTarget, is_notify_answer, write_notify,
};
use lib_dns_core::zone::{Serial, ZoneLookup};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

/// How long one message waits for its answer; the next one may be on its way by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// How one message went.
struct Told {
    target: usize,
    serial: Serial,
    answer: io::Result<Option<Rcode>>,
}

/// Tells the targets of a zone of each version that is published, until the plan changes.
pub(super) async fn run(
    shared: Arc<Shared>,
    zone: Arc<ZonePlan>,
    mut published: watch::Receiver<Option<Serial>>,
) {
    let clock = Clock::start();
    let slots = vec![NotifyTarget::default(); zone.targets.len()];
    let mut round = NotifyRound::new(slots, NotifySettings::default());
    let mut under_way: JoinSet<Told> = JoinSet::new();
    if let Some(serial) = *published.borrow_and_update() {
        round.changed(clock.now(), serial);
    }
    loop {
        while let Some(action) = round.poll(clock.now()) {
            match action {
                NotifyAction::Send { target, serial, .. } => {
                    if let Some(to) = zone.targets.get(target).cloned() {
                        let (shared, zone) = (Arc::clone(&shared), Arc::clone(&zone));
                        under_way.spawn(async move {
                            let answer = tell(&shared, &zone, &to).await;
                            Told {
                                target,
                                serial,
                                answer,
                            }
                        });
                    }
                }
                NotifyAction::GiveUp { target, serial } => {
                    let peer = zone.targets.get(target).map(|target| target.address);
                    let peer = peer.map_or_else(String::new, |peer| peer.to_string());
                    let name = zone.name();
                    warn!(
                        serial = serial.0,
                        "NOTIFY of {name} to {peer}: no answer; it will find out by itself"
                    );
                }
            }
        }
        let deadline = round
            .next_deadline()
            .map(|deadline| clock.instant(deadline));
        tokio::select! {
            changed = published.changed() => {
                if changed.is_err() {
                    return;
                }
                if let Some(serial) = *published.borrow_and_update() {
                    round.changed(clock.now(), serial);
                }
            }
            Some(told) = under_way.join_next() => {
                if let Ok(told) = told {
                    hear(&zone, &mut round, &told);
                }
            }
            () = until(deadline) => {}
        }
    }
}

/// Waits for a moment, or for ever.
pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn hear(zone: &ZonePlan, round: &mut NotifyRound<Vec<NotifyTarget>>, told: &Told) {
    let Some(peer) = zone.targets.get(told.target).map(|target| target.address) else {
        return;
    };
    let (name, serial) = (zone.name(), told.serial.0);
    match &told.answer {
        Ok(Some(rcode)) => {
            round.answered(told.target, told.serial);
            if *rcode == Rcode::NOERROR {
                info!(serial, "NOTIFY of {name} to {peer} heard");
            } else {
                warn!(serial, "NOTIFY of {name} to {peer}: it says {rcode}");
            }
        }
        // It is told again.
        Ok(None) => {}
        Err(error) => warn!(serial, "NOTIFY of {name} to {peer} failed: {error}"),
    }
}

/// Sends one message and waits for its answer; `None` if there was none.
async fn tell(shared: &Shared, zone: &ZonePlan, to: &Target) -> io::Result<Option<Rcode>> {
    let plan = shared.plan.load_full();
    let Some(_turn) = plan.limits.notifies.turn().await else {
        return Ok(None);
    };
    let Some(version) = shared.store().get_zone_exact(&zone.name()) else {
        return Ok(None);
    };
    let failed = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let id = random_id().map_err(|error| failed(&error))?;
    let (name, class) = (NameBuf::from(zone.name()), version.class());
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let soa = version.soa();
    let length = write_notify(&mut buffer, id, &name.as_name(), class, soa.as_ref());
    let length = length.map_err(|error| failed(&error))?.len();
    let (message, verifier) =
        signed(buffer, length, to.key.as_ref()).map_err(|error| failed(&error))?;
    let socket = datagram_socket(to.address, None).await?;
    socket.send(&message).await?;
    let answer = async {
        let mut buffer = vec![0; MAX_MESSAGE_LEN];
        loop {
            let length = socket.recv(&mut buffer).await?;
            let Ok(answer) = Message::from_bytes(buffer.get(..length).unwrap_or_default()) else {
                continue;
            };
            let Some(rcode) = is_notify_answer(&answer, id, &name.as_name(), class) else {
                continue;
            };
            // One that is not signed as ours was may come from anybody.
            let verified = verifier
                .as_ref()
                .is_none_or(|verifier| verifier.verify(&answer, unix_time()).is_ok());
            if verified || rcode == Rcode::NOTAUTH {
                return Ok(Some(rcode));
            }
        }
    };
    timeout(PATIENCE, answer).await.unwrap_or(Ok(None))
}

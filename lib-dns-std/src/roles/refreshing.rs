//! Keeping a copy of a zone that is made elsewhere.

use super::notifying::until;
use super::plan::ZonePlan;
use super::{Clock, Shared};
use crate::clock::unix_time;
use crate::transfer::{Fetch, Fetched, News, Primary};
use crate::zone::Zone;
use lib_dns_core::code_points::{Class, InfoCode};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::transfer::{Refresh, RefreshAction, RefreshBounds, SoaTimers};
use lib_dns_core::zone::{Serial, ZoneLookup, ZoneNode};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;
use tracing::{debug, error, info, warn};

/// Keeps the copy of a zone until the plan changes.
pub(super) async fn run(
    shared: Arc<Shared>,
    zone: Arc<ZonePlan>,
    mut heard: mpsc::Receiver<Option<Serial>>,
) {
    let clock = Clock::start();
    let mut refresh = begin(&shared, &zone, &clock);
    loop {
        note_expiry(&zone, refresh.expires_in(clock.now()));
        match refresh.poll(clock.now()) {
            Some(RefreshAction::Expire) => {
                let name = zone.name();
                error!(
                    "{name} has expired: no primary could confirm it for too long, so it is answered with \
                     SERVFAIL until one can"
                );
                zone.while_in_force(|| {
                    shared.store().withhold(&name, Some(InfoCode::INVALID_DATA));
                });
            }
            Some(RefreshAction::Look { notified }) => {
                let (version, at) = (refresh.serial(), clock.now());
                let looking = look(&shared, &zone, version, notified);
                tokio::pin!(looking);
                let seen = loop {
                    tokio::select! {
                        seen = &mut looking => break seen,
                        told = heard.recv() => match told {
                            Some(serial) => hear(&shared, &zone, &mut refresh, clock.now(), serial),
                            None => return,
                        },
                    }
                };
                let is_of_use = !matches!(seen, Seen::Nothing);
                settle(&shared, &zone, &mut refresh, clock.now(), seen).await;
                shared.note_look(&zone, refresh.serial().filter(|_| is_of_use));
                debug!("{} looked after for {} ms", zone.name(), clock.now() - at);
            }
            None => {
                let deadline = refresh.next_deadline();
                let deadline = deadline.map(|deadline| clock.instant(deadline));
                tokio::select! {
                    told = heard.recv() => match told {
                        Some(serial) => hear(&shared, &zone, &mut refresh, clock.now(), serial),
                        None => return,
                    },
                    () = until(deadline) => {}
                }
            }
        }
    }
}

/// Somebody says that there is something new.
fn hear(shared: &Shared, zone: &ZonePlan, refresh: &mut Refresh, now: u64, serial: Option<Serial>) {
    if !refresh.notified(now, serial) {
        // It is here already.
        shared.note_look(zone, refresh.serial());
    }
}

/// Brings back the copies of zones that are made elsewhere, and withholds what is not there or too old.
pub(super) fn begin_copies(shared: &Shared) {
    let (store, plan) = (shared.store(), shared.plan.load_full());
    let is_missing =
        |zone: &&Arc<ZonePlan>| zone.is_secondary() && store.get_zone_exact(&zone.name()).is_none();
    let missing: Vec<&Arc<ZonePlan>> = plan.zones().filter(is_missing).collect();
    let names: Vec<NameBuf> = missing.iter().map(|zone| zone.config.name).collect();
    let mut withheld = Vec::new();
    for (zone, restored) in missing.into_iter().zip(shared.commits.restore_all(&names)) {
        let name = zone.name();
        let restored = restored.unwrap_or_else(|error| {
            warn!("the copy of {name} cannot be read, so it is fetched again: {error}");
            None
        });
        let reason = match restored {
            None => Some(InfoCode::NOT_READY),
            Some(copy) if has_expired(shared, zone, &copy) => Some(InfoCode::INVALID_DATA),
            Some(_) => None,
        };
        let clock = Clock::start();
        note_expiry(zone, begin(shared, zone, &clock).expires_in(clock.now()));
        withheld.push((zone.config.name, reason));
    }
    store.withhold_all(&withheld);
}

/// From the version that is here, if one is.
fn begin(shared: &Shared, zone: &ZonePlan, clock: &Clock) -> Refresh {
    let (bounds, now) = (bounds(zone), clock.now());
    let here = shared.store().get_zone_exact(&zone.name());
    match here.and_then(|here| Some((here.serial(), timers(&*here)?))) {
        Some((serial, timers)) => {
            let ago = shared.confirmed_ago(&zone.name());
            Refresh::with_copy(bounds, now, serial, timers, ago)
        }
        None => Refresh::without_copy(bounds, now),
    }
}

/// Notes in how many milliseconds the version that is here expires, for those who ask; not at all if there is
/// none.
fn note_expiry(zone: &ZonePlan, left: Option<u64>) {
    let expires = left.map_or(u64::MAX, |left| unix_time().saturating_add(left / 1000));
    zone.expires.store(expires, Ordering::Relaxed);
}

/// Is a copy too old to be served?
fn has_expired(shared: &Shared, zone: &ZonePlan, copy: &Zone) -> bool {
    let ago = shared.confirmed_ago(&zone.name());
    let timers = timers(copy).map(|timers| bounds(zone).bound(timers));
    timers.is_some_and(|timers| ago / 1000 >= u64::from(timers.expire))
}

/// The timers of an SOA record are followed within these bounds.
fn bounds(zone: &ZonePlan) -> RefreshBounds {
    let whole = RefreshBounds::default();
    let seconds = |time: std::time::Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    RefreshBounds {
        min_refresh: seconds(zone.config.min_refresh),
        min_retry: seconds(zone.config.min_retry),
        ..whole
    }
}

fn timers<Z: ZoneLookup>(zone: &Z) -> Option<SoaTimers> {
    let soa = zone.get(&zone.apex())?.rrset(Type::SOA)?;
    SoaTimers::from_data(soa.first()?)
}

/// What a look came to.
enum Seen {
    /// No primary had anything newer, and one that could say so.
    Confirmed(News),
    /// A newer version is here now.
    Transferred(News),
    /// No primary was of any use.
    Nothing,
}

/// Asks the primaries one after the other until one has news, and takes them.
async fn look(
    shared: &Arc<Shared>,
    zone: &Arc<ZonePlan>,
    version: Option<Serial>,
    notified: Option<Serial>,
) -> Seen {
    let plan = shared.plan.load_full();
    let Some(_turn) = plan.limits.transfers_in.turn().await else {
        return Seen::Nothing;
    };
    let mut confirmed = None;
    for primary in &zone.primaries {
        let mut fetch = Fetch::new(&zone.name(), Class::IN, primary.clone());
        fetch.version = version;
        // Who was told of a newer version needs not ask for it again.
        fetch.looks_first = notified.is_none();
        let news = match fetch.run().await {
            Ok(news) => news,
            Err(error) => {
                warn!("{error}");
                continue;
            }
        };
        if matches!(news.fetched, Fetched::UpToDate) {
            // Another primary may have what this one has not seen yet.
            if notified.is_none_or(|told| !told.is_newer_than(news.serial)) {
                return Seen::Confirmed(news);
            }
            confirmed = Some(news);
            continue;
        }
        if take(shared, zone, primary, version, &news).await {
            return Seen::Transferred(news);
        }
    }
    confirmed.map_or(Seen::Nothing, Seen::Confirmed)
}

/// Brings what was fetched into service; says whether that could be done.
async fn take(
    shared: &Arc<Shared>,
    zone: &Arc<ZonePlan>,
    primary: &Primary,
    version: Option<Serial>,
    news: &News,
) -> bool {
    let (shared, plan) = (Arc::clone(shared), Arc::clone(zone));
    // Building a version and writing it down takes its time.
    let (kind, taken) = match &news.fetched {
        Fetched::UpToDate => return true,
        Fetched::Incremental(differences) => {
            let differences = differences.clone();
            let follow =
                move || plan.while_in_force(|| shared.commits.follow(&plan.name(), differences));
            ("IXFR", tokio::task::spawn_blocking(follow).await)
        }
        Fetched::Whole(whole, findings) => {
            for finding in findings.iter() {
                warn!("{finding}");
            }
            let whole = (**whole).clone();
            let replace = move || plan.while_in_force(|| shared.commits.replace(whole));
            ("AXFR", tokio::task::spawn_blocking(replace).await)
        }
    };
    let (name, peer) = (zone.name(), primary.address);
    let key = primary.key.as_ref().map(|key| key.name().to_string());
    match taken {
        // Nobody wants it any more.
        Ok(None) => false,
        Ok(Some(Ok(here))) => {
            info!(
                from = version.map(|version| version.0),
                serial = news.serial.0,
                messages = news.messages,
                octets = news.octets,
                records = here.record_count(),
                key,
                "{kind} of {name} from {peer} taken"
            );
            true
        }
        Ok(Some(Err(what))) => {
            error!(key, "{kind} of {name} from {peer} cannot be kept: {what}");
            false
        }
        Err(broken) => {
            error!(key, "{kind} of {name} from {peer} broke off: {broken}");
            false
        }
    }
}

/// Draws the conclusions.
async fn settle(
    shared: &Arc<Shared>,
    zone: &Arc<ZonePlan>,
    refresh: &mut Refresh,
    now: u64,
    seen: Seen,
) {
    // Without randomness, all wait as long as the SOA record says.
    let random = getrandom::u32().unwrap_or(0);
    match seen {
        Seen::Confirmed(news) => refresh.confirmed(now, random, news.expire),
        Seen::Transferred(news) => {
            let here = shared.store().get_zone_exact(&zone.name());
            match here.and_then(|here| Some((here.serial(), timers(&*here)?))) {
                Some((serial, timers)) => {
                    refresh.transferred(now, random, serial, timers, news.expire);
                }
                None => refresh.failed(now, random),
            }
        }
        Seen::Nothing => return refresh.failed(now, random),
    }
    if refresh.is_served() {
        let (shared, plan) = (Arc::clone(shared), Arc::clone(zone));
        let noted = tokio::task::spawn_blocking(move || {
            plan.while_in_force(|| {
                shared.store().withhold(&plan.name(), None);
                shared.note_confirmed(&plan)
            })
        });
        if let Ok(Some(Err(what))) = noted.await {
            let name = zone.name();
            warn!(
                "{name} may expire too early after a restart, since its confirmation cannot be kept: {what}"
            );
        }
    }
}

//! Keeping a zone signed: changes are completed, signatures are made anew before they end, and keys are taken
//! from their folder as their times come.

use super::Shared;
use super::plan::{Plan, ZonePlan};
use super::zone_keys::{self, Looked, ParentLook};
use crate::clock::UnixClock;
use crate::config::{DenialKind, Sign};
use crate::journal::Version;
use crate::keyring::DsAwaited;
use crate::signing::{DenialPolicy, SigningKeys, SigningPolicy, ZoneSigner};
use crate::transfer::Primary;
use crate::zone::{Change, Complete, Zone};
use arc_swap::{ArcSwap, ArcSwapOption};
use lib_dns_core::dnssec::ZoneHash;
use lib_dns_core::zone::{SerialPolicy, ZoneLookup};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing::{error, info};

/// RRsets that are signed anew in one version; what is left follows at once.
const MOST: usize = 10_000;
/// How long keys that come into the folder may wait to be seen, in seconds.
const LOOK: u64 = 3600;
/// How long to wait after a failure, in seconds.
pub(super) const RETRY: u64 = 60;

/// How a zone is signed, at the moment.
#[derive(Debug)]
pub(super) struct Signing {
    pub(super) config: Sign,
    policy: SigningPolicy,
    /// Who says where the parent points to.
    pub(super) parents: Vec<Primary>,
    /// With the keys as they were when they were last looked at.
    signer: ArcSwapOption<ZoneSigner>,
    /// When something is due next, in seconds since 1970.
    next: AtomicU64,
}

impl Signing {
    pub(super) fn new(config: &Sign, serial: SerialPolicy, parents: Vec<Primary>) -> Self {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let usual = SigningPolicy::default();
        let lifetime = seconds(config.lifetime);
        let policy = SigningPolicy {
            denial: match config.denial {
                DenialKind::Nsec => DenialPolicy::Nsec,
                DenialKind::Nsec3 => DenialPolicy::Nsec3 {
                    iterations: 0,
                    salt: Vec::new(),
                    opt_out: config.opt_out,
                },
            },
            lifetime,
            refresh: seconds(config.refresh),
            // So that short lifetimes keep to the usual proportion.
            jitter: usual.jitter.min(lifetime / 28),
            dnskey_ttl: seconds(config.dnskey_ttl),
            zonemd: if config.zonemd {
                vec![ZoneHash::Sha384]
            } else {
                Vec::new()
            },
            serial: Some(serial),
            ..usual
        };
        Self {
            config: config.clone(),
            policy,
            parents,
            signer: ArcSwapOption::empty(),
            next: AtomicU64::new(0),
        }
    }

    /// The TTL of the records of keys, in seconds.
    pub(super) fn dnskey_ttl(&self) -> u32 {
        self.policy.dnskey_ttl
    }
}

/// Completes the changes of zones that are signed here.
pub(super) struct Completion {
    pub(super) plan: Arc<ArcSwap<Plan>>,
    pub(super) clock: UnixClock,
}

impl Complete for Completion {
    /// An empty change is one for what is due.
    fn complete(
        &self,
        zone: &Zone,
        change: &mut Change,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let plan = self.plan.load();
        let plan = plan.zone(&zone.apex());
        let Some(signing) = plan.and_then(|plan| plan.signing.as_ref()) else {
            return Ok(());
        };
        let signer = signing.signer.load_full();
        let signer = signer.ok_or("the keys that sign the zone are not there yet")?;
        let now = self.clock.now();
        if !change.is_empty() {
            return Ok(signer.complete(zone, change, now)?);
        }
        let due = signer.refresh(zone, now, MOST)?;
        let next = if due.more { now } else { due.next };
        signing.next.store(next, Ordering::Relaxed);
        *change = due.change.unwrap_or_default();
        Ok(())
    }
}

/// What comes next in a zone.
#[derive(Default)]
pub(super) struct Due {
    /// When to do what is due again, in seconds since 1970.
    pub(super) next: u64,
    /// What is waited for at the parent.
    pub(super) awaited: Option<DsAwaited>,
}

/// Does what is due in a zone: follows the policy of its keys, takes them as they are then, and makes
/// signatures.
///
/// # Errors
/// Why nothing could be done.
pub(super) fn do_what_is_due(shared: &Shared, zone: &ZonePlan) -> Result<Due, String> {
    let Some(signing) = &zone.signing else {
        return Ok(Due::default());
    };
    let (name, now) = (zone.name(), shared.clock.now());
    let tended = zone_keys::tend(shared, zone, signing, now)?;
    let own = tended.keyring.zone_keys(&name);
    let keys = SigningKeys::at(own, now);
    if keys.is_empty() {
        return Err(format!(
            "no key in {folder} signs {name} now; make one with: zdns key generate --zone {name} --directory {folder}",
            folder = signing.config.keys.display()
        ));
    }
    let signer =
        ZoneSigner::new(keys, signing.policy.clone()).map_err(|error| error.to_string())?;
    signing.signer.store(Some(Arc::new(signer)));
    let committed = shared
        .commits
        .commit(&name, |_| Ok::<_, Infallible>(Some(Change::new())));
    if let Some(version) = committed.map_err(|error| error.to_string())? {
        info!(serial = version.serial().0, "{name} signed");
    }
    let keys_next = own.iter().filter_map(|key| key.timing().next_change(now));
    let keys_next = keys_next.map(|(_, time)| time).chain(tended.next);
    let next = keys_next.fold(signing.next.load(Ordering::Relaxed), u64::min);
    Ok(Due {
        next: next.min(now.saturating_add(LOOK)),
        awaited: tended.awaited,
    })
}

/// Takes what the zone's file says into a zone that is signed here.
///
/// # Errors
/// Why the version before stays.
pub(super) fn take_file(shared: &Shared, file: &Zone) -> Result<Arc<Zone>, String> {
    let apex = file.apex();
    let committed = shared.commits.commit(&apex, |current| {
        let mut change = Change::between(current, file)?;
        // The version that is served counts on with each signature, so the file's serial may lag behind.
        if !file.serial().is_newer_than(current.serial()) {
            change.set_serial(current, current.serial().next())?;
        }
        Ok::<_, crate::zone::ChangeError>(Some(change))
    });
    committed.map_err(|error| error.to_string())?;
    if let Some(journal) = shared.commits.kept_in() {
        // At the next start it is no news.
        let expected = journal.expect_file(&apex, Version::of(file));
        expected.map_err(|error| error.to_string())?;
    }
    let here = shared.store().get_zone_exact(&apex);
    here.ok_or_else(|| "the zone was taken out of service".to_owned())
}

/// Keeps a zone signed until the plan changes.
pub(super) async fn run(shared: Arc<Shared>, zone: Arc<ZonePlan>) {
    let mut parents = ParentLook::default();
    // All zones begin when the server does, and that was done before it began to serve.
    loop {
        let (doing, due) = (Arc::clone(&shared), Arc::clone(&zone));
        let done = tokio::task::spawn_blocking(move || do_what_is_due(&doing, &due)).await;
        let now = shared.clock.now();
        let next = match done {
            Ok(Ok(due)) => match parents.follow(&shared, &zone, due.awaited, now).await {
                Looked::Settled => continue,
                Looked::Again(time) => due.next.min(time),
            },
            Ok(Err(what)) => {
                error!("{} cannot be kept signed: {what}", zone.name());
                now + RETRY
            }
            Err(broken) => {
                error!("signing {} broke off: {broken}", zone.name());
                now + RETRY
            }
        };
        let wait = next.saturating_sub(now).clamp(1, LOOK);
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

#[cfg(test)]
mod tests;

//! The keys of zones that are signed here: made and replaced by a policy, while the parent is asked where it
//! points to.

use super::Shared;
use super::plan::ZonePlan;
use super::signing::{RETRY, Signing};
use crate::keyring::{DsAwaited, KeyPolicy, Keyring};
use crate::transfer::ask_for_ds;
use crate::zone::Zone;
use lib_dns_core::name::Name;
use std::sync::{Arc, MutexGuard, PoisonError};
use tracing::{debug, error, info, warn};

/// The keys of a zone, after what its policy asks for was done.
pub(super) struct Tended {
    /// As they are now.
    pub(super) keyring: Keyring,
    /// When the policy asks for something next, in seconds since 1970.
    pub(super) next: Option<u64>,
    /// What is waited for at the parent.
    pub(super) awaited: Option<DsAwaited>,
}

/// Opens the folder of a zone's keys, and does what its policy asks for. What is not possible is told and tried
/// again: with the keys that are there, the zone can be signed all the same.
///
/// # Errors
/// If the folder cannot be read.
pub(super) fn tend(
    shared: &Shared,
    zone: &ZonePlan,
    signing: &Signing,
    now: u64,
) -> Result<Tended, String> {
    let _turn = turn(shared);
    let keyring = Keyring::open(&signing.config.keys).map_err(|error| error.to_string())?;
    for warning in keyring.warnings() {
        warn!("{warning}");
    }
    let mut tended = Tended {
        keyring,
        next: None,
        awaited: None,
    };
    let name = zone.name();
    let Some(policy) = policy_of(shared, zone, signing) else {
        return Ok(tended);
    };
    match tended.keyring.follow_policy(&name, &policy, now) {
        Ok(followed) => {
            tended.next = followed.next;
            for step in followed.steps {
                info!("{name}: {step}");
            }
        }
        Err(what) => {
            error!("the keys of {name} cannot be tended: {what}");
            tended.next = Some(now.saturating_add(RETRY));
            // What was begun in memory may not be on disk.
            let again = Keyring::open(&signing.config.keys);
            tended.keyring = again.map_err(|error| error.to_string())?;
        }
    }
    tended.awaited = tended.keyring.awaited_ds(&name, now);
    Ok(tended)
}

fn turn(shared: &Shared) -> MutexGuard<'_, ()> {
    // Files are written whole, so a panic leaves nothing half done.
    shared
        .key_files
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The policy of a zone's keys, if it has one, with the TTLs that the zone really has.
fn policy_of(shared: &Shared, zone: &ZonePlan, signing: &Signing) -> Option<KeyPolicy> {
    let mut policy = signing
        .config
        .policy
        .as_ref()?
        .as_followed(signing.dnskey_ttl());
    let served = shared.store().get_zone_exact(&zone.name());
    let largest = served.map_or(0, |served| largest_ttl(&served));
    policy.terms.max_zone_ttl = policy.terms.max_zone_ttl.max(largest);
    Some(policy)
}

/// The largest TTL of a zone. That of negative answers is never larger than the SOA record's (RFC 2308 3).
fn largest_ttl(zone: &Zone) -> u32 {
    let ttls = zone.records().map(|record| record.ttl);
    ttls.max().unwrap_or(0)
}

/// Notes that the parent has what was awaited.
///
/// # Errors
/// Why it could not be noted.
pub(super) fn note(shared: &Shared, zone: &ZonePlan, awaited: &DsAwaited) -> Result<(), String> {
    let Some(signing) = &zone.signing else {
        return Ok(());
    };
    let Some(policy) = policy_of(shared, zone, signing) else {
        return Ok(());
    };
    let now = shared.clock.now();
    let _turn = turn(shared);
    let keyring = Keyring::open(&signing.config.keys);
    let noted = keyring.and_then(|mut keyring| keyring.note_ds(awaited, policy.terms, now, now));
    noted.map(|_| ()).map_err(|error| error.to_string())
}

/// Looks after what is waited for at the parent.
#[derive(Default)]
pub(super) struct ParentLook {
    /// What was told last to be waited for.
    told: Option<String>,
    /// When its servers may be asked again, in seconds since 1970.
    ask_at: u64,
}

/// What came of a look.
pub(super) enum Looked {
    /// All is there, and what follows from that is due at once.
    Settled,
    /// Nothing yet; when to look again, in seconds since 1970.
    Again(u64),
}

impl ParentLook {
    /// Asks the servers of the parent, if something is waited for and it is time to.
    pub(super) async fn follow(
        &mut self,
        shared: &Arc<Shared>,
        zone: &Arc<ZonePlan>,
        awaited: Option<DsAwaited>,
        now: u64,
    ) -> Looked {
        let policy = zone
            .config
            .sign
            .as_ref()
            .and_then(|sign| sign.policy.as_ref());
        let (Some(awaited), Some(signing), Some(policy)) = (awaited, &zone.signing, policy) else {
            self.told = None;
            return Looked::Again(u64::MAX);
        };
        self.tell(zone, signing, &awaited);
        if signing.parents.is_empty() {
            return Looked::Again(u64::MAX);
        }
        if now < self.ask_at {
            return Looked::Again(self.ask_at);
        }
        self.ask_at = now.saturating_add(policy.parent_check.as_secs());
        if !is_shown_by_all(&zone.name(), signing, &awaited).await {
            return Looked::Again(self.ask_at);
        }
        info!(
            "{}: all servers of the parent have it: {awaited}",
            zone.name()
        );
        let (doing, noting) = (Arc::clone(shared), Arc::clone(zone));
        let noted = tokio::task::spawn_blocking(move || note(&doing, &noting, &awaited)).await;
        match noted {
            Ok(Ok(())) => Looked::Settled,
            Ok(Err(what)) => {
                error!("the keys of {} cannot be tended: {what}", zone.name());
                Looked::Again(self.ask_at)
            }
            Err(broken) => {
                error!("tending the keys of {} broke off: {broken}", zone.name());
                Looked::Again(self.ask_at)
            }
        }
    }

    /// Tells once what is waited for.
    fn tell(&mut self, zone: &ZonePlan, signing: &Signing, awaited: &DsAwaited) {
        let what = awaited.to_string();
        if self.told.as_ref() == Some(&what) {
            return;
        }
        let name = zone.name();
        match (signing.parents.is_empty(), awaited.ends_rollover()) {
            (false, _) => info!("{name} waits for {what}; its servers are asked"),
            (true, true) => info!(
                "{name} waits for {what}; when they are so, say: \
                 zdns key rollover --zone {name} --directory {} --ds-seen",
                signing.config.keys.display()
            ),
            // Nothing depends on it.
            (true, false) => info!("{name} may have {what}; it is not validated before"),
        }
        self.told = Some(what);
    }
}

/// Asks one server of the parent after the other, until one does not have what is awaited.
async fn is_shown_by_all(zone: &Name<'_>, signing: &Signing, awaited: &DsAwaited) -> bool {
    for parent in &signing.parents {
        match ask_for_ds(zone, parent).await {
            Ok(ds) if awaited.is_shown_by(ds.iter().map(Vec::as_slice)) => {
                debug!("{} has it: {awaited}", parent.address);
            }
            Ok(ds) => {
                let count = ds.len();
                info!(
                    "{} has {count} DS records of {zone}, but not yet as awaited",
                    parent.address
                );
                return false;
            }
            Err(error) => {
                warn!("{error}");
                return false;
            }
        }
    }
    true
}

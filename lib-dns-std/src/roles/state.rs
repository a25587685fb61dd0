//! What changes with a reload, and with a catalog.

use super::catalogs::{Catalogs, Due};
use super::plan::{NewZones, Plan, ZonePlan, ZoneSignals};
use super::shared::Shared;
use super::{RolesError, hints, notifying, refreshing, signing};
use crate::config::Config;
use crate::zone::{Findings, Loader, SourceFile, Zone};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::ZoneLookup;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tracing::error;

/// What all of a server's roles work on.
pub(super) struct Inner {
    pub(super) shared: Arc<Shared>,
    state: Mutex<State>,
}

impl Inner {
    pub(super) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            state: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic leaves half done is done again by the next reload.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the catalogs that are here list, or one of them.
    pub(super) fn follow(&self, only: Option<&NameBuf>) {
        let mut state = self.lock();
        let mut catalogs = state.catalogs.clone();
        let due = catalogs.follow(&self.shared, &state.config, only);
        if let Err(what) = state.follow(&self.shared, catalogs, due) {
            error!("what catalogs list cannot be served, so all stays as it was: {what}");
        }
    }
}

/// What changes with a reload, and with a catalog. Who holds it may make one.
#[derive(Default)]
pub(super) struct State {
    /// The configuration that is in force.
    pub(super) config: Config,
    pub(super) catalogs: Catalogs,
    /// The files that zones were loaded from.
    pub(super) sources: HashMap<NameBuf, Vec<SourceFile>>,
    tasks: HashMap<NameBuf, Vec<AbortHandle>>,
    /// Zones whose tasks begin when there is something to run them on.
    waiting: NewZones,
    pub(super) runtime: Option<Handle>,
    /// What goes on for all zones together.
    pub(super) common: Vec<AbortHandle>,
    /// The radio that carries hints, as the configuration says; none if there is none.
    pub(super) hints: Option<hints::Settings>,
    /// What is done for the radio, and as what configuration says.
    radio: Option<(hints::Settings, AbortHandle)>,
}

/// A zone that was loaded, but is not in service yet.
pub(super) struct LoadedZone {
    pub(super) plan: Arc<ZonePlan>,
    pub(super) zone: Zone,
    pub(super) warnings: Findings,
    pub(super) sources: Vec<SourceFile>,
}

impl State {
    /// Loads the zones whose files are new or have changed.
    pub(super) fn load(&self, plan: &Plan) -> Result<Vec<LoadedZone>, RolesError> {
        let mut loaded = Vec::new();
        let mut findings = Findings::default();
        for zone in plan.zones() {
            let Some(file) = &zone.config.file else {
                continue;
            };
            let known = self.sources.get(&zone.config.name);
            let is_same = known.is_some_and(|known| {
                let first = known.first().map(|source| &source.path);
                first == Some(file) && !known.iter().any(SourceFile::has_changed)
            });
            if is_same {
                continue;
            }
            match Loader::new().origin(&zone.name()).load(file) {
                Ok(new) => loaded.push(LoadedZone {
                    plan: Arc::clone(zone),
                    zone: new.zone,
                    warnings: new.warnings,
                    sources: new.sources,
                }),
                Err(wrong) => findings.append(wrong),
            }
        }
        let other = loaded.iter().find(|one| one.zone.apex() != one.plan.name());
        if let Some(other) = other {
            let what = format!(
                "the file of {} has the zone {}; correct the name in the configuration or in the file",
                other.plan.name(),
                other.zone.apex()
            );
            return Err(RolesError::Unusable(what));
        }
        if findings.error_count() > 0 {
            return Err(RolesError::Zones(findings));
        }
        Ok(loaded)
    }

    /// Brings what catalogs list into service, and takes what they no longer list out of it.
    ///
    /// # Errors
    /// Why that cannot be done. All stays as it was then.
    pub(super) fn follow(
        &mut self,
        shared: &Arc<Shared>,
        catalogs: Catalogs,
        due: Due,
    ) -> Result<(), String> {
        if !due.is_change {
            self.catalogs = catalogs;
            return Ok(());
        }
        let members = catalogs.zones(&self.config);
        let before = shared.plan.load_full();
        let (plan, new) = Plan::new(&self.config, &members, Some(&before), &due.dropped)?;
        self.catalogs = catalogs;
        self.bring_into_force(shared, plan, new, due);
        self.go_on(shared);
        Ok(())
    }

    /// Puts a plan in the place of the one before, ends what is done for zones that are done otherwise now, and
    /// takes those out of service that it does not have. What is kept of these stays where it is, unless it is
    /// to be dropped. Gives their names.
    pub(super) fn bring_into_force(
        &mut self,
        shared: &Shared,
        plan: Plan,
        new: NewZones,
        due: Due,
    ) -> Vec<NameBuf> {
        let before = shared.plan.swap(Arc::new(plan));
        let plan = shared.plan.load_full();
        shared.set_limits();
        let mut removed = Vec::new();
        for zone in before.zones() {
            let name = zone.config.name;
            let now = plan.zone(&name.as_name());
            if now.is_some_and(|now| Arc::ptr_eq(now, zone)) {
                continue;
            }
            zone.retire();
            for task in self.tasks.remove(&name).into_iter().flatten() {
                task.abort();
            }
            if now.is_none() {
                self.sources.remove(&name);
                removed.push(name);
            }
        }
        shared.store().remove_all(&removed);
        for name in &due.dropped {
            if let Err(what) = shared.commits.remove(&name.as_name()) {
                error!("what was kept of {name} cannot be dropped: {what}");
            }
        }
        let gone = removed.iter().chain(&due.dropped);
        let gone: Vec<_> = gone.map(|name| (*name, None)).collect();
        shared.store().withhold_all(&gone);
        if let Some(journal) = shared.commits.kept_in()
            && !due.kept.is_empty()
            && let Err(what) = journal.keep_members(&due.kept)
        {
            error!("after a restart, catalogs are followed anew, for this cannot be kept: {what}");
        }
        self.waiting.extend(new);
        removed
    }

    /// Begins what is to be done for zones that are new, or done otherwise than before.
    pub(super) fn go_on(&mut self, shared: &Arc<Shared>) {
        refreshing::begin_copies(shared);
        shared.replanned.notify_one();
        let Some(runtime) = self.runtime.clone() else {
            return;
        };
        self.follow_radio(shared, &runtime);
        let plan = shared.plan.load_full();
        for (zone, ZoneSignals { heard, published }) in std::mem::take(&mut self.waiting) {
            // What waited may have been replaced since.
            let now = plan.zone(&zone.name());
            if !now.is_some_and(|now| Arc::ptr_eq(now, &zone)) {
                continue;
            }
            let tasks = self.tasks.entry(zone.config.name).or_default();
            if !zone.targets.is_empty() {
                // Who slept while we changed hears of it now (RFC 1996 4.2 has it at the start too).
                let here = shared.store().get_zone_exact(&zone.name());
                if let Some(here) = here {
                    zone.published.send_replace(Some(here.serial()));
                }
                let (shared, zone) = (Arc::clone(shared), Arc::clone(&zone));
                let task = runtime.spawn(notifying::run(shared, zone, published));
                tasks.push(task.abort_handle());
            }
            if zone.signing.is_some() {
                let task = runtime.spawn(signing::run(Arc::clone(shared), Arc::clone(&zone)));
                tasks.push(task.abort_handle());
            }
            if zone.is_secondary() {
                let task = runtime.spawn(refreshing::run(Arc::clone(shared), zone, heard));
                tasks.push(task.abort_handle());
            }
        }
    }

    /// Has the radio carry hints as the configuration says.
    fn follow_radio(&mut self, shared: &Arc<Shared>, runtime: &Handle) {
        if self.radio.as_ref().map(|(settings, _)| settings) == self.hints.as_ref() {
            return;
        }
        if let Some((_, task)) = self.radio.take() {
            task.abort();
        }
        self.radio = self.hints.clone().map(|settings| {
            let task = runtime.spawn(hints::run(Arc::clone(shared), settings.clone()));
            (settings, task.abort_handle())
        });
    }

    /// Ends all that goes on by itself.
    pub(super) fn end(&mut self) {
        if let Some((_, task)) = self.radio.take() {
            task.abort();
        }
        let tasks = self.tasks.drain().flat_map(|(_, tasks)| tasks);
        for task in tasks.chain(self.common.drain(..)) {
            task.abort();
        }
        self.runtime = None;
    }
}

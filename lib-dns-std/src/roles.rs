//! What a server is to its zones: primary or secondary, and what follows from that.
//!
//! | part | does |
//! |---|---|
//! | `plan` | a configuration made ready for use |
//! | `keys` | the TSIG keys |
//! | `requests` | what comes in: queries, transfers, notifications |
//! | `refreshing` | keeps the copy of a zone that is made elsewhere |
//! | `notifying` | tells others of changes |
//! | `signing` | keeps zones signed |
//!
//! ```no_run
//! use lib_dns_std::config::Config;
//! use lib_dns_std::roles::Roles;
//! use lib_dns_std::server::{Bound, Settings};
//! let config = Config::read("zdns.toml".as_ref())?;
//! let (roles, warnings) = Roles::open(&config)?;
//! eprint!("{warnings}");
//! let bound = Bound::bind(&config.server.listen, Settings::default())?;
//! let running = bound.start(roles.responder())?;
//! if let Some(runtime) = running.runtime() {
//!     roles.run(runtime);
//! }
//! running.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod keys;
mod notifying;
mod plan;
mod refreshing;
mod requests;
mod shared;
mod signing;

pub use requests::Responder;

use crate::config::Config;
use crate::zone::{Findings, Loader, SourceFile, Zone, ZoneStore};
use lib_dns_core::code_points::InfoCode;
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::{Serial, ZoneLookup};
use plan::{NewZones, Plan, ZonePlan, ZoneSignals};
use shared::Shared;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tracing::warn;

/// A server's zones, with what it does for them.
pub struct Roles {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

/// What changes with a reload. Who holds it may make one.
#[derive(Default)]
struct State {
    /// The files that zones were loaded from.
    sources: HashMap<NameBuf, Vec<SourceFile>>,
    tasks: HashMap<NameBuf, Vec<AbortHandle>>,
    /// Zones whose tasks begin when there is something to run them on.
    waiting: NewZones,
    runtime: Option<Handle>,
    /// Passes on which versions come into service.
    passing: Option<AbortHandle>,
}

/// Why a configuration does not come into force.
#[derive(Debug)]
pub enum RolesError {
    /// A zone cannot be loaded.
    Zones(Findings),
    /// What is configured cannot be used, or the state folder cannot.
    Unusable(String),
}

impl fmt::Display for RolesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zones(findings) => fmt::Display::fmt(findings, f),
            Self::Unusable(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for RolesError {}

/// What a new configuration changed.
#[derive(Debug, Default)]
pub struct Changed {
    /// The zones that were loaded, with their serials and numbers of records.
    pub loaded: Vec<(NameBuf, Serial, u64)>,
    /// The zones whose files say what cannot be taken, and why; they stay as they were.
    pub kept: Vec<(NameBuf, String)>,
    /// The zones that are no longer served.
    pub removed: Vec<NameBuf>,
    /// What is worth telling about those that were loaded.
    pub warnings: Findings,
}

impl Roles {
    /// Loads the zones that come from files, brings back those that are kept in the state folder, and makes
    /// ready what is done for all. With it comes what is worth telling about the files.
    ///
    /// # Errors
    /// If a zone cannot be loaded, or what is configured cannot be used. Nothing is served then.
    pub fn open(config: &Config) -> Result<(Self, Findings), RolesError> {
        let (plan, waiting) = Plan::new(config, None).map_err(RolesError::Unusable)?;
        let state = config.server.state.as_deref();
        let shared = Shared::new(plan, state).map_err(RolesError::Unusable)?;
        let roles = Self {
            shared: Arc::new(shared),
            state: Mutex::default(),
        };
        let mut state = roles.lock();
        let mut warnings = Findings::default();
        for loaded in state.load(&roles.shared.plan.load())? {
            let name = loaded.plan.config.name;
            let started = roles.shared.start(&loaded.plan, loaded.zone);
            started.map_err(|what| RolesError::Unusable(format!("{name}: {what}")))?;
            state.sources.insert(name, loaded.sources);
            warnings.append(loaded.warnings);
        }
        roles.begin_copies();
        state.waiting = waiting;
        drop(state);
        Ok((roles, warnings))
    }

    /// What answers requests.
    pub fn responder(&self) -> Responder {
        Responder::new(&self.shared)
    }

    /// The zones, as they change.
    pub fn store(&self) -> &Arc<ZoneStore> {
        self.shared.store()
    }

    /// Begins what goes on by itself: looking for newer versions, and telling others.
    pub fn run(&self, runtime: &Handle) {
        let mut state = self.lock();
        state.runtime = Some(runtime.clone());
        let passing = runtime.spawn(Arc::clone(&self.shared).pass_on());
        state.passing = Some(passing.abort_handle());
        state.begin_waiting(&self.shared);
    }

    /// Brings another configuration into force, and zone files that have changed. All is loaded and checked
    /// first. Addresses to serve at are not looked at.
    ///
    /// # Errors
    /// What is wrong. Everything stays as it was then.
    pub fn reload(&self, config: &Config) -> Result<Changed, RolesError> {
        let mut state = self.lock();
        let before = self.shared.plan.load_full();
        let (plan, new) = Plan::new(config, Some(&before)).map_err(RolesError::Unusable)?;
        let loaded = state.load(&plan)?;
        self.shared.plan.store(Arc::new(plan));
        let plan = self.shared.plan.load_full();
        let mut changed = Changed::default();
        for loaded in loaded {
            let name = loaded.plan.config.name;
            let is_new = self
                .shared
                .store()
                .get_zone_exact(&name.as_name())
                .is_none();
            let taken = if is_new {
                self.shared.start(&loaded.plan, loaded.zone)
            } else {
                self.shared.reload(&loaded.plan, loaded.zone)
            };
            changed.warnings.append(loaded.warnings);
            match taken {
                Ok(zone) => {
                    self.shared.store().withhold(&name.as_name(), None);
                    state.sources.insert(name, loaded.sources);
                    changed
                        .loaded
                        .push((name, zone.serial(), zone.record_count()));
                }
                Err(what) => changed.kept.push((name, what)),
            }
        }
        for (zone, _) in &new {
            state.end_tasks(&zone.config.name);
        }
        for zone in before.zones().map(|zone| zone.config.name) {
            if plan.zone(&zone.as_name()).is_none() {
                state.end_tasks(&zone);
                state.sources.remove(&zone);
                // What is kept of it stays where it is, in case it comes back.
                self.shared.store().remove(&zone.as_name());
                self.shared.store().withhold(&zone.as_name(), None);
                changed.removed.push(zone);
            }
        }
        self.begin_copies();
        state.waiting = new;
        if state.runtime.is_some() {
            state.begin_waiting(&self.shared);
        }
        Ok(changed)
    }

    /// Brings back the copies of zones that are made elsewhere, and withholds what is not there or too old.
    fn begin_copies(&self) {
        let store = self.shared.store();
        for zone in self.shared.plan.load().zones() {
            let name = zone.name();
            if !zone.is_secondary() || store.get_zone_exact(&name).is_some() {
                continue;
            }
            let restored = self.shared.commits.restore(&name);
            let restored = restored.unwrap_or_else(|error| {
                warn!("the copy of {name} cannot be read, so it is fetched again: {error}");
                None
            });
            let reason = match restored {
                None => Some(InfoCode::NOT_READY),
                Some(copy) if refreshing::has_expired(&self.shared, zone, &copy) => {
                    Some(InfoCode::INVALID_DATA)
                }
                Some(_) => None,
            };
            store.withhold(&name, reason);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic leaves half done is done again by the next reload.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends what goes on by itself.
impl Drop for Roles {
    fn drop(&mut self) {
        let mut state = self.lock();
        let names: Vec<NameBuf> = state.tasks.keys().copied().collect();
        for name in names {
            state.end_tasks(&name);
        }
        if let Some(passing) = state.passing.take() {
            passing.abort();
        }
    }
}

/// A zone that was loaded, but is not in service yet.
struct LoadedZone {
    plan: Arc<ZonePlan>,
    zone: Zone,
    warnings: Findings,
    sources: Vec<SourceFile>,
}

impl State {
    /// Loads the zones whose files are new or have changed.
    fn load(&self, plan: &Plan) -> Result<Vec<LoadedZone>, RolesError> {
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

    fn begin_waiting(&mut self, shared: &Arc<Shared>) {
        let Some(runtime) = self.runtime.clone() else {
            return;
        };
        for (zone, ZoneSignals { heard, published }) in std::mem::take(&mut self.waiting) {
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

    fn end_tasks(&mut self, zone: &NameBuf) {
        for task in self.tasks.remove(zone).into_iter().flatten() {
            task.abort();
        }
    }
}

/// A clock that never goes back, in milliseconds.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn instant(&self, at: u64) -> Instant {
        // A moment that no clock can hold is far enough away.
        let far = Duration::from_secs(86_400 * 365);
        self.0 + Duration::from_millis(at).min(far)
    }
}

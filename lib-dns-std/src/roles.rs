//! What a server is to its zones: primary or secondary, and what follows from that.
//!
//! | part | does |
//! |---|---|
//! | `plan` | a configuration made ready for use |
//! | `state` | what changes when another one comes into force |
//! | `catalogs` | what catalogs list, and catalogs of what is here |
//! | `keys` | the TSIG keys |
//! | `requests` | what comes in: queries, transfers, notifications |
//! | `forwarding` | passes updates of copies on to their primaries |
//! | `refreshing` | keeps the copy of a zone that is made elsewhere |
//! | `notifying` | tells others of changes |
//! | `hints` | tells of changes over a radio, and hears of them |
//! | `signing` | keeps zones signed |
//! | `zone_keys` | makes and replaces the keys of zones, and asks the parent where it points to |
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

mod catalogs;
mod forwarding;
mod hints;
mod keys;
mod notifying;
mod plan;
mod refreshing;
mod requests;
mod shared;
mod signing;
mod state;
mod zone_keys;

pub use requests::Responder;

use crate::clock::UnixClock;
use crate::config::Config;
use crate::hint::GatewayCounts;
use crate::zone::{Findings, ZoneStore};
use catalogs::Catalogs;
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::Serial;
use plan::Plan;
use shared::Shared;
use state::Inner;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// A server's zones, with what it does for them.
pub struct Roles(Arc<Inner>);

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
        Self::open_at(config, UnixClock::System)
    }

    fn open_at(config: &Config, clock: UnixClock) -> Result<(Self, Findings), RolesError> {
        let hints = hints::Settings::of(config).map_err(RolesError::Unusable)?;
        let new = Plan::new(config, &[], None, &HashSet::new());
        let (plan, new) = new.map_err(RolesError::Unusable)?;
        let state = config.server.state.as_deref();
        let shared = Shared::new(plan, state, clock).map_err(RolesError::Unusable)?;
        let inner = Arc::new(Inner::new(shared));
        let shared = &inner.shared;
        let mut state = inner.lock();
        state.config = config.clone();
        state.hints = hints;
        let mut warnings = Findings::default();
        for loaded in state.load(&shared.plan.load())? {
            let name = loaded.plan.config.name;
            let started = shared.start(&loaded.plan, loaded.zone);
            started.map_err(|what| RolesError::Unusable(format!("{name}: {what}")))?;
            state.sources.insert(name, loaded.sources);
            warnings.append(loaded.warnings);
        }
        if let Some((name, what)) = catalogs::produce(shared, config).into_iter().next() {
            return Err(RolesError::Unusable(format!("{name}: {what}")));
        }
        // The zones that catalogs listed when the program ended, and then what they list now.
        let mut catalogs = Catalogs::resume(shared, config).map_err(RolesError::Unusable)?;
        let due = catalogs.reconfigure(config);
        let members = catalogs.zones(config);
        let before = shared.plan.load_full();
        let all = Plan::new(config, &members, Some(&before), &due.dropped);
        let (plan, members) = all.map_err(RolesError::Unusable)?;
        state.catalogs = catalogs;
        let new = new.into_iter().chain(members).collect();
        state.bring_into_force(shared, plan, new, due);
        state.go_on(shared);
        drop(state);
        inner.follow(None);
        Ok((Self(inner), warnings))
    }

    /// What answers requests.
    pub fn responder(&self) -> Responder {
        Responder::new(&self.0.shared)
    }

    /// The zones, as they change.
    pub fn store(&self) -> &Arc<ZoneStore> {
        self.0.shared.store()
    }

    /// What the gateway to a radio counts, if there is one and it has begun.
    pub fn hint_counts(&self) -> Option<GatewayCounts> {
        let counts = self.0.shared.hint_counts.lock();
        *counts.unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what goes on by itself: looking for newer versions, and telling others.
    pub fn run(&self, runtime: &Handle) {
        let shared = &self.0.shared;
        let committed = shared.commits.subscribe();
        let passing = runtime.spawn(Arc::clone(shared).pass_on());
        let following = runtime.spawn(catalogs::run(Arc::clone(&self.0), committed));
        let mut state = self.0.lock();
        state.runtime = Some(runtime.clone());
        state.common = vec![passing.abort_handle(), following.abort_handle()];
        state.go_on(shared);
    }

    /// Brings another configuration into force, and zone files that have changed. All is loaded and checked
    /// first. Addresses to serve at are not looked at.
    ///
    /// # Errors
    /// What is wrong. Everything stays as it was then.
    pub fn reload(&self, config: &Config) -> Result<Changed, RolesError> {
        let shared = &self.0.shared;
        let hints = hints::Settings::of(config).map_err(RolesError::Unusable)?;
        let mut state = self.0.lock();
        let mut catalogs = state.catalogs.clone();
        let due = catalogs.reconfigure(config);
        let members = catalogs.zones(config);
        let before = shared.plan.load_full();
        let planned = Plan::new(config, &members, Some(&before), &due.dropped);
        let (plan, new) = planned.map_err(RolesError::Unusable)?;
        let loaded = state.load(&plan)?;
        state.config = config.clone();
        state.hints = hints;
        state.catalogs = catalogs;
        let mut changed = Changed {
            removed: state.bring_into_force(shared, plan, new, due),
            ..Changed::default()
        };
        for loaded in loaded {
            let name = loaded.plan.config.name;
            let is_new = shared.store().get_zone_exact(&name.as_name()).is_none();
            let taken = if is_new {
                shared.start(&loaded.plan, loaded.zone)
            } else {
                shared.reload(&loaded.plan, loaded.zone)
            };
            changed.warnings.append(loaded.warnings);
            match taken {
                Ok(zone) => {
                    shared.store().withhold(&name.as_name(), None);
                    state.sources.insert(name, loaded.sources);
                    changed
                        .loaded
                        .push((name, zone.serial(), zone.record_count()));
                }
                Err(what) => changed.kept.push((name, what)),
            }
        }
        changed.kept.extend(catalogs::produce(shared, config));
        state.go_on(shared);
        drop(state);
        self.0.follow(None);
        Ok(changed)
    }
}

/// Ends what goes on by itself.
impl Drop for Roles {
    fn drop(&mut self) {
        self.0.lock().end();
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

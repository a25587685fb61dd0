//! What all tasks and threads of a server hold in common: the plan, and the zones as they change.

use super::forwarding::UnderWay;
use super::plan::{Plan, ZonePlan};
use super::signing::{self, Completion};
use crate::clock::{UnixClock, unix_time};
use crate::hint::GatewayCounts;
use crate::journal::{Journal, JournalError};
use crate::transfer::{History, NoHistory};
use crate::zone::{Commits, Zone, ZoneStore};
use arc_swap::ArcSwap;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::Serial;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};

/// Looks that a subscriber may be behind before it misses some.
const MAX_LAG: usize = 256;

/// What all tasks and threads of a server hold in common.
pub(super) struct Shared {
    /// Through which zones change.
    pub(super) commits: Commits,
    pub(super) plan: Arc<ArcSwap<Plan>>,
    /// The time of day, as it is for signatures and keys.
    pub(super) clock: UnixClock,
    /// Who holds this may change files of zones' keys.
    pub(super) key_files: Mutex<()>,
    pub(super) forwarded: UnderWay,
    /// What came of looking for newer versions.
    pub(super) looks: broadcast::Sender<Looked>,
    /// Is told when other zones may be here, or are done otherwise. One task waits for it.
    pub(super) replanned: Notify,
    /// What the radio's gateway counts, if there is one.
    pub(super) hint_counts: Mutex<Option<GatewayCounts>>,
}

/// A zone that is made elsewhere was looked after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Looked {
    /// The zone.
    pub(super) zone: NameBuf,
    /// The serial that is here now, be it new or not; `None` if no primary was of any use.
    pub(super) found: Option<Serial>,
}

impl Shared {
    /// Without a state folder, nothing outlives the process.
    ///
    /// # Errors
    /// If the folder or what is in it cannot be used.
    pub(super) fn new(plan: Plan, state: Option<&Path>, clock: UnixClock) -> Result<Self, String> {
        let plan = Arc::new(ArcSwap::from_pointee(plan));
        let completion = Arc::new(Completion {
            plan: Arc::clone(&plan),
            clock: clock.clone(),
        });
        let mut commits = Commits::new(Arc::new(ZoneStore::new())).completion(completion);
        if let Some(state) = state {
            let journal = Journal::open(state).map_err(|error| {
                format!(
                    "the state folder {} cannot be used: {error}",
                    state.display()
                )
            })?;
            commits = commits.journal(Arc::new(journal));
        }
        let shared = Self {
            commits,
            plan,
            clock,
            key_files: Mutex::default(),
            forwarded: UnderWay::default(),
            looks: broadcast::Sender::new(MAX_LAG),
            replanned: Notify::new(),
            hint_counts: Mutex::default(),
        };
        shared.set_limits();
        Ok(shared)
    }

    /// Has of each zone so many changes kept as the plan says.
    pub(super) fn set_limits(&self) {
        let Some(journal) = self.commits.kept_in() else {
            return;
        };
        let plan = self.plan.load();
        let limits = plan.zones();
        let limits = limits.filter_map(|zone| Some((zone.config.name, zone.config.max_journal?)));
        journal.set_limits(limits);
    }

    /// The zones, as they change.
    pub(super) fn store(&self) -> &Arc<ZoneStore> {
        self.commits.zones()
    }

    /// Where differences between versions come from.
    pub(super) fn history(&self) -> Arc<dyn History> {
        match self.commits.kept_in() {
            Some(journal) => Arc::clone(journal) as Arc<dyn History>,
            None => Arc::new(NoHistory),
        }
    }

    /// Brings a zone that was just loaded into service, at the version that it had when the program ended, and
    /// signs it if it is to be.
    ///
    /// # Errors
    /// Why it cannot be served.
    pub(super) fn start(&self, plan: &ZonePlan, file: Zone) -> Result<Arc<Zone>, String> {
        let started = self.start_as_before(plan, file);
        let started = started.and_then(|()| signing::do_what_is_due(self, plan).map(|_| ()));
        if let Err(what) = started {
            self.store().remove(&plan.name());
            return Err(what);
        }
        let here = self.store().get_zone_exact(&plan.name());
        here.ok_or_else(|| "the zone was taken out of service".to_owned())
    }

    fn start_as_before(&self, plan: &ZonePlan, file: Zone) -> Result<(), String> {
        let name = plan.name();
        self.store().replace(file.clone());
        let refused = match self.commits.resume(&name) {
            Ok(how) => {
                tracing::debug!("{name} is back: {how:?}");
                return Ok(());
            }
            Err(error) => error.to_string(),
        };
        // Of a zone that is signed here, only the journal has the versions that count.
        if plan.signing.is_none() || !matches!(self.commits.restore(&name), Ok(Some(_))) {
            return Err(refused);
        }
        signing::do_what_is_due(self, plan)?;
        signing::take_file(self, &file).map(|_| ())
    }

    /// Takes a zone as its file has it now.
    ///
    /// # Errors
    /// Why the version before stays.
    pub(super) fn reload(&self, plan: &ZonePlan, file: Zone) -> Result<Arc<Zone>, String> {
        if plan.signing.is_some() {
            signing::do_what_is_due(self, plan)?;
            return signing::take_file(self, &file);
        }
        self.commits.reload(file).map_err(|error| error.to_string())
    }

    /// Notes that the version of a zone that is here was confirmed just now.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(super) fn note_confirmed(&self, plan: &ZonePlan) -> Result<(), JournalError> {
        match self.commits.kept_in() {
            Some(journal) => journal.confirm(&plan.name(), unix_time()),
            None => Ok(()),
        }
    }

    /// Milliseconds since the version that is here was confirmed; 0 if nobody knows.
    pub(super) fn confirmed_ago(&self, zone: &Name<'_>) -> u64 {
        let journal = self.commits.kept_in();
        let confirmed = journal.and_then(|journal| journal.confirmed(zone).ok()?);
        let ago = confirmed.map(|then| unix_time().saturating_sub(then));
        ago.unwrap_or(0).saturating_mul(1000)
    }

    /// Tells whoever wants to know what came of looking after a zone.
    pub(super) fn note_look(&self, plan: &ZonePlan, found: Option<Serial>) {
        let zone = plan.config.name;
        // Mostly nobody does.
        let _ = self.looks.send(Looked { zone, found });
    }

    /// Passes on which versions come into service to those who tell others of them.
    pub(super) async fn pass_on(self: Arc<Self>) {
        let mut committed = self.commits.subscribe();
        loop {
            match committed.recv().await {
                Ok(committed) => {
                    if let Some(zone) = self.plan.load().zone(&committed.apex.as_name()) {
                        zone.published.send_replace(committed.to);
                    }
                }
                // What was missed is told as it is now.
                Err(RecvError::Lagged(_)) => {
                    for zone in self.plan.load().zones() {
                        let here = self.store().get_zone_exact(&zone.name());
                        zone.published.send_if_modified(|known| {
                            let serial = here.map(|here| here.serial());
                            std::mem::replace(known, serial) != serial
                        });
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }
}

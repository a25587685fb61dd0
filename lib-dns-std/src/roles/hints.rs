//! Telling of changes over a radio, and hearing of them: the gateway with its port (ZDNS architecture 6.3 and 6.4).

use super::notifying::until;
use super::shared::Looked;
use super::{Clock, Shared};
use crate::config::{self, Config};
use crate::hash::RustCryptoDigest;
use crate::hint::{Gateway, GatewayCounts, GatewayZone, Keys, Port, SequenceFile, Step};
use crate::mac::{RunningMac, RustCryptoMac};
use crate::zone::Committed;
use lib_dns_core::hint::{NetworkKey, ZoneTag};
use lib_dns_core::name::NameBuf;
use lib_dns_core::time::Timestamp;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;
use tracing::{Level, debug, error, info, warn};

/// How long to wait after a port was lost, or could not be opened, for the first time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest wait; each is twice the last.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often what was counted is told.
const COUNTS_EVERY: Duration = Duration::from_secs(3600);
/// Octets that are taken from a port at a time.
const BUFFER_LEN: usize = 1024;

/// What a configuration says of hints, with all that it takes.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Settings {
    hints: config::Hints,
    current: Option<config::Key>,
    old: Option<config::Key>,
    state: Option<PathBuf>,
}

impl Settings {
    /// # Errors
    /// If a key does not seal hints.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, String> {
        let Some(hints) = &config.hints else {
            return Ok(None);
        };
        let find = |name: &Option<NameBuf>| {
            let name = name.as_ref()?;
            config.all_keys().find(|key| key.name == *name).cloned()
        };
        let settings = Self {
            hints: hints.clone(),
            current: find(&hints.key),
            old: find(&hints.old_key),
            state: config.server.state.clone(),
        };
        settings.keys().map(|_| Some(settings))
    }

    fn keys(&self) -> Result<Keys, String> {
        let (hints, make) = (&self.hints, |key: &Option<config::Key>, epoch| {
            let key = key.as_ref().map(|key| self.network_key(key, epoch));
            key.transpose()
        });
        Ok(Keys {
            current: make(&self.current, hints.key_epoch)?,
            old: make(&self.old, hints.old_key_epoch)?,
        })
    }

    fn network_key(&self, key: &config::Key, epoch: u8) -> Result<NetworkKey<RunningMac>, String> {
        let (algorithm, secret) = (key.algorithm, key.secret.as_bytes());
        let made = NetworkKey::new(RustCryptoMac, algorithm, secret, self.hints.network, epoch);
        made.map_err(|error| format!("hints cannot be sealed with the key {}: {error}", key.name))
    }

    /// The numbers of sealed frames, if frames are sealed.
    fn numbers(&self) -> Option<SequenceFile> {
        let state = self.state.as_deref().filter(|_| self.current.is_some());
        state.map(SequenceFile::in_folder)
    }
}

/// Carries hints until the configuration changes.
pub(super) async fn run(shared: Arc<Shared>, settings: Settings) {
    let begun = Carrier::begin(shared, settings).await;
    let ended = match begun {
        Ok(carrier) => carrier.run().await,
        Err(what) => Err(what),
    };
    if let Err(what) = ended {
        error!("hints are not carried: {what}");
    }
}

/// Moves octets between the port and the gateway, and news between it and the zones.
struct Carrier {
    shared: Arc<Shared>,
    settings: Settings,
    clock: Clock,
    gateway: Gateway,
    committed: broadcast::Receiver<Committed>,
    looks: broadcast::Receiver<Looked>,
    port: Option<Port>,
    /// When to open the port.
    retry: Instant,
    pause: Duration,
    /// Why the port could not be opened, as it was told.
    told: Option<String>,
    counts_due: Instant,
    counts_told: GatewayCounts,
}

/// What ended a wait.
enum Woken {
    Octets(io::Result<usize>),
    Committed(Result<Committed, RecvError>),
    Looked(Result<Looked, RecvError>),
    Replanned,
    Time,
}

impl Carrier {
    async fn begin(shared: Arc<Shared>, settings: Settings) -> Result<Self, String> {
        let keys = settings.keys()?;
        let epoch = match settings.numbers() {
            Some(numbers) => Some(next_epoch(numbers).await?),
            None => None,
        };
        if keys.current.is_none() {
            warn!(
                "hints: there is no key, so anybody can send them; they make copies look for newer versions"
            );
        }
        let apex = settings.hints.apex.as_ref();
        let apex = apex.and_then(|apex| ZoneTag::of(&apex.as_name(), &RustCryptoDigest));
        let clock = Clock::start();
        let now = Timestamp::from_millis(clock.now());
        let gateway = Gateway::new(now, settings.hints.to_node(apex), keys, epoch);
        // What changes from here on is heard of, and what is here is looked at next.
        let (committed, looks) = (shared.commits.subscribe(), shared.looks.subscribe());
        let mut carrier = Self {
            shared,
            settings,
            clock,
            gateway,
            committed,
            looks,
            port: None,
            retry: Instant::now(),
            pause: FIRST_PAUSE,
            told: None,
            counts_due: Instant::now() + COUNTS_EVERY,
            counts_told: GatewayCounts::default(),
        };
        carrier.take_zones();
        Ok(carrier)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now())
    }

    /// Looks again at what zones there are.
    fn take_zones(&mut self) {
        let plan = self.shared.plan.load_full();
        let hints = &self.settings.hints;
        let is_wanted = |name: &NameBuf| {
            let zones = hints.zones.as_ref();
            zones.is_none_or(|zones| zones.contains(name))
        };
        let mut zones: Vec<GatewayZone> = plan
            .zones()
            .filter(|zone| is_wanted(&zone.config.name))
            .map(|zone| GatewayZone {
                name: zone.config.name,
                serial: self
                    .shared
                    .store()
                    .get_zone_exact(&zone.name())
                    .map(|here| here.serial()),
                is_copy: zone.is_secondary(),
                is_told: !zone.is_secondary() || hints.announces_copies,
            })
            .collect();
        // If there is no room for all, it is for the same ones each time.
        zones.sort_by_key(|zone| zone.name);
        let now = self.now();
        let left_out = self.gateway.set_zones(now, &zones);
        if let Some(first) = left_out.first() {
            warn!(
                zones = left_out.len(),
                "hints: there is no room for {first}; name the zones that matter in zones = […] of [hints]"
            );
        }
    }

    async fn run(mut self) -> Result<(), String> {
        let mut buffer = [0; BUFFER_LEN];
        loop {
            if self.port.is_none() && self.retry <= Instant::now() {
                self.open().await;
            }
            let deadline = self.work().await?;
            match self.sleep(deadline, &mut buffer).await {
                Woken::Octets(Ok(count)) => {
                    self.pause = FIRST_PAUSE;
                    // Without randomness all nodes look at once.
                    let random = getrandom::u32().unwrap_or(0);
                    let octets = buffer.get(..count).unwrap_or_default();
                    let now = self.now();
                    self.gateway.heard(now, random, octets);
                }
                Woken::Octets(Err(error)) => self.lose(&error),
                Woken::Committed(Ok(committed)) => {
                    let now = self.now();
                    self.gateway.changed(now, &committed.apex, committed.to);
                }
                Woken::Looked(Ok(looked)) => {
                    let now = self.now();
                    self.gateway.looked(now, &looked.zone, looked.found);
                }
                Woken::Looked(Err(RecvError::Lagged(_))) => self.settle_looks(),
                // What was missed is told as it is now.
                Woken::Committed(Err(RecvError::Lagged(_))) | Woken::Replanned => self.take_zones(),
                Woken::Committed(Err(RecvError::Closed))
                | Woken::Looked(Err(RecvError::Closed)) => {
                    return Ok(());
                }
                Woken::Time => {}
            }
            self.tell_counts();
        }
    }

    async fn sleep(&mut self, deadline: Option<Instant>, buffer: &mut [u8]) -> Woken {
        let retry = self.port.is_none().then_some(self.retry);
        let deadlines = [deadline, retry, Some(self.counts_due)];
        let deadline = deadlines.into_iter().flatten().min();
        let port = &mut self.port;
        let octets = async {
            match port {
                Some(port) => port.read(buffer).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = octets => Woken::Octets(read),
            committed = self.committed.recv() => Woken::Committed(committed),
            looked = self.looks.recv() => Woken::Looked(looked),
            () = self.shared.replanned.notified() => Woken::Replanned,
            () = until(deadline) => Woken::Time,
        }
    }

    /// Does all that is to be done now; says when there is more.
    async fn work(&mut self) -> Result<Option<Instant>, String> {
        loop {
            let now = self.now();
            let step = self.gateway.step(now);
            self.tell_reports();
            match step {
                Step::Write(octets) => self.write(&octets).await,
                Step::Refresh { zone, announced } => {
                    let plan = self.shared.plan.load_full();
                    let heard = plan.zone(&zone.as_name()).map(|zone| &zone.heard);
                    // A queue that is full is followed by a look as well.
                    if heard
                        .is_none_or(|heard| heard.try_send(announced).is_err() && heard.is_closed())
                    {
                        self.gateway.looked(now, &zone, None);
                    }
                }
                Step::NewEpoch => {
                    let numbers = self.settings.numbers();
                    let numbers = numbers.ok_or("the numbers of frames are used up")?;
                    self.gateway.boot(next_epoch(numbers).await?);
                }
                Step::Wait(due) => return Ok(due.map(|due| self.clock.instant(due.as_millis()))),
            }
        }
    }

    /// Zones may have been looked after, but nobody knows which.
    fn settle_looks(&mut self) {
        let now = self.now();
        for zone in self.shared.plan.load_full().zones() {
            let here = self.shared.store().get_zone_exact(&zone.name());
            let found = here.map(|here| here.serial());
            self.gateway.looked(now, &zone.config.name, found);
        }
    }

    async fn open(&mut self) {
        let hints = &self.settings.hints;
        match Port::open(&hints.port, hints.baud).await {
            Ok(port) => {
                info!("hints: {} is open", hints.port);
                self.told = None;
                self.port = Some(port);
                let now = self.now();
                self.gateway.opened(now);
            }
            Err(error) => {
                let what = error.to_string();
                if self.told.as_ref() != Some(&what) {
                    warn!("hints: cannot open {}: {what}; trying again", hints.port);
                    self.told = Some(what);
                }
                self.wait_for_port();
            }
        }
    }

    fn wait_for_port(&mut self) {
        self.retry = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    fn lose(&mut self, error: &io::Error) {
        let port = &self.settings.hints.port;
        warn!("hints: {port} is lost: {error}; trying again");
        self.port = None;
        let now = self.now();
        self.gateway.closed(now);
        self.wait_for_port();
    }

    async fn write(&mut self, octets: &[u8]) {
        // Without a port there is nobody to say anything to.
        let Some(port) = &mut self.port else {
            return;
        };
        if let Err(error) = port.write_all(octets).await {
            self.lose(&error);
        }
    }

    fn tell_reports(&mut self) {
        for report in self.gateway.reports() {
            match report.level() {
                Level::ERROR => error!("{report}"),
                Level::WARN => warn!("{report}"),
                Level::INFO => info!("{report}"),
                _ => debug!("{report}"),
            }
        }
    }

    fn tell_counts(&mut self) {
        let counts = self.gateway.counts();
        let mut shown = self
            .shared
            .hint_counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *shown = Some(counts);
        drop(shown);
        if self.counts_due > Instant::now() {
            return;
        }
        self.counts_due = Instant::now() + COUNTS_EVERY;
        if counts != self.counts_told {
            info!("hints: {counts}");
            self.counts_told = counts;
        }
    }
}

/// Nothing counts any more.
impl Drop for Carrier {
    fn drop(&mut self) {
        let counts = self.shared.hint_counts.lock();
        *counts.unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A boot epoch that is on the disk.
async fn next_epoch(numbers: SequenceFile) -> Result<u16, String> {
    let kept = tokio::task::spawn_blocking(move || numbers.next_epoch()).await;
    let kept = kept.map_err(|broken| broken.to_string())?;
    kept.map_err(|error| error.to_string())
}

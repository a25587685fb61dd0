//! A configuration made ready for use: what each request is held against.

use super::keys::Keys;
use super::signing::Signing;
use crate::clock::unix_time;
use crate::config::{self, Access, Asker, Config, Prefix, Remote, Rule, TlsPeer, Zone};
use crate::transfer::{Key, Primary, Tls, TlsError};
use crate::update::Policy;
use crate::zone;
use lib_dns_core::answer;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Serial, ZoneLookup, ZoneNode};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// Notifications of one zone that wait to be followed; more say nothing new.
const HEARD: usize = 4;

/// What a server does, as its configuration says. It never changes: a new configuration makes a new plan.
pub(super) struct Plan {
    udp_size: u16,
    minimal_any: bool,
    identity: Option<String>,
    version: Option<String>,
    pub(super) keys: Keys,
    /// What the keys were made from.
    secrets: HashMap<NameBuf, config::Key>,
    zones: HashMap<NameBuf, Arc<ZonePlan>>,
    /// The zones that are catalogs, which are not for everybody.
    catalogs: Vec<NameBuf>,
    pub(super) limits: Limits,
}

/// How much goes on at a time.
pub(super) struct Limits {
    pub(super) transfers_in: Limit,
    pub(super) transfers_out: Limit,
    pub(super) notifies: Limit,
    pub(super) forwards: Limit,
}

/// How much of one thing goes on at a time; the rest waits for its turn.
pub(super) struct Limit {
    most: u32,
    turns: Arc<Semaphore>,
}

/// What is done for one zone.
pub(super) struct ZonePlan {
    /// What the configuration says of it.
    pub(super) config: Zone,
    /// Where it is fetched from; none if it is made here.
    pub(super) primaries: Vec<Primary>,
    /// Who is told of changes.
    pub(super) targets: Vec<Target>,
    allow_notify: Access,
    /// How it is signed here, if it is.
    pub(super) signing: Option<Signing>,
    /// Who may change it.
    pub(super) updates: Policy,
    /// Takes what others tell of changes.
    pub(super) heard: mpsc::Sender<Option<Serial>>,
    /// Takes the version that is published.
    pub(super) published: watch::Sender<Option<Serial>>,
    /// When the copy that is here expires, in seconds since 1970; `u64::MAX` if that is not known.
    pub(super) expires: AtomicU64,
    /// Until another plan takes its place. Who holds it keeps that waiting.
    in_force: Mutex<bool>,
}

/// What the tasks of a zone wait for.
pub(super) struct ZoneSignals {
    pub(super) heard: mpsc::Receiver<Option<Serial>>,
    pub(super) published: watch::Receiver<Option<Serial>>,
}

/// One who is told of changes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    pub(super) key: Option<Arc<Key>>,
}

/// Zones that are new in a plan, or done otherwise than before, and what their tasks wait for.
pub(super) type NewZones = Vec<(Arc<ZonePlan>, ZoneSignals)>;

impl Plan {
    /// Makes a plan, also for zones that catalogs list. Zones about which nothing has changed are taken over
    /// from the plan before, except those that start afresh.
    ///
    /// # Errors
    /// What cannot be used, and why.
    pub(super) fn new(
        config: &Config,
        members: &[Zone],
        before: Option<&Self>,
        afresh: &HashSet<NameBuf>,
    ) -> Result<(Self, NewZones), String> {
        let keys = Keys::new(config.all_keys())?;
        let catalogs = config.zones.iter().filter(|zone| zone.catalog.is_some());
        let mut plan = Self {
            udp_size: config.server.udp_size,
            minimal_any: !config.server.full_any,
            identity: config.server.identity.clone(),
            version: config.server.version.clone(),
            keys,
            secrets: config
                .all_keys()
                .map(|key| (key.name, key.clone()))
                .collect(),
            zones: HashMap::new(),
            catalogs: catalogs.map(|zone| zone.name).collect(),
            limits: Limits::new(config, before.map(|before| &before.limits)),
        };
        let mut new = Vec::new();
        for zone in config.zones.iter().chain(members) {
            let known = before.and_then(|before| before.zones.get(&zone.name));
            let same_keys = || {
                let before = before.map(|before| &before.secrets);
                let mut names = key_names(zone);
                names.all(|name| before.and_then(|keys| keys.get(name)) == plan.secrets.get(name))
            };
            let known = known.filter(|known| {
                known.config == *zone && same_keys() && !afresh.contains(&zone.name)
            });
            let planned = match known {
                Some(known) => Arc::clone(known),
                None => {
                    let (planned, signals) = ZonePlan::new(zone, &plan.keys)?;
                    let planned = Arc::new(planned);
                    new.push((Arc::clone(&planned), signals));
                    planned
                }
            };
            plan.zones.insert(zone.name, planned);
        }
        Ok((plan, new))
    }

    /// How queries are answered.
    pub(super) fn answers(&self) -> answer::Settings<'_> {
        answer::Settings {
            udp_size: self.udp_size,
            minimal_any: self.minimal_any,
            identity: self.identity.as_deref().map(str::as_bytes),
            version: self.version.as_deref().map(str::as_bytes),
        }
    }

    /// The zone of exactly this name.
    pub(super) fn zone(&self, name: &Name<'_>) -> Option<&Arc<ZonePlan>> {
        self.zones.get(&NameBuf::from(*name))
    }

    pub(super) fn zones(&self) -> impl Iterator<Item = &Arc<ZonePlan>> {
        self.zones.values()
    }

    /// Is there no zone that is not for everybody?
    pub(super) fn is_open(&self) -> bool {
        self.catalogs.is_empty()
    }

    /// Is the zone of this name a catalog?
    pub(super) fn is_catalog(&self, name: &Name<'_>) -> bool {
        self.catalogs
            .iter()
            .any(|catalog| catalog.as_name() == *name)
    }
}

impl Limits {
    /// What goes on under the limits before still counts, where they are the same.
    fn new(config: &Config, before: Option<&Self>) -> Self {
        let server = &config.server;
        let limit = |most: u32, before: Option<&Limit>| {
            let before = before.filter(|before| before.most == most);
            let turns = before.map(|before| Arc::clone(&before.turns));
            let turns = turns.unwrap_or_else(|| {
                Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX)))
            });
            Limit { most, turns }
        };
        Self {
            transfers_in: limit(
                server.transfers_in,
                before.map(|limits| &limits.transfers_in),
            ),
            transfers_out: limit(
                server.transfers_out,
                before.map(|limits| &limits.transfers_out),
            ),
            notifies: limit(server.notifies, before.map(|limits| &limits.notifies)),
            forwards: limit(server.forwards, before.map(|limits| &limits.forwards)),
        }
    }
}

impl Limit {
    /// Waits for a turn, which lasts as long as what this gives; `None` if there is none to come.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }
}

impl ZonePlan {
    fn new(zone: &Zone, keys: &Keys) -> Result<(Self, ZoneSignals), String> {
        let (heard, hear) = mpsc::channel(HEARD);
        let (published, publish) = watch::channel(None);
        let primaries = zone.primaries.iter().map(|remote| primary(remote, keys));
        let primaries = primaries.collect::<Result<Vec<_>, _>>()?;
        let signing = zone.sign.as_ref().map(|sign| {
            let parents = sign.policy.iter().flat_map(|policy| &policy.parents);
            let parents = parents.map(|remote| primary(remote, keys));
            let parents = parents.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, String>(Signing::new(sign, zone.serial, parents))
        });
        let targets = zone.notify.iter().map(|notified| Target {
            address: notified.address,
            key: notified.key.as_ref().and_then(|name| keys.get(name)),
        });
        let planned = Self {
            targets: targets.collect(),
            allow_notify: zone
                .allow_notify
                .clone()
                .unwrap_or_else(|| addresses_of(&primaries)),
            signing: signing.transpose()?,
            updates: Policy::new(&zone.name.as_name(), &zone.allow_update, zone.serial)
                .with_public_keys(zone.public_keys.clone()),
            config: zone.clone(),
            primaries,
            heard,
            published,
            expires: AtomicU64::new(u64::MAX),
            in_force: Mutex::new(true),
        };
        let signals = ZoneSignals {
            heard: hear,
            published: publish,
        };
        Ok((planned, signals))
    }

    /// The name of the zone.
    pub(super) fn name(&self) -> Name<'_> {
        self.config.name.as_name()
    }

    /// Is it fetched from others?
    pub(super) fn is_secondary(&self) -> bool {
        !self.primaries.is_empty()
    }

    /// For how many seconds the version that is here is good, for those who copy it (RFC 7314); `None` if that
    /// is not known.
    pub(super) fn expires_in(&self, here: &zone::Zone) -> Option<u32> {
        if !self.is_secondary() {
            return here.get(&here.apex())?.rrset(Type::SOA)?.soa_expire();
        }
        let expires = self.expires.load(Ordering::Relaxed);
        let left = expires.saturating_sub(unix_time());
        u32::try_from(left).ok().filter(|_| expires != u64::MAX)
    }

    /// Another plan takes its place: waits for what is being done under it, and has nothing more be done.
    pub(super) fn retire(&self) {
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// Does something that must not be done when another plan has taken its place; `None` if one has.
    pub(super) fn while_in_force<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        in_force.then(work)
    }

    pub(super) fn allows_transfer(&self, asker: Asker<'_>) -> bool {
        self.config.allow_transfer.allows(asker)
    }

    /// Does it pass on updates of those who ask so?
    pub(super) fn forwards_updates(&self, asker: Asker<'_>) -> bool {
        self.is_secondary() && self.config.forward_updates.allows(asker)
    }

    pub(super) fn allows_notify(&self, asker: Asker<'_>) -> bool {
        self.allow_notify.allows(asker)
    }
}

/// The keys that the tasks of a zone use.
fn key_names(zone: &Zone) -> impl Iterator<Item = &NameBuf> {
    let primaries = zone.primaries.iter().map(|remote| &remote.key);
    let notified = zone.notify.iter().map(|notified| &notified.key);
    let policy = zone.sign.as_ref().and_then(|sign| sign.policy.as_ref());
    let parents = policy.into_iter().flat_map(|policy| &policy.parents);
    let parents = parents.map(|remote| &remote.key);
    primaries.chain(notified).chain(parents).flatten()
}

fn primary(remote: &Remote, keys: &Keys) -> Result<Primary, String> {
    let mut primary = Primary::at(remote.address);
    primary.key = remote.key.as_ref().and_then(|name| keys.get(name));
    if let Some(peer) = &remote.tls {
        primary.tls =
            Some(tls(peer).map_err(|error| format!("TLS with {}: {error}", remote.address))?);
    }
    Ok(primary)
}

fn tls(peer: &TlsPeer) -> Result<Tls, TlsError> {
    match (&peer.name, &peer.authorities) {
        (Some(name), Some(authorities)) => Tls::by_authorities(name, authorities),
        _ if peer.opportunistic => Tls::opportunistic(),
        _ => {
            let pins: Vec<[u8; 32]> = peer.pins.iter().map(|pin| pin.0).collect();
            Tls::by_pins(&pins)
        }
    }
}

/// Who may tell of changes if nothing else is said: the primaries, signed or not, for it is only a hint.
fn addresses_of(primaries: &[Primary]) -> Access {
    let rules = primaries.iter().map(|primary| Rule {
        prefix: Prefix::try_from(primary.address.ip()).ok(),
        ..Rule::default()
    });
    Access::new(rules.collect())
}

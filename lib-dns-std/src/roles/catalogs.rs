//! Catalogs (RFC 9432): what those of others list is served here, and those that are made here list what is
//! served.

use super::shared::Shared;
use super::state::Inner;
use crate::catalog::{
    CatalogAction, CatalogFault, Clash, Consumer, Followed, Listed, Membership, list_in_catalog,
    new_catalog,
};
use crate::clock::unix_time;
use crate::config::{CatalogRole, Config, Zone};
use crate::zone::{CommitError, Committed};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Serial, SerialPolicy};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};
use tracing::{error, info, warn};

/// What is known of the catalogs that are consumed.
#[derive(Clone, Default)]
pub(super) struct Catalogs {
    consumer: Consumer,
    /// Why zones are served, as it is on disk; there may be some whose catalogs are no longer configured.
    kept: HashMap<NameBuf, Membership>,
    /// What was told already.
    clashes: BTreeSet<Clash>,
}

/// What has to be done after a look at catalogs.
#[derive(Default)]
pub(super) struct Due {
    /// Is there another set of zones to serve, or are some served in another way?
    pub(super) is_change: bool,
    /// Zones of which all that is known is to be dropped, whether they come anew or not.
    pub(super) dropped: HashSet<NameBuf>,
    /// What is to be kept on disk when that is done.
    pub(super) kept: Vec<(NameBuf, Option<Membership>)>,
}

/// The names that the configuration has itself, which no catalog may take (RFC 9432 5.2).
fn names(config: &Config) -> HashSet<NameBuf> {
    config.zones.iter().map(|zone| zone.name).collect()
}

fn consumed(config: &Config) -> impl Iterator<Item = &Zone> {
    let zones = config.zones.iter();
    zones.filter(|zone| zone.catalog == Some(CatalogRole::Consume))
}

impl Catalogs {
    /// Goes on where the program ended.
    ///
    /// # Errors
    /// If what was kept cannot be read.
    pub(super) fn resume(shared: &Shared, config: &Config) -> Result<Self, String> {
        let kept = match shared.commits.kept_in() {
            Some(journal) => journal.members().map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        let catalogs: HashSet<NameBuf> = consumed(config).map(|zone| zone.name).collect();
        let served = kept
            .iter()
            .filter(|(_, member)| catalogs.contains(&member.catalog));
        Ok(Self {
            consumer: Consumer::resume(served.cloned()),
            kept: kept.into_iter().collect(),
            clashes: BTreeSet::new(),
        })
    }

    /// The zones that are served because of catalogs, as if the configuration had them.
    pub(super) fn zones(&self, config: &Config) -> Vec<Zone> {
        let catalogs: HashMap<&NameBuf, &Zone> =
            consumed(config).map(|zone| (&zone.name, zone)).collect();
        let served = self.consumer.served();
        let zones = served.filter_map(|(name, membership)| {
            let catalog = catalogs.get(&membership.catalog)?;
            let group = membership.group.as_deref();
            let group = group.and_then(|group| std::str::from_utf8(group).ok());
            let members = group.and_then(|group| catalog.groups.get(group));
            let members = members.or(catalog.members.as_ref())?;
            Some(members.zone(*name, catalog))
        });
        zones.collect()
    }

    /// Takes another configuration into account: the zones that it has itself, and the catalogs that are
    /// consumed no longer. What is known of their members stays, in case they come back.
    pub(super) fn reconfigure(&mut self, config: &Config) -> Due {
        let taken = names(config);
        let is_taken = |name: &Name<'_>| taken.contains(&NameBuf::from(*name));
        let stay: HashSet<NameBuf> = consumed(config).map(|zone| zone.name).collect();
        let known = self.consumer.catalogs().copied();
        let gone: Vec<NameBuf> = known.filter(|catalog| !stay.contains(catalog)).collect();
        let mut actions = Vec::new();
        for catalog in gone {
            let followed = self.consumer.forget(&catalog.as_name(), is_taken);
            let followed = followed.actions.into_iter();
            actions
                .extend(followed.filter(|action| !matches!(action, CatalogAction::Remove { .. })));
        }
        let followed = self.consumer.reconfigure(is_taken);
        actions.extend(self.told(followed, config));
        self.due(&actions)
    }

    /// Takes the versions of catalogs that are here now, or of one of them. A broken one changes nothing
    /// (RFC 9432 5.1).
    pub(super) fn follow(
        &mut self,
        shared: &Shared,
        config: &Config,
        only: Option<&NameBuf>,
    ) -> Due {
        let taken = names(config);
        let is_taken = |name: &Name<'_>| taken.contains(&NameBuf::from(*name));
        let mut actions = Vec::new();
        for catalog in consumed(config) {
            if only.is_some_and(|only| *only != catalog.name) {
                continue;
            }
            let name = catalog.name.as_name();
            let Some(here) = shared.store().get_zone_exact(&name) else {
                continue;
            };
            let most = usize::try_from(catalog.max_members).unwrap_or(usize::MAX);
            let followed = self.consumer.follow(&here, most, is_taken);
            match followed {
                Ok(followed) => actions.extend(self.told(followed, config)),
                Err(what) => error!(
                    serial = here.serial().0,
                    "the catalog {name} is broken, so all stays as it was until it is mended where it is made: \
                     {what}"
                ),
            }
        }
        self.due(&actions)
    }

    /// Tells what is new in what was followed, and gives what is to be done.
    fn told(&mut self, followed: Followed, config: &Config) -> Vec<CatalogAction> {
        let clashes: BTreeSet<Clash> = followed.clashes.into_iter().collect();
        for clash in clashes.difference(&self.clashes) {
            let (zone, catalog) = (clash.zone, clash.catalog);
            match clash.owner {
                Some(owner) => warn!("{zone} is not taken from {catalog}: it belongs to {owner}"),
                None => warn!("{zone} is not taken from {catalog}: the configuration has it"),
            }
        }
        self.clashes = clashes;
        for action in &followed.actions {
            self.tell_of_group(action, config);
            match action {
                CatalogAction::Add { zone, catalog, .. } => info!("{zone} added by {catalog}"),
                CatalogAction::Reset { zone, catalog, .. } => {
                    info!("{zone} starts afresh, for it has another label in {catalog}");
                }
                CatalogAction::Change { zone, catalog, .. } => {
                    info!("{zone} is served as {catalog} says now");
                }
                CatalogAction::Remove { zone } => info!("{zone} removed by its catalog"),
                CatalogAction::Release { zone } => {
                    info!("{zone} belongs to the configuration now");
                }
            }
        }
        followed.actions
    }

    /// Warns of a group that the configuration says nothing of.
    fn tell_of_group(&self, action: &CatalogAction, config: &Config) {
        let (CatalogAction::Add {
            zone,
            catalog,
            group: Some(group),
        }
        | CatalogAction::Reset {
            zone,
            catalog,
            group: Some(group),
        }
        | CatalogAction::Change {
            zone,
            catalog,
            group: Some(group),
        }) = action
        else {
            return;
        };
        let mut catalogs = consumed(config).filter(|known| known.name == *catalog);
        let group = String::from_utf8_lossy(group);
        if catalogs.any(|known| !known.groups.contains_key(&*group)) {
            warn!(
                "{zone} is in the group '{}' of {catalog}, which is not among its groups here; it is served as \
                 members says",
                group.escape_debug()
            );
        }
    }

    fn due(&mut self, actions: &[CatalogAction]) -> Due {
        let mut due = Due {
            is_change: !actions.is_empty(),
            ..Due::default()
        };
        for action in actions {
            match action {
                CatalogAction::Add { zone, .. } => {
                    let now = self.consumer.membership(zone);
                    // What is known of a zone that was another one then is not of this one.
                    let is_other = |kept: &Membership| {
                        now.is_some_and(|now| {
                            (now.catalog, &now.label) != (kept.catalog, &kept.label)
                        })
                    };
                    if self.kept.get(zone).is_some_and(is_other) {
                        due.dropped.insert(*zone);
                    }
                    self.keep(*zone, &mut due);
                }
                CatalogAction::Reset { zone, .. } => {
                    due.dropped.insert(*zone);
                    self.kept.remove(zone);
                    self.keep(*zone, &mut due);
                }
                CatalogAction::Remove { zone } => {
                    due.dropped.insert(*zone);
                    self.kept.remove(zone);
                }
                CatalogAction::Change { zone, .. } | CatalogAction::Release { zone } => {
                    self.keep(*zone, &mut due);
                }
            }
        }
        due
    }

    /// Notes why a zone is served, if that is not on disk already.
    fn keep(&mut self, zone: NameBuf, due: &mut Due) {
        let now = self.consumer.membership(&zone).cloned();
        if self.kept.get(&zone) == now.as_ref() && !due.dropped.contains(&zone) {
            return;
        }
        match &now {
            Some(now) => self.kept.insert(zone, now.clone()),
            None => self.kept.remove(&zone),
        };
        due.kept.push((zone, now));
    }
}

/// Follows catalogs as they change, until it is ended.
pub(super) async fn run(inner: Arc<Inner>, mut committed: broadcast::Receiver<Committed>) {
    loop {
        let only = match committed.recv().await {
            Ok(committed) => Some(committed.apex),
            // Any of them may have changed.
            Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => return,
        };
        let plan = inner.shared.plan.load_full();
        let is_consumed = |name: &NameBuf| {
            let zone = plan.zone(&name.as_name());
            zone.is_some_and(|zone| zone.config.catalog == Some(CatalogRole::Consume))
        };
        if !only.as_ref().is_none_or(is_consumed) {
            continue;
        }
        drop(plan);
        let following = Arc::clone(&inner);
        let followed = tokio::task::spawn_blocking(move || following.follow(only.as_ref())).await;
        if let Err(broken) = followed {
            error!("following a catalog broke off: {broken}");
        }
    }
}

/// Makes the catalogs of a configuration list what it says. Tells which could not be made, and why.
pub(super) fn produce(shared: &Shared, config: &Config) -> Vec<(NameBuf, String)> {
    let mut listed: HashMap<NameBuf, Vec<Listed>> = HashMap::new();
    for zone in &config.zones {
        for listing in &zone.listed_in.0 {
            listed.entry(listing.catalog).or_default().push(Listed {
                zone: zone.name,
                group: listing.group.clone(),
                next_catalog: listing.next_catalog,
            });
        }
    }
    let produced = config.zones.iter();
    let produced = produced.filter(|zone| zone.catalog == Some(CatalogRole::Produce));
    let failed = produced.filter_map(|catalog| {
        let listed = listed.remove(&catalog.name).unwrap_or_default();
        let made = make(shared, catalog, &listed);
        made.err().map(|what| (catalog.name, what))
    });
    failed.collect()
}

fn make(shared: &Shared, catalog: &Zone, listed: &[Listed]) -> Result<(), String> {
    let (name, now) = (catalog.name.as_name(), unix_time());
    if listed.len() > usize::try_from(catalog.max_members).unwrap_or(usize::MAX) {
        return Err(format!(
            "{} zones are listed in it, and max-members is {}",
            listed.len(),
            catalog.max_members
        ));
    }
    let start = |serial: Serial| {
        let zone = new_catalog(&name, serial, listed).map_err(|fault| fault.to_string())?;
        let made = shared.commits.replace(zone);
        made.map(drop).map_err(|error| error.to_string())
    };
    if shared.store().get_zone_exact(&name).is_none() {
        let restored = shared.commits.restore(&name);
        if restored.map_err(|error| error.to_string())?.is_none() {
            // Newer than all that were counted from 1, in case that what was kept is lost.
            let policy = match catalog.serial {
                SerialPolicy::Increment => SerialPolicy::UnixTime,
                policy => policy,
            };
            return start(policy.next(Serial(0), now));
        }
    }
    let made = shared.commits.commit(&name, |current| {
        let Some(mut change) = list_in_catalog(current, listed)? else {
            return Ok(None);
        };
        change.set_serial(current, catalog.serial.next(current.serial(), now))?;
        Ok::<_, CatalogFault>(Some(change))
    });
    match (made, shared.store().get_zone_exact(&name)) {
        (Ok(Some(version)), _) => {
            info!(
                serial = version.serial().0,
                "the catalog {name} lists {} zones",
                listed.len()
            );
            Ok(())
        }
        (Ok(None), _) => Ok(()),
        (Err(CommitError::Refused(CatalogFault::Broken(what))), Some(here)) => {
            warn!("{name} was no catalog ({what}), and is made anew");
            start(catalog.serial.next(here.serial(), now))
        }
        (Err(error), _) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Journal;
    use crate::roles::Roles;
    use crate::zone::{Commits, Loader, ZoneStore};
    use lib_dns_core::zone::ZoneLookup;

    const CONSUMER: &str = "version = 1\nserver.state = \"state\"\n\
                            [[zone]]\nname = \"catalog.invalid.\"\ncatalog = \"consume\"\nmembers = {}\n\
                            primaries = [{ address = \"127.0.0.1:9\" }]\n";

    fn member(label: &[u8]) -> Option<Membership> {
        Some(Membership {
            catalog: NameBuf::from_text("catalog.invalid.").unwrap(),
            label: label.to_vec(),
            group: None,
        })
    }

    /// How often the set of zones changes at a start with so many members, and when they are gone.
    fn changes_with(members: usize) -> [u64; 2] {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path().join("state")).unwrap());
        let commits = Commits::new(Arc::new(ZoneStore::new())).journal(Arc::clone(&journal));
        let mut kept = Vec::new();
        for number in 0..members {
            let text = format!("$ORIGIN m{number}.test.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n");
            let loaded = Loader::new().load_text("member".as_ref(), text.as_bytes());
            let zone = commits.replace(loaded.unwrap().zone).unwrap();
            kept.push((zone.apex().into(), member(number.to_string().as_bytes())));
        }
        journal.keep_members(&kept).unwrap();
        drop((commits, journal));
        let path = folder.path().join("zdns.toml");
        let config = Config::from_text(CONSUMER, &path).unwrap();
        let (roles, _) = Roles::open(&config).unwrap();
        assert_eq!(roles.store().list().len(), members);
        let at_start = roles.store().changes();
        let none = Config::from_text("version = 1\n", &path).unwrap();
        assert_eq!(roles.reload(&none).unwrap().removed.len(), members + 1);
        assert_eq!(roles.store().list().len(), 0);
        [at_start, roles.store().changes() - at_start]
    }

    #[test]
    fn members_come_and_go_together() {
        assert_eq!(changes_with(2), changes_with(20));
    }

    #[test]
    fn after_a_restart_the_configuration_has_what_it_has_itself() {
        let name = |text| NameBuf::from_text(text).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (state, file) = (folder.path().join("state"), folder.path().join("b.zone"));
        std::fs::write(file, "$ORIGIN b.test.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n").unwrap();
        let (a, b) = (name("a.test."), name("b.test."));
        let journal = Journal::open(&state).unwrap();
        journal
            .keep_members(&[(a, member(b"m1")), (b, member(b"m2"))])
            .unwrap();
        drop(journal);
        let own = "[[zone]]\nname = \"b.test.\"\nfile = \"b.zone\"\n";
        let text = format!("{CONSUMER}{own}");
        let config = Config::from_text(&text, &folder.path().join("zdns.toml")).unwrap();
        let (roles, _) = Roles::open(&config).unwrap();
        let plan = roles.0.shared.plan.load_full();
        let is_copy = |zone: NameBuf| plan.zone(&zone.as_name()).unwrap().is_secondary();
        assert!(
            is_copy(a),
            "the catalog has not come yet, so all is as it was"
        );
        assert!(!is_copy(b));
        assert!(roles.store().get_zone_exact(&b.as_name()).is_some());
        drop((plan, roles));
        let kept = Journal::open(&state).unwrap().members().unwrap();
        let kept: Vec<NameBuf> = kept.into_iter().map(|(zone, _)| zone).collect();
        assert_eq!(kept, [a]);
    }
}

//! Keys that a server replaces by itself, in a time of its own: weeks pass in seconds, and every state that
//! validators may have cached is held against every other.

use super::*;
use crate::config::Config;
use crate::hash::RustCryptoDigest;
use crate::keyring::{KeyEvent, SystemVerifier};
use crate::roles::Roles;
use crate::signing::verify_zone;
use lib_dns_core::dnssec::ds_matches;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RecordType, Rrsig, Type, key_tag};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{ZoneLayout, ZoneNode};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Other programs that check whole zones, with what stands before the file on their command lines. They look at
/// the clock of the system.
const CHECKERS: [(&str, &[&str]); 2] = [
    ("dnssec-verify", &["-q", "-z", "-o", "example."]),
    ("ldns-verify-zone", &["-V", "2"]),
];

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

const ZONE: &str = "$ORIGIN example.
$TTL 300
@ SOA ns1 admin 1 3600 900 604800 300
@ NS ns1
ns1 A 192.0.2.1
* 7200 TXT x
";

/// One who caches, for as long as he may: what he may believe of a state.
const CACHED: [u64; 3] = [DAY + HOUR, HOUR + 300, DAY + 300];

/// A state, and from when until when it was to be had.
struct Lasted<T> {
    what: T,
    from: u64,
    until: Option<u64>,
}

/// The states of something, one after the other.
struct History<T>(Vec<Lasted<T>>);

impl<T: PartialEq> History<T> {
    /// Says whether it is a new state.
    fn note(&mut self, what: T, now: u64) -> bool {
        if let Some(last) = self.0.last_mut() {
            if last.what == what {
                return false;
            }
            last.until = Some(now);
        }
        let (from, until) = (now, None);
        self.0.push(Lasted { what, from, until });
        true
    }

    /// The states that somebody may still hold, who may cache them for `cached` seconds.
    fn held(&self, cached: u64, now: u64) -> impl Iterator<Item = &T> {
        let held = self.0.iter().filter(move |state| {
            state
                .until
                .is_none_or(|until| now < until.saturating_add(cached))
                && state.from <= now
        });
        held.map(|state| &state.what)
    }
}

/// One server of the parent. It takes what the zone asks for by CDS records, a while after.
struct Parent {
    delay: u64,
    asked: Option<(u64, BTreeSet<Vec<u8>>)>,
    ds: History<BTreeSet<Vec<u8>>>,
}

impl Parent {
    fn new(delay: u64) -> Self {
        Self {
            delay,
            asked: None,
            ds: History(Vec::new()),
        }
    }

    fn current(&self) -> BTreeSet<Vec<u8>> {
        let last = self.ds.0.last();
        last.map(|state| state.what.clone()).unwrap_or_default()
    }

    /// Looks at the CDS records, and does what it was asked for.
    fn look(&mut self, cds: &BTreeSet<Vec<u8>>, now: u64) {
        if let Some((_, asked)) = self.asked.take_if(|(at, _)| *at <= now) {
            self.ds.note(asked, now);
        }
        let coming = self.asked.as_ref().map(|(_, asked)| asked);
        if !cds.is_empty() && *cds != self.current() && coming != Some(cds) {
            self.asked = Some((now + self.delay, cds.clone()));
        }
    }
}

/// The keys of the zone as a validator sees them: data of DNSKEY records, and the tags of those that sign them.
type Keys = (BTreeSet<Vec<u8>>, BTreeSet<u16>);

struct World {
    folder: tempfile::TempDir,
    roles: Roles,
    clock: Arc<AtomicU64>,
    parents: [Parent; 2],
    /// Takes what is awaited for seen, without looking.
    is_hasty: bool,
    keys: History<Keys>,
    /// The tags of the keys that sign the data.
    signers: History<BTreeSet<u16>>,
}

impl World {
    fn new(start: u64, policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        fs::write(folder.path().join("example.zone"), ZONE).unwrap();
        let clock = Arc::new(AtomicU64::new(start));
        let config = config(folder.path(), policy);
        let (roles, _) = Roles::open_at(&config, UnixClock::Set(Arc::clone(&clock))).unwrap();
        Self {
            folder,
            roles,
            clock,
            // Many hours between the first and the last to have it.
            parents: [Parent::new(6 * HOUR), Parent::new(11 * HOUR)],
            is_hasty: false,
            keys: History(Vec::new()),
            signers: History(Vec::new()),
        }
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn reload(&self, policy: &str) {
        self.roles
            .reload(&config(self.folder.path(), policy))
            .unwrap();
    }

    /// Lives until a time, and says when the parent was seen to be as awaited.
    fn live(&mut self, until: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while self.now() < until {
            let now = self.now();
            let plan = self.roles.0.shared.plan.load_full();
            let zone = plan.zones().next().unwrap();
            let due = do_what_is_due(&self.roles.0.shared, zone).unwrap();
            let served = self.roles.store().get_zone_exact(&zone.name()).unwrap();
            self.look(&served, now);
            if let Some(awaited) = &due.awaited {
                let shows = |parent: &Parent| {
                    let ds = parent.current();
                    awaited.is_shown_by(ds.iter().map(Vec::as_slice))
                };
                if self.is_hasty || self.parents.iter().all(shows) {
                    zone_keys::note(&self.roles.0.shared, zone, awaited).unwrap();
                    seen.push(now);
                    continue;
                }
            }
            let asked = self
                .parents
                .iter()
                .filter_map(|parent| parent.asked.as_ref());
            let next = asked
                .map(|(at, _)| *at)
                .fold(due.next.max(now + 1), u64::min);
            self.clock.store(next.max(now + 1), Ordering::Relaxed);
        }
        seen
    }

    /// Looks at the zone as the parent, as a validator and as other programs do.
    fn look(&mut self, zone: &Zone, now: u64) {
        let report = verify_zone(zone, &SystemVerifier::default(), now);
        assert!(
            report.is_good(),
            "{:?}",
            report.faults().next().map(ToString::to_string)
        );
        let set = |rtype| -> BTreeSet<Vec<u8>> {
            let apex = zone.get(&zone.apex()).unwrap();
            let set = apex.rrset(rtype);
            set.iter()
                .flat_map(|set| set.records())
                .map(<[u8]>::to_vec)
                .collect()
        };
        for parent in &mut self.parents {
            parent.look(&set(Type::CDS), now);
        }
        let signers = |wanted: fn(Type) -> bool| -> BTreeSet<u16> {
            let mut tags = BTreeSet::new();
            for node in zone.nodes() {
                for (covered, signatures) in node.all_signatures() {
                    let rrsigs = signatures.records().filter(|_| wanted(covered));
                    let rrsigs = rrsigs.map(|data| Rrsig::read(&mut Reader::new(data)).unwrap());
                    tags.extend(rrsigs.map(|rrsig| rrsig.key_tag));
                }
            }
            tags
        };
        let of_keys = signers(|covered| covered == Type::DNSKEY);
        let of_data = signers(|covered| covered == Type::TXT);
        let is_new = self.keys.note((set(Type::DNSKEY), of_keys), now);
        if self.signers.note(of_data, now) || is_new {
            let mut text = String::new();
            zone.write_text(ZoneLayout::OneLine, &mut text).unwrap();
            self.assert_verified_by_others(&text);
        }
        self.assert_validators_are_content(now);
    }

    /// Other programs take the zone too; they are told of if they are missing, which CI does not let pass.
    fn assert_verified_by_others(&self, zone: &str) {
        let file = self.folder.path().join("signed.zone");
        fs::write(&file, zone).unwrap();
        for (program, arguments) in CHECKERS {
            match Command::new(program).args(arguments).arg(&file).output() {
                Ok(output) => {
                    let told = [output.stdout, output.stderr].concat();
                    let told = String::from_utf8_lossy(&told);
                    assert!(output.status.success(), "{program}: {told}\n{zone}");
                }
                Err(error) => {
                    let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
                    assert!(!is_ci, "{program}: {error}");
                    eprintln!("skipped {program}: {error}");
                }
            }
        }
    }

    /// Whatever a validator holds of the three parts, they fit each other.
    fn assert_validators_are_content(&self, now: u64) {
        let apex = NameBuf::from_text("example.").unwrap();
        let [ds_cached, keys_cached, data_cached] = CACHED;
        for parent in &self.parents {
            for ds in parent.ds.held(ds_cached, now) {
                for (dnskeys, of_keys) in self.keys.held(keys_cached, now) {
                    let is_entry = |key: &&Vec<u8>| {
                        let matches =
                            |ds: &Vec<u8>| ds_matches(&RustCryptoDigest, &apex.as_name(), key, ds);
                        of_keys.contains(&key_tag(key)) && ds.iter().any(matches)
                    };
                    assert!(
                        dnskeys.iter().any(|key| is_entry(&key)),
                        "no way in at {now}"
                    );
                    for signers in self.signers.held(data_cached, now) {
                        let knows = |key: &Vec<u8>| signers.contains(&key_tag(key));
                        assert!(dnskeys.iter().any(knows), "data without a key at {now}");
                    }
                }
            }
        }
    }

    /// The keys that were ever made: how many, and how many stand in the zone now.
    fn count(&self) -> (usize, usize) {
        let keyring = crate::keyring::Keyring::open(self.folder.path().join("keys")).unwrap();
        let now = self.now();
        let there = keyring
            .all_zone_keys()
            .filter(|key| key.uses_at(now).published);
        (keyring.all_zone_keys().count(), there.count())
    }
}

fn config(folder: &Path, policy: &str) -> Config {
    let text = format!(
        "version = 1\n[server]\nlisten = [\"127.0.0.1:5300\"]\nstate = \"state\"\n\
         [[zone]]\nname = \"example.\"\nfile = \"example.zone\"\n\
         sign = {{ keys = \"keys\", policy = {{ {policy} }} }}\n"
    );
    Config::from_text(&text, &folder.join("zdns.toml")).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Six days ago: other programs look at the clock of the system, and signatures live for seven days at least.
fn start() -> u64 {
    crate::clock::unix_time() - 6 * DAY
}

#[test]
fn keys_of_a_kind_each_are_replaced_in_time() {
    let start = start();
    let mut world = World::new(
        start,
        "single-key = false, zsk-lifetime = \"36h\", ksk-lifetime = \"60h\"",
    );
    let seen = world.live(start + 6 * DAY);
    // The first DS, and those of the successors of the KSK after 60 and 120 hours.
    assert_eq!(seen.len(), 3, "{seen:?}");
    // Not before the last server of the parent has it.
    assert!(seen[0] >= start + DAY + 11 * HOUR);
    assert!(seen[1] >= start + 60 * HOUR + 11 * HOUR);
    // The ZSKs from the start, and from 36, 72, 108 and 144 hours on; those that sign no more may still be there.
    let (made, there) = world.count();
    assert_eq!(made, 3 + 5);
    assert!((2..=5).contains(&there), "{there}");
}

#[test]
fn a_key_for_everything_is_replaced_in_time() {
    let start = start();
    let mut world = World::new(start, "csk-lifetime = \"2d\"");
    let seen = world.live(start + 6 * DAY);
    assert!(seen.len() >= 2, "{seen:?}");
    let gone = world.count();
    assert!(gone.0 >= 2 && gone.1 < gone.0, "{gone:?}");
}

#[test]
fn the_ds_may_come_first() {
    let start = start();
    let policy = "single-key = false, ksk-method = \"double-ds\", ksk-lifetime = \"60h\"";
    let mut world = World::new(start, policy);
    let seen = world.live(start + 6 * DAY);
    assert_eq!(seen.len(), 2, "{seen:?}");
    let (made, there) = world.count();
    assert_eq!((made, there), (3, 2));
}

#[test]
fn an_other_algorithm_in_the_policy_replaces_all_keys() {
    let start = start();
    let mut world = World::new(start, "single-key = false");
    world.live(start + 2 * DAY);
    world.reload("single-key = false, algorithm = \"ecdsap256sha256\"");
    let seen = world.live(start + 6 * DAY);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let (made, there) = world.count();
    assert_eq!((made, there), (4, 2));
}

#[test]
fn without_a_parent_a_rollover_waits_for_ever() {
    let start = start();
    let mut world = World::new(start, "csk-lifetime = \"2d\"");
    world.parents = [Parent::new(6 * HOUR), Parent::new(1000 * DAY)];
    assert!(world.live(start + 6 * DAY).is_empty());
    let (made, there) = world.count();
    assert_eq!((made, there), (2, 2));
    let keyring = crate::keyring::Keyring::open(world.folder.path().join("keys")).unwrap();
    let mut keys = keyring.all_zone_keys();
    assert!(keys.all(|key| key.timing().get(KeyEvent::Delete).is_none()));
}

#[test]
#[should_panic(expected = "no way in")]
fn who_does_not_look_at_the_parent_breaks_the_chain() {
    let start = start();
    let mut world = World::new(start, "csk-lifetime = \"2d\"");
    world.live(start + 2 * DAY);
    world.is_hasty = true;
    // The parent takes longer than validators cache.
    world
        .parents
        .iter_mut()
        .for_each(|parent| parent.delay = 3 * DAY);
    world.live(start + 6 * DAY);
}

#[test]
fn private_keys_are_their_owners_alone() {
    let world = World::new(start(), "single-key = false");
    let keys = fs::read_dir(world.folder.path().join("keys")).unwrap();
    let keys = keys.map(|file| file.unwrap());
    let modes = keys
        .filter(|file| {
            file.path()
                .extension()
                .is_some_and(|ending| ending == "private")
        })
        .map(|file| file.metadata().unwrap().permissions().mode() & 0o777);
    assert_eq!(modes.collect::<Vec<_>>(), [0o600, 0o600]);
}

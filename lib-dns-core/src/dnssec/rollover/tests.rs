//! The law of rollovers: at no moment is the zone bogus for a validator, whatever it has in its caches.
//!
//! A model of the world in whole seconds. A validator may hold any DS RRset, DNSKEY RRset and signatures
//! that some server gave out within the TTL of each; servers lag behind by up to their propagation delay, and
//! the zone's data by up to the time that signing takes. The validator is strict: each algorithm of the DS
//! RRset must lead to the keys, and each algorithm of the DNSKEY RRset must have signed (RFC 4035 2.2).

use super::super::{KeyEvent, KeyRole, KeyTiming};
use super::{Rollover, RolloverKind, RolloverTerms};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// A key of the model. Its place in the list is its name.
#[derive(Clone, Debug)]
struct Key {
    role: KeyRole,
    algorithm: u8,
    timing: KeyTiming,
}

/// A set of keys, one bit each.
type Keys = u32;

#[derive(Clone, Debug)]
struct World {
    /// As it really is; a rollover may believe something else.
    terms: RolloverTerms,
    keys: Vec<Key>,
    /// The parent's DS RRset, each from a time on.
    ds: Vec<(u64, Keys)>,
}

/// When the world begins: far enough from 0 for all windows.
const START: u64 = 1_000;

impl World {
    fn new(terms: RolloverTerms, roles: &[KeyRole]) -> Self {
        let mut world = Self {
            terms,
            keys: Vec::new(),
            ds: Vec::new(),
        };
        for role in roles {
            let key = world.add(*role, 15);
            for event in [KeyEvent::Publish, KeyEvent::Activate] {
                world.keys[key].timing.set(event, Some(0));
            }
            if role.signs_keys() {
                world.keys[key].timing.set(KeyEvent::SyncPublish, Some(0));
                world.ds.push((0, 1 << key));
            }
        }
        world
    }

    fn add(&mut self, role: KeyRole, algorithm: u8) -> usize {
        self.keys.push(Key {
            role,
            algorithm,
            timing: KeyTiming::default(),
        });
        self.keys.len() - 1
    }

    /// The keys that do something at a time.
    fn which(&self, time: u64, does: impl Fn(super::super::KeyUses) -> bool) -> Keys {
        let keys = self.keys.iter().enumerate();
        keys.filter(|(_, key)| does(key.timing.uses(key.role, time)))
            .map(|(index, _)| 1 << index)
            .sum()
    }

    fn ds_at(&self, time: u64) -> Keys {
        let mut versions = self.ds.iter().rev();
        versions.find(|(since, _)| *since <= time).unwrap().1
    }

    fn algorithms(&self, keys: Keys) -> impl Iterator<Item = Keys> + '_ {
        let of = |algorithm: u8| {
            let all = self.keys.iter().enumerate();
            all.filter(|(_, key)| key.algorithm == algorithm)
                .map(|(index, _)| 1 << index)
                .sum::<Keys>()
        };
        [13, 15, 18]
            .into_iter()
            .map(of)
            .filter(move |algorithm| algorithm & keys != 0)
    }

    /// What a validator may hold at a time, each part once.
    fn held<T: Ord>(window: u32, time: u64, at: impl Fn(u64) -> T) -> Vec<T> {
        let since = time - u64::from(window.saturating_sub(1));
        let mut held: Vec<T> = (since..=time).map(at).collect();
        held.sort();
        held.dedup();
        held
    }

    /// Is the zone valid for every validator at a time?
    fn judge(&self, time: u64) -> Result<(), String> {
        let terms = &self.terms;
        let ds = Self::held(terms.ds_ttl + terms.parent_propagation + 1, time, |time| {
            self.ds_at(time)
        });
        let dnskey = Self::held(terms.dnskey_ttl + terms.propagation + 1, time, |time| {
            let published = self.which(time, |uses| uses.published);
            (published, self.which(time, |uses| uses.signs_keys))
        });
        let lag = terms.propagation + terms.signing;
        let data = Self::held(terms.max_zone_ttl + lag + 1, time, |time| {
            self.which(time, |uses| uses.signs_zone)
        });
        for ds in &ds {
            for (published, signers) in &dnskey {
                let trusted = ds & published & signers;
                let mut algorithms = self.algorithms(*ds);
                if *ds == 0 || algorithms.any(|algorithm| algorithm & trusted == 0) {
                    return Err(format!(
                        "{time}: DS {ds:b} does not lead to keys {published:b} signed by {signers:b}"
                    ));
                }
                let self_signed = published & signers;
                for algorithm in self.algorithms(*published) {
                    if algorithm & self_signed == 0 {
                        return Err(format!("{time}: keys {published:b} signed by {signers:b}"));
                    }
                    for data in &data {
                        if algorithm & published & data == 0 {
                            return Err(format!(
                                "{time}: keys {published:b} do not verify data signed by {data:b}"
                            ));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The longest that anything is remembered.
    fn memory(&self) -> u64 {
        let terms = &self.terms;
        let all = [
            terms.dnskey_ttl,
            terms.max_zone_ttl,
            terms.ds_ttl,
            terms.propagation,
            terms.parent_propagation,
            terms.signing,
        ];
        all.iter().copied().map(u64::from).sum::<u64>() + 1
    }
}

/// The two sides of a rollover, as places in the list of keys.
struct Rolling {
    rollover: Rollover,
    starts: u64,
    old: Vec<usize>,
    new: Vec<usize>,
    /// The DS records were put there at this time.
    ds: Option<u64>,
    is_told: bool,
}

/// How slow the parent is, and how late the signer hears of it (seconds).
#[derive(Clone, Copy, Debug, Default)]
struct Delays {
    parent: u64,
    told: u64,
}

impl Rolling {
    fn new(world: &mut World, believed: RolloverTerms, kind: RolloverKind, starts: u64) -> Self {
        let is_algorithm = kind == RolloverKind::Algorithm;
        let is_rolled = |role: KeyRole| match kind {
            RolloverKind::Zsk => role == KeyRole::Zsk,
            RolloverKind::KskDoubleSignature | RolloverKind::KskDoubleDs => role == KeyRole::Ksk,
            RolloverKind::Csk => role == KeyRole::Csk,
            RolloverKind::Algorithm => true,
        };
        let in_use = |key: &Key| key.timing.is_active(starts);
        let keys = world.keys.iter().enumerate();
        let old: Vec<_> = keys
            .filter(|(_, key)| is_rolled(key.role) && in_use(key))
            .map(|(index, _)| index)
            .collect();
        let mut new = Vec::new();
        for index in &old {
            let Key {
                role, algorithm, ..
            } = world.keys[*index];
            let algorithm = match (is_algorithm, algorithm) {
                (false, algorithm) => algorithm,
                (true, 15) => 13,
                (true, _) => 15,
            };
            let key = world.add(role, algorithm);
            // Not there before the start.
            let timing = &mut world.keys[key].timing;
            timing.set(KeyEvent::Publish, Some(u64::MAX));
            new.push(key);
        }
        Self {
            rollover: Rollover {
                kind,
                terms: believed,
            },
            starts,
            old,
            new,
            ds: None,
            is_told: false,
        }
    }

    /// Lends the timings of both sides.
    fn with(
        &self,
        world: &mut World,
        act: impl FnOnce(Vec<(KeyRole, &mut KeyTiming)>, Vec<(KeyRole, &mut KeyTiming)>),
    ) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (index, key) in world.keys.iter_mut().enumerate() {
            let side = if self.old.contains(&index) {
                &mut old
            } else if self.new.contains(&index) {
                &mut new
            } else {
                continue;
            };
            side.push((key.role, &mut key.timing));
        }
        act(old, new);
    }

    /// Lets the signer do what is to be done at a time.
    fn step(&mut self, world: &mut World, now: u64, delays: Delays) {
        let rollover = self.rollover;
        if now == self.starts {
            self.with(world, |old, new| rollover.start(now, old, new));
        }
        let wanted: Keys = self
            .new
            .iter()
            .filter(|index| world.keys[**index].role.signs_keys())
            .map(|index| 1 << index)
            .sum();
        if now >= self.starts && self.ds.is_none() && world.ds_at(now) & wanted == wanted {
            self.ds = Some(now);
        }
        let told = self.ds.map(|seen| seen + delays.told);
        if rollover.kind.waits_for_parent() && !self.is_told && told.is_some_and(|told| told <= now)
        {
            self.is_told = true;
            let seen = self.ds.unwrap();
            self.with(world, |old, new| rollover.ds_seen(now, seen, old, new));
        }
    }

    fn is_done(&self, world: &World, now: u64) -> bool {
        let gone = |index: &usize| {
            let timing = &world.keys[*index].timing;
            timing.has(KeyEvent::Delete, now) && timing.has(KeyEvent::Inactive, now)
        };
        let mut keys = world.keys.iter();
        now > self.starts
            && self.old.iter().all(gone)
            && keys.all(|key| key.timing.next_change(now).is_none())
    }
}

/// Runs rollovers side by side until all are done and forgotten, and judges every second.
fn run(world: &mut World, rolling: &mut [Rolling], delays: Delays) -> Result<u64, String> {
    let mut asked: Option<(u64, Keys)> = None;
    let mut done_since = None;
    for now in START..START + 100_000 {
        // The parent takes over what CDS has said long enough (RFC 7344 6.1).
        let cds = world.which(now, |uses| uses.synced);
        if asked.is_none_or(|(_, keys)| keys != cds) {
            asked = Some((now, cds));
        }
        let (since, cds) = asked.unwrap();
        if cds != 0 && cds != world.ds_at(now) && now >= since + delays.parent {
            world.ds.push((now, cds));
        }
        for one in rolling.iter_mut() {
            one.step(world, now, delays);
        }
        world.judge(now)?;
        if rolling.iter().all(|one| one.is_done(world, now)) {
            let since = *done_since.get_or_insert(now);
            if now > since + world.memory() {
                return Ok(now);
            }
        } else {
            done_since = None;
        }
    }
    Err("it does not end".into())
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn terms(&mut self) -> RolloverTerms {
        let mut up_to = |bound| self.below(bound) as u32;
        RolloverTerms {
            dnskey_ttl: up_to(20),
            max_zone_ttl: up_to(20),
            ds_ttl: up_to(20),
            propagation: up_to(6),
            parent_propagation: up_to(6),
            signing: up_to(6),
        }
    }

    fn delays(&mut self) -> Delays {
        Delays {
            parent: self.below(30),
            told: self.below(60),
        }
    }
}

const PAIR: &[KeyRole] = &[KeyRole::Ksk, KeyRole::Zsk];
const SINGLE: &[KeyRole] = &[KeyRole::Csk];

const KINDS: [(RolloverKind, &[KeyRole]); 6] = [
    (RolloverKind::Zsk, PAIR),
    (RolloverKind::KskDoubleSignature, PAIR),
    (RolloverKind::KskDoubleDs, PAIR),
    (RolloverKind::Csk, SINGLE),
    (RolloverKind::Algorithm, PAIR),
    (RolloverKind::Algorithm, SINGLE),
];

#[test]
fn at_no_moment_is_the_zone_bogus() {
    let mut dice = Dice(1);
    for (kind, roles) in KINDS {
        for _ in 0..60 {
            let (terms, delays) = (dice.terms(), dice.delays());
            let mut world = World::new(terms, roles);
            let rolling = Rolling::new(&mut world, terms, kind, START + 1);
            let ended = run(&mut world, &mut [rolling], delays);
            assert!(ended.is_ok(), "{kind:?} {terms:?} {delays:?}: {ended:?}");
            let published = world.which(u64::MAX - 1, |uses| uses.published);
            assert_eq!(published.count_ones() as usize, roles.len(), "{kind:?}");
        }
    }
}

#[test]
fn one_rollover_after_the_other() {
    let mut dice = Dice(2);
    for _ in 0..20 {
        let terms = dice.terms();
        let mut world = World::new(terms, PAIR);
        let mut row = vec![];
        for _ in 0..4 {
            let (kind, _) = KINDS[[0, 1, 2, 4][dice.below(4) as usize]];
            row.push(kind);
            // The world goes on where it was: all times move back to before its start.
            let rolling = Rolling::new(&mut world, terms, kind, START + 1);
            let ended = run(&mut world, &mut [rolling], dice.delays());
            let ended = ended.unwrap_or_else(|error| panic!("{row:?} {terms:?}: {error}"));
            shift(&mut world, ended);
        }
    }
}

/// Moves the history of a world to before its start.
fn shift(world: &mut World, now: u64) {
    for key in &mut world.keys {
        for event in KeyEvent::ALL {
            if let Some(time) = key.timing.get(event) {
                assert!(time <= now, "{event:?} is still to come");
                key.timing.set(event, Some(0));
            }
        }
    }
    let ds = world.ds_at(now);
    world.ds = vec![(0, ds)];
}

#[test]
fn zone_and_key_signing_keys_roll_side_by_side() {
    let mut dice = Dice(3);
    for _ in 0..50 {
        let (terms, delays) = (dice.terms(), dice.delays());
        let mut world = World::new(terms, PAIR);
        let [one, other] = [dice.below(60), dice.below(60)].map(|time| START + 1 + time);
        let ksk = [RolloverKind::KskDoubleSignature, RolloverKind::KskDoubleDs];
        let ksk = ksk[dice.below(2) as usize];
        let mut rolling = [
            Rolling::new(&mut world, terms, RolloverKind::Zsk, one),
            Rolling::new(&mut world, terms, ksk, other),
        ];
        let ended = run(&mut world, &mut rolling, delays);
        assert!(ended.is_ok(), "{terms:?} {delays:?}: {ended:?}");
    }
}

/// Takes a second from one of the terms.
type Shorten = fn(&mut RolloverTerms);

/// Each of the terms is needed: a rollover that believes one of them to be a second less breaks the zone for
/// somebody.
#[test]
fn a_second_too_early_is_found_out() {
    let real = RolloverTerms {
        dnskey_ttl: 11,
        max_zone_ttl: 13,
        ds_ttl: 7,
        propagation: 3,
        parent_propagation: 2,
        signing: 4,
    };
    let shorter: [(&str, Shorten, &[RolloverKind]); 6] = [
        (
            "dnskey_ttl",
            |terms| terms.dnskey_ttl -= 1,
            &[
                RolloverKind::Zsk,
                RolloverKind::KskDoubleSignature,
                RolloverKind::Csk,
                RolloverKind::Algorithm,
            ],
        ),
        (
            "max_zone_ttl",
            |terms| terms.max_zone_ttl -= 1,
            &[
                RolloverKind::Zsk,
                RolloverKind::Csk,
                RolloverKind::Algorithm,
            ],
        ),
        (
            "ds_ttl",
            |terms| terms.ds_ttl -= 1,
            &[
                RolloverKind::KskDoubleSignature,
                RolloverKind::KskDoubleDs,
                RolloverKind::Algorithm,
            ],
        ),
        (
            "propagation",
            |terms| terms.propagation -= 1,
            &[
                RolloverKind::Zsk,
                RolloverKind::KskDoubleSignature,
                RolloverKind::Csk,
                RolloverKind::Algorithm,
            ],
        ),
        (
            "parent_propagation",
            |terms| terms.parent_propagation -= 1,
            &[
                RolloverKind::KskDoubleSignature,
                RolloverKind::KskDoubleDs,
                RolloverKind::Algorithm,
            ],
        ),
        (
            "signing",
            |terms| terms.signing -= 1,
            &[
                RolloverKind::Zsk,
                RolloverKind::Csk,
                RolloverKind::Algorithm,
            ],
        ),
    ];
    for (what, shorten, kinds) in shorter {
        let mut believed = real;
        shorten(&mut believed);
        for kind in kinds {
            for (_, roles) in KINDS.iter().filter(|(other, _)| other == kind) {
                let mut world = World::new(real, roles);
                let rolling = Rolling::new(&mut world, believed, *kind, START + 1);
                let ended = run(&mut world, &mut [rolling], Delays::default());
                assert!(ended.is_err(), "{kind:?} does not need {what}");
            }
        }
    }
}

/// Whoever puts the DS there too early breaks the zone for some; the rollover at least does not end before
/// all know the key.
#[test]
fn an_early_ds_does_not_shorten_the_end() {
    let terms = Dice(4).terms();
    let rollover = Rollover {
        kind: RolloverKind::KskDoubleSignature,
        terms,
    };
    let (mut old, mut new) = (KeyTiming::default(), KeyTiming::default());
    rollover.start(
        START,
        [(KeyRole::Ksk, &mut old)],
        [(KeyRole::Ksk, &mut new)],
    );
    let ready = new.get(KeyEvent::SyncPublish).unwrap();
    let ends = |seen: u64, now: u64| {
        let (mut old, mut new) = (old, new);
        rollover.ds_seen(
            now,
            seen,
            [(KeyRole::Ksk, &mut old)],
            [(KeyRole::Ksk, &mut new)],
        );
        old.get(KeyEvent::Delete).unwrap()
    };
    let forgotten = u64::from(terms.ds_ttl + terms.parent_propagation);
    assert_eq!(ends(START, START), ready + forgotten);
    assert_eq!(ends(ready + 5, ready + 5), ready + 5 + forgotten);
    assert_eq!(
        ends(ready, ready + 10_000),
        ready + 10_000,
        "never in the past"
    );
}

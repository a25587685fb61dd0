//! Changes of zones against zones that are loaded anew.

use super::*;
use crate::dice::Dice;
use crate::zone::arena::Incoming;
use crate::zone::build::ZoneBuilder;
use crate::zone::{ApplyError, Change, ContentDigest, Node, Zone};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuilder;
use lib_dns_core::rr_data::{Type, same_data};
use lib_dns_core::zone::Marks;
use lib_dns_core::zone::{Serial, StoredRecord, ZoneLookup, ZoneNode};
use std::collections::BTreeMap;

/// Labels that meet often, and some of which are hashes.
const LABELS: [&[u8]; 12] = [
    b"a",
    b"A",
    b"b",
    b"*",
    b"ab",
    b"\0",
    b"\x01a",
    b"zzzzzzzzzzzz",
    b"\xff",
    b"00000000000000000000000000000000",
    b"891444G8H248891444G8H248891444G8",
    b"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
];

fn random_name(dice: &mut Dice, labels: usize) -> NameBuf {
    let mut builder = NameBuilder::new();
    for _ in 0..dice.below(labels) {
        builder
            .push_label(LABELS[dice.below(LABELS.len())])
            .unwrap();
    }
    builder.finish(&name("example.").as_name()).unwrap()
}

#[derive(Clone, PartialEq, Debug)]
struct Owned {
    owner: NameBuf,
    rtype: Type,
    ttl: u32,
    data: Vec<u8>,
}

impl Owned {
    fn stored(&self) -> StoredRecord<'_> {
        StoredRecord {
            owner: self.owner.as_name(),
            rtype: self.rtype,
            class: Class::IN,
            ttl: self.ttl,
            data: &self.data,
        }
    }

    /// The type, and for signatures what they cover.
    fn set(&self) -> (Type, u16) {
        let covered = match self.rtype {
            Type::RRSIG => u16::from_be_bytes([self.data[0], self.data[1]]),
            _ => 0,
        };
        (self.rtype, covered)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.owner == other.owner
            && self.rtype == other.rtype
            && same_data(self.rtype, &self.data, &other.data)
    }
}

fn soa(serial: u32) -> Owned {
    let mut data = b"\x01a\0\x01b\0".to_vec();
    data.extend_from_slice(&serial.to_be_bytes());
    data.extend_from_slice(&[0; 16]);
    Owned {
        owner: name("example."),
        rtype: Type::SOA,
        ttl: 60,
        data,
    }
}

fn random_record(dice: &mut Dice) -> Owned {
    let owner = random_name(dice, 5);
    let number = dice.below(4) as u8;
    let signature = |covered: u8| {
        let mut data = vec![0, covered, 13, 1];
        data.extend_from_slice(&[0; 14]);
        data.extend_from_slice(&[0, number]);
        data
    };
    let (rtype, data) = match dice.below(100) {
        0..5 => {
            let label = [b'A' + 32 * (number & 1), 0];
            (Type::NS, [&b"\x01a\x01"[..], &label].concat())
        }
        5..7 => (Type::DNAME, b"\x01d\0".to_vec()),
        7 => (Type::CNAME, b"\x01c\0".to_vec()),
        8..20 => (Type::NSEC, b"\x01n\0\0\x06\x40\0\0\0\0\x03".to_vec()),
        20..32 => {
            let mut data = vec![1, 0, 0, 0, 0, 20];
            data.extend_from_slice(&[number; 20]);
            data.extend_from_slice(b"\0\x06\x40\0\0\0\0\x02");
            (Type::NSEC3, data)
        }
        32..40 => (Type::RRSIG, signature(50)),
        40..48 => (Type::RRSIG, signature(1)),
        48..60 => (Type::TXT, vec![1, number]),
        _ => (Type::A, vec![192, 0, 2, number]),
    };
    Owned {
        owner,
        rtype,
        ttl: 300,
        data,
    }
}

/// A zone as a list of records, by owner.
#[derive(Clone)]
struct Model {
    names: BTreeMap<NameBuf, Vec<Owned>>,
}

impl Model {
    fn new() -> Self {
        let apex = name("example.");
        let ns = Owned {
            owner: apex,
            rtype: Type::NS,
            ttl: 60,
            data: b"\x01a\0".to_vec(),
        };
        Self {
            names: BTreeMap::from([(apex, vec![soa(1), ns])]),
        }
    }

    fn find(&self, record: &Owned) -> Option<&Owned> {
        let mut records = self.names.get(&record.owner)?.iter();
        records.find(|other| other.is_same(record))
    }

    fn remove(&mut self, record: &Owned) {
        let records = self.names.get_mut(&record.owner).unwrap();
        records.retain(|other| !other.is_same(record));
        if records.is_empty() {
            self.names.remove(&record.owner);
        }
    }

    fn add(&mut self, record: Owned) {
        self.names.entry(record.owner).or_default().push(record);
    }

    fn load(&self) -> Result<Zone, Findings> {
        let findings = Findings::up_to(3);
        let mut builder = ZoneBuilder::new(Some(name("example.")), Class::IN, findings);
        let file = builder.add_file(Path::new("z").into());
        for record in self.names.values().flatten() {
            builder.push(&Incoming {
                owner: record.owner.as_name(),
                rtype: record.rtype,
                ttl: record.ttl,
                data: &record.data,
                file,
                line: 1,
            });
        }
        builder.finish().map(|built| built.zone)
    }

    fn any(&self, dice: &mut Dice) -> Owned {
        let count = self.names.values().map(Vec::len).sum::<usize>();
        let mut records = self.names.values().flatten();
        records.nth(dice.below(count)).unwrap().clone()
    }

    /// The same zone some records further, and what goes and comes.
    fn changed(&self, dice: &mut Dice, size: usize) -> (Self, Vec<Owned>, Vec<Owned>) {
        let mut next = self.clone();
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for _ in 0..dice.below(size) {
            if dice.below(2) == 0 {
                let record = next.any(dice);
                let had = self.find(&record) == Some(&record);
                if record.rtype != Type::SOA && had && !come.contains(&record) {
                    next.remove(&record);
                    gone.push(record);
                }
                continue;
            }
            let mut record = random_record(dice);
            if next.find(&record).is_some() {
                continue;
            }
            let stays = next
                .names
                .get(&record.owner)
                .and_then(|records| records.iter().find(|other| other.set() == record.set()));
            record.ttl = match stays {
                Some(other) => other.ttl,
                None => 300 + dice.below(3) as u32,
            };
            next.add(record.clone());
            come.push(record);
        }
        let serial = 1 + u32::from_be_bytes(
            self.names[&name("example.")][0].data[6..10]
                .try_into()
                .unwrap(),
        );
        let records = next.names.get_mut(&name("example.")).unwrap();
        gone.push(records[0].clone());
        records[0] = soa(serial);
        come.push(soa(serial));
        (next, gone, come)
    }
}

fn change_of(gone: &[Owned], come: &[Owned]) -> Change {
    let mut change = Change::new();
    for record in gone {
        change.delete(&record.stored()).unwrap();
    }
    for record in come {
        change.add(&record.stored()).unwrap();
    }
    change
}

fn apply(zone: &Zone, change: &Change) -> Result<Zone, ApplyError> {
    zone.apply(&change.difference(&mut Vec::new()).unwrap())
}

fn show(node: &Node<'_>) -> String {
    let mut sets = Vec::new();
    for set in node.rrsets() {
        let mut records = set.records().collect::<Vec<_>>();
        records.sort();
        sets.push((set.rtype, set.ttl, records));
    }
    for (covered, set) in node.all_signatures() {
        let mut records = set.records().collect::<Vec<_>>();
        records.sort();
        sets.push((covered, set.ttl, records));
    }
    let owner = NameBuf::from(node.owner()).to_lowercase();
    format!("{owner} {:?} {sets:?}", node.marks())
}

fn assert_same(ours: &Zone, theirs: &Zone, dice: &mut Dice) {
    let all = |zone: &Zone| {
        let nodes = zone.nodes().chain(zone.hashed_nodes());
        nodes.map(|node| show(&node)).collect::<Vec<_>>()
    };
    assert_eq!(all(ours), all(theirs));
    assert_eq!(ours.record_count(), theirs.record_count());
    assert_eq!(ours.has_nsec, theirs.has_nsec);
    assert_eq!(ContentDigest::of(ours), ContentDigest::of(theirs));
    for tree in [&ours.names, &ours.hashes] {
        tree.assert_sound();
    }
    for _ in 0..20 {
        let asked = random_name(dice, 6);
        let asked = &asked.as_name();
        let found = |zone: &Zone| {
            let nsec = zone.nsec_at_or_before(asked).map(|node| show(&node));
            let find = format!("{:?}", zone.find(asked)).to_lowercase();
            (find, zone.get(asked).map(|node| show(&node)), nsec)
        };
        assert_eq!(found(ours), found(theirs), "{asked}");
        let hash = [dice.roll() as u8; 20];
        let before = |zone: &Zone| zone.nsec3_at_or_before(&hash).map(|node| show(&node));
        assert_eq!(before(ours), before(theirs));
    }
}

/// Walks a zone through random changes, each of which must lead to what loading gives. It tells how many
/// were applied, and how many refused.
fn walk(seed: u64, steps: usize, size: usize) -> (usize, usize) {
    let mut dice = Dice(seed);
    let mut model = Model::new();
    let mut zone = model.load().unwrap();
    let (mut applied, mut refused) = (0, 0);
    let mut all = Change::new();
    let first = zone.clone();
    let mut digest = ContentDigest::of(&zone);
    for _ in 0..steps {
        let (next, gone, come) = model.changed(&mut dice, size);
        let change = change_of(&gone, &come);
        match (apply(&zone, &change), next.load()) {
            (Ok(changed), Ok(loaded)) => {
                assert_same(&changed, &loaded, &mut dice);
                // Owners may be written in another case than in the change.
                let shown = |change: &Change| format!("{change:?}").to_lowercase();
                let between = Change::between(&zone, &changed).unwrap();
                assert_eq!(shown(&between), shown(&change));
                let fresh = Change::between(&zone, &loaded).unwrap();
                assert_eq!(shown(&fresh), shown(&change));
                let mut octets = Vec::new();
                let difference = change.difference(&mut octets).unwrap();
                digest = digest.after(&difference);
                assert_eq!(digest, ContentDigest::of(&changed));
                all.then(&change).unwrap();
                (model, zone) = (next, changed);
                applied += 1;
            }
            (Err(ApplyError::Rule(_)), Err(_)) => refused += 1,
            (ours, theirs) => panic!("{:?} but {:?}", ours.err(), theirs.err()),
        }
    }
    let at_once = apply(&first, &all).unwrap();
    assert_same(&at_once, &zone, &mut dice);
    (applied, refused)
}

#[test]
fn a_changed_zone_is_what_loading_gives() {
    let walks = (0..20).map(|seed| walk(0x5eed_1000 + seed, 80, 12));
    let walks = walks.chain([walk(0x5eed_2000, 500, 4)]);
    let (applied, refused) = walks.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert!(applied > 1000 && refused > 50, "{applied} {refused}");
}

#[test]
fn great_changes_too() {
    let walks = (0..6).map(|seed| walk(0x5eed_3000 + seed, 12, 200));
    let applied = walks.map(|walk| walk.0).sum::<usize>();
    assert!(applied > 10, "{applied}");
}

#[test]
fn what_is_shared_is_not_made_anew() {
    let mut text = HEAD.to_owned();
    for number in 0..5000 {
        text += &format!("n{number:05} A 192.0.2.1\n");
    }
    let zone = load(&text).unwrap().zone;
    let mut change = Change::new();
    let owner = name("n02500.example.");
    let record = StoredRecord {
        owner: owner.as_name(),
        rtype: Type::A,
        class: Class::IN,
        ttl: 300,
        data: &[192, 0, 2, 2],
    };
    change.add(&record).unwrap();
    change.set_serial(&zone, Serial(8)).unwrap();
    let changed = apply(&zone, &change).unwrap();
    let old = zone
        .names
        .leaves()
        .map(|leaf| std::sync::Arc::as_ptr(&leaf.page));
    let old = old.collect::<std::collections::HashSet<_>>();
    let pages = changed
        .names
        .leaves()
        .map(|leaf| std::sync::Arc::as_ptr(&leaf.page));
    assert_eq!(
        pages.filter(|page| !old.contains(page)).count(),
        2,
        "the apex and the name"
    );
    assert!(old.len() > 100);
}

#[test]
fn a_zone_shrinks_to_its_apex_and_grows_again() {
    let mut dice = Dice(0x5eed_4000);
    let mut text = HEAD.to_owned();
    for number in 0..600 {
        text += &format!("n{number:05}.x{} A 192.0.2.1\n", number % 7);
    }
    let full = load(&text).unwrap().zone;
    let bare = load(HEAD).unwrap().zone;
    let mut shrink = Change::between(&full, &bare).unwrap();
    shrink.set_serial(&full, Serial(8)).unwrap();
    assert_eq!(shrink.len(), 602);
    let shrunk = apply(&full, &shrink).unwrap();
    assert_eq!(shrunk.nodes().count(), 1);
    assert_eq!(shrunk.record_count(), 2);
    let mut grow = Change::between(&shrunk, &full).unwrap();
    grow.set_serial(&shrunk, Serial(9)).unwrap();
    let grown = apply(&shrunk, &grow).unwrap();
    let again = load(&text.replace(" 7 ", " 9 ")).unwrap().zone;
    assert_same(&grown, &again, &mut dice);
    // Name by name, so that pages become empty one after the other.
    let mut zone = grown;
    for number in 0..600 {
        let owner = name(&format!("n{number:05}.x{}.example.", number % 7));
        let record = StoredRecord {
            owner: owner.as_name(),
            rtype: Type::A,
            class: Class::IN,
            ttl: 300,
            data: &[192, 0, 2, 1],
        };
        let mut change = Change::new();
        change.delete(&record).unwrap();
        change.set_serial(&zone, zone.serial().next()).unwrap();
        zone = apply(&zone, &change).unwrap();
    }
    zone.names.assert_sound();
    assert_eq!(zone.nodes().count(), 1);
}

/// One record less or more than the zone of these lines.
fn refusal(lines: &str, gone: &str, come: &str) -> String {
    let zone = load(&format!("{HEAD}{lines}")).unwrap().zone;
    let mut change = Change::new();
    for (text, comes) in [(gone, false), (come, true)] {
        for line in text.lines() {
            let other = load(&format!("{HEAD}{line}\n"))
                .map_or_else(|_| panic!("{line}"), |other| other.zone);
            let node = other.nodes().last().unwrap();
            let set = node.rrsets().last().unwrap();
            let record = StoredRecord {
                owner: node.owner(),
                rtype: set.rtype,
                class: Class::IN,
                ttl: set.ttl,
                data: set.first().unwrap(),
            };
            if comes {
                change.add(&record).unwrap();
            } else {
                change.delete(&record).unwrap();
            }
        }
    }
    change.set_serial(&zone, Serial(8)).unwrap();
    match apply(&zone, &change) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_record() {
    assert_eq!(
        refusal("a A 192.0.2.1\n", "a A 192.0.2.1", "a A 192.0.2.2"),
        ""
    );
    assert_eq!(
        refusal("a A 192.0.2.1\n", "a A 192.0.2.2", ""),
        "a record to delete is not there: a.example. 300 IN A 192.0.2.2"
    );
    assert_eq!(
        refusal("a A 192.0.2.1\n", "", "A A 192.0.2.1"),
        "a record to add is there already: A.example. 300 IN A 192.0.2.1"
    );
    assert_eq!(
        refusal("a A 192.0.2.1\n", "", "a 5 A 192.0.2.2"),
        "the TTL of the RRset is 300: a.example. 5 IN A 192.0.2.2"
    );
    assert_eq!(
        refusal("a A 192.0.2.1\n", "a 5 A 192.0.2.1", ""),
        "the TTL of the RRset is 300: a.example. 5 IN A 192.0.2.1"
    );
    assert_eq!(
        refusal("a A 192.0.2.1\n", "", "a CNAME b"),
        "CNAME beside other data: a.example. has A too"
    );
    let zone = load(HEAD).unwrap().zone;
    let mut change = Change::new();
    change.set_serial(&zone, Serial(8)).unwrap();
    let next = apply(&zone, &change).unwrap();
    assert_eq!(
        apply(&next, &change).unwrap_err().to_string(),
        "the difference starts from serial 7, but the zone has 8"
    );
}

#[test]
fn data_that_cannot_stand_in_a_zone_is_refused() {
    let zone = load(HEAD).unwrap().zone;
    let owner = name("a.example.");
    let elsewhere = name("a.test.");
    let good = StoredRecord {
        owner: owner.as_name(),
        rtype: Type::A,
        class: Class::IN,
        ttl: 300,
        data: &[192, 0, 2, 1],
    };
    for (record, expected) in [
        (
            StoredRecord { data: &[1], ..good },
            "no data of this type: ",
        ),
        (
            StoredRecord {
                rtype: Type::ANY,
                ..good
            },
            "no data of this type: ",
        ),
        (
            StoredRecord {
                rtype: Type::NS,
                data: b"\x01a",
                ..good
            },
            "no data of this type: ",
        ),
        (
            StoredRecord {
                class: Class::CH,
                ..good
            },
            "a record of another class: ",
        ),
        (
            StoredRecord {
                owner: elsewhere.as_name(),
                ..good
            },
            "out-of-zone data: a.test.",
        ),
    ] {
        let mut change = Change::new();
        change.add(&record).unwrap();
        change.set_serial(&zone, Serial(8)).unwrap();
        let error = apply(&zone, &change).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn an_owner_keeps_its_case_while_records_stay() {
    let zone = load(&format!("{HEAD}Alice A 192.0.2.1\n")).unwrap().zone;
    let owner = name("ALICE.example.");
    let record = |number| Owned {
        owner,
        rtype: Type::A,
        ttl: 300,
        data: vec![192, 0, 2, number],
    };
    let mut change = change_of(&[], &[record(2)]);
    change.set_serial(&zone, Serial(8)).unwrap();
    let more = apply(&zone, &change).unwrap();
    let shown = |zone: &Zone| zone.get(&owner.as_name()).unwrap().owner().to_string();
    assert_eq!(shown(&more), "Alice.example.");
    let mut change = change_of(&[record(1), record(2)], &[record(3)]);
    change.set_serial(&more, Serial(9)).unwrap();
    assert_eq!(shown(&apply(&more, &change).unwrap()), "ALICE.example.");
}

#[test]
fn a_change_cancels_out() {
    let a = Owned {
        owner: name("a.example."),
        rtype: Type::A,
        ttl: 300,
        data: vec![192, 0, 2, 1],
    };
    let mut change = change_of(&[], std::slice::from_ref(&a));
    change.delete(&a.stored()).unwrap();
    assert!(change.is_empty() && change.octets() == 0);
    change.delete(&a.stored()).unwrap();
    change.add(&a.stored()).unwrap();
    assert!(change.is_empty() && change.octets() == 0);
    // Another TTL is another record.
    change.delete(&a.stored()).unwrap();
    let slow = Owned { ttl: 900, ..a };
    change.add(&slow.stored()).unwrap();
    assert_eq!(change.len(), 2);
    change.delete(&slow.stored()).unwrap();
    assert_eq!(change.len(), 1);
    assert!(change.difference(&mut Vec::new()).is_err(), "no SOA record");
}

#[test]
fn serials_are_set_in_what_was_added() {
    let zone = load(HEAD).unwrap().zone;
    let mut change = Change::new();
    let mut other = soa(3);
    other.ttl = 77;
    change.add(&other.stored()).unwrap();
    change.set_serial(&zone, Serial(9)).unwrap();
    change.set_serial(&zone, Serial(10)).unwrap();
    let next = apply(&zone, &change).unwrap();
    let set = next.get(&next.apex()).unwrap().rrset(Type::SOA).unwrap();
    assert_eq!((next.serial(), set.ttl), (Serial(10), 77));
    change.set_serial(&zone, Serial(7)).unwrap();
    assert_eq!(change.added().count(), 1);
}

#[test]
fn marks_of_what_is_below_follow_a_cut() {
    let zone = load(&format!(
        "{HEAD}x.a A 192.0.2.1\ny.x.a A 192.0.2.1\na NS ns1\n"
    ))
    .unwrap()
    .zone;
    let marks = |zone: &Zone, of: &str| zone.get(&name(of).as_name()).unwrap().marks();
    assert_eq!(marks(&zone, "x.a.example."), Marks::OCCLUDED);
    let cut = Owned {
        owner: name("a.example."),
        rtype: Type::NS,
        ttl: 300,
        data: name("ns1.example.").as_bytes().to_vec(),
    };
    let mut change = change_of(std::slice::from_ref(&cut), &[]);
    change.set_serial(&zone, Serial(8)).unwrap();
    let open = apply(&zone, &change).unwrap();
    assert_eq!(marks(&open, "a.example."), Marks::NONE);
    assert_eq!(marks(&open, "y.x.a.example."), Marks::NONE);
}

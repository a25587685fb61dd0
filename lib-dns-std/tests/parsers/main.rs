//! The same octets read by us and by `domain`, `hickory-proto` and `simple-dns`.
//!
//! Thousands of messages are made from a fixed seed (`generator.rs`), valid ones and mutated ones. For
//! each, all libraries must agree on whether it is a message at all, and then on every name, type, class,
//! TTL and octet of data. What they may disagree on stands in `differences.rs`, each with its reason;
//! anything else fails.

mod content;
#[path = "../seeded/dice.rs"]
mod dice;
mod differences;
mod generator;
mod ours;
mod parts;
mod theirs;

use content::{Content, Record, Refusal};
use dice::Dice;
use differences::{ACCEPTED, Case, What};
use std::collections::BTreeMap;

const VALID: usize = 4_000;
const MUTATED: usize = 20_000;

/// Data, with its type, of listed differences that faults seldom make of what is valid.
const RARE: &[(u16, &[u8])] = &[
    // TXT without a string, and HINFO without octets.
    (16, &[]),
    (13, &[]),
    // An X25 address that goes on behind its data.
    (19, &[9, b'a']),
    // A client subnet of one octet.
    (41, &[0, 8, 0, 1, 0]),
    // An NSAP address of 3 octets, and a digest of a zone of 2.
    (22, &[0x47, 0, 5]),
    (63, &[0, 0, 0, 1, 1, 1, 0xab, 0xcd]),
    // An ech value whose inner length is 9 and not 1.
    (65, &[0, 1, 0, 0, 5, 0, 3, 0, 9, 0xff]),
];

#[test]
fn valid_messages_read_alike() {
    let mut random = Dice(0x1035);
    let mut judge = Judge::default();
    for index in 0..VALID {
        let message = generator::message(&mut random);
        let ours = ours::read(&message);
        assert!(
            ours.is_ok(),
            "message {index} is refused: {ours:?}\n{message:02x?}"
        );
        judge.compare(&message, &ours);
    }
    judge.finish();
}

#[test]
fn mutated_messages_read_alike_but_for_the_listed_differences() {
    let mut random = Dice(0x2181);
    let mut judge = Judge::default();
    let mut accepted = 0;
    for _ in 0..MUTATED {
        let mut message = generator::message(&mut random);
        generator::mutate(&mut message, &mut random);
        let ours = ours::read(&message);
        accepted += usize::from(ours.is_ok());
        judge.compare(&message, &ours);
    }
    println!("{accepted} of {MUTATED} accepted");
    for (rtype, data) in RARE {
        // With another one behind it.
        let [record, next] = [(*rtype, *data), (1, &[192, 0, 2, 1])].map(|(rtype, data)| Record {
            section: 2,
            owner: vec![0],
            rtype,
            class: 1,
            ttl: 60,
            data: data.to_vec(),
        });
        let records = [&record, &next].map(parts::Item::Record);
        let message = parts::message(&[0, 1, 0x84, 0], &records);
        judge.compare(&message, &ours::read(&message));
    }
    assert!((MUTATED / 10..MUTATED * 9 / 10).contains(&accepted));
    let mut idle = Vec::new();
    for (difference, count) in ACCEPTED.iter().zip(judge.listed) {
        println!(
            "{count:6} {}: {}",
            difference.peers.join(", "),
            difference.reason
        );
        idle.extend((count == 0).then_some(difference.reason));
    }
    assert_eq!(idle, [""; 0], "differences that are met no more");
    judge.finish();
}

/// Counts the differences that are listed, and keeps an example of each kind that is not.
#[derive(Default)]
struct Judge {
    listed: [usize; ACCEPTED.len()],
    others: BTreeMap<String, (usize, String)>,
}

impl Judge {
    fn compare(&mut self, message: &[u8], ours: &Result<Content, Refusal>) {
        for (peer, read) in theirs::PEERS {
            for what in differences::between(ours, read(message)) {
                let case = Case { peer, what };
                let listed = match &case.what {
                    What::TheyRefuse(_, content) => {
                        differences::why_refused((peer, read), message, content)
                    }
                    _ => ACCEPTED.iter().position(|one| one.covers(&case)),
                };
                match listed {
                    Some(index) => self.listed[index] += 1,
                    None => {
                        let example = || (0, format!("{case}\n{message:02x?}"));
                        self.others.entry(case.kind()).or_insert_with(example).0 += 1;
                    }
                }
            }
        }
    }

    fn finish(&self) {
        for (kind, (count, example)) in &self.others {
            println!("{count:6} {kind}\n{example}\n");
        }
        assert!(self.others.is_empty(), "{:#?}", self.others.keys());
    }
}

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
mod theirs;

use content::{Content, Refusal};
use dice::Dice;
use differences::{ACCEPTED, Case};
use std::collections::BTreeMap;

const VALID: usize = 4_000;
const MUTATED: usize = 20_000;

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
    assert!((MUTATED / 10..MUTATED * 9 / 10).contains(&accepted));
    for (difference, count) in ACCEPTED.iter().zip(judge.listed) {
        println!(
            "{count:6} {}: {}",
            difference.peers.join(", "),
            difference.reason
        );
    }
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
                match ACCEPTED
                    .iter()
                    .position(|difference| difference.covers(&case))
                {
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

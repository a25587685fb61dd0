//! The parts of a message, put together again without some of them: so it is seen which of them a peer refuses.

use crate::content::{Content, Question, Record};

/// A part of a message that can be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item<'c> {
    Question(&'c Question),
    Record(&'c Record),
    /// The OPT record of a message that has an option whose value is none of its kind.
    BadOptions(&'c Record),
}

/// All parts; other OPT records than those with bad options are records like others here.
pub(crate) fn of(content: &Content) -> Vec<Item<'_>> {
    let questions = content.questions.iter().map(Item::Question);
    let opt = content.opt.iter().map(|record| match content.bad_option {
        true => Item::BadOptions(record),
        false => Item::Record(record),
    });
    let records = content.records.iter().map(Item::Record);
    let mut all: Vec<Item<'_>> = questions.chain(records).chain(opt).collect();
    all.sort_by_key(Item::section);
    all
}

impl Item<'_> {
    /// Questions come before the sections of records.
    fn section(&self) -> u8 {
        match self {
            Item::Question(_) => 0,
            Item::Record(record) | Item::BadOptions(record) => 1 + record.section,
        }
    }
}

/// A message of these parts, in the order of their sections, without compression, under the id and the flags of
/// another one.
pub(crate) fn message(of: &[u8], items: &[Item<'_>]) -> Vec<u8> {
    let mut octets = of[..4].to_vec();
    for section in 0..4 {
        let count = items.iter().filter(|item| item.section() == section);
        octets.extend((count.count() as u16).to_be_bytes());
    }
    for item in items {
        match item {
            Item::Question((name, qtype, qclass)) => {
                octets.extend(name);
                octets.extend(qtype.to_be_bytes());
                octets.extend(qclass.to_be_bytes());
            }
            Item::Record(record) | Item::BadOptions(record) => {
                octets.extend(&record.owner);
                octets.extend(record.rtype.to_be_bytes());
                octets.extend(record.class.to_be_bytes());
                octets.extend(record.ttl.to_be_bytes());
                octets.extend((record.data.len() as u16).to_be_bytes());
                octets.extend(&record.data);
            }
        }
    }
    octets
}

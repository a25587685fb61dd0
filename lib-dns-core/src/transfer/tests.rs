//! Zones and histories at random, and what reads an answer again.

mod consumer;
mod notify;
mod producer;
mod refresh;
mod round_trips;

use super::{
    COMPRESSION_SLOTS, Consumer, ConsumerError, Differences, Envelope, Event, Limits, Producer,
    Style, TransferRequest, Wanted,
};
use crate::answer::Transport;
use crate::code_points::Class;
use crate::messages::Message;
use crate::name::NameBuf;
use crate::rr_data::Type;
use crate::wire::{Form, Writer};
use crate::zone::{Difference, Serial, StoredRecord};
use std::format;
use std::vec;
use std::vec::Vec;

const ID: u16 = 4711;

/// A record that owns its parts.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Owned {
    owner: NameBuf,
    rtype: Type,
    ttl: u32,
    data: Vec<u8>,
}

impl Owned {
    fn new(owner: &str, rtype: Type, data: &[u8]) -> Self {
        Self {
            owner: NameBuf::from_text(owner).unwrap(),
            rtype,
            ttl: 300,
            data: data.to_vec(),
        }
    }

    fn soa(serial: u32) -> Self {
        let mut data = b"\x03ns1\x07example\0\x05admin\x07example\0".to_vec();
        data.extend(serial.to_be_bytes());
        data.extend([0; 16]);
        Self::new("example.", Type::SOA, &data)
    }

    fn of(record: &StoredRecord<'_>) -> Self {
        Self {
            owner: record.owner.into(),
            rtype: record.rtype,
            ttl: record.ttl,
            data: record.data.to_vec(),
        }
    }

    fn stored(&self) -> StoredRecord<'_> {
        StoredRecord {
            owner: self.owner.as_name(),
            rtype: self.rtype,
            class: Class::IN,
            ttl: self.ttl,
            data: &self.data,
        }
    }
}

fn apex() -> NameBuf {
    NameBuf::from_text("example.").unwrap()
}

fn packed(records: &[Owned]) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut buffer = vec![0; 70_000];
    for record in records {
        let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
        record.stored().write(&mut writer).unwrap();
        octets.extend_from_slice(writer.written());
    }
    octets
}

/// SplitMix64 from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    /// A record somewhere in the zone; names in its data can often be compressed.
    fn record(&mut self) -> Owned {
        let owner = match self.below(4) {
            0 => "example.".into(),
            1 => format!("n{}.example.", self.below(20)),
            2 => format!("Deep.n{}.example.", self.below(20)),
            _ => format!("*.x{}.sub.example.", self.below(300)),
        };
        let target = format!("n{}.sub.example.", self.below(50));
        let target = NameBuf::from_text(&target).unwrap();
        let number = self.roll().to_be_bytes();
        let (rtype, data) = match self.below(7) {
            0 => (Type::A, number[..4].to_vec()),
            1 => (Type::NS, target.as_bytes().to_vec()),
            2 => (Type::MX, [&[0, 10], target.as_bytes()].concat()),
            3 => (Type::SRV, [&number[..6], target.as_bytes()].concat()),
            4 => (Type(65_400), vec![number[0]; self.below(400)]),
            5 => (Type::RP, [target.as_bytes(), &[0]].concat()),
            _ => (Type::TXT, [&[8], &number[..]].concat()),
        };
        Owned {
            ttl: self.below(1000) as u32,
            ..Owned::new(&owner, rtype, &data)
        }
    }

    fn records(&mut self, most: usize) -> Vec<Owned> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.record()).collect()
    }

    /// The octets of a difference.
    fn difference(&mut self, from: u32, to: u32, most: usize) -> Vec<u8> {
        let deleted = self.records(most);
        let added = self.records(most);
        packed(&[&[Owned::soa(from)][..], &deleted, &[Owned::soa(to)], &added].concat())
    }
}

/// The messages of an answer.
fn messages<'z>(
    mut producer: Producer<'z, impl Iterator<Item = StoredRecord<'z>>>,
    wanted: Wanted,
    limit: usize,
) -> Vec<Vec<u8>> {
    let mut query = [0; 128];
    let zone = apex();
    let query = TransferRequest::write(&mut query, ID, &zone.as_name(), Class::IN, wanted).unwrap();
    let request = TransferRequest::read(&Message::from_bytes(query).unwrap());
    let request = request.unwrap().unwrap();
    let envelope = Envelope::answering(&request).with_limit(limit);
    let mut messages = Vec::new();
    let mut buffer = vec![0; 65_535];
    while let Some(message) = producer
        .next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)
        .unwrap()
    {
        assert!(message.len() <= limit);
        messages.push(message.to_vec());
    }
    assert!(producer.is_finished());
    messages
}

fn whole(soa: &Owned, records: &[Owned], wanted: Wanted, limit: usize) -> Vec<Vec<u8>> {
    let records = records.iter().map(Owned::stored);
    messages(Producer::whole(soa.stored(), records), wanted, limit)
}

fn incremental(octets: &[Vec<u8>], from: u32, limit: usize) -> Vec<Vec<u8>> {
    let differences = octets
        .iter()
        .map(|octets| Difference::from_bytes(octets).unwrap());
    let to = differences.clone().next_back().unwrap();
    let records = Differences::between(Serial(from), to.to_serial(), differences).unwrap();
    let producer = Producer::incremental(to.new_soa(), records);
    messages(producer, Wanted::Since(Serial(from)), limit)
}

/// All that an answer brought.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Taken {
    style: Style,
    records: Vec<Owned>,
    /// Each packed as a difference is.
    differences: Vec<Vec<u8>>,
    serial: Serial,
}

fn consumer(wanted: Wanted, transport: Transport, limits: Limits) -> Consumer {
    Consumer::new(&apex().as_name(), Class::IN, ID, wanted, transport, limits)
}

/// Takes messages, up to the end of all that there are.
fn take(
    messages: &[impl AsRef<[u8]>],
    wanted: Wanted,
    transport: Transport,
    limits: Limits,
) -> Result<Taken, ConsumerError> {
    let mut consumer = consumer(wanted, transport, limits);
    let mut taken = Taken {
        style: Style::UpToDate,
        records: Vec::new(),
        differences: Vec::new(),
        serial: Serial(0),
    };
    let mut scratch = vec![0; 66_000];
    for message in messages {
        let mut events = consumer.message(message.as_ref(), &mut scratch)?;
        while let Some(event) = events.next()? {
            match event {
                Event::Begin(style) => taken.style = style,
                Event::Record(record) => taken.records.push(Owned::of(&record)),
                Event::OldSoa(record) => taken.differences.push(packed(&[Owned::of(&record)])),
                Event::Delete(record) | Event::NewSoa(record) | Event::Add(record) => {
                    let last = taken.differences.last_mut().unwrap();
                    last.extend(packed(&[Owned::of(&record)]));
                }
                Event::Done(serial) => taken.serial = serial,
            }
        }
    }
    consumer.end()?;
    Ok(taken)
}

fn take_stream(messages: &[impl AsRef<[u8]>], wanted: Wanted) -> Result<Taken, ConsumerError> {
    take(messages, wanted, Transport::Stream, Limits::default())
}

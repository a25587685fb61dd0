//! Answers to AXFR and IXFR: what the consumer takes must hang together, and what a producer writes of it must
//! be taken as the same again. What is cut off is never taken.
//!
//! An input is an octet that says what was asked and how, and messages behind their lengths, as on a stream. The
//! serial that we have is always [`OURS`].

use lib_dns_core::answer::Transport;
use lib_dns_core::code_points::Class;
use lib_dns_core::messages::{Flags, MessageBuilder, Section, split_frame};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RData, Type};
use lib_dns_core::transfer::{
    COMPRESSION_SLOTS, Consumer, ConsumerError, Differences, Envelope, Event, Limits, Producer,
    ProducerError, Style, Wanted,
};
use lib_dns_core::wire::{Form, Reader, Writer};
use lib_dns_core::zone::{Difference, Serial, StoredRecord, StoredRecords};

/// The version that we have.
pub const OURS: Serial = Serial(5);
/// The id of the request.
const ID: u16 = 0x1234;
/// More than these are not of use to a fuzzer.
const LIMITS: Limits = Limits {
    records: 10_000,
    octets: 4 << 20,
};

fn zone() -> NameBuf {
    NameBuf::from_text("a.example.").unwrap_or_default()
}

/// What an answer brought.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Taken {
    style: Style,
    serial: Serial,
    /// The records of the whole zone, or each difference, in plain form.
    octets: Vec<Vec<u8>>,
}

/// Runs the target.
pub fn run(input: &[u8]) {
    let Some((mode, mut rest)) = input.split_first() else {
        return;
    };
    let wanted = match mode & 1 {
        0 => Wanted::Whole,
        _ => Wanted::Since(OURS),
    };
    let transport = match mode & 2 {
        0 => Transport::Stream,
        _ => Transport::Udp,
    };
    let mut messages = Vec::new();
    while let Some((message, after)) = split_frame(rest) {
        messages.push(message);
        rest = after;
    }
    let Ok(taken) = take(&messages, wanted, transport) else {
        return;
    };
    check(&taken, wanted);
    produce_again(&taken, wanted);
}

/// Takes an answer; fails if it is not whole.
fn take(
    messages: &[impl AsRef<[u8]>],
    wanted: Wanted,
    transport: Transport,
) -> Result<Taken, ConsumerError> {
    let zone = zone();
    let mut consumer = Consumer::new(&zone.as_name(), Class::IN, ID, wanted, transport, LIMITS);
    let mut scratch = vec![0; 66_000];
    let mut taken = Taken {
        style: Style::UpToDate,
        serial: Serial(0),
        octets: Vec::new(),
    };
    let mut events_before = 0;
    for message in messages {
        let mut events = consumer.message(message.as_ref(), &mut scratch)?;
        while let Some(event) = events.next()? {
            let record = match event {
                Event::Begin(style) => {
                    assert_eq!(events_before, 0, "the style is told first");
                    taken.style = style;
                    if style == Style::Whole {
                        taken.octets.push(Vec::new());
                    }
                    None
                }
                Event::Done(serial) => {
                    taken.serial = serial;
                    None
                }
                Event::OldSoa(record) => {
                    taken.octets.push(Vec::new());
                    Some(record)
                }
                Event::Record(record)
                | Event::Delete(record)
                | Event::NewSoa(record)
                | Event::Add(record) => Some(record),
            };
            if let (Some(record), Some(octets)) = (record, taken.octets.last_mut()) {
                assert!(record.owner.is_at_or_below(&zone.as_name()));
                assert_eq!(record.class, Class::IN);
                record.append_to(octets).unwrap();
            }
            events_before += 1;
        }
    }
    consumer.end()?;
    Ok(taken)
}

/// What was taken hangs together.
fn check(taken: &Taken, wanted: Wanted) {
    match taken.style {
        Style::UpToDate => {
            assert!(taken.octets.is_empty());
            assert!(!taken.serial.is_newer_than(OURS));
            assert_ne!(wanted, Wanted::Whole);
        }
        Style::Whole => {
            let records = StoredRecords::from_bytes(&taken.octets[0]).unwrap();
            let soa = records.iter().map(|record| record.soa_serial());
            let soa = soa.collect::<Vec<_>>();
            assert_eq!(soa[0], Some(taken.serial));
            assert!(soa[1..].iter().all(Option::is_none));
            for record in records.iter() {
                let mut data = Reader::new(record.data);
                RData::read(record.class, record.rtype, &mut data).unwrap();
            }
        }
        Style::Incremental => {
            let differences = differences(taken);
            Differences::between(OURS, taken.serial, differences.into_iter()).unwrap();
        }
    }
}

fn differences(taken: &Taken) -> Vec<Difference<'_>> {
    let differences = taken.octets.iter();
    differences
        .map(|octets| Difference::from_bytes(octets).unwrap())
        .collect()
}

/// What is produced of it is taken as the same, and never without its end.
fn produce_again(taken: &Taken, wanted: Wanted) {
    let produced = match taken.style {
        Style::UpToDate => return,
        Style::Whole => {
            let records = StoredRecords::from_bytes(&taken.octets[0]).unwrap();
            let soa = records.iter().next().unwrap();
            produce(Producer::whole(soa, records.iter()), wanted)
        }
        Style::Incremental => {
            let differences = differences(taken);
            let soa = differences.last().unwrap().new_soa();
            let differences = differences.into_iter();
            let records = Differences::between(OURS, taken.serial, differences).unwrap();
            produce(Producer::incremental(soa, records), wanted)
        }
    };
    // A record that filled a message by itself need not fit beside a question.
    let Ok(messages) = produced else {
        return;
    };
    let again = take(&messages, wanted, Transport::Stream).unwrap();
    assert_eq!(again, *taken);
    let cut = take(&messages[..messages.len() - 1], wanted, Transport::Stream);
    assert_eq!(cut, Err(ConsumerError::CutOff));
}

fn produce<'z>(
    mut producer: Producer<'z, impl Iterator<Item = StoredRecord<'z>>>,
    wanted: Wanted,
) -> Result<Vec<Vec<u8>>, ProducerError> {
    let zone = zone();
    let envelope = Envelope {
        expire: None,
        id: ID,
        flags: Flags::default()
            .with_response(true)
            .with_authoritative(true),
        zone: zone.as_name(),
        qtype: wanted.qtype(),
        qclass: Class::IN,
        edns: None,
        limit: 65_535,
        reserve: 0,
    };
    let mut messages = Vec::new();
    let mut buffer = vec![0; 65_535];
    while let Some(message) = producer.next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)? {
        messages.push(message.to_vec());
    }
    Ok(messages)
}

/// A record of the apex, for seeds.
type Sample = (Type, Vec<u8>);

fn record(rtype: Type, data: &[u8]) -> Sample {
    (rtype, data.to_vec())
}

fn soa(serial: u8) -> Sample {
    let mut data = vec![0; 22];
    data[5] = serial;
    record(Type::SOA, &data)
}

fn packed(records: &[Sample]) -> Vec<u8> {
    let zone = zone();
    let mut buffer = vec![0; 4096];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    for (rtype, data) in records {
        let record = StoredRecord {
            owner: zone.as_name(),
            rtype: *rtype,
            class: Class::IN,
            ttl: 60,
            data,
        };
        record.write(&mut writer).unwrap();
    }
    writer.written().to_vec()
}

/// Answers of each kind, some of which are wrong.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mx = record(Type::MX, b"\0\x0a\x04mail\x01a\x07example\0");
    let address = |last| record(Type::A, &[10, 0, 0, last]);
    let text = record(Type::TXT, &[&[200][..], &[b'x'; 200]].concat());
    let many = std::iter::repeat_n(text, 12).collect::<Vec<_>>();
    let whole = [&[soa(9), mx.clone(), address(1)][..], &many, &[soa(9)]].concat();
    let history = [
        soa(9),
        soa(5),
        address(1),
        soa(7),
        mx,
        address(2),
        soa(7),
        soa(9),
        address(3),
        soa(9),
    ];
    let seeds: [(&str, u8, &[Sample]); 9] = [
        ("axfr", 0, &whole),
        ("axfr-to-ixfr", 1, &whole),
        ("ixfr", 1, &history),
        ("ixfr-udp", 3, &history),
        ("up-to-date", 1, &[soa(5)]),
        ("udp-too-long", 3, &[soa(9)]),
        ("axfr-cut", 0, &whole[..10]),
        ("axfr-trailing", 0, &[soa(9), soa(9), address(1)]),
        (
            "ixfr-gap",
            1,
            &[soa(9), soa(5), soa(6), soa(7), soa(9), soa(9)],
        ),
    ];
    seeds
        .into_iter()
        .map(|(name, mode, records)| (name, framed(mode, records)))
        .collect()
}

/// An input of one or more messages with these records.
fn framed(mode: u8, records: &[Sample]) -> Vec<u8> {
    let octets = packed(records);
    let stored = StoredRecords::from_bytes(&octets).unwrap();
    let mut input = vec![mode];
    for piece in stored.iter().collect::<Vec<_>>().chunks(8) {
        let mut buffer = vec![0; 65_535];
        let flags = Flags::default().with_response(true);
        let builder = MessageBuilder::<COMPRESSION_SLOTS>::new(&mut buffer, ID, flags);
        let mut builder = builder.unwrap();
        for record in piece {
            let StoredRecord {
                owner,
                rtype,
                class,
                ttl,
                data,
            } = *record;
            builder
                .stored_record(Section::Answer, &owner, rtype, class, ttl, data)
                .unwrap();
        }
        let answer = builder.finish();
        input.extend((answer.len() as u16).to_be_bytes());
        input.extend_from_slice(answer);
    }
    input
}

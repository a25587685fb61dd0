//! Messages read, written and read again: every name, type, class, TTL and octet of data stays as it was,
//! and what was written once is written the same again.
//!
//! The id of a message is also taken as a limit, to see that what does not fit leaves no trace.

use lib_dns_core::code_points::Class;
use lib_dns_core::messages::{Checked, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{RData, Type, WriteData};
use lib_dns_core::wire::{Form, WriteError, Writer};

/// How data is given to the builder.
#[derive(Clone, Copy, Debug)]
enum By {
    /// In typed form.
    Value,
    /// As a zone stores it: octets without compression.
    Stored,
}

/// Runs the target.
pub fn run(octets: &[u8]) {
    let Ok(message) = Message::from_bytes(octets) else {
        return;
    };
    let Ok(checked) = message.check() else {
        return;
    };
    for by in [By::Value, By::Stored] {
        check(&checked, by);
    }
}

fn check(checked: &Checked<'_>, by: By) {
    let mut room = vec![0; 65_535];
    // Names that the sender compressed and we may not can make the message too long.
    let Ok(written) = rebuild(checked, by, &mut room, usize::MAX) else {
        return;
    };
    let again = Message::from_bytes(written).unwrap().check().unwrap();
    let all = content(checked);
    assert_eq!(all, content(&again));

    let mut second_room = vec![0; 65_535];
    let written_again = rebuild(&again, by, &mut second_room, usize::MAX).unwrap();
    assert_eq!(written, written_again);

    let limit = usize::from(checked.message().id()).max(12);
    let cut = match rebuild(checked, by, &mut second_room, limit) {
        Ok(cut) | Err(cut) => cut,
    };
    assert!(cut.len() <= limit);
    let cut = Message::from_bytes(cut).unwrap().check().unwrap();
    assert!(all.records.starts_with(&content(&cut).records));
}

/// Everything in a message, names and data without compression.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    id: u16,
    flags: u16,
    questions: Vec<(NameBuf, Vec<u8>, Type, Class)>,
    records: Vec<Record>,
}

#[derive(Debug, PartialEq, Eq)]
struct Record {
    section: Section,
    /// In wire form, since names are equal in any case.
    owner: Vec<u8>,
    rtype: Type,
    class: Class,
    ttl: u32,
    data: Vec<u8>,
}

fn content(checked: &Checked<'_>) -> Content {
    let message = checked.message();
    let questions = checked.questions().map(|question| {
        (
            NameBuf::from(question.name),
            wire(&question.name),
            question.qtype,
            question.qclass,
        )
    });
    let records = Section::ALL.into_iter().flat_map(|section| {
        checked.section(section).map(move |(record, data)| Record {
            section,
            owner: wire(&record.owner()),
            rtype: record.rtype(),
            class: record.class(),
            ttl: record.raw_ttl(),
            data: plain(&data),
        })
    });
    Content {
        id: message.id(),
        flags: message.flags().0,
        questions: questions.collect(),
        records: records.collect(),
    }
}

fn wire(name: &Name<'_>) -> Vec<u8> {
    NameBuf::from(*name).as_bytes().to_vec()
}

/// Data without compression, case kept.
pub fn plain(data: &RData<'_>) -> Vec<u8> {
    // Names in data may be compressed many times over: 255 octets from 2.
    let mut buffer = vec![0; 1 << 17];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    data.write(&mut writer).unwrap();
    writer.written().to_vec()
}

/// Writes the message anew; what was written before there was no more room is handed out as the error.
fn rebuild<'b>(
    checked: &Checked<'_>,
    by: By,
    buffer: &'b mut [u8],
    limit: usize,
) -> Result<&'b [u8], &'b [u8]> {
    let message = checked.message();
    let mut builder = MessageBuilder::<24>::new(buffer, message.id(), message.flags()).unwrap();
    builder.set_limit(limit);
    match write(checked, by, &mut builder) {
        Ok(()) => Ok(builder.finish()),
        Err(WriteError::NoRoom) => Err(builder.finish()),
        Err(error) => panic!("{error}"),
    }
}

fn write<const N: usize>(
    checked: &Checked<'_>,
    by: By,
    builder: &mut MessageBuilder<'_, N>,
) -> Result<(), WriteError> {
    for question in checked.questions() {
        builder.question(&question.name, question.qtype, question.qclass)?;
    }
    for section in Section::ALL {
        for (record, data) in checked.section(section) {
            let (owner, class, ttl) = (record.owner(), record.class(), record.raw_ttl());
            match by {
                By::Value => builder.record(section, &owner, class, ttl, &data)?,
                By::Stored => {
                    let stored = plain(&data);
                    builder.stored_record(section, &owner, record.rtype(), class, ttl, &stored)?;
                }
            }
        }
    }
    Ok(())
}

//! The message as we read it.

use crate::content::{Content, OPT, Record, Refusal};
use lib_dns_core::messages::{Message, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{RData, WriteData};
use lib_dns_core::wire::{Form, WireError, Writer};

pub(crate) fn read(octets: &[u8]) -> Result<Content, Refusal> {
    let outside = |error: WireError| Refusal {
        error,
        rtype: None,
        empty: false,
    };
    let message = Message::from_bytes(octets).map_err(outside)?;
    let mut content = Content::default();
    for question in message.questions() {
        let question = question.map_err(outside)?;
        let (qtype, qclass) = (question.qtype.0, question.qclass.0);
        content.questions.push((wire(question.name), qtype, qclass));
    }
    for (number, section) in (0u8..).zip(Section::ALL) {
        for record in message.section(section) {
            let record = record.map_err(outside)?;
            let inside = |error: WireError| Refusal {
                error,
                rtype: Some(record.rtype().0),
                empty: record.data_octets().is_empty(),
            };
            let data = record.data().map_err(inside)?;
            let list = match record.rtype().0 {
                OPT => &mut content.opt,
                _ => &mut content.records,
            };
            list.push(Record {
                section: number,
                owner: wire(record.owner()),
                rtype: record.rtype().0,
                class: record.class().0,
                ttl: record.raw_ttl(),
                data: plain(&data),
            });
        }
    }
    let edns = message.edns();
    // The peers that read options refuse a message for one that is bad; we leave it to who looks at it.
    content.bad_option =
        edns.is_some_and(|edns| edns.options().any(|option| option.read().is_err()));
    Ok(content)
}

fn wire(name: Name<'_>) -> Vec<u8> {
    NameBuf::from(name).as_bytes().to_vec()
}

fn plain(data: &RData<'_>) -> Vec<u8> {
    let mut buffer = vec![0; 70_000];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    data.write(&mut writer).unwrap();
    writer.written().to_vec()
}

//! The message as the peers read it.

use crate::content::{Content, OPT, Record};

/// Reads a message, or says why it is none.
pub(crate) type Read = fn(&[u8]) -> Result<Content, String>;

pub(crate) const PEERS: [(&str, Read); 3] = [
    ("domain", domain),
    ("hickory-proto", hickory),
    ("simple-dns", simple_dns),
];

fn domain(message: &[u8]) -> Result<Content, String> {
    use domain::base::iana::Rtype;
    use domain::base::name::ParsedName;
    use domain::base::rdata::ComposeRecordData;
    use domain::base::{Message, ToName};
    use domain::rdata::AllRecordData;

    let wire = |name: &ParsedName<&[u8]>| name.to_vec().as_slice().to_vec();
    let message = Message::from_slice(message).map_err(|error| error.to_string())?;
    let mut content = Content::default();
    let mut questions = message.question();
    for question in questions.by_ref() {
        let question = question.map_err(|error| error.to_string())?;
        let (rtype, class) = (question.qtype().to_int(), question.qclass().to_int());
        content
            .questions
            .push((wire(question.qname()), rtype, class));
    }
    let mut section = questions.answer().map_err(|error| error.to_string())?;
    for number in 0.. {
        for record in section.by_ref() {
            let record = record.map_err(|error| error.to_string())?;
            let record = record
                .into_any_record::<AllRecordData<_, ParsedName<_>>>()
                .map_err(|error| error.to_string())?;
            if record.rtype() == Rtype::OPT {
                continue;
            }
            let mut data = Vec::new();
            record.data().compose_rdata(&mut data).unwrap();
            content.records.push(Record {
                section: number,
                owner: wire(record.owner()),
                rtype: record.rtype().to_int(),
                class: record.class().to_int(),
                ttl: record.ttl().as_secs(),
                data,
            });
        }
        match section.next_section().map_err(|error| error.to_string())? {
            Some(next) => section = next,
            None => break,
        }
    }
    Ok(content)
}

fn hickory(message: &[u8]) -> Result<Content, String> {
    use hickory_proto::op::Message;
    use hickory_proto::rr::{Name, RData};
    use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};

    let wire = |name: &Name| wire_form(name.iter());
    let plain = |data: &RData| {
        let mut octets = Vec::new();
        let mut encoder = BinEncoder::new(&mut octets);
        encoder.set_name_encoding(NameEncoding::Uncompressed);
        data.emit(&mut encoder)
            .map(|()| octets)
            .map_err(|error| error.to_string())
    };
    let message = Message::from_vec(message).map_err(|error| error.to_string())?;
    let mut content = Content::default();
    for query in &message.queries {
        let (rtype, class) = (query.query_type.into(), query.query_class.into());
        content.questions.push((wire(&query.name), rtype, class));
    }
    let sections = [&message.answers, &message.authorities, &message.additionals];
    for (section, records) in (0u8..).zip(sections) {
        for record in records {
            content.records.push(Record {
                section,
                owner: wire(&record.name),
                rtype: record.record_type().into(),
                class: record.dns_class.into(),
                ttl: record.ttl,
                data: plain(&record.data)?,
            });
        }
    }
    Ok(content)
}

fn simple_dns(message: &[u8]) -> Result<Content, String> {
    use simple_dns::{Name, Packet};

    let wire = |name: &Name<'_>| wire_form(name.as_bytes());
    let packet = Packet::parse(message).map_err(|error| error.to_string())?;
    let mut content = Content::default();
    for question in &packet.questions {
        let (rtype, class): (u16, u16) = (question.qtype.into(), question.qclass.into());
        let unicast = u16::from(question.unicast_response) << 15;
        content
            .questions
            .push((wire(&question.qname), rtype, class | unicast));
    }
    let sections = [
        &packet.answers,
        &packet.name_servers,
        &packet.additional_records,
    ];
    for (section, records) in (0u8..).zip(sections) {
        for record in records {
            // Data is written only as part of a packet: after a header, the owner and ten octets.
            let mut alone = Packet::new_query(0);
            alone.answers.push(record.clone());
            let octets = alone.build_bytes_vec().map_err(|error| error.to_string())?;
            let owner = wire(&record.name);
            let fixed = &octets[12 + owner.len()..];
            let rtype = u16::from_be_bytes([fixed[0], fixed[1]]);
            if rtype == OPT {
                continue;
            }
            content.records.push(Record {
                section,
                rtype,
                class: u16::from_be_bytes([fixed[2], fixed[3]]),
                ttl: record.ttl,
                data: fixed[10..].to_vec(),
                owner,
            });
        }
    }
    Ok(content)
}

fn wire_form<'l>(labels: impl Iterator<Item = &'l [u8]>) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in labels {
        wire.push(label.len() as u8);
        wire.extend(label);
    }
    wire.push(0);
    wire
}

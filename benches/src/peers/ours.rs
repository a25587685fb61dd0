//! `lib-dns-core`: the library that the others are compared with.

use lib_dns_core::code_points::Class;
use lib_dns_core::messages::options::Cookie;
use lib_dns_core::messages::{
    Edns, EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, Record, Section,
};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{A, Cname, Ns, RData, Type};

use lib_dns_core::zone::{Scanner, Step};
use std::hint::black_box;

use super::{Build, Peer};
use crate::content::{self, Entry, EntryData};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: super::OURS,
    parse,
    prepare_build,
    scan: Some(scan),
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let message = Message::from_bytes(octets)?;
    for question in message.questions() {
        work.question();
        walk(question?.name, &mut work);
    }
    for record in message.records() {
        let record = record?;
        walk(record.owner(), &mut work);
        // The message reads OPT by itself, apart from the others.
        if record.rtype() != Type::OPT {
            read(&record, &mut work)?;
        }
    }
    if let Some(edns) = message.edns() {
        read_edns(&edns, &mut work)?;
    }
    Ok(work)
}

fn walk(name: Name<'_>, work: &mut Work) {
    name.labels().for_each(|label| work.label(label.len()));
}

fn read(record: &Record<'_>, work: &mut Work) -> Result<(), WorkError> {
    // Looked at where the library put it: moving it elsewhere first would be work of this program.
    let data = &record.data();
    let data = data.as_ref()?;
    work.record(data);
    work.ttl(record.ttl());
    match data {
        RData::A(a) => work.octets(&a.address.octets()),
        RData::Dnskey(key) => work.octets(key.public_key),
        RData::Rrsig(rrsig) => work.octets(rrsig.signature),
        RData::Nsec3(nsec3) => work.octets(nsec3.next_hashed_owner),
        RData::Opaque(_) => work.opaque(),
        _ => {}
    }
    Ok(())
}

fn read_edns(edns: &Edns<'_>, work: &mut Work) -> Result<(), WorkError> {
    let options = edns.options();
    work.record(edns);
    for option in options {
        let option = option.read()?;
        work.option(&option);
        match option {
            EdnsOption::Cookie(Cookie { client, server }) => {
                work.octets(&client);
                work.octets(server);
            }
            EdnsOption::Opaque { .. } => work.opaque(),
            _ => {}
        }
    }
    Ok(())
}

fn scan(mut text: &[u8]) -> Result<u32, WorkError> {
    let mut scanner = Scanner::new(Class::IN, None);
    let mut scratch = [0; 1024];
    let mut records = 0;
    while let Step::Record(record) = scanner.next(&mut text, true, &mut scratch)? {
        black_box(&record);
        records += 1;
    }
    Ok(records)
}

enum OwnData {
    A([u8; 4]),
    Cname(NameBuf),
    Ns(NameBuf),
}

struct OwnRecord {
    section: Section,
    owner: NameBuf,
    ttl: u32,
    data: OwnData,
}

fn prepare(
    section: Section,
    entries: &[Entry],
) -> impl Iterator<Item = Result<OwnRecord, WorkError>> {
    entries.iter().map(move |entry| {
        Ok(OwnRecord {
            section,
            owner: entry.owner.parse()?,
            ttl: entry.ttl,
            data: match entry.data {
                EntryData::A(address) => OwnData::A(address),
                EntryData::Cname(name) => OwnData::Cname(name.parse()?),
                EntryData::Ns(name) => OwnData::Ns(name.parse()?),
            },
        })
    })
}

fn prepare_build() -> Result<Build, WorkError> {
    let question: NameBuf = content::QUESTION.parse()?;
    let records = prepare(Section::Answer, content::ANSWER)
        .chain(prepare(Section::Authority, content::AUTHORITY))
        .chain(prepare(Section::Additional, content::ADDITIONAL))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move |out| {
        let flags = Flags::default()
            .with_response(true)
            .with_recursion_desired(true)
            .with_recursion_available(true);
        let mut builder = <MessageBuilder>::new(out, content::ID, flags)?;
        builder.question(&question.as_name(), Type::A, Class::IN)?;
        for OwnRecord {
            section,
            owner,
            ttl,
            data,
        } in &records
        {
            let owner = owner.as_name();
            match data {
                OwnData::A(address) => {
                    let data = A {
                        address: (*address).into(),
                    };
                    builder.record(*section, &owner, Class::IN, *ttl, &data)?;
                }
                OwnData::Cname(name) => {
                    let data = Cname {
                        target: name.as_name(),
                    };
                    builder.record(*section, &owner, Class::IN, *ttl, &data)?;
                }
                OwnData::Ns(name) => {
                    let data = Ns {
                        server: name.as_name(),
                    };
                    builder.record(*section, &owner, Class::IN, *ttl, &data)?;
                }
            }
        }
        let edns = EdnsHeader {
            udp_size: content::UDP_PAYLOAD,
            ..EdnsHeader::default()
        };
        builder.edns(&edns, &[])?;
        Ok(builder.finish().len())
    }))
}

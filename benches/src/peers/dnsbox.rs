//! `dnsbox`: lazy views without an allocator.

use dnsbox::edns::{EdnsOption, OptHeader};
use dnsbox::rdata::{A, Cname, Ns, RData};
use dnsbox::{Class, Flags, Message, MessageBuilder, Name, NameBuf, Record, Rtype, Section};

use super::{Build, Peer};
use crate::content::{self, Entry, EntryData};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: "dnsbox",
    parse,
    prepare_build,
    scan: None,
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let message = Message::parse(octets)?;
    for question in message.questions() {
        work.question();
        walk(question?.name(), &mut work);
    }
    for record in message.records() {
        let (_, record) = record?;
        read(&record, &mut work)?;
    }
    Ok(work)
}

fn walk(name: Name<'_>, work: &mut Work) {
    name.labels().for_each(|label| work.label(label.len()));
}

fn read(record: &Record<'_>, work: &mut Work) -> Result<(), WorkError> {
    walk(record.name(), work);
    let data = record.data()?;
    work.record(&data);
    if let RData::Opt(opt) = data {
        for option in opt.options() {
            let option = option?;
            work.option(&option);
            match option {
                EdnsOption::Cookie(cookie) => {
                    work.octets(&cookie.client());
                    work.octets(cookie.server().unwrap_or_default());
                }
                EdnsOption::Unknown(_) => work.opaque(),
                _ => {}
            }
        }
        return Ok(());
    }
    work.ttl(record.ttl());
    match data {
        RData::A(a) => work.octets(&a.addr.octets()),
        RData::Dnskey(key) => work.octets(key.public_key),
        RData::Rrsig(rrsig) => work.octets(rrsig.signature),
        RData::Nsec3(nsec3) => work.octets(nsec3.next_hashed_owner),
        RData::Unknown(_) => work.opaque(),
        _ => {}
    }
    Ok(())
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
        let mut builder = MessageBuilder::new(out)?;
        builder.set_id(content::ID);
        builder.set_flags(Flags::default().with_qr(true).with_rd(true).with_ra(true));
        builder.push_question(&question, Rtype::A, Class::IN)?;
        for OwnRecord {
            section,
            owner,
            ttl,
            data,
        } in &records
        {
            match data {
                OwnData::A(address) => {
                    let data = A::new((*address).into());
                    builder.push_record(*section, owner, Class::IN, *ttl, &data)?;
                }
                OwnData::Cname(name) => {
                    let data = Cname::new(name.as_name());
                    builder.push_record(*section, owner, Class::IN, *ttl, &data)?;
                }
                OwnData::Ns(name) => {
                    let data = Ns::new(name.as_name());
                    builder.push_record(*section, owner, Class::IN, *ttl, &data)?;
                }
            }
        }
        builder.push_edns(OptHeader::new(content::UDP_PAYLOAD), &())?;
        Ok(builder.finish().len())
    }))
}

//! `domain`, by NLnet Labs: lazy views, generic over octets.

use std::str::FromStr;

use domain::base::iana::{Class, Rcode, Rtype};
use domain::base::message_builder::StaticCompressor;
use domain::base::name::{ParsedName, ToLabelIter};
use domain::base::opt::AllOptData;
use domain::base::{Message, MessageBuilder, Name, ParsedRecord, Ttl};
use domain::dep::octseq::array::Array;
use domain::rdata::{A, AllRecordData, Cname, Ns};
use domain::zonefile::inplace::{Entry as ZonefileEntry, Zonefile};
use std::hint::black_box;

use super::{BUILD_ROOM, Build, Peer};
use crate::content::{self, Entry, EntryData};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: "domain",
    parse,
    prepare_build,
    scan: Some(scan),
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let message = Message::from_slice(octets)?;
    let mut questions = message.question();
    for question in questions.by_ref() {
        work.question();
        walk(question?.qname(), &mut work);
    }
    let mut section = questions.answer()?;
    loop {
        for record in section.by_ref() {
            read(record?, &mut work)?;
        }
        match section.next_section()? {
            Some(next) => section = next,
            None => return Ok(work),
        }
    }
}

fn walk(name: &ParsedName<&[u8]>, work: &mut Work) {
    name.iter_labels().for_each(|label| {
        if !label.is_root() {
            work.label(label.len());
        }
    });
}

fn read(record: ParsedRecord<'_, [u8]>, work: &mut Work) -> Result<(), WorkError> {
    walk(&record.owner(), work);
    let ttl = record.ttl();
    let data = record
        .into_any_record::<AllRecordData<_, ParsedName<_>>>()?
        .into_data();
    work.record(&data);
    if let AllRecordData::Opt(opt) = &data {
        for option in opt.iter::<AllOptData<_, Name<_>>>() {
            let option = option?;
            work.option(&option);
            match &option {
                AllOptData::Cookie(cookie) => {
                    work.octets(&cookie.client().into_octets());
                    work.octets(cookie.server().map(AsRef::as_ref).unwrap_or_default());
                }
                AllOptData::Other(other) => {
                    work.opaque();
                    work.octets(other.data());
                }
                _ => {}
            }
        }
        return Ok(());
    }
    work.ttl(ttl.as_secs());
    match &data {
        AllRecordData::A(a) => work.octets(&a.addr().octets()),
        AllRecordData::Dnskey(key) => work.octets(key.public_key()),
        AllRecordData::Rrsig(rrsig) => work.octets(rrsig.signature()),
        AllRecordData::Nsec3(nsec3) => work.octets(nsec3.next_owner().as_slice()),
        AllRecordData::Unknown(_) => work.opaque(),
        _ => {}
    }
    Ok(())
}

type OwnName = Name<Vec<u8>>;

fn scan(text: &[u8]) -> Result<u32, WorkError> {
    let mut zone = Zonefile::from(text);
    let mut records = 0;
    while let Some(entry) = zone.next_entry()? {
        if let ZonefileEntry::Record(record) = entry {
            black_box(&record);
            records += 1;
        }
    }
    Ok(records)
}

struct OwnRecord {
    owner: OwnName,
    ttl: Ttl,
    data: AllRecordData<Vec<u8>, OwnName>,
}

fn prepare(entries: &[Entry]) -> Result<Vec<OwnRecord>, WorkError> {
    entries
        .iter()
        .map(|entry| {
            Ok(OwnRecord {
                owner: OwnName::from_str(entry.owner)?,
                ttl: Ttl::from_secs(entry.ttl),
                data: match entry.data {
                    EntryData::A(address) => A::new(address.into()).into(),
                    EntryData::Cname(name) => Cname::new(OwnName::from_str(name)?).into(),
                    EntryData::Ns(name) => Ns::new(OwnName::from_str(name)?).into(),
                },
            })
        })
        .collect()
}

fn prepare_build() -> Result<Build, WorkError> {
    let question = OwnName::from_str(content::QUESTION)?;
    let answer = prepare(content::ANSWER)?;
    let authority = prepare(content::AUTHORITY)?;
    let additional = prepare(content::ADDITIONAL)?;
    Ok(Box::new(move |out| {
        // Of its compressors the one that allocates nothing, and about as quick as the best.
        let target = StaticCompressor::new(Array::<BUILD_ROOM>::new());
        let mut builder = MessageBuilder::from_target(target)?;
        let header = builder.header_mut();
        header.set_id(content::ID);
        header.set_qr(true);
        header.set_rd(true);
        header.set_ra(true);
        header.set_rcode(Rcode::NOERROR);
        let mut builder = builder.question();
        builder.push((&question, Rtype::A))?;
        let mut builder = builder.answer();
        for record in &answer {
            builder.push((&record.owner, Class::IN, record.ttl, &record.data))?;
        }
        let mut builder = builder.authority();
        for record in &authority {
            builder.push((&record.owner, Class::IN, record.ttl, &record.data))?;
        }
        let mut builder = builder.additional();
        for record in &additional {
            builder.push((&record.owner, Class::IN, record.ttl, &record.data))?;
        }
        builder.opt(|opt| {
            opt.set_udp_payload_size(content::UDP_PAYLOAD);
            Ok(())
        })?;
        let target = builder.finish();
        let built = target.as_slice();
        out[..built.len()].copy_from_slice(built);
        Ok(built.len())
    }))
}

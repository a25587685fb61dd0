//! `simple-dns`: eager, with names as vectors of borrowed labels.

use std::io::Cursor;

use simple_dns::rdata::{A, CNAME, NS, OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, ResourceRecord, TYPE};

use super::{Build, Peer};
use crate::content::{self, Entry, EntryData};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: "simple-dns",
    parse,
    prepare_build,
    scan: None,
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let packet = Packet::parse(octets)?;
    for question in &packet.questions {
        work.question();
        walk(&question.qname, &mut work);
    }
    let sections = [
        &packet.answers,
        &packet.name_servers,
        &packet.additional_records,
    ];
    for record in sections.into_iter().flatten() {
        read(record, &mut work);
    }
    // It keeps the OPT record apart from the others, and its options as raw octets.
    if let Some(opt) = packet.opt() {
        work.record(opt);
        for option in &opt.opt_codes {
            work.opaque();
            work.octets(&option.data);
        }
    }
    Ok(work)
}

fn walk(name: &Name<'_>, work: &mut Work) {
    let labels = name.get_labels().iter();
    labels.for_each(|label| work.label(label.len()));
}

fn read(record: &ResourceRecord<'_>, work: &mut Work) {
    walk(&record.name, work);
    work.ttl(record.ttl);
    work.record(&record.rdata);
    match &record.rdata {
        RData::A(a) => work.octets(&a.address.to_be_bytes()),
        RData::DNSKEY(key) => work.octets(&key.public_key),
        RData::RRSIG(rrsig) => work.octets(&rrsig.signature),
        // Its form for every type that it does not know.
        RData::NULL(..) => work.opaque(),
        _ => {}
    }
}

struct OwnRecord {
    owner: Name<'static>,
    ttl: u32,
    data: RData<'static>,
}

impl OwnRecord {
    fn to_record(&self) -> ResourceRecord<'_> {
        ResourceRecord::new(self.owner.clone(), CLASS::IN, self.ttl, self.data.clone())
    }
}

fn prepare(entries: &[Entry]) -> Result<Vec<OwnRecord>, WorkError> {
    entries
        .iter()
        .map(|entry| {
            Ok(OwnRecord {
                owner: Name::new(entry.owner)?,
                ttl: entry.ttl,
                data: match entry.data {
                    EntryData::A(address) => RData::A(A {
                        address: u32::from_be_bytes(address),
                    }),
                    EntryData::Cname(name) => RData::CNAME(CNAME(Name::new(name)?)),
                    EntryData::Ns(name) => RData::NS(NS(Name::new(name)?)),
                },
            })
        })
        .collect()
}

fn prepare_build() -> Result<Build, WorkError> {
    let question = Name::new(content::QUESTION)?;
    let answer = prepare(content::ANSWER)?;
    let authority = prepare(content::AUTHORITY)?;
    let additional = prepare(content::ADDITIONAL)?;
    Ok(Box::new(move |out| {
        let mut packet = Packet::new_reply(content::ID);
        packet.set_flags(PacketFlag::RECURSION_DESIRED | PacketFlag::RECURSION_AVAILABLE);
        packet.questions.push(Question::new(
            question.clone(),
            TYPE::A.into(),
            CLASS::IN.into(),
            false,
        ));
        packet
            .answers
            .extend(answer.iter().map(OwnRecord::to_record));
        packet
            .name_servers
            .extend(authority.iter().map(OwnRecord::to_record));
        packet
            .additional_records
            .extend(additional.iter().map(OwnRecord::to_record));
        // Written before the other additional records; the order in a section means nothing.
        *packet.opt_mut() = Some(OPT {
            opt_codes: Vec::new(),
            udp_packet_size: content::UDP_PAYLOAD,
            version: 0,
        });
        let mut target = Cursor::new(out);
        packet.write_compressed_to(&mut target)?;
        Ok(target.position() as usize)
    }))
}

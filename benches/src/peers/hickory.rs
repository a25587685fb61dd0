//! `hickory-proto`: owned values, read eagerly.

use hickory_proto::dnssec::PublicKey;
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::{Edns, Message, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, CNAME, NS};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

use super::{BUILD_ROOM, Build, Peer};
use crate::content::{self, Entry, EntryData};
use crate::{Work, WorkError};

pub(super) const PEER: Peer = Peer {
    name: "hickory-proto",
    parse,
    prepare_build,
    scan: None,
};

fn parse(octets: &[u8]) -> Result<Work, WorkError> {
    let mut work = Work::default();
    let message = Message::from_vec(octets)?;
    for query in &message.queries {
        work.question();
        walk(&query.name, &mut work);
    }
    for record in message.all_sections() {
        read(record, &mut work);
    }
    // It keeps the OPT record apart from the others.
    if let Some(edns) = &message.edns {
        work.record(edns);
        for (_, option) in &edns.options().options {
            if let EdnsOption::Unknown(_, payload) = option {
                work.opaque();
                work.octets(payload);
            }
        }
    }
    Ok(work)
}

fn walk(name: &Name, work: &mut Work) {
    name.iter().for_each(|label| work.label(label.len()));
}

fn read(record: &Record, work: &mut Work) {
    walk(&record.name, work);
    work.ttl(record.ttl);
    work.record(&record.data);
    match &record.data {
        RData::A(a) => work.octets(&a.octets()),
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => work.octets(key.public_key().public_bytes()),
        RData::DNSSEC(DNSSECRData::RRSIG(rrsig)) => work.octets(rrsig.sig()),
        RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => work.octets(nsec3.next_hashed_owner_name()),
        RData::Unknown { .. } | RData::DNSSEC(DNSSECRData::Unknown { .. }) => work.opaque(),
        _ => {}
    }
}

struct OwnRecord {
    owner: Name,
    ttl: u32,
    data: RData,
}

impl OwnRecord {
    fn to_record(&self) -> Record {
        Record::from_rdata(self.owner.clone(), self.ttl, self.data.clone())
    }
}

fn prepare(entries: &[Entry]) -> Result<Vec<OwnRecord>, WorkError> {
    entries
        .iter()
        .map(|entry| {
            Ok(OwnRecord {
                owner: absolute(entry.owner)?,
                ttl: entry.ttl,
                data: match entry.data {
                    EntryData::A(address) => RData::A(A(address.into())),
                    EntryData::Cname(name) => RData::CNAME(CNAME(absolute(name)?)),
                    EntryData::Ns(name) => RData::NS(NS(absolute(name)?)),
                },
            })
        })
        .collect()
}

fn absolute(name: &str) -> Result<Name, WorkError> {
    let mut name = Name::from_ascii(name)?;
    name.set_fqdn(true);
    Ok(name)
}

fn prepare_build() -> Result<Build, WorkError> {
    let question = absolute(content::QUESTION)?;
    let answer = prepare(content::ANSWER)?;
    let authority = prepare(content::AUTHORITY)?;
    let additional = prepare(content::ADDITIONAL)?;
    // Its encoder writes into a `Vec` only. One that is kept costs no allocation a message.
    let mut buffer = Vec::with_capacity(BUILD_ROOM);
    Ok(Box::new(move |out| {
        let mut message = Message::response(content::ID, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.metadata.recursion_available = true;
        message.add_query(Query::query(question.clone(), RecordType::A));
        message.add_answers(answer.iter().map(OwnRecord::to_record));
        message.add_authorities(authority.iter().map(OwnRecord::to_record));
        message.add_additionals(additional.iter().map(OwnRecord::to_record));
        let mut edns = Edns::new();
        edns.set_max_payload(content::UDP_PAYLOAD);
        message.set_edns(edns);
        buffer.clear();
        message.emit(&mut BinEncoder::new(&mut buffer))?;
        out[..buffer.len()].copy_from_slice(&buffer);
        Ok(buffer.len())
    }))
}

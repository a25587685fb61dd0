//! The same updates sent to BIND's `named` and to us: the same rcodes, and in the end the same zones.

use super::dice::Dice;
use super::harness::{PATIENCE, Program, Server};
use super::model::lower;
use super::primary::{OwnedRecord, Primary};
use super::random::{self, START};
use super::script::{Line, ZONE, encode, name};
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{Type, WriteData};
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::{Found, ZoneLookup, ZoneNode};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Messages for each seed.
const MESSAGES: u16 = 60;
const SEEDS: u64 = 12;

/// What we and BIND may disagree on.
struct Accepted {
    reason: &'static str,
    /// Is it this, after we have made the update?
    applies: fn(case: &Case<'_>) -> bool,
}

struct Case<'c> {
    ours: Rcode,
    theirs: Rcode,
    after: &'c Primary,
}

const ACCEPTED: &[Accepted] = &[Accepted {
    reason: "named refuses what leaves a server of the zone without an address in it; RFC 2136 3.4.2 \
             knows no such rule, and a zone is often changed in steps",
    applies: |case| {
        case.ours == Rcode::NOERROR && case.theirs == Rcode::REFUSED && lacks_address(case.after)
    },
}];

/// Is a server of the zone a name in it that has no address of its own, or is below a DNAME?
fn lacks_address(Primary { zone, .. }: &Primary) -> bool {
    let servers = zone.get(&zone.apex()).and_then(|apex| apex.rrset(Type::NS));
    let servers = servers.iter().flat_map(|servers| servers.records());
    let mut servers = servers.filter_map(|data| Name::from_wire(data).ok());
    servers.any(|server| {
        let below_dname = matches!(zone.find(&server), Some(Found::Dname { .. }));
        let node = zone.get(&server).filter(|_| !below_dname);
        let mut types = [Type::A, Type::AAAA].into_iter();
        let has_address = types.any(|rtype| node.is_some_and(|node| node.rrset(rtype).is_some()));
        server.is_at_or_below(&zone.apex()) && !has_address
    })
}

/// A `named` with our zone, which takes everybody's updates.
struct Named {
    #[expect(dead_code, reason = "it ends with this")]
    server: Server,
    stream: TcpStream,
}

impl Named {
    /// `None` if there is no `named`, which CI does not let pass.
    fn start() -> Option<Self> {
        let files = [("example.zone", START)];
        let server = Server::other_anywhere(Program::Named, &files, &configuration())?;
        let loaded = server.wait_until(|| server.log().contains("all zones loaded"));
        loaded.unwrap_or_else(|reason| panic!("{reason}"));
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Some(Self { server, stream })
    }

    fn send(&mut self, message: &[u8]) {
        let mut framed = (message.len() as u16).to_be_bytes().to_vec();
        framed.extend(message);
        self.stream.write_all(&framed).unwrap();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut message).unwrap();
        message
    }

    fn update(&mut self, message: &[u8]) -> Rcode {
        self.send(message);
        let response = self.receive();
        let response = Message::from_bytes(&response).unwrap();
        assert!(response.flags().response());
        response.rcode()
    }

    /// The whole zone, by AXFR.
    fn records(&mut self) -> Vec<OwnedRecord> {
        let mut buffer = [0; 64];
        let flags = Flags::default();
        let mut query = MessageBuilder::<0>::new(&mut buffer, 9, flags).unwrap();
        query
            .question(&name(ZONE).as_name(), Type::AXFR, Class::IN)
            .unwrap();
        let query = query.finish().to_vec();
        self.send(&query);
        let mut records = Vec::new();
        let mut soas = 0;
        while soas < 2 {
            let message = self.receive();
            let message = Message::from_bytes(&message).unwrap();
            assert_eq!(message.rcode(), Rcode::NOERROR);
            for record in message.section(Section::Answer) {
                let record = record.unwrap();
                let mut data = vec![0; 65_535];
                let mut writer = Writer::<0>::new(&mut data, Form::Plain);
                record.data().unwrap().write(&mut writer).unwrap();
                soas += usize::from(record.rtype() == Type::SOA);
                records.push(OwnedRecord {
                    owner: record.owner().into(),
                    rtype: record.rtype(),
                    ttl: record.ttl(),
                    data: writer.written().to_vec(),
                });
            }
        }
        records.pop();
        records
    }
}

fn configuration() -> String {
    let options = "allow-transfer { any; }; notify no; check-names primary ignore; check-integrity no; \
                   check-mx ignore; check-sibling no; check-wildcard no;";
    let zone =
        "zone \"example.\" { type primary; file \"HOME/example.zone\"; allow-update { any; }; };\n";
    Program::Named.head(options) + zone
}

/// Does named pass the line over without a word, so that the zones would differ with no rcode to tell? It takes
/// no NS and no DNAME record at a wildcard. RFC 4592 4.2 and 4.4 warn of them, but RFC 2136 has no such rule.
fn is_passed_over(line: &str) -> bool {
    line.starts_with("do *.") && (line.contains(" IN NS ") || line.contains(" IN DNAME "))
}

/// Lines whose form is wrong in one way or another, or that name what nobody may.
const ODD: &[&str] = &[
    "need a 1 ANY ANY",
    "need a 0 CH TXT x",
    "need a.example.org. 0 ANY ANY",
    "need a 0 ANY A 192.0.2.1",
    "need a 0 NONE A 192.0.2.1",
    "do a 1 ANY A",
    "do a 1 NONE A 192.0.2.10",
    "do a 0 ANY A 192.0.2.10",
    "do a 0 CH TXT x",
    "do a.example.org. 0 ANY ANY",
    "do a 0 ANY AXFR",
    "do a 0 ANY MAILB",
    "do a 0 NONE ANY",
    "do a 0 NONE TYPE200 \\# 1 00",
    "do a 300 IN TYPE250 \\# 1 00",
    "do a 0 ANY NSEC",
    "do a 300 IN NSEC b A",
    "do a 0 ANY RRSIG",
    "do a 4294967295 IN A 192.0.2.10",
];

fn sorted(records: &[OwnedRecord]) -> BTreeSet<String> {
    let records = records.iter().map(|record| {
        let data = lower(record.rtype, &record.data);
        let owner = record.owner.to_lowercase();
        OwnedRecord {
            owner,
            data,
            ..record.clone()
        }
        .to_string()
    });
    records.collect()
}

#[test]
fn named_and_we_make_the_same_of_every_update() {
    let mut listed = vec![0; ACCEPTED.len()];
    for seed in 0..SEEDS {
        let Some(mut named) = Named::start() else {
            return;
        };
        let mut primary = Primary::new(START);
        let mut dice = Dice(0xb1d0 + seed);
        let mut since = Vec::new();
        for step in 0..MESSAGES {
            let mut text = random::lines(&mut dice);
            text.retain(|line| !is_passed_over(line));
            if dice.below(8) == 0 {
                text.push(ODD[dice.below(ODD.len())].to_owned());
            }
            let records: Vec<Line> = text.iter().map(|line| Line::read(line)).collect();
            let message = encode(step, &records);
            let (ours, theirs) = (primary.update(&message), named.update(&message));
            since.push((text.clone(), ours));
            if ours != theirs {
                let case = Case {
                    ours,
                    theirs,
                    after: &primary,
                };
                let accepted = ACCEPTED.iter().position(|one| (one.applies)(&case));
                let accepted = accepted.unwrap_or_else(|| {
                    panic!("seed {seed}, step {step}: we say {ours}, named {theirs}: {text:#?}")
                });
                listed[accepted] += 1;
                primary = Primary::of(&named.records());
            }
            if step % 10 == 9 {
                let theirs = named.records();
                let (a, b) = (sorted(&primary.records()), sorted(&theirs));
                let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
                    a.difference(b).cloned().collect::<Vec<_>>()
                };
                assert_eq!(
                    a,
                    b,
                    "seed {seed}, step {step}: after {since:#?}\nonly we: {:#?}\nonly named: {:#?}",
                    only(&a, &b),
                    only(&b, &a)
                );
                since.clear();
            }
        }
    }
    for (accepted, count) in ACCEPTED.iter().zip(listed) {
        println!("{count:4} {}", accepted.reason);
        assert!(count > 0, "not met any more: {}", accepted.reason);
    }
}

//! UPDATE messages from lines of text.
//!
//! A line is one record: `need` for the prerequisite section or `do` for the update section, then owner, TTL,
//! class, type and data as in zone text; names are relative to the zone. So every message can be said, wrong
//! ones included:
//!
//! | line | means |
//! |---|---|
//! | `need www 0 ANY ANY` | the name is in use |
//! | `need www 0 NONE A` | there is no such RRset |
//! | `need www 0 IN A 192.0.2.1` | the RRset has this record |
//! | `do www 300 IN A 192.0.2.1` | add |
//! | `do www 0 ANY A` | delete the RRset |
//! | `do www 0 NONE A 192.0.2.1` | delete the record |

use lib_dns_core::code_points::{Class, Opcode};
use lib_dns_core::messages::Flags;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::{Form, Writer};
use lib_dns_core::zone::{Scanner, Step};

/// The zone that all messages are about.
pub(crate) const ZONE: &str = "example.";

pub(crate) fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

/// A record of the message.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) is_prerequisite: bool,
    pub(crate) owner: NameBuf,
    pub(crate) ttl: u32,
    pub(crate) class: Class,
    pub(crate) rtype: Type,
    pub(crate) data: Vec<u8>,
}

impl Line {
    pub(crate) fn read(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [section, owner, ttl, class, rtype, data @ ..] = &words[..] else {
            panic!("{text}");
        };
        let class = Class::from_mnemonic(class.as_bytes()).unwrap();
        let data = if data.is_empty() {
            Vec::new()
        } else {
            let class = if class == Class::CH { "CH" } else { "IN" };
            // Data of a type that has none stands as octets.
            let is_meta = Type::from_mnemonic(rtype.as_bytes()).unwrap().is_meta();
            let rtype = if is_meta { "TYPE65500" } else { rtype };
            plain_data(&format!("@ 0 {class} {rtype} {}", data.join(" ")))
        };
        Self {
            is_prerequisite: *section == "need",
            owner: match *owner {
                "@" => name(ZONE),
                _ if owner.ends_with('.') => name(owner),
                _ => name(&format!("{owner}.{ZONE}")),
            },
            ttl: ttl.parse().unwrap(),
            class,
            rtype: Type::from_mnemonic(rtype.as_bytes()).unwrap(),
            data,
        }
    }
}

fn plain_data(entry: &str) -> Vec<u8> {
    let mut scanner = Scanner::new(Class::IN, Some(&name(ZONE).as_name()));
    if entry.contains(" CH ") {
        scanner = Scanner::new(Class::CH, Some(&name(ZONE).as_name()));
    }
    let mut scratch = vec![0; 70_000];
    let text = format!("{entry}\n");
    match scanner.next(&mut text.as_bytes(), true, &mut scratch) {
        Ok(Step::Record(record)) => record.data.to_vec(),
        other => panic!("{entry}: {other:?}"),
    }
}

/// A message of lines, one a record.
pub(crate) fn message(text: &str) -> Vec<u8> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    encode(7, &lines.map(Line::read).collect::<Vec<_>>())
}

pub(crate) fn encode(id: u16, lines: &[Line]) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let prerequisites = lines.iter().filter(|line| line.is_prerequisite).count();
    let updates = lines.len() - prerequisites;
    let flags = Flags::default().with_opcode(Opcode::UPDATE).0;
    for number in [id, flags, 1, prerequisites as u16, updates as u16, 0] {
        writer.u16(number).unwrap();
    }
    writer.uncompressed_name(&name(ZONE).as_name()).unwrap();
    writer.u16(Type::SOA.0).unwrap();
    writer.u16(Class::IN.0).unwrap();
    for is_prerequisite in [true, false] {
        for line in lines
            .iter()
            .filter(|line| line.is_prerequisite == is_prerequisite)
        {
            writer.uncompressed_name(&line.owner.as_name()).unwrap();
            writer.u16(line.rtype.0).unwrap();
            writer.u16(line.class.0).unwrap();
            writer.u32(line.ttl).unwrap();
            writer.u16(line.data.len() as u16).unwrap();
            writer.put(&line.data).unwrap();
        }
    }
    writer.written().to_vec()
}

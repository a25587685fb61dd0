//! The zone that is changed, and the changes: each is known by its number, and so is what comes of them.

use lib_dns_core::code_points::{Class, Opcode};
use lib_dns_core::messages::Flags;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::{Form, Writer};
use std::collections::BTreeSet;

pub(crate) const APEX: &str = "example.";
pub(crate) const SERIAL: u32 = 1000;

/// Records of a writer that stand at a time; older ones are deleted.
const KEPT: u32 = 20;

/// A line for each record that is not there because of an update.
pub(crate) fn text() -> String {
    format!(
        "$ORIGIN {APEX}\n$TTL 300\n@ SOA ns1 admin {SERIAL} 3600 900 604800 60\n@ NS ns1\nns1 A 192.0.2.1\n"
    )
}

pub(crate) fn name(text: &str) -> NameBuf {
    NameBuf::from_text(text).unwrap()
}

/// The name of the record that the change of a number makes.
fn owner(writer: usize, number: u32) -> NameBuf {
    name(&format!("w{writer}-n{number}.{APEX}"))
}

/// A change of a writer: its number-th record comes, and one that is old goes. `size` is the length of what
/// comes.
pub(crate) fn update(writer: usize, number: u32, size: usize) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let mut out = Writer::<0>::new(&mut buffer, Form::Plain);
    let goes = number.checked_sub(KEPT);
    let flags = Flags::default().with_opcode(Opcode::UPDATE).0;
    let count = 1 + u16::from(goes.is_some());
    for word in [number as u16, flags, 1, 0, count, 0] {
        out.u16(word).unwrap();
    }
    out.uncompressed_name(&name(APEX).as_name()).unwrap();
    out.u16(Type::SOA.0).unwrap();
    out.u16(Class::IN.0).unwrap();
    let mut record = |owner: &NameBuf, rtype: Type, class: Class, data: &[u8]| {
        out.uncompressed_name(&owner.as_name()).unwrap();
        out.u16(rtype.0).unwrap();
        out.u16(class.0).unwrap();
        out.u32(if class == Class::IN { 300 } else { 0 }).unwrap();
        out.u16(data.len() as u16).unwrap();
        out.put(data).unwrap();
    };
    let data = strings(number, size);
    record(&owner(writer, number), Type::TXT, Class::IN, &data);
    if let Some(goes) = goes {
        record(&owner(writer, goes), Type::ANY, Class::ANY, &[]);
    }
    out.written().to_vec()
}

/// TXT data of at least one string.
fn strings(number: u32, size: usize) -> Vec<u8> {
    let mut data = Vec::new();
    for _ in 0..=size / 256 {
        data.push(255);
        data.extend([b'a' + (number % 26) as u8; 255]);
    }
    data
}

/// The names of a writer that are there after so many of its changes.
pub(crate) fn names_after(writer: usize, changes: u32) -> BTreeSet<String> {
    let first = changes.saturating_sub(KEPT);
    let numbers = first..changes;
    numbers
        .map(|number| owner(writer, number).to_string())
        .collect()
}

//! Messages as JSON (RFC 8427).

use super::printing;
use lib_dns_core::messages::{Message, Record, Section};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Writes the message as one JSON object.
pub(super) fn message(message: &Message<'_>, out: &mut String) {
    let flags = message.flags();
    let [questions, answers, authorities, additionals] = message.header().counts;
    let mut object = json!({
        "ID": message.id(),
        "QR": u8::from(flags.response()),
        "Opcode": flags.opcode().0,
        "AA": u8::from(flags.authoritative()),
        "TC": u8::from(flags.truncated()),
        "RD": u8::from(flags.recursion_desired()),
        "RA": u8::from(flags.recursion_available()),
        "AD": u8::from(flags.authentic_data()),
        "CD": u8::from(flags.checking_disabled()),
        "RCODE": message.rcode().0,
        "RCODEname": message.rcode().to_string(),
        "QDCOUNT": questions,
        "ANCOUNT": answers,
        "NSCOUNT": authorities,
        "ARCOUNT": additionals,
    });
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    if let Some(question) = message.question() {
        put(fields, "QNAME", question.name.to_string());
        put(fields, "QTYPE", question.qtype.0);
        put(fields, "QTYPEname", question.qtype.to_string());
        put(fields, "QCLASS", question.qclass.0);
        put(fields, "QCLASSname", question.qclass.to_string());
    }
    for (section, key) in [
        (Section::Answer, "answerRRs"),
        (Section::Authority, "authorityRRs"),
        (Section::Additional, "additionalRRs"),
    ] {
        let records: Vec<Value> = message.section(section).flatten().map(record).collect();
        if !records.is_empty() {
            put(fields, key, records);
        }
    }
    let _ = writeln!(out, "{object:#}");
}

fn record(record: Record<'_>) -> Value {
    let rtype = record.rtype();
    let mut fields = Map::new();
    put(&mut fields, "NAME", record.owner().to_string());
    put(&mut fields, "TYPE", rtype.0);
    put(&mut fields, "TYPEname", rtype.to_string());
    put(&mut fields, "CLASS", record.class().0);
    put(&mut fields, "CLASSname", record.class().to_string());
    put(&mut fields, "TTL", record.raw_ttl());
    put(&mut fields, "RDLENGTH", record.data_octets().len());
    let mut hex = String::new();
    for octet in record.data_octets() {
        let _ = write!(hex, "{octet:02X}");
    }
    put(&mut fields, "RDATAHEX", hex);
    if rtype.info().is_some() {
        let mut text = String::new();
        printing::data(&record, &mut text);
        put(&mut fields, &format!("rdata{rtype}"), text);
    }
    Value::Object(fields)
}

fn put(fields: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    fields.insert(key.to_owned(), value.into());
}

//! Messages as YAML, in the form of `dig +yaml`.

use super::command_line::Lookup;
use super::exchange::{Prepared, Reply};
use jiff::Timestamp;
use lib_dns_core::messages::options::ExtendedError;
use lib_dns_core::messages::{EdnsOption, Message, Record, Section};
use lib_dns_core::rr_data::Type;
use std::fmt::Write;
use std::net::SocketAddr;

/// Writes the query, as it goes out.
pub(super) fn query(lookup: &Lookup, prepared: &Prepared, out: &mut String) {
    let Ok(message) = Message::from_bytes(&prepared.message) else {
        return;
    };
    let kind = match message.flags().recursion_desired() {
        true => "RECURSIVE_QUERY",
        false => "ITERATIVE_QUERY",
    };
    let _ = writeln!(out, "- type: MESSAGE\n  message:\n    type: {kind}");
    let _ = writeln!(out, "    query_time: !!timestamp {:.3}", Timestamp::now());
    let protocol = if lookup.options.over_stream() {
        "TCP"
    } else {
        "UDP"
    };
    sockets(&prepared.message, prepared.target.server, protocol, out);
    out.push_str("    query_message_data:\n");
    data(lookup, &message, out);
}

/// Writes the reply.
pub(super) fn reply(lookup: &Lookup, reply: &Reply, message: &Message<'_>, out: &mut String) {
    let flags = message.flags();
    let kind = match flags.recursion_desired() && flags.recursion_available() {
        true => "RECURSIVE_RESPONSE",
        false => "AUTH_RESPONSE",
    };
    let asked = reply.received.checked_sub(reply.elapsed);
    let asked = asked.unwrap_or(reply.received);
    let _ = writeln!(out, "- type: MESSAGE\n  message:\n    type: {kind}");
    let _ = writeln!(out, "    query_time: !!timestamp {asked:.3}");
    let _ = writeln!(out, "    response_time: !!timestamp {:.3}", reply.received);
    sockets(&reply.message, reply.server, reply.transport, out);
    out.push_str("    response_message_data:\n");
    data(lookup, message, out);
}

/// Tells that there was no reply.
pub(super) fn failure(reason: &str, out: &mut String) {
    let _ = writeln!(out, "- type: DIG_ERROR\n  message: |\n    {reason}");
}

fn sockets(message: &[u8], server: SocketAddr, protocol: &str, out: &mut String) {
    let (family, any) = match server {
        SocketAddr::V4(_) => ("INET", "0.0.0.0"),
        SocketAddr::V6(_) => ("INET6", "::"),
    };
    let _ = writeln!(out, "    message_size: {}b", message.len());
    let _ = writeln!(out, "    socket_family: {family}");
    let _ = writeln!(out, "    socket_protocol: {protocol}");
    let _ = writeln!(out, "    response_address: \"{}\"", server.ip());
    let _ = writeln!(out, "    response_port: {}", server.port());
    // As dig: the system chooses them, and nobody asks it.
    let _ = writeln!(out, "    query_address: \"{any}\"\n    query_port: 0");
}

fn data(lookup: &Lookup, message: &Message<'_>, out: &mut String) {
    let show = &lookup.options.show;
    let flags = message.flags();
    let _ = writeln!(out, "      opcode: {}", flags.opcode());
    let _ = writeln!(out, "      status: {}", message.rcode());
    let _ = writeln!(out, "      id: {}", message.id());
    let words = flags.to_string();
    let blank = if words.is_empty() { "" } else { " " };
    let _ = writeln!(out, "      flags:{blank}{words}");
    for (title, count) in ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"]
        .into_iter()
        .zip(message.header().counts)
    {
        let _ = writeln!(out, "      {title}: {count}");
    }
    if show.comments {
        edns(message, out);
    }
    if show.question && message.question().is_some() {
        out.push_str("      QUESTION_SECTION:\n");
        for question in message.questions().flatten() {
            entry(&question.to_string(), out);
        }
    }
    for (section, title, on) in [
        (Section::Answer, "ANSWER", show.answer),
        (Section::Authority, "AUTHORITY", show.authority),
        (Section::Additional, "ADDITIONAL", show.additional),
    ] {
        let mut begun = false;
        for record in message.section(section).flatten() {
            if !on || record.rtype() == Type::OPT {
                continue;
            }
            if record.rtype() == Type::TSIG {
                // Less indented than other records, as dig has it.
                let text = line(&record);
                let _ = writeln!(out, "      TSIG_PSEUDOSECTION:\n      - '{text}'\n");
                continue;
            }
            if !begun {
                let _ = writeln!(out, "      {title}_SECTION:");
                begun = true;
            }
            entry(&line(&record), out);
        }
    }
}

fn line(record: &Record<'_>) -> String {
    let (owner, ttl, class) = (record.owner(), record.ttl(), record.class());
    let mut text = format!("{owner} {ttl} {class} {} ", record.rtype());
    let _ = record.show_in_pieces(&mut text);
    text
}

fn entry(text: &str, out: &mut String) {
    let _ = writeln!(out, "        - '{}'", text.replace('\'', "''"));
}

fn edns(message: &Message<'_>, out: &mut String) {
    let Some(edns) = message.edns() else {
        return;
    };
    let flags = if edns.dnssec_ok() { " do" } else { "" };
    out.push_str("      OPT_PSEUDOSECTION:\n        EDNS:\n");
    let _ = writeln!(out, "          version: {}", edns.version);
    let _ = writeln!(out, "          flags:{flags}");
    let _ = writeln!(out, "          udp: {}", edns.udp_size);
    for option in edns.options() {
        let Ok(EdnsOption::ExtendedError(ExtendedError { code, text })) = option.read() else {
            let _ = writeln!(out, "          {option}");
            continue;
        };
        let name = code.mnemonic().map(|name| format!(" ({name})"));
        let name = name.unwrap_or_default();
        let _ = writeln!(
            out,
            "          EDE:\n            INFO-CODE: {}{name}",
            code.0
        );
        if !text.is_empty() {
            let text = String::from_utf8_lossy(text);
            let _ = writeln!(out, "            EXTRA-TEXT: {text:?}");
        }
    }
}

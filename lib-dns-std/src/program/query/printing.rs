//! What a person sees of query and reply.

use super::command_line::{Lookup, Show};
use super::exchange::{self, CLIENT_COOKIE_LEN, Prepared, Reply};
use super::{json, yaml};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lib_dns_core::messages::{Message, Printed, Record, Section};
use lib_dns_core::text::{Layout, Printer};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// Announces the program, and shows the query if that is wanted.
pub(super) fn query(lookup: &Lookup, prepared: &Prepared, out: &mut String) {
    let show = &lookup.options.show;
    if show.yaml && show.query {
        return yaml::query(lookup, prepared, out);
    }
    if show.is_for_programs() {
        return;
    }
    if let Some(words) = lookup.words.as_ref().filter(|_| show.command) {
        let version = env!("CARGO_PKG_VERSION");
        let _ = writeln!(out, "\n; <<>> zdns {version} <<>> {words}");
        out.push_str("; (1 server found)\n;; global options: +cmd\n");
    }
    if show.query
        && let Ok(message) = Message::from_bytes(&prepared.message)
    {
        if lookup.is_transfer() {
            let mut printed = Printed::nothing(&message);
            printed.sections = [show.answer, show.authority, show.additional];
            printed.multiline = show.multiline;
            let _ = write!(out, "{printed}");
        } else {
            let _ = write!(out, ";; Sending:\n{}", printed(&message, show));
        }
        let _ = writeln!(out, ";; QUERY SIZE: {}\n", prepared.message.len());
    }
}

/// Shows the reply.
pub(super) fn reply(lookup: &Lookup, reply: &Reply, out: &mut String) {
    let show = &lookup.options.show;
    let message = match Message::from_bytes(&reply.message) {
        Ok(message) => message,
        Err(error) => {
            let _ = writeln!(out, ";; malformed reply: {error}");
            return;
        }
    };
    if show.json {
        json::message(&message, out);
        return;
    }
    if show.yaml {
        return yaml::reply(lookup, reply, &message, out);
    }
    if show.short {
        return short(&message, out);
    }
    if let Err(error) = reply.signature {
        out.insert_str(0, &format!(";; Couldn't verify signature: {error}\n"));
    }
    if show.comments {
        if reply.retried {
            // Told when it happens, which is before all else is printed.
            out.insert_str(0, ";; Truncated, retrying in TCP mode.\n");
        }
        out.push_str(";; Got answer:\n");
    }
    let text = printed(&message, show).to_string();
    match cookie_verdict(reply) {
        Some(verdict) => out.push_str(&with_verdict(&text, verdict)),
        None => out.push_str(&text),
    }
    if show.statistics {
        let (server, transport) = (reply.server, reply.transport);
        statistics(server, transport, reply.elapsed, reply.received, out);
        let _ = writeln!(out, ";; MSG SIZE  rcvd: {}", reply.message.len());
        if reply.signature.is_err() {
            out.push_str(";; WARNING -- Some TSIG could not be validated\n");
        }
        out.push('\n');
    }
}

/// When and from where a reply came.
pub(super) fn statistics(
    server: SocketAddr,
    transport: &str,
    elapsed: Duration,
    received: Timestamp,
    out: &mut String,
) {
    let (ip, port) = (server.ip(), server.port());
    let _ = writeln!(out, ";; Query time: {} msec", elapsed.as_millis());
    let _ = writeln!(out, ";; SERVER: {ip}#{port}({ip}) ({transport})");
    let when = received.to_zoned_datetime(TimeZone::system());
    let _ = writeln!(out, ";; WHEN: {}", when.strftime("%a %b %d %H:%M:%S %Z %Y"));
}

/// Shows one message of a transfer: its records, and its signature.
pub(super) fn part(lookup: &Lookup, reply: &Reply, out: &mut String) {
    let Ok(message) = Message::from_bytes(&reply.message) else {
        return;
    };
    let show = &lookup.options.show;
    if show.json {
        return json::message(&message, out);
    }
    if show.yaml {
        return yaml::reply(lookup, reply, &message, out);
    }
    if show.short {
        return short(&message, out);
    }
    let mut printed = Printed::nothing(&message);
    printed.sections = [show.answer, false, show.additional];
    printed.multiline = show.multiline;
    let _ = write!(out, "{printed}");
}

/// Shows the signature of a message that is not believed.
pub(super) fn signature(message: &Message<'_>, show: &Show, out: &mut String) {
    if show.is_for_programs() {
        return;
    }
    let mut printed = Printed::nothing(message);
    printed.sections = [false, false, show.additional];
    printed.multiline = show.multiline;
    let _ = write!(out, "{printed}");
}

/// The data of the answer alone.
fn short(message: &Message<'_>, out: &mut String) {
    for record in message.section(Section::Answer).flatten() {
        let _ = record.show_in_pieces(out);
        out.push('\n');
    }
}

/// What dig says of the cookie that came back.
fn cookie_verdict(reply: &Reply) -> Option<&'static str> {
    let ours = reply.cookie.as_ref()?;
    let theirs = exchange::cookie_in(&reply.message)?;
    let client = |cookie: &[u8]| cookie.get(..CLIENT_COOKIE_LEN).map(<[u8]>::to_vec);
    Some(if client(ours) != client(&theirs) {
        "bad"
    } else if theirs.len() == CLIENT_COOKIE_LEN {
        "echoed"
    } else {
        "good"
    })
}

fn with_verdict(text: &str, verdict: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.starts_with("; COOKIE: ") {
            format!("{line} ({verdict})\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// Shows one reply on the way down the delegations: what was answered, or to whom was referred.
pub(super) fn step(lookup: &Lookup, reply: &Reply, out: &mut String) {
    let Ok(message) = Message::from_bytes(&reply.message) else {
        return;
    };
    if lookup.options.show.json {
        return json::message(&message, out);
    }
    let mut printed = Printed::nothing(&message);
    let [answer, authority, additional] = &mut printed.sections;
    (*answer, *authority, *additional) = (true, !lookup.options.show.short, false);
    printed.multiline = lookup.options.show.multiline;
    let (server, name) = (reply.server, &reply.name);
    let _ = writeln!(
        out,
        "{printed};; Received {} bytes from {}#{}({name}) in {} ms\n",
        reply.message.len(),
        server.ip(),
        server.port(),
        reply.elapsed.as_millis(),
    );
}

/// Tells that there was no reply.
pub(super) fn failure(lookup: &Lookup, reason: &str, out: &mut String) {
    let options = &lookup.options;
    if options.show.json {
        let _ = writeln!(out, "{}", serde_json::json!({ "error": reason }));
        return;
    }
    if options.show.yaml {
        return yaml::failure(reason, out);
    }
    let _ = writeln!(out, ";; no reply from the server: {reason}");
}

fn printed<'m, 'a>(message: &'m Message<'a>, show: &Show) -> Printed<'m, 'a> {
    let mut printed = Printed::nothing(message);
    printed.header = show.comments;
    printed.edns = show.comments;
    printed.comments = show.comments;
    printed.question = show.question;
    printed.sections = [show.answer, show.authority, show.additional];
    printed.multiline = show.multiline;
    printed
}

/// The data of a record.
pub(super) fn data(record: &Record<'_>, out: &mut String) {
    let mut printer = Printer::new(out, Layout::OneLine);
    let _ = record.show_data(&mut printer);
    let _ = printer.finish();
}

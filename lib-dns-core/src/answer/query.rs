//! From the octets of a query to a question that can be searched for, and the frame of the response.

use super::reply::Reply;
use super::search::Search;
use super::{Settings, Transport, chaos};
use crate::code_points::{
    Class, InfoCode, MAX_MESSAGE_LEN, MIN_UDP_SIZE, OPT_LEN, OPTION_HEAD_LEN, Opcode, Rcode,
};
use crate::dnssec::Sha1;
use crate::messages::options::{ExtendedError, Nsid};
use crate::messages::{
    Edns, EdnsHeader, EdnsOption, Flags, Header, Message, MessageBuilder, OptionCode, Question,
};
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::ZoneSet;

/// An extended error without words (RFC 8914 2).
const EXTENDED_ERROR_LEN: usize = OPTION_HEAD_LEN + 2;

/// How the response ends: the rcode, and why.
struct Outcome {
    rcode: Rcode,
    reason: Option<InfoCode>,
}

impl Outcome {
    const fn of(rcode: Rcode) -> Self {
        Self {
            rcode,
            reason: None,
        }
    }

    const fn because(rcode: Rcode, reason: InfoCode) -> Self {
        Self {
            rcode,
            reason: Some(reason),
        }
    }
}

pub(super) fn respond<S: ZoneSet>(
    zones: &S,
    settings: &Settings<'_>,
    sha1: &impl Sha1,
    query: &[u8],
    transport: Transport,
    out: &mut [u8],
) -> Option<usize> {
    let header = Header::read(query).ok()?;
    if header.flags.response() {
        return None;
    }
    let flags = reply_flags(header.flags);
    let read = read(query);
    let Ok((question, edns)) = read else {
        let rcode = match header.flags.opcode() {
            Opcode::QUERY => Rcode::FORMERR,
            _ => Rcode::NOTIMP,
        };
        let builder = MessageBuilder::<0>::new(out, header.id, flags.with_rcode(rcode)).ok()?;
        return Some(builder.finish().len());
    };
    let mut builder = MessageBuilder::new(out, header.id, flags).ok()?;
    builder.set_limit(limit(settings, &edns, transport));
    let identity = edns
        .filter(|edns| edns.option(OptionCode::NSID).is_some())
        .and(settings.identity);
    if edns.is_some() {
        let identity = identity.map_or(0, |octets| octets.len().saturating_add(OPTION_HEAD_LEN));
        builder.set_reserve(OPT_LEN.saturating_add(identity));
    }
    if let Some(Question {
        name,
        qtype,
        qclass,
    }) = &question
    {
        builder.question(name, *qtype, *qclass).ok()?;
    }
    let mut reply = Reply {
        builder,
        dnssec_ok: edns.is_some_and(|edns| edns.dnssec_ok()),
        rcode: Rcode::NOERROR,
    };
    let outcome = outcome(
        zones,
        settings,
        sha1,
        header.flags.opcode(),
        &question,
        &edns,
        transport,
        &mut reply,
    );
    finish(reply, settings, outcome, edns, identity)
}

/// What we say to everybody in the header: no recursion here, and what has to be copied
/// (RFC 1035 4.1.1, RFC 4035 3.1.6).
fn reply_flags(query: Flags) -> Flags {
    Flags::default()
        .with_response(true)
        .with_opcode(query.opcode())
        .with_recursion_desired(query.recursion_desired())
        .with_checking_disabled(query.checking_disabled())
}

type Asked<'q> = (Option<Question<'q>>, Option<Edns<'q>>);

/// Reads a query; there may be no question, but not two (RFC 9619).
fn read(query: &[u8]) -> Result<Asked<'_>, ()> {
    let message = Message::from_bytes(query).map_err(|_| ())?;
    let [questions, ..] = message.header().counts;
    if questions > 1 {
        return Err(());
    }
    Ok((message.question(), message.edns()))
}

/// How long the response may be (RFC 6891 6.2.3 to 6.2.5).
fn limit(settings: &Settings<'_>, edns: &Option<Edns<'_>>, transport: Transport) -> usize {
    let theirs = edns.map_or(MIN_UDP_SIZE, |edns| edns.udp_size.max(MIN_UDP_SIZE));
    match transport {
        Transport::Udp => usize::from(theirs.min(settings.udp_size.max(MIN_UDP_SIZE))),
        Transport::Stream => MAX_MESSAGE_LEN,
    }
}

/// Fills the sections, and says how it went.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one query, read once"
)]
fn outcome<S: ZoneSet>(
    zones: &S,
    settings: &Settings<'_>,
    sha1: &impl Sha1,
    opcode: Opcode,
    question: &Option<Question<'_>>,
    edns: &Option<Edns<'_>>,
    transport: Transport,
    reply: &mut Reply<'_>,
) -> Outcome {
    if edns.is_some_and(|edns| edns.version > 0) {
        return Outcome::of(Rcode::BADVERS);
    }
    if opcode != Opcode::QUERY {
        return Outcome::because(Rcode::NOTIMP, InfoCode::NOT_SUPPORTED);
    }
    let Some(question) = question else {
        return Outcome::of(Rcode::FORMERR);
    };
    match question.qtype {
        // No data, and nothing to ask for.
        Type::OPT | Type::TKEY | Type::TSIG => return Outcome::of(Rcode::FORMERR),
        // It stands in denials only (RFC 9824 3.5).
        Type::NXNAME => return Outcome::because(Rcode::FORMERR, InfoCode::INVALID_QUERY_TYPE),
        Type::IXFR | Type::AXFR => {
            return Outcome::because(Rcode::REFUSED, InfoCode::NOT_SUPPORTED);
        }
        // Obsolete (RFC 1035 3.2.3).
        Type::MAILB | Type::MAILA => {
            return Outcome::because(Rcode::NOTIMP, InfoCode::NOT_SUPPORTED);
        }
        _ => {}
    }
    let mark = reply.builder.mark();
    let (before, minimal_any) = (reply.builder.flags(), settings.minimal_any);
    let search = Search {
        zones,
        sha1,
        minimal_any: minimal_any && question.qtype == Type::ANY && transport == Transport::Udp,
    };
    let answered = match question.qclass {
        Class::CH => chaos::answer(&mut reply.builder, settings, question),
        _ => search.answer(reply, question),
    };
    match answered {
        Some(Ok(())) => Outcome::of(reply.rcode),
        Some(Err(WriteError::NoRoom)) => {
            let flags = reply.builder.flags().with_truncated(true);
            reply.builder.set_flags(flags);
            Outcome::of(reply.rcode)
        }
        Some(Err(_)) => {
            // Stored data that is none: half an answer would be a lie.
            reply.builder.rewind(mark);
            reply.builder.set_flags(before);
            Outcome::because(Rcode::SERVFAIL, InfoCode::INVALID_DATA)
        }
        None => Outcome::because(Rcode::REFUSED, InfoCode::NOT_AUTHORITATIVE),
    }
}

/// Writes the OPT record, if the client sent one (RFC 6891 6.1.1), and the header.
fn finish(
    mut reply: Reply<'_>,
    settings: &Settings<'_>,
    outcome: Outcome,
    edns: Option<Edns<'_>>,
    identity: Option<&[u8]>,
) -> Option<usize> {
    let flags = reply.builder.flags().with_rcode(outcome.rcode);
    reply.builder.set_flags(flags);
    if edns.is_none() {
        return Some(reply.builder.finish().len());
    }
    let header = EdnsHeader {
        udp_size: settings.udp_size,
        version: 0,
        rcode: outcome.rcode,
        dnssec_ok: reply.dnssec_ok,
    };
    reply.builder.set_reserve(0);
    let mut room = reply.builder.room().saturating_sub(OPT_LEN);
    let identity = identity.filter(|octets| {
        let needed = octets.len().saturating_add(OPTION_HEAD_LEN);
        let fits = needed <= room;
        room = room.saturating_sub(needed);
        fits
    });
    let reason = outcome.reason.filter(|_| room >= EXTENDED_ERROR_LEN);
    let identity = identity.map(|id| EdnsOption::from(Nsid { id }));
    let reason = reason.map(|code| EdnsOption::from(ExtendedError { code, text: b"" }));
    let written = match (identity, reason) {
        (Some(identity), Some(reason)) => reply.builder.edns(&header, &[identity, reason]),
        (Some(option), None) | (None, Some(option)) => reply.builder.edns(&header, &[option]),
        (None, None) => reply.builder.edns(&header, &[]),
    };
    // Room was kept for it; without it, the client would not get the whole rcode.
    written.ok()?;
    Some(reply.builder.finish().len())
}

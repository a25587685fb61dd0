//! From the octets of a query to a question that can be searched for, and the frame of the response.

use super::about_zone::AboutZone;
use super::reply::{Reply, reply_flags};
use super::search::Search;
use super::{Settings, Transport, chaos};
use crate::code_points::{
    Class, InfoCode, MAX_MESSAGE_LEN, MIN_UDP_SIZE, OPT_LEN, OPTION_HEAD_LEN, Opcode, Rcode,
};
use crate::dnssec::Sha1;
use crate::messages::options::{ExtendedError, Nsid, write_if_it_fits};
use crate::messages::{Edns, EdnsHeader, Header, Message, MessageBuilder, OptionCode, Question};
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::ZoneSet;

/// How a response ends: the rcode, and why.
///
/// ```
/// use lib_dns_core::answer::Verdict;
/// use lib_dns_core::code_points::{InfoCode, Rcode};
/// let refused = Verdict::because(Rcode::REFUSED, InfoCode::PROHIBITED);
/// assert_eq!(refused.rcode, Rcode::REFUSED);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The rcode.
    pub rcode: Rcode,
    /// More about it, for those who speak EDNS (RFC 8914).
    pub reason: Option<InfoCode>,
}

impl Verdict {
    /// An rcode that says all.
    pub const fn of(rcode: Rcode) -> Self {
        Self {
            rcode,
            reason: None,
        }
    }

    /// An rcode and the reason for it.
    pub const fn because(rcode: Rcode, reason: InfoCode) -> Self {
        Self {
            rcode,
            reason: Some(reason),
        }
    }
}

/// A message to a server, read once.
///
/// ```
/// use lib_dns_core::answer::{Request, Settings, Transport, Verdict};
/// use lib_dns_core::code_points::Rcode;
/// let octets = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x07example\0\0\xfc\0\x01";
/// let request = Request::read(octets).ok_or("no request")?;
/// assert!(!request.is_plain_query());
/// let mut out = [0; 512];
/// let verdict = Verdict::of(Rcode::REFUSED);
/// let length = request.refuse(verdict, &Settings::default(), Transport::Udp, 0, &mut out);
/// assert_eq!(length, Some(octets.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'q> {
    header: Header,
    message: Option<Message<'q>>,
}

impl<'q> Request<'q> {
    /// Reads a message. `None`: it is a response or has no header, so it must not be answered.
    #[inline]
    pub fn read(octets: &'q [u8]) -> Option<Self> {
        let header = Header::read(octets).ok()?;
        if header.flags.response() {
            return None;
        }
        // There may be no question, but not two (RFC 9619). What changes zones has its own sections.
        let message = Message::from_bytes(octets).ok();
        let [questions, ..] = header.counts;
        Some(Self {
            header,
            message: message.filter(|_| questions <= 1),
        })
    }

    /// What kind of request it is.
    #[inline]
    pub fn opcode(&self) -> Opcode {
        self.header.flags.opcode()
    }

    /// The message; `None` if it is malformed.
    #[inline]
    pub fn message(&self) -> Option<&Message<'q>> {
        self.message.as_ref()
    }

    /// Is [`Self::respond`] all that it needs? Not if it is a notification, an update or a transfer, or if it
    /// may be signed.
    #[inline]
    pub fn is_plain_query(&self) -> bool {
        let Some(message) = &self.message else {
            return true;
        };
        let [.., additionals] = self.header.counts;
        // Behind the additional records of queries stand OPT and signatures, and nothing else.
        self.header.flags.opcode() == Opcode::QUERY
            && additionals == u16::from(message.edns().is_some())
            && message
                .question()
                .is_none_or(|question| !matches!(question.qtype, Type::AXFR | Type::IXFR))
    }

    /// Answers as a query: writes the response to the front of `out`, but for `reserve` octets for a signature,
    /// and says how long it is.
    ///
    /// `None`: `out` has no room for a header.
    #[inline]
    pub fn respond<S: ZoneSet>(
        &self,
        zones: &S,
        settings: &Settings<'_>,
        sha1: &impl Sha1,
        transport: Transport,
        reserve: usize,
        out: &mut [u8],
    ) -> Option<usize> {
        let Some(message) = &self.message else {
            return self.malformed(out);
        };
        let (question, edns) = (message.question(), message.edns());
        let mut reply = Reply::new(out, &self.header)?;
        open(&mut reply, message, settings, transport, reserve)?;
        let about = match (&question, &edns) {
            (Some(question), Some(edns)) => AboutZone::of(zones, question, edns),
            _ => AboutZone::default(),
        };
        let verdict = verdict(
            zones,
            settings,
            sha1,
            self.header.flags.opcode(),
            &question,
            &edns,
            transport,
            &mut reply,
        );
        finish(&mut reply, settings, verdict, edns, about, reserve)
    }

    /// Answers with an rcode and, if it can be read, the question.
    ///
    /// `None`: `out` has no room for a header.
    pub fn refuse(
        &self,
        verdict: Verdict,
        settings: &Settings<'_>,
        transport: Transport,
        reserve: usize,
        out: &mut [u8],
    ) -> Option<usize> {
        let Some(message) = &self.message else {
            return self.malformed(out);
        };
        let mut reply = Reply::new(out, &self.header)?;
        open(&mut reply, message, settings, transport, reserve)?;
        let about = AboutZone::default();
        finish(
            &mut reply,
            settings,
            verdict,
            message.edns(),
            about,
            reserve,
        )
    }

    /// The header alone: what follows it cannot be trusted.
    fn malformed(&self, out: &mut [u8]) -> Option<usize> {
        let flags = reply_flags(self.header.flags);
        let rcode = match self.header.flags.opcode() {
            Opcode::QUERY => Rcode::FORMERR,
            _ => Rcode::NOTIMP,
        };
        let builder =
            MessageBuilder::<0>::new(out, self.header.id, flags.with_rcode(rcode)).ok()?;
        Some(builder.finish().len())
    }
}

/// Begins the response, with the question and with room kept for what comes last. `None`: there is not even room for
/// the question.
fn open(
    reply: &mut Reply<'_>,
    message: &Message<'_>,
    settings: &Settings<'_>,
    transport: Transport,
    reserve: usize,
) -> Option<()> {
    let edns = message.edns();
    let builder = &mut reply.builder;
    builder.set_limit(limit(settings, &edns, transport));
    let opt = edns.as_ref().map_or(0, |edns| {
        let identity = identity(edns, settings);
        let identity = identity.map_or(0, |octets| octets.len().saturating_add(OPTION_HEAD_LEN));
        let about = AboutZone::room(edns);
        OPT_LEN.saturating_add(identity).saturating_add(about)
    });
    builder.set_reserve(opt.saturating_add(reserve));
    if let Some(Question {
        name,
        qtype,
        qclass,
    }) = message.question()
    {
        builder.question(&name, qtype, qclass).ok()?;
    }
    reply.dnssec_ok = edns.is_some_and(|edns| edns.dnssec_ok());
    Some(())
}

/// Who we are, if that is asked (RFC 5001).
fn identity<'s>(edns: &Edns<'_>, settings: &Settings<'s>) -> Option<&'s [u8]> {
    edns.option(OptionCode::NSID).and(settings.identity)
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
fn verdict<S: ZoneSet>(
    zones: &S,
    settings: &Settings<'_>,
    sha1: &impl Sha1,
    opcode: Opcode,
    question: &Option<Question<'_>>,
    edns: &Option<Edns<'_>>,
    transport: Transport,
    reply: &mut Reply<'_>,
) -> Verdict {
    if edns.is_some_and(|edns| edns.version > 0) {
        return Verdict::of(Rcode::BADVERS);
    }
    if opcode != Opcode::QUERY {
        return Verdict::because(Rcode::NOTIMP, InfoCode::NOT_SUPPORTED);
    }
    let Some(question) = question else {
        return Verdict::of(Rcode::FORMERR);
    };
    match question.qtype {
        // No data, and nothing to ask for.
        Type::OPT | Type::TKEY | Type::TSIG => return Verdict::of(Rcode::FORMERR),
        // It stands in denials only (RFC 9824 3.5).
        Type::NXNAME => return Verdict::because(Rcode::FORMERR, InfoCode::INVALID_QUERY_TYPE),
        Type::IXFR | Type::AXFR => {
            return Verdict::because(Rcode::REFUSED, InfoCode::NOT_SUPPORTED);
        }
        // Obsolete (RFC 1035 3.2.3).
        Type::MAILB | Type::MAILA => {
            return Verdict::because(Rcode::NOTIMP, InfoCode::NOT_SUPPORTED);
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
        Some(Ok(())) => Verdict::of(reply.rcode),
        Some(Err(WriteError::NoRoom)) => {
            let flags = reply.builder.flags().with_truncated(true);
            reply.builder.set_flags(flags);
            Verdict::of(reply.rcode)
        }
        Some(Err(_)) => {
            // Stored data that is none: half an answer would be a lie.
            reply.builder.rewind(mark);
            reply.builder.set_flags(before);
            Verdict::because(Rcode::SERVFAIL, InfoCode::INVALID_DATA)
        }
        None => match zones.unavailable(&question.name, question.qclass) {
            Some(reason) => Verdict::because(Rcode::SERVFAIL, reason),
            None => Verdict::because(Rcode::REFUSED, InfoCode::NOT_AUTHORITATIVE),
        },
    }
}

/// Writes the OPT record, if the client sent one (RFC 6891 6.1.1), and the header.
// Called, so that what it needs of the stack is free while zones are searched.
#[inline(never)]
fn finish(
    reply: &mut Reply<'_>,
    settings: &Settings<'_>,
    verdict: Verdict,
    edns: Option<Edns<'_>>,
    about: AboutZone,
    reserve: usize,
) -> Option<usize> {
    let flags = reply.builder.flags().with_rcode(verdict.rcode);
    reply.builder.set_flags(flags);
    let Some(edns) = edns else {
        return Some(reply.builder.fill_header());
    };
    let header = EdnsHeader {
        udp_size: settings.udp_size,
        version: 0,
        rcode: verdict.rcode,
        dnssec_ok: reply.dnssec_ok,
    };
    reply.builder.set_reserve(reserve);
    let written = reply.builder.edns_with(&header, |writer| {
        if let Some(id) = identity(&edns, settings) {
            write_if_it_fits(&Nsid { id }, writer);
        }
        about.write(writer);
        if let Some(code) = verdict.reason {
            write_if_it_fits(&ExtendedError { code, text: b"" }, writer);
        }
        Ok(())
    });
    // Room was kept for it; without it, the client would not get the whole rcode.
    written.ok()?;
    Some(reply.builder.fill_header())
}

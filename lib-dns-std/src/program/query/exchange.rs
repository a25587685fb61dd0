//! Putting a question to a server, and waiting for what answers it.

use super::command_line::{Edns, Lookup, Options};
use crate::program::client::{RequestVerifier, Target, client_config};
use jiff::Timestamp;
use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN, OPT_LEN, OPTION_HEAD_LEN, Opcode};
use lib_dns_core::messages::options::Padding;
use lib_dns_core::messages::tsig::TsigError;
use lib_dns_core::messages::{EdnsOption, Message, MessageBuilder, OptionCode, Section};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{Opaque, Soa, Type};
use lib_dns_core::wire::{Form, WriteError, Writer};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// The port of DNS.
const PORT: u16 = 53;
/// The port of DNS over TLS (RFC 7858 3.1).
const TLS_PORT: u16 = 853;
/// The port of `zdns serve`, which is asked when no server is given.
const OWN_PORT: u16 = 5300;

/// Octets of a client's cookie (RFC 7873 4).
pub(super) const CLIENT_COOKIE_LEN: usize = 8;

/// The options that `dig` writes before others, in its order.
const DIGS_ORDER: [OptionCode; 5] = [
    OptionCode::NSID,
    OptionCode::ECS,
    OptionCode::COOKIE,
    OptionCode::EXPIRE,
    OptionCode::KEEPALIVE,
];

/// Why there is nothing to show.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server did not reply.
    NoReply(String),
    /// It was not asked.
    Internal(String),
}

/// A query that is ready to go.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) message: Vec<u8>,
    pub(super) target: Target,
    /// What verifies the response, if the query is signed.
    pub(super) verifier: Option<RequestVerifier>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) message: Vec<u8>,
    pub(super) server: SocketAddr,
    /// `UDP`, `TCP` or `TLS`.
    pub(super) transport: &'static str,
    /// It came over TCP because the one over UDP was cut short.
    pub(super) retried: bool,
    pub(super) elapsed: Duration,
    pub(super) received: Timestamp,
    /// The cookie that was sent, both parts.
    pub(super) cookie: Option<Vec<u8>>,
    /// What is wrong with its signature, if the query was signed.
    pub(super) signature: Result<(), TsigError>,
    /// The server as it was named.
    pub(super) name: String,
}

/// Finds the server and writes the query.
pub(super) fn prepare(lookup: &Lookup) -> Result<Prepared, Failure> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| Failure::Internal(error.to_string()))?;
    let mut cookie = [0; CLIENT_COOKIE_LEN];
    getrandom::fill(&mut cookie).map_err(|error| Failure::Internal(error.to_string()))?;
    let message = query(lookup, u16::from_be_bytes(id), cookie)
        .map_err(|error| Failure::Internal(format!("the query cannot be written: {error}")))?;
    let mut message = message;
    let options = &lookup.options;
    let key = options.key.as_ref();
    let signed = key.map(|key| key.sign(&mut message)).transpose();
    let verifier = signed.map_err(Failure::Internal)?;
    let server = find_server(options)?;
    let tls = options.tls.then(|| tls(options, server)).transpose();
    Ok(Prepared {
        message,
        target: Target {
            server,
            source: options.source,
            timeout: options.timeout,
            tls: tls.map_err(Failure::Internal)?,
        },
        verifier,
    })
}

/// The settings of the connection, and the name that the server must have.
fn tls(
    options: &Options,
    server: SocketAddr,
) -> Result<(Arc<ClientConfig>, ServerName<'static>), String> {
    let config = client_config(&options.trust)?;
    let name = match (&options.tls_hostname, &options.server) {
        (Some(name), _) | (None, Some(name)) => name.clone(),
        (None, None) => server.ip().to_string(),
    };
    let wrong = |_| format!("{name} is no name that a certificate could have");
    let name = ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(wrong)?;
    Ok((config, name))
}

/// Verifies the reply to a query that was signed.
fn verified(query: &Prepared, reply: &[u8]) -> Result<(), TsigError> {
    match (&query.verifier, Message::from_bytes(reply)) {
        (Some(verifier), Ok(reply)) => verifier.verify(&reply),
        _ => Ok(()),
    }
}

fn query(lookup: &Lookup, id: u16, cookie: [u8; CLIENT_COOKIE_LEN]) -> Result<Vec<u8>, WriteError> {
    let options = &lookup.options;
    let mut flags = options.header_flags.with_opcode(Opcode(options.opcode));
    if lookup.is_transfer() {
        // As dig.
        flags = flags.with_recursion_desired(false);
    }
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, id, flags)?;
    builder.question(&lookup.name.as_name(), lookup.rtype, lookup.class)?;
    if let Some(serial) = lookup.serial {
        // What the client has (RFC 1995 3); the rest of it is of no interest.
        let data = Soa {
            primary: Name::ROOT,
            responsible: Name::ROOT,
            serial,
            refresh: 0,
            retry: 0,
            expire: 0,
            minimum: 0,
        };
        let owner = lookup.name.as_name();
        builder.record(Section::Authority, &owner, lookup.class, 0, &data)?;
    }
    if let Some(edns) = &options.edns {
        let ttl = u32::from(edns.version) << 16 | u32::from(edns.flags);
        let octets = edns_options(edns, options.cookie.then_some(cookie), builder.len())?;
        let data = Opaque {
            rtype: Type::OPT,
            octets: &octets,
        };
        let class = Class(edns.udp_size);
        builder.record(Section::Additional, &Name::ROOT, class, ttl, &data)?;
    }
    Ok(builder.finish().to_vec())
}

/// The options as they stand in the record, with the padding that makes the message's length even.
fn edns_options(
    edns: &Edns,
    cookie: Option<[u8; CLIENT_COOKIE_LEN]>,
    before: usize,
) -> Result<Vec<u8>, WriteError> {
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let mut writer = Writer::<0>::new(&mut buffer, Form::Plain);
    let mut options: Vec<(OptionCode, &[u8])> = edns
        .options
        .iter()
        .map(|(code, octets)| (OptionCode(*code), octets.as_slice()))
        .collect();
    let is_given = options.iter().any(|(code, _)| *code == OptionCode::COOKIE);
    if let Some(client) = cookie.as_ref().filter(|_| !is_given) {
        options.push((OptionCode::COOKIE, client));
    }
    options.sort_by_key(|(code, _)| {
        let place = DIGS_ORDER.iter().position(|first| first == code);
        place.unwrap_or(DIGS_ORDER.len())
    });
    for (code, octets) in options {
        // What is asked for may well be no value of the option: it is for the server to say so.
        EdnsOption::Opaque { code, octets }.write(&mut writer)?;
    }
    if edns.padding > 0 {
        let block = usize::from(edns.padding);
        let length = before + OPT_LEN + writer.len() + OPTION_HEAD_LEN;
        let octets = &vec![0; (block - length % block) % block];
        EdnsOption::from(Padding { octets }).write(&mut writer)?;
    }
    Ok(writer.into_written().to_vec())
}

fn find_server(options: &Options) -> Result<SocketAddr, Failure> {
    let Some(name) = &options.server else {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        return Ok(SocketAddr::new(here, options.port.unwrap_or(OWN_PORT)));
    };
    let usual = if options.tls { TLS_PORT } else { PORT };
    let port = options.port.unwrap_or(usual);
    let unknown = |reason: String| Failure::Internal(format!("no address of {name}: {reason}"));
    let addresses = (name.as_str(), port).to_socket_addrs();
    let mut addresses = addresses.map_err(|error| unknown(error.to_string()))?;
    let fitting = addresses.find(|address| options.takes(&address.ip()));
    fitting.ok_or_else(|| unknown("none of the wanted family".to_owned()))
}

/// Asks until a reply comes, or the tries are used up.
pub(super) fn ask(lookup: &Lookup, query: &Prepared) -> Result<Reply, Failure> {
    let options = &lookup.options;
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    let target = &query.target;
    for _ in 0..options.tries.max(1) {
        let begun = Instant::now();
        let tried = if options.over_stream() {
            target.ask_over_stream(&query.message)
        } else {
            target.ask_over_udp(&query.message)
        };
        let mut reply = match tried {
            Ok(message) => Reply {
                message,
                server: target.server,
                transport: match options.over_stream() {
                    true => options.stream_name(),
                    false => "UDP",
                },
                retried: false,
                elapsed: begun.elapsed(),
                received: Timestamp::now(),
                cookie: cookie_in(&query.message),
                signature: Ok(()),
                name: match &options.server {
                    Some(name) => name.clone(),
                    None => target.server.ip().to_string(),
                },
            },
            Err(error) => {
                last = error;
                continue;
            }
        };
        let cut = Message::from_bytes(&reply.message).is_ok_and(|reply| reply.flags().truncated());
        if cut && !options.over_stream() && !options.ignore_truncation {
            // Once: a server that cuts over TCP too has no more to say. Without TCP the cut one has to do.
            if let Ok(message) = target.ask_over_stream(&query.message) {
                reply.message = message;
                reply.transport = "TCP";
                reply.retried = true;
                reply.elapsed = begun.elapsed();
            }
        }
        reply.signature = verified(query, &reply.message);
        return Ok(reply);
    }
    Err(Failure::NoReply(reason(&last)))
}

/// The value of a message's cookie option.
pub(super) fn cookie_in(message: &[u8]) -> Option<Vec<u8>> {
    let edns = Message::from_bytes(message).ok()?.edns()?;
    let option = edns.option(OptionCode::COOKIE)?;
    Some(option.octets().to_vec())
}

pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

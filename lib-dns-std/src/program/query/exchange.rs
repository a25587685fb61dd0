//! Putting a question to a server, and waiting for what answers it.

use super::command_line::{Edns, Lookup, Options};
use jiff::Timestamp;
use lib_dns_core::code_points::{
    Class, HEADER_LEN, MAX_MESSAGE_LEN, OPT_LEN, OPTION_HEAD_LEN, Opcode, Rcode,
};
use lib_dns_core::messages::options::Padding;
use lib_dns_core::messages::{
    EdnsOption, FRAME_HEAD_LEN, Framing, Message, MessageBuilder, OptionCode, Section, frame_head,
};
use lib_dns_core::name::Name;
use lib_dns_core::rr_data::{Opaque, Type};
use lib_dns_core::wire::{Form, WriteError, Writer};
use socket2::{Domain, Protocol, SockAddr, Socket};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

/// The port of DNS.
const PORT: u16 = 53;
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
    pub(super) server: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) message: Vec<u8>,
    pub(super) server: SocketAddr,
    pub(super) over_tcp: bool,
    /// It came over TCP because the one over UDP was cut short.
    pub(super) retried: bool,
    pub(super) elapsed: Duration,
    pub(super) received: Timestamp,
    /// The cookie that was sent, both parts.
    pub(super) cookie: Option<Vec<u8>>,
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
    let server = find_server(&lookup.options)?;
    Ok(Prepared { message, server })
}

fn query(lookup: &Lookup, id: u16, cookie: [u8; CLIENT_COOKIE_LEN]) -> Result<Vec<u8>, WriteError> {
    let options = &lookup.options;
    let flags = options.header_flags.with_opcode(Opcode(options.opcode));
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, id, flags)?;
    builder.question(&lookup.name.as_name(), lookup.rtype, lookup.class)?;
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
    let port = options.port.unwrap_or(PORT);
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
    for _ in 0..options.tries.max(1) {
        let begun = Instant::now();
        let tried = if options.tcp {
            over_tcp(options, query)
        } else {
            over_udp(options, query)
        };
        let mut reply = match tried {
            Ok(message) => Reply {
                message,
                server: query.server,
                over_tcp: options.tcp,
                retried: false,
                elapsed: begun.elapsed(),
                received: Timestamp::now(),
                cookie: cookie_in(&query.message),
                name: match &options.server {
                    Some(name) => name.clone(),
                    None => query.server.ip().to_string(),
                },
            },
            Err(error) => {
                last = error;
                continue;
            }
        };
        let cut = Message::from_bytes(&reply.message).is_ok_and(|reply| reply.flags().truncated());
        if cut && !reply.over_tcp && !options.ignore_truncation {
            // Once: a server that cuts over TCP too has no more to say. Without TCP the cut one has to do.
            if let Ok(message) = over_tcp(options, query) {
                reply.message = message;
                reply.over_tcp = true;
                reply.retried = true;
                reply.elapsed = begun.elapsed();
            }
        }
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

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

fn over_udp(options: &Options, query: &Prepared) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + options.timeout;
    let socket: UdpSocket = socket(options, query.server, socket2::Type::DGRAM)?.into();
    socket.connect(query.server)?;
    socket.send(&query.message)?;
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    loop {
        socket.set_read_timeout(Some(left(deadline)?))?;
        let length = socket.recv(&mut buffer)?;
        // What does not answer the query may be forged: the true reply may still come.
        if answers(&buffer[..length], &query.message) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

fn over_tcp(options: &Options, query: &Prepared) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + options.timeout;
    let socket = socket(options, query.server, socket2::Type::STREAM)?;
    socket.connect_timeout(&query.server.into(), left(deadline)?)?;
    let mut stream: TcpStream = socket.into();
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(left(deadline)?))?;
    let head = frame_head(&query.message).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&head[..], &query.message].concat())?;
    let mut framing = Framing::new(vec![0; FRAME_HEAD_LEN + MAX_MESSAGE_LEN]);
    loop {
        while let Some(message) = framing.next().map_err(io::Error::other)? {
            if answers(message, &query.message) {
                return Ok(message.to_vec());
            }
        }
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(framing.room()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => framing.filled(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A socket of the server's family, at the address that was asked for.
fn socket(options: &Options, server: SocketAddr, kind: socket2::Type) -> io::Result<Socket> {
    let protocol = if kind == socket2::Type::DGRAM {
        Protocol::UDP
    } else {
        Protocol::TCP
    };
    let socket = Socket::new(Domain::for_address(server), kind, Some(protocol))?;
    if let Some(source) = options.source {
        socket.bind(&SockAddr::from(source))?;
    }
    Ok(socket)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(io::ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// Is it a whole message that answers the query: its ID, its opcode and its question?
fn answers(reply: &[u8], query: &[u8]) -> bool {
    let (Ok(reply), Ok(query)) = (Message::from_bytes(reply), Message::from_bytes(query)) else {
        return false;
    };
    let flags = reply.flags();
    if reply.id() != query.id() || !flags.response() || flags.opcode() != query.flags().opcode() {
        return false;
    }
    match (reply.question(), query.question()) {
        (Some(theirs), Some(ours)) => theirs == ours,
        // Who could not read the query cannot repeat it.
        (None, _) => flags.rcode() != Rcode::NOERROR && reply.as_bytes().len() >= HEADER_LEN,
        _ => false,
    }
}

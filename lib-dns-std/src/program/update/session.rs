//! What a script has said so far, and the talk with the server.

use super::draft::Draft;
use super::script::Defaults;
use super::{Options, print};
use crate::program::client::{RequestKey, Target};
use lib_dns_core::code_points::{Class, DEFAULT_UDP_SIZE, Rcode};
use lib_dns_core::messages::{EdnsHeader, Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use lib_dns_core::wire::WriteError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

/// The port of DNS.
const PORT: u16 = 53;
/// The port of `zdns serve`, which is told where the script names no server.
const OWN_PORT: u16 = 5300;
/// The longest message that goes over UDP: updates have no EDNS.
const MAX_UDP_LEN: usize = 512;

/// What became of a line.
pub(super) enum Outcome {
    Done,
    /// The update was not made, for this reason; the script goes on.
    Failed(String),
    Quit,
}

pub(super) struct Session {
    server: SocketAddr,
    port: Option<u16>,
    source: Option<SocketAddr>,
    zone: Option<NameBuf>,
    class: Class,
    ttl: Option<u32>,
    key: Option<RequestKey>,
    over_tcp: bool,
    total: Duration,
    each: Duration,
    retries: u32,
    debug: bool,
    draft: Draft,
    /// The last response.
    answer: Option<Vec<u8>>,
}

impl Session {
    pub(super) fn new(options: &Options) -> Self {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            server: SocketAddr::new(here, options.port.unwrap_or(OWN_PORT)),
            port: options.port,
            source: None,
            zone: None,
            class: Class::IN,
            ttl: None,
            key: options.key.clone(),
            over_tcp: options.over_tcp,
            total: options.total,
            each: options.each,
            retries: options.retries,
            debug: options.debug,
            draft: Draft::default(),
            answer: None,
        }
    }

    pub(super) fn defaults(&self) -> Defaults {
        Defaults {
            class: self.class,
            ttl: self.ttl,
        }
    }

    pub(super) fn server(&mut self, name: &str, port: Option<u16>) -> Result<(), String> {
        let port = port.or(self.port).unwrap_or(PORT);
        let unknown = |reason: String| format!("no address of {name}: {reason}");
        let addresses = (name, port).to_socket_addrs();
        let mut addresses = addresses.map_err(|error| unknown(error.to_string()))?;
        let first = addresses.next();
        self.server = first.ok_or_else(|| unknown("there is none".to_owned()))?;
        Ok(())
    }

    pub(super) fn local(&mut self, address: SocketAddr) {
        self.source = Some(address);
    }

    pub(super) fn zone(&mut self, name: NameBuf) {
        self.zone = Some(name);
    }

    pub(super) fn class(&mut self, class: Class) {
        self.class = class;
    }

    pub(super) fn time_to_live(&mut self, ttl: Option<u32>) {
        self.ttl = ttl;
    }

    pub(super) fn key(&mut self, key: RequestKey) {
        self.key = Some(key);
    }

    pub(super) fn debug(&mut self) {
        self.debug = true;
    }

    pub(super) fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.draft.is_empty()
    }

    /// The update so far, for people.
    pub(super) fn shown(&self) -> String {
        let message = self.draft.message(0, self.zone.as_ref(), self.class);
        shown("Outgoing update query:", message.as_deref().unwrap_or(&[]))
    }

    /// The last response, for people.
    pub(super) fn answer(&self) -> String {
        match &self.answer {
            Some(answer) => shown("Answer:", answer),
            None => "Answer: none yet\n".to_owned(),
        }
    }

    /// Sends the update, and starts a new one.
    pub(super) fn send(&mut self) -> Outcome {
        if self.draft.is_empty() {
            return Outcome::Done;
        }
        let draft = std::mem::take(&mut self.draft);
        match self.make(&draft) {
            Ok(()) => Outcome::Done,
            Err(reason) => Outcome::Failed(format!("update failed: {reason}")),
        }
    }

    fn make(&mut self, draft: &Draft) -> Result<(), String> {
        let deadline = Instant::now() + self.total;
        let zone = match (&self.zone, draft.first_name()) {
            (Some(zone), _) => *zone,
            (None, Some(name)) => self.zone_of(*name, deadline)?,
            (None, None) => return Ok(()),
        };
        let message = draft.message(random_id()?, Some(&zone), self.class)?;
        let (answer, verified) = self.ask(message, deadline, true)?;
        let rcode = Message::from_bytes(&answer).map(|message| message.rcode());
        self.answer = Some(answer);
        verified?;
        match rcode {
            Ok(Rcode::NOERROR) => Ok(()),
            Ok(rcode) => Err(rcode.to_string()),
            Err(error) => Err(format!("malformed response: {error}")),
        }
    }

    /// Signs a message, sends it and waits for the response; says too whether that is believed.
    fn ask(
        &self,
        mut message: Vec<u8>,
        deadline: Instant,
        is_update: bool,
    ) -> Result<(Vec<u8>, Result<(), String>), String> {
        let verifier = match &self.key {
            Some(key) => Some(key.sign(&mut message)?),
            None => None,
        };
        let tells = self.debug && is_update;
        if tells {
            print(&format!("Sending update to {}\n", self.server));
            print(&shown("Outgoing update query:", &message));
        }
        let answer = self.exchange(&message, deadline);
        let answer = answer.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                format!("{} does not respond", self.server)
            }
            _ => format!("{}: {error}", self.server),
        })?;
        if tells {
            print(&shown("Reply from update query:", &answer));
        }
        let verified = match (verifier, Message::from_bytes(&answer)) {
            (Some(verifier), Ok(response)) => {
                let verified = verifier.verify(&response);
                verified.map_err(|error| error.to_string())
            }
            _ => Ok(()),
        };
        Ok((answer, verified))
    }

    fn exchange(&self, message: &[u8], deadline: Instant) -> io::Result<Vec<u8>> {
        let mut target = Target {
            server: self.server,
            source: self.source,
            timeout: deadline.saturating_duration_since(Instant::now()),
            tls: None,
        };
        if self.over_tcp || message.len() > MAX_UDP_LEN {
            return target.ask_over_stream(message);
        }
        let mut last = io::Error::from(io::ErrorKind::TimedOut);
        for _ in 0..=self.retries {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            target.timeout = left.min(self.each);
            match target.ask_over_udp(message) {
                Ok(answer) => return Ok(answer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Asks the server in which zone a name is: the owner of the SOA record that it tells, or the one of the
    /// next name up.
    fn zone_of(&self, name: NameBuf, deadline: Instant) -> Result<NameBuf, String> {
        let mut asked = Some(name.as_name());
        while let Some(name) = asked {
            let query = soa_query(&name, random_id()?, self.class);
            let query = query.map_err(|error| error.to_string())?;
            let (answer, verified) = self.ask(query, deadline, false)?;
            verified?;
            let message = Message::from_bytes(&answer);
            let message = message.map_err(|error| format!("malformed response: {error}"))?;
            if let Some(zone) = soa_owner(&message) {
                return Ok(zone);
            }
            if !matches!(message.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN) {
                let rcode = message.rcode();
                return Err(format!("no zone of {name}: the server says {rcode}"));
            }
            asked = name.parent();
        }
        Err(format!("no zone of {name} is known: say 'zone'"))
    }
}

fn soa_query(name: &Name<'_>, id: u16, class: Class) -> Result<Vec<u8>, WriteError> {
    let mut buffer = vec![0; usize::from(DEFAULT_UDP_SIZE)];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, id, Flags::default())?;
    builder.question(name, Type::SOA, class)?;
    builder.edns(&EdnsHeader::default(), &[])?;
    Ok(builder.finish().to_vec())
}

/// Whose SOA record stands in a response, as an answer or as what denies one.
fn soa_owner(message: &Message<'_>) -> Option<NameBuf> {
    let sections = [Section::Answer, Section::Authority];
    let records = sections
        .into_iter()
        .flat_map(|section| message.section(section));
    let mut found = records
        .flatten()
        .filter(|record| record.rtype() == Type::SOA);
    found.next().map(|record| record.owner().into())
}

fn random_id() -> Result<u16, String> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| error.to_string())?;
    Ok(u16::from_be_bytes(id))
}

fn shown(title: &str, message: &[u8]) -> String {
    match Message::from_bytes(message) {
        Ok(message) => format!("{title}\n{message}"),
        Err(error) => format!("{title}\n;; malformed: {error}\n"),
    }
}

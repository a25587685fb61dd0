//! Fetching what is new in a zone from a primary.

use super::connection::Connection;
use super::datagram;
use super::look::{self, leads_to_stream};
use super::query::{random_id, signed};
use super::{FetchError, FetchFault, Primary};
use crate::clock::unix_time;
use crate::zone::{Findings, Zone, ZoneAssembly};
use lib_dns_core::answer::Transport;
use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN};
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::ResponseVerifier;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::{
    Consumer, Event, Limits, NextStep, SoaAnswer, Style, TransferRequest, Wanted, told_expire,
};
use lib_dns_core::zone::{Serial, StoredRecord};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Room for the data of any record.
pub(super) const SCRATCH_LEN: usize = 66_000;

/// How long is waited, and how much is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchSettings {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For the answer to a datagram; each further wait is twice as long.
    pub datagram: Duration,
    /// How many datagrams are sent before it is tried over a stream.
    pub datagrams: u32,
    /// For each message of an answer, from the one before.
    pub message: Duration,
    /// For a whole answer.
    pub total: Duration,
    /// Ask for what changed, and not for the whole zone, where a version is here.
    pub incremental: bool,
    /// Ask for what changed by a datagram first (RFC 1995 2), which brings few changes sooner, and is itself the
    /// question for the version. What is long comes over a stream all the same.
    pub incremental_by_datagram: bool,
    /// Records and octets of an answer.
    pub limits: Limits,
}

impl Default for FetchSettings {
    /// Five seconds for a connection, two for a datagram and three tries, a minute for each message, two hours for
    /// all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            datagram: Duration::from_secs(2),
            datagrams: 3,
            message: Duration::from_secs(60),
            total: Duration::from_secs(7200),
            incremental: true,
            incremental_by_datagram: false,
            limits: Limits::default(),
        }
    }
}

/// What is to be fetched, and from where.
///
/// ```no_run
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::zone::{Serial, ZoneLookup};
/// use lib_dns_std::transfer::{Fetch, Fetched, Primary};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let zone = NameBuf::from_text("sovereign.")?;
/// let primary = Primary::at("192.0.2.1:53".parse()?);
/// let fetch = Fetch::new(&zone.as_name(), Class::IN, primary).with_version(Serial(7));
/// match fetch.run().await?.fetched {
///     Fetched::UpToDate => println!("7 is still the newest"),
///     Fetched::Incremental(differences) => println!("{} changes", differences.len()),
///     Fetched::Whole(zone, _warnings) => println!("{} records", zone.record_count()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The zone.
    pub zone: NameBuf,
    /// Its class.
    pub class: Class,
    /// The version that is here, if one is.
    pub version: Option<Serial>,
    /// Ask for the version first; not needed when a NOTIFY told of a newer one.
    pub looks_first: bool,
    /// From where.
    pub primary: Primary,
    /// How long, and how much.
    pub settings: FetchSettings,
}

/// What was fetched.
#[derive(Debug)]
pub struct News {
    /// What is new.
    pub fetched: Fetched,
    /// The version that the primary has.
    pub serial: Serial,
    /// Seconds for which the primary may still serve its version, if it said so (RFC 7314).
    pub expire: Option<u32>,
    /// Messages of the answer that brought it.
    pub messages: u64,
    /// Octets that they have together.
    pub octets: u64,
}

/// What is new.
#[derive(Debug)]
pub enum Fetched {
    /// Nothing.
    UpToDate,
    /// Differences since the version that is here, oldest first, each in the form of
    /// [`Difference`](lib_dns_core::zone::Difference).
    Incremental(Vec<Vec<u8>>),
    /// The whole zone, and what is worth telling about it.
    Whole(Box<Zone>, Findings),
}

impl Fetch {
    /// All of a zone, with the usual settings.
    pub fn new(zone: &Name<'_>, class: Class, primary: Primary) -> Self {
        Self {
            zone: (*zone).into(),
            class,
            version: None,
            looks_first: true,
            primary,
            settings: FetchSettings::default(),
        }
    }

    /// What is new since a version.
    #[must_use]
    pub fn with_version(self, version: Serial) -> Self {
        Self {
            version: Some(version),
            ..self
        }
    }

    /// Fetches it: the version, where one is here and may be the newest; what changed since; or the whole
    /// zone, also where the primary cannot say what changed, or what it says is of no use.
    ///
    /// # Errors
    /// What went wrong. Nothing of what came before is told: an answer that is not whole, not signed as it must be, or
    /// too long, is none.
    pub async fn run(&self) -> Result<News, FetchError> {
        let tls = self.primary.tls.as_ref();
        if tls.is_some_and(|tls| !tls.proves_identity()) && self.primary.key.is_none() {
            return Err(self.error("TLS", FetchFault::NoProof));
        }
        if let Some(version) = self.version.filter(|_| self.asks_by_datagram()) {
            let changes = datagram::changes(self, version).await;
            if let Some(news) = changes.map_err(|fault| self.error("IXFR over UDP", fault))? {
                return Ok(news);
            }
        }
        let mut line = Line {
            fetch: self,
            connection: None,
        };
        let mut expire = None;
        if let Some(version) = self.version.filter(|_| self.looks_first) {
            let answer = line.look().await?;
            expire = answer.expire;
            if !answer.serial.is_newer_than(version) {
                return Ok(News {
                    fetched: Fetched::UpToDate,
                    serial: answer.serial,
                    expire,
                    messages: 0,
                    octets: 0,
                });
            }
        }
        let news = match self.version.filter(|_| self.settings.incremental) {
            None => line.ask(Wanted::Whole).await,
            Some(version) => match line.ask(Wanted::Since(version)).await {
                Err((_, NextStep::Whole)) => {
                    // What is left on the connection belongs to an answer that is of no use.
                    line.connection = None;
                    line.ask(Wanted::Whole).await
                }
                other => other,
            },
        };
        match news {
            Ok(news) => Ok(News {
                expire: news.expire.or(expire),
                ..news
            }),
            Err((error, _)) => Err(error),
        }
    }

    fn asks_by_datagram(&self) -> bool {
        let settings = &self.settings;
        settings.incremental && settings.incremental_by_datagram && self.primary.tls.is_none()
    }

    fn error(&self, doing: &'static str, fault: FetchFault) -> FetchError {
        FetchError {
            zone: Box::new(self.zone),
            primary: self.primary.address,
            doing,
            fault,
        }
    }
}

/// What is said to the primary, over one connection if it can be.
struct Line<'f> {
    fetch: &'f Fetch,
    connection: Option<Connection>,
}

impl Line<'_> {
    async fn look(&mut self) -> Result<SoaAnswer, FetchError> {
        if self.fetch.primary.tls.is_none() {
            match look::over_udp(self.fetch).await {
                Err(fault) if leads_to_stream(&fault) => {}
                other => return other.map_err(|fault| self.fetch.error("SOA over UDP", fault)),
            }
        }
        let fetch = self.fetch;
        let looked = match self.connected().await {
            Ok(connection) => look::over_stream(fetch, connection).await,
            Err(fault) => Err(fault),
        };
        let doing = match fetch.primary.tls {
            Some(_) => "SOA over TLS",
            None => "SOA over TCP",
        };
        looked.map_err(|fault| fetch.error(doing, fault))
    }

    async fn ask(&mut self, wanted: Wanted) -> Result<News, (FetchError, NextStep)> {
        let mut transferred = self.transfer(wanted).await;
        // Some servers close the connection behind a query.
        let was_closed = matches!(
            &transferred,
            Err((FetchFault::Closed | FetchFault::Io(_), true))
        );
        if was_closed {
            self.connection = None;
            transferred = self.transfer(wanted).await;
        }
        transferred.map_err(|(fault, _)| {
            let step = match &fault {
                FetchFault::Answer(error) => error.next_step(wanted, Transport::Stream),
                // Some close the connection where they do not understand.
                FetchFault::Closed if wanted != Wanted::Whole => NextStep::Whole,
                _ => NextStep::GiveUp,
            };
            let doing = match (wanted, &self.fetch.primary.tls) {
                (Wanted::Whole, None) => "AXFR over TCP",
                (Wanted::Whole, Some(_)) => "AXFR over TLS",
                (Wanted::Since(_), None) => "IXFR over TCP",
                (Wanted::Since(_), Some(_)) => "IXFR over TLS",
            };
            (self.fetch.error(doing, fault), step)
        })
    }

    /// Transfers over the connection. With an error it says whether that may be because an older connection
    /// was used.
    async fn transfer(&mut self, wanted: Wanted) -> Result<News, (FetchFault, bool)> {
        let fetch = self.fetch;
        let connection = self.connected().await.map_err(|fault| (fault, false))?;
        let was_used = connection.was_used();
        let mut messages = 0;
        let total = fetch.settings.total;
        let transferred = timeout(total, transfer(fetch, connection, wanted, &mut messages)).await;
        let transferred = transferred.unwrap_or(Err(FetchFault::TimedOut));
        transferred.map_err(|fault| (fault, was_used && messages == 0))
    }

    async fn connected(&mut self) -> Result<&mut Connection, FetchFault> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let opened = Connection::open(&self.fetch.primary);
                let opened = timeout(self.fetch.settings.connect, opened).await;
                opened.map_err(|_| FetchFault::TimedOut)??
            }
        };
        Ok(self.connection.insert(connection))
    }
}

async fn transfer(
    fetch: &Fetch,
    connection: &mut Connection,
    wanted: Wanted,
    messages: &mut u64,
) -> Result<News, FetchFault> {
    let id = random_id()?;
    let zone = fetch.zone.as_name();
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let len = TransferRequest::write_asking_expire(&mut buffer, id, &zone, fetch.class, wanted)
        .map_err(FetchFault::Write)?
        .len();
    let (request, verifier) = signed(buffer, len, fetch.primary.key.as_ref())?;
    connection.send(&request).await?;
    let mut verifier = verifier.map(ResponseVerifier::into_stream);
    let limits = fetch.settings.limits;
    let mut consumer = Consumer::new(&zone, fetch.class, id, wanted, Transport::Stream, limits);
    let mut taken = Taken::new(fetch);
    let mut scratch = vec![0; SCRATCH_LEN];
    let mut octets = 0;
    let mut expire = None;
    while !consumer.is_done() {
        let deadline = Instant::now() + fetch.settings.message;
        let received = timeout_at(deadline, connection.receive()).await;
        let message = received.map_err(|_| FetchFault::TimedOut)??;
        *messages += 1;
        octets += message.len() as u64;
        if verifier.is_some() || *messages == 1 {
            let message = Message::from_bytes(message);
            let message = message.map_err(|error| FetchFault::Answer(error.into()))?;
            if let Some(verifier) = &mut verifier {
                verifier.verify(&message, unix_time())?;
            }
            if *messages == 1 {
                expire = told_expire(&message);
            }
        }
        let mut events = consumer.message(message, &mut scratch)?;
        while let Some(event) = events.next()? {
            taken.take(event)?;
        }
    }
    if let Some(verifier) = verifier {
        verifier.finish()?;
    }
    let serial = taken.serial;
    Ok(News {
        fetched: taken.finish().await?,
        serial,
        expire,
        messages: *messages,
        octets,
    })
}

/// What has come of an answer.
pub(super) struct Taken {
    style: Style,
    whole: ZoneAssembly,
    differences: Vec<Vec<u8>>,
    serial: Serial,
}

impl Taken {
    pub(super) fn new(fetch: &Fetch) -> Self {
        let source = format!("transfer from {}", fetch.primary.address);
        Self {
            style: Style::UpToDate,
            whole: ZoneAssembly::new(&fetch.zone.as_name(), fetch.class, &source),
            differences: Vec::new(),
            serial: Serial::default(),
        }
    }

    pub(super) fn take(&mut self, event: Event<'_>) -> Result<(), FetchFault> {
        match event {
            Event::Begin(style) => self.style = style,
            Event::Record(record) => self.whole.push(&record),
            Event::OldSoa(record) => {
                self.differences.push(Vec::new());
                self.append(&record)?;
            }
            Event::Delete(record) | Event::NewSoa(record) | Event::Add(record) => {
                self.append(&record)?;
            }
            Event::Done(serial) => self.serial = serial,
        }
        Ok(())
    }

    fn append(&mut self, record: &StoredRecord<'_>) -> Result<(), FetchFault> {
        let Some(difference) = self.differences.last_mut() else {
            return Ok(());
        };
        record.append_to(difference).map_err(FetchFault::Write)
    }

    /// The version that the answer leads to.
    pub(super) fn serial(&self) -> Serial {
        self.serial
    }

    pub(super) async fn finish(self) -> Result<Fetched, FetchFault> {
        match self.style {
            Style::UpToDate => Ok(Fetched::UpToDate),
            Style::Incremental => Ok(Fetched::Incremental(self.differences)),
            Style::Whole => {
                // Sorting a large zone takes a while, in which other tasks go on.
                let made = tokio::task::spawn_blocking(|| self.whole.finish()).await;
                let made = made.map_err(|error| FetchFault::System(error.to_string()))?;
                let (zone, warnings) = made.map_err(FetchFault::Zone)?;
                Ok(Fetched::Whole(Box::new(zone), warnings))
            }
        }
    }
}

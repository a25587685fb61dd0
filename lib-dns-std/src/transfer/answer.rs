//! Answering a request for a zone.

use super::{History, Sign};
use crate::server::Replies;
use crate::zone::Zone;
use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN, Rcode};
use lib_dns_core::messages::{EdnsHeader, Flags};
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{
    COMPRESSION_SLOTS, Differences, Envelope, Producer, ProducerError, Reply, TransferRequest,
    Wanted,
};
use lib_dns_core::wire::WriteError;
use lib_dns_core::zone::{Difference, Serial, StoredRecord, ZoneLookup};
use std::fmt;
use std::io;
use std::sync::Arc;
use tracing::warn;

/// The way back to who asked.
pub trait MessageSink: Send {
    /// Sends a message, and waits until the other side takes it: nothing is made ahead of it.
    fn send(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

impl MessageSink for Replies<'_> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        Replies::send(self, message).await
    }
}

/// The answer to a request for a zone: one version of it, whatever happens to the zone meanwhile.
#[derive(Clone, Debug)]
pub struct Answer {
    id: u16,
    flags: Flags,
    /// The zone's name, as it was asked for.
    name: NameBuf,
    class: Class,
    wanted: Wanted,
    edns: Option<EdnsHeader>,
    expire: Option<u32>,
    asks_expire: bool,
    zone: Arc<Zone>,
    reply: Reply,
    differences: Vec<Vec<u8>>,
}

/// What was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// In which form.
    pub reply: Reply,
    /// The version that it leads to.
    pub serial: Serial,
    /// How many messages.
    pub messages: u64,
    /// How many octets they have together.
    pub octets: u64,
}

impl Answer {
    /// Chooses the form of the answer, and reads the history for it, which may wait for the disk. Whether the
    /// request is allowed must be known before.
    ///
    /// A history that cannot be read is logged, and the whole zone is sent.
    pub fn prepare(
        request: &TransferRequest<'_>,
        zone: Arc<Zone>,
        history: &(impl History + ?Sized),
    ) -> Self {
        let whole = zone.size() as u64;
        let differences = match request.wanted {
            Wanted::Since(from) if zone.serial().is_newer_than(from) => {
                read_history(&zone, from, history, whole)
            }
            _ => None,
        };
        let octets = differences
            .as_ref()
            .map(|differences| differences.iter().map(|one| one.len() as u64).sum());
        let reply = Reply::choose(request.wanted, zone.serial(), octets, whole);
        let Envelope {
            id, flags, edns, ..
        } = Envelope::answering(request);
        Self {
            id,
            flags,
            name: request.zone.into(),
            class: request.class,
            wanted: request.wanted,
            edns,
            expire: None,
            asks_expire: request.asks_expire(),
            reply,
            differences: differences.unwrap_or_default(),
            zone,
        }
    }

    /// Tells in how many seconds the zone expires, if the request asks for it (RFC 7314).
    #[must_use]
    pub fn expiring_in(mut self, seconds: Option<u32>) -> Self {
        self.expire = seconds.filter(|_| self.asks_expire);
        self
    }

    /// The form that was chosen.
    pub fn reply(&self) -> Reply {
        self.reply
    }

    /// Sends the answer over a stream, message by message, each as long as messages can be.
    ///
    /// # Errors
    /// If the other side takes no more, or a record does not fit into a message: then the connection must be
    /// closed, since what came of the answer is of no use.
    pub async fn send(
        &self,
        sink: &mut impl MessageSink,
        sign: &mut impl Sign,
    ) -> Result<Sent, SendError> {
        match self.reply {
            Reply::UpToDate => {
                self.pump(Producer::up_to_date(self.soa()?), sink, sign)
                    .await
            }
            Reply::Whole => {
                let producer = Producer::whole(self.soa()?, self.zone.records());
                self.pump(producer, sink, sign).await
            }
            Reply::Incremental => {
                let records = self.history().ok_or(SendError::NoZone)?;
                let producer = Producer::incremental(self.soa()?, records);
                self.pump(producer, sink, sign).await
            }
        }
    }

    async fn pump<'z, I>(
        &self,
        mut producer: Producer<'z, I>,
        sink: &mut impl MessageSink,
        sign: &mut impl Sign,
    ) -> Result<Sent, SendError>
    where
        I: Iterator<Item = StoredRecord<'z>> + Send,
    {
        let envelope = self.envelope().with_reserve(sign.room());
        let mut buffer = vec![0; MAX_MESSAGE_LEN];
        let mut sent = Sent {
            reply: self.reply,
            serial: self.zone.serial(),
            messages: 0,
            octets: 0,
        };
        while let Some(message) =
            producer.next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)?
        {
            let len = message.len();
            let len = sign.sign(&mut buffer, len).map_err(SendError::Sign)?;
            sink.send(buffer.get(..len).unwrap_or_default()).await?;
            sent.messages += 1;
            sent.octets += len as u64;
        }
        Ok(sent)
    }

    /// Writes the answer to the front of `out` as a datagram of at most `limit` octets, and says how long it is. IXFR
    /// gets all, or the SOA record alone, which leads the asker to a stream; AXFR is not for datagrams
    /// (RFC 5936 4.2), and gets FORMERR.
    ///
    /// # Errors
    /// If there is no room, or data is malformed.
    pub fn datagram(
        &self,
        limit: usize,
        sign: &mut impl Sign,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let envelope = self.envelope().with_reserve(sign.room()).with_limit(limit);
        let message = match (self.wanted, self.reply) {
            (Wanted::Whole, _) => envelope
                .refusal(out, Rcode::FORMERR)
                .map_err(SendError::Sign)?,
            (Wanted::Since(_), Reply::Incremental) => {
                let records = self.history().ok_or(SendError::NoZone)?;
                let producer = Producer::incremental(self.soa()?, records);
                producer.only_message::<COMPRESSION_SLOTS>(&envelope, out)?
            }
            (Wanted::Since(_), Reply::UpToDate | Reply::Whole) => {
                let producer = Producer::up_to_date(self.soa()?);
                producer.only_message::<COMPRESSION_SLOTS>(&envelope, out)?
            }
        };
        let len = message.len();
        sign.sign(out, len).map_err(SendError::Sign)
    }

    fn envelope(&self) -> Envelope<'_> {
        Envelope {
            id: self.id,
            flags: self.flags,
            zone: self.name.as_name(),
            qtype: self.wanted.qtype(),
            qclass: self.class,
            edns: self.edns,
            expire: self.expire,
            limit: MAX_MESSAGE_LEN,
            reserve: 0,
        }
    }

    fn soa(&self) -> Result<StoredRecord<'_>, SendError> {
        self.zone.soa().ok_or(SendError::NoZone)
    }

    /// The records of the differences; they were looked through when the answer was prepared.
    fn history(&self) -> Option<impl Iterator<Item = StoredRecord<'_>> + Send> {
        let differences = of(&self.differences);
        Differences::between(self.wanted.since()?, self.zone.serial(), differences).ok()
    }
}

/// The differences in octets that were looked through.
fn of(octets: &[Vec<u8>]) -> impl Iterator<Item = Difference<'_>> + Clone + Send {
    octets
        .iter()
        .filter_map(|octets| Difference::from_bytes(octets).ok())
}

fn read_history(
    zone: &Zone,
    from: Serial,
    history: &(impl History + ?Sized),
    most: u64,
) -> Option<Vec<Vec<u8>>> {
    let (apex, to) = (zone.apex(), zone.serial());
    let differences = match history.since(&apex, from, to, most) {
        Ok(differences) => differences?,
        Err(error) => {
            warn!(zone = %apex, "the history cannot be read, so the whole zone is sent: {error}");
            return None;
        }
    };
    let is_readable = of(&differences).count() == differences.len();
    let chain = Differences::between(from, to, of(&differences)).map(drop);
    match chain {
        Ok(()) if is_readable => Some(differences),
        Ok(()) => {
            warn!(zone = %apex, "the history is damaged, so the whole zone is sent");
            None
        }
        Err(error) => {
            warn!(zone = %apex, "{error}, so the whole zone is sent");
            None
        }
    }
}

/// Why an answer was not sent whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The other side takes no more.
    Io(io::Error),
    /// A message could not be written.
    Producer(ProducerError),
    /// A message could not be signed, or a refusal not written.
    Sign(WriteError),
    /// The zone has no SOA record, or its history is gone.
    NoZone,
}

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ProducerError> for SendError {
    fn from(error: ProducerError) -> Self {
        Self::Producer(error)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the other side takes no more: {error}"),
            Self::Producer(error) => fmt::Display::fmt(error, f),
            Self::Sign(error) => write!(f, "a message could not be signed: {error}"),
            Self::NoZone => f.write_str("the zone has no SOA record"),
        }
    }
}

impl std::error::Error for SendError {}

//! Answering a request for a zone: from records to messages.

use super::TransferRequest;
use crate::code_points::{Class, MAX_MESSAGE_LEN, OPT_LEN, OPTION_HEAD_LEN, Opcode, Rcode};
use crate::messages::options::Expire;
use crate::messages::{EdnsHeader, EdnsOption, Flags, MessageBuilder, Section};
use crate::name::Name;
use crate::rr_data::Type;
use crate::wire::WriteError;
use crate::zone::StoredRecord;
use core::fmt;

/// A good number of names to remember for compression in a message of a transfer: pointers reach the first 16
/// kilobytes only, and this is as many as a table can have.
pub const COMPRESSION_SLOTS: usize = 255;

/// Octets of the answer to EXPIRE.
const EXPIRE_LEN: usize = OPTION_HEAD_LEN + 4;

/// What the messages of an answer have in common.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'q> {
    /// The id of the request.
    pub id: u16,
    /// The flags.
    pub flags: Flags,
    /// The name in the question.
    pub zone: Name<'q>,
    /// The type in the question: AXFR or IXFR.
    pub qtype: Type,
    /// The class in the question.
    pub qclass: Class,
    /// An OPT record for the first message; only for who sent one (RFC 5936 2.2.5).
    pub edns: Option<EdnsHeader>,
    /// Seconds until the zone expires, for who asked for it (RFC 7314); it goes with the OPT record.
    pub expire: Option<u32>,
    /// The largest message (octets), `reserve` included.
    pub limit: usize,
    /// Octets that are kept free in each message, for a TSIG record.
    pub reserve: usize,
}

impl<'q> Envelope<'q> {
    /// For an answer to `request`: authoritative, RD as it was asked, with OPT if that was asked, in messages as
    /// long as messages can be.
    pub fn answering(request: &TransferRequest<'q>) -> Self {
        Self {
            id: request.id,
            flags: Flags::default()
                .with_response(true)
                .with_authoritative(true)
                .with_recursion_desired(request.flags.recursion_desired()),
            zone: request.zone,
            qtype: request.wanted.qtype(),
            qclass: request.class,
            edns: request.edns.map(|_| EdnsHeader::default()),
            expire: None,
            limit: MAX_MESSAGE_LEN,
            reserve: 0,
        }
    }

    /// The same with `reserve` octets kept free in each message.
    #[must_use]
    pub fn with_reserve(self, reserve: usize) -> Self {
        Self { reserve, ..self }
    }

    /// The same with messages of at most so many octets.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Writes an answer without records that says why there is no transfer.
    ///
    /// # Errors
    /// If there is no room.
    pub fn refusal<'b>(
        &self,
        buffer: &'b mut [u8],
        rcode: Rcode,
    ) -> Result<&'b mut [u8], WriteError> {
        let mut builder = self.start::<1>(buffer, true)?;
        let flags = builder.flags().with_authoritative(false).with_rcode(rcode);
        builder.set_flags(flags);
        self.finish(builder, true)
    }

    fn start<'b, const N: usize>(
        &self,
        buffer: &'b mut [u8],
        is_first: bool,
    ) -> Result<MessageBuilder<'b, N>, WriteError> {
        let flags = self.flags.with_opcode(Opcode::QUERY);
        let mut builder = MessageBuilder::new(buffer, self.id, flags)?;
        builder.set_limit(self.limit);
        let opt = match self.edns {
            Some(_) if is_first => OPT_LEN.saturating_add(match self.expire {
                Some(_) => EXPIRE_LEN,
                None => 0,
            }),
            _ => 0,
        };
        builder.set_reserve(self.reserve.saturating_add(opt));
        if is_first {
            // Later messages need not repeat it (RFC 5936 2.2.1).
            builder.question(&self.zone, self.qtype, self.qclass)?;
        }
        Ok(builder)
    }

    fn finish<'b, const N: usize>(
        &self,
        mut builder: MessageBuilder<'b, N>,
        is_first: bool,
    ) -> Result<&'b mut [u8], WriteError> {
        if let Some(edns) = self.edns.filter(|_| is_first) {
            let header = EdnsHeader {
                rcode: builder.flags().rcode(),
                ..edns
            };
            match self.expire {
                None => builder.edns(&header, &[])?,
                seconds => builder.edns(&header, &[EdnsOption::from(Expire { seconds })])?,
            }
        }
        Ok(builder.finish())
    }
}

/// Writes the messages of an answer, one after the other.
///
/// The records come from any iterator, so that a server's memory, a packed zone in flash and a journal can all
/// feed it. Each message is filled as far as its limit allows.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::messages::Message;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::transfer::{COMPRESSION_SLOTS, Envelope, Producer, TransferRequest, Wanted};
/// use lib_dns_core::zone::StoredRecord;
/// let zone = NameBuf::from_text("sovereign.")?;
/// let record = |rtype, data| {
///     StoredRecord { owner: zone.as_name(), rtype, class: Class::IN, ttl: 60, data }
/// };
/// let soa = record(Type::SOA, &[0; 22][..]);
/// let records = [soa, record(Type::NS, b"\x03ns1\0"), record(Type::A, &[10, 42, 0, 1])];
///
/// let mut query = [0; 64];
/// let query = TransferRequest::write(&mut query, 7, &zone.as_name(), Class::IN, Wanted::Whole)?;
/// let Ok(Some(request)) = TransferRequest::read(&Message::from_bytes(query)?) else {
///     return Err("not read".into());
/// };
/// let envelope = Envelope::answering(&request);
/// let mut producer = Producer::whole(soa, records.iter().copied());
/// let mut buffer = [0; 512];
/// let message = producer.next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)?;
/// let message = Message::from_bytes(message.ok_or("no message")?)?;
/// assert_eq!(message.header().counts, [1, 4, 0, 0], "the SOA record stands at both ends");
/// let mut buffer = [0; 512];
/// assert!(producer.next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Producer<'z, I> {
    soa: StoredRecord<'z>,
    records: I,
    /// Are SOA records left out that the iterator yields?
    skips_soa: bool,
    stage: Stage,
    /// The next record, which did not fit into the last message.
    pending: Option<StoredRecord<'z>>,
    has_begun: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    FirstSoa,
    Records,
    End,
}

impl<'z, I: Iterator<Item = StoredRecord<'z>>> Producer<'z, I> {
    /// All of a zone: its SOA record, its other records in any order, its SOA record again (RFC 5936 2.2).
    /// Where `records` yields the SOA record, it is left out.
    pub fn whole(soa: StoredRecord<'z>, records: I) -> Self {
        Self::new(soa, records, true)
    }

    /// The differences that lead to a version, of which `soa` is the SOA record (RFC 1995 4). `records` are
    /// [`Differences`](super::Differences).
    pub fn incremental(soa: StoredRecord<'z>, records: I) -> Self {
        Self::new(soa, records, false)
    }

    fn new(soa: StoredRecord<'z>, records: I, skips_soa: bool) -> Self {
        Self {
            soa,
            records,
            skips_soa,
            stage: Stage::FirstSoa,
            pending: None,
            has_begun: false,
        }
    }

    /// Writes the next message to the front of `buffer`; `None` after the last. `N` is the number of names
    /// remembered for compression, best [`COMPRESSION_SLOTS`].
    ///
    /// # Errors
    /// If a record does not fit into a message by itself, or its data is malformed. The answer cannot be
    /// completed then, and the connection must be closed.
    pub fn next_message<'b, const N: usize>(
        &mut self,
        envelope: &Envelope<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b mut [u8]>, ProducerError> {
        let Some(mut record) = self.pending.take().or_else(|| self.advance()) else {
            return Ok(None);
        };
        let is_first = !core::mem::replace(&mut self.has_begun, true);
        let mut builder = envelope.start::<N>(buffer, is_first)?;
        let empty = builder.len();
        loop {
            let written = builder.stored_record(
                Section::Answer,
                &record.owner,
                record.rtype,
                record.class,
                record.ttl,
                record.data,
            );
            match written {
                Ok(()) => {}
                Err(WriteError::NoRoom) if builder.len() > empty => {
                    self.pending = Some(record);
                    break;
                }
                Err(WriteError::NoRoom) => return Err(ProducerError::RecordTooLong(record.rtype)),
                Err(error) => return Err(ProducerError::Write(error)),
            }
            match self.advance() {
                Some(next) => record = next,
                None => break,
            }
        }
        Ok(Some(envelope.finish(builder, is_first)?))
    }

    /// Writes the answer as one datagram: all of it if it fits, else the SOA record alone, which tells the asker
    /// to come again over a stream (RFC 1995 2).
    ///
    /// # Errors
    /// As [`Producer::next_message`].
    pub fn only_message<'b, const N: usize>(
        mut self,
        envelope: &Envelope<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], ProducerError> {
        let soa = self.soa;
        let len = match self.next_message::<N>(envelope, buffer) {
            Ok(Some(message)) => message.len(),
            Ok(None) | Err(ProducerError::RecordTooLong(_)) => 0,
            Err(error) => return Err(error),
        };
        if len > 0 && self.is_finished() {
            return Ok(buffer.get_mut(..len).unwrap_or_default());
        }
        up_to_date(soa, envelope, buffer)
    }

    /// Was everything written?
    pub fn is_finished(&self) -> bool {
        self.pending.is_none() && self.stage == Stage::End
    }

    #[inline]
    fn advance(&mut self) -> Option<StoredRecord<'z>> {
        loop {
            match self.stage {
                Stage::FirstSoa => {
                    self.stage = Stage::Records;
                    return Some(self.soa);
                }
                Stage::Records => match self.records.next() {
                    Some(record) if self.skips_soa && record.rtype == Type::SOA => {}
                    Some(record) => return Some(record),
                    None => {
                        self.stage = Stage::End;
                        return Some(self.soa);
                    }
                },
                Stage::End => return None,
            }
        }
    }
}

impl<'z> Producer<'z, core::iter::Empty<StoredRecord<'z>>> {
    /// The SOA record alone, for who has this version or a later one (RFC 1995 2). It is one message.
    pub fn up_to_date(soa: StoredRecord<'z>) -> Self {
        Self {
            stage: Stage::End,
            pending: Some(soa),
            ..Self::new(soa, core::iter::empty(), false)
        }
    }
}

/// Writes the SOA record alone.
fn up_to_date<'b>(
    soa: StoredRecord<'_>,
    envelope: &Envelope<'_>,
    buffer: &'b mut [u8],
) -> Result<&'b mut [u8], ProducerError> {
    let mut producer = Producer::up_to_date(soa);
    let message = producer.next_message::<8>(envelope, buffer)?;
    message.ok_or(ProducerError::Write(WriteError::NoRoom))
}

/// Why an answer could not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ProducerError {
    /// A record of this type does not fit into a message.
    RecordTooLong(Type),
    /// The buffer has no room for a message's head, or data is malformed.
    Write(WriteError),
}

impl From<WriteError> for ProducerError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl fmt::Display for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordTooLong(rtype) => {
                write!(f, "a record of type {rtype} does not fit into one message")
            }
            Self::Write(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for ProducerError {}

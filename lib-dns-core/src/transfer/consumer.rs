//! Taking the answer to a request for a zone: from messages to records.

use super::request::asks;
use super::{BrokenChain, ConsumerError, Wanted};
use crate::answer::Transport;
use crate::code_points::{Class, Opcode, Rcode};
use crate::messages::{Message, Record, Records, Section};
use crate::name::{Name, NameBuf};
use crate::rr_data::{RecordType, Soa, Type, WriteData};
use crate::wire::{Form, Reader, WireError, WriteError, Writer};
use crate::zone::{Serial, StoredRecord, soa_serial};

/// The longest data of an SOA record: two names and five numbers (RFC 1035 3.3.13).
const MAX_SOA_LEN: usize = 2 * crate::name::MAX_NAME_LEN + 20;

/// How much an answer may bring. What goes beyond is an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Records, the SOA records that only mark something included.
    pub records: u64,
    /// Octets of all records without compression.
    pub octets: u64,
}

impl Default for Limits {
    /// A hundred million records, and sixteen gigabytes.
    fn default() -> Self {
        Self {
            records: 100_000_000,
            octets: 16 << 30,
        }
    }
}

/// What an answer turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Style {
    /// All of the zone: [`Event::Record`] follows for each record.
    Whole,
    /// Differences: [`Event::OldSoa`], [`Event::Delete`], [`Event::NewSoa`] and [`Event::Add`] follow.
    Incremental,
    /// The server has nothing newer: only [`Event::Done`] follows.
    UpToDate,
}

/// What an answer says next. Records are in plain form, but for their owners, which may be compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event<'e> {
    /// What it turned out to be. This comes first.
    Begin(Style),
    /// A record of the zone, the SOA record first and only once.
    Record(StoredRecord<'e>),
    /// A difference starts: the SOA record that goes. With the three that follow it makes a
    /// [`Difference`](crate::zone::Difference), record by record in the order in which they come.
    OldSoa(StoredRecord<'e>),
    /// A record that goes.
    Delete(StoredRecord<'e>),
    /// The SOA record that comes.
    NewSoa(StoredRecord<'e>),
    /// A record that comes.
    Add(StoredRecord<'e>),
    /// All is there, and leads to this version (for [`Style::UpToDate`]: the version that the server has).
    /// Nothing may be used before this.
    Done(Serial),
}

/// Takes the messages of one answer to AXFR or IXFR, and says what they mean.
///
/// It checks that the messages answer the request, that records belong into the zone and are well formed, that
/// differences lead from the version that we have to the newest without a gap, and that the answer ends as it
/// began. An answer that is cut off, at whatever place, is never done.
///
/// ```
/// use lib_dns_core::answer::Transport;
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::messages::{Flags, MessageBuilder, Section};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::Type;
/// use lib_dns_core::transfer::{Consumer, Event, Limits, Style, Wanted};
/// use lib_dns_core::zone::Serial;
/// let zone = NameBuf::from_text("sovereign.")?;
/// let (apex, class) = (zone.as_name(), Class::IN);
/// let mut buffer = [0; 512];
/// let mut answer = MessageBuilder::<16>::new(&mut buffer, 7, Flags::default().with_response(true))?;
/// let section = Section::Answer;
/// answer.stored_record(section, &apex, Type::SOA, class, 60, &[0; 22])?;
/// answer.stored_record(section, &apex, Type::NS, class, 60, b"\x03ns1\0")?;
/// answer.stored_record(section, &apex, Type::SOA, class, 60, &[0; 22])?;
///
/// let mut consumer = Consumer::new(&apex, class, 7, Wanted::Whole, Transport::Stream, Limits::default());
/// let mut scratch = [0; 1024];
/// let mut events = consumer.message(answer.finish(), &mut scratch)?;
/// assert_eq!(events.next()?, Some(Event::Begin(Style::Whole)));
/// assert!(matches!(events.next()?, Some(Event::Record(soa)) if soa.rtype == Type::SOA));
/// assert!(matches!(events.next()?, Some(Event::Record(ns)) if ns.rtype == Type::NS));
/// assert_eq!(events.next()?, Some(Event::Done(Serial(0))));
/// assert_eq!(events.next()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Consumer {
    zone: NameBuf,
    class: Class,
    id: u16,
    wanted: Wanted,
    transport: Transport,
    limits: Limits,
    state: State,
    /// Is a message being read? If one was left before its end, records are missing.
    within_message: bool,
    /// The SOA record that came first.
    soa: SoaCopy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// No record has come.
    Start,
    /// Only the newest SOA record has come, in answer to IXFR: the next record tells the style.
    Undecided,
    /// The answer brings the whole zone; that must be told.
    WholeBegins,
    /// The newest SOA record is the zone's first.
    WholeSoa,
    /// Records of the whole zone.
    Whole,
    /// The old SOA record of the next difference must come.
    DifferenceBegins(Serial),
    /// Records that go.
    Deleting(Serial),
    /// Records that come.
    Adding(Serial),
    /// Nothing may follow; that must be told when the message is over.
    Ending,
    /// The server has nothing newer; that must be told.
    UpToDate,
    /// It was told.
    NothingNewer,
    Done,
    Failed,
}

impl Consumer {
    /// Takes the answer to the request with this id, for this of that zone. A version that we have is one to
    /// which differences can be applied.
    pub fn new(
        zone: &Name<'_>,
        class: Class,
        id: u16,
        wanted: Wanted,
        transport: Transport,
        limits: Limits,
    ) -> Self {
        Self {
            zone: (*zone).into(),
            class,
            id,
            wanted,
            transport,
            limits,
            state: State::Start,
            within_message: false,
            soa: SoaCopy::default(),
        }
    }

    /// Takes the next message. Each of its events must be asked for, up to the `None` after the last.
    ///
    /// `scratch` holds the data of a record while it is looked at. Data of types that can be compressed goes
    /// there, so 1,024 octets are enough for RFC 1035's types and 66,000 for all.
    ///
    /// # Errors
    /// If the message does not answer the request, says that there is no transfer, or is malformed.
    pub fn message<'c, 'm, 's>(
        &'c mut self,
        octets: &'m [u8],
        scratch: &'s mut [u8],
    ) -> Result<Events<'c, 'm, 's>, ConsumerError> {
        let checked = self.check(octets);
        match checked {
            Ok(records) => {
                self.within_message = true;
                Ok(Events {
                    consumer: self,
                    records,
                    in_hand: None,
                    scratch,
                    last_owner: None,
                })
            }
            Err(error) => {
                self.state = State::Failed;
                Err(error)
            }
        }
    }

    /// Was [`Event::Done`] told?
    #[inline]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// What to say when no message comes any more.
    ///
    /// # Errors
    /// [`ConsumerError::CutOff`], unless all is there.
    pub fn end(&self) -> Result<(), ConsumerError> {
        if self.is_done() {
            Ok(())
        } else {
            Err(ConsumerError::CutOff)
        }
    }

    fn check<'m>(&mut self, octets: &'m [u8]) -> Result<Records<'m>, ConsumerError> {
        if self.within_message || matches!(self.state, State::Done | State::Failed) {
            return Err(ConsumerError::Over);
        }
        let message = Message::from_bytes(octets)?;
        let flags = message.flags();
        if message.id() != self.id {
            return Err(ConsumerError::WrongId(message.id()));
        }
        if !flags.response() {
            return Err(ConsumerError::NotAResponse);
        }
        if flags.opcode() != Opcode::QUERY {
            return Err(ConsumerError::WrongOpcode(flags.opcode()));
        }
        if message.rcode() != Rcode::NOERROR {
            return Err(ConsumerError::Refused(message.rcode()));
        }
        // Later messages need not have a question, and old servers have none at all (RFC 5936 2.2.1).
        for question in message.questions() {
            let question = question?;
            let zone = self.zone.as_name();
            let is_ours = asks(&question, self.wanted.qtype(), &zone, self.class);
            if !is_ours {
                return Err(ConsumerError::WrongQuestion);
            }
        }
        if flags.truncated() && self.transport == Transport::Udp {
            return Err(ConsumerError::NeedsStream);
        }
        let [_, answers, ..] = message.header().counts;
        if answers == 0 {
            return Err(ConsumerError::EmptyMessage);
        }
        Ok(message.section(Section::Answer))
    }
}

/// What one message says, event by event.
#[derive(Debug)]
pub struct Events<'c, 'm, 's> {
    consumer: &'c mut Consumer,
    records: Records<'m>,
    /// A record that was looked at and is still to be told.
    in_hand: Option<Record<'m>>,
    scratch: &'s mut [u8],
    /// The owner of the last record, which is in the zone.
    last_owner: Option<Name<'m>>,
}

/// What a step led to.
enum Stepped<'m> {
    Begin(Style),
    FirstSoa,
    Record(Role, Record<'m>),
    Done,
    MessageOver,
}

/// What a record is there for.
enum Role {
    OfZone,
    OldSoa,
    Deleted,
    NewSoa,
    Added,
}

impl<'m> Events<'_, 'm, '_> {
    /// The next event; `None` when the message is over.
    ///
    /// # Errors
    /// If the answer is wrong in whatever way: then it is of no use, and there are no more events.
    #[allow(
        clippy::should_implement_trait,
        reason = "fallible, and what it lends is overwritten by the next event"
    )]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, ConsumerError> {
        let told = match self.step() {
            Ok(stepped) => stepped,
            Err(error) => return Err(self.fail(error)),
        };
        let (role, record) = match told {
            Stepped::MessageOver => return Ok(None),
            Stepped::Begin(style) => return Ok(Some(Event::Begin(style))),
            Stepped::Done => return Ok(Some(Event::Done(self.consumer.soa.serial))),
            Stepped::FirstSoa => {
                let consumer = &*self.consumer;
                let soa = consumer.soa.record(consumer.zone.as_name(), consumer.class);
                return Ok(Some(Event::Record(soa)));
            }
            Stepped::Record(role, record) => (role, record),
        };
        let consumer = &mut *self.consumer;
        let stored = plain(&record, self.scratch).and_then(|data| {
            let stored = StoredRecord {
                owner: record.owner(),
                rtype: record.rtype(),
                class: record.class(),
                ttl: record.ttl(),
                data,
            };
            let left = consumer.limits.octets.checked_sub(stored.wire_len() as u64);
            consumer.limits.octets = left.ok_or(ConsumerError::TooManyOctets)?;
            Ok(stored)
        });
        let record = stored.inspect_err(|_| consumer.state = State::Failed)?;
        Ok(Some(match role {
            Role::OfZone => Event::Record(record),
            Role::OldSoa => Event::OldSoa(record),
            Role::Deleted => Event::Delete(record),
            Role::NewSoa => Event::NewSoa(record),
            Role::Added => Event::Add(record),
        }))
    }

    #[cold]
    fn fail(&mut self, error: ConsumerError) -> ConsumerError {
        self.consumer.state = State::Failed;
        error
    }

    /// Goes on by one event. What is told of a message's last record is told before the message is over.
    #[inline]
    fn step(&mut self) -> Result<Stepped<'m>, ConsumerError> {
        loop {
            match self.consumer.state {
                State::Whole => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    if record.rtype() != Type::SOA {
                        return Ok(Stepped::Record(Role::OfZone, record));
                    }
                    self.end_with(&record)?;
                }
                State::Deleting(from) => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    if record.rtype() != Type::SOA {
                        return Ok(Stepped::Record(Role::Deleted, record));
                    }
                    let to = self.serial_of(&record)?;
                    if !to.is_newer_than(from) {
                        return Err(ConsumerError::NotNewer { from, to });
                    }
                    self.consumer.state = State::Adding(to);
                    return Ok(Stepped::Record(Role::NewSoa, record));
                }
                State::Adding(to) => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    if record.rtype() != Type::SOA {
                        return Ok(Stepped::Record(Role::Added, record));
                    }
                    if to == self.consumer.soa.serial {
                        self.end_with(&record)?;
                    } else {
                        self.in_hand = Some(record);
                        self.consumer.state = State::DifferenceBegins(to);
                    }
                }
                State::DifferenceBegins(expected) => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    let found = match record.rtype() {
                        Type::SOA => self.serial_of(&record)?,
                        other => return Err(ConsumerError::NoSoa(other)),
                    };
                    if found != expected {
                        let broken = BrokenChain { expected, found };
                        return Err(ConsumerError::BrokenChain(broken));
                    }
                    self.consumer.state = State::Deleting(found);
                    return Ok(Stepped::Record(Role::OldSoa, record));
                }
                State::Start => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    self.begin_with(&record)?;
                }
                State::Undecided => {
                    let Some(record) = self.take()? else {
                        return self.message_over();
                    };
                    self.in_hand = Some(record);
                    let is_difference = record.rtype() == Type::SOA
                        && self.serial_of(&record)? != self.consumer.soa.serial;
                    match self.consumer.wanted {
                        Wanted::Since(serial) if is_difference => {
                            self.consumer.state = State::DifferenceBegins(serial);
                            return Ok(Stepped::Begin(Style::Incremental));
                        }
                        _ => self.consumer.state = State::WholeBegins,
                    }
                }
                State::WholeBegins => {
                    self.consumer.state = State::WholeSoa;
                    return Ok(Stepped::Begin(Style::Whole));
                }
                State::WholeSoa => {
                    self.consumer.state = State::Whole;
                    return Ok(Stepped::FirstSoa);
                }
                State::Ending => {
                    if self.take()?.is_some() {
                        return Err(ConsumerError::RecordsAfterEnd);
                    }
                    self.consumer.state = State::Done;
                    return Ok(Stepped::Done);
                }
                State::UpToDate => {
                    self.consumer.state = State::NothingNewer;
                    return Ok(Stepped::Begin(Style::UpToDate));
                }
                // Whatever else a server sends then is of no interest.
                State::NothingNewer => {
                    self.consumer.state = State::Done;
                    return Ok(Stepped::Done);
                }
                State::Done => return self.message_over(),
                State::Failed => return Err(ConsumerError::Over),
            }
        }
    }

    fn message_over(&mut self) -> Result<Stepped<'m>, ConsumerError> {
        self.consumer.within_message = false;
        match self.consumer.state {
            // A datagram is all of the answer (RFC 1995 2).
            State::Done => Ok(Stepped::MessageOver),
            _ if self.consumer.transport == Transport::Udp => Err(ConsumerError::NeedsStream),
            _ => Ok(Stepped::MessageOver),
        }
    }

    /// The next record, if it belongs into the zone.
    #[inline]
    fn take(&mut self) -> Result<Option<Record<'m>>, ConsumerError> {
        if let Some(record) = self.in_hand.take() {
            return Ok(Some(record));
        }
        let Some(record) = self.records.next().transpose()? else {
            return Ok(None);
        };
        let (owner, rtype) = (record.owner(), record.rtype());
        if record.class() != self.consumer.class {
            return Err(ConsumerError::WrongClass(record.class()));
        }
        if rtype.is_meta() {
            return Err(ConsumerError::MetaType(rtype));
        }
        let zone = self.consumer.zone.as_name();
        let known = self
            .last_owner
            .is_some_and(|last| last.is_same_view(&owner));
        if !known && !owner.is_at_or_below(&zone) || rtype == Type::SOA && owner != zone {
            return Err(match self.consumer.state {
                State::Start => ConsumerError::NoSoa(rtype),
                _ => ConsumerError::OutOfZone(rtype),
            });
        }
        self.last_owner = Some(owner);
        let records = self.consumer.limits.records.checked_sub(1);
        self.consumer.limits.records = records.ok_or(ConsumerError::TooManyRecords)?;
        Ok(Some(record))
    }

    /// Keeps the first SOA record and sees what it alone says.
    fn begin_with(&mut self, record: &Record<'m>) -> Result<(), ConsumerError> {
        if record.rtype() != Type::SOA {
            return Err(ConsumerError::NoSoa(record.rtype()));
        }
        let data = plain(record, self.scratch)?;
        let consumer = &mut *self.consumer;
        consumer.soa = SoaCopy::of(data, record.ttl())?;
        // As the server writes it.
        consumer.zone = record.owner().into();
        consumer.state = match consumer.wanted {
            Wanted::Whole => State::WholeBegins,
            Wanted::Since(serial) if consumer.soa.serial.is_newer_than(serial) => State::Undecided,
            Wanted::Since(_) => State::UpToDate,
        };
        Ok(())
    }

    /// Sees to it that the last SOA record is the first one.
    fn end_with(&mut self, record: &Record<'m>) -> Result<(), ConsumerError> {
        let data = plain(record, self.scratch)?;
        let soa = |data| Soa::read(&mut Reader::new(data));
        // Names are the same in whatever case they are written.
        if soa(data)? != soa(self.consumer.soa.data())? {
            return Err(ConsumerError::OtherEnd);
        }
        self.consumer.state = State::Ending;
        Ok(())
    }

    fn serial_of(&mut self, record: &Record<'m>) -> Result<Serial, ConsumerError> {
        let data = plain(record, self.scratch)?;
        soa_serial(data).ok_or(ConsumerError::NoSoa(Type::SOA))
    }
}

/// The record's data in plain form, once it was seen to be data of its type.
#[inline]
fn plain<'e>(record: &Record<'e>, scratch: &'e mut [u8]) -> Result<&'e [u8], ConsumerError> {
    let data = record.data()?;
    if !record.rtype().accepts_pointers() {
        return Ok(record.data_octets());
    }
    let mut writer = Writer::<0>::new(scratch, Form::Plain);
    match data.write(&mut writer) {
        Ok(()) => Ok(writer.into_written()),
        Err(WriteError::Malformed(kind)) => Err(ConsumerError::Wire(WireError::new(kind, 0))),
        Err(_) => Err(ConsumerError::ScratchTooSmall),
    }
}

/// The data of an SOA record in plain form.
#[derive(Clone, Debug)]
struct SoaCopy {
    octets: [u8; MAX_SOA_LEN],
    len: usize,
    ttl: u32,
    serial: Serial,
}

impl Default for SoaCopy {
    fn default() -> Self {
        Self {
            octets: [0; MAX_SOA_LEN],
            len: 0,
            ttl: 0,
            serial: Serial::default(),
        }
    }
}

impl SoaCopy {
    fn of(data: &[u8], ttl: u32) -> Result<Self, ConsumerError> {
        let mut copy = Self {
            len: data.len(),
            ttl,
            serial: soa_serial(data).ok_or(ConsumerError::NoSoa(Type::SOA))?,
            ..Self::default()
        };
        let room = copy.octets.get_mut(..data.len());
        room.ok_or(ConsumerError::ScratchTooSmall)?
            .copy_from_slice(data);
        Ok(copy)
    }

    fn data(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    fn record<'s>(&'s self, owner: Name<'s>, class: Class) -> StoredRecord<'s> {
        StoredRecord {
            owner,
            rtype: Type::SOA,
            class,
            ttl: self.ttl,
            data: self.data(),
        }
    }
}

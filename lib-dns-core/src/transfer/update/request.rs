//! The message: its zone, and records whose form is right.

use super::Refusal;
use crate::code_points::{Class, Opcode};
use crate::messages::options::UpdateLease;
use crate::messages::{EdnsOption, Message, OptionCode, Question, Record, Section};
use crate::name::Name;
use crate::rr_data::{RData, Type, is_absent};
use crate::wire::{Form, WriteError, Writer};

/// An UPDATE request whose form was checked: its zone section, the data of all records, and the owner, class,
/// type and TTL of those that change something (RFC 2136 3.1.1, 3.4.1). The prerequisites are taken in their
/// order, the form of each with what it asks for (RFC 2136 3.2.5).
#[derive(Clone, Copy, Debug)]
pub struct Update<'m> {
    message: Message<'m>,
    zone: Name<'m>,
    class: Class,
}

/// What a record of the prerequisite section asks for (RFC 2136 2.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prerequisite {
    NameInUse,
    NameNotInUse,
    RrsetExists,
    RrsetMissing,
    /// The RRset must have exactly the records that stand here.
    Record,
}

/// What a record of the update section does (RFC 2136 2.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operation {
    Add,
    DeleteName,
    DeleteRrset,
    DeleteRecord,
}

impl<'m> Update<'m> {
    /// The zone that a request is about: enough to look for it, and to pass the request on.
    ///
    /// # Errors
    /// If the message is no UPDATE request, or its zone section is not one SOA question.
    pub fn zone_of(message: &Message<'m>) -> Result<Question<'m>, Refusal> {
        let flags = message.flags();
        if flags.response() || flags.opcode() != Opcode::UPDATE {
            return Err(Refusal::NoUpdate);
        }
        let [questions, ..] = message.header().counts;
        match message.question() {
            Some(zone)
                if questions == 1
                    && zone.qtype == Type::SOA
                    && !matches!(zone.qclass, Class::ANY | Class::NONE) =>
            {
                Ok(zone)
            }
            _ => Err(Refusal::ZoneSection),
        }
    }

    /// Checks the form of the records.
    ///
    /// # Errors
    /// As [`Update::zone_of`]; and if a record is malformed, or one of the update section has a TTL, data, class
    /// or type that it must not have there, or an owner that is not in the zone.
    pub fn read(message: &Message<'m>) -> Result<Self, Refusal> {
        let zone = Self::zone_of(message)?;
        let update = Self {
            message: *message,
            zone: zone.name,
            class: zone.qclass,
        };
        for record in message.section(Section::Answer) {
            update.check_data(&record?)?;
        }
        for record in message.section(Section::Authority) {
            update.operation(&record?)?;
        }
        Ok(update)
    }

    /// The name of the zone.
    pub fn zone(&self) -> Name<'m> {
        self.zone
    }

    /// The class of the zone.
    pub fn class(&self) -> Class {
        self.class
    }

    /// For how long the records are to stay, if the requester says so (RFC 9664).
    pub fn lease(&self) -> Option<UpdateLease> {
        let option = self.message.edns()?.option(OptionCode::UPDATE_LEASE)?;
        match option.read() {
            Ok(EdnsOption::UpdateLease(lease)) => Some(lease),
            _ => None,
        }
    }

    /// The records of the prerequisite section.
    pub(super) fn prerequisites(
        &self,
    ) -> impl Iterator<Item = (Result<Prerequisite, Refusal>, Record<'m>)> + Clone + use<'m> {
        let update = *self;
        // All were read once without an error.
        let records = self.message.section(Section::Answer).flatten();
        records.map(move |record| (update.prerequisite(&record), record))
    }

    /// The records of the update section.
    pub(super) fn operations(
        &self,
    ) -> impl Iterator<Item = (Operation, Record<'m>)> + Clone + use<'m> {
        let update = *self;
        let records = self.message.section(Section::Authority).flatten();
        records.filter_map(move |record| Some((update.operation(&record).ok()?, record)))
    }

    /// Checks a record of the prerequisite section (RFC 2136 3.2).
    fn prerequisite(&self, record: &Record<'m>) -> Result<Prerequisite, Refusal> {
        if record.raw_ttl() != 0 {
            return Err(Refusal::Ttl);
        }
        if !record.owner().is_at_or_below(&self.zone) {
            return Err(Refusal::OutOfZone);
        }
        let any = record.rtype() == Type::ANY;
        let prerequisite = match record.class() {
            Class::ANY if any => Prerequisite::NameInUse,
            Class::ANY => Prerequisite::RrsetExists,
            Class::NONE if any => Prerequisite::NameNotInUse,
            Class::NONE => Prerequisite::RrsetMissing,
            class if class == self.class => return Ok(Prerequisite::Record),
            _ => return Err(Refusal::Class),
        };
        if !record.data_octets().is_empty() {
            return Err(Refusal::Data);
        }
        Ok(prerequisite)
    }

    /// Checks a record of the update section (RFC 2136 3.4.1).
    fn operation(&self, record: &Record<'m>) -> Result<Operation, Refusal> {
        self.check_data(record)?;
        if !record.owner().is_at_or_below(&self.zone) {
            return Err(Refusal::OutOfZone);
        }
        let rtype = record.rtype();
        let operation = match record.class() {
            class if class == self.class => Operation::Add,
            Class::ANY if rtype == Type::ANY => Operation::DeleteName,
            Class::ANY => Operation::DeleteRrset,
            Class::NONE => Operation::DeleteRecord,
            _ => return Err(Refusal::Class),
        };
        if rtype.is_meta() && operation != Operation::DeleteName {
            return Err(Refusal::MetaType(rtype));
        }
        if operation != Operation::Add && record.raw_ttl() != 0 {
            return Err(Refusal::Ttl);
        }
        let must_be_empty = matches!(operation, Operation::DeleteName | Operation::DeleteRrset);
        if must_be_empty && !record.data_octets().is_empty() {
            return Err(Refusal::Data);
        }
        match rtype {
            Type::RRSIG | Type::NSEC | Type::NSEC3 | Type::NSEC3PARAM => {
                Err(Refusal::Signers(rtype))
            }
            _ => Ok(operation),
        }
    }

    /// Is the data what its type has? Beside a class that stands for none it is that of the zone's class.
    fn check_data(&self, record: &Record<'m>) -> Result<(), Refusal> {
        let mut reader = record.reader();
        if !is_absent(record.class(), record.rtype(), &reader) {
            RData::read(self.class, record.rtype(), &mut reader)?;
        }
        Ok(())
    }

    /// The data of a record in plain form: as it stands in the message if no name in it can be compressed,
    /// else copied to `scratch`.
    pub(super) fn plain_data<'s>(
        &self,
        record: &Record<'m>,
        scratch: &'s mut [u8],
    ) -> Result<&'s [u8], Refusal>
    where
        'm: 's,
    {
        let data = record.reader();
        match record.rtype().info() {
            _ if is_absent(record.class(), record.rtype(), &data) => Ok(&[]),
            Some(info) if info.accepts_pointers && info.is_defined_in(self.class) => {
                let mut writer = Writer::<0>::new(scratch, Form::Plain);
                match (info.copy)(&mut data.clone(), &mut writer) {
                    Ok(()) => Ok(writer.into_written()),
                    Err(WriteError::Malformed(kind)) => Err(data.error(kind).into()),
                    Err(_) => Err(Refusal::NoRoom),
                }
            }
            _ => Ok(data.peek()),
        }
    }
}

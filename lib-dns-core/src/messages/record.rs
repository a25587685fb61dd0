//! The records of a message.

use crate::code_points::Class;
use crate::name::{Name, POINTER, POINTER_MARK, Shape};
use crate::rr_data::{RData, Type};
use crate::wire::{Part, Reader, WireError, WireErrorKind};
use core::fmt;

/// One record. Its data is read when it is looked at.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    message: &'a [u8],
    owner: Shape,
    /// Where the data starts and ends.
    start: u32,
    end: u32,
    /// Type, class and TTL as they stand there, as one number: it takes a single load, and a single register
    /// until they are asked for.
    fixed: u64,
}

impl<'a> Record<'a> {
    /// Whose record it is.
    #[inline]
    pub fn owner(&self) -> Name<'a> {
        Name::within(self.message, self.owner)
    }

    /// Its type.
    #[inline]
    pub fn rtype(&self) -> Type {
        Type((self.fixed >> 48) as u16)
    }

    /// Its class.
    #[inline]
    pub fn class(&self) -> Class {
        Class((self.fixed >> 32) as u16)
    }

    /// Seconds for which it may be cached. A value with the highest bit set counts as 0 (RFC 2181 8);
    /// for OPT see [`Record::raw_ttl`].
    #[inline]
    pub fn ttl(&self) -> u32 {
        match self.raw_ttl() {
            ttl @ ..0x8000_0000 => ttl,
            _ => 0,
        }
    }

    /// The TTL field as it stands.
    #[inline]
    pub fn raw_ttl(&self) -> u32 {
        self.fixed as u32
    }

    /// The data in typed form.
    ///
    /// What is opaque stands at [`RData::read`].
    ///
    /// # Errors
    /// If the octets are no data of this type.
    #[inline]
    pub fn data(&self) -> Result<RData<'a>, WireError> {
        RData::read(self.class(), self.rtype(), &mut self.reader())
    }

    /// The data as it stands in the message, names perhaps compressed.
    #[inline]
    pub fn data_octets(&self) -> &'a [u8] {
        self.reader().peek()
    }

    /// Reads the data within its message.
    #[inline]
    pub fn reader(&self) -> Reader<'a> {
        Reader::within(self.message, self.start as usize, self.end as usize)
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("owner", &self.owner())
            .field("rtype", &self.rtype())
            .field("class", &self.class())
            .field("ttl", &self.raw_ttl())
            .field("data", &self.data_octets())
            .finish()
    }
}

/// The records of a section.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    message: &'a [u8],
    /// Where the next record starts, and where the last one ends: the message's structure was checked.
    at: u32,
    end: u32,
    /// The owner of the record before, or the name of the question.
    last: KnownName,
}

/// A name that was read, and the pointer that means it.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownName {
    shape: Shape,
    /// As it stands in a message, so that the records of an RRset read their owner once; or what no pointer
    /// is.
    pointer: u32,
}

impl KnownName {
    /// None at all: no two octets are this number.
    pub(super) const NONE: Self = Self {
        shape: Shape::NOWHERE,
        pointer: u32::MAX,
    };

    /// A name whose labels stand at an offset.
    #[inline]
    pub(super) fn at(offset: usize, name: Name<'_>) -> Self {
        let pointer = match u16::try_from(offset) {
            Ok(offset @ 0..0x4000) => u32::from((POINTER | offset).to_be()),
            _ => Self::NONE.pointer,
        };
        let shape = name.shape();
        Self { shape, pointer }
    }
}

impl<'a> Records<'a> {
    /// The records between two offsets of a message, in which a name is known.
    #[inline]
    pub(super) fn new(message: &'a [u8], at: u16, end: usize, last: KnownName) -> Self {
        Self {
            message,
            at: u32::from(at),
            end: end as u32,
            last,
        }
    }

    /// Where the next record starts.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.at as usize
    }

    /// Reads an owner that is not that of the record before. Says where it ends.
    #[inline]
    fn owner(&mut self) -> Result<(Shape, usize), WireError> {
        let at = self.at as usize;
        let first = self.message.get(at..at.wrapping_add(2));
        let first = first.and_then(<[u8]>::first_chunk);
        if let Some([0, _]) = first {
            // The root, as OPT has it. Its record is longer than one octet, so nothing is missed.
            return Ok((Shape::new(at as u16, 1, 1, 0), at.wrapping_add(1)));
        }
        let (name, next) = Name::from_message(self.message, at)?;
        self.last = match first {
            Some(pointer @ [(POINTER_MARK..), _]) => KnownName {
                shape: name.shape(),
                pointer: u32::from(u16::from_ne_bytes(*pointer)),
            },
            _ => KnownName::at(at, name),
        };
        Ok((self.last.shape, next))
    }

    #[inline(always)]
    fn read(&mut self) -> Result<Record<'a>, WireError> {
        let at = self.at as usize;
        // What it means was validated when the name was read.
        let as_before = self.message.get(at..at.wrapping_add(12)).filter(|octets| {
            let first = octets
                .first_chunk()
                .map(|octets| u16::from_ne_bytes(*octets));
            first.map(u32::from) == Some(self.last.pointer)
        });
        let (owner, next, fixed): (_, _, Option<&[u8; 10]>) = match as_before {
            Some(octets) => (self.last.shape, at.wrapping_add(2), octets.last_chunk()),
            None => {
                let (owner, next) = self.owner()?;
                let fixed = self.message.get(next..next.wrapping_add(10));
                (owner, next, fixed.and_then(<[u8]>::first_chunk))
            }
        };
        let start = next.wrapping_add(10);
        let Some([fixed @ .., d1, d0]) = fixed else {
            return Err(WireError::new(WireErrorKind::Truncated(Part::Record), next));
        };
        let len = u16::from_be_bytes([*d1, *d0]);
        let end = start.wrapping_add(usize::from(len));
        if end > self.message.len() {
            return Err(WireError::new(
                WireErrorKind::Truncated(Part::RecordData),
                start,
            ));
        }
        self.at = end as u32;
        Ok(Record {
            message: self.message,
            owner,
            start: start as u32,
            end: end as u32,
            fixed: u64::from_be_bytes(*fixed),
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, WireError>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let record = self.read();
        if record.is_err() {
            self.at = self.end;
        }
        Some(record)
    }
}

//! The records of a message.

use crate::code_points::Class;
use crate::name::{Name, POINTER, Shape};
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
    ttl: u32,
    rtype: Type,
    class: Class,
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
        self.rtype
    }

    /// Its class.
    #[inline]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Seconds for which it may be cached. A value with the highest bit set counts as 0 (RFC 2181 8);
    /// for OPT see [`Record::raw_ttl`].
    #[inline]
    pub fn ttl(&self) -> u32 {
        if self.ttl > i32::MAX as u32 {
            0
        } else {
            self.ttl
        }
    }

    /// The TTL field as it stands.
    #[inline]
    pub fn raw_ttl(&self) -> u32 {
        self.ttl
    }

    /// The data in typed form.
    ///
    /// What is opaque stands at [`RData::read`].
    ///
    /// # Errors
    /// If the octets are no data of this type.
    #[inline]
    pub fn data(&self) -> Result<RData<'a>, WireError> {
        RData::read(self.class, self.rtype, &mut self.reader())
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
            .field("rtype", &self.rtype)
            .field("class", &self.class)
            .field("ttl", &self.ttl)
            .field("data", &self.data_octets())
            .finish()
    }
}

/// The records of a section.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    message: &'a [u8],
    /// Where the next record starts.
    at: u32,
    left: u32,
    /// The owner of the record before, or the name of the question. What points to where it starts means
    /// the same name, so that the records of an RRset read their owner once.
    last: Shape,
}

impl<'a> Records<'a> {
    /// So many records from an offset of a message on, whose first question is about a name.
    #[inline]
    pub(super) fn new(message: &'a [u8], at: u16, left: u32, question: Option<Name<'a>>) -> Self {
        Self {
            message,
            at: u32::from(at),
            left,
            last: question.map_or(Shape::NOWHERE, |name| name.shape()),
        }
    }

    /// Where the next record starts.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.at as usize
    }

    #[inline(always)]
    fn read(&mut self) -> Result<Record<'a>, WireError> {
        let at = self.at as usize;
        let first = self.message.get(at..at.wrapping_add(2));
        let first = first.and_then(<[u8]>::first_chunk);
        let first = first.map_or(0, |octets| u32::from(u16::from_be_bytes(*octets)));
        let (owner, next) =
            if first.wrapping_sub(u32::from(POINTER)) == u32::from(self.last.start()) {
                // What it means was validated when the name was read.
                (self.last, at.wrapping_add(2))
            } else if first < 0x100 {
                // The root, as OPT has it. Its record is longer than one octet, so nothing is missed.
                (Shape::new(at as u16, 1, 1, 0), at.wrapping_add(1))
            } else {
                let (name, next) = Name::from_message(self.message, at)?;
                self.last = name.shape();
                (self.last, next)
            };
        let start = next.wrapping_add(10);
        let fixed = self
            .message
            .get(next..start)
            .and_then(<[u8]>::first_chunk::<10>);
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
        // Type, class and TTL as one number take a single load.
        let fixed = u64::from_be_bytes(*fixed);
        Ok(Record {
            message: self.message,
            owner,
            start: start as u32,
            end: end as u32,
            ttl: fixed as u32,
            rtype: Type((fixed >> 48) as u16),
            class: Class((fixed >> 32) as u16),
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, WireError>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let record = self.read();
        if record.is_err() {
            self.left = 0;
        }
        Some(record)
    }
}

//! Writing a message.

use super::{EdnsOption, Flags, Section};
use crate::code_points::{Class, DNSSEC_OK, HEADER_LEN, MAX_MESSAGE_LEN, Rcode};
use crate::name::Name;
use crate::rr_data::{RData, Type, WriteData};
use crate::wire::{DEFAULT_COMPRESSION_SLOTS, Form, LengthField, Mark, Part, WriteError, Writer};

/// What the fixed fields of an OPT record say (RFC 6891 6.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EdnsHeader {
    /// The largest UDP message that the sender takes (octets).
    pub udp_size: u16,
    /// The EDNS version; there is 0 only.
    pub version: u8,
    /// The whole rcode; the builder puts its low bits into the header.
    pub rcode: Rcode,
    /// DO: does the sender want DNSSEC records (RFC 3225)?
    pub dnssec_ok: bool,
}

impl Default for EdnsHeader {
    /// Version 0, NOERROR, no DNSSEC and the size that is safe everywhere.
    fn default() -> Self {
        Self {
            udp_size: crate::code_points::DEFAULT_UDP_SIZE,
            version: 0,
            rcode: Rcode::NOERROR,
            dnssec_ok: false,
        }
    }
}

/// A place to go back to. See [`MessageBuilder::rewind`].
#[derive(Clone, Copy, Debug)]
pub struct BuilderMark {
    mark: Mark,
    counts: [u16; 4],
}

/// Writes a message into a buffer, section by section.
///
/// What does not fit is rolled back and told, so a message is whole at every moment. `N` is the number
/// of names remembered for compression.
///
/// ```
/// use lib_dns_core::code_points::Class;
/// use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::rr_data::{A, Type};
/// let name = NameBuf::from_text("alice.sovereign.")?;
/// let mut buffer = [0; 512];
/// let mut builder = MessageBuilder::<16>::new(&mut buffer, 7, Flags::default().with_response(true))?;
/// builder.question(&name.as_name(), Type::A, Class::IN)?;
/// let data = A { address: [192, 0, 2, 1].into() };
/// builder.record(Section::Answer, &name.as_name(), Class::IN, 300, &data)?;
/// let message = Message::from_bytes(builder.finish())?;
/// assert_eq!(message.header().counts, [1, 1, 0, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MessageBuilder<'b, const N: usize = DEFAULT_COMPRESSION_SLOTS> {
    writer: Writer<'b, N>,
    id: u16,
    flags: Flags,
    counts: [u16; 4],
}

impl<'b, const N: usize> MessageBuilder<'b, N> {
    /// Starts a message without questions and records. All of the buffer is the limit, up to the
    /// 65,535 octets that a message can have.
    ///
    /// # Errors
    /// If the buffer has no room for a header.
    #[inline]
    pub fn new(buffer: &'b mut [u8], id: u16, flags: Flags) -> Result<Self, WriteError> {
        let mut builder = Self {
            writer: Writer::new(buffer, Form::Message),
            id,
            flags,
            counts: [0; 4],
        };
        builder.writer.set_limit(MAX_MESSAGE_LEN);
        builder.writer.put(&[0; HEADER_LEN])?;
        Ok(builder)
    }

    /// The flags so far.
    #[inline]
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// Replaces the flags; they are written at the end.
    #[inline]
    pub fn set_flags(&mut self, flags: Flags) {
        self.flags = flags;
    }

    /// Sets the largest size of the message (octets), the reserve included.
    pub fn set_limit(&mut self, limit: usize) {
        self.writer.set_limit(limit.min(MAX_MESSAGE_LEN));
    }

    /// Keeps octets free for what must come last, as OPT. [`MessageBuilder::edns`] uses them.
    pub fn set_reserve(&mut self, reserve: usize) {
        self.writer.set_reserve(reserve);
    }

    /// Octets written so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.writer.len()
    }

    /// Never: a message has a header.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Octets that can still be written.
    #[inline]
    pub fn room(&self) -> usize {
        self.writer.room()
    }

    /// What was written so far. The header is filled in at the end, and is zeros until then.
    #[inline]
    pub fn written(&self) -> &[u8] {
        self.writer.written()
    }

    /// How many questions, answers, authority and additional records there are.
    #[inline]
    pub fn counts(&self) -> [u16; 4] {
        self.counts
    }

    /// A place to come back to.
    #[inline]
    pub fn mark(&self) -> BuilderMark {
        BuilderMark {
            mark: self.writer.mark(),
            counts: self.counts,
        }
    }

    /// Forgets what was written since the mark: an RRset of which one record does not fit goes whole.
    #[inline]
    pub fn rewind(&mut self, mark: BuilderMark) {
        self.writer.rewind(mark.mark);
        self.counts = mark.counts;
    }

    /// Writes a question.
    ///
    /// # Errors
    /// If there is no room, or a record was written before it.
    #[inline]
    pub fn question(
        &mut self,
        name: &Name<'_>,
        qtype: Type,
        qclass: Class,
    ) -> Result<(), WriteError> {
        self.check_order(0)?;
        let mark = self.writer.mark();
        let written = self.writer.compressible_name(name).and_then(|()| {
            let fixed = u32::from(qtype.0) << 16 | u32::from(qclass.0);
            self.writer.u32(fixed)
        });
        self.end_entry(0, mark, written)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If there is no room, or a record of a later section was written before it.
    #[inline]
    pub fn record(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        class: Class,
        ttl: u32,
        data: &impl WriteData,
    ) -> Result<(), WriteError> {
        self.record_with(section, owner, data.rtype(), class, ttl, |writer| {
            data.write(writer)
        })
    }

    /// Writes a record whose data is stored in plain form; names in it are compressed where the type
    /// allows it.
    ///
    /// # Errors
    /// As [`MessageBuilder::record`], and if the octets are no data of a type that has names to
    /// compress.
    #[inline]
    pub fn stored_record(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        rtype: Type,
        class: Class,
        ttl: u32,
        stored: &[u8],
    ) -> Result<(), WriteError> {
        self.record_with(section, owner, rtype, class, ttl, |writer| {
            RData::write_in_message(class, rtype, stored, writer)
        })
    }

    /// Writes the OPT record (RFC 6891 6.1), and the rcode's low bits into the header. It may use the
    /// reserve, and is written once, behind the other additional records.
    ///
    /// # Errors
    /// If there is no room.
    pub fn edns(
        &mut self,
        header: &EdnsHeader,
        options: &[EdnsOption<'_>],
    ) -> Result<(), WriteError> {
        self.writer.set_reserve(0);
        self.edns_with(header, |writer| {
            options.iter().try_for_each(|option| option.write(writer))
        })
    }

    /// Writes the OPT record as [`Self::edns`] does, but for the reserve, which stays; `options` writes what is in it.
    ///
    /// # Errors
    /// If there is no room.
    #[inline]
    pub(crate) fn edns_with(
        &mut self,
        header: &EdnsHeader,
        options: impl FnOnce(&mut Writer<'b, N>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let high = u32::from(header.rcode.0 >> 4 & 0xff) << 24;
        let version = u32::from(header.version) << 16;
        let dnssec_ok = if header.dnssec_ok {
            u32::from(DNSSEC_OK)
        } else {
            0
        };
        let class = Class(header.udp_size);
        let ttl = high | version | dnssec_ok;
        let opt = Type::OPT;
        self.record_with(Section::Additional, &Name::ROOT, opt, class, ttl, options)?;
        self.flags = self.flags.with_rcode(header.rcode);
        Ok(())
    }

    /// Fills in the header and hands over the message.
    #[inline]
    pub fn finish(mut self) -> &'b mut [u8] {
        self.fill_header();
        self.writer.into_written()
    }

    /// Fills in the header, and says how long the message is.
    #[inline]
    pub(crate) fn fill_header(&mut self) -> usize {
        self.writer.overwrite(0, self.header());
        self.writer.len()
    }

    /// Writes a record, whose data `data` writes; or nothing.
    ///
    /// # Errors
    /// As [`MessageBuilder::record`], and what `data` fails with.
    #[inline]
    pub(crate) fn record_with(
        &mut self,
        section: Section,
        owner: &Name<'_>,
        rtype: Type,
        class: Class,
        ttl: u32,
        data: impl FnOnce(&mut Writer<'b, N>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.check_order(section.index())?;
        let mark = self.writer.mark();
        let written = match self.open_record(owner, rtype, class, ttl) {
            Ok(length) => data(&mut self.writer)
                .and_then(|()| self.writer.close_length(length, Part::RecordData)),
            Err(error) => Err(error),
        };
        self.end_entry(section.index(), mark, written)
    }

    /// Writes what stands before a record's data.
    fn open_record(
        &mut self,
        owner: &Name<'_>,
        rtype: Type,
        class: Class,
        ttl: u32,
    ) -> Result<LengthField, WriteError> {
        self.writer.compressible_name(owner)?;
        self.writer.open_record(rtype.0, class.0, ttl)
    }

    /// May an entry follow in a section?
    #[inline]
    fn check_order(&self, section: usize) -> Result<(), WriteError> {
        let (count, later) = match self.counts.get(section..) {
            Some([count, later @ ..]) => (*count, later),
            _ => return Err(WriteError::OutOfOrder),
        };
        if later.iter().any(|count| *count > 0) {
            return Err(WriteError::OutOfOrder);
        }
        if count == u16::MAX {
            return Err(WriteError::NoRoom);
        }
        Ok(())
    }

    /// Counts an entry of a section that was written, or takes back what was written of it.
    fn end_entry(
        &mut self,
        section: usize,
        mark: Mark,
        written: Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        if written.is_err() {
            self.writer.rewind(mark);
        } else if let Some(count) = self.counts.get_mut(section) {
            *count = count.wrapping_add(1);
        }
        written
    }

    /// The header (RFC 1035 4.1.1).
    fn header(&self) -> [u8; HEADER_LEN] {
        let [questions, answers, authorities, additionals] = self.counts;
        let mut header = [0; HEADER_LEN];
        let fields = [
            self.id,
            self.flags.0,
            questions,
            answers,
            authorities,
            additionals,
        ];
        let (pairs, _) = header.as_chunks_mut();
        for (pair, field) in pairs.iter_mut().zip(fields) {
            *pair = field.to_be_bytes();
        }
        header
    }
}

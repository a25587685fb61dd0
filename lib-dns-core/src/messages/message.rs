//! The view of a message.

use super::{Edns, Flags, Header};
use crate::code_points::{Class, HEADER_LEN, MAX_MESSAGE_LEN, Rcode};
use crate::name::{Name, POINTER};
use crate::rr_data::{RData, Type};
use crate::wire::{Part, Reader, WireError, WireErrorKind};

/// A section of records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Who is responsible, or why there is no answer.
    Authority,
    /// What will be needed next, and OPT.
    Additional,
}

impl Section {
    /// All of them, in the order of a message.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Authority, Self::Additional];

    /// Its place among the header's counts.
    #[inline]
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Answer => 1,
            Self::Authority => 2,
            Self::Additional => 3,
        }
    }
}

/// A message whose structure was checked: sections, counts and lengths fit its octets exactly. What a
/// server looks at first, the first question and OPT, was read; other names and data are read when
/// they are looked at.
///
/// ```
/// use lib_dns_core::messages::Message;
/// let octets = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01";
/// let message = Message::from_bytes(octets)?;
/// assert_eq!(message.id(), 0x1234);
/// let question = message.question().ok_or("no question")?;
/// assert_eq!(question.to_string(), "example.org. IN A");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    octets: &'a [u8],
    header: Header,
    question: Option<Question<'a>>,
    edns: Option<Edns<'a>>,
    /// Where the second question starts, if there is one, and each section of records.
    starts: [u16; 4],
}

impl<'a> Message<'a> {
    /// Checks the structure of a message in one pass.
    ///
    /// The counts of the header bound the pass and size nothing. Unknown types, classes, opcodes and
    /// rcodes are carried.
    ///
    /// # Errors
    /// If a part is cut off, octets are left over, there are over 65,535 of them, the name of the first
    /// question is bad, OPT stands twice, outside the additional section or with options of lengths that
    /// do not fit (RFC 6891 6.1.1), or a TSIG or SIG(0) record is not the last (RFC 8945 5.1,
    /// RFC 2931 3.1). All of them mean FORMERR.
    #[inline]
    pub fn from_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        if octets.len() > MAX_MESSAGE_LEN {
            return Err(WireError::new(WireErrorKind::MessageTooLong, octets.len()));
        }
        let header = Header::read(octets)?;
        let [questions, answers, authorities, additionals] = header.counts;
        let mut reader = Reader::within(octets, HEADER_LEN, octets.len());
        let question = match questions {
            0 => None,
            _ => Some(Question::read(&mut reader)?),
        };
        let second = reader.offset() as u16;
        for _ in 1..questions {
            reader.skip_name()?;
            reader.array::<4>(Part::Question)?;
        }
        let answer = reader.offset() as u16;
        skip_records(&mut reader, answers)?;
        let authority = reader.offset() as u16;
        skip_records(&mut reader, authorities)?;
        let additional = reader.offset() as u16;
        let mut edns = None;
        for left in (0..additionals).rev() {
            let at = reader.offset();
            let (fixed, data) = skip_record(&mut reader)?;
            match fixed.rtype {
                Type::OPT if edns.is_some() => {
                    return Err(WireError::new(WireErrorKind::DuplicateOpt, at));
                }
                // The root's name is one octet: anything else is no OPT owner.
                Type::OPT if octets.get(at) != Some(&0) => {
                    return Err(WireError::new(WireErrorKind::MisplacedOpt, at));
                }
                Type::OPT => edns = Some(Edns::read(fixed.class, fixed.ttl, data)?),
                rtype if left > 0 && is_signature(rtype, data) => {
                    return Err(WireError::new(WireErrorKind::MisplacedSignature, at));
                }
                _ => {}
            }
        }
        reader.close(Part::Message)?;
        Ok(Self {
            octets,
            header,
            question,
            edns,
            starts: [second, answer, authority, additional],
        })
    }

    /// All octets of the message.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// Copies the message to the front of `out` and says how long it is; `None` if there is no room.
    pub fn to_bytes(&self, out: &mut [u8]) -> Option<usize> {
        let len = self.octets.len();
        out.get_mut(..len)?.copy_from_slice(self.octets);
        Some(len)
    }

    /// The header.
    #[inline]
    pub fn header(&self) -> Header {
        self.header
    }

    /// The header's id.
    #[inline]
    pub fn id(&self) -> u16 {
        self.header.id
    }

    /// The header's flags.
    #[inline]
    pub fn flags(&self) -> Flags {
        self.header.flags
    }

    /// The whole rcode: the header's four bits and those of OPT, if there is one (RFC 6891 6.1.3).
    pub fn rcode(&self) -> Rcode {
        let high = self.edns.map_or(0, |edns| edns.extended_rcode);
        Rcode(u16::from(high) << 4 | self.header.flags.rcode().0)
    }

    /// The first question, if there is one. More than one has no meaning in a query (RFC 9619).
    #[inline]
    pub fn question(&self) -> Option<Question<'a>> {
        self.question
    }

    /// The questions.
    #[inline]
    pub fn questions(&self) -> Questions<'a> {
        let ([count, ..], [second, ..]) = (self.header.counts, self.starts);
        Questions {
            first: self.question,
            reader: Reader::within(self.octets, usize::from(second), self.octets.len()),
            left: count.saturating_sub(1),
        }
    }

    /// What the OPT record says, if there is one. A single option is read when it is looked at.
    #[inline]
    pub fn edns(&self) -> Option<Edns<'a>> {
        self.edns
    }

    /// The records of a section, in order; OPT is among the additional ones.
    #[inline]
    pub fn section(&self, section: Section) -> Records<'a> {
        let start = match (self.starts, section) {
            ([_, start, ..], Section::Answer) => start,
            ([.., start, _], Section::Authority) => start,
            ([.., start], Section::Additional) => start,
        };
        Records {
            reader: Reader::within(self.octets, usize::from(start), self.octets.len()),
            left: match (self.header.counts, section) {
                ([_, count, ..], Section::Answer) => u32::from(count),
                ([.., count, _], Section::Authority) => u32::from(count),
                ([.., count], Section::Additional) => u32::from(count),
            },
            last: self.question.map_or(Name::ROOT, |question| question.name),
            pointer: match self.question {
                Some(_) => POINTER | HEADER_LEN as u16,
                None => 0,
            },
        }
    }

    /// The records of all sections, in order; OPT is among the last of them.
    #[inline]
    pub fn records(&self) -> Records<'a> {
        let [_, answer, authority, additional] = self.header.counts.map(u32::from);
        Records {
            left: answer.wrapping_add(authority).wrapping_add(additional),
            ..self.section(Section::Answer)
        }
    }

    /// Reads everything once, names and data of all records, so that it can be iterated without
    /// errors after.
    ///
    /// # Errors
    /// The first error in the message.
    pub fn check(&self) -> Result<Checked<'a>, WireError> {
        for question in self.questions() {
            question?;
        }
        for record in self.records() {
            record?.data()?;
        }
        Ok(Checked { message: *self })
    }
}

/// Steps over a record; its owner is not looked at.
#[inline]
fn skip_record<'a>(reader: &mut Reader<'a>) -> Result<(Fixed, Reader<'a>), WireError> {
    reader.skip_name()?;
    let fixed = Fixed::read(reader)?;
    let data = reader.window(usize::from(fixed.len), Part::RecordData)?;
    Ok((fixed, data))
}

/// Steps over the records of a section that holds neither OPT nor a signature of the message.
#[inline]
fn skip_records(reader: &mut Reader<'_>, count: u16) -> Result<(), WireError> {
    for _ in 0..count {
        let at = reader.offset();
        let (fixed, data) = skip_record(reader)?;
        let kind = match fixed.rtype {
            Type::OPT => WireErrorKind::MisplacedOpt,
            rtype if is_signature(rtype, data) => WireErrorKind::MisplacedSignature,
            _ => continue,
        };
        return Err(WireError::new(kind, at));
    }
    Ok(())
}

/// Does the record sign the message: a TSIG, or a SIG that covers no type (RFC 2931 3.1)?
#[inline]
fn is_signature(rtype: Type, data: Reader<'_>) -> bool {
    match rtype {
        Type::TSIG => true,
        Type::SIG => data.peek().starts_with(&[0, 0]),
        _ => false,
    }
}

/// A message of which everything was read once without an error.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    message: Message<'a>,
}

impl<'a> Checked<'a> {
    /// The message.
    pub fn message(&self) -> &Message<'a> {
        &self.message
    }

    /// The questions.
    pub fn questions(&self) -> impl Iterator<Item = Question<'a>> + use<'a> {
        // No error is left to meet.
        self.message.questions().flatten()
    }

    /// The records of a section with their data.
    pub fn section(
        &self,
        section: Section,
    ) -> impl Iterator<Item = (Record<'a>, RData<'a>)> + use<'a> {
        self.message
            .section(section)
            .flatten()
            .filter_map(|record| Some((record, record.data().ok()?)))
    }

    /// What the OPT record says, if there is one.
    pub fn edns(&self) -> Option<Edns<'a>> {
        self.message.edns()
    }
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question<'a> {
    /// Which name.
    pub name: Name<'a>,
    /// Which type of record.
    pub qtype: Type,
    /// Which class.
    pub qclass: Class,
}

impl<'a> Question<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let name = reader.name()?;
        let [t1, t0, c1, c0] = reader.array(Part::Question)?;
        Ok(Self {
            name,
            qtype: Type(u16::from_be_bytes([t1, t0])),
            qclass: Class(u16::from_be_bytes([c1, c0])),
        })
    }
}

/// The questions of a message.
#[derive(Clone, Debug)]
pub struct Questions<'a> {
    first: Option<Question<'a>>,
    reader: Reader<'a>,
    /// How many come after the first.
    left: u16,
}

impl<'a> Iterator for Questions<'a> {
    type Item = Result<Question<'a>, WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        self.left = self.left.checked_sub(1)?;
        let question = Question::read(&mut self.reader);
        if question.is_err() {
            self.left = 0;
        }
        Some(question)
    }
}

/// The fields of a record between its owner and its data (RFC 1035 3.2.1).
struct Fixed {
    rtype: Type,
    class: Class,
    ttl: u32,
    /// Octets of data.
    len: u16,
}

impl Fixed {
    #[inline(always)]
    fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        // Type, class and TTL as one number take a single load.
        let [fixed @ .., d1, d0] = reader.array::<10>(Part::Record)?;
        let fixed = u64::from_be_bytes(fixed);
        Ok(Self {
            rtype: Type((fixed >> 48) as u16),
            class: Class((fixed >> 32) as u16),
            ttl: fixed as u32,
            len: u16::from_be_bytes([d1, d0]),
        })
    }
}

/// One record. Its data is read when it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    owner: Name<'a>,
    data: Reader<'a>,
    rtype: Type,
    class: Class,
    ttl: u32,
}

impl<'a> Record<'a> {
    /// Whose record it is.
    #[inline]
    pub fn owner(&self) -> Name<'a> {
        self.owner
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
        RData::read(self.class, self.rtype, &mut self.data.clone())
    }

    /// The data as it stands in the message, names perhaps compressed.
    #[inline]
    pub fn data_octets(&self) -> &'a [u8] {
        self.data.peek()
    }

    /// Reads the data within its message.
    #[inline]
    pub fn reader(&self) -> Reader<'a> {
        self.data
    }
}

/// The records of a section.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    reader: Reader<'a>,
    left: u32,
    /// The owner of the record before.
    last: Name<'a>,
    /// The pointer that means the same name; 0 if there is none. The records of an RRset read their
    /// owner once.
    pointer: u16,
}

impl<'a> Records<'a> {
    /// Where the next record starts.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.reader.offset()
    }

    #[inline(always)]
    fn read(&mut self) -> Result<Record<'a>, WireError> {
        let owner = self.owner()?;
        let fixed = Fixed::read(&mut self.reader)?;
        Ok(Record {
            owner,
            rtype: fixed.rtype,
            class: fixed.class,
            ttl: fixed.ttl,
            data: self
                .reader
                .window(usize::from(fixed.len), Part::RecordData)?,
        })
    }

    #[inline(always)]
    fn owner(&mut self) -> Result<Name<'a>, WireError> {
        let first = self.reader.peek().first_chunk::<2>();
        let first = first.map_or(0, |octets| u16::from_be_bytes(*octets));
        if first >= POINTER && first == self.pointer {
            // What this pointer means was validated when the name was read.
            self.reader.array::<2>(Part::Record)?;
            return Ok(self.last);
        }
        if first < 0x100 {
            // The root, as OPT has it. Its record is longer than one octet, so nothing is missed.
            self.pointer = 0;
            self.reader.array::<1>(Part::Record)?;
            return Ok(Name::ROOT);
        }
        let at = self.reader.offset();
        self.last = self.reader.name()?;
        self.pointer = match first {
            POINTER.. => first,
            _ if at < usize::from(!POINTER) => POINTER | at as u16,
            _ => 0,
        };
        Ok(self.last)
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

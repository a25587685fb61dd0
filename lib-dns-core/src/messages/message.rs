//! The view of a message.

use super::layout::Layout;
use super::record::KnownName;
use super::{Edns, Flags, Header, Record, Records};
use crate::code_points::{Class, HEADER_LEN, MAX_MESSAGE_LEN, Rcode};
use crate::name::Name;
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
    head: &'a [u8; HEADER_LEN],
    question: Option<Question<'a>>,
    asked: KnownName,
    /// Where the second question starts, if there is one, and the first record.
    second: u16,
    answer: u16,
    layout: Layout,
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
        let head = Header::octets(octets)?;
        let [questions, ..] = Header::of(head).counts;
        let mut reader = Reader::resume(octets, HEADER_LEN as u32);
        let (question, asked) = match questions {
            0 => (None, KnownName::NONE),
            _ => {
                let question = Question::read(&mut reader)?;
                (Some(question), KnownName::at(HEADER_LEN, question.name))
            }
        };
        let second = reader.offset() as u16;
        for _ in 1..questions {
            reader.skip_name()?;
            reader.array::<4>(Part::Question)?;
        }
        let answer = reader.offset() as u16;
        Ok(Self {
            octets,
            head,
            question,
            asked,
            second,
            answer,
            layout: Layout::read(octets, answer, head)?,
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
        Header::of(self.head)
    }

    /// The header's id.
    #[inline]
    pub fn id(&self) -> u16 {
        self.header().id
    }

    /// The header's flags.
    #[inline]
    pub fn flags(&self) -> Flags {
        self.header().flags
    }

    /// The whole rcode: the header's four bits and those of OPT, if there is one (RFC 6891 6.1.3).
    pub fn rcode(&self) -> Rcode {
        let high = self.edns().map_or(0, |edns| edns.extended_rcode);
        Rcode(u16::from(high) << 4 | self.flags().rcode().0)
    }

    /// The first question, if there is one. More than one has no meaning in a query (RFC 9619).
    #[inline]
    pub fn question(&self) -> Option<Question<'a>> {
        self.question
    }

    /// The questions.
    #[inline]
    pub fn questions(&self) -> Questions<'a> {
        Questions {
            first: self.question,
            reader: Reader::resume(self.octets, u32::from(self.second)),
            end: u32::from(self.answer),
        }
    }

    /// What the OPT record says, if there is one. A single option is read when it is looked at.
    #[inline]
    pub fn edns(&self) -> Option<Edns<'a>> {
        match self.layout.opt {
            0 => None,
            opt => Some(Edns::read(Reader::resume(self.octets, u32::from(opt)))),
        }
    }

    /// The records of a section, in order; OPT is among the additional ones.
    #[inline]
    pub fn section(&self, section: Section) -> Records<'a> {
        let Layout {
            authority,
            additional,
            ..
        } = self.layout;
        match section {
            Section::Answer => self.records_within(self.answer, authority.into()),
            Section::Authority => self.records_within(authority, additional.into()),
            Section::Additional => self.records_within(additional, self.octets.len()),
        }
    }

    /// The records of all sections, in order; OPT is among the last of them.
    #[inline]
    pub fn records(&self) -> Records<'a> {
        self.records_within(self.answer, self.octets.len())
    }

    #[inline]
    fn records_within(&self, start: u16, end: usize) -> Records<'a> {
        Records::new(self.octets, start, end, self.asked)
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
    /// Where the last one ends.
    end: u32,
}

impl<'a> Iterator for Questions<'a> {
    type Item = Result<Question<'a>, WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        if self.reader.offset() >= self.end as usize {
            return None;
        }
        let question = Question::read(&mut self.reader);
        if question.is_err() {
            self.end = 0;
        }
        Some(question)
    }
}

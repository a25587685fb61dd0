//! Messages and records as `dig` prints them.

use super::{Edns, Message, Question, Record, Section, data_layout};
use crate::code_points::Opcode;
use crate::rr_data::{KnownTypes, Type};
use crate::text::Printer;
use core::fmt::{self, Write};

/// Where `dig` starts TTL, class, type and data (columns from 0).
const TTL_COLUMN: usize = 24;
const CLASS_COLUMN: usize = 32;
const TYPE_COLUMN: usize = 40;
const DATA_COLUMN: usize = 48;

/// A message with a choice of what is printed of it. `Display` of [`Message`] prints all.
///
/// ```
/// use lib_dns_core::messages::{Message, Printed, Section};
/// let octets = b"\0\x01\x80\0\0\0\0\x01\0\0\0\0\x02ab\0\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01";
/// let message = Message::from_bytes(octets)?;
/// let mut printed = Printed::nothing(&message);
/// printed.sections[Section::Answer as usize] = true;
/// assert!(printed.to_string().contains("ab.\t\t\t60\tIN\tA\t192.0.2.1\n"));
/// # Ok::<(), lib_dns_core::wire::WireError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printed<'m, 'a> {
    message: &'m Message<'a>,
    /// The lines of the header.
    pub header: bool,
    /// The OPT record, apart from the additional section.
    pub edns: bool,
    /// The question.
    pub question: bool,
    /// Answer, authority and additional.
    pub sections: [bool; 3],
    /// Comment lines: titles of sections and blank lines between them.
    pub comments: bool,
    /// Long data over several lines, as `dig +multiline` has it.
    pub multiline: bool,
    /// TTL and class.
    pub ttl_and_class: bool,
    /// The record types that are known.
    pub types: KnownTypes<'m>,
}

impl<'m, 'a> Printed<'m, 'a> {
    /// Everything, one record a line.
    pub fn all(message: &'m Message<'a>) -> Self {
        Self {
            message,
            header: true,
            edns: true,
            question: true,
            sections: [true; 3],
            comments: true,
            multiline: false,
            ttl_and_class: true,
            types: KnownTypes::CORE,
        }
    }

    /// Nothing, to turn on what is wanted.
    pub fn nothing(message: &'m Message<'a>) -> Self {
        Self {
            header: false,
            edns: false,
            question: false,
            sections: [false; 3],
            comments: false,
            ..Self::all(message)
        }
    }

    fn title(&self, f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
        if self.comments {
            writeln!(f, ";; {title} SECTION:")?;
        }
        Ok(())
    }

    fn blank(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.comments { writeln!(f) } else { Ok(()) }
    }
}

/// What the sections are called in queries and responses, and in UPDATE (RFC 2136 2).
fn titles(opcode: Opcode) -> [&'static str; 4] {
    match opcode {
        Opcode::UPDATE => ["ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"],
        _ => ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"],
    }
}

impl fmt::Display for Printed<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message;
        let titles = titles(message.flags().opcode());
        let edns = message.edns();
        if self.header {
            let (flags, opcode) = (message.flags(), message.flags().opcode());
            writeln!(
                f,
                ";; ->>HEADER<<- opcode: {opcode}, status: {}, id: {}",
                message.rcode(),
                message.id()
            )?;
            let blank = if flags.0 & 0x87b0 == 0 { "" } else { " " };
            write!(f, ";; flags:{blank}{flags};")?;
            for (index, (title, count)) in titles.iter().zip(message.header().counts).enumerate() {
                // `dig` says QUERY here where the section is called QUESTION.
                let title = if *title == "QUESTION" { "QUERY" } else { title };
                let comma = if index == 0 { "" } else { "," };
                write!(f, "{comma} {title}: {count}")?;
            }
            writeln!(f)?;
            if flags.response() && flags.recursion_desired() && !flags.recursion_available() {
                writeln!(f, ";; WARNING: recursion requested but not available")?;
            }
            self.blank(f)?;
        }
        if let Some(edns) = edns.filter(|_| self.edns) {
            if self.comments {
                writeln!(f, ";; OPT PSEUDOSECTION:")?;
            }
            write!(f, "{edns}")?;
        }
        let [zone, others @ ..] = titles;
        if self.question && message.header().counts.first() != Some(&0) {
            self.title(f, zone)?;
            for question in message.questions() {
                match question {
                    Ok(question) => write_question(&question, self, f)?,
                    Err(error) => writeln!(f, ";; malformed: {error}")?,
                }
            }
            self.blank(f)?;
        }
        for ((section, title), on) in Section::ALL.into_iter().zip(others).zip(self.sections) {
            let shown = |record: &Result<Record<'_>, _>| match record {
                Ok(record) => record.rtype() != Type::OPT && signature(record).is_none(),
                Err(_) => true,
            };
            let mut records = message.section(section).filter(shown).peekable();
            if !on || records.peek().is_none() {
                continue;
            }
            self.title(f, title)?;
            for record in records {
                match record {
                    Ok(record) => self.write_record(f, &record)?,
                    Err(error) => writeln!(f, ";; malformed: {error}")?,
                }
            }
            self.blank(f)?;
        }
        self.write_signature(f)
    }
}

/// What `dig` calls the section of a record that signs the message.
fn signature(record: &Record<'_>) -> Option<&'static str> {
    match record.rtype() {
        Type::TSIG => Some("TSIG"),
        Type::SIG if record.data_octets().starts_with(&[0, 0]) => Some("SIG0"),
        _ => None,
    }
}

impl Printed<'_, '_> {
    /// The signature of the message, apart from the additional section.
    fn write_signature(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [.., true] = self.sections else {
            return Ok(());
        };
        let last = self.message.section(Section::Additional).last();
        let Some(Ok(record)) = last else {
            return Ok(());
        };
        let Some(title) = signature(&record) else {
            return Ok(());
        };
        if self.comments {
            writeln!(f, ";; {title} PSEUDOSECTION:")?;
        }
        self.write_record(f, &record)?;
        self.blank(f)
    }

    fn write_record(&self, f: &mut fmt::Formatter<'_>, record: &Record<'_>) -> fmt::Result {
        let mut line = Columns::new(f);
        write!(line, "{}", record.owner())?;
        if self.ttl_and_class {
            line.advance(TTL_COLUMN)?;
            write!(line, "{}", record.ttl())?;
            let after = |column| if self.multiline { 0 } else { column };
            line.advance(after(CLASS_COLUMN))?;
            write!(line, "{}", record.class())?;
            line.advance(after(TYPE_COLUMN))?;
        } else {
            line.advance(TTL_COLUMN)?;
        }
        write!(line, "{}", self.types.mnemonic(record.rtype()))?;
        if self.multiline {
            line.advance(0)?;
            data_layout::write_lines(record, self.types, f)?;
        } else {
            line.advance(DATA_COLUMN)?;
            data_layout::write_line(record, self.types, f)?;
        }
        f.write_char('\n')
    }
}

impl Record<'_> {
    /// Writes the data as text, as [`KnownTypes::show`] does.
    ///
    /// # Errors
    /// Only what the printer's output fails with.
    pub fn show_data(&self, printer: &mut Printer<'_>) -> fmt::Result {
        KnownTypes::CORE.show(self.class(), self.rtype(), &self.reader(), printer)
    }

    /// Writes the data in one line as `dig` does: long base64 and hexadecimal in pieces.
    ///
    /// # Errors
    /// Only what `out` fails with.
    pub fn show_in_pieces(&self, out: &mut dyn Write) -> fmt::Result {
        data_layout::write_line(self, KnownTypes::CORE, out)
    }
}

fn write_question(
    question: &Question<'_>,
    printed: &Printed<'_, '_>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_char(';')?;
    // As `dig`: the semicolon counts for nothing.
    let mut line = Columns::new(f);
    write!(line, "{}", question.name)?;
    let (class, rtype) = match printed.multiline {
        true => (TTL_COLUMN, 0),
        false => (CLASS_COLUMN, TYPE_COLUMN),
    };
    line.advance(class)?;
    write!(line, "{}", question.qclass)?;
    line.advance(rtype)?;
    writeln!(line, "{}", printed.types.mnemonic(question.qtype))
}

/// Counts columns, so that the next field can start at one.
struct Columns<'f, 'b> {
    out: &'f mut fmt::Formatter<'b>,
    column: usize,
}

impl<'f, 'b> Columns<'f, 'b> {
    fn new(out: &'f mut fmt::Formatter<'b>) -> Self {
        Self { out, column: 0 }
    }

    /// Goes to a column with tabs, or one blank on if that is passed already.
    fn advance(&mut self, column: usize) -> fmt::Result {
        if self.column >= column {
            // Where one column on is where a tab leads to, `dig` writes a tab.
            return self.write_char(if self.column % 8 == 7 { '\t' } else { ' ' });
        }
        while self.column < column {
            self.out.write_char('\t')?;
            self.column = (self.column / 8).saturating_add(1).saturating_mul(8);
        }
        Ok(())
    }
}

impl Write for Columns<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.column = self.column.saturating_add(text.len());
        self.out.write_str(text)
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Printed::all(self), f)
    }
}

/// `example. IN A`
impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.qclass, self.qtype)
    }
}

/// Owner, TTL, class, type and data, one blank between them.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ttl, class) = (self.ttl(), self.class());
        write!(f, "{} {ttl} {class} {} ", self.owner(), self.rtype())?;
        data_layout::write_plain(self, KnownTypes::CORE, f)
    }
}

/// A line for the fixed fields and one for each option.
impl fmt::Display for Edns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dnssec_ok = if self.dnssec_ok() { " do" } else { "" };
        write!(f, "; EDNS: version: {}, flags:{dnssec_ok};", self.version)?;
        match self.flags & 0x7fff {
            0 => {}
            rest => write!(f, " MBZ: {rest:#06x},")?,
        }
        writeln!(f, " udp: {}", self.udp_size)?;
        for option in self.options() {
            writeln!(f, "; {option}")?;
        }
        Ok(())
    }
}

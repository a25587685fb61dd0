//! Printing record data field by field.

use core::fmt::{self, Write};

/// How a record's data is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Layout {
    /// All fields in one line, a blank between them.
    #[default]
    OneLine,
    /// One field a line inside parentheses, each with its name as a comment, as `dig +multiline` does.
    Multiline {
        /// How many blanks stand before each field.
        indent: u8,
    },
}

/// Writes fields with what must stand between them.
///
/// ```
/// use core::fmt::Write;
/// use lib_dns_core::text::{Layout, Printer};
/// let mut line = String::new();
/// let mut printer = Printer::new(&mut line, Layout::OneLine);
/// write!(printer.field("preference")?, "{}", 10)?;
/// write!(printer.field("exchange")?, "mail.example.")?;
/// printer.finish()?;
/// assert_eq!(line, "10 mail.example.");
/// # Ok::<(), core::fmt::Error>(())
/// ```
pub struct Printer<'p> {
    out: &'p mut dyn Write,
    layout: Layout,
    previous: Option<&'static str>,
}

impl<'p> Printer<'p> {
    /// Prints into `out`.
    pub fn new(out: &'p mut dyn Write, layout: Layout) -> Self {
        Self {
            out,
            layout,
            previous: None,
        }
    }

    /// Starts the next field and lends the writer for it. Several values may stand in one field if the
    /// caller writes the blanks between them.
    ///
    /// # Errors
    /// Only what `out` fails with.
    pub fn field(&mut self, name: &'static str) -> Result<&mut dyn Write, fmt::Error> {
        match (self.layout, self.previous) {
            (Layout::OneLine, None) => {}
            (Layout::OneLine, Some(_)) => self.out.write_char(' ')?,
            (Layout::Multiline { indent }, previous) => {
                match previous {
                    None => self.out.write_char('(')?,
                    Some(previous) => write!(self.out, " ; {previous}")?,
                }
                write!(self.out, "\n{:indent$}", "", indent = usize::from(indent))?;
            }
        }
        self.previous = Some(name);
        Ok(self.out)
    }

    /// Closes what the layout opened.
    ///
    /// # Errors
    /// Only what `out` fails with.
    pub fn finish(self) -> fmt::Result {
        match (self.layout, self.previous) {
            (Layout::Multiline { indent }, Some(previous)) => {
                write!(
                    self.out,
                    " ; {previous}\n{:indent$})",
                    "",
                    indent = usize::from(indent)
                )
            }
            _ => Ok(()),
        }
    }
}

/// Displays octets as a quoted character string (RFC 1035 5.1): `"` and `\` are escaped, octets
/// outside printable ASCII become `\DDD`.
///
/// ```
/// use lib_dns_core::text::CharacterString;
/// assert_eq!(CharacterString(b"say \"hi\"\n").to_string(), r#""say \"hi\"\010""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharacterString<'a>(pub &'a [u8]);

impl fmt::Display for CharacterString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        fmt::Display::fmt(&QuotedText(self.0), f)?;
        f.write_char('"')
    }
}

/// Displays octets as they stand between quotation marks, without the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedText<'a>(pub &'a [u8]);

impl fmt::Display for QuotedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.0 {
            match octet {
                b'"' | b'\\' => {
                    f.write_char('\\')?;
                    f.write_char(char::from(*octet))?;
                }
                0x20..=0x7e => f.write_char(char::from(*octet))?,
                _ => write!(f, "\\{octet:03}")?,
            }
        }
        Ok(())
    }
}

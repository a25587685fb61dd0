//! Writing zone text.

use super::ScannedRecord;
use crate::code_points::Class;
use crate::name::{Name, NameBuf};
use crate::rr_data::{KnownTypes, Type, TypeRow};
use crate::text::{Layout, Printer};
use crate::wire::Reader;
use core::fmt::{self, Write};

/// How zone text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ZoneLayout {
    /// One record a line, complete: owner, TTL, class, type and data, a blank between them. Every line
    /// stands for itself, so such text can be sorted and compared line by line.
    #[default]
    OneLine,
    /// For people: the fields in columns, owners relative to the origin, an owner, TTL or class that
    /// repeats left out where that is safe, and an SOA over several lines.
    Tidy,
}

/// Where the columns of tidy text start.
const TTL_COLUMN: usize = 24;
const TYPE_COLUMN: usize = 32;
const DATA_COLUMN: usize = 40;

/// Writes records as zone text that a [`super::Scanner`] reads back octet for octet.
///
/// ```
/// use lib_dns_core::{code_points::Class, name::NameBuf, rr_data::Type};
/// use lib_dns_core::zone::{ZoneLayout, ZonePrinter};
///
/// let mut text = String::new();
/// let origin = NameBuf::from_text("sovereign.").unwrap();
/// let alice = NameBuf::from_text("alice.sovereign.").unwrap();
/// let mut printer = ZonePrinter::new(&mut text, ZoneLayout::OneLine);
/// printer.record(&alice.as_name(), 300, Class::IN, Type::A, &[10, 42, 1, 5])?;
/// assert_eq!(text, "alice.sovereign. 300 IN A 10.42.1.5\n");
/// # Ok::<(), core::fmt::Error>(())
/// ```
pub struct ZonePrinter<'p> {
    out: &'p mut dyn Write,
    layout: ZoneLayout,
    origin: Option<NameBuf>,
    default_ttl: Option<u32>,
    last_owner: Option<NameBuf>,
    types: KnownTypes<'p>,
}

impl<'p> ZonePrinter<'p> {
    /// Prints into `out`.
    pub fn new(out: &'p mut dyn Write, layout: ZoneLayout) -> Self {
        Self {
            out,
            layout,
            origin: None,
            default_ttl: None,
            last_owner: None,
            types: KnownTypes::CORE,
        }
    }

    /// Knows these types too, beside those of the library's table.
    pub fn private_types(&mut self, types: &'p [TypeRow]) -> &mut Self {
        self.types = KnownTypes::with(types);
        self
    }

    /// Writes `$ORIGIN`; in tidy text the owners that follow are relative to it.
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn origin(&mut self, origin: &Name<'_>) -> fmt::Result {
        self.origin = Some(NameBuf::from(*origin));
        writeln!(self.out, "$ORIGIN {origin}")
    }

    /// Writes `$TTL`; in tidy text the records that follow leave out this time to live.
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn default_ttl(&mut self, ttl: u32) -> fmt::Result {
        self.default_ttl = Some(ttl);
        writeln!(self.out, "$TTL {ttl}")
    }

    /// Writes a record that was scanned.
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn scanned(&mut self, record: &ScannedRecord<'_>) -> fmt::Result {
        let ScannedRecord {
            owner,
            ttl,
            class,
            rtype,
            data,
            ..
        } = record;
        self.record(owner, *ttl, *class, *rtype, data)
    }

    /// Writes a record; its data is in plain form.
    ///
    /// # Errors
    /// Only what the output fails with.
    pub fn record(
        &mut self,
        owner: &Name<'_>,
        ttl: u32,
        class: Class,
        rtype: Type,
        data: &[u8],
    ) -> fmt::Result {
        let layout = match self.layout {
            ZoneLayout::OneLine => {
                let rtype = self.types.mnemonic(rtype);
                write!(self.out, "{owner} {ttl} {class} {rtype} ")?;
                Layout::OneLine
            }
            ZoneLayout::Tidy => {
                self.columns(owner, ttl, class, rtype)?;
                if rtype == Type::SOA {
                    Layout::Multiline {
                        indent: DATA_COLUMN as u8,
                    }
                } else {
                    Layout::OneLine
                }
            }
        };
        let mut printer = Printer::new(self.out, layout);
        self.types
            .show(class, rtype, &Reader::new(data), &mut printer)?;
        printer.finish()?;
        self.out.write_char('\n')
    }

    /// What stands before the data in tidy text.
    fn columns(&mut self, owner: &Name<'_>, ttl: u32, class: Class, rtype: Type) -> fmt::Result {
        let mut line = Columns {
            out: &mut *self.out,
            column: 0,
        };
        let repeated = self.last_owner.as_ref().is_some_and(|last| {
            // Its case is part of it.
            last.as_name().wire_len() == owner.wire_len()
                && last.as_name().labels().eq(owner.labels())
        });
        if !repeated {
            let origin = self.origin.as_ref().map(NameBuf::as_name);
            match origin.filter(|origin| !origin.is_root() && ends_in(owner, origin)) {
                Some(origin) => write_relative(owner, &origin, &mut line)?,
                None => write!(line, "{owner}")?,
            }
            self.last_owner.get_or_insert_default().assign(owner);
        }
        if self.default_ttl != Some(ttl) {
            line.align(TTL_COLUMN)?;
            write!(line, "{ttl}")?;
        }
        if class != Class::IN {
            line.align(TTL_COLUMN)?;
            write!(line, "{class}")?;
        }
        line.align(TYPE_COLUMN)?;
        write!(line, "{}", self.types.mnemonic(rtype))?;
        line.align(DATA_COLUMN)
    }
}

/// Does the name end in exactly the origin's labels, case included?
fn ends_in(name: &Name<'_>, origin: &Name<'_>) -> bool {
    name.label_count() >= origin.label_count()
        && name
            .ancestor(origin.label_count())
            .labels()
            .eq(origin.labels())
}

fn write_relative(name: &Name<'_>, origin: &Name<'_>, out: &mut dyn Write) -> fmt::Result {
    let labels = name.label_count().saturating_sub(origin.label_count());
    if labels == 0 {
        return out.write_char('@');
    }
    for (index, label) in name.labels().take(labels).enumerate() {
        if index > 0 {
            out.write_char('.')?;
        }
        write!(out, "{}", crate::name::LabelText(label))?;
    }
    Ok(())
}

/// Counts what is written, so that the next field can start in its column.
struct Columns<'o> {
    out: &'o mut dyn Write,
    column: usize,
}

impl Columns<'_> {
    /// Writes blanks up to a column, and at least one.
    fn align(&mut self, column: usize) -> fmt::Result {
        loop {
            self.write_char(' ')?;
            if self.column >= column {
                return Ok(());
            }
        }
    }
}

impl Write for Columns<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.column = self.column.saturating_add(text.len());
        self.out.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rr_data::{RData, TypeInfo};
    use crate::zone::{MAX_SCRATCH_LEN, Scanner, Step};
    use std::format;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    /// Owner as it is written, TTL, type and data.
    type Found = (Vec<u8>, u32, Type, Vec<u8>);

    fn scan(text: &str) -> Vec<Found> {
        let mut scanner = Scanner::new(Class::IN, None);
        let mut scratch = vec![0; MAX_SCRATCH_LEN];
        let mut rest = text.as_bytes();
        let mut found = Vec::new();
        loop {
            match scanner.next(&mut rest, true, &mut scratch) {
                Ok(Step::Record(record)) => found.push((
                    NameBuf::from(record.owner).as_bytes().to_vec(),
                    record.ttl,
                    record.rtype,
                    record.data.to_vec(),
                )),
                Ok(Step::End) => return found,
                other => panic!("{other:?} in {text}"),
            }
        }
    }

    fn print(records: &[Found], layout: ZoneLayout, origin: &str) -> String {
        let mut text = String::new();
        let mut printer = ZonePrinter::new(&mut text, layout);
        let origin = NameBuf::from_text(origin).unwrap();
        printer.origin(&origin.as_name()).unwrap();
        printer.default_ttl(300).unwrap();
        for (owner, ttl, rtype, data) in records {
            let owner = Name::from_wire(owner).unwrap();
            printer
                .record(&owner, *ttl, Class::IN, *rtype, data)
                .unwrap();
        }
        text
    }

    #[test]
    fn every_type_reads_back_octet_for_octet() {
        let mut text = String::new();
        for TypeInfo {
            mnemonic,
            examples,
            rtype,
            ..
        } in RData::TYPES
        {
            if matches!(rtype.0, 41 | 128..=255) {
                continue;
            }
            for (index, example) in examples.iter().enumerate() {
                text.push_str(&format!(
                    "{mnemonic}.x. {} {mnemonic} {example}\n",
                    299 + index
                ));
            }
        }
        text.push_str("x. 300 TYPE65280 \\# 3 010203\nX. 300 TYPE65280 \\# 0\n");
        text.push_str("@.\\032\\.\\;\\$\\200.x. 300 TXT \"a;b\\\"\\000\\255\" \"\"\n\\* 1 NS .\n");
        let text = text.replace("\\* 1", "\\*. 1");
        let records = scan(&text);
        for layout in [ZoneLayout::OneLine, ZoneLayout::Tidy] {
            for origin in [".", "x.", "X.", "y."] {
                let printed = print(&records, layout, origin);
                assert_eq!(scan(&printed), records, "{printed}");
            }
        }
    }

    #[test]
    fn tidy_text_has_columns_and_leaves_out_what_repeats() {
        let records = scan(concat!(
            "example. 300 NS ns1.example.\nexample. 300 NS ns2.example.\n",
            "www.example. 60 A 192.0.2.1\nWww.example. 300 A 192.0.2.1\nother. 300 A 192.0.2.1\n",
        ));
        assert_eq!(
            print(&records, ZoneLayout::Tidy, "example."),
            concat!(
                "$ORIGIN example.\n$TTL 300\n",
                "@                               NS      ns1.example.\n",
                "                                NS      ns2.example.\n",
                "www                     60      A       192.0.2.1\n",
                "Www                             A       192.0.2.1\n",
                "other.                          A       192.0.2.1\n",
            )
        );
    }
}

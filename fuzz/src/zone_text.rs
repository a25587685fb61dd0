//! Zone text: read whole and in pieces it says the same, and what was read prints to text that reads as
//! the same again.
//!
//! The first octet of an input is the length of the pieces.

use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::{RData, Type, WriteData};
use lib_dns_core::text::{Layout, Printer};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{MAX_SCRATCH_LEN, ScannedRecord, Scanner, Step};

/// So many steps are enough: a `$GENERATE` can make many more.
const MAX_STEPS: usize = 300;

/// A record that owns its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    owner: NameBuf,
    class: Class,
    ttl: u32,
    rtype: Type,
    data: Vec<u8>,
}

/// What one step gave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Record(Record, u32, u32),
    Include(Vec<u8>, Option<NameBuf>, u32, u32),
    Error(String),
}

/// Runs the target.
pub fn run(data: &[u8]) {
    let Some((&piece, text)) = data.split_first() else {
        return;
    };
    let origin = NameBuf::from_text("example.").unwrap();
    let whole = scan(text, text.len().max(1), Some(&origin.as_name()));
    let pieces = scan(text, usize::from(piece).max(1), Some(&origin.as_name()));
    assert_eq!(whole, pieces);
    for found in whole {
        if let Found::Record(record, ..) = found {
            check_printed(&record);
        }
    }
}

fn scan(text: &[u8], piece: usize, origin: Option<&Name<'_>>) -> Vec<Found> {
    let mut scratch = vec![0; MAX_SCRATCH_LEN];
    let mut scanner = Scanner::new(Class::IN, origin);
    let mut found = Vec::new();
    let (mut start, mut end) = (0, piece.min(text.len()));
    while found.len() < MAX_STEPS {
        let mut rest = &text[start..end];
        let step = scanner.next(&mut rest, end == text.len(), &mut scratch);
        start = end - rest.len();
        found.push(match step {
            Ok(Step::Record(record)) => {
                let (line, column) = (record.line, record.column);
                Found::Record(owned(&record), line, column)
            }
            Ok(Step::Include(include)) => Found::Include(
                include.path.to_vec(),
                include.origin.map(NameBuf::from),
                include.line,
                include.column,
            ),
            Ok(Step::More) => {
                assert!(end < text.len(), "more than everything is asked for");
                end = (end + piece).min(text.len());
                continue;
            }
            Ok(Step::End) => break,
            Err(error) => Found::Error(error.to_string()),
        });
    }
    found
}

fn owned(record: &ScannedRecord<'_>) -> Record {
    Record {
        owner: NameBuf::from(record.owner),
        class: record.class,
        ttl: record.ttl,
        rtype: record.rtype,
        data: record.data.to_vec(),
    }
}

/// Data that was read from text is data on the wire too, and prints to text that reads as it.
fn check_printed(record: &Record) {
    let data = RData::read(record.class, record.rtype, &mut Reader::new(&record.data));
    let data = data.unwrap_or_else(|error| panic!("{record:?}: {error}"));
    for layout in [Layout::OneLine, Layout::Multiline { indent: 4 }] {
        let mut text = format!(
            "{} {} {} {} ",
            record.owner, record.ttl, record.class, record.rtype
        );
        let mut printer = Printer::new(&mut text, layout);
        data.show(&mut printer).unwrap();
        printer.finish().unwrap();
        let again = scan(text.as_bytes(), text.len(), None);
        let [Found::Record(again, ..)] = &again[..] else {
            panic!("{record:?} prints as {text:?}, which reads as {again:?}");
        };
        assert_eq!(record.owner.as_bytes(), again.owner.as_bytes(), "{text:?}");
        assert_eq!(record, again, "{text:?}");
    }
}

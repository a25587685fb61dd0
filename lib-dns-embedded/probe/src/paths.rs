//! What a small device does with the core. Each path is a function of its own, so that the symbol table of the
//! linked program names it and tells its size; each answers with a number that `main` knows beforehand.

use lib_dns_core::code_points::Class;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::zone::{Scanner, Step};

/// Reads a name from the wire and from text, and compares the two.
#[inline(never)]
pub fn name(wire: &[u8], text: &str) -> usize {
    match (Name::from_wire(wire), NameBuf::from_text(text)) {
        (Ok(wire), Ok(text)) if text == wire => wire.wire_len(),
        _ => 0,
    }
}

/// Reads zone text, whole and in two pieces, and adds up the lengths of owners and data.
#[inline(never)]
pub fn zone_text(text: &[u8], scratch: &mut [u8]) -> usize {
    let mut sum = 0usize;
    for piece in [text.len(), text.len() / 2] {
        let mut scanner = Scanner::new(Class::IN, None);
        let mut end = piece;
        let mut rest = text.get(..end).unwrap_or_default();
        loop {
            match scanner.next(&mut rest, end == text.len(), scratch) {
                Ok(Step::Record(record)) => {
                    sum = sum
                        .wrapping_add(record.owner.wire_len())
                        .wrapping_add(record.data.len());
                }
                Ok(Step::More) => {
                    let start = end.wrapping_sub(rest.len());
                    end = text.len();
                    rest = text.get(start..).unwrap_or_default();
                }
                Ok(_) => break,
                Err(_) => return 0,
            }
        }
    }
    sum
}

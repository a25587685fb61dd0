//! What a small device does with the core. Each path is a function of its own, so that the symbol table of the
//! linked program names it and tells its size; each answers with a number that `main` knows beforehand.

use lib_dns_core::name::{Name, NameBuf};

/// Reads a name from the wire and from text, and compares the two.
#[inline(never)]
pub fn name(wire: &[u8], text: &str) -> usize {
    match (Name::from_wire(wire), NameBuf::from_text(text)) {
        (Ok(wire), Ok(text)) if text == wire => wire.wire_len(),
        _ => 0,
    }
}

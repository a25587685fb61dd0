//! Journals of BIND 9: whatever the octets, differences come out that follow each other, or an error.

use lib_dns_core::zone::Difference;
use lib_dns_std::journal::BindJournal;
use std::io::Cursor;
use std::path::Path;

/// Reads a journal to its end.
pub fn run(data: &[u8]) {
    let Ok(mut journal) = BindJournal::new(Cursor::new(data), Path::new("fuzz.jnl")) else {
        return;
    };
    let mut last = journal.first();
    let mut octets = 0;
    while let Ok(Some(change)) = journal.next_difference() {
        octets += change.len();
        assert!(octets <= data.len(), "more came out than went in");
        let difference = Difference::from_bytes(&change).expect("it was checked");
        assert_eq!(difference.from_serial(), last);
        last = difference.to_serial();
    }
}

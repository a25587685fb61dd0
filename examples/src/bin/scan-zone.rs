//! Reads a zone file piece by piece, as a device with little memory would, and prints what is in it.
//!
//! ```sh
//! cargo run -p lib-dns-examples --bin scan-zone -- examples/zones/sovereign.zone
//! ```
//!
//! Only a piece of the file is in memory, the longest entry at the most. Nothing is allocated for a record:
//! owner and data stand in scratch space until the next one is read.

use lib_dns_core::code_points::Class;
use lib_dns_core::rr_data::KnownTypes;
use lib_dns_core::text::{Layout, Printer};
use lib_dns_core::wire::Reader;
use lib_dns_core::zone::{MAX_ENTRY_LEN, MAX_SCRATCH_LEN, ScannedRecord, Scanner, Step};
use std::error::Error;
use std::fs::File;
use std::io::Read;

/// How much of the file is read at once (octets).
const PIECE: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: scan-zone FILE")?;
    let mut file = File::open(&path)?;
    let mut scanner = Scanner::new(Class::IN, None);
    let mut scratch = vec![0; MAX_SCRATCH_LEN];
    // What was read and not used yet; it grows only if an entry is longer than a piece.
    let mut text = Vec::new();
    let mut last = false;
    loop {
        let mut rest = &text[..];
        let step = scanner.next(&mut rest, last, &mut scratch);
        let used = text.len() - rest.len();
        match step.map_err(|error| format!("{path}: {error}"))? {
            Step::Record(record) => print(&record)?,
            Step::Include(include) => {
                // Whether another file may be opened, and from where, is the program's to decide.
                return Err(
                    format!("{path}: line {}: $INCLUDE is not followed", include.line).into(),
                );
            }
            Step::More if text.len() > MAX_ENTRY_LEN => return Err("an entry is too long".into()),
            Step::More => {
                text.drain(..used);
                let got = file.by_ref().take(PIECE as u64).read_to_end(&mut text)?;
                last = got == 0;
                continue;
            }
            Step::End => return Ok(()),
        }
        text.drain(..used);
    }
}

fn print(record: &ScannedRecord<'_>) -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    let mut printer = Printer::new(&mut text, Layout::OneLine);
    let data = Reader::new(record.data);
    KnownTypes::CORE.show(record.class, record.rtype, &data, &mut printer)?;
    printer.finish()?;
    println!(
        "{}\t{}\t{}\t{}\t{text}",
        record.owner, record.ttl, record.class, record.rtype
    );
    Ok(())
}

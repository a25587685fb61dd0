//! Prints a message as `dig` does: one that is given in hexadecimal, or a sample.
//!
//! ```sh
//! cargo run -p lib-dns-examples --bin print-message
//! cargo run -p lib-dns-examples --bin print-message -- 1234010000010000000000000161000001 0001
//! ```

use lib_dns_core::messages::{Message, Section};
use lib_dns_core::rr_data::RData;
use lib_dns_core::text::Base16Decoder;
use std::error::Error;

/// A response with the address of alice.sovereign.
const SAMPLE: &str = "12348400 0001 0001 0000 0000 \
    05616c69636509736f7665726569676e00 0001 0001 \
    c00c 0001 0001 0000012c 0004 0a2a0105";

fn main() -> Result<(), Box<dyn Error>> {
    let given: String = std::env::args().skip(1).collect();
    let text = if given.is_empty() { SAMPLE } else { &given };
    let octets = from_base16(text)?;

    // One pass checks the structure; what is wrong is told with its offset.
    let message = Message::from_bytes(&octets)?;
    print!("{message}");

    // Names and data are read when they are asked for, and may be bad.
    for record in message.section(Section::Answer) {
        let record = record?;
        if let RData::A(a) = record.data()? {
            println!(";; {} has the address {}", record.owner(), a.address);
        }
    }
    Ok(())
}

fn from_base16(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut decoder = Base16Decoder::default();
    let mut octets = Vec::new();
    for digit in text.bytes().filter(|digit| !digit.is_ascii_whitespace()) {
        let octet = decoder.push(digit).map_err(|kind| kind.to_string())?;
        octets.extend(octet);
    }
    decoder.finish().map_err(|kind| kind.to_string())?;
    Ok(octets)
}

//! The other half of the proof, as `main.rs`: what a device does that copies zones. Both halves are more than the flash
//! of one board holds.
#![no_std]
#![no_main]

mod flash_zone;
#[path = "secondary_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;
use flash_zone::FLASH;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut scratch = [0; 512];
    let mut report = Report::new();
    // Both lead to version 1: a beginning, the ten records and an end; a beginning, the four records of the
    // difference and an end.
    report.path("transfer", 2 * 10_000 + 5 * 100 + 12 + 6, || {
        paths::transfer(
            black_box(&FLASH),
            black_box(DIFFERENCE),
            black_box(&mut scratch),
        )
    });
    // Three records, of which two are the same but for the case of a name; fixed fields, signer, signature.
    report.path("dnssec", 2 * 100 + 18 + 11 + 64, || {
        paths::dnssec(
            black_box(b"\x05alice\x09sovereign\0"),
            black_box(MX),
            black_box(DNSKEY),
            black_box(&mut scratch),
        )
    });
    report.end()
}

/// From version 0 of the zone in flash to version 1: alice moves.
const DIFFERENCE: &[u8] =
    b"\x09sovereign\0\0\x06\0\x01\0\0\0\x3c\0\x2a\x09sovereign\0\x09sovereign\0\
    \0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\
    \x05alice\x09sovereign\0\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\x2a\x01\x04\
    \x09sovereign\0\0\x06\0\x01\0\0\0\x3c\0\x2a\x09sovereign\0\x09sovereign\0\
    \0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\
    \x05alice\x09sovereign\0\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\x2a\x01\x05";

/// MX data, each record behind its length.
const MX: &[u8] = b"\0\x0d\0\x14\x09Sovereign\0\0\x07\0\x0a\x03net\0\0\x0d\0\x14\x09sovereign\0";

/// Flags of a zone key, protocol 3, Ed25519, and a key.
const DNSKEY: &[u8] = b"\x01\0\x03\x0fnot a key of thirty-two octets...";

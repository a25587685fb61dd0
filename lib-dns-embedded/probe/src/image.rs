//! Another part of the proof, as `main.rs`: what a device does that has its zone as an image in flash.
#![no_std]
#![no_main]

#[path = "image_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut scratch = [0; 512];
    let mut report = Report::new();
    // As `answer` of `main.rs`: the address; an alias with its target; a name that a DNAME makes; a referral with
    // glue; no such name, with SOA and the NSEC of the name and of the wildcard; no such type, with SOA and
    // NSEC; a wildcard with its proof.
    report.path("image", 100 + 200 + 300 + 11 + 3_031 + 21 + 111, || {
        paths::image(
            black_box(IMAGE),
            black_box(QUERIES),
            black_box(&mut scratch),
        )
    });
    report.path("digest", IMAGE.len(), || paths::digest(black_box(IMAGE)));
    report.end()
}

/// The zone of `flash_zone.rs`, compiled: what the fuzz targets start from.
const IMAGE: &[u8] = include_bytes!("../../../fuzz/seeds/zone_image/device");

/// The queries of the sum in `main`, in its order; those for denials and the wildcard want DNSSEC.
const QUERIES: &[&[u8]] = &[
    b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x01\0\x01",
    b"\0\x01\0\0\0\x01\0\0\0\0\0\0\x02al\x09sovereign\0\0\x01\0\x01",
    b"\0\x02\0\0\0\x01\0\0\0\0\0\0\x05alice\x03old\x09sovereign\0\0\x01\0\x01",
    b"\0\x03\0\0\0\x01\0\0\0\0\0\0\x01x\x03sub\x09sovereign\0\0\x01\0\x01",
    b"\0\x04\0\0\0\x01\0\0\0\0\0\x01\x03bob\x09sovereign\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
    b"\0\x05\0\0\0\x01\0\0\0\0\0\x01\x05alice\x09sovereign\0\0\x0f\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
    b"\0\x06\0\0\0\x01\0\0\0\0\0\x01\x03any\x04wild\x09sovereign\0\0\x10\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
];

//! Another part of the proof, as `main.rs`: what a device does that remembers what it was told.
#![no_std]
#![no_main]

#[path = "cache_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use firmware::console::Part::{Number, Text};
use firmware::console::line;
use paths::Record;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut octets = [0; 1024];
    let mut cache = paths::empty(black_box(&mut octets), black_box([1, 2]));
    let zone = black_box(ZONE);
    let mut report = Report::new();
    line(&[
        Text("octets of a cache, names and data apart: "),
        Number(size_of_val(&cache) as u64),
    ]);
    // Two names, and what a second owner claims beside the first: two claims.
    report.path("insert", 2 + 200, || {
        paths::insert(&mut cache, 10, zone, black_box(RECORDS))
    });
    // A name that is not there, for a tenth of the SOA's TTL; records that are held, which are contested; and a failure, for
    // five seconds.
    report.path("deny", 30 + 1_000 + 5, || {
        paths::deny(&mut cache, 20, zone, black_box(DENIED))
    });
    // Three records of two owners; what is below bob, who is not in the zone of 11 octets; nothing.
    let found = ((1 + 3_000_000) * 10 + 3 + 11_000_000) * 10 + 5;
    report.path("lookup", found, || {
        paths::lookup(&mut cache, 21, black_box(NAMES))
    });
    // The contested name is asked for again; one negative answer before the flush, none after; the delegation is left.
    report.path("tend", 17_01_00_01_01, || {
        paths::tend(&mut cache, 25, zone, black_box(NAMES[0]))
    });
    report.path("many", 40, || {
        let mut name = *black_box(b"\x03n00\x09sovereign\0");
        let mut kept = 0usize;
        for place in 0..40 {
            let [_, _, tens, ones, ..] = &mut name;
            (*tens, *ones) = (b'0' + place / 10, b'0' + place % 10);
            let record = Record {
                name: &name,
                packed: black_box(ADDRESS),
                rtype: 1,
                owner: None,
                is_delegation: false,
            };
            kept += paths::insert(&mut cache, 30 + u64::from(place), zone, &[record]);
        }
        kept
    });
    report.end()
}

const ZONE: &[u8] = b"\x09sovereign\0";
const ADDRESS: &[u8] = b"\0\x04\x0a\x2a\x01\x05";

const RECORDS: &[Record<'static>] = &[
    Record {
        name: b"\x05alice\x09sovereign\0",
        packed: ADDRESS,
        rtype: 1,
        owner: Some(&[1; 32]),
        is_delegation: false,
    },
    Record {
        name: b"\x03sub\x09sovereign\0",
        packed: b"\0\x12\x02ns\x03sub\x09sovereign\0",
        rtype: 2,
        owner: None,
        is_delegation: true,
    },
    Record {
        name: b"\x05ALICE\x09sovereign\0",
        packed: b"\0\x04\x0a\x2a\x01\x06\0\x04\x0a\x2a\x01\x07",
        rtype: 1,
        owner: Some(&[2; 32]),
        is_delegation: false,
    },
];

const DENIED: &[&[u8]] = &[b"\x03bob\x09sovereign\0", b"\x05alice\x09sovereign\0"];

const NAMES: &[&[u8]] = &[
    b"\x05alice\x09sovereign\0",
    b"\x01x\x03bob\x09sovereign\0",
    b"\x04dave\x09sovereign\0",
];

//! Another part of the proof, as `main.rs`: a device's whole DNS, which reads queries, answers them from a zone of
//! addresses, texts, services and aliases in flash, and else from what it was told.
#![no_std]
#![no_main]

#[path = "dns_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use firmware::console::Part::{Number, Text};
use firmware::console::line;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut octets = [0; 1024];
    let mut buffer = [0; 512];
    let mut cache = paths::empty(black_box(&mut octets), black_box([1, 2]));
    let mut report = Report::new();
    line(&[
        Text("octets of a cache, names and data apart: "),
        Number(size_of_val(&cache) as u64),
    ]);
    // Answers, authority and additional: an address; the other kind; texts; services with their addresses; who is
    // responsible; servers with their addresses; no such name; no such type.
    let wanted = 100 + 100 + 800 + 204 + 100 + 303 + 3_010 + 10;
    report.path("answer", wanted, || {
        let queries = black_box(QUERIES);
        paths::answer(black_box(IMAGE), queries, black_box(&mut buffer))
    });
    // An address, an alias and its target, a service, an SOA record with a name that is not there for a minute.
    report.path("hear", 5_000 + 30, || {
        let responses = black_box(RESPONSES);
        paths::hear(&mut cache, 10, responses, black_box(&mut buffer))
    });
    // An alias and an address; a service; no such name; what nobody told.
    report.path("recall", 200 + 100 + 3_010 + 2_000, || {
        let queries = black_box(LATER);
        paths::recall(&mut cache, 20, queries, black_box(&mut buffer))
    });
    report.end()
}

/// `zdns zone compile examples/zones/sovereign.zone --output examples/firmware/zones/sovereign.image`
const IMAGE: &[u8] = include_bytes!("../../../examples/firmware/zones/sovereign.image");

const QUERIES: &[&[u8]] = &[
    b"\0\x01\0\0\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x01\0\x01",
    b"\0\x02\0\0\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x1c\0\x01",
    b"\0\x03\0\0\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x10\0\x01",
    b"\0\x04\0\0\0\x01\0\0\0\0\0\0\x05_zhtp\x05_quic\x05alice\x09sovereign\0\0\x21\0\x01",
    b"\0\x05\0\0\0\x01\0\0\0\0\0\0\x09sovereign\0\0\x06\0\x01",
    b"\0\x06\0\0\0\x01\0\0\0\0\0\0\x09sovereign\0\0\x02\0\x01",
    b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x03bob\x09sovereign\0\0\x01\0\x01",
    b"\0\x08\0\0\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x21\0\x01",
];

/// What the zone `west.` says of `alice`, `www`, `_coap._udp` and `bob`.
const RESPONSES: &[&[u8]] = &[
    b"\0\x01\x84\0\0\x01\0\x01\0\0\0\0\x05alice\x04west\0\0\x01\0\x01\
        \xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\x2b\0\x05",
    b"\0\x02\x84\0\0\x01\0\x02\0\0\0\0\x03www\x04west\0\0\x01\0\x01\
        \xc0\x0c\0\x05\0\x01\0\0\x01\x2c\0\x08\x05alice\xc0\x10\
        \xc0\x26\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\x2b\0\x05",
    b"\0\x03\x84\0\0\x01\0\x01\0\0\0\0\x05_coap\x04_udp\x04west\0\0\x21\0\x01\
        \xc0\x0c\0\x21\0\x01\0\0\x01\x2c\0\x12\0\x0a\0\x64\x16\x33\x05alice\x04west\0",
    b"\0\x04\x84\x03\0\x01\0\0\0\x01\0\0\x03bob\x04west\0\0\x01\0\x01\
        \xc0\x10\0\x06\0\x01\0\0\x01\x2c\0\x18\xc0\x10\xc0\x10\
        \0\0\0\x01\0\0\x0e\x10\0\0\x03\x84\0\x09\x3a\x80\0\0\x01\x2c",
];

/// The queries of the sum in `main`, in its order.
const LATER: &[&[u8]] = &[
    b"\0\x09\0\0\0\x01\0\0\0\0\0\0\x03www\x04west\0\0\x01\0\x01",
    b"\0\x0a\0\0\0\x01\0\0\0\0\0\0\x05_coap\x04_udp\x04west\0\0\x21\0\x01",
    b"\0\x0b\0\0\0\x01\0\0\0\0\0\0\x03bob\x04west\0\0\x01\0\x01",
    b"\0\x0c\0\0\0\x01\0\0\0\0\0\0\x04dave\x04west\0\0\x01\0\x01",
];

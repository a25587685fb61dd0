//! Runs the core's paths on a Cortex-M, and reports through semihosting.
//!
//! What matters most is what this program does not contain once it is linked: anything of `core::panicking`.
//! `.ci/bare-metal` looks. For the same reason nothing here uses `core::fmt`, whose padding and precision are not
//! free of panics.
#![no_std]
#![no_main]

mod flash_zone;
mod paths;
mod report;

use core::hint::black_box;
use flash_zone::FLASH;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut scratch = [0; 512];
    let mut report = Report::new();
    report.path("names", 17, || {
        paths::name(black_box(NAME), black_box("alice.sover\\101ign."))
    });
    report.path(
        "zone text",
        2 * ((11 + 42) + (17 + 4) + (17 + 16) + (17 + 7) + (17 + 23) + 2 * (14 + 4)),
        || paths::zone_text(black_box(ZONE), black_box(&mut scratch)),
    );
    // Header, question, A, NS, OPT; labels of the owners and of the NS data; the node's name.
    report.path(
        "message",
        (12 + 21 + 16 + 17 + 20) + (2 + 1 + 2) + 5,
        || paths::message(black_box(QUERY), black_box(&mut scratch)),
    );
    // The query twice, each with a record: owner, fixed fields, algorithm, MAC.
    report.path("tsig", 2 * (12 + 21 + 5 + 26 + 13 + 32), || {
        paths::tsig(black_box(QUERY), black_box(&mut scratch))
    });
    // Rcode, answers, authority, additional: the address; an alias with its target; a name that a DNAME
    // makes; a referral with glue; no such name, with SOA and the NSEC of the name and of the wildcard; no
    // such type, with SOA and NSEC; a wildcard with its proof; who answers.
    report.path(
        "answer",
        100 + 200 + 300 + 11 + 3_031 + 21 + 111 + 100,
        || {
            paths::answer(
                black_box(&FLASH),
                black_box(QUERIES),
                black_box(&mut scratch),
            )
        },
    );
    report.end()
}

const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x01\0\x01";
const NAME: &[u8] = b"\x05alice\x09sovereign\x00";

/// The queries of the sum in `main`, in its order; those for denials and the wildcard want DNSSEC.
const QUERIES: &[&[u8]] = &[
    QUERY,
    b"\0\x01\0\0\0\x01\0\0\0\0\0\0\x02al\x09sovereign\0\0\x01\0\x01",
    b"\0\x02\0\0\0\x01\0\0\0\0\0\0\x05alice\x03old\x09sovereign\0\0\x01\0\x01",
    b"\0\x03\0\0\0\x01\0\0\0\0\0\0\x01x\x03sub\x09sovereign\0\0\x01\0\x01",
    b"\0\x04\0\0\0\x01\0\0\0\0\0\x01\x03bob\x09sovereign\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
    b"\0\x05\0\0\0\x01\0\0\0\0\0\x01\x05alice\x09sovereign\0\0\x0f\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
    b"\0\x06\0\0\0\x01\0\0\0\0\0\x01\x03any\x04wild\x09sovereign\0\0\x10\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0",
    b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x02id\x06server\0\0\x10\0\x03",
];

const ZONE: &[u8] = br#"$ORIGIN sovereign.
$TTL 1h
@ SOA @ @ ( 1 ; serial
 2 3 4 5 )
alice A 10.42.1.5
 60 IN AAAA fd00:6d65:7368:1::5
 TXT "a b" \065\066
 SRV 1 2 3 alice
$GENERATE 1-2 n$ A 10.0.0.$
"#;

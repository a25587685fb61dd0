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

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut scratch = [0; 512];
    let outcomes = [
        (
            c"names",
            paths::name(black_box(NAME), black_box("alice.sover\\101ign.")),
            17,
        ),
        (
            c"zone text",
            paths::zone_text(black_box(ZONE), black_box(&mut scratch)),
            2 * ((11 + 42) + (17 + 4) + (17 + 16) + (17 + 7) + (17 + 23) + 2 * (14 + 4)),
        ),
        (
            c"message",
            paths::message(black_box(QUERY), black_box(&mut scratch)),
            // Header, question, A, NS, OPT; labels of the owners and of the NS data; the node's name.
            (12 + 21 + 16 + 17 + 20) + (2 + 1 + 2) + 5,
        ),
        (
            c"tsig",
            paths::tsig(black_box(QUERY), black_box(&mut scratch)),
            // The query twice, each with a record: owner, fixed fields, algorithm, MAC.
            2 * (12 + 21 + 5 + 26 + 13 + 32),
        ),
        (
            c"answer",
            paths::answer(
                black_box(&FLASH),
                black_box(QUERIES),
                black_box(&mut scratch),
            ),
            // Rcode, answers, authority, additional: the address; an alias with its target; a name that a DNAME
            // makes; a referral with glue; no such name, with SOA and the NSEC of the name and of the wildcard; no
            // such type, with SOA and NSEC; a wildcard with its proof; who answers.
            100 + 200 + 300 + 11 + 3_031 + 21 + 111 + 100,
        ),
        (
            c"mesh rules",
            paths::mesh_rules(black_box(SCRIPT), black_box(BRIDGED)),
            // Two changes, told once; a watched zone, refreshed after the jitter and after the backoff, then a storm; two
            // peers, each with a flush, a log, two questions and its forks, and the end of recovery; two owners in the
            // merge, and both served; one query too many; rule 3; the length of the name behind the bridge.
            (2 + 10)
                + (1 + 78 + 2 + 29_900 + 50 + 3 + 156 + 100_000)
                + (1 + 4_000 + 2 * (2 + 1_000))
                + (1 + 4_000 + 2 + 1_000)
                + 1_000
                + (2 + 2)
                + 1
                + 2
                + 13,
        ),
    ];
    report::end(&outcomes)
}

const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x01\0\x01";
const NAME: &[u8] = b"\x05alice\x09sovereign\x00";

const BRIDGED: &[u8] = b"\x07example\x03com\x06bridge\x09sovereign\0";

/// Steps for `paths::mesh_rules`: a zone that changes, waits and is told of; one that is watched, heard of, refreshed in
/// vain and heard of until there is a storm; a partition that heals; two owners, and a third for whom there is no room;
/// eleven queries; two answers of one owner.
const SCRIPT: &[u8] = b"c\x01\x02c\x01\x03t\0\x05t\0\x1ew\x01\x01h\x01\x02t\0\x0af\x01\0h\x01\x03t\0\x1er\x01\x03\
h\x01\x04h\x01\x05h\x01\x06h\x01\x07h\x01\x08z\0\x08z\x01\x09p\x01\0a\x01\x09a\x01\x09p\x02\0a\x02\x0at\0\x20\
m\x05\x01m\x05\x02m\x03\x01m\x04\x01q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0s\x01\x02";

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

//! Another part of the proof, as `main.rs`: what a node of a mesh decides by.
#![no_std]
#![no_main]

#[path = "policy_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use lib_dns_core::policy::contract::{Activity, Application};
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut report = Report::new();
    // Two changes, told once; a watched zone, refreshed after the jitter and after the backoff, then a storm; two
    // peers, each with a flush, a log, two questions and its forks, and the end of recovery; two owners in the
    // merge, and both served; one query too many; rule 3; the length of the name behind the bridge.
    report.path(
        "mesh rules",
        (2 + 10)
            + (1 + 78 + 2 + 29_900 + 50 + 3 + 156 + 100_000)
            + (1 + 4_000 + 2 * (2 + 1_000))
            + (1 + 4_000 + 2 + 1_000)
            + 1_000
            + (2 + 2)
            + 1
            + 2
            + 13,
        || paths::mesh_rules(black_box(SCRIPT), black_box(BRIDGED)),
    );
    // All eight are as they have to be.
    report.path("session", 0xff, || {
        paths::session(black_box(1), black_box(2), black_box(&[0, 1]))
    });
    // Payments go on, warn, and refuse twice; messaging goes on, warns, tries the endpoint it knew, and refuses; a packet's
    // handler may not resolve.
    report.path("reactions", 1_000_000_000 + 144 * 10_000 + 134, || {
        let applications = black_box([Application::Payments, Application::Messaging]);
        let activities = black_box([Activity::Preparing, Activity::HandlingPacket]);
        paths::reactions(&applications, black_box(&[0, 1]), &activities)
    });
    // A TTL of a minute, since three owners are served; all found room; both are the same; all four end; one serial more.
    report.path("replicas", 60_01344, || {
        paths::replicas(
            black_box(&[[1, 2], [2, 4]]),
            black_box(&[[1, 6], [3, 3], [4, 8]]),
        )
    });
    // The fastest.
    report.path("chosen", 2, || paths::chosen(black_box([9, 8, 3, 7])));
    let mut buffer = [0; 128];
    report.path("federation", 32 * 10 + 2, || {
        paths::federation(black_box(TRUST), black_box(&mut buffer))
    });
    report.end()
}

const TRUST: &[u8] =
    b"key=ED25519:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,since=20260117000000,scope=fed.sovereign. b.sovereign.";

const BRIDGED: &[u8] = b"\x07example\x03com\x06bridge\x09sovereign\0";

/// Steps for `paths::mesh_rules`: a zone that changes, waits and is told of; one that is watched, heard of, refreshed in
/// vain and heard of until there is a storm; a partition that heals; two owners, and a third for whom there is no room;
/// eleven queries; two answers of one owner.
const SCRIPT: &[u8] = b"c\x01\x02c\x01\x03t\0\x05t\0\x1ew\x01\x01h\x01\x02t\0\x0af\x01\0h\x01\x03t\0\x1er\x01\x03\
h\x01\x04h\x01\x05h\x01\x06h\x01\x07h\x01\x08z\0\x08z\x01\x09p\x01\0a\x01\x09a\x01\x09p\x02\0a\x02\x0at\0\x20\
m\x05\x01m\x05\x02m\x03\x01m\x04\x01q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0q\0\0s\x01\x02";

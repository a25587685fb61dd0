//! Another part of the proof, as `main.rs`: what a node does that resolves names.
#![no_std]
#![no_main]

#[path = "resolve_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut report = Report::new();
    for (label, wanted, script) in black_box(STORIES) {
        report.path(label, *wanted, || {
            paths::resolve(black_box(ALICE), black_box(TARGET), black_box(script))
        });
    }
    // DNAME: what stands left of the owner goes before the target.
    report.path("alias of", 17, || {
        paths::alias(
            black_box(MOVED),
            black_box(OLD),
            39,
            black_box(b"\0\x0b\x09sovereign\0"),
        )
    });
    report.end()
}

/// What comes back, question by question, and what comes of it; see `paths::resolve`.
const STORIES: &[(&str, usize, &[u8])] = &[
    ("hit", 10_020, b"d"),
    ("alias", 11_020, b"A-d"),
    ("two owners", 20_040, b"---ck"),
    ("invalid", 10_120, b"---ci"),
    ("stale", 10_030, b"s--uuuuuu"),
    ("no name", 310_001, b"---nnn-----"),
    ("proof", 310_001, b"---p"),
    ("no type", 10_001, b"---tNN"),
    ("federated", 10_030, b"---NN-S"),
    ("nobody", 200_010, b"---uuuuuuuuu"),
    ("refused", 200_010, b"---r"),
    ("too many aliases", 216_110, b"AAAAAAAAAAAAAAAAAAAA"),
];

const ALICE: &[u8] = b"\x05alice\x09sovereign\0";
const TARGET: &[u8] = b"\x03bob\x09sovereign\0";
const MOVED: &[u8] = b"\x05alice\x03old\x09sovereign\0";
const OLD: &[u8] = b"\x03old\x09sovereign\0";

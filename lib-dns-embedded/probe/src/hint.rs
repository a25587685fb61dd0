//! Another part of the proof, as `main.rs`: what a device does with hints, under a key, with HMAC-SHA-256.
#![no_std]
#![no_main]

#[path = "hint_paths.rs"]
mod paths;
mod report;

use core::hint::black_box;

use firmware::console::Part::{Number, Text};
use firmware::console::line;
use firmware::member::network_key;
use firmware::station::{Node, config};
use lib_dns_core::hint::ZoneTag;
use report::Report;

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut HERE: Node = Node::idle();
    static mut THERE: Node = Node::idle();
    let mut report = Report::new();
    line(&[Text("octets of a node: "), Number(size_of::<Node>() as u64)]);
    let Some(key) = network_key(black_box(b"secret")) else {
        report.path("key", 1, || 0);
        report.end();
    };
    report.path("start", 1, || {
        paths::start(HERE, &config(black_box([1; 4]), ZONE), &key)
    });
    paths::start(THERE, &config(black_box([2; 4]), ZONE), &key);
    let mut sent = [None; 2];
    // The advice waits; an update of the apex zone, and advice about another node, which names its sender.
    report.path("tell", 1 + 22 + 23, || paths::tell(HERE, ZONE, &mut sent));
    if let [Some(update), Some(advice)] = &sent {
        let forged = black_box(b"\x88\x01\x01\x01\x01\x01\0\0\0\x09\0\x01\0\x02forged..");
        let frames = [
            update.as_bytes(),
            advice.as_bytes(),
            update.as_bytes(),
            b"\x09",
            forged,
        ];
        // Heard; advice; a replay; no hint; forged.
        report.path("hear", 21_444, || {
            paths::hear(THERE, 200, black_box(&frames))
        });
    }
    // One of no form, one forged, one replay, one accepted; no storm, nothing refused; and one zone denied.
    report.path("tend", 10_111_001, || paths::tend(THERE, 300, ZONE));
    report.end()
}

const ZONE: ZoneTag = ZoneTag([0xab, 0x1e, 0x0f, 0xac]);

//! Runs the core's paths on a Cortex-M, and reports through semihosting.
//!
//! What matters most is what this program does not contain once it is linked: anything of `core::panicking`.
//! `.ci/bare-metal` looks. For the same reason nothing here uses `core::fmt`, whose padding and precision are not
//! free of panics.
#![no_std]
#![no_main]

mod paths;
mod report;

use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};

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
    ];

    let mut all_well = true;
    for (path, found, wanted) in outcomes {
        let found = black_box(found);
        report::line(path, found);
        if found != wanted {
            report::line(c"  expected", wanted);
            all_well = false;
        }
    }
    report::line(c"stack", report::stack_used());

    #[cfg(feature = "deliberate-panic")]
    report::line(c"out of bounds", black_box([1, 2, 3])[black_box(3)]);

    debug::exit(if all_well { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {}
}

/// In the linked program only when something can reach it. The cause goes through `black_box`, or else the optimiser
/// could fold every panic into this one loop and take their names out of the symbol table.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info);
    report::text(c"panicked\n");
    debug::exit(EXIT_FAILURE);
    loop {}
}

const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x05alice\x09sovereign\0\0\x01\0\x01";
const NAME: &[u8] = b"\x05alice\x09sovereign\x00";

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

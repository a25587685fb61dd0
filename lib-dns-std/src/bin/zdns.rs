//! `zdns`: the lib-dns program.

use std::process::ExitCode;

/// As in sysexits.h: a service that is not available.
const EX_UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    eprintln!("zdns: nothing can be served or asked yet; the program is still to be written");
    ExitCode::from(EX_UNAVAILABLE)
}

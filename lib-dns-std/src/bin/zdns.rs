//! `zdns`: the lib-dns program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lib_dns_std::program::run()
}

//! Lists of operations on sender and receiver of updates, beside a log.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::update_control::run(data));

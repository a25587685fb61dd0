//! Hints: frames, and nodes that hear them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::hint::run(data));

//! Dynamic updates of a fixed zone.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::update::run(data));

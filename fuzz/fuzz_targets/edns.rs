//! EDNS options, read and written again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::edns::run(data));

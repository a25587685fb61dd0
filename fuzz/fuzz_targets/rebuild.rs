//! Messages read, written and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::rebuild::run(data));

//! Lists of operations on a resolution, beside a log.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::resolve::run(data));

//! Lists of operations on a cache, beside a naive model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::cache::run(data));

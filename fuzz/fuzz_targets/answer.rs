//! Answers to queries of any octets from fixed zones.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::answer::run(data));

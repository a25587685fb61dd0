//! Configurations, read and printed and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::config::run(data));

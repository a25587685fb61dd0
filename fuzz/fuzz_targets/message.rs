//! Messages, with everything that can be looked at.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::message::run(data));

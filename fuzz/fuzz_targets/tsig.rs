//! Signatures with shared keys over any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::tsig::run(data));

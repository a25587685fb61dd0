//! Names, against a naive reading of the same octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::name::run(data));

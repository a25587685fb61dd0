//! Answers to AXFR and IXFR of any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::ixfr::run(data));

//! Lists of operations on the recovery from a partition, beside a log.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::recovery::run(data));

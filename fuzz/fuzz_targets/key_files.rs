//! Key files of every format.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::key_files::run(data));

//! Journals of BIND 9.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::journal_import::run(data));

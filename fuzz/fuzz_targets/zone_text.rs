//! Zone text, in pieces and whole, and printed and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::zone_text::run(data));

//! The serial line between a host and a radio.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::hint_serial::run(data));

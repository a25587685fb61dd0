//! A node of the mesh: frames, queries, and what its upstream says.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lib_dns_fuzz::node::run(data));

//! DNS without an allocator.
#![no_std]
#![forbid(unsafe_code)]

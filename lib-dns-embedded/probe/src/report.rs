//! Lines for the host, and the depth that the stack has reached.

use core::ffi::CStr;
use cortex_m_semihosting::{nr, syscall1};

/// Writes `label: number`.
pub fn line(label: &CStr, number: usize) {
    text(label);
    text(c": ");
    decimal(number);
    text(c"\n");
}

/// Writes text to the host's console.
pub fn text(text: &CStr) {
    // SAFETY: WRITE0 reads from the address up to the first zero octet, which a CStr has.
    unsafe { syscall1(nr::WRITE0, text.as_ptr() as usize) };
}

/// The octets of stack that have been written to since the start.
pub fn stack_used() -> usize {
    unsafe extern "C" {
        static _stack_start: u32;
        static _stack_end: u32;
    }
    let top = (&raw const _stack_start) as usize;
    let mut lowest = (&raw const _stack_end) as usize;
    // SAFETY: cortex-m-rt has painted every word from `_stack_end` to `_stack_start`, and both are aligned.
    while lowest < top
        && unsafe { (lowest as *const u32).read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE
    {
        lowest += size_of::<u32>();
    }
    top - lowest
}

fn decimal(number: usize) {
    if number >= 10 {
        decimal(number / 10);
    }
    let digit = [b'0' + (number % 10) as u8, 0];
    if let Ok(digit) = CStr::from_bytes_until_nul(&digit) {
        text(digit);
    }
}

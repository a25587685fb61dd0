//! Lines for the host, the depth that the stack has reached, and how a program ends.

use core::ffi::CStr;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::{nr, syscall1};

/// Ends the program: for each path what it is called, the number that came out, and the one that had to.
pub fn end(outcomes: &[(&CStr, usize, usize)]) -> ! {
    let mut all_well = true;
    for &(path, found, wanted) in outcomes {
        let found = black_box(found);
        line(path, found);
        if found != wanted {
            line(c"  expected", wanted);
            all_well = false;
        }
    }
    line(c"stack", stack_used());

    #[cfg(feature = "deliberate-panic")]
    line(c"out of bounds", black_box([1, 2, 3])[black_box(3)]);

    debug::exit(if all_well { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {}
}

/// In the linked program only when something can reach it. The cause goes through `black_box`, or else the optimiser
/// could fold every panic into this one loop and take their names out of the symbol table.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info);
    text(c"panicked\n");
    debug::exit(EXIT_FAILURE);
    loop {}
}

/// Writes `label: number`.
fn line(label: &CStr, number: usize) {
    text(label);
    text(c": ");
    decimal(number);
    text(c"\n");
}

/// Writes text to the host's console.
fn text(text: &CStr) {
    // SAFETY: WRITE0 reads from the address up to the first zero octet, which a CStr has.
    unsafe { syscall1(nr::WRITE0, text.as_ptr() as usize) };
}

/// The octets of stack that have been written to since the start.
fn stack_used() -> usize {
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

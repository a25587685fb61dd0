//! What happens when a program panics.

use core::hint::black_box;
use core::panic::PanicInfo;

use crate::console::{self, Part};

/// In the linked program only when something can reach it. The cause goes through `black_box`, or else the optimiser
/// could fold every panic into this one loop and take their names out of the symbol table.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info);
    console::line(&[Part::Text("panicked")]);
    console::exit(false)
}

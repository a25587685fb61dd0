//! What the paths give, and how a program ends.

use core::hint::black_box;

use firmware::console::Part::{Number, Text};
use firmware::console::{exit, line, stack_of};

/// What came of the paths so far.
pub struct Report {
    all_well: bool,
}

impl Report {
    /// Nothing has gone wrong yet.
    pub fn new() -> Self {
        Self { all_well: true }
    }

    /// Takes a path: what it is called, the number that has to come out, and what the path does.
    pub fn path(&mut self, path: &str, wanted: usize, take: impl FnOnce() -> usize) {
        let (found, stack) = stack_of(take);
        let (found, stack) = (black_box(found), stack as u64);
        line(&[
            Text(path),
            Text(": "),
            Number(found as u64),
            Text(", stack "),
            Number(stack),
        ]);
        if found != wanted {
            line(&[Text("  expected "), Number(wanted as u64)]);
            self.all_well = false;
        }
    }

    /// Ends the program.
    pub fn end(self) -> ! {
        #[cfg(feature = "deliberate-panic")]
        line(&[
            Text("out of bounds: "),
            Number(black_box([1, 2, 3])[black_box(3)]),
        ]);

        exit(self.all_well)
    }
}

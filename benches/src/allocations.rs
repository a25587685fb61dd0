//! Counting allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

thread_local! {
    // Without a destructor and with a constant value, so that the allocator may touch it at any
    // time in a thread's life.
    static COUNT: Cell<Allocations> = const { Cell::new(Allocations { calls: 0, octets: 0 }) };
}

/// Allocations of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocations {
    /// Calls for memory, growing included.
    pub calls: u64,
    /// Octets asked for, over all calls.
    pub octets: u64,
}

/// The system's allocator, with a count for each thread. Counting adds three or four instructions
/// to an allocation, next to the hundred or so that it costs anyway.
#[derive(Clone, Copy, Debug)]
pub struct CountingAllocator;

impl CountingAllocator {
    #[inline]
    fn count(octets: usize) {
        COUNT.with(|count| {
            let Allocations {
                calls,
                octets: before,
            } = count.get();
            count.set(Allocations {
                calls: calls.wrapping_add(1),
                octets: before.wrapping_add(octets as u64),
            });
        });
    }
}

// SAFETY: all memory comes from `System`, whose contract is handed through unchanged; counting
// touches no memory but the thread's own count, and does not allocate.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What this thread allocates while `round` runs once. Nothing when [`CountingAllocator`] is not
/// the program's global allocator.
pub fn of_round(round: &mut dyn FnMut()) -> Option<Allocations> {
    let probed = difference(|| drop(black_box(Box::new(0_u8))));
    if probed.calls == 0 {
        return None;
    }
    Some(difference(round))
}

fn difference(action: impl FnOnce()) -> Allocations {
    let before = COUNT.with(Cell::get);
    action();
    let after = COUNT.with(Cell::get);
    Allocations {
        calls: after.calls.wrapping_sub(before.calls),
        octets: after.octets.wrapping_sub(before.octets),
    }
}

//! Running a task where nothing has to be waited for, and taking what `lora-phy` logs.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a task until it has ended. In virtual time there is nothing to be woken by.
pub(crate) fn block_on<F: Future>(task: F) -> F::Output {
    let mut task = pin!(task);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = task.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// `lora-phy` logs with `defmt`, which wants to know where to.
mod log {
    #[defmt::global_logger]
    struct Nowhere;

    // SAFETY: it does nothing.
    unsafe impl defmt::Logger for Nowhere {
        fn acquire() {}
        unsafe fn flush() {}
        unsafe fn release() {}
        unsafe fn write(_: &[u8]) {}
    }

    defmt::timestamp!("");
}

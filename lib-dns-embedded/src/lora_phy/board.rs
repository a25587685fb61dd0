//! The chip's lines, and how a task waits for them.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::digital::Wait;

use crate::sx126x::{Board, Path, Pins, RfSwitch};

/// A board whose lines a task can wait for. [`AsyncPins`] does for plain pins.
// Whoever drives the radio knows the executor, so nothing has to be said of `Send`.
#[allow(async_fn_in_trait)]
pub trait AsyncBoard: Board {
    /// Waits until BUSY is low, at most until that time of the clock. May come back at any moment before.
    async fn until_ready(&mut self, until_micros: u64);

    /// Waits until DIO1 is high, at most until that time of the clock. May come back at any moment before.
    async fn until_interrupt(&mut self, until_micros: u64);

    /// Waits until that time of the clock, or a little longer.
    async fn until(&mut self, until_micros: u64);
}

/// A board of plain pins.
///
/// BUSY and DIO1 must be able to wake a task; with Embassy, `ExtiInput` on an STM32 and `Input` on an nRF are.
#[derive(Debug)]
pub struct AsyncPins<Reset, Busy, Dio1, Switch, Clock, Delay> {
    /// The pins.
    pub pins: Pins<Reset, Busy, Dio1, Switch, Clock>,
    /// What ends a wait, such as `embassy_time::Delay`.
    pub delay: Delay,
}

impl<Reset, Busy, Dio1, Switch, Clock, Delay> Board
    for AsyncPins<Reset, Busy, Dio1, Switch, Clock, Delay>
where
    Reset: OutputPin,
    Busy: InputPin<Error = Reset::Error>,
    Dio1: InputPin<Error = Reset::Error>,
    Switch: RfSwitch<Reset::Error>,
    Clock: FnMut() -> u64,
{
    type Error = Reset::Error;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Self::Error> {
        self.pins.set_reset(is_held)
    }

    fn is_busy(&mut self) -> Result<bool, Self::Error> {
        self.pins.is_busy()
    }

    fn is_interrupt(&mut self) -> Result<bool, Self::Error> {
        self.pins.is_interrupt()
    }

    fn connect(&mut self, path: Path) -> Result<(), Self::Error> {
        self.pins.connect(path)
    }

    fn micros(&mut self) -> u64 {
        self.pins.micros()
    }
}

impl<Reset, Busy, Dio1, Switch, Clock, Delay> AsyncBoard
    for AsyncPins<Reset, Busy, Dio1, Switch, Clock, Delay>
where
    Reset: OutputPin,
    Busy: InputPin<Error = Reset::Error> + Wait,
    Dio1: InputPin<Error = Reset::Error> + Wait,
    Switch: RfSwitch<Reset::Error>,
    Clock: FnMut() -> u64,
    Delay: DelayNs,
{
    async fn until_ready(&mut self, until_micros: u64) {
        let left = left(self.pins.micros(), until_micros);
        // A line that fails shows when it is read.
        first_of(self.pins.busy.wait_for_low(), self.delay.delay_us(left)).await;
    }

    async fn until_interrupt(&mut self, until_micros: u64) {
        let left = left(self.pins.micros(), until_micros);
        first_of(self.pins.dio1.wait_for_high(), self.delay.delay_us(left)).await;
    }

    async fn until(&mut self, until_micros: u64) {
        let left = left(self.pins.micros(), until_micros);
        self.delay.delay_us(left).await;
    }
}

/// Microseconds from now until then; as long as a delay can be, if that is not enough.
fn left(now: u64, until: u64) -> u32 {
    u32::try_from(until.saturating_sub(now)).unwrap_or(u32::MAX)
}

/// Waits for whichever ends first, and drops the other.
async fn first_of(a: impl Future, b: impl Future) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| {
        if a.as_mut().poll(context).is_ready() || b.as_mut().poll(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

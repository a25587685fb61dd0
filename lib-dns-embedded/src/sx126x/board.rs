//! How the chip is wired, and what time it is.

use embedded_hal::digital::{InputPin, OutputPin};

/// What surrounds the chip: four lines beside SPI, and a clock. On an STM32WL the lines are registers.
///
/// [`Pins`] does for plain pins.
pub trait Board {
    /// What can go wrong with a line.
    type Error: core::fmt::Debug;

    /// Pulls the chip's NRESET low, or lets go of it.
    ///
    /// # Errors
    ///
    /// The line could not be set.
    fn set_reset(&mut self, is_held: bool) -> Result<(), Self::Error>;

    /// Is BUSY high?
    ///
    /// # Errors
    ///
    /// The line could not be read.
    fn is_busy(&mut self) -> Result<bool, Self::Error>;

    /// Is DIO1 high: does the chip have something to tell?
    ///
    /// # Errors
    ///
    /// The line could not be read.
    fn is_interrupt(&mut self) -> Result<bool, Self::Error>;

    /// Connects the antenna. A board whose switch hangs on the chip's DIO2, or that has none, does nothing.
    ///
    /// # Errors
    ///
    /// The switch could not be set.
    fn connect(&mut self, path: Path) -> Result<(), Self::Error>;

    /// What time it is, in microseconds, by a clock that never goes back. It is the clock of the times that
    /// [`HintRadio::receive`](crate::radio::HintRadio::receive) takes in milliseconds.
    fn micros(&mut self) -> u64;

    /// Waits for so many microseconds or a little longer; at most 500 are asked for. As it is, it watches the clock.
    #[inline(never)]
    fn pause(&mut self, micros: u16) {
        // So short a time is the same in the lower half of the clock's number.
        let since = self.micros() as u32;
        while (self.micros() as u32).wrapping_sub(since) < micros.into() {
            core::hint::spin_loop();
        }
    }

    /// Called over and over while the driver waits for DIO1, at most until that time of the clock. May come back at any
    /// moment before. A board that can sleep until a line rises does so here; as it is, it comes back at once.
    fn idle(&mut self, until_micros: u64) {
        let _ = until_micros;
        core::hint::spin_loop();
    }
}

/// What the antenna is connected with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Path {
    /// With nothing.
    Off,
    /// With the receiver.
    Receive,
    /// With the power amplifier.
    Transmit,
}

/// An antenna switch: a function that sets it, or `()` if DIO2 does that or there is none.
pub trait RfSwitch<E> {
    /// Connects the antenna.
    ///
    /// # Errors
    ///
    /// The switch could not be set.
    fn connect(&mut self, path: Path) -> Result<(), E>;
}

impl<E> RfSwitch<E> for () {
    fn connect(&mut self, _: Path) -> Result<(), E> {
        Ok(())
    }
}

impl<E, F: FnMut(Path) -> Result<(), E>> RfSwitch<E> for F {
    fn connect(&mut self, path: Path) -> Result<(), E> {
        self(path)
    }
}

/// A board of plain pins.
///
/// ```
/// # use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
/// # struct Pin;
/// # impl ErrorType for Pin { type Error = core::convert::Infallible; }
/// # impl OutputPin for Pin {
/// #     fn set_low(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// #     fn set_high(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # impl InputPin for Pin {
/// #     fn is_high(&mut self) -> Result<bool, Self::Error> { Ok(false) }
/// #     fn is_low(&mut self) -> Result<bool, Self::Error> { Ok(true) }
/// # }
/// # let (nreset, busy, dio1) = (Pin, Pin, Pin);
/// use lib_dns_embedded::sx126x::{Board, Pins};
/// // With Embassy the clock is `|| embassy_time::Instant::now().as_micros()`.
/// let mut board = Pins { nreset, busy, dio1, switch: (), clock: || 0 };
/// assert_eq!(board.is_busy(), Ok(false));
/// ```
#[derive(Debug)]
pub struct Pins<Reset, Busy, Dio1, Switch, Clock> {
    /// The chip's NRESET.
    pub nreset: Reset,
    /// Its BUSY.
    pub busy: Busy,
    /// Its DIO1.
    pub dio1: Dio1,
    /// The antenna switch; `()` if DIO2 sets it or there is none.
    pub switch: Switch,
    /// Says what time it is, in microseconds, and never goes back.
    pub clock: Clock,
}

impl<Reset, Busy, Dio1, Switch, Clock> Board for Pins<Reset, Busy, Dio1, Switch, Clock>
where
    Reset: OutputPin,
    Busy: InputPin<Error = Reset::Error>,
    Dio1: InputPin<Error = Reset::Error>,
    Switch: RfSwitch<Reset::Error>,
    Clock: FnMut() -> u64,
{
    type Error = Reset::Error;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Self::Error> {
        self.nreset.set_state((!is_held).into())
    }

    fn is_busy(&mut self) -> Result<bool, Self::Error> {
        self.busy.is_high()
    }

    fn is_interrupt(&mut self) -> Result<bool, Self::Error> {
        self.dio1.is_high()
    }

    fn connect(&mut self, path: Path) -> Result<(), Self::Error> {
        self.switch.connect(path)
    }

    fn micros(&mut self) -> u64 {
        (self.clock)()
    }
}

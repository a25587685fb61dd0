//! What can go wrong with the chip and its wires.

use core::fmt;

use super::driver::DAMAGED;
use super::table::{Command, DeviceErrors, Interrupts};

/// Why the radio did not do what it was told, of an SPI bus and a board with errors of these types.
///
/// Whatever it is, the chip is held in reset, and the next call sets it up anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Error<Spi, Line> {
    /// The SPI bus failed.
    Spi(Spi),
    /// A line of the board failed.
    Line(Line),
    /// BUSY stayed high. The wire is broken, or the chip hangs or has no supply.
    Busy {
        /// The command that could not be sent, or did not end.
        command: Command,
    },
    /// No chip answers: what was read is nothing that it would say after a reset. Look at the wires of SPI and NRESET.
    NoChip {
        /// What was read as its status.
        status: u8,
    },
    /// The chip found that a part of it does not work. With [`DeviceErrors::OSCILLATOR_START`], look at the settings of the
    /// TCXO.
    Device(DeviceErrors),
    /// The chip was reset, by a brown-out for instance, and lost what it was doing.
    ChipReset,
    /// The chip has something to tell and raised DIO1, but the line stays low. The wire is broken. What was waited for has
    /// happened: a frame was sent.
    SilentLine {
        /// What was waited for.
        waiting: Waiting,
    },
    /// Nothing came from the chip in time.
    NoInterrupt {
        /// What was waited for.
        waiting: Waiting,
    },
    /// The chip's own timer ended the sending before the frame was over.
    TransmitTimeout,
    /// The frame has no octets, or more than 255. This is no fault of the radio, which goes on.
    Length {
        /// How many it has; 65,535 if there are more.
        octets: u16,
    },
}

impl<Spi, Line> Error<Spi, Line> {
    /// Why nothing came: is the chip still the radio that it was made, and has it raised what was waited for?
    pub(crate) fn of_silence(waiting: Waiting, is_lora: bool, has_ended: bool) -> Self {
        if !is_lora {
            Self::ChipReset
        } else if has_ended {
            Self::SilentLine { waiting }
        } else {
            Self::NoInterrupt { waiting }
        }
    }
}

/// What the driver waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Waiting {
    /// The end of a frame that it sent.
    Transmit,
    /// A frame.
    Receive,
    /// The end of a look at the channel.
    Look,
}

impl Waiting {
    /// What the chip raises when it is over.
    pub(crate) fn interrupts(self) -> Interrupts {
        match self {
            Self::Transmit => Interrupts::TX_DONE.union(Interrupts::TIMEOUT),
            Self::Look => Interrupts::CAD_DONE,
            Self::Receive => Interrupts::RX_DONE.union(DAMAGED),
        }
    }
}

impl<Spi: fmt::Debug, Line: fmt::Debug> fmt::Display for Error<Spi, Line> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spi(error) => write!(f, "SPI failed: {error:?}"),
            Self::Line(error) => write!(f, "a line of the board failed: {error:?}"),
            Self::Busy { command } => write!(f, "BUSY stayed high at {command:?}"),
            Self::NoChip { status } => write!(f, "no chip answers: status {status:#04x}"),
            Self::Device(errors) => write!(f, "the chip found a fault: {errors:?}"),
            Self::ChipReset => f.write_str("the chip was reset"),
            Self::SilentLine { waiting } => write!(f, "DIO1 stays low ({waiting:?})"),
            Self::NoInterrupt { waiting } => write!(f, "the chip says nothing ({waiting:?})"),
            Self::TransmitTimeout => f.write_str("the chip's timer ended the frame"),
            Self::Length { octets } => write!(f, "a frame of {octets} octets cannot be sent"),
        }
    }
}

impl<Spi: fmt::Debug, Line: fmt::Debug> core::error::Error for Error<Spi, Line> {}

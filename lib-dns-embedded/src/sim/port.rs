//! What a driver sees of a simulated chip.

use std::convert::Infallible;
use std::sync::Arc;
use std::vec::Vec;

use embedded_hal::spi::{ErrorKind, ErrorType, Operation, SpiDevice};

use super::shape::MICRO;
use super::world::Shared;
use crate::sx126x::{Board, Path};

/// What an octet over SPI takes, at 8 MHz, and what selecting and deselecting take.
const OCTET: u64 = MICRO;
const SELECT: u64 = 2 * MICRO;

/// What a look at a line or the clock takes.
const LOOK: u64 = MICRO / 2;

/// A simulated chip's SPI.
#[derive(Debug)]
pub struct Spi {
    shared: Arc<Shared>,
    chip: usize,
}

/// A simulated chip's other lines, and the clock.
#[derive(Debug)]
pub struct Lines {
    shared: Arc<Shared>,
    chip: usize,
}

/// A transfer over SPI failed, as [`Fault::SpiAfter`](super::Fault::SpiAfter) says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpiFault;

impl core::fmt::Display for SpiFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the transfer failed, as it was told to")
    }
}

impl core::error::Error for SpiFault {}

impl embedded_hal::spi::Error for SpiFault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl Spi {
    pub(super) fn new(shared: Arc<Shared>, chip: usize) -> Self {
        Self { shared, chip }
    }
}

impl Lines {
    pub(super) fn new(shared: Arc<Shared>, chip: usize) -> Self {
        Self { shared, chip }
    }
}

impl ErrorType for Spi {
    type Error = SpiFault;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), SpiFault> {
        let mut sent = Vec::new();
        let mut delay = 0;
        for operation in operations.iter() {
            match operation {
                Operation::Read(octets) => sent.resize(sent.len() + octets.len(), 0),
                Operation::Write(octets) => sent.extend_from_slice(octets),
                Operation::Transfer(read, write) => {
                    sent.extend_from_slice(write);
                    let surplus = read.len().saturating_sub(write.len());
                    sent.resize(sent.len() + surplus, 0);
                }
                Operation::TransferInPlace(octets) => sent.extend_from_slice(octets),
                Operation::DelayNs(nanos) => delay += u64::from(*nanos),
            }
        }
        let time = SELECT + OCTET * sent.len() as u64 + delay;
        self.shared.pass(self.chip, time, false);

        let mut world = self.shared.lock();
        let fault_after = &mut world.chips[self.chip].faults.spi_fault_after;
        match fault_after {
            Some(0) => {
                *fault_after = None;
                return Err(SpiFault);
            }
            Some(transfers) => *transfers -= 1,
            None => {}
        }
        let answer = world.exchange(self.chip, &sent);
        let mut answer = answer.into_iter();
        for operation in operations {
            let (skip, place): (usize, &mut [u8]) = match operation {
                Operation::Read(octets) => (0, octets),
                Operation::Write(octets) => (octets.len(), &mut []),
                Operation::Transfer(read, write) => (write.len().saturating_sub(read.len()), read),
                Operation::TransferInPlace(octets) => (0, octets),
                Operation::DelayNs(_) => (0, &mut []),
            };
            for octet in place {
                *octet = answer.next().unwrap_or_default();
            }
            answer.by_ref().take(skip).for_each(drop);
        }
        Ok(())
    }
}

impl Board for Lines {
    type Error = Infallible;

    fn set_reset(&mut self, is_held: bool) -> Result<(), Self::Error> {
        self.shared.pass(self.chip, LOOK, false);
        self.shared.lock().hold(self.chip, is_held);
        Ok(())
    }

    fn is_busy(&mut self) -> Result<bool, Self::Error> {
        self.shared.pass(self.chip, LOOK, false);
        let world = self.shared.lock();
        Ok(world.chips[self.chip].is_busy(world.now))
    }

    fn is_interrupt(&mut self) -> Result<bool, Self::Error> {
        self.shared.pass(self.chip, LOOK, false);
        Ok(self.shared.lock().chips[self.chip].is_interrupt())
    }

    fn connect(&mut self, path: Path) -> Result<(), Self::Error> {
        self.shared.lock().connect(self.chip, path);
        Ok(())
    }

    fn micros(&mut self) -> u64 {
        self.shared.pass(self.chip, LOOK, false);
        self.shared.lock().now / MICRO
    }

    fn pause(&mut self, micros: u16) {
        self.shared
            .pass(self.chip, u64::from(micros) * MICRO, false);
    }

    fn idle(&mut self, until_micros: u64) {
        let now = self.shared.lock().now;
        let nanos = until_micros.saturating_mul(MICRO).saturating_sub(now);
        self.shared.pass(self.chip, nanos, true);
    }
}

#[cfg(feature = "lora-phy")]
mod tasks {
    //! The same for drivers that run as tasks. They never have to wait for their turn: time passes by what they do.

    use embedded_hal_async::spi::{Operation, SpiDevice};

    use super::{Lines, Spi, SpiFault};
    use crate::lora_phy::AsyncBoard;
    use crate::sx126x::Board;

    /// What passes between two looks at BUSY, in microseconds.
    const BETWEEN_LOOKS: u64 = 10;

    impl SpiDevice for Spi {
        async fn transaction(
            &mut self,
            operations: &mut [Operation<'_, u8>],
        ) -> Result<(), SpiFault> {
            embedded_hal::spi::SpiDevice::transaction(self, operations)
        }
    }

    impl AsyncBoard for Lines {
        async fn until_ready(&mut self, until_micros: u64) {
            let soon = self.micros().saturating_add(BETWEEN_LOOKS);
            self.until(until_micros.min(soon)).await;
        }

        async fn until_interrupt(&mut self, until_micros: u64) {
            self.idle(until_micros);
        }

        async fn until(&mut self, until_micros: u64) {
            while self.micros() < until_micros {
                self.pause(1);
            }
        }
    }
}

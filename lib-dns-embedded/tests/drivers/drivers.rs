//! Both drivers behind one trait, for tests that run on each.

use std::convert::Infallible;
use std::future::Future;

use lib_dns_core::time::Timestamp;
use lib_dns_embedded::lora_phy::{LoraPhy, LoraPhyError};
use lib_dns_embedded::radio::{HintRadio, Link, Reception};
use lib_dns_embedded::sim::{Chip, Lines, Spi, SpiFault};
use lib_dns_embedded::sx126x::{Counters, Error, Settings, Sx126x};

use crate::tasks::block_on;

pub(crate) type Failure = Error<SpiFault, Infallible>;

/// Makes a driver for a chip.
pub(crate) type Make = fn(&Chip, Settings) -> Box<dyn Driver>;

/// All of them.
pub(crate) const DRIVERS: [Make; 2] = [
    |chip, settings| Box::new(Sx126x::new(chip.spi(), chip.board(), settings).unwrap()),
    |chip, settings| Box::new(LoraPhy::new(chip.spi(), chip.board(), settings).unwrap()),
];

/// What is asked of a driver.
pub(crate) trait Driver {
    fn link(&self) -> Link;
    fn counters(&self) -> Counters;
    fn start(&mut self) -> Result<(), Failure>;
    fn sleep(&mut self) -> Result<(), Failure>;
    fn channel_busy(&mut self) -> Result<bool, Failure>;
    fn transmit(&mut self, frame: &[u8]) -> Result<(), Failure>;
    fn listen(&mut self) -> Result<(), Failure>;
    fn receive(
        &mut self,
        buffer: &mut [u8],
        until: Timestamp,
    ) -> Result<Option<Reception>, Failure>;
}

impl Driver for Sx126x<Spi, Lines> {
    fn link(&self) -> Link {
        HintRadio::link(self)
    }

    fn counters(&self) -> Counters {
        self.counters()
    }

    fn start(&mut self) -> Result<(), Failure> {
        self.start()
    }

    fn sleep(&mut self) -> Result<(), Failure> {
        self.sleep()
    }

    fn channel_busy(&mut self) -> Result<bool, Failure> {
        HintRadio::channel_busy(self)
    }

    fn transmit(&mut self, frame: &[u8]) -> Result<(), Failure> {
        HintRadio::transmit(self, frame)
    }

    fn listen(&mut self) -> Result<(), Failure> {
        HintRadio::listen(self)
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        until: Timestamp,
    ) -> Result<Option<Reception>, Failure> {
        HintRadio::receive(self, buffer, until)
    }
}

impl Driver for LoraPhy<Spi, Lines> {
    fn link(&self) -> Link {
        self.link()
    }

    fn counters(&self) -> Counters {
        self.counters()
    }

    fn start(&mut self) -> Result<(), Failure> {
        of_chip(self.start())
    }

    fn sleep(&mut self) -> Result<(), Failure> {
        of_chip(self.sleep())
    }

    fn channel_busy(&mut self) -> Result<bool, Failure> {
        of_chip(self.channel_busy())
    }

    fn transmit(&mut self, frame: &[u8]) -> Result<(), Failure> {
        of_chip(self.transmit(frame))
    }

    fn listen(&mut self) -> Result<(), Failure> {
        of_chip(self.listen())
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        until: Timestamp,
    ) -> Result<Option<Reception>, Failure> {
        of_chip(self.receive(buffer, until))
    }
}

/// What a call ends with. That `lora-phy` itself finds something wrong, is never right.
fn of_chip<T>(
    call: impl Future<Output = Result<T, LoraPhyError<SpiFault, Infallible>>>,
) -> Result<T, Failure> {
    block_on(call).map_err(|error| match error {
        LoraPhyError::Chip(error) => error,
        LoraPhyError::LoraPhy(error) => panic!("lora-phy: {error:?}"),
    })
}

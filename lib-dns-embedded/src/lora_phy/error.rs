//! What can go wrong.

use core::fmt;

use ::lora_phy::mod_params::RadioError;

use crate::sx126x::Error;

/// Why the radio did not do what it was told.
///
/// Whatever it is, the chip is held in reset, and the next call sets it up anew.
#[derive(PartialEq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LoraPhyError<Spi, Line> {
    /// The chip, a wire or the bus failed.
    Chip(Error<Spi, Line>),
    /// `lora-phy` found something else wrong.
    LoraPhy(RadioError),
}

impl<Spi, Line> From<Error<Spi, Line>> for LoraPhyError<Spi, Line> {
    fn from(error: Error<Spi, Line>) -> Self {
        Self::Chip(error)
    }
}

impl<Spi: fmt::Debug, Line: fmt::Debug> fmt::Display for LoraPhyError<Spi, Line> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chip(error) => error.fmt(f),
            Self::LoraPhy(error) => write!(f, "lora-phy: {error:?}"),
        }
    }
}

impl<Spi: fmt::Debug, Line: fmt::Debug> core::error::Error for LoraPhyError<Spi, Line> {}

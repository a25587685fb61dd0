//! What two radios must agree on to hear each other, and how long and how strong a frame is.

use lib_dns_core::hint::airtime::{Bandwidth, CodingRate, Modulation, SpreadingFactor};

/// Nanoseconds of a microsecond: the simulation counts nanoseconds.
pub(super) const MICRO: u64 = 1_000;

/// What two radios must agree on to hear each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// The frequency, in steps of 32 MHz / 2^25.
    pub(super) steps: u32,
    pub(super) factor: SpreadingFactor,
    pub(super) bandwidth: Bandwidth,
    pub(super) sync_word: [u8; 2],
    pub(super) inverted_iq: bool,
}

impl Shape {
    /// Do they disturb each other like two of a kind?
    pub(super) fn collides_with(&self, other: &Self) -> bool {
        (self.factor, self.bandwidth) == (other.factor, other.bandwidth)
    }

    /// What the receiver hears of itself, in dBm: -174 dBm in each Hz, and 6 dB of its own.
    pub(super) fn noise_dbm(&self) -> i32 {
        match self.bandwidth {
            Bandwidth::Khz7 => -129,
            Bandwidth::Khz10 => -128,
            Bandwidth::Khz15 => -126,
            Bandwidth::Khz20 => -125,
            Bandwidth::Khz31 => -123,
            Bandwidth::Khz41 => -122,
            Bandwidth::Khz62 => -120,
            Bandwidth::Khz125 => -117,
            Bandwidth::Khz250 => -114,
            Bandwidth::Khz500 => -111,
        }
    }

    /// How far above the noise a frame has to be, in quarters of a dB (data sheet, table 6-1).
    pub(super) fn least_snr(&self) -> i32 {
        match self.factor {
            SpreadingFactor::Sf5 => -10,
            SpreadingFactor::Sf6 => -20,
            SpreadingFactor::Sf7 => -30,
            SpreadingFactor::Sf8 => -40,
            SpreadingFactor::Sf9 => -50,
            SpreadingFactor::Sf10 => -60,
            SpreadingFactor::Sf11 => -70,
            SpreadingFactor::Sf12 => -80,
        }
    }
}

/// The modulation that the chip was told, if it is one.
pub(super) fn modulation(parameters: [u8; 4], packet: [u8; 6]) -> Option<Modulation> {
    let [factor, bandwidth, rate, low_data_rate] = parameters;
    let [preamble_high, preamble_low, header, _, checksum, _] = packet;
    let bandwidth = match bandwidth {
        0x00 => Bandwidth::Khz7,
        0x08 => Bandwidth::Khz10,
        0x01 => Bandwidth::Khz15,
        0x09 => Bandwidth::Khz20,
        0x02 => Bandwidth::Khz31,
        0x0A => Bandwidth::Khz41,
        0x03 => Bandwidth::Khz62,
        0x04 => Bandwidth::Khz125,
        0x05 => Bandwidth::Khz250,
        0x06 => Bandwidth::Khz500,
        _ => return None,
    };
    Some(Modulation {
        spreading_factor: SpreadingFactor::from_number(factor)?,
        bandwidth,
        coding_rate: CodingRate::from_bits(rate.saturating_add(4))?,
        preamble_symbols: u16::from_be_bytes([preamble_high, preamble_low]),
        explicit_header: header == 0,
        crc: checksum == 1,
        low_data_rate: low_data_rate == 1,
    })
}

/// When the parts of a frame end, in nanoseconds after its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) symbol: u64,
    pub(super) preamble: u64,
    pub(super) header: u64,
    pub(super) whole: u64,
}

impl Parts {
    pub(super) fn of(modulation: &Modulation, octets: u8) -> Self {
        let symbol = u64::from(modulation.symbol_micros()).saturating_mul(MICRO);
        let sync = if modulation.spreading_factor < SpreadingFactor::Sf7 {
            25
        } else {
            17
        };
        let quarters = u64::from(modulation.preamble_symbols).saturating_mul(4) + sync;
        let preamble = (symbol / 4).saturating_mul(quarters);
        Self {
            symbol,
            preamble,
            header: preamble.saturating_add(symbol.saturating_mul(8)),
            whole: modulation.airtime_micros(octets).saturating_mul(MICRO),
        }
    }
}

//! For how long a LoRa frame is on the air (Semtech, SX1261/2 data sheet 6.1.4; for SF7 to SF12 that of AN1200.13).
//!
//! All of it is exact: a symbol of any spreading factor on any of the bandwidths lasts a whole number of microseconds,
//! as does a quarter of it, and a frame is a whole number of quarters.

/// The bandwidth of [`Bandwidth::Khz500`] in Hz, of which the others are parts.
const WIDEST: u32 = 500_000;

/// Microseconds that a chip lasts there.
const CHIP_AT_THE_WIDEST: u32 = 2;

/// The symbol time from which on the optimisation for low data rates has to be on, in microseconds (data sheet 6.1.1.4).
const SLOW_SYMBOL: u32 = 16_380;

/// How many chirps a symbol is spread over, as a power of two: each step nearly doubles the airtime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SpreadingFactor {
    /// 32 chips a symbol.
    Sf5 = 5,
    /// 64 chips a symbol.
    Sf6 = 6,
    /// 128 chips a symbol.
    Sf7 = 7,
    /// 256 chips a symbol.
    Sf8 = 8,
    /// 512 chips a symbol.
    Sf9 = 9,
    /// 1024 chips a symbol.
    Sf10 = 10,
    /// 2048 chips a symbol.
    Sf11 = 11,
    /// 4096 chips a symbol.
    Sf12 = 12,
}

impl SpreadingFactor {
    /// All of them, the fastest first.
    pub const ALL: [Self; 8] = [
        Self::Sf5,
        Self::Sf6,
        Self::Sf7,
        Self::Sf8,
        Self::Sf9,
        Self::Sf10,
        Self::Sf11,
        Self::Sf12,
    ];

    /// The spreading factor with this number, 5 to 12.
    ///
    /// ```
    /// use lib_dns_core::hint::airtime::SpreadingFactor;
    /// assert_eq!(SpreadingFactor::from_number(9), Some(SpreadingFactor::Sf9));
    /// assert_eq!(SpreadingFactor::from_number(13), None);
    /// ```
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|sf| sf.number() == number)
    }

    /// Its number, 5 to 12.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Chips of a symbol: 2 to the power of its number.
    pub const fn chips(self) -> u16 {
        1 << self as u16
    }
}

/// How much of the spectrum a frame takes. All are whole parts of 500 kHz, and rounded in their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Bandwidth {
    /// 7.8125 kHz.
    Khz7,
    /// 10.417 kHz.
    Khz10,
    /// 15.625 kHz.
    Khz15,
    /// 20.833 kHz.
    Khz20,
    /// 31.25 kHz.
    Khz31,
    /// 41.667 kHz.
    Khz41,
    /// 62.5 kHz.
    Khz62,
    /// 125 kHz, the usual one.
    Khz125,
    /// 250 kHz.
    Khz250,
    /// 500 kHz.
    Khz500,
}

impl Bandwidth {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 10] = [
        Self::Khz7,
        Self::Khz10,
        Self::Khz15,
        Self::Khz20,
        Self::Khz31,
        Self::Khz41,
        Self::Khz62,
        Self::Khz125,
        Self::Khz250,
        Self::Khz500,
    ];

    /// The bandwidth of so many Hz; parts of a Hz are cut off, so that 10 416 is one of them.
    ///
    /// ```
    /// use lib_dns_core::hint::airtime::Bandwidth;
    /// assert_eq!(Bandwidth::from_hz(125_000), Some(Bandwidth::Khz125));
    /// assert_eq!(Bandwidth::from_hz(100_000), None);
    /// ```
    pub fn from_hz(hz: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.hz() == hz)
    }

    /// Hz; parts of a Hz are cut off.
    pub const fn hz(self) -> u32 {
        match WIDEST.checked_div(self.part_of_widest()) {
            Some(hz) => hz,
            None => 0,
        }
    }

    const fn part_of_widest(self) -> u32 {
        match self {
            Self::Khz7 => 64,
            Self::Khz10 => 48,
            Self::Khz15 => 32,
            Self::Khz20 => 24,
            Self::Khz31 => 16,
            Self::Khz41 => 12,
            Self::Khz62 => 8,
            Self::Khz125 => 4,
            Self::Khz250 => 2,
            Self::Khz500 => 1,
        }
    }
}

/// How much is sent to correct errors with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CodingRate {
    /// 5 bits for 4.
    Cr4_5 = 5,
    /// 6 bits for 4.
    Cr4_6 = 6,
    /// 7 bits for 4.
    Cr4_7 = 7,
    /// 8 bits for 4.
    Cr4_8 = 8,
}

impl CodingRate {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Cr4_5, Self::Cr4_6, Self::Cr4_7, Self::Cr4_8];

    /// The rate that sends so many bits for 4: 5 to 8.
    pub fn from_bits(bits: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.bits() == bits)
    }

    /// How many bits are sent for 4: 5 to 8.
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

/// How a radio sends. Radios that differ in any of it but the last three do not hear each other.
///
/// ```
/// use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
/// let slow = Modulation::new(SpreadingFactor::Sf12, Bandwidth::Khz125);
/// assert_eq!(slow.symbol_micros(), 32_768);
/// // A hint about the apex zone, with the tag that proves where it came from.
/// assert_eq!(slow.airtime_micros(22), 1_482_752);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Modulation {
    /// Slower is further.
    pub spreading_factor: SpreadingFactor,
    /// Narrower is further, and slower.
    pub bandwidth: Bandwidth,
    /// How much is sent to correct errors with.
    pub coding_rate: CodingRate,
    /// Symbols of the preamble as it is programmed. The chip adds 4.25, and for SF5 and SF6 6.25; for these two the
    /// data sheet wants 12 at least.
    pub preamble_symbols: u16,
    /// Does a header tell length, coding rate and CRC? If not, both sides know them.
    pub explicit_header: bool,
    /// Do two octets behind the payload protect it?
    pub crc: bool,
    /// Is each symbol given less to carry, so that drift hurts less? [`Modulation::new`] sets it where it has to be. For SF5 and
    /// SF6 it makes no difference.
    pub low_data_rate: bool,
}

impl Modulation {
    /// Explicit header, CRC, coding rate 4/5, a preamble of 8 symbols (12 for SF5 and SF6), and the optimisation for low
    /// data rates where a symbol lasts 16.38 ms or longer.
    pub const fn new(spreading_factor: SpreadingFactor, bandwidth: Bandwidth) -> Self {
        let symbol = symbol_micros(spreading_factor, bandwidth);
        Self {
            spreading_factor,
            bandwidth,
            coding_rate: CodingRate::Cr4_5,
            preamble_symbols: if is_fast(spreading_factor) { 12 } else { 8 },
            explicit_header: true,
            crc: true,
            low_data_rate: symbol >= SLOW_SYMBOL,
        }
    }

    /// Microseconds that a symbol lasts: 64 to 524 288, exact.
    pub const fn symbol_micros(&self) -> u32 {
        symbol_micros(self.spreading_factor, self.bandwidth)
    }

    /// Microseconds that a frame with so many octets of payload is on the air, exact.
    pub fn airtime_micros(&self, octets: u8) -> u64 {
        let quarter = u64::from(self.symbol_micros() >> 2);
        quarter.saturating_mul(self.quarter_symbols(octets).into())
    }

    /// Quarters of a symbol that a frame takes.
    fn quarter_symbols(&self, octets: u8) -> u32 {
        // Preamble, sync word and start of frame: 4.25 symbols more than was programmed, or 6.25.
        let sync: u32 = if is_fast(self.spreading_factor) {
            25
        } else {
            17
        };
        let payload = self.payload_symbols(octets);
        let whole = payload.saturating_add(self.preamble_symbols.into());
        whole.saturating_mul(4).saturating_add(sync)
    }

    /// Symbols of header, payload and CRC: 8, and as many blocks as the bits need that do not fit into these.
    fn payload_symbols(&self, octets: u8) -> u32 {
        let factor = u32::from(self.spreading_factor.number());
        let is_fast = is_fast(self.spreading_factor);
        let crc = if self.crc { 16 } else { 0 };
        let header = if self.explicit_header { 20 } else { 0 };
        let reserve = if is_fast { 0 } else { 8 };
        let bits = u32::from(octets)
            .saturating_mul(8)
            .saturating_add(crc)
            .saturating_add(header)
            .saturating_add(reserve)
            .saturating_sub(factor.saturating_mul(4));
        let carried = if self.low_data_rate && !is_fast {
            factor.saturating_sub(2)
        } else {
            factor
        };
        let blocks = bits.div_ceil(carried.saturating_mul(4).max(1));
        let of_a_block = u32::from(self.coding_rate.bits());
        blocks.saturating_mul(of_a_block).saturating_add(8)
    }
}

/// SF5 and SF6 have a longer sync word and no reserve in their first block.
const fn is_fast(factor: SpreadingFactor) -> bool {
    matches!(factor, SpreadingFactor::Sf5 | SpreadingFactor::Sf6)
}

const fn symbol_micros(factor: SpreadingFactor, bandwidth: Bandwidth) -> u32 {
    let chip = CHIP_AT_THE_WIDEST.saturating_mul(bandwidth.part_of_widest());
    (factor.chips() as u32).saturating_mul(chip)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data sheet's formula as it is printed, in floating point and seconds.
    fn by_the_data_sheet(modulation: &Modulation, octets: u8) -> f64 {
        let factor = f64::from(modulation.spreading_factor.number());
        let payload = 8.0 * f64::from(octets);
        let crc = if modulation.crc { 16.0 } else { 0.0 };
        let header = if modulation.explicit_header {
            20.0
        } else {
            0.0
        };
        let coding = f64::from(modulation.coding_rate.bits());
        let preamble = f64::from(modulation.preamble_symbols);
        let symbols = if factor < 7.0 {
            let bits = f64::max(payload + crc - 4.0 * factor + header, 0.0);
            preamble + 6.25 + 8.0 + (bits / (4.0 * factor)).ceil() * coding
        } else {
            let bits = f64::max(payload + crc - 4.0 * factor + 8.0 + header, 0.0);
            let carried = if modulation.low_data_rate {
                factor - 2.0
            } else {
                factor
            };
            preamble + 4.25 + 8.0 + (bits / (4.0 * carried)).ceil() * coding
        };
        let hz = match modulation.bandwidth {
            Bandwidth::Khz7 => 7_812.5,
            Bandwidth::Khz10 => 31_250.0 / 3.0,
            Bandwidth::Khz15 => 15_625.0,
            Bandwidth::Khz20 => 62_500.0 / 3.0,
            Bandwidth::Khz31 => 31_250.0,
            Bandwidth::Khz41 => 125_000.0 / 3.0,
            Bandwidth::Khz62 => 62_500.0,
            Bandwidth::Khz125 => 125_000.0,
            Bandwidth::Khz250 => 250_000.0,
            Bandwidth::Khz500 => 500_000.0,
        };
        symbols * factor.exp2() / hz
    }

    #[test]
    fn the_data_sheet_says_the_same_of_every_modulation() {
        let mut compared = 0u32;
        for spreading_factor in SpreadingFactor::ALL {
            for bandwidth in Bandwidth::ALL {
                for coding_rate in CodingRate::ALL {
                    for switches in 0..8 {
                        for preamble_symbols in [6, 8, 12, 65_535] {
                            let modulation = Modulation {
                                spreading_factor,
                                bandwidth,
                                coding_rate,
                                preamble_symbols,
                                explicit_header: switches & 1 != 0,
                                crc: switches & 2 != 0,
                                low_data_rate: switches & 4 != 0,
                            };
                            for octets in (0..=255).step_by(3) {
                                let exact = modulation.airtime_micros(octets);
                                let float = by_the_data_sheet(&modulation, octets) * 1e6;
                                // Both are whole numbers of quarter symbols: what is left is the float's own error.
                                let apart = (exact as f64 - float).abs();
                                assert!(
                                    apart <= 1e-9 * float,
                                    "{modulation:?} {octets}: {exact} {float}"
                                );
                                compared += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(compared, 8 * 10 * 4 * 8 * 4 * 86);
    }

    #[test]
    fn well_known_figures() {
        let at =
            |factor, bandwidth, octets| Modulation::new(factor, bandwidth).airtime_micros(octets);
        use {Bandwidth::*, SpreadingFactor::*};
        // Worked out by hand: 8 + 4.25 + 8 + ceil(176 / 28) * 5 = 55.25 symbols of 1.024 ms.
        assert_eq!(at(Sf7, Khz125, 20), 56_576);
        // 8 + 4.25 + 8 + ceil(224 / 36) * 5 = 55.25 symbols of 4.096 ms.
        assert_eq!(at(Sf9, Khz125, 27), 226_304);
        // 8 + 4.25 + 8 + ceil(76 / 40) * 5 = 30.25 symbols of 32.768 ms.
        assert_eq!(at(Sf12, Khz125, 10), 991_232);
        // 12 + 6.25 + 8 + ceil(96 / 20) * 5 = 51.25 symbols of 64 µs.
        assert_eq!(at(Sf5, Khz500, 10), 3_280);
    }

    #[test]
    fn slow_symbols_want_the_optimisation() {
        use {Bandwidth::*, SpreadingFactor::*};
        for (factor, bandwidth, is_on) in [
            (Sf10, Khz125, false),
            (Sf11, Khz125, true),
            (Sf11, Khz250, false),
            (Sf12, Khz250, true),
            (Sf12, Khz500, false),
            (Sf10, Khz62, true),
            (Sf9, Khz41, false),
        ] {
            assert_eq!(
                Modulation::new(factor, bandwidth).low_data_rate,
                is_on,
                "{factor:?} {bandwidth:?}"
            );
        }
    }

    #[test]
    fn more_octets_are_never_faster() {
        for factor in SpreadingFactor::ALL {
            let modulation = Modulation::new(factor, Bandwidth::Khz125);
            for octets in 0..255 {
                let (less, more) = (
                    modulation.airtime_micros(octets),
                    modulation.airtime_micros(octets + 1),
                );
                assert!(less <= more);
            }
        }
    }

    #[test]
    fn numbers_are_found_again() {
        for factor in SpreadingFactor::ALL {
            assert_eq!(SpreadingFactor::from_number(factor.number()), Some(factor));
            assert_eq!(u32::from(factor.chips()), 2u32.pow(factor.number().into()));
        }
        for width in Bandwidth::ALL {
            assert_eq!(Bandwidth::from_hz(width.hz()), Some(width));
        }
        for rate in CodingRate::ALL {
            assert_eq!(CodingRate::from_bits(rate.bits()), Some(rate));
        }
        assert_eq!(
            (CodingRate::from_bits(4), SpreadingFactor::from_number(4)),
            (None, None)
        );
        assert_eq!(Bandwidth::from_hz(0), None);
    }
}

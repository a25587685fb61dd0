//! How the radio sends, and what the board has.

use core::fmt;

use lib_dns_core::hint::airtime::{Bandwidth, Modulation};

use super::bus::Change;
use super::driver::interrupt_masks;
use super::table::{Command, value};
use crate::radio::Link;

/// What the chip can be tuned to, in Hz.
const FREQUENCIES: core::ops::RangeInclusive<u32> = 150_000_000..=960_000_000;

/// A step of [`super::Command::CalibrateImage`], in Hz.
const IMAGE_STEP: u32 = 4_000_000;

/// The longest time of the chip's timer, in microseconds; one tick more means for ever.
const LONGEST_TIMER: u32 = 262_143_968;

/// Everything that a driver must be told. [`Settings::new`] fills in what is the same for most networks.
///
/// ```
/// use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
/// use lib_dns_embedded::radio::Link;
/// use lib_dns_embedded::sx126x::{Amplifier, Hardware, Settings, Tcxo, TcxoVoltage};
///
/// let link = Link {
///     frequency_hz: 869_525_000,
///     modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
///     power_dbm: 14,
/// };
/// // A RAK4631: an SX1262 with a TCXO at 1.8 V, whose antenna switch hangs on DIO2.
/// let board = Hardware {
///     tcxo: Some(Tcxo { voltage: TcxoVoltage::V1_8, startup_micros: 5_000 }),
///     dio2_switches_antenna: true,
///     ..Hardware::new(Amplifier::High)
/// };
/// assert!(Settings::new(link, board).check().is_ok());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Settings {
    /// Channel, modulation, power.
    pub link: Link,
    /// What tells networks apart that use the same channel.
    pub sync_word: SyncWord,
    /// Are I and Q swapped? As LoRaWAN's gateways send, to be heard by devices only.
    pub inverted_iq: bool,
    /// Hear 2 dB better, for 0.7 mA more while listening?
    pub boosted_gain: bool,
    /// What the board has.
    pub hardware: Hardware,
}

/// What does not change as long as the board does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hardware {
    /// Which power amplifier is wired.
    pub amplifier: Amplifier,
    /// The oscillator that DIO3 feeds, if there is one. Without it a crystal has to be there.
    pub tcxo: Option<Tcxo>,
    /// Where the chip's supply comes from.
    pub regulator: Regulator,
    /// Does the antenna switch hang on the chip's DIO2?
    pub dio2_switches_antenna: bool,
}

impl Hardware {
    /// A crystal, the DC-DC converter, and no antenna switch on DIO2.
    pub const fn new(amplifier: Amplifier) -> Self {
        Self {
            amplifier,
            tcxo: None,
            regulator: Regulator::DcDc,
            dio2_switches_antenna: false,
        }
    }
}

/// Which power amplifier the antenna hangs on. An SX1261 has the low one, an SX1262 the high one, an STM32WL both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Amplifier {
    /// -17 to 15 dBm; to 14 below 400 MHz.
    Low,
    /// -9 to 22 dBm.
    High,
}

/// Where the chip's supply comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Regulator {
    /// The linear regulator alone.
    Ldo = 0,
    /// The DC-DC converter, which takes half the current; the board needs its coil.
    DcDc = 1,
}

/// An oscillator that the chip feeds at its pin DIO3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tcxo {
    /// What it is fed with.
    pub voltage: TcxoVoltage,
    /// For how long the chip waits until it runs, in microseconds: usually 1000 to 10 000.
    pub startup_micros: u16,
}

/// What DIO3 can feed an oscillator with (section 13.3.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TcxoVoltage {
    /// 1.6 V.
    V1_6 = 0,
    /// 1.7 V.
    V1_7 = 1,
    /// 1.8 V.
    V1_8 = 2,
    /// 2.2 V.
    V2_2 = 3,
    /// 2.4 V.
    V2_4 = 4,
    /// 2.7 V.
    V2_7 = 5,
    /// 3.0 V.
    V3_0 = 6,
    /// 3.3 V.
    V3_3 = 7,
}

/// What tells networks apart that use the same channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SyncWord {
    /// Everybody but LoRaWAN: 0x12.
    Private,
    /// LoRaWAN: 0x34.
    Public,
    /// Any other, in the one-octet form of the older chips.
    Other(u8),
}

impl SyncWord {
    /// As the register takes it: each half of the octet, followed by a 4.
    pub const fn octets(self) -> [u8; 2] {
        let word = match self {
            Self::Private => 0x12,
            Self::Public => 0x34,
            Self::Other(word) => word,
        };
        [word & 0xF0 | 4, word << 4 | 4]
    }
}

/// Why settings cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SettingsError {
    /// The chip cannot be tuned to this frequency: 150 to 960 MHz.
    Frequency {
        /// In Hz.
        hz: u32,
    },
    /// The amplifier cannot give this power.
    Power {
        /// In dBm.
        dbm: i8,
        /// The most it can, in dBm.
        most: i8,
    },
    /// Without a header, every frame would need the same length.
    NoHeader,
    /// Without a checksum, damaged frames cannot be told from good ones.
    NoChecksum,
    /// The preamble is too short to be heard: 6 symbols, for SF5 and SF6 12.
    Preamble {
        /// In symbols.
        symbols: u16,
    },
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frequency { hz } => write!(f, "{hz} Hz is outside 150 to 960 MHz"),
            Self::Power { dbm, most } => {
                write!(f, "the amplifier gives at most {most} dBm, not {dbm}")
            }
            Self::NoHeader => f.write_str("hints differ in length, so frames need a header"),
            Self::NoChecksum => f.write_str("frames need a checksum, or damaged ones come through"),
            Self::Preamble { symbols } => {
                write!(
                    f,
                    "a preamble of {symbols} symbols is too short to be heard"
                )
            }
        }
    }
}

impl core::error::Error for SettingsError {}

impl Settings {
    /// The private sync word, IQ as it is, and boosted gain.
    pub const fn new(link: Link, hardware: Hardware) -> Self {
        Self {
            link,
            sync_word: SyncWord::Private,
            inverted_iq: false,
            boosted_gain: true,
            hardware,
        }
    }

    /// Can they be used?
    ///
    /// # Errors
    ///
    /// The first thing that the chip cannot do, or that would let damaged frames through.
    pub fn check(&self) -> Result<(), SettingsError> {
        let Link {
            frequency_hz: hz,
            modulation,
            power_dbm: dbm,
        } = self.link;
        if !FREQUENCIES.contains(&hz) {
            return Err(SettingsError::Frequency { hz });
        }
        let (least, most) = match self.hardware.amplifier {
            Amplifier::Low if hz < 400_000_000 => (-17, 14),
            Amplifier::Low => (-17, 15),
            Amplifier::High => (-9, 22),
        };
        if !(least..=most).contains(&dbm) {
            return Err(SettingsError::Power { dbm, most });
        }
        if !modulation.explicit_header {
            return Err(SettingsError::NoHeader);
        }
        if !modulation.crc {
            return Err(SettingsError::NoChecksum);
        }
        let symbols = modulation.preamble_symbols;
        if symbols
            < if modulation.spreading_factor.number() < 7 {
                12
            } else {
                6
            }
        {
            return Err(SettingsError::Preamble { symbols });
        }
        Ok(())
    }

    /// The first four parameters of a command of the set-up, as a number; behind them are zeros. `None` if the command is not
    /// for this board.
    #[inline(never)]
    pub(super) fn parameters(&self, command: Command) -> Option<u32> {
        let hardware = self.hardware;
        let modulation = &self.link.modulation;
        let one = |octet: u8| u32::from_be_bytes([octet, 0, 0, 0]);
        Some(match command {
            Command::SetRegulatorMode => one(hardware.regulator as u8),
            Command::SetDio3AsTcxoCtrl => {
                let tcxo = hardware.tcxo?;
                let startup = ticks(tcxo.startup_micros.into()).unwrap_or_default();
                one(tcxo.voltage as u8) | startup
            }
            Command::Calibrate => one(value::CALIBRATE_ALL),
            Command::CalibrateImage => self.image_band(),
            Command::SetStandby => one(value::STANDBY_XOSC),
            Command::SetDio2AsRfSwitchCtrl => one(hardware.dio2_switches_antenna.into()),
            Command::SetPacketType => one(value::PACKET_TYPE_LORA),
            Command::SetRfFrequency => self.frequency_steps(),
            Command::SetPaConfig => self.amplifier(),
            Command::SetTxParams => {
                u32::from_be_bytes([self.power(), value::RAMP_200_MICROS, 0, 0])
            }
            Command::SetModulationParams => self::modulation(modulation),
            Command::SetCadParams => {
                let factor = modulation.spreading_factor.number();
                let peak = factor.saturating_add(value::CAD_PEAK_ABOVE_FACTOR);
                // Afterwards standby, and no timeout.
                u32::from_be_bytes([value::CAD_4_SYMBOLS, peak, value::CAD_LEAST, 0])
            }
            Command::SetDioIrqParams => u32::from_be_bytes(interrupt_masks()),
            _ => 0,
        })
    }

    /// The parameters of `SetRfFrequency`: steps of 32 MHz / 2^25, rounded, without numbers of 64 bits.
    fn frequency_steps(&self) -> u32 {
        // 32 MHz / 2^25 is 15 625 Hz / 2^14.
        let hz = self.link.frequency_hz;
        let whole = hz.checked_div(15_625).unwrap_or_default();
        let rest = hz.wrapping_sub(whole.wrapping_mul(15_625));
        let rest = rest.wrapping_shl(14).wrapping_add(7_812);
        let part = rest.checked_div(15_625).unwrap_or_default();
        whole.wrapping_shl(14).wrapping_add(part)
    }

    /// The parameters of `CalibrateImage`: the band that holds the frequency, or its neighbourhood.
    fn image_band(&self) -> u32 {
        let step = self.link.frequency_hz.checked_div(IMAGE_STEP);
        let step = step
            .and_then(|step| u8::try_from(step).ok())
            .unwrap_or(u8::MAX);
        let mut bands = value::IMAGE_BANDS.iter().copied();
        let (from, to) = bands
            .find(|(from, to)| step >= *from && step <= *to)
            .unwrap_or((step.saturating_sub(1), step.saturating_add(1)));
        u32::from_be_bytes([from, to, 0, 0])
    }

    /// The parameters of `SetPaConfig` (table 13-21): duty cycle, size, chip, and a 1.
    fn amplifier(&self) -> u32 {
        u32::from_be_bytes(match self.hardware.amplifier {
            Amplifier::High => [4, 7, 0, 1],
            Amplifier::Low if self.link.power_dbm == 15 => [6, 0, 1, 1],
            Amplifier::Low => [4, 0, 1, 1],
        })
    }

    /// The power for `SetTxParams`. The 15th dB of the low amplifier comes from its duty cycle.
    fn power(&self) -> u8 {
        let dbm = match self.hardware.amplifier {
            Amplifier::Low => self.link.power_dbm.min(14),
            Amplifier::High => self.link.power_dbm,
        };
        u8::from_ne_bytes(dbm.to_ne_bytes())
    }

    /// For how long the oscillator starts, in microseconds.
    pub(super) fn startup_micros(&self) -> u16 {
        self.hardware.tcxo.map_or(0, |tcxo| tcxo.startup_micros)
    }
}

/// The numbers of the bandwidths (section 13.4.5.2), the narrowest first.
const BANDWIDTHS: [u8; Bandwidth::ALL.len()] =
    [0x00, 0x08, 0x01, 0x09, 0x02, 0x0A, 0x03, 0x04, 0x05, 0x06];

/// The parameters of `SetModulationParams`.
fn modulation(modulation: &Modulation) -> u32 {
    let bandwidth = BANDWIDTHS.get(modulation.bandwidth as usize);
    u32::from_be_bytes([
        modulation.spreading_factor.number(),
        bandwidth.copied().unwrap_or_default(),
        // 1 for 4/5.
        modulation.coding_rate.bits().saturating_sub(4),
        modulation.low_data_rate.into(),
    ])
}

/// The bit that works around a limitation, cleared or set (sections 15.1 and 15.4).
pub(super) fn limitation(is_clear: bool) -> Change {
    Change {
        clear: value::LIMITATION_BIT,
        set: if is_clear { 0 } else { value::LIMITATION_BIT },
    }
}

/// A time in the chip's ticks of 15.625 microseconds, rounded up; `None` if it is beyond the 24 bits of its timer.
pub(super) fn ticks(micros: u64) -> Option<u32> {
    // 8 ticks are 125 microseconds. Eight times the longest time still has 32 bits.
    let micros = u32::try_from(micros).ok()?;
    (micros <= LONGEST_TIMER).then(|| micros.wrapping_mul(8).div_ceil(125))
}

#[cfg(test)]
mod tests {
    use lib_dns_core::hint::airtime::SpreadingFactor;

    use super::*;

    fn settings(frequency_hz: u32) -> Settings {
        let modulation = Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125);
        let link = Link {
            frequency_hz,
            modulation,
            power_dbm: 14,
        };
        Settings::new(link, Hardware::new(Amplifier::Low))
    }

    #[test]
    fn frequencies_are_rounded_to_the_nearest_step() {
        for hz in (150_000_000u32..=960_000_000).step_by(999_983) {
            let steps = settings(hz).frequency_steps();
            let exact = (f64::from(hz) * f64::from(1 << 25) / 32e6).round() as u32;
            assert_eq!(steps, exact, "{hz}");
        }
        // As Semtech's tools print it.
        let steps = settings(868_100_000).frequency_steps();
        assert_eq!(steps, 0x3641_999A);
    }

    #[test]
    fn bands_are_those_of_the_table() {
        for (megahertz, band) in [
            (433, [0x6B, 0x6F]),
            (490, [0x75, 0x81]),
            (780, [0xC1, 0xC5]),
            (868, [0xD7, 0xDB]),
            (915, [0xE1, 0xE9]),
            (600, [149, 151]),
        ] {
            let [from, to] = band;
            let band = u32::from_be_bytes([from, to, 0, 0]);
            assert_eq!(settings(megahertz * 1_000_000).image_band(), band);
        }
    }

    #[test]
    fn ticks_are_rounded_up_and_end_with_the_timer() {
        assert_eq!(ticks(0), Some(0));
        assert_eq!(ticks(1), Some(1));
        assert_eq!(ticks(125), Some(8));
        assert_eq!(ticks(1_000_000), Some(64_000));
        for micros in 0..5_000u64 {
            let exact = (micros as f64 / 15.625).ceil() as u32;
            assert_eq!(ticks(micros), Some(exact));
        }
        assert_eq!(ticks(262_143_968), Some(0xFF_FFFE));
        assert_eq!(ticks(262_143_969), None);
        assert_eq!(ticks(u64::MAX), None);
    }

    #[test]
    fn sync_words_are_those_of_the_data_sheet() {
        assert_eq!(SyncWord::Private.octets(), [0x14, 0x24]);
        assert_eq!(SyncWord::Public.octets(), [0x34, 0x44]);
        assert_eq!(SyncWord::Other(0xAB).octets(), [0xA4, 0xB4]);
    }

    #[test]
    fn what_the_chip_cannot_do_is_refused() {
        assert_eq!(settings(868_000_000).check(), Ok(()));
        for hz in [149_999_999, 960_000_001, 0, u32::MAX] {
            assert_eq!(settings(hz).check(), Err(SettingsError::Frequency { hz }));
        }
        let with = |change: fn(&mut Settings)| {
            let mut settings = settings(868_000_000);
            change(&mut settings);
            settings.check()
        };
        let power = |dbm, most| Err(SettingsError::Power { dbm, most });
        assert_eq!(with(|s| s.link.power_dbm = 15), Ok(()));
        assert_eq!(with(|s| s.link.power_dbm = 16), power(16, 15));
        assert_eq!(with(|s| s.link.power_dbm = -18), power(-18, 15));
        assert_eq!(
            with(|s| (s.link.frequency_hz, s.link.power_dbm) = (169_000_000, 15)),
            power(15, 14)
        );
        assert_eq!(
            with(|s| (s.hardware.amplifier, s.link.power_dbm) = (Amplifier::High, 23)),
            power(23, 22)
        );
        assert_eq!(
            with(|s| s.link.modulation.explicit_header = false),
            Err(SettingsError::NoHeader)
        );
        assert_eq!(
            with(|s| s.link.modulation.crc = false),
            Err(SettingsError::NoChecksum)
        );
        assert_eq!(
            with(|s| s.link.modulation.preamble_symbols = 5),
            Err(SettingsError::Preamble { symbols: 5 })
        );
    }
}

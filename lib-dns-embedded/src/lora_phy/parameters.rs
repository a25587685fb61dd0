//! Settings, as `lora-phy` has them.

use core::fmt;

use ::lora_phy::mod_params as theirs;
use ::lora_phy::sx126x::{Config, DeviceSel, Sx126xVariant, TcxoCtrlVoltage};
use lib_dns_core::hint::airtime::{Bandwidth, CodingRate, SpreadingFactor};

use crate::sx126x::{
    Amplifier, Hardware, Regulator, Settings, SettingsError, SyncWord, TcxoVoltage,
};

/// For how long `lora-phy` lets a TCXO start, in microseconds.
pub(super) const TCXO_STARTUP: u16 = 10_000;

/// Why settings cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Unsuitable {
    /// The chip cannot do it.
    Chip(SettingsError),
    /// `lora-phy` knows the private and the public sync word only.
    SyncWord,
    /// `lora-phy` gives a TCXO 10 ms to start.
    TcxoStartup {
        /// How long this one takes, in microseconds.
        micros: u16,
    },
    /// `lora-phy` would optimise for low data rates where this modulation does not, or the other way round; who does not do
    /// the same hears nothing.
    LowDataRate,
    /// `lora-phy` sends 250 and 500 kHz from 400 MHz on.
    Bandwidth,
    /// `lora-phy` reckons wrongly below 0 dBm.
    Power {
        /// In dBm.
        dbm: i8,
    },
}

impl fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chip(error) => error.fmt(f),
            Self::SyncWord => {
                f.write_str("lora-phy knows the private and the public sync word only")
            }
            Self::TcxoStartup { micros } => {
                write!(f, "lora-phy gives a TCXO 10 ms to start, not {micros} us")
            }
            Self::LowDataRate => {
                f.write_str("lora-phy optimises other modulations for low data rates")
            }
            Self::Bandwidth => f.write_str("lora-phy sends 250 and 500 kHz from 400 MHz on"),
            Self::Power { dbm } => {
                write!(f, "lora-phy cannot send with {dbm} dBm, from 0 on it can")
            }
        }
    }
}

impl core::error::Error for Unsuitable {}

/// Can the settings be used?
pub(super) fn check(settings: &Settings) -> Result<(), Unsuitable> {
    settings.check().map_err(Unsuitable::Chip)?;
    if matches!(settings.sync_word, SyncWord::Other(_)) {
        return Err(Unsuitable::SyncWord);
    }
    let startup = settings.hardware.tcxo.map(|tcxo| tcxo.startup_micros);
    if let Some(micros) = startup.filter(|micros| *micros > TCXO_STARTUP) {
        return Err(Unsuitable::TcxoStartup { micros });
    }
    let modulation = settings.link.modulation;
    let is_slow = matches!(
        (modulation.spreading_factor, modulation.bandwidth),
        (
            SpreadingFactor::Sf11 | SpreadingFactor::Sf12,
            Bandwidth::Khz125
        ) | (SpreadingFactor::Sf12, Bandwidth::Khz250)
    );
    if modulation.low_data_rate != is_slow {
        return Err(Unsuitable::LowDataRate);
    }
    let is_wide = modulation.bandwidth >= Bandwidth::Khz250;
    if is_wide && settings.link.frequency_hz < 400_000_000 {
        return Err(Unsuitable::Bandwidth);
    }
    match settings.link.power_dbm {
        dbm @ ..0 => Err(Unsuitable::Power { dbm }),
        _ => Ok(()),
    }
}

/// Which of the chips it is.
pub(super) struct Variant(Hardware);

impl Sx126xVariant for Variant {
    fn get_device_sel(&self) -> DeviceSel {
        match self.0.amplifier {
            Amplifier::Low => DeviceSel::LowPowerPA,
            Amplifier::High => DeviceSel::HighPowerPA,
        }
    }

    fn use_dio2_as_rfswitch(&self) -> bool {
        self.0.dio2_switches_antenna
    }
}

pub(super) fn config(settings: &Settings) -> Config<Variant> {
    let hardware = settings.hardware;
    Config {
        chip: Variant(hardware),
        tcxo_ctrl: hardware.tcxo.map(|tcxo| match tcxo.voltage {
            TcxoVoltage::V1_6 => TcxoCtrlVoltage::Ctrl1V6,
            TcxoVoltage::V1_7 => TcxoCtrlVoltage::Ctrl1V7,
            TcxoVoltage::V1_8 => TcxoCtrlVoltage::Ctrl1V8,
            TcxoVoltage::V2_2 => TcxoCtrlVoltage::Ctrl2V2,
            TcxoVoltage::V2_4 => TcxoCtrlVoltage::Ctrl2V4,
            TcxoVoltage::V2_7 => TcxoCtrlVoltage::Ctrl2V7,
            TcxoVoltage::V3_0 => TcxoCtrlVoltage::Ctrl3V0,
            TcxoVoltage::V3_3 => TcxoCtrlVoltage::Ctrl3V3,
        }),
        use_dcdc: hardware.regulator == Regulator::DcDc,
        rx_boost: settings.boosted_gain,
    }
}

pub(super) fn spreading_factor(factor: SpreadingFactor) -> theirs::SpreadingFactor {
    match factor {
        SpreadingFactor::Sf5 => theirs::SpreadingFactor::_5,
        SpreadingFactor::Sf6 => theirs::SpreadingFactor::_6,
        SpreadingFactor::Sf7 => theirs::SpreadingFactor::_7,
        SpreadingFactor::Sf8 => theirs::SpreadingFactor::_8,
        SpreadingFactor::Sf9 => theirs::SpreadingFactor::_9,
        SpreadingFactor::Sf10 => theirs::SpreadingFactor::_10,
        SpreadingFactor::Sf11 => theirs::SpreadingFactor::_11,
        SpreadingFactor::Sf12 => theirs::SpreadingFactor::_12,
    }
}

pub(super) fn bandwidth(bandwidth: Bandwidth) -> theirs::Bandwidth {
    match bandwidth {
        Bandwidth::Khz7 => theirs::Bandwidth::_7KHz,
        Bandwidth::Khz10 => theirs::Bandwidth::_10KHz,
        Bandwidth::Khz15 => theirs::Bandwidth::_15KHz,
        Bandwidth::Khz20 => theirs::Bandwidth::_20KHz,
        Bandwidth::Khz31 => theirs::Bandwidth::_31KHz,
        Bandwidth::Khz41 => theirs::Bandwidth::_41KHz,
        Bandwidth::Khz62 => theirs::Bandwidth::_62KHz,
        Bandwidth::Khz125 => theirs::Bandwidth::_125KHz,
        Bandwidth::Khz250 => theirs::Bandwidth::_250KHz,
        Bandwidth::Khz500 => theirs::Bandwidth::_500KHz,
    }
}

pub(super) fn coding_rate(rate: CodingRate) -> theirs::CodingRate {
    match rate {
        CodingRate::Cr4_5 => theirs::CodingRate::_4_5,
        CodingRate::Cr4_6 => theirs::CodingRate::_4_6,
        CodingRate::Cr4_7 => theirs::CodingRate::_4_7,
        CodingRate::Cr4_8 => theirs::CodingRate::_4_8,
    }
}

//! Every number that a driver here writes to the chip or reads from it, with its section of the data sheet.

/// Makes an enumeration of numbers, each with its section.
macro_rules! numbers {
    ($(#[$doc:meta])* $name:ident: $number:ty {
        $($variant:ident = $value:literal, $section:literal, $what:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr($number)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!($what, " (section ", $section, ").")] $variant = $value,)*
        }

        impl $name {
            /// All of them, in the order of their sections.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its number.
            pub const fn number(self) -> $number {
                self as $number
            }

            /// Where the data sheet describes it.
            pub const fn section(self) -> &'static str {
                match self {
                    $(Self::$variant => $section,)*
                }
            }
        }
    };
}

numbers! {
    /// The first octet of what is sent to the chip.
    Command: u8 {
        SetSleep = 0x84, "13.1.1", "Saves current until the chip is selected again";
        SetStandby = 0x80, "13.1.2", "Ends whatever the chip does";
        SetTx = 0x83, "13.1.4", "Sends the buffer";
        SetRx = 0x82, "13.1.5", "Receives";
        StopTimerOnPreamble = 0x9F, "13.1.6", "Does a preamble end the time of a receiver, or the word behind it";
        SetCad = 0xC5, "13.1.8", "Looks for a LoRa signal";
        SetRegulatorMode = 0x96, "13.1.11", "LDO alone, or with the DC-DC converter";
        Calibrate = 0x89, "13.1.12", "Calibrates oscillators, PLL and ADC";
        CalibrateImage = 0x98, "13.1.13", "Calibrates the image rejection for a band";
        SetPaConfig = 0x95, "13.1.14", "Which power amplifier, and how far it goes";
        WriteRegister = 0x0D, "13.2.1", "Writes registers";
        ReadRegister = 0x1D, "13.2.2", "Reads registers";
        WriteBuffer = 0x0E, "13.2.3", "Writes the payload to send";
        ReadBuffer = 0x1E, "13.2.4", "Reads the payload that was received";
        SetDioIrqParams = 0x08, "13.3.1", "Which interrupts there are, and which raise DIO1";
        GetIrqStatus = 0x12, "13.3.3", "Which interrupts are raised";
        ClearIrqStatus = 0x02, "13.3.4", "Takes interrupts back";
        SetDio2AsRfSwitchCtrl = 0x9D, "13.3.5", "DIO2 tells the antenna switch when the chip sends";
        SetDio3AsTcxoCtrl = 0x97, "13.3.6", "DIO3 feeds the oscillator";
        SetRfFrequency = 0x86, "13.4.1", "The middle of the channel";
        SetPacketType = 0x8A, "13.4.2", "LoRa or FSK; FSK after a reset";
        GetPacketType = 0x11, "13.4.3", "LoRa or FSK";
        SetTxParams = 0x8E, "13.4.4", "Power and how it rises";
        SetModulationParams = 0x8B, "13.4.5", "Spreading, bandwidth, coding rate";
        SetPacketParams = 0x8C, "13.4.6", "Preamble, header, length, checksum, IQ";
        SetCadParams = 0x88, "13.4.7", "For how long a look for a signal takes, and what is one";
        SetBufferBaseAddress = 0x8F, "13.4.8", "Where in the buffer payloads begin";
        SetLoRaSymbNumTimeout = 0xA0, "13.4.9", "How many symbols a receiver wants to hear";
        GetStatus = 0xC0, "13.5.1", "What the chip does";
        GetRxBufferStatus = 0x13, "13.5.2", "Length and place of what was received last";
        GetPacketStatus = 0x14, "13.5.3", "How strong it was";
        GetDeviceErrors = 0x17, "13.6.1", "What failed in the chip";
        ClearDeviceErrors = 0x07, "13.6.2", "Forgets what failed";
    }
}

numbers! {
    /// The registers that no command sets.
    Register: u16 {
        RetentionList = 0x029F, "9.6", "Which other registers survive sleep";
        RetainedHigh = 0x02A0, "9.6", "Of the first of them, the upper octet of the address";
        RetainedLow = 0x02A1, "9.6", "The lower octet";
        IqPolarity = 0x0736, "15.4", "Bit 2 has to be clear for inverted IQ, else set";
        SyncWord = 0x0740, "12.1", "Two octets that tell networks apart, the first of them";
        SyncWordLow = 0x0741, "12.1", "The second of them";
        HeaderChecksum = 0x076B, "not in the data sheet: Semtech's sx126x_driver, SX126X_REG_LR_HEADER_CRC", "Bit 4: the received header announced a checksum";
        TxModulation = 0x0889, "15.1", "Bit 2 has to be clear for LoRa at 500 kHz, else set";
        RxGain = 0x08AC, "9.6", "Saves current, or hears 2 dB better";
        TxClamp = 0x08D8, "15.2", "Bits 1 to 4 have to be set, or the SX1262 holds back at a bad antenna";
    }
}

bitflags::bitflags! {
    /// What the chip has to tell (section 13.3.2).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Interrupts: u16 {
        /// The frame was sent.
        const TX_DONE = 1;
        /// A frame was received, good or bad.
        const RX_DONE = 1 << 1;
        /// A preamble was heard.
        const PREAMBLE_DETECTED = 1 << 2;
        /// The header of a frame was received, and is good.
        const HEADER_VALID = 1 << 4;
        /// The header of a frame was received, and is bad.
        const HEADER_ERROR = 1 << 5;
        /// The checksum of a frame is wrong.
        const CRC_ERROR = 1 << 6;
        /// The look for a signal is over.
        const CAD_DONE = 1 << 7;
        /// It found one.
        const CAD_DETECTED = 1 << 8;
        /// The chip's timer ended what it did.
        const TIMEOUT = 1 << 9;
    }

    /// What failed in the chip (section 13.6.1).
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct DeviceErrors: u16 {
        /// The 64 kHz oscillator could not be calibrated.
        const RC64K_CALIBRATION = 1;
        /// The 13 MHz oscillator could not be calibrated.
        const RC13M_CALIBRATION = 1 << 1;
        /// The PLL could not be calibrated.
        const PLL_CALIBRATION = 1 << 2;
        /// The ADC could not be calibrated.
        const ADC_CALIBRATION = 1 << 3;
        /// The image rejection could not be calibrated.
        const IMAGE_CALIBRATION = 1 << 4;
        /// The crystal or TCXO did not start.
        const OSCILLATOR_START = 1 << 5;
        /// The PLL did not lock.
        const PLL_LOCK = 1 << 6;
        /// The power amplifier did not rise.
        const AMPLIFIER_RAMP = 1 << 8;
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Interrupts {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Interrupts({=u16:#x})", self.bits());
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for DeviceErrors {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "DeviceErrors({=u16:#x})", self.bits());
    }
}

/// What the chip does, from its status (section 13.5.1): one bit for each mode. Other modes are of no interest to the driver.
pub(crate) mod mode {
    pub(crate) const STANDBY_RC: u8 = 1 << 2;
    pub(crate) const STANDBY_XOSC: u8 = 1 << 3;
    pub(crate) const RX: u8 = 1 << 5;

    pub(crate) const ANY: u8 = u8::MAX;

    /// The mode that a status tells.
    pub(crate) const fn of(status: u8) -> u8 {
        1 << (status >> 4 & 7)
    }
}

/// Values of parameters.
pub(crate) mod value {
    use super::super::bus::Change;

    /// 13.1.1: keep the settings, and do not wake up by the clock.
    pub(crate) const SLEEP_WARM: u8 = 0x04;
    /// 13.1.2.
    pub(crate) const STANDBY_RC: u8 = 0;
    /// 13.1.2.
    pub(crate) const STANDBY_XOSC: u8 = 1;
    /// 13.1.5: receive until told otherwise.
    pub(crate) const RX_CONTINUOUS: u32 = 0xFF_FFFF;
    /// 13.1.12: all of it.
    pub(crate) const CALIBRATE_ALL: u8 = 0x7F;
    /// 13.4.2.
    pub(crate) const PACKET_TYPE_LORA: u8 = 1;
    /// 13.4.4: the power rises in 200 microseconds.
    pub(crate) const RAMP_200_MICROS: u8 = 4;
    /// 13.4.7: look for 4 symbols.
    pub(crate) const CAD_4_SYMBOLS: u8 = 2;
    /// 13.4.7: the least of a peak that counts.
    pub(crate) const CAD_LEAST: u8 = 10;
    /// 13.4.7: what a peak must have above the spreading factor to count (Semtech, LoRaMac-node).
    pub(crate) const CAD_PEAK_ABOVE_FACTOR: u8 = 13;
    /// 9.6: 2 dB better for 0.7 mA more.
    pub(crate) const RX_GAIN_BOOSTED: u8 = 0x96;
    /// 15.1 and 15.4: the bit of [`super::Register::TxModulation`] and [`super::Register::IqPolarity`].
    pub(crate) const LIMITATION_BIT: u8 = 1 << 2;
    /// 15.2.
    pub(crate) const CLAMP: Change = Change {
        clear: 0,
        set: 0x1E,
    };
    /// The bit of [`super::Register::HeaderChecksum`].
    pub(crate) const HAS_CHECKSUM: u8 = 1 << 4;
    /// 9.2.1, table 9-2: bands, as what [`super::Command::CalibrateImage`] takes: from and to in steps of 4 MHz.
    pub(crate) const IMAGE_BANDS: [(u8, u8); 5] = [
        (0x6B, 0x6F), // 430 to 440 MHz
        (0x75, 0x81), // 470 to 510
        (0xC1, 0xC5), // 779 to 787
        (0xD7, 0xDB), // 863 to 870
        (0xE1, 0xE9), // 902 to 928
    ];
}

//! What the law of a place allows a radio, as far as hints need it.
//!
//! There is no default: who does not say where a radio is does not transmit. The table holds what the rules say of short-range
//! devices in general; whoever runs a radio has to know those of the place. Where a source gives the power of a dipole (ERP),
//! 2.15 dB were added for EIRP, and the sum rounded down. Each row names its source:
//!
//! | source | which |
//! |---|---|
//! | EN 300 220-2 | ETSI EN 300 220-2 V3.2.1 (2018), table B.1, whose bands have letters |
//! | ERC/REC 70-03 | CEPT ERC Recommendation 70-03, annex 1, non-specific short-range devices |
//! | 47 CFR 15.247 | United States, Code of Federal Regulations, title 47, section 15.247 |
//! | RP002 | LoRa Alliance RP002-1.0.5, LoRaWAN Regional Parameters, and LoRaMac-node, Semtech's implementation of it |
//! | LIPD | Australia, Radiocommunications (Low Interference Potential Devices) Class Licence 2015 (F2015L01438), as quoted by those who run radios there |
//! | G.S.R. | India, Gazette: G.S.R. 168(E) of 2005, and G.S.R. 853(E) of 2021 in its place, the latter as summed up by a test house |

use super::airtime::Bandwidth;

/// What part of an hour a radio may be on the air where the law does not say, in per mille. The rules of hints take half of it.
const UNLIMITED: u16 = 100;

/// Defines the regions, each with what is allowed there.
macro_rules! regions {
    ($($(#[$meta:meta])+ $variant:ident = $text:literal, $from:literal..$to:literal,
        $duty:expr, $dwell:expr, $least:expr, $eirp:literal;)+) => {
        /// A place and a band, for what may be sent there.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum Region {
            $($(#[$meta])+ $variant,)+
        }

        impl Region {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What is allowed there.
            pub const fn rules(self) -> RegionRules {
                match self {
                    $(Self::$variant => RegionRules {
                        name: $text,
                        from_hz: $from,
                        to_hz: $to,
                        duty_per_mille: $duty,
                        dwell_millis: $dwell,
                        least_bandwidth: $least,
                        max_eirp_dbm: $eirp,
                    },)+
                }
            }
        }
    };
}

regions! {
    /// Europe, 869.4 to 869.65 MHz: 10 % and 500 mW ERP (EN 300 220-2, band P; ERC/REC 70-03, band g3). The one to use there.
    Eu868 = "EU868", 869_400_000..869_650_000, Some(100), None, None, 29;
    /// Europe, 868.0 to 868.6 MHz: 1 % and 25 mW ERP (EN 300 220-2, band M; ERC/REC 70-03, band g1).
    Eu868M = "EU868-M", 868_000_000..868_600_000, Some(10), None, None, 16;
    /// Europe, 865 to 868 MHz: 1 % and 25 mW ERP (EN 300 220-2, band L).
    Eu868L = "EU868-L", 865_000_000..868_000_000, Some(10), None, None, 16;
    /// Europe, 433.05 to 434.79 MHz: 10 % and 10 mW ERP (ERC/REC 70-03, band f).
    Eu433 = "EU433", 433_050_000..434_790_000, Some(100), None, None, 12;
    /// The United States and Canada, 902 to 928 MHz (47 CFR 15.247). A radio that stays on its channel has to fill 500 kHz of
    /// it, (a)(2), with at most 1 W, (b)(3): those that are narrower have to hop over 50 channels, (a)(1)(i), and hints do not.
    /// 400 ms are what (a)(1)(i) leaves a hopping radio for a frame; the table keeps to it.
    Us915 = "US915", 902_000_000..928_000_000, None, Some(400), Some(Bandwidth::Khz500), 30;
    /// Australia and New Zealand, 915 to 928 MHz: 1 W EIRP, of which at most 25 mW in any 3 kHz, and no limit of time (LIPD,
    /// digital modulation). 400 ms a frame are what RP002, AU915, asks for. Its channel plan is that of the United States;
    /// so is the least bandwidth here, for which the text of the licence was not at hand.
    Au915 = "AU915", 915_000_000..928_000_000, None, Some(400), Some(Bandwidth::Khz500), 30;
    /// Parts of Asia, 923 to 925 MHz: 1 %, 400 ms a frame and 16 dBm (RP002, AS923-1, whose channels these are). Japan has
    /// other rules: 20 mW (13 dBm), and to listen first (ARIB STD-T108).
    As923 = "AS923", 923_000_000..925_000_000, Some(10), Some(400), None, 16;
    /// India, 865 to 867 MHz: 29.2 dBm (RP002, IN865), below the 1 W of transmitters and 4 W ERP of G.S.R. 168(E), which
    /// names a carrier of 200 kHz: use no more than 125 kHz. G.S.R. 853(E) opens the band up to 868 MHz and asks devices to
    /// comply with the European norms; the 1 % are what EN 300 220-2 asks for in this band.
    In865 = "IN865", 865_000_000..867_000_000, Some(10), None, None, 29;
}

/// What is allowed in a region.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RegionRules {
    /// What it is called in a configuration.
    pub name: &'static str,
    /// Where the band begins, in Hz.
    pub from_hz: u32,
    /// Where it ends, in Hz.
    pub to_hz: u32,
    /// What part of any hour may be taken, in per mille; `None` if the law does not say.
    pub duty_per_mille: Option<u16>,
    /// For how long one frame may be on the air, in milliseconds.
    pub dwell_millis: Option<u16>,
    /// How wide a channel must be at least that a radio stays on, as it does for hints.
    pub least_bandwidth: Option<Bandwidth>,
    /// The power that may leave the antenna (EIRP), in dBm: for the driver of the radio.
    pub max_eirp_dbm: i8,
}

impl Region {
    /// The region of a name, in any case.
    ///
    /// ```
    /// use lib_dns_core::hint::Region;
    /// assert_eq!(Region::from_name("eu868"), Some(Region::Eu868));
    /// assert_eq!(Region::from_name("mars"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|region| region.rules().name.eq_ignore_ascii_case(name))
    }
}

impl RegionRules {
    /// Does a channel with this middle lie within the band?
    ///
    /// ```
    /// use lib_dns_core::hint::Region;
    /// use lib_dns_core::hint::airtime::Bandwidth;
    /// let rules = Region::Eu868.rules();
    /// assert!(rules.holds(869_525_000, Bandwidth::Khz250));
    /// assert!(!rules.holds(869_525_000, Bandwidth::Khz500));
    /// ```
    pub const fn holds(&self, middle_hz: u32, bandwidth: Bandwidth) -> bool {
        let half = bandwidth.hz().div_ceil(2);
        middle_hz.saturating_sub(half) >= self.from_hz
            && middle_hz.saturating_add(half) <= self.to_hz
    }

    /// Is a channel as wide as it has to be?
    ///
    /// ```
    /// use lib_dns_core::hint::Region;
    /// use lib_dns_core::hint::airtime::Bandwidth;
    /// assert!(Region::Eu868.rules().is_wide_enough(Bandwidth::Khz125));
    /// assert!(!Region::Us915.rules().is_wide_enough(Bandwidth::Khz125));
    /// ```
    pub const fn is_wide_enough(&self, bandwidth: Bandwidth) -> bool {
        match self.least_bandwidth {
            Some(least) => bandwidth.hz() >= least.hz(),
            None => true,
        }
    }

    /// Microseconds of any hour that hints take at most: half of what is allowed. The other half is for what else the
    /// radio sends, and for a restart, after which nobody knows what was sent before.
    pub const fn hint_micros_an_hour(&self) -> u32 {
        let per_mille = match self.duty_per_mille {
            Some(per_mille) => per_mille,
            None => UNLIMITED,
        };
        // Half of a thousandth of an hour. At most half an hour, which has 31 bits.
        (per_mille as u32).saturating_mul(1_800_000)
    }

    /// Microseconds that one frame may be on the air.
    pub const fn longest_frame_micros(&self) -> u32 {
        match self.dwell_millis {
            Some(millis) => (millis as u32).saturating_mul(1000),
            None => u32::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_whole_and_found_by_its_name() {
        for region in Region::ALL {
            let rules = region.rules();
            assert!(rules.from_hz < rules.to_hz);
            assert!(
                rules
                    .duty_per_mille
                    .is_none_or(|duty| (1..=1000).contains(&duty))
            );
            assert_eq!(Region::from_name(rules.name), Some(*region));
            let middle = rules.from_hz / 2 + rules.to_hz / 2;
            let bandwidth = rules.least_bandwidth.unwrap_or(Bandwidth::Khz125);
            assert!(rules.is_wide_enough(bandwidth));
            assert!(rules.holds(middle, bandwidth), "{}", rules.name);
            assert!(!rules.holds(rules.from_hz, Bandwidth::Khz125));
            assert!(!rules.holds(rules.to_hz, Bandwidth::Khz125));
        }
    }

    #[test]
    fn half_of_what_is_allowed_is_for_hints() {
        assert_eq!(Region::Eu868.rules().hint_micros_an_hour(), 180_000_000);
        assert_eq!(Region::Eu868M.rules().hint_micros_an_hour(), 18_000_000);
        assert_eq!(Region::Us915.rules().longest_frame_micros(), 400_000);
    }
}

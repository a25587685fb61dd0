//! How a radio sends, as people write it.

use lib_dns_core::hint::airtime::{Bandwidth, Modulation};
use lib_dns_core::hint::{Region, RegionRules};
use std::fmt;

/// The bandwidths in kHz, as data sheets write them.
const KHZ: [(&str, Bandwidth); 10] = [
    ("7.8", Bandwidth::Khz7),
    ("10.4", Bandwidth::Khz10),
    ("15.6", Bandwidth::Khz15),
    ("20.8", Bandwidth::Khz20),
    ("31.25", Bandwidth::Khz31),
    ("41.7", Bandwidth::Khz41),
    ("62.5", Bandwidth::Khz62),
    ("125", Bandwidth::Khz125),
    ("250", Bandwidth::Khz250),
    ("500", Bandwidth::Khz500),
];

/// The bandwidth of so many kHz, rounded as data sheets do.
///
/// ```
/// use lib_dns_core::hint::airtime::Bandwidth;
/// assert_eq!(lib_dns_std::hint::bandwidth_from_khz("62.5"), Some(Bandwidth::Khz62));
/// assert_eq!(lib_dns_std::hint::bandwidth_from_khz("100"), None);
/// ```
pub fn bandwidth_from_khz(text: &str) -> Option<Bandwidth> {
    let found = KHZ.iter().find(|(khz, _)| *khz == text);
    found.map(|(_, bandwidth)| *bandwidth)
}

/// A bandwidth in kHz, rounded as data sheets do.
pub fn khz(bandwidth: Bandwidth) -> &'static str {
    let found = KHZ.iter().find(|(_, known)| *known == bandwidth);
    found.map_or("?", |(khz, _)| khz)
}

/// All bandwidths, for those who wrote none of them.
pub(crate) fn all_khz() -> String {
    KHZ.map(|(khz, _)| khz).join(", ")
}

/// How a radio sends, and where it stands, for what it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// How it sends.
    pub modulation: Modulation,
    /// Whose rules are asked.
    pub region: Option<Region>,
}

impl Link {
    /// For how long a frame is on the air, in microseconds.
    pub fn airtime_micros(&self, octets: &[u8]) -> u64 {
        let octets = u8::try_from(octets.len()).unwrap_or(u8::MAX);
        self.modulation.airtime_micros(octets)
    }

    /// May a frame of so many microseconds be sent in the region at all? `None` without one.
    pub fn allows(&self, airtime_micros: u64) -> Option<bool> {
        let rules = self.region?.rules();
        let is_wide_enough = rules.is_wide_enough(self.modulation.bandwidth);
        Some(is_wide_enough && airtime_micros <= u64::from(longest_micros(&rules)))
    }

    /// Does a radio that is set so send as this link does?
    pub(crate) fn is_set_as(&self, found: &Modulation) -> bool {
        let of = |set: &Modulation| (set.spreading_factor, set.bandwidth, set.coding_rate);
        of(found) == of(&self.modulation)
    }

    /// How a radio is set, for people: `869525000 Hz, SF9, 125 kHz, 4/5, 14 dBm`.
    pub(crate) fn describe_settings(&self, frequency_hz: u32, power_dbm: i8) -> impl fmt::Display {
        format!(
            "{frequency_hz} Hz, {}, {power_dbm} dBm",
            Settings(&self.modulation)
        )
    }

    /// What is to be said of a frame of so many octets.
    pub(crate) fn describe<'l>(&'l self, octets: &'l [u8]) -> impl fmt::Display + 'l {
        Described { link: self, octets }
    }
}

struct Described<'l> {
    link: &'l Link,
    octets: &'l [u8],
}

/// `185.344 ms (SF9, 125 kHz, 4/5); EU868 leaves hints 180 s an hour`.
impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.link.airtime_micros(self.octets);
        write!(
            f,
            "{} ms ({})",
            Millis(micros),
            Settings(&self.link.modulation)
        )?;
        let Some(rules) = self.link.region.map(|region| region.rules()) else {
            return Ok(());
        };
        if self.link.allows(micros) == Some(true) {
            let seconds = rules.hint_micros_an_hour() / 1_000_000;
            write!(f, "; {} leaves hints {seconds} s an hour", rules.name)
        } else if let Some(what) = too_narrow(&rules, self.link.modulation.bandwidth) {
            write!(f, "; {what}")
        } else {
            write!(
                f,
                "; too long for {}, where a frame may take {} ms: use a lower spreading factor or more bandwidth",
                rules.name,
                Millis(longest_micros(&rules).into())
            )
        }
    }
}

/// For how long a frame may be on the air.
fn longest_micros(rules: &RegionRules) -> u32 {
    rules
        .longest_frame_micros()
        .min(rules.hint_micros_an_hour())
}

/// What is to be said of a channel that is too narrow for its region; `None` if it is not.
pub(crate) fn too_narrow(rules: &RegionRules, bandwidth: Bandwidth) -> Option<String> {
    let least = rules
        .least_bandwidth
        .filter(|_| !rules.is_wide_enough(bandwidth))?;
    Some(format!(
        "too narrow for {}, where a radio that stays on its channel needs {} kHz",
        rules.name,
        khz(least)
    ))
}

/// `SF9, 125 kHz, 4/5`.
struct Settings<'m>(&'m Modulation);

impl fmt::Display for Settings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(modulation) = self;
        write!(
            f,
            "SF{}, {} kHz, 4/{}",
            modulation.spreading_factor.number(),
            khz(modulation.bandwidth),
            modulation.coding_rate.bits()
        )
    }
}

/// Microseconds, written in milliseconds without needless zeros.
struct Millis(u64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 1000, self.0 % 1000);
        if part == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{part:03}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lib_dns_core::hint::airtime::SpreadingFactor;

    #[test]
    fn each_bandwidth_has_a_name() {
        for bandwidth in Bandwidth::ALL {
            let name = khz(bandwidth);
            assert_eq!(bandwidth_from_khz(name), Some(bandwidth));
            let rounded: f64 = name.parse().unwrap();
            assert!(
                (rounded * 1000.0 - f64::from(bandwidth.hz())).abs() < 50.0,
                "{name}"
            );
        }
    }

    #[test]
    fn what_a_region_forbids_is_told() {
        let link = |factor, region| Link {
            modulation: Modulation::new(factor, Bandwidth::Khz125),
            region,
        };
        let told = |factor, region| link(factor, region).describe(&[0; 22]).to_string();
        assert_eq!(
            told(SpreadingFactor::Sf9, None),
            "205.824 ms (SF9, 125 kHz, 4/5)"
        );
        assert_eq!(
            told(SpreadingFactor::Sf9, Some(Region::Eu868)),
            "205.824 ms (SF9, 125 kHz, 4/5); EU868 leaves hints 180 s an hour"
        );
        assert_eq!(
            told(SpreadingFactor::Sf12, Some(Region::As923)),
            "1482.752 ms (SF12, 125 kHz, 4/5); too long for AS923, where a frame may take 400 ms: use a lower \
             spreading factor or more bandwidth"
        );
        assert_eq!(
            told(SpreadingFactor::Sf7, Some(Region::Us915)),
            "56.576 ms (SF7, 125 kHz, 4/5); too narrow for US915, where a radio that stays on its channel needs 500 kHz"
        );
    }
}

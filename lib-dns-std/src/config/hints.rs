//! `[hints]`: the radio that carries hints.

use super::UpdateControlConfig;
use super::access::check_key;
use super::reading::{Check, Layers, Reading, Setting, Value, section, suggestion};
use super::values::text;
use crate::hexadecimal;
use crate::hint::{
    MAX_UPDATES, MAX_ZONES, PortAddress, all_khz, bandwidth_from_khz, is_speed, khz, too_narrow,
};
use lib_dns_core::hint::airtime::{Bandwidth, CodingRate, Modulation, SpreadingFactor};
use lib_dns_core::hint::{HintConfig, NetworkId, NodePrefix, Region, ZoneTag};
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::NodeId;
use lib_dns_core::text::Base16;
use std::path::PathBuf;
use std::time::Duration;

/// The longest that looking for a newer version may be put off.
const MAX_JITTER: Duration = Duration::from_secs(3600);

section! {
    /// A radio behind a port that carries hints (ZDNS architecture 6.3 and 6.4): what changes here is told, and what others
    /// tell makes copies look for newer versions.
    pub struct Hints {
        /// Where the radio is: a serial port, as `/dev/ttyUSB0`, or `tcp:ADDRESS:PORT`, or `unix:PATH`.
        "port" => port: PortAddress = PortAddress::Device(PathBuf::new()),
        /// The speed of a serial port.
        "baud" => baud: u32 = 115_200,
        /// Where the radio stands. Without it hints are heard, but not sent.
        "region" => region: Option<Region> = None,
        /// The middle of the channel, in Hz; without it, the middle of the region's band.
        "frequency-hz" => frequency_hz: Option<u32> = None,
        /// How many chirps a symbol is spread over, as a power of two: 5 to 12.
        "spreading-factor" => spreading_factor: SpreadingFactor = SpreadingFactor::Sf9,
        /// The bandwidth in kHz.
        "bandwidth-khz" => bandwidth: Bandwidth = Bandwidth::Khz125,
        /// How many bits are sent for four: 5 to 8.
        "coding-rate" => coding_rate: CodingRate = CodingRate::Cr4_5,
        /// This node: the first four octets of its id in hexadecimal, or all 32.
        "node" => node: NodePrefix = NodePrefix([0; 4]),
        /// The network: four octets in hexadecimal.
        "network" => network: NetworkId = NetworkId([0; 4]),
        /// The key that hints are sealed with and verified by; without it, anybody can send them.
        "key" => key: Option<NameBuf> = None,
        /// The how many-th key of the network it is; all nodes say the same.
        "key-epoch" => key_epoch: u8 = 0,
        /// The key before it, which is still believed.
        "old-key" => old_key: Option<NameBuf> = None,
        /// The how many-th key that one was.
        "old-key-epoch" => old_key_epoch: u8 = 0,
        /// Believe hints without a seal although there is a key: only while a network gets its first key.
        "accept-unsealed" => accepts_unsealed: bool = false,
        /// The apex zone of the network, which hints need not name.
        "apex" => apex: Option<NameBuf> = None,
        /// The zones that hints are about; without it, all, as far as there is room: 64.
        "zones" => zones: Option<Vec<NameBuf>> = None,
        /// Tell of changes of zones that are fetched from elsewhere, too: for those who hear this radio alone.
        "announce-copies" => announces_copies: bool = false,
        /// The score of updates: how urgent they are.
        "urgency" => urgency: u8 = 0,
        /// How often is told, and how much is heard (17.2).
        "update-control" => update_control: UpdateControlConfig = UpdateControlConfig::default(),
    }
}

impl Check for Hints {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        for (key, example) in [
            ("port", "\"/dev/ttyUSB0\""),
            ("node", "\"7F3A8B2C\", the beginning of this node's id"),
        ] {
            if layers.get(key).is_none() {
                let what = format_args!("hints need {key} = {example}");
                reading.fault(&layers.place, what);
            }
        }
        if !is_speed(self.baud) {
            let what = format_args!("no port has {} baud; 115200 is usual", self.baud);
            reading.fault(&layers.place_of("baud"), what);
        }
        check_key("key", self.key.as_ref(), layers, reading);
        check_key("old-key", self.old_key.as_ref(), layers, reading);
        if self.old_key.is_some() && self.key.is_none() {
            reading.fault(&layers.place_of("old-key"), "an old key without a key");
        }
        let count = self.zones.as_ref().map_or(0, Vec::len);
        if count > MAX_ZONES {
            let what = format_args!("{count} zones, but there is room for {MAX_ZONES}");
            reading.fault(&layers.place_of("zones"), what);
        }
        let rules = self.region.map(|region| region.rules());
        if let Some(rules) = rules.filter(|rules| !rules.holds(self.frequency(), self.bandwidth)) {
            let what = format_args!(
                "the channel at {} Hz of {} kHz is not within {}, which is from {} to {} Hz",
                self.frequency(),
                khz(self.bandwidth),
                rules.name,
                rules.from_hz,
                rules.to_hz
            );
            let key = if self.frequency_hz.is_some() {
                "frequency-hz"
            } else {
                "bandwidth-khz"
            };
            reading.fault(&layers.place_of(key), what);
        }
        if let Some(what) = self
            .region
            .and_then(|region| too_narrow(&region.rules(), self.bandwidth))
        {
            reading.fault(&layers.place_of("bandwidth-khz"), what);
        }
        self.check_update_control(layers, reading);
    }
}

impl Hints {
    /// The middle of the channel, in Hz; 0 if neither it nor a region is said.
    pub fn frequency(&self) -> u32 {
        let middle = self.region.map(|region| {
            let rules = region.rules();
            rules.from_hz / 2 + rules.to_hz / 2
        });
        self.frequency_hz.or(middle).unwrap_or(0)
    }

    /// How the radio sends.
    pub fn modulation(&self) -> Modulation {
        let mut modulation = Modulation::new(self.spreading_factor, self.bandwidth);
        modulation.coding_rate = self.coding_rate;
        modulation
    }

    /// What a node is told that does as this says.
    pub(crate) fn to_node(&self, apex: Option<ZoneTag>) -> HintConfig {
        HintConfig {
            node: self.node,
            region: self.region,
            frequency_hz: self.frequency(),
            modulation: self.modulation(),
            apex,
            urgency: self.urgency,
            accepts_unsealed: self.accepts_unsealed,
            updates: self.update_control.to_core(),
        }
    }

    /// Notes what a gateway cannot do, although each parameter by itself may say so.
    fn check_update_control(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        let control = &self.update_control;
        let place_of = |key: &str| {
            let table = layers.get("update-control");
            let value = table.and_then(|table| table.get_ref().as_table()?.get(key));
            value.map_or_else(|| layers.place_of("update-control"), |value| value.span())
        };
        if control.refresh_jitter_max > MAX_JITTER {
            let what = "a refresh would come too late; at most 1h";
            reading.fault(&place_of("refresh-jitter-max"), what);
        }
        let first = control.initial_backoff;
        if first > control.max_backoff {
            let first = first.as_secs_f32();
            let what =
                format_args!("the first wait is {first} s, longer than max-backoff, the longest");
            reading.fault(&place_of("max-backoff"), what);
        }
        let threshold = control.storm_threshold;
        if usize::try_from(threshold).is_ok_and(|threshold| threshold >= MAX_UPDATES) {
            let what = format_args!(
                "storm-threshold is {threshold}, but {MAX_UPDATES} updates are remembered; it must be less"
            );
            reading.fault(&place_of("storm-threshold"), what);
        }
    }

    /// Notes zones that are not there.
    pub(super) fn check_zones(
        &self,
        place: &std::ops::Range<usize>,
        zones: &[super::Zone],
        reading: &mut Reading<'_>,
    ) {
        for name in self.zones.iter().flatten() {
            if !zones.iter().any(|zone| zone.name == *name) {
                let known: Vec<String> = zones.iter().map(|zone| zone.name.to_string()).collect();
                let suggestion = suggestion(&name.to_string(), known.iter().map(String::as_str));
                let what =
                    format!("hints are to be about {name}, but no zone is named so{suggestion}");
                reading.fault(place, what);
            }
        }
    }
}

impl Setting for PortAddress {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let address = text(value, reading)?.parse();
        match address {
            Ok(Self::Device(path)) => Some(Self::Device(reading.folder.join(path))),
            Ok(Self::Unix(path)) => Some(Self::Unix(reading.folder.join(path))),
            Ok(address) => Some(address),
            Err(what) => {
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

impl Setting for Region {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = text(value, reading)?;
        let read = Self::from_name(text);
        if read.is_none() {
            let all = Self::ALL.iter().map(|region| region.rules().name);
            let all = all.collect::<Vec<_>>().join(", ");
            let what = format_args!("no region is named '{text}'; known are {all}");
            reading.fault(&value.span(), what);
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.rules().name.into())
    }
}

impl Setting for SpreadingFactor {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let read = Self::from_number(u8::read(value, reading)?);
        if read.is_none() {
            reading.fault(&value.span(), "a spreading factor is from 5 to 12");
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        self.number().write()
    }
}

impl Setting for CodingRate {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let read = Self::from_bits(u8::read(value, reading)?);
        if read.is_none() {
            reading.fault(
                &value.span(),
                "a coding rate is from 5 to 8, for 4/5 to 4/8",
            );
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        self.bits().write()
    }
}

/// A number, or a text where it has a fraction.
impl Setting for Bandwidth {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let inner = value.get_ref();
        let number = inner.as_integer().map(|integer| integer.as_str());
        let number = number.or_else(|| inner.as_float().map(|float| float.as_str()));
        let read = number
            .or_else(|| inner.as_str())
            .and_then(bandwidth_from_khz);
        if read.is_none() {
            let what = format_args!("bandwidths in kHz are {}", all_khz());
            reading.fault(&value.span(), what);
        }
        read
    }

    fn write(&self) -> Option<toml::Value> {
        Some(khz(*self).into())
    }
}

impl Setting for NodePrefix {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        match node_from_text(text(value, reading)?) {
            Ok(node) => Some(node),
            Err(what) => {
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

/// Reads the first four octets of a node's id, or all 32 of it.
pub(crate) fn node_from_text(text: &str) -> Result<NodePrefix, String> {
    let octets = hexadecimal::octets(text).map_err(|error| error.to_string())?;
    let found = octets.len();
    if let Ok(prefix) = octets.as_slice().try_into() {
        return Ok(NodePrefix(prefix));
    }
    match octets.as_slice().try_into() {
        Ok(whole) => Ok(NodeId(whole).into()),
        Err(_) => Err(format!(
            "{found} octets, but a node is told by the first 4 of its id, or all 32"
        )),
    }
}

impl Setting for NetworkId {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        match hexadecimal::array(text(value, reading)?) {
            Ok(octets) => Some(Self(octets)),
            Err(error) => {
                reading.fault(&value.span(), format_args!("no id of a network: {error}"));
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        Some(Base16(&self.0).to_string().into())
    }
}

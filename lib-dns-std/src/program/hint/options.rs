//! What several verbs take: identifiers, the network's key, how the radio sends.

use super::Refusal;
pub(super) use crate::config::node_from_text as node;
use crate::hexadecimal;
use crate::hint::{Link, NetworkKeyFile, all_khz, bandwidth_from_khz};
use crate::mac::RunningMac;
use clap::Args;
use lib_dns_core::hint::airtime::{Bandwidth, CodingRate, Modulation, SpreadingFactor};
use lib_dns_core::hint::{NetworkId, NetworkKey, Region, ZoneTag};
use lib_dns_core::name::NameBuf;
use std::path::PathBuf;
use std::sync::Once;

/// The key of the network.
#[derive(Args, Debug)]
pub(super) struct KeyOptions {
    /// The file of the network's key: a shared secret in a file of TSIG keys
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Which key of the file, if it has several
    #[arg(long, value_name = "NAME", requires = "key")]
    key_name: Option<NameBuf>,
    /// The network's id, four octets in hexadecimal
    #[arg(long, value_name = "HEX", requires = "key", default_value = "00000000", value_parser = network)]
    network: NetworkId,
    /// The how many-th key of the network it is
    #[arg(long, value_name = "N", requires = "key", default_value_t = 0)]
    key_epoch: u8,
}

/// The key of the network, and what people know it by.
pub(super) struct NamedKey {
    pub(super) key: NetworkKey<RunningMac>,
    /// For example `key mesh., network 6D657368, epoch 3`.
    pub(super) description: String,
}

impl KeyOptions {
    /// Reads the key, if one is named. That others may read its file is told once.
    pub(super) fn read(&self) -> Result<Option<NamedKey>, Refusal> {
        let Some(path) = &self.key else {
            return Ok(None);
        };
        let file = NetworkKeyFile {
            path: path.clone(),
            name: self.key_name,
            network: self.network,
            epoch: self.key_epoch,
        };
        let (key, name, mode) = file.read()?;
        if mode.is_some() {
            static TOLD: Once = Once::new();
            let path = path.display();
            TOLD.call_once(|| {
                super::tell(format_args!(
                    "others may read {path}, which has a secret; forbid it: chmod 600 {path}"
                ));
            });
        }
        let network = lib_dns_core::text::Base16(&self.network.0);
        Ok(Some(NamedKey {
            key,
            description: format!("key {name}, network {network}, epoch {}", self.key_epoch),
        }))
    }
}

/// How the radio sends.
#[derive(Args, Debug)]
pub(super) struct LinkOptions {
    /// The spreading factor, 5 to 12
    #[arg(long, value_name = "N", default_value = "9", value_parser = spreading_factor)]
    sf: SpreadingFactor,
    /// The bandwidth
    #[arg(long, value_name = "KHZ", default_value = "125", value_parser = bandwidth)]
    bandwidth: Bandwidth,
    /// How many bits are sent for four, 5 to 8
    #[arg(long, value_name = "N", default_value = "5", value_parser = coding_rate)]
    coding_rate: CodingRate,
    /// Where the radio stands: EU868, EU868-M, EU868-L, EU433, US915, AU915, AS923 or IN865
    #[arg(long, value_name = "NAME", value_parser = region)]
    region: Option<Region>,
}

impl LinkOptions {
    pub(super) fn link(&self) -> Link {
        let mut modulation = Modulation::new(self.sf, self.bandwidth);
        modulation.coding_rate = self.coding_rate;
        Link {
            modulation,
            region: self.region,
        }
    }
}

/// Reads a zone's tag.
pub(super) fn tag(text: &str) -> Result<ZoneTag, String> {
    let octets = hexadecimal::array(text).map_err(|error| error.to_string())?;
    Ok(ZoneTag(octets))
}

fn network(text: &str) -> Result<NetworkId, String> {
    let octets = hexadecimal::array(text).map_err(|error| error.to_string())?;
    Ok(NetworkId(octets))
}

fn spreading_factor(text: &str) -> Result<SpreadingFactor, String> {
    let number = text.parse().ok();
    let factor = number.and_then(SpreadingFactor::from_number);
    factor.ok_or_else(|| "a spreading factor is a number from 5 to 12".to_owned())
}

fn bandwidth(text: &str) -> Result<Bandwidth, String> {
    bandwidth_from_khz(text).ok_or_else(|| format!("bandwidths in kHz are {}", all_khz()))
}

fn coding_rate(text: &str) -> Result<CodingRate, String> {
    let bits = text.parse().ok();
    let rate = bits.and_then(CodingRate::from_bits);
    rate.ok_or_else(|| "a coding rate is a number from 5 to 8, for 4/5 to 4/8".to_owned())
}

fn region(text: &str) -> Result<Region, String> {
    Region::from_name(text).ok_or_else(|| {
        let all = Region::ALL.iter().map(|region| region.rules().name);
        format!("regions are {}", all.collect::<Vec<_>>().join(", "))
    })
}

//! Where the board is, how it sends, and which network it belongs to.

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{NetworkId, NetworkKey, Region, ZoneTag};
use lib_dns_embedded::radio::Link;
use lib_dns_embedded::rustcrypto::HmacKey;

/// Where the board is. Change it, and with it the channel and the power, to what the law of your place allows.
pub const REGION: Region = Region::Eu868;

/// How the board sends: the middle of EU868, and 14 dBm where 29 are allowed.
pub const LINK: Link = Link {
    frequency_hz: 869_525_000,
    modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
    power_dbm: 14,
};

/// The apex zone of the network: the first four octets of SHA-256 of its name, here `sovereign.`
pub const APEX: ZoneTag = ZoneTag([0xab, 0x1e, 0x0f, 0xac]);

/// A key of the network, as it was given to the build.
#[allow(dead_code, reason = "without a file there is none")]
struct Key {
    secret: &'static [u8],
    network: NetworkId,
    epoch: u8,
}

include!(concat!(env!("OUT_DIR"), "/key.rs"));

/// Was the firmware built with a key?
pub(crate) const fn has_key() -> bool {
    KEY.is_some()
}

/// The network's key; `None` if the firmware was built without one, or with one that is empty.
pub(crate) fn key() -> Option<NetworkKey<HmacKey>> {
    let key = KEY?;
    let secret = HmacKey::new(key.secret)?;
    Some(NetworkKey::of(secret, key.network, key.epoch))
}

//! A node that hears hints, tells its own, and logs both, whatever the radio.
//!
//! It keeps one zone, the network's apex, and starts by telling that it has a new serial, so that two boards hear of each
//! other a few seconds after they were switched on. There is no network behind it to ask for the zone: what it hears of
//! is in the log, and is asked for again and again. It has no key either, so it hears everybody.

use defmt::{info, warn};
use lib_dns_core::crypto::{MacContext, MacTag};
use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::{Action, HintConfig, HintNode, NodePrefix, Region, ZoneTag};
use lib_dns_core::policy::update_control::UpdateControlConfig;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::radio::{HintRadio, Link};

/// Where the board is. Change it, and with it the channel and the power, to what the law of your place allows.
pub(crate) const REGION: Region = Region::Eu868;

/// How the board sends: the middle of EU868, and 14 dBm where 29 are allowed.
pub(crate) const LINK: Link = Link {
    frequency_hz: 869_525_000,
    modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
    power_dbm: 14,
};

/// The apex zone of the network: the first four octets of SHA-256 of its name, here `sovereign.`
const APEX: ZoneTag = ZoneTag([0xab, 0x1e, 0x0f, 0xac]);

/// Runs for ever. The id is the board's own and no other's; it is in its frames, and chance follows from it.
pub(crate) fn run<R>(radio: &mut R, id: u64, mut micros: impl FnMut() -> u64) -> !
where
    R: HintRadio<Error: defmt::Format>,
{
    let mut now = || Timestamp::from_millis(micros() / 1_000);
    let mut chance = Chance(id);
    let config = HintConfig {
        node: NodePrefix((id as u32).to_be_bytes()),
        region: Some(REGION),
        frequency_hz: radio.link().frequency_hz,
        modulation: radio.link().modulation,
        apex: Some(APEX),
        urgency: 1,
        accepts_unsealed: true,
        updates: UpdateControlConfig::default(),
    };
    let mut node = HintNode::<NoMac, 2, 16, 16, 4>::new(now(), config);
    if let Some(refusal) = node.refusal() {
        warn!("nothing will be sent: {}", refusal);
    }
    // The next serial at each start would be in flash.
    let serial = Serial(chance.next());
    node.keep(APEX, None, Some(serial));
    node.zone_changed(now(), APEX, serial);
    info!("node {} tells serial {}", config.node, serial);

    let mut buffer = [0; 64];
    loop {
        match node.poll(now()) {
            Action::Sense => {
                let is_busy = radio.channel_busy().unwrap_or_else(|error| {
                    warn!("looking at the channel: {}", error);
                    true
                });
                node.sensed(now(), chance.next(), is_busy);
            }
            Action::Transmit { frame, airtime } => {
                let sent = radio.transmit(frame.as_bytes());
                match &sent {
                    Ok(()) => info!("sent {=[u8]:02x} in {} us", frame.as_bytes(), airtime),
                    Err(error) => warn!("sending: {}", error),
                }
                node.sent(now(), sent.is_ok());
            }
            Action::Refresh(due) => {
                info!("would ask for {}", due);
                node.refresh_failed(now(), due.zone);
            }
            Action::Listen(until) => {
                let until = until.unwrap_or_else(|| now().add_millis(60_000));
                match radio.receive(&mut buffer, until) {
                    Ok(Some(reception)) => {
                        let octets = buffer.get(..reception.octets.into()).unwrap_or_default();
                        info!("heard {=[u8]:02x}, {}", octets, reception);
                        if let Some(event) = node.on_frame(now(), chance.next(), octets) {
                            info!("{}", event);
                        }
                    }
                    Ok(None) => {}
                    Err(error) => warn!("receiving: {}", error),
                }
            }
        }
    }
}

/// SplitMix64: waits that differ from board to board. Whoever guesses them gains nothing.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) >> 32) as u32
    }
}

/// What a key would be made with, if there were one.
#[derive(Clone)]
enum NoMac {}

impl MacContext for NoMac {
    fn update(&mut self, _: &[u8]) {}

    fn finish(self) -> MacTag {
        match self {}
    }
}

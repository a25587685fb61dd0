//! The loop: a node of its own, and then a host's radio.

use core::ops::Range;

use defmt::{debug, error, info, warn};
use embedded_storage::nor_flash::NorFlash;
use lib_dns_core::hint::serial::MAX_WRITTEN_LEN;
use lib_dns_core::hint::{Action, HintConfig, HintNode, NodePrefix};
use lib_dns_core::policy::update_control::UpdateControlConfig;
use lib_dns_core::time::Timestamp;
use lib_dns_core::zone::Serial;
use lib_dns_embedded::boot_epoch::BootEpochs;
use lib_dns_embedded::host_line::HostLine;
use lib_dns_embedded::radio::{HintRadio, Link};
use lib_dns_embedded::rustcrypto::HmacKey;
use static_cell::ConstStaticCell;

use crate::network::{self, APEX, REGION};
use crate::port::Port;

/// Two zones, sixteen updates remembered, sixteen senders, four pieces of advice that wait.
type Node = HintNode<HmacKey, 2, 16, 16, 4>;

/// For how long the radio alone is listened to, in milliseconds: the port is looked at in between.
const SLICE: u64 = 10;

/// What a board brings along.
pub struct Start<F> {
    /// What the host shows people: the firmware's name and version.
    pub firmware: &'static str,
    /// The board's own number and no other's: it is in its frames, and chance follows from it.
    pub id: u64,
    /// The flash, and what of it keeps boot epochs: two or more pages that hold nothing else.
    pub flash: F,
    /// In octets from the beginning of the flash.
    pub epochs: Range<u32>,
}

/// Runs for ever. The clock counts microseconds, and is the radio's.
pub fn run<R, P, F>(
    radio: &mut R,
    port: &mut P,
    start: Start<F>,
    mut micros: impl FnMut() -> u64,
) -> !
where
    R: HintRadio<Error: defmt::Format>,
    P: Port,
    F: NorFlash<Error: defmt::Format>,
{
    let mut now = || Timestamp::from_millis(micros() / 1_000);
    let epoch = begin_epoch(start.flash, start.epochs);
    let prefix = NodePrefix((start.id as u32).to_be_bytes());
    let node = begin_node(now(), prefix, radio.link(), epoch);
    live(
        radio,
        port,
        node,
        start.firmware,
        Chance(start.id),
        &mut now,
    )
}

/// A node of its own until a host speaks, and then that host's radio.
#[inline(never)]
fn live<R, P>(
    radio: &mut R,
    port: &mut P,
    node: &mut Node,
    firmware: &'static str,
    mut chance: Chance,
    now: &mut impl FnMut() -> Timestamp,
) -> !
where
    R: HintRadio<Error: defmt::Format>,
    P: Port,
{
    let mut host = Host {
        line: HostLine::new(firmware),
        room: [0; MAX_WRITTEN_LEN],
    };
    port.write(host.line.hello(radio, &mut host.room));
    until_host(radio, port, &mut host, node, &mut chance, now);
    info!("a host has spoken: this is its radio now");
    loop {
        let until = now().add_millis(SLICE);
        let heard = host.line.listen(radio, until, &mut host.room);
        port.write(heard);
        host.take(radio, port);
    }
}

/// The node, which has just started, with its key and its zone.
fn begin_node(
    now: Timestamp,
    prefix: NodePrefix,
    link: Link,
    epoch: Option<u16>,
) -> &'static mut Node {
    static NODE: ConstStaticCell<Node> = ConstStaticCell::new(Node::idle());

    let config = HintConfig {
        node: prefix,
        // A number that is used twice under one key would be worse than silence.
        region: epoch.map(|_| REGION),
        frequency_hz: link.frequency_hz,
        modulation: link.modulation,
        apex: Some(APEX),
        urgency: 1,
        accepts_unsealed: !network::has_key(),
        updates: UpdateControlConfig::default(),
    };
    let node = NODE.take();
    node.start(now, &config);
    let epoch = epoch.unwrap_or(0);
    give_key(node, epoch);
    if let Some(refusal) = node.refusal() {
        warn!("nothing will be sent: {}", refusal);
    }
    // As if the zone had changed: so that two boards hear of each other.
    let serial = Serial(epoch.into());
    node.keep(APEX, None, Some(serial));
    node.zone_changed(now, APEX, serial);
    info!("node {} tells serial {}", prefix, serial);
    node
}

/// Gives the node the network's key, or says that there is none.
// A function of its own: what a key takes of the stack until it is in its place, the loop has again.
#[inline(never)]
fn give_key(node: &mut Node, epoch: u16) {
    match network::key() {
        Some(key) => node.set_key(key, epoch),
        None if network::has_key() => {
            error!("the network's key is empty: nothing that is heard is believed")
        }
        None => {
            warn!("no key: hints go out unsealed, and anybody is believed (HINT_KEY_FILE)");
        }
    }
}

/// Begins a boot epoch. Without one nothing may be sent.
#[inline(never)]
fn begin_epoch<F>(flash: F, pages: Range<u32>) -> Option<u16>
where
    F: NorFlash<Error: defmt::Format>,
{
    let begun = BootEpochs::new(flash, pages).and_then(|mut epochs| epochs.begin());
    match begun {
        Ok(epoch) => {
            info!("boot epoch {}", epoch);
            Some(epoch)
        }
        Err(error) => {
            error!("no boot epoch, so nothing will be sent: {}", error);
            None
        }
    }
}

/// Is a node of its own until a host speaks.
#[inline(never)]
fn until_host<R, P>(
    radio: &mut R,
    port: &mut P,
    host: &mut Host,
    node: &mut Node,
    chance: &mut Chance,
    now: &mut impl FnMut() -> Timestamp,
) where
    R: HintRadio<Error: defmt::Format>,
    P: Port,
{
    let mut buffer = [0; 64];
    while !host.take(radio, port) {
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
                let slice = now().add_millis(SLICE);
                let until = until.map_or(slice, |until| until.min(slice));
                match radio.receive(&mut buffer, until) {
                    Ok(Some(reception)) => {
                        let octets = buffer.get(..reception.octets.into()).unwrap_or_default();
                        info!("heard {=[u8]:02x}, {}", octets, reception);
                        match node.on_frame(now(), chance.next(), octets) {
                            Some(event) => info!("{}", event),
                            None => debug!("it changed nothing: {}", node.counts()),
                        }
                    }
                    Ok(None) => {}
                    Err(error) => warn!("receiving: {}", error),
                }
            }
        }
    }
}

/// The line to a host, and room for what is said to it.
struct Host {
    line: HostLine<'static>,
    room: [u8; MAX_WRITTEN_LEN],
}

impl Host {
    /// Does what the host has said meanwhile. Did it say anything that makes sense?
    fn take<R: HintRadio, P: Port>(&mut self, radio: &mut R, port: &mut P) -> bool {
        let mut has_spoken = false;
        while let Some(octet) = port.next() {
            let answer = self.line.take(octet, radio, &mut self.room);
            has_spoken |= !answer.is_empty();
            port.write(answer);
        }
        has_spoken
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

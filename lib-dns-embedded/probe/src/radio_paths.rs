//! What a small device does with the radio driver, in the manner of `paths.rs`.

use core::hint::black_box;

use lib_dns_core::time::Timestamp;
use lib_dns_embedded::radio::HintRadio;
use lib_dns_embedded::sx126x::{Settings, Sx126x};

use crate::chip::{Chip, Lines, lines};

/// The driver on a chip that answers what it wants to hear.
pub type Radio = Sx126x<Chip, Lines>;

/// A driver, if the settings are good.
#[inline(never)]
pub fn radio(settings: Settings) -> Option<Radio> {
    Sx126x::new(Chip::new(), lines(), settings).ok()
}

/// Sends a frame: 1 if that went well.
#[inline(never)]
pub fn transmit(radio: &mut Radio, frame: &[u8]) -> usize {
    radio.transmit(frame).is_ok().into()
}

/// Receives a frame: its length and the sum of its octets.
#[inline(never)]
pub fn receive(radio: &mut Radio, buffer: &mut [u8]) -> usize {
    let until = black_box(Timestamp::from_secs(1));
    let Ok(Some(reception)) = radio.receive(buffer, until) else {
        return 0;
    };
    let octets = usize::from(reception.octets);
    let frame = buffer.iter().take(octets);
    frame.fold(octets, |sum, octet| sum.wrapping_add((*octet).into()))
}

/// Looks at the channel: 1 if it is free.
#[inline(never)]
pub fn look(radio: &mut Radio) -> usize {
    matches!(radio.channel_busy(), Ok(false)).into()
}

/// Lets the chip sleep: 1 if it does.
#[inline(never)]
pub fn sleep(radio: &mut Radio) -> usize {
    radio.sleep().is_ok().into()
}

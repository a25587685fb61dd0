//! What a node wants of a radio.
//!
//! The methods block, and each ends by itself: those that send or look at the channel after the time that the frame or
//! the look takes, [`HintRadio::receive`] at a time that the caller names. That suits both ways to write firmware:
//!
//! - **A bare loop** asks its node what to do, and receives until the node has something to do again:
//!   ```
//!   # use lib_dns_core::time::Timestamp;
//!   # use lib_dns_embedded::radio::{HintRadio, Reception};
//!   # fn heard(_: &[u8], _: Reception) {}
//!   fn listen_until<R: HintRadio>(radio: &mut R, until: Timestamp) -> Result<(), R::Error> {
//!       let mut buffer = [0; 64];
//!       while let Some(reception) = radio.receive(&mut buffer, until)? {
//!           heard(&buffer[..reception.octets.into()], reception);
//!       }
//!       Ok(())
//!   }
//!   ```
//! - **An async task** calls [`HintRadio::listen`], awaits the chip's interrupt or its own timer, and then receives
//!   until [`Timestamp::ZERO`], which has passed: that only looks. Sending blocks it for as long as the frame is on the
//!   air, so the task of the radio should have an executor, or a priority, of its own.
//!
//! After an error the same calls go on working: a radio that had a fault is set up anew by the next one.

use core::fmt;

use lib_dns_core::hint::airtime::Modulation;
use lib_dns_core::time::Timestamp;

/// A radio that carries hints.
pub trait HintRadio {
    /// What can go wrong.
    type Error: fmt::Debug;

    /// How it sends, for the budgets of airtime.
    fn link(&self) -> Link;

    /// Is somebody sending? Takes a few symbols. A radio that is in the middle of a frame, or holds one that nobody has
    /// taken yet, says yes and goes on; otherwise it does not listen afterwards.
    ///
    /// # Errors
    ///
    /// The radio failed, and cannot tell.
    fn channel_busy(&mut self) -> Result<bool, Self::Error>;

    /// Sends a frame, and comes back when it is over. The radio does not listen afterwards.
    ///
    /// # Errors
    ///
    /// The frame has no octets or more than the radio can send, or the radio failed; then the frame may have been sent in
    /// part. Either way count its airtime.
    fn transmit(&mut self, frame: &[u8]) -> Result<(), Self::Error>;

    /// Listens from now on, without waiting for anything. Frames that come in are kept until [`HintRadio::receive`]; how
    /// many, depends on the radio, and may be one. Nothing happens if it listens already.
    ///
    /// # Errors
    ///
    /// The radio failed, and does not listen.
    fn listen(&mut self) -> Result<(), Self::Error>;

    /// Waits for a frame, and puts its octets at the beginning of the buffer. `None` if there was none until that time
    /// (of the radio's clock). A time that has passed means: only look. Listens if it did not.
    ///
    /// Only whole frames come out. What arrived damaged, without a checksum, or longer than the buffer, is dropped.
    ///
    /// # Errors
    ///
    /// The radio failed; frames may have been lost.
    fn receive(
        &mut self,
        buffer: &mut [u8],
        until: Timestamp,
    ) -> Result<Option<Reception>, Self::Error>;
}

/// How a radio sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Link {
    /// The middle of the channel, in Hz.
    pub frequency_hz: u32,
    /// Spreading, bandwidth and the like.
    pub modulation: Modulation,
    /// What the chip gives to the antenna, in dBm.
    pub power_dbm: i8,
}

impl Link {
    /// For how many microseconds a frame with so many octets is on the air.
    pub fn airtime_micros(&self, octets: u8) -> u64 {
        self.modulation.airtime_micros(octets)
    }
}

/// How a frame came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reception {
    /// How many octets it has; they stand at the beginning of the buffer.
    pub octets: u8,
    /// How strong it was, in dBm: about -130 to 0.
    pub rssi_dbm: i16,
    /// How far above the noise, in quarters of a dB; LoRa works below it, down to -80.
    pub snr_quarter_db: i8,
}

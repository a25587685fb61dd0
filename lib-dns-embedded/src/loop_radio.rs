//! A radio without a radio: what is sent can be taken out, and what is put in is received.

use core::fmt;

use heapless::{Deque, Vec};
use lib_dns_core::time::Timestamp;

use crate::radio::{HintRadio, Link, Reception};

/// A radio in memory, which keeps up to `FRAMES` frames of up to `OCTETS` octets each way. Hints have 27 at most.
///
/// It has no clock: [`HintRadio::receive`] never waits.
///
/// ```
/// use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
/// use lib_dns_core::time::Timestamp;
/// use lib_dns_embedded::loop_radio::LoopRadio;
/// use lib_dns_embedded::radio::{HintRadio, Link};
///
/// let link = Link {
///     frequency_hz: 869_525_000,
///     modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
///     power_dbm: 14,
/// };
/// let (mut here, mut there) = (LoopRadio::<2>::new(link), LoopRadio::<2>::new(link));
/// there.listen()?;
/// here.transmit(b"hint")?;
/// assert_eq!(here.carry_to(&mut there), 1);
///
/// let mut buffer = [0; 32];
/// let reception = there.receive(&mut buffer, Timestamp::ZERO)?.unwrap();
/// assert_eq!(&buffer[..reception.octets.into()], b"hint");
/// # Ok::<(), lib_dns_embedded::loop_radio::LoopError>(())
/// ```
#[derive(Debug)]
pub struct LoopRadio<const FRAMES: usize, const OCTETS: usize = 32> {
    link: Link,
    is_listening: bool,
    is_busy: bool,
    sent: Deque<Vec<u8, OCTETS>, FRAMES>,
    heard: Deque<(Vec<u8, OCTETS>, Signal), FRAMES>,
    lost: u32,
}

/// How strong a frame comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Signal {
    /// How strong, in dBm.
    pub rssi_dbm: i16,
    /// How far above the noise, in quarters of a dB.
    pub snr_quarter_db: i8,
}

impl Signal {
    /// From the next room: -40 dBm, 10 dB above the noise.
    pub const NEAR: Self = Self {
        rssi_dbm: -40,
        snr_quarter_db: 40,
    };
}

/// Why a [`LoopRadio`] did not send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LoopError {
    /// The frame has no octets, or more than the radio keeps.
    Length {
        /// How many it has.
        octets: usize,
    },
    /// Nobody has taken out what was sent before.
    Full,
}

impl fmt::Display for LoopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { octets } => write!(f, "a frame of {octets} octets cannot be sent"),
            Self::Full => f.write_str("nobody has taken out what was sent before"),
        }
    }
}

impl core::error::Error for LoopError {}

impl<const FRAMES: usize, const OCTETS: usize> LoopRadio<FRAMES, OCTETS> {
    /// A radio that claims to send like this.
    pub const fn new(link: Link) -> Self {
        Self {
            link,
            is_listening: false,
            is_busy: false,
            sent: Deque::new(),
            heard: Deque::new(),
            lost: 0,
        }
    }

    /// Says from now on that somebody else is sending, or not.
    pub fn set_busy(&mut self, is_busy: bool) {
        self.is_busy = is_busy;
    }

    /// The oldest frame that was sent and not taken yet.
    pub fn take_sent(&mut self) -> Option<Vec<u8, OCTETS>> {
        self.sent.pop_front()
    }

    /// Lets the radio hear a frame. It is lost if the radio does not listen, has no room, or the frame is too long; returns
    /// whether it was heard.
    pub fn hear(&mut self, frame: &[u8], signal: Signal) -> bool {
        let heard = self.is_listening
            && Vec::from_slice(frame)
                .is_ok_and(|octets| self.heard.push_back((octets, signal)).is_ok());
        if !heard {
            self.lost = self.lost.saturating_add(1);
        }
        heard
    }

    /// How many frames it should have heard and did not.
    pub fn lost(&self) -> u32 {
        self.lost
    }

    /// Takes all that was sent to another radio, as from [`Signal::NEAR`]; returns how many frames it heard.
    pub fn carry_to<const N: usize, const M: usize>(
        &mut self,
        other: &mut LoopRadio<N, M>,
    ) -> usize {
        let mut heard = 0usize;
        while let Some(frame) = self.take_sent() {
            heard = heard.saturating_add(other.hear(&frame, Signal::NEAR).into());
        }
        heard
    }
}

impl<const FRAMES: usize, const OCTETS: usize> HintRadio for LoopRadio<FRAMES, OCTETS> {
    type Error = LoopError;

    fn link(&self) -> Link {
        self.link
    }

    fn channel_busy(&mut self) -> Result<bool, LoopError> {
        if !self.heard.is_empty() {
            return Ok(true);
        }
        self.is_listening = false;
        Ok(self.is_busy)
    }

    fn transmit(&mut self, frame: &[u8]) -> Result<(), LoopError> {
        self.is_listening = false;
        let octets = frame.len();
        let copy = match Vec::from_slice(frame) {
            Ok(copy) if octets != 0 && octets <= u8::MAX.into() => copy,
            _ => return Err(LoopError::Length { octets }),
        };
        self.sent.push_back(copy).map_err(|_| LoopError::Full)
    }

    fn listen(&mut self) -> Result<(), LoopError> {
        self.is_listening = true;
        Ok(())
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        _until: Timestamp,
    ) -> Result<Option<Reception>, LoopError> {
        self.is_listening = true;
        while let Some((frame, signal)) = self.heard.pop_front() {
            let place = buffer.get_mut(..frame.len());
            if let (Some(place), Ok(octets)) = (place, u8::try_from(frame.len())) {
                place.copy_from_slice(&frame);
                return Ok(Some(Reception {
                    octets,
                    rssi_dbm: signal.rssi_dbm,
                    snr_quarter_db: signal.snr_quarter_db,
                }));
            }
            self.lost = self.lost.saturating_add(1);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use lib_dns_core::hint::airtime::{Bandwidth, SpreadingFactor};

    use super::*;

    fn radio() -> LoopRadio<2, 8> {
        LoopRadio::new(Link {
            frequency_hz: 869_525_000,
            modulation: lib_dns_core::hint::airtime::Modulation::new(
                SpreadingFactor::Sf9,
                Bandwidth::Khz125,
            ),
            power_dbm: 14,
        })
    }

    #[test]
    fn what_nobody_listens_to_is_lost() {
        let mut radio = radio();
        assert!(!radio.hear(b"early", Signal::NEAR));
        radio.listen().unwrap();
        assert!(radio.hear(b"heard", Signal::NEAR));
        radio.transmit(b"x").unwrap();
        assert!(!radio.hear(b"late", Signal::NEAR));
        assert_eq!(radio.lost(), 2);
        let mut buffer = [0; 8];
        let reception = radio.receive(&mut buffer, Timestamp::ZERO).unwrap();
        assert_eq!(reception.unwrap().octets, 5);
        assert_eq!(radio.receive(&mut buffer, Timestamp::ZERO), Ok(None));
    }

    #[test]
    fn limits_are_told_and_nothing_comes_out_in_part() {
        let mut radio = radio();
        assert_eq!(radio.transmit(&[]), Err(LoopError::Length { octets: 0 }));
        assert_eq!(
            radio.transmit(&[0; 9]),
            Err(LoopError::Length { octets: 9 })
        );
        radio.transmit(&[1]).unwrap();
        radio.transmit(&[2]).unwrap();
        assert_eq!(radio.transmit(&[3]), Err(LoopError::Full));
        assert_eq!(radio.take_sent().unwrap(), [1]);

        radio.listen().unwrap();
        assert!(radio.hear(&[7; 8], Signal::NEAR));
        assert!(radio.hear(&[8; 2], Signal::NEAR));
        assert!(!radio.hear(&[9; 2], Signal::NEAR));
        assert_eq!(radio.channel_busy(), Ok(true));
        let mut buffer = [0; 4];
        let reception = radio.receive(&mut buffer, Timestamp::ZERO).unwrap();
        assert_eq!((reception.unwrap().octets, buffer), (2, [8, 8, 0, 0]));
        assert_eq!(radio.lost(), 2);
        assert_eq!(radio.channel_busy(), Ok(false));
        radio.set_busy(true);
        assert_eq!(radio.channel_busy(), Ok(true));
    }
}

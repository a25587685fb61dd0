//! The radio's end of a serial line to a host, which has no radio of its own and keeps all rules.
//!
//! What goes over the line stands in [`lib_dns_core::hint::serial`]; `zdns serve` with `[hints]` and `zdns hint listen` are at
//! the other end. A firmware moves octets between its UART or USB port and a [`HostLine`], and lets it listen in between:
//!
//! ```
//! use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
//! use lib_dns_core::hint::serial::{MAX_WRITTEN_LEN, ToRadio};
//! use lib_dns_core::time::Timestamp;
//! use lib_dns_embedded::host_line::HostLine;
//! use lib_dns_embedded::loop_radio::LoopRadio;
//! use lib_dns_embedded::radio::Link;
//!
//! let mut radio = LoopRadio::<2>::new(Link {
//!     frequency_hz: 869_525_000,
//!     modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
//!     power_dbm: 14,
//! });
//! let mut host = HostLine::new("example 1.0");
//! let mut room = [0; MAX_WRITTEN_LEN];
//! let _to_the_port = host.hello(&radio, &mut room);
//!
//! // The host has a frame sent.
//! let mut said = [0; MAX_WRITTEN_LEN];
//! let said = ToRadio::Transmit { number: 1, frame: b"\x02\x7f\x3a\x8b\x2c\x02" }.write(&mut said).unwrap();
//! for octet in said {
//!     let _to_the_port = host.take(*octet, &mut radio, &mut room);
//! }
//! assert_eq!(radio.take_sent().unwrap(), b"\x02\x7f\x3a\x8b\x2c\x02");
//! let _to_the_port = host.listen(&mut radio, Timestamp::ZERO, &mut room);
//! ```

use lib_dns_core::hint::serial::{
    FromRadio, Line, MAX_WRITTEN_LEN, Outcome, RadioCounts, RadioHello, Sensed, SerialError,
    ToRadio,
};
use lib_dns_core::time::Timestamp;

use crate::radio::HintRadio;

/// Octets of the longest frame that is handed on.
const MAX_HEARD_LEN: usize = 255;

/// The radio's end of a serial line. Each method gives the octets to write to the port, which may be none.
#[derive(Clone, Debug)]
pub struct HostLine<'f> {
    line: Line,
    firmware: &'f str,
    counts: RadioCounts,
}

impl<'f> HostLine<'f> {
    /// With nothing heard. The host shows people the firmware's name and version, of which 32 octets are told.
    pub const fn new(firmware: &'f str) -> Self {
        Self {
            line: Line::new(),
            firmware,
            counts: RadioCounts {
                heard: 0,
                damaged: 0,
                sent: 0,
                failed: 0,
                line_errors: 0,
                recoveries: 0,
            },
        }
    }

    /// Says that the radio is ready: for the start.
    pub fn hello<'o, R: HintRadio>(
        &self,
        radio: &R,
        room: &'o mut [u8; MAX_WRITTEN_LEN],
    ) -> &'o [u8] {
        let link = radio.link();
        let hello = RadioHello {
            frequency_hz: link.frequency_hz,
            modulation: link.modulation,
            power_dbm: link.power_dbm,
            firmware: self.firmware,
        };
        write(FromRadio::Hello(hello), room)
    }

    /// An octet came from the host. With the last one of a message the radio does as told, which blocks for as long as a
    /// frame is on the air. The radio does not listen afterwards.
    pub fn take<'o, R: HintRadio>(
        &mut self,
        octet: u8,
        radio: &mut R,
        room: &'o mut [u8; MAX_WRITTEN_LEN],
    ) -> &'o [u8] {
        let message = match self.line.push(octet) {
            None => return &[],
            Some(message) => message.and_then(ToRadio::read),
        };
        let answer = match message {
            Ok(ToRadio::Hello) => return self.hello(radio, room),
            Ok(ToRadio::Transmit { number, frame }) => {
                let outcome = match radio.transmit(frame) {
                    Ok(()) => Outcome::Done,
                    Err(_) => Outcome::Failed,
                };
                let count = match outcome {
                    Outcome::Done => &mut self.counts.sent,
                    _ => &mut self.counts.failed,
                };
                *count = count.saturating_add(1);
                FromRadio::Transmitted { number, outcome }
            }
            Ok(ToRadio::Sense { number }) => {
                let found = match radio.channel_busy() {
                    Ok(false) => Sensed::Free,
                    Ok(true) => Sensed::Busy,
                    Err(_) => Sensed::Unknown,
                };
                FromRadio::Sensed { number, found }
            }
            Ok(ToRadio::Count) => FromRadio::Counts(self.counts),
            Err(error) => return self.note(error),
        };
        write(answer, room)
    }

    fn note<'o>(&mut self, _: SerialError) -> &'o [u8] {
        self.counts.line_errors = self.counts.line_errors.saturating_add(1);
        &[]
    }

    /// Waits for a frame until that time (of the radio's clock), and hands it on. A time that has passed means: only look.
    /// Call it again until it gives nothing.
    pub fn listen<'o, R: HintRadio>(
        &mut self,
        radio: &mut R,
        until: Timestamp,
        room: &'o mut [u8; MAX_WRITTEN_LEN],
    ) -> &'o [u8] {
        let mut frame = [0; MAX_HEARD_LEN];
        let reception = match radio.receive(&mut frame, until) {
            Ok(Some(reception)) => reception,
            Ok(None) => return &[],
            Err(_) => {
                self.counts.recoveries = self.counts.recoveries.saturating_add(1);
                return &[];
            }
        };
        self.counts.heard = self.counts.heard.saturating_add(1);
        let heard = FromRadio::Heard {
            rssi_dbm: reception.rssi_dbm,
            snr_quarter_db: reception.snr_quarter_db,
            frame: frame.get(..reception.octets.into()).unwrap_or_default(),
        };
        write(heard, room)
    }

    /// What happened since the start.
    pub const fn counts(&self) -> RadioCounts {
        self.counts
    }
}

/// There is room for every message.
fn write<'o>(message: FromRadio<'_>, room: &'o mut [u8; MAX_WRITTEN_LEN]) -> &'o [u8] {
    message.write(room).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};

    use super::*;
    use crate::loop_radio::{LoopRadio, Signal};
    use crate::radio::Link;

    fn radio() -> LoopRadio<2> {
        LoopRadio::new(Link {
            frequency_hz: 869_525_000,
            modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
            power_dbm: 14,
        })
    }

    /// What the host reads of octets.
    fn read(octets: &[u8]) -> Vec<String> {
        let mut line = Line::new();
        let mut read = Vec::new();
        for octet in octets {
            if let Some(message) = line.push(*octet) {
                let message = FromRadio::read(message.unwrap()).unwrap();
                read.push(std::format!("{message:?}"));
            }
        }
        read
    }

    /// What the radio answers to a message.
    fn ask(host: &mut HostLine<'_>, radio: &mut LoopRadio<2>, message: ToRadio<'_>) -> Vec<String> {
        let (mut said, mut room) = ([0; MAX_WRITTEN_LEN], [0; MAX_WRITTEN_LEN]);
        let mut answers = Vec::new();
        for octet in message.write(&mut said).unwrap() {
            answers.extend(read(host.take(*octet, radio, &mut room)));
        }
        answers
    }

    #[test]
    fn the_radio_does_as_told_and_says_so() {
        let (mut host, mut radio) = (HostLine::new("test"), radio());
        let hello = ask(&mut host, &mut radio, ToRadio::Hello);
        assert!(hello[0].contains("frequency_hz: 869525000"), "{hello:?}");
        for (busy, found) in [(false, "Free"), (true, "Busy")] {
            radio.set_busy(busy);
            let sensed = ask(&mut host, &mut radio, ToRadio::Sense { number: 7 });
            assert_eq!(
                sensed,
                [std::format!("Sensed {{ number: 7, found: {found} }}")]
            );
        }
        let frame = b"\x02\x7f\x3a\x8b\x2c\x02";
        let sent: Vec<String> = (1..=3)
            .flat_map(|number| ask(&mut host, &mut radio, ToRadio::Transmit { number, frame }))
            .collect();
        let outcome = |number: u16, outcome: &str| {
            std::format!("Transmitted {{ number: {number}, outcome: {outcome} }}")
        };
        // Nobody takes out what it has sent, and there is room for two.
        assert_eq!(
            sent,
            [outcome(1, "Done"), outcome(2, "Done"), outcome(3, "Failed")]
        );
        assert_eq!(radio.take_sent().unwrap(), frame);
        let counts = host.counts();
        assert_eq!((counts.sent, counts.failed, counts.line_errors), (2, 1, 0));
    }

    #[test]
    fn what_is_heard_is_handed_on_and_noise_is_counted() {
        let (mut host, mut radio) = (HostLine::new("test"), radio());
        let mut room = [0; MAX_WRITTEN_LEN];
        assert_eq!(host.listen(&mut radio, Timestamp::ZERO, &mut room), []);
        assert!(radio.hear(b"hint", Signal::NEAR));
        let heard = read(host.listen(&mut radio, Timestamp::ZERO, &mut room));
        assert_eq!(
            heard,
            [
                "Heard { rssi_dbm: -40, snr_quarter_db: 40, frame: [104, 105, 110, 116] }"
                    .to_string()
            ]
        );
        for octet in b"\0noise\0" {
            assert_eq!(host.take(*octet, &mut radio, &mut room), []);
        }
        let counts = ask(&mut host, &mut radio, ToRadio::Count);
        assert!(counts[0].contains("heard: 1,"), "{counts:?}");
        assert!(counts[0].contains("line_errors: 1,"), "{counts:?}");
    }
}

//! What host and radio say to each other, octet for octet.

use super::super::airtime::{Bandwidth, CodingRate, Modulation, SpreadingFactor};
use super::super::message::MAX_FRAME_LEN;
use super::line;
use core::fmt;

/// The version that stands before each message.
pub const VERSION: u8 = 1;

/// Octets of the longest line of a radio's log.
pub const MAX_LOG_LEN: usize = 128;

/// Octets of the longest name of a firmware.
const MAX_FIRMWARE_LEN: usize = 32;

/// Octets of the longest frame that a radio hears.
const MAX_HEARD_LEN: usize = 255;

const HELLO: u8 = 0x01;
const TRANSMIT: u8 = 0x02;
const SENSE: u8 = 0x03;
const COUNT: u8 = 0x04;
const HELLO_BACK: u8 = 0x81;
const TRANSMITTED: u8 = 0x82;
const SENSED: u8 = 0x83;
const COUNTS: u8 = 0x84;
const HEARD: u8 = 0x85;
const LOG: u8 = 0x86;

/// What a host says to a radio.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ToRadio<'a> {
    /// Who is there? The radio answers with [`FromRadio::Hello`].
    Hello,
    /// Send this frame. The radio answers with [`FromRadio::Transmitted`].
    Transmit {
        /// Comes back in the answer.
        number: u16,
        /// 1 to 27 octets.
        frame: &'a [u8],
    },
    /// Find out whether anybody is sending. The radio answers with [`FromRadio::Sensed`].
    Sense {
        /// Comes back in the answer.
        number: u16,
    },
    /// The radio answers with [`FromRadio::Counts`].
    Count,
}

/// What a radio says to its host.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FromRadio<'a> {
    /// The radio is ready: after its start, and when asked.
    Hello(RadioHello<'a>),
    /// What became of a frame that was to be sent.
    Transmitted {
        /// The number of the [`ToRadio::Transmit`].
        number: u16,
        /// What became of it.
        outcome: Outcome,
    },
    /// Whether anybody is sending.
    Sensed {
        /// The number of the [`ToRadio::Sense`].
        number: u16,
        /// What was found.
        found: Sensed,
    },
    /// What happened since the radio started.
    Counts(RadioCounts),
    /// A frame was heard, and its CRC holds.
    Heard {
        /// How strong it was, in dBm: about -130 to 0.
        rssi_dbm: i16,
        /// How far above the noise, in quarters of a dB.
        snr_quarter_db: i8,
        /// At most 255 octets: it need not be a hint.
        frame: &'a [u8],
    },
    /// A line for the log of the host.
    Log {
        /// How grave it is.
        level: LogLevel,
        /// At most [`MAX_LOG_LEN`] octets.
        text: &'a str,
    },
}

/// How a radio is set, which its firmware decides.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RadioHello<'a> {
    /// The middle of the channel, in Hz.
    pub frequency_hz: u32,
    /// How it sends. The header is explicit, and there is a CRC.
    pub modulation: Modulation,
    /// The power, in dBm.
    pub power_dbm: i8,
    /// The firmware's name and version, for people: at most 32 octets.
    pub firmware: &'a str,
}

/// What became of a frame that was to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// It was on the air.
    Done = 0,
    /// The radio failed. A part of it may have been on the air.
    Failed = 1,
    /// Another one is being sent. Nothing of it was on the air.
    Busy = 2,
    /// The radio does not send such a frame. Nothing of it was on the air.
    Refused = 3,
}

/// Whether anybody is sending.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Sensed {
    /// Nobody is.
    Free = 0,
    /// Somebody is.
    Busy = 1,
    /// The radio failed, and cannot tell.
    Unknown = 2,
}

/// How grave a line of the log is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LogLevel {
    /// Something failed.
    Error = 0,
    /// Something should be looked at.
    Warn = 1,
    /// Something happened.
    Info = 2,
    /// It may help to find a fault.
    Debug = 3,
}

/// What happened since the radio started. The numbers stop at their end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RadioCounts {
    /// Frames that were heard.
    pub heard: u32,
    /// Frames whose header or CRC did not hold.
    pub damaged: u32,
    /// Frames that were sent.
    pub sent: u32,
    /// Frames that could not be sent.
    pub failed: u32,
    /// Messages on the serial line that were damaged, too long, or unknown.
    pub line_errors: u32,
    /// How often the chip was set up anew.
    pub recoveries: u32,
}

/// Defines how an enumeration goes over the line.
macro_rules! octet {
    ($name:ident: $($variant:ident),+) => {
        impl $name {
            fn from_octet(octet: u8) -> Result<Self, SerialError> {
                match octet {
                    $(octet if octet == Self::$variant as u8 => Ok(Self::$variant),)+
                    _ => Err(SerialError::Body),
                }
            }
        }
    };
}

octet!(Outcome: Done, Failed, Busy, Refused);
octet!(Sensed: Free, Busy, Unknown);
octet!(LogLevel: Error, Warn, Info, Debug);

impl<'a> ToRadio<'a> {
    /// Writes the message as it goes over the line; `None` if there is no room, or no such message: a frame has 1 to 27
    /// octets. [`MAX_WRITTEN_LEN`](super::MAX_WRITTEN_LEN) octets are room enough.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Option<&'o [u8]> {
        match self {
            Self::Hello => line::write(&[&[VERSION, HELLO]], out),
            Self::Transmit { number, frame } => {
                if !(1..=MAX_FRAME_LEN).contains(&frame.len()) {
                    return None;
                }
                line::write(&[&[VERSION, TRANSMIT], &number.to_be_bytes(), frame], out)
            }
            Self::Sense { number } => line::write(&[&[VERSION, SENSE], &number.to_be_bytes()], out),
            Self::Count => line::write(&[&[VERSION, COUNT]], out),
        }
    }

    /// Reads a message that came over the line.
    ///
    /// # Errors
    /// If its version or its kind is not known, or its body is not one of that kind.
    pub fn read(message: &'a [u8]) -> Result<Self, SerialError> {
        let (kind, mut body) = head_of(message)?;
        let read = match kind {
            HELLO => Self::Hello,
            TRANSMIT => Self::Transmit {
                number: body.number()?,
                frame: body.rest(1, MAX_FRAME_LEN)?,
            },
            SENSE => Self::Sense {
                number: body.number()?,
            },
            COUNT => Self::Count,
            _ => return Err(SerialError::UnknownKind(kind)),
        };
        body.end().map(|()| read)
    }
}

impl<'a> FromRadio<'a> {
    /// Writes the message as it goes over the line; `None` if there is no room. Texts and frames that are too long are cut
    /// off. [`MAX_WRITTEN_LEN`](super::MAX_WRITTEN_LEN) octets are room enough.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Option<&'o [u8]> {
        match self {
            Self::Hello(hello) => {
                let modulation = &hello.modulation;
                let [sf, rate] = [
                    modulation.spreading_factor.number(),
                    modulation.coding_rate.bits(),
                ];
                let parts: [&[u8]; 7] = [
                    &[VERSION, HELLO_BACK],
                    &hello.frequency_hz.to_be_bytes(),
                    &modulation.bandwidth.hz().to_be_bytes(),
                    &[sf, rate],
                    &modulation.preamble_symbols.to_be_bytes(),
                    &hello.power_dbm.to_be_bytes(),
                    cut(hello.firmware, MAX_FIRMWARE_LEN).as_bytes(),
                ];
                line::write(&parts, out)
            }
            Self::Transmitted { number, outcome } => {
                let parts: [&[u8]; 3] = [
                    &[VERSION, TRANSMITTED],
                    &number.to_be_bytes(),
                    &[*outcome as u8],
                ];
                line::write(&parts, out)
            }
            Self::Sensed { number, found } => {
                let parts: [&[u8]; 3] =
                    [&[VERSION, SENSED], &number.to_be_bytes(), &[*found as u8]];
                line::write(&parts, out)
            }
            Self::Counts(counts) => {
                let parts: [&[u8]; 7] = [
                    &[VERSION, COUNTS],
                    &counts.heard.to_be_bytes(),
                    &counts.damaged.to_be_bytes(),
                    &counts.sent.to_be_bytes(),
                    &counts.failed.to_be_bytes(),
                    &counts.line_errors.to_be_bytes(),
                    &counts.recoveries.to_be_bytes(),
                ];
                line::write(&parts, out)
            }
            Self::Heard {
                rssi_dbm,
                snr_quarter_db,
                frame,
            } => {
                let parts: [&[u8]; 4] = [
                    &[VERSION, HEARD],
                    &rssi_dbm.to_be_bytes(),
                    &snr_quarter_db.to_be_bytes(),
                    frame.get(..MAX_HEARD_LEN).unwrap_or(frame),
                ];
                line::write(&parts, out)
            }
            Self::Log { level, text } => {
                let parts: [&[u8]; 3] = [
                    &[VERSION, LOG],
                    &[*level as u8],
                    cut(text, MAX_LOG_LEN).as_bytes(),
                ];
                line::write(&parts, out)
            }
        }
    }

    /// Reads a message that came over the line.
    ///
    /// # Errors
    /// If its version or its kind is not known, or its body is not one of that kind.
    pub fn read(message: &'a [u8]) -> Result<Self, SerialError> {
        let (kind, mut body) = head_of(message)?;
        let read = match kind {
            HELLO_BACK => Self::Hello(RadioHello::read(&mut body)?),
            TRANSMITTED => Self::Transmitted {
                number: body.number()?,
                outcome: Outcome::from_octet(body.octet()?)?,
            },
            SENSED => Self::Sensed {
                number: body.number()?,
                found: Sensed::from_octet(body.octet()?)?,
            },
            COUNTS => Self::Counts(RadioCounts {
                heard: body.count()?,
                damaged: body.count()?,
                sent: body.count()?,
                failed: body.count()?,
                line_errors: body.count()?,
                recoveries: body.count()?,
            }),
            HEARD => Self::Heard {
                rssi_dbm: i16::from_be_bytes(body.take()?),
                snr_quarter_db: i8::from_be_bytes(body.take()?),
                frame: body.rest(0, MAX_HEARD_LEN)?,
            },
            LOG => Self::Log {
                level: LogLevel::from_octet(body.octet()?)?,
                text: body.text(MAX_LOG_LEN)?,
            },
            _ => return Err(SerialError::UnknownKind(kind)),
        };
        body.end().map(|()| read)
    }
}

impl<'a> RadioHello<'a> {
    fn read(body: &mut Body<'a>) -> Result<Self, SerialError> {
        let frequency_hz = body.count()?;
        let bandwidth = Bandwidth::from_hz(body.count()?).ok_or(SerialError::Body)?;
        let factor = SpreadingFactor::from_number(body.octet()?).ok_or(SerialError::Body)?;
        let mut modulation = Modulation::new(factor, bandwidth);
        modulation.coding_rate = CodingRate::from_bits(body.octet()?).ok_or(SerialError::Body)?;
        modulation.preamble_symbols = body.number()?;
        Ok(Self {
            frequency_hz,
            modulation,
            power_dbm: i8::from_be_bytes(body.take()?),
            firmware: body.text(MAX_FIRMWARE_LEN)?,
        })
    }
}

/// The beginning of a text, of so many octets at most.
fn cut(text: &str, most: usize) -> &str {
    let mut ends = (0..=most.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

fn head_of(message: &[u8]) -> Result<(u8, Body<'_>), SerialError> {
    match message {
        [VERSION, kind, body @ ..] => Ok((*kind, Body(body))),
        [] | [VERSION] => Err(SerialError::Body),
        [version, ..] => Err(SerialError::UnknownVersion(*version)),
    }
}

/// What is left of a body.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], SerialError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(SerialError::Body)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn octet(&mut self) -> Result<u8, SerialError> {
        self.take().map(|[octet]| octet)
    }

    fn number(&mut self) -> Result<u16, SerialError> {
        self.take().map(u16::from_be_bytes)
    }

    fn count(&mut self) -> Result<u32, SerialError> {
        self.take().map(u32::from_be_bytes)
    }

    /// All that is left, if there is as much of it as there may be.
    fn rest(&mut self, least: usize, most: usize) -> Result<&'a [u8], SerialError> {
        let rest = core::mem::take(&mut self.0);
        if (least..=most).contains(&rest.len()) {
            Ok(rest)
        } else {
            Err(SerialError::Body)
        }
    }

    fn text(&mut self, most: usize) -> Result<&'a str, SerialError> {
        let text = self.rest(0, most)?;
        core::str::from_utf8(text).map_err(|_| SerialError::Body)
    }

    fn end(&self) -> Result<(), SerialError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(SerialError::Body)
        }
    }
}

/// Why octets on the line are no message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SerialError {
    /// Between two zeros was more than any message has.
    TooLong,
    /// Octets are missing or changed.
    Damaged,
    /// Who speaks has another version of the protocol.
    UnknownVersion(u8),
    /// There is no message of this kind, or not in this direction.
    UnknownKind(u8),
    /// The body is not one of its kind.
    Body,
}

impl fmt::Display for SerialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("longer than any message"),
            Self::Damaged => f.write_str("damaged"),
            Self::UnknownVersion(version) => {
                write!(f, "of version {version}, while {VERSION} is known here")
            }
            Self::UnknownKind(kind) => write!(f, "of the unknown kind {kind:#04x}"),
            Self::Body => f.write_str("not as long as its kind is, or with values that it has not"),
        }
    }
}

impl core::error::Error for SerialError {}

//! A host and a radio at the two ends of a serial line: how a computer without a radio sends and hears hints.
//!
//! The host keeps all rules: it decides what is sent and when ([`HintNode`](super::HintNode)). The radio, a
//! microcontroller, only does as told, and says what it heard. Both ends use what stands here.
//!
//! # Framing
//!
//! A message is a version, a kind, a body, and a CRC-32 of all three (ISO-HDLC, as Ethernet and zlib have it, the lowest
//! octet first). It is written without zeros (COBS: each zero is replaced by the distance to the next), and a zero stands
//! before it and behind it.
//!
//! So a receiver knows where a message begins whatever came before: what is damaged is lost alone. A message has at most
//! [`MAX_MESSAGE_LEN`] octets, and takes at most [`MAX_WRITTEN_LEN`] on the line. All numbers are big-endian.
//!
//! # Messages
//!
//! | kind | from | message | body |
//! |---|---|---|---|
//! | 0x01 | host | [`ToRadio::Hello`] | none |
//! | 0x02 | host | [`ToRadio::Transmit`] | number (2), frame (1 to 27) |
//! | 0x03 | host | [`ToRadio::Sense`] | number (2) |
//! | 0x04 | host | [`ToRadio::Count`] | none |
//! | 0x81 | radio | [`FromRadio::Hello`] | frequency in Hz (4), bandwidth in Hz (4), spreading factor (1), coding rate (1), preamble (2), power in dBm (1), firmware (0 to 32, text) |
//! | 0x82 | radio | [`FromRadio::Transmitted`] | number (2), outcome (1) |
//! | 0x83 | radio | [`FromRadio::Sensed`] | number (2), 0 free, 1 busy, 2 unknown (1) |
//! | 0x84 | radio | [`FromRadio::Counts`] | heard (4), damaged (4), sent (4), failed (4), line errors (4), restarts of the radio (4) |
//! | 0x85 | radio | [`FromRadio::Heard`] | RSSI in dBm (2), SNR in quarters of a dB (1), frame (0 to 255) |
//! | 0x86 | radio | [`FromRadio::Log`] | level (1), text (0 to 128) |
//!
//! The version is 1. A message of another version or kind is an error of its own ([`SerialError::UnknownVersion`],
//! [`SerialError::UnknownKind`]) and is passed over. A later version may add kinds; it changes none.
//!
//! For example:
//!
//! | message | on the line |
//! |---|---|
//! | the host asks who is there | `00 07 01 01 28 13 C5 2F 00` |
//! | the host wants to know whether anybody is sending; number 7 | `00 03 01 03 06 07 83 93 DA 05 00` |
//! | somebody is | `00 03 01 83 07 07 01 29 61 E8 3C 00` |
//!
//! # A conversation
//!
//! - Whoever starts says hello: the radio by itself, and in answer to a host's hello. A host that opens the line asks, and
//!   waits; a hello that comes unasked means that the radio has started anew and knows nothing of what it was told.
//! - Each [`ToRadio::Transmit`] and [`ToRadio::Sense`] is answered once, with its number. There is one of them at a time: a
//!   radio that is told to send while it sends answers [`Outcome::Busy`].
//! - A frame that is heard while the host waits for an answer comes before the answer, or after it.
//! - A radio hears frames whenever it does not send. It hands on only those whose CRC holds; what was damaged it counts.
//!
//! ```
//! use lib_dns_core::hint::serial::{FromRadio, Line, MAX_WRITTEN_LEN, ToRadio};
//! let mut octets = [0; MAX_WRITTEN_LEN];
//! let written = ToRadio::Sense { number: 7 }.write(&mut octets).unwrap();
//! // The radio takes octets as they come, with whatever stood on the line before.
//! let mut line = Line::new();
//! let mut heard = 0;
//! for octet in b"noise".iter().chain(written) {
//!     if let Some(Ok(message)) = line.push(*octet) {
//!         assert_eq!(ToRadio::read(message), Ok(ToRadio::Sense { number: 7 }));
//!         heard += 1;
//!     }
//! }
//! assert_eq!(heard, 1);
//! ```

mod line;
mod message;

pub use line::{Line, MAX_MESSAGE_LEN, MAX_WRITTEN_LEN};
pub use message::{
    FromRadio, LogLevel, MAX_LOG_LEN, Outcome, RadioCounts, RadioHello, Sensed, SerialError,
    ToRadio, VERSION,
};

#[cfg(test)]
mod tests;

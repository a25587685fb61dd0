//! What a gateway tells of itself.

use super::GatewayCounts;
use crate::hint::Link;
use lib_dns_core::hint::airtime::Modulation;
use lib_dns_core::hint::serial::{LogLevel, Outcome, SerialError};
use lib_dns_core::hint::{Advice, Hint, NodePrefix, Refusal, ZoneTag};
use lib_dns_core::name::NameBuf;
use lib_dns_core::policy::update_control::STORM_LOG;
use lib_dns_core::zone::Serial;
use std::fmt;
use tracing::Level;

/// Something that happened, for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(clippy::large_enum_variant, reason = "they are few, and soon gone")]
pub(crate) enum Report {
    /// A radio has said who it is.
    Radio {
        firmware: String,
        frequency_hz: u32,
        modulation: Modulation,
        power_dbm: i8,
        /// Is it set as the configuration says?
        fits: bool,
        /// Does it send with more power than the region allows?
        too_strong: bool,
    },
    /// The radio does not answer.
    Silent,
    /// The radio cannot tell whether anybody is sending.
    CannotSense,
    /// A frame is being sent.
    Sending {
        /// For example `ZDNS_UPDATE of example. with serial 7`.
        what: String,
        /// In microseconds.
        airtime: u64,
    },
    /// A frame was not sent.
    NotSent(Outcome),
    /// Nothing can be sent.
    Refused(Refusal),
    /// A frame was heard, whatever it is.
    Heard {
        rssi_dbm: i16,
        snr_quarter_db: i8,
        octets: usize,
    },
    /// A zone has a newer serial.
    Update {
        name: Option<NameBuf>,
        serial: Option<Serial>,
        /// Until it is looked after, in milliseconds.
        wait: u64,
    },
    /// A preference for the control plane.
    Advice { sender: NodePrefix, hint: Hint },
    /// Too much is told.
    Storm,
    /// A change of a zone cannot be told.
    NoRoom { tag: ZoneTag, serial: Serial },
    /// Octets on the line were no message.
    LineError(SerialError),
    /// A line of the radio's log.
    Log(LogLevel, String),
}

impl Report {
    /// How grave it is.
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Radio {
                fits, too_strong, ..
            } if !fits || *too_strong => Level::ERROR,
            Self::Refused(_) | Self::Log(LogLevel::Error, _) => Level::ERROR,
            Self::Silent
            | Self::CannotSense
            | Self::NotSent(_)
            | Self::Storm
            | Self::NoRoom { .. } => Level::WARN,
            Self::Log(LogLevel::Warn, _) => Level::WARN,
            Self::Radio { .. }
            | Self::Sending { .. }
            | Self::Update { .. }
            | Self::Advice { .. } => Level::INFO,
            Self::Log(LogLevel::Info, _) => Level::INFO,
            Self::Heard { .. } | Self::LineError(_) | Self::Log(LogLevel::Debug, _) => Level::DEBUG,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hints: ")?;
        match self {
            Self::Radio {
                firmware,
                frequency_hz,
                modulation,
                power_dbm,
                fits,
                too_strong,
            } => {
                let link = Link {
                    modulation: *modulation,
                    region: None,
                };
                let settings = link.describe_settings(*frequency_hz, *power_dbm);
                write!(f, "the radio is '{firmware}', at {settings}")?;
                if !fits {
                    f.write_str(
                        "; the configuration says otherwise, so nothing is sent: change either",
                    )?;
                }
                if *too_strong {
                    f.write_str(
                        "; the region allows less power, so nothing is sent: change its firmware",
                    )?;
                }
                Ok(())
            }
            Self::Silent => f.write_str(
                "the radio does not answer; is it the right port, and is the firmware running?",
            ),
            Self::CannotSense => f.write_str("the radio cannot tell whether anybody is sending"),
            Self::Sending { what, airtime } => {
                write!(f, "sending {what}, {} ms on the air", airtime / 1000)
            }
            Self::NotSent(outcome) => {
                let why = match outcome {
                    Outcome::Busy => "the radio is sending something else",
                    Outcome::Refused => "the radio does not send such frames",
                    Outcome::Failed | Outcome::Done => "the radio failed",
                };
                write!(f, "not sent, and tried again: {why}")
            }
            Self::Refused(refusal) => write!(f, "nothing is sent: {}", reason(*refusal)),
            Self::Heard {
                rssi_dbm,
                snr_quarter_db,
                octets,
            } => {
                let snr = f32::from(*snr_quarter_db) / 4.0;
                write!(f, "heard {octets} octets, {rssi_dbm} dBm, SNR {snr} dB")
            }
            Self::Update { name, serial, wait } => {
                match name {
                    Some(name) => write!(f, "{name} has changed elsewhere")?,
                    None => f.write_str("a zone has changed elsewhere")?,
                }
                if let Some(serial) = serial {
                    write!(f, " (serial {serial})")?;
                }
                write!(f, "; looking in {wait} ms")
            }
            Self::Advice { sender, hint } => {
                write!(f, "{} about {}", hint.kind().mnemonic(), hint.node)?;
                match hint.advice {
                    Advice::Congestion(to) => write!(f, " towards {to}")?,
                    Advice::ChannelHint(channel) => write!(f, ": channel {channel}")?,
                    _ => {}
                }
                write!(f, ", score {}, from {sender}", hint.score)
            }
            Self::Storm => f.write_str(STORM_LOG),
            Self::NoRoom { tag, serial } => {
                write!(
                    f,
                    "too many zones change: serial {serial} of {tag} is not told"
                )
            }
            Self::LineError(error) => write!(f, "a message of the radio is {error}"),
            Self::Log(_, text) => write!(f, "the radio says: {text}"),
        }
    }
}

/// Why nothing can be sent, and what to do.
fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoRegion => "no region is set; say region = \"EU868\", or where the radio is",
        Refusal::OutsideBand => {
            "the channel is not within the region's band; change frequency-hz or bandwidth-khz"
        }
        Refusal::TooLong => {
            "frames take longer than the region allows; use a lower spreading-factor or more bandwidth-khz"
        }
        Refusal::TooNarrow => {
            "the channel is too narrow for the region; use more bandwidth-khz, on all radios of the network"
        }
        Refusal::NoNumbers => "the numbers of this start are used up",
    }
}

/// For the log, where nobody reads more than a line.
impl fmt::Display for GatewayCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = &self.heard;
        let updates = &heard.updates;
        write!(
            f,
            "sent={} airtime_ms={} line_errors={} accepted={} advice={} malformed={} wrong_policy={} bad_seals={} \
             replays={} too_loud={} suppressed={} unknown_zones={} not_newer={} duplicates={} storms={}",
            self.sent,
            self.airtime_micros / 1000,
            self.line_errors,
            updates.accepted,
            heard.advice,
            heard.malformed,
            heard.wrong_policy,
            heard.bad_seals,
            heard.replays,
            heard.too_loud,
            updates.suppressed,
            updates.unknown_zones,
            updates.not_newer,
            updates.duplicates,
            updates.storms
        )
    }
}

//! The radio behind a port, for verbs that wait for it.

use super::{EX_UNAVAILABLE, Refusal};
use crate::hint::{Port, PortAddress, is_speed};
use clap::Args;
use lib_dns_core::hint::serial::{
    FromRadio, Line, MAX_MESSAGE_LEN, MAX_WRITTEN_LEN, SerialError, ToRadio,
};
use std::io;

/// Where the radio is.
#[derive(Args, Debug)]
pub(super) struct PortOptions {
    /// Where the radio is: a serial port as /dev/ttyUSB0, or tcp:ADDRESS:PORT, or unix:PATH
    #[arg(long, value_name = "PORT")]
    port: PortAddress,
    /// The speed of a serial port
    #[arg(long, value_name = "BAUD", default_value = "115200", value_parser = baud)]
    baud: u32,
}

fn baud(text: &str) -> Result<u32, String> {
    let baud = text.parse().ok().filter(|baud| is_speed(*baud));
    baud.ok_or_else(|| "no port has such a speed; 115200 is usual".to_owned())
}

/// A radio behind a port that is open.
pub(super) struct Radio {
    name: String,
    port: Port,
    line: Line,
    buffer: [u8; 256],
    /// What of the buffer was read and not looked at.
    unread: std::ops::Range<usize>,
    message: Vec<u8>,
}

impl Radio {
    /// Opens the port, and asks who is there.
    pub(super) async fn open(options: &PortOptions) -> Result<Self, Refusal> {
        let name = options.port.to_string();
        let opened = Port::open(&options.port, options.baud).await;
        let port = opened.map_err(|error| unavailable(format!("cannot open {name}: {error}")))?;
        let mut radio = Self {
            name,
            port,
            line: Line::new(),
            buffer: [0; 256],
            unread: 0..0,
            message: Vec::with_capacity(MAX_MESSAGE_LEN),
        };
        radio.say(ToRadio::Hello).await?;
        Ok(radio)
    }

    pub(super) async fn say(&mut self, message: ToRadio<'_>) -> Result<(), Refusal> {
        let mut room = [0; MAX_WRITTEN_LEN];
        let octets = message.write(&mut room).unwrap_or_default();
        let written = self.port.write_all(octets).await;
        written.map_err(|error| self.lost(&error))
    }

    /// Waits for the next message. What was read already is not lost if nobody waits any more.
    pub(super) async fn next(&mut self) -> Result<Result<FromRadio<'_>, SerialError>, Refusal> {
        loop {
            let unread = self.unread.clone();
            for octet in self.buffer.get(unread).unwrap_or_default() {
                self.unread.start += 1;
                match self.line.push(*octet) {
                    None => {}
                    Some(Err(error)) => return Ok(Err(error)),
                    Some(Ok(message)) => {
                        self.message.clear();
                        self.message.extend_from_slice(message);
                        return Ok(FromRadio::read(&self.message));
                    }
                }
            }
            let read = self.port.read(&mut self.buffer).await;
            self.unread = 0..read.map_err(|error| self.lost(&error))?;
        }
    }

    fn lost(&self, error: &io::Error) -> Refusal {
        unavailable(format!("{} is lost: {error}", self.name))
    }
}

pub(super) fn unavailable(reason: String) -> Refusal {
    Refusal {
        reason,
        status: EX_UNAVAILABLE,
    }
}

/// Runs what waits for a radio.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Refusal {
        reason: error.to_string(),
        status: super::EX_OSERR,
    })?;
    runtime.block_on(work)
}

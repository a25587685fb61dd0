//! Radios that are simulated behind TCP ports, on one channel: what one sends the others hear at once.

use lib_dns_core::hint::airtime::{Bandwidth, Modulation, SpreadingFactor};
use lib_dns_core::hint::serial::{
    FromRadio, Line, LogLevel, MAX_WRITTEN_LEN, Outcome, RadioHello, Sensed, ToRadio,
};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// The channel of all radios.
pub(crate) const FREQUENCY_HZ: u32 = 869_525_000;

/// A channel with radios.
#[derive(Clone)]
pub(crate) struct Channel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    radios: Vec<Radio>,
    /// All that was sent.
    sent: Vec<Vec<u8>>,
}

struct Radio {
    address: SocketAddr,
    stream: Option<TcpStream>,
    is_plugged: bool,
}

impl Channel {
    /// With so many radios.
    pub(crate) fn new(radios: usize) -> Self {
        let channel = Self(Arc::default());
        for number in 0..radios {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            channel.lock().radios.push(Radio {
                address: listener.local_addr().unwrap(),
                stream: None,
                is_plugged: true,
            });
            let channel = channel.clone();
            // It waits for hosts until the tests are over.
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    channel.serve(number, stream);
                }
            });
        }
        channel
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The port of a radio, as a configuration says it.
    pub(crate) fn port(&self, radio: usize) -> String {
        format!("tcp:{}", self.lock().radios[radio].address)
    }

    /// Serves one host until it is gone.
    fn serve(&self, number: usize, mut stream: TcpStream) {
        {
            let mut state = self.lock();
            let radio = &mut state.radios[number];
            if !radio.is_plugged {
                return;
            }
            radio.stream = Some(stream.try_clone().unwrap());
        }
        let mut line = Line::new();
        let mut buffer = [0; 256];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            for octet in &buffer[..count] {
                if let Some(message) = line.push(*octet) {
                    let message = message.map(<[u8]>::to_vec).expect("a whole message");
                    self.obey(number, ToRadio::read(&message).expect("a message"));
                }
            }
        }
        self.lock().radios[number].stream = None;
    }

    fn obey(&self, number: usize, message: ToRadio<'_>) {
        match message {
            ToRadio::Hello => {
                let hello = RadioHello {
                    frequency_hz: FREQUENCY_HZ,
                    modulation: Modulation::new(SpreadingFactor::Sf9, Bandwidth::Khz125),
                    power_dbm: 14,
                    firmware: "simulated",
                };
                self.say(number, FromRadio::Hello(hello));
            }
            ToRadio::Sense { number: asked } => self.say(
                number,
                FromRadio::Sensed {
                    number: asked,
                    found: Sensed::Free,
                },
            ),
            ToRadio::Transmit {
                number: asked,
                frame,
            } => {
                self.lock().sent.push(frame.to_vec());
                let radios = self.lock().radios.len();
                for other in (0..radios).filter(|other| *other != number) {
                    self.hear(other, frame);
                }
                let outcome = Outcome::Done;
                self.say(
                    number,
                    FromRadio::Transmitted {
                        number: asked,
                        outcome,
                    },
                );
            }
            ToRadio::Count => {}
        }
    }

    fn say(&self, number: usize, message: FromRadio<'_>) {
        let mut room = [0; MAX_WRITTEN_LEN];
        let octets = message.write(&mut room).unwrap();
        // Who is not plugged in hears nothing.
        if let Some(stream) = &mut self.lock().radios[number].stream {
            let _ = stream.write_all(octets);
        }
    }

    /// A radio hears a frame.
    pub(crate) fn hear(&self, radio: usize, frame: &[u8]) {
        let heard = FromRadio::Heard {
            rssi_dbm: -113,
            snr_quarter_db: -21,
            frame,
        };
        self.say(radio, heard);
    }

    /// A radio says something for the log of its host.
    pub(crate) fn log(&self, radio: usize, text: &str) {
        let level = LogLevel::Info;
        self.say(radio, FromRadio::Log { level, text });
    }

    /// All that was sent.
    pub(crate) fn sent(&self) -> Vec<Vec<u8>> {
        self.lock().sent.clone()
    }

    /// Pulls the plug of a radio.
    pub(crate) fn unplug(&self, radio: usize) {
        let mut state = self.lock();
        let radio = &mut state.radios[radio];
        radio.is_plugged = false;
        if let Some(stream) = radio.stream.take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Puts it in again.
    pub(crate) fn plug_in(&self, radio: usize) {
        self.lock().radios[radio].is_plugged = true;
    }
}

//! SX1262 chips and the air between them, simulated at the level of SPI commands and in virtual time.
//!
//! Firmware runs on it unchanged: [`Chip::spi`] is an SPI device, [`Chip::board`] a [`Board`](crate::sx126x::Board).
//! Time passes only by what a driver does: each transfer and each look at a line or the clock costs some, and pauses and
//! idling cost what they say. Nothing depends on the machine that it runs on, so every run is the same.
//!
//! ```
//! use lib_dns_core::time::Timestamp;
//! use lib_dns_embedded::radio::HintRadio;
//! use lib_dns_embedded::sim::{Air, Chip, Wiring};
//! use lib_dns_embedded::sx126x::Sx126x;
//!
//! let air = Air::new(1);
//! let [here, there] = [Wiring::default(); 2].map(|wiring| air.add(wiring));
//! let radio = |chip: &Chip| Sx126x::new(chip.spi(), chip.board(), chip.wiring().settings());
//! let (mut a, mut b) = (radio(&here)?, radio(&there)?);
//!
//! b.listen()?;
//! a.transmit(b"hint")?;
//! let mut buffer = [0; 32];
//! let reception = b.receive(&mut buffer, Timestamp::ZERO)?.unwrap();
//! assert_eq!(&buffer[..reception.octets.into()], b"hint");
//! assert_eq!(air.violations(), []);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is simulated
//!
//! - **The chip**: modes, BUSY (which rises 600 ns after the chip was deselected), DIO1 and interrupt masks, registers, the
//!   buffer, the oscillator and its start, airtime ([`lib_dns_core::hint::airtime`]), the timers of sending and receiving,
//!   looks at the channel, warm and cold sleep, reset.
//! - **The rules of the data sheet**: what a driver must not do is kept as a [`Violation`]: speaking to a chip that is busy,
//!   asleep or held in reset, settings while it sends or receives, calibrations outside standby, a limitation of chapter 15
//!   that was not worked around, an antenna switch that points the wrong way.
//! - **The air**: who is in the middle of sending hears nothing; of two frames at once the one that is 6 dB stronger comes
//!   through ("capture"); other spreading factors disturb from 16 dB on; weak frames, jammers and chance take their share.
//! - **Faults**, at any time: [`Fault`].
//!
//! What is not: FSK, duty-cycled reception, drift, and fading.

mod chip;
mod port;
mod shape;
mod world;

pub use self::chip::{Fault, Violation, Wiring};
pub use self::port::{Lines, Spi, SpiFault};
pub use self::world::{Air, Chip, Foreign, Program};

//! The same chips, driven by the crate `lora-phy` in async tasks, and watched while it does that.
//!
//! [`LoraPhy`] is for firmware that must not block while a frame is on the air; [`sx126x::Sx126x`](crate::sx126x::Sx126x) is
//! smaller, and the one to take where that does not matter. Both make the same errors of the same faults, and both are
//! tested against the same simulated chips.
//!
//! # What is watched
//!
//! `lora-phy` 3.0.1 sends the settings, frames and looks, but:
//!
//! | what it does | what happens here |
//! |---|---|
//! | hands out a frame whose checksum is wrong, or that has none, as if it were good | interrupts and the header's claim are read before the frame is; it is counted and dropped |
//! | looks at BUSY only after a command | BUSY is awaited before each command too |
//! | waits for BUSY and DIO1 without an end | each wait has a deadline, and what was waited for is in the error |
//! | does not ask the chip whether it is there, or whether its oscillator runs | both are asked when it is set up |
//! | does not see that the chip was reset | packet type and mode are looked at before each call |
//! | sends without a limit of the chip's timer | the chip is reset when the driver's deadline has passed; a processor that dies meanwhile leaves it sending |
//!
//! Only the last is less than what [`sx126x`](crate::sx126x) does.
//!
//! A call that is dropped before it has ended, as `select` does, leaves nothing behind: a frame that was being sent is
//! cut off by the next call, and a call of [`LoraPhy::receive`] that was dropped while it waited goes on with the next one.

mod board;
mod bus;
mod driver;
mod error;
mod parameters;

pub use self::board::{AsyncBoard, AsyncPins};
pub use self::driver::LoraPhy;
pub use self::error::LoraPhyError;
pub use self::parameters::Unsuitable;

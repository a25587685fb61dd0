//! A driver for Semtech's SX1261 and SX1262, and for the same radio inside ST's STM32WL.
//!
//! # What it sees to
//!
//! - **Every wait has a deadline.** BUSY is awaited before and after each command, interrupts for as long as a frame can
//!   take. A chip or a wire that fails makes an [`Error`] that says what was waited for, never a hang.
//! - **A fault is over with the call that found it.** The chip is then held in reset, so that it can neither send nor
//!   draw current, and the next call sets it up anew. There is nothing that the caller must do.
//! - **A chip that has lost its settings is found out**, by a brown-out for instance: it wakes up in another packet type
//!   and mode than it was left in.
//! - **Damaged frames stay outside**: those with a wrong checksum or header, and those that have no checksum.
//! - **The known limitations** of the data sheet's chapter 15 are worked around.
//! - **It never sends for longer than the frame takes**: the chip's own timer ends it even if the processor is dead.
//!
//! # Where what is
//!
//! | to | see |
//! |---|---|
//! | say how the radio sends and what the board has | [`Settings`] |
//! | say how the chip is wired | [`Board`], [`Pins`] |
//! | send, receive, sleep | [`Sx126x`] |
//! | know what went wrong | [`Error`], [`Counters`] |
//! | look up a command or register | [`Command`], [`Register`] |
//!
//! Sections are those of "SX1261/2 Data Sheet", revision 2.1.

mod board;
mod bus;
mod driver;
mod error;
mod settings;
mod table;

pub use self::board::{Board, Path, Pins, RfSwitch};
pub use self::driver::{Counters, Sx126x};
pub use self::error::{Error, Waiting};
pub use self::settings::{
    Amplifier, Hardware, Regulator, Settings, SettingsError, SyncWord, Tcxo, TcxoVoltage,
};
pub use self::table::{Command, DeviceErrors, Interrupts, Register};

#[cfg(feature = "lora-phy")]
pub(crate) use self::{
    bus::{BUSY_LIMIT, BUSY_RISE},
    driver::{
        DAMAGED, FALL_ASLEEP, INTERRUPT_SLACK, RESET, State, TRANSMIT_SLACK, count, interrupt_masks,
    },
    table::{mode, value},
};

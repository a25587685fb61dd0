//! What the firmwares share.
//!
//! Nothing here uses `core::fmt`, whose padding and precision are not free of panics: CI shows that no panic is left in
//! the linked programs.
#![no_std]

pub mod console;
pub mod member;
mod panic;
pub mod short;
pub mod station;
pub mod world;

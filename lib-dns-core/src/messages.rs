//! Messages: read as views, written into a buffer that the caller lends.
//!
//! [`Message::from_bytes`] checks the structure once, in one pass, and borrows; nothing is copied.
//! Iterating the sections reads each [`Record`], and [`Record::data`] its typed data. Who wants to
//! handle no error while iterating calls [`Message::check`] first and iterates the [`Checked`] form.
//!
//! | to | use |
//! |---|---|
//! | look at a message | [`Message`], [`Checked`] |
//! | print one as `dig` does | its `Display`, or [`Printed`] to choose what |
//! | write one | [`MessageBuilder`] |
//! | read or write EDNS | [`Message::edns`], [`EdnsOption`], [`MessageBuilder::edns`]; the options stand in [`options`] |
//! | cut a TCP stream into messages | [`Framing`], or [`split_frame`] for octets that are at hand |
//! | put messages into a stream | [`frame_head`] |
//! | sign and verify them with shared keys | [`tsig`] |
//! | sign and verify them with private and public keys | [`sig0`] |

mod builder;
mod data_layout;
mod display;
mod edns;
mod framing;
mod header;
mod layout;
mod message;
pub mod options;
mod record;
pub mod sig0;
mod signed;
pub mod tsig;

pub use builder::{BuilderMark, EdnsHeader, MessageBuilder};
pub use display::Printed;
pub use edns::{Edns, RawOption};
pub use framing::{FRAME_HEAD_LEN, FrameError, Framing, frame_head, split_frame};
pub use header::{Flags, Header};
pub use message::{Checked, Message, Question, Questions, Section};
pub use options::{EdnsOption, OptionCode};
pub use record::{Record, Records};

#[cfg(test)]
mod tests;

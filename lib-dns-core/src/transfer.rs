//! Zones from server to server: AXFR (RFC 5936), IXFR (RFC 1995), NOTIFY (RFC 1996), when a secondary looks
//! for a newer version, and UPDATE (RFC 2136).
//!
//! Nothing here has a socket. Producers write messages into a buffer that the caller lends; consumers take
//! messages as they come and say what they mean; timers are told the time.
//!
//! | to | use |
//! |---|---|
//! | ask for a zone | [`TransferRequest::write`] |
//! | know what a request asks for | [`TransferRequest::read`], then [`Reply::choose`] |
//! | answer it | [`Producer`] |
//! | take the answer | [`Consumer`] |
//! | ask for a zone's serial, and take the answer | [`write_soa_query`], [`read_soa_answer`] |
//! | say that a zone has changed | [`NotifyRound`], [`write_notify`], [`is_notify_answer`] |
//! | hear it | [`NotifyRequest`] |
//! | know when to look for a newer version | [`Refresh`] |
//! | change a zone by message | [`update`] |
//!
//! Signatures of messages (TSIG) are not seen here: a producer keeps room for one, and a consumer is given
//! messages that were verified before.

mod consumer;
mod consumer_error;
mod differences;
mod notify;
mod notify_round;
mod producer;
mod refresh;
mod request;
mod soa_query;
pub mod update;

pub use consumer::{Consumer, Event, Events, Limits, Style};
pub use consumer_error::{ConsumerError, NextStep};
pub use differences::{BrokenChain, Differences};
pub use notify::{NotifyRequest, is_notify_answer, write_notify};
pub use notify_round::{NotifyAction, NotifyRound, NotifySettings, NotifyTarget};
pub use producer::{COMPRESSION_SLOTS, Envelope, Producer, ProducerError};
pub use refresh::{Refresh, RefreshAction, RefreshBounds, SoaTimers};
pub use request::{Reply, TransferRequest, Wanted};
pub use soa_query::{SoaAnswer, SoaAnswerError, read_soa_answer, told_expire, write_soa_query};

#[cfg(test)]
mod tests;

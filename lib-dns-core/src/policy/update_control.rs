//! Keeping a zone that changes all the time from flooding the mesh (ZDNS architecture 17.1).
//!
//! | level | what | where |
//! |---|---|---|
//! | 1 | a zone's changes are gathered for 5 seconds, and told at most once in 30, unless others were quicker | [`UpdateSender`] |
//! | 2 | the same (zone, serial) is heard once in 60 seconds | [`UpdateReceiver`] |
//! | 3 | a refresh waits for a random time up to 10 seconds | [`UpdateReceiver`] |
//! | 4 | after a refresh that failed, 30 seconds, doubling up to an hour, or until the mesh changes | [`UpdateReceiver`] |
//! | 5 | more than 10 updates in 60 seconds are a storm: for 5 minutes nothing is heard | [`UpdateReceiver`] |
//!
//! Whatever radio tells of changes may have limits of its own. They stand behind [`UpdateSender::poll`], which only
//! proposes: what was not [`sent`](UpdateSender::sent) is proposed again.
//!
//! Zones have whatever name the caller gives them: an index, or the tag that the radio uses. Times are by a clock that never
//! goes back, settings in milliseconds.

mod config;
mod receiver;
mod seen;
mod sender;

pub use config::{MAX_UPDATES_OF_A_SENDER, Ratio, UpdateControlConfig, sender_rates};
pub use receiver::{Heard, RefreshDue, STORM_LOG, UpdateCounts, UpdateReceiver, WatchedZone};
pub use seen::SeenSlot;
pub use sender::{Broadcast, BroadcastSlot, Change, UpdateSender};

pub(crate) use config::SENDER_WINDOW;

#[cfg(test)]
mod tests;

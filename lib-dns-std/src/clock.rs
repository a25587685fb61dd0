//! The time of day, for what is signed.

#[cfg(test)]
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as signatures have them; 0 on a machine whose clock is before that.
pub(crate) fn unix_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// The time of day as those ask for it whose tests are not to wait for it.
#[derive(Clone, Default, Debug)]
pub(crate) enum UnixClock {
    /// That of the system.
    #[default]
    System,
    /// One that a test sets, in seconds since 1970.
    #[cfg(test)]
    Set(Arc<AtomicU64>),
}

impl UnixClock {
    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::System => unix_time(),
            #[cfg(test)]
            Self::Set(time) => time.load(Ordering::Relaxed),
        }
    }
}

//! When a secondary looks for a newer version of its zone (RFC 1034 4.3.5).

use crate::rr_data::{RecordType, Soa};
use crate::wire::Reader;
use crate::zone::Serial;

/// The timers of an SOA record, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SoaTimers {
    /// Between two looks for a newer version.
    pub refresh: u32,
    /// Before a look that failed is tried again.
    pub retry: u32,
    /// After which a version that could not be confirmed is no longer served.
    pub expire: u32,
}

impl SoaTimers {
    /// The timers in SOA data that stands in plain form.
    pub fn from_data(data: &[u8]) -> Option<Self> {
        let soa = Soa::read(&mut Reader::new(data)).ok()?;
        Some(Self {
            refresh: soa.refresh,
            retry: soa.retry,
            expire: soa.expire,
        })
    }
}

/// Within what an SOA record's timers are followed: a zone's owner can neither make a secondary ask all the time,
/// nor keep it from ever asking. All but the last are in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RefreshBounds {
    /// The least for refresh.
    pub min_refresh: u32,
    /// The most for refresh.
    pub max_refresh: u32,
    /// The least for retry.
    pub min_retry: u32,
    /// The most for retry.
    pub max_retry: u32,
    /// The most for expire. The least is refresh and retry together, so that one look can fail.
    pub max_expire: u32,
    /// Before the first transfer is tried again, which nobody's SOA record can tell. Each further wait is twice
    /// as long, up to `max_first_retry`.
    pub first_retry: u32,
    /// The longest wait for the first transfer.
    pub max_first_retry: u32,
    /// How much of a wait is left to chance, in percent: so that secondaries do not all ask at once.
    pub jitter: u8,
}

impl Default for RefreshBounds {
    /// BIND's: refresh from five minutes to four weeks, retry from five minutes to two weeks, expire up to 24
    /// weeks. The first transfer is tried again after five seconds, then less and less often down to once in an
    /// hour. A quarter is left to chance.
    fn default() -> Self {
        Self {
            min_refresh: 300,
            max_refresh: 2_419_200,
            min_retry: 300,
            max_retry: 1_209_600,
            max_expire: 14_515_200,
            first_retry: 5,
            max_first_retry: 3600,
            jitter: 25,
        }
    }
}

impl RefreshBounds {
    /// The timers within the bounds.
    pub fn bound(&self, timers: SoaTimers) -> SoaTimers {
        let refresh = timers.refresh.min(self.max_refresh).max(self.min_refresh);
        let retry = timers.retry.min(self.max_retry).max(self.min_retry);
        let expire = timers.expire.min(self.max_expire);
        SoaTimers {
            refresh,
            retry,
            expire: expire.max(refresh.saturating_add(retry)),
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RefreshAction {
    /// Ask the primaries for their version, and transfer it if [`Refresh::wants`] says so. Report how it went by
    /// [`Refresh::confirmed`], [`Refresh::transferred`] or [`Refresh::failed`]; nothing else is asked for
    /// before.
    Look {
        /// The version that a NOTIFY spoke of. If that is what made us look, a transfer can be asked for at once.
        notified: Option<Serial>,
    },
    /// The version could not be confirmed for too long: serve it no more. Looking goes on.
    Expire,
}

/// The timers of one secondary zone.
///
/// Times are in milliseconds, by a clock of the caller's that never goes back. Random words decide how much
/// earlier than the SOA record says a look comes.
///
/// ```
/// use lib_dns_core::transfer::{Refresh, RefreshAction, RefreshBounds, SoaTimers};
/// use lib_dns_core::zone::Serial;
/// let mut refresh = Refresh::without_copy(RefreshBounds::default(), 0);
/// assert_eq!(refresh.poll(0), Some(RefreshAction::Look { notified: None }));
/// let timers = SoaTimers { refresh: 3600, retry: 600, expire: 86400 };
/// refresh.transferred(500, 0, Serial(7), timers, None);
/// assert_eq!(refresh.next_deadline(), Some(3_600_500));
/// assert!(!refresh.notified(1000, Some(Serial(7))), "that one is here");
/// assert!(refresh.notified(1000, Some(Serial(8))));
/// let notified = Some(Serial(8));
/// assert_eq!(refresh.poll(1000), Some(RefreshAction::Look { notified }));
/// assert!(refresh.wants(Serial(8)));
/// refresh.failed(2000, 0);
/// assert_eq!(refresh.next_deadline(), Some(602_000));
/// ```
#[derive(Clone, Debug)]
pub struct Refresh {
    bounds: RefreshBounds,
    /// The version that is here, and its timers; it stays known after it has expired.
    copy: Option<(Serial, SoaTimers)>,
    /// When the version expires, if it has not.
    expires: Option<u64>,
    /// When to look next.
    next: u64,
    /// Is a look under way?
    is_looking: bool,
    /// What a NOTIFY told that no look has followed yet.
    notified: Option<Notified>,
    /// Looks that failed in a row, without a copy.
    failures: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Notified {
    serial: Option<Serial>,
}

impl Refresh {
    /// For a zone that is not here yet: it is looked for at once.
    pub fn without_copy(bounds: RefreshBounds, now: u64) -> Self {
        Self {
            bounds,
            copy: None,
            expires: None,
            next: now,
            is_looking: false,
            notified: None,
            failures: 0,
        }
    }

    /// For a zone of which a version is here, which was confirmed so many milliseconds ago. Whether there is a
    /// newer one is looked for at once.
    pub fn with_copy(
        bounds: RefreshBounds,
        now: u64,
        serial: Serial,
        timers: SoaTimers,
        confirmed_ago: u64,
    ) -> Self {
        let timers = bounds.bound(timers);
        let left = milliseconds(timers.expire).saturating_sub(confirmed_ago);
        Self {
            copy: Some((serial, timers)),
            expires: Some(now.saturating_add(left)),
            ..Self::without_copy(bounds, now)
        }
    }

    /// The version that is here.
    pub fn serial(&self) -> Option<Serial> {
        self.copy.map(|(serial, _)| serial)
    }

    /// May the version that is here be served?
    pub fn is_served(&self) -> bool {
        self.expires.is_some()
    }

    /// Milliseconds until the version that is here expires, for the EXPIRE option of our own answers (RFC 7314).
    pub fn expires_in(&self, now: u64) -> Option<u64> {
        self.expires.map(|expires| expires.saturating_sub(now))
    }

    /// Is a version to be transferred?
    pub fn wants(&self, serial: Serial) -> bool {
        self.serial().is_none_or(|ours| serial.is_newer_than(ours))
    }

    /// What to do now; call it again until `None`.
    pub fn poll(&mut self, now: u64) -> Option<RefreshAction> {
        if self.expires.is_some_and(|expires| expires <= now) {
            self.expires = None;
            return Some(RefreshAction::Expire);
        }
        if self.is_looking || self.next > now {
            return None;
        }
        self.is_looking = true;
        let notified = self.notified.take().and_then(|notified| notified.serial);
        Some(RefreshAction::Look { notified })
    }

    /// When to ask [`Refresh::poll`] again; `None` while a look is under way and nothing can expire. Every other
    /// method may change it.
    pub fn next_deadline(&self) -> Option<u64> {
        let look = (!self.is_looking).then_some(self.next);
        match (look, self.expires) {
            (Some(look), Some(expires)) => Some(look.min(expires)),
            (look, expires) => look.or(expires),
        }
    }

    /// A NOTIFY came, from one who may send it. Says if it will be followed by a look. Many of them make one look,
    /// and one more if they come while it is under way.
    pub fn notified(&mut self, now: u64, serial: Option<Serial>) -> bool {
        if serial.is_some_and(|serial| !self.wants(serial)) {
            return false;
        }
        let known = self.notified.map(|notified| notified.serial);
        let newest = match (known, serial) {
            (Some(Some(known)), Some(serial)) if known.is_newer_than(serial) => Some(known),
            (_, serial) => serial,
        };
        self.notified = Some(Notified { serial: newest });
        self.next = self.next.min(now);
        true
    }

    /// Look now, because a person says so. Under way is under way.
    pub fn look_now(&mut self, now: u64) {
        self.next = self.next.min(now);
    }

    /// The version that is here is the newest. `expire` is for how many seconds the primary may still serve its own
    /// (RFC 7314), if it said so.
    pub fn confirmed(&mut self, now: u64, random: u32, expire: Option<u32>) {
        let Some((serial, timers)) = self.copy else {
            // Of a zone that is not here nothing can be confirmed.
            return self.failed(now, random);
        };
        self.failures = 0;
        let expire = expire.map_or(timers.expire, |told| told.min(timers.expire));
        self.expires = Some(now.saturating_add(milliseconds(expire)));
        self.wait(now, random, timers.refresh);
        // A NOTIFY that came meanwhile may have spoken of a version after this one.
        match self.notified {
            Some(Notified { serial: Some(told) }) if !told.is_newer_than(serial) => {
                self.notified = None;
            }
            Some(_) => self.next = now,
            None => {}
        }
    }

    /// A version was transferred and is here now; the rest is as for [`Refresh::confirmed`].
    pub fn transferred(
        &mut self,
        now: u64,
        random: u32,
        serial: Serial,
        timers: SoaTimers,
        expire: Option<u32>,
    ) {
        self.copy = Some((serial, self.bounds.bound(timers)));
        self.confirmed(now, random, expire);
    }

    /// No primary could be asked, or the transfer failed.
    pub fn failed(&mut self, now: u64, random: u32) {
        let seconds = match self.copy {
            Some((_, timers)) => timers.retry,
            None => {
                let doublings = u32::from(self.failures.min(31));
                self.failures = self.failures.saturating_add(1);
                let first = self.bounds.first_retry;
                let wait = first.saturating_mul(1 << doublings);
                wait.min(self.bounds.max_first_retry).max(1)
            }
        };
        self.wait(now, random, seconds);
        // What was told before the look failed is part of the next one; what came meanwhile makes it come now.
        if self.notified.is_some() {
            self.next = now;
        }
    }

    fn wait(&mut self, now: u64, random: u32, seconds: u32) {
        self.is_looking = false;
        let whole = milliseconds(seconds);
        let chance = whole.saturating_mul(u64::from(self.bounds.jitter.min(100))) / 100;
        // The upper half of the random word, as a fraction of 2^16.
        let earlier = chance.saturating_mul(u64::from(random >> 16)) >> 16;
        self.next = now.saturating_add(whole.saturating_sub(earlier));
    }
}

fn milliseconds(seconds: u32) -> u64 {
    u64::from(seconds).saturating_mul(1000)
}

//! What the side of applications keeps to when it resolves (ZDNS architecture 14.1 rule 5, 15.1, 15.2).
//!
//! A [`QueryGuard`] stands before every resolution of a client. It refuses what the contract forbids: a name more than 10 times
//! in a second, and any name in the hot path. A debug build stops there and then, with the name, since it is the application
//! that has to be mended. A release build refuses, counts, and logs each violation once. A server has no such guard: whoever
//! sends queries is never able to stop a server.

use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::policy::RateSlot;
use lib_dns_core::policy::contract::{Activity, QueryRates, Violation};
use lib_dns_core::time::Timestamp;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Names that are counted at a time; if there are more, the one that was counted first makes room.
const NAMES: usize = 128;

thread_local! {
    static DOING: Cell<Activity> = const { Cell::new(Activity::Preparing) };
}

/// Says what this thread is doing until what is returned is dropped: a packet handler begins with
/// `let _handling = doing(Activity::HandlingPacket);`, and whatever it calls cannot resolve.
///
/// It belongs to the thread. A task that waits gives its thread to others: do not hold it across an `await`.
#[must_use = "it ends when it is dropped"]
pub fn doing(activity: Activity) -> Doing {
    Doing {
        before: DOING.replace(activity),
        of_this_thread: PhantomData,
    }
}

/// What [`doing`] returns.
#[derive(Debug)]
pub struct Doing {
    before: Activity,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for Doing {
    fn drop(&mut self) {
        DOING.set(self.before);
    }
}

/// What a guard does about a violation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnViolation {
    /// It panics, with the name in the text.
    Panic,
    /// It refuses.
    Refuse,
}

impl Default for OnViolation {
    /// In debug builds a panic, in release builds a refusal (15.2).
    fn default() -> Self {
        match cfg!(debug_assertions) {
            true => Self::Panic,
            false => Self::Refuse,
        }
    }
}

/// Stands before every resolution of a client.
///
/// ```
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_core::policy::contract::{Activity, Violation};
/// use lib_dns_std::client::{OnViolation, QueryGuard, doing};
/// let guard = QueryGuard::new(OnViolation::Refuse);
/// let name = NameBuf::from_text("alice.sovereign.")?;
/// assert_eq!(guard.check(&name.as_name()), Ok(()));
/// let _handling = doing(Activity::HandlingPacket);
/// assert_eq!(guard.check(&name.as_name()), Err(Violation::PacketHandler));
/// assert_eq!(guard.violations(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct QueryGuard {
    began: Instant,
    rates: Mutex<QueryRates<Box<[RateSlot<NameBuf>]>>>,
    on_violation: OnViolation,
    violations: AtomicU64,
    /// Was a resolution in the hot path logged?
    logged_hot_path: AtomicBool,
}

impl Default for QueryGuard {
    fn default() -> Self {
        Self::new(OnViolation::default())
    }
}

impl QueryGuard {
    /// A guard for one client: an application with several sessions has one for all of them.
    pub fn new(on_violation: OnViolation) -> Self {
        let slots = vec![RateSlot::default(); NAMES].into_boxed_slice();
        Self {
            began: Instant::now(),
            rates: Mutex::new(QueryRates::new(slots)),
            on_violation,
            violations: AtomicU64::new(0),
            logged_hot_path: AtomicBool::new(false),
        }
    }

    /// A name is to be resolved, now and by this thread.
    ///
    /// # Errors
    /// What forbids it. Use what was resolved before, and resolve in the background.
    ///
    /// # Panics
    /// Instead of an error, if the guard was made so: by default in debug builds.
    pub fn check(&self, name: &Name<'_>) -> Result<(), Violation> {
        let now = Timestamp::ZERO.saturating_add(self.began.elapsed());
        self.check_at(now, name)
    }

    /// How often something was forbidden.
    pub fn violations(&self) -> u64 {
        self.violations.load(Ordering::Relaxed)
    }

    fn check_at(&self, now: Timestamp, name: &Name<'_>) -> Result<(), Violation> {
        let judged = DOING.get().check().and_then(|()| self.count(now, name));
        let Err(violation) = judged else {
            return judged;
        };
        self.violations.fetch_add(1, Ordering::Relaxed);
        match self.on_violation {
            OnViolation::Panic => panic!("{name}: {violation}"),
            OnViolation::Refuse => {
                let is_first = match violation {
                    Violation::QueryRate { is_first } => is_first,
                    _ => !self.logged_hot_path.swap(true, Ordering::Relaxed),
                };
                if is_first {
                    tracing::warn!("{name}: {violation}");
                }
                Err(violation)
            }
        }
    }

    fn count(&self, now: Timestamp, name: &Name<'_>) -> Result<(), Violation> {
        // A name is never too long for a buffer of names.
        let name = NameBuf::copy_of(name).unwrap_or(NameBuf::ROOT);
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.check_query_rate(now, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn name(text: &str) -> NameBuf {
        NameBuf::from_text(text).unwrap()
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn rule_15_2_debug_builds_stop_and_release_builds_refuse() {
        let stops = OnViolation::default() == OnViolation::Panic;
        assert_eq!(stops, cfg!(debug_assertions));
        assert_eq!(QueryGuard::default().on_violation, OnViolation::default());
    }

    #[test]
    fn rule_15_2_check_query_rate_panics_with_the_name() {
        let guard = QueryGuard::new(OnViolation::Panic);
        let (alice, bob) = (name("alice.sovereign."), name("bob.sovereign."));
        for _ in 0..10 {
            assert_eq!(guard.check_at(at(0), &alice.as_name()), Ok(()));
            assert_eq!(guard.check_at(at(0), &bob.as_name()), Ok(()));
        }
        let alice =
            AssertUnwindSafe(|| guard.check_at(at(999), &name("ALICE.sovereign.").as_name()));
        let panic = catch_unwind(alice).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.starts_with("ALICE.sovereign.: INVARIANT VIOLATION: Query rate > 10/sec"));
        // Whoever catches it can go on: nothing is left locked, and the second has ended.
        assert_eq!(guard.check_at(at(1_000), &bob.as_name()), Ok(()));
        assert_eq!(guard.violations(), 1);
    }

    #[test]
    fn rule_15_2_check_query_rate_refuses_and_counts_in_release_builds() {
        let guard = QueryGuard::new(OnViolation::Refuse);
        let alice = name("alice.sovereign.");
        let refused = (0..15).filter(|_| guard.check_at(at(0), &alice.as_name()).is_err());
        assert_eq!(refused.count(), 5);
        assert_eq!(guard.violations(), 5);
    }

    #[test]
    fn rule_15_2_check_not_in_packet_handler_panics_with_the_name() {
        let guard = QueryGuard::new(OnViolation::Panic);
        let alice = name("alice.sovereign.");
        let check = || guard.check_at(at(0), &alice.as_name());
        let handling = doing(Activity::HandlingPacket);
        let panic = catch_unwind(AssertUnwindSafe(check)).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.starts_with(
            "alice.sovereign.: INVARIANT VIOLATION: DNS resolution called from packet handler"
        ));
        drop(handling);
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn rule_14_1_5_whatever_a_hot_path_calls_cannot_resolve() {
        let guard = QueryGuard::new(OnViolation::Refuse);
        let alice = name("alice.sovereign.");
        let check = || guard.check_at(at(0), &alice.as_name());
        let _connecting = doing(Activity::Connecting);
        assert_eq!(check(), Err(Violation::HotPath));
        {
            let _preparing = doing(Activity::Preparing);
            assert_eq!(check(), Ok(()));
        }
        assert_eq!(check(), Err(Violation::HotPath));
        // Other threads do something else.
        std::thread::scope(|scope| {
            let other = scope.spawn(|| guard.check_at(at(0), &alice.as_name()));
            assert_eq!(other.join().unwrap(), Ok(()));
        });
    }
}

//! One writer at a time for each zone, in the order in which they came.

use super::error::CommitError;
use crate::journal::Version;
use crate::zone::Zone;
use lib_dns_core::name::{Name, NameBuf};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The most writers that may wait for their turn at one zone.
const MAX_WAITING: u64 = 64;

/// The lines in which the writers of zones stand.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<NameBuf, Arc<Line>>>);

#[derive(Debug, Default)]
struct Line {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The number that the next one draws.
    next: u64,
    /// The number whose turn it is.
    serving: u64,
    /// Which version a zone is, so that it need not be found out again.
    known: Option<(Arc<Zone>, Version)>,
}

impl Turns {
    /// Waits for the turn to change a zone.
    pub(super) fn take<E>(&self, apex: &Name<'_>) -> Result<Turn, CommitError<E>> {
        let line = Arc::clone(lock(&self.0).entry((*apex).into()).or_default());
        let mut state = lock(&line.state);
        if state.next - state.serving > MAX_WAITING {
            return Err(CommitError::Busy(Box::new((*apex).into())));
        }
        let number = state.next;
        state.next += 1;
        while state.serving != number {
            state = line
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let known = state.known.take();
        drop(state);
        Ok(Turn { line, known })
    }

    /// Nobody is expected to change this zone again.
    pub(super) fn forget(&self, apex: &Name<'_>) {
        let mut lines = lock(&self.0);
        let key = NameBuf::from(*apex);
        // Who waits already keeps the line, and others must stand in the same.
        let is_idle = lines.get(&key).is_some_and(|line| {
            let state = lock(&line.state);
            state.next == state.serving && Arc::strong_count(line) == 1
        });
        if is_idle {
            lines.remove(&key);
        }
    }
}

/// The turn to change a zone.
#[derive(Debug)]
pub(super) struct Turn {
    line: Arc<Line>,
    known: Option<(Arc<Zone>, Version)>,
}

impl Turn {
    /// Which version a zone is.
    pub(super) fn version(&mut self, zone: &Arc<Zone>) -> Version {
        match &self.known {
            Some((known, version)) if Arc::ptr_eq(known, zone) => *version,
            _ => {
                let version = Version::of(zone);
                self.set_version(zone, version);
                version
            }
        }
    }

    pub(super) fn set_version(&mut self, zone: &Arc<Zone>, version: Version) {
        self.known = Some((Arc::clone(zone), version));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = lock(&self.line.state);
        state.known = self.known.take();
        state.serving += 1;
        drop(state);
        self.line.moved.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code between lock and unlock can leave the state half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Accepting connections, and closing the least used where there are too many.

use super::connection::{self, Activity};
use super::{Respond, Settings};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// How long to wait when the system has no more files to give.
const OUT_OF_FILES: Duration = Duration::from_millis(50);

/// The open connections of all addresses.
#[derive(Clone)]
pub(super) struct Connections {
    settings: Arc<Settings>,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_number: HashMap<u64, (Arc<Activity>, AbortHandle)>,
}

impl Connections {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            open: Arc::default(),
        }
    }

    /// Serves a listener until `stop` says so, and then until its connections have ended.
    pub(super) async fn serve(
        self,
        listener: TcpListener,
        respond: impl Respond,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tasks = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = connection::stopped(&mut stop) => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(OUT_OF_FILES).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            self.make_room();
            let activity = Arc::new(Activity::new());
            let (settings, seen) = (Arc::clone(&self.settings), Arc::clone(&activity));
            let (respond, stop) = (respond.clone(), stop.clone());
            let number = self.number();
            // It leaves the table also where it is aborted.
            let entry = Entry {
                number,
                open: Arc::clone(&self.open),
            };
            let task = tasks.spawn(async move {
                let _entry = entry;
                connection::serve(stream, respond, &settings, &seen, stop).await;
            });
            self.lock().by_number.insert(number, (activity, task));
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
    }

    fn number(&self) -> u64 {
        let mut open = self.lock();
        open.next += 1;
        open.next
    }

    /// Closes the connection that has been without a query for longest, if there are too many.
    fn make_room(&self) {
        let mut open = self.lock();
        open.by_number.retain(|_, (_, task)| !task.is_finished());
        while open.by_number.len() >= self.settings.connections.max(1) {
            let least = open.by_number.iter();
            let least = least.min_by_key(|(_, (activity, _))| activity.last());
            let Some(number) = least.map(|(number, _)| *number) else {
                return;
            };
            if let Some((_, task)) = open.by_number.remove(&number) {
                task.abort();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place in the table, which it leaves when it ends.
struct Entry {
    number: u64,
    open: Arc<Mutex<Open>>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.by_number.remove(&self.number);
    }
}

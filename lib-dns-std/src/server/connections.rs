//! Accepting connections, and closing the least used where there are too many.

use super::connection::{self, Activity};
use super::{Certificate, Client, Respond, Settings, Transport};
use std::collections::HashMap;
use std::net::IpAddr;
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
    by_number: HashMap<u64, Connection>,
}

struct Connection {
    client: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

impl Open {
    /// Of the connections that count, closes those that have been without a query for longest, until one
    /// more keeps to the limit.
    fn close_least_used(&mut self, limit: usize, counts: impl Fn(&Connection) -> bool) {
        loop {
            let counted = || self.by_number.iter().filter(|(_, one)| counts(one));
            if counted().count() < limit.max(1) {
                return;
            }
            let least = counted().min_by_key(|(number, one)| (one.activity.last(), **number));
            let Some(number) = least.map(|(number, _)| *number) else {
                return;
            };
            if let Some(connection) = self.by_number.remove(&number) {
                connection.task.abort();
            }
        }
    }
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
        certificate: Option<Certificate>,
        respond: impl Respond,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tasks = JoinSet::new();
        // A trouble that lasts is told once.
        let mut failing = false;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = connection::stopped(&mut stop) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !failing {
                        tracing::warn!("no TCP connection can be accepted: {error}");
                    }
                    failing = true;
                    tokio::time::sleep(OUT_OF_FILES).await;
                    continue;
                }
            };
            failing = false;
            let _ = stream.set_nodelay(true);
            let address = peer.ip().to_canonical();
            self.make_room(address);
            let client = Client {
                address: peer,
                transport: Transport::Stream,
                encrypted: certificate.is_some(),
            };
            let acceptor = certificate.as_ref().map(Certificate::acceptor);
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
                let Some(acceptor) = acceptor else {
                    return connection::serve(stream, client, respond, &settings, &seen, stop)
                        .await;
                };
                // A handshake has as long as a query.
                let shaken = tokio::time::timeout(settings.receive, acceptor.accept(stream)).await;
                match shaken {
                    Ok(Ok(stream)) => {
                        connection::serve(stream, client, respond, &settings, &seen, stop).await;
                    }
                    Ok(Err(error)) => tracing::debug!("TLS with {address}: {error}"),
                    Err(_) => tracing::debug!("TLS with {address}: the handshake took too long"),
                }
            });
            let connection = Connection {
                client: address,
                activity,
                task,
            };
            self.lock().by_number.insert(number, connection);
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
    }

    fn number(&self) -> u64 {
        let mut open = self.lock();
        open.next += 1;
        open.next
    }

    /// Makes room for one more connection, first among those of its own client, then among all.
    fn make_room(&self, client: IpAddr) {
        let mut open = self.lock();
        open.by_number
            .retain(|_, connection| !connection.task.is_finished());
        let own = self.settings.connections_of_client;
        open.close_least_used(own, |connection| connection.client == client);
        open.close_least_used(self.settings.connections, |_| true);
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

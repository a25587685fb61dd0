//! UDP and TCP sockets around whatever makes the answers.
//!
//! | part | how |
//! |---|---|
//! | UDP | for each address one plain thread per core, each with a socket of its own (SO_REUSEPORT), that receives and sends in batches; no allocation and no lock per query |
//! | TCP (RFC 7766) | tokio; pipelined queries are answered in batches, with deadlines for idling, for sending a query and for taking the answers |
//! | TLS (RFC 7858, RFC 9103) | as TCP, on addresses of its own |
//! | what takes longer | [`Respond::later`], on the runtime: a bounded number at a time for UDP; on a stream one after the other, with any number of messages in answer |
//!
//! A server is made in two steps, so that all addresses are taken before anything is served:
//!
//! ```no_run
//! use lib_dns_std::server::{Answer, Bound, Client, Respond, Settings};
//!
//! #[derive(Clone)]
//! struct Refuse;
//!
//! impl Respond for Refuse {
//!     type Held = std::convert::Infallible;
//!
//!     fn respond(&mut self, query: &[u8], _: &Client, out: &mut [u8]) -> Answer {
//!         let Some([id1, id0, flags, ..]) = query.get(..12) else {
//!             return Answer::None;
//!         };
//!         if flags & 0x80 != 0 {
//!             return Answer::None;
//!         }
//!         out[..12].copy_from_slice(&[*id1, *id0, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
//!         Answer::Ready(12)
//!     }
//! }
//!
//! let bound = Bound::bind(&["127.0.0.1:5300".parse().unwrap()], Settings::default())?;
//! let running = bound.start(Refuse)?;
//! running.stop();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! An answer leaves from the address that was asked, because each socket is bound to one address: a
//! wildcard address stands for the addresses that the machine has when the server starts.

mod authority;
mod connection;
mod connections;
mod datagrams;
mod listen;
mod replies;
mod tls;
mod udp;

pub use authority::Authority;
pub use lib_dns_core::answer::Transport;
pub use listen::{BindError, Bound};
pub use replies::Replies;
pub(crate) use tls::{ALPN, certificates};
pub use tls::{Certificate, CertificateError};

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Who asks, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client {
    /// Where the request came from. Over UDP that may be forged.
    pub address: SocketAddr,
    /// How it came.
    pub transport: Transport,
    /// Did it come over TLS?
    pub encrypted: bool,
}

/// What a request gets at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer<H = Infallible> {
    /// So many octets, which were written to the front of the buffer.
    Ready(usize),
    /// Nothing, ever.
    None,
    /// What [`Respond::later`] sends, which is given this.
    Later(H),
}

impl<H> Answer<H> {
    /// How many octets are ready, if any are.
    pub fn ready(self) -> Option<usize> {
        match self {
            Self::Ready(length) => Some(length),
            Self::None | Self::Later(_) => None,
        }
    }
}

impl<H> From<Option<usize>> for Answer<H> {
    fn from(length: Option<usize>) -> Self {
        length.map_or(Self::None, Self::Ready)
    }
}

/// What makes the answers. Every thread and every connection works with a clone of its own.
pub trait Respond: Clone + Send + 'static {
    /// What is known of a request that is answered later; [`Infallible`] if none is.
    type Held: Send + 'static;

    /// Writes the answer to `query` to the start of `out`. It must neither block nor wait: what takes longer
    /// is left for [`Self::later`].
    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer<Self::Held>;

    /// Is called when there has been nothing to do for a moment: time to let go of what is out of date.
    fn idle(&mut self) {}

    /// Answers what [`Self::respond`] left for later, with any number of messages. On a stream, the requests
    /// behind it wait until it is done.
    fn later(
        &mut self,
        _request: Vec<u8>,
        _held: Self::Held,
        _client: Client,
        _replies: Replies<'_>,
    ) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Limits of a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// UDP threads for each address.
    pub udp_threads: usize,
    /// TCP and TLS connections at a time; above it, the one that has been without a query for longest is closed.
    pub connections: usize,
    /// Connections of one client at a time; above it, the one of its own that has been without a
    /// query for longest is closed. A client is an address; IPv4 in IPv6 is IPv4.
    pub connections_of_client: usize,
    /// Queries of one connection that are answered before the client has to take the answers.
    pub pipelined: usize,
    /// Requests over UDP that are answered later, at a time; beyond it they are dropped.
    pub later: usize,
    /// How long a connection may be without a query.
    pub idle: Duration,
    /// How long a query may take from its first octet to its last.
    pub receive: Duration,
    /// How long a client may take to accept a batch of answers.
    pub send: Duration,
    /// How long open connections may take to end when the server stops.
    pub stop: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            udp_threads: std::thread::available_parallelism().map_or(1, usize::from),
            connections: 1000,
            connections_of_client: 100,
            pipelined: 64,
            later: 1000,
            idle: Duration::from_secs(10),
            receive: Duration::from_secs(5),
            send: Duration::from_secs(5),
            stop: Duration::from_secs(5),
        }
    }
}

/// A server that serves. Dropping it ends it without regard for open connections.
pub struct Running {
    stopping: Arc<AtomicBool>,
    stop_streams: watch::Sender<bool>,
    datagram_threads: Vec<JoinHandle<()>>,
    runtime: Option<Runtime>,
    acceptors: Vec<tokio::task::JoinHandle<()>>,
    patience: Duration,
}

impl Running {
    /// What the server's tasks run on, for what has to go on beside them. It ends with the server.
    pub fn runtime(&self) -> Option<&tokio::runtime::Handle> {
        self.runtime.as_ref().map(Runtime::handle)
    }

    /// Takes no more queries, answers those that have come, and ends.
    pub fn stop(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        let _ = self.stop_streams.send(true);
        for thread in self.datagram_threads.drain(..) {
            let _ = thread.join();
        }
        if let Some(runtime) = self.runtime.take() {
            let acceptors = std::mem::take(&mut self.acceptors);
            runtime.block_on(async {
                let all = async {
                    for acceptor in acceptors {
                        let _ = acceptor.await;
                    }
                };
                let _ = tokio::time::timeout(self.patience, all).await;
            });
            runtime.shutdown_background();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;

//! One TCP connection (RFC 7766).

use super::{Respond, Settings, Transport};
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::{frame_head, split_frame};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{self, Instant as Deadline};

/// Octets that are read at once, while no longer message is on its way.
const PIECE: usize = 4096;
/// Octets of answers that are gathered before the client has to take them.
const GATHERED: usize = 64 * 1024;

/// When a connection last brought a query.
pub(super) struct Activity(AtomicU64);

impl Activity {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(milliseconds()))
    }

    /// In milliseconds since a moment that is the same for all.
    pub(super) fn last(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn renew(&self) {
        self.0.store(milliseconds(), Ordering::Relaxed);
    }
}

fn milliseconds() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// Answers the queries of a connection until the client closes it, a deadline passes or the server stops.
pub(super) async fn serve<R: Respond>(
    mut stream: TcpStream,
    respond: R,
    settings: &Settings,
    activity: &Arc<Activity>,
    mut stop: watch::Receiver<bool>,
) {
    let mut exchange = Exchange {
        respond,
        input: Vec::new(),
        start: 0,
        out: Vec::new(),
        answer: vec![0; MAX_MESSAGE_LEN].into_boxed_slice(),
    };
    let mut deadline = Deadline::now() + settings.idle;
    loop {
        let before = exchange.answer_complete(settings.pipelined.max(1));
        if before.queries > 0 {
            activity.renew();
        }
        if !exchange.out.is_empty() {
            let sent = time::timeout(settings.send, stream.write_all(&exchange.out)).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
            exchange.out.clear();
        }
        if before.more {
            continue;
        }
        // A query's time runs from its first octet; what trickles does not extend it.
        if before.queries > 0 || exchange.input.is_empty() {
            let allowed = if exchange.input.is_empty() {
                settings.idle
            } else {
                settings.receive
            };
            deadline = Deadline::now() + allowed;
        }
        let was_empty = exchange.input.is_empty();
        let read = tokio::select! {
            read = time::timeout_at(deadline, exchange.fill(&mut stream)) => Some(read),
            () = stopped(&mut stop) => None,
        };
        let read = match read {
            Some(read) => read,
            // What has come already is still answered.
            None => time::timeout(Duration::ZERO, exchange.fill(&mut stream)).await,
        };
        match read {
            Ok(Ok(read)) if read > 0 => {}
            // The client has closed its side, broken off, or let the deadline pass.
            _ => break,
        }
        if was_empty {
            deadline = Deadline::now() + settings.receive;
        }
    }
    let _ = time::timeout(settings.send, stream.shutdown()).await;
}

/// Waits until the server stops.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the server is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What has come and what goes.
struct Exchange<R> {
    respond: R,
    input: Vec<u8>,
    /// Where in `input` the first message begins that is not yet answered.
    start: usize,
    out: Vec<u8>,
    answer: Box<[u8]>,
}

struct Answered {
    queries: usize,
    /// Is there another complete query?
    more: bool,
}

impl<R: Respond> Exchange<R> {
    /// Answers complete queries, up to `limit` or until the answers fill the buffer.
    fn answer_complete(&mut self, limit: usize) -> Answered {
        let mut queries = 0;
        let mut more = false;
        while let Some((query, rest)) = self.input.get(self.start..).and_then(split_frame) {
            if queries == limit || self.out.len() >= GATHERED {
                more = true;
                break;
            }
            let length = self
                .respond
                .respond(query, Transport::Stream, &mut self.answer);
            let answer = length.and_then(|length| self.answer.get(..length));
            // An answer is at most as long as its buffer, which is as long as a frame can be.
            if let Some((answer, head)) =
                answer.and_then(|answer| Some((answer, frame_head(answer).ok()?)))
            {
                self.out.extend_from_slice(&head);
                self.out.extend_from_slice(answer);
            }
            self.start = self.input.len() - rest.len();
            queries += 1;
        }
        if !more {
            self.input.drain(..self.start);
            self.start = 0;
        }
        Answered { queries, more }
    }

    /// Reads what has come; never more than one piece beyond the longest message.
    async fn fill(&mut self, stream: &mut TcpStream) -> io::Result<usize> {
        if self.input.capacity() > PIECE && self.input.len() < PIECE {
            self.input.shrink_to(PIECE);
        }
        self.input.reserve(PIECE);
        stream.read_buf(&mut self.input).await
    }
}

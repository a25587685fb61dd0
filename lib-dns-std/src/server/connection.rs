//! One connection (RFC 7766), with or without TLS.

use super::{Answer, Client, Replies, Respond, Settings};
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::{frame_head, split_frame};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
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

    pub(super) fn renew(&self) {
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
    mut stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    client: Client,
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
        let before = exchange.answer_complete(settings.pipelined.max(1), &client);
        if before.queries > 0 {
            activity.renew();
        }
        if !exchange.out.is_empty() {
            if send(&mut stream, &exchange.out, settings.send)
                .await
                .is_err()
            {
                return;
            }
            exchange.out.clear();
        }
        if let Some((request, held)) = before.later {
            let replies = Replies::stream(&mut stream, settings.send, activity);
            exchange.respond.later(request, held, client, replies).await;
            activity.renew();
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

/// Sends octets; the client has so long to take them.
pub(super) async fn send(
    stream: &mut (impl AsyncWrite + Unpin + ?Sized),
    octets: &[u8],
    patience: Duration,
) -> io::Result<()> {
    let all = async {
        stream.write_all(octets).await?;
        // TLS may still hold some of it.
        stream.flush().await
    };
    let sent = time::timeout(patience, all).await;
    sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
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

struct Answered<H> {
    queries: usize,
    /// Is there another complete query?
    more: bool,
    /// The last one, if it takes longer.
    later: Option<(Vec<u8>, H)>,
}

impl<R: Respond> Exchange<R> {
    /// Answers complete queries, up to `limit` or until the answers fill the buffer.
    fn answer_complete(&mut self, limit: usize, client: &Client) -> Answered<R::Held> {
        let mut queries = 0;
        let mut more = false;
        let mut later = None;
        while let Some((query, rest)) = self.input.get(self.start..).and_then(split_frame) {
            if queries == limit || later.is_some() || self.out.len() >= GATHERED {
                more = true;
                break;
            }
            let answer = match self.respond.respond(query, client, &mut self.answer) {
                Answer::Ready(length) => self.answer.get(..length),
                Answer::None => None,
                Answer::Later(held) => {
                    later = Some((query.to_vec(), held));
                    None
                }
            };
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
        Answered {
            queries,
            more,
            later,
        }
    }

    /// Reads what has come; never more than one piece beyond the longest message.
    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        if self.input.capacity() > PIECE && self.input.len() < PIECE {
            self.input.shrink_to(PIECE);
        }
        self.input.reserve(PIECE);
        stream.read_buf(&mut self.input).await
    }
}

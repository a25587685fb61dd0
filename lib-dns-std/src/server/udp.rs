//! The loop of a UDP thread.

use super::datagrams::{Datagrams, MAX_LEN};
use super::{Answer, Client, Replies, Respond, Transport};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How long a thread sleeps at most before it sees that it shall stop.
const NAP: Duration = Duration::from_millis(200);
/// How long queries that came before the stop may take to answer.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Where requests go that cannot be answered at once.
#[derive(Clone)]
pub(super) struct HandOver {
    pub(super) runtime: Handle,
    /// How many more may be on their way.
    pub(super) room: Arc<Semaphore>,
}

impl HandOver {
    /// Has a request answered on the runtime; without room it is dropped, and the client asks again.
    fn take<R: Respond>(
        &self,
        respond: &R,
        request: &[u8],
        held: R::Held,
        client: Client,
        socket: &Arc<UdpSocket>,
    ) {
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::debug!("request of {} dropped: too many wait", client.address);
            return;
        };
        let (mut respond, request) = (respond.clone(), request.to_vec());
        let socket = Arc::clone(socket);
        self.runtime.spawn(async move {
            let replies = Replies::datagram(&socket, client.address);
            respond.later(request, held, client, replies).await;
            drop(place);
        });
    }
}

/// Answers the queries of a socket until `stopping`, and then those that have come already.
pub(super) fn serve(
    socket: &Arc<UdpSocket>,
    mut respond: impl Respond,
    hand_over: &HandOver,
    stopping: &AtomicBool,
) {
    if socket.set_read_timeout(Some(NAP)).is_err() {
        return;
    }
    let mut datagrams = Datagrams::new();
    // A trouble that lasts is told once.
    let mut failing = false;
    while !stopping.load(Ordering::Relaxed) {
        match answer_once(socket, &mut datagrams, &mut respond, hand_over) {
            Ok(()) => failing = false,
            Err(error) if is_nothing_yet(&error) => respond.idle(),
            // A reply that did not get through may be told here; the socket is as good as before.
            Err(error) if is_of_a_peer(&error) => {}
            // Without memory or with a lost interface: not at full speed.
            Err(error) => {
                if !failing {
                    tracing::warn!("no UDP query can be received: {error}");
                }
                failing = true;
                std::thread::sleep(NAP);
            }
        }
    }
    // Bound to itself, the socket takes no more from others, and the system tells them so. What has come
    // stays, so that no query falls between the last look and the end.
    if let Ok(own) = socket.local_addr() {
        let _ = socket.connect(own);
    }
    let deadline = Instant::now() + LAST_CALL;
    if socket.set_nonblocking(true).is_ok() {
        while Instant::now() < deadline
            && answer_once(socket, &mut datagrams, &mut respond, hand_over).is_ok()
        {}
    }
}

fn answer_once(
    socket: &Arc<UdpSocket>,
    datagrams: &mut Datagrams,
    respond: &mut impl Respond,
    hand_over: &HandOver,
) -> io::Result<()> {
    datagrams.receive(socket)?;
    datagrams.answer(|query, address: SocketAddr, out: &mut [u8; MAX_LEN]| {
        let client = Client {
            address,
            transport: Transport::Udp,
            encrypted: false,
        };
        match respond.respond(query, &client, out) {
            Answer::Ready(length) => Some(length),
            Answer::None => None,
            Answer::Later(held) => {
                hand_over.take(respond, query, held, client, socket);
                None
            }
        }
    });
    datagrams.send(socket);
    Ok(())
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn is_of_a_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

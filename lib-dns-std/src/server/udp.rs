//! The loop of a UDP thread.

use super::datagrams::{Datagrams, MAX_LEN};
use super::{Respond, Transport};
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a thread sleeps at most before it sees that it shall stop.
const NAP: Duration = Duration::from_millis(200);
/// How long queries that came before the stop may take to answer.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Answers the queries of a socket until `stopping`, and then those that have come already.
pub(super) fn serve(socket: &UdpSocket, mut respond: impl Respond, stopping: &AtomicBool) {
    if socket.set_read_timeout(Some(NAP)).is_err() {
        return;
    }
    let mut datagrams = Datagrams::new();
    // A trouble that lasts is told once.
    let mut failing = false;
    while !stopping.load(Ordering::Relaxed) {
        match answer_once(socket, &mut datagrams, &mut respond) {
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
        while Instant::now() < deadline && answer_once(socket, &mut datagrams, &mut respond).is_ok()
        {
        }
    }
}

fn answer_once(
    socket: &UdpSocket,
    datagrams: &mut Datagrams,
    respond: &mut impl Respond,
) -> io::Result<()> {
    datagrams.receive(socket)?;
    datagrams.answer(|query, out: &mut [u8; MAX_LEN]| respond.respond(query, Transport::Udp, out));
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

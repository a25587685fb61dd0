//! Ports that no other test takes.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

/// Not among the ports that the system gives to a connection of its own accord (those begin at 32768 on Linux
/// and at 49152 elsewhere), since one of them could be taken before the server comes to bind it.
const FIRST: u16 = 10_000;
const PORTS: u16 = 10_000;
/// Who holds a port so far above another one has that one for itself.
const GUARDS_ABOVE: u16 = 10_000;

/// A port that is free for UDP and TCP alike, and that no test gets as long as this process runs.
pub(crate) fn free_port() -> io::Result<SocketAddr> {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    static GUARDS: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());
    // Two processes that run side by side begin far from each other.
    let start = u64::from(std::process::id()) * 7919 % u64::from(PORTS);
    for _ in 0..PORTS {
        let step = u64::from(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + ((start + step) % u64::from(PORTS)) as u16;
        let Ok(guard) = TcpListener::bind(("127.0.0.1", port + GUARDS_ABOVE)) else {
            continue;
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
            guards.push(guard);
            return Ok(address);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

//! Taking addresses, all of them or none.

use super::{Certificate, Respond, Running, Settings, connections, udp};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fmt, io, thread};
use tokio::sync::{Semaphore, watch};

/// Octets that the system may keep for a UDP socket, where it allows as many: about a tenth of a second.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// Tries to find a port that is free for both protocols, when the system chooses it.
const PORT_TRIES: usize = 16;

/// An address that could not be taken.
#[derive(Debug)]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub error: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.error)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<BindError> for io::Error {
    fn from(error: BindError) -> Self {
        Self::new(error.error.kind(), error)
    }
}

/// Sockets that are bound, but not yet served.
pub struct Bound {
    settings: Settings,
    endpoints: Vec<Endpoint>,
    encrypted: Vec<(SocketAddr, TcpListener, Certificate)>,
}

struct Endpoint {
    address: SocketAddr,
    datagrams: Vec<UdpSocket>,
    stream: TcpListener,
}

impl Bound {
    /// Takes each address for UDP and TCP. Port 0 is one that the system chooses, the same for both; a
    /// wildcard address stands for every address of its family that the machine has now.
    ///
    /// # Errors
    /// The first address that cannot be taken; then none is.
    pub fn bind(addresses: &[SocketAddr], settings: Settings) -> Result<Self, BindError> {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for &wanted in addresses {
            let failed = |address| move |error| BindError { address, error };
            for address in spelled_out(wanted).map_err(failed(wanted))? {
                if address.port() != 0 && endpoints.iter().any(|other| other.address == address) {
                    continue;
                }
                let endpoint = Endpoint::bind(address, &settings).map_err(failed(address))?;
                endpoints.push(endpoint);
            }
        }
        Ok(Self {
            settings,
            endpoints,
            encrypted: Vec::new(),
        })
    }

    /// Takes addresses for TLS too, as [`Self::bind`] does.
    ///
    /// # Errors
    /// The first address that cannot be taken.
    pub fn bind_tls(
        mut self,
        addresses: &[SocketAddr],
        certificate: &Certificate,
    ) -> Result<Self, BindError> {
        for &wanted in addresses {
            let failed = |address| move |error| BindError { address, error };
            for address in spelled_out(wanted).map_err(failed(wanted))? {
                let stream = stream_socket(address).map_err(failed(address))?;
                let taken = stream.local_addr().map_err(failed(address))?;
                self.encrypted.push((taken, stream, certificate.clone()));
            }
        }
        Ok(self)
    }

    /// The addresses that were taken, with the ports that the system chose.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.endpoints.iter().map(|endpoint| endpoint.address)
    }

    /// The addresses that were taken for TLS.
    pub fn tls_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.encrypted.iter().map(|(address, ..)| *address)
    }

    /// Begins to serve.
    ///
    /// # Errors
    /// If the system gives no thread or no event queue.
    pub fn start(self, respond: impl Respond) -> io::Result<Running> {
        let stopping = Arc::new(AtomicBool::new(false));
        let (stop_streams, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("zdns-stream")
            .enable_all()
            .build()?;
        let mut running = Running {
            stopping: Arc::clone(&stopping),
            stop_streams,
            datagram_threads: Vec::new(),
            runtime: None,
            acceptors: Vec::new(),
            patience: self.settings.stop,
        };
        let hand_over = udp::HandOver {
            runtime: runtime.handle().clone(),
            room: Arc::new(Semaphore::new(self.settings.later)),
        };
        let connections = connections::Connections::new(self.settings);
        let mut listeners: Vec<(TcpListener, Option<Certificate>)> = Vec::new();
        for endpoint in self.endpoints {
            for socket in endpoint.datagrams {
                let (respond, stopping) = (respond.clone(), Arc::clone(&stopping));
                let (socket, hand_over) = (Arc::new(socket), hand_over.clone());
                let thread = thread::Builder::new().name("zdns-udp".into());
                let thread =
                    thread.spawn(move || udp::serve(&socket, respond, &hand_over, &stopping))?;
                running.datagram_threads.push(thread);
            }
            listeners.push((endpoint.stream, None));
        }
        let encrypted = self.encrypted.into_iter();
        listeners.extend(encrypted.map(|(_, stream, certificate)| (stream, Some(certificate))));
        for (listener, certificate) in listeners {
            let _within = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let accept = connections.clone();
            let acceptor = accept.serve(listener, certificate, respond.clone(), stopped.clone());
            running.acceptors.push(runtime.spawn(acceptor));
        }
        running.runtime = Some(runtime);
        Ok(running)
    }
}

impl Endpoint {
    fn bind(address: SocketAddr, settings: &Settings) -> io::Result<Self> {
        let mut tries = 1;
        loop {
            // TCP first: without SO_REUSEPORT, a second server on this address fails here.
            let stream = stream_socket(address)?;
            let taken = stream.local_addr()?;
            let datagrams: io::Result<Vec<UdpSocket>> = (0..settings.udp_threads.max(1))
                .map(|_| datagram_socket(taken))
                .collect();
            match datagrams {
                Ok(datagrams) => {
                    return Ok(Self {
                        address: taken,
                        datagrams,
                        stream,
                    });
                }
                Err(error) if address.port() != 0 || tries == PORT_TRIES => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }
}

fn stream_socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Not to wait for old connections to expire when the server is started again.
    socket.set_reuse_address(true)?;
    only_its_own_family(&socket, address)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn datagram_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_reuse_port(true)?;
    only_its_own_family(&socket, address)?;
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn only_its_own_family(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(())
}

/// The addresses that a wildcard stands for, or the address itself.
fn spelled_out(address: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    if !address.ip().is_unspecified() {
        return Ok(vec![address]);
    }
    let mut found = Vec::new();
    for interface in nix::ifaddrs::getifaddrs()? {
        let Some(one) = interface.address else {
            continue;
        };
        let one = match (one.as_sockaddr_in(), one.as_sockaddr_in6()) {
            (Some(v4), _) if address.is_ipv4() => SocketAddr::new(IpAddr::V4(v4.ip()), 0),
            (_, Some(v6)) if address.is_ipv6() => SocketAddr::V6((*v6).into()),
            _ => continue,
        };
        let mut one = one;
        one.set_port(address.port());
        if !found.contains(&one) {
            found.push(one);
        }
    }
    if found.is_empty() {
        let family = if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
            "IPv6"
        } else {
            "IPv4"
        };
        let reason = format!("the machine has no {family} address");
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, reason));
    }
    Ok(found)
}

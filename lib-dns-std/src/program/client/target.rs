//! A server, and how it is reached.

use super::MessageStream;
use lib_dns_core::code_points::{HEADER_LEN, MAX_MESSAGE_LEN, Rcode};
use lib_dns_core::messages::Message;
use socket2::{Domain, Protocol, SockAddr, Socket};
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// A server, from where it is asked, and how long it has for each step.
#[derive(Clone, Debug)]
pub(in crate::program) struct Target {
    pub(in crate::program) server: SocketAddr,
    pub(in crate::program) source: Option<SocketAddr>,
    pub(in crate::program) timeout: Duration,
    /// Streams are encrypted, and this is the name that the server must have.
    pub(in crate::program) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Target {
    /// Asks over UDP, and waits for the reply that answers.
    pub(in crate::program) fn ask_over_udp(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + self.timeout;
        let socket: UdpSocket = self.socket(socket2::Type::DGRAM)?.into();
        socket.connect(self.server)?;
        socket.send(query)?;
        let mut buffer = vec![0; MAX_MESSAGE_LEN];
        loop {
            socket.set_read_timeout(Some(left(deadline)?))?;
            let length = socket.recv(&mut buffer)?;
            // What does not answer the query may be forged: the true reply may still come.
            if answers(&buffer[..length], query) {
                buffer.truncate(length);
                return Ok(buffer);
            }
        }
    }

    /// Asks over a stream, and waits for the reply that answers.
    pub(in crate::program) fn ask_over_stream(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + self.timeout;
        let mut stream = self.connect()?;
        stream.send(query, deadline)?;
        loop {
            let message = stream.receive(deadline)?;
            if answers(&message, query) {
                return Ok(message);
            }
        }
    }

    /// Opens a stream.
    pub(in crate::program) fn connect(&self) -> io::Result<MessageStream> {
        let deadline = Instant::now() + self.timeout;
        let socket = self.socket(socket2::Type::STREAM)?;
        socket.connect_timeout(&self.server.into(), left(deadline)?)?;
        let stream: TcpStream = socket.into();
        stream.set_nodelay(true)?;
        match &self.tls {
            None => Ok(MessageStream::plain(stream)),
            Some((config, name)) => {
                MessageStream::encrypted(stream, config.clone(), name.clone(), deadline)
            }
        }
    }

    /// A socket of the server's family, at the address that was asked for.
    fn socket(&self, kind: socket2::Type) -> io::Result<Socket> {
        let protocol = if kind == socket2::Type::DGRAM {
            Protocol::UDP
        } else {
            Protocol::TCP
        };
        let socket = Socket::new(Domain::for_address(self.server), kind, Some(protocol))?;
        if let Some(source) = self.source {
            socket.bind(&SockAddr::from(source))?;
        }
        Ok(socket)
    }
}

/// How long there is until then.
pub(super) fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(io::ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// Is it a whole message that answers the query: its ID, its opcode and its question?
pub(in crate::program) fn answers(reply: &[u8], query: &[u8]) -> bool {
    let (Ok(reply), Ok(query)) = (Message::from_bytes(reply), Message::from_bytes(query)) else {
        return false;
    };
    let flags = reply.flags();
    if reply.id() != query.id() || !flags.response() || flags.opcode() != query.flags().opcode() {
        return false;
    }
    match (reply.question(), query.question()) {
        (Some(theirs), Some(ours)) => theirs == ours,
        // Who could not read the query cannot repeat it.
        (None, _) => flags.rcode() != Rcode::NOERROR && reply.as_bytes().len() >= HEADER_LEN,
        _ => false,
    }
}

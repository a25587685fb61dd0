//! A connection to a primary.

use super::{FetchFault, Primary};
use crate::server::ALPN;
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::{FRAME_HEAD_LEN, Framing, frame_head};
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Octets that can wait to be looked at: the longest message and as much again, so that reads stay long.
const BUFFER_LEN: usize = 2 * (MAX_MESSAGE_LEN + FRAME_HEAD_LEN);

/// What messages travel over.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to a primary, over TCP or TLS.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    framing: Framing<Box<[u8]>>,
    /// Has a message come over it?
    was_used: bool,
}

impl Connection {
    /// Connects, and speaks TLS where the primary wants it.
    pub(super) async fn open(primary: &Primary) -> Result<Self, FetchFault> {
        let stream = connect(primary).await.map_err(FetchFault::Connect)?;
        let stream: Box<dyn Stream> = match &primary.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = tls.name_at(primary.address.ip());
                let connected = tls.connector().connect(name, stream).await;
                let stream = connected.map_err(FetchFault::Tls)?;
                // RFC 9103 7.1 wants the server to choose our token, and NSD chooses none. Another one is refused by
                // the handshake itself; so is it here, should that ever change.
                let chosen = stream.get_ref().1.alpn_protocol();
                if chosen.is_some_and(|chosen| chosen != ALPN) {
                    return Err(FetchFault::NoDnsOverTls);
                }
                Box::new(stream)
            }
        };
        Ok(Self {
            stream,
            framing: Framing::new(vec![0; BUFFER_LEN].into_boxed_slice()),
            was_used: false,
        })
    }

    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), FetchFault> {
        let head = frame_head(message).map_err(|error| FetchFault::Io(io::Error::other(error)))?;
        let framed = [&head[..], message].concat();
        self.stream
            .write_all(&framed)
            .await
            .map_err(FetchFault::Io)?;
        self.stream.flush().await.map_err(FetchFault::Io)
    }

    /// The next message.
    pub(super) async fn receive(&mut self) -> Result<&[u8], FetchFault> {
        while !self.framing.has_message() {
            let read = self.stream.read(self.framing.room()).await;
            match read.map_err(FetchFault::Io)? {
                0 => return Err(FetchFault::Closed),
                read => self.framing.filled(read),
            }
        }
        self.was_used = true;
        match self.framing.next() {
            Ok(Some(message)) => Ok(message),
            // It was there, and the buffer takes the longest.
            Ok(None) => Err(FetchFault::Closed),
            Err(error) => Err(FetchFault::Io(io::Error::other(error))),
        }
    }

    /// Has it carried an answer before? Then the other side may have closed it since.
    pub(super) fn was_used(&self) -> bool {
        self.was_used
    }
}

async fn connect(primary: &Primary) -> io::Result<TcpStream> {
    let socket = match primary.address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(source) = primary.source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(primary.address).await?;
    // A request is one small write.
    stream.set_nodelay(true)?;
    Ok(stream)
}

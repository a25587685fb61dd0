//! Messages over TCP (RFC 7766) and TLS (RFC 7858).

use super::target::left;
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::{FRAME_HEAD_LEN, Framing, frame_head};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

/// A stream of messages to and from a server.
pub(in crate::program) struct MessageStream {
    transport: Transport,
    framing: Framing<Vec<u8>>,
}

enum Transport {
    Plain(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl MessageStream {
    pub(super) fn plain(stream: TcpStream) -> Self {
        Self::over(Transport::Plain(stream))
    }

    /// Shakes hands first.
    pub(super) fn encrypted(
        stream: TcpStream,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        deadline: Instant,
    ) -> io::Result<Self> {
        let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.sock.set_read_timeout(Some(left(deadline)?))?;
            stream.sock.set_write_timeout(Some(left(deadline)?))?;
            let (conn, sock) = (&mut stream.conn, &mut stream.sock);
            if conn.wants_write() {
                conn.write_tls(sock)?;
            } else if conn.read_tls(sock)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            } else {
                conn.process_new_packets().map_err(io::Error::other)?;
            }
        }
        Ok(Self::over(Transport::Encrypted(Box::new(stream))))
    }

    fn over(transport: Transport) -> Self {
        let framing = Framing::new(vec![0; FRAME_HEAD_LEN + MAX_MESSAGE_LEN]);
        Self { transport, framing }
    }

    /// Sends a message.
    pub(in crate::program) fn send(&mut self, message: &[u8], deadline: Instant) -> io::Result<()> {
        let head = frame_head(message).map_err(|_| io::ErrorKind::InvalidInput)?;
        let framed = [&head[..], message].concat();
        self.socket().set_write_timeout(Some(left(deadline)?))?;
        match &mut self.transport {
            Transport::Plain(stream) => stream.write_all(&framed),
            Transport::Encrypted(stream) => {
                stream.write_all(&framed)?;
                stream.flush()
            }
        }
    }

    /// Waits for the next message.
    pub(in crate::program) fn receive(&mut self, deadline: Instant) -> io::Result<Vec<u8>> {
        loop {
            if let Some(message) = self.framing.next().map_err(io::Error::other)? {
                return Ok(message.to_vec());
            }
            self.socket().set_read_timeout(Some(left(deadline)?))?;
            let room = self.framing.room();
            let read = match &mut self.transport {
                Transport::Plain(stream) => stream.read(room),
                Transport::Encrypted(stream) => stream.read(room),
            };
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.framing.filled(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn socket(&self) -> &TcpStream {
        match &self.transport {
            Transport::Plain(stream) => stream,
            Transport::Encrypted(stream) => &stream.sock,
        }
    }
}

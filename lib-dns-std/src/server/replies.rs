//! How answers get out that were not ready at once.

use super::connection::Activity;
use super::datagrams::MAX_LEN;
use lib_dns_core::messages::frame_head;
use nix::sys::socket::{MsgFlags, SockaddrStorage, sendto};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;
use tokio::io::AsyncWrite;

/// The way back to a client.
pub struct Replies<'s>(Way<'s>);

enum Way<'s> {
    Datagram {
        socket: &'s UdpSocket,
        to: SocketAddr,
    },
    Stream {
        stream: &'s mut (dyn AsyncWrite + Unpin + Send),
        /// How long the client may take to accept one message.
        patience: Duration,
        activity: &'s Activity,
        frame: Vec<u8>,
    },
}

impl<'s> Replies<'s> {
    pub(super) fn datagram(socket: &'s UdpSocket, to: SocketAddr) -> Self {
        Self(Way::Datagram { socket, to })
    }

    pub(super) fn stream(
        stream: &'s mut (dyn AsyncWrite + Unpin + Send),
        patience: Duration,
        activity: &'s Activity,
    ) -> Self {
        Self(Way::Stream {
            stream,
            patience,
            activity,
            frame: Vec::new(),
        })
    }

    /// Octets of the longest message that can be sent.
    pub fn limit(&self) -> usize {
        match self.0 {
            Way::Datagram { .. } => MAX_LEN,
            Way::Stream { .. } => usize::from(u16::MAX),
        }
    }

    /// Sends a message, and on a stream waits until the client takes it.
    ///
    /// # Errors
    /// If the message is too long, or the client is gone or takes nothing. A datagram that the system has no
    /// room for is lost, as datagrams may be.
    pub async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Way::Datagram { socket, to } => {
                let to = SockaddrStorage::from(*to);
                let sent = sendto(socket.as_raw_fd(), message, &to, MsgFlags::MSG_DONTWAIT);
                match sent {
                    Ok(_) | Err(nix::Error::EAGAIN) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
            Way::Stream {
                stream,
                patience,
                activity,
                frame,
            } => {
                let head = frame_head(message);
                let head = head.map_err(|error| io::Error::other(error.to_string()))?;
                frame.clear();
                frame.extend_from_slice(&head);
                frame.extend_from_slice(message);
                activity.renew();
                super::connection::send(*stream, frame, *patience).await
            }
        }
    }
}

//! What every query needs: an id, a signature, a socket.

use super::{FetchFault, Key};
use crate::clock::unix_time;
use lib_dns_core::messages::tsig::{ResponseVerifier, Stamp, sign_request};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Signs the request of `len` octets at the front of `buffer`, if there is a key to sign with.
#[allow(
    clippy::type_complexity,
    reason = "the message and what its answer is verified with"
)]
pub(crate) fn signed(
    mut buffer: Vec<u8>,
    len: usize,
    key: Option<&Arc<Key>>,
) -> Result<(Vec<u8>, Option<ResponseVerifier<Arc<Key>>>), FetchFault> {
    let (len, verifier) = match key {
        None => (len, None),
        Some(key) => {
            let stamp = Stamp::at(unix_time());
            let signed = sign_request(Arc::clone(key), &mut buffer, len, &stamp);
            let (len, verifier) = signed.map_err(FetchFault::Sign)?;
            (len, Some(verifier))
        }
    };
    buffer.truncate(len);
    Ok((buffer, verifier))
}

/// An id that nobody can guess.
pub(crate) fn random_id() -> Result<u16, FetchFault> {
    let mut id = [0; 2];
    let filled = getrandom::fill(&mut id);
    filled.map_err(|error| FetchFault::System(format!("no random numbers: {error}")))?;
    Ok(u16::from_be_bytes(id))
}

/// A socket for datagrams to and from one address, at this address of the machine or at any.
pub(crate) async fn datagram_socket(
    address: SocketAddr,
    source: Option<IpAddr>,
) -> io::Result<UdpSocket> {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let source = source.unwrap_or(any);
    let socket = UdpSocket::bind(SocketAddr::new(source, 0)).await?;
    socket.connect(address).await?;
    Ok(socket)
}

//! Passing an update on to a primary.

use super::connection::Connection;
use super::{FetchError, FetchFault, Primary};
use lib_dns_core::code_points::Opcode;
use lib_dns_core::messages::Message;
use lib_dns_core::name::{Name, NameBuf};
use std::time::Duration;
use tokio::time::timeout;

/// How long one primary may take, connection included.
const PATIENCE: Duration = Duration::from_secs(15);
/// Messages that are looked at until one is the answer.
const MESSAGES: usize = 8;

/// Passes an update of a zone on to a primary, and gives what the primary answers (RFC 2136 6).
///
/// Both travel as they are, id and signature included, so that requester and primary need nobody between them who
/// has their key: the primary's own key is not used. The connection is one of its own, over TCP, or over TLS if so
/// configured, so that the id need not be one that nobody else has.
///
/// # Errors
/// If the primary cannot be reached, or does not answer. Whether it has done what it was asked for is not known
/// then.
pub async fn forward_update(
    zone: &Name<'_>,
    request: &Message<'_>,
    primary: &Primary,
) -> Result<Vec<u8>, FetchError> {
    let forwarded = timeout(PATIENCE, forward(request, primary)).await;
    forwarded
        .unwrap_or(Err(FetchFault::TimedOut))
        .map_err(|fault| FetchError {
            zone: Box::new(NameBuf::from(*zone)),
            primary: primary.address,
            doing: match primary.tls {
                Some(_) => "UPDATE over TLS",
                None => "UPDATE over TCP",
            },
            fault,
        })
}

async fn forward(request: &Message<'_>, primary: &Primary) -> Result<Vec<u8>, FetchFault> {
    let mut connection = Connection::open(primary).await?;
    connection.send(request.as_bytes()).await?;
    for _ in 0..MESSAGES {
        let received = connection.receive().await?;
        let answer = Message::from_bytes(received).map_err(FetchFault::Malformed)?;
        let flags = answer.flags();
        if flags.response() && flags.opcode() == Opcode::UPDATE && answer.id() == request.id() {
            return Ok(received.to_vec());
        }
    }
    Err(FetchFault::Closed)
}

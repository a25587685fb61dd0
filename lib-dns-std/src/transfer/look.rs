//! Asking a primary for its version.

use super::connection::Connection;
use super::query::{datagram_socket, random_id, signed};
use super::{Fetch, FetchFault, Key};
use crate::clock::unix_time;
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::ResponseVerifier;
use lib_dns_core::transfer::{SoaAnswer, SoaAnswerError, read_soa_answer, write_soa_query};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// A query that was written, and what its answer must look like.
struct Query {
    id: u16,
    message: Vec<u8>,
    verifier: Option<ResponseVerifier<Arc<Key>>>,
}

impl Query {
    fn new(fetch: &Fetch) -> Result<Self, FetchFault> {
        let id = random_id()?;
        let zone = fetch.zone.as_name();
        let mut buffer = vec![0; MAX_MESSAGE_LEN];
        let len = write_soa_query(&mut buffer, id, &zone, fetch.class)
            .map_err(FetchFault::Write)?
            .len();
        let (message, verifier) = signed(buffer, len, fetch.primary.key.as_ref())?;
        Ok(Self {
            id,
            message,
            verifier,
        })
    }

    fn read(&self, fetch: &Fetch, answer: &[u8]) -> Result<SoaAnswer, FetchFault> {
        let zone = fetch.zone.as_name();
        let read = read_soa_answer(answer, self.id, &zone, fetch.class);
        if let Err(error) = read
            && error.is_foreign()
        {
            return Err(FetchFault::Soa(error));
        }
        if let Some(verifier) = &self.verifier {
            let message = Message::from_bytes(answer);
            let message = message.map_err(|error| FetchFault::Soa(error.into()))?;
            verifier.verify(&message, unix_time())?;
        }
        read.map_err(FetchFault::Soa)
    }
}

/// Asks over UDP, several times if need be. What does not answer the query, or is not signed as it must be, may
/// come from somebody else, and is waited past.
pub(super) async fn over_udp(fetch: &Fetch) -> Result<SoaAnswer, FetchFault> {
    let query = Query::new(fetch)?;
    let primary = &fetch.primary;
    let socket = datagram_socket(primary.address, primary.source).await;
    let socket = socket.map_err(FetchFault::Connect)?;
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let mut wait = fetch.settings.datagram;
    for _ in 0..fetch.settings.datagrams.max(1) {
        socket
            .send(&query.message)
            .await
            .map_err(FetchFault::Connect)?;
        let deadline = Instant::now() + wait;
        let mut fault = None;
        while let Ok(received) = timeout_at(deadline, socket.recv(&mut buffer)).await {
            // An error is an ICMP message: nobody is there.
            let len = received.map_err(FetchFault::Connect)?;
            match query.read(fetch, buffer.get(..len).unwrap_or_default()) {
                Err(FetchFault::Soa(error)) if error.is_foreign() => {}
                Err(error @ FetchFault::Tsig(_)) => fault = Some(error),
                other => return other,
            }
        }
        // Who cannot sign now will not be able to in a moment.
        if let Some(fault) = fault {
            return Err(fault);
        }
        wait *= 2;
    }
    Err(FetchFault::TimedOut)
}

/// Asks over a stream.
pub(super) async fn over_stream(
    fetch: &Fetch,
    connection: &mut Connection,
) -> Result<SoaAnswer, FetchFault> {
    let query = Query::new(fetch)?;
    connection.send(&query.message).await?;
    let deadline = Instant::now() + fetch.settings.message;
    let answer = timeout_at(deadline, connection.receive()).await;
    let answer = answer.map_err(|_| FetchFault::TimedOut)??;
    query.read(fetch, answer)
}

/// Should the query be put again, over a stream?
pub(super) fn leads_to_stream(fault: &FetchFault) -> bool {
    matches!(
        fault,
        FetchFault::TimedOut | FetchFault::Soa(SoaAnswerError::NeedsStream)
    )
}

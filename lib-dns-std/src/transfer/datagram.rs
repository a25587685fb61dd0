//! Asking for what changed by a datagram.

use super::fetch::{Fetch, News, SCRATCH_LEN, Taken};
use super::query::{datagram_socket, random_id, signed};
use super::{FetchFault, Key};
use crate::clock::unix_time;
use lib_dns_core::answer::Transport;
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::Message;
use lib_dns_core::messages::tsig::ResponseVerifier;
use lib_dns_core::transfer::{Consumer, TransferRequest, Wanted, told_expire};
use lib_dns_core::zone::Serial;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// What changed since a version, if the answer fits a datagram, and comes. `None`: a stream is to be asked, where it
/// will also show what is wrong. What is not the answer, or not signed as it must be, may come from somebody
/// else, and is waited past.
pub(super) async fn changes(fetch: &Fetch, version: Serial) -> Result<Option<News>, FetchFault> {
    let id = random_id()?;
    let wanted = Wanted::Since(version);
    let zone = fetch.zone.as_name();
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let len = TransferRequest::write_asking_expire(&mut buffer, id, &zone, fetch.class, wanted)
        .map_err(FetchFault::Write)?
        .len();
    let (request, verifier) = signed(buffer, len, fetch.primary.key.as_ref())?;
    let socket = datagram_socket(fetch.primary.address, fetch.primary.source).await;
    let socket = socket.map_err(FetchFault::Connect)?;
    socket.send(&request).await.map_err(FetchFault::Connect)?;
    let deadline = Instant::now() + fetch.settings.datagram;
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    while let Ok(received) = timeout_at(deadline, socket.recv(&mut buffer)).await {
        let len = received.map_err(FetchFault::Connect)?;
        let octets = buffer.get(..len).unwrap_or_default();
        let Ok(message) = Message::from_bytes(octets) else {
            continue;
        };
        if message.id() != id || !is_signed(&message, verifier.as_ref()) {
            continue;
        }
        let expire = told_expire(&message);
        let news = read(fetch, wanted, id, octets).await?;
        return Ok(news.map(|news| News { expire, ..news }));
    }
    Ok(None)
}

fn is_signed(message: &Message<'_>, verifier: Option<&ResponseVerifier<Arc<Key>>>) -> bool {
    verifier.is_none_or(|verifier| verifier.verify(message, unix_time()).is_ok())
}

async fn read(
    fetch: &Fetch,
    wanted: Wanted,
    id: u16,
    octets: &[u8],
) -> Result<Option<News>, FetchFault> {
    let (zone, limits) = (fetch.zone.as_name(), fetch.settings.limits);
    let mut consumer = Consumer::new(&zone, fetch.class, id, wanted, Transport::Udp, limits);
    let mut taken = Taken::new(fetch);
    let mut scratch = vec![0; SCRATCH_LEN];
    let Ok(mut events) = consumer.message(octets, &mut scratch) else {
        return Ok(None);
    };
    loop {
        match events.next() {
            Ok(Some(event)) => taken.take(event)?,
            Ok(None) => break,
            Err(_) => return Ok(None),
        }
    }
    if !consumer.is_done() {
        return Ok(None);
    }
    let serial = taken.serial();
    Ok(Some(News {
        fetched: taken.finish().await?,
        serial,
        expire: None,
        messages: 1,
        octets: octets.len() as u64,
    }))
}

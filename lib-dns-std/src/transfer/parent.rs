//! Asking the parent of a zone where it points to.

use super::connection::Connection;
use super::query::{random_id, signed};
use super::{FetchError, FetchFault, Primary};
use crate::clock::unix_time;
use lib_dns_core::code_points::{Class, MAX_MESSAGE_LEN, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::rr_data::Type;
use std::time::Duration;
use tokio::time::timeout;

/// How long the whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Messages that are looked at until one is the answer.
const MESSAGES: usize = 8;

/// The DS records of a zone that a server has, by their data; none if it has none. The server is one of those
/// that serve the parent, or a resolver that is trusted.
///
/// It is asked over TCP, or TLS if so configured: what comes back decides that keys go, so that nobody else may be
/// able to slip in an answer.
///
/// # Errors
/// If it cannot be asked, does not answer, answers with an error, or the answer is not signed as it must be.
pub async fn ask_for_ds(zone: &Name<'_>, server: &Primary) -> Result<Vec<Vec<u8>>, FetchError> {
    let asked = timeout(PATIENCE, ask(zone, server)).await;
    asked
        .unwrap_or(Err(FetchFault::TimedOut))
        .map_err(|fault| FetchError {
            zone: Box::new(NameBuf::from(*zone)),
            primary: server.address,
            doing: match server.tls {
                Some(_) => "DS over TLS",
                None => "DS over TCP",
            },
            fault,
        })
}

async fn ask(zone: &Name<'_>, server: &Primary) -> Result<Vec<Vec<u8>>, FetchFault> {
    let tls = server.tls.as_ref();
    if tls.is_some_and(|tls| !tls.proves_identity()) && server.key.is_none() {
        return Err(FetchFault::NoProof);
    }
    let id = random_id()?;
    let mut buffer = vec![0; MAX_MESSAGE_LEN];
    let len = write_query(&mut buffer, id, zone).map_err(FetchFault::Write)?;
    let (query, verifier) = signed(buffer, len, server.key.as_ref())?;
    let mut connection = Connection::open(server).await?;
    connection.send(&query).await?;
    for _ in 0..MESSAGES {
        let received = connection.receive().await?;
        let message = Message::from_bytes(received).map_err(FetchFault::Malformed)?;
        let question = message.question();
        let is_asked = question.is_some_and(|question| {
            question.name == *zone && question.qtype == Type::DS && question.qclass == Class::IN
        });
        let is_answer = message.flags().response() && message.id() == id && is_asked;
        if !is_answer {
            continue;
        }
        if let Some(verifier) = &verifier {
            verifier.verify(&message, unix_time())?;
        }
        return read_answer(&message, zone);
    }
    Err(FetchFault::Closed)
}

fn write_query(
    buffer: &mut [u8],
    id: u16,
    zone: &Name<'_>,
) -> Result<usize, lib_dns_core::wire::WriteError> {
    // A resolver has to ask further; to others it means nothing.
    let flags = Flags::default().with_recursion_desired(true);
    let mut query = MessageBuilder::<0>::new(buffer, id, flags)?;
    query.question(zone, Type::DS, Class::IN)?;
    Ok(query.finish().len())
}

fn read_answer(message: &Message<'_>, zone: &Name<'_>) -> Result<Vec<Vec<u8>>, FetchFault> {
    if message.rcode() != Rcode::NOERROR {
        return Err(FetchFault::Refused(message.rcode()));
    }
    let mut found = Vec::new();
    for record in message.section(Section::Answer) {
        let record = record.map_err(FetchFault::Malformed)?;
        if record.owner() == *zone && record.rtype() == Type::DS && record.class() == Class::IN {
            // There are no names in it that could be compressed.
            found.push(record.data_octets().to_vec());
        }
    }
    Ok(found)
}

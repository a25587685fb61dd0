//! AXFR and IXFR: a zone, or what changed in it, message by message.

use super::command_line::Lookup;
use super::exchange::{self, Failure, Prepared, Reply};
use super::{INTERNAL, NO_REPLY, REPLIED, print, printing};
use crate::program::client::now;
use crate::program::tell;
use jiff::Timestamp;
use lib_dns_core::answer::Transport;
use lib_dns_core::code_points::MAX_MESSAGE_LEN;
use lib_dns_core::messages::{Header, Message};
use lib_dns_core::transfer::{Consumer, ConsumerError, Limits, Wanted};
use lib_dns_core::zone::Serial;
use std::time::Instant;

/// What came, for the last line.
#[derive(Default)]
struct Size {
    records: u64,
    messages: u64,
    octets: u64,
}

/// Why a transfer failed, having begun or not.
enum Failed {
    /// The server was not reached, or sent nothing.
    NoReply(String),
    /// What came is not the zone.
    Answer(String),
}

/// Asks for the zone and prints it; gives the exit status, which tells no more than dig's: 0 also for a transfer
/// that failed once a server was reached.
pub(super) fn run(lookup: &Lookup) -> u8 {
    let prepared = match exchange::prepare(lookup) {
        Ok(prepared) => prepared,
        Err(Failure::Internal(reason) | Failure::NoReply(reason)) => {
            tell(reason);
            return INTERNAL;
        }
    };
    let mut text = String::new();
    printing::query(lookup, &prepared, &mut text);
    print(&text);
    let begun = Instant::now();
    let (server, transport) = (prepared.target.server, lookup.options.stream_name());
    match receive(lookup, prepared) {
        Ok(size) => {
            let mut text = String::new();
            let show = &lookup.options.show;
            if show.statistics && !show.is_for_programs() {
                let elapsed = begun.elapsed();
                printing::statistics(server, transport, elapsed, Timestamp::now(), &mut text);
                text += &format!(
                    ";; XFR size: {} records (messages {}, bytes {})\n\n",
                    size.records, size.messages, size.octets
                );
            }
            print(&text);
            REPLIED
        }
        Err(Failed::Answer(reason)) => {
            print("; Transfer failed.\n");
            tell(reason);
            REPLIED
        }
        Err(Failed::NoReply(reason)) => {
            let mut text = String::new();
            printing::failure(lookup, &reason, &mut text);
            print(&text);
            NO_REPLY
        }
    }
}

fn receive(lookup: &Lookup, prepared: Prepared) -> Result<Size, Failed> {
    let options = &lookup.options;
    let target = &prepared.target;
    let unreached = |error| Failed::NoReply(exchange::reason(&error));
    let mut stream = target.connect().map_err(unreached)?;
    let deadline = Instant::now() + target.timeout;
    stream
        .send(&prepared.message, deadline)
        .map_err(unreached)?;

    let wanted = match lookup.serial {
        Some(serial) => Wanted::Since(Serial(serial)),
        None => Wanted::Whole,
    };
    let id = Header::read(&prepared.message).map_or(0, |header| header.id);
    let (zone, limits) = (lookup.name.as_name(), Limits::default());
    let mut consumer = Consumer::new(&zone, lookup.class, id, wanted, Transport::Stream, limits);
    let mut scratch = vec![0; MAX_MESSAGE_LEN];
    let mut verifier = prepared
        .verifier
        .and_then(|verifier| verifier.into_stream());
    let mut size = Size::default();
    // The limits of the consumer end it, if nothing else does: a message without a record is an error.
    while !consumer.is_done() {
        let begun = Instant::now();
        let octets = match stream.receive(begun + target.timeout) {
            Ok(octets) => octets,
            Err(error) if size.messages == 0 => return Err(unreached(error)),
            Err(error) => {
                let reason = exchange::reason(&error);
                return Err(Failed::Answer(format!("the transfer broke off: {reason}")));
            }
        };
        size.messages += 1;
        size.octets += octets.len() as u64;
        let malformed = |error| Failed::Answer(format!("malformed reply: {error}"));
        let message = Message::from_bytes(&octets).map_err(malformed)?;
        if let Some(verifier) = &mut verifier
            && let Err(error) = verifier.verify(&message, now())
        {
            print(&format!(";; Couldn't verify signature: {error}\n"));
            let mut text = String::new();
            printing::signature(&message, &options.show, &mut text);
            print(&text);
            return Err(Failed::Answer(error.to_string()));
        }
        let told = take(&mut consumer, &octets, &mut scratch);
        told.map_err(|error| Failed::Answer(error.to_string()))?;
        size.records += u64::from(message.header().counts[1]);
        let mut text = String::new();
        let reply = Reply {
            server: target.server,
            transport: options.stream_name(),
            retried: false,
            elapsed: begun.elapsed(),
            received: Timestamp::now(),
            cookie: None,
            signature: Ok(()),
            name: String::new(),
            message: octets,
        };
        printing::part(lookup, &reply, &mut text);
        print(&text);
    }
    match verifier.map_or(Ok(()), |verifier| verifier.finish()) {
        Ok(()) => Ok(size),
        Err(error) => Err(Failed::Answer(error.to_string())),
    }
}

/// Has the consumer judge a whole message.
fn take(consumer: &mut Consumer, octets: &[u8], scratch: &mut [u8]) -> Result<(), ConsumerError> {
    let mut events = consumer.message(octets, scratch)?;
    while events.next()?.is_some() {}
    Ok(())
}

//! The serial line between a host and a radio: any octets on it, and any octets as a message.
//!
//! What is read is written again as it was, and whatever stood on the line, the message after it is read.

use lib_dns_core::hint::serial::{FromRadio, Line, MAX_MESSAGE_LEN, MAX_WRITTEN_LEN, ToRadio};

/// Runs the target.
pub fn run(data: &[u8]) {
    read_and_write(data);
    let mut line = Line::new();
    for octet in data {
        if let Some(Ok(message)) = line.push(*octet) {
            assert!(message.len() <= MAX_MESSAGE_LEN);
            read_and_write(message);
        }
    }
    let message = ToRadio::Sense { number: 0x0100 };
    let mut room = [0; MAX_WRITTEN_LEN];
    let written = message.write(&mut room).expect("there is room");
    let mut is_heard = false;
    for octet in written {
        if let Some(Ok(whole)) = line.push(*octet) {
            is_heard = ToRadio::read(whole) == Ok(message);
        }
    }
    assert!(is_heard, "lost because of what came before");
}

/// Takes octets as a message of either side.
fn read_and_write(octets: &[u8]) {
    let mut room = [0; MAX_WRITTEN_LEN];
    let host = ToRadio::read(octets);
    let radio = FromRadio::read(octets);
    assert!(host.is_err() || radio.is_err(), "it has one direction");
    let written = match (&host, &radio) {
        (Ok(message), _) => message.write(&mut room),
        (_, Ok(message)) => message.write(&mut room),
        _ => return,
    };
    let written = written.expect("what was read can be written");
    let (first, inner) = written.split_first().expect("a zero stands before it");
    let (last, inner) = inner.split_last().expect("and behind it");
    assert!(*first == 0 && *last == 0 && !inner.contains(&0));
    let mut line = Line::new();
    let mut whole = None;
    for octet in written {
        whole = line.push(*octet).map(|message| message.map(<[u8]>::to_vec));
    }
    assert_eq!(whole, Some(Ok(octets.to_vec())), "it is written as it was");
}

//! Puts questions to a server, many in flight at a time, and brings back what it said.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::dns_name::DnsName;
use crate::questions::{Question, Transport};
use crate::rtype;

const IN_FLIGHT: usize = 64;
/// A question that got no answer for so long is asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(600);
/// Then the server keeps silent. Every question has an answer, so only a faulty server makes us wait that long.
const UDP_TRIES: usize = 100;
/// How long the next octet of a stream may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections in a row that bring nothing.
const FRUITLESS: usize = 5;

/// The answers of the server at `address`, in the order of the questions; `None` where it kept silent.
pub(crate) fn ask_all(
    address: SocketAddr,
    questions: &[Question],
) -> io::Result<Vec<Option<Vec<u8>>>> {
    let mut answers = vec![None; questions.len()];
    let (tcp, udp): (Vec<usize>, Vec<usize>) =
        (0..questions.len()).partition(|&index| questions[index].transport == Transport::Tcp);
    ask_over_udp(address, questions, &udp, &mut answers)?;
    ask_over_tcp(address, questions, &tcp, &mut answers)?;
    Ok(answers)
}

fn ask_over_udp(
    address: SocketAddr,
    questions: &[Question],
    order: &[usize],
    answers: &mut [Option<Vec<u8>>],
) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(AGAIN_AFTER))?;
    let mut buffer = vec![0; 65535];
    // Batches of less than 2^16, so that an ID means one question only.
    for batch in order.chunks(50_000) {
        let mut waiting: HashMap<u16, (usize, usize)> = HashMap::new();
        let mut next = 0;
        while next < batch.len() || !waiting.is_empty() {
            while waiting.len() < IN_FLIGHT && next < batch.len() {
                let id = u16::try_from(next).expect("batches are short");
                socket.send(&questions[batch[next]].to_wire(id))?;
                waiting.insert(id, (batch[next], 1));
                next += 1;
            }
            match socket.recv(&mut buffer) {
                Ok(length) => {
                    let datagram = &buffer[..length];
                    if let Some((id, index)) = answered(datagram, questions, &waiting) {
                        waiting.remove(&id);
                        answers[index] = Some(datagram.to_vec());
                    }
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) =>
                {
                    waiting.retain(|_, (_, tries)| *tries < UDP_TRIES);
                    for (&id, (index, tries)) in &mut waiting {
                        *tries += 1;
                        socket.send(&questions[*index].to_wire(id))?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn ask_over_tcp(
    address: SocketAddr,
    questions: &[Question],
    order: &[usize],
    answers: &mut [Option<Vec<u8>>],
) -> io::Result<()> {
    let mut left: Vec<usize> = order.to_vec();
    // A server may end a connection when it likes (RFC 7766 6.2.3); what it left open goes to the next.
    let mut fruitless = 0;
    while !left.is_empty() && fruitless < FRUITLESS {
        let before = left.len();
        for batch in left.chunks(50_000) {
            let outcome = ask_over_one_connection(address, questions, batch, answers);
            if let Err(error) = outcome {
                let ended = [
                    io::ErrorKind::UnexpectedEof,
                    io::ErrorKind::ConnectionReset,
                    io::ErrorKind::BrokenPipe,
                    io::ErrorKind::WouldBlock,
                    io::ErrorKind::TimedOut,
                ];
                if !ended.contains(&error.kind()) {
                    return Err(error);
                }
            }
        }
        left.retain(|&index| answers[index].is_none());
        fruitless = if left.len() < before {
            0
        } else {
            fruitless + 1
        };
    }
    Ok(())
}

fn ask_over_one_connection(
    address: SocketAddr,
    questions: &[Question],
    batch: &[usize],
    answers: &mut [Option<Vec<u8>>],
) -> io::Result<()> {
    let mut stream = connect(address)?;
    let mut waiting: HashMap<u16, (usize, usize)> = HashMap::new();
    let mut next = 0;
    while next < batch.len() || !waiting.is_empty() {
        let mut out = Vec::new();
        while waiting.len() < IN_FLIGHT && next < batch.len() {
            let id = u16::try_from(next).expect("batches are short");
            frame(&questions[batch[next]].to_wire(id), &mut out);
            waiting.insert(id, (batch[next], 1));
            next += 1;
        }
        stream.write_all(&out)?;
        let message = read_message(&mut stream)?;
        if let Some((id, index)) = answered(&message, questions, &waiting) {
            waiting.remove(&id);
            answers[index] = Some(message);
        }
    }
    Ok(())
}

/// Which of the waiting questions `message` answers: ID and question section must both fit.
fn answered(
    message: &[u8],
    questions: &[Question],
    waiting: &HashMap<u16, (usize, usize)>,
) -> Option<(u16, usize)> {
    let id = u16::from_be_bytes([*message.first()?, *message.get(1)?]);
    let &(index, _) = waiting.get(&id)?;
    let asked = questions[index].to_wire(id);
    let question = asked.get(12..12 + questions[index].name.wire_len() + 4)?;
    // A message without a question (FORMERR may have none) is known by its ID alone.
    let has_question = message.get(4..6)? != [0, 0];
    let same = message
        .get(12..12 + question.len())
        .is_some_and(|theirs| theirs.eq_ignore_ascii_case(question));
    (!has_question || same).then_some((id, index))
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn frame(message: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(message.len()).expect("questions are short");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(message);
}

fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

/// Whether the server at `address` answers with authority for the SOA of `zone`.
pub(crate) fn has_zone(address: SocketAddr, zone: &DnsName) -> bool {
    let ask = || -> io::Result<bool> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(Duration::from_millis(500)))?;
        socket.send(&Question::plain(zone.clone(), rtype::SOA).to_wire(1))?;
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer)?;
        // NOERROR, AA, at least one answer.
        Ok(length > 12 && buffer[2] & 4 != 0 && buffer[3] & 15 == 0 && buffer[6..8] != [0, 0])
    };
    ask().unwrap_or(false)
}

/// The messages of a zone transfer, until the SOA has come twice.
pub(crate) fn transfer(
    address: SocketAddr,
    zone: &DnsName,
    soas_in: impl Fn(&[u8]) -> usize,
) -> io::Result<Vec<Vec<u8>>> {
    let mut stream = connect(address)?;
    let mut out = Vec::new();
    frame(
        &Question::plain(zone.clone(), rtype::AXFR).to_wire(1),
        &mut out,
    );
    stream.write_all(&out)?;
    let mut messages = Vec::new();
    let mut soas = 0;
    while soas < 2 {
        let message = read_message(&mut stream)?;
        if message.get(3).is_none_or(|flags| flags & 15 != 0) {
            return Err(io::Error::other(format!(
                "the transfer of {zone} was refused"
            )));
        }
        soas += soas_in(&message);
        messages.push(message);
    }
    Ok(messages)
}

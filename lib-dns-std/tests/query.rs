//! `zdns query` against a server that says what the test wants.

use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::rr_data::{A, Type};
use lib_dns_std::server::{Answer, Bound, Client, Respond, Running, Settings, Transport};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Output};

/// Answers every question with an address, but for two names: `missing` does not exist, and the answer for
/// `long` does not go into a datagram.
#[derive(Clone)]
struct OneAddress;

impl Respond for OneAddress {
    type Held = std::convert::Infallible;

    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer {
        Self::answer(query, client.transport, out).into()
    }
}

impl OneAddress {
    fn answer(query: &[u8], transport: Transport, out: &mut [u8]) -> Option<usize> {
        let query = Message::from_bytes(query).ok()?;
        let question = query.question()?;
        let mut flags = Flags::default()
            .with_response(true)
            .with_authoritative(true)
            .with_recursion_desired(query.flags().recursion_desired());
        let missing = question.name.first_label() == Some(b"missing");
        let long = question.name.first_label() == Some(b"long") && transport == Transport::Udp;
        if missing {
            flags = flags.with_rcode(Rcode::NXDOMAIN);
        }
        let mut builder =
            MessageBuilder::<8>::new(out, query.id(), flags.with_truncated(long)).ok()?;
        builder
            .question(&question.name, question.qtype, question.qclass)
            .ok()?;
        if !missing && !long {
            let data = A {
                address: [192, 0, 2, 1].into(),
            };
            builder
                .record(Section::Answer, &question.name, Class::IN, 300, &data)
                .ok()?;
        }
        Some(builder.finish().len())
    }
}

fn serve() -> (Running, SocketAddr) {
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
    let address = bound.addresses().next().unwrap();
    (bound.start(OneAddress).unwrap(), address)
}

fn zdns(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
    command.arg("query").args(arguments);
    command.output().unwrap()
}

fn ask(address: SocketAddr, line: &str) -> (String, i32) {
    let port = address.port().to_string();
    let mut arguments = vec!["@127.0.0.1", "-p", &port];
    arguments.extend(line.split_whitespace());
    let output = zdns(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap())
}

#[test]
fn a_reply_is_printed_as_dig_does() {
    let (running, address) = serve();
    let (text, status) = ask(address, "alice.sovereign");
    assert_eq!(status, 0);
    for line in [
        ";; Got answer:\n",
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: ",
        ";; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n",
        ";alice.sovereign.\t\tIN\tA\n",
        "alice.sovereign.\t300\tIN\tA\t192.0.2.1\n",
        "(UDP)\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    running.stop();
}

#[test]
fn short_and_chosen_sections() {
    let (running, address) = serve();
    assert_eq!(
        ask(address, "+short a.test b.test +tcp").0,
        "192.0.2.1\n192.0.2.1\n"
    );
    let (text, _) = ask(address, "a.test +noall +answer");
    assert_eq!(text, "a.test.\t\t\t300\tIN\tA\t192.0.2.1\n");
    running.stop();
}

#[test]
fn a_reply_that_was_cut_is_asked_for_over_tcp() {
    let (running, address) = serve();
    assert_eq!(ask(address, "long.test +short").0, "192.0.2.1\n");
    let (text, _) = ask(address, "long.test");
    assert!(
        text.contains(";; Truncated, retrying in TCP mode.\n"),
        "{text}"
    );
    assert_eq!(ask(address, "long.test +short +ignore").0, "");
    running.stop();
}

#[test]
fn json_is_that_of_rfc_8427() {
    let (running, address) = serve();
    let (text, status) = ask(address, "alice.sovereign A --json");
    assert_eq!(status, 0);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["QR"], 1);
    assert_eq!(json["QNAME"], "alice.sovereign.");
    let answer = &json["answerRRs"][0];
    assert_eq!(answer["TYPE"], Type::A.0);
    assert_eq!(answer["RDATAHEX"], "C0000201");
    assert_eq!(answer["rdataA"], "192.0.2.1");
    running.stop();
}

#[test]
fn statuses_are_those_of_dig() {
    let (running, address) = serve();
    assert_eq!(ask(address, "missing.test").1, 0);
    assert_eq!(ask(address, "missing.test +fail-rcode").1, 2);
    running.stop();
    assert_eq!(ask(address, "a.test +tries=1 +time=1 +tcp").1, 9);
    assert_eq!(ask(address, "a.test +nonsense").1, 1);
    assert_eq!(ask(address, "-f /nonexistent").1, 8);
}

#[test]
fn what_does_not_answer_the_question_is_passed_over() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let mut query = [0; 512];
        let (length, client) = server.recv_from(&mut query).unwrap();
        let mut answer = [0; 512];
        let length = OneAddress::answer(&query[..length], Transport::Udp, &mut answer).unwrap();
        let mut other_id = answer;
        other_id[0] ^= 1;
        let mut other_name = answer;
        other_name[13] = b'x';
        let mut no_response = answer;
        no_response[2] &= 0x7f;
        for wrong in [
            &other_id[..length],
            &other_name[..length],
            &no_response[..length],
            b"?",
        ] {
            server.send_to(wrong, client).unwrap();
        }
        server.send_to(&answer[..length], client).unwrap();
    });
    assert_eq!(ask(address, "a.test +short"), ("192.0.2.1\n".to_owned(), 0));
    thread.join().unwrap();
}

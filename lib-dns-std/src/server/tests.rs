use super::datagrams::{Datagrams, single};
use super::*;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Instant;

/// Sends every query back with the response bit; says nothing to responses. Those with opcode 4 are answered
/// later, with as many messages as their last octet says, each of which has its number there.
#[derive(Clone)]
struct Echo;

impl Respond for Echo {
    /// How many messages.
    type Held = u8;

    fn respond(&mut self, query: &[u8], _: &Client, out: &mut [u8]) -> Answer<u8> {
        if query.len() < 12 || query[2] & 0x80 != 0 {
            return Answer::None;
        }
        if query[2] == LATER {
            return Answer::Later(query[query.len() - 1]);
        }
        let length = query.len().min(out.len());
        out[..length].copy_from_slice(&query[..length]);
        out[2] |= 0x80;
        Answer::Ready(length)
    }

    async fn later(
        &mut self,
        mut request: Vec<u8>,
        count: u8,
        _: Client,
        mut replies: Replies<'_>,
    ) {
        request[2] |= 0x80;
        let last = request.len() - 1;
        for number in 0..count {
            request[last] = number;
            if replies.send(&request).await.is_err() {
                return;
            }
        }
    }
}

const LATER: u8 = 4 << 3;

fn later(id: u16, count: u8) -> [u8; 20] {
    let mut message = message(id);
    message[2] = LATER;
    message[19] = count;
    message
}

fn echoed(query: &[u8], address: SocketAddr, out: &mut [u8]) -> Option<usize> {
    let client = Client {
        address,
        transport: Transport::Udp,
        encrypted: false,
    };
    match Echo.respond(query, &client, out) {
        Answer::Ready(length) => Some(length),
        Answer::None | Answer::Later(_) => None,
    }
}

fn message(id: u16) -> [u8; 20] {
    let mut message = [7; 20];
    message[..2].copy_from_slice(&id.to_be_bytes());
    message[2] = 0;
    message
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    framed
}

fn read_framed(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn start(settings: Settings) -> (Running, SocketAddr) {
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], settings).unwrap();
    let address = bound.addresses().next().unwrap();
    (bound.start(Echo).unwrap(), address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

fn udp_client(address: SocketAddr) -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(address).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    client
}

/// The peer has ended the connection, in whichever way.
fn assert_closed(stream: &mut TcpStream) {
    match stream.read(&mut [0; 16]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("still open: {other:?}"),
    }
}

#[test]
fn datagrams_are_answered_each_by_its_own() {
    let (running, address) = start(Settings::default());
    let client = udp_client(address);
    for id in 0..100 {
        client.send(&message(id)).unwrap();
    }
    let mut seen = [false; 100];
    for _ in 0..100 {
        let mut buffer = [0; 64];
        let length = client.recv(&mut buffer).unwrap();
        assert_eq!(length, 20);
        assert_eq!(buffer[2], 0x80);
        seen[usize::from(u16::from_be_bytes([buffer[0], buffer[1]]))] = true;
    }
    assert!(seen.iter().all(|seen| *seen));
    running.stop();
}

#[test]
fn responses_and_datagrams_that_are_too_long_get_no_answer() {
    let (running, address) = start(Settings::default());
    let client = udp_client(address);
    let mut response = message(1);
    response[2] = 0x80;
    client.send(&response).unwrap();
    client.send(&[]).unwrap();
    client.send(&[0; 5000]).unwrap();
    client.send(&message(2)).unwrap();
    let mut buffer = [0; 64];
    client.recv(&mut buffer).unwrap();
    assert_eq!(buffer[..2], [0, 2]);
    running.stop();
}

#[test]
fn one_by_one_serves_as_batches_do() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = udp_client(socket.local_addr().unwrap());
    let mut buffer = [0; 64];
    let mut one = single::Datagrams::new();
    client.send(&message(3)).unwrap();
    one.receive(&socket).unwrap();
    one.answer(|query, sender, out| echoed(query, sender, out));
    one.send(&socket);
    assert_eq!(client.recv(&mut buffer).unwrap(), 20);
    let mut batch = Datagrams::new();
    client.send(&message(4)).unwrap();
    batch.receive(&socket).unwrap();
    batch.answer(|query, sender, out| echoed(query, sender, out));
    batch.send(&socket);
    assert_eq!(client.recv(&mut buffer).unwrap(), 20);
    assert_eq!(buffer[..2], [0, 4]);
}

#[test]
fn pipelined_queries_are_all_answered() {
    let (running, address) = start(Settings {
        pipelined: 3,
        ..Settings::default()
    });
    let mut stream = connect(address);
    let all: Vec<u8> = (0..500).flat_map(|id| framed(&message(id))).collect();
    stream.write_all(&all).unwrap();
    for id in 0..500_u16 {
        let answer = read_framed(&mut stream).unwrap();
        assert_eq!(answer[..2], id.to_be_bytes());
    }
    running.stop();
}

#[test]
fn a_query_may_come_octet_by_octet_and_be_as_long_as_a_message_can() {
    let (running, address) = start(Settings::default());
    let mut stream = connect(address);
    for octet in framed(&message(9)) {
        stream.write_all(&[octet]).unwrap();
    }
    assert_eq!(read_framed(&mut stream).unwrap().len(), 20);
    let long = [0; 65_535];
    stream.write_all(&framed(&long)).unwrap();
    assert_eq!(read_framed(&mut stream).unwrap().len(), 65_535);
    running.stop();
}

#[test]
fn silence_and_trickling_end_a_connection() {
    let short = Duration::from_millis(100);
    let (running, address) = start(Settings {
        idle: short,
        receive: short,
        ..Settings::default()
    });
    let mut silent = connect(address);
    let mut trickling = connect(address);
    // Its length says that more is to come, but it does not.
    trickling.write_all(&[0, 20, 1]).unwrap();
    assert_closed(&mut silent);
    assert_closed(&mut trickling);
    running.stop();
}

#[test]
fn who_does_not_take_answers_is_cut_off() {
    let (running, address) = start(Settings {
        send: Duration::from_millis(100),
        ..Settings::default()
    });
    let mut stream = connect(address);
    stream
        .set_write_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let query = framed(&[0; 60_000]);
    // Never reading: sooner or later the server's send stalls, and it gives up.
    let mut sent = 0;
    let ended = loop {
        match stream.write_all(&query) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 100_000, "the server takes all and minds nothing");
    };
    assert!(
        !matches!(ended.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{ended}"
    );
    running.stop();
}

#[test]
fn the_least_used_connection_makes_room() {
    let (running, address) = start(Settings {
        connections: 2,
        ..Settings::default()
    });
    let mut first = connect(address);
    first.write_all(&framed(&message(1))).unwrap();
    read_framed(&mut first).unwrap();
    let mut second = connect(address);
    std::thread::sleep(Duration::from_millis(20));
    second.write_all(&framed(&message(2))).unwrap();
    read_framed(&mut second).unwrap();
    let mut third = connect(address);
    third.write_all(&framed(&message(3))).unwrap();
    read_framed(&mut third).unwrap();
    assert_closed(&mut first);
    second.write_all(&framed(&message(4))).unwrap();
    read_framed(&mut second).unwrap();
    running.stop();
}

#[test]
fn one_client_does_not_crowd_out_the_others() {
    let (running, address) = start(Settings {
        connections_of_client: 2,
        ..Settings::default()
    });
    let from = |client: &str| {
        let kind = socket2::Type::STREAM;
        let socket = socket2::Socket::new(socket2::Domain::IPV4, kind, None).unwrap();
        let client: SocketAddr = client.parse().unwrap();
        socket.bind(&client.into()).unwrap();
        socket.connect(&address.into()).unwrap();
        let stream: TcpStream = socket.into();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream
    };
    let exchange = |stream: &mut TcpStream| {
        stream.write_all(&framed(&message(1))).unwrap();
        read_framed(stream).unwrap();
        // So that the times of use differ.
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut other = from("127.0.0.2:0");
    exchange(&mut other);
    let mut greedy: Vec<TcpStream> = (0..5).map(|_| from("127.0.0.3:0")).collect();
    greedy.iter_mut().skip(3).for_each(exchange);
    greedy.iter_mut().take(3).for_each(assert_closed);
    exchange(&mut other);
    running.stop();
}

#[test]
fn stopping_answers_what_has_come_and_closes() {
    let (running, address) = start(Settings::default());
    let mut stream = connect(address);
    stream.write_all(&framed(&message(1))).unwrap();
    read_framed(&mut stream).unwrap();
    let begun = Instant::now();
    running.stop();
    assert!(begun.elapsed() < Settings::default().idle + Settings::default().stop);
    assert_closed(&mut stream);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_address_is_taken_once() {
    let (running, address) = start(Settings::default());
    let Err(refused) = Bound::bind(&[address], Settings::default()) else {
        panic!("taken twice");
    };
    assert_eq!(refused.address, address);
    assert_eq!(refused.error.kind(), ErrorKind::AddrInUse);
    running.stop();
}

#[test]
fn a_wildcard_is_spelled_out() {
    let bound = Bound::bind(&["0.0.0.0:0".parse().unwrap()], Settings::default()).unwrap();
    let addresses: Vec<SocketAddr> = bound.addresses().collect();
    assert!(addresses.iter().any(|address| address.ip().is_loopback()));
    assert!(
        addresses
            .iter()
            .all(|address| !address.ip().is_unspecified())
    );
}

#[test]
fn datagrams_are_answered_later_from_the_same_address() {
    let (running, address) = start(Settings::default());
    let client = udp_client(address);
    client.send(&later(9, 3)).unwrap();
    client.send(&message(10)).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let mut buffer = [0; 64];
        // The socket is connected: what came from elsewhere would not be seen.
        let length = client.recv(&mut buffer).unwrap();
        assert_eq!(length, 20);
        assert_eq!(buffer[2] & 0x80, 0x80);
        seen.push((buffer[1], buffer[19]));
    }
    seen.sort_unstable();
    assert_eq!(seen, [(9, 0), (9, 1), (9, 2), (10, 7)]);
    running.stop();
}

#[test]
fn datagrams_without_room_to_wait_are_dropped() {
    let (running, address) = start(Settings {
        later: 0,
        ..Settings::default()
    });
    let client = udp_client(address);
    client.send(&later(9, 1)).unwrap();
    client.send(&message(10)).unwrap();
    let mut buffer = [0; 64];
    client.recv(&mut buffer).unwrap();
    assert_eq!(buffer[1], 10);
    client
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert!(client.recv(&mut buffer).is_err());
    running.stop();
}

/// Sends three requests at once, of which the second takes several messages, and reads all answers.
fn assert_in_order(stream: &mut (impl Read + Write)) {
    let requests = [
        framed(&message(1)),
        framed(&later(2, 200)),
        framed(&message(3)),
    ];
    stream.write_all(&requests.concat()).unwrap();
    let expected = std::iter::once((1, 7))
        .chain((0..200).map(|number| (2, number)))
        .chain([(3, 7)]);
    for (id, number) in expected {
        let answer = read_framed(stream).unwrap();
        assert_eq!((answer[1], answer[19]), (id, number));
    }
}

#[test]
fn a_stream_keeps_its_order_around_long_answers() {
    let (running, address) = start(Settings::default());
    assert_in_order(&mut connect(address));
    running.stop();
}

#[test]
fn a_client_that_takes_nothing_of_a_long_answer_is_cut_off() {
    let (running, address) = start(Settings {
        send: Duration::from_millis(50),
        ..Settings::default()
    });
    let mut stream = connect(address);
    // More than the buffers between the two hold.
    let mut long = vec![7; 60_000];
    long[..3].copy_from_slice(&[0, 1, LATER]);
    long[59_999] = 255;
    stream.write_all(&framed(&long)).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let mut read = Vec::new();
    let ended = stream.read_to_end(&mut read);
    assert!(
        ended.is_err() || read.len() < 255 * 60_002,
        "{}",
        read.len()
    );
    // Others are served meanwhile and after.
    assert_in_order(&mut connect(address));
    running.stop();
}

/// A certificate that has signed itself, and its key, in two files.
fn certificate(folder: &std::path::Path) -> (Certificate, rcgen::CertifiedKey<rcgen::KeyPair>) {
    let made = rcgen::generate_simple_self_signed(["ns1.example".to_owned()]).unwrap();
    let (chain, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (Certificate::read(&chain, &key).unwrap(), made)
}

type TlsStream =
    tokio_rustls::rustls::StreamOwned<tokio_rustls::rustls::ClientConnection, TcpStream>;

fn connect_tls(address: SocketAddr, trusted: &rcgen::Certificate, alpn: &[u8]) -> TlsStream {
    use tokio_rustls::rustls::{
        ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto,
    };
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der().clone()).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = "ns1.example".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, connect(address))
}

#[test]
fn tls_serves_as_tcp_does_and_takes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate_in_use, first) = certificate(folder.path());
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
    let bound = bound
        .bind_tls(&["127.0.0.1:0".parse().unwrap()], &certificate_in_use)
        .unwrap();
    let address = bound.tls_addresses().next().unwrap();
    let running = bound.start(Echo).unwrap();
    let mut old = connect_tls(address, &first.cert, b"dot");
    assert_in_order(&mut old);
    // What speaks no DNS is refused in the handshake.
    let mut other = connect_tls(address, &first.cert, b"h2");
    assert!(other.write_all(&framed(&message(1))).is_err() || read_framed(&mut other).is_err());

    // A key that does not belong to the certificate changes nothing.
    std::fs::write(folder.path().join("key.pem"), "nothing").unwrap();
    let refused = certificate_in_use.reload().unwrap_err();
    assert_eq!(refused.file, folder.path().join("key.pem"));
    assert_in_order(&mut connect_tls(address, &first.cert, b"dot"));

    let (_, second) = certificate(folder.path());
    certificate_in_use.reload().unwrap();
    assert_in_order(&mut connect_tls(address, &second.cert, b"dot"));
    assert_in_order(&mut old);
    let mut stale = connect_tls(address, &first.cert, b"dot");
    assert!(stale.write_all(&framed(&message(1))).is_err() || read_framed(&mut stale).is_err());
    running.stop();
}

//! `zdns serve` as a user starts it, asked by our own code and by other programs.

#[path = "peers/harness.rs"]
mod harness;

use harness::output_or_skip;
use lib_dns_core::code_points::{Class, Rcode};
use lib_dns_core::messages::{Flags, Message, MessageBuilder, Section};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::{RData, Type};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zdns-serve-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a zone file; the old one is replaced at once, as an editor does.
    fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.0.join(file);
        fs::write(self.0.join("new"), text).unwrap();
        fs::rename(self.0.join("new"), &path).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A zone with one address, which shows its version.
fn zone(apex: &str, serial: u8) -> String {
    format!(
        "$ORIGIN {apex}\n$TTL 300\n@ SOA ns1 admin {serial} 3600 900 604800 300\n@ NS ns1\nns1 A 192.0.2.{serial}\n"
    )
}

/// A running `zdns serve`, ended when it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
    lines: Receiver<String>,
}

impl Server {
    fn start(arguments: &[&Path]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .arg("serve")
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines_of(child.stderr.take().unwrap());
        let mut server = Self {
            child,
            address: "127.0.0.1:0".parse().unwrap(),
            lines,
        };
        let line = server.wait_for("listening on ");
        let (_, address) = line.split_once("listening on ").unwrap();
        server.address = address.split(' ').next().unwrap().parse().unwrap();
        server
    }

    /// The next line with these words.
    fn wait_for(&mut self, words: &str) -> String {
        let mut seen = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => seen += &(line + "\n"),
                Err(_) => panic!("no line says {words:?}, but:\n{seen}"),
            }
        }
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(status.unwrap().success());
    }

    fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn udp(&self) -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

fn query(id: u16, name: &str, rtype: Type) -> Vec<u8> {
    let name = NameBuf::from_text(name).unwrap();
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, id, Flags::default()).unwrap();
    builder.question(&name.as_name(), rtype, Class::IN).unwrap();
    builder.finish().to_vec()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    framed
}

fn read_framed(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).unwrap();
    message
}

/// The last octet of the address in an answer; `None` if the answer is refused.
fn version_in(answer: &[u8]) -> Option<u8> {
    let message = Message::from_bytes(answer).unwrap();
    if message.rcode() == Rcode::REFUSED {
        return None;
    }
    assert_eq!(message.rcode(), Rcode::NOERROR);
    let record = message.section(Section::Answer).next().unwrap().unwrap();
    match record.data().unwrap() {
        RData::A(data) => Some(data.address.octets()[3]),
        other => panic!("{other:?}"),
    }
}

fn version(server: &Server, name: &str) -> Option<u8> {
    let socket = server.udp();
    socket.send(&query(1, name, Type::A)).unwrap();
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).unwrap();
    version_in(&buffer[..length])
}

fn rcode_of(server: &Server, name: &str) -> Rcode {
    let socket = server.udp();
    socket.send(&query(1, name, Type::A)).unwrap();
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).unwrap();
    Message::from_bytes(&buffer[..length]).unwrap().rcode()
}

fn zdns(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
    command.arg("serve").args(arguments).output().unwrap()
}

#[test]
fn nothing_is_served_if_a_zone_is_bad() {
    let folder = Folder::new();
    let good = folder.write("good.zone", &zone("good.test.", 1));
    let bad = folder.write("bad.zone", &(zone("bad.test.", 1) + "a A 192.0.2.256\n"));
    let output = zdns(&[good.to_str().unwrap(), bad.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65));
    let text = String::from_utf8(output.stderr).unwrap();
    let place = format!("{}:6:5: error: ", bad.display());
    assert!(
        text.contains(&place) && text.contains("'192.0.2.256'"),
        "{text}"
    );
    assert!(!text.contains("listening"), "{text}");
}

#[test]
fn the_zone_of_the_specification_is_refused_for_its_two_addresses() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/spec-unmended.zone");
    let output = zdns(&[file]);
    assert_eq!(output.status.code(), Some(65));
    let text = String::from_utf8(output.stderr).unwrap();
    for (place, token) in [("28:21", "fd00:mesh:1::5"), ("52:29", "fd00:mesh:2::7")] {
        let line = format!("{file}:{place}: error: ");
        let told = text.lines().find(|told| told.starts_with(&line));
        assert!(told.is_some_and(|told| told.contains(token)), "{text}");
    }
    assert_eq!(text.matches("error:").count(), 2, "{text}");
    assert!(!text.contains("listening"), "{text}");
}

#[test]
fn without_a_zone_it_says_what_to_do() {
    let output = zdns(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name a zone file"));
}

#[test]
fn a_folder_is_served_over_udp_and_tcp() {
    let folder = Folder::new();
    folder.write("a.zone", &zone("a.test.", 1));
    folder.write("b.zone", &zone("b.test.", 2));
    folder.write("note.txt", "no zone");
    let server = Server::start(&[&folder.0]);
    assert_eq!(version(&server, "ns1.a.test."), Some(1));
    assert_eq!(version(&server, "ns1.b.test."), Some(2));
    assert_eq!(version(&server, "ns1.c.test."), None);

    let mut stream = server.tcp();
    let all: Vec<u8> = (0..200)
        .flat_map(|id| framed(&query(id, "ns1.b.test.", Type::A)))
        .collect();
    stream.write_all(&all).unwrap();
    for id in 0..200_u16 {
        let answer = read_framed(&mut stream);
        assert_eq!(answer[..2], id.to_be_bytes());
        assert_eq!(version_in(&answer), Some(2));
    }
}

#[test]
fn responses_and_rubbish_get_no_reply() {
    let folder = Folder::new();
    let server = Server::start(&[&folder.write("a.zone", &zone("a.test.", 1))]);
    let socket = server.udp();
    let mut response = query(1, "ns1.a.test.", Type::A);
    response[2] |= 0x80;
    for silent in [&response[..], b"", b"\0", &[0xff; 4096]] {
        socket.send(silent).unwrap();
    }
    socket.send(&query(2, "ns1.a.test.", Type::A)).unwrap();
    let mut buffer = [0; 512];
    socket.recv(&mut buffer).unwrap();
    assert_eq!(buffer[..2], [0, 2]);

    // A frame that says more than comes does not hold up other connections.
    let mut stuck = server.tcp();
    stuck.write_all(&[0xff, 0xff, 0]).unwrap();
    let mut stream = server.tcp();
    stream.write_all(&framed(&response)).unwrap();
    stream
        .write_all(&framed(&query(3, "ns1.a.test.", Type::A)))
        .unwrap();
    assert_eq!(read_framed(&mut stream)[..2], [0, 3]);
}

#[test]
fn a_reload_under_load_loses_no_query() {
    let folder = Folder::new();
    let file = folder.write("a.zone", &zone("a.test.", 1));
    let mut server = Server::start(&[&file]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (socket, mut stream) = (server.udp(), server.tcp());
        let done = &done;
        let connection = scope.spawn(move || {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let all: Vec<u8> = (0..20)
                    .flat_map(|id| framed(&query(id, "ns1.a.test.", Type::A)))
                    .collect();
                stream.write_all(&all).unwrap();
                for id in 0..20_u16 {
                    let answer = read_framed(&mut stream);
                    assert_eq!(answer[..2], id.to_be_bytes());
                    let version = version_in(&answer).unwrap();
                    assert!(version >= last, "{version} after {last}");
                    last = version;
                }
            }
            last
        });
        let client = scope.spawn(move || {
            let mut last = 0;
            let mut asked = 0_u16;
            while !done.load(Ordering::Relaxed) {
                asked = asked.wrapping_add(1);
                socket.send(&query(asked, "ns1.a.test.", Type::A)).unwrap();
                let mut buffer = [0; 512];
                let length = socket.recv(&mut buffer).expect("every query is answered");
                assert_eq!(buffer[..2], asked.to_be_bytes());
                let version = version_in(&buffer[..length]).unwrap();
                assert!(version >= last, "{version} after {last}");
                last = version;
            }
            last
        });
        for serial in 2..=9 {
            // A comment each, so that the length differs where the clock of the file system is coarse.
            let padding = ";".repeat(usize::from(serial));
            folder.write("a.zone", &(zone("a.test.", serial) + &padding + "\n"));
            server.signal("HUP");
            server.wait_for("reload done");
            assert_eq!(version(&server, "ns1.a.test."), Some(serial));
        }
        done.store(true, Ordering::Relaxed);
        assert!(client.join().unwrap() > 1);
        assert!(connection.join().unwrap() > 1);
    });
}

/// Each query is answered, or refused by the system once the server has left: none falls in between.
#[test]
fn a_stop_under_load_loses_no_query() {
    let folder = Folder::new();
    let file = folder.write("a.zone", &zone("a.test.", 1));
    let server = Server::start(&[&file]);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let socket = server.udp();
                scope.spawn(move || {
                    for asked in 0.. {
                        let id = asked as u16;
                        let mut buffer = [0; 512];
                        let told = socket
                            .send(&query(id, "ns1.a.test.", Type::A))
                            .and_then(|_| socket.recv(&mut buffer));
                        match told {
                            Ok(length) => assert_eq!(version_in(&buffer[..length]), Some(1)),
                            Err(error) => return (asked, error.kind()),
                        }
                    }
                    unreachable!()
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(200));
        server.signal("TERM");
        for client in clients {
            let (answered, ended) = client.join().unwrap();
            assert_eq!(ended, std::io::ErrorKind::ConnectionRefused);
            assert!(answered > 0);
        }
    });
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn what_is_told_is_plain_where_nobody_looks_on() {
    let folder = Folder::new();
    let mut server = Server::start(&[&folder.write("a.zone", &zone("a.test.", 1))]);
    server.signal("HUP");
    let line = server.wait_for("reload done");
    assert!(
        !line.contains('\u{1b}') && line.contains(" INFO "),
        "{line}"
    );
    drop(server);
    let quiet = folder.0.join("missing.zone");
    let output = zdns(&[quiet.to_str().unwrap(), "--log-level", "error"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("ERROR nothing is served"), "{text}");
}

#[test]
fn any_is_answered_in_full_over_udp_if_wanted() {
    let folder = Folder::new();
    let file = folder.write("a.zone", &(zone("a.test.", 1) + "ns1 TXT words\n"));
    for (flags, expected) in [(&[][..], 1), (&["--full-any"][..], 2)] {
        let mut arguments = vec![file.as_path()];
        arguments.extend(flags.iter().map(Path::new));
        let server = Server::start(&arguments);
        let socket = server.udp();
        socket.send(&query(1, "ns1.a.test.", Type::ANY)).unwrap();
        let mut buffer = [0; 512];
        let length = socket.recv(&mut buffer).unwrap();
        let answer = Message::from_bytes(&buffer[..length]).unwrap();
        assert_eq!(answer.section(Section::Answer).count(), expected);
    }
}

#[test]
fn a_reload_that_fails_keeps_the_old_zone() {
    let folder = Folder::new();
    let a = folder.write("a.zone", &zone("a.test.", 1));
    folder.write("b.zone", &zone("b.test.", 1));
    let mut server = Server::start(&[&folder.0]);
    folder.write("a.zone", &(zone("a.test.", 2) + "x A nonsense\n"));
    folder.write("b.zone", &(zone("b.test.", 2) + ";\n"));
    server.signal("HUP");
    let error = server.wait_for("error: ");
    let place = format!("{}:6:5: ", a.display());
    assert!(
        error.starts_with(&place) && error.contains("'nonsense'"),
        "{error}"
    );
    server.wait_for("reload done");
    assert_eq!(version(&server, "ns1.a.test."), Some(1));
    assert_eq!(version(&server, "ns1.b.test."), Some(2));
}

#[test]
fn it_stops_when_told_and_takes_leave_of_its_clients() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let server = Server::start(&[&folder.write("a.zone", &zone("a.test.", 1))]);
        let mut stream = server.tcp();
        stream
            .write_all(&framed(&query(1, "ns1.a.test.", Type::A)))
            .unwrap();
        assert_eq!(version_in(&read_framed(&mut stream)), Some(1));
        server.signal(signal);
        assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
        assert_eq!(server.wait().code(), Some(0));
    }
}

#[test]
fn other_programs_understand_it() {
    let folder = Folder::new();
    let server = Server::start(&[&folder.write("a.zone", &zone("a.test.", 7))]);
    let port = server.address.port().to_string();
    let short: [(&str, &[&str]); 4] = [
        (
            "dig",
            &["@127.0.0.1", "-p", &port, "ns1.a.test", "A", "+short"],
        ),
        (
            "kdig",
            &[
                "@127.0.0.1",
                "-p",
                &port,
                "ns1.a.test",
                "A",
                "+short",
                "+tcp",
            ],
        ),
        (
            "drill",
            &["-Q", "-p", &port, "@127.0.0.1", "ns1.a.test", "A"],
        ),
        (
            "delv",
            &["@127.0.0.1", "-p", &port, "-i", "ns1.a.test", "A", "+short"],
        ),
    ];
    for (program, arguments) in short {
        let Some(output) = output_or_skip(Command::new(program).args(arguments)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("192.0.2.7"),
            "{program} says: {text}{output:?}"
        );
    }
}

/// Every record of the example is answered, in the text that the zone is written in.
#[test]
fn types_of_the_mesh_are_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/zones/mesh.zone");
    let server = Server::start(&[&file]);
    let port = server.address.port().to_string();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");

    let mut answered = 0;
    for name in ["zhtp", "council.zhtp", "alice.zhtp"] {
        let at = ["query", "@127.0.0.1", "-p", &port, name];
        let answer = run(&[&at[..], &["ANY", "+tcp", "+noall", "+answer"]].concat());
        for line in answer.lines() {
            let [owner, _, _, rtype, data] = words(line)
                .splitn(5, ' ')
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .try_into()
                .unwrap();
            let number = Type::from_mnemonic(rtype.as_bytes()).unwrap().0;
            if number < 65344 {
                continue;
            }
            let short = run(&[&at[..], &[&rtype, "+short"]].concat());
            assert!(short.lines().any(|line| words(line) == data), "{line}");
            // The same record in a zone of its own is the same octets.
            let folder = Folder::new();
            let alone = zone("zhtp.", 1) + &format!("{owner} {rtype} {data}\n");
            let alone = folder.write("a.zone", &alone);
            let formatted = run(&["zone", "format", alone.to_str().unwrap()]);
            // dig's manner has blanks in long data.
            let solid = |text: &str| text.split_whitespace().collect::<String>();
            assert!(
                solid(&formatted).contains(&solid(&format!("{rtype} {data}"))),
                "{formatted}"
            );
            answered += 1;
        }
    }
    assert_eq!(answered, 20);
}

/// An image is answered from before it has been read, and what is wrong with it shows by and by.
#[test]
fn an_image_with_a_bad_page_is_told_of_and_mended_by_a_reload() {
    let folder = Folder::new();
    let mut text = zone("sovereign.", 1);
    for number in 0..250 {
        text += &format!("host{number} A 10.0.0.1\n");
    }
    let text = folder.write("sovereign.zone", &text);
    let image = folder.0.join("sovereign.image");
    let compile = || {
        let zdns = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["zone", "compile", "--output"])
            .args([&image, &text])
            .output()
            .unwrap();
        assert!(zdns.status.success(), "{zdns:?}");
        fs::read(&image).unwrap()
    };
    // The last octet belongs to the last page.
    let mut octets = compile();
    *octets.last_mut().unwrap() ^= 1;
    fs::write(&image, octets).unwrap();

    let mut server = Server::start(&[&image]);
    server.wait_for("sovereign.image: error: page 2 of the zone image is not as it was written");
    server.wait_for("images are not as they were written");
    let (first, last) = ("host0.sovereign.", "ns1.sovereign.");
    assert_eq!(rcode_of(&server, first), Rcode::NOERROR);
    assert_eq!(rcode_of(&server, last), Rcode::SERVFAIL);
    server.wait_for(
        "sovereign.image: page 2 of the zone image is not as it was written; what needs page 2",
    );
    // Started again, it is the same.
    drop(server);
    let mut server = Server::start(&[&image]);
    server.wait_for("images are not as they were written");
    assert_eq!(rcode_of(&server, last), Rcode::SERVFAIL);
    compile();
    server.signal("HUP");
    server.wait_for("reloaded sovereign.");
    assert_eq!(rcode_of(&server, last), Rcode::NOERROR);
    server.signal("TERM");
    assert!(server.wait().success());
}

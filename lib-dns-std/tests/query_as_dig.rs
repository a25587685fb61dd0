//! `zdns query` beside Debian's `dig`: the same command line, the same server, the same lines.

#[path = "peers/harness.rs"]
mod harness;

use harness::output_or_skip;
use lib_dns_core::answer;
use lib_dns_core::messages::options::Cookie;
use lib_dns_core::messages::{
    EdnsHeader, EdnsOption, Flags, Message, MessageBuilder, OptionCode, Question,
};
use lib_dns_std::server::{Answer, Authority, Bound, Client, Respond, Running, Settings};
use lib_dns_std::zone::ZoneStore;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Each is asked of both programs, behind the server and its port.
const LINES: &[&str] = &[
    "alice.sovereign",
    "alice.sovereign AAAA +noall +answer",
    "alice.sovereign ANY +tcp",
    "sovereign MX +short",
    "sovereign SOA +nocomments",
    "sovereign SOA +nostats +noquestion",
    "sovereign NS +nocmd +noadditional",
    "missing.sovereign",
    "missing.sovereign +noall +authority",
    "-x 192.0.2.1",
    "-x 2001:db8::1 +norecurse",
    "elsewhere.test +dnssec +norec",
    "alice.sovereign TXT +tcp +nsid",
    "alice.sovereign +qr",
    "alice.sovereign +qr +aaflag +cdflag +noadflag",
    "alice.sovereign +qr +nocookie +noedns",
    "alice.sovereign +qr +bufsize=4096 +do",
    "alice.sovereign +qr +subnet=192.0.2.0/24 +expire +ednsopt=65001:0102",
    "alice.sovereign +qr +cookie=0102030405060708 +keepalive +tcp",
    "alice.sovereign +edns=1",
    "alice.sovereign +edns=1 +noednsnegotiation +qr",
    "alice.sovereign +qr +keepalive +expire +nsid",
    "alice.sovereign +padding=64",
    "version.bind CH TXT",
    "-t SRV -q _zhtp._quic.alice.sovereign",
    "alice.sovereign A sovereign NS +norec",
    "a-name-that-is-longer-than-all-columns.together.sovereign TYPE65280",
    "alice.sovereign +opcode=status",
    "sovereign SOA +multiline",
    "sovereign MX +yaml +tcp",
    "nothing.nsec.example A +yaml +qr +subnet=192.0.2.0/24 +dnssec",
    "host.nsec.example +yaml +noall +answer",
    "sovereign A sovereign NS +yaml +norec",
    "nsec.example DNSKEY +dnssec +tcp +multiline",
    "secure.nsec.example DS +dnssec +multiline +noall +answer",
    "nothing.nsec.example A +dnssec +multi",
    "sovereign MX +multiline",
    "_zhtp._quic.alice.sovereign SRV +multiline +norec",
    "nothing.nsec3.example +bufsize=512 +dnssec",
    "nothing.nsec3.example +bufsize=512 +dnssec +noall +authority",
    "nothing.nsec3.example +bufsize=512 +dnssec +ignore",
    "nsec.example DNSKEY +dnssec +tcp",
    "nsec.example DNSKEY +short",
    "secure.nsec.example DS +dnssec",
    "nothing.nsec3.example A +dnssec",
    "www.nsec.example AAAA +dnssec +noall +answer",
    "some.wild.nsec.example TXT +do +tcp",
    "host.nsec.example HTTPS +short",
];

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zdns-query-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn serve() -> (Running, SocketAddr) {
    let zones = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/zones");
    let files = ["sovereign.zone", "signed-nsec.zone", "signed-nsec3.zone"];
    let files = files.map(|file| Path::new(zones).join(file));
    let (store, _) = ZoneStore::open(&files).unwrap();
    let settings = answer::Settings {
        identity: Some(b"node-7"),
        version: Some(b"zdns"),
        ..answer::Settings::default()
    };
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
    let address = bound.addresses().next().unwrap();
    (
        bound.start(Authority::new(&store, settings)).unwrap(),
        address,
    )
}

/// `None` if the program is missing, which CI does not let pass.
fn run(mut command: Command, home: &Path, address: SocketAddr, line: &str) -> Option<Output> {
    let port = address.port().to_string();
    command.env("HOME", home).env("TZ", "UTC");
    command
        .args(["@127.0.0.1", "-p", &port])
        .args(line.split_whitespace());
    output_or_skip(&mut command)
}

fn dig() -> Command {
    Command::new("dig")
}

fn zdns() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
    command.arg("query");
    command
}

/// What two runs print, but for what differs from one to the next: the name of the program, ids, cookies and
/// times.
fn lasting(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let masked = |line: &str, from: &str| match line.split_once(from) {
        Some((head, _)) => format!("{head}{from}…"),
        None => line.to_owned(),
    };
    text.lines()
        .map(|line| match line.strip_prefix("; <<>> ") {
            Some(rest) => rest.split_once(" <<>> ").unwrap().1.to_owned(),
            None => {
                let line = masked(line, ", id: ");
                let line = masked(&line, "COOKIE: ");
                let line = masked(&line, " id: ");
                let line = masked(&line, "_time: !!timestamp ");
                let line = masked(&line, ";; WHEN: ").replace(" UTC", "");
                masked(&line, ";; Query time: ")
            }
        })
        .collect()
}

#[test]
fn it_prints_what_dig_prints() {
    let (running, address) = serve();
    let home = Folder::new();
    let mut wrong = String::new();
    for line in LINES {
        let ours = run(zdns(), &home.0, address, line).unwrap();
        let Some(theirs) = run(dig(), &home.0, address, line) else {
            return;
        };
        let (our_lines, their_lines) = (lasting(&ours.stdout), lasting(&theirs.stdout));
        if our_lines != their_lines || ours.status.code() != theirs.status.code() {
            wrong += &format!(
                "=== {line} ({:?} {:?})\n--- dig\n{}\n--- zdns\n{}\n",
                theirs.status.code(),
                ours.status.code(),
                their_lines.join("\n"),
                our_lines.join("\n"),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    running.stop();
}

#[test]
fn the_time_is_told_as_dig_does() {
    let (running, address) = serve();
    let home = Folder::new();
    let text = run(zdns(), &home.0, address, "alice.sovereign")
        .unwrap()
        .stdout;
    let text = String::from_utf8(text).unwrap();
    let when = text.lines().find_map(|line| line.strip_prefix(";; WHEN: "));
    let words: Vec<&str> = when.unwrap().split(' ').collect();
    let [day, month, number, time, "UTC", year] = words[..] else {
        panic!("{words:?}");
    };
    assert_eq!((day.len(), month.len(), number.len()), (3, 3, 2));
    assert_eq!((time.len(), year.len()), (8, 4));
    running.stop();
}

#[test]
fn the_users_own_file_is_read_first() {
    let (running, address) = serve();
    let home = Folder::new();
    std::fs::write(home.0.join(".digrc"), "+noall\n+answer +nottl\n").unwrap();
    let wrong = run(zdns(), &home.0, address, "alice.sovereign").unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains(".digrc: "));
    std::fs::write(home.0.join(".digrc"), "+noall\n+answer +tcp\n").unwrap();
    let ours = run(zdns(), &home.0, address, "alice.sovereign").unwrap();
    let text = String::from_utf8(ours.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    if let Some(theirs) = run(dig(), &home.0, address, "alice.sovereign") {
        assert_eq!(text, String::from_utf8(theirs.stdout).unwrap());
    }
    let mut without = zdns();
    without.arg("-r");
    let text = run(without, &home.0, address, "alice.sovereign")
        .unwrap()
        .stdout;
    assert!(String::from_utf8(text).unwrap().contains(";; Got answer:"));
    running.stop();
}

#[test]
fn a_batch_is_asked_line_by_line() {
    let (running, address) = serve();
    let home = Folder::new();
    let file = home.0.join("batch");
    std::fs::write(
        &file,
        "; a comment\nalice.sovereign A\n\nsovereign NS +short\n",
    )
    .unwrap();
    let line = format!("+noall +answer -f {}", file.display());
    let ours = run(zdns(), &home.0, address, &line).unwrap();
    assert_eq!(ours.status.code(), Some(0));
    if let Some(theirs) = run(dig(), &home.0, address, &line) {
        assert_eq!(lasting(&ours.stdout), lasting(&theirs.stdout));
    }
    assert!(lasting(&ours.stdout).len() >= 2);
    running.stop();
}

/// Three zones, each on an address of its own: the port is the same, as it is everywhere.
#[test]
fn delegations_are_followed_down_to_the_answer() {
    let folder = Folder::new();
    let serve = |address: &str, apex: &str, records: &str| {
        let file = folder.0.join(format!("{apex}zone"));
        let head = format!("$ORIGIN {apex}\n$TTL 300\n@ SOA ns admin 1 3600 900 604800 300\n");
        std::fs::write(&file, head + records).unwrap();
        let (store, _) = ZoneStore::open(&[file]).unwrap();
        let bound = Bound::bind(&[address.parse().unwrap()], Settings::default()).unwrap();
        let address = bound.addresses().next().unwrap();
        let authority = Authority::new(&store, answer::Settings::default());
        (bound.start(authority).unwrap(), address)
    };
    let top = "@ NS ns\nns A 127.0.0.1\nchild NS ns.child\nns.child A 127.0.0.2\n";
    let (first, address) = serve("127.0.0.1:0", "test.", top);
    let port = address.port();
    let middle = "@ NS ns\nns A 127.0.0.2\nbelow NS ns.below\nns.below A 127.0.0.3\n";
    let (second, _) = serve(&format!("127.0.0.2:{port}"), "child.test.", middle);
    let bottom = "@ NS ns\nns A 127.0.0.3\nwww A 192.0.2.1\n";
    let (third, _) = serve(&format!("127.0.0.3:{port}"), "below.child.test.", bottom);
    let home = Folder::new();
    let traced = run(zdns(), &home.0, address, "www.below.child.test +trace").unwrap();
    let text = String::from_utf8(traced.stdout).unwrap();
    let mut rest = &text[..];
    for line in [
        "child.test.\t\t300\tIN\tNS\tns.child.test.\n".to_owned(),
        format!("bytes from 127.0.0.1#{port}(127.0.0.1) in "),
        "below.child.test.\t300\tIN\tNS\tns.below.child.test.\n".to_owned(),
        format!("bytes from 127.0.0.2#{port}(ns.child.test) in "),
        "www.below.child.test.\t300\tIN\tA\t192.0.2.1\n".to_owned(),
        format!("bytes from 127.0.0.3#{port}("),
    ] {
        let at = rest.find(&line);
        rest = &rest[at.unwrap_or_else(|| panic!("{line:?} is not next in:\n{text}"))..];
    }
    assert_eq!(traced.status.code(), Some(0));
    // A server that leads nowhere ends the walk.
    third.stop();
    let line = "www.below.child.test +trace +tries=1 +time=1";
    let lost = run(zdns(), &home.0, address, line).unwrap();
    assert_eq!(lost.status.code(), Some(9));
    first.stop();
    second.stop();
}

/// Gives cookies back as the first label says.
#[derive(Clone)]
struct Cookies;

impl Respond for Cookies {
    type Held = std::convert::Infallible;

    fn respond(&mut self, query: &[u8], _: &Client, out: &mut [u8]) -> Answer {
        Self::answer(query, out).into()
    }
}

impl Cookies {
    fn answer(query: &[u8], out: &mut [u8]) -> Option<usize> {
        let query = Message::from_bytes(query).ok()?;
        let question = query.question()?;
        let EdnsOption::Cookie(Cookie { mut client, .. }) =
            query.edns()?.option(OptionCode::COOKIE)?.read().ok()?
        else {
            return None;
        };
        let server: &[u8] = match question.name.first_label()? {
            b"good" => &[7; 16],
            b"echo" => b"",
            _ => {
                client = [9; 8];
                &[7; 16]
            }
        };
        let flags = Flags::default().with_response(true);
        let mut builder = MessageBuilder::<4>::new(out, query.id(), flags).ok()?;
        let Question {
            name,
            qtype,
            qclass,
        } = &question;
        builder.question(name, *qtype, *qclass).ok()?;
        let cookie = Cookie { client, server };
        builder
            .edns(&EdnsHeader::default(), &[cookie.into()])
            .ok()?;
        Some(builder.finish().len())
    }
}

#[test]
fn cookies_are_judged_as_dig_does() {
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], Settings::default()).unwrap();
    let address = bound.addresses().next().unwrap();
    let running = bound.start(Cookies).unwrap();
    let home = Folder::new();
    for (name, verdict) in [("good", "good"), ("echo", "echoed"), ("other", "bad")] {
        let line = format!("{name}.test +tries=1");
        let told = |output: Output| {
            let text = String::from_utf8(output.stdout).unwrap();
            let line = text.lines().find(|line| line.starts_with("; COOKIE: "));
            line.map(|line| line.rsplit(' ').next().unwrap().to_owned())
        };
        let ours = told(run(zdns(), &home.0, address, &line).unwrap());
        assert_eq!(ours, Some(format!("({verdict})")));
        if let Some(theirs) = run(dig(), &home.0, address, &line) {
            assert_eq!(told(theirs), ours);
        }
    }
    running.stop();
}

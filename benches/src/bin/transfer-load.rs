//! What transferring a zone takes, out and in, beside Knot and NSD.
//!
//! `transfer-load FILE [ORIGIN]` starts itself, knotd and nsd, as far as they are installed, as primaries of the
//! zone, fetches it from each by AXFR over loopback several times, and prints the records for a second of the
//! server's processor time, user and system. Then it fetches the zone from itself, and lets knotd and nsd copy
//! it, and prints user and system time and peak memory of the whole processes: ours, from start to end; theirs
//! from start until they serve the zone. Compare figures of one run on one machine only.

use lib_dns_benches::processor_time;
use lib_dns_core::answer;
use lib_dns_core::code_points::Class;
use lib_dns_core::messages::Message;
use lib_dns_core::name::{Name, NameBuf};
use lib_dns_core::transfer::{
    COMPRESSION_SLOTS, Consumer, Envelope, Event, Limits, Producer, TransferRequest, Wanted,
    read_soa_answer, write_soa_query,
};
use lib_dns_core::zone::ZoneLookup;
use lib_dns_std::server::{
    Answer, Authority, Bound, Client, Replies, Respond, Settings, Transport,
};
use lib_dns_std::transfer::{self, Fetch, Fetched, NoHistory, Primary, Unsigned};
use lib_dns_std::zone::{Loader, Zone, ZoneStore};
use std::fmt::Display;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The arguments that make the program do one thing itself.
const SERVE: &str = "--serve";
const FETCH: &str = "--fetch";
const PRODUCE: &str = "--produce";
/// How often a zone is fetched from each server.
const RUNS: u64 = 5;
/// How long a server may take to load, or to copy, the zone.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [SERVE, file] => serve(file),
        [FETCH, address, origin] => fetch(address, origin),
        [PRODUCE, file] => produce(file),
        [file] => compare(file, "bench.example."),
        [file, origin] => compare(file, origin),
        _ => Err("usage: transfer-load FILE [ORIGIN]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("transfer-load: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn told(error: impl Display) -> String {
    error.to_string()
}

fn load(file: &str) -> Result<Zone, String> {
    Ok(Loader::new().load(file).map_err(told)?.zone)
}

/// Serves a zone until the standard input closes.
fn serve(file: &str) -> Result<(), String> {
    let store = Arc::new(ZoneStore::new());
    store.replace(load(file)?);
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let bound = Bound::bind(&[local], Settings::default()).map_err(told)?;
    let address = bound.addresses().next().ok_or("no address")?;
    let responder = Responder {
        authority: Authority::new(&store, answer::Settings::default()),
        store,
    };
    let running = bound.start(responder).map_err(told)?;
    println!("{address}");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    running.stop();
    Ok(())
}

/// Answers queries and transfers.
#[derive(Clone)]
struct Responder {
    authority: Authority,
    store: Arc<ZoneStore>,
}

impl Respond for Responder {
    type Held = ();

    fn respond(&mut self, query: &[u8], client: &Client, out: &mut [u8]) -> Answer<()> {
        let message = Message::from_bytes(query);
        match message.map(|message| TransferRequest::read(&message).is_ok_and(|it| it.is_some())) {
            Ok(true) if client.transport == Transport::Stream => Answer::Later(()),
            _ => self.authority.respond(query, client, out).ready().into(),
        }
    }

    async fn later(&mut self, request: Vec<u8>, (): (), _client: Client, mut replies: Replies<'_>) {
        let Ok(message) = Message::from_bytes(&request) else {
            return;
        };
        let Ok(Some(asked)) = TransferRequest::read(&message) else {
            return;
        };
        let Some(zone) = self.store.get_zone_exact(&asked.zone) else {
            return;
        };
        let answer = transfer::Answer::prepare(&asked, zone, &NoHistory);
        let _ = answer.send(&mut replies, &mut Unsigned).await;
    }
}

/// Fetches a zone and makes it ready to be served.
fn fetch(address: &str, origin: &str) -> Result<(), String> {
    let address = address
        .parse()
        .map_err(|_| format!("{address}: no address"))?;
    let origin = NameBuf::from_text(origin).map_err(told)?;
    let fetch = Fetch::new(&origin.as_name(), Class::IN, Primary::at(address));
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().map_err(told)?;
    let news = runtime.block_on(fetch.run()).map_err(told)?;
    match news.fetched {
        Fetched::Whole(zone, _) => println!("{} records", zone.record_count()),
        _ => return Err("the zone did not come".to_owned()),
    }
    Ok(())
}

/// Writes the messages of a transfer and throws them away.
fn produce(file: &str) -> Result<(), String> {
    let zone = load(file)?;
    let soa = zone.soa().ok_or("no SOA record")?;
    let mut query = [0; 512];
    let query = TransferRequest::write(&mut query, 1, &zone.apex(), Class::IN, Wanted::Whole);
    let query = Message::from_bytes(query.map_err(told)?).map_err(told)?;
    let request = TransferRequest::read(&query).map_err(told)?;
    let envelope = Envelope::answering(&request.ok_or("no request")?);
    let mut buffer = vec![0; 65_535];
    let before = processor_time::of_process("self")?;
    let mut octets = 0;
    for _ in 0..RUNS {
        let mut producer = Producer::whole(soa, zone.records());
        while let Some(message) = producer
            .next_message::<COMPRESSION_SLOTS>(&envelope, &mut buffer)
            .map_err(told)?
        {
            octets += message.len();
        }
    }
    let seconds = processor_time::of_process("self")? - before;
    let records = (zone.record_count() * RUNS) as f64;
    println!(
        "{:.0} records a second, {:.1} octets each",
        records / seconds,
        octets as f64 / records
    );
    Ok(())
}

fn compare(file: &str, origin: &str) -> Result<(), String> {
    let file = Path::new(file).canonicalize().map_err(told)?;
    let file = file.to_string_lossy();
    let name = NameBuf::from_text(origin).map_err(told)?;
    let name = name.as_name();
    println!(
        "{:<10} {:>34}",
        "AXFR out", "records a second of processor time"
    );
    for program in ["lib-dns", "knotd", "nsd"] {
        let Some(server) = Server::start(program, origin, &Source::File(&file))? else {
            println!("{program:<10} is not installed");
            continue;
        };
        server.wait_until_serving(&name)?;
        let pids = server.pids();
        let before = used(&pids)?;
        let mut records = 0;
        for _ in 0..RUNS {
            records += drain(server.address, &name)?;
        }
        let seconds = used(&pids)? - before;
        println!("{program:<10} {:>34.0}", records as f64 / seconds);
    }
    println!(
        "\n{:<10} {:>10} {:>12} {:>12}",
        "AXFR in", "user time", "system time", "peak memory"
    );
    let primary = Server::start("lib-dns", origin, &Source::File(&file))?;
    let primary = primary.ok_or("cannot find itself")?;
    primary.wait_until_serving(&name)?;
    for program in ["lib-dns", "knotd", "nsd"] {
        match copied(program, origin, &name, primary.address)? {
            Some((user, system, kilobytes)) => println!(
                "{program:<10} {user:>8.2} s {system:>10.2} s {:>9} MB",
                kilobytes / 1000
            ),
            None => println!("{program:<10} is not installed"),
        }
    }
    Ok(())
}

/// Processor time of several processes.
fn used(pids: &[String]) -> Result<f64, String> {
    pids.iter().map(|pid| processor_time::of_process(pid)).sum()
}

/// Fetches a zone without keeping it; says how many records came.
fn drain(address: SocketAddr, origin: &Name<'_>) -> Result<u64, String> {
    let mut stream = TcpStream::connect(address).map_err(told)?;
    let mut query = [0; 512];
    let query = TransferRequest::write(&mut query, 1, origin, Class::IN, Wanted::Whole);
    let query = query.map_err(told)?;
    let head = (query.len() as u16).to_be_bytes();
    stream
        .write_all(&[&head[..], query].concat())
        .map_err(told)?;
    let mut stream = BufReader::with_capacity(1 << 17, stream);
    let limits = Limits::default();
    let mut consumer = Consumer::new(
        origin,
        Class::IN,
        1,
        Wanted::Whole,
        Transport::Stream,
        limits,
    );
    let (mut message, mut scratch) = (vec![0; 65_535], vec![0; 66_000]);
    let mut records = 0;
    while !consumer.is_done() {
        let mut head = [0; 2];
        stream.read_exact(&mut head).map_err(told)?;
        let message = &mut message[..usize::from(u16::from_be_bytes(head))];
        stream.read_exact(message).map_err(told)?;
        let mut events = consumer.message(message, &mut scratch).map_err(told)?;
        while let Some(event) = events.next().map_err(told)? {
            records += u64::from(matches!(event, Event::Record(_)));
        }
    }
    Ok(records)
}

/// User and system time in seconds, and peak memory in kilobytes, of a program that copies the zone.
fn copied(
    program: &str,
    origin: &str,
    name: &Name<'_>,
    primary: SocketAddr,
) -> Result<Option<(f64, f64, u64)>, String> {
    let told = if program == "lib-dns" {
        let myself = std::env::current_exe().map_err(told)?;
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%U %S %M"]).arg(myself);
        let output = timed.args([FETCH, &primary.to_string(), origin]).output();
        let output = output.map_err(told)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        String::from_utf8_lossy(&output.stderr).into_owned()
    } else {
        let Some(server) = Server::start(program, origin, &Source::Primary(primary))? else {
            return Ok(None);
        };
        server.wait_until_serving(name)?;
        server.end()?
    };
    let figures = told.lines().last().unwrap_or_default();
    let mut figures = figures.split(' ');
    let mut next = || {
        figures
            .next()
            .ok_or_else(|| format!("no figures in {told}"))
    };
    let number = |text: &str| text.parse::<f64>().map_err(|error| error.to_string());
    let (user, system, kilobytes) = (number(next()?)?, number(next()?)?, number(next()?)?);
    Ok(Some((user, system, kilobytes as u64)))
}

/// Where a server has the zone from.
enum Source<'s> {
    File(&'s str),
    Primary(SocketAddr),
}

/// A server with one zone. It is run by `/usr/bin/time`, which tells what it has used when it has ended.
struct Server {
    address: SocketAddr,
    timed: Child,
    home: PathBuf,
}

impl Server {
    /// `None` if it is not installed.
    fn start(program: &str, origin: &str, source: &Source<'_>) -> Result<Option<Self>, String> {
        let home =
            std::env::temp_dir().join(format!("transfer-load-{}-{program}", std::process::id()));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).map_err(told)?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut address = port.map_err(told)?;
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%U %S %M"]).current_dir(&home);
        timed
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped());
        let executable = match program {
            "lib-dns" => std::env::current_exe().map_err(told)?,
            _ => Path::new("/usr/sbin").join(program),
        };
        if !executable.exists() {
            return Ok(None);
        }
        timed.arg(executable);
        let configuration = match (program, source) {
            ("lib-dns", Source::File(file)) => {
                timed.args([SERVE, file]);
                None
            }
            ("knotd", source) => Some(knotd(&home, address, origin, source)),
            (_, source) => Some(nsd(&home, address, origin, source)),
        };
        if let Some(configuration) = configuration {
            let file = home.join("server.conf");
            std::fs::write(&file, configuration).map_err(told)?;
            if program == "nsd" {
                timed.arg("-d");
            }
            timed.arg("-c").arg(file).stdout(Stdio::null());
        }
        let mut timed = timed.spawn().map_err(told)?;
        if let Some(stdout) = timed.stdout.take() {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map_err(told)?;
            address = line
                .trim()
                .parse()
                .map_err(|_| "it does not start".to_owned())?;
        }
        Ok(Some(Self {
            address,
            timed,
            home,
        }))
    }

    fn wait_until_serving(&self, origin: &Name<'_>) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !has_zone(self.address, origin) {
            if Instant::now() > deadline {
                return Err(format!("{} does not serve the zone", self.address));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Itself and its children, without `/usr/bin/time`.
    fn pids(&self) -> Vec<String> {
        let mut pids = children(&self.timed.id().to_string());
        let mut at = 0;
        while let Some(pid) = pids.get(at) {
            let below = children(pid);
            pids.extend(below);
            at += 1;
        }
        pids
    }

    /// Ends it; gives what it and `/usr/bin/time` printed as errors.
    fn end(mut self) -> Result<String, String> {
        self.ask_to_end();
        let mut printed = String::new();
        if let Some(mut stderr) = self.timed.stderr.take() {
            stderr.read_to_string(&mut printed).map_err(told)?;
        }
        Ok(printed)
    }

    fn ask_to_end(&mut self) {
        drop(self.timed.stdin.take());
        if let Some(pid) = children(&self.timed.id().to_string()).first() {
            let _ = Command::new("kill").arg(pid).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask_to_end();
        let _ = self.timed.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

fn children(pid: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let text = text.unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

fn has_zone(address: SocketAddr, origin: &Name<'_>) -> bool {
    let ask = || {
        let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
        socket.connect(address).ok()?;
        socket
            .set_read_timeout(Some(Duration::from_millis(500)))
            .ok()?;
        let mut buffer = [0; 512];
        socket
            .send(write_soa_query(&mut buffer, 1, origin, Class::IN).ok()?)
            .ok()?;
        let mut buffer = [0; 4096];
        let len = socket.recv(&mut buffer).ok()?;
        read_soa_answer(buffer.get(..len)?, 1, origin, Class::IN).ok()
    };
    ask().is_some()
}

fn knotd(home: &Path, address: SocketAddr, origin: &str, source: &Source<'_>) -> String {
    let (home, port) = (home.display(), address.port());
    let (remote, zone) = match source {
        Source::File(file) => (String::new(), format!("    file: \"{file}\"\n")),
        Source::Primary(address) => (
            format!(
                "remote:\n  - id: primary\n    address: 127.0.0.1@{}\n",
                address.port()
            ),
            "    master: primary\n".to_owned(),
        ),
    };
    format!(
        "server:\n    rundir: \"{home}\"\n    listen: 127.0.0.1@{port}\n    udp-workers: 1\n    tcp-workers: 1\n    \
         background-workers: 1\ncontrol:\n    listen: \"{home}/knot.sock\"\ndatabase:\n    storage: \"{home}\"\n\
         log:\n  - target: stderr\n    any: error\n{remote}acl:\n  - id: all\n    address: 127.0.0.1\n    \
         action: transfer\nzone:\n  - domain: \"{origin}\"\n    storage: \"{home}\"\n    journal-content: none\n    \
         zonefile-sync: -1\n    semantic-checks: off\n    acl: all\n{zone}"
    )
}

fn nsd(home: &Path, address: SocketAddr, origin: &str, source: &Source<'_>) -> String {
    let (home, port) = (home.display(), address.port());
    let zone = match source {
        Source::File(file) => format!("    zonefile: \"{file}\"\n"),
        Source::Primary(address) => {
            let from = address.port();
            format!("    zonefile: \"zone\"\n    request-xfr: AXFR 127.0.0.1@{from} NOKEY\n")
        }
    };
    format!(
        "server:\n    ip-address: 127.0.0.1@{port}\n    server-count: 1\n    username: \"\"\n    zonesdir: \"{home}\"\n    \
         database: \"\"\n    pidfile: \"{home}/nsd.pid\"\n    zonelistfile: \"{home}/zone.list\"\n    \
         xfrdfile: \"{home}/xfrd.state\"\n    xfrdir: \"{home}\"\n    xfrd-reload-timeout: 0\n    \
         zonefiles-write: 0\nremote-control:\n    control-enable: no\nzone:\n    name: \"{origin}\"\n    \
         provide-xfr: 127.0.0.1 NOKEY\n{zone}"
    )
}

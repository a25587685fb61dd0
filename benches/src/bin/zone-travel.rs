//! How long a change takes from a primary to its secondary, end to end.
//!
//! `zone-travel FILE [CHANGES]` serves a zone by a primary and a secondary, both ours and both in this process,
//! with journals, keys and sockets as `zdns serve --config` has them, and sends the primary an update of ten
//! records so many times (20). It prints the time from sending the update until the primary has acknowledged
//! it, which is when it is on disk, and until the secondary answers with the new version. The first change also
//! writes a copy of the zone on either side, and is told apart.

use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::zone::{Serial, ZoneLookup, ZoneNode};
use lib_dns_std::config::Config;
use lib_dns_std::roles::Roles;
use lib_dns_std::server::{Bound, Running, Settings};
use std::error::Error;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Records that one change replaces.
const RECORDS: usize = 10;
/// Between two changes, so that each is told of by itself.
const PAUSE: Duration = Duration::from_millis(1500);
/// How long something may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(300);

const SECRET: &str = "bm90IGEgc2VjcmV0LCBmb3IgYWxsIHRoZSB3b3JsZCA=";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &*arguments {
        [file] => run(file, 20),
        [file, changes] => match changes.parse() {
            Ok(changes) => run(file, changes),
            Err(error) => Err(format!("{changes}: {error}").into()),
        },
        _ => Err("usage: zone-travel FILE [CHANGES]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("zone-travel: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: &str, changes: usize) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("zone-travel-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(file, changes.max(1), &folder);
    // Nothing is lost if it stays.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

fn measure(file: &str, changes: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let file = std::fs::canonicalize(file)?;
    let zone = lib_dns_std::zone::Loader::new().load(&file)?.zone;
    let apex = NameBuf::from(zone.apex());
    println!("{apex}: {} records", zone.record_count());
    let owners: Vec<NameBuf> = zone
        .nodes()
        .filter(|node| node.rrset(Type::A).is_some())
        .map(|node| NameBuf::from(node.owner()))
        .take(RECORDS)
        .collect();
    if owners.len() < RECORDS {
        return Err("the zone has too few addresses".into());
    }
    drop(zone);

    let (above, below) = (free_port()?, free_port()?);
    let primary = Server::start(
        folder,
        above,
        &format!(
            "file = \"{}\"\nallow-transfer = [{{ key = \"k\" }}]\n\
             notify = [{{ address = \"{below}\", key = \"k\" }}]\n\
             allow-update = [{{ prefix = \"127.0.0.0/8\" }}]\n",
            file.display()
        ),
        &apex,
    )?;
    let primaries = format!("primaries = [{{ address = \"{above}\", key = \"k\" }}]\n");
    let secondary = Server::start(folder, below, &primaries, &apex)?;
    let begun = Instant::now();
    let mut serial = primary.serial(&apex).ok_or("the primary has no zone")?;
    secondary.wait_for(&apex, serial)?;
    println!("fetched whole in {:.1} s", begun.elapsed().as_secs_f64());

    let client = UdpSocket::bind("127.0.0.1:0")?;
    client.connect(above)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let (mut acknowledged, mut there) = (Vec::new(), Vec::new());
    for number in 0..=changes {
        std::thread::sleep(PAUSE);
        let message = update(&apex, &owners, u8::try_from(number % 256)?);
        let begun = Instant::now();
        client.send(&message)?;
        let mut answer = [0; 512];
        let length = client.recv(&mut answer)?;
        if length < 12 || answer[3] & 15 != 0 {
            return Err(format!("the update was refused: {:?}", &answer[..length.min(12)]).into());
        }
        let acknowledged_after = begun.elapsed();
        serial = serial.next();
        secondary.wait_for(&apex, serial)?;
        let there_after = begun.elapsed();
        if number == 0 {
            println!(
                "first change: acknowledged after {}, there after {}",
                shown(acknowledged_after),
                shown(there_after)
            );
        } else {
            acknowledged.push(acknowledged_after);
            there.push(there_after);
        }
    }
    println!(
        "{:<16} {:>10} {:>10} {:>10}",
        "of the others", "least", "median", "most"
    );
    for (what, mut times) in [("acknowledged", acknowledged), ("there", there)] {
        times.sort();
        let [least, median, most] =
            [0, times.len() / 2, times.len() - 1].map(|at| shown(times[at]));
        println!("{what:<16} {least:>10} {median:>10} {most:>10}");
    }
    primary.running.stop();
    secondary.running.stop();
    Ok(())
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A server that runs in this process.
struct Server {
    roles: Roles,
    running: Running,
}

impl Server {
    fn start(
        folder: &Path,
        address: SocketAddr,
        zone: &str,
        apex: &NameBuf,
    ) -> Result<Self, Box<dyn Error>> {
        let state = folder.join(address.port().to_string());
        let text = format!(
            "version = 1\n[server]\nlisten = [\"{address}\"]\nstate = \"{}\"\n\
             [[key]]\nname = \"k\"\nsecret = \"{SECRET}\"\n[[zone]]\nname = \"{apex}\"\n{zone}",
            state.display()
        );
        let config = Config::from_text(&text, Path::new("zone-travel.toml"))?;
        let (roles, _) = Roles::open(&config)?;
        let bound = Bound::bind(&config.server.listen, Settings::default())?;
        let running = bound.start(roles.responder())?;
        if let Some(runtime) = running.runtime() {
            roles.run(runtime);
        }
        Ok(Self { roles, running })
    }

    fn serial(&self, apex: &NameBuf) -> Option<Serial> {
        let zone = self.roles.store().get_zone_exact(&apex.as_name())?;
        Some(zone.serial())
    }

    fn wait_for(&self, apex: &NameBuf, serial: Serial) -> Result<(), Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        while self.serial(apex) != Some(serial) {
            if Instant::now() > deadline {
                return Err(format!("serial {serial} did not come").into());
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }
}

/// An address that is free for UDP and TCP alike.
fn free_port() -> Result<SocketAddr, Box<dyn Error>> {
    loop {
        let stream = TcpListener::bind("127.0.0.1:0")?;
        let address = stream.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
}

/// Replaces the addresses of all owners by another one (RFC 2136 2.5.2 and 2.5.1).
fn update(apex: &NameBuf, owners: &[NameBuf], number: u8) -> Vec<u8> {
    let count = u16::try_from(owners.len() * 2).unwrap_or(u16::MAX);
    let mut message = vec![0, number, 5 << 3, 0, 0, 1, 0, 0];
    message.extend(count.to_be_bytes());
    message.extend([0, 0]);
    message.extend(apex.as_bytes());
    message.extend(Type::SOA.0.to_be_bytes());
    message.extend(Class::IN.0.to_be_bytes());
    for owner in owners {
        for (class, ttl, data) in [
            (Class::ANY, 0u32, &[][..]),
            (Class::IN, 300, &[192, 0, 2, number]),
        ] {
            message.extend(owner.as_bytes());
            message.extend(Type::A.0.to_be_bytes());
            message.extend(class.0.to_be_bytes());
            message.extend(ttl.to_be_bytes());
            message.extend(u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
            message.extend(data);
        }
    }
    message
}

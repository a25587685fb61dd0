//! Load for a server over UDP, and what it costs the server.
//!
//! `serve-load ADDRESS PID SECONDS NAME…` asks the server at ADDRESS, which is process PID of this machine, for
//! the addresses of the names in turn, with a window of queries on their way, and prints what was answered
//! a second and what a query cost the server in processor time. The second figure does not depend on how
//! fast this program is. Compare servers in the same run on the same machine only.

use lib_dns_benches::processor_time;
use lib_dns_core::code_points::Class;
use lib_dns_core::messages::{EdnsHeader, Flags, MessageBuilder};
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Queries on their way at a time: fewer than what fits the buffer of a socket.
const WINDOW: usize = 100;
/// How long to wait for answers before they count as lost.
const PATIENCE: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("serve-load: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let [address, pid, seconds, names @ ..] = arguments else {
        return Err("usage: serve-load ADDRESS PID SECONDS NAME…".to_owned());
    };
    let address: SocketAddr = address
        .parse()
        .map_err(|_| format!("{address}: no address"))?;
    let seconds: u64 = seconds
        .parse()
        .map_err(|_| format!("{seconds}: no number"))?;
    let queries: Vec<Vec<u8>> = names
        .iter()
        .map(|name| query(name))
        .collect::<Result<_, _>>()?;
    if queries.is_empty() {
        return Err("no name to ask for".to_owned());
    }
    let before = processor_time::of_process(pid)?;
    let begun = Instant::now();
    let (answered, lost) = load(address, &queries, Duration::from_secs(seconds))
        .map_err(|error| format!("{address}: {error}"))?;
    let elapsed = begun.elapsed().as_secs_f64();
    let cost = processor_time::of_process(pid)? - before;
    println!(
        "{answered} answered, {lost} lost, {:.0} a second, {:.2} us of the server's processor time each",
        answered as f64 / elapsed,
        cost * 1e6 / answered.max(1) as f64,
    );
    Ok(())
}

fn query(name: &str) -> Result<Vec<u8>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let owner = NameBuf::from_text(name).map_err(|error| wrong(&error))?;
    let mut buffer = [0; 512];
    let mut builder = MessageBuilder::<4>::new(&mut buffer, 1, Flags::default())
        .map_err(|error| wrong(&error))?;
    builder
        .question(&owner.as_name(), Type::A, Class::IN)
        .and_then(|()| builder.edns(&EdnsHeader::default(), &[]))
        .map_err(|error| wrong(&error))?;
    Ok(builder.finish().to_vec())
}

/// Asks window by window; says how many answers came, and how many did not.
fn load(address: SocketAddr, queries: &[Vec<u8>], time: Duration) -> std::io::Result<(u64, u64)> {
    let local = if address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(local)?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let (mut answered, mut lost) = (0, 0);
    let mut next = queries.iter().cycle();
    let mut buffer = [0; 4096];
    let end = Instant::now() + time;
    while Instant::now() < end {
        for query in next.by_ref().take(WINDOW) {
            socket.send(query)?;
        }
        for _ in 0..WINDOW {
            match socket.recv(&mut buffer) {
                Ok(_) => answered += 1,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    lost += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok((answered, lost))
}

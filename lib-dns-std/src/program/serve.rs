//! `zdns serve`: answers from zone files, or does all that a configuration says.

mod configured;
mod log;

use super::load_bar::LoadBar;
use super::{EX_DATAERR, EX_NOPERM, EX_OK, EX_OSERR, EX_UNAVAILABLE, USAGE};
use crate::config::PORT;
use crate::server::{Authority, BindError, Bound, Running, Settings};
use crate::zone::{Reloaded, Zone, ZoneStore};
use clap::Args;
use lib_dns_core::answer;
use lib_dns_core::code_points::DEFAULT_UDP_SIZE;
use lib_dns_core::zone::ZoneLookup;
use sd_notify::NotifyState;
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

const NO_ZONE: &str = "no zone given: name a zone file or a folder of them, for example \
                       zdns serve examples/zones/sovereign.zone";

const EXAMPLES: &str = "\
Signals:
  HUP         load what has changed again; a zone with errors stays as it was, and so does everything if it
              is the configuration that has them
  TERM, INT   answer what has come, then end; the second ends at once

Examples:
  zdns serve sovereign.zone                       on 127.0.0.1 and ::1, port 5300
  zdns serve /etc/zones --listen 0.0.0.0:53       every *.zone and *.image file of a folder
  zdns serve --config zdns.toml                   as the file says: transfers, keys, TLS";

/// Answer queries from zone files over UDP and TCP, or do all that a configuration says.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Zone files, text or images, and folders whose *.zone and *.image files are served.
    #[arg(value_name = "ZONEFILE|DIR")]
    zones: Vec<PathBuf>,

    /// Do what this file says (zdns config check explains it), and nothing that the other options say.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["zones", "listen", "tcp_idle", "tcp_connections",
        "tcp_connections_per_client", "full_any", "udp_size", "log_level"])]
    config: Option<PathBuf>,

    /// Address to serve at, with or without port; may be given several times [default: 127.0.0.1:5300
    /// and, where there is IPv6, [::1]:5300].
    #[arg(long, value_name = "ADDR", value_parser = read_address)]
    listen: Vec<SocketAddr>,

    /// Seconds after which a TCP connection without queries is closed.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    tcp_idle: u64,

    /// TCP connections at a time; beyond it the least used is closed.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    tcp_connections: u32,

    /// TCP connections of one client at a time; beyond it the least used of its own is closed.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    tcp_connections_per_client: u32,

    /// Answer ANY over UDP with all that the name has, and not with one RRset (RFC 8482).
    #[arg(long)]
    full_any: bool,

    /// Octets of the longest answer over UDP.
    #[arg(long, value_name = "OCTETS", default_value_t = DEFAULT_UDP_SIZE, value_parser = clap::value_parser!(u16).range(512..=4096))]
    udp_size: u16,

    /// What is told on standard error: no more than this.
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    log_level: String,
}

pub(super) fn run(arguments: &Arguments) -> u8 {
    let served = match &arguments.config {
        Some(file) => configured::serve(file),
        None => {
            log::start(&arguments.log_level);
            serve(arguments)
        }
    };
    match served {
        Ok(()) => EX_OK,
        Err(Refusal { reason, status }) => {
            error!("{reason}");
            status
        }
    }
}

/// Why nothing is served.
struct Refusal {
    reason: String,
    status: u8,
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self {
            reason: error.to_string(),
            status: EX_OSERR,
        }
    }
}

impl From<BindError> for Refusal {
    fn from(error: BindError) -> Self {
        let status = match error.error.kind() {
            ErrorKind::PermissionDenied => EX_NOPERM,
            _ => EX_UNAVAILABLE,
        };
        Self {
            reason: error.to_string(),
            status,
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), Refusal> {
    if arguments.zones.is_empty() {
        return Err(Refusal {
            reason: NO_ZONE.to_owned(),
            status: USAGE,
        });
    }
    let signals = Signals::catch()?;
    let store = Arc::new(load(&arguments.zones)?);
    let bound = bind_as_told(arguments)?;
    let addresses: Vec<SocketAddr> = bound.addresses().collect();
    let settings = answer::Settings {
        udp_size: arguments.udp_size,
        minimal_any: !arguments.full_any,
        ..answer::Settings::default()
    };
    let running = bound.start(Authority::new(&store, settings))?;
    let zones = store.snapshot();
    for zone in zones.list() {
        info!("serving {}", described(zone));
    }
    for zone in zones.list_unread() {
        info!("serving {}; its image is being read", described(zone));
    }
    for address in addresses {
        info!("listening on {address} (UDP and TCP)");
    }
    if !zones.list_unread().is_empty() {
        let store = Arc::clone(&store);
        let reader = thread::Builder::new().name("images".to_owned());
        reader.spawn(move || read_images(&store))?;
    }
    drop(zones);
    signals.obey(running, Arc::new(move || report(&store.reload())))
}

/// Reads the images whole that are served already.
fn read_images(store: &ZoneStore) {
    let findings = store.read_images();
    print(&findings);
    match findings.error_count() {
        0 => info!("all of the images has been read and checked"),
        errors => error!(
            errors,
            "images are not as they were written: what is, is served, and the rest is answered with SERVFAIL; \
             compile the zones again and reload"
        ),
    }
}

/// The signals that a server obeys, and what waits for them.
struct Signals {
    runtime: tokio::runtime::Runtime,
    hang_up: Signal,
    end: Ending,
}

impl Signals {
    /// From here on, a reload that is asked for while the zones are loading comes after it.
    fn catch() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let within = runtime.enter();
        let hang_up = signal(SignalKind::hangup())?;
        let end = Ending {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        };
        drop(within);
        Ok(Self {
            runtime,
            hang_up,
            end,
        })
    }

    /// Tells the service manager that all is ready, reloads when asked to, and stops when asked to.
    fn obey(mut self, running: Running, reload: Reload) -> Result<(), Refusal> {
        notify(&[NotifyState::Ready]);
        self.runtime.block_on(async {
            reload_until_end(&reload, &mut self.hang_up, &mut self.end).await;
            notify(&[NotifyState::Stopping]);
            stop(running, &mut self.end).await;
        });
        // A reload that is still running is not waited for.
        self.runtime.shutdown_background();
        Ok(())
    }
}

/// Loads again what has changed, and tells how it went; it may take its time.
type Reload = Arc<dyn Fn() + Send + Sync>;

/// All zones, or none.
fn load(paths: &[PathBuf]) -> Result<ZoneStore, Refusal> {
    let mut bar = LoadBar::default();
    let opened = ZoneStore::open_early(paths, |file, at| bar.show(file, at));
    bar.end();
    match opened {
        Ok((store, warnings)) => {
            print(&warnings);
            Ok(store)
        }
        Err(findings) => {
            print(&findings);
            Err(Refusal {
                reason: "nothing is served".to_owned(),
                status: EX_DATAERR,
            })
        }
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn bind_as_told(arguments: &Arguments) -> Result<Bound, Refusal> {
    let settings = Settings {
        idle: Duration::from_secs(arguments.tcp_idle),
        connections: count(arguments.tcp_connections),
        connections_of_client: count(arguments.tcp_connections_per_client),
        ..Settings::default()
    };
    if arguments.listen.is_empty() {
        Ok(bind_localhost(settings)?)
    } else {
        Ok(Bound::bind(&arguments.listen, settings)?)
    }
}

/// The addresses where none are given.
fn bind_localhost(settings: Settings) -> Result<Bound, BindError> {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, PORT));
    match Bound::bind(&[v4, v6], settings.clone()) {
        Err(error) if error.address == v6 && is_without_ipv6(&error.error) => {
            warn!("not listening on {v6}: {}", error.error);
            Bound::bind(&[v4], settings)
        }
        bound => bound,
    }
}

/// Does the error mean that the machine has no such address or no such family?
fn is_without_ipv6(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(nix::errno::Errno::EAFNOSUPPORT as i32)
}

/// The signals that end the server.
struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn reload_until_end(reload: &Reload, hang_up: &mut Signal, end: &mut Ending) {
    loop {
        tokio::select! {
            _ = hang_up.recv() => {}
            () = end.wait() => return,
        }
        info!("reloading");
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            notify(&[NotifyState::Reloading, now]);
        }
        let loading = Arc::clone(reload);
        let loading = tokio::task::spawn_blocking(move || loading());
        tokio::select! {
            reloaded = loading => if let Err(error) = reloaded {
                error!("the reload broke off, nothing has changed: {error}");
            },
            () = end.wait() => return,
        }
        notify(&[NotifyState::Ready]);
    }
}

fn report(reloaded: &Reloaded) {
    print(&reloaded.findings);
    for zone in &reloaded.loaded {
        info!("reloaded {}", described(zone));
    }
    for apex in &reloaded.removed {
        info!("no longer serving {apex}");
    }
    match reloaded.findings.error_count() {
        0 => info!("reload done"),
        errors => error!(
            errors,
            "reload done, but zones with errors stay as they were"
        ),
    }
}

async fn stop(running: Running, end: &mut Ending) {
    info!("stopping");
    let stopping = tokio::task::spawn_blocking(move || running.stop());
    tokio::select! {
        _ = stopping => {}
        () = end.wait() => warn!("stopping at once"),
    }
}

fn described(zone: &Zone) -> String {
    format!(
        "{} (serial {}, {} records)",
        zone.apex(),
        zone.serial(),
        zone.record_count()
    )
}

/// Findings stand for themselves, as those of a compiler, so that editors find the place.
fn print(findings: &crate::zone::Findings) {
    let _ = write!(io::stderr(), "{findings}");
}

/// Tells the service manager, if there is one.
fn notify(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}

/// Reads an address with or without port.
fn read_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let ip: Result<IpAddr, _> = bare.unwrap_or(text).parse();
    ip.map(|ip| SocketAddr::new(ip, PORT))
        .map_err(|_| "an address is like 127.0.0.1, 127.0.0.1:5300 or [::1]:5300".to_owned())
}

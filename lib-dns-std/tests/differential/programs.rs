//! Starts the servers by their command lines, each on its own loopback port with its own directory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use crate::exchange;
use crate::world::World;

/// A program that serves zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Bind,
    Knot,
    Nsd,
    Zdns,
}

/// Those whose common opinion is the yardstick.
pub(crate) const PEERS: [Program; 3] = [Program::Bind, Program::Knot, Program::Nsd];

/// What runs a server and ends it when its standard input closes: on drop, on panic, and also when this
/// process is killed, which no `Drop` would see.
const KEEPER: &str = r#"trap : HUP INT TERM; "$@" & pid=$!; read -r _; kill -TERM $pid; tries=0
while kill -0 $pid 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done
kill -KILL $pid 2>/dev/null; wait $pid"#;

const READY_WITHIN: Duration = Duration::from_secs(15);

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Bind => "bind",
            Program::Knot => "knot",
            Program::Nsd => "nsd",
            Program::Zdns => "zdns",
        }
    }

    /// Where the program is, or which file is missing.
    pub(crate) fn find(self) -> Result<PathBuf, String> {
        let file = match self {
            Program::Bind => "named",
            Program::Knot => "knotd",
            Program::Nsd => "nsd",
            Program::Zdns => return Ok(PathBuf::from(env!("CARGO_BIN_EXE_zdns"))),
        };
        let path = env::var_os("PATH").unwrap_or_default();
        // Debian keeps servers out of an ordinary user's PATH.
        let directories =
            env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        let found = directories
            .map(|directory| directory.join(file))
            .find(|candidate| candidate.is_file());
        found.ok_or_else(|| format!("{file} is not installed"))
    }

    fn command_line(
        self,
        executable: &Path,
        world: &World,
        home: &Path,
        address: SocketAddr,
    ) -> Vec<String> {
        let configuration = match self {
            Program::Bind => Some(bind_configuration(world, home, address)),
            Program::Knot => Some(knot_configuration(world, home, address)),
            Program::Nsd => Some(nsd_configuration(world, home, address)),
            Program::Zdns => None,
        };
        let file = home.join("server.conf");
        if let Some(text) = configuration {
            fs::write(&file, text).expect("the configuration can be written");
        }
        let file = file.display().to_string();
        let arguments = match self {
            Program::Bind => vec![
                "-g".into(),
                "-4".into(),
                "-n".into(),
                "1".into(),
                "-c".into(),
                file,
            ],
            Program::Knot => vec!["-c".into(), file],
            Program::Nsd => vec!["-d".into(), "-c".into(), file],
            Program::Zdns => {
                vec![
                    "serve".into(),
                    world.directory.display().to_string(),
                    "--listen".into(),
                    address.to_string(),
                    // As the peers are told, so that all cut off at the same size.
                    "--udp-size".into(),
                    "4096".into(),
                ]
            }
        };
        [vec![executable.display().to_string()], arguments].concat()
    }
}

/// A running server. Dropping it ends the process and removes its directory.
pub(crate) struct Server {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    home: PathBuf,
    keeper: Child,
}

impl Server {
    /// Starts `program` with all zones of `world` and waits until it answers for each of them.
    pub(crate) fn start(program: Program, world: &World) -> Result<Server, String> {
        // A port found free may be taken a moment later, so there is a second and a third try.
        let mut tries = 1;
        loop {
            match Server::start_once(program, world) {
                Err(reason) if tries < 3 && reason.contains("in use") => tries += 1,
                outcome => return outcome,
            }
        }
    }

    fn start_once(program: Program, world: &World) -> Result<Server, String> {
        let executable = program.find()?;
        let address = free_port().map_err(|error| format!("no free port: {error}"))?;
        // Not below target/: a control socket's path must stay under 108 octets.
        let home = env::temp_dir().join(format!(
            "zdns-diff-{}-{}",
            std::process::id(),
            address.port()
        ));
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        let log = File::create(home.join("log")).map_err(|error| error.to_string())?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(program.command_line(&executable, world, &home, address))
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        let server = Server {
            program,
            address,
            home,
            keeper,
        };
        server.wait_until_ready(world)?;
        Ok(server)
    }

    fn wait_until_ready(&self, world: &World) -> Result<(), String> {
        let deadline = Instant::now() + READY_WITHIN;
        for zone in &world.zones {
            while !exchange::has_zone(self.address, &zone.origin) {
                if Instant::now() > deadline || self.log().contains("in use") {
                    return Err(format!(
                        "{} does not answer for {} of {}; its log:\n{}",
                        self.program.name(),
                        zone.origin_text,
                        world.name,
                        self.log()
                    ));
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.home.join("log")).unwrap_or_default()).into_owned()
    }
}

/// Ends all of them at once, which is quicker than one after the other.
pub(crate) fn stop(mut servers: Vec<Server>) {
    for server in &mut servers {
        drop(server.keeper.stdin.take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// A port that is free for UDP and TCP alike.
fn free_port() -> io::Result<SocketAddr> {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let address = tcp.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
}

fn bind_configuration(world: &World, home: &Path, address: SocketAddr) -> String {
    let (home, port) = (home.display(), address.port());
    let mut text = format!(
        r#"controls {{ }};
options {{
    directory "{home}"; pid-file "{home}/named.pid"; session-keyfile "{home}/session.key"; lock-file none;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; allow-query {{ any; }}; allow-transfer {{ any; }}; notify no; dnssec-validation no;
    empty-zones-enable no; minimal-responses no; minimal-any no; answer-cookie no; zero-no-soa-ttl no;
    edns-udp-size 4096; max-udp-size 4096; tcp-clients 100;
    check-names primary ignore; check-integrity no; check-mx ignore; check-sibling no; check-wildcard no;
}};
"#
    );
    for zone in &world.zones {
        let (origin, file) = (&zone.origin_text, zone.path.display());
        let _ = writeln!(
            text,
            "zone \"{origin}\" {{ type primary; file \"{file}\"; }};"
        );
    }
    text
}

fn knot_configuration(world: &World, home: &Path, address: SocketAddr) -> String {
    let (home, port) = (home.display(), address.port());
    let mut text = format!(
        r#"server:
    rundir: "{home}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    udp-max-payload: 4096
    tcp-idle-timeout: 60
    answer-rotation: off
    nsid: ""
control:
    listen: "{home}/knot.sock"
database:
    storage: "{home}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "{home}"
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: off
    dnssec-signing: off
zone:
"#
    );
    for zone in &world.zones {
        let _ = writeln!(
            text,
            "  - domain: \"{}\"\n    file: \"{}\"",
            zone.origin_text,
            zone.path.display()
        );
    }
    text
}

fn nsd_configuration(world: &World, home: &Path, address: SocketAddr) -> String {
    let (home, port) = (home.display(), address.port());
    let mut text = format!(
        r#"server:
    ip-address: 127.0.0.1@{port}
    server-count: 1
    username: ""
    zonesdir: "{home}"
    database: ""
    pidfile: "{home}/nsd.pid"
    zonelistfile: "{home}/zone.list"
    xfrdfile: "{home}/xfrd.state"
    xfrdir: "{home}"
    rrl-ratelimit: 0
    minimal-responses: no
    refuse-any: no
    round-robin: no
    ipv4-edns-size: 4096
    tcp-count: 100
    tcp-query-count: 0
    tcp-timeout: 60
remote-control:
    control-enable: no
"#
    );
    for zone in &world.zones {
        let _ = writeln!(
            text,
            "zone:\n    name: \"{}\"\n    zonefile: \"{}\"",
            zone.origin_text,
            zone.path.display()
        );
    }
    text
}

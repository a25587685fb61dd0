//! Starts the servers by their command lines, each on its own loopback port with its own directory.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::exchange;
use crate::process::{self, Process, free_port, home_for};
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
        process::find(file)
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
    process: Process,
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
        let home = home_for(address)?;
        let command_line = program.command_line(&executable, world, &home, address);
        let server = Server {
            program,
            address,
            process: Process::start(home, &command_line)?,
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
        self.process.log()
    }
}

/// Ends all of them at once, which is quicker than one after the other.
pub(crate) fn stop(mut servers: Vec<Server>) {
    for server in &mut servers {
        server.process.ask_to_end();
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

//! Starts the servers by their command lines, each on its own loopback port with its own directory.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::exchange;
use crate::harness::server::anywhere;
use crate::harness::{self, Home};
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

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Bind => "bind",
            Program::Knot => "knot",
            Program::Nsd => "nsd",
            Program::Zdns => "zdns",
        }
    }

    /// Starts it with all zones of `world`.
    fn start(self, world: &World, address: SocketAddr) -> Result<harness::Server, String> {
        let (program, configuration) = match self {
            Program::Bind => (harness::Program::Named, bind_configuration(world)),
            Program::Knot => (harness::Program::Knotd, knot_configuration(world)),
            Program::Nsd => (harness::Program::Nsd, nsd_configuration(world)),
            Program::Zdns => {
                let line = [
                    env!("CARGO_BIN_EXE_zdns"),
                    "serve",
                    &world.directory.display().to_string(),
                    "--listen",
                    &address.to_string(),
                    // As the peers are told, so that all cut off at the same size.
                    "--udp-size",
                    "4096",
                ];
                let line = line.map(str::to_owned);
                return harness::Server::start(address, Home::new(address), &line);
            }
        };
        harness::Server::try_other(program, address, &[], &configuration)
    }
}

/// A running server. Dropping it ends the process and removes its directory.
pub(crate) struct Server {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    server: harness::Server,
}

impl Server {
    /// Starts `program` with all zones of `world` and waits until it answers for each of them.
    pub(crate) fn start(program: Program, world: &World) -> Result<Server, String> {
        let server = anywhere(|address| program.start(world, address))?;
        for zone in &world.zones {
            let answers = server.wait_until(|| exchange::has_zone(server.address, &zone.origin));
            answers.map_err(|reason| {
                let (name, origin) = (program.name(), &zone.origin_text);
                format!(
                    "{name} does not answer for {origin} of {}: {reason}",
                    world.name
                )
            })?;
        }
        Ok(Server {
            program,
            address: server.address,
            server,
        })
    }
}

/// Ends all of them at once, which is quicker than one after the other.
pub(crate) fn stop(servers: Vec<Server>) {
    for server in &servers {
        server.server.ask_to_end();
    }
}

fn bind_configuration(world: &World) -> String {
    let mut text = harness::Program::Named.head(
        "allow-transfer { any; }; notify no;
    minimal-responses no; minimal-any no; answer-cookie no; zero-no-soa-ttl no;
    edns-udp-size 4096; max-udp-size 4096; tcp-clients 100;
    check-names primary ignore; check-integrity no; check-mx ignore; check-sibling no; check-wildcard no;",
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

fn knot_configuration(world: &World) -> String {
    let mut text = harness::Program::Knotd.head(
        "    udp-max-payload: 4096
    tcp-idle-timeout: 60
    answer-rotation: off
    nsid: \"\"",
    );
    text += r#"template:
  - id: default
    storage: "HOME"
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: off
    dnssec-signing: off
zone:
"#;
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

fn nsd_configuration(world: &World) -> String {
    let mut text = harness::Program::Nsd.head(
        "    minimal-responses: no
    refuse-any: no
    round-robin: no
    ipv4-edns-size: 4096
    tcp-count: 100
    tcp-query-count: 0
    tcp-timeout: 60",
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

//! BIND, Knot and NSD, each with zones of its own choice.

use crate::certificates::{Certificates, NAME};
use crate::keys::KeyText;
use crate::process::{Process, find, free_port, home_for};
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{read_soa_answer, write_soa_query};
use lib_dns_core::zone::Serial;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Named,
    Knotd,
    Nsd,
}

pub(crate) const ALL: [Program; 3] = [Program::Named, Program::Knotd, Program::Nsd];

/// Where a peer has a zone from.
#[derive(Clone)]
pub(crate) enum Source {
    /// It is the primary, with this text.
    Text(String),
    /// It is copied from us.
    Primary {
        address: SocketAddr,
        /// The file of the authority that vouches for us, for TLS.
        authority: Option<String>,
    },
}

/// A zone of a peer.
#[derive(Clone)]
pub(crate) struct PeerZone {
    pub(crate) name: String,
    pub(crate) source: Source,
    /// The key that transfers of it are signed with, both from us and to us.
    pub(crate) key: Option<KeyText>,
}

/// A running peer.
pub(crate) struct Peer {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    /// Where it speaks TLS, if it has a certificate.
    pub(crate) tls: Option<SocketAddr>,
    process: Process,
}

/// Is the program there? If not it is told, and CI does not let it pass.
pub(crate) fn is_there(program: Program) -> bool {
    match find(program.file()) {
        Ok(_) => true,
        Err(error) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => panic!("{error}"),
        Err(error) => {
            eprintln!("skipped: {error}");
            false
        }
    }
}

impl Program {
    fn file(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Knotd => "knotd",
            Self::Nsd => "nsd",
        }
    }
}

impl Peer {
    /// Starts a peer and waits until it serves all its zones.
    pub(crate) fn start(
        program: Program,
        zones: &[PeerZone],
        certificates: Option<&Certificates>,
    ) -> Self {
        // A port found free may be taken a moment later, so there is a second and a third try.
        for attempt in 1.. {
            match Self::start_once(program, zones, certificates) {
                Ok(peer) => return peer,
                Err(reason) if attempt < 3 && reason.contains("in use") => {}
                Err(reason) => panic!("{reason}"),
            }
        }
        unreachable!("the loop ends by itself")
    }

    fn start_once(
        program: Program,
        zones: &[PeerZone],
        certificates: Option<&Certificates>,
    ) -> Result<Self, String> {
        let executable = find(program.file())?;
        let address = free_port().map_err(|error| error.to_string())?;
        let home = home_for(address)?;
        let tls = match certificates {
            Some(_) => Some(free_port().map_err(|error| error.to_string())?),
            None => None,
        };
        for zone in zones {
            if let Source::Text(text) = &zone.source {
                fs::write(home.join(file_of(&zone.name)), text)
                    .map_err(|error| error.to_string())?;
            }
        }
        let with_tls = tls.zip(certificates);
        let (text, arguments) = match program {
            Program::Named => (
                named(&home, address, with_tls, zones),
                &["-g", "-4", "-n", "1"][..],
            ),
            Program::Knotd => (knotd(&home, address, zones), &[][..]),
            Program::Nsd => (nsd(&home, address, with_tls, zones), &["-d"][..]),
        };
        let file = home.join("server.conf");
        fs::write(&file, text).map_err(|error| error.to_string())?;
        let mut command_line = vec![executable.display().to_string()];
        command_line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command_line.extend(["-c".to_owned(), file.display().to_string()]);
        let peer = Self {
            program,
            address,
            tls,
            process: Process::start(home, &command_line)?,
        };
        for zone in zones {
            peer.wait_for(&zone.name, |_| true)?;
        }
        Ok(peer)
    }

    /// Waits until the zone has a version of which this holds.
    pub(crate) fn wait_for(
        &self,
        zone: &str,
        holds: impl Fn(Serial) -> bool,
    ) -> Result<Serial, String> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Some(serial) = self.serial(zone).filter(|serial| holds(*serial)) {
                return Ok(serial);
            }
            if Instant::now() > deadline || self.process.log().contains("in use") {
                let log = self.process.log();
                return Err(format!(
                    "{:?}: {zone} does not get there; its log:\n{log}",
                    self.program
                ));
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// The version that it has of a zone.
    pub(crate) fn serial(&self, zone: &str) -> Option<Serial> {
        let zone = NameBuf::from_text(zone).unwrap();
        let mut buffer = [0; 512];
        let query = write_soa_query(&mut buffer, 77, &zone.as_name(), Class::IN).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(self.address).ok()?;
        socket
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        socket.send(query).ok()?;
        let mut buffer = [0; 4096];
        let len = socket.recv(&mut buffer).ok()?;
        let answer = read_soa_answer(&buffer[..len], 77, &zone.as_name(), Class::IN);
        answer.ok().map(|answer| answer.serial)
    }

    /// Adds and deletes addresses of a zone by the program's own means; `(label, address, add)`.
    pub(crate) fn change(&self, zone: &str, changes: &[(&str, &str, bool)]) {
        match self.program {
            Program::Named => {
                let mut script = format!("server 127.0.0.1 {}\nzone {zone}\n", self.address.port());
                for (label, address, add) in changes {
                    let (verb, ttl) = if *add {
                        ("add", "300 ")
                    } else {
                        ("delete", "")
                    };
                    let _ = writeln!(script, "update {verb} {label}.{zone} {ttl}A {address}");
                }
                script.push_str("send\n");
                pipe(Command::new("nsupdate").arg("-v"), &script);
            }
            Program::Knotd => {
                let socket = self.process.home().join("knot.sock");
                let knotc = |arguments: &[&str]| {
                    let mut command = Command::new(find("knotc").unwrap());
                    command.arg("-s").arg(&socket).args(arguments);
                    pipe(&mut command, "");
                };
                knotc(&["zone-begin", zone]);
                for (label, address, add) in changes {
                    if *add {
                        knotc(&["zone-set", zone, label, "300", "A", address]);
                    } else {
                        knotc(&["zone-unset", zone, label, "A", address]);
                    }
                }
                knotc(&["zone-commit", zone]);
            }
            Program::Nsd => panic!("NSD changes its zones by their files only"),
        }
    }
}

/// Runs a program with this input; it must succeed.
fn pipe(command: &mut Command, input: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn file_of(zone: &str) -> String {
    format!("{}zone", zone)
}

/// The keys of zones, each once.
fn keys(zones: &[PeerZone]) -> Vec<KeyText> {
    let keys = zones.iter().filter_map(|zone| zone.key.clone());
    let by_name = keys
        .map(|key| (key.name.clone(), key))
        .collect::<BTreeMap<_, _>>();
    by_name.into_values().collect()
}

fn named(
    home: &Path,
    address: SocketAddr,
    tls: Option<(SocketAddr, &Certificates)>,
    zones: &[PeerZone],
) -> String {
    let (home, port) = (home.display(), address.port());
    let mut text = String::new();
    for KeyText {
        name,
        algorithm,
        secret,
    } in keys(zones)
    {
        let _ = writeln!(
            text,
            "key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};"
        );
    }
    let mut listen_tls = String::new();
    if let Some((address, files)) = tls {
        let (key, certificate) = (files.key.display(), files.certificate.display());
        let _ = writeln!(
            text,
            "tls own {{ key-file \"{key}\"; cert-file \"{certificate}\"; }};"
        );
        listen_tls = format!(
            "listen-on port {} tls own {{ 127.0.0.1; }};",
            address.port()
        );
    }
    let mut zone_texts = String::new();
    for (number, zone) in zones.iter().enumerate() {
        let (name, file) = (&zone.name, file_of(&zone.name));
        let key = zone
            .key
            .as_ref()
            .map_or(String::new(), |key| format!("key \"{}\"", key.name));
        let allowed = if key.is_empty() { "any" } else { &key };
        let from = match &zone.source {
            Source::Text(_) => "type primary; allow-update { any; };".to_owned(),
            Source::Primary { address, authority } => {
                let mut tls = String::new();
                if let Some(authority) = authority {
                    tls = format!("tls peer{number}");
                    let _ = writeln!(
                        text,
                        "tls peer{number} {{ ca-file \"{authority}\"; remote-hostname \"{NAME}\"; }};"
                    );
                }
                let port = address.port();
                format!("type secondary; primaries port {port} {{ 127.0.0.1 {key} {tls}; }};")
            }
        };
        let _ = writeln!(
            zone_texts,
            "zone \"{name}\" {{ {from} file \"{file}\"; allow-transfer {{ {allowed}; }}; }};"
        );
    }
    format!(
        r#"controls {{ }};
{text}
options {{
    directory "{home}"; pid-file "{home}/named.pid"; session-keyfile "{home}/session.key"; lock-file none;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; {listen_tls}
    recursion no; allow-query {{ any; }}; notify no; dnssec-validation no; empty-zones-enable no;
    check-integrity no; masterfile-format text;
}};
{zone_texts}"#
    )
}

fn knotd(home: &Path, address: SocketAddr, zones: &[PeerZone]) -> String {
    let (home, port) = (home.display(), address.port());
    let (mut text, mut remotes, mut acls) = (String::new(), String::new(), String::new());
    let mut zone_texts = String::new();
    for KeyText {
        name,
        algorithm,
        secret,
    } in keys(zones)
    {
        let _ = writeln!(
            text,
            "  - id: {name}\n    algorithm: {algorithm}\n    secret: {secret}"
        );
    }
    for (number, zone) in zones.iter().enumerate() {
        let key = zone
            .key
            .as_ref()
            .map_or(String::new(), |key| format!("    key: {}\n", key.name));
        let _ = writeln!(
            acls,
            "  - id: acl{number}\n    address: 127.0.0.1\n    action: transfer\n{key}  \
             - id: notify{number}\n    address: 127.0.0.1\n    action: notify"
        );
        let (name, file) = (&zone.name, file_of(&zone.name));
        let mut from = String::new();
        if let Source::Primary { address, .. } = &zone.source {
            let port = address.port();
            let _ = writeln!(
                remotes,
                "  - id: primary{number}\n    address: 127.0.0.1@{port}\n{key}"
            );
            from = format!("    master: primary{number}\n");
        }
        let _ = writeln!(
            zone_texts,
            "  - domain: \"{name}\"\n    file: \"{file}\"\n    acl: [acl{number}, notify{number}]\n{from}"
        );
    }
    let section = |name: &str, text: String| match text.is_empty() {
        true => String::new(),
        false => format!("{name}:\n{text}"),
    };
    let (text, remotes) = (section("key", text), section("remote", remotes));
    format!(
        r#"server:
    rundir: "{home}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{home}/knot.sock"
database:
    storage: "{home}"
log:
  - target: stderr
    any: info
{text}
{remotes}
acl:
{acls}
template:
  - id: default
    storage: "{home}"
    journal-content: changes
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: off
    dnssec-signing: off
zone:
{zone_texts}"#
    )
}

fn nsd(
    home: &Path,
    address: SocketAddr,
    tls: Option<(SocketAddr, &Certificates)>,
    zones: &[PeerZone],
) -> String {
    let (home, port) = (home.display(), address.port());
    let (mut keys_text, mut zone_texts) = (String::new(), String::new());
    for KeyText {
        name,
        algorithm,
        secret,
    } in keys(zones)
    {
        let _ = writeln!(
            keys_text,
            "key:\n    name: \"{name}\"\n    algorithm: {algorithm}\n    secret: \"{secret}\""
        );
    }
    let mut server = String::new();
    if let Some((address, files)) = tls {
        let (key, certificate) = (files.key.display(), files.certificate.display());
        let port = address.port();
        let _ = writeln!(
            server,
            "    ip-address: 127.0.0.1@{port}\n    tls-port: {port}\n    tls-service-key: \"{key}\"\n    \
             tls-service-pem: \"{certificate}\""
        );
    }
    for (number, zone) in zones.iter().enumerate() {
        let (name, file) = (&zone.name, file_of(&zone.name));
        let key = zone.key.as_ref().map_or("NOKEY", |key| &key.name);
        let mut from = String::new();
        if let Source::Primary { address, authority } = &zone.source {
            let port = address.port();
            let mut tls = String::new();
            if let Some(authority) = authority {
                tls = format!("peer{number}");
                let _ = writeln!(server, "    tls-cert-bundle: \"{authority}\"");
                let _ = writeln!(
                    keys_text,
                    "tls-auth:\n    name: {tls}\n    auth-domain-name: {NAME}"
                );
            }
            from = format!(
                "    request-xfr: 127.0.0.1@{port} {key} {tls}\n    allow-notify: 127.0.0.1 NOKEY\n"
            );
        }
        let _ = writeln!(
            zone_texts,
            "zone:\n    name: \"{name}\"\n    zonefile: \"{file}\"\n    provide-xfr: 127.0.0.1 {key}\n{from}"
        );
    }
    format!(
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
    xfrd-reload-timeout: 0
    rrl-ratelimit: 0
    verbosity: 2
{server}
remote-control:
    control-enable: no
{keys_text}
{zone_texts}"#
    )
}

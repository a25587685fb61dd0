//! BIND, Knot and NSD, each with zones of its own choice.

use crate::certificates::{Certificates, NAME};
use crate::harness::server::anywhere;
use crate::harness::{Program, Server, free_port, output_with};
use crate::keys::KeyText;
use lib_dns_core::code_points::Class;
use lib_dns_core::name::NameBuf;
use lib_dns_core::transfer::{read_soa_answer, write_soa_query};
use lib_dns_core::zone::Serial;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

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
    server: Server,
}

impl Peer {
    /// Starts a peer and waits until it serves all its zones.
    pub(crate) fn start(
        program: Program,
        zones: &[PeerZone],
        certificates: Option<&Certificates>,
    ) -> Self {
        let tls = certificates.map(|_| free_port().unwrap());
        let with_tls = tls.zip(certificates);
        let configuration = match program {
            Program::Named => named(with_tls, zones),
            Program::Knotd => knotd(zones),
            Program::Nsd => nsd(with_tls, zones),
        };
        let texts = zones.iter().filter_map(|zone| match &zone.source {
            Source::Text(text) => Some((file_of(&zone.name), text)),
            Source::Primary { .. } => None,
        });
        let files: Vec<(String, &String)> = texts.collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(file, text)| (&**file, &***text))
            .collect();
        let server =
            anywhere(|address| Server::try_other(program, address, &files, &configuration));
        let server = server.unwrap_or_else(|reason| panic!("{reason}"));
        let peer = Self {
            program,
            address: server.address,
            tls,
            server,
        };
        for zone in zones {
            let there = peer.wait_for(&zone.name, |_| true);
            there.unwrap_or_else(|reason| panic!("{reason}"));
        }
        peer
    }

    /// Waits until the zone has a version of which this holds.
    pub(crate) fn wait_for(
        &self,
        zone: &str,
        holds: impl Fn(Serial) -> bool,
    ) -> Result<(), String> {
        let got = self
            .server
            .wait_until(|| self.serial(zone).is_some_and(&holds));
        got.map_err(|reason| format!("{:?}, {zone}: {reason}", self.program))
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
                let socket = self.server.home().join("knot.sock");
                let knotc = |arguments: &[&str]| {
                    let mut command = Command::new("knotc");
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
    let output = output_with(command, input).expect("who has a server has its tools");
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn file_of(zone: &str) -> String {
    format!("{}zone", zone)
}

/// The keys of zones, each once.
fn keys(program: Program, zones: &[PeerZone]) -> String {
    let keys = zones.iter().filter_map(|zone| zone.key.as_ref());
    let by_name: BTreeMap<&str, &KeyText> = keys.map(|key| (&*key.name, key)).collect();
    let keys = by_name.into_values();
    program.keys(keys.map(|key| (&*key.name, key.algorithm, &*key.secret)))
}

fn named(tls: Option<(SocketAddr, &Certificates)>, zones: &[PeerZone]) -> String {
    let mut text = keys(Program::Named, zones);
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
    let options = format!("{listen_tls} notify no; check-integrity no; masterfile-format text;");
    text + &Program::Named.head(&options) + &zone_texts
}

fn knotd(zones: &[PeerZone]) -> String {
    let (mut remotes, mut acls, mut zone_texts) = (String::new(), String::new(), String::new());
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
            if remotes.is_empty() {
                remotes.push_str("remote:\n");
            }
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
    let head = Program::Knotd.head("") + &keys(Program::Knotd, zones);
    format!(
        r#"{head}
{remotes}
acl:
{acls}
template:
  - id: default
    storage: "HOME"
    journal-content: changes
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: off
    dnssec-signing: off
zone:
{zone_texts}"#
    )
}

fn nsd(tls: Option<(SocketAddr, &Certificates)>, zones: &[PeerZone]) -> String {
    let (mut keys_text, mut zone_texts) = (keys(Program::Nsd, zones), String::new());
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
    Program::Nsd.head(&server) + &keys_text + &zone_texts
}

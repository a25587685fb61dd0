//! Ours beside BIND, Knot and NSD, both ways.

use crate::harness::{Program, free_port};
use crate::server::{Server, primary, secondary};
use crate::zone::{content, content_at, text, wait_for_content, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;

/// How another program is told to be the one or the other.
struct Peer {
    program: Program,
    /// Its configuration as primary that tells the server at `OTHER`.
    primary: String,
    /// Its configuration as secondary of the server at `OTHER`.
    secondary: String,
}

impl Peer {
    fn bind() -> Self {
        let program = Program::Named;
        let options = format!(
            "notify explicit; allow-transfer {{ key \"{KEY}\"; }}; masterfile-format text;"
        );
        let head = program.head(&options) + &program.keys([(KEY, "hmac-sha256", SECRET)]);
        Self {
            program,
            primary: format!(
                r#"{head}zone "{ZONE}" {{ type primary; file "HOME/mesh.zone"; ixfr-from-differences yes;
    also-notify {{ 127.0.0.1 port OTHER key "{KEY}"; }}; }};"#
            ),
            secondary: format!(
                r#"{head}zone "{ZONE}" {{ type secondary; file "HOME/mesh.zone";
    primaries {{ 127.0.0.1 port OTHER key "{KEY}"; }}; min-retry-time 1; }};"#
            ),
        }
    }

    fn knot() -> Self {
        let program = Program::Knotd;
        let head = program.head("") + &program.keys([(KEY, "hmac-sha256", SECRET)]);
        let head = format!(
            r#"{head}remote:
  - id: other
    address: 127.0.0.1@OTHER
    key: {KEY}
acl:
  - id: all
    key: {KEY}
    action: [transfer, notify, update]
template:
  - id: default
    storage: "HOME"
    file: mesh.zone
    acl: all
    zonefile-load: difference
    zonefile-sync: -1
"#
        );
        Self {
            program,
            primary: format!("{head}zone:\n  - domain: {ZONE}\n    notify: other\n"),
            secondary: format!("{head}zone:\n  - domain: {ZONE}\n    master: other\n"),
        }
    }

    fn nsd() -> Self {
        let program = Program::Nsd;
        let head = program.head("") + &program.keys([(KEY, "hmac-sha256", SECRET)]);
        let head = format!(
            r#"{head}zone:
    name: "{ZONE}"
    zonefile: "mesh.zone"
    provide-xfr: 127.0.0.1 {KEY}
"#
        );
        Self {
            program,
            primary: format!("{head}    notify: 127.0.0.1@OTHER {KEY}\n    notify-retry: 1\n"),
            secondary: format!(
                "{head}    request-xfr: 127.0.0.1@OTHER {KEY}\n    allow-notify: 127.0.0.1 {KEY}\n"
            ),
        }
    }

    fn start(
        &self,
        configuration: &str,
        address: SocketAddr,
        other: SocketAddr,
        files: &[(&str, &str)],
    ) -> Option<Server> {
        let text = configuration.replace("OTHER", &other.port().to_string());
        Server::other(self.program, address, files, &text)
    }
}

/// The zone goes from ours to the peer, and so does what changes in it.
fn ours_to(peer: &Peer) {
    let [ours, theirs] = [(); 2].map(|()| free_port().unwrap());
    let files = [("mesh.zone", &*text(1))];
    let above = Server::ours(ours, &files, &primary(&[theirs]));
    let Some(below) = peer.start(&peer.secondary, theirs, ours, &[]) else {
        return;
    };
    let logs = || format!("{}\n--\n{}", above.log(), below.log());
    for serial in [1, 2, 9] {
        if serial > 1 {
            above.write("mesh.zone", &text(serial));
            above.hang_up();
        }
        wait_for_content(theirs, serial, logs);
    }
    assert!(
        above
            .log()
            .contains(&format!("NOTIFY of {ZONE} to {theirs} heard")),
        "{}",
        logs()
    );
}

/// The zone goes from the peer to ours, and so does what changes in it.
fn to_ours(peer: &Peer) {
    let [ours, theirs] = [(); 2].map(|()| free_port().unwrap());
    let files = [("mesh.zone", &*text(1))];
    let Some(above) = peer.start(&peer.primary, theirs, ours, &files) else {
        return;
    };
    let below = Server::ours(ours, &[], &secondary(theirs, &[]));
    let logs = || format!("{}\n--\n{}", above.log(), below.log());
    for serial in [1, 2, 9] {
        if serial > 1 {
            above.write("mesh.zone", &text(serial));
            above.hang_up();
        }
        wait_for_serial(ours, serial, logs);
        assert_eq!(content_at(ours), content(serial), "{}", logs());
    }
    let heard = format!("NOTIFY of {ZONE} from 127.0.0.1");
    assert!(below.log().contains(&heard), "{}", logs());
}

#[test]
fn ours_to_bind() {
    ours_to(&Peer::bind());
}

#[test]
fn ours_to_knot() {
    ours_to(&Peer::knot());
}

#[test]
fn ours_to_nsd() {
    ours_to(&Peer::nsd());
}

#[test]
fn bind_to_ours() {
    to_ours(&Peer::bind());
}

#[test]
fn knot_to_ours() {
    to_ours(&Peer::knot());
}

#[test]
fn nsd_to_ours() {
    to_ours(&Peer::nsd());
}

//! What the configurations of servers begin with. `HOME` and `PORT` in them stand for the folder and the port
//! of a server, and are put in when it is started.

use super::programs;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

/// A key (HMAC-SHA256) that every server of ours has, and its secret.
pub(crate) const KEY: &str = "mesh-transfer.";
pub(crate) const SECRET: &str = "bm90IGEgc2VjcmV0LCBmb3IgYWxsIHRoZSB3b3JsZCA=";

/// Another program that serves zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Named,
    Knotd,
    Nsd,
}

impl Program {
    pub(crate) const ALL: [Self; 3] = [Self::Named, Self::Knotd, Self::Nsd];

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Knotd => "knotd",
            Self::Nsd => "nsd",
        }
    }

    /// Is the program there? If not it is told, and CI does not let it pass.
    #[track_caller]
    pub(crate) fn is_there(self) -> bool {
        programs::find_or_skip(self.file()).is_some()
    }

    /// Its command line with a configuration, so that it stays in the foreground and tells what it does.
    pub(crate) fn command_line(self, executable: &Path, configuration: &Path) -> Vec<String> {
        let options: &[&str] = match self {
            Self::Named => &["-g", "-4", "-n", "1"],
            Self::Knotd => &[],
            Self::Nsd => &["-d"],
        };
        let mut line = vec![executable.display().to_string()];
        line.extend(options.iter().map(ToString::to_string));
        line.extend(["-c".to_owned(), configuration.display().to_string()]);
        line
    }

    /// The head of a configuration, with more options for the server as a whole.
    pub(crate) fn head(self, more: &str) -> String {
        match self {
            Self::Named => format!(
                r#"controls {{ }};
options {{
    directory "HOME"; pid-file "HOME/named.pid"; session-keyfile "HOME/session.key"; lock-file none;
    listen-on port PORT {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; allow-query {{ any; }}; dnssec-validation no; empty-zones-enable no;
    {more}
}};
"#
            ),
            Self::Knotd => format!(
                r#"server:
    rundir: "HOME"
    listen: 127.0.0.1@PORT
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
{more}
control:
    listen: "HOME/knot.sock"
database:
    storage: "HOME"
log:
  - target: stderr
    any: info
"#
            ),
            Self::Nsd => format!(
                r#"server:
    ip-address: 127.0.0.1@PORT
    server-count: 1
    username: ""
    zonesdir: "HOME"
    database: ""
    pidfile: "HOME/nsd.pid"
    zonelistfile: "HOME/zone.list"
    xfrdfile: "HOME/xfrd.state"
    xfrdir: "HOME"
    xfrd-reload-timeout: 0
    rrl-ratelimit: 0
    verbosity: 2
{more}
remote-control:
    control-enable: no
"#
            ),
        }
    }

    /// Keys, each a name, an algorithm and a secret, to stand behind the head.
    pub(crate) fn keys<'k>(
        self,
        keys: impl IntoIterator<Item = (&'k str, &'k str, &'k str)>,
    ) -> String {
        let mut text = String::new();
        for (name, algorithm, secret) in keys {
            let _ = match self {
                Self::Named => writeln!(
                    text,
                    "key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};"
                ),
                Self::Knotd => writeln!(
                    text,
                    "{}  - id: {name}\n    algorithm: {algorithm}\n    secret: {secret}",
                    if text.is_empty() { "key:\n" } else { "" }
                ),
                Self::Nsd => writeln!(
                    text,
                    "key:\n    name: \"{name}\"\n    algorithm: {algorithm}\n    secret: \"{secret}\""
                ),
            };
        }
        text
    }
}

/// The head of our own configuration.
pub(crate) fn ours(address: SocketAddr, state: &str) -> String {
    format!(
        r#"version = 1

[server]
listen = ["{address}"]
state = "{state}"
log-level = "debug"

[[key]]
name = "{KEY}"
secret = "{SECRET}"

"#
    )
}

//! `[server]`: addresses, limits, and what the server says of itself.

use super::reading::{Check, Layers, Reading, section, words};
use lib_dns_core::code_points::DEFAULT_UDP_SIZE;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The port, where none is given: not 53, which needs privileges, and not 5353, which is mDNS.
pub const PORT: u16 = 5300;

words! {
    /// What is told: this and what is graver.
    pub enum LogLevel {
        /// What failed.
        "error" => Error,
        /// What should be looked at.
        "warn" => Warn,
        /// What happened.
        "info" => Info,
        /// What may help to find a fault.
        "debug" => Debug,
        /// Everything.
        "trace" => Trace,
    }
}

section! {
    /// The addresses of TLS (RFC 7858), for queries and for transfers (RFC 9103).
    pub struct TlsListener {
        /// Addresses to serve at.
        "listen" => listen: Vec<SocketAddr> = Vec::new(),
        /// The certificate and those between it and an authority, in PEM form.
        "certificate" => certificate: PathBuf = PathBuf::new(),
        /// The private key, in PEM form.
        "private-key" => private_key: PathBuf = PathBuf::new(),
    }
}

impl Check for TlsListener {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if self.listen.is_empty() {
            let what = "TLS needs an address, as listen = [\"127.0.0.1:8853\"]";
            reading.fault(&layers.place_of("listen"), what);
        }
        for (key, path) in [
            ("certificate", &self.certificate),
            ("private-key", &self.private_key),
        ] {
            if layers.get(key).is_none() {
                let what = format_args!("TLS needs {key}, the path of a PEM file");
                reading.fault(&layers.place, what);
            } else {
                layers.check_readable(key, path, reading);
            }
        }
    }
}

section! {
    /// The server as a whole.
    pub struct Server {
        /// Addresses to serve at over UDP and TCP.
        "listen" => listen: Vec<SocketAddr> = vec![
            SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, PORT)),
        ],
        /// Where to serve over TLS, and with what certificate.
        "tls" => tls: Option<TlsListener> = None,
        /// The folder of what has to outlive the process: journals, and zones that came from elsewhere.
        "state" => state: Option<PathBuf> = None,
        /// What `id.server` and NSID say (RFC 4892, RFC 5001); nothing, if it is missing.
        "identity" => identity: Option<String> = None,
        /// What `version.server` says; nothing, if it is missing.
        "version" => version: Option<String> = None,
        /// What is told on standard error.
        "log-level" => log_level: LogLevel = LogLevel::Info,
        /// Octets of the longest answer over UDP, from 512 to 4096.
        "udp-size" => udp_size: u16 = DEFAULT_UDP_SIZE,
        /// Answer ANY over UDP with all that the name has, and not with one RRset (RFC 8482).
        "full-any" => full_any: bool = false,
        /// How long a connection may be without a query.
        "tcp-idle" => tcp_idle: Duration = Duration::from_secs(10),
        /// Connections at a time; beyond it the least used is closed.
        "tcp-connections" => tcp_connections: u32 = 1000,
        /// Connections of one client at a time; beyond it the least used of its own is closed.
        "tcp-connections-per-client" => tcp_connections_per_client: u32 = 100,
        /// Transfers to others at a time; further ones wait.
        "transfers-out" => transfers_out: u32 = 10,
        /// Transfers from others at a time; further ones wait.
        "transfers-in" => transfers_in: u32 = 10,
        /// Notifications on their way at a time; further ones wait.
        "notifies" => notifies: u32 = 50,
        /// Updates on their way to primaries at a time; further ones wait.
        "forwards" => forwards: u32 = 50,
        /// Requests over UDP that wait for more than a look into memory; beyond it they are dropped.
        "slow-requests" => slow_requests: u32 = 1000,
    }
}

impl Check for Server {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if self.listen.is_empty() && self.tls.is_none() {
            let what =
                "the server has no address; name one, as [\"127.0.0.1:5300\"], or leave it out";
            reading.fault(&layers.place_of("listen"), what);
        }
        layers.check_range("udp-size", self.udp_size, 512..=4096, reading);
        let seconds = self.tcp_idle.as_secs();
        layers.check_range("tcp-idle", seconds, 1..=86_400, reading);
        for (key, count) in [
            ("tcp-connections", self.tcp_connections),
            (
                "tcp-connections-per-client",
                self.tcp_connections_per_client,
            ),
            ("transfers-out", self.transfers_out),
            ("transfers-in", self.transfers_in),
            ("notifies", self.notifies),
            ("forwards", self.forwards),
            ("slow-requests", self.slow_requests),
        ] {
            layers.check_range(key, count, 1..=1_000_000, reading);
        }
        for (key, text) in [("identity", &self.identity), ("version", &self.version)] {
            let length = text.as_ref().map_or(0, String::len);
            if length > 255 {
                let what = format_args!("{key} has {length} octets; a TXT record holds 255");
                reading.fault(&layers.place_of(key), what);
            }
        }
    }
}

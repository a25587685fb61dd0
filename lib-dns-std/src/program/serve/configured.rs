//! `zdns serve --config`.

use super::{Refusal, Signals, bind_localhost, count, log, print};
use crate::config::{Config, Server};
use crate::program::EX_DATAERR;
use crate::roles::{Changed, Roles, RolesError};
use crate::server::{Bound, Certificate, Settings};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{error, info, warn};

fn unusable(reason: impl ToString) -> Refusal {
    Refusal {
        reason: reason.to_string(),
        status: EX_DATAERR,
    }
}

/// Reads a configuration; what is wrong with it is told line by line, as by `zdns config check`.
fn read(file: &Path) -> Result<Config, Refusal> {
    Config::read(file).map_err(|faults| {
        let _ = write!(io::stderr(), "{faults}");
        unusable(format_args!("{} is not used", file.display()))
    })
}

/// Does what a configuration says.
pub(super) fn serve(file: &Path) -> Result<(), Refusal> {
    let config = match read(file) {
        Ok(config) => config,
        Err(refusal) => {
            log::start("info");
            return Err(refusal);
        }
    };
    log::start(config.server.log_level.as_str());
    let signals = Signals::catch()?;
    let (roles, warnings) = Roles::open(&config).map_err(|error| match error {
        RolesError::Zones(findings) => {
            print(&findings);
            unusable("nothing is served")
        }
        RolesError::Unusable(what) => unusable(what),
    })?;
    print(&warnings);
    warn_of(&config);
    let certificate = certificate(&config.server)?;
    let bound = bind(&config.server, certificate.as_ref())?;
    let plain: Vec<SocketAddr> = bound.addresses().collect();
    let encrypted: Vec<SocketAddr> = bound.tls_addresses().collect();
    let running = bound.start(roles.responder())?;
    for zone in roles.store().list() {
        info!("serving {}", super::described(&zone));
    }
    for address in plain {
        info!("listening on {address} (UDP and TCP)");
    }
    for address in encrypted {
        info!("listening on {address} (TLS)");
    }
    if let Some(runtime) = running.runtime() {
        roles.run(runtime);
    }
    let configured = Configured {
        file: file.to_owned(),
        roles,
        certificate,
        server: Mutex::new(config.server),
    };
    signals.obey(running, Arc::new(move || configured.reload()))
}

fn warn_of(config: &Config) {
    for warning in &config.warnings {
        warn!("{warning}");
    }
}

fn certificate(server: &Server) -> Result<Option<Certificate>, Refusal> {
    let Some(tls) = &server.tls else {
        return Ok(None);
    };
    let read = Certificate::read(&tls.certificate, &tls.private_key);
    read.map(Some).map_err(unusable)
}

fn bind(server: &Server, certificate: Option<&Certificate>) -> Result<Bound, Refusal> {
    let settings = Settings {
        idle: server.tcp_idle,
        connections: count(server.tcp_connections),
        connections_of_client: count(server.tcp_connections_per_client),
        later: count(server.slow_requests),
        ..Settings::default()
    };
    let bound = if server.listen == Server::default().listen {
        bind_localhost(settings)?
    } else {
        Bound::bind(&server.listen, settings)?
    };
    Ok(match (&server.tls, certificate) {
        (Some(tls), Some(certificate)) => bound.bind_tls(&tls.listen, certificate)?,
        _ => bound,
    })
}

/// A server that does what a file says.
struct Configured {
    file: PathBuf,
    roles: Roles,
    certificate: Option<Certificate>,
    /// What of the file is in force since the start.
    server: Mutex<Server>,
}

impl Configured {
    /// Reads the file again, and all that it names. What is wrong changes nothing.
    fn reload(&self) {
        let config = match read(&self.file) {
            Ok(config) => config,
            Err(Refusal { reason, .. }) => return error!("{reason}; everything stays as it was"),
        };
        if let Some(certificate) = &self.certificate
            && let Err(error) = certificate.reload()
        {
            return error!("{error}; everything stays as it was");
        }
        match self.roles.reload(&config) {
            Ok(changed) => report(&changed),
            Err(RolesError::Zones(findings)) => {
                print(&findings);
                return error!(
                    errors = findings.error_count(),
                    "everything stays as it was, because zones have errors"
                );
            }
            Err(RolesError::Unusable(what)) => {
                return error!("{what}; everything stays as it was");
            }
        }
        warn_of(&config);
        self.tell_what_needs_a_restart(&config.server);
        info!("reload done");
    }

    fn tell_what_needs_a_restart(&self, new: &Server) {
        let running = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let files = |server: &Server| {
            let tls = server.tls.as_ref();
            tls.map(|tls| {
                (
                    tls.listen.clone(),
                    tls.certificate.clone(),
                    tls.private_key.clone(),
                )
            })
        };
        let waits = [
            ("listen", running.listen != new.listen),
            ("tls", files(&running) != files(new)),
            ("state", running.state != new.state),
            ("log-level", running.log_level != new.log_level),
            ("tcp-idle", running.tcp_idle != new.tcp_idle),
            (
                "tcp-connections",
                running.tcp_connections != new.tcp_connections,
            ),
            (
                "tcp-connections-per-client",
                running.tcp_connections_per_client != new.tcp_connections_per_client,
            ),
            ("slow-requests", running.slow_requests != new.slow_requests),
        ];
        for (key, _) in waits.iter().filter(|(_, differs)| *differs) {
            warn!("{key} has changed; that takes a restart");
        }
    }
}

fn report(changed: &Changed) {
    print(&changed.warnings);
    for (name, serial, records) in &changed.loaded {
        info!("reloaded {name} (serial {serial}, {records} records)");
    }
    for (name, what) in &changed.kept {
        error!("{name} stays as it was: {what}");
    }
    for name in &changed.removed {
        info!("no longer serving {name}");
    }
}

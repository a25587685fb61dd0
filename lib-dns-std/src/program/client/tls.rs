//! Whom a client of DNS over TLS trusts.

use crate::transfer::KeyVerifier;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where systems keep the certificates that they trust: Debian, Fedora, BSD.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Whom to trust.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::program) enum Trust {
    /// Anybody: the connection is private, but the server may be another (RFC 7858 4.1).
    Anybody,
    /// Those whom the system trusts.
    System,
    /// Those whose certificates stand in a file.
    File(PathBuf),
}

/// Makes the settings of a connection.
///
/// # Errors
/// What is wrong with the certificates, for people.
pub(in crate::program) fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = match trust {
        Trust::Anybody => builder
            .dangerous()
            // As dig does unless it is told whom to trust.
            .with_custom_certificate_verifier(Arc::new(KeyVerifier::new(None, provider)))
            .with_no_client_auth(),
        Trust::System => {
            let file = SYSTEM_ROOTS
                .iter()
                .map(Path::new)
                .find(|file| file.exists());
            let file =
                file.ok_or("the system has no file of trusted certificates: +tls-ca=file")?;
            builder
                .with_root_certificates(roots(file)?)
                .with_no_client_auth()
        }
        Trust::File(file) => builder
            .with_root_certificates(roots(file)?)
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"dot".to_vec()];
    Ok(Arc::new(config))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let wrong = |what: String| format!("{}: {what}", file.display());
    let text = fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        // A system's file may hold some that are of no use here.
        let _ = roots.add(certificate);
    }
    if roots.is_empty() {
        return Err(wrong("there is no certificate to trust".to_owned()));
    }
    Ok(roots)
}

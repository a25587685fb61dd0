//! TLS for streams (RFC 7858, RFC 9103).

use arc_swap::ArcSwap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// What is spoken inside (RFC 7858 3.1 leaves it open; RFC 9103 7.1 says it).
pub(crate) const ALPN: &[u8] = b"dot";

/// A certificate and its private key, which can be read again while they are in use.
///
/// Connections that are open keep the one that they began with.
#[derive(Clone)]
pub struct Certificate {
    files: Arc<(PathBuf, PathBuf)>,
    current: Arc<ArcSwap<ServerConfig>>,
}

/// Why a certificate or its key cannot be used.
#[derive(Debug)]
pub struct CertificateError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.what)
    }
}

impl std::error::Error for CertificateError {}

impl Certificate {
    /// Reads a certificate with those between it and an authority, and its private key, from PEM files.
    ///
    /// # Errors
    /// If a file cannot be read, or they do not belong together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        let config = server_config(certificate, key)?;
        Ok(Self {
            files: Arc::new((certificate.to_owned(), key.to_owned())),
            current: Arc::new(ArcSwap::from_pointee(config)),
        })
    }

    /// Reads the files again. What was there stays in use if they are not as they should be.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn reload(&self) -> Result<(), CertificateError> {
        let (certificate, key) = &*self.files;
        self.current
            .store(Arc::new(server_config(certificate, key)?));
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.files.0.display())
    }
}

fn server_config(certificate: &Path, key: &Path) -> Result<ServerConfig, CertificateError> {
    let wrong = |file: &Path, what: &dyn fmt::Display| CertificateError {
        file: file.to_owned(),
        what: what.to_string(),
    };
    let chain = certificates(certificate).map_err(|what| wrong(certificate, &what))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            let builder = builder.with_no_client_auth();
            builder.with_single_cert(chain, private)
        })
        .map_err(|error| wrong(key, &error))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let read: Vec<_> = read.map_err(|error| error.to_string())?;
    if read.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(read)
}

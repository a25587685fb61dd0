//! TLS to primaries: zone transfer that nobody can read (XoT, RFC 9103).

use crate::hash::RustCryptoDigest;
use crate::server::{ALPN, certificates};
use lib_dns_core::crypto::{Digest, DigestAlgorithm};
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{self, CryptoProvider};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    version,
};

/// Octets of a pin.
const PIN_LEN: usize = 32;

/// How a connection over TLS is made, and what the other side must prove. TLS 1.3 only (RFC 9103 7.2).
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    name: Option<ServerName<'static>>,
    proves_identity: bool,
}

impl Tls {
    /// The other side must have a certificate for this name, or address, from one of the authorities in a PEM
    /// file (strict TLS, RFC 9103 9.3.1).
    ///
    /// # Errors
    /// If the name is none, or the file has no certificate that can be used.
    pub fn by_authorities(name: &str, authorities: &Path) -> Result<Self, TlsError> {
        let server = server_name(name)?;
        let wrong = |what: String| TlsError(format!("{}: {what}", authorities.display()));
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authorities).map_err(wrong)? {
            let added = roots.add(certificate);
            added.map_err(|error| wrong(error.to_string()))?;
        }
        let builder = builder(&Arc::new(crypto::aws_lc_rs::default_provider()))?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::new(config, Some(server), true))
    }

    /// The other side must have one of these keys: SHA-256 of the public key as it stands in the certificate
    /// (SubjectPublicKeyInfo; RFC 7858 4.2). Who signed the certificate, and for how long, does not matter.
    ///
    /// # Errors
    /// If there is no pin.
    pub fn by_pins(pins: &[[u8; PIN_LEN]]) -> Result<Self, TlsError> {
        if pins.is_empty() {
            return Err(TlsError("there is no pin".to_owned()));
        }
        Self::by_key(Some(pins.to_vec()))
    }

    /// The other side must prove nothing by its certificate: that it is the right one, a TSIG key must prove
    /// (opportunistic TLS, RFC 9103 9.3.2). Without a key, nothing is fetched.
    ///
    /// # Errors
    /// If TLS cannot be used at all.
    pub fn opportunistic() -> Result<Self, TlsError> {
        Self::by_key(None)
    }

    fn by_key(pins: Option<Vec<[u8; PIN_LEN]>>) -> Result<Self, TlsError> {
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let proves_identity = pins.is_some();
        let verifier = KeyVerifier::new(pins, Arc::clone(&provider));
        let config = builder(&provider)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self::new(config, None, proves_identity))
    }

    fn new(
        mut config: ClientConfig,
        name: Option<ServerName<'static>>,
        proves_identity: bool,
    ) -> Self {
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.enable_sni = name.is_some();
        Self {
            config: Arc::new(config),
            name,
            proves_identity,
        }
    }

    /// Is the other side who it should be, once the connection stands?
    pub(super) fn proves_identity(&self) -> bool {
        self.proves_identity
    }

    pub(super) fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.config))
    }

    /// The name to ask for at an address.
    pub(super) fn name_at(&self, address: IpAddr) -> ServerName<'static> {
        let of_address = || ServerName::IpAddress(address.into());
        self.name.clone().unwrap_or_else(of_address)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.proves_identity) {
            (Some(name), _) => write!(f, "Tls({})", name.to_str()),
            (None, true) => f.write_str("Tls(pinned)"),
            (None, false) => f.write_str("Tls(opportunistic)"),
        }
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    // Certificates have names without the dot of the root.
    let relative = name.strip_suffix('.').unwrap_or(name);
    ServerName::try_from(relative.to_owned())
        .map_err(|_| TlsError(format!("{name} is no name that a certificate can be for")))
}

fn builder(
    provider: &Arc<CryptoProvider>,
) -> Result<
    tokio_rustls::rustls::ConfigBuilder<ClientConfig, tokio_rustls::rustls::WantsVerifier>,
    TlsError,
> {
    ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(|error| TlsError(error.to_string()))
}

/// Knows the other side by its key, or, without pins, not at all. The handshake is checked in either case.
#[derive(Debug)]
pub(crate) struct KeyVerifier {
    pins: Option<Vec<[u8; PIN_LEN]>>,
    provider: Arc<CryptoProvider>,
}

impl KeyVerifier {
    /// The other side must have one of these keys, or be anybody.
    pub(crate) fn new(pins: Option<Vec<[u8; PIN_LEN]>>, provider: Arc<CryptoProvider>) -> Self {
        Self { pins, provider }
    }
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(pins) = &self.pins else {
            return Ok(ServerCertVerified::assertion());
        };
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let digest = RustCryptoDigest.digest(DigestAlgorithm::Sha256, &[key.as_ref()]);
        let is_pinned = digest.is_some_and(|digest| {
            // Pins are public: there is nothing to hide in how long it takes to compare them.
            pins.iter().any(|pin| digest.as_bytes() == pin)
        });
        if is_pinned {
            Ok(ServerCertVerified::assertion())
        } else {
            let what = CertificateError::ApplicationVerificationFailure;
            Err(Error::InvalidCertificate(what))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Why TLS cannot be spoken as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

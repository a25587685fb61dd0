//! An authority, and a certificate from it.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The name in the certificate.
pub(crate) const NAME: &str = "primary.example";

/// Files of an authority and of a server that it vouches for.
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// SHA-256 of the server's public key.
    pub(crate) pin: [u8; 32],
    _folder: TempDir,
}

pub(crate) fn make() -> Certificates {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, "an authority for tests");
    let authority_key = KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let mut server = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    server.distinguished_name.push(DnType::CommonName, NAME);
    let server_key = KeyPair::generate().unwrap();
    let server_certificate = server.signed_by(&server_key, &issuer).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    Certificates {
        authority: write("authority.pem", authority_certificate.pem()),
        certificate: write("server.pem", server_certificate.pem()),
        key: write("server.key", server_key.serialize_pem()),
        pin: Sha256::digest(server_key.subject_public_key_info()).into(),
        _folder: folder,
    }
}

//! `zdns key import`.

use super::{Directory, Role, print, security_algorithm};
use crate::keyring::{Key, KeyError, read_keys};
use clap::Args;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::name::NameBuf;
use std::path::PathBuf;

/// Take keys of other programs into a directory of keys
///
/// The format is told from the file: BIND's K*.key and K*.private (either names both), a private key in PEM
/// (PKCS#8), key clauses of named.conf, the key section of knot.conf, or a line 'algorithm:name:secret'. A
/// PEM file says neither zone nor role. Prints the name of each key that was taken.
#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    directory: Directory,
    /// The zone of a PEM file's key
    #[arg(long, value_name = "NAME")]
    zone: Option<NameBuf>,
    /// The algorithm of a PEM file's RSA key, if it is not rsasha256
    #[arg(long, short, value_name = "ALGORITHM", value_parser = security_algorithm)]
    algorithm: Option<SecurityAlgorithm>,
    #[command(flatten)]
    role: Role,
}

impl ImportArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        let mut keyring = self.directory.open()?;
        let mut text = String::new();
        for file in &self.files {
            let zone = self.zone.as_ref().map(NameBuf::as_name);
            let (keys, warning) = read_keys(file, zone.as_ref(), self.algorithm, self.role.role())?;
            if let Some(mode) = warning {
                super::tell(format_args!(
                    "{}: others may read this file (permissions {mode:04o}); the copy is its owner's alone",
                    file.display()
                ));
            }
            for key in keys {
                text += &match &key {
                    Key::Zone(key) => key.file_stem() + "\n",
                    Key::Tsig(key) => format!("{}\n", key.name()),
                };
                keyring.add(key).map_err(|error| error.in_file(file))?;
            }
        }
        print(&text);
        Ok(())
    }
}

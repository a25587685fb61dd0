//! `zdns key export`.

use super::{Directory, print};
use crate::keyring::{KeyError, KeyProblem};
use clap::{Args, ValueEnum};
use lib_dns_core::name::NameBuf;

/// Print a key in the format of another program
///
/// All formats but 'dnskey' hold the secret: mind where the output goes.
#[derive(Args, Debug)]
pub(super) struct ExportArguments {
    /// The key: the name of a zone's key files without ending, or of a TSIG key
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    directory: Directory,
    /// The format [default: bind for a key of a zone, named for a TSIG key]
    #[arg(long, short, value_name = "FORMAT")]
    format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// BIND's K*.private file
    Bind,
    /// PKCS#8 in PEM, for keymgr import-pem and openssl
    Pem,
    /// The DNSKEY record alone, which is no secret
    Dnskey,
    /// A key clause of named.conf
    Named,
    /// The key section of knot.conf
    Knot,
    /// algorithm:name:secret, for dig -y and kdig -y
    Dig,
}

impl ExportArguments {
    pub(super) fn run(&self) -> Result<(), KeyError> {
        let keyring = self.directory.open()?;
        let stem = self
            .key
            .trim_end_matches(".key")
            .trim_end_matches(".private");
        let mut zone_keys = keyring.all_zone_keys();
        if let Some(key) = zone_keys.find(|key| key.file_stem() == stem) {
            return match self.format.unwrap_or(Format::Bind) {
                Format::Bind => {
                    print(&key.to_bind_private());
                    Ok(())
                }
                Format::Pem => key.to_pem().map(|text| print(&text)),
                Format::Dnskey => {
                    print(&format!("{}\n", key.dnskey_line()));
                    Ok(())
                }
                _ => Err(KeyError::invalid(
                    "a key of a zone is exported as bind, pem or dnskey",
                )),
            };
        }
        let name = NameBuf::from_text(&self.key).ok();
        let Some(key) = name.and_then(|name| keyring.tsig(&name.as_name()).cloned()) else {
            return Err(KeyProblem::Missing("this key (see 'zdns key list')").into());
        };
        print(&match self.format.unwrap_or(Format::Named) {
            Format::Named => key.to_clause(),
            Format::Knot => key.to_yaml(),
            Format::Dig => {
                let mut text = key.to_text();
                text.push('\n');
                text
            }
            _ => {
                return Err(KeyError::invalid(
                    "a TSIG key is exported as named, knot or dig",
                ));
            }
        });
        Ok(())
    }
}

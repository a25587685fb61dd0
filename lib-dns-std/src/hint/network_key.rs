//! The key of a network, from a file.

use crate::keyring::{Key, KeyError, KeyProblem, KeyRole, TsigSecret, read_keys};
use crate::mac::{RunningMac, RustCryptoMac};
use lib_dns_core::hint::{NetworkId, NetworkKey, SealError};
use lib_dns_core::name::NameBuf;
use std::path::PathBuf;

/// Where the key of a network stands: in a file of TSIG keys, in any of their formats, as `zdns key generate --tsig`,
/// tsig-keygen and keymgr write them. Its name is for people; its algorithm and secret seal hints. The same secret must not
/// serve TSIG as well.
///
/// ```
/// use lib_dns_core::hint::NetworkId;
/// use lib_dns_std::hint::NetworkKeyFile;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("mesh.tsig");
/// # std::fs::write(&path, "hmac-sha256:mesh.:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// let key = NetworkKeyFile {
///     path,
///     name: None,
///     network: NetworkId(*b"mesh"),
///     epoch: 3,
/// };
/// let (key, name, warning) = key.read()?;
/// assert_eq!(name.to_string(), "mesh.");
/// # assert!(warning.is_some());
/// assert_eq!(format!("{key:?}"), "NetworkKey", "the secret is not shown");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkKeyFile {
    /// The file.
    pub path: PathBuf,
    /// Which key of it, if it has several.
    pub name: Option<NameBuf>,
    /// Which network.
    pub network: NetworkId,
    /// The how many-th key of the network it is; all nodes have to say the same.
    pub epoch: u8,
}

impl NetworkKeyFile {
    /// Reads the key. With it come its name, and the permissions of the file if others than its owner may read it.
    ///
    /// # Errors
    /// If the file cannot be read, has no such key or several, or its algorithm cannot seal hints.
    pub fn read(&self) -> Result<(NetworkKey<RunningMac>, NameBuf, Option<u32>), KeyError> {
        let (keys, mode) = read_keys(&self.path, None, None, KeyRole::Csk)?;
        let key = self
            .choose(&keys)
            .map_err(|error| error.in_file(&self.path))?;
        let sealing = sealing_key(key, self.network, self.epoch);
        let sealing = sealing.map_err(|error| wrong(error).in_file(&self.path))?;
        Ok((sealing, key.name().into(), mode))
    }

    fn choose<'k>(&self, keys: &'k [Key]) -> Result<&'k TsigSecret, KeyError> {
        let secrets = keys.iter().filter_map(|key| match key {
            Key::Tsig(secret) => Some(secret),
            Key::Zone(_) => None,
        });
        let is_meant = |secret: &&TsigSecret| {
            let name = self.name.as_ref();
            name.is_none_or(|name| name.as_name() == secret.name())
        };
        let mut meant = secrets.filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(secret), None) => Ok(secret),
            (Some(_), Some(_)) => Err(KeyError::invalid(
                "it has several keys; say the name of one (--key-name)",
            )),
            (None, _) => Err(KeyProblem::Missing(
                "a shared secret (of the name that was said, if one was)",
            )
            .into()),
        }
    }
}

/// The key that seals hints with a secret.
pub(crate) fn sealing_key(
    secret: &TsigSecret,
    network: NetworkId,
    epoch: u8,
) -> Result<NetworkKey<RunningMac>, SealError> {
    let (algorithm, octets) = (secret.algorithm(), secret.secret());
    NetworkKey::new(RustCryptoMac, algorithm, octets, network, epoch)
}

fn wrong(error: SealError) -> KeyError {
    match error {
        SealError::Algorithm(_) => {
            KeyError::invalid("its algorithm does not seal hints; hmac-sha256 does")
        }
        SealError::EmptySecret | SealError::TooLong => KeyError::invalid("its secret is empty"),
    }
}

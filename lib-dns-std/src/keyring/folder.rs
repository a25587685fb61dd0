//! A folder of keys.

use super::bind_files::{file_name, read_private, read_public, read_role, write_state};
use super::key_pair::SecretOctets;
use super::{KeyError, KeyProblem, KeyRole, MAX_FILE_LEN, TsigSecret, ZoneKey, bind_files};
use crate::durable_file;
use crate::mac::RunningMac;
use lib_dns_core::code_points::SecurityAlgorithm;
use lib_dns_core::crypto::MacAlgorithm;
use lib_dns_core::messages::tsig::{TsigKey, TsigKeys};
use lib_dns_core::name::{Name, NameBuf};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Files in a folder of keys, at the most.
const MAX_FILES: usize = 100_000;
/// How often a new key is made again because its tag is taken.
const MAX_ATTEMPTS: usize = 32;
/// The permissions of private keys and secrets: their owner's alone.
const PRIVATE_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;
/// The permissions that nobody but the owner may have.
const OTHERS: u32 = 0o077;

/// A key of either kind.
#[derive(Clone, Debug)]
pub enum Key {
    /// A DNSSEC key of a zone.
    Zone(ZoneKey),
    /// A secret for TSIG.
    Tsig(TsigSecret),
}

impl From<ZoneKey> for Key {
    fn from(key: ZoneKey) -> Self {
        Self::Zone(key)
    }
}

impl From<TsigSecret> for Key {
    fn from(key: TsigSecret) -> Self {
        Self::Tsig(key)
    }
}

/// Keys in memory, and the folder that keeps them, if one does.
///
/// A folder holds DNSSEC keys as BIND has them (`K<name>+<algorithm>+<tag>.key` and `.private`), and TSIG keys in
/// files `<name>.tsig` with the clauses of named.conf, as tsig-keygen prints them. Other files are none of its
/// business, nor are the keys of hosts, which stand in KEY records.
///
/// ```
/// use lib_dns_core::crypto::MacAlgorithm;
/// use lib_dns_core::name::NameBuf;
/// use lib_dns_std::keyring::{Keyring, TsigSecret};
/// let mut keyring = Keyring::new();
/// let name = NameBuf::from_text("mesh-transfer")?;
/// keyring.add(TsigSecret::generate(&name.as_name(), MacAlgorithm::HmacSha256)?)?;
/// let asked = NameBuf::from_text("Mesh-Transfer")?;
/// assert!(keyring.tsig(&asked.as_name()).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Keyring {
    folder: Option<PathBuf>,
    zones: BTreeMap<NameBuf, Vec<ZoneKey>>,
    tsig: BTreeMap<NameBuf, SharedKey>,
    warnings: Vec<KeyringWarning>,
}

/// A TSIG key, and the same with its schedule worked out.
#[derive(Clone, Debug)]
struct SharedKey {
    secret: TsigSecret,
    key: TsigKey<RunningMac>,
}

/// What is not as it should be with a folder of keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyringWarning {
    /// The private key or secret that others may read. It was left aside, as OpenSSH does.
    pub file: PathBuf,
    /// Its permissions.
    pub mode: u32,
}

impl fmt::Display for KeyringWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(
            f,
            "{file}: others may read this private key (permissions {:04o}), so it is not used; \
             'chmod 600 {file}' mends that",
            self.mode
        )
    }
}

impl Keyring {
    /// No keys, and no folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads all keys of a folder. A private key that others may read is left aside and told by
    /// [`Keyring::warnings`].
    ///
    /// # Errors
    /// If the folder or a file cannot be read, or a key is wrong: then none is loaded.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let folder = folder.into();
        let mut files = Vec::new();
        let entries =
            fs::read_dir(&folder).map_err(|error| KeyError::from(error).in_file(&folder))?;
        for entry in entries {
            let entry = entry.map_err(|error| KeyError::from(error).in_file(&folder))?;
            if files.len() == MAX_FILES {
                let error = KeyError::invalid("more than 100,000 files in a folder of keys");
                return Err(error.in_file(&folder));
            }
            files.push(entry.path());
        }
        files.sort();
        let mut keyring = Self {
            folder: Some(folder),
            ..Self::default()
        };
        for file in &files {
            let name = file.file_name().and_then(|name| name.to_str());
            let added = match (name, file.extension().and_then(|ending| ending.to_str())) {
                (Some(name), Some("key")) if name.starts_with('K') => keyring.load_zone_key(file),
                (Some(name), Some("tsig")) if !name.starts_with('.') => keyring.load_tsig(file),
                _ => Ok(()),
            };
            added.map_err(|error| error.in_file(file))?;
        }
        Ok(keyring)
    }

    fn load_zone_key(&mut self, file: &Path) -> Result<(), KeyError> {
        let (key, warning) = read_zone_key(file, false)?;
        if key.signs_messages_only() {
            return Ok(());
        }
        self.warnings.extend(warning);
        self.insert_zone_key(key)
    }

    fn load_tsig(&mut self, file: &Path) -> Result<(), KeyError> {
        let text = KeyText::read(file)?;
        if let Some(warning) = text.warning(file) {
            self.warnings.push(warning);
            return Ok(());
        }
        for key in TsigSecret::read_all(text.as_str()?)? {
            self.insert_tsig(key)?;
        }
        Ok(())
    }

    /// Adds a key, and writes its files if there is a folder. They are whole or not there; the private part
    /// is readable by its owner alone.
    ///
    /// # Errors
    /// If there is such a key already, or its files cannot be written.
    pub fn add(&mut self, key: impl Into<Key>) -> Result<(), KeyError> {
        match key.into() {
            Key::Zone(key) => {
                if key.signs_messages_only() {
                    return Err(KeyError::invalid("a key of a host, which signs no zone"));
                }
                if let Some(folder) = &self.folder {
                    let file = folder.join(key.file_stem() + ".key");
                    if file.exists() {
                        return Err(KeyError::from(KeyProblem::Exists).in_file(&file));
                    }
                }
                self.write_zone_key(&key)?;
                self.insert_zone_key(key)
            }
            Key::Tsig(key) => {
                if let Some(folder) = &self.folder {
                    let name = file_name(&key.name());
                    let file = folder.join(format!("{}.tsig", name.trim_end_matches('.')));
                    if file.exists() || self.tsig(&key.name()).is_some() {
                        return Err(KeyError::from(KeyProblem::Exists).in_file(&file));
                    }
                    write_file(&file, key.to_clause().as_bytes(), PRIVATE_MODE)?;
                }
                self.insert_tsig(key)
            }
        }
    }

    /// Changes a key that is there already, for its times or its role, and writes its files again.
    ///
    /// # Errors
    /// If there is no such key, or its files cannot be written.
    pub fn update(&mut self, key: ZoneKey) -> Result<(), KeyError> {
        let same = |other: &ZoneKey| other.dnskey_data() == key.dnskey_data();
        if !self.zone_keys(&key.owner()).iter().any(same) {
            return Err(KeyProblem::Missing("the key to change").into());
        }
        self.write_zone_key(&key)?;
        let keys = self.zones.get_mut(&NameBuf::from(key.owner()));
        for other in keys.into_iter().flatten().filter(|other| same(other)) {
            *other = key.clone();
        }
        Ok(())
    }

    /// Makes a new key of a zone whose tag no other key of it has, revoked or not (RFC 5011 2.1: a revoked
    /// key has another tag), and adds it. Its times stay unset unless `prepare` sets them.
    ///
    /// # Errors
    /// As [`ZoneKey::generate`] and [`Keyring::add`].
    pub fn generate(
        &mut self,
        owner: &Name<'_>,
        algorithm: SecurityAlgorithm,
        role: KeyRole,
        bits: Option<usize>,
        prepare: impl FnOnce(&mut ZoneKey),
    ) -> Result<ZoneKey, KeyError> {
        let mut key = self.make(owner, algorithm, role, bits, &[])?;
        prepare(&mut key);
        self.add(key.clone())?;
        Ok(key)
    }

    /// Makes a key whose tag no key of the zone has, nor one of `others`.
    pub(super) fn make(
        &self,
        owner: &Name<'_>,
        algorithm: SecurityAlgorithm,
        role: KeyRole,
        bits: Option<usize>,
        others: &[ZoneKey],
    ) -> Result<ZoneKey, KeyError> {
        for _ in 0..MAX_ATTEMPTS {
            let key = ZoneKey::generate(owner, algorithm, role, bits)?;
            let tags = [key.tag(), key.revoked(0).tag()];
            let mut keys = self.zone_keys(owner).iter().chain(others);
            let is_taken = keys.any(|other| {
                let others = [other.tag(), other.revoked(0).tag()];
                tags.iter().any(|tag| others.contains(tag))
            });
            if !is_taken {
                return Ok(key);
            }
        }
        Err(KeyProblem::Failed("every new key has the tag of an old one").into())
    }

    fn insert_zone_key(&mut self, key: ZoneKey) -> Result<(), KeyError> {
        let keys = self.zones.entry(NameBuf::from(key.owner())).or_default();
        if keys
            .iter()
            .any(|other| other.dnskey_data() == key.dnskey_data())
        {
            return Err(KeyProblem::Exists.into());
        }
        keys.push(key);
        Ok(())
    }

    fn insert_tsig(&mut self, key: TsigSecret) -> Result<(), KeyError> {
        let name = NameBuf::from(key.name());
        if self.tsig.contains_key(&name) {
            return Err(KeyProblem::Exists.into());
        }
        let secret = key;
        let key = secret.to_tsig_key();
        self.tsig.insert(name, SharedKey { secret, key });
        Ok(())
    }

    fn write_zone_key(&self, key: &ZoneKey) -> Result<(), KeyError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let stem = folder.join(key.file_stem());
        let file = |ending: &str| PathBuf::from(format!("{}{ending}", stem.display()));
        // The `.key` file comes last: it makes the key one.
        write_file(
            &file(".private"),
            key.to_bind_private().as_bytes(),
            PRIVATE_MODE,
        )?;
        if key.role() == KeyRole::Csk {
            write_file(&file(".state"), write_state(key).as_bytes(), PUBLIC_MODE)?;
        }
        write_file(&file(".key"), key.to_bind_public().as_bytes(), PUBLIC_MODE)
    }

    /// The TSIG key of this name.
    pub fn tsig(&self, name: &Name<'_>) -> Option<&TsigSecret> {
        let key = self.tsig.get(&NameBuf::from(*name));
        key.map(|key| &key.secret)
    }

    /// All TSIG keys, by their names.
    pub fn tsig_keys(&self) -> impl Iterator<Item = &TsigSecret> {
        self.tsig.values().map(|key| &key.secret)
    }

    /// The DNSSEC keys of a zone.
    pub fn zone_keys(&self, apex: &Name<'_>) -> &[ZoneKey] {
        let keys = self.zones.get(&NameBuf::from(*apex));
        keys.map(Vec::as_slice).unwrap_or_default()
    }

    /// The DNSSEC keys of all zones, by the zones' names.
    pub fn all_zone_keys(&self) -> impl Iterator<Item = &ZoneKey> {
        self.zones.values().flatten()
    }

    /// The private keys that were left aside.
    pub fn warnings(&self) -> &[KeyringWarning] {
        &self.warnings
    }
}

/// The keys by which requests are verified. HMAC-MD5 is not among them.
impl<'k> TsigKeys for &'k Keyring {
    type Key = &'k TsigKey<RunningMac>;
    type Context = RunningMac;

    fn find(&self, name: &Name<'_>, algorithm: MacAlgorithm) -> Option<Self::Key> {
        let key = self.tsig.get(&NameBuf::from(*name))?;
        let is_found = algorithm != MacAlgorithm::HmacMd5 && key.key.algorithm() == algorithm;
        is_found.then_some(&key.key)
    }
}

/// Reads a DNSSEC key from its `.key` file and the `.private` and `.state` files beside it. A private key
/// that others may read is left aside, unless it is taken all the same.
///
/// # Errors
/// If a file is wrong, or they do not belong together.
fn read_zone_key(
    file: &Path,
    takes_unprotected: bool,
) -> Result<(ZoneKey, Option<KeyringWarning>), KeyError> {
    let text = KeyText::read(file)?;
    let mut key = read_public(text.as_str()?).map_err(|error| error.in_file(file))?;
    let private = file.with_extension("private");
    let mut warning = None;
    match KeyText::read(&private) {
        Ok(text) => {
            warning = text.warning(&private);
            let mut found =
                read_private(text.as_str()?).map_err(|error| error.in_file(&private))?;
            if warning.is_some() && !takes_unprotected {
                found.pair = None;
            }
            key = bind_files::join(key, found).map_err(|error| error.in_file(&private))?;
        }
        Err(error) if is_absent(&error) => {}
        Err(error) => return Err(error),
    }
    match KeyText::read(&file.with_extension("state")) {
        Ok(text) => {
            if let Some(role) = read_role(text.as_str()?) {
                key.set_role(role)?;
            }
        }
        Err(error) if is_absent(&error) => {}
        Err(error) => return Err(error),
    }
    Ok((key, warning))
}

/// Reads the keys of a file in any of the formats, which is told from the file. Others may read it: their
/// permissions come back then. A PEM file says neither `zone` nor `role`, nor the hash of an RSA key.
///
/// # Errors
/// If the file is wrong, or a PEM file and the zone is not said.
pub(crate) fn read_keys(
    file: &Path,
    zone: Option<&Name<'_>>,
    algorithm: Option<SecurityAlgorithm>,
    role: KeyRole,
) -> Result<(Vec<Key>, Option<u32>), KeyError> {
    let name = file.file_name().and_then(|name| name.to_str());
    let ending = file.extension().and_then(|ending| ending.to_str());
    if name.is_some_and(|name| name.starts_with('K')) && matches!(ending, Some("key" | "private")) {
        // What a person names here is taken, whoever else may read it.
        let (key, mode) = read_zone_key(&file.with_extension("key"), true)?;
        return Ok((vec![key.into()], mode.map(|warning| warning.mode)));
    }
    let text = KeyText::read(file)?;
    let mode = text.warning(file).map(|warning| warning.mode);
    let read = || -> Result<Vec<Key>, KeyError> {
        let text = text.as_str()?;
        if !text.contains("-----BEGIN ") {
            let keys = TsigSecret::read_all(text)?;
            return Ok(keys.into_iter().map(Key::Tsig).collect());
        }
        let zone = zone.ok_or(KeyProblem::Missing(
            "the zone, which a PEM file does not say (--zone)",
        ))?;
        let key = ZoneKey::from_pem(zone, algorithm, role, text)?;
        Ok(vec![key.into()])
    };
    Ok((read().map_err(|error| error.in_file(file))?, mode))
}

fn is_absent(error: &KeyError) -> bool {
    matches!(&error.problem, KeyProblem::Io(error) if error.kind() == io::ErrorKind::NotFound)
}

/// The text of a key file, wiped when it is dropped.
struct KeyText {
    octets: SecretOctets,
    mode: u32,
}

impl KeyText {
    fn read(file: &Path) -> Result<Self, KeyError> {
        let read = || -> Result<Self, KeyError> {
            let opened = File::open(file)?;
            let metadata = opened.metadata()?;
            if metadata.len() > MAX_FILE_LEN {
                return Err(KeyProblem::TooLong(MAX_FILE_LEN).into());
            }
            // Room for all of it, so that it need not grow and leave a copy behind.
            let mut octets = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
            opened.take(MAX_FILE_LEN).read_to_end(&mut octets)?;
            Ok(Self {
                octets,
                mode: metadata.mode() & 0o7777,
            })
        };
        read().map_err(|error| error.in_file(file))
    }

    fn as_str(&self) -> Result<&str, KeyError> {
        str::from_utf8(&self.octets).map_err(|_| KeyError::invalid("no text"))
    }

    fn warning(&self, file: &Path) -> Option<KeyringWarning> {
        (self.mode & OTHERS != 0).then(|| KeyringWarning {
            file: file.to_path_buf(),
            mode: self.mode,
        })
    }
}

/// Writes a file so that it is there whole or not at all, also after a crash.
fn write_file(file: &Path, content: &[u8], mode: u32) -> Result<(), KeyError> {
    durable_file::write(file, content, mode).map_err(|error| KeyError::from(error).in_file(file))
}

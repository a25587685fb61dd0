//! `zdns.toml`: what a server serves, to whom, and where it comes from.
//!
//! ```toml
//! version = 1
//!
//! [server]
//! listen = ["127.0.0.1:5300"]
//! state = "state"
//!
//! [[key]]
//! name = "mesh."
//! algorithm = "hmac-sha256"
//! secret = "c2VjcmV0IG9mIHRoZSBtZXNoLCAzMiBvY3RldHMgbG9uZw=="
//!
//! [acl]
//! mesh = [{ prefix = "10.42.0.0/16", key = "mesh." }]
//!
//! [template.default]
//! allow-transfer = ["mesh"]
//!
//! [[zone]]
//! name = "sovereign."
//! file = "sovereign.zone"
//! notify = [{ address = "10.42.0.2:53", key = "mesh." }]
//!
//! [[zone]]
//! name = "example."
//! primaries = [{ address = "10.42.0.3:53", key = "mesh." }]
//! ```
//!
//! | part | holds |
//! |---|---|
//! | `version` | which rules the file follows; 1 |
//! | `[server]` | [`Server`]: addresses, limits, what it says of itself |
//! | `[[key]]` | [`Key`]: a TSIG key each |
//! | `keys` | a folder whose `.tsig` files have further ones |
//! | `[acl]` | lists of rules ([`Access`]) that zones may name |
//! | `[template.NAME]` | settings of zones, for those that say `template = "NAME"`; `default` is for those that say nothing |
//! | `[hints]` | [`Hints`]: the radio that carries hints |
//! | `[[zone]]` | [`Zone`]: one each; it may be a catalog of others ([`CatalogRole`]) |
//!
//! Relative paths start from the folder of the file. A key that is not known is an error, and so is a name
//! that stands for nothing; all errors are told at once, with line, column and what to do.

mod access;
mod catalog;
mod fault;
mod file_access;
mod hints;
mod key;
mod key_policy;
mod reading;
mod server;
mod time_text;
mod update_control;
mod values;
mod zone;

pub use access::{Access, Asker, Prefix, Rule};
pub use catalog::{CatalogRole, Listing, Listings, Members};
pub use fault::{Fault, Faults};
pub use file_access::{FileAccess, SystemFiles};
pub use hints::Hints;
pub(crate) use hints::node_from_text;
pub use key::{Key, Secret};
pub use key_policy::{KeyPolicy, KskMethod};
pub use server::{LogLevel, PORT, Server, TlsListener};
#[cfg(feature = "sim")]
pub(crate) use time_text::time_of_text;
pub use update_control::UpdateControlConfig;
pub use zone::{
    Action, DenialKind, Grant, LimitedType, Notified, Pin, PublicKey, Remote, Scope, Sign, TlsPeer,
    Zone,
};

use lib_dns_core::name::NameBuf;
use reading::{Layers, Reading, Section, Setting, suggestion};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Octets of the longest configuration.
const MAX_LEN: u64 = 64 << 20;
/// The version of the rules that we follow.
const VERSION: i64 = 1;

const KEYS: [&str; 8] = [
    "version", "server", "keys", "key", "hints", "acl", "template", "zone",
];

/// A configuration without faults, with everything that it left to defaults, templates and lists spelled
/// out.
///
/// ```
/// use lib_dns_std::config::Config;
/// let text = "version = 1\n[server]\nlisten = [\"127.0.0.1:5300\"]\nlog-levle = \"warn\"\n";
/// let faults = Config::from_text(text, "zdns.toml".as_ref()).unwrap_err();
/// assert_eq!(
///     faults.to_string(),
///     "zdns.toml:4:1: error: unknown key 'log-levle'; did you mean 'log-level'?\n"
/// );
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    /// The server as a whole.
    pub server: Server,
    /// The keys that it tells, each name once.
    pub keys: Vec<Key>,
    /// The folder of further keys, and those that are there.
    pub key_folder: Option<(PathBuf, Vec<Key>)>,
    /// The radio that carries hints, if there is one.
    pub hints: Option<Hints>,
    /// The zones, each name once.
    pub zones: Vec<Zone>,
    /// What works, but should be looked at: files with secrets that others than their owners may read.
    pub warnings: Vec<String>,
}

/// Are secrets written out?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Secrets {
    /// As they are, so that what is written can be read again.
    Shown,
    /// Not.
    Hidden,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(file: &Path) -> Result<Self, Faults> {
        let octets = SystemFiles.read(file, MAX_LEN);
        let octets =
            octets.map_err(|error| Faults::of_file(file, format!("cannot read: {error}")))?;
        let text = String::from_utf8(octets);
        let text = text.map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Faults::of_file(file, format!("octet {at} is no UTF-8"))
        })?;
        Self::from_text(&text, file)
    }

    /// Reads the text of a configuration as that of `file`, which need not be there; the files that it
    /// names have to be.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_text(text: &str, file: &Path) -> Result<Self, Faults> {
        Self::from_text_with(text, file, &SystemFiles)
    }

    /// As [`Self::from_text`], with other files than those of this machine.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_text_with(
        text: &str,
        file: &Path,
        access: &dyn FileAccess,
    ) -> Result<Self, Faults> {
        let whole = std::path::absolute(file);
        let whole = whole.map_err(|error| Faults::of_file(file, error.to_string()))?;
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading {
            file,
            text,
            folder: whole.parent().map_or_else(|| whole.clone(), Path::to_owned),
            access,
            faults: Faults::default(),
            keys: HashSet::new(),
            lists: BTreeMap::new(),
            templates: BTreeMap::new(),
        };
        for error in errors {
            let place = error.span().unwrap_or(0..0);
            reading.fault(&place, error.message());
        }
        // What is no TOML would be blamed for more than is wrong with it.
        if !reading.faults.is_empty() {
            return Err(reading.faults);
        }
        let config = read_root(root.get_ref(), &mut reading);
        if reading.faults.is_empty() {
            Ok(config)
        } else {
            Err(reading.faults)
        }
    }

    /// The keys of the configuration and those of its folder.
    pub fn all_keys(&self) -> impl Iterator<Item = &Key> {
        let folder = self.key_folder.iter().flat_map(|(_, keys)| keys);
        self.keys.iter().chain(folder)
    }

    /// The configuration as TOML; it reads as the same, if secrets are shown.
    pub fn to_toml(&self, secrets: Secrets) -> String {
        let mut table = self.to_table(secrets);
        // Only tables, arrays, strings, numbers and booleans stand in it, all of which TOML has.
        let text = toml::to_string(&table).unwrap_or_default();
        key::erase_secrets(&mut table);
        text
    }

    /// The configuration as JSON, with the keys of the TOML.
    pub fn to_json(&self, secrets: Secrets) -> String {
        let mut table = self.to_table(secrets);
        let text = serde_json::to_string_pretty(&table).unwrap_or_default();
        key::erase_secrets(&mut table);
        text
    }

    fn to_table(&self, secrets: Secrets) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("version".to_owned(), VERSION.into());
        table.insert("server".to_owned(), self.server.write_table().into());
        if let Some((folder, _)) = &self.key_folder {
            table.extend(folder.write().map(|folder| ("keys".to_owned(), folder)));
        }
        let keys = self.keys.iter().map(|key| {
            let mut table = key.write_table();
            if key.file.is_some() {
                // The file tells them.
                table.remove("secret");
                table.remove("algorithm");
            } else if secrets == Secrets::Hidden {
                table.insert("secret".to_owned(), "(hidden)".into());
            }
            table.into()
        });
        table.insert("key".to_owned(), toml::Value::Array(keys.collect()));
        let hints = self.hints.as_ref().map(Section::write_table);
        table.extend(hints.map(|hints| ("hints".to_owned(), hints.into())));
        let zones = self.zones.iter().filter_map(Setting::write);
        table.insert("zone".to_owned(), toml::Value::Array(zones.collect()));
        table
    }
}

fn read_root<'t>(root: &'t DeTable<'t>, reading: &mut Reading<'t>) -> Config {
    read_version(root, reading);
    reading.check_keys(root, &KEYS);
    let server = root
        .get("server")
        .and_then(|value| Server::read(value, reading));
    let keys = read_keys(root, reading);
    let key_folder = read_key_folder(root, reading);
    read_lists(root, reading);
    read_templates(root, reading);
    let hints = root.get("hints");
    let read = hints.and_then(|value| Hints::read(value, reading));
    let zones = read_zones(root, reading);
    let server = server.unwrap_or_default();
    if let (Some(hints), Some(value)) = (&read, hints) {
        check_hints(hints, &value.span(), &server, &zones, reading);
    }
    let warnings = open_secrets(&server, &keys, key_folder.as_ref(), reading);
    let needs_state = |zone: &&Zone| {
        !zone.primaries.is_empty()
            || !zone.allow_update.is_empty()
            || zone.sign.is_some()
            || zone.catalog.is_some()
    };
    if let (Some(zone), None) = (zones.iter().find(needs_state), &server.state) {
        let what = format!(
            "{} has to be kept across restarts; add state = \"…\", a folder, to [server]",
            zone.name
        );
        let place = root.get("server").map_or(0..0, toml::Spanned::span);
        reading.fault(&place, what);
    }
    Config {
        server,
        keys,
        key_folder,
        hints: read,
        zones,
        warnings,
    }
}

/// Notes what a radio needs of the rest of the configuration.
fn check_hints(
    hints: &Hints,
    place: &std::ops::Range<usize>,
    server: &Server,
    zones: &[Zone],
    reading: &mut Reading<'_>,
) {
    if hints.key.is_some() && server.state.is_none() {
        let what = "the numbers of sealed hints have to be kept across restarts; add state = \"…\", a folder, to [server]";
        reading.fault(place, what);
    }
    // What other catalogs list is not known yet.
    if !zones
        .iter()
        .any(|zone| zone.catalog == Some(CatalogRole::Consume))
    {
        hints.check_zones(place, zones, reading);
    }
}

/// What is to be said of files with secrets that others may read.
fn open_secrets(
    server: &Server,
    keys: &[Key],
    key_folder: Option<&(PathBuf, Vec<Key>)>,
    reading: &Reading<'_>,
) -> Vec<String> {
    let keys = keys
        .iter()
        .chain(key_folder.iter().flat_map(|(_, keys)| keys));
    let files = keys.map(|key| key.file.as_deref().unwrap_or(reading.file));
    let tls = server.tls.as_ref().map(|tls| &*tls.private_key);
    let files: BTreeSet<&Path> = files.chain(tls).collect();
    let open = files
        .into_iter()
        .filter(|file| reading.access.is_open_to_others(file));
    let warnings = open.map(|file| {
        let file = file.display();
        format!("others may read {file}, which has a secret; forbid it: chmod 600 {file}")
    });
    warnings.collect()
}

fn read_version(root: &DeTable<'_>, reading: &mut Reading<'_>) {
    let Some(value) = root.get("version") else {
        return reading.fault(&(0..0), "the file must say version = 1");
    };
    let version = value.get_ref().as_integer();
    if version.is_none_or(|version| version.as_str() != "1") {
        reading.fault(&value.span(), "the only known version is 1");
    }
}

/// The tables of an array of tables.
fn tables<'t>(
    root: &'t DeTable<'t>,
    key: &str,
    reading: &mut Reading<'_>,
) -> Vec<(&'t DeTable<'t>, std::ops::Range<usize>)> {
    let Some(value) = root.get(key) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let Some(array) = value.get_ref().as_array() else {
        let what = format!("write [[{key}]] with two brackets, for there may be several");
        reading.fault(&value.span(), what);
        return found;
    };
    for element in array {
        match element.get_ref().as_table() {
            Some(table) => found.push((table, element.span())),
            None => reading.expected("a table", element),
        }
    }
    found
}

fn read_keys(root: &DeTable<'_>, reading: &mut Reading<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    for (table, place) in tables(root, "key", reading) {
        let layers = Layers::of(table, place);
        let mut key = Key::read_layers(&layers, reading);
        key.read_file(&layers, reading);
        let is_named = layers.get("name").is_some() || key.file.is_some();
        if is_named && !reading.keys.insert(key.name) {
            second_key(&key, &layers.place_of("name"), reading);
        }
        keys.push(key);
    }
    keys
}

fn second_key(key: &Key, place: &std::ops::Range<usize>, reading: &mut Reading<'_>) {
    let what = format!(
        "a second key is named {}; each name stands for one",
        key.name
    );
    reading.fault(place, what);
}

fn read_key_folder(root: &DeTable<'_>, reading: &mut Reading<'_>) -> Option<(PathBuf, Vec<Key>)> {
    let value = root.get("keys")?;
    let folder = PathBuf::read(value, reading)?;
    let keys = Key::read_folder(&folder, &value.span(), reading);
    for key in &keys {
        if !reading.keys.insert(key.name) {
            second_key(key, &value.span(), reading);
        }
    }
    Some((folder, keys))
}

/// Lists may name lists that stand before them in the alphabet or in the file: they are read until nothing
/// new can be.
fn read_lists(root: &DeTable<'_>, reading: &mut Reading<'_>) {
    let Some(value) = root.get("acl") else {
        return;
    };
    let Some(table) = value.get_ref().as_table() else {
        return reading.expected("a table of lists, as [acl]", value);
    };
    let mut open: Vec<_> = table.iter().collect();
    open.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in open {
        let name = key.get_ref().as_ref();
        if name == "any" || name.contains(['/', ':', '.']) {
            let what =
                format!("a list cannot be named '{name}', which means something else in a rule");
            reading.fault(&key.span(), what);
        }
        if let Some(list) = Access::read(value, reading) {
            reading.lists.insert(name.to_owned(), list);
        }
    }
}

fn read_templates<'t>(root: &'t DeTable<'t>, reading: &mut Reading<'t>) {
    let Some(value) = root.get("template") else {
        return;
    };
    let Some(table) = value.get_ref().as_table() else {
        return reading.expected("a table of templates, as [template.default]", value);
    };
    let known: Vec<&str> = Zone::KEYS
        .iter()
        .copied()
        .filter(|key| !Zone::OWN_KEYS.contains(key))
        .collect();
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(template) => {
                reading.check_keys(template, &known);
                reading.templates.insert(key.get_ref(), template);
            }
            _ => reading.expected("a table", value),
        }
    }
}

fn read_zones(root: &DeTable<'_>, reading: &mut Reading<'_>) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    let mut names = HashSet::new();
    let mut listings = Vec::new();
    for (table, place) in tables(root, "zone", reading) {
        let layers = Layers::of(table, place).backed_by_template(reading);
        if layers.get("name").is_none() {
            reading.fault(&layers.place, "the zone has no name");
        }
        let mut zone = Zone::read_layers(&layers, reading);
        if !names.insert(zone.name) && layers.get("name").is_some() {
            let what = format!(
                "a second zone is named {}; there is one of a name",
                zone.name
            );
            reading.fault(&layers.place_of("name"), what);
        }
        // What they said is in the zone now.
        zone.forget_templates();
        if zone.catalog.is_some() {
            // What a template says is for the zones that a catalog lists.
            zone.listed_in = Listings::default();
        }
        listings.push(layers.place_of("listed-in"));
        zones.push(zone);
    }
    let catalogs = zones
        .iter()
        .filter(|zone| zone.catalog == Some(CatalogRole::Produce));
    let catalogs: HashSet<NameBuf> = catalogs.map(|zone| zone.name).collect();
    for (zone, place) in zones.iter().zip(&listings) {
        check_listings(zone, place, &catalogs, reading);
    }
    zones
}

/// Notes catalogs that a zone cannot be listed in; `produced` are those that it can.
fn check_listings(
    zone: &Zone,
    place: &std::ops::Range<usize>,
    produced: &HashSet<NameBuf>,
    reading: &mut Reading<'_>,
) {
    for (at, Listing { catalog, .. }) in zone.listed_in.0.iter().enumerate() {
        if !produced.contains(catalog) {
            let known: Vec<String> = produced.iter().map(ToString::to_string).collect();
            let name = catalog.to_string();
            let suggestion = suggestion(&name, known.iter().map(String::as_str));
            let what = format_args!("no zone {name} has catalog = \"produce\"{suggestion}");
            reading.fault(place, what.to_string());
        }
        let mut before = zone.listed_in.0.iter().take(at);
        if before.any(|other| other.catalog == *catalog) {
            let what = format_args!("{} is listed in {catalog} twice", zone.name);
            reading.fault(place, what.to_string());
        }
    }
}

#[cfg(test)]
mod tests;

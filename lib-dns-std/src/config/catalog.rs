//! Catalog zones in the configuration (RFC 9432): what a zone is to catalogs, and what catalogs are to it.

use super::access::Access;
use super::reading::{Check, Layers, Reading, Section, Setting, Value, section, words};
use super::zone::{Notified, Remote, Zone, check_journal, check_times};
use lib_dns_core::name::NameBuf;
use lib_dns_core::zone::member_property_name;
use std::collections::BTreeMap;
use std::time::Duration;

/// Octets of the labels that stand for zones in a catalog that is made here.
const LABEL_LEN: usize = 32;
/// Octets that a group may have, which is one string of a TXT record.
const MAX_GROUP_LEN: usize = 255;
/// The most members that may be asked for.
const MOST_MEMBERS: u32 = 1_000_000;

words! {
    /// What is done with a catalog.
    pub enum CatalogRole {
        /// It is made here, of the zones that are `listed-in` it.
        "produce" => Produce,
        /// The zones that it lists are served here.
        "consume" => Consume,
    }
}

section! {
    /// How zones are served that a catalog lists; they are copies.
    pub struct Members {
        /// The template whose settings stand in for those that are missing here.
        "template" => template: Option<String> = None,
        /// The servers that they come from; those of the catalog, if there are none.
        "primaries" => primaries: Vec<Remote> = Vec::new(),
        /// Who is told of each change (RFC 1996).
        "notify" => notify: Vec<Notified> = Vec::new(),
        /// Who may fetch them, whole or by their changes.
        "allow-transfer" => allow_transfer: Access = Access::default(),
        /// Who may tell of changes; the addresses of the primaries, if it is missing.
        "allow-notify" => allow_notify: Option<Access> = None,
        /// Who may send updates of them here, which are passed on to the primaries as they are (RFC 2136 6). What they
        /// may change is for the primary to say, to which they come from this server's address. A request that is
        /// signed with a key that is not known here counts as not signed.
        "forward-updates" => forward_updates: Access = Access::default(),
        /// The least time between two looks for a newer version, whatever the SOA record says.
        "min-refresh" => min_refresh: Duration = Duration::from_secs(300),
        /// The least time before a look that failed is tried again.
        "min-retry" => min_retry: Duration = Duration::from_secs(60),
        /// Octets of changes that are kept of each, as for a [`Zone`].
        "max-journal" => max_journal: Option<u64> = None,
    }
}

impl Check for Members {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        check_times(layers, self.min_refresh, self.min_retry, reading);
        check_journal(layers, self.max_journal, reading);
        // A template may say more than copies can do.
        for key in ["sign", "allow-update", "listed-in"] {
            if layers.get(key).is_some() {
                let what = format_args!(
                    "zones that a catalog lists are copies, for which {key} is not; use another template"
                );
                reading.fault(&layers.place, what.to_string());
            }
        }
    }
}

impl Members {
    /// A zone that a catalog lists, as if it stood in the configuration itself.
    pub fn zone(&self, name: NameBuf, catalog: &Zone) -> Zone {
        let primaries = if self.primaries.is_empty() {
            &catalog.primaries
        } else {
            &self.primaries
        };
        Zone {
            name,
            primaries: primaries.clone(),
            notify: self.notify.clone(),
            allow_transfer: self.allow_transfer.clone(),
            allow_notify: self.allow_notify.clone(),
            forward_updates: self.forward_updates.clone(),
            min_refresh: self.min_refresh,
            min_retry: self.min_retry,
            max_journal: self.max_journal,
            ..Zone::default()
        }
    }
}

section! {
    /// A catalog that a zone is listed in.
    pub struct Listing {
        /// The catalog, a zone that has `catalog = "produce"`.
        "catalog" => catalog: NameBuf = NameBuf::ROOT,
        /// What consumers are to do with the zone, in words that the two sides agree on.
        "group" => group: Option<String> = None,
        /// The catalog to which the zone is about to move (RFC 9432 4.3.1).
        "next-catalog" => next_catalog: Option<NameBuf> = None,
    }
}

impl Check for Listing {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if layers.get("catalog").is_none() {
            let what = "which catalog? add catalog = \"…\"";
            reading.fault(&layers.place, what);
        }
        let length = self.group.as_ref().map_or(0, String::len);
        if length > MAX_GROUP_LEN {
            let what =
                format_args!("the group has {length} octets; there is room for {MAX_GROUP_LEN}");
            reading.fault(&layers.place_of("group"), what.to_string());
        }
    }
}

/// The catalogs that a zone is listed in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Listings(pub Vec<Listing>);

/// The name of a catalog, a table, or a list of these.
impl Setting for Listings {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let one = |value: &Value<'_>, reading: &mut Reading<'_>| {
            if value.get_ref().is_str() {
                let catalog = NameBuf::read(value, reading)?;
                return Some(Listing {
                    catalog,
                    ..Listing::default()
                });
            }
            Listing::read(value, reading)
        };
        let Some(array) = value.get_ref().as_array() else {
            return one(value, reading).map(|listing| Self(vec![listing]));
        };
        let read: Vec<Option<Listing>> = array.iter().map(|value| one(value, reading)).collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Option<toml::Value> {
        (!self.0.is_empty()).then(|| self.0.write()).flatten()
    }
}

/// Tables under names of the operator's choice.
impl<S: Section> Setting for BTreeMap<String, S> {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reading.expected("a table of tables", value);
            return None;
        };
        let mut read = Self::new();
        for (key, value) in table {
            if let Some(value) = S::read(value, reading) {
                read.insert(key.get_ref().to_string(), value);
            }
        }
        Some(read)
    }

    fn write(&self) -> Option<toml::Value> {
        let tables = self.iter();
        let tables = tables.map(|(key, section)| (key.clone(), section.write_table().into()));
        (!self.is_empty()).then(|| toml::Value::Table(tables.collect()))
    }
}

/// What has to hold for a zone that may be a catalog.
pub(super) fn check(zone: &Zone, layers: &Layers<'_>, reading: &mut Reading<'_>) {
    let name = zone.name;
    let own = |key| layers.first().is_some_and(|table| table.get(key).is_some());
    layers.check_range("max-members", zone.max_members, 1..=MOST_MEMBERS, reading);
    if zone.catalog.is_some() {
        if own("listed-in") {
            let what = "a catalog is listed in no other; leave listed-in out";
            reading.fault(&layers.place_of("listed-in"), what);
        }
        for (key, is_there) in [
            ("sign", zone.sign.is_some()),
            ("allow-update", !zone.allow_update.is_empty()),
        ] {
            if is_there {
                let what = format_args!(
                    "{name} is a catalog, for which {key} is not; TSIG and TLS protect its transfers"
                );
                reading.fault(&layers.place_of(key), what.to_string());
            }
        }
    }
    if zone.catalog != Some(CatalogRole::Consume) {
        for (key, is_there) in [
            ("members", zone.members.is_some()),
            ("groups", !zone.groups.is_empty()),
        ] {
            if is_there {
                let what = format_args!("{key} is for zones with catalog = \"consume\"");
                reading.fault(&layers.place_of(key), what.to_string());
            }
        }
    }
    match zone.catalog {
        Some(CatalogRole::Produce) => {
            for (key, is_there) in [
                ("file", zone.file.is_some()),
                ("primaries", !zone.primaries.is_empty()),
            ] {
                if is_there {
                    let what = format_args!(
                        "{name} is made here of the zones that are listed in it; leave {key} out"
                    );
                    reading.fault(&layers.place_of(key), what.to_string());
                }
            }
            let longest = member_property_name(&name.as_name(), &[b'x'; LABEL_LEN], b"group");
            if longest.is_none() {
                let what = "the catalog's name is too long: names of 45 more octets stand below it";
                reading.fault(&layers.place_of("name"), what);
            }
        }
        Some(CatalogRole::Consume) => match &zone.members {
            None => {
                let what = format_args!(
                    "how are the zones served that {name} lists? add members = {{ … }}, for example \
                     members = {{ template = \"…\" }}; without primaries they come from those of the catalog"
                );
                reading.fault(&layers.place, what.to_string());
            }
            Some(members) if zone.primaries.is_empty() => {
                let all = zone.groups.values().chain([members]);
                if all.into_iter().any(|members| members.primaries.is_empty()) {
                    let what = format_args!(
                        "{name} is no copy itself, so its members need primaries = [{{ address = \"…\" }}]"
                    );
                    reading.fault(&layers.place_of("members"), what.to_string());
                }
            }
            Some(_) => {}
        },
        None => {}
    }
}

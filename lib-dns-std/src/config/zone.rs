//! `[[zone]]`: where a zone comes from, who may have it, and who may change it.

use super::access::{Access, Prefix, check_key};
use super::catalog::{self, CatalogRole, Listings, Members};
use super::key::Secret;
use super::key_policy::KeyPolicy;
use super::reading::{Check, Layers, Reading, Setting, Value, section, words};
use crate::keyring::ZoneKey;
use lib_dns_core::name::NameBuf;
use lib_dns_core::rr_data::Type;
use lib_dns_core::text::Base64;
use lib_dns_core::transfer::update::TypeLimit;
use lib_dns_core::zone::SerialPolicy;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

section! {
    /// What the other side of a TLS connection has to prove (RFC 9103 9.3): one of three.
    pub struct TlsPeer {
        /// The name in its certificate, which authorities have signed.
        "name" => name: Option<String> = None,
        /// The certificates of these authorities, in PEM form.
        "authorities" => authorities: Option<PathBuf> = None,
        /// Or its public key: SHA-256 of it in base64, as `kdig +tls-pin` has it; one of these.
        "pins" => pins: Vec<Pin> = Vec::new(),
        /// Or nothing: the TSIG key proves who it is.
        "opportunistic" => opportunistic: bool = false,
    }
}

impl Check for TlsPeer {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        let named = self.name.is_some() || self.authorities.is_some();
        let ways = [named, !self.pins.is_empty(), self.opportunistic];
        if ways.iter().filter(|way| **way).count() != 1 {
            let what =
                "TLS takes one of three: name and authorities, or pins, or opportunistic = true";
            return reading.fault(&layers.place, what);
        }
        match (&self.name, &self.authorities) {
            (Some(_), Some(authorities)) => {
                layers.check_readable("authorities", authorities, reading);
            }
            (None, None) => {}
            (Some(_), None) => {
                let what = "TLS needs authorities, the path of a PEM file with the certificates \
                            that the other side's is signed by";
                reading.fault(&layers.place, what);
            }
            (None, Some(_)) => {
                let what = "TLS needs the name that the other side's certificate is for, \
                            as name = \"ns1.example\"";
                reading.fault(&layers.place, what);
            }
        }
    }
}

/// SHA-256 of a public key as it stands in a certificate (RFC 7858 4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pin(pub [u8; 32]);

impl Setting for Pin {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let text = super::values::text(value, reading)?;
        let octets = Secret::from_base64(text);
        let pin = octets
            .ok()
            .and_then(|octets| octets.as_bytes().try_into().ok());
        if pin.is_none() {
            let what = format_args!("'{text}' is no pin, which is 32 octets in base64");
            reading.fault(&value.span(), what);
        }
        pin.map(Self)
    }

    fn write(&self) -> Option<toml::Value> {
        Some(Base64(&self.0).to_string().into())
    }
}

/// Octets of the longest file with a public key.
const MAX_PUBLIC_KEY_LEN: u64 = 64 << 10;

/// What stands for an address that is missing, which is a fault.
const NO_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

fn check_address(layers: &Layers<'_>, reading: &mut Reading<'_>) {
    if layers.get("address").is_none() {
        let what = "the address is missing, as address = \"192.0.2.1:53\"";
        reading.fault(&layers.place, what);
    }
}

section! {
    /// A server that zones are fetched from.
    pub struct Remote {
        /// Where it is.
        "address" => address: SocketAddr = NO_ADDRESS,
        /// The key to sign with; answers must be signed with it then.
        "key" => key: Option<NameBuf> = None,
        /// Speak TLS, and with whom (RFC 9103).
        "tls" => tls: Option<TlsPeer> = None,
    }
}

impl Check for Remote {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        check_address(layers, reading);
        check_key("key", self.key.as_ref(), layers, reading);
    }
}

section! {
    /// A server that is told of changes, over UDP.
    pub struct Notified {
        /// Where it is.
        "address" => address: SocketAddr = NO_ADDRESS,
        /// The key to sign with.
        "key" => key: Option<NameBuf> = None,
    }
}

impl Check for Notified {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        check_address(layers, reading);
        check_key("key", self.key.as_ref(), layers, reading);
    }
}

words! {
    /// What an update may do to a record.
    pub enum Action {
        /// Add records to a name and type that has none.
        "create" => Create,
        /// Add, replace or delete records where some stay.
        "update" => Update,
        /// Delete the last record of a name and type.
        "delete" => Delete,
    }
}

words! {
    /// The names that a grant is for.
    pub enum Scope {
        /// One name.
        "name" => Name,
        /// A name and all below it.
        "subtree" => Subtree,
        /// The name that is the key's own.
        "self" => Itself,
        /// The name that is the key's own, and all below it.
        "self-subtree" => ItselfAndBelow,
    }
}

section! {
    /// Who may change what by UPDATE (RFC 2136).
    pub struct Grant {
        /// Addresses that the request may come from; none means all.
        "prefix" => prefix: Option<Prefix> = None,
        /// The key that it must be signed with; none means any key, or no signature.
        "key" => key: Option<NameBuf> = None,
        /// Any shared key will do, but a key it must be.
        "any-key" => any_key: bool = false,
        /// Instead, the name whose private key it must be signed with (SIG(0), RFC 2931); below a wildcard, as
        /// `*.example.`, each name. The KEY records of the name stand in the zone, or in its `public-keys`.
        "sig0" => sig0: Option<NameBuf> = None,
        /// Forbid it, whatever later grants say.
        "deny" => deny: bool = false,
        /// What it may do.
        "may" => may: Vec<Action> = vec![Action::Create, Action::Update, Action::Delete],
        /// Which names.
        "scope" => scope: Scope = Scope::Subtree,
        /// The name that the scope is about; a subtree without one is the whole zone.
        "name" => name: Option<NameBuf> = None,
        /// Which types, and how many records of each a name may have; none means all but SOA, NS and those of
        /// DNSSEC, and any number.
        "types" => types: Vec<TypeLimit> = Vec::new(),
    }
}

impl Check for Grant {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        let has_key = self.key.is_some() || self.any_key || self.sig0.is_some();
        if self.sig0.is_some() && (self.key.is_some() || self.any_key) {
            let what = "a request is signed once: with a shared key, or with a private one (sig0)";
            reading.fault(&layers.place_of("sig0"), what);
        }
        if self.prefix.is_none() && !has_key {
            let what = "a grant names a prefix, a key or both; \
                        prefix = \"0.0.0.0/0\" is everybody who speaks IPv4";
            reading.fault(&layers.place, what);
        }
        if matches!(self.scope, Scope::Itself | Scope::ItselfAndBelow) {
            if !has_key {
                let what = "this scope is the name of the key; add key = \"…\", any-key = true or sig0 = \"…\"";
                reading.fault(&layers.place_of("scope"), what);
            }
            if self.name.is_some() {
                let what = "the scope is the name of the key already; leave name out";
                reading.fault(&layers.place_of("name"), what);
            }
        }
        if self.scope == Scope::Name && self.name.is_none() {
            let what = "scope = \"name\" is about one name; add name = \"…\"";
            reading.fault(&layers.place_of("scope"), what);
        }
        if self.may.is_empty() {
            let what = "a grant that allows nothing has no effect; leave it out";
            reading.fault(&layers.place_of("may"), what);
        }
        check_key("key", self.key.as_ref(), layers, reading);
    }
}

/// `"A"`, or `{ type = "A", most = 4 }`.
impl Setting for TypeLimit {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        if value.get_ref().is_str() {
            let rtype = Type::read(value, reading)?;
            return Some(Self { rtype, most: None });
        }
        let limited = LimitedType::read(value, reading)?;
        Some(Self {
            rtype: limited.rtype,
            most: limited.most,
        })
    }

    fn write(&self) -> Option<toml::Value> {
        match self.most {
            None => self.rtype.write(),
            most => LimitedType {
                rtype: self.rtype,
                most,
            }
            .write(),
        }
    }
}

section! {
    /// A type of which a name may have so many records.
    pub struct LimitedType {
        /// The type.
        "type" => rtype: Type = Type::ANY,
        /// How many records of it a name may have after an update that adds to them.
        "most" => most: Option<u16> = None,
    }
}

impl Check for LimitedType {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if layers.get("type").is_none() {
            let what = "the type is missing, as { type = \"A\", most = 4 }";
            reading.fault(&layers.place, what);
        }
    }
}

/// A file with the KEY record of a host that signs updates, as `dnssec-keygen -T KEY` makes it.
#[derive(Clone, PartialEq, Debug)]
pub struct PublicKey {
    /// The file.
    pub file: PathBuf,
    /// Whose key it is.
    pub owner: NameBuf,
    /// The data of the KEY record.
    pub data: Vec<u8>,
}

impl Setting for PublicKey {
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let file = PathBuf::read(value, reading)?;
        let read = || -> Result<ZoneKey, String> {
            let octets = reading.access.read(&file, MAX_PUBLIC_KEY_LEN);
            let octets = octets.map_err(|error| error.to_string())?;
            let text = String::from_utf8(octets).map_err(|error| error.to_string())?;
            let key = ZoneKey::from_bind(&text, None).map_err(|error| error.to_string())?;
            if !key.signs_messages_only() {
                return Err("it has no KEY record, but a DNSKEY record; \
                            'dnssec-keygen -T KEY -n HOST' makes keys of hosts"
                    .to_owned());
            }
            Ok(key)
        };
        match read() {
            Ok(key) => Some(Self {
                owner: key.owner().into(),
                data: key.dnskey_data().to_vec(),
                file,
            }),
            Err(what) => {
                let what = format!("{}: {what}", file.display());
                reading.fault(&value.span(), what);
                None
            }
        }
    }

    fn write(&self) -> Option<toml::Value> {
        self.file.write()
    }
}

words! {
    /// How a signed zone denies what does not exist.
    pub enum DenialKind {
        /// By NSEC records (RFC 4034 4).
        "nsec" => Nsec,
        /// By NSEC3 records without iterations and salt (RFC 9276).
        "nsec3" => Nsec3,
    }
}

section! {
    /// How a zone is signed (RFC 4035).
    pub struct Sign {
        /// The folder of its keys, as `zdns key generate` fills it.
        "keys" => keys: PathBuf = PathBuf::new(),
        /// How it denies what does not exist.
        "denial" => denial: DenialKind = DenialKind::Nsec,
        /// With NSEC3, leave out delegations that are not signed.
        "opt-out" => opt_out: bool = false,
        /// How long a signature is valid.
        "lifetime" => lifetime: Duration = Duration::from_secs(14 * 86_400),
        /// How long before its end a signature is made anew.
        "refresh" => refresh: Duration = Duration::from_secs(7 * 86_400),
        /// The TTL of the records of keys.
        "dnskey-ttl" => dnskey_ttl: Duration = Duration::from_secs(3600),
        /// Add a digest of the whole zone (RFC 8976), which each change then computes anew.
        "zonemd" => zonemd: bool = false,
        /// Make the keys, and replace them when their time is over. Without it, the keys are those that are in
        /// the folder, and what becomes of them their files say.
        "policy" => policy: Option<KeyPolicy> = None,
    }
}

impl Check for Sign {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        if layers.get("keys").is_none() {
            let what = "signing needs keys = \"…\", the folder of the zone's keys";
            reading.fault(&layers.place, what);
        } else if let Err(error) = reading.access.list(&self.keys) {
            let what = format_args!("cannot read {}: {error}", self.keys.display()).to_string();
            reading.fault(&layers.place_of("keys"), what);
        }
        layers.check_range("lifetime", self.lifetime.as_secs(), 3600..=1 << 30, reading);
        layers.check_range("refresh", self.refresh.as_secs(), 1..=1 << 30, reading);
        layers.check_range(
            "dnskey-ttl",
            self.dnskey_ttl.as_secs(),
            0..=604_800,
            reading,
        );
        if let Some(policy) = &self.policy {
            let dnskey_ttl = u32::try_from(self.dnskey_ttl.as_secs()).unwrap_or(u32::MAX);
            policy.check_lifetimes(dnskey_ttl, &layers.place_of("policy"), reading);
        }
        // What is left to chance is a part of the lifetime.
        if self.refresh >= self.lifetime / 28 * 27 {
            let what = "refresh must be well below lifetime, as half of it";
            reading.fault(&layers.place_of("refresh"), what);
        }
        if self.opt_out && self.denial == DenialKind::Nsec {
            let what = "opt-out is for denial = \"nsec3\"";
            reading.fault(&layers.place_of("opt-out"), what);
        }
    }
}

section! {
    /// A zone.
    pub struct Zone {
        /// Its name.
        "name" => name: NameBuf = NameBuf::ROOT,
        /// The template whose settings stand in for those that the zone does not have; `default`, if there
        /// is one.
        "template" => template: Option<String> = None,
        /// The file that it comes from.
        "file" => file: Option<PathBuf> = None,
        /// The servers that it comes from; the first that has news is asked for them.
        "primaries" => primaries: Vec<Remote> = Vec::new(),
        /// Who is told of each change (RFC 1996).
        "notify" => notify: Vec<Notified> = Vec::new(),
        /// Who may fetch it, whole or by its changes.
        "allow-transfer" => allow_transfer: Access = Access::default(),
        /// Who may tell of changes; the addresses of its primaries, if it is missing.
        "allow-notify" => allow_notify: Option<Access> = None,
        /// Who may send updates of it here, which are passed on to the primaries as they are (RFC 2136 6). What they
        /// may change is for the primary to say, to which they come from this server's address. A request that is
        /// signed with a key that is not known here counts as not signed.
        "forward-updates" => forward_updates: Access = Access::default(),
        /// The least time between two looks for a newer version, whatever its SOA record says.
        "min-refresh" => min_refresh: Duration = Duration::from_secs(300),
        /// The least time before a look that failed is tried again.
        "min-retry" => min_retry: Duration = Duration::from_secs(60),
        /// Who may change it.
        "allow-update" => allow_update: Vec<Grant> = Vec::new(),
        /// Files with KEY records of hosts that may sign updates, besides those that stand in the zone.
        "public-keys" => public_keys: Vec<PublicKey> = Vec::new(),
        /// Sign it, and how.
        "sign" => sign: Option<Sign> = None,
        /// Which serial a version gets that is made here.
        "serial" => serial: SerialPolicy = SerialPolicy::Increment,
        /// Octets of changes that are kept of it, for those who fetch by IXFR; a fifth of what its records take,
        /// but at least 1 MiB and at most 100 MiB, if it is missing.
        "max-journal" => max_journal: Option<u64> = None,
        /// It is a catalog (RFC 9432), and this is done with it. Only those who may fetch it may ask for what
        /// is in it.
        "catalog" => catalog: Option<CatalogRole> = None,
        /// How the zones are served that a catalog lists.
        "members" => members: Option<Members> = None,
        /// How those of a group are served, by its name; zones of other groups are served as `members` says.
        "groups" => groups: BTreeMap<String, Members> = BTreeMap::new(),
        /// The most zones that a catalog may list; one with more is not followed.
        "max-members" => max_members: u32 = 10_000,
        /// The catalogs made here that list it.
        "listed-in" => listed_in: Listings = Listings::default(),
    }
}

/// The bounds of what is kept of a zone's changes.
pub(super) fn check_journal(layers: &Layers<'_>, most: Option<u64>, reading: &mut Reading<'_>) {
    if let Some(most) = most {
        layers.check_range("max-journal", most, 1 << 16..=1 << 40, reading);
    }
}

/// The bounds of what bounds the timers of SOA records.
pub(super) fn check_times(
    layers: &Layers<'_>,
    min_refresh: Duration,
    min_retry: Duration,
    reading: &mut Reading<'_>,
) {
    for (key, time) in [("min-refresh", min_refresh), ("min-retry", min_retry)] {
        layers.check_range(key, time.as_secs(), 1..=604_800, reading);
    }
}

impl Check for Zone {
    fn check(&self, layers: &Layers<'_>, reading: &mut Reading<'_>) {
        match (&self.file, self.primaries.is_empty()) {
            (Some(file), true) => layers.check_readable("file", file, reading),
            (Some(_), false) => {
                let what = format_args!(
                    "{} has a file and primaries; keep the file where it is made, \
                     and the primaries where it is copied",
                    self.name
                );
                reading.fault(&layers.place_of("primaries"), what.to_string());
            }
            (None, true) if self.catalog != Some(CatalogRole::Produce) => {
                let what = format_args!(
                    "{} comes from nowhere; add file = \"…\" or primaries = [{{ address = \"…\" }}]",
                    self.name
                );
                reading.fault(&layers.place, what.to_string());
            }
            (None, _) => {}
        }
        check_times(layers, self.min_refresh, self.min_retry, reading);
        check_journal(layers, self.max_journal, reading);
        catalog::check(self, layers, reading);
        if self.sign.is_some() && !self.primaries.is_empty() {
            let what = format_args!(
                "{} is copied from its primaries; it has to be signed there",
                self.name
            );
            reading.fault(&layers.place_of("sign"), what.to_string());
        }
        if !self.forward_updates.rules().is_empty() && self.primaries.is_empty() {
            let what = format_args!(
                "{} is made here, and there is no primary to forward updates to; allow-update says who may change it",
                self.name
            );
            reading.fault(&layers.place_of("forward-updates"), what.to_string());
        }
        if !self.allow_update.is_empty() && !self.primaries.is_empty() {
            let what = format_args!(
                "{} is copied from its primaries; updates belong there, and forward-updates says whose are \
                 passed on",
                self.name
            );
            reading.fault(&layers.place_of("allow-update"), what.to_string());
        }
    }
}

impl Zone {
    /// Templates are spelled out.
    pub(super) fn forget_templates(&mut self) {
        self.template = None;
        for members in self.groups.values_mut().chain(&mut self.members) {
            members.template = None;
        }
    }

    /// Keys that say which zone it is, and so stand in no template.
    pub(super) const OWN_KEYS: [&'static str; 7] = [
        "name",
        "template",
        "file",
        "catalog",
        "members",
        "groups",
        "max-members",
    ];
}

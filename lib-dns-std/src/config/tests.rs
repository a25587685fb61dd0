use super::*;
use lib_dns_core::crypto::MacAlgorithm;
use std::net::IpAddr;
use std::path::PathBuf;

/// Every file is there, and few say anything.
struct EmptyFiles;

impl FileAccess for EmptyFiles {
    fn check(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    fn read(&self, file: &Path, _: u64) -> std::io::Result<Vec<u8>> {
        let keys: &[&str] = match file.to_str() {
            Some("/etc/zdns/one.tsig") => &["one"],
            Some("/etc/zdns/keys/two.tsig") => &["two", "three"],
            _ => &[],
        };
        let clauses = keys.iter().map(|name| {
            format!("key \"{name}\" {{ algorithm hmac-sha384; secret \"c2VjcmV0\"; }};\n")
        });
        Ok(clauses.collect::<String>().into_bytes())
    }

    fn is_open_to_others(&self, file: &Path) -> bool {
        file.ends_with("two.tsig")
    }

    fn list(&self, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
        let files = ["Kexample.+013+00001.key", "two.tsig"];
        Ok(files.map(|file| folder.join(file)).to_vec())
    }
}

fn read(text: &str) -> Result<Config, String> {
    let read = Config::from_text_with(text, "/etc/zdns/zdns.toml".as_ref(), &EmptyFiles);
    read.map_err(|faults| faults.to_string().replace("/etc/zdns/zdns.toml:", ""))
}

/// All that can be said.
const FULL: &str = r#"
version = 1
keys = "keys"

[server]
listen = ["127.0.0.1:5301", "[::1]:5301"]
tls = { listen = ["127.0.0.1:8853"], certificate = "cert.pem", private-key = "/etc/key.pem" }
state = "state"
identity = "node-7"
version = "zdns"
log-level = "debug"
udp-size = 4096
full-any = true
tcp-idle = "1m30s"
tcp-connections = 10
tcp-connections-per-client = 5
transfers-out = 3
transfers-in = 4
notifies = 5
forwards = 7
slow-requests = 6

[[key]]
name = "mesh"
secret = "c2VjcmV0"

[[key]]
name = "updates.mesh."
algorithm = "hmac-sha512-256"
secret = "c2Vj cmV0"

[[key]]
file = "one.tsig"

[hints]
port = "radio"
baud = 57600
region = "EU868"
frequency-hz = 869_525_000
spreading-factor = 10
bandwidth-khz = 62.5
coding-rate = 8
node = "7f3a8b2c"
network = "6d657368"
key = "mesh"
key-epoch = 3
old-key = "one"
old-key-epoch = 2
accept-unsealed = true
apex = "sovereign."
zones = ["sovereign.", "example."]
announce-copies = true
urgency = 2
update-control = { refresh-jitter-max = "1m", coalesce-window = "250ms", backoff-multiplier = 1.1, storm-threshold = 20 }

[acl]
mesh = ["10.0.0.0/8", "::ffff:192.168.0.0/112", { prefix = "fd00::/8", key = "mesh" }]
most = [{ prefix = "10.1.0.0/16", deny = true }, "mesh"]

[template.default]
allow-transfer = ["mesh"]
notify = [{ address = "10.42.0.2:53", key = "mesh." }]

[template.open]
allow-transfer = ["any"]

[[zone]]
name = "sovereign."
file = "zones/sovereign.zone"
sign = { keys = "keys", denial = "nsec3", opt-out = true, lifetime = "30d", zonemd = true, policy = { algorithm = "ecdsap384sha384", single-key = false, zsk-lifetime = "60d", ksk-method = "double-ds", parents = [{ address = "10.42.0.1:53", key = "mesh" }], parent-check = "10m" } }
serial = "date"
max-journal = 1_000_000

[[zone.allow-update]]
key = "updates.mesh"
may = ["create", "delete"]
scope = "self"
types = ["A", "TYPE65344", { type = "AAAA", most = 4 }]

[[zone.allow-update]]
sig0 = "*.sovereign."
scope = "self"

[[zone]]
name = "example."
template = "open"
primaries = [
    { address = "10.42.0.3:853", tls = { name = "ns1.example", authorities = "ca.pem" } },
    { address = "10.42.0.4:853", tls = { pins = ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="] } },
    { address = "10.42.0.5:853", key = "mesh", tls = { opportunistic = true } },
]
allow-notify = ["most"]
forward-updates = [{ key = "mesh" }]

[[zone]]
name = "catalog.invalid."
catalog = "produce"

[[zone]]
name = "member."
file = "member.zone"
listed-in = ["catalog.invalid.", { catalog = "old.invalid.", group = "signed", next-catalog = "catalog.invalid." }]

[[zone]]
name = "old.invalid."
catalog = "produce"

[[zone]]
name = "theirs.invalid."
template = "open"
catalog = "consume"
primaries = [{ address = "10.42.0.3:53" }]
max-members = 100
members = { template = "open", min-retry = 5 }

[zone.groups.signed]
primaries = [{ address = "10.42.0.4:53", key = "mesh" }]
"#;

#[test]
fn templates_and_lists_are_spelled_out() {
    let config = read(FULL).unwrap();
    let [sovereign, example, catalog, member, _, theirs] = &config.zones[..] else {
        panic!("{:?}", config.zones);
    };
    assert_eq!(
        sovereign.file.as_deref(),
        Some(Path::new("/etc/zdns/zones/sovereign.zone"))
    );
    assert_eq!(sovereign.allow_transfer.rules().len(), 3);
    assert_eq!(sovereign.notify.len(), 1);
    assert_eq!(sovereign.allow_update[0].types.len(), 3);
    // A template that is named stands in alone.
    assert_eq!(example.notify, []);
    assert_eq!(example.allow_transfer.rules(), [Rule::default()]);
    assert_eq!(example.allow_notify.as_ref().unwrap().rules().len(), 4);
    assert_eq!(example.forward_updates.rules().len(), 1);
    assert_eq!(catalog.notify.len(), 1);
    let [listing, old] = &member.listed_in.0[..] else {
        panic!("{:?}", member.listed_in);
    };
    assert_eq!(listing.catalog, catalog.name);
    assert_eq!(old.next_catalog, Some(catalog.name));
    assert_eq!(old.group.as_deref(), Some("signed"));
    // Members have templates as zones do.
    let name = NameBuf::from_text("a.example.").unwrap();
    let plain = theirs.members.as_ref().unwrap().zone(name, theirs);
    assert_eq!(plain.allow_transfer.rules(), [Rule::default()]);
    assert_eq!(plain.primaries, theirs.primaries);
    assert_eq!((plain.name, plain.min_retry.as_secs()), (name, 5));
    let signed = theirs.groups["signed"].zone(name, theirs);
    assert_eq!(signed.allow_transfer.rules().len(), 3);
    assert_ne!(signed.primaries, theirs.primaries);
    assert_eq!(config.server.tcp_idle.as_secs(), 90);
    assert_eq!(config.keys[0].algorithm, MacAlgorithm::HmacSha256);
    assert_eq!(config.keys[1].secret.as_bytes(), b"secret");
    let names: Vec<String> = config.all_keys().map(|key| key.name.to_string()).collect();
    assert_eq!(names, ["mesh.", "updates.mesh.", "one.", "two.", "three."]);
    assert_eq!(config.keys[2].algorithm, MacAlgorithm::HmacSha384);
    assert_eq!(config.keys[2].secret.as_bytes(), b"secret");
}

#[test]
fn what_is_written_reads_as_the_same() {
    for text in [FULL, "version = 1"] {
        let config = read(text).unwrap();
        let written = config.to_toml(Secrets::Shown);
        assert_eq!(read(&written).as_ref(), Ok(&config), "{written}");
        assert_eq!(read(&written).unwrap().to_toml(Secrets::Shown), written);
    }
}

#[test]
fn secrets_are_not_told_by_themselves() {
    let config = read(FULL).unwrap();
    let told = [
        format!("{config:?}"),
        config.to_toml(Secrets::Hidden),
        config.to_json(Secrets::Hidden),
    ];
    for told in told {
        assert!(!told.contains("c2VjcmV0"), "{told}");
        assert!(!told.contains("115, 101, 99"), "{told}");
    }
    assert!(config.to_json(Secrets::Shown).contains("c2VjcmV0"));
}

#[test]
fn secrets_that_others_may_read_are_told() {
    let file = "/etc/zdns/keys/two.tsig";
    let expected =
        format!("others may read {file}, which has a secret; forbid it: chmod 600 {file}");
    assert_eq!(read(FULL).unwrap().warnings, [expected]);
    assert!(read("version = 1").unwrap().warnings.is_empty());
}

#[test]
fn every_setting_is_tried_above() {
    let config = read(FULL).unwrap();
    let written: toml::Table = config.to_toml(Secrets::Shown).parse().unwrap();
    let server = written["server"].as_table().unwrap();
    for key in Server::KEYS {
        let default = Server::default().write_table();
        assert_ne!(server.get(*key), default.get(*key), "{key}");
    }
    for key in Zone::KEYS.iter().filter(|key| **key != "template") {
        let zones = written["zone"].as_array().unwrap();
        assert!(zones.iter().any(|zone| zone.get(key).is_some()), "{key}");
    }
}

/// A text, and the one fault of it.
const FAULTS: &[(&str, &str)] = &[
    ("", "1:1: error: the file must say version = 1\n"),
    ("version = 2", "1:11: error: the only known version is 1\n"),
    (
        "version = 1\nzones = []",
        "2:1: error: unknown key 'zones'; did you mean 'zone'?\n",
    ),
    (
        "version = 1\nserver = 1",
        "2:10: error: expected a table, found an integer\n",
    ),
    (
        "version = 1\n[server]\nlisten = [\n  \"127.0.0.1\"]",
        "4:3: error: the port is missing; write \"127.0.0.1:53\"\n",
    ),
    (
        "version = 1\n[server]\nlisten = []",
        "3:10: error: the server has no address; name one, as [\"127.0.0.1:5300\"], or leave it out\n",
    ),
    (
        "version = 1\n[server]\nlog-level = \"inof\"",
        "3:13: error: 'inof' has no meaning here; did you mean 'info'?\n",
    ),
    (
        "version = 1\n[server]\nudp-size = 100",
        "3:12: error: udp-size is 100, but must be from 512 to 4096\n",
    ),
    (
        "version = 1\n[server]\nudp-size = 70000",
        "3:12: error: 70000 is more than the most, 65535\n",
    ),
    (
        "version = 1\n[server]\ntcp-idle = \"soon\"",
        "3:12: error: 'soon' is no time, as 90 or \"1h30m\": expected a time to live\n",
    ),
    (
        "version = 1\n[zone]\nname = \"a\"",
        "2:1: error: write [[zone]] with two brackets, for there may be several\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a..b\"\nfile = \"a.zone\"",
        "3:8: error: 'a..b' is no domain name: empty label in a name\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"",
        "2:1: error: a. comes from nowhere; add file = \"…\" or primaries = [{ address = \"…\" }]\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\nforward-updates = [\"any\"]",
        "5:19: error: a. is made here, and there is no primary to forward updates to; allow-update says who may \
         change it\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\n[[zone]]\nname = \"A.\"\nfile = \"b.zone\"",
        "6:8: error: a second zone is named A.; there is one of a name\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\nallow-transfer = [{ key = \"mesh\" }]",
        "5:27: error: no key is named mesh.; add it as [[key]]\n",
    ),
    (
        "version = 1\n[[key]]\nname = \"mesh\"\nsecret = \"AAAA\"\n[acl]\nall = [{ key = \"mash\" }]",
        "6:16: error: no key is named mash.; did you mean 'mesh.'?\n",
    ),
    (
        "version = 1\n[acl]\nall = [\"10.1.0.0/8\"]",
        "3:8: error: '10.1.0.0/8' has bits behind its length; write 10.0.0.0/8, \
         or 10.1.0.0 for this address alone\n",
    ),
    (
        "version = 1\n[acl]\nall = [\"10.1.0.0/33\"]",
        "3:8: error: the length of '10.1.0.0/33' must be from 0 to 32\n",
    ),
    (
        "version = 1\n[acl]\nall = [{}]",
        "3:8: error: a rule names a prefix, a key or both; \"any\" is the rule for everybody\n",
    ),
    (
        "version = 1\n[acl]\nfriends = [\"any\"]\nall = [\"freinds\"]",
        "4:8: error: no access list is named 'freinds'; did you mean 'friends'?\n",
    ),
    (
        "version = 1\n[[key]]\nname = \"mesh\"\nsecret = \"AAA\"",
        "4:10: error: the secret is no base64: base64 is cut off\n",
    ),
    (
        "version = 1\n[server]\nstate = \"s\"\n[[zone]]\nname = \"a\"\n\
         primaries = [{ address = \"10.0.0.1:53\", tls = {} }]",
        "6:47: error: TLS takes one of three: name and authorities, or pins, or opportunistic = true\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\n\
         allow-update = [{ prefix = \"10.0.0.0/8\", scope = \"self\" }]",
        "5:50: error: this scope is the name of the key; add key = \"…\", any-key = true or sig0 = \"…\"\n\
         1:1: error: a. has to be kept across restarts; add state = \"…\", a folder, to [server]\n",
    ),
    (
        "version = 1\n[[key]]\nname = \"k\"",
        "2:1: error: the key has no secret; add secret = \"…\" or file = \"…\"\n",
    ),
    (
        "version = 1\n[[key]]\nfile = \"one.tsig\"\nsecret = \"AAAA\"",
        "4:10: error: the file of the key tells its secret; leave it out here\n",
    ),
    (
        "version = 1\n[[key]]\nname = \"two\"\nfile = \"one.tsig\"",
        "4:8: error: /etc/zdns/one.tsig has no key named two.\n",
    ),
    (
        "version = 1\n[[key]]\nfile = \"keys/two.tsig\"",
        "3:8: error: /etc/zdns/keys/two.tsig has several keys; say which by name = \"…\"\n",
    ),
    (
        "version = 1\n[[key]]\nfile = \"none.tsig\"",
        "3:8: error: /etc/zdns/none.tsig: a key is missing\n",
    ),
    (
        "version = 1\nkeys = \"keys\"\n[[key]]\nname = \"two\"\nsecret = \"AAAA\"",
        "2:8: error: a second key is named two.; each name stands for one\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\ntemplate = \"mesh\"\nfile = \"a.zone\"\n[template.mash]",
        "4:12: error: no template is named 'mesh'; did you mean 'mash'?\n",
    ),
    (
        "version = 1\n[template.mash]\nfile = \"a.zone\"",
        "3:1: error: unknown key 'file'\n",
    ),
    (
        "version = 1\n[server]\nlog-level = \"info\"\n[[zone]]\nname = \"a\"\n\
         primaries = [{ address = \"10.0.0.1:53\" }]",
        "2:1: error: a. has to be kept across restarts; add state = \"…\", a folder, to [server]\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\nlisted-in = \"cat.\"",
        "5:13: error: no zone cat. has catalog = \"produce\"\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\n\
         listed-in = \"cad.\"\n[[zone]]\nname = \"cat\"\ncatalog = \"produce\"",
        "6:13: error: no zone cad. has catalog = \"produce\"; did you mean 'cat.'?\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"produce\"\nfile = \"a.zone\"",
        "6:8: error: cat. is made here of the zones that are listed in it; leave file out\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"produce\"\nlisted-in = []",
        "6:13: error: a catalog is listed in no other; leave listed-in out\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"consumer\"\nfile = \"a\"",
        "5:11: error: 'consumer' has no meaning here; did you mean 'consume'?\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"consume\"\n\
         primaries = [{ address = \"10.0.0.1:53\" }]",
        "3:1: error: how are the zones served that cat. lists? add members = { … }, for example members = \
         { template = \"…\" }; without primaries they come from those of the catalog\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"consume\"\nfile = \"a\"\nmembers = {}",
        "7:11: error: cat. is no copy itself, so its members need primaries = [{ address = \"…\" }]\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[template.t]\nsign = { keys = \"k\" }\n[[zone]]\nname = \"cat\"\n\
         catalog = \"consume\"\nprimaries = [{ address = \"10.0.0.1:53\" }]\nmembers = { template = \"t\" }",
        "9:11: error: zones that a catalog lists are copies, for which sign is not; use another template\n",
    ),
    (
        "version = 1\nserver.state = \"s\"\n[[zone]]\nname = \"cat\"\ncatalog = \"consume\"\n\
         primaries = [{ address = \"10.0.0.1:53\" }]\nmembers = { file = \"t\" }",
        "7:13: error: unknown key 'file'\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\nmembers = {}",
        "5:11: error: members is for zones with catalog = \"consume\"\n",
    ),
    (
        "version = 1\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"\nmax-journal = 1000",
        "5:15: error: max-journal is 1000, but must be from 65536 to 1099511627776\n",
    ),
    (
        "version = 1\n[hints]\nnode = \"7F3A8B2C\"",
        "2:1: error: hints need port = \"/dev/ttyUSB0\"\n",
    ),
    (
        "version = 1\n[hints]\nport = \"tcp:7000\"\nnode = \"7F3A8B2C\"",
        "3:8: error: an address behind 'tcp:' is like 127.0.0.1:7000 or [::1]:7000\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A\"",
        "4:8: error: 2 octets, but a node is told by the first 4 of its id, or all 32\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nregion = \"mars\"",
        "5:10: error: no region is named 'mars'; known are EU868, EU868-M, EU868-L, EU433, US915, AU915, AS923, \
         IN865\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nregion = \"EU868\"\nfrequency-hz = 868300000",
        "6:16: error: the channel at 868300000 Hz of 125 kHz is not within EU868, which is from 869400000 to \
         869650000 Hz\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nbandwidth-khz = 100",
        "5:17: error: bandwidths in kHz are 7.8, 10.4, 15.6, 20.8, 31.25, 41.7, 62.5, 125, 250, 500\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nbandwidth-khz = 125\nregion = \"US915\"",
        "5:17: error: too narrow for US915, where a radio that stays on its channel needs 500 kHz\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nspreading-factor = 13",
        "5:20: error: a spreading factor is from 5 to 12\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nupdate-control = 1",
        "5:18: error: expected a table, found an integer\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\n[hints.update-control]\ndedup-window = \"0s\"\nstorm-threshold = 0",
        "6:16: error: 0 would turn the limit off; write a time above it\n\
         7:19: error: 0 is no threshold, from 1 to 1000\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\n[hints.update-control]\nstorm-threshold = 96",
        "6:19: error: storm-threshold is 96, but 96 updates are remembered; it must be less\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\n[hints.update-control]\nmax-backoff = \"10s\"",
        "6:15: error: the first wait is 30 s, longer than max-backoff, the longest\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\n[hints.update-control]\nrefresh-jitter-max = \"2h\"",
        "6:22: error: a refresh would come too late; at most 1h\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nbaud = 100",
        "5:8: error: no port has 100 baud; 115200 is usual\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nnetwork = \"mesh\"",
        "5:11: error: no id of a network: character 1 is no hexadecimal digit\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nkey = \"mesh\"\n[[key]]\nname = \"mesh\"\nsecret = \"AAAA\"",
        "2:1: error: the numbers of sealed hints have to be kept across restarts; add state = \"…\", a folder, to \
         [server]\n",
    ),
    (
        "version = 1\n[hints]\nport = \"p\"\nnode = \"7F3A8B2C\"\nzones = [\"b\"]\n[[zone]]\nname = \"a\"\nfile = \"a.zone\"",
        "2:1: error: hints are to be about b., but no zone is named so; did you mean 'a.'?\n",
    ),
    (
        "version = 1\n[server",
        "2:8: error: unclosed table, expected `]`\n",
    ),
];

#[test]
fn faults_name_place_and_remedy() {
    for (text, expected) in FAULTS {
        assert_eq!(read(text).unwrap_err(), *expected, "{text}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = "version = 1\n[server]\nudp-sise = 1\nlog-level = 3\n[[zone]]\n";
    let faults = read(text).unwrap_err();
    assert_eq!(faults.lines().count(), 4, "{faults}");
}

#[test]
fn files_that_are_not_there_are_faults() {
    let text = "version = 1\n[[zone]]\nname = \"a\"\nfile = \"none.zone\"";
    let faults = Config::from_text(text, "/nowhere/zdns.toml".as_ref()).unwrap_err();
    let told = faults.to_string();
    assert!(
        told.starts_with(
            "/nowhere/zdns.toml:4:8: error: cannot read /nowhere/none.zone: No such file"
        ),
        "{told}"
    );
}

fn allows(access: &str, address: &str, key: Option<&str>) -> bool {
    let text = format!(
        "version = 1\n[[key]]\nname = \"k\"\nsecret = \"AAAA\"\n[[key]]\nname = \"other\"\nsecret = \"AAAA\"\n\
         [[zone]]\nname = \"a\"\nfile = \"a.zone\"\nallow-transfer = {access}"
    );
    let config = read(&text).unwrap();
    let key = key.map(|key| NameBuf::from_text(key).unwrap());
    config.zones[0].allow_transfer.allows(Asker {
        address: address.parse::<IpAddr>().unwrap(),
        key: key.as_ref().map(NameBuf::as_name),
    })
}

#[test]
fn the_first_rule_that_is_met_decides() {
    assert!(!allows("[]", "10.0.0.1", Some("k.")));
    assert!(allows("[\"any\"]", "10.0.0.1", None));
    assert!(allows("[{ key = \"k\" }]", "10.0.0.1", Some("K.")));
    assert!(!allows("[{ key = \"k\" }]", "10.0.0.1", Some("other.")));
    assert!(!allows("[{ key = \"k\" }]", "10.0.0.1", None));
    let both = "[{ key = \"k\", prefix = \"10.0.0.0/8\" }]";
    assert!(allows(both, "10.0.0.1", Some("k.")));
    assert!(!allows(both, "11.0.0.1", Some("k.")));
    assert!(!allows(both, "10.0.0.1", None));
    let but = "[{ prefix = \"10.0.0.1\", deny = true }, \"10.0.0.0/8\"]";
    assert!(!allows(but, "10.0.0.1", None));
    assert!(allows(but, "10.0.0.2", None));
    assert!(!allows(but, "::ffff:10.0.0.1", None));
    assert!(allows("[\"::ffff:10.0.0.0/104\"]", "10.9.9.9", None));
    assert!(!allows("[\"0.0.0.0/0\"]", "::1", None));
    assert!(allows("[\"::/0\"]", "::1", None));
    assert!(!allows("[\"::/0\"]", "127.0.0.1", None));
}

//! `zdns key` as a person meets it.

#[path = "peers/harness.rs"]
mod harness;

use harness::output_or_skip;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn zdns(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zdns"))
        .current_dir(folder)
        .arg("key")
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

/// What it prints when all goes well.
fn printed(folder: &Path, line: &str) -> String {
    let output = zdns(folder, line);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), told.as_str()),
        (Some(0), ""),
        "{line}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What it tells when it does not, and its status.
fn refused(folder: &Path, line: &str) -> (Option<i32>, String) {
    let output = zdns(folder, line);
    assert!(output.stdout.is_empty(), "{line}");
    let told = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), told)
}

#[test]
fn a_key_is_made_listed_and_pointed_to() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let stem = printed(folder, "generate --zone Mesh.example");
    let stem = stem.trim();
    assert!(stem.starts_with("Kmesh.example.+015+"), "{stem}");
    let private = folder.join(format!("{stem}.private"));
    let mode = fs::metadata(&private).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let tag: u16 = stem.rsplit('+').next().unwrap().parse().unwrap();
    let list = printed(folder, "list");
    assert_eq!(list, format!("Mesh.example. CSK ED25519 {tag} active\n"));

    let file = format!("{stem}.key");
    let ds = printed(folder, &format!("ds {file}"));
    let heads: Vec<_> = ds
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap().0)
        .collect();
    let head = |digest| format!("Mesh.example. IN DS {tag} 15 {digest}");
    assert_eq!(heads, [head(2), head(4)]);
    assert_eq!(printed(folder, "ds ."), ds);
    assert_eq!(
        printed(folder, &format!("ds --digest 2 {file}"))
            .lines()
            .count(),
        1
    );

    let json = printed(folder, "list --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["tag"], tag);
    assert_eq!(
        (&json[0]["role"], &json[0]["private"]),
        (&"CSK".into(), &true.into())
    );
    let json = printed(folder, &format!("ds --json {file}"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[1]["digest_type"], 4);
}

#[test]
fn roles_sizes_and_times_are_as_asked_for() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    printed(
        folder,
        "generate --zone a.example --zsk -a rsasha256 -b 3072 --ttl 600 \
         --publish 20300101000000 --activate 20300102000000 --inactive 20300201000000",
    );
    assert!(printed(folder, "list").ends_with(" hidden Publish 20300101000000\n"));
    let json = printed(folder, "generate --zone b.example --ksk -a mldsa44 --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["role"], &json["algorithm"]),
        (&"KSK".into(), &18.into())
    );
    let list = printed(folder, "list --json");
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (&list[0]["bits"], &list[0]["role"]),
        (&3072.into(), &"ZSK".into())
    );

    // A zone-signing key has no DS, unless it is asked for.
    let zsk = list[0]["file"].as_str().unwrap();
    let (status, told) = refused(folder, &format!("ds {zsk}.key"));
    assert_eq!(status, Some(65));
    assert!(told.contains("--all"), "{told}");
    let ds = printed(folder, &format!("ds --all {zsk}.key"));
    assert!(ds.starts_with("a.example. 600 IN DS "), "{ds}");
}

#[test]
fn keys_travel_through_each_format() {
    let folder = TempDir::new().unwrap();
    let [home, other] = ["home", "other"].map(|name| folder.path().join(name));
    fs::create_dir(&home).unwrap();
    fs::create_dir(&other).unwrap();
    for algorithm in [
        "ed25519",
        "ecdsap256sha256",
        "ecdsap384sha384",
        "rsasha256",
        "mldsa44",
    ] {
        let line = format!("generate --zone mesh.example --ksk -a {algorithm}");
        let stem = printed(&home, &line).trim().to_owned();
        let pem = printed(&home, &format!("export {stem} -f pem"));
        fs::write(other.join("key.pem"), pem).unwrap();
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(other.join("key.pem"), mode).unwrap();
        let taken = printed(&other, "import key.pem --zone mesh.example --ksk");
        assert_eq!(taken.trim(), stem);
        let dnskey = printed(&home, &format!("export {stem} -f dnskey"));
        assert_eq!(dnskey, printed(&other, &format!("export {stem} -f dnskey")));
        let (status, told) = refused(&other, "import key.pem --zone mesh.example --ksk");
        assert_eq!(status, Some(65));
        assert!(told.contains("there is such a key already"), "{told}");
    }
    let third = folder.path().join("third");
    fs::create_dir(&third).unwrap();
    let list = printed(&home, "list --json");
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let stem = list[0]["file"].as_str().unwrap();
    let file = home.join(format!("{stem}.private"));
    assert_eq!(
        printed(&third, &format!("import {}", file.display())).trim(),
        stem
    );
    let bind = printed(&third, &format!("export {stem}"));
    assert_eq!(bind, fs::read_to_string(file).unwrap());

    let clause = printed(&home, "generate --tsig Mesh-Transfer -a hmac-sha512");
    fs::write(other.join("clause"), clause.clone()).unwrap();
    fs::set_permissions(other.join("clause"), fs::Permissions::from_mode(0o644)).unwrap();
    let output = zdns(&other, "import clause");
    assert_eq!(output.stdout, b"mesh-transfer.\n");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("permissions 0644"), "{told}");
    assert_eq!(printed(&other, "export mesh-transfer"), clause);
    let dig = printed(&other, "export mesh-transfer -f dig");
    fs::write(third.join("line"), dig).unwrap();
    fs::set_permissions(third.join("line"), fs::Permissions::from_mode(0o600)).unwrap();
    printed(&third, "import line");
    let knot = printed(&third, "export mesh-transfer -f knot");
    assert!(knot.starts_with("key:\n  - id: mesh-transfer\n    algorithm: hmac-sha512\n"));
    assert!(printed(&third, "list mesh-transfer").ends_with("TSIG hmac-sha512\n"));
}

#[test]
fn what_is_wrong_is_told_with_its_status() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    for (line, status, told) in [
        ("generate", 2, "--zone"),
        ("generate --zone a --ksk --zsk", 2, "--zsk"),
        ("generate --tsig a --ksk", 2, "--ksk"),
        ("generate --zone a --publish soon", 2, "YYYYMMDDHHmmSS"),
        ("generate --zone a -a rot13", 65, "no DNSSEC algorithm"),
        ("generate --zone a -a ed448", 65, "ED448"),
        ("generate --zone a -b 256", 65, "only RSA"),
        (
            "generate --tsig a -a hmac-rot13",
            65,
            "no algorithm of TSIG",
        ),
        ("list -K none", 71, "none: No such file"),
        ("ds none", 71, "none: No such file"),
        ("ds --digest 1 none", 2, "digest 2 or 4"),
        ("import none", 71, "none: No such file"),
        (
            "export none",
            65,
            "this key (see 'zdns key list') is missing",
        ),
    ] {
        let (code, text) = refused(folder, line);
        assert_eq!(code, Some(status), "{line}: {text}");
        assert!(text.contains(told), "{line}: {text}");
    }
    fs::write(folder.join("bad"), "\nkey a {\n secret \"U0VDUkVU*\"; };").unwrap();
    let (status, told) = refused(folder, "import bad");
    assert_eq!(
        (status, told.as_str()),
        (Some(65), "zdns: bad:3: expected base64\n")
    );
    fs::write(folder.join("zone"), "$ORIGIN a.\n$TTL 5\n@ A 192.0.2.x\n").unwrap();
    let (status, told) = refused(folder, "ds zone");
    assert_eq!(status, Some(65));
    assert!(
        told.starts_with("zdns: zone:3: expected an IPv4 address"),
        "{told}"
    );
}

#[test]
fn a_key_is_replaced_in_two_runs() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let old = "generate --zone mesh.example --publish 20250101000000 --activate 20250101000000";
    let old = printed(folder, old);
    let old = old.trim();
    let output = zdns(
        folder,
        "rollover --zone mesh.example --kind csk --dnskey-ttl 600",
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("zdns key rollover --zone mesh.example. --ds-seen"),
        "{told}"
    );
    let plan = String::from_utf8(output.stdout).unwrap();
    let new = plan.split_whitespace().next().unwrap();
    let events = |plan: &str, stem: &str| {
        let lines = plan.lines().filter_map(|line| line.strip_prefix(stem));
        let events = lines.map(|line| line.split_whitespace().next().unwrap().to_owned());
        events.collect::<Vec<_>>()
    };
    assert_eq!(events(&plan, new), ["Publish", "Activate", "SyncPublish"]);
    assert_eq!(events(&plan, old), ["Inactive", "SyncDelete"]);
    let (status, told) = refused(folder, "rollover --zone mesh.example --kind csk");
    assert_eq!(status, Some(65));
    assert!(told.contains("going on"), "{told}");

    let json = printed(folder, "rollover --zone mesh.example --ds-seen --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["file"], new);
    assert!(json[0]["times"]["DSPublish"].is_number());
    assert!(json[1]["times"]["Delete"].is_number());
    let (status, told) = refused(folder, "rollover --zone mesh.example --ds-seen");
    assert_eq!(status, Some(65));
    assert!(told.contains("waits for the parent is missing"), "{told}");
    for line in [
        "rollover --zone mesh.example",
        "rollover --zone mesh.example --kind zsk --ds-seen",
        "rollover --zone mesh.example --ds-seen yesterday",
    ] {
        assert_eq!(refused(folder, line).0, Some(2), "{line}");
    }
}

/// The signed zone of the examples: its DS is what BIND's tool makes of it.
#[test]
fn the_ds_of_a_zone_file_is_that_of_bind() {
    let zone = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/zones/signed-nsec.zone");
    let folder = TempDir::new().unwrap();
    let zone = zone.to_str().unwrap();
    let ours = printed(folder.path(), &format!("ds --digest 2 {zone}"));
    let mut bind = Command::new("dnssec-dsfromkey");
    let Some(bind) = output_or_skip(bind.args(["-2", "-f", zone, "nsec.example"])) else {
        return;
    };
    let theirs = String::from_utf8(bind.stdout).unwrap();
    let without_ttl = |text: &str| text.replace(" 300 ", " ").replace(" 3600 ", " ");
    assert!(!theirs.is_empty());
    assert_eq!(without_ttl(&ours), without_ttl(&theirs));
}

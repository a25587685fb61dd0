//! `zdns zone sign|verify|digest` as a user meets them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ZONE: &str = "$ORIGIN example.
$TTL 300
@ SOA ns1 admin 2026010101 3600 900 604800 200
@ NS ns1
ns1 A 10.42.0.1
www CNAME ns1
sub NS ns.sub
ns.sub A 10.42.0.2
";

fn zdns(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zdns"));
    command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// A folder with the zone and a key that does everything.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.zone"), ZONE).unwrap();
    let line = [
        "key",
        "generate",
        "--zone",
        "example.",
        "--directory",
        "keys",
    ];
    fs::create_dir(folder.path().join("keys")).unwrap();
    let made = zdns(&line, folder.path());
    assert!(made.status.success(), "{}", text(&made.stderr));
    folder
}

#[track_caller]
fn expect(folder: &Path, line: &str, status: i32) -> (String, String) {
    let arguments: Vec<_> = line.split_whitespace().collect();
    let output = zdns(&arguments, folder);
    let (out, told) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{line}: {told}");
    (out, told)
}

#[test]
fn a_zone_is_signed_verified_and_digested() {
    let folder = folder();
    let folder = folder.path();
    for options in [
        "",
        "--nsec3",
        "--nsec3 --opt-out --salt aabb --iterations 1",
        "--zonemd",
        "--zonemd sha512 --zonemd sha384 --serial date",
        "--expire 1d --inception-offset 2h --jitter 6h --dnskey-ttl 10m",
    ] {
        let line = format!("zone sign example.zone --keys keys --output signed {options}");
        let (out, told) = expect(folder, &line, 0);
        assert!(
            out.is_empty() && told.contains("signed with ED25519/"),
            "{told}"
        );
        let (_, told) = expect(folder, "zone verify signed", 0);
        assert!(
            told.contains("ok: ") && told.contains(" 0 faults"),
            "{told}"
        );
        let (out, _) = expect(folder, "zone digest signed", 0);
        let parts: Vec<_> = out.split_whitespace().collect();
        assert_eq!((parts[0], parts[1], parts.len()), ("example.", "ZONEMD", 6));
        assert_eq!(parts[5].len(), 96);
    }
    // To the standard output too, and again from what was signed before.
    let (out, _) = expect(folder, "zone sign signed --keys keys", 0);
    assert!(out.contains(" IN RRSIG SOA 15 1 "), "{out}");
}

#[test]
fn what_is_wrong_is_told_with_owner_type_and_reason() {
    let folder = folder();
    let folder = folder.path();
    expect(
        folder,
        "zone sign example.zone --keys keys --output signed --zonemd",
        0,
    );
    let signed = fs::read_to_string(folder.join("signed")).unwrap();
    let changed = signed.replace("10.42.0.1", "10.42.0.3");
    fs::write(folder.join("changed"), changed).unwrap();
    let (_, told) = expect(folder, "zone verify changed", 1);
    let wanted = "changed: ns1.example. A: the signature does not match the records\n";
    assert!(told.contains(wanted), "{told}");
    let wanted = "changed: example. ZONEMD: the ZONEMD digest is that of another zone\n";
    assert!(told.contains(wanted), "{told}");
    let (out, _) = expect(folder, "zone verify changed --json", 1);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json[0]["faults"][0]["owner"], "ns1.example.");
    assert_eq!(json[0]["faults"][0]["type"], "A");
    let (_, told) = expect(folder, "zone digest changed", 65);
    assert!(told.contains("digest is that of another zone"), "{told}");
    let (_, told) = expect(folder, "zone verify signed --time 3000000000", 1);
    assert!(told.contains("the signature has expired"), "{told}");
    let (_, told) = expect(folder, "zone verify example.zone", 1);
    assert!(
        told.contains("example. DNSKEY: the zone has no keys"),
        "{told}"
    );
}

#[test]
fn keys_that_are_missing_and_wishes_that_cannot_be_are_refused() {
    let folder = folder();
    let folder = folder.path();
    let (_, told) = expect(folder, "zone sign example.zone --keys nowhere", 65);
    assert!(told.contains("nowhere"), "{told}");
    fs::create_dir(folder.join("empty")).unwrap();
    let (_, told) = expect(folder, "zone sign example.zone --keys empty", 65);
    assert!(told.contains("zdns key generate"), "{told}");
    expect(folder, "zone sign missing.zone --keys keys", 1);
    expect(folder, "zone sign example.zone --keys keys --opt-out", 2);
    expect(
        folder,
        "zone sign example.zone --keys keys --nsec3 --salt abc",
        2,
    );
    expect(
        folder,
        "zone sign example.zone --keys keys --expire soon",
        2,
    );
    let line = "zone sign example.zone --keys keys --nsec3 --iterations 501";
    expect(folder, line, 65);
    let (_, told) = expect(
        folder,
        "zone sign example.zone --keys keys -o no/such/folder",
        71,
    );
    assert!(told.contains("no/such/folder"), "{told}");
}

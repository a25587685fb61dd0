//! `zdns config check` as a user meets it.

use std::process::{Command, Output};

fn check(arguments: &[&str], text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zdns.toml");
    std::fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_zdns"))
        .args(["config", "check"])
        .args(arguments)
        .arg(&file)
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

const GOOD: &str = "version = 1\n[[key]]\nname = \"mesh\"\nsecret = \"c2VjcmV0\"\n";

#[test]
fn what_is_printed_passes_too() {
    let printed = check(&["--show-secrets"], GOOD);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let again = check(&["--show-secrets"], &text(&printed.stdout));
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), text(&printed.stdout));
}

#[test]
fn secrets_are_printed_only_when_asked_for() {
    for (arguments, shown) in [
        (&[][..], false),
        (&["--json"], false),
        (&["--json", "--show-secrets"], true),
    ] {
        let printed = text(&check(arguments, GOOD).stdout);
        assert_eq!(printed.contains("c2VjcmV0"), shown, "{printed}");
        assert!(printed.contains("udp-size"), "{printed}");
    }
    let json = check(&["--json"], GOOD).stdout;
    let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(read["server"]["udp-size"], 1232);
    assert_eq!(check(&["--quiet"], GOOD).stdout, b"");
}

#[test]
fn faults_are_told_with_their_place_and_status_65() {
    let refused = check(
        &[],
        "version = 1\n[server]\nlisten = [\"127.0.0.1\"]\nidentiy = \"x\"\n",
    );
    assert_eq!(refused.status.code(), Some(65));
    assert_eq!(refused.stdout, b"");
    let told = text(&refused.stderr);
    assert!(
        told.contains("zdns.toml:3:11: error: the port is missing; write \"127.0.0.1:53\"\n"),
        "{told}"
    );
    assert!(
        told.contains("zdns.toml:4:1: error: unknown key 'identiy'; did you mean 'identity'?\n"),
        "{told}"
    );
}

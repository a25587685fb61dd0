//! Each program runs and prints what it should.

use std::process::Command;

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_private_record_is_used_like_any_other() {
    let printed = output(env!("CARGO_BIN_EXE_private-record"), &[]);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "roof.farm.example.: celsius every 30 s",
            "well.farm.example.: litres every 60 s",
            "roof.farm.example.\t300\tIN\tSENSOR\t30 \"celsius\" 2001:db8::1",
            "well.farm.example.\t300\tIN\tSENSOR\t60 \"litres\" 2001:db8::2",
        ]
    );
}

#[test]
fn a_zone_is_scanned_record_by_record() {
    let zone = concat!(env!("CARGO_MANIFEST_DIR"), "/zones/sovereign.zone");
    let printed = output(env!("CARGO_BIN_EXE_scan-zone"), &[zone]);
    assert!(printed.starts_with("sovereign.\t"), "{printed}");
    assert!(printed.lines().all(|line| line.split('\t').count() == 5));
}

#[test]
fn a_message_is_built_and_printed() {
    let printed = output(env!("CARGO_BIN_EXE_build-response"), &[]);
    assert!(printed.contains(";; ANSWER SECTION:"), "{printed}");
    let printed = output(env!("CARGO_BIN_EXE_print-message"), &[]);
    assert!(printed.contains(";; ->>HEADER<<-"), "{printed}");
}

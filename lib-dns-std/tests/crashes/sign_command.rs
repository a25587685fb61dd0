//! Kills of `zdns zone sign`, from file to file.

use crate::dice::Dice;
use crate::kills;
use crate::signing::{long_text, make_keys, moment, unix_time};
use lib_dns_core::dnssec::KeyRole;
use lib_dns_std::keyring::SystemVerifier;
use lib_dns_std::signing::verify_zone;
use lib_dns_std::zone::Loader;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

fn sign(folder: &Path, time: u64) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .args([
            "zone",
            "sign",
            "example.zone",
            "--keys",
            "keys",
            "--output",
            "signed.zone",
        ])
        .args(["--time", &time.to_string()])
        .current_dir(folder)
        .stderr(Stdio::null())
        .spawn();
    child.unwrap()
}

#[test]
fn a_signed_file_is_the_old_one_or_the_new_one() {
    let mut dice = Dice(0x4034);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.zone"), long_text()).unwrap();
    make_keys(&folder.path().join("keys"), &[KeyRole::Csk]);
    let file = folder.path().join("signed.zone");
    // Each run has a time of its own, so that each makes another file.
    let now = unix_time();
    let begun = Instant::now();
    assert!(sign(folder.path(), now).wait().unwrap().success());
    let span = begun.elapsed();
    let mut old = fs::read(&file).unwrap();
    let mut renewed = 0;
    for kill in 0..kills() {
        let mut child = sign(folder.path(), now + 1 + kill as u64);
        thread::sleep(moment(&mut dice, span));
        child.kill().unwrap();
        child.wait().unwrap();
        let there = fs::read(&file).unwrap();
        if there == old {
            continue;
        }
        renewed += 1;
        let loaded = Loader::new().load_text(&file, &*there);
        let zone = loaded
            .unwrap_or_else(|findings| panic!("kill {kill}: {findings}"))
            .zone;
        let report = verify_zone(&zone, &SystemVerifier::default(), now);
        assert!(
            report.is_good(),
            "kill {kill}: {:?}",
            report.faults().next()
        );
        assert_eq!(there.len(), old.len(), "kill {kill}");
        old = there;
    }
    println!(
        "{} kills, {renewed} of them after the new file was there",
        kills()
    );
}

//! Disks that are full, and files that are not whole.

use crate::client::{Client, zone_of};
use crate::server::Server;
use crate::updates::PRIMARY;
use crate::zone::{SERIAL, names_after, text, update};
use lib_dns_core::code_points::Rcode;
use std::fs;

#[test]
fn a_full_disk_refuses_and_corrupts_nothing() {
    let mut server = Server::new(&[("example.zone", &text())], PRIMARY);
    // Files may not grow beyond 4 MiB (a block is half a KiB), and the program is told so by an error.
    server.start_with("trap '' XFSZ; ulimit -f 8192");
    let mut client = Client::connect(server.address).unwrap();
    let mut done = 0;
    let refused = loop {
        match client.ask(&update(0, done, 60_000)).unwrap() {
            Rcode::NOERROR => done += 1,
            other => break other,
        }
        assert!(done < 5_000, "the disk is never full");
    };
    assert_eq!(refused, Rcode::SERVFAIL);
    assert!(
        server.log().contains("the zone stays as it was"),
        "{}",
        server.log()
    );
    // What is served is what was acknowledged.
    let expected = (SERIAL + done, names_after(0, done));
    assert_eq!(zone_of(server.address), expected);
    server.kill();
    server.verify_journal();
    // With room again, it goes on from there.
    server.start();
    assert_eq!(zone_of(server.address), expected);
    let mut client = Client::connect(server.address).unwrap();
    assert_eq!(
        client.ask(&update(0, done, 60_000)).unwrap(),
        Rcode::NOERROR
    );
    assert_eq!(zone_of(server.address).0, SERIAL + done + 1);
    println!("{done} changes until the disk was full");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_at_the_start() {
    let mut server = Server::new(&[("example.zone", &text())], "");
    // Not even root makes a folder there.
    server.configure_with_state("/proc/zdns-state", PRIMARY);
    let status = server.try_start("");
    assert!(matches!(status, Err(code) if code != 0), "{}", server.log());
    assert!(
        server.log().contains("/proc/zdns-state"),
        "{}",
        server.log()
    );
}

#[test]
fn half_a_journal_is_whole_or_refused() {
    let mut server = Server::new(&[("example.zone", &text())], PRIMARY);
    server.start();
    let mut client = Client::connect(server.address).unwrap();
    for number in 0..5 {
        assert_eq!(client.ask(&update(0, number, 10)).unwrap(), Rcode::NOERROR);
    }
    server.kill();
    let expected = (SERIAL + 5, names_after(0, 5));
    let journal = journal_file(&server);
    let whole = fs::read(&journal).unwrap();
    let mut refused = 0;
    for eighths in 1..8 {
        let half = &whole[..whole.len() * eighths / 8];
        fs::write(&journal, half).unwrap();
        match server.try_start("") {
            // What was cut off held nothing.
            Ok(()) => assert_eq!(zone_of(server.address), expected, "{eighths}/8"),
            Err(status) => {
                assert_ne!(status, 0, "{eighths}/8:\n{}", server.log());
                let file = journal.file_name().unwrap().to_string_lossy();
                assert!(
                    server.log().contains(&*file),
                    "{eighths}/8:\n{}",
                    server.log()
                );
                // It is there for whoever mends it.
                assert_eq!(fs::read(&journal).unwrap().len(), half.len(), "{eighths}/8");
                refused += 1;
            }
        }
        server.kill();
    }
    assert!(refused > 0);
    fs::write(&journal, &whole).unwrap();
    server.start();
    assert_eq!(zone_of(server.address), expected);
}

fn journal_file(server: &Server) -> std::path::PathBuf {
    let files = fs::read_dir(server.state()).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    files
        .find(|file| file.extension().is_some_and(|ending| ending == "redb"))
        .unwrap()
}

//! What is there after a server ended, one way or another.

use crate::harness::free_port;
use crate::server::{Server, primary, run, secondary};
use crate::zone::{content, content_at, serial_at, text, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use lib_dns_core::name::NameBuf;
use lib_dns_std::journal::Journal;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

fn ports<const N: usize>() -> [SocketAddr; N] {
    [(); N].map(|()| free_port().unwrap())
}

#[test]
fn a_copy_is_served_at_once_until_it_expires() {
    let [above, below, again, late] = ports();
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(above, &files, &primary(&[below]));
    let copy = Server::ours(below, &[], &secondary(above, &[]));
    wait_for_serial(below, 1, || copy.log());
    top.write("mesh.zone", &text(2));
    top.hang_up();
    wait_for_serial(below, 2, || copy.log());
    copy.wait_for_log("IXFR of mesh.example.");
    top.kill();
    copy.kill();

    // The primary is gone, and so is the process that had the copy.
    let copy = copy.ours_after(again, &secondary(above, &[]));
    wait_for_serial(again, 2, || copy.log());
    assert_eq!(content_at(again), content(2));
    copy.kill();

    // The zone says that a copy lives for a day.
    let days_ago = seconds_now() - 2 * 86_400;
    let name = NameBuf::from_text(ZONE).unwrap();
    let journal = Journal::open(copy.home().join("state")).unwrap();
    journal.confirm(&name.as_name(), days_ago).unwrap();
    drop(journal);
    let copy = copy.ours_after(late, &secondary(above, &[]));
    copy.wait_for_log("mesh.example. has expired");
    assert_eq!(serial_at(late), None);
}

/// In how many seconds the copy at a server expires, as dig tells it; `None` without dig.
#[track_caller]
fn expiry_at(address: SocketAddr) -> Option<u64> {
    let port = address.port().to_string();
    let key = format!("hmac-sha256:{KEY}:{SECRET}");
    let arguments = [
        "@127.0.0.1",
        "-p",
        &port,
        "-y",
        &key,
        ZONE,
        "SOA",
        "+expire",
    ];
    let told = run("dig", &arguments, "")?;
    let (_, seconds) = told
        .split_once("EXPIRE: ")
        .unwrap_or_else(|| panic!("{told}"));
    let seconds: String = seconds.chars().take_while(char::is_ascii_digit).collect();
    Some(seconds.parse().unwrap())
}

#[test]
fn a_copy_of_an_old_copy_is_as_old() {
    let [above, below, again, last] = ports();
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(above, &files, &primary(&[]));
    let copy = Server::ours(below, &[], &secondary(above, &[]));
    wait_for_serial(below, 1, || copy.log());
    let Some(expiry) = expiry_at(above) else {
        return;
    };
    assert_eq!(expiry, 86_400);
    top.kill();
    copy.kill();
    let hours_ago = seconds_now() - 10_000;
    let name = NameBuf::from_text(ZONE).unwrap();
    let journal = Journal::open(copy.home().join("state")).unwrap();
    journal.confirm(&name.as_name(), hours_ago).unwrap();
    drop(journal);
    let copy = copy.ours_after(again, &secondary(above, &[]));
    wait_for_serial(again, 1, || copy.log());
    // Who fetches it from there has it for no longer (RFC 7314).
    let second = Server::ours(last, &[], &secondary(again, &[]));
    wait_for_serial(last, 1, || second.log());
    for address in [again, last] {
        let expiry = expiry_at(address).unwrap();
        assert!((1..=76_400).contains(&expiry), "{expiry}");
    }
}

fn seconds_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

#[test]
fn history_outlives_the_server() {
    let [above, below, again] = ports();
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(above, &files, &primary(&[below]));
    let copy = Server::ours(below, &[], &secondary(above, &[]));
    wait_for_serial(below, 1, || copy.log());
    copy.kill();
    top.write("mesh.zone", &text(2));
    top.hang_up();
    wait_for_serial(above, 2, || top.log());
    top.kill();
    // The copy's server comes back, with another one as its primary that has the history of the first.
    let top = top.ours_after(again, &primary(&[]));
    wait_for_serial(again, 2, || top.log());
    let [last] = ports();
    let copy = copy.ours_after(last, &secondary(again, &[]));
    wait_for_serial(last, 2, || format!("{}\n--\n{}", top.log(), copy.log()));
    assert_eq!(content_at(last), content(2));
    top.wait_for_log("sent: Incremental");
    copy.wait_for_log("IXFR of mesh.example.");
}

#[test]
fn a_file_that_changed_without_a_new_serial_is_refused() {
    let [first, second] = ports();
    let files = [("mesh.zone", &*text(1))];
    let server = Server::ours(first, &files, &primary(&[]));
    wait_for_serial(first, 1, || server.log());
    server.write("mesh.zone", &text(2));
    server.hang_up();
    wait_for_serial(first, 2, || server.log());
    server.write("mesh.zone", &text(3).replace("admin 3 ", "admin 2 "));
    server.hang_up();
    server.wait_for_log("mesh.example. stays as it was");
    assert_eq!(content_at(first), content(2));
    server.kill();
    // After a restart it is no better: nothing says which of the two is meant.
    let told = server.refused_after(second, &primary(&[]));
    assert!(told.contains("mesh.example."), "{told}");
    assert!(told.contains("serial"), "{told}");
}

//! What is there after a server ended, one way or another.

use crate::ZONE;
use crate::harness::free_port;
use crate::server::{Server, primary, secondary};
use crate::zone::{content, content_at, serial_at, text, wait_for_serial};
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
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let days_ago = now.as_secs() - 2 * 86_400;
    let name = NameBuf::from_text(ZONE).unwrap();
    let journal = Journal::open(copy.home().join("state")).unwrap();
    journal.confirm(&name.as_name(), days_ago).unwrap();
    drop(journal);
    let copy = copy.ours_after(late, &secondary(above, &[]));
    copy.wait_for_log("mesh.example. has expired");
    assert_eq!(serial_at(late), None);
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

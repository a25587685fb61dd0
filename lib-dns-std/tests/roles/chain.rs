//! Ours after ours after ours.

use crate::harness::free_port;
use crate::server::{Server, primary, secondary};
use crate::zone::{content, content_at, text, wait_for_serial};

#[test]
fn a_change_runs_down_a_chain() {
    let addresses = [(); 3].map(|()| free_port().unwrap());
    let [first, second, third] = addresses;
    // From the end: each finds nothing at first, and hears of it when the one above has it.
    let last = Server::ours(third, &[], &secondary(second, &[]));
    let middle = Server::ours(second, &[], &secondary(first, &[third]));
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(first, &files, &primary(&[second]));
    let logs = || format!("{}\n--\n{}\n--\n{}", top.log(), middle.log(), last.log());
    for serial in [1, 2, 5] {
        if serial > 1 {
            top.write("mesh.zone", &text(serial));
            top.hang_up();
        }
        for address in addresses {
            wait_for_serial(address, serial, logs);
            assert_eq!(content_at(address), content(serial), "{address}");
        }
    }
}

#[test]
fn zones_come_and_go_with_the_configuration() {
    let addresses = [(); 2].map(|()| free_port().unwrap());
    let [first, second] = addresses;
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(first, &files, "");
    let below = Server::ours(second, &[], &secondary(first, &[]));
    let logs = || format!("{}\n--\n{}", top.log(), below.log());
    assert_eq!(crate::zone::serial_at(first), None);
    top.configure(&primary(&[second]));
    top.hang_up();
    wait_for_serial(second, 1, logs);

    // What is wrong changes nothing.
    top.write("mesh.zone", "what?");
    top.hang_up();
    top.wait_for_log("everything stays as it was");
    assert_eq!(crate::zone::serial_at(first), Some(1));
    top.write("mesh.zone", &text(2));
    top.configure(&primary(&[second]).replace("allow-transfer", "allow-transfers"));
    top.hang_up();
    top.wait_for_log("unknown key 'allow-transfers'; did you mean 'allow-transfer'?");
    assert_eq!(crate::zone::serial_at(first), Some(1));

    top.configure(&primary(&[second]));
    top.hang_up();
    wait_for_serial(second, 2, logs);
    below.configure("");
    below.hang_up();
    below.wait_for_log("no longer serving mesh.example.");
    assert_eq!(crate::zone::serial_at(second), None);
}

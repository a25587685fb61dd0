//! Dynamic updates by the clients of others, and how they travel.

use crate::harness::free_port;
use crate::server::{Server, primary, run, secondary};
use crate::zone::{content_at, text, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;

/// The primary's configuration, with updates by the key below one name and to its own.
fn updatable(notified: &[SocketAddr]) -> String {
    primary(notified)
        + &format!(
            "[[zone.allow-update]]\nkey = \"{KEY}\"\nname = \"free.{ZONE}\"\n\n\
             [[zone.allow-update]]\nkey = \"{KEY}\"\nscope = \"name\"\nname = \"host1.{ZONE}\"\n\
             types = [\"A\"]\nmay = [\"update\"]\n"
        )
}

/// What the client says of a script; `None` if it is missing, which CI does not let pass.
fn send(program: &str, address: SocketAddr, secret: &str, script: &str) -> Option<String> {
    let script = format!(
        "server 127.0.0.1 {}\nzone {ZONE}\n{script}\nsend\nanswer\n",
        address.port()
    );
    let key = format!("hmac-sha256:{KEY}:{secret}");
    run(program, &["-y", &key], &script)
}

fn updates_by(program: &str) {
    let [above, below, again] = [(); 3].map(|()| free_port().unwrap());
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(above, &files, &updatable(&[below]));
    let copy = Server::ours(below, &[], &secondary(above, &[]));
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    wait_for_serial(below, 1, logs);

    let script =
        format!("update add a.free.{ZONE} 60 A 192.0.2.1\nupdate add a.free.{ZONE} 60 TXT \"x\"");
    let Some(said) = send(program, above, SECRET, &script) else {
        return;
    };
    assert!(said.contains("NOERROR"), "{said}\n{}", logs());
    wait_for_serial(below, 2, logs);
    assert_eq!(content_at(below), content_at(above));
    let owner = format!("a.free.{ZONE} 60 A [c0, 00, 02, 01]");
    assert!(content_at(below).contains(&owner));

    // What is not granted changes nothing, and neither does what else stands in the message.
    for (secret, script, rcode) in [
        (
            SECRET,
            format!("update add b.{ZONE} 60 A 192.0.2.1"),
            "REFUSED",
        ),
        (
            SECRET,
            format!("update add b.free.{ZONE} 60 A 192.0.2.1\nupdate delete host1.{ZONE} A"),
            "REFUSED",
        ),
        (
            SECRET,
            format!("prereq nxdomain a.free.{ZONE}\nupdate delete a.free.{ZONE}"),
            "YXDOMAIN",
        ),
        ("AAAA", format!("update delete a.free.{ZONE}"), "BADSIG"),
    ] {
        let said = send(program, above, secret, &script).unwrap();
        assert!(said.contains(rcode), "{script}: {said}");
    }
    // A copy is not the place for updates.
    let said = send(program, below, SECRET, &script).unwrap();
    assert!(said.contains("REFUSED"), "{said}");
    assert!(content_at(above).contains(&owner));

    // What was acknowledged is there after the worst.
    let script =
        format!("update delete a.free.{ZONE} TXT\nupdate add c.free.{ZONE} 60 AAAA fd00::1");
    let said = send(program, above, SECRET, &script).unwrap();
    assert!(said.contains("NOERROR"), "{said}");
    top.kill();
    let before = content_at(below);
    let top = top.ours_after(again, &updatable(&[]));
    wait_for_serial(again, 3, || top.log());
    let after = content_at(again);
    assert!(after.iter().any(|line| line.starts_with("c.free.")));
    assert!(after.contains(&owner));
    assert!(before == after || before.contains(&owner));
}

#[test]
fn updates_by_nsupdate() {
    updates_by("nsupdate");
}

#[test]
fn updates_by_knsupdate() {
    updates_by("knsupdate");
}

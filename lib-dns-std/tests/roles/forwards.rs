//! Updates that are sent to a copy, and passed on to its primary.

use crate::harness::{Program, free_port};
use crate::server::{Server, primary, run, secondary};
use crate::zone::{content_at, text, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;

/// A key that the primary has, and its copies do not.
const OTHER_KEY: &str = "only-above.";

/// What nsupdate says of a script; `None` if it is missing, which CI does not let pass.
fn send(address: SocketAddr, key: &str, options: &[&str], script: &str) -> Option<String> {
    let script = format!(
        "server 127.0.0.1 {}\nzone {ZONE}\n{script}\nsend\nanswer\n",
        address.port()
    );
    let key = format!("hmac-sha256:{key}");
    let options = [options, &["-y", &key]].concat();
    run("nsupdate", &options, &script)
}

/// Our primary, which both keys may change.
fn updatable(notified: &[SocketAddr]) -> String {
    primary(notified)
        + &format!(
            "[[zone.allow-update]]\nkey = \"{KEY}\"\n\n[[zone.allow-update]]\nkey = \"{OTHER_KEY}\"\n\n\
             [[key]]\nname = \"{OTHER_KEY}\"\nsecret = \"{SECRET}\"\n"
        )
}

/// A copy that passes on what comes from here.
fn forwarding(of: SocketAddr, notified: &[SocketAddr]) -> String {
    secondary(of, notified) + "forward-updates = [\"127.0.0.1\"]\n"
}

fn owners_at(address: SocketAddr) -> Vec<String> {
    let content = content_at(address);
    let owners = content.iter().filter_map(|line| line.split(' ').next());
    owners.map(str::to_owned).collect()
}

#[test]
fn updates_go_up_a_chain_and_come_down_again() {
    let addresses = [(); 3].map(|()| free_port().unwrap());
    let [first, second, third] = addresses;
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(first, &files, &updatable(&[second]));
    let middle = Server::ours(second, &[], &forwarding(first, &[third]));
    let last = Server::ours(third, &[], &forwarding(second, &[]));
    let logs = || format!("{}\n--\n{}\n--\n{}", top.log(), middle.log(), last.log());
    wait_for_serial(third, 1, logs);
    let known = format!("{KEY}:{SECRET}");
    let unknown = format!("{OTHER_KEY}:{SECRET}");
    for (serial, key, options) in [
        (2, &known, &[][..]),
        (3, &known, &["-v"]),
        (4, &unknown, &[]),
        (5, &unknown, &["-v"]),
    ] {
        let script = format!("update add new{serial}.{ZONE} 60 A 192.0.2.1");
        let Some(said) = send(third, key, options, &script) else {
            return;
        };
        assert!(said.contains("NOERROR"), "{said}\n{}", logs());
        for address in addresses {
            wait_for_serial(address, serial, logs);
            let owner = format!("new{serial}.{ZONE}");
            assert!(owners_at(address).contains(&owner), "{address}: {}", logs());
        }
    }
    let passed_on = format!("UPDATE of {ZONE} from 127.0.0.1");
    assert!(middle.log().contains(&passed_on), "{}", logs());
    assert!(
        last.log().contains(&format!("passed on to {second}")),
        "{}",
        logs()
    );

    // What the primary says comes back as it is; a signature that is wrong here goes no further.
    let exists = format!("prereq nxdomain new2.{ZONE}\nupdate delete new2.{ZONE}");
    let said = send(third, &known, &[], &exists).unwrap();
    assert!(said.contains("YXDOMAIN"), "{said}\n{}", logs());
    let wrong = format!("{KEY}:AAAA");
    let said = send(third, &wrong, &[], &exists).unwrap();
    assert!(said.contains("BADSIG"), "{said}\n{}", logs());
    let nobody = "nobody.:AAAA";
    let said = send(third, nobody, &[], &exists).unwrap();
    assert!(said.contains("BADKEY"), "{said}\n{}", logs());
    // Not its own words: it has no key of that name either, but did not say so.
    assert!(!last.log().contains("UnknownKey"), "{}", logs());
    assert!(top.log().contains("UnknownKey"), "{}", logs());
    assert!(owners_at(first).contains(&format!("new2.{ZONE}")));
}

#[test]
fn updates_go_to_the_primary_that_answers() {
    let [nobody, above, below, strict] = [(); 4].map(|()| free_port().unwrap());
    let files = [("mesh.zone", &*text(1))];
    let top = Server::ours(above, &files, &updatable(&[]));
    let both = forwarding(nobody, &[]).replace(
        "primaries = [",
        &format!("primaries = [{{ address = \"{nobody}\" }}, {{ address = \"{above}\", key = \"{KEY}\" }}, "),
    );
    let copy = Server::ours(below, &[], &both);
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    wait_for_serial(below, 1, logs);
    let key = format!("{KEY}:{SECRET}");
    let script = format!("update add new.{ZONE} 60 A 192.0.2.1");
    let Some(said) = send(below, &key, &[], &script) else {
        return;
    };
    assert!(said.contains("NOERROR"), "{said}\n{}", logs());
    wait_for_serial(above, 2, logs);

    // With nobody who answers, the one in between says so, under the key that it has itself.
    top.kill();
    let said = send(below, &key, &[], &script).unwrap();
    assert!(said.contains("SERVFAIL"), "{said}\n{}", logs());

    // Who is not on the list is refused, key or not.
    let listed = secondary(nobody, &[]) + "forward-updates = [{ key = \"mesh-transfer.\" }]\n";
    let strict_copy = Server::ours(strict, &[], &listed);
    let unknown = format!("{OTHER_KEY}:{SECRET}");
    let said = send(strict, &unknown, &[], &script).unwrap();
    assert!(said.contains("BADKEY"), "{said}\n{}", strict_copy.log());
    let said = send(strict, &key, &[], &script).unwrap();
    assert!(said.contains("SERVFAIL"), "{said}\n{}", strict_copy.log());
}

#[test]
fn updates_go_in_no_circle() {
    let [nobody, one, other] = [(); 3].map(|()| free_port().unwrap());
    let among = |copy: SocketAddr| {
        forwarding(nobody, &[]).replace(
            "primaries = [",
            &format!("primaries = [{{ address = \"{copy}\" }}, "),
        )
    };
    let (first, second) = (
        Server::ours(one, &[], &among(other)),
        Server::ours(other, &[], &among(one)),
    );
    let logs = || format!("{}\n--\n{}", first.log(), second.log());
    let script = format!("update add new.{ZONE} 60 A 192.0.2.1");
    let Some(said) = send(one, &format!("{KEY}:{SECRET}"), &[], &script) else {
        return;
    };
    assert!(said.contains("SERVFAIL"), "{said}\n{}", logs());
    assert!(first.log().contains("it is under way"), "{}", logs());
    let passed_on = second.log().matches("passed on to").count();
    assert_eq!(passed_on, 1, "{}", logs());
}

#[test]
fn updates_go_on_to_bind() {
    let [theirs, ours] = [(); 2].map(|()| free_port().unwrap());
    let program = Program::Named;
    let keys = [
        (KEY, "hmac-sha256", SECRET),
        (OTHER_KEY, "hmac-sha256", SECRET),
    ];
    let options = format!("notify explicit; allow-transfer {{ key \"{KEY}\"; }};");
    let configuration = program.head(&options)
        + &program.keys(keys)
        + &format!(
            r#"zone "{ZONE}" {{ type primary; file "HOME/mesh.zone"; ixfr-from-differences yes;
    allow-update {{ key "{KEY}"; key "{OTHER_KEY}"; }};
    also-notify {{ 127.0.0.1 port {} key "{KEY}"; }}; }};"#,
            ours.port()
        );
    let files = [("mesh.zone", &*text(1))];
    let Some(above) = Server::other(program, theirs, &files, &configuration) else {
        return;
    };
    let below = Server::ours(ours, &[], &forwarding(theirs, &[]));
    let logs = || format!("{}\n--\n{}", above.log(), below.log());
    wait_for_serial(ours, 1, logs);
    for (serial, key) in [(2, KEY), (3, OTHER_KEY)] {
        let script = format!("update add new{serial}.{ZONE} 60 A 192.0.2.1");
        let key = format!("{key}:{SECRET}");
        let Some(said) = send(ours, &key, &[], &script) else {
            return;
        };
        assert!(said.contains("NOERROR"), "{said}\n{}", logs());
        wait_for_serial(ours, serial, logs);
        assert!(owners_at(ours).contains(&format!("new{serial}.{ZONE}")));
    }
}

//! Who may not is told so, and gets nothing.

use crate::harness::free_port;
use crate::server::{Server, primary, run, secondary};
use crate::zone::{serial_at, text};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;

/// What a program says that is asked to ask.
fn output(program: &str, address: SocketAddr, arguments: &[&str]) -> Option<String> {
    let port = address.port().to_string();
    let at = ["@127.0.0.1", "-p", &port];
    run(program, &[&at, arguments].concat(), "")
}

#[test]
fn transfers_need_the_right_key() {
    let address = free_port().unwrap();
    let files = [("mesh.zone", &*text(7))];
    let server = Server::ours(address, &files, &primary(&[]));
    let key = format!("hmac-sha256:{KEY}:{SECRET}");
    let other_secret = format!("hmac-sha256:{KEY}:AAAA");
    let other_name = format!("hmac-sha256:other.:{SECRET}");
    let other_algorithm = format!("hmac-sha512:{KEY}:{SECRET}");
    let cases: &[(&[&str], &[&str])] = &[
        (&[ZONE, "AXFR", "-y", &key], &["XFR size: 53 records"]),
        (&[ZONE, "AXFR"], &["Transfer failed"]),
        (&[ZONE, "AXFR", "-y", &other_secret], &["BADSIG"]),
        (&[ZONE, "AXFR", "-y", &other_name], &["BADKEY"]),
        (&[ZONE, "AXFR", "-y", &other_algorithm], &["BADKEY"]),
        // Data is for all, but a signature that does not verify is told to be none.
        (&[ZONE, "SOA"], &["NOERROR", "\t7 3600"]),
        (
            &[ZONE, "SOA", "-y", &key],
            &["NOERROR", "TSIG", "NOERROR 0"],
        ),
        (&[ZONE, "SOA", "-y", &other_secret], &["NOTAUTH", "BADSIG"]),
        (&["other.example", "AXFR", "-y", &key], &["Transfer failed"]),
        (&[ZONE, "IXFR=7", "+notcp", "-y", &key], &["\t7 3600"]),
    ];
    for (arguments, says) in cases {
        let Some(said) = output("dig", address, arguments) else {
            return;
        };
        let said = said.replace(" 7 3600", "\t7 3600");
        for words in *says {
            assert!(
                said.contains(words),
                "{arguments:?}: {said}\n{}",
                server.log()
            );
        }
    }
    // The reason stands in the answer.
    let refused = output("dig", address, &[ZONE, "IXFR=1", "+notcp", "+comments"]).unwrap();
    assert!(refused.contains("REFUSED"), "{refused}");
}

#[test]
fn notifications_of_strangers_are_refused() {
    let [nobody, address] = [(); 2].map(|()| free_port().unwrap());
    let configuration = secondary(nobody, &[]) + "allow-notify = [\"192.0.2.1\"]\n";
    let server = Server::ours(address, &[], &configuration);
    let notify = ["+opcode=notify", "+noedns", ZONE, "SOA"];
    let Some(said) = output("dig", address, &notify) else {
        return;
    };
    assert!(said.contains("REFUSED"), "{said}\n{}", server.log());
    let said = output(
        "dig",
        address,
        &["+opcode=notify", "nothing.example", "SOA"],
    )
    .unwrap();
    assert!(said.contains("NOTAUTH"), "{said}");
}

#[test]
fn a_zone_that_has_not_come_yet_is_an_error_with_a_reason() {
    let [nobody, address] = [(); 2].map(|()| free_port().unwrap());
    let server = Server::ours(address, &[], &secondary(nobody, &[]));
    assert_eq!(serial_at(address), None);
    let Some(said) = output("dig", address, &["www.mesh.example", "A"]) else {
        return;
    };
    assert!(said.contains("SERVFAIL"), "{said}\n{}", server.log());
    assert!(said.contains("EDE: 14 (Not Ready)"), "{said}");
    // Others are not ours at all.
    let said = output("dig", address, &["example", "A"]).unwrap();
    assert!(said.contains("REFUSED"), "{said}");
}

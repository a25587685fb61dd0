//! Zones that are signed where they are made, and stay so.

use crate::harness::free_port;
use crate::server::{Server, primary, run, secondary};
use crate::zone::{content_at, serial_at, text, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;
use std::process::Command;

/// Has `dnssec-verify` look through what a server hands out; `false` if it is missing, which CI does not let
/// pass.
#[track_caller]
fn verify(address: SocketAddr) -> bool {
    let key = format!("hmac-sha256:{KEY}:{SECRET}");
    let port = address.port().to_string();
    let asked = [
        "@127.0.0.1",
        "-p",
        &port,
        "-y",
        &key,
        ZONE,
        "AXFR",
        "+onesoa",
        "+nocomments",
        "+nocmd",
        "+nostats",
    ];
    let Some(zone) = run("dig", &asked, "") else {
        return false;
    };
    let zone: String = zone
        .lines()
        .filter(|line| !line.contains("\tTSIG\t") && !line.starts_with(';'))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let Some(said) = run("dnssec-verify", &["-z", "-o", ZONE, "/dev/stdin"], &zone) else {
        return false;
    };
    assert!(said.contains("Zone fully signed"), "{said}");
    true
}

#[test]
fn a_zone_is_signed_and_stays_signed() {
    let [above, below, again] = [(); 3].map(|()| free_port().unwrap());
    for denial in ["nsec", "nsec3"] {
        let keys = tempfile::tempdir().unwrap();
        let generated = Command::new(env!("CARGO_BIN_EXE_zdns"))
            .args(["key", "generate", "--zone", ZONE, "--directory"])
            .arg(keys.path())
            .output()
            .unwrap();
        assert!(generated.status.success(), "{generated:?}");
        let signed = |notified: &[SocketAddr]| {
            let folder = keys.path().display();
            primary(notified)
                + &format!(
                    "sign = {{ keys = \"{folder}\", denial = \"{denial}\" }}\n\
                     [[zone.allow-update]]\nkey = \"{KEY}\"\n"
                )
        };
        let files = [("mesh.zone", &*text(1))];
        let top = Server::ours(above, &files, &signed(&[below]));
        let copy = Server::ours(below, &[], &secondary(above, &[]));
        let logs = || format!("{}\n--\n{}", top.log(), copy.log());
        // The file's version, and one more with signatures.
        wait_for_serial(below, 2, logs);
        if !verify(below) {
            return;
        }

        let key = format!("hmac-sha256:{KEY}:{SECRET}");
        let script = format!(
            "server 127.0.0.1 {}\nzone {ZONE}\nupdate add new.{ZONE} 60 A 192.0.2.1\n\
             update delete host3.{ZONE}\nsend\nanswer\n",
            above.port()
        );
        let Some(said) = run("nsupdate", &["-y", &key], &script) else {
            return;
        };
        assert!(said.contains("NOERROR"), "{said}\n{}", logs());
        wait_for_serial(below, 3, logs);
        verify(below);
        copy.wait_for_log("IXFR of mesh.example.");

        // The file is edited; its serial lags behind, for it knows nothing of signatures.
        top.write("mesh.zone", &text(2));
        top.hang_up();
        wait_for_serial(below, 4, logs);
        verify(below);
        assert!(
            content_at(below)
                .iter()
                .any(|line| line.starts_with("host41."))
        );

        // After the worst, all is as it was.
        top.kill();
        let before = content_at(below);
        let top = top.ours_after(again, &signed(&[]));
        wait_for_serial(again, 4, || top.log());
        assert_eq!(content_at(again), before);
        verify(again);
        assert_eq!(serial_at(again), Some(4));
    }
}

#[test]
fn without_a_key_nothing_is_served() {
    let [first, second] = [(); 2].map(|()| free_port().unwrap());
    let keys = tempfile::tempdir().unwrap();
    let files = [("mesh.zone", &*text(1))];
    let server = Server::ours(first, &files, "");
    let configuration =
        primary(&[]) + &format!("sign = {{ keys = \"{}\" }}\n", keys.path().display());
    let told = server.refused_after(second, &configuration);
    assert!(told.contains("no key in"), "{told}");
    assert!(
        told.contains("zdns key generate --zone mesh.example."),
        "{told}"
    );
}

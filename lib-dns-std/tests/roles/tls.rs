//! Transfers that nobody can read (RFC 9103).

use crate::harness::{Program, free_port};
use crate::server::{Server, primary, secondary};
use crate::zone::{content, content_at, text, wait_for_content, wait_for_serial};
use crate::{KEY, SECRET, ZONE};
use std::net::SocketAddr;

/// The name in the certificates.
const NAME: &str = "ns1.mesh.example";

/// A certificate that is its own authority, and its key.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn listening(address: SocketAddr) -> String {
    format!(
        "[server.tls]\nlisten = [\"{address}\"]\ncertificate = \"cert.pem\"\nprivate-key = \"key.pem\"\n\n"
    )
}

/// As a secondary over TLS; what is asked for it must be at the other address.
fn over_tls(of: SocketAddr, tls: &str) -> String {
    secondary(of, &[]).replace(
        &format!("address = \"{of}\", "),
        &format!("address = \"{of}\", tls = {tls}, "),
    )
}

#[test]
fn ours_to_ours_over_tls() {
    let [plain, encrypted, below, wrong] = [(); 4].map(|()| free_port().unwrap());
    let ((cert, key), (other, _)) = (certificate(), certificate());
    let files = [
        ("mesh.zone", &*text(1)),
        ("cert.pem", &*cert),
        ("key.pem", &*key),
    ];
    let configuration = listening(encrypted) + &primary(&[below]);
    let top = Server::ours(plain, &files, &configuration);
    let strict = format!("{{ name = \"{NAME}\", authorities = \"ca.pem\" }}");
    let trusting = over_tls(encrypted, &strict) + "allow-notify = [\"127.0.0.1\"]\n";
    let copy = Server::ours(below, &[("ca.pem", &*cert)], &trusting);
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for serial in [1, 2] {
        if serial > 1 {
            top.write("mesh.zone", &text(serial));
            top.hang_up();
        }
        wait_for_serial(below, serial, logs);
        assert_eq!(content_at(below), content(serial));
    }
    assert!(top.log().contains("over TLS sent"), "{}", top.log());

    // Who trusts another authority takes nothing.
    let copy = Server::ours(wrong, &[("ca.pem", &*other)], &trusting);
    copy.wait_for_log("no TLS with it");
    assert_eq!(crate::zone::serial_at(wrong), None);
}

#[test]
fn ours_to_ours_over_tls_that_proves_nothing() {
    let [plain, encrypted, below] = [(); 3].map(|()| free_port().unwrap());
    let (cert, key) = certificate();
    let files = [
        ("mesh.zone", &*text(1)),
        ("cert.pem", &*cert),
        ("key.pem", &*key),
    ];
    let top = Server::ours(plain, &files, &(listening(encrypted) + &primary(&[below])));
    // The TSIG key proves it.
    let configuration = over_tls(encrypted, "{ opportunistic = true }");
    let copy = Server::ours(below, &[], &configuration);
    wait_for_serial(below, 1, || format!("{}\n--\n{}", top.log(), copy.log()));
    assert_eq!(content_at(below), content(1));
}

/// The head of NSD's configurations.
fn nsd(tls: &str) -> String {
    let program = Program::Nsd;
    program.head(tls) + &program.keys([(KEY, "hmac-sha256", SECRET)])
}

#[test]
fn ours_to_nsd_over_tls() {
    let [plain, encrypted, below] = [(); 3].map(|()| free_port().unwrap());
    let (cert, key) = certificate();
    let files = [
        ("mesh.zone", &*text(1)),
        ("cert.pem", &*cert),
        ("key.pem", &*key),
    ];
    let top = Server::ours(plain, &files, &(listening(encrypted) + &primary(&[below])));
    let port = encrypted.port();
    let configuration = nsd("    tls-cert-bundle: \"HOME/ca.pem\"")
        + &format!(
            r#"tls-auth:
    name: ours
    auth-domain-name: "{NAME}"
zone:
    name: "{ZONE}"
    zonefile: "mesh.zone"
    request-xfr: AXFR 127.0.0.1@{port} {KEY} ours
    allow-notify: 127.0.0.1 {KEY}
    provide-xfr: 127.0.0.1 {KEY}
"#
        );
    let files = [("ca.pem", &*cert)];
    let Some(copy) = Server::other(Program::Nsd, below, &files, &configuration) else {
        return;
    };
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for serial in [1, 2] {
        if serial > 1 {
            top.write("mesh.zone", &text(serial));
            top.hang_up();
        }
        wait_for_content(below, serial, logs);
    }
    assert!(top.log().contains("over TLS sent"), "{}", logs());
}

#[test]
fn nsd_to_ours_over_tls() {
    let [above, encrypted, below] = [(); 3].map(|()| free_port().unwrap());
    let (cert, key) = certificate();
    let files = [
        ("mesh.zone", &*text(1)),
        ("cert.pem", &*cert),
        ("key.pem", &*key),
    ];
    let port = encrypted.port();
    let tls = format!(
        "    ip-address: 127.0.0.1@{port}\n    tls-port: {port}\n    \
         tls-service-key: \"HOME/key.pem\"\n    tls-service-pem: \"HOME/cert.pem\""
    );
    let configuration = nsd(&tls)
        + &format!(
            "zone:\n    name: \"{ZONE}\"\n    zonefile: \"mesh.zone\"\n    provide-xfr: 127.0.0.1 {KEY}\n    \
             notify: 127.0.0.1@{} {KEY}\n",
            below.port()
        );
    let Some(top) = Server::other(Program::Nsd, above, &files, &configuration) else {
        return;
    };
    let strict = format!("{{ name = \"{NAME}\", authorities = \"ca.pem\" }}");
    let copy = Server::ours(below, &[("ca.pem", &*cert)], &over_tls(encrypted, &strict));
    let logs = || format!("{}\n--\n{}", top.log(), copy.log());
    for serial in [1, 2] {
        if serial > 1 {
            top.write("mesh.zone", &text(serial));
            top.hang_up();
        }
        wait_for_serial(below, serial, logs);
        assert_eq!(content_at(below), content(serial));
    }
}

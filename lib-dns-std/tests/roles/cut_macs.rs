//! Keys whose algorithm cuts MACs: BIND means another algorithm by its name than the registry does, and both are
//! understood.

use crate::ZONE;
use crate::harness::{SECRET, Server, free_port};
use crate::server::run;
use crate::zone::text;
use std::process::Command;

#[test]
fn both_meanings_of_a_cut_algorithm_are_known() {
    let address = free_port().unwrap();
    let configuration = format!(
        "[[key]]\nname = \"cut.\"\nalgorithm = \"hmac-sha256-128\"\nsecret = \"{SECRET}\"\n\
         [[zone]]\nname = \"{ZONE}\"\nfile = \"mesh.zone\"\nallow-transfer = [{{ key = \"cut.\" }}]\n"
    );
    let server = Server::ours(address, &[("mesh.zone", &*text(1))], &configuration);
    let port = address.port().to_string();
    let asked = |key: &str| {
        let line = ["-p", &port, "-y", key, ZONE, "AXFR"].map(str::to_owned);
        [vec!["@127.0.0.1".to_owned()], line.to_vec()].concat()
    };
    let run_all = |program: &str, key: &str| {
        let line = asked(key);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        run(program, &line, "")
    };
    let key = format!("hmac-sha256-128:cut:{SECRET}");
    if let Some(told) = run_all("dig", &key) {
        assert!(
            told.contains("host1.mesh.example."),
            "{told}\n{}",
            server.log()
        );
        assert!(!told.contains("verify"), "{told}");
    }
    let ours = Command::new(env!("CARGO_BIN_EXE_zdns"))
        .arg("query")
        .args(asked(&key))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ours.stdout);
    assert!(
        told.contains("host1.mesh.example."),
        "{told}\n{}",
        server.log()
    );
    // Another key of the same secret is none of this name.
    let other = format!("hmac-sha512-256:cut:{SECRET}");
    if let Some(told) = run_all("dig", &other) {
        assert!(!told.contains("host1.mesh.example."), "{told}");
    }
}

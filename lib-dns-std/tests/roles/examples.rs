//! The configurations in `examples/config`, at other ports, because those may be taken.

use crate::harness::{Home, Process, find_or_skip, free_port};
use crate::zone::{serial_of, wait_for_serial_of};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// The ports that the examples have.
const PORTS: [&str; 4] = ["5300", "5301", "5302", "5310"];

/// A copy of the examples with other ports.
struct Examples {
    folder: Home,
    addresses: [SocketAddr; 4],
}

impl Examples {
    fn copied() -> Self {
        let addresses = PORTS.map(|_| free_port().unwrap());
        let folder = Home::new(addresses[0]);
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        for part in ["config", "zones"] {
            let to = folder.path().join("examples").join(part);
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(examples.join(part)).unwrap() {
                let file = file.unwrap().path();
                if !file.is_file() {
                    continue;
                }
                let mut text = fs::read_to_string(&file).unwrap();
                if part == "config" {
                    for (port, address) in PORTS.iter().zip(addresses) {
                        text = text.replace(port, &address.port().to_string());
                    }
                }
                fs::write(to.join(file.file_name().unwrap()), text).unwrap();
            }
        }
        Self { folder, addresses }
    }

    /// Starts a program where all paths start from, as the comments in the files say.
    fn start(&self, log: &str, line: &[&str]) -> Process {
        let line: Vec<String> = line.iter().map(ToString::to_string).collect();
        Process::start(self.folder.path(), log, &line)
    }
}

const ZDNS: &str = env!("CARGO_BIN_EXE_zdns");

#[test]
fn every_example_passes_the_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/config");
    let mut checked = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let output = Command::new(ZDNS)
            .args(["config", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {told}", file.display());
        checked += 1;
    }
    assert!(checked >= 5);
}

#[test]
fn the_primary_and_its_secondary_run() {
    let examples = Examples::copied();
    let [above, below, ..] = examples.addresses;
    let first = examples.start(
        "first.log",
        &[ZDNS, "serve", "--config", "examples/config/primary.toml"],
    );
    wait_for_serial_of("sovereign.", above, 2_026_011_701, || first.log());
    let second = examples.start(
        "second.log",
        &[ZDNS, "serve", "--config", "examples/config/secondary.toml"],
    );
    wait_for_serial_of("sovereign.", below, 2_026_011_701, || second.log());
}

#[test]
fn the_producer_and_the_consumer_of_a_catalog_run() {
    let examples = Examples::copied();
    let [above, below, ..] = examples.addresses;
    let start = |role: &str| {
        let configuration = format!("examples/config/catalog-{role}.toml");
        let log = format!("{role}.log");
        examples.start(&log, &[ZDNS, "serve", "--config", &configuration])
    };
    let first = start("producer");
    wait_for_serial_of("sovereign.", above, 2_026_011_701, || first.log());
    let second = start("consumer");
    let serial = serial_of("zhtp.", above).expect("the producer has it");
    wait_for_serial_of("sovereign.", below, 2_026_011_701, || second.log());
    wait_for_serial_of("zhtp.", below, serial, || second.log());
}

#[test]
fn the_secondary_of_bind_runs() {
    let examples = Examples::copied();
    let [_, _, below, bind] = examples.addresses;
    let Some(named) = find_or_skip("named") else {
        return;
    };
    let named = named.display().to_string();
    let line = [&*named, "-g", "-4", "-c", "examples/config/named.conf"];
    let first = examples.start("first.log", &line);
    wait_for_serial_of("bind.example.", bind, 1, || first.log());
    let configuration = "examples/config/secondary-of-bind.toml";
    let second = examples.start("second.log", &[ZDNS, "serve", "--config", configuration]);
    wait_for_serial_of("bind.example.", below, 1, || second.log());

    let file = examples
        .folder
        .path()
        .join("examples/config/bind.example.zone");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("( 1 ", "( 2 ") + "new A 10.42.2.2\n").unwrap();
    first.signal("HUP");
    wait_for_serial_of("bind.example.", below, 2, || second.log());
}
